/* SPDX-License-Identifier: MIT
 *
 * explode and its kin while a SELECT is bound: how many columns they give, and what
 * these are called.
 */
#include "sql/binder.h"

#include <string.h>

#include "sql/compile.h"
#include "sql/parse.h"

static const struct {
	const char *name;
	enum mdl_generator kind;
	bool outer, position;
} generators[] = {
	{"EXPLODE", MDL_GEN_EXPLODE, false, false},   {"EXPLODE_OUTER", MDL_GEN_EXPLODE, true, false},
	{"POSEXPLODE", MDL_GEN_EXPLODE, false, true}, {"POSEXPLODE_OUTER", MDL_GEN_EXPLODE, true, true},
	{"INLINE", MDL_GEN_INLINE, false, false},     {"INLINE_OUTER", MDL_GEN_INLINE, true, false},
	{"STACK", MDL_GEN_STACK, false, false}};

static bool is_word(const struct mdl_expr *e, const char *upper)
{
	return e->kind == MDL_E_CALL && mdl_slice_eq_nocase(e->name, mdl_slice_of(upper));
}

static int generator_of(const struct mdl_expr *e)
{
	for (size_t i = 0; i < sizeof(generators) / sizeof(*generators); i++)
		if (is_word(e, generators[i].name))
			return (int)i;
	return -1;
}

const struct mdl_expr *mdl_binder_find_generator(const struct mdl_expr *e)
{
	const struct mdl_expr *x = NULL;
	if (generator_of(e) >= 0 || is_word(e, "JSON_TUPLE"))
		return e;
	for (size_t i = 0; i < e->nargs && !x; i++)
		x = mdl_binder_find_generator(e->args[i]);
	return x;
}

const struct mdl_type *mdl_binder_type(struct mdl_binder *b, struct mdl_expr *e)
{
	struct mdl_program *p = mdl_program_new(b->r.schema, b->r.session);
	const struct mdl_type *t = NULL;
	mdl_program_tables(p, b->r.tables, b->r.ntables);
	mdl_program_dynamic_inputs(p, b->out->ninputs);
	int k = mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, b->r.err);
	if (k >= 0 && mdl_program_finish(p, b->r.err) == 0)
		t = mdl_type_copy(b->r.a, mdl_program_type(p, k));
	mdl_program_free(p);
	return t;
}

static int wrong_type(struct mdl_binder *b, const struct mdl_expr *e, const char *want,
		      const struct mdl_type *t)
{
	return mdl_parse_error_at(
		e->src, e->pos, b->r.err,
		"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%.*s\" due to data type "
		"mismatch: the first parameter requires the %s type, however it has the type \"%s\"",
		(int)(e->end - e->pos), e->src->text.p + e->pos, want, mdl_type_name(b->r.a, t));
}

/* How many columns ST's generator gives, with their names in NAMES. -1 on error. */
static int generated_columns(struct mdl_binder *b, struct mdl_step *st, const struct mdl_expr *e,
			     struct mdl_slice **names)
{
	struct mdl_arena *a = b->r.a;
	size_t n = 0;
	const struct mdl_type *t = mdl_binder_type(b, st->args[0]);
	if (!t)
		return -1;
	if (st->generator == MDL_GEN_STACK) {
		const struct mdl_expr *k = st->args[0];
		if (k->kind != MDL_E_LITERAL || t->kind != MDL_T_INT || k->value.i64 < 1 || st->nargs < 2)
			return mdl_parse_error_at(
				e->src, e->pos, b->r.err,
				"[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] the first parameter of stack() must be a "
				"constant INT greater than 0, and values must follow");
		size_t rows = (size_t)k->value.i64;
		size_t columns = (st->nargs - 1 + rows - 1) / rows;
		*names = mdl_arena_alloc(a, columns * sizeof(**names));
		for (; n < columns; n++)
			(*names)[n] = mdl_slice_of(mdl_arena_printf(a, "col%zu", n));
		return (int)n;
	}
	if (st->generator == MDL_GEN_INLINE) {
		const struct mdl_type *s = t->kind == MDL_T_ARRAY ? t->element : t;
		if (s->kind == MDL_T_ANY || s->kind == MDL_T_NULL || (s->kind == MDL_T_STRUCT && s->open))
			return mdl_binder_refuse(
				b, e,
				"inline() of an undeclared array, for it is not known what columns it has: "
				"declare it with --schema, or use explode(a) AS x and x.member");
		if (t->kind != MDL_T_ARRAY || s->kind != MDL_T_STRUCT)
			return wrong_type(b, e, "\"ARRAY<STRUCT>\"", t);
		n = s->nfields;
		*names = mdl_arena_alloc(a, (n + 1) * sizeof(**names));
		for (size_t i = 0; i < n; i++)
			(*names)[i] = s->fields[i].name;
		return (int)n;
	}
	bool map = t->kind == MDL_T_MAP;
	if (!map && t->kind != MDL_T_ARRAY && t->kind != MDL_T_ANY && t->kind != MDL_T_NULL)
		return wrong_type(b, e, "(\"ARRAY\" or \"MAP\")", t);
	*names = mdl_arena_alloc(a, 3 * sizeof(**names));
	if (st->position)
		(*names)[n++] = MDL_SLICE("pos");
	(*names)[n++] = map ? MDL_SLICE("key") : MDL_SLICE("col");
	if (map)
		(*names)[n++] = MDL_SLICE("value");
	return (int)n;
}

