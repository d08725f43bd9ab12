/* SPDX-License-Identifier: MIT
 *
 * Columns of CSV files by a table's schema: see csv_schema.h.
 */
#include "source/csv_schema.h"

#include "base/arena.h"
#include "sql/ast.h"
#include "sql/type.h"

static enum mdl_csv_kind kind_of(void *ctx, struct mdl_slice column)
{
	const struct mdl_schema *s = ctx;
	int i = mdl_schema_find(s, column);
	const struct mdl_type *t = i < 0 ? NULL : s->st->columns[i].type;
	if (!t)
		return MDL_CSV_STRING;
	switch (t->kind) {
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
	case MDL_T_DECIMAL:
		return MDL_CSV_NUMBER;
	case MDL_T_BOOLEAN:
		return MDL_CSV_BOOLEAN;
	default:
		return MDL_CSV_STRING;
	}
}

void mdl_csv_schema_apply(struct mdl_csv_opts *opts, struct mdl_schema *schema)
{
	opts->kind = kind_of;
	opts->kind_ctx = schema;
	size_t n = schema->st->ncolumns;
	if (!opts->no_header || opts->ncolumns || !n)
		return;
	const char **names = mdl_arena_alloc(&schema->arena, n * sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		struct mdl_slice name = schema->st->columns[i].name;
		names[i] = mdl_arena_strndup(&schema->arena, name.p, name.n);
	}
	opts->columns = names;
	opts->ncolumns = n;
}
