/* SPDX-License-Identifier: MIT
 *
 * Programs: their making, outputs and variants. What an expression becomes is in
 * compile_expr.c, compile_column.c, compile_op.c and compile_call.c.
 */
#include "sql/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/parse.h"
#include "sql/program.h"

enum { MAX_VARIANTS = 256 };

struct mdl_program *mdl_program_new(const struct mdl_schema *schema, const struct mdl_session *session)
{
	struct mdl_program *p = mdl_zalloc(sizeof(*p));
	mdl_arena_init(&p->arena);
	mdl_arena_init(&p->types);
	p->schema = schema && schema->st->ncolumns ? schema : NULL;
	p->session = session;
	return p;
}

void mdl_program_inputs(struct mdl_program *p, const struct mdl_type *const *types, size_t n)
{
	p->input_types = mdl_arena_alloc(&p->arena, (n ? n : 1) * sizeof(*types));
	if (n)
		memcpy(p->input_types, types, n * sizeof(*types));
	p->ninputs = n;
}

void mdl_program_dynamic_inputs(struct mdl_program *p, size_t n)
{
	p->input_types = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*p->input_types));
	for (size_t i = 0; i < n; i++)
		p->input_types[i] = &mdl_type_any;
	p->ninputs = n;
	p->dynamic = true;
}

void mdl_program_tables(struct mdl_program *p, const struct mdl_bind_table *tables, size_t n)
{
	p->tables = tables;
	p->ntables = n;
}

void mdl_program_relation(struct mdl_program *p, struct mdl_slice name, struct mdl_slice alias)
{
	p->relation = name;
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '.') {
			p->relation = (struct mdl_slice){name.p + i, name.n - i};
			break;
		}
	p->alias = alias;
}

void mdl_variant_free(struct mdl_variant *v)
{
	for (size_t i = 0; i < v->ninstrs; i++)
		if (v->instrs[i].state && v->instrs[i].fn && v->instrs[i].fn->unprepare)
			v->instrs[i].fn->unprepare(v->instrs[i].state);
		else if (v->instrs[i].state && v->instrs[i].run == mdl_kernel_rlike)
			mdl_rlike_free(v->instrs[i].state);
		else if (v->instrs[i].state && v->instrs[i].run == mdl_kernel_lambda)
			mdl_lambda_free(v->instrs[i].state);
	free(v->instrs);
	free(v->sels);
	mdl_arena_free(&v->arena);
	free(v);
}

static void free_variants(struct mdl_program *p)
{
	while (p->variants) {
		struct mdl_variant *next = p->variants->next;
		mdl_variant_free(p->variants);
		p->variants = next;
	}
	p->nvariants = 0;
	p->nknown = 0;
	mdl_arena_reset(&p->types);
}

void mdl_program_free(struct mdl_program *p)
{
	if (!p)
		return;
	free_variants(p);
	free(p->paths);
	free(p->outputs);
	free(p->known);
	mdl_arena_free(&p->types);
	mdl_arena_free(&p->arena);
	free(p);
}

const struct mdl_type *mdl_program_intern(struct mdl_program *p, const struct mdl_type *t)
{
	for (size_t i = 0; i < p->nknown; i++)
		if (p->known[i] == t || mdl_type_eq(p->known[i], t))
			return p->known[i];
	MDL_GROW(p->known, p->nknown, p->capknown);
	return p->known[p->nknown++] = mdl_type_copy(&p->types, t);
}

int mdl_program_path(struct mdl_program *p, size_t relation, const char *text, const struct mdl_type *type)
{
	for (size_t i = 0; i < p->npaths; i++)
		if (p->paths[i].relation == relation && strcmp(p->paths[i].text, text) == 0) {
			if (type->kind != MDL_T_ANY)
				p->paths[i].type = type;
			return (int)i;
		}
	if (p->finished)
		mdl_bug("a path is wanted after the program was finished: %s", text);
	MDL_GROW(p->paths, p->npaths, p->cappaths);
	p->paths[p->npaths] = (struct mdl_path){
		.relation = relation, .text = mdl_arena_strdup(&p->arena, text), .type = type};
	return (int)p->npaths++;
}

