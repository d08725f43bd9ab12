/* SPDX-License-Identifier: MIT
 *
 * medal-aggregate's operator: see aggregate.h. The rules of windows and watermarks are
 * Spark's: a row is late when its window ends at or before the watermark of the epoch
 * before; a window closes when it ends at or before that of the epoch. A record counts
 * once in the books, however many rows joins and generators make of it.
 */
#include "op/aggregate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timezone.h"
#include "op/agg_groups.h"
#include "op/any_codec.h"
#include "op/join_set.h"
#include "op/name_check.h"
#include "op/row_chain.h"
#include "op/row_reader.h"
#include "op/table_pin.h"
#include "sql/aggregate_plan.h"
#include "sql/json_column.h"
#include "state/store.h"
#include "stream/watermark.h"

enum { EMIT_ROWS = 2048, MAX_WINDOWS = 4096 };

/* What became of a record; the greatest of its rows' counts. */
enum fate {
	FATE_REJECTED, /* no good record */
	FATE_NONE,     /* no row came of it */
	FATE_TIMELESS, /* its event time is NULL */
	FATE_LATE,
	FATE_GROUPED,
};

struct mdl_aggregate {
	const struct mdl_aggregate_opts *o;
	struct mdl_op op;
	struct mdl_session session;
	struct mdl_join_set tables;
	struct mdl_agg_plan *plan;
	struct mdl_row_chain *chain;
	size_t *time_columns; /* of the reader, for the plan's program of event times */
	struct mdl_row_reader reader;
	struct mdl_agg_groups groups;
	struct mdl_watermark wm;
	struct mdl_store store;
	struct mdl_side late;
	struct mdl_arena emit_arena;
	/* of the batch at hand: */
	struct mdl_filter *f;
	const struct mdl_batch *b;
	struct mdl_row_chain_batch run;
	const struct mdl_frame *frame;
	struct mdl_result times; /* of the program of event times */
	uint8_t *fates;
	size_t seen; /* records before it are known to the watermark, if it has a program of its own */
};

/* ---- Compilation ---- */

/* Where the program of event times finds its members in a record: behind what the rows want. */
static int open_reader(struct mdl_aggregate *g, struct mdl_err *err)
{
	size_t n, ntimes = 0;
	const char *const *paths = mdl_row_chain_paths(g->chain, &n);
	const char *const *times = NULL;
	if (g->plan->event_time)
		times = mdl_program_paths(g->plan->event_time, &ntimes);
	g->time_columns = mdl_array(ntimes + 1, sizeof(*g->time_columns));
	for (size_t k = 0; k < ntimes; k++)
		g->time_columns[k] = n + k;
	return mdl_row_reader_init(&g->reader, paths, n, times, ntimes, err);
}

static int compile(struct mdl_aggregate *g, struct mdl_err *err)
{
	g->plan = mdl_agg_plan_new(g->o->select, g->o->schema, g->tables.names, g->tables.n, &g->session,
				   g->o->watermark, err);
	if (!g->plan)
		return -1;
	g->chain = mdl_row_chain_new(g->plan->rows, g->tables.v, g->tables.n, &g->session, err);
	return g->chain ? open_reader(g, err) : -1;
}

static void uncompile(struct mdl_aggregate *g)
{
	mdl_row_reader_free(&g->reader);
	mdl_row_chain_free(g->chain);
	g->chain = NULL;
	free(g->time_columns);
	g->time_columns = NULL;
	mdl_agg_plan_free(g->plan);
	g->plan = NULL;
}

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

/* Windows that end at or before LIMIT: emitted when SHOW, and forgotten. */
static int close_windows(struct mdl_aggregate *g, struct mdl_filter *f, int64_t limit, bool show,
			 struct mdl_err *err)
{
	size_t n;
	if (g->groups.table.min_end > limit && limit != INT64_MAX)
		return 0;
	struct mdl_group **v = mdl_group_table_list(&g->groups.table, limit, false, &n);
	int r = show ? emit(g, f, v, n, err) : 0;
	for (size_t i = 0; i < n && !r; i++)
		mdl_agg_groups_forget(&g->groups, v[i]);
	free(v);
	return r;
}

static int emit_all(struct mdl_aggregate *g, struct mdl_filter *f, bool dirty_only, struct mdl_err *err)
{
	size_t n;
	struct mdl_group **v = mdl_group_table_list(&g->groups.table, INT64_MAX, dirty_only, &n);
	int r = emit(g, f, v, n, err);
	free(v);
	return r;
}

