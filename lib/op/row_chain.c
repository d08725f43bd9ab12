/* SPDX-License-Identifier: MIT
 *
 * Frames through parts: see row_chain.h.
 */
#include "op/row_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "op/generate.h"
#include "op/join_index.h"
#include "op/row_reader.h"

enum { MOST_ROWS = 1 << 16 }; /* of a piece, but for one record's rows */

/* Where a program's path is found. */
struct place {
	size_t relation;
	size_t column;                      /* relation 0: of the batch */
	const struct mdl_json_value *cells; /* of the table */
};

struct part {
	const struct mdl_select_part *p;
	struct place *program, *residual;
	struct mdl_join_index *index;
	struct mdl_arena rows, piece; /* of the frame that runs through it; of a piece of what it makes */
};

struct mdl_row_chain {
	const struct mdl_select_plan *plan;
	struct mdl_join_table *tables;
	size_t ntables;
	const struct mdl_session *session;
	struct part *parts;
	const char **paths;
	size_t npaths, cappaths;
	char **absent_paths; /* [plan->nabsent]: of members that no record may have */
	size_t *absent;      /* and their columns */
	/* of the run: */
	struct mdl_row_chain_batch *b;
	mdl_row_chain_sink *sink;
	void *ctx;
};

/* ---- Setup ---- */

static size_t column_of(struct mdl_row_chain *c, const char *path)
{
	for (size_t i = 0; i < c->npaths; i++)
		if (strcmp(c->paths[i], path) == 0)
			return i;
	MDL_GROW(c->paths, c->npaths, c->cappaths);
	c->paths[c->npaths] = path;
	return c->npaths++;
}

static struct place *places(struct mdl_row_chain *c, const struct mdl_program *p)
{
	size_t n;
	const char *const *paths = mdl_program_paths(p, &n);
	struct place *l = mdl_array(n + 1, sizeof(*l));
	for (size_t k = 0; k < n; k++) {
		l[k].relation = mdl_program_path_relation(p, k);
		if (l[k].relation)
			l[k].cells = mdl_join_table_cells(&c->tables[l[k].relation - 1], paths[k]);
		else
			l[k].column = column_of(c, paths[k]);
	}
	return l;
}

/* Add to WANTED what P reads of table RELATION. */
static void want(const struct mdl_program *p, size_t relation, const char **wanted, size_t *n)
{
	size_t npaths;
	const char *const *paths = p ? mdl_program_paths(p, &npaths) : NULL;
	for (size_t k = 0; p && k < npaths; k++) {
		bool known = mdl_program_path_relation(p, k) != relation;
		for (size_t i = 0; i < *n && !known; i++)
			known = strcmp(wanted[i], paths[k]) == 0;
		if (!known)
			wanted[(*n)++] = paths[k];
	}
}

static size_t count_paths(const struct mdl_program *p)
{
	size_t n = 0;
	if (p)
		mdl_program_paths(p, &n);
	return n;
}

static int prepare_tables(struct mdl_row_chain *c, struct mdl_err *err)
{
	size_t most = 0;
	int rc = 0;
	for (size_t i = 0; i < c->plan->nparts; i++)
		most += count_paths(c->plan->parts[i].program) + count_paths(c->plan->parts[i].residual) +
			count_paths(c->plan->parts[i].build);
	const char **wanted = mdl_array(most + 1, sizeof(*wanted));
	for (size_t t = 0; t < c->ntables && rc == 0; t++) {
		size_t n = 0;
		for (size_t i = 0; i < c->plan->nparts; i++) {
			want(c->plan->parts[i].program, t + 1, wanted, &n);
			want(c->plan->parts[i].residual, t + 1, wanted, &n);
			want(c->plan->parts[i].build, t + 1, wanted, &n);
		}
		rc = mdl_join_table_prepare(&c->tables[t], wanted, n, err);
	}
	free(wanted);
	return rc;
}

