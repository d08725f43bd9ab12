/* SPDX-License-Identifier: MIT
 *
 * The columns of records that no table declares: inferred as Spark's JSON reader does
 * (JsonInferSchema, by json_infer.h), bent by schema hints, and grown by later
 * records as Auto Loader's addNewColumns does: what is there keeps its place and its
 * type, what is new comes behind it, in structs too.
 */
#ifndef MDL_SQL_SCHEMA_INFER_H
#define MDL_SQL_SCHEMA_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/parse.h"
#include "sql/schema.h"
#include "json/scan.h"

/* The types of all records that were seen. */
struct mdl_schema_infer {
	const struct mdl_type *seen; /* a STRUCT; VOID where nothing but NULL was found */
	uint64_t records;
	struct mdl_arena arenas[2]; /* SEEN is in one of them; the other is for the next */
	int at;
};

void mdl_schema_infer_init(struct mdl_schema_infer *x);
void mdl_schema_infer_free(struct mdl_schema_infer *x);
/* One more record, a line that the scanner has accepted. SCRATCH is the batch's arena. */
void mdl_schema_infer_see(struct mdl_schema_infer *x, struct mdl_slice line, struct mdl_arena *scratch);

/* COLUMNS (a STRUCT, or NULL for none) grown by what was seen, with HINTS; a STRUCT in A. Reserved members (_metadata ...)
 * are no columns. Of names that differ in case alone the first is the column. */
const struct mdl_type *mdl_schema_infer_grow(struct mdl_arena *a, const struct mdl_type *columns,
					     const struct mdl_schema_infer *x,
					     const struct mdl_schema_hint *hints, size_t nhints);
/* Does LINE, a good record, have a member, at any depth, that _grow would add to COLUMNS? */
bool mdl_schema_infer_is_new(const struct mdl_type *columns, struct mdl_slice line, struct mdl_buf *name);

/* The same of a value of a column of type T. NAME is scratch in both. */
bool mdl_schema_infer_new_inside(const struct mdl_type *t, const struct mdl_json_value *v,
				 struct mdl_buf *name);

/* The columns of S become those of COLUMNS, a STRUCT in S's arena or one that lives as long. */
void mdl_schema_infer_declare(struct mdl_schema *s, const struct mdl_type *columns);
/* Append the whole definition, without a line's end: CREATE OR REFRESH STREAMING TABLE ..., with the constraints and the SELECT that S has. RESCUED:
 * with a column _rescued_data. NAME is used where S has none. */
void mdl_schema_infer_ddl(struct mdl_buf *out, const struct mdl_schema *s, const char *name, bool rescued);

#endif
