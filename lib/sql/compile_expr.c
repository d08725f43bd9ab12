/* SPDX-License-Identifier: MIT
 *
 * Expressions to instructions: the ways in which instructions are made (equal ones
 * once, constants folded, cheap guarded ones lifted), casts, and everything that
 * decides which rows the rest is computed for.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "sql/cast.h"
#include "sql/coerce.h"
#include "sql/json_column.h"
#include "sql/parse.h"
#include "sql/program.h"

/* Is selection A equal to B or above it? */
static bool above(const struct mdl_variant *v, int a, int b)
{
	for (; b >= 0; b = v->sels[b].parent)
		if (a == b)
			return true;
	return false;
}

static bool same_instr(const struct mdl_instr *a, const struct mdl_instr *b, const int *args, size_t nargs)
{
	return a->run == b->run && a->imm == b->imm && a->ptr == b->ptr && a->fn == b->fn &&
	       a->quiet == b->quiet && a->nargs == nargs && !b->is_volatile &&
	       mdl_type_eq(a->type, b->type) && (!nargs || memcmp(a->args, args, nargs * sizeof(*args)) == 0);
}

static int append(struct mdl_comp *c, const struct mdl_instr *proto, const int *args, size_t nargs, int sel)
{
	struct mdl_variant *v = c->v;
	MDL_GROW(v->instrs, v->ninstrs, v->cap);
	struct mdl_instr *in = &v->instrs[v->ninstrs];
	*in = *proto;
	in->args = mdl_arena_alloc(&v->arena, (nargs ? nargs : 1) * sizeof(*args));
	if (nargs)
		memcpy(in->args, args, nargs * sizeof(*args));
	in->nargs = nargs;
	in->sel = sel;
	return (int)v->ninstrs++;
}

static void make_constant(struct mdl_vec *v)
{
	v->mask = 0;
	for (size_t i = 0; v->type->kind == MDL_T_STRUCT && i < v->type->nfields; i++)
		make_constant(v->child[i]);
}

/* Compute instruction K now when all it needs is constant. One that fails stays, for the rows that need it. */
static void fold(struct mdl_comp *c, int k)
{
	struct mdl_variant *v = c->v;
	struct mdl_instr *in = &v->instrs[k];
	if (in->is_volatile || in->session || (!in->nargs && !in->fn))
		return;
	for (size_t i = 0; i < in->nargs; i++)
		if (!v->instrs[in->args[i]].constant)
			return;
	struct mdl_exec x = {.v = v, .nrows = 1};
	x.reg = mdl_array(v->ninstrs, sizeof(*x.reg));
	for (size_t i = 0; i < in->nargs; i++)
		x.reg[in->args[i]] = v->instrs[in->args[i]].constant;
	struct mdl_fails fails = {.nrows = 1};
	x.fx = (struct mdl_fn_ctx){.arena = &v->arena, .session = c->p->session, .fails = &fails};
	struct mdl_vec *out = mdl_vec_new(&v->arena, in->type, 1);
	out->valid[0] = 0;
	in->run(&x, in, NULL, 1, out);
	free(x.reg);
	if (fails.n)
		return;
	make_constant(out);
	in->constant = out;
	in->can_fail = in->costly = false;
	in->sel = 0;
}

int mdl_comp_instr(struct mdl_comp *c, const struct mdl_instr *proto, const int *args, size_t nargs, int sel)
{
	struct mdl_variant *v = c->v;
	if (!proto->is_volatile)
		for (size_t i = 0; i < v->ninstrs; i++)
			if (v->instrs[i].run && same_instr(&v->instrs[i], proto, args, nargs) &&
			    (v->instrs[i].constant || above(v, v->instrs[i].sel, sel))) {
				if (proto->state && proto->fn && proto->fn->unprepare)
					proto->fn->unprepare(proto->state);
				return (int)i;
			}
	int k = append(c, proto, args, nargs, sel);
	fold(c, k);
	return k;
}

