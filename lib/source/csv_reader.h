/* SPDX-License-Identifier: MIT
 *
 * CSV to NDJSON, after RFC 4180 and, where that is silent, Spark 4.1's reader with
 * the options escape='"' and multiLine=true (which are RFC 4180's rules):
 *
 *   - one row is one object, its members in column order; every value is a string,
 *     unless a column is asked for as number or boolean (kind);
 *   - an empty field is null, quoted or not, as in Spark; keep_empty makes "" the
 *     empty string, which RFC 4180 does not tell from nothing but PostgreSQL does;
 *   - white space counts, also before a quote: only a field whose first byte is the
 *     quote is a quoted field; a quote elsewhere is text. Text behind a closing quote
 *     belongs to the value, quotes and all, up to the next delimiter ("ab"c is "ab"c);
 *   - a row ends with LF or CRLF; another CR is text; lines of nothing but white space
 *     are skipped and counted (so are comments);
 *   - a row with too few fields has null for the rest, and is counted (missing);
 *   - bad rows (rows.h): too many fields, bytes that are not UTF-8, and a quoted field
 *     that is not closed before the end of the file or the limit of a record: then its
 *     first line alone is the bad row, and reading goes on with the line after it.
 *
 * Column names come from the first row or from the caller. As in Spark an empty name
 * is _c<index from 0>, and names in a header that differ in case at most get their
 * index added. Two columns of one name are an error.
 */
#ifndef MDL_SOURCE_CSV_READER_H
#define MDL_SOURCE_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"
#include "source/rows.h"

/* As what a field's text is written. */
enum mdl_csv_kind {
	MDL_CSV_STRING,
	MDL_CSV_NUMBER,  /* as a number when the text is exactly a JSON number, else as a string */
	MDL_CSV_BOOLEAN, /* true and false in any case, as Spark reads them, else as a string */
};

/* Zero-filled is the default: a header, comma, double quote. */
struct mdl_csv_opts {
	char delimiter; /* one ASCII byte; 0: comma */
	char quote;     /* one ASCII byte; 0: double quote */
	bool no_quote;  /* quotes are text */
	bool backslash; /* in a quoted field, backslash makes the next quote or backslash text (Spark's default) */
	char comment;               /* lines that begin with this byte are skipped; 0: none */
	bool no_header;             /* the first row is data */
	bool keep_empty;            /* "" is the empty string, not null */
	const char *const *columns; /* names, instead of the header's (which is skipped unless no_header) */
	size_t ncolumns; /* 0: from the header; without one _c0, _c1, ... as many as the first row has */
	/* Asked once a column: its kind. NULL: all strings. */
	enum mdl_csv_kind (*kind)(void *ctx, struct mdl_slice column);
	void *kind_ctx;
};

struct mdl_csv_reader;

/* Checks the options; the names are copied. NULL with ERR filled. NAME is the file's, for messages. */
struct mdl_csv_reader *mdl_csv_reader_new(const struct mdl_csv_opts *opts, const char *name,
					  struct mdl_err *err);
void mdl_csv_reader_free(struct mdl_csv_reader *c);

/* Convert the records at the front of [p, p + n) until the block in OUT is full or no complete record is left;
 * *USED gets the bytes taken. Writes '\n' to p[n]; 32 bytes from p + n must be readable. A call that takes
 * nothing and makes no row needs more bytes, or, with MDL_ROWS_FULL, faces a line that is too long. */
int mdl_csv_reader_run(struct mdl_csv_reader *c, char *p, size_t n, enum mdl_rows_input input,
		       struct mdl_rows *out, size_t *used, struct mdl_err *err);
/* The columns are known: the header has been read, or needs not be. */
bool mdl_csv_reader_ready(const struct mdl_csv_reader *c);

#endif