/* ---- Rows ---- */

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

/* The row that the groups could not take is of a record. */
static int fail_at(struct mdl_aggregate *g, struct mdl_err *err)
{
	return mdl_err_wrap(err, "line %" PRIu64 " of the input",
			    g->b->first_line + mdl_frame_record(g->frame, g->groups.bad_row));
}

/* The rows that were added go into their groups. */
static int flush(struct mdl_aggregate *g, struct mdl_err *err)
{
	return mdl_agg_groups_flush(&g->groups, err) ? fail_at(g, err) : 0;
}

/* In a plain pipe the watermark moves with each record. */
static int close_behind(struct mdl_aggregate *g, struct mdl_err *err)
{
	if (g->wm.epochs || !g->wm.text || g->o->mode != MDL_OUTPUT_APPEND ||
	    !mdl_watermark_advance(&g->wm) || g->groups.table.min_end > g->wm.evict_us)
		return 0;
	mdl_group_cache_forget(&g->groups.cache);
	return flush(g, err) || close_windows(g, g->f, g->wm.evict_us, true, err) ? -1 : 0;
}

/* The event times of the records before END, where no row needs to come of a record for it to be an event. */
static int see_records(struct mdl_aggregate *g, size_t end, struct mdl_err *err)
{
	for (; g->plan->event_time && g->seen < end; g->seen++) {
		if (g->fates[g->seen] == FATE_REJECTED || g->run.fails[g->seen])
			continue;
		see_watermark(g, &g->times, g->seen);
		if (close_behind(g, err))
			return -1;
	}
	return 0;
}

static int one_row(struct mdl_aggregate *g, const struct mdl_result *res, size_t record, size_t row,
		   struct mdl_err *err)
{
	static const enum fate fates[] = {[MDL_AGG_LATE] = FATE_LATE,
					  [MDL_AGG_GROUPED] = FATE_GROUPED,
					  [MDL_AGG_TIMELESS] = FATE_TIMELESS};
	if (see_records(g, record, err))
		return -1;
	if (!g->plan->event_time)
		see_watermark(g, res, row);
	bool filters = g->wm.text && g->o->mode != MDL_OUTPUT_COMPLETE;
	int k = mdl_agg_groups_add(&g->groups, row, filters ? g->wm.late_us : INT64_MIN, err);
	if (k < 0)
		return fail_at(g, err);
	if (k == MDL_AGG_BOUNDLESS) {
		static struct mdl_row_fail boundless = {
			"ARITHMETIC_OVERFLOW",
			"long overflow: the window of its event time has no start or end"};
		g->run.fails[record] = &boundless;
		return 0;
	}
	if (g->fates[record] < fates[k])
		g->fates[record] = (uint8_t)fates[k];
	return g->plan->event_time ? 0 : close_behind(g, err);
}

/* A piece of the rows of FROM, its records behind those of the piece before. */
static int put_rows(void *ctx, const struct mdl_frame *frame, const uint32_t *rows, size_t n,
		    const struct mdl_result *res, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	g->frame = frame;
	mdl_agg_groups_begin(&g->groups, res, g->b->arena);
	for (size_t i = 0; i < n; i++)
		if (one_row(g, res, mdl_frame_record(frame, rows[i]), rows[i], err))
			return -1;
	return flush(g, err);
}

/* Records that fail and late ones leave; all are counted. */
static int settle(struct mdl_aggregate *g, struct mdl_err *err)
{
	static const char *const lost_names[] = {"filtered", "unmatched", "empty"};
	struct mdl_filter *f = g->f;
	const struct mdl_batch *b = g->b;
	uint64_t fates[FATE_GROUPED + 1] = {0}, lost[MDL_LOST_KINDS] = {0};
	for (size_t i = 0; i < b->n; i++) {
		if (g->fates[i] != FATE_REJECTED && g->run.fails[i]) {
			if (failed_row(f, b, i, g->run.fails[i], err))
				return -1;
			continue;
		}
		fates[g->fates[i]]++;
		lost[g->run.lost[i]] += g->fates[i] == FATE_NONE;
		if (g->fates[i] == FATE_LATE && g->o->late && g->late.row(g->late.ctx, b->lines[i], err))
			return -1;
	}
	mdl_filter_bucket(f, "grouped", fates[FATE_GROUPED]);
	mdl_filter_bucket(f, "late", fates[FATE_LATE]);
	for (size_t k = 0; k < MDL_LOST_KINDS; k++)
		mdl_filter_bucket(f, lost_names[k], lost[k]);
	mdl_filter_bucket(f, "null_event_time", fates[FATE_TIMELESS]);
	return 0;
}

