/* SPDX-License-Identifier: MIT
 *
 * medal-aggregate's operator: see aggregate.h. The rules of windows and watermarks are
 * Spark's: a row is late when its window ends at or before the watermark of the epoch
 * before; a window closes when it ends at or before that of the epoch.
 *
 * State entries: 'G' a group as it now is, 'D' a group that is gone; both begin with the
 * length of the key, the key and the window's start.
 */
#include "op/aggregate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timezone.h"
#include "op/agg_batch.h"
#include "op/any_codec.h"
#include "op/group_cache.h"
#include "op/group_table.h"
#include "op/name_check.h"
#include "op/row_reader.h"
#include "sql/aggregate_plan.h"
#include "sql/json_column.h"
#include "state/store.h"
#include "stream/books_json.h"
#include "stream/watermark.h"

enum { EMIT_ROWS = 2048, MAX_WINDOWS = 4096 };

struct mdl_aggregate {
	const struct mdl_aggregate_opts *o;
	struct mdl_op op;
	struct mdl_session session;
	struct mdl_agg_plan *plan;
	struct mdl_row_reader reader;
	struct mdl_group_table table;
	struct mdl_watermark wm;
	struct mdl_store store;
	struct mdl_side late;
	struct mdl_buf key;
	struct mdl_agg_batch rows;
	struct mdl_group_cache cache;
	int64_t window_us;   /* start of the window that a row was in last */
	struct mdl_buf gone; /* state entries of groups that left in this epoch */
	struct mdl_buf entry;
	struct mdl_arena emit_arena;
};

/* ---- Emitting ---- */

/* An input vector of the result program, filled with the values X of N rows. */
static struct mdl_vec *result_input(struct mdl_aggregate *g, const struct mdl_type *t,
				    const struct mdl_any *x, size_t n)
{
	struct mdl_arena *a = &g->emit_arena;
	struct mdl_vec *v = mdl_vec_new(a, t, n);
	if (mdl_type_is_complex(t)) {
		/* complex values are kept as JSON text */
		struct mdl_json_value *cells = mdl_arena_zalloc(a, n * sizeof(*cells));
		uint32_t *sel = mdl_arena_alloc(a, n * sizeof(*sel));
		uint8_t *bad = mdl_arena_zalloc(a, n);
		for (size_t i = 0; i < n; i++) {
			sel[i] = (uint32_t)i;
			if (x[i].raw)
				cells[i] = x[i].json;
			else
				cells[i].kind = MDL_JSON_NULL;
		}
		mdl_json_to_column(cells, sel, n, g->session.timezone, a, v, bad);
		return v;
	}
	for (size_t i = 0; i < n; i++) {
		struct mdl_any y = x[i];
		if (t->kind == MDL_T_ANY && y.type->kind == MDL_T_DECIMAL && y.type->scale)
			/* a program takes undeclared decimals for whole numbers, as JSON tokens of that type are */
			y = (struct mdl_any){.type = &mdl_type_double, .f64 = mdl_any_codec_double(&y)};
		mdl_vec_set(v, i, &y);
	}
	return v;
}

/* The inputs of the result program for N groups: keys, window, results of the calls. */
static int result_inputs(struct mdl_aggregate *g, struct mdl_group **groups, size_t n,
			 struct mdl_vec **inputs, struct mdl_err *err)
{
	const struct mdl_agg_plan *p = g->plan;
	struct mdl_arena *a = &g->emit_arena;
	struct mdl_any *x = mdl_arena_alloc(a, n * sizeof(*x));
	const char **at = mdl_arena_alloc(a, n * sizeof(*at));
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		at[i] = groups[i]->key;
	for (size_t c = 0; c < p->nkeys; c++) {
		for (size_t i = 0; i < n; i++)
			if (!mdl_any_codec_get(&at[i], groups[i]->key + groups[i]->key_len, &x[i], a))
				return mdl_err_set(
					err, MDL_TROUBLE,
					"the key of a group in the state of this stage is damaged");
		inputs[k++] = result_input(g, p->key_types[c], x, n);
	}
	if (p->window.kind != MDL_WINDOW_NONE) {
		for (int end = 0; end < 2; end++) {
			for (size_t i = 0; i < n; i++)
				x[i] = (struct mdl_any){.type = p->window.type,
							.i64 = end ? groups[i]->end : groups[i]->start};
			inputs[k++] = result_input(g, p->window.type, x, n);
		}
	}
	for (size_t c = 0; c < p->ncalls; c++) {
		for (size_t i = 0; i < n; i++)
			x[i] = mdl_agg_result(&p->calls[c], &groups[i]->aggs[c], a);
		inputs[k++] = result_input(g, p->calls[c].type, x, n);
	}
	return 0;
}