struct mdl_row_chain *mdl_row_chain_new(const struct mdl_select_plan *plan, struct mdl_join_table *tables,
					size_t ntables, const struct mdl_session *session,
					struct mdl_err *err)
{
	struct mdl_row_chain *c = mdl_zalloc(sizeof(*c));
	c->plan = plan;
	c->tables = tables;
	c->ntables = ntables;
	c->session = session;
	c->parts = mdl_array(plan->nparts, sizeof(*c->parts));
	if (prepare_tables(c, err) < 0) {
		mdl_row_chain_free(c);
		return NULL;
	}
	c->absent_paths = mdl_array(plan->nabsent + 1, sizeof(*c->absent_paths));
	c->absent = mdl_array(plan->nabsent + 1, sizeof(*c->absent));
	for (size_t i = 0; i < plan->nparts; i++) {
		struct part *p = &c->parts[i];
		p->p = &plan->parts[i];
		mdl_arena_init(&p->rows);
		mdl_arena_init(&p->piece);
		p->program = places(c, p->p->program);
		if (p->p->residual)
			p->residual = places(c, p->p->residual);
		if (p->p->step && p->p->step->kind == MDL_STEP_JOIN)
			p->index = mdl_join_index_new(p->p, &tables[p->p->step->table - 1], session);
	}
	for (size_t k = 0; k < plan->nabsent; k++) {
		c->absent_paths[k] = mdl_row_reader_path(plan->absent[k]);
		c->absent[k] = column_of(c, c->absent_paths[k]);
	}
	return c;
}

void mdl_row_chain_free(struct mdl_row_chain *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->plan->nparts; i++) {
		struct part *p = &c->parts[i];
		free(p->program);
		free(p->residual);
		mdl_join_index_free(p->index);
		mdl_arena_free(&p->rows);
		mdl_arena_free(&p->piece);
	}
	for (size_t k = 0; c->absent_paths && k < c->plan->nabsent; k++)
		free(c->absent_paths[k]);
	free(c->absent_paths);
	free(c->absent);
	free(c->parts);
	free(c->paths);
	free(c);
}

const char *const *mdl_row_chain_paths(const struct mdl_row_chain *c, size_t *n)
{
	*n = c->npaths;
	return c->paths;
}

/* ---- Programs over frames ---- */

static const struct mdl_json_value *table_cells(const struct place *l, const struct mdl_frame *f,
						struct mdl_arena *a)
{
	static const struct mdl_json_value null = {.p = "null", .n = 4, .kind = MDL_JSON_NULL};
	struct mdl_json_value *cells = mdl_arena_alloc(a, (f->n + 1) * sizeof(*cells));
	const uint32_t *match = f->match[l->relation - 1];
	for (size_t i = 0; i < f->n; i++)
		cells[i] = match[i] == MDL_JOIN_NO_ROW ? null : l->cells[match[i]];
	return cells;
}

static int run_program(struct mdl_row_chain *c, struct mdl_program *p, const struct place *l,
		       const struct mdl_frame *f, const uint32_t *sel, size_t n, struct mdl_arena *a,
		       struct mdl_result *res, struct mdl_err *err)
{
	size_t npaths;
	mdl_program_paths(p, &npaths);
	const struct mdl_json_value **cols = mdl_arena_alloc(a, (npaths + 1) * sizeof(*cols));
	for (size_t k = 0; k < npaths; k++) {
		if (l[k].relation) {
			cols[k] = table_cells(&l[k], f, a);
			continue;
		}
		cols[k] = c->b->cols[l[k].column];
		if (!f->base)
			continue;
		struct mdl_json_value *cells = mdl_arena_alloc(a, (f->n + 1) * sizeof(*cells));
		for (size_t i = 0; i < f->n; i++)
			cells[i] = cols[k][f->base[i]];
		cols[k] = cells;
	}
	if (mdl_program_run(p, cols, f->inputs, sel, n, f->n, a, res, err))
		return -1;
	return 0;
}

/* A record fails with the first of its rows that does. What the frame's arena holds does not last. */
static void note_fails(struct mdl_row_chain *c, const struct mdl_frame *f, const struct mdl_fails *fails)
{
	struct mdl_arena *a = c->b->arena;
	for (size_t i = 0; i < f->n && fails->n; i++) {
		struct mdl_row_fail **to = &c->b->fails[mdl_frame_record(f, i)];
		if (!fails->row[i] || *to)
			continue;
		c->b->failed = true;
		*to = mdl_arena_alloc(a, sizeof(**to));
		(*to)->class = fails->row[i]->class;
		(*to)->message = mdl_arena_strdup(a, fails->row[i]->message);
	}
}

/* ---- New frames ---- */