/* The event times of all records, where they are not an output of the rows. */
static int read_times(struct mdl_aggregate *g, struct mdl_err *err)
{
	struct mdl_row_reader *r = &g->reader;
	struct mdl_program *p = g->plan->event_time;
	size_t n;
	if (!p)
		return 0;
	mdl_program_paths(p, &n);
	const struct mdl_json_value **cols = mdl_arena_alloc(g->b->arena, (n + 1) * sizeof(*cols));
	for (size_t k = 0; k < n; k++)
		cols[k] = r->cols[g->time_columns[k]];
	if (mdl_program_run(p, cols, NULL, r->sel, r->n, g->b->n, g->b->arena, &g->times, err))
		return -1;
	g->run.failed = g->times.fails.n > 0;
	for (size_t i = 0; g->times.fails.n && i < r->n; i++)
		g->run.fails[r->sel[i]] = g->times.fails.row[r->sel[i]];
	return 0;
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
	if (!f->checkpointed && open_late(g, f, err))
		return -1;
	mdl_row_reader_read(r, b);
	for (size_t row = 0; r->n < b->n && row < b->n; row++)
		if (r->verdicts[row] != MDL_SCAN_OK && mdl_row_reader_reject(r, f, b, row, err))
			return -1;
	g->f = f;
	g->b = b;
	g->seen = 0;
	g->fates = mdl_arena_zalloc(b->arena, b->n + 1);
	for (size_t i = 0; i < r->n; i++)
		g->fates[r->sel[i]] = FATE_NONE;
	g->run = (struct mdl_row_chain_batch){
		.cols = (const struct mdl_json_value *const *)r->cols,
		.sel = r->sel,
		.n = r->n,
		.nrecords = b->n,
		.arena = b->arena,
		.fails = mdl_arena_zalloc(b->arena, (b->n + 1) * sizeof(*g->run.fails)),
		.lost = mdl_arena_zalloc(b->arena, b->n + 1),
	};
	if (read_times(g, err) || mdl_row_chain_run(g->chain, &g->run, put_rows, g, err) ||
	    see_records(g, b->n, err))
		return -1;
	return settle(g, err);
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
	const struct mdl_select_plan *rows = g->plan->rows;
	int r = mdl_name_check_program(columns, g->plan->event_time, err);
	for (size_t i = 0; i < rows->nparts && r == 0; i++)
		if (mdl_name_check_program(columns, rows->parts[i].program, err) ||
		    mdl_name_check_program(columns, rows->parts[i].residual, err))
			r = -1;
	mdl_schema_free(columns);
	return r;
}

/* The tables that this epoch is to see: a table's columns may have changed, so the query is compiled anew. What groups
 * hold stays as long as it is of the same types. */
static int renew_tables(struct mdl_aggregate *g, struct mdl_filter *f, struct mdl_err *err)
{
	bool changed = false;
	if (!g->tables.n)
		return 0;
	if (mdl_join_set_pin(&g->tables, f, !g->session.checkpointed, &changed, err))
		return -1;
	g->session.checkpointed = true;
	if (!changed)
		return 0;
	struct mdl_agg_plan *old = g->plan;
	g->plan = NULL;
	uncompile(g);
	int r = compile(g, err);
	if (r == 0 && !mdl_agg_groups_replan(&g->groups, g->plan))
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"the columns of a joined table have other types than those that the groups of earlier "
			"epochs were made of; declare them with --table-schema");
	mdl_agg_plan_free(old);
	return r;
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	if (renew_tables(g, f, err) || check_mode(g, err) || check_names(g, f, err))
		return -1;
	g->session.now_us = f->begin->batch_timestamp_ms * 1000;
	if (f->resume && mdl_store_load(&g->store, f->begin, f->stage, mdl_agg_groups_load, &g->groups, err))
		return -1;
	if (mdl_watermark_begin(&g->wm, &f->begin_copy, err) || open_late(g, f, err))
		return -1;
	set_columns(g, f);
	return g->o->late ? g->late.begin(g->late.ctx, f->begin, f->stage, err) : 0;
}