size_t mdl_program_want(struct mdl_program *p, const char *path)
{
	return (size_t)mdl_program_path(p, 0, path, &mdl_type_any);
}

int mdl_comp_fail(struct mdl_comp *c, const struct mdl_expr *e, const char *fmt, ...)
{
	char msg[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	mdl_parse_error_at(e->src, e->pos, c->err, "%s", msg);
	return MDL_REG_NONE;
}

static bool compares(const struct mdl_expr *e)
{
	return (e->kind == MDL_E_BINARY && e->op >= MDL_OP_EQ && e->op <= MDL_OP_EQ_NULL) ||
	       (e->kind == MDL_E_IS && e->is_what == MDL_IS_DISTINCT) || e->kind == MDL_E_IN ||
	       e->kind == MDL_E_BETWEEN;
}

static void mark_deep(struct mdl_comp *c, const struct mdl_expr *e)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_comp probe = {.p = c->p, .err = &ignored, .probing = true};
	int k = mdl_comp_path(&probe, e);
	if (k >= 0 && c->p->paths[k].type->kind == MDL_T_ANY)
		c->p->paths[k].deep = true;
	for (size_t i = 0; k < 0 && i < e->nargs; i++)
		mark_deep(c, e->args[i]);
}

/* Resolve the columns of E, so that all paths are known before anything is compiled. */
static int resolve(struct mdl_comp *c, const struct mdl_expr *e)
{
	if (e->kind == MDL_E_COLUMN || e->kind == MDL_E_FIELD || e->kind == MDL_E_INDEX) {
		int k = mdl_comp_path(c, e);
		if (k >= 0)
			return 0;
		if (c->err->status != MDL_OK)
			return -1;
	}
	for (size_t i = 0; i < e->nargs; i++) {
		if (resolve(c, e->args[i]) < 0)
			return -1;
		/* What a lambda function goes over, and what is compared, must have a type all through. */
		for (size_t k = 0; k < i && e->args[i]->kind == MDL_E_LAMBDA; k++)
			mark_deep(c, e->args[k]);
		if (compares(e))
			mark_deep(c, e->args[i]);
	}
	return e->filter ? resolve(c, e->filter) : 0;
}

int mdl_program_add(struct mdl_program *p, struct mdl_expr *e, int guard, unsigned flags, const char *what,
		    struct mdl_err *err)
{
	struct mdl_comp c = {.p = p, .err = err, .probing = true};
	mdl_err_clear(err);
	if (p->finished)
		mdl_bug("an output is added to a finished program");
	if (resolve(&c, e) < 0)
		return -1;
	MDL_GROW(p->outputs, p->noutputs, p->capoutputs);
	struct mdl_output *o = &p->outputs[p->noutputs];
	*o = (struct mdl_output){.expr = e, .guard = guard, .flags = flags, .pass = -1, .column = -1};
	o->what = what ? mdl_arena_strdup(&p->arena, what) : NULL;
	int path = mdl_comp_path(&c, e);
	if (path >= 0) {
		if (flags & MDL_OUT_PASS)
			o->pass = path;
		if (p->paths[path].type->kind != MDL_T_ANY)
			o->column = path;
	}
	mdl_err_clear(err);
	return (int)p->noutputs++;
}

static bool is_null_code(uint8_t code)
{
	return code == MDL_C_NULL;
}

static int output_sel(struct mdl_comp *c, int k)
{
	int guard = c->p->outputs[k].guard;
	if (guard == MDL_NO_OUTPUT)
		return 0;
	return mdl_comp_sel(c, output_sel(c, guard), c->v->outs[guard], MDL_SEL_TRUE);
}

