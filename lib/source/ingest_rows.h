/* SPDX-License-Identifier: MIT
 *
 * The rows of medal-ingest, whatever they come from: blocks of lines, judged and written
 * out. A record passes as its bytes; a line that is no record goes to the quarantine or
 * becomes a row with _corrupt_record; blank lines are counted.
 */
#ifndef MDL_SOURCE_INGEST_ROWS_H
#define MDL_SOURCE_INGEST_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "stream/batch.h"
#include "stream/filter.h"
#include "stream/out.h"
#include "json/scan.h"

/* A block of lines, and what only its reader knows of each: asked for odd rows alone (and _members, if there is one,
 * for each). ROW counts from 0 in the block. */
struct mdl_ingest_block {
	struct mdl_slice text; /* whole lines, each ended by '\n'; MDL_SCAN_PADDING readable bytes follow */
	bool lend;           /* text belongs to one who exchanges it (stream/lend.h) before he writes to it */
	uint64_t max_record; /* a longer line is no record */
	void *ctx;
	/* Where ROW was found, for the quarantine: file, line and offset, or topic, partition and offset. IN_LINE is the
	 * row's first byte. Pointers are valid as long as the block. */
	void (*place)(void *ctx, size_t row, const char *in_line, struct mdl_row_error *e);
	/* Append the members that ROW gets: "_metadata":{...}, without a comma before or behind; nothing for none. NULL:
	 * no row gets any. */
	void (*members)(void *ctx, size_t row, struct mdl_buf *out);
	/* The source bytes of ROW where LINE was made of others, else LINE; sets *WHY (static) if it is known what is
	 * wrong with them. May be NULL. */
	struct mdl_slice (*raw)(void *ctx, size_t row, struct mdl_slice line, const char **why);
	/* Members for a row with _corrupt_record alone: its place. May be NULL. */
	void (*corrupt_members)(void *ctx, size_t row, struct mdl_buf *out);
};

struct mdl_ingest_rows {
	struct mdl_filter f; /* the loop's output side: books, spans, quarantine */
	struct mdl_out out;
	struct mdl_lend lend;
	struct mdl_scan *scan;
	struct mdl_json_value *corrupt; /* the one column that is looked at: _corrupt_record */
	uint8_t *verdicts;
	struct mdl_slice lines[MDL_BATCH_ROWS];
	struct mdl_sum sums[MDL_BATCH_ROWS];
	struct mdl_buf members; /* of the row at hand */
	uint64_t total;         /* rows of the epochs before the one at hand */
};

/* OUT_FD gets the rows. */
int mdl_ingest_rows_init(struct mdl_ingest_rows *r, int out_fd, const char *stage, struct mdl_err *err);
void mdl_ingest_rows_free(struct mdl_ingest_rows *r);

/* Judge and write out the rows of B; *ROWS: how many lines it had. */
int mdl_ingest_rows_block(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, uint64_t *rows,
			  struct mdl_err *err);
/* A line that is longer than LIMIT, or a PART of one (their numbers from 1): counted once, kept in the quarantine;
 * without one an error. AT is its place. */
int mdl_ingest_rows_too_long(struct mdl_ingest_rows *r, struct mdl_slice part, const struct mdl_row_error *at,
			     uint32_t number, bool last, uint64_t limit, struct mdl_err *err);

#endif