static int emit_some(struct mdl_aggregate *g, struct mdl_filter *f, struct mdl_group **groups, size_t n,
		     struct mdl_err *err)
{
	const struct mdl_agg_plan *p = g->plan;
	struct mdl_arena *a = &g->emit_arena;
	struct mdl_vec **inputs = mdl_arena_zalloc(a, (p->nkeys + 2 + p->ncalls) * sizeof(*inputs));
	struct mdl_result res;
	uint32_t *sel = mdl_arena_alloc(a, (n + 1) * sizeof(*sel));
	if (result_inputs(g, groups, n, inputs, err) ||
	    mdl_program_run(p->result, NULL, inputs, NULL, n, n, a, &res, err))
		return -1;
	for (size_t i = 0; res.fails.n && i < n; i++)
		if (res.fails.row[i])
			return mdl_err_set(err, MDL_TROUBLE, "a group's result cannot be computed: [%s] %s",
					   res.fails.row[i]->class, res.fails.row[i]->message);
	const struct mdl_json_style style = {.zone = mdl_zone_find(mdl_slice_of(g->session.timezone))};
	size_t nsel = n;
	if (p->having != MDL_NO_OUTPUT)
		nsel = mdl_program_select(res.out[p->having], &res.fails, NULL, n, sel);
	for (size_t i = 0; i < nsel; i++) {
		size_t row = p->having != MDL_NO_OUTPUT ? sel[i] : i;
		struct mdl_buf *b = mdl_filter_row(f);
		mdl_buf_putc(b, '{');
		for (size_t c = 0; c < p->ncolumns; c++) {
			if (c)
				mdl_buf_putc(b, ',');
			mdl_buf_puts_slice(b, p->columns[c].json_name);
			mdl_vec_to_json_as(b, res.out[p->columns[c].output], row, &style);
		}
		mdl_buf_putc(b, '}');
		mdl_filter_row_end(f);
		if (mdl_filter_flush_if_full(f, err))
			return -1;
	}
	mdl_arena_reset(a);
	return 0;
}

static int emit(struct mdl_aggregate *g, struct mdl_filter *f, struct mdl_group **groups, size_t n,
		struct mdl_err *err)
{
	for (size_t i = 0; i < n; i += EMIT_ROWS)
		if (emit_some(g, f, groups + i, n - i < EMIT_ROWS ? n - i : EMIT_ROWS, err))
			return -1;
	return 0;
}

static void put_identity(struct mdl_buf *b, char tag, const struct mdl_group *x)
{
	mdl_buf_putc(b, tag);
	mdl_buf_put(b, &x->key_len, sizeof(x->key_len));
	mdl_buf_put(b, x->key, x->key_len);
	mdl_buf_put(b, &x->start, sizeof(x->start));
}

/* X leaves the table; the state store hears of it at the barrier. */
static void forget(struct mdl_aggregate *g, struct mdl_group *x)
{
	mdl_group_table_take(&g->table, x);
	if (x->saved) {
		uint32_t n = (uint32_t)(1 + sizeof(x->key_len) + x->key_len + sizeof(x->start));
		mdl_buf_put(&g->gone, &n, sizeof(n));
		put_identity(&g->gone, 'D', x);
	}
	mdl_group_free(x, g->table.ncalls);
}

/* Windows that end at or before LIMIT: emitted when SHOW, and forgotten. */
static int close_windows(struct mdl_aggregate *g, struct mdl_filter *f, int64_t limit, bool show,
			 struct mdl_err *err)
{
	size_t n;
	if (g->table.min_end > limit && limit != INT64_MAX)
		return 0;
	struct mdl_group **v = mdl_group_table_list(&g->table, limit, false, &n);
	int r = show ? emit(g, f, v, n, err) : 0;
	for (size_t i = 0; i < n && !r; i++)
		forget(g, v[i]);
	free(v);
	return r;
}