static bool same_constant(const struct mdl_vec *a, const struct mdl_vec *b)
{
	if (!mdl_type_eq(a->type, b->type) || a->valid[0] != b->valid[0] || mdl_type_is_complex(a->type))
		return false;
	if (!a->valid[0])
		return true;
	if (a->type->kind == MDL_T_STRING || a->type->kind == MDL_T_BINARY)
		return mdl_slice_eq(a->str[0], b->str[0]);
	return memcmp(a->data, b->data, mdl_vec_width(a->type)) == 0;
}

int mdl_comp_constant(struct mdl_comp *c, struct mdl_vec *vec)
{
	/* Equal constants make equal instructions; long lists are not searched. */
	for (size_t i = 0; i < c->v->ninstrs && i < 512; i++)
		if (c->v->instrs[i].constant && same_constant(c->v->instrs[i].constant, vec))
			return (int)i;
	struct mdl_instr in = {.name = "constant", .type = vec->type, .constant = vec};
	return append(c, &in, NULL, 0, 0);
}

int mdl_comp_sel(struct mdl_comp *c, int parent, int reg, enum mdl_sel_mode mode)
{
	struct mdl_variant *v = c->v;
	for (size_t i = 1; i < v->nsels; i++)
		if (v->sels[i].parent == parent && v->sels[i].reg == reg && v->sels[i].mode == mode)
			return (int)i;
	MDL_GROW(v->sels, v->nsels, v->capsels);
	v->sels[v->nsels] = (struct mdl_sel){parent, reg, mode};
	return (int)v->nsels++;
}

bool mdl_comp_risky(const struct mdl_comp *c, size_t mark)
{
	const struct mdl_variant *v = c->v;
	for (size_t i = mark; i < v->ninstrs; i++)
		if (!v->instrs[i].constant &&
		    (v->instrs[i].can_fail || v->instrs[i].costly || v->instrs[i].is_volatile))
			return true;
	return false;
}

int mdl_comp_unless_null(struct mdl_comp *c, int reg, int sel)
{
	return mdl_comp_const(c, reg) ? sel : mdl_comp_sel(c, sel, reg, MDL_SEL_NOT_NULL);
}

int mdl_comp_or_null(struct mdl_comp *c, int reg, int value, int sel)
{
	struct mdl_instr in = {
		.run = mdl_kernel_is_null, .name = "is null", .type = &mdl_type_boolean, .imm = 1};
	const struct mdl_type *t = mdl_comp_type(c, value);
	int null = mdl_comp_instr(c, &in, &reg, 1, sel);
	return mdl_comp_if(c, null, mdl_comp_constant(c, mdl_vec_null(&c->v->arena, t)), value, t, sel);
}

void mdl_comp_hoist(struct mdl_comp *c, size_t mark, int sel, int parent)
{
	struct mdl_variant *v = c->v;
	if (mdl_comp_risky(c, mark))
		return;
	for (size_t i = mark; i < v->ninstrs; i++)
		if (v->instrs[i].sel == sel)
			v->instrs[i].sel = parent;
}

static int mismatch(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_type *from,
		    const struct mdl_type *to, bool quiet)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 14);
	bool ansi = c->p->session->ansi, lax = ansi && mdl_cast_allowed(from, to, false);
	bool days = (ansi || quiet) && ((from->kind == MDL_T_DATE && mdl_type_is_numeric(to)) ||
					(to->kind == MDL_T_DATE && mdl_type_is_numeric(from)));
	mdl_expr_print(&b, e);
	mdl_comp_fail(c, e,
		      "[DATATYPE_MISMATCH.%s] Cannot resolve \"%s\" due to data type mismatch: cannot cast "
		      "\"%s\" to \"%s\"%s",
		      days  ? "CAST_WITH_FUNC_SUGGESTION"
		      : lax ? "CAST_WITH_CONF_SUGGESTION"
			    : "CAST_WITHOUT_SUGGESTION",
		      mdl_buf_cstr(&b), mdl_type_name(&c->v->arena, from), mdl_type_name(&c->v->arena, to),
		      days  ? "; use unix_date() or date_from_unix_date()"
		      : lax ? " with ANSI mode on"
			    : "");
	mdl_buf_free(&b);
	return MDL_REG_NONE;
}

