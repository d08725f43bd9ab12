/* SPDX-License-Identifier: MIT
 *
 * The run of lambda functions: see lambda.h. The elements of all rows are laid side by
 * side and the body runs over them at once; only aggregate, whose steps depend on each
 * other, and the comparator of array_sort run several times, each over all rows.
 */
#include <string.h>

#include "sql/json_column.h"
#include "sql/lambda.h"
#include "sql/vec_grow.h"

enum { NO_ELEMENT = UINT32_MAX };

/* The elements of all rows, and where they came from. */
struct elements {
	uint32_t *owner; /* [n]: the row */
	uint32_t *at[3]; /* [n]: in the pools of the lists; NO_ELEMENT: there is none */
	size_t n, nlists;
};

/* One call at work. */
struct call {
	struct mdl_exec *x;
	const struct mdl_instr *in;
	const struct mdl_lambda *l;
	struct mdl_arena *a;
	struct mdl_vec *list[2];
	const uint32_t *sel;
	size_t n;
	struct mdl_vec *out;
};

void mdl_kernel_param(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	(void)sel;
	(void)n;
	*out = *x->params[in->imm];
}

void mdl_kernel_capture(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out)
{
	(void)sel;
	(void)n;
	*out = *mdl_vec_gather(x->fx.arena, x->outer->reg[x->captures[in->imm]], x->owner, x->nrows);
}

/* ---- Elements ---- */

static size_t span_of(const struct mdl_vec *v, size_t row, uint32_t *at)
{
	size_t r = mdl_row(v, row);
	if (!v->valid[r])
		return 0;
	*at = v->span[r].at;
	return v->span[r].n;
}

/* All elements of the first list (with the second's beside them for zip_with). */
static void collect(const struct call *k, struct elements *e)
{
	size_t total = 0, m = 0;
	bool zip = k->l->kind == MDL_LAMBDA_ZIP_WITH;
	MDL_EACH(row, k->sel, k->n)
	{
		uint32_t at;
		size_t p = span_of(k->list[0], row, &at), q = zip ? span_of(k->list[1], row, &at) : 0;
		total += p > q ? p : q;
	}
	e->owner = mdl_arena_alloc(k->a, (total + 1) * sizeof(*e->owner));
	e->nlists = zip ? 2 : 1;
	for (size_t i = 0; i < e->nlists; i++)
		e->at[i] = mdl_arena_alloc(k->a, (total + 1) * sizeof(*e->at[i]));
	MDL_EACH(row, k->sel, k->n)
	{
		uint32_t at = 0, bt = 0;
		size_t p = span_of(k->list[0], row, &at), q = zip ? span_of(k->list[1], row, &bt) : 0;
		k->out->valid[row] = k->list[0]->valid[mdl_row(k->list[0], row)] &&
				     (!zip || k->list[1]->valid[mdl_row(k->list[1], row)]);
		if (!k->out->valid[row])
			continue;
		for (size_t i = 0; i < p || i < q; i++, m++) {
			e->owner[m] = (uint32_t)row;
			e->at[0][m] = i < p ? at + (uint32_t)i : NO_ELEMENT;
			if (zip)
				e->at[1][m] = i < q ? bt + (uint32_t)i : NO_ELEMENT;
		}
	}
	e->n = m;
}

/* POOL's values at AT, NULL where there is no element. A constant pool is laid out, for others join it. */
static struct mdl_vec *take(struct mdl_arena *a, struct mdl_vec *pool, const uint32_t *at, size_t n)
{
	uint32_t *safe = mdl_arena_alloc(a, (n + 1) * sizeof(*safe));
	bool holes = false;
	for (size_t i = 0; i < n; i++) {
		holes |= at[i] == NO_ELEMENT;
		safe[i] = at[i] == NO_ELEMENT ? 0 : at[i];
	}
	struct mdl_vec *v;
	bool empty = true;
	for (size_t i = 0; i < n && empty; i++)
		empty = at[i] == NO_ELEMENT;
	if (empty || !pool->mask) {
		v = mdl_vec_new(a, pool->type, n);
		for (size_t i = 0; i < n; i++)
			if (empty)
				v->valid[i] = 0;
			else
				mdl_vec_copy(v, i, pool, 0);
	} else {
		v = mdl_vec_gather(a, pool, safe, n);
	}
	for (size_t i = 0; i < n && holes; i++)
		if (at[i] == NO_ELEMENT)
			v->valid[i] = 0;
	return v;
}

