/* SPDX-License-Identifier: MIT
 *
 * Calls with lambda functions: see lambda.h. A body is compiled as a variant of its own.
 * A column or an outer parameter in it is compiled outside, where it is computed once a
 * row, and becomes a capture.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/coerce.h"
#include "sql/lambda.h"

static const struct {
	const char *name;
	enum mdl_lambda_kind kind;
	uint8_t lists, lambdas; /* arguments */
	uint8_t least, most;    /* parameters of the first lambda function */
} calls[] = {{"transform", MDL_LAMBDA_TRANSFORM, 1, 1, 1, 2},
	     {"filter", MDL_LAMBDA_FILTER, 1, 1, 1, 2},
	     {"exists", MDL_LAMBDA_EXISTS, 1, 1, 1, 1},
	     {"forall", MDL_LAMBDA_FORALL, 1, 1, 1, 1},
	     {"aggregate", MDL_LAMBDA_AGGREGATE, 2, 2, 2, 2},
	     {"reduce", MDL_LAMBDA_AGGREGATE, 2, 2, 2, 2},
	     {"zip_with", MDL_LAMBDA_ZIP_WITH, 2, 1, 2, 2},
	     {"array_sort", MDL_LAMBDA_SORT, 1, 1, 2, 2},
	     {"map_filter", MDL_LAMBDA_MAP_FILTER, 1, 1, 2, 2},
	     {"transform_keys", MDL_LAMBDA_MAP_KEYS, 1, 1, 2, 2},
	     {"transform_values", MDL_LAMBDA_MAP_VALUES, 1, 1, 2, 2},
	     {"map_zip_with", MDL_LAMBDA_MAP_ZIP, 2, 1, 3, 3}};

void mdl_lambda_free(struct mdl_lambda *l)
{
	mdl_variant_free(l->body);
	if (l->finish)
		mdl_variant_free(l->finish);
	free(l);
}

/* ---- Captures and parameters ---- */

static int capture(struct mdl_comp *c, int reg)
{
	struct mdl_comp_lambda *l = c->lambda;
	const struct mdl_instr *in = &l->outer->v->instrs[reg];
	size_t k = 0;
	if (in->constant)
		return mdl_comp_constant(c, in->constant);
	while (k < l->ncaptures && l->captures[k] != reg)
		k++;
	if (k == l->ncaptures) {
		MDL_GROW(l->captures, l->ncaptures, l->capcaptures);
		l->captures[l->ncaptures++] = reg;
	}
	struct mdl_instr made = {
		.run = mdl_kernel_capture, .name = "capture", .type = in->type, .imm = (int64_t)k};
	return mdl_comp_instr(c, &made, NULL, 0, 0);
}

int mdl_comp_captured(struct mdl_comp *c, const struct mdl_expr *e)
{
	int reg = mdl_comp_expr(c->lambda->outer, e, c->lambda->outer_sel);
	c->dynamic |= c->lambda->outer->dynamic;
	return reg < 0 ? reg : capture(c, reg);
}

int mdl_comp_param(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	(void)sel;
	if (!c->lambda)
		return mdl_comp_fail(c, e, "[UNRESOLVED_COLUMN] a parameter outside of its lambda function");
	if (c->lambda->id != e->lambda)
		return mdl_comp_captured(c, e);
	struct mdl_instr in = {.run = mdl_kernel_param,
			       .name = "parameter",
			       .type = c->lambda->types[e->input],
			       .imm = (int64_t)e->input};
	if (in.type->kind == MDL_T_NULL)
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
	return mdl_comp_instr(c, &in, NULL, 0, 0);
}

/* ---- Bodies ---- */

struct body {
	struct mdl_variant *v;
	const struct mdl_type *type; /* of its result */
	struct mdl_comp_lambda scope;
};

static void free_body(struct body *b)
{
	if (b->v)
		mdl_variant_free(b->v);
	free(b->scope.captures);
	b->v = NULL;
	b->scope.captures = NULL;
}

