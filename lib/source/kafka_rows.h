/* SPDX-License-Identifier: MIT
 *
 * Kafka's records as rows: values of JSON pass as they are (one that is printed over
 * several lines is put on one), those of other formats are converted, and what is no
 * record goes the way of corrupt lines with its topic, partition and offset.
 */
#ifndef MDL_SOURCE_KAFKA_ROWS_H
#define MDL_SOURCE_KAFKA_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/kafka_lib.h"
#include "source/file_reader.h"
#include "source/ingest_rows.h"

struct mdl_kafka_rows_opts {
	struct mdl_file_opts format; /* format (never auto), CSV and log options, max_record_bytes */
	bool metadata;               /* rows get _metadata */
	bool tombstones;             /* a null value is a row; else it is only counted */
	const char *key_as;          /* the key becomes this member; NULL: none */
};

struct mdl_kafka_rows {
	struct mdl_ingest_rows *rows;
	struct mdl_kafka_rows_opts o;
	rd_kafka_message_t **msgs; /* of the block at hand */
	size_t nmsgs, msgs_cap;
	struct mdl_rows block; /* its lines */
	uint32_t *msg_of;      /* row to message */
	size_t nrows, msg_of_cap;
	bool has_tombstones;
	struct mdl_csv_reader *csv;
	struct mdl_weblog_reader weblog;
	struct mdl_buf value;      /* of a record that is converted */
	struct mdl_buf key_member; /* "name": */
	size_t next_bad;
};

/* -1 with ERR when the options do not fit together. */
int mdl_kafka_rows_init(struct mdl_kafka_rows *kr, struct mdl_ingest_rows *rows,
			const struct mdl_kafka_rows_opts *o, struct mdl_err *err);
void mdl_kafka_rows_free(struct mdl_kafka_rows *kr);

/* Take M, which KR destroys when it is written out: when the block is full, or by _flush. */
int mdl_kafka_rows_put(struct mdl_kafka_rows *kr, rd_kafka_message_t *m, struct mdl_err *err);
int mdl_kafka_rows_flush(struct mdl_kafka_rows *kr, struct mdl_err *err);

#endif