/* The representation is the same: only the type's name changes. */
static bool retypes(const struct mdl_type *from, const struct mdl_type *to)
{
	if (mdl_type_is_integral(from) && mdl_type_is_integral(to))
		return to->kind > from->kind;
	if (from->kind == MDL_T_FLOAT && to->kind == MDL_T_DOUBLE)
		return true;
	return from->kind == to->kind &&
	       (from->kind == MDL_T_INTERVAL_DT || from->kind == MDL_T_INTERVAL_YM) &&
	       from->from >= to->from && from->to <= to->to;
}

int mdl_comp_cast(struct mdl_comp *c, int reg, const struct mdl_type *to, int sel, bool quiet,
		  const struct mdl_expr *e)
{
	const struct mdl_type *from = mdl_comp_type(c, reg);
	if (mdl_type_eq(from, to))
		return reg;
	if (from->kind == MDL_T_NULL)
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, to));
	struct mdl_instr in = {.type = to};
	if (from->kind == MDL_T_ARRAY && to->kind == MDL_T_ARRAY && to->element->kind == MDL_T_ANY) {
		in.run = mdl_kernel_any_list;
		in.name = "any";
		return mdl_comp_instr(c, &in, &reg, 1, sel);
	}
	if (retypes(from, to)) {
		in.run = mdl_kernel_retype;
		in.name = "retype";
		return mdl_comp_instr(c, &in, &reg, 1, sel);
	}
	/* An undeclared object has no fields that could be cast. */
	if ((from->kind == MDL_T_STRUCT && from->nfields == 0) ||
	    !mdl_cast_allowed(from, to, c->p->session->ansi))
		return mismatch(c, e, from, to, quiet);
	in.run = mdl_kernel_cast;
	in.name = quiet ? "try_cast" : "cast";
	in.quiet = quiet;
	bool interval = to->kind == MDL_T_INTERVAL_DT || to->kind == MDL_T_INTERVAL_YM;
	in.can_fail = !quiet && (c->p->session->ansi || interval) && mdl_cast_can_fail(from, to);
	/* Text of a TIMESTAMP depends on the session's zone, which does not change: it folds. */
	return mdl_comp_instr(c, &in, &reg, 1, sel);
}

int mdl_comp_boolean(struct mdl_comp *c, int reg, const struct mdl_expr *e, int sel)
{
	const struct mdl_type *t = mdl_comp_type(c, reg);
	if (t->kind == MDL_T_BOOLEAN || t->kind == MDL_T_NULL ||
	    (t->kind == MDL_T_STRING && c->p->session->ansi))
		return mdl_comp_cast(c, reg, &mdl_type_boolean, sel, false, e);
	struct mdl_buf b = MDL_BUF_INIT(1 << 14);
	mdl_expr_print(&b, e);
	mdl_comp_fail(
		c, e,
		"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] a condition must have the \"BOOLEAN\" type, however \"%s\" has the "
		"type \"%s\"",
		mdl_buf_cstr(&b), mdl_type_name(&c->v->arena, t));
	mdl_buf_free(&b);
	return MDL_REG_NONE;
}

static int boolean_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int r = mdl_comp_expr(c, e, sel);
	return r < 0 ? r : mdl_comp_boolean(c, r, e, sel);
}

int mdl_comp_not(struct mdl_comp *c, int reg, int sel)
{
	struct mdl_instr in = {.run = mdl_kernel_not, .name = "not", .type = &mdl_type_boolean};
	return reg < 0 ? reg : mdl_comp_instr(c, &in, &reg, 1, sel);
}

