/* SPDX-License-Identifier: MIT
 *
 * Groups of an aggregate: see agg_groups.h.
 *
 * State entries: 'G' a group as it now is, 'D' a group that is gone; both begin with the
 * length of the key, the key and the window's start.
 */
#include "op/agg_groups.h"

#include <string.h>

#include "op/any_codec.h"
#include "stream/books_json.h"

void mdl_agg_groups_init(struct mdl_agg_groups *g, const struct mdl_agg_plan *plan, bool ansi)
{
	*g = (struct mdl_agg_groups){.plan = plan, .ansi = ansi};
	mdl_buf_init(&g->key, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&g->gone, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&g->entry, MDL_BUF_NO_LIMIT);
	mdl_arena_init(&g->scratch);
	g->window_us = plan->window.start_us;
	mdl_group_table_init(&g->table, plan->calls, plan->ncalls, plan->window.kind == MDL_WINDOW_SESSION);
}

void mdl_agg_groups_free(struct mdl_agg_groups *g)
{
	if (g->table.buckets)
		mdl_group_table_free(&g->table);
	mdl_buf_free(&g->key);
	mdl_buf_free(&g->gone);
	mdl_buf_free(&g->entry);
	mdl_arena_free(&g->scratch);
}

bool mdl_agg_groups_replan(struct mdl_agg_groups *g, const struct mdl_agg_plan *plan)
{
	const struct mdl_agg_plan *a = g->plan, *b = plan;
	bool same = a->nkeys == b->nkeys && a->ncalls == b->ncalls;
	for (size_t i = 0; i < a->nkeys && same; i++)
		same = mdl_type_eq(a->key_types[i], b->key_types[i]);
	for (size_t i = 0; i < a->ncalls && same; i++) {
		const struct mdl_type *x = a->calls[i].arg_type, *y = b->calls[i].arg_type;
		same = x == y || (x && y && mdl_type_eq(x, y));
	}
	if (same) {
		g->plan = plan;
		g->table.calls = plan->calls;
	}
	return same;
}

/* ---- Rows ---- */

static void put_identity(struct mdl_buf *b, char tag, const struct mdl_group *x)
{
	mdl_buf_putc(b, tag);
	mdl_buf_put(b, &x->key_len, sizeof(x->key_len));
	mdl_buf_put(b, x->key, x->key_len);
	mdl_buf_put(b, &x->start, sizeof(x->start));
}

void mdl_agg_groups_forget(struct mdl_agg_groups *g, struct mdl_group *x)
{
	mdl_group_table_take(&g->table, x);
	if (x->saved) {
		uint32_t n = (uint32_t)(1 + sizeof(x->key_len) + x->key_len + sizeof(x->start));
		mdl_buf_put(&g->gone, &n, sizeof(n));
		put_identity(&g->gone, 'D', x);
	}
	mdl_group_free(x, g->table.ncalls);
}

int mdl_agg_groups_flush(struct mdl_agg_groups *g, struct mdl_err *err)
{
	return mdl_agg_batch_add(&g->rows, g->plan, g->res, g->ansi, g->arena, &g->bad_row, err);
}

void mdl_agg_groups_begin(struct mdl_agg_groups *g, const struct mdl_result *res, struct mdl_arena *a)
{
	g->res = res;
	g->arena = a;
	mdl_group_cache_begin(&g->cache, res->out, g->plan->keys, g->plan->nkeys, a);
	const struct mdl_window_spec *w = &g->plan->window;
	g->times = NULL;
	if (w->kind != MDL_WINDOW_TIME || w->slide_us != w->duration_us)
		return;
	const struct mdl_vec *v = res->out[w->time];
	if (!v->json && v->type->kind == MDL_T_TIMESTAMP && !mdl_vec_is_const(v))
		g->times = v;
}

