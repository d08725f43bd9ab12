/* SPDX-License-Identifier: MIT
 *
 * Names to what they stand for: see resolve.h. The order is Spark's: a qualified name
 * first, then a column of any relation in FROM, then the alias of an earlier column in
 * the same list. A stream without declared columns may have any member, row by row,
 * so there a name that something else has, too, is settled by each record: a column of a
 * table by that name alone forbids the member, and an alias stands where it is missing.
 */
#include "sql/resolve.h"

#include <string.h>

#include "base/alloc.h"
#include "sql/parse.h"

enum { MAX_NODES = 20000 };

bool mdl_bind_reserved(struct mdl_slice name)
{
	return mdl_slice_is(name, "_metadata") || mdl_slice_is(name, "_rescued_data") ||
	       mdl_slice_is(name, "_corrupt_record") || mdl_slice_is(name, "_error");
}

void mdl_scope_add(struct mdl_resolver *r, struct mdl_scope *s, const struct mdl_scope_relation *rel)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4;
		struct mdl_scope_relation *more = mdl_arena_alloc(r->a, s->cap * sizeof(*more));
		if (s->n)
			memcpy(more, s->v, s->n * sizeof(*more));
		s->v = more;
	}
	s->v[s->n++] = *rel;
}

const struct mdl_schema *mdl_scope_schema(const struct mdl_resolver *r, const struct mdl_scope_relation *rel)
{
	const struct mdl_schema *s = rel->relation ? r->tables[rel->relation - 1].schema : r->schema;
	return s && s->st->ncolumns ? s : NULL;
}

const struct mdl_scope_relation *mdl_scope_find(const struct mdl_scope *s, struct mdl_slice qualifier)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].qualifier.n && mdl_slice_eq_nocase(s->v[i].qualifier, qualifier))
			return &s->v[i];
	return NULL;
}

bool mdl_scope_hides(const struct mdl_scope_relation *rel, struct mdl_slice name)
{
	for (size_t i = 0; i < rel->nhidden; i++)
		if (mdl_slice_eq_nocase(rel->hidden[i], name))
			return true;
	return false;
}

struct mdl_expr *mdl_resolve_column(struct mdl_resolver *r, size_t relation, struct mdl_slice name,
				    const struct mdl_expr *e)
{
	struct mdl_expr *x = mdl_arena_zalloc(r->a, sizeof(*x));
	*x = (struct mdl_expr){.kind = MDL_E_COLUMN,
			       .pos = e->pos,
			       .end = e->end,
			       .depth = 1,
			       .src = e->src,
			       .nparts = 1,
			       .relation = (uint32_t)relation};
	x->parts = mdl_arena_alloc(r->a, sizeof(name));
	x->parts[0] = name;
	return x;
}

void mdl_resolve_absent(struct mdl_resolver *r, struct mdl_slice name)
{
	for (size_t i = 0; i < r->nabsent; i++)
		if (mdl_slice_eq(r->absent[i], name))
			return;
	if (r->nabsent == r->capabsent) {
		r->capabsent = r->capabsent ? r->capabsent * 2 : 8;
		struct mdl_slice *more = mdl_arena_alloc(r->a, r->capabsent * sizeof(*more));
		if (r->nabsent)
			memcpy(more, r->absent, r->nabsent * sizeof(*more));
		r->absent = more;
	}
	r->absent[r->nabsent++] = name;
}

/* ---- Items in place of names ---- */

/* Nodes of E, or MAX_NODES when there are more; *VOLATILE when a function in it gives another value each time. */
static size_t count_nodes(const struct mdl_expr *e, size_t most, bool *is_volatile)
{
	size_t n = 1;
	const struct mdl_fn *f = e->kind == MDL_E_CALL ? mdl_fn_find(e->name) : NULL;
	*is_volatile |= f && (f->flags & MDL_FN_VOLATILE);
	for (size_t i = 0; i < e->nargs && n < most; i++)
		n += count_nodes(e->args[i], most - n, is_volatile);
	return n;
}

