/* SPDX-License-Identifier: MIT
 *
 * SELECT without GROUP BY: see select_plan.h.
 */
#include "sql/select_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/coerce.h"
#include "sql/parse.h"
#include "json/text.h"

struct mdl_slice mdl_select_plan_name(struct mdl_arena *a, const struct mdl_select_item *it)
{
	if (it->alias.n)
		return it->alias;
	if (it->expr->kind == MDL_E_FIELD)
		return it->expr->name;
	if (it->expr->kind == MDL_E_COLUMN)
		return it->expr->parts[it->expr->nparts - 1];
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	mdl_expr_print(&b, it->expr);
	struct mdl_slice s = mdl_arena_slice(a, mdl_buf_slice(&b));
	mdl_buf_free(&b);
	return s;
}

struct mdl_slice mdl_select_plan_member(struct mdl_arena *a, struct mdl_slice name)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	mdl_json_quote(&b, name);
	mdl_buf_putc(&b, ':');
	struct mdl_slice s = mdl_arena_slice(a, mdl_buf_slice(&b));
	mdl_buf_free(&b);
	return s;
}

static struct mdl_program *new_program(struct mdl_select_plan *p, const struct mdl_bind_table *tables,
				       size_t ntables, const struct mdl_schema *schema,
				       const struct mdl_session *session)
{
	struct mdl_program *g = mdl_program_new(schema, session);
	mdl_program_tables(g, tables, ntables);
	if (p->ninputs)
		mdl_program_dynamic_inputs(g, p->ninputs);
	return g;
}

static void note_expr(struct mdl_select_plan *p, struct mdl_expr *e)
{
	p->exprs[p->nexprs++] = e;
}

static int add_columns(struct mdl_select_plan *p, const struct mdl_bound *b, struct mdl_err *err)
{
	struct mdl_select_part *last = &p->parts[p->nparts - 1];
	p->columns = mdl_arena_zalloc(&p->arena, (b->nitems + 1) * sizeof(*p->columns));
	for (size_t i = 0; i < b->nitems; i++) {
		const struct mdl_bound_item *it = &b->items[i];
		struct mdl_select_column *c = &p->columns[p->ncolumns++];
		*c = (struct mdl_select_column){.kind = it->kind,
						.except = it->except,
						.nexcept = it->nexcept,
						.name = it->name,
						.generated = it->generated,
						.expr = it->expr,
						.output = MDL_NO_OUTPUT};
		if (it->kind == MDL_ITEM_RECORD)
			continue;
		if (it->kind == MDL_ITEM_VALUE)
			c->json_name = mdl_select_plan_member(&p->arena, c->name);
		c->output = mdl_program_add(last->program, it->expr, last->where, MDL_OUT_PASS, NULL, err);
		if (c->output < 0)
			return -1;
		note_expr(p, it->expr);
	}
	p->pass_all = p->ncolumns == 1 && p->columns[0].kind == MDL_ITEM_RECORD && !p->columns[0].nexcept;
	return mdl_program_finish(last->program, err);
}

static int add_condition(struct mdl_program *g, struct mdl_expr *e, int *out, struct mdl_err *err)
{
	*out = mdl_program_add(g, e, MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, NULL, err);
	return *out < 0 ? -1 : 0;
}

/* What JOIN compares must have a common type, as far as types are known. */
static int check_keys(const struct mdl_select_part *part, const struct mdl_session *session,
		      struct mdl_err *err)
{
	for (size_t i = 0; i < part->step->nkeys; i++) {
		const struct mdl_type *l = mdl_program_type(part->program, part->args[i]),
				      *r = mdl_program_type(part->build, (int)i);
		const struct mdl_expr *e = part->step->keys[i].left;
		struct mdl_arena a;
		if (l->kind == MDL_T_ANY || r->kind == MDL_T_ANY || mdl_coerce_compare(l, r, session->ansi))
			continue;
		mdl_arena_init(&a);
		mdl_parse_error_at(
			e->src, e->pos, err,
			"[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot join: the left and right operands "
			"have incompatible types (\"%s\" and \"%s\")",
			mdl_type_name(&a, l), mdl_type_name(&a, r));
		mdl_arena_free(&a);
		return -1;
	}
	return 0;
}

