/* SPDX-License-Identifier: MIT
 *
 * Columns whose values the table gives: see fill.h.
 */
#include "op/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "op/culprit.h"
#include "op/row_reader.h"
#include "op/row_writer.h"
#include "sql/coerce.h"
#include "sql/parse.h"
#include "json/text.h"

struct column {
	const struct mdl_ast_column *ast;
	size_t path;               /* in the caller's program */
	int plain, value, equal;   /* outputs of the generating program; -1: a DEFAULT */
	struct mdl_slice member;   /* "name": with its quotes and ':' */
	struct mdl_expr *constant; /* a DEFAULT's value, cast */
	/* of the batch at hand */
	const struct mdl_json_value *cells;
	uint8_t *added; /* rows that got it; NULL: none */
};

struct mdl_fill {
	struct mdl_arena arena;
	const struct mdl_schema *schema;
	const struct mdl_session *session; /* the caller's: current_timestamp() is of the batch */
	struct mdl_program *program;       /* of the generated columns; NULL: there are none */
	struct column *columns;
	size_t ncolumns;
	size_t *paths; /* of the program, in the caller's */
	size_t npaths;
	uint8_t *any; /* rows of the batch at hand that got a member */
	struct mdl_buf text;
};

/* ---- Setting up ---- */

static int refuse(const struct mdl_fill *x, const struct mdl_expr *e, struct mdl_err *err, const char *class,
		  const char *message, const struct mdl_ast_column *c)
{
	return mdl_parse_error_at(&x->schema->source, e->pos, err, "[%s] column %.*s: %s", class,
				  (int)c->name.n, c->name.p, message);
}

/* CAST(E AS the column's type). */
static struct mdl_expr *cast(struct mdl_fill *x, struct mdl_expr *e, const struct mdl_type *t)
{
	struct mdl_expr *c = mdl_arena_zalloc(&x->arena, sizeof(*c));
	struct mdl_expr **args = mdl_arena_alloc(&x->arena, sizeof(*args));
	*args = e;
	*c = (struct mdl_expr){.kind = MDL_E_CAST,
			       .pos = e->pos,
			       .end = e->end,
			       .depth = e->depth + 1,
			       .src = e->src,
			       .args = args,
			       .nargs = 1,
			       .type = t};
	return c;
}

/* COLUMN <=> E */
static struct mdl_expr *equals(struct mdl_fill *x, const struct mdl_ast_column *column, struct mdl_expr *e)
{
	struct mdl_expr *name = mdl_arena_zalloc(&x->arena, sizeof(*name)),
			*b = mdl_arena_zalloc(&x->arena, sizeof(*b));
	struct mdl_expr **args = mdl_arena_alloc(&x->arena, 2 * sizeof(*args));
	struct mdl_slice *parts = mdl_arena_alloc(&x->arena, sizeof(*parts));
	*parts = column->name;
	*name = (struct mdl_expr){.kind = MDL_E_COLUMN,
				  .pos = e->pos,
				  .end = e->end,
				  .depth = 1,
				  .src = e->src,
				  .parts = parts,
				  .nparts = 1};
	args[0] = name;
	args[1] = e;
	*b = (struct mdl_expr){.kind = MDL_E_BINARY,
			       .op = MDL_OP_EQ_NULL,
			       .pos = e->pos,
			       .end = e->end,
			       .depth = e->depth + 1,
			       .src = e->src,
			       .args = args,
			       .nargs = 2};
	return b;
}

/* Of the columns that E names, the first that is generated; NULL for none. */
static const struct mdl_ast_column *generated_in(const struct mdl_schema *s, const struct mdl_expr *e)
{
	const struct mdl_ast_column *found = NULL;
	if (e->kind == MDL_E_COLUMN) {
		int k = mdl_schema_find(s, e->parts[0]);
		return k >= 0 && s->st->columns[k].generated_expr ? &s->st->columns[k] : NULL;
	}
	for (size_t i = 0; i < e->nargs && !found; i++)
		found = generated_in(s, e->args[i]);
	return found;
}

