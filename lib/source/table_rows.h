/* SPDX-License-Identifier: MIT
 *
 * All rows of a table that is read as a whole, to join with: a table directory by its
 * log, a file, a directory or a glob, in NDJSON, CSV or text, compressed or not, as
 * lines of NDJSON. And what tells its present state from every other.
 */
#ifndef MDL_SOURCE_TABLE_ROWS_H
#define MDL_SOURCE_TABLE_ROWS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"
#include "sql/schema.h"

/* "epoch 12" of a table with a log, "files <hash>" (of names, sizes and times) of everything else. The caller frees. */
int mdl_table_rows_version(const char *path, char **version, struct mdl_err *err);

/* Hand blocks of whole lines (each with its '\n') to LINES. Of a table with a log VERSION is read, unless that is NULL or
 * the table tells of it no more; everything else is read as it stands. *GOT (the caller frees) is what was read. SCHEMA
 * (NULL: none) gives the kinds of CSV columns. *ORDERED: the columns stand in an order of their own, as in CSV. */
int mdl_table_rows_read(const char *path, const char *version, struct mdl_schema *schema,
			int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
			char **got, bool *ordered, struct mdl_err *err);

#endif