int mdl_comp_if(struct mdl_comp *c, int cond, int a, int b, const struct mdl_type *t, int sel)
{
	struct mdl_instr in = {.run = mdl_kernel_if, .name = "if", .type = t};
	int args[3] = {cond, a, b};
	return mdl_comp_instr(c, &in, args, 3, sel);
}

/* 1 TRUE, 0 FALSE, -1 NULL, 2 not constant. */
static int constant_bool(const struct mdl_comp *c, int reg)
{
	const struct mdl_vec *v = mdl_comp_const(c, reg);
	return !v ? 2 : !v->valid[0] ? -1 : v->b8[0];
}

static int logic(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	bool is_and = e->op == MDL_OP_AND;
	int args[2];
	if ((args[0] = boolean_expr(c, e->args[0], sel)) < 0)
		return MDL_REG_NONE;
	int k = constant_bool(c, args[0]);
	if (k == !is_and)
		return args[0];
	size_t mark = c->v->ninstrs;
	int s = sel;
	if (k == 2)
		s = mdl_comp_sel(c, sel, args[0], is_and ? MDL_SEL_NOT_FALSE : MDL_SEL_NOT_TRUE);
	if ((args[1] = boolean_expr(c, e->args[1], s)) < 0)
		return MDL_REG_NONE;
	/* x OR TRUE is TRUE whatever x would do, as for Spark's optimiser. */
	if (k == is_and || constant_bool(c, args[1]) == !is_and)
		return args[1];
	mdl_comp_hoist(c, mark, s, sel);
	struct mdl_instr in = {.run = is_and ? mdl_kernel_and : mdl_kernel_or,
			       .name = is_and ? "and" : "or",
			       .type = &mdl_type_boolean};
	return mdl_comp_instr(c, &in, args, 2, sel);
}

static int literal(struct mdl_comp *c, const struct mdl_expr *e)
{
	struct mdl_vec *v = mdl_vec_null(&c->v->arena, e->type);
	if (e->type->kind != MDL_T_NULL)
		mdl_vec_set(v, 0, &e->value);
	return mdl_comp_constant(c, v);
}

/* A call without arguments, or of REG and the number K. */
static int call_of(struct mdl_comp *c, const struct mdl_expr *e, const char *name, int reg, int64_t k,
		   int sel)
{
	int regs[2] = {reg, MDL_REG_NONE};
	if (reg >= 0) {
		struct mdl_vec *v = mdl_vec_null(&c->v->arena, &mdl_type_int);
		v->valid[0] = 1;
		v->i64[0] = k;
		regs[1] = mdl_comp_constant(c, v);
	}
	return mdl_comp_call_regs(c, e, mdl_slice_of(name), regs, reg >= 0 ? 2 : 0, sel);
}

/* DATE 'today' and the like: words for moments, in constant texts alone. MDL_REG_NONE: TEXT is none. */
static int special_time(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_slice text, int sel)
{
	static const char *const words[] = {"epoch", "now", "today", "yesterday", "tomorrow"};
	enum mdl_kind k = e->type->kind;
	size_t w = 0;
	for (; text.n && *text.p == ' '; text.n--)
		text.p++;
	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	while (w < 5 && (strlen(words[w]) != text.n || strncasecmp(words[w], text.p, text.n) != 0))
		w++;
	if (w == 5 || (k != MDL_T_DATE && k != MDL_T_TIMESTAMP && k != MDL_T_TIMESTAMP_NTZ))
		return MDL_REG_NONE;
	if (w == 0) {
		struct mdl_vec *v = mdl_vec_null(&c->v->arena, e->type);
		v->valid[0] = 1;
		v->i64[0] = 0;
		return mdl_comp_constant(c, v);
	}
	if (w == 1 && k != MDL_T_DATE)
		return call_of(c, e, k == MDL_T_TIMESTAMP ? "current_timestamp" : "localtimestamp", -1, 0,
			       sel);
	int r = call_of(c, e, "current_date", -1, 0, sel);
	if (r >= 0 && w >= 3)
		r = call_of(c, e, "date_add", r, w == 3 ? -1 : 1, sel);
	return r < 0 ? r : mdl_comp_cast(c, r, e->type, sel, false, e);
}

