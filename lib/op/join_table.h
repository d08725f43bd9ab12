/* SPDX-License-Identifier: MIT
 *
 * A table that is read into memory to be joined with: of each row the members that the
 * query wants, as the cells that the scanner would find in it, their texts packed
 * together. What is not wanted is forgotten. Columns without a declared type get the
 * one that Spark infers of all rows.
 */
#ifndef MDL_OP_JOIN_TABLE_H
#define MDL_OP_JOIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/schema.h"
#include "json/scan.h"

/* How rows are come by; the implementation is wired in by cmd/ (source/table_rows.h). */
struct mdl_join_source {
	/* *VERSION (the caller frees) tells the present state of what stands at PATH from every other. */
	int (*version)(const char *path, char **version, struct mdl_err *err);
	/* Hand blocks of whole NDJSON lines to LINES. VERSION (NULL: the present one) is read where it still can be; *GOT
	 * (the caller frees) is the one that was. *ORDERED: columns stand in their own order (CSV), not by name. */
	int (*read)(const char *path, const char *version, struct mdl_schema *schema,
		    int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
		    char **got, bool *ordered, struct mdl_err *err);
};

struct mdl_join_table {
	char *name, *path, *version;
	const struct mdl_join_source *source;
	struct mdl_schema *declared, *inferred; /* each or NULL */
	size_t nrows;
	/* from _load to _prepare */
	struct mdl_buf text;
	struct mdl_slice *lines;
	/* after _prepare: [path][row] */
	char **paths;
	struct mdl_json_value **cells;
	size_t npaths;
	struct mdl_arena store;
};

/* DECLARED (NULL: none) passes to the table. */
void mdl_join_table_init(struct mdl_join_table *t, const char *name, const char *path,
			 struct mdl_schema *declared, const struct mdl_join_source *source);
void mdl_join_table_free(struct mdl_join_table *t);

/* Read VERSION (NULL: the present one), or another when that is gone: t->version tells. Lines that are no JSON objects are
 * an error. Then _columns is known. */
int mdl_join_table_load(struct mdl_join_table *t, const char *version, struct mdl_err *err);
/* The columns; NULL when no row and no declaration tells of any. Valid until _load or _free. */
const struct mdl_schema *mdl_join_table_columns(const struct mdl_join_table *t);
/* Keep of each row what PATHS wants and forget the rest, so that _load must come before another _prepare. */
int mdl_join_table_prepare(struct mdl_join_table *t, const char *const *paths, size_t npaths,
			   struct mdl_err *err);
/* The cells of PATH, which must have been prepared. */
const struct mdl_json_value *mdl_join_table_cells(const struct mdl_join_table *t, const char *path);

#endif