/* A generator's column, or a field in it, that is only passed on: its JSON tokens stay as they are. MDL_REG_NONE without
 * an error when E is none. */
static int passed_input(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	if (e->kind == MDL_E_INPUT && c->p->dynamic && c->v->types[c->p->npaths + e->input]) {
		struct mdl_instr in = {.run = mdl_kernel_pass_input,
				       .name = "input",
				       .type = c->v->types[c->p->npaths + e->input],
				       .imm = (int64_t)e->input};
		c->dynamic = true;
		return mdl_comp_instr(c, &in, NULL, 0, sel);
	}
	int base = e->kind == MDL_E_FIELD ? passed_input(c, e->args[0], sel) : MDL_REG_NONE;
	const struct mdl_type *t = base < 0 ? NULL : mdl_comp_type(c, base);
	int k = t ? mdl_type_field(t, e->name) : -1;
	if (k < 0)
		return MDL_REG_NONE;
	struct mdl_instr in = {
		.run = mdl_kernel_pass_field, .name = "pass field", .type = t->fields[k].type, .imm = k};
	return mdl_comp_instr(c, &in, &base, 1, sel);
}

/* Output K of the variant; its register or MDL_REG_NONE. */
static int compile_output(struct mdl_comp *c, int k)
{
	struct mdl_output *o = &c->p->outputs[k];
	if (o->guard != MDL_NO_OUTPUT && c->v->outs[o->guard] == MDL_REG_NONE)
		return MDL_REG_NONE;
	int sel = output_sel(c, k), reg;
	if (o->pass >= 0) {
		struct mdl_instr in = {.run = mdl_kernel_column,
				       .name = "column",
				       .type = c->p->paths[o->pass].type,
				       .imm = o->pass};
		return mdl_comp_instr(c, &in, NULL, 0, sel);
	}
	reg = o->flags & MDL_OUT_PASS ? passed_input(c, o->expr, sel) : MDL_REG_NONE;
	if (reg != MDL_REG_NONE)
		return reg;
	reg = mdl_comp_expr(c, o->expr, sel);
	if (reg >= 0 && (o->flags & MDL_OUT_BOOLEAN))
		reg = mdl_comp_boolean(c, reg, o->expr, sel);
	if (reg < 0)
		return reg;
	/* What the probes saw as one type for all rows stays that type. */
	if (o->type && o->type->kind != MDL_T_ANY && !mdl_type_eq(o->type, mdl_comp_type(c, reg)) &&
	    o->type->kind != MDL_T_NULL)
		reg = mdl_comp_cast(c, reg, o->type, sel, false, o->expr);
	return reg;
}

struct mdl_variant *mdl_variant_new(struct mdl_program *p, const uint8_t *codes,
				    const struct mdl_type *const *types)
{
	struct mdl_variant *v = mdl_zalloc(sizeof(*v));
	size_t ncodes = p->npaths + p->ninputs;
	mdl_arena_init(&v->arena);
	v->codes = mdl_arena_zalloc(&v->arena, ncodes + 1);
	if (ncodes)
		memcpy(v->codes, codes, ncodes);
	v->types = mdl_arena_zalloc(&v->arena, (ncodes + 1) * sizeof(*v->types));
	if (ncodes && types)
		memcpy(v->types, types, ncodes * sizeof(*types));
	v->outs = mdl_arena_alloc(&v->arena, (p->noutputs + 1) * sizeof(*v->outs));
	v->errs = mdl_arena_zalloc(&v->arena, (p->noutputs + 1) * sizeof(*v->errs));
	MDL_GROW(v->sels, v->nsels, v->capsels);
	v->sels[v->nsels++] = (struct mdl_sel){-1, MDL_REG_NONE, MDL_SEL_TRUE};
	return v;
}

static void live(struct mdl_variant *v, int reg);

static void live_sel(struct mdl_variant *v, int sel)
{
	for (; sel > 0; sel = v->sels[sel].parent)
		live(v, v->sels[sel].reg);
}