/* Spark stores a value of type FROM in a column of type TO without a CAST: numbers among themselves, dates and timestamps. */
static bool can_store(const struct mdl_type *from, const struct mdl_type *to)
{
	return from->kind == MDL_T_NULL || from->kind == MDL_T_ANY || mdl_type_eq(from, to) ||
	       (mdl_type_is_numeric(from) && mdl_type_is_numeric(to)) ||
	       (mdl_type_is_datetime(from) && mdl_type_is_datetime(to)) ||
	       (to->kind == MDL_T_STRING && !mdl_type_is_complex(from));
}

static int wrong_type(const struct mdl_fill *x, const struct mdl_expr *e, const char *class,
		      const struct mdl_type *from, const struct mdl_ast_column *c, struct mdl_err *err)
{
	struct mdl_arena a;
	mdl_arena_init(&a);
	refuse(x, e, err, class,
	       mdl_arena_printf(&a, "the value's type is %s, and the column's is %s; write a CAST",
				mdl_type_name(&a, from), mdl_type_name(&a, c->type)),
	       c);
	mdl_arena_free(&a);
	return -1;
}

static int set_default(struct mdl_fill *x, struct column *c, struct mdl_err *err)
{
	struct mdl_expr *e = c->ast->default_expr;
	struct mdl_err why = MDL_ERR_INIT;
	struct mdl_any as_it_is, value;
	c->plain = c->value = c->equal = MDL_NO_OUTPUT;
	if (mdl_program_constant(&x->arena, e, x->session, &as_it_is, &why))
		return refuse(x, e, err, "INVALID_DEFAULT_VALUE.NOT_CONSTANT", "its DEFAULT is no constant",
			      c->ast);
	if (!can_store(as_it_is.type, c->ast->type))
		return wrong_type(x, e, "INVALID_DEFAULT_VALUE.DATA_TYPE", as_it_is.type, c->ast, err);
	c->constant = cast(x, e, c->ast->type);
	if (mdl_program_constant(&x->arena, c->constant, x->session, &value, &why))
		return refuse(x, e, err, "INVALID_DEFAULT_VALUE.DATA_TYPE",
			      "its DEFAULT does not fit its type", c->ast);
	return 0;
}

static int set_generated(struct mdl_fill *x, struct column *c, struct mdl_err *err)
{
	struct mdl_expr *e = c->ast->generated_expr;
	char *what = mdl_asprintf("column %.*s", (int)c->ast->name.n, c->ast->name.p);
	if (generated_in(x->schema, e)) {
		free(what);
		return refuse(x, e, err, "DELTA_INVALID_GENERATED_COLUMN_REFERENCES",
			      "a generated column cannot use another generated column", c->ast);
	}
	c->plain = mdl_program_add(x->program, e, MDL_NO_OUTPUT, 0, what, err);
	struct mdl_expr *value = cast(x, e, c->ast->type);
	int r = c->plain < 0 ||
				(c->value = mdl_program_add(x->program, value, MDL_NO_OUTPUT, 0, what, err)) <
					0 ||
				(c->equal = mdl_program_add(x->program, equals(x, c->ast, value),
							    MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, what, err)) < 0
			? -1
			: 0;
	free(what);
	return r;
}

static int add_column(struct mdl_fill *x, const struct mdl_ast_column *ast, struct mdl_program *want,
		      struct mdl_err *err)
{
	struct column *c = &x->columns[x->ncolumns++];
	const struct mdl_expr *e = ast->default_expr ? ast->default_expr : ast->generated_expr;
	c->ast = ast;
	if (mdl_type_is_complex(ast->type))
		return refuse(
			x, e, err, "UNSUPPORTED_FEATURE",
			"medal does not carry out DEFAULT and GENERATED of an ARRAY, MAP or STRUCT; compute it with "
			"medal-transform",
			ast);
	char *path = mdl_row_reader_path(ast->name);
	c->path = mdl_program_want(want, path);
	free(path);
	mdl_buf_clear(&x->text);
	mdl_json_quote(&x->text, ast->name);
	mdl_buf_putc(&x->text, ':');
	c->member = mdl_arena_slice(&x->arena, mdl_buf_slice(&x->text));
	return ast->default_expr ? set_default(x, c, err) : set_generated(x, c, err);
}