static struct mdl_vec *positions(const struct elements *e, struct mdl_arena *a)
{
	struct mdl_vec *v = mdl_vec_new(a, &mdl_type_int, e->n);
	for (size_t i = 0; i < e->n; i++) {
		v->valid[i] = 1;
		v->i64[i] = i && e->owner[i - 1] == e->owner[i] ? v->i64[i - 1] + 1 : 0;
	}
	return v;
}

/* ---- Bodies ---- */

/* The result of V over N rows that belong to OWNER; FAILS gets the rows for which it failed. */
static struct mdl_vec *run_body(const struct call *k, const struct mdl_variant *v, size_t captures,
				struct mdl_vec **params, const uint32_t *owner, size_t n,
				struct mdl_fails *fails)
{
	struct mdl_exec y = {.nrows = n,
			     .outer = k->x,
			     .captures = k->in->args + captures,
			     .owner = owner,
			     .params = params};
	*fails = (struct mdl_fails){.nrows = n};
	y.fx = (struct mdl_fn_ctx){.arena = k->a, .session = k->x->fx.session, .fails = fails};
	if (!n)
		return mdl_vec_new(k->a, v->instrs[v->outs[0]].type, 0);
	mdl_exec_run(&y, v, NULL, n);
	struct mdl_vec *r = y.reg[v->outs[0]];
	if (r->json && mdl_type_is_complex(r->type))
		r = mdl_json_nest(r, NULL, n, n, y.fx.session->timezone, k->a);
	return r;
}

static void fail_owner(const struct call *k, const struct mdl_fails *fails, size_t i, uint32_t owner)
{
	if (fails->n && fails->row[i])
		mdl_fn_fail(&k->x->fx, k->out, owner, fails->row[i]->class, "%s", fails->row[i]->message);
}

static void fail_owners(const struct call *k, const struct mdl_fails *fails, const uint32_t *owner, size_t n)
{
	for (size_t i = 0; i < n && fails->n; i++)
		fail_owner(k, fails, i, owner[i]);
}

/* V, of N rows, as a pool that rows point into. */
static struct mdl_vec *pool_of(struct mdl_arena *a, struct mdl_vec *v, size_t n)
{
	if (v->mask)
		return v;
	struct mdl_vec *out = mdl_vec_new(a, v->type, n);
	for (size_t i = 0; i < n; i++)
		mdl_vec_copy(out, i, v, 0);
	return out;
}

/* The spans of OUT over N elements in the order of their rows. */
static void set_spans(const struct call *k, const uint32_t *owner, size_t n)
{
	size_t at = 0;
	MDL_EACH(row, k->sel, k->n)
	{
		size_t from = at;
		while (at < n && owner[at] == row)
			at++;
		k->out->span[row] = (struct mdl_span){(uint32_t)from, (uint32_t)(at - from)};
	}
}

static void set_children(const struct call *k, struct mdl_vec *first, struct mdl_vec *second)
{
	k->out->child = mdl_arena_alloc(k->a, 2 * sizeof(*k->out->child));
	k->out->child[0] = first;
	k->out->child[1] = second;
}

static uint8_t truth(const struct mdl_vec *p, size_t i) /* 0 FALSE, 1 TRUE, 2 NULL */
{
	size_t r = mdl_row(p, i);
	return p->valid[r] ? p->b8[r] : 2;
}

/* ---- Arrays ---- */