static int cast_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int r = mdl_comp_expr(c, e->args[0], sel);
	if (r < 0)
		return r;
	const struct mdl_vec *text = mdl_comp_const(c, r);
	if (text && text->valid[0] && text->type->kind == MDL_T_STRING) {
		int special = special_time(c, e, text->str[0], sel);
		if (special >= 0)
			return special;
	}
	r = mdl_comp_cast(c, r, e->type, sel, e->try_cast, e);
	if (r >= 0 && e->typed && (!mdl_comp_const(c, r) || !mdl_comp_const(c, r)->valid[0]))
		return mdl_comp_fail(
			c, e,
			"[INVALID_TYPED_LITERAL] The value of the typed literal \"%s\" is invalid: '%.*s'",
			mdl_type_name(&c->v->arena, e->type), (int)e->args[0]->value.str.n,
			e->args[0]->value.str.p);
	return r;
}

/* The common type of N values, as CASE and COALESCE want it. NULL with c->err filled. */
static const struct mdl_type *common_type(struct mdl_comp *c, const struct mdl_expr *e,
					  const struct mdl_type *const *types, size_t n)
{
	const struct mdl_type *t = types[0];
	bool ansi = c->p->session->ansi;
	for (size_t i = 1; i < n; i++) {
		const struct mdl_type *wide = mdl_coerce_nested(&c->v->arena, t, types[i], ansi, true);
		if (!wide) {
			struct mdl_buf b = MDL_BUF_INIT(1 << 14);
			mdl_expr_print(&b, e);
			mdl_comp_fail(
				c, e,
				"[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: the "
				"values must be of one type, but are of \"%s\" and \"%s\"",
				mdl_buf_cstr(&b), mdl_type_name(&c->v->arena, t),
				mdl_type_name(&c->v->arena, types[i]));
			mdl_buf_free(&b);
			return NULL;
		}
		t = wide;
	}
	return t;
}

/* The values of a conditional are compiled before their common type is known: casts come after, each in the selection
 * of its value. */
struct branch {
	int cond, value, sel; /* cond: MDL_REG_NONE for ELSE */
	size_t mark;
	const struct mdl_expr *e;
};

static int join_branches(struct mdl_comp *c, const struct mdl_expr *e, struct branch *b, size_t n,
			 const int *rest)
{
	const struct mdl_type *types[256] = {NULL};
	for (size_t i = 0; i < n; i++)
		types[i] = mdl_comp_type(c, b[i].value);
	const struct mdl_type *t = common_type(c, e, types, n);
	if (!t)
		return MDL_REG_NONE;
	int r = mdl_comp_cast(c, b[n - 1].value, t, b[n - 1].sel, false, b[n - 1].e);
	for (size_t i = n - 1; r >= 0 && i-- > 0;) {
		int v = mdl_comp_cast(c, b[i].value, t, b[i].sel, false, b[i].e);
		if (v < 0)
			return v;
		r = mdl_comp_if(c, b[i].cond, v, r, t, rest[i]);
	}
	return r;
}

/* L = X, where X is not computed for rows in which L is NULL. */
static int equals(struct mdl_comp *c, const struct mdl_expr *e, int l, const struct mdl_expr *x, int sel)
{
	int s = mdl_comp_unless_null(c, l, sel);
	size_t mark = c->v->ninstrs;
	int r = mdl_comp_expr(c, x, s);
	if (r < 0)
		return r;
	bool guard = s != sel && mdl_comp_risky(c, mark);
	if (s != sel && !guard) {
		mdl_comp_hoist(c, mark, s, sel);
		s = sel;
	}
	r = mdl_comp_compare(c, e, MDL_OP_EQ, l, r, s);
	return guard && r >= 0 ? mdl_comp_or_null(c, l, r, sel) : r;
}