/* The frame whose row i came of row FROM[i] of F, with what those rows had. */
static void derive(struct mdl_row_chain *c, const struct mdl_frame *f, const uint32_t *from, size_t n,
		   struct mdl_frame *out, struct mdl_arena *a)
{
	uint32_t *base = mdl_arena_alloc(a, (n + 1) * sizeof(*base));
	*out = (struct mdl_frame){.n = n, .base = base};
	for (size_t i = 0; i < n; i++)
		base[i] = (uint32_t)mdl_frame_record(f, from[i]);
	out->match = mdl_arena_zalloc(a, (c->ntables + 1) * sizeof(*out->match));
	out->inputs = mdl_arena_zalloc(a, (c->plan->ninputs + 1) * sizeof(*out->inputs));
	for (size_t t = 0; t < c->ntables; t++) {
		if (!f->match[t])
			continue;
		out->match[t] = mdl_arena_alloc(a, (n + 1) * sizeof(**out->match));
		for (size_t i = 0; i < n; i++)
			out->match[t][i] = f->match[t][from[i]];
	}
	for (size_t k = 0; k < c->plan->ninputs; k++)
		if (f->inputs[k])
			out->inputs[k] = mdl_vec_gather(a, f->inputs[k], from, n);
}

static int run_part(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f, const uint32_t *sel,
		    size_t n, struct mdl_err *err);

/* ---- Joins ---- */

/* Pairs of a row of the frame and a row of the table. */
struct pairs {
	uint32_t *from, *row;
	size_t n, cap;
};

static void add_pair(struct pairs *p, uint32_t from, uint32_t row)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 4096;
		p->from = mdl_rearray(p->from, p->cap, sizeof(*p->from));
		p->row = mdl_rearray(p->row, p->cap, sizeof(*p->row));
	}
	p->from[p->n] = from;
	p->row[p->n++] = row;
}

/* Which pairs meet the rest of the condition: they are put to the front. */
static int filter_pairs(struct mdl_row_chain *c, struct part *p, const struct mdl_frame *f,
			struct pairs *pairs, struct mdl_err *err)
{
	struct mdl_frame g;
	struct mdl_result res;
	struct mdl_arena *a = &p->piece;
	derive(c, f, pairs->from, pairs->n, &g, a);
	g.match[p->p->step->table - 1] = pairs->row;
	if (run_program(c, p->p->residual, p->residual, &g, NULL, g.n, a, &res, err))
		return -1;
	note_fails(c, &g, &res.fails);
	uint32_t *keep = mdl_arena_alloc(a, (g.n + 1) * sizeof(*keep));
	size_t n = mdl_program_select(res.out[0], &res.fails, NULL, g.n, keep);
	for (size_t i = 0; i < n; i++) {
		pairs->from[i] = pairs->from[keep[i]];
		pairs->row[i] = pairs->row[keep[i]];
	}
	pairs->n = n;
	return 0;
}

/* Rows SEL of F met PAIRS, in order: what the kind of the join makes of it goes to OUT. */
static void join_rows(struct mdl_row_chain *c, enum mdl_join_kind kind, const struct mdl_frame *f,
		      const uint32_t *sel, size_t n, const struct pairs *pairs, struct pairs *out)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		size_t first = at;
		while (at < pairs->n && pairs->from[at] == sel[i])
			at++;
		bool met = at > first;
		if (kind == MDL_JOIN_SEMI || kind == MDL_JOIN_ANTI) {
			if (met == (kind == MDL_JOIN_SEMI))
				add_pair(out, sel[i], MDL_JOIN_NO_ROW);
			else
				c->b->lost[mdl_frame_record(f, sel[i])] = MDL_LOST_JOIN;
			continue;
		}
		for (size_t k = first; k < at; k++)
			add_pair(out, sel[i], pairs->row[k]);
		if (!met && kind == MDL_JOIN_LEFT)
			add_pair(out, sel[i], MDL_JOIN_NO_ROW);
		else if (!met)
			c->b->lost[mdl_frame_record(f, sel[i])] = MDL_LOST_JOIN;
	}
}