static void run_filter(const struct call *k, const struct elements *e, const struct mdl_vec *p)
{
	uint32_t *at = mdl_arena_alloc(k->a, (e->n + 1) * sizeof(*at)),
		 *owner = mdl_arena_alloc(k->a, (e->n + 1) * sizeof(*owner));
	size_t n = 0;
	bool map = k->l->kind == MDL_LAMBDA_MAP_FILTER;
	for (size_t i = 0; i < e->n; i++)
		if (truth(p, i) == 1) {
			at[n] = e->at[0][i];
			owner[n++] = e->owner[i];
		}
	set_spans(k, owner, n);
	struct mdl_vec *const *pool = k->list[0]->child;
	set_children(k, e->n ? take(k->a, pool[0], at, n) : NULL,
		     map && e->n ? take(k->a, pool[1], at, n) : NULL);
	if (!e->n)
		set_children(k, mdl_vec_new(k->a, map ? k->out->type->key : k->out->type->element, 0),
			     map ? mdl_vec_new(k->a, k->out->type->element, 0) : NULL);
}

/* exists looks for TRUE, forall for FALSE; elements behind the first one found are not looked at, nor do they fail. */
static void run_search(const struct call *k, const struct elements *e, const struct mdl_vec *p,
		       const struct mdl_fails *fails)
{
	uint8_t want = k->l->kind == MDL_LAMBDA_EXISTS;
	size_t i = 0;
	MDL_EACH(row, k->sel, k->n)
	{
		bool found = false, unknown = false, failed = false;
		for (; i < e->n && e->owner[i] == row; i++) {
			if (found || failed)
				continue;
			failed = fails->n && fails->row[i];
			uint8_t t = failed ? 2 : truth(p, i);
			found = t == want;
			unknown |= t == 2;
			fail_owner(k, fails, i, (uint32_t)row);
		}
		if (!k->out->valid[row] || failed)
			continue;
		k->out->valid[row] = found || !unknown;
		k->out->b8[row] = found ? want : !want;
	}
}

static void run_each(const struct call *k)
{
	struct elements e;
	struct mdl_fails fails;
	struct mdl_vec *params[3];
	bool map = k->l->kind >= MDL_LAMBDA_MAP_FILTER, zip = k->l->kind == MDL_LAMBDA_ZIP_WITH;
	collect(k, &e);
	struct mdl_vec *none = mdl_vec_new(k->a, k->l->types[0], 0);
	struct mdl_vec *const *pool = k->list[0]->child;
	params[0] = take(k->a, pool && e.n ? pool[0] : none, e.at[0], e.n);
	if (map)
		params[1] = take(k->a, pool && e.n ? pool[1] : none, e.at[0], e.n);
	else if (zip)
		params[1] = take(k->a, k->list[1]->child && e.n ? k->list[1]->child[0] : none, e.at[1], e.n);
	else if (k->l->nparams > 1)
		params[1] = positions(&e, k->a);
	struct mdl_vec *r = run_body(k, k->l->body, k->l->captures, params, e.owner, e.n, &fails);
	if (k->l->kind == MDL_LAMBDA_EXISTS || k->l->kind == MDL_LAMBDA_FORALL) {
		run_search(k, &e, r, &fails);
		return;
	}
	fail_owners(k, &fails, e.owner, e.n);
	if (k->l->kind == MDL_LAMBDA_FILTER || k->l->kind == MDL_LAMBDA_MAP_FILTER) {
		run_filter(k, &e, r);
		return;
	}
	set_spans(k, e.owner, e.n);
	r = pool_of(k->a, r, e.n);
	if (k->l->kind == MDL_LAMBDA_MAP_VALUES)
		set_children(k, params[0], r);
	else
		set_children(k, r, NULL);
}

/* ---- map_zip_with ---- */

static uint32_t find_key(const struct mdl_vec *keys, uint32_t at, size_t n, const struct mdl_vec *k, size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (mdl_vec_compare(keys, at + j, k, i) == 0)
			return at + (uint32_t)j;
	return NO_ELEMENT;
}