/* The step's expressions: they go to the program before it, and to the programs of its own. */
static int add_step(struct mdl_select_plan *p, struct mdl_select_part *part, const struct mdl_step *st,
		    const struct mdl_bind_table *tables, size_t ntables, const struct mdl_schema *schema,
		    const struct mdl_session *session, struct mdl_err *err)
{
	bool join = st->kind == MDL_STEP_JOIN;
	size_t n = join ? st->nkeys : st->nargs;
	int ignored;
	part->step = st;
	part->args = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*part->args));
	part->build = join ? new_program(p, tables, ntables, schema, session) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct mdl_expr *e = join ? st->keys[i].left : st->args[i];
		if ((part->args[i] = mdl_program_add(part->program, e, part->where, 0, NULL, err)) < 0 ||
		    (join &&
		     mdl_program_add(part->build, st->keys[i].right, MDL_NO_OUTPUT, 0, NULL, err) < 0))
			return -1;
		note_expr(p, e);
	}
	if (join && st->residual) {
		part->residual = new_program(p, tables, ntables, schema, session);
		if (add_condition(part->residual, st->residual, &ignored, err) < 0 ||
		    mdl_program_finish(part->residual, err) < 0)
			return -1;
		note_expr(p, st->residual);
	}
	if (mdl_program_finish(part->program, err) < 0 || (join && mdl_program_finish(part->build, err) < 0))
		return -1;
	return join ? check_keys(part, session, err) : 0;
}

static int compile_steps(struct mdl_select_plan *p, const struct mdl_bound *b,
			 const struct mdl_bind_table *tables, size_t ntables, const struct mdl_schema *schema,
			 const struct mdl_session *session, struct mdl_err *err)
{
	size_t nexprs = b->nitems + 1;
	for (size_t i = 0; i < b->nsteps; i++)
		nexprs += b->steps[i].nkeys + b->steps[i].nargs + 2;
	p->exprs = mdl_arena_alloc(&p->arena, nexprs * sizeof(*p->exprs));
	p->parts = mdl_arena_zalloc(&p->arena, (b->nsteps + 1) * sizeof(*p->parts));
	p->ninputs = b->ninputs;
	for (size_t i = 0; i <= b->nsteps; i++) {
		const struct mdl_step *st = i < b->nsteps ? &b->steps[i] : NULL;
		struct mdl_select_part *part = &p->parts[p->nparts ? p->nparts - 1 : 0];
		if (!p->nparts || part->step) {
			part = &p->parts[p->nparts++];
			part->program = new_program(p, tables, ntables, schema, session);
			part->where = MDL_NO_OUTPUT;
		}
		if (st && st->kind == MDL_STEP_FILTER) {
			/* bind.c joins neighbours, so a part has one filter at most */
			if (add_condition(part->program, st->filter, &part->where, err) < 0)
				return -1;
			note_expr(p, st->filter);
		} else if (st && add_step(p, part, st, tables, ntables, schema, session, err) < 0) {
			return -1;
		}
	}
	return 0;
}

struct mdl_select_plan *mdl_select_plan_steps(const struct mdl_bound *bound, const struct mdl_schema *schema,
					      const struct mdl_bind_table *tables, size_t ntables,
					      const struct mdl_session *session, struct mdl_err *err)
{
	struct mdl_select_plan *p = mdl_zalloc(sizeof(*p));
	mdl_arena_init(&p->arena);
	if (compile_steps(p, bound, tables, ntables, schema, session, err) == 0)
		return p;
	mdl_select_plan_free(p);
	return NULL;
}

struct mdl_select_plan *mdl_select_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
					    const struct mdl_bind_table *tables, size_t ntables,
					    const struct mdl_session *session, struct mdl_err *err)
{
	struct mdl_select_plan *p = mdl_zalloc(sizeof(*p));
	struct mdl_bound b;
	mdl_arena_init(&p->arena);
	if (mdl_bind(&p->arena, sel, schema, tables, ntables, session, &b, err) == 0) {
		p->absent = b.absent;
		p->nabsent = b.nabsent;
		if (compile_steps(p, &b, tables, ntables, schema, session, err) == 0 &&
		    add_columns(p, &b, err) == 0)
			return p;
	}
	mdl_select_plan_free(p);
	return NULL;
}

void mdl_select_plan_free(struct mdl_select_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nparts; i++) {
		mdl_program_free(p->parts[i].program);
		mdl_program_free(p->parts[i].residual);
		mdl_program_free(p->parts[i].build);
	}
	mdl_arena_free(&p->arena);
	free(p);
}