static void live(struct mdl_variant *v, int reg)
{
	struct mdl_instr *in = &v->instrs[reg];
	if (!in->dead)
		return;
	in->dead = false;
	for (size_t i = 0; !in->constant && i < in->nargs; i++)
		live(v, in->args[i]);
	if (!in->constant)
		live_sel(v, in->sel);
}

/* What was compiled and then not needed (x OR TRUE) must not run, for it might fail. */
void mdl_variant_bury(struct mdl_variant *v, size_t noutputs)
{
	for (size_t i = 0; i < v->ninstrs; i++)
		v->instrs[i].dead = true;
	for (size_t k = 0; k < noutputs; k++)
		if (v->outs[k] != MDL_REG_NONE)
			live(v, v->outs[k]);
}

/* Types that an expression does not take fail the rows that reach it, and no others: the WHERE may pass them over. */
static int failing_output(struct mdl_comp *c, int k)
{
	struct mdl_output *o = &c->p->outputs[k];
	const char *class = strchr(c->err->msg, '['), *text = class ? strstr(class, "] ") : NULL;
	struct mdl_row_fail *fail = mdl_arena_alloc(&c->v->arena, sizeof(*fail));
	fail->class = "DATATYPE_MISMATCH";
	text = text ? text + 2 : c->err->msg;
	fail->message = mdl_arena_strndup(&c->v->arena, text, strcspn(text, "\n"));
	if (class)
		fail->class = mdl_arena_strndup(&c->p->arena, class + 1, strcspn(class + 1, "]"));
	struct mdl_instr in = {.run = mdl_kernel_fail, .name = "fail", .ptr = fail, .can_fail = true};
	in.type = !o->type || o->type->kind == MDL_T_ANY ? &mdl_type_null : o->type;
	return mdl_comp_instr(c, &in, NULL, 0, output_sel(c, k));
}

/* Compile all outputs for CODES. An output that does not compile leaves its error and, when probing, no register. */
static struct mdl_variant *compile_variant(struct mdl_program *p, const uint8_t *codes,
					   const struct mdl_type *const *types, bool probing)
{
	struct mdl_variant *v = mdl_variant_new(p, codes, types);
	for (size_t k = 0; k < p->noutputs; k++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_comp c = {.p = p, .v = v, .err = &err, .probing = probing};
		v->outs[k] = compile_output(&c, (int)k);
		p->outputs[k].dynamic |= c.dynamic && v->outs[k] != MDL_REG_NONE &&
					 v->instrs[v->outs[k]].type->kind != MDL_T_BOOLEAN;
		if (v->outs[k] != MDL_REG_NONE)
			continue;
		if (err.status == MDL_OK)
			mdl_err_set(&err, MDL_TROUBLE, "the expression cannot be compiled");
		if (p->outputs[k].what)
			mdl_err_wrap(&err, "%s", p->outputs[k].what);
		v->errs[k] = mdl_arena_alloc(&v->arena, sizeof(err));
		*v->errs[k] = err;
		if (!probing)
			v->outs[k] = failing_output(&c, (int)k);
	}
	mdl_variant_bury(v, p->noutputs);
	return v;
}

/* The variant for CODES, compiled when it is new; it becomes the first of the list. */
static struct mdl_variant *find_variant(struct mdl_program *p, const uint8_t *codes,
					const struct mdl_type *const *types)
{
	size_t n = p->npaths + p->ninputs;
	for (struct mdl_variant **at = &p->variants; *at; at = &(*at)->next)
		if (n == 0 || (memcmp((*at)->codes, codes, n) == 0 &&
			       memcmp((*at)->types, types, n * sizeof(*types)) == 0)) {
			struct mdl_variant *v = *at;
			*at = v->next;
			v->next = p->variants;
			return p->variants = v;
		}
	struct mdl_variant *v = compile_variant(p, codes, types, false);
	v->next = p->variants;
	p->nvariants++;
	return p->variants = v;
}