static int emit_all(struct mdl_aggregate *g, struct mdl_filter *f, bool dirty_only, struct mdl_err *err)
{
	size_t n;
	struct mdl_group **v = mdl_group_table_list(&g->table, INT64_MAX, dirty_only, &n);
	int r = emit(g, f, v, n, err);
	free(v);
	return r;
}

/* ---- Rows ---- */

/* What was collected goes into the groups, before any of them leaves. */
static int add_rows(struct mdl_aggregate *g, const struct mdl_batch *b, const struct mdl_result *res,
		    struct mdl_err *err)
{
	size_t row;
	if (!mdl_agg_batch_add(&g->rows, g->plan, res, g->session.ansi, b->arena, &row, err))
		return 0;
	return mdl_err_wrap(err, "line %" PRIu64 " of the input", b->first_line + row);
}

static int add_to(struct mdl_aggregate *g, struct mdl_group *x, const struct mdl_batch *b,
		  const struct mdl_result *res, size_t row, struct mdl_err *err)
{
	struct mdl_agg_batch *rows = &g->rows;
	mdl_group_table_touch(&g->table, x);
	rows->row[rows->n] = (uint32_t)row;
	rows->group[rows->n++] = x;
	return rows->n < MDL_AGG_BATCH_PAIRS ? 0 : add_rows(g, b, res, err);
}

static void make_key(struct mdl_aggregate *g, const struct mdl_result *res, size_t row, struct mdl_arena *a)
{
	mdl_buf_clear(&g->key);
	for (size_t k = 0; k < g->plan->nkeys; k++) {
		struct mdl_any raw = mdl_vec_get(res->out[g->plan->keys[k]], row);
		struct mdl_any x = mdl_any_codec_decoded(&raw, a);
		mdl_any_codec_put(&g->key, &x);
	}
}

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return q - (a % b != 0 && (a < 0) != (b < 0));
}

/* The group of ROW's keys whose window is [START, END). */
static struct mdl_group *group_of(struct mdl_aggregate *g, const struct mdl_batch *b,
				  const struct mdl_result *res, size_t row, int64_t start, int64_t end)
{
	uint64_t hash = 0;
	struct mdl_group *x = mdl_group_cache_find(&g->cache, row, start, &hash);
	if (x)
		return x;
	make_key(g, res, row, b->arena);
	struct mdl_slice key = mdl_buf_slice(&g->key);
	x = mdl_group_table_find(&g->table, key, start);
	if (!x)
		x = mdl_group_table_add(&g->table, key, start, end);
	mdl_group_cache_put(&g->cache, row, start, hash, x);
	return x;
}

/* 1: the row is in a window that is not late; 0: all its windows are. */
static int add_windows(struct mdl_aggregate *g, const struct mdl_batch *b, const struct mdl_result *res,
		       size_t row, int64_t t, struct mdl_err *err)
{
	const struct mdl_window_spec *w = &g->plan->window;
	bool filters = g->wm.text && g->o->mode != MDL_OUTPUT_COMPLETE;
	int in = 0;
	/* rows mostly are in the window of the one before */
	if (t < g->window_us || (uint64_t)t - (uint64_t)g->window_us >= (uint64_t)w->slide_us)
		g->window_us = floor_div(t - w->start_us, w->slide_us) * w->slide_us + w->start_us;
	/* the latest window that holds T first, as Spark expands them */
	for (int64_t s = g->window_us; s + w->duration_us > t; s -= w->slide_us) {
		int64_t end = s + w->duration_us;
		if (filters && end <= g->wm.late_us)
			break;
		if (add_to(g, group_of(g, b, res, row, s, end), b, res, row, err))
			return -1;
		in = 1;
	}
	return in;
}

