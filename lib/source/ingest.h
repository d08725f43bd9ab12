/* SPDX-License-Identifier: MIT
 *
 * The source of a pipeline: plans epochs, writes their offsets ahead, sends records and
 * control lines, and waits for the commit. At most one epoch is in doubt; records of the
 * next may be on their way. The order of these steps is medal's protocol: medal-stream(7).
 */
#ifndef MDL_SOURCE_INGEST_H
#define MDL_SOURCE_INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "source/file_plan.h"
#include "source/file_reader.h"
#include "state/checkpoint.h"
#include "stream/filter.h"

enum { MDL_INGEST_EPOCH_BYTES = 1 << 30 };

struct mdl_kafka_source_opts;

struct mdl_ingest_opts {
	const struct mdl_kafka_source_opts *kafka; /* topics are read, and no files; NULL: files */
	struct mdl_file_plan_opts files;
	struct mdl_file_opts format;
	bool format_given; /* else by each file's extension */
	bool from_stdin;   /* no PATH, or "-" */
	bool stdin_new;
	bool drop_state;        /* go on under a Spark query's offsets without its state */
	const char *checkpoint; /* NULL: none */
	bool dry_run;           /* MEDAL_DRY_RUN: check, send no records, write nothing */
	bool wait, unsafe_fs;
	bool follow;
	uint64_t trigger_us;
	uint64_t max_records, max_files, max_bytes; /* of an epoch; 0: none (bytes: MDL_INGEST_EPOCH_BYTES) */
	bool metadata, unwrap, final;
	const char *quarantine;
	mdl_side_open_fn *side_open;
	const char *name;            /* --name, NULL: "ingest" */
	const char *const *branches; /* --branches: names of the streams that a tee makes of this one */
	size_t nbranches;
	const char *columns; /* DDL for the begin line, NULL: unknown */
	uint64_t commit_timeout_us;
	int out_fd;
	/* Roll an epoch forward that was decided but not committed (table/commit.h; wired by cmd). */
	int (*roll_forward)(const char *checkpoint, int64_t epoch, struct mdl_err *err);
	/* Finish a rollback that was killed (table/rollback.h; wired by cmd). */
	int (*finish_rollback)(struct mdl_checkpoint *ck, mdl_checkpoint_notice_fn *notice,
			       struct mdl_err *err);
	void (*notice)(const char *text);                /* words for the user */
	void (*progress)(uint64_t rows, uint64_t bytes); /* after each file; may be NULL */
};

/* Returns the exit status; ERR holds the message when it is not MDL_OK (none when another program has told why). *SIGNAL
 * is the signal that ended the run in order, 0 for none: the program should then end by it. */
int mdl_ingest_run(const struct mdl_ingest_opts *o, int *signal, struct mdl_err *err);

#endif