static int add_columns(struct mdl_fill *x, struct mdl_program *want, struct mdl_err *err)
{
	const struct mdl_statement *st = x->schema->st;
	for (size_t i = 0; i < st->ncolumns; i++)
		if ((st->columns[i].generated_expr || st->columns[i].default_expr) &&
		    add_column(x, &st->columns[i], want, err))
			return -1;
	if (mdl_program_finish(x->program, err))
		return -1;
	for (size_t i = 0; i < x->ncolumns; i++) {
		const struct column *c = &x->columns[i];
		const struct mdl_type *t =
			c->value == MDL_NO_OUTPUT ? c->ast->type : mdl_program_type(x->program, c->plain);
		if (!can_store(t, c->ast->type))
			return wrong_type(x, c->ast->generated_expr,
					  "DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH", t, c->ast, err);
	}
	const char *const *paths = mdl_program_paths(x->program, &x->npaths);
	x->paths = mdl_arena_alloc(&x->arena, (x->npaths + 1) * sizeof(*x->paths));
	for (size_t i = 0; i < x->npaths; i++)
		x->paths[i] = mdl_program_want(want, paths[i]);
	return 0;
}

int mdl_fill_new(struct mdl_fill **fill, const struct mdl_schema *schema, const struct mdl_session *session,
		 struct mdl_program *want, struct mdl_err *err)
{
	size_t n = 0;
	for (size_t i = 0; i < schema->st->ncolumns; i++)
		n += schema->st->columns[i].generated_expr || schema->st->columns[i].default_expr;
	*fill = NULL;
	if (!n)
		return 0;
	struct mdl_fill *x = mdl_zalloc(sizeof(*x));
	mdl_arena_init(&x->arena);
	mdl_buf_init(&x->text, MDL_BUF_NO_LIMIT);
	x->schema = schema;
	x->session = session;
	x->program = mdl_program_new(schema, session);
	x->columns = mdl_arena_zalloc(&x->arena, n * sizeof(*x->columns));
	if (add_columns(x, want, err)) {
		mdl_fill_free(x);
		return -1;
	}
	*fill = x;
	return 0;
}

void mdl_fill_free(struct mdl_fill *x)
{
	if (!x)
		return;
	mdl_program_free(x->program);
	mdl_buf_free(&x->text);
	mdl_arena_free(&x->arena);
	free(x);
}

/* ---- Rows ---- */

/* TEXT, which is valid JSON, as the scanner would find it. */
static struct mdl_json_value cell_of(struct mdl_slice text)
{
	struct mdl_json_value v = {text.p, (uint32_t)text.n, MDL_JSON_INT, false};
	switch (*text.p) {
	case '"':
		v = (struct mdl_json_value){text.p + 1, (uint32_t)text.n - 2, MDL_JSON_STRING,
					    memchr(text.p, '\\', text.n) != NULL};
		break;
	case 'n':
		v.kind = MDL_JSON_NULL;
		break;
	case 't':
		v.kind = MDL_JSON_TRUE;
		break;
	case 'f':
		v.kind = MDL_JSON_FALSE;
		break;
	default:
		for (size_t i = 0; i < text.n; i++)
			if (memchr(".eE", text.p[i], 3))
				v.kind = MDL_JSON_REAL;
	}
	return v;
}

static void put(struct mdl_fill *x, struct column *c, struct mdl_json_value *cells,
		struct mdl_json_value value, size_t row, size_t nrows, struct mdl_arena *arena)
{
	if (!c->added)
		c->added = mdl_arena_zalloc(arena, nrows);
	if (!x->any)
		x->any = mdl_arena_zalloc(arena, nrows);
	cells[row] = value;
	c->added[row] = x->any[row] = 1;
}

static int put_defaults(struct mdl_fill *x, struct column *c, struct mdl_json_value *cells,
			const uint32_t *sel, size_t n, size_t nrows, struct mdl_arena *arena,
			struct mdl_err *err)
{
	struct mdl_any value;
	if (mdl_program_constant(arena, c->constant, x->session, &value, err))
		return -1;
	if (value.type->kind == MDL_T_NULL)
		return 0;
	mdl_buf_clear(&x->text);
	mdl_any_to_json(&x->text, &value);
	struct mdl_json_value v = cell_of(mdl_arena_slice(arena, mdl_buf_slice(&x->text)));
	for (size_t i = 0; i < n; i++)
		if (cells[sel[i]].kind == MDL_JSON_MISSING)
			put(x, c, cells, v, sel[i], nrows, arena);
	return 0;
}