/* The row's own session [t, t + gap) with all that it touches becomes one. */
static int add_session(struct mdl_aggregate *g, const struct mdl_batch *b, const struct mdl_result *res,
		       size_t row, int64_t t, struct mdl_err *err)
{
	make_key(g, res, row, b->arena);
	int64_t start = t, end = t + g->plan->window.duration_us;
	struct mdl_slice key = mdl_buf_slice(&g->key);
	if (g->wm.text && g->o->mode != MDL_OUTPUT_COMPLETE && end <= g->wm.late_us)
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
		forget(g, to);
		to = moved;
	}
	if (end > to->end)
		to->end = end;
	for (size_t c = 0; n == 2 && c < g->table.ncalls; c++)
		if (mdl_agg_merge(&g->plan->calls[c], &to->aggs[c], &touching[1]->aggs[c], g->session.ansi,
				  err))
			return mdl_err_wrap(err, "line %" PRIu64 " of the input", b->first_line + row);
	if (n == 2) {
		if (touching[1]->end > to->end)
			to->end = touching[1]->end;
		forget(g, touching[1]);
	}
	/* at once: the next row may end this group */
	return add_to(g, to, b, res, row, err) || add_rows(g, b, res, err) ? -1 : 1;
}

/* 1: grouped; 0: late; 2: without event time; -1. */
static int add_row(struct mdl_aggregate *g, const struct mdl_batch *b, const struct mdl_result *res,
		   size_t row, struct mdl_err *err)
{
	const struct mdl_agg_plan *p = g->plan;
	if (p->window.kind != MDL_WINDOW_NONE) {
		const struct mdl_vec *v = res->out[p->window.time];
		struct mdl_any t = {.type = v->type};
		if (!v->json && v->type->kind == MDL_T_TIMESTAMP && v->valid[mdl_row(v, row)]) {
			t.i64 = v->i64[mdl_row(v, row)];
		} else {
			t = mdl_vec_get(v, row);
			t = mdl_any_codec_decoded(&t, b->arena);
		}
		if (t.type->kind == MDL_T_NULL)
			return 2;
		if (t.type->kind != MDL_T_TIMESTAMP && t.type->kind != MDL_T_TIMESTAMP_NTZ)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"line %" PRIu64
				" of the input: [DATATYPE_MISMATCH] the time of window() is no timestamp; use "
				"timestamp_millis(...) or CAST it",
				b->first_line + row);
		return p->window.kind == MDL_WINDOW_TIME ? add_windows(g, b, res, row, t.i64, err)
							 : add_session(g, b, res, row, t.i64, err);
	}
	return add_to(g, group_of(g, b, res, row, 0, INT64_MAX), b, res, row, err) ? -1 : 1;
}

static void see_watermark(struct mdl_aggregate *g, const struct mdl_result *res, size_t row)
{
	if (g->plan->watermark == MDL_NO_OUTPUT)
		return;
	const struct mdl_any x = mdl_vec_get(res->out[g->plan->watermark], row);
	if (!x.raw && (x.type->kind == MDL_T_TIMESTAMP || x.type->kind == MDL_T_TIMESTAMP_NTZ))
		mdl_watermark_see(&g->wm, x.i64);
}

static int failed_row(struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		      const struct mdl_row_fail *fail, struct mdl_err *err)
{
	if (!f->quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64
			" of the input: [%s] %s; name a --quarantine DIR to keep such rows and go on",
			b->first_line + row, fail->class, fail->message);
	struct mdl_row_error e = {
		.reason = fail->class, .message = fail->message, .line = b->first_line + row};
	return mdl_filter_quarantine(f, b->lines[row], true, &e, err);
}

/* What became of the rows of a batch. */
struct tally {
	uint64_t grouped, late, filtered, timeless;
};

static int one_row(struct mdl_aggregate *g, struct mdl_filter *f, const struct mdl_batch *b,
		   const struct mdl_result *res, size_t row, struct tally *t, struct mdl_err *err)
{
	if (g->plan->where != MDL_NO_OUTPUT) {
		const struct mdl_vec *w = res->out[g->plan->where];
		if (!w->valid[mdl_row(w, row)] || !w->b8[mdl_row(w, row)]) {
			t->filtered++;
			return 0;
		}
	}
	see_watermark(g, res, row);
	switch (add_row(g, b, res, row, err)) {
	case 0:
		t->late++;
		if (g->o->late && g->late.row(g->late.ctx, b->lines[row], err))
			return -1;
		break;
	case 1:
		t->grouped++;
		break;
	case 2:
		t->timeless++;
		break;
	default:
		return -1;
	}
	if (g->wm.epochs || !g->wm.text || g->o->mode != MDL_OUTPUT_APPEND ||
	    !mdl_watermark_advance(&g->wm) || g->table.min_end > g->wm.evict_us)
		return 0;
	mdl_group_cache_forget(&g->cache);
	return add_rows(g, b, res, err) || close_windows(g, f, g->wm.evict_us, true, err) ? -1 : 0;
}