static int join_piece(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f, const uint32_t *sel,
		      size_t n, struct pairs *pairs, struct pairs *out, struct mdl_err *err)
{
	struct part *p = &c->parts[k];
	struct mdl_frame g;
	out->n = 0;
	if (p->residual && pairs->n && filter_pairs(c, p, f, pairs, err))
		return -1;
	join_rows(c, p->p->step->join, f, sel, n, pairs, out);
	pairs->n = 0;
	int rc = 0;
	if (out->n) {
		derive(c, f, out->from, out->n, &g, &p->piece);
		if (p->p->step->join <= MDL_JOIN_LEFT)
			g.match[p->p->step->table - 1] = out->row;
		rc = run_part(c, k + 1, &g, NULL, g.n, err);
	}
	mdl_arena_reset(&p->piece);
	return rc;
}

static int run_join(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f, const uint32_t *sel,
		    size_t n, const struct mdl_result *res, struct mdl_err *err)
{
	struct part *p = &c->parts[k];
	const struct mdl_step *st = p->p->step;
	const struct mdl_join_table *table = &c->tables[st->table - 1];
	bool one = !p->residual && (st->join == MDL_JOIN_SEMI || st->join == MDL_JOIN_ANTI);
	struct mdl_vec **keys = mdl_arena_alloc(&p->rows, (st->nkeys + 1) * sizeof(*keys));
	struct mdl_join_hit *hits = mdl_arena_alloc(&p->rows, (n + 1) * sizeof(*hits));
	struct mdl_fails fails = {.nrows = f->n};
	struct pairs pairs = {0}, out = {0};
	size_t from = 0;
	int rc = 0;
	for (size_t i = 0; i < st->nkeys; i++)
		keys[i] = res->out[p->p->args[i]];
	mdl_join_index_probe(p->index, keys, sel, n, f->n, &p->rows, &fails, hits);
	note_fails(c, f, &fails);
	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t record = mdl_frame_record(f, sel[i]);
		if (pairs.n > MOST_ROWS && record != mdl_frame_record(f, sel[i - 1])) {
			rc = join_piece(c, k, f, sel + from, i - from, &pairs, &out, err);
			from = i;
		}
		if (c->b->fails[record])
			continue;
		for (uint32_t row = hits[i].first; row != MDL_JOIN_NO_ROW;) {
			add_pair(&pairs, sel[i], row);
			row = one                      ? MDL_JOIN_NO_ROW
			      : hits[i].next           ? hits[i].next[row]
			      : row + 1 < table->nrows ? row + 1
						       : MDL_JOIN_NO_ROW;
		}
	}
	if (rc == 0)
		rc = join_piece(c, k, f, sel + from, n - from, &pairs, &out, err);
	free(pairs.from);
	free(pairs.row);
	free(out.from);
	free(out.row);
	return rc;
}

/* ---- Generators ---- */