static int add_to(struct mdl_agg_groups *g, struct mdl_group *x, size_t row, struct mdl_err *err)
{
	struct mdl_agg_batch *rows = &g->rows;
	mdl_group_table_touch(&g->table, x);
	rows->row[rows->n] = (uint32_t)row;
	rows->group[rows->n++] = x;
	return rows->n < MDL_AGG_BATCH_PAIRS ? 0 : mdl_agg_groups_flush(g, err);
}

static void make_key(struct mdl_agg_groups *g, size_t row)
{
	mdl_buf_clear(&g->key);
	for (size_t k = 0; k < g->plan->nkeys; k++) {
		struct mdl_any raw = mdl_vec_get(g->res->out[g->plan->keys[k]], row);
		struct mdl_any x = mdl_any_codec_decoded(&raw, g->arena);
		mdl_any_codec_put(&g->key, &x);
	}
}

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return q - (a % b != 0 && (a < 0) != (b < 0));
}

/* The group of ROW's keys whose window is [START, END). */
static struct mdl_group *group_of(struct mdl_agg_groups *g, size_t row, int64_t start, int64_t end)
{
	struct mdl_group *x = mdl_group_cache_find(&g->cache, row, start);
	if (x)
		return x;
	make_key(g, row);
	struct mdl_slice key = mdl_buf_slice(&g->key);
	x = mdl_group_table_find(&g->table, key, start);
	if (!x)
		x = mdl_group_table_add(&g->table, key, start, end);
	mdl_group_cache_put(&g->cache, row, start, x);
	return x;
}

/* Have all windows that hold T a start and an end? Near the ends of 64 bits of microseconds they have not. */
static bool is_in_range(const struct mdl_window_spec *w, int64_t t)
{
	int64_t far, ignored;
	if (w->kind == MDL_WINDOW_SESSION)
		return !__builtin_add_overflow(t, w->duration_us, &ignored);
	return !__builtin_sub_overflow(t, w->start_us, &ignored) &&
	       !__builtin_sub_overflow(t, w->duration_us, &far) &&
	       !__builtin_sub_overflow(far, w->slide_us, &ignored) &&
	       !__builtin_add_overflow(t, w->duration_us, &ignored);
}

static void see_window(struct mdl_agg_groups *g, int64_t start)
{
	const struct mdl_window_spec *w = &g->plan->window;
	bool known = is_in_range(w, start) && is_in_range(w, start + w->slide_us - 1);
	g->window_us = start;
	g->window_length_us = known ? (uint64_t)w->slide_us : 0;
}

/* 1: the row is in a window that is not late; 0: all its windows are. */
static int add_windows(struct mdl_agg_groups *g, size_t row, int64_t t, int64_t late_us, struct mdl_err *err)
{
	const struct mdl_window_spec *w = &g->plan->window;
	int in = 0;
	/* rows mostly are in the window of the one before */
	if (t < g->window_us || (uint64_t)t - (uint64_t)g->window_us >= (uint64_t)w->slide_us)
		see_window(g, floor_div(t - w->start_us, w->slide_us) * w->slide_us + w->start_us);
	/* the latest window that holds T first, as Spark expands them */
	for (int64_t s = g->window_us; s + w->duration_us > t; s -= w->slide_us) {
		int64_t end = s + w->duration_us;
		if (end <= late_us)
			break;
		if (add_to(g, group_of(g, row, s, end), row, err))
			return -1;
		in = 1;
	}
	return in;
}