static int open_late(struct mdl_aggregate *g, struct mdl_filter *f, struct mdl_err *err)
{
	if (!g->o->late || g->late.ctx)
		return 0;
	return g->o->side_open(&g->late, g->o->late, f->begin, f->stage, err);
}

static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	struct mdl_row_reader *r = &g->reader;
	struct mdl_result res;
	struct tally t = {0};
	if (!f->checkpointed && open_late(g, f, err))
		return -1;
	mdl_row_reader_read(r, b);
	for (size_t row = 0; r->n < b->n && row < b->n; row++)
		if (r->verdicts[row] != MDL_SCAN_OK && mdl_row_reader_reject(r, f, b, row, err))
			return -1;
	if (mdl_program_run(g->plan->input, (const struct mdl_json_value *const *)r->cols, NULL, r->sel, r->n,
			    b->n, b->arena, &res, err))
		return -1;
	mdl_group_cache_begin(&g->cache, res.out, g->plan->keys, g->plan->nkeys, b->arena);
	for (size_t i = 0; i < r->n; i++) {
		size_t row = r->sel[i];
		const struct mdl_row_fail *fail = res.fails.n ? res.fails.row[row] : NULL;
		if (fail ? failed_row(f, b, row, fail, err) : one_row(g, f, b, &res, row, &t, err))
			return -1;
	}
	if (add_rows(g, b, &res, err))
		return -1;
	mdl_filter_bucket(f, "grouped", t.grouped);
	mdl_filter_bucket(f, "late", t.late);
	mdl_filter_bucket(f, "filtered", t.filtered);
	mdl_filter_bucket(f, "null_event_time", t.timeless);
	return 0;
}

/* ---- State ---- */

static int bad_state(struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE, "the state of aggregate holds an entry that is none");
}

static int on_entry(void *ctx, struct mdl_slice e, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
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
		if (!mdl_agg_load(&p, end, &x->aggs[c], &g->emit_arena))
			return bad_state(err);
	mdl_arena_reset(&g->emit_arena);
	return p == end ? 0 : bad_state(err);
}

/* Of the states of a group the newest counts: its identity is what follows the tag, up to the start of the window. */
static enum mdl_store_look look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
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

static int save_group(struct mdl_aggregate *g, struct mdl_group *x, struct mdl_err *err)
{
	mdl_buf_clear(&g->entry);
	put_identity(&g->entry, 'G', x);
	mdl_buf_put(&g->entry, &x->end, sizeof(x->end));
	for (size_t c = 0; c < g->table.ncalls; c++)
		mdl_agg_save(&g->entry, &x->aggs[c]);
	x->saved = true;
	return mdl_store_put(&g->store, mdl_buf_slice(&g->entry), err);
}

static int save(struct mdl_aggregate *g, struct mdl_filter *f, struct mdl_err *err)
{
	if (mdl_store_save_begin(&g->store, f->begin, f->stage, err))
		return -1;
	struct mdl_ledger_rows rows = {.total = g->table.n};
	for (size_t at = 0; at < g->gone.n;) {
		uint32_t n;
		memcpy(&n, g->gone.p + at, sizeof(n));
		at += sizeof(n);
		if (mdl_store_put(&g->store, (struct mdl_slice){g->gone.p + at, n}, err))
			return -1;
		at += n;
		rows.removed++;
	}
	mdl_buf_clear(&g->gone);
	for (size_t i = 0; i < g->table.nchanged; i++) {
		if (!g->table.changed[i])
			continue;
		if (save_group(g, g->table.changed[i], err))
			return -1;
		rows.updated++;
	}
	mdl_group_table_settle(&g->table);
	if (mdl_store_save_end(&g->store, &f->books, err))
		return -1;
	rows.commit_us = g->store.save_us;
	mdl_books_state_rows(&f->books, &rows);
	return 0;
}