static int case_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	struct branch b[256];
	int rest[256], operand = MDL_REG_NONE;
	size_t n = 0, i = 0, pairs = (e->nargs - e->has_operand) / 2;
	if (pairs > 254)
		return mdl_comp_fail(c, e, "[UNSUPPORTED_FEATURE] a CASE with more than 254 branches");
	if (e->has_operand && (operand = mdl_comp_expr(c, e->args[i++], sel)) < 0)
		return operand;
	int s = sel;
	for (size_t k = 0; k < pairs; k++, i += 2) {
		int cond =
			operand >= 0 ? equals(c, e, operand, e->args[i], s) : boolean_expr(c, e->args[i], s);
		if (cond < 0)
			return cond;
		size_t mark = c->v->ninstrs;
		int vs = mdl_comp_sel(c, s, cond, MDL_SEL_TRUE);
		int v = mdl_comp_expr(c, e->args[i + 1], vs);
		if (v < 0)
			return v;
		mdl_comp_hoist(c, mark, vs, s);
		rest[n] = s;
		b[n++] = (struct branch){cond, v, vs, mark, e->args[i + 1]};
		s = mdl_comp_sel(c, s, cond, MDL_SEL_NOT_TRUE);
	}
	int v = e->has_else ? mdl_comp_expr(c, e->args[e->nargs - 1], s)
			    : mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
	if (v < 0)
		return v;
	b[n++] = (struct branch){MDL_REG_NONE, v, s, 0, e};
	return join_branches(c, e, b, n, rest);
}

/* IF(c, a, b) and its kin, COALESCE, NVL2, NULLIF: computed only where needed. *DONE is false for other calls. */
static int conditional(struct mdl_comp *c, const struct mdl_expr *e, int sel, bool *done)
{
	struct branch b[256];
	int rest[256];
	struct mdl_slice f = e->name;
	struct mdl_instr is_null = {
		.run = mdl_kernel_is_null, .name = "is null", .type = &mdl_type_boolean, .imm = 1};
#define IS(s) (f.n == sizeof(s) - 1 && strncasecmp(f.p, s, f.n) == 0)
	*done = true;
	if ((IS("if") || IS("iff")) && e->nargs == 3) {
		int cond = boolean_expr(c, e->args[0], sel);
		if (cond < 0)
			return cond;
		for (size_t i = 0; i < 2; i++) {
			size_t mark = c->v->ninstrs;
			int s = mdl_comp_sel(c, sel, cond, i ? MDL_SEL_NOT_TRUE : MDL_SEL_TRUE);
			int v = mdl_comp_expr(c, e->args[i + 1], s);
			if (v < 0)
				return v;
			mdl_comp_hoist(c, mark, s, sel);
			b[i] = (struct branch){i ? MDL_REG_NONE : cond, v, s, mark, e->args[i + 1]};
		}
		rest[0] = sel;
		return join_branches(c, e, b, 2, rest);
	}
	if (IS("nvl2") && e->nargs == 3) {
		int v = mdl_comp_expr(c, e->args[0], sel);
		if (v < 0)
			return v;
		int cond = mdl_comp_instr(c, &is_null, &v, 1, sel);
		for (size_t i = 0; i < 2; i++) {
			int s = mdl_comp_sel(c, sel, cond, i ? MDL_SEL_NOT_TRUE : MDL_SEL_TRUE);
			if ((v = mdl_comp_expr(c, e->args[2 - i], s)) < 0)
				return v;
			b[i] = (struct branch){i ? MDL_REG_NONE : cond, v, s, 0, e->args[2 - i]};
		}
		rest[0] = sel;
		return join_branches(c, e, b, 2, rest);
	}
	bool ifnull = (IS("ifnull") || IS("nvl")) && e->nargs == 2;
	if ((IS("coalesce") && e->nargs > 0 && e->nargs < 256) || ifnull) {
		int s = sel;
		size_t n = 0;
		for (size_t i = 0; i < e->nargs; i++) {
			size_t mark = c->v->ninstrs;
			int v = mdl_comp_expr(c, e->args[i], s);
			if (v < 0)
				return v;
			if (n && s != rest[n - 1])
				mdl_comp_hoist(c, mark, s, rest[n - 1]);
			rest[n] = s;
			b[n] = (struct branch){MDL_REG_NONE, v, s, mark, e->args[i]};
			if (i + 1 < e->nargs) {
				int null = mdl_comp_instr(c, &is_null, &v, 1, s);
				b[n].cond = mdl_comp_not(c, null, s);
				s = mdl_comp_sel(c, s, null, MDL_SEL_TRUE);
			}
			n++;
		}
		return join_branches(c, e, b, n, rest);
	}
	if (IS("nullif") && e->nargs == 2) {
		int l = mdl_comp_expr(c, e->args[0], sel), r = l < 0 ? l : mdl_comp_expr(c, e->args[1], sel);
		int cond = r < 0 ? r : mdl_comp_compare(c, e, MDL_OP_EQ, l, r, sel);
		if (cond < 0)
			return cond;
		const struct mdl_type *t = mdl_comp_type(c, l);
		return mdl_comp_if(c, cond, mdl_comp_constant(c, mdl_vec_null(&c->v->arena, t)), l, t, sel);
	}
#undef IS
	*done = false;
	return MDL_REG_NONE;
}