void mdl_program_trim(struct mdl_program *p)
{
	if (p->nvariants >= MAX_VARIANTS)
		free_variants(p);
}

const struct mdl_variant *mdl_program_variant(struct mdl_program *p, const uint8_t *codes,
					      const struct mdl_type *const *types)
{
	return find_variant(p, codes, types);
}

/* Note what this probe says of output K's type. */
static void merge_type(struct mdl_output *o, const struct mdl_variant *v, int reg)
{
	const struct mdl_type *t = v->instrs[reg].type;
	o->constant = o->constant && v->instrs[reg].constant;
	if (!o->type || o->type->kind == MDL_T_NULL)
		o->type = t;
	else if (t->kind != MDL_T_NULL && !mdl_type_eq(o->type, t))
		o->type = &mdl_type_any;
}

int mdl_program_finish(struct mdl_program *p, struct mdl_err *err)
{
	static const uint8_t probes[] = {MDL_C_BIGINT, MDL_C_STRING, MDL_C_DOUBLE, MDL_C_BOOLEAN,
					 MDL_C_NULL,   MDL_C_ARRAY,  MDL_C_STRUCT};
	size_t n = p->npaths + p->ninputs;
	uint8_t *codes = mdl_arena_zalloc(&p->arena, n + 1);
	struct mdl_err **first = mdl_arena_zalloc(&p->arena, (p->noutputs + 1) * sizeof(*first));
	bool *seen = mdl_arena_zalloc(&p->arena, p->noutputs + 1);
	const struct mdl_type **types = mdl_arena_zalloc(&p->arena, (p->noutputs + 1) * sizeof(*types));
	mdl_err_clear(err);
	for (size_t k = 0; k < p->noutputs; k++)
		p->outputs[k].constant = true;
	bool typed = false;
	for (size_t i = 0; i < sizeof(probes) && !typed; i++) {
		memset(codes, probes[i], n);
		struct mdl_variant *v = compile_variant(p, codes, NULL, true);
		for (size_t k = 0; k < p->noutputs; k++)
			if (v->outs[k] != MDL_REG_NONE) {
				struct mdl_output o = {.type = types[k], .constant = p->outputs[k].constant};
				merge_type(&o, v, v->outs[k]);
				types[k] = mdl_type_copy(&p->arena, o.type);
				p->outputs[k].constant = o.constant;
				seen[k] = true;
			} else if (!first[k] && v->errs[k]) {
				first[k] = mdl_arena_alloc(&p->arena, sizeof(**first));
				*first[k] = *v->errs[k];
			}
		/* Without undeclared members one probe says it all. */
		p->nany = 0;
		for (size_t k = 0; k < p->npaths; k++)
			p->nany += p->paths[k].type->kind == MDL_T_ANY && p->paths[k].computed;
		for (size_t k = 0; k < p->ninputs; k++)
			p->nany += p->input_types[k]->kind == MDL_T_ANY;
		typed = p->nany == 0;
		mdl_variant_free(v);
	}
	for (size_t k = 0; k < p->noutputs; k++) {
		if (!seen[k]) {
			*err = *first[k];
			return -1;
		}
		p->outputs[k].type = p->outputs[k].dynamic ? &mdl_type_any : types[k];
	}
	p->path_texts = mdl_arena_alloc(&p->arena, (p->npaths + 1) * sizeof(*p->path_texts));
	for (size_t k = 0; k < p->npaths; k++)
		p->path_texts[k] = p->paths[k].text;
	p->finished = true;
	return 0;
}

const char *const *mdl_program_paths(const struct mdl_program *p, size_t *n)
{
	*n = p->npaths;
	return p->path_texts;
}

const struct mdl_type *mdl_program_type(const struct mdl_program *p, int k)
{
	return p->outputs[k].type;
}

size_t mdl_program_path_relation(const struct mdl_program *p, size_t k)
{
	return p->paths[k].relation;
}