int mdl_resolve_check_item(struct mdl_resolver *r, const struct mdl_expr *e)
{
	bool is_volatile = false;
	if (count_nodes(e, MAX_NODES, &is_volatile) >= MAX_NODES)
		return mdl_parse_error_at(
			e->src, e->pos, r->err,
			"[UNSUPPORTED_FEATURE] the expression, with the columns that it is made of in their "
			"places, has more than %d parts; make it a hop of its own",
			MAX_NODES);
	if (is_volatile)
		return mdl_parse_error_at(
			e->src, e->pos, r->err,
			"[UNSUPPORTED_FEATURE] medal does not carry out a reference to a column that is made by chance "
			"(rand, uuid); make it a hop of its own");
	return 0;
}

/* X.a.b, for the parts of E from FROM on. */
static struct mdl_expr *with_fields(struct mdl_resolver *r, struct mdl_expr *x, const struct mdl_expr *e,
				    size_t from)
{
	size_t n = e->nparts - from;
	if (n && x->kind == MDL_E_COLUMN) {
		struct mdl_expr *y = mdl_arena_alloc(r->a, sizeof(*y));
		*y = *x;
		y->parts = mdl_arena_alloc(r->a, (x->nparts + n) * sizeof(*y->parts));
		memcpy(y->parts, x->parts, x->nparts * sizeof(*y->parts));
		memcpy(y->parts + x->nparts, e->parts + from, n * sizeof(*y->parts));
		y->nparts = x->nparts + n;
		return y;
	}
	for (size_t i = from; i < e->nparts; i++) {
		struct mdl_expr *y = mdl_arena_zalloc(r->a, sizeof(*y));
		*y = (struct mdl_expr){.kind = MDL_E_FIELD,
				       .pos = e->pos,
				       .end = e->end,
				       .depth = x->depth + 1,
				       .src = e->src,
				       .nargs = 1,
				       .name = e->parts[i]};
		y->args = mdl_arena_alloc(r->a, sizeof(x));
		y->args[0] = x;
		x = y;
	}
	return x;
}

/* ---- Relations ---- */

static bool excepts(const struct mdl_bound_item *it, struct mdl_slice name)
{
	for (size_t i = 0; i < it->nexcept; i++)
		if (mdl_slice_eq(it->except[i], name))
			return true;
	return false;
}

/* What NAME is in the stream or a table; NULL when it is no column of it. *OPEN: any name is. */
static struct mdl_expr *in_relation(struct mdl_resolver *r, const struct mdl_scope_relation *rel,
				    struct mdl_slice name, const struct mdl_expr *e, bool *open)
{
	const struct mdl_schema *s = mdl_scope_schema(r, rel);
	int k = s ? mdl_schema_find(s, name) : -1;
	*open = false;
	if (k >= 0)
		name = s->st->columns[k].name;
	else if (s && (rel->relation || !mdl_bind_reserved(name)))
		return NULL;
	*open = !s;
	return mdl_resolve_column(r, rel->relation, name, e);
}

static struct mdl_expr *in_items(struct mdl_resolver *r, const struct mdl_scope_relation *rel,
				 struct mdl_slice name, const struct mdl_expr *e, bool *open, bool *twice)
{
	static const struct mdl_scope_relation stream = {.relation = 0};
	struct mdl_expr *found = NULL;
	*open = false;
	for (size_t i = 0; i < rel->nitems; i++)
		if (rel->items[i].kind == MDL_ITEM_VALUE && mdl_slice_eq_nocase(rel->items[i].name, name)) {
			*twice |= found != NULL;
			found = rel->items[i].expr;
		}
	for (size_t i = 0; i < rel->nitems && !found; i++)
		if (rel->items[i].kind == MDL_ITEM_RECORD && !excepts(&rel->items[i], name))
			found = in_relation(r, &stream, name, e, open);
	return found;
}

static struct mdl_expr *find(struct mdl_resolver *r, const struct mdl_scope_relation *rel,
			     struct mdl_slice name, const struct mdl_expr *e, bool *open, bool *twice)
{
	return rel->relation == MDL_SCOPE_DERIVED ? in_items(r, rel, name, e, open, twice)
						  : in_relation(r, rel, name, e, open);
}