/* The row's own session [t, t + gap) with all that it touches becomes one. */
static int add_session(struct mdl_agg_groups *g, size_t row, int64_t t, int64_t late_us, struct mdl_err *err)
{
	make_key(g, row);
	int64_t start = t, end = t + g->plan->window.duration_us;
	struct mdl_slice key = mdl_buf_slice(&g->key);
	if (end <= late_us)
		return 0;
	struct mdl_group *touching[2] = {NULL, NULL}, *x = NULL;
	size_t n = 0;
	while ((x = mdl_group_table_next_of_key(&g->table, key, x))) {
		if (x->start <= end && start <= x->end && n < 2)
			touching[n++] = x; /* sessions of a key are apart, so a row joins two at most */
	}
	struct mdl_group *to = touching[0];
	if (n == 2 && touching[1]->start < to->start) {
		to = touching[1];
		touching[1] = touching[0];
	}
	if (!to) {
		to = mdl_group_table_add(&g->table, key, start, end);
	} else if (start < to->start) {
		/* the start is part of a group's identity: it moves into a new one */
		struct mdl_group *moved =
			mdl_group_table_add(&g->table, key, start, to->end > end ? to->end : end);
		memcpy(moved->aggs, to->aggs, g->table.ncalls * sizeof(to->aggs[0]));
		memset(to->aggs, 0, g->table.ncalls * sizeof(to->aggs[0]));
		mdl_agg_groups_forget(g, to);
		to = moved;
	}
	if (end > to->end)
		to->end = end;
	for (size_t c = 0; n == 2 && c < g->table.ncalls; c++)
		if (mdl_agg_merge(&g->plan->calls[c], &to->aggs[c], &touching[1]->aggs[c], g->ansi, err))
			return -1;
	if (n == 2) {
		if (touching[1]->end > to->end)
			to->end = touching[1]->end;
		mdl_agg_groups_forget(g, touching[1]);
	}
	/* at once: the next row may end this group */
	return add_to(g, to, row, err) || mdl_agg_groups_flush(g, err) ? -1 : 1;
}

static int add_any(struct mdl_agg_groups *g, size_t row, int64_t late_us, struct mdl_err *err)
{
	const struct mdl_agg_plan *p = g->plan;
	if (p->window.kind == MDL_WINDOW_NONE)
		return add_to(g, group_of(g, row, 0, INT64_MAX), row, err) ? -1 : MDL_AGG_GROUPED;
	const struct mdl_vec *v = g->res->out[p->window.time];
	struct mdl_any t = {.type = v->type};
	if (!v->json && v->type->kind == MDL_T_TIMESTAMP && v->valid[mdl_row(v, row)]) {
		t.i64 = v->i64[mdl_row(v, row)];
	} else {
		t = mdl_vec_get(v, row);
		t = mdl_any_codec_decoded(&t, g->arena);
	}
	if (t.type->kind == MDL_T_NULL)
		return MDL_AGG_TIMELESS;
	if (t.type->kind != MDL_T_TIMESTAMP && t.type->kind != MDL_T_TIMESTAMP_NTZ)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH] the time of window() is no timestamp; use timestamp_millis(...) or CAST it");
	if (!is_in_range(&p->window, t.i64))
		return MDL_AGG_BOUNDLESS;
	return p->window.kind == MDL_WINDOW_TIME ? add_windows(g, row, t.i64, late_us, err)
						 : add_session(g, row, t.i64, late_us, err);
}

/* Most rows are in the window of the one before, and in a group that others of the batch were in. */
int mdl_agg_groups_add(struct mdl_agg_groups *g, size_t row, int64_t late_us, struct mdl_err *err)
{
	struct mdl_agg_batch *rows = &g->rows;
	g->bad_row = row;
	if (g->times && g->times->valid[row] && rows->n + 1 < MDL_AGG_BATCH_PAIRS &&
	    (uint64_t)g->times->i64[row] - (uint64_t)g->window_us < g->window_length_us &&
	    g->window_us + (int64_t)g->window_length_us > late_us) {
		struct mdl_group *x = mdl_group_cache_find(&g->cache, row, g->window_us);
		if (x && x->dirty) {
			rows->row[rows->n] = (uint32_t)row;
			rows->group[rows->n++] = x;
			return MDL_AGG_GROUPED;
		}
	}
	return add_any(g, row, late_us, err);
}

/* ---- State ---- */

static int bad_state(struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE, "the state of aggregate holds an entry that is none");
}