static void run_map_zip(const struct call *k)
{
	struct mdl_vec *x = k->list[0], *y = k->list[1], *params[3];
	struct elements e = {.nlists = 2};
	struct mdl_fails fails;
	struct mdl_grow keys;
	size_t total = 0;
	MDL_EACH(row, k->sel, k->n)
	{
		uint32_t at;
		total += span_of(x, row, &at) + span_of(y, row, &at);
	}
	e.owner = mdl_arena_alloc(k->a, (total + 1) * sizeof(*e.owner));
	for (size_t i = 0; i < 2; i++)
		e.at[i] = mdl_arena_alloc(k->a, (total + 1) * sizeof(*e.at[i]));
	mdl_grow_init(&keys, &k->x->fx, x->type->key, total);
	MDL_EACH(row, k->sel, k->n)
	{
		uint32_t at = 0, bt = 0;
		k->out->valid[row] = x->valid[mdl_row(x, row)] && y->valid[mdl_row(y, row)];
		if (!k->out->valid[row])
			continue;
		size_t p = span_of(x, row, &at), q = span_of(y, row, &bt);
		for (size_t i = 0; i < p + q; i++) {
			uint32_t j = (uint32_t)(i < p ? at + i : bt + i - p);
			if (i >= p && p && find_key(x->child[0], at, p, y->child[0], j) != NO_ELEMENT)
				continue;
			e.at[0][e.n] = i < p ? j : NO_ELEMENT;
			e.at[1][e.n] = i >= p ? j
				       : q    ? find_key(y->child[0], bt, q, x->child[0], j)
					      : NO_ELEMENT;
			e.owner[e.n++] = (uint32_t)row;
			mdl_grow_add(&keys, i < p ? x->child[0] : y->child[0], j);
		}
	}
	struct mdl_vec *none[2] = {mdl_vec_new(k->a, k->l->types[1], 0),
				   mdl_vec_new(k->a, k->l->types[2], 0)};
	params[0] = keys.v;
	params[1] = take(k->a, x->child && e.n ? x->child[1] : none[0], e.at[0], e.n);
	params[2] = take(k->a, y->child && e.n ? y->child[1] : none[1], e.at[1], e.n);
	struct mdl_vec *r = run_body(k, k->l->body, k->l->captures, params, e.owner, e.n, &fails);
	fail_owners(k, &fails, e.owner, e.n);
	set_spans(k, e.owner, e.n);
	set_children(k, keys.v, pool_of(k->a, r, e.n));
}

/* ---- aggregate ---- */

/* ACC with the rows ROWS (N) replaced by those of R; containers of several steps need one pool. */
static struct mdl_vec *put_back(const struct call *k, struct mdl_vec *acc, const uint32_t *rows, size_t n,
				struct mdl_vec *r)
{
	if (!mdl_type_is_complex(acc->type)) {
		for (size_t i = 0; i < n; i++)
			mdl_vec_copy(acc, rows[i], r, i);
		return acc;
	}
	struct mdl_grow g;
	size_t i = 0;
	mdl_grow_init(&g, &k->x->fx, acc->type, k->x->nrows);
	for (size_t row = 0; row < k->x->nrows; row++)
		if (i < n && rows[i] == row)
			mdl_grow_add(&g, r, i++);
		else if (k->out->valid[row] == 1)
			mdl_grow_add(&g, acc, row);
		else
			mdl_grow_null(&g);
	for (size_t c = 0; c < g.nchild; c++)
		g.v->child[c] = g.child[c].v;
	return g.v;
}