static void ddl_star(struct mdl_buf *out, const struct mdl_select_column *c, const struct mdl_schema *schema)
{
	size_t n = out->n;
	for (size_t i = 0; schema && i < schema->st->ncolumns; i++) {
		const struct mdl_ast_column *col = &schema->st->columns[i];
		bool cut = false;
		for (size_t k = 0; k < c->nexcept; k++)
			cut = cut || mdl_schema_find(schema, c->except[k]) == (int)i;
		if (cut)
			continue;
		mdl_buf_puts(out, out->n > n ? ", " : "");
		mdl_type_quote_name(out, col->name);
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, col->type);
	}
	if (out->n == n)
		mdl_buf_putc(out, '*');
}

static void put_ddl(struct mdl_buf *out, const struct mdl_select_plan *p, const struct mdl_schema *schema,
		    bool names)
{
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct mdl_select_column *c = &p->columns[i];
		if (i)
			mdl_buf_puts(out, ", ");
		if (c->kind == MDL_ITEM_RECORD) {
			ddl_star(out, c, schema);
			continue;
		}
		if (c->kind == MDL_ITEM_STRUCT) {
			mdl_buf_putc(out, '*');
			continue;
		}
		const struct mdl_type *t = mdl_program_type(p->parts[p->nparts - 1].program, c->output);
		mdl_type_quote_name(out, c->name);
		mdl_buf_putc(out, ' ');
		/* an array or map of what is not known is no DDL either */
		if (names && (t->kind == MDL_T_ANY || t->kind == MDL_T_ARRAY || t->kind == MDL_T_MAP))
			mdl_buf_puts(out, "STRING");
		else
			mdl_type_ddl(out, t);
	}
}

void mdl_select_plan_ddl(struct mdl_buf *out, const struct mdl_select_plan *p,
			 const struct mdl_schema *schema)
{
	put_ddl(out, p, schema, false);
}

void mdl_select_plan_names(struct mdl_buf *out, const struct mdl_select_plan *p,
			   const struct mdl_schema *schema)
{
	put_ddl(out, p, schema, true);
}

static void explain_step(struct mdl_buf *out, const struct mdl_step *st, const struct mdl_bind_table *tables)
{
	static const char *const joins[] = {"inner join", "left join", "semi join", "anti join"};
	static const char *const generators[] = {"explode", "inline", "stack"};
	if (st->kind == MDL_STEP_GENERATE) {
		mdl_buf_printf(out, "step %s%s%s", st->position ? "pos" : "", generators[st->generator],
			       st->outer ? "_outer" : "");
		for (size_t i = 0; i < st->nargs; i++) {
			mdl_buf_puts(out, i ? ", " : " ");
			mdl_expr_print(out, st->args[i]);
		}
		mdl_buf_printf(out, " -> input[%zu] to input[%zu]\n", st->input,
			       st->input + st->ncolumns - 1);
		return;
	}
	mdl_buf_printf(out, "step %s %.*s", joins[st->join], (int)tables[st->table - 1].name.n,
		       tables[st->table - 1].name.p);
	for (size_t i = 0; i < st->nkeys; i++) {
		mdl_buf_puts(out, i ? " and " : " by ");
		mdl_expr_print(out, st->keys[i].left);
		mdl_buf_puts(out, st->keys[i].null_safe ? " <=> " : " = ");
		mdl_expr_print(out, st->keys[i].right);
	}
	if (st->residual) {
		mdl_buf_puts(out, " where ");
		mdl_expr_print(out, st->residual);
	}
	mdl_buf_putc(out, '\n');
}

void mdl_select_plan_explain(struct mdl_buf *out, const struct mdl_select_plan *p,
			     const struct mdl_bind_table *tables)
{
	for (size_t i = 0; i < p->nparts; i++) {
		const struct mdl_select_part *part = &p->parts[i];
		mdl_program_explain(out, part->program);
		if (part->where != MDL_NO_OUTPUT)
			mdl_buf_printf(out, "where out %d\n", part->where);
		if (part->step)
			explain_step(out, part->step, tables);
		if (part->residual)
			mdl_program_explain(out, part->residual);
	}
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct mdl_select_column *c = &p->columns[i];
		if (c->kind == MDL_ITEM_RECORD)
			mdl_buf_puts(out, "the record's members\n");
		else if (c->kind == MDL_ITEM_STRUCT)
			mdl_buf_printf(out, "the members of out %d\n", c->output);
		else
			mdl_buf_printf(out, "%.*s out %d\n", (int)c->json_name.n, c->json_name.p, c->output);
	}
}