bool mdl_scope_knows(struct mdl_resolver *r, const struct mdl_scope *s, struct mdl_slice name)
{
	static const struct mdl_expr nowhere;
	for (size_t i = 0; i < s->n; i++) {
		bool open, twice;
		if (find(r, &s->v[i], name, &nowhere, &open, &twice) && !open)
			return true;
	}
	return false;
}

bool mdl_scope_open(const struct mdl_resolver *r, const struct mdl_scope *s)
{
	for (size_t i = 0; i < s->n; i++) {
		bool record = s->v[i].relation == 0;
		for (size_t k = 0; k < s->v[i].nitems; k++)
			record |= s->v[i].items[k].kind == MDL_ITEM_RECORD;
		if (record && !r->schema)
			return true;
	}
	return false;
}

static struct mdl_slice *names_of(struct mdl_resolver *r, const struct mdl_scope *s, size_t *n)
{
	size_t most = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct mdl_schema *c =
			s->v[i].relation == MDL_SCOPE_DERIVED ? NULL : mdl_scope_schema(r, &s->v[i]);
		most += s->v[i].nitems + (c ? c->st->ncolumns : 0) +
			(r->schema ? r->schema->st->ncolumns : 0);
	}
	struct mdl_slice *names = mdl_arena_alloc(r->a, (most + 1) * sizeof(*names));
	*n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct mdl_scope_relation *rel = &s->v[i];
		const struct mdl_schema *c =
			rel->relation == MDL_SCOPE_DERIVED ? NULL : mdl_scope_schema(r, rel);
		for (size_t k = 0; k < rel->nitems; k++)
			if (rel->items[k].kind == MDL_ITEM_VALUE)
				names[(*n)++] = rel->items[k].name;
			else if (rel->items[k].kind == MDL_ITEM_RECORD)
				c = r->schema;
		for (size_t k = 0; c && k < c->st->ncolumns; k++)
			names[(*n)++] = c->st->columns[k].name;
	}
	return names;
}

static struct mdl_expr *unresolved(struct mdl_resolver *r, const struct mdl_scope *s,
				   const struct mdl_expr *e)
{
	struct mdl_buf name = MDL_BUF_INIT(256), near = MDL_BUF_INIT(512);
	size_t n;
	const struct mdl_slice *names = names_of(r, s, &n);
	for (size_t i = 0; i < e->nparts; i++)
		mdl_buf_printf(&name, "%s`%.*s`", i ? "." : "", (int)e->parts[i].n, e->parts[i].p);
	mdl_schema_suggest(&near, names, n, e->parts[e->nparts - 1]);
	mdl_parse_error_at(
		e->src, e->pos, r->err,
		"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name %s "
		"cannot be resolved. Did you mean one of the following? [%s]",
		mdl_buf_cstr(&name), mdl_buf_cstr(&near));
	mdl_buf_free(&name);
	mdl_buf_free(&near);
	return NULL;
}

static struct mdl_expr *ambiguous(struct mdl_resolver *r, const struct mdl_expr *e, struct mdl_slice name)
{
	mdl_parse_error_at(
		e->src, e->pos, r->err,
		"[AMBIGUOUS_REFERENCE] Reference `%.*s` is ambiguous: more than one relation in FROM has it; "
		"say which, as in t.%.*s",
		(int)name.n, name.p, (int)name.n, name.p);
	return NULL;
}

/* ---- Names ---- */

/* IF(the record has no member X, ALIAS, X). */
static struct mdl_expr *alias_unless_member(struct mdl_resolver *r, struct mdl_expr *alias,
					    struct mdl_expr *x)
{
	x->optional = true;
	struct mdl_expr *missing = mdl_arena_zalloc(r->a, sizeof(*missing)),
			*y = mdl_arena_zalloc(r->a, sizeof(*y));
	*missing = *y = *x;
	missing->kind = MDL_E_IS;
	missing->is_what = MDL_IS_MISSING;
	missing->args = mdl_arena_alloc(r->a, sizeof(x));
	missing->args[0] = x;
	missing->nargs = 1;
	missing->nparts = y->nparts = 0;
	y->kind = MDL_E_CALL;
	y->name = MDL_SLICE("if");
	y->args = mdl_arena_alloc(r->a, 3 * sizeof(x));
	y->args[0] = missing;
	y->args[1] = alias;
	y->args[2] = x;
	y->nargs = 3;
	y->depth = (alias->depth > 2 ? alias->depth : 2) + 1;
	return y;
}