int mdl_agg_groups_load(void *ctx, struct mdl_slice e, struct mdl_err *err)
{
	struct mdl_agg_groups *g = ctx;
	const char *p = e.p + 1, *end = e.p + e.n;
	uint32_t key_len;
	int64_t start, window_end;
	if (e.n < 1 + sizeof(key_len))
		return bad_state(err);
	memcpy(&key_len, p, sizeof(key_len));
	p += sizeof(key_len);
	if ((size_t)(end - p) < key_len + sizeof(start))
		return bad_state(err);
	struct mdl_slice key = {p, key_len};
	p += key_len;
	memcpy(&start, p, sizeof(start));
	p += sizeof(start);
	struct mdl_group *x = mdl_group_table_find(&g->table, key, start);
	if (x) {
		mdl_group_table_take(&g->table, x);
		mdl_group_free(x, g->table.ncalls);
	}
	if (e.p[0] == 'D')
		return 0;
	if (e.p[0] != 'G' || (size_t)(end - p) < sizeof(window_end))
		return bad_state(err);
	memcpy(&window_end, p, sizeof(window_end));
	p += sizeof(window_end);
	x = mdl_group_table_add(&g->table, key, start, window_end);
	x->saved = true;
	for (size_t c = 0; c < g->table.ncalls; c++)
		if (!mdl_agg_load(&p, end, &x->aggs[c], &g->scratch))
			return bad_state(err);
	mdl_arena_reset(&g->scratch);
	return p == end ? 0 : bad_state(err);
}

/* The identity is what follows the tag, up to the start of the window. */
enum mdl_store_look mdl_agg_groups_look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
					struct mdl_buf *scratch)
{
	uint32_t key_len;
	(void)horizon, (void)scratch;
	if (e->n < 1 + sizeof(key_len))
		return MDL_STORE_KEEP;
	memcpy(&key_len, e->p + 1, sizeof(key_len));
	size_t n = sizeof(key_len) + key_len + sizeof(int64_t);
	if (e->n - 1 < n)
		return MDL_STORE_KEEP;
	*identity = (struct mdl_slice){e->p + 1, n};
	return e->p[0] == 'D' ? MDL_STORE_GONE : MDL_STORE_NEWEST;
}

static int save_group(struct mdl_agg_groups *g, struct mdl_group *x, struct mdl_store *store,
		      struct mdl_err *err)
{
	mdl_buf_clear(&g->entry);
	put_identity(&g->entry, 'G', x);
	mdl_buf_put(&g->entry, &x->end, sizeof(x->end));
	for (size_t c = 0; c < g->table.ncalls; c++)
		mdl_agg_save(&g->entry, &x->aggs[c]);
	x->saved = true;
	return mdl_store_put(store, mdl_buf_slice(&g->entry), err);
}

int mdl_agg_groups_save(struct mdl_agg_groups *g, struct mdl_store *store, struct mdl_filter *f,
			struct mdl_err *err)
{
	if (mdl_store_save_begin(store, f->begin, f->stage, err))
		return -1;
	struct mdl_ledger_rows rows = {.total = g->table.n};
	for (size_t at = 0; at < g->gone.n;) {
		uint32_t n;
		memcpy(&n, g->gone.p + at, sizeof(n));
		at += sizeof(n);
		if (mdl_store_put(store, (struct mdl_slice){g->gone.p + at, n}, err))
			return -1;
		at += n;
		rows.removed++;
	}
	mdl_buf_clear(&g->gone);
	for (size_t i = 0; i < g->table.nchanged; i++) {
		if (!g->table.changed[i])
			continue;
		if (save_group(g, g->table.changed[i], store, err))
			return -1;
		rows.updated++;
	}
	mdl_group_table_settle(&g->table);
	if (mdl_store_save_end(store, &f->books, err))
		return -1;
	rows.commit_us = store->save_us;
	mdl_books_state_rows(&f->books, &rows);
	return 0;
}