static void run_aggregate(const struct call *k)
{
	struct mdl_vec *list = k->list[0], *start = k->list[1], *params[2];
	struct mdl_arena *a = k->a;
	struct mdl_vec *acc = mdl_vec_new(a, start->type, k->x->nrows);
	uint32_t *rows = mdl_arena_alloc(a, (k->n + 1) * sizeof(*rows)),
		 *at = mdl_arena_alloc(a, (k->n + 1) * sizeof(*at));
	struct mdl_fails fails;
	memset(acc->valid, 0, k->x->nrows);
	memset(k->out->valid, 0, k->x->nrows);
	MDL_EACH(row, k->sel, k->n)
	{
		k->out->valid[row] = list->valid[mdl_row(list, row)];
		if (k->out->valid[row])
			mdl_vec_copy(acc, row, start, row);
	}
	for (uint32_t step = 0;; step++) {
		size_t m = 0;
		MDL_EACH(row, k->sel, k->n)
		{
			uint32_t first = 0;
			if (!k->out->valid[row] || span_of(list, row, &first) <= step)
				continue;
			rows[m] = (uint32_t)row;
			at[m++] = first + step;
		}
		if (!m)
			break;
		params[0] = mdl_vec_gather(a, acc, rows, m);
		params[1] = take(a, list->child[0], at, m);
		struct mdl_vec *r = run_body(k, k->l->body, k->l->captures, params, rows, m, &fails);
		fail_owners(k, &fails, rows, m);
		acc = put_back(k, acc, rows, m, r);
	}
	size_t m = 0;
	MDL_EACH(row, k->sel, k->n)
	if (k->out->valid[row])
		rows[m++] = (uint32_t)row;
	struct mdl_vec *r = mdl_vec_gather(a, acc, rows, m);
	if (k->l->finish) {
		params[0] = r;
		r = run_body(k, k->l->finish, k->l->finish_captures, params, rows, m, &fails);
		fail_owners(k, &fails, rows, m);
	}
	for (size_t i = 0; i < m; i++)
		if (k->out->valid[rows[i]])
			mdl_vec_copy(k->out, rows[i], r, i);
}

/* ---- array_sort ---- */

/* A merge sort whose comparisons are made for all elements together: on each level each element finds its place in the
 * other run by halves. */
struct sorting {
	uint32_t *perm, *next; /* elements of the pool in their present order; on the next level */
	uint32_t *low, *high;  /* where each may go in the other run */
	const uint32_t *first; /* [n]: where its row begins */
	const uint32_t *last;
};

static void halve(const struct call *k, const struct elements *e, struct sorting *s, uint32_t width)
{
	struct mdl_arena *a = k->a;
	uint32_t *who = mdl_arena_alloc(a, (e->n + 1) * sizeof(*who)),
		 *left = mdl_arena_alloc(a, (e->n + 1) * sizeof(*left)),
		 *right = mdl_arena_alloc(a, (e->n + 1) * sizeof(*right)),
		 *owner = mdl_arena_alloc(a, (e->n + 1) * sizeof(*owner));
	for (;;) {
		size_t m = 0;
		struct mdl_fails fails;
		for (size_t i = 0; i < e->n; i++) {
			if (s->low[i] >= s->high[i])
				continue;
			who[m] = (uint32_t)i;
			left[m] = s->perm[(s->low[i] + s->high[i]) / 2];
			right[m] = s->perm[i];
			owner[m++] = e->owner[i];
		}
		if (!m)
			return;
		struct mdl_vec *params[2] = {take(a, k->list[0]->child[0], left, m),
					     take(a, k->list[0]->child[0], right, m)};
		struct mdl_vec *r = run_body(k, k->l->body, k->l->captures, params, owner, m, &fails);
		fail_owners(k, &fails, owner, m);
		for (size_t j = 0; j < m; j++) {
			uint32_t i = who[j], mid = (s->low[i] + s->high[i]) / 2;
			size_t q = mdl_row(r, j);
			if (!r->valid[q] && k->out->valid[owner[j]])
				mdl_fn_fail(
					&k->x->fx, k->out, owner[j], "COMPARATOR_RETURNS_NULL",
					"The comparator has returned a NULL for a comparison. It should return a positive "
					"integer for \"greater than\", 0 for \"equal\" and a negative integer for \"less "
					"than\"");
			bool in_left = ((i - s->first[i]) / width) % 2 == 0;
			int64_t c = r->valid[q] ? r->i64[q] : 0;
			if (in_left ? c < 0 : c <= 0)
				s->low[i] = mid + 1;
			else
				s->high[i] = mid;
		}
	}
}