bool mdl_program_is_const(const struct mdl_program *p, int k)
{
	return p->outputs[k].constant;
}

int mdl_program_constant(struct mdl_arena *a, struct mdl_expr *e, const struct mdl_session *session,
			 struct mdl_any *x, struct mdl_err *err)
{
	struct mdl_program *p = mdl_program_new(NULL, session);
	struct mdl_result res;
	int rc = -1, k = mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, err);
	if (k < 0 || mdl_program_finish(p, err) < 0)
		goto out;
	if (p->npaths) {
		mdl_parse_error_at(e->src, e->pos, err, "[NON_FOLDABLE_ARGUMENT] a constant must stand here");
		goto out;
	}
	if (mdl_program_run(p, NULL, NULL, NULL, 1, 1, a, &res, err) < 0)
		goto out;
	if (res.fails.n) {
		mdl_parse_error_at(e->src, e->pos, err, "[%s] %s", res.fails.row[0]->class,
				   res.fails.row[0]->message);
		goto out;
	}
	*x = mdl_vec_get(res.out[k], 0);
	if (x->type->kind == MDL_T_STRING || x->type->kind == MDL_T_BINARY)
		x->str = mdl_arena_slice(a, x->str);
	rc = 0;
out:
	mdl_program_free(p);
	return rc;
}

void mdl_program_explain(struct mdl_buf *out, struct mdl_program *p)
{
	size_t ncodes = p->npaths + p->ninputs;
	if (!p->variants) {
		/* no row was seen: what has no type is shown as a number */
		uint8_t *codes = mdl_arena_zalloc(&p->arena, ncodes + 1);
		const struct mdl_type **types = mdl_arena_zalloc(&p->arena, (ncodes + 1) * sizeof(*types));
		for (size_t k = 0; k < p->npaths; k++)
			codes[k] = p->paths[k].deep ? MDL_C_ARRAY : MDL_C_BIGINT;
		find_variant(p, codes, types);
	}
	for (const struct mdl_variant *v = p->variants; v; v = v->next) {
		mdl_buf_puts(out, "variant");
		for (size_t i = 0; i < p->npaths; i++)
			if (p->paths[i].type->kind == MDL_T_ANY && p->paths[i].computed &&
			    !is_null_code(v->codes[i])) {
				mdl_buf_printf(out, " %s:", p->paths[i].text);
				mdl_type_ddl(out, mdl_code_type(v->codes[i]));
			}
		mdl_buf_putc(out, '\n');
		for (size_t i = 1; i < v->nsels; i++) {
			static const char *const modes[] = {"true", "not true", "not false", "null",
							    "not null"};
			mdl_buf_printf(out, "  s%zu = rows of s%d where r%d is %s\n", i, v->sels[i].parent,
				       v->sels[i].reg, modes[v->sels[i].mode]);
		}
		for (size_t i = 0; i < v->ninstrs; i++) {
			const struct mdl_instr *in = &v->instrs[i];
			if (in->dead)
				continue;
			mdl_buf_printf(out, "  r%zu ", i);
			mdl_type_ddl(out, in->type);
			if (in->constant) {
				mdl_buf_puts(out, " = ");
				mdl_vec_to_json(out, in->constant, 0);
			} else {
				mdl_buf_printf(out, " = %s", in->name);
				if (in->run == mdl_kernel_load || in->run == mdl_kernel_column)
					mdl_buf_printf(out, " %s", p->paths[in->imm].text);
				for (size_t k = 0; k < in->nargs; k++)
					mdl_buf_printf(out, "%s r%d", k ? "," : "", in->args[k]);
				if (in->sel)
					mdl_buf_printf(out, "  [s%d]", in->sel);
			}
			mdl_buf_putc(out, '\n');
		}
		for (size_t k = 0; k < p->noutputs; k++)
			mdl_buf_printf(out, "  out %zu = r%d\n", k, v->outs[k]);
	}
}