/* Compile lambda E for parameters of TYPES; WANT (or NULL) is the type that its result must have. */
static int compile_body(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_type *const *types,
			int sel, const struct mdl_type *want, struct body *b)
{
	size_t n = c->p->npaths + c->p->ninputs;
	uint8_t *codes = mdl_arena_zalloc(&c->v->arena, n + 1);
	b->scope = (struct mdl_comp_lambda){.outer = c, .outer_sel = sel, .id = e->lambda, .types = types};
	b->v = mdl_variant_new(c->p, codes, NULL);
	struct mdl_comp inner = {
		.p = c->p, .v = b->v, .err = c->err, .probing = c->probing, .lambda = &b->scope};
	int reg = mdl_comp_expr(&inner, e->args[0], 0);
	if (reg >= 0 && want && want->kind == MDL_T_BOOLEAN)
		reg = mdl_comp_boolean(&inner, reg, e->args[0], 0);
	c->dynamic |= inner.dynamic;
	if (reg < 0)
		return -1;
	b->type = mdl_comp_type(&inner, reg);
	/* A program has as many outputs as it was given expressions; a body has one. */
	b->v->outs = mdl_arena_alloc(&b->v->arena, sizeof(*b->v->outs));
	b->v->outs[0] = reg;
	mdl_variant_bury(b->v, 1);
	return 0;
}

static void note_flags(struct mdl_instr *in, const struct mdl_variant *v)
{
	for (size_t i = 0; i < v->ninstrs; i++) {
		const struct mdl_instr *x = &v->instrs[i];
		if (x->dead || x->constant)
			continue;
		in->can_fail |= x->can_fail;
		in->is_volatile |= x->is_volatile;
		in->session |= x->session;
	}
}

/* ---- Types ---- */

static int wrong_type(struct mdl_comp *c, const struct mdl_expr *e, const char *which, const char *want,
		      const struct mdl_type *t)
{
	return mdl_comp_fail(
		c, e,
		"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%.*s\" due to data type "
		"mismatch: the %s parameter requires the %s type, however it has the type \"%s\"",
		(int)e->name.n, e->name.p, which, want, mdl_type_name(&c->v->arena, t));
}

static bool is_map_kind(enum mdl_lambda_kind k)
{
	return k >= MDL_LAMBDA_MAP_FILTER;
}

/* The lists of a call; 1 when one is a bare NULL, so that the result is. */
static int check_lists(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_lambda *l, int *regs,
		       int sel)
{
	static const struct mdl_type any = {.kind = MDL_T_ARRAY, .element = &mdl_type_any};
	static const char *const which[] = {"first", "second"};
	size_t lists = l->kind == MDL_LAMBDA_AGGREGATE ? 1 : l->nlists;
	enum mdl_kind want = is_map_kind(l->kind) ? MDL_T_MAP : MDL_T_ARRAY;
	for (size_t i = 0; i < lists; i++) {
		const struct mdl_type *t = mdl_comp_type(c, regs[i]);
		if (t->kind == MDL_T_NULL)
			return 1;
		if (t->kind != want)
			return wrong_type(c, e, which[i], want == MDL_T_MAP ? "\"MAP\"" : "\"ARRAY\"", t);
		if (mdl_type_eq(t, &any))
			return mdl_comp_fail(
				c, e,
				"[UNSUPPORTED_FEATURE] a lambda function over elements without a type: "
				"declare the column, or cast it");
	}
	if (l->kind != MDL_LAMBDA_MAP_ZIP)
		return 0;
	const struct mdl_type *x = mdl_comp_type(c, regs[0]), *y = mdl_comp_type(c, regs[1]);
	const struct mdl_type *key =
		mdl_coerce_nested(&c->v->arena, x->key, y->key, c->p->session->ansi, true);
	if (!key)
		return mdl_comp_fail(
			c, e,
			"[DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES] Cannot resolve \"map_zip_with\" due to "
			"data type mismatch: the keys are of \"%s\" and \"%s\"",
			mdl_type_name(&c->v->arena, x->key), mdl_type_name(&c->v->arena, y->key));
	for (size_t i = 0; i < 2; i++) {
		const struct mdl_type *m = mdl_comp_type(c, regs[i]);
		regs[i] =
			mdl_comp_cast(c, regs[i], mdl_type_map(&c->v->arena, key, m->element), sel, false, e);
		if (regs[i] < 0)
			return -1;
	}
	return 0;
}