static struct mdl_expr *input(struct mdl_binder *b, const struct mdl_expr *at, size_t k)
{
	struct mdl_expr *e = mdl_arena_zalloc(b->r.a, sizeof(*e));
	*e = (struct mdl_expr){
		.kind = MDL_E_INPUT, .pos = at->pos, .end = at->end, .src = at->src, .depth = 1, .input = k};
	return e;
}

/* json_tuple(text, 'a', 'b') makes no rows: each column is a call. */
static int json_tuple(struct mdl_binder *b, const struct mdl_expr *e, struct mdl_expr *const *args,
		      const struct mdl_slice *given, size_t ngiven, struct mdl_binder_items *items)
{
	if (e->nargs < 2 || (ngiven && ngiven != e->nargs - 1))
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			e->nargs < 2 ? "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `json_tuple` requires "
				       "> 1 parameters"
				     : "[UDTF_ALIAS_NUMBER_MISMATCH] The number of aliases does not "
				       "match the number of columns of json_tuple");
	for (size_t i = 1; i < e->nargs; i++) {
		if (args[i]->kind != MDL_E_LITERAL || args[i]->type->kind != MDL_T_STRING)
			return mdl_binder_refuse(b, args[i],
						 "medal carries out json_tuple with constant names alone");
		struct mdl_expr *path = mdl_arena_alloc(b->r.a, sizeof(*path)),
				*x = mdl_arena_alloc(b->r.a, sizeof(*x));
		*path = *args[i];
		*x = *e;
		path->value.str = mdl_slice_of(mdl_arena_printf(
			b->r.a, "$['%.*s']", (int)args[i]->value.str.n, args[i]->value.str.p));
		x->name = MDL_SLICE("get_json_object");
		x->nargs = 2;
		x->args = mdl_arena_alloc(b->r.a, 2 * sizeof(x));
		x->args[0] = args[0];
		x->args[1] = path;
		struct mdl_bound_item *it = mdl_binder_item(b, items);
		it->expr = x;
		it->shown = true;
		it->name = ngiven ? given[i - 1] : mdl_slice_of(mdl_arena_printf(b->r.a, "c%zu", i - 1));
	}
	return 0;
}

int mdl_binder_generate(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e, bool outer,
			const struct mdl_slice *given, size_t ngiven, struct mdl_binder_items *items)
{
	int g = generator_of(e);
	struct mdl_expr **args = mdl_arena_alloc(b->r.a, (e->nargs + 1) * sizeof(*args));
	struct mdl_slice *names = NULL;
	for (size_t i = 0; i < e->nargs; i++) {
		const struct mdl_expr *inner = mdl_binder_find_generator(e->args[i]);
		if (inner)
			return mdl_parse_error_at(
				inner->src, inner->pos, b->r.err,
				"[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] a generator cannot "
				"stand in another expression");
		if (!(args[i] = mdl_resolve_expr(&b->r, s, e->args[i])))
			return -1;
	}
	if (is_word(e, "JSON_TUPLE"))
		return json_tuple(b, e, args, given, ngiven, items);
	if (g < 0)
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			"[UNRESOLVED_ROUTINE] `%.*s` is no generator that medal carries out: "
			"explode, posexplode, inline, stack, json_tuple",
			(int)e->name.n, e->name.p);
	if (generators[g].kind != MDL_GEN_STACK && e->nargs != 1)
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `%.*s` requires 1 parameters but the "
			"actual number is %zu",
			(int)e->name.n, e->name.p, e->nargs);
	struct mdl_step st = {.kind = MDL_STEP_GENERATE,
			      .at = e,
			      .generator = generators[g].kind,
			      .outer = outer || generators[g].outer,
			      .position = generators[g].position,
			      .args = args,
			      .nargs = e->nargs};
	int n = e->nargs ? generated_columns(b, &st, e, &names) : -1;
	if (n < 0)
		return e->nargs ? -1 : mdl_binder_refuse(b, e, "stack() needs values");
	if (ngiven && ngiven != (size_t)n)
		return mdl_parse_error_at(
			e->src, e->pos, b->r.err,
			"[UDTF_ALIAS_NUMBER_MISMATCH] The number of aliases supplied does not match the number of columns "
			"output by %.*s. Expected %d aliases, but got %zu",
			(int)e->name.n, e->name.p, n, ngiven);
	st.ncolumns = (size_t)n;
	st.input = b->out->ninputs;
	b->out->ninputs += st.ncolumns;
	*mdl_binder_step(b, MDL_STEP_GENERATE) = st;
	for (size_t i = 0; i < st.ncolumns; i++) {
		struct mdl_bound_item *it = mdl_binder_item(b, items);
		it->expr = input(b, e, st.input + i);
		it->name = ngiven ? given[i] : names[i];
		it->shown = true;
	}
	return 0;
}
