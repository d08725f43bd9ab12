/* SPDX-License-Identifier: MIT
 *
 * NDJSON rows as CSV (RFC 4180): one header, one record a row, '\n' ends. The
 * columns are given, or the members of the first row. Numbers and booleans keep
 * their text, strings are quoted only where they must be, the empty string is ""
 * and NULL is nothing between the commas (as Spark writes them), arrays and
 * objects are their JSON text in quotes.
 */
#ifndef MDL_TABLE_CSV_WRITER_H
#define MDL_TABLE_CSV_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

struct mdl_csv_writer;

/* NAMES (copied) may be NULL: the first row names the columns. Members named in OMIT (copied; partition
 * columns, whose values stand in the folder's name) are left out. GUARD puts a ' before a string that a
 * spreadsheet would run as a formula (it begins with = + - @ TAB or CR). */
struct mdl_csv_writer *mdl_csv_writer_new(const char *const *names, size_t n, const char *const *omit,
					  size_t nomit, bool guard);
void mdl_csv_writer_free(struct mdl_csv_writer *w);

/* Append the record of LINE, a valid JSON object, with its '\n'. */
void mdl_csv_writer_row(struct mdl_csv_writer *w, struct mdl_buf *out, struct mdl_slice line);
/* Append the header. The columns must be known: given, or a row was written. */
void mdl_csv_writer_header(const struct mdl_csv_writer *w, struct mdl_buf *out);

/* The columns, without the omitted; valid until _free. N is 0 while they are not known. */
const char *const *mdl_csv_writer_columns(const struct mdl_csv_writer *w, size_t *n);
/* Rows so far that had members which are no column and so are not in the file, and the first such name
 * (NULL when there is none). */
uint64_t mdl_csv_writer_unknown(const struct mdl_csv_writer *w, const char **name);

/* Split a CSV text into records: the length of the first record of TEXT without its line end, and in *NEXT
 * where the following begins. False when TEXT holds no whole record (END: nothing follows TEXT). */
bool mdl_csv_record(struct mdl_slice text, bool end, size_t *len, size_t *next);

#endif