/* Each element to its place on the next level. A comparator that contradicts itself may send two to one place: those that
 * find theirs taken go to what is left of their pair of runs. */
static void merge(const struct elements *e, struct sorting *s, uint32_t width)
{
	for (size_t i = 0; i < e->n; i++)
		s->next[i] = NO_ELEMENT;
	for (size_t i = 0; i < e->n; i++) {
		uint32_t in_row = (uint32_t)i - s->first[i], run = in_row / width;
		uint32_t from = s->first[i] + (run ^ 1) * width, pair = s->first[i] + (run & ~1u) * width;
		from = from < s->last[i] ? from : s->last[i];
		uint32_t to = pair + in_row % width + (s->low[i] - from);
		s->high[i] = s->next[to] == NO_ELEMENT; /* it has its place */
		if (s->high[i])
			s->next[to] = s->perm[i];
	}
	for (size_t i = 0, hole = 0, pair = NO_ELEMENT; i < e->n; i++) {
		uint32_t run = ((uint32_t)i - s->first[i]) / width, mine = s->first[i] + (run & ~1u) * width;
		if (s->high[i])
			continue;
		if (mine != pair)
			hole = pair = mine;
		while (s->next[hole] != NO_ELEMENT)
			hole++;
		s->next[hole] = s->perm[i];
	}
}

static void run_sort(const struct call *k)
{
	struct elements e;
	struct sorting s;
	size_t longest = 0;
	collect(k, &e);
	uint32_t *first = mdl_arena_alloc(k->a, (e.n + 1) * sizeof(*first)),
		 *last = mdl_arena_alloc(k->a, (e.n + 1) * sizeof(*last));
	s.perm = e.at[0];
	s.next = mdl_arena_alloc(k->a, (e.n + 1) * sizeof(*s.next));
	s.low = mdl_arena_alloc(k->a, (e.n + 1) * sizeof(*s.low));
	s.high = mdl_arena_alloc(k->a, (e.n + 1) * sizeof(*s.high));
	s.first = first;
	s.last = last;
	for (size_t i = 0; i < e.n; i++)
		first[i] = i && e.owner[i - 1] == e.owner[i] ? first[i - 1] : (uint32_t)i;
	for (size_t i = e.n; i-- > 0;) {
		last[i] = i + 1 < e.n && e.owner[i + 1] == e.owner[i] ? last[i + 1] : (uint32_t)i + 1;
		longest = last[i] - first[i] > longest ? last[i] - first[i] : longest;
	}
	for (uint32_t width = 1; width < longest; width *= 2) {
		for (size_t i = 0; i < e.n; i++) {
			uint32_t in_row = (uint32_t)i - first[i], run = in_row / width;
			uint32_t from = first[i] + (run ^ 1) * width, to = from + width;
			s.low[i] = from < last[i] ? from : last[i];
			s.high[i] = to < last[i] ? to : last[i];
		}
		halve(k, &e, &s, width);
		merge(&e, &s, width);
		uint32_t *swap = s.perm;
		s.perm = s.next;
		s.next = swap;
	}
	set_spans(k, e.owner, e.n);
	set_children(k,
		     e.n ? take(k->a, k->list[0]->child[0], s.perm, e.n)
			 : mdl_vec_new(k->a, k->out->type->element, 0),
		     NULL);
}

void mdl_kernel_lambda(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		       struct mdl_vec *out)
{
	struct call k = {.x = x, .in = in, .l = in->ptr, .a = x->fx.arena, .sel = sel, .n = n, .out = out};
	for (size_t i = 0; i < k.l->nlists; i++)
		k.list[i] = mdl_kernel_nested(x, in->args[i], sel, n);
	switch (k.l->kind) {
	case MDL_LAMBDA_AGGREGATE:
		run_aggregate(&k);
		break;
	case MDL_LAMBDA_SORT:
		run_sort(&k);
		break;
	case MDL_LAMBDA_MAP_ZIP:
		run_map_zip(&k);
		break;
	default:
		run_each(&k);
	}
}
