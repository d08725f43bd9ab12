/* SPDX-License-Identifier: MIT
 *
 * What every filter does first with a batch: scan its lines once for the members
 * that are wanted, and sort out the lines that are no good records (not a JSON
 * object, a first member _medal, a _corrupt_record that is a string).
 */
#ifndef MDL_OP_ROW_READER_H
#define MDL_OP_ROW_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/filter.h"
#include "json/scan.h"

/* Behind enum mdl_scan_verdict: a JSON object that an earlier filter marked as corrupt. */
enum { MDL_ROW_MARKED = 16 };

/* What is found in a batch, in its arena. */
struct mdl_rows {
	struct mdl_json_value **cols;     /* [npaths][b->n] */
	uint8_t *verdicts;                /* [b->n]: enum mdl_scan_verdict or MDL_ROW_MARKED */
	const struct mdl_scan_seen *seen; /* [npaths] */
	uint32_t *sel;                    /* the good records */
	size_t n;                         /* how many */
};

struct mdl_row_reader {
	struct mdl_scan *scan;
	size_t npaths, nfirst; /* nfirst: of the program; what the caller added follows */
	char **paths;          /* their texts */
	/* of the batch read last, as in struct mdl_rows; SEEN is valid until the next is read */
	struct mdl_json_value **cols;
	uint8_t *verdicts;
	const struct mdl_scan_seen *seen;
	uint32_t *sel;
	size_t n;
};

/* PATHS are a program's; EXTRA are the caller's own and stand behind them (path k of EXTRA is cols[npaths of the program + k]).
 * The texts are copied. */
int mdl_row_reader_init(struct mdl_row_reader *r, const char *const *paths, size_t npaths,
			const char *const *extra, size_t nextra, struct mdl_err *err);
void mdl_row_reader_free(struct mdl_row_reader *r);

/* For mdl_op.ahead, with a reader as its ctx: the scan. What it makes of a batch begins with a struct mdl_rows, and so must b->ahead
 * where an operator has more to do ahead: that builds on the helpers. */
extern const struct mdl_ahead_work mdl_row_reader_ahead;
struct mdl_row_helper;
struct mdl_row_helper *mdl_row_helper_open(struct mdl_row_reader *r, bool first);
/* False: the operator reads B in parts, and itself. */
bool mdl_row_helper_read(struct mdl_row_helper *h, const struct mdl_batch *b, struct mdl_rows *rows);
void mdl_row_helper_close(struct mdl_row_helper *h);

/* Read B, or take what was read ahead. Results are valid until the batch's arena is reset. */
void mdl_row_reader_read(struct mdl_row_reader *r, const struct mdl_batch *b);

/* How many rows to read together: fewer than a batch has where many members are wanted, for each takes a cell of each row. */
size_t mdl_row_reader_rows(const struct mdl_row_reader *r);

/* Why line ROW of B is no good record: a text in the batch's arena. */
const char *mdl_row_reader_why(struct mdl_row_reader *r, const struct mdl_batch *b, size_t row);

/* Line ROW of B, which is no good record, leaves the stream: to the quarantine or, where there is none, by ending the
 * run; blank lines into their bucket. */
int mdl_row_reader_reject(struct mdl_row_reader *r, struct mdl_filter *f, const struct mdl_batch *b,
			  size_t row, struct mdl_err *err);

/* NAME as the scanner wants a top-level member of that name, and as a program writes it among its paths: name, "`odd.name`";
 * in memory that the caller frees. */
char *mdl_row_reader_path(struct mdl_slice name);

#endif