static void parameter_types(struct mdl_comp *c, struct mdl_lambda *l, const int *regs, size_t given)
{
	const struct mdl_type *x = mdl_comp_type(c, regs[0]);
	const struct mdl_type *y = l->nlists > 1 ? mdl_comp_type(c, regs[1]) : NULL;
	l->nparams = given;
	switch (l->kind) {
	case MDL_LAMBDA_TRANSFORM:
	case MDL_LAMBDA_FILTER:
	case MDL_LAMBDA_EXISTS:
	case MDL_LAMBDA_FORALL:
		l->types[0] = x->element;
		l->types[1] = &mdl_type_int;
		break;
	case MDL_LAMBDA_AGGREGATE:
		l->types[0] = y;
		l->types[1] = x->element;
		break;
	case MDL_LAMBDA_ZIP_WITH:
		l->types[0] = x->element;
		l->types[1] = y->element;
		break;
	case MDL_LAMBDA_SORT:
		l->types[0] = l->types[1] = x->element;
		break;
	case MDL_LAMBDA_MAP_FILTER:
	case MDL_LAMBDA_MAP_KEYS:
	case MDL_LAMBDA_MAP_VALUES:
		l->types[0] = x->key;
		l->types[1] = x->element;
		break;
	case MDL_LAMBDA_MAP_ZIP:
		l->types[0] = x->key;
		l->types[1] = x->element;
		l->types[2] = y->element;
		break;
	}
}

/* The call's type, its body's being T; NULL with the error filled. */
static const struct mdl_type *result_type(struct mdl_comp *c, const struct mdl_expr *e,
					  const struct mdl_lambda *l, const int *regs,
					  const struct mdl_type *t)
{
	const struct mdl_type *x = mdl_comp_type(c, regs[0]);
	switch (l->kind) {
	case MDL_LAMBDA_EXISTS:
	case MDL_LAMBDA_FORALL:
		return &mdl_type_boolean;
	case MDL_LAMBDA_FILTER:
	case MDL_LAMBDA_MAP_FILTER:
		return x;
	case MDL_LAMBDA_SORT:
		if (t->kind == MDL_T_INT)
			return x;
		mdl_comp_fail(
			c, e,
			"[DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE] Cannot resolve \"array_sort\" due to data type "
			"mismatch: the comparator must return the \"INT\" type, however it returns \"%s\"",
			mdl_type_name(&c->v->arena, t));
		return NULL;
	case MDL_LAMBDA_AGGREGATE:
		if (mdl_type_eq(t, l->types[0]))
			return t;
		wrong_type(c, e, "third", mdl_type_name(&c->v->arena, l->types[0]), t);
		return NULL;
	case MDL_LAMBDA_MAP_VALUES:
	case MDL_LAMBDA_MAP_ZIP:
		return mdl_type_map(&c->v->arena, x->key, t);
	default:
		return mdl_type_array(&c->v->arena, t);
	}
}

/* ---- Calls ---- */

static int find_call(struct mdl_slice name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (mdl_slice_eq_nocase(name, mdl_slice_of(calls[i].name)))
			return (int)i;
	return -1;
}

bool mdl_comp_is_lambda_call(struct mdl_slice name)
{
	return find_call(name) >= 0;
}

static int check_arguments(struct mdl_comp *c, const struct mdl_expr *e, int k)
{
	if (k < 0)
		return mdl_comp_fail(
			c, e,
			"[INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION] A lambda function should "
			"only be used in a higher order function. However, its class is %.*s, which is not "
			"a higher order function",
			(int)e->name.n, e->name.p);
	size_t lists = calls[k].lists;
	bool fits = e->nargs > lists && e->nargs <= lists + calls[k].lambdas;
	for (size_t i = 0; i < e->nargs && fits; i++)
		fits = (e->args[i]->kind == MDL_E_LAMBDA) == (i >= lists);
	if (!fits)
		return mdl_comp_fail(
			c, e, "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] `%s` takes %zu value%s and then %s",
			calls[k].name, lists, lists == 1 ? "" : "s",
			calls[k].lambdas == 1 ? "a lambda function" : "one or two lambda functions");
	for (size_t i = lists; i < e->nargs; i++) {
		size_t least = i > lists ? 1 : calls[k].least, most = i > lists ? 1 : calls[k].most;
		if (e->args[i]->nparts < least || e->args[i]->nparts > most)
			return mdl_comp_fail(
				c, e->args[i],
				"[INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH] A higher order function "
				"expects %zu arguments, but got %zu",
				most, e->args[i]->nparts);
	}
	return 0;
}