/* ---- Epochs ---- */

static int check_mode(const struct mdl_aggregate *g, struct mdl_err *err)
{
	bool windowed = g->plan->window.kind != MDL_WINDOW_NONE;
	if (g->o->mode == MDL_OUTPUT_APPEND && (!g->wm.text || !windowed))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"append output mode under a checkpoint needs a window() in GROUP BY and a --watermark, or a group would "
			"never be complete (Spark: [STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION]); add them, or say --output-mode "
			"update or complete");
	return 0;
}

/* The rows that go on have these columns. */
static void set_columns(struct mdl_aggregate *g, struct mdl_filter *f)
{
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_agg_plan_ddl(&ddl, g->plan);
	free(f->begin_copy.columns);
	f->begin_copy.columns = mdl_strdup(mdl_buf_cstr(&ddl));
	mdl_buf_free(&ddl);
}

static int check_names(const struct mdl_aggregate *g, const struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_schema *columns = f->resume ? mdl_name_check_columns(f) : NULL;
	int r = mdl_name_check_program(columns, g->plan->input, err);
	mdl_schema_free(columns);
	return r;
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	if (check_mode(g, err) || check_names(g, f, err))
		return -1;
	g->session.now_us = f->begin->batch_timestamp_ms * 1000;
	if (f->resume && mdl_store_load(&g->store, f->begin, f->stage, on_entry, g, err))
		return -1;
	if (mdl_watermark_begin(&g->wm, &f->begin_copy, err) || open_late(g, f, err))
		return -1;
	set_columns(g, f);
	return g->o->late ? g->late.begin(g->late.ctx, f->begin, f->stage, err) : 0;
}

static int on_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	if (check_mode(g, err) || check_names(g, f, err) || mdl_watermark_begin(&g->wm, &f->begin_copy, err))
		return -1;
	set_columns(g, f);
	return 0;
}

static int on_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	int r = 0;
	mdl_watermark_barrier(&g->wm, bar);
	if (g->o->mode == MDL_OUTPUT_UPDATE)
		r = emit_all(g, f, true, err);
	else if (g->o->mode == MDL_OUTPUT_COMPLETE)
		r = emit_all(g, f, false, err);
	if (!r && g->wm.text && g->o->mode != MDL_OUTPUT_COMPLETE)
		r = close_windows(g, f, g->wm.evict_us, g->o->mode == MDL_OUTPUT_APPEND, err);
	if (r)
		return -1;
	if (g->wm.text && g->o->mode != MDL_OUTPUT_COMPLETE)
		bar->want_no_data = true;
	if (g->o->late && g->late.prepare(g->late.ctx, &f->books, err))
		return -1;
	mdl_books_bucket(&f->books, "grouped", 0); /* named even if empty: its rows are checked by it */
	return save(g, f, err);
}

static int on_idle(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	size_t n;
	if (g->o->mode != MDL_OUTPUT_UPDATE)
		return 0;
	struct mdl_group **v = mdl_group_table_list(&g->table, INT64_MAX, true, &n);
	int r = emit(g, f, v, n, err);
	mdl_group_table_settle(&g->table);
	free(v);
	return r;
}

static int on_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	int r;
	if (open_late(g, f, err))
		return -1;
	/* without GROUP BY there is one group, even of nothing */
	if (!g->plan->nkeys && g->plan->window.kind == MDL_WINDOW_NONE && !g->table.n) {
		struct mdl_group *x = mdl_group_table_add(&g->table, (struct mdl_slice){"", 0}, 0, INT64_MAX);
		mdl_group_table_touch(&g->table, x);
	}
	if (g->o->mode == MDL_OUTPUT_UPDATE)
		r = on_idle(g, f, err);
	else
		r = emit_all(g, f, false, err);
	if (!r && g->o->late)
		r = g->late.finish(g->late.ctx, err);
	return r;
}

/* ---- Setting up ---- */

