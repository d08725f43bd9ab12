/* SPDX-License-Identifier: MIT
 *
 * The texts of offsets/N and commits/N, byte for byte as Spark Structured Streaming
 * writes them (apache/spark OffsetSeqLog, CommitLog; no final newline): version v1, and
 * v2 of Spark 4.2 and newer, where each source's line begins with its id and a checkpoint
 * goes on in the version in which it began. medal-checkpoint(5).
 */
#ifndef MDL_STATE_OFFSETS_H
#define MDL_STATE_OFFSETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

struct mdl_offsets {
	int64_t batch_watermark_ms;
	int64_t batch_timestamp_ms;
	char *conf;     /* JSON object; pinned by the first epoch and carried on */
	char **sources; /* end offset of each source as JSON, NULL for "-" */
	size_t nsources;
	int version;       /* 1 (or 0) and 2 */
	char **ids;        /* v2: each source's id, the name of its folder under sources/; NULL in v1 */
	char *source_info; /* v2: JSON object sourceMetadataInfo, carried on; NULL: none */
};

/* Spark's configuration of a first batch, with the names that a checkpoint pins. */
extern const char mdl_offsets_default_conf[];

void mdl_offsets_format(struct mdl_buf *out, const struct mdl_offsets *o);
/* The folder of source I under sources/: its id in v2, its ordinal in v1. Valid until O is freed; BUF for v1. */
const char *mdl_offsets_source_folder(const struct mdl_offsets *o, size_t i, char buf[24]);
/* Carry on what a checkpoint pinned: TO takes copies of FROM's version, conf, ids and source_info. */
void mdl_offsets_pin(struct mdl_offsets *to, const struct mdl_offsets *from);
/* NAME is for messages. O owns its texts; free with mdl_offsets_free. */
int mdl_offsets_parse(struct mdl_slice text, const char *name, struct mdl_offsets *o, struct mdl_err *err);
void mdl_offsets_free(struct mdl_offsets *o);

void mdl_commit_format(struct mdl_buf *out, int64_t next_watermark_ms);
int mdl_commit_parse(struct mdl_slice text, const char *name, int64_t *next_watermark_ms,
		     struct mdl_err *err);

#endif