/* The instruction: lists, then what the bodies capture. */
static int emit(struct mdl_comp *c, struct mdl_lambda *l, const struct mdl_type *type, const int *regs,
		const struct body *b, const struct body *finish, int sel)
{
	size_t n = l->nlists;
	int *args = mdl_array(n + b->scope.ncaptures + finish->scope.ncaptures + 1, sizeof(*args));
	memcpy(args, regs, n * sizeof(*args));
	l->captures = n;
	for (size_t i = 0; i < b->scope.ncaptures; i++)
		args[n++] = b->scope.captures[i];
	l->finish_captures = n;
	for (size_t i = 0; i < finish->scope.ncaptures; i++)
		args[n++] = finish->scope.captures[i];
	struct mdl_instr in = {.run = mdl_kernel_lambda,
			       .name = "lambda",
			       .type = type,
			       .ptr = l,
			       .state = l,
			       .costly = true,
			       .can_fail = l->kind == MDL_LAMBDA_SORT};
	l->body = b->v;
	l->finish = finish->v;
	note_flags(&in, b->v);
	if (finish->v)
		note_flags(&in, finish->v);
	int r = mdl_comp_instr(c, &in, args, n, sel);
	free(args);
	return r;
}

int mdl_comp_lambda_call(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int k = find_call(e->name), regs[2] = {0, 0};
	struct body b = {0}, finish = {0};
	if (check_arguments(c, e, k) < 0)
		return MDL_REG_NONE;
	for (size_t i = 0; i < calls[k].lists; i++)
		if ((regs[i] = mdl_comp_expr(c, e->args[i], sel)) < 0)
			return MDL_REG_NONE;
	struct mdl_lambda *l = mdl_zalloc(sizeof(*l));
	l->kind = calls[k].kind;
	l->nlists = calls[k].lists;
	int null = check_lists(c, e, l, regs, sel);
	if (null) {
		free(l);
		return null < 0 ? MDL_REG_NONE
				: mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
	}
	const struct mdl_expr *f = e->args[calls[k].lists];
	parameter_types(c, l, regs, f->nparts);
	bool predicate = l->kind == MDL_LAMBDA_FILTER || l->kind == MDL_LAMBDA_EXISTS ||
			 l->kind == MDL_LAMBDA_FORALL || l->kind == MDL_LAMBDA_MAP_FILTER;
	const struct mdl_type *type = NULL;
	int r = MDL_REG_NONE;
	if (compile_body(c, f, l->types, sel, predicate ? &mdl_type_boolean : NULL, &b) == 0)
		type = result_type(c, e, l, regs, b.type);
	if (type && e->nargs > (size_t)calls[k].lists + 1) {
		if (compile_body(c, e->args[e->nargs - 1], l->types, sel, NULL, &finish) == 0)
			type = finish.type;
		else
			type = NULL;
	}
	if (type)
		r = emit(c, l, type, regs, &b, &finish, sel);
	free(b.scope.captures);
	free(finish.scope.captures);
	if (r < 0) {
		b.scope.captures = finish.scope.captures = NULL;
		free_body(&b);
		free_body(&finish);
		free(l);
		return r;
	}
	if (l->kind != MDL_LAMBDA_MAP_KEYS)
		return r;
	/* New keys are checked as those of any map that is made. */
	int pair[2] = {r, MDL_REG_NONE};
	if ((pair[1] = mdl_comp_call_regs(c, e, MDL_SLICE("map_values"), regs, 1, sel)) < 0)
		return MDL_REG_NONE;
	return mdl_comp_call_regs(c, e, MDL_SLICE("map_from_arrays"), pair, 2, sel);
}