static int on_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	if (renew_tables(g, f, err) || check_mode(g, err) || check_names(g, f, err) ||
	    mdl_watermark_begin(&g->wm, &f->begin_copy, err) ||
	    mdl_store_dry(&g->store, f->begin, f->stage, err))
		return -1;
	set_columns(g, f);
	return 0;
}

/* The versions of the tables, beside what the detail of the books holds. */
static void tell_tables(const struct mdl_aggregate *g, struct mdl_filter *f)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&b, f->books.detail);
	b.n--; /* '}' */
	mdl_buf_putc(&b, ',');
	mdl_table_pin_report(&b, g->tables.v, g->tables.n);
	mdl_buf_putc(&b, '}');
	free(f->books.detail);
	f->books.detail = mdl_strdup(mdl_buf_cstr(&b));
	mdl_buf_free(&b);
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
	if (mdl_agg_groups_save(&g->groups, &g->store, f, err))
		return -1;
	if (g->tables.n)
		tell_tables(g, f);
	return 0;
}

static int on_idle(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_aggregate *g = ctx;
	size_t n;
	if (g->o->mode != MDL_OUTPUT_UPDATE)
		return 0;
	struct mdl_group **v = mdl_group_table_list(&g->groups.table, INT64_MAX, true, &n);
	int r = emit(g, f, v, n, err);
	mdl_group_table_settle(&g->groups.table);
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
	if (!g->plan->nkeys && g->plan->window.kind == MDL_WINDOW_NONE && !g->groups.table.n) {
		struct mdl_group *x =
			mdl_group_table_add(&g->groups.table, (struct mdl_slice){"", 0}, 0, INT64_MAX);
		mdl_group_table_touch(&g->groups.table, x);
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

/* What the state remembers of the query. The columns of tables are not in its text, so their types are told. */
static char *settings_of(const struct mdl_aggregate_opts *o, const struct mdl_agg_plan *p)
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
	for (size_t i = 0; o->ntables && i < p->nkeys; i++) {
		mdl_buf_puts(&b, i ? ", " : " -- grouped by ");
		mdl_type_ddl(&b, p->key_types[i]);
	}
	for (size_t i = 0; o->ntables && i < p->ncalls; i++) {
		mdl_buf_puts(&b, i ? ", " : " -- aggregates of ");
		mdl_type_ddl(&b, p->calls[i].arg_type ? p->calls[i].arg_type : &mdl_type_null);
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
	mdl_arena_init(&g->emit_arena);
	g->op = (struct mdl_op){.name = "aggregate",
				.ctx = g,
				.scan = (const struct mdl_scan *const *)&g->reader.scan,
				.ahead = o->ntables ? NULL
						    : &mdl_row_reader_ahead, /* new tables, a new reader */
				.ahead_ctx = &g->reader,
				.begin = on_begin,
				.batch = on_batch,
				.barrier = on_barrier,
				.end = on_end,
				.idle = on_idle,
				.dry = on_dry};
	if (mdl_join_set_open(&g->tables, o->tables, o->ntables, o->source, err) == 0 &&
	    compile(g, err) == 0 && check_plan(g, err) == 0) {
		mdl_watermark_init(&g->wm, g->plan->watermark_text, g->plan->watermark_delay_us);
		char *settings = settings_of(o, g->plan);
		mdl_store_init(&g->store, settings, o->fresh_state);
		free(settings);
		g->store.look = mdl_agg_groups_look;
		g->store.replaces = true;
		mdl_agg_groups_init(&g->groups, g->plan, g->session.ansi);
		return g;
	}
	mdl_aggregate_free(g);
	return NULL;
}

void mdl_aggregate_free(struct mdl_aggregate *g)
{
	if (g->late.close)
		g->late.close(g->late.ctx);
	mdl_agg_groups_free(&g->groups);
	uncompile(g);
	mdl_join_set_free(&g->tables);
	mdl_store_free(&g->store);
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

void mdl_aggregate_explain(struct mdl_buf *out, const struct mdl_aggregate *g)
{
	mdl_agg_plan_explain(out, g->plan, g->tables.names);
}

const char *mdl_aggregate_not_streaming(const struct mdl_aggregate *g)
{
	return g->plan->not_streaming;
}
