/* SPDX-License-Identifier: MIT
 *
 * SELECT without GROUP BY: see select_plan.h.
 */
#include "sql/select_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/aggregate_plan.h"
#include "sql/parse.h"
#include "json/text.h"

struct mdl_slice mdl_select_plan_name(struct mdl_arena *a, const struct mdl_select_item *it)
{
	if (it->alias.n)
		return it->alias;
	if (it->expr->kind == MDL_E_FIELD)
		return it->expr->name;
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

static int refuse(const struct mdl_expr *e, struct mdl_err *err, const char *what)
{
	return mdl_parse_error_at(e->src, e->pos, err, "[UNSUPPORTED_FEATURE] %s", what);
}

static int add_items(struct mdl_select_plan *p, const struct mdl_select *sel, struct mdl_err *err)
{
	p->columns = mdl_arena_zalloc(&p->arena, (sel->nitems + 1) * sizeof(*p->columns));
	for (size_t i = 0; i < sel->nitems; i++) {
		const struct mdl_select_item *it = &sel->items[i];
		struct mdl_select_column *c = &p->columns[p->ncolumns++];
		if (it->expr->kind == MDL_E_STAR) {
			if (it->expr->nparts > 1)
				return refuse(it->expr, err, "medal does not expand structs with '.*'");
			c->star = true;
			c->except = it->expr->except;
			c->nexcept = it->expr->nexcept;
			c->output = MDL_NO_OUTPUT;
			continue;
		}
		if (mdl_agg_find(it->expr))
			return refuse(mdl_agg_find(it->expr), err, "aggregates are medal-aggregate's");
		c->name = mdl_select_plan_name(&p->arena, it);
		c->generated =
			!it->alias.n && it->expr->kind != MDL_E_COLUMN && it->expr->kind != MDL_E_FIELD;
		c->json_name = mdl_select_plan_member(&p->arena, c->name);
		c->output = mdl_program_add(p->program, it->expr, p->where, MDL_OUT_PASS, NULL, err);
		if (c->output < 0)
			return -1;
	}
	p->pass_all = p->ncolumns == 1 && p->columns[0].star && !p->columns[0].nexcept;
	return 0;
}

struct mdl_select_plan *mdl_select_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
					    const struct mdl_session *session, struct mdl_err *err)
{
	struct mdl_select_plan *p = mdl_zalloc(sizeof(*p));
	const struct mdl_expr *first = sel->items[0].expr;
	mdl_arena_init(&p->arena);
	p->program = mdl_program_new(schema, session);
	p->where = MDL_NO_OUTPUT;
	mdl_program_relation(p->program, sel->from.name, sel->from.alias);
	int rc = 0;
	if (sel->ngroup || sel->group_all || sel->having)
		rc = refuse(sel->ngroup   ? sel->group[0]
			    : sel->having ? sel->having
					  : first,
			    err, "GROUP BY and HAVING are medal-aggregate's");
	else if (sel->distinct)
		rc = refuse(first, err,
			    "medal-transform does not carry out SELECT DISTINCT (use medal-dedupe)");
	else if (sel->njoins)
		rc = mdl_parse_error_at(first->src, sel->joins[0].right.pos, err,
					"[UNSUPPORTED_FEATURE] medal-transform does not carry out joins");
	if (rc == 0 && sel->where) {
		p->where = mdl_program_add(p->program, sel->where, MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, NULL, err);
		rc = p->where < 0 ? -1 : 0;
	}
	if (rc == 0 && (add_items(p, sel, err) < 0 || mdl_program_finish(p->program, err) < 0))
		rc = -1;
	if (rc == 0)
		return p;
	mdl_select_plan_free(p);
	return NULL;
}

void mdl_select_plan_free(struct mdl_select_plan *p)
{
	if (!p)
		return;
	mdl_program_free(p->program);
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

void mdl_select_plan_ddl(struct mdl_buf *out, const struct mdl_select_plan *p,
			 const struct mdl_schema *schema)
{
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct mdl_select_column *c = &p->columns[i];
		if (i)
			mdl_buf_puts(out, ", ");
		if (c->star) {
			ddl_star(out, c, schema);
			continue;
		}
		mdl_type_quote_name(out, c->name);
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, mdl_program_type(p->program, c->output));
	}
}