static struct mdl_expr *lateral(const struct mdl_scope *s, struct mdl_slice name, bool *twice)
{
	struct mdl_expr *found = NULL;
	for (size_t i = 0; i < s->nlateral; i++)
		if (s->lateral[i].kind == MDL_ITEM_VALUE && !s->lateral[i].generated &&
		    mdl_slice_eq_nocase(s->lateral[i].name, name)) {
			*twice |= found != NULL;
			found = s->lateral[i].expr;
		}
	return found;
}

/* A name whose first part is a column, whatever the relation. */
static struct mdl_expr *bare(struct mdl_resolver *r, const struct mdl_scope *s, const struct mdl_expr *e)
{
	struct mdl_slice name = e->parts[0];
	struct mdl_expr *known = NULL, *any = NULL, *x;
	bool twice = false;
	for (size_t i = 0; i < s->n; i++) {
		bool open;
		if (mdl_scope_hides(&s->v[i], name) || !(x = find(r, &s->v[i], name, e, &open, &twice)))
			continue;
		if (open && s->v[i].relation && s->v[i].relation != MDL_SCOPE_DERIVED)
			continue; /* an empty table: nothing is known of it */
		if (!open) {
			twice |= known != NULL;
			known = x;
		} else {
			any = x;
		}
	}
	if (twice)
		return ambiguous(r, e, name);
	if (known && any)
		mdl_resolve_absent(r, name);
	if (known)
		return with_fields(r, known, e, 1);
	struct mdl_expr *alias = lateral(s, name, &twice);
	if (alias && twice)
		return ambiguous(r, e, name);
	if (alias && mdl_resolve_check_item(r, alias) < 0)
		return NULL;
	if (alias)
		return with_fields(r, any ? alias_unless_member(r, alias, any) : alias, e, 1);
	if (!any && s->outer)
		return bare(r, s->outer, e);
	return any ? with_fields(r, any, e, 1) : unresolved(r, s, e);
}

static struct mdl_expr *column(struct mdl_resolver *r, const struct mdl_scope *s, struct mdl_expr *e)
{
	e->shown = 1;
	if (e->nparts > 1) {
		const struct mdl_scope_relation *rel = mdl_scope_find(s, e->parts[0]);
		for (const struct mdl_scope *o = s->outer; !rel && o; o = o->outer)
			rel = mdl_scope_find(o, e->parts[0]);
		bool open, twice = false;
		struct mdl_expr *x = rel ? find(r, rel, e->parts[1], e, &open, &twice) : NULL;
		if (twice)
			return ambiguous(r, e, e->parts[1]);
		if (x) {
			e->shown = 2;
			return with_fields(r, x, e, 2);
		}
		if (rel)
			return unresolved(r, s, e);
	}
	return bare(r, s, e);
}

struct mdl_expr *mdl_resolve_expr(struct mdl_resolver *r, const struct mdl_scope *s, struct mdl_expr *e)
{
	if (e->kind == MDL_E_COLUMN)
		return column(r, s, e);
	struct mdl_expr *copy = NULL, *x;
	for (size_t i = 0; i < e->nargs; i++) {
		if (!(x = mdl_resolve_expr(r, s, e->args[i])))
			return NULL;
		if (x == e->args[i])
			continue;
		if (!copy) {
			copy = mdl_arena_alloc(r->a, sizeof(*copy));
			*copy = *e;
			copy->args = mdl_arena_alloc(r->a, e->nargs * sizeof(*copy->args));
			memcpy(copy->args, e->args, e->nargs * sizeof(*copy->args));
		}
		copy->args[i] = x;
		if (x->depth >= copy->depth)
			copy->depth = x->depth + 1;
	}
	if (copy && copy->depth > MDL_EXPR_DEPTH) {
		mdl_parse_error_at(e->src, e->pos, r->err,
				   "[PARSE_SYNTAX_ERROR] the expression is nested more than %d deep",
				   MDL_EXPR_DEPTH);
		return NULL;
	}
	return copy ? copy : e;
}