static int is_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	struct mdl_instr in = {.name = "is", .type = &mdl_type_boolean};
	int r;
	if (e->is_what == MDL_IS_NULL) {
		/* The token tells; it need not be decoded. */
		int path = mdl_comp_path(c, e->args[0]);
		mdl_err_clear(c->err);
		if (path >= 0 && mdl_json_column_by_token(c->p->paths[path].type) && !c->lambda) {
			struct mdl_instr col = {.run = mdl_kernel_column,
						.name = "column",
						.type = c->p->paths[path].type,
						.imm = path};
			r = mdl_comp_instr(c, &col, NULL, 0, sel);
		} else {
			r = mdl_comp_expr(c, e->args[0], sel);
		}
		if (r < 0)
			return r;
		in.run = mdl_kernel_is_null;
		in.imm = !e->negate;
		return mdl_comp_instr(c, &in, &r, 1, sel);
	}
	if (e->is_what == MDL_IS_MISSING) {
		int path = mdl_comp_path(c, e->args[0]);
		if (path < 0)
			return MDL_REG_NONE;
		if (c->lambda)
			return mdl_comp_captured(c, e);
		in.run = mdl_kernel_missing;
		in.imm = path;
		return mdl_comp_instr(c, &in, NULL, 0, sel);
	}
	if (e->is_what == MDL_IS_DISTINCT) {
		int l = mdl_comp_expr(c, e->args[0], sel);
		r = l < 0 ? l : mdl_comp_expr(c, e->args[1], sel);
		r = r < 0 ? r : mdl_comp_compare(c, e, MDL_OP_EQ_NULL, l, r, sel);
		return r < 0 || e->negate ? r : mdl_comp_not(c, r, sel);
	}
	if ((r = boolean_expr(c, e->args[0], sel)) < 0)
		return r;
	in.run = mdl_kernel_is_bool;
	in.imm = (e->is_what == MDL_IS_TRUE) | (e->negate << 1);
	return mdl_comp_instr(c, &in, &r, 1, sel);
}