static char *settings_of(const struct mdl_aggregate_opts *o)
{
	static const char *const modes[] = {"append", "update", "complete"};
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_printf(&b, "aggregate --output-mode %s", modes[o->mode]);
	if (o->watermark)
		mdl_buf_printf(&b, " --watermark '%s'", o->watermark);
	mdl_buf_printf(&b, " %s", o->select_text);
	if (o->schema) {
		mdl_buf_puts(&b, " -- ");
		mdl_schema_ddl(&b, o->schema);
	}
	char *s = mdl_strdup(mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return s;
}

static int check_plan(const struct mdl_aggregate *g, struct mdl_err *err)
{
	const struct mdl_window_spec *w = &g->plan->window;
	if (w->kind == MDL_WINDOW_SESSION && g->o->mode == MDL_OUTPUT_UPDATE)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"session_window() and --output-mode update do not go together, in Spark neither; use append");
	if (w->kind == MDL_WINDOW_TIME && w->duration_us / w->slide_us > MAX_WINDOWS)
		return mdl_err_set(err, MDL_TROUBLE,
				   "each row would be in %" PRId64 " windows; make the slide longer",
				   w->duration_us / w->slide_us);
	if (g->plan->ncolumns && mdl_slice_starts(g->plan->columns[0].json_name, MDL_SLICE("\"_medal\"")))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the first column may not be named _medal, which is for control lines; give it another name");
	for (size_t c = 0; c < g->plan->ncalls; c++)
		if (w->kind == MDL_WINDOW_SESSION && g->plan->calls[c].distinct &&
		    g->plan->calls[c].kind != MDL_AGG_COUNT)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s(DISTINCT ...) over session_window() is not carried out; count(DISTINCT ...) is",
				g->plan->calls[c].name);
	return 0;
}

struct mdl_aggregate *mdl_aggregate_new(const struct mdl_aggregate_opts *o, struct mdl_err *err)
{
	struct mdl_aggregate *g = mdl_zalloc(sizeof(*g));
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	g->o = o;
	g->session = o->session;
	g->session.now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	mdl_buf_init(&g->key, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&g->gone, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&g->entry, MDL_BUF_NO_LIMIT);
	mdl_arena_init(&g->emit_arena);
	char *settings = settings_of(o);
	mdl_store_init(&g->store, settings, o->fresh_state);
	g->store.look = look;
	g->store.replaces = true;
	free(settings);
	g->op = (struct mdl_op){.name = "aggregate",
				.ctx = g,
				.scan = (const struct mdl_scan *const *)&g->reader.scan,
				.begin = on_begin,
				.batch = on_batch,
				.barrier = on_barrier,
				.end = on_end,
				.idle = on_idle,
				.dry = on_dry};
	size_t npaths;
	g->plan = mdl_agg_plan_new(o->select, o->schema, &g->session, o->watermark, err);
	if (g->plan) {
		const char *const *paths = mdl_program_paths(g->plan->input, &npaths);
		mdl_watermark_init(&g->wm, g->plan->watermark_text, g->plan->watermark_delay_us);
		mdl_group_table_init(&g->table, g->plan->calls, g->plan->ncalls,
				     g->plan->window.kind == MDL_WINDOW_SESSION);
		g->window_us = g->plan->window.start_us;
		if (!check_plan(g, err) && !mdl_row_reader_init(&g->reader, paths, npaths, NULL, 0, err))
			return g;
	}
	mdl_aggregate_free(g);
	return NULL;
}

void mdl_aggregate_free(struct mdl_aggregate *g)
{
	if (g->late.close)
		g->late.close(g->late.ctx);
	if (g->plan)
		mdl_group_table_free(&g->table);
	if (g->plan)
		mdl_agg_plan_free(g->plan);
	mdl_row_reader_free(&g->reader);
	mdl_store_free(&g->store);
	mdl_buf_free(&g->key);
	mdl_buf_free(&g->gone);
	mdl_buf_free(&g->entry);
	mdl_arena_free(&g->emit_arena);
	free(g);
}

const struct mdl_op *mdl_aggregate_op(struct mdl_aggregate *g)
{
	return &g->op;
}

void mdl_aggregate_ddl(struct mdl_buf *out, const struct mdl_aggregate *g)
{
	mdl_agg_plan_ddl(out, g->plan);
}

const char *mdl_aggregate_not_streaming(const struct mdl_aggregate *g)
{
	return g->plan->not_streaming;
}