static void fail(struct mdl_fill_fail **fails, size_t row, size_t nrows, const struct column *c,
		 const struct mdl_row_fail *why, struct mdl_arena *arena)
{
	if (!*fails)
		*fails = mdl_arena_zalloc(arena, nrows * sizeof(**fails));
	if (!(*fails)[row].why)
		(*fails)[row] = (struct mdl_fill_fail){why, c->ast->name};
}

static const struct mdl_row_fail *differs(const struct column *c, const struct mdl_json_value *cell,
					  struct mdl_arena *arena)
{
	struct mdl_row_fail *f = mdl_arena_alloc(arena, sizeof(*f));
	struct mdl_slice text = mdl_culprit_text(c->ast->generated_expr), value = mdl_row_writer_value(cell);
	f->class = "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES";
	f->message = mdl_arena_printf(
		arena, "the generated column %.*s has the value %.*s, which is not that of (%.*s)",
		(int)c->ast->name.n, c->ast->name.p, (int)(value.n > 100 ? 100 : value.n), value.p,
		(int)text.n, text.p);
	return f;
}

static void put_generated(struct mdl_fill *x, struct column *c, struct mdl_json_value *cells,
			  const uint32_t *sel, size_t n, size_t nrows, const struct mdl_result *res,
			  struct mdl_arena *arena, struct mdl_fill_fail **fails)
{
	const struct mdl_vec *value = res->out[c->value], *equal = res->out[c->equal];
	for (size_t i = 0; i < n; i++) {
		size_t row = sel[i];
		if (res->fails.n && res->fails.row[row]) {
			fail(fails, row, nrows, c, res->fails.row[row], arena);
		} else if (cells[row].kind == MDL_JSON_MISSING) {
			mdl_buf_clear(&x->text);
			mdl_vec_to_json(&x->text, value, row);
			put(x, c, cells, cell_of(mdl_arena_slice(arena, mdl_buf_slice(&x->text))), row, nrows,
			    arena);
		} else if (!equal->valid[mdl_row(equal, row)] || !equal->b8[mdl_row(equal, row)]) {
			fail(fails, row, nrows, c, differs(c, &cells[row], arena), arena);
		}
	}
}

int64_t mdl_fill_rows(struct mdl_fill *x, struct mdl_json_value *const *cols, const uint32_t *sel, size_t n,
		      size_t nrows, struct mdl_arena *arena, struct mdl_fill_fail **fails,
		      struct mdl_err *err)
{
	struct mdl_result res = {0};
	int64_t filled = 0;
	*fails = NULL;
	x->any = NULL;
	for (size_t k = 0; k < x->ncolumns; k++) {
		struct column *c = &x->columns[k];
		c->added = NULL;
		c->cells = cols[c->path];
		if (c->value == MDL_NO_OUTPUT && put_defaults(x, c, cols[c->path], sel, n, nrows, arena, err))
			return -1;
	}
	const struct mdl_json_value **cells = mdl_arena_alloc(arena, (x->npaths + 1) * sizeof(*cells));
	for (size_t i = 0; i < x->npaths; i++)
		cells[i] = cols[x->paths[i]];
	if (n && mdl_program_run(x->program, cells, NULL, sel, n, nrows, arena, &res, err))
		return -1;
	for (size_t k = 0; k < x->ncolumns && n; k++)
		if (x->columns[k].value != MDL_NO_OUTPUT)
			put_generated(x, &x->columns[k], cols[x->columns[k].path], sel, n, nrows, &res, arena,
				      fails);
	for (size_t i = 0; i < n && x->any; i++)
		filled += x->any[sel[i]];
	return filled;
}

bool mdl_fill_is(const struct mdl_fill *x, size_t row)
{
	return x->any && x->any[row];
}

void mdl_fill_members(const struct mdl_fill *x, size_t row, struct mdl_buf *out)
{
	const char *sep = "";
	for (size_t k = 0; k < x->ncolumns; k++) {
		const struct column *c = &x->columns[k];
		if (!c->added || !c->added[row])
			continue;
		mdl_buf_puts(out, sep);
		sep = ",";
		mdl_buf_puts_slice(out, c->member);
		mdl_buf_puts_slice(out, mdl_row_writer_value(&c->cells[row]));
	}
}