/* x BETWEEN a AND b is x >= a AND x <= b, x computed once. */
static int between(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int x = mdl_comp_expr(c, e->args[0], sel), lo, hi;
	if (x < 0 || (lo = mdl_comp_expr(c, e->args[1], sel)) < 0 ||
	    (lo = mdl_comp_compare(c, e, MDL_OP_GE, x, lo, sel)) < 0)
		return MDL_REG_NONE;
	size_t mark = c->v->ninstrs;
	int s = mdl_comp_sel(c, sel, lo, MDL_SEL_NOT_FALSE);
	if ((hi = mdl_comp_expr(c, e->args[2], s)) < 0 ||
	    (hi = mdl_comp_compare(c, e, MDL_OP_LE, x, hi, s)) < 0)
		return MDL_REG_NONE;
	mdl_comp_hoist(c, mark, s, sel);
	struct mdl_instr in = {.run = mdl_kernel_and, .name = "and", .type = &mdl_type_boolean};
	int args[2] = {lo, hi};
	int r = mdl_comp_instr(c, &in, args, 2, sel);
	return e->negate ? mdl_comp_not(c, r, sel) : r;
}

static int input(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	struct mdl_instr in = {.run = mdl_kernel_input, .name = "input", .imm = (int64_t)e->input};
	if (c->lambda)
		return mdl_comp_captured(c, e);
	in.type = c->p->input_types[e->input];
	c->dynamic |= c->p->dynamic;
	if (c->p->dynamic && c->v->types[c->p->npaths + e->input])
		in.type = c->v->types[c->p->npaths + e->input];
	if (in.type->kind == MDL_T_ANY)
		in.type = mdl_code_type(c->v->codes[c->p->npaths + e->input]);
	if (in.type->kind == MDL_T_NULL)
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
	return mdl_comp_instr(c, &in, NULL, 0, sel);
}

int mdl_comp_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	bool done;
	int r;
	switch (e->kind) {
	case MDL_E_LITERAL:
		return literal(c, e);
	case MDL_E_INPUT:
		return input(c, e, sel);
	case MDL_E_COLUMN:
	case MDL_E_FIELD:
	case MDL_E_INDEX:
		return mdl_comp_column(c, e, sel);
	case MDL_E_UNARY:
		if (e->op == MDL_OP_NOT)
			return mdl_comp_not(c, boolean_expr(c, e->args[0], sel), sel);
		return mdl_comp_binary(c, e, sel);
	case MDL_E_BINARY:
		return e->op == MDL_OP_AND || e->op == MDL_OP_OR ? logic(c, e, sel)
								 : mdl_comp_binary(c, e, sel);
	case MDL_E_CALL:
		r = conditional(c, e, sel, &done);
		return done ? r : mdl_comp_call(c, e, sel);
	case MDL_E_CASE:
		return case_expr(c, e, sel);
	case MDL_E_CAST:
		return cast_expr(c, e, sel);
	case MDL_E_EXISTS:
		return mdl_comp_fail(
			c, e,
			"[UNSUPPORTED_FEATURE] medal does not carry out EXISTS (SELECT ...) but in the "
			"WHERE of a query, by itself or beside AND (join with the table instead)");
	case MDL_E_IN:
		return mdl_comp_in(c, e, sel);
	case MDL_E_BETWEEN:
		return between(c, e, sel);
	case MDL_E_LIKE:
		return mdl_comp_like(c, e, sel);
	case MDL_E_IS:
		return is_expr(c, e, sel);
	case MDL_E_STAR:
		return mdl_comp_fail(
			c, e, "[INVALID_USAGE_OF_STAR_OR_REGEX] Invalid usage of '*' in an expression");
	case MDL_E_PARAM:
		return mdl_comp_param(c, e, sel);
	case MDL_E_LAMBDA:
		return mdl_comp_fail(
			c, e,
			"[INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION] A lambda function should only be "
			"used in a higher order function");
	case MDL_E_NAMED:
		return mdl_comp_fail(c, e, "[UNSUPPORTED_FEATURE] medal does not carry out named arguments");
	}
	return MDL_REG_NONE;
}