static int generate_piece(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f,
			  struct mdl_generated *made, size_t first, size_t last, struct mdl_err *err)
{
	struct part *p = &c->parts[k];
	const struct mdl_step *st = p->p->step;
	struct mdl_frame g;
	size_t n = last - first;
	if (!n)
		return 0;
	uint32_t *rows = mdl_arena_alloc(&p->piece, (n + 1) * sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		rows[i] = (uint32_t)(first + i);
	derive(c, f, made->from + first, n, &g, &p->piece);
	for (size_t i = 0; i < st->ncolumns; i++)
		g.inputs[st->input + i] = n == made->n ? made->columns[i]
						       : mdl_vec_gather(&p->piece, made->columns[i], rows, n);
	int rc = run_part(c, k + 1, &g, NULL, g.n, err);
	mdl_arena_reset(&p->piece);
	return rc;
}

static int run_generate(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f, const uint32_t *sel,
			size_t n, const struct mdl_result *res, struct mdl_err *err)
{
	struct part *p = &c->parts[k];
	const struct mdl_step *st = p->p->step;
	struct mdl_fails fails = {.nrows = f->n};
	struct mdl_fn_ctx fx = {.arena = &p->rows, .session = c->session, .fails = &fails};
	struct mdl_vec **args = mdl_arena_alloc(&p->rows, (st->nargs + 1) * sizeof(*args));
	struct mdl_generated made;
	for (size_t i = 0; i < st->nargs; i++)
		args[i] = res->out[p->p->args[i]];
	mdl_generate(&fx, st, args, sel, n, f->n, &made);
	note_fails(c, f, &fails);
	size_t first = 0, at = 0;
	for (size_t i = 0; i < n; i++) {
		size_t before = at;
		while (at < made.n && made.from[at] == sel[i])
			at++;
		if (at == before)
			c->b->lost[mdl_frame_record(f, sel[i])] = MDL_LOST_GENERATE;
		if (at - first > MOST_ROWS && i + 1 < n &&
		    mdl_frame_record(f, sel[i]) != mdl_frame_record(f, sel[i + 1])) {
			if (generate_piece(c, k, f, &made, first, at, err))
				return -1;
			first = at;
		}
	}
	return generate_piece(c, k, f, &made, first, at, err);
}

/* ---- Parts ---- */

/* Of the rows that are left, those whose record has not failed. */
static size_t without_failed(struct mdl_row_chain *c, const struct mdl_frame *f, const uint32_t *sel,
			     size_t n, uint32_t *out)
{
	size_t k = 0;
	if (sel && !c->b->failed) {
		memmove(out, sel, n * sizeof(*out));
		return n;
	}
	MDL_EACH(row, sel, n)
	{
		out[k] = (uint32_t)row;
		k += !c->b->fails[mdl_frame_record(f, row)];
	}
	return k;
}

static int run_part(struct mdl_row_chain *c, size_t k, const struct mdl_frame *f, const uint32_t *sel,
		    size_t n, struct mdl_err *err)
{
	struct part *p = &c->parts[k];
	struct mdl_result res;
	mdl_arena_reset(&p->rows);
	uint32_t *rows = mdl_arena_alloc(&p->rows, (n + 1) * sizeof(*rows));
	n = without_failed(c, f, sel, n, rows);
	if (!n)
		return 0;
	if (run_program(c, p->p->program, p->program, f, rows, n, &p->rows, &res, err))
		return -1;
	note_fails(c, f, &res.fails);
	if (p->p->where != MDL_NO_OUTPUT) {
		uint32_t *keep = mdl_arena_alloc(&p->rows, (n + 1) * sizeof(*keep));
		size_t m = mdl_program_select(res.out[p->p->where], &res.fails, rows, n, keep);
		for (size_t i = 0, j = 0; i < n; i++)
			if (j < m && keep[j] == rows[i])
				j++;
			else
				c->b->lost[mdl_frame_record(f, rows[i])] = MDL_LOST_FILTER;
		rows = keep;
		n = m;
	}
	n = without_failed(c, f, rows, n, rows);
	if (!n)
		return 0;
	if (!p->p->step)
		return c->sink(c->ctx, f, rows, n, &res, err);
	return p->p->step->kind == MDL_STEP_JOIN ? run_join(c, k, f, rows, n, &res, err)
						 : run_generate(c, k, f, rows, n, &res, err);
}

/* A record has a member that a column of a table or generator goes by the name of. */
static void find_absent(struct mdl_row_chain *c)
{
	struct mdl_row_chain_batch *b = c->b;
	for (size_t k = 0; k < c->plan->nabsent; k++) {
		const struct mdl_json_value *cells = b->cols[c->absent[k]];
		struct mdl_slice name = c->plan->absent[k];
		for (size_t i = 0; i < b->n; i++) {
			size_t row = b->sel[i];
			if (cells[row].kind == MDL_JSON_MISSING || b->fails[row])
				continue;
			struct mdl_row_fail *fail = mdl_arena_alloc(b->arena, sizeof(*fail));
			fail->class = "AMBIGUOUS_REFERENCE";
			fail->message = mdl_arena_printf(
				b->arena,
				"Reference `%.*s` is ambiguous: the record has such a member, and another relation in "
				"FROM such a column; say which, as in t.%.*s, or leave one out with EXCEPT",
				(int)name.n, name.p, (int)name.n, name.p);
			b->fails[row] = fail;
			b->failed = true;
		}
	}
}

int mdl_row_chain_run(struct mdl_row_chain *c, struct mdl_row_chain_batch *b, mdl_row_chain_sink *sink,
		      void *ctx, struct mdl_err *err)
{
	struct mdl_frame f = {.n = b->nrecords};
	c->b = b;
	c->sink = sink;
	c->ctx = ctx;
	f.match = mdl_arena_zalloc(b->arena, (c->ntables + 1) * sizeof(*f.match));
	f.inputs = mdl_arena_zalloc(b->arena, (c->plan->ninputs + 1) * sizeof(*f.inputs));
	find_absent(c);
	return run_part(c, 0, &f, b->sel, b->n, err);
}
