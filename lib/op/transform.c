/* SPDX-License-Identifier: MIT
 *
 * SELECT: see transform.h.
 */
#include "op/transform.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timezone.h"
#include "op/culprit.h"
#include "op/name_check.h"
#include "op/row_chain.h"
#include "op/row_reader.h"
#include "op/row_writer.h"
#include "op/table_pin.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

/* What becomes of a record. */
enum fate {
	FATE_REJECTED, /* no good record */
	FATE_NONE,     /* no row came of it */
	FATE_ROWS,     /* one or more did */
};

struct mdl_transform {
	struct mdl_op op;
	struct mdl_transform_opts o;
	struct mdl_session session;
	struct mdl_json_style style;
	struct mdl_join_set tables;
	struct mdl_select_plan *plan;
	struct mdl_row_chain *chain;
	struct mdl_row_reader reader;
	struct mdl_arena arena; /* of a part of a batch */
	struct mdl_slice *cuts; /* names that any * leaves out: their paths stand behind the chain's */
	size_t ncuts;
	struct mdl_json_value *present; /* those of one record */
	struct mdl_slice *present_names;
	size_t npresent;
	struct mdl_buf name; /* a member's name without its escapes */
	bool multiplied;     /* a record of the epoch came out as several rows */
	/* of the batch at hand: */
	struct mdl_filter *f; /* NULL in a transform that works ahead of the batch's turn */
	const struct mdl_batch *b;
	struct mdl_row_chain_batch run;
	uint8_t *fates;
	size_t next;        /* records before it are dealt with */
	size_t first, last; /* lines that are to pass as they came */
	/* what it becomes where f is NULL: */
	struct mdl_buf text;
	uint64_t nrows, lost[MDL_LOST_KINDS];
};

/* ---- Compilation ---- */

static int check_names(struct mdl_transform *t, struct mdl_err *err)
{
	const struct mdl_select_plan *p = t->plan;
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct mdl_select_column *c = &p->columns[i];
		if (c->kind != MDL_ITEM_VALUE)
			continue;
		if (i == 0 && mdl_slice_is(c->name, "_medal"))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"the first column may not be named _medal, which is for control lines; give it "
				"another name (AS name)");
		/* Equal names that Spark made up are no one's mistake: both members are written, in order. */
		for (size_t k = 0; k < i; k++)
			if (p->columns[k].kind == MDL_ITEM_VALUE &&
			    !(c->generated && p->columns[k].generated) &&
			    mdl_slice_eq(p->columns[k].name, c->name))
				return mdl_parse_error_at(
					c->expr->src, c->expr->pos, err,
					"[COLUMN_ALREADY_EXISTS] The column `%.*s` already exists. Choose another name or "
					"rename the existing column",
					(int)c->name.n, c->name.p);
	}
	return 0;
}

/* The names that a * of the record leaves out. */
static void collect_cuts(struct mdl_transform *t)
{
	struct mdl_select_plan *p = t->plan;
	size_t n = 0;
	for (size_t i = 0; i < p->ncolumns; i++)
		n += p->columns[i].nexcept;
	t->cuts = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->cuts));
	t->present = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->present));
	t->present_names = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->present_names));
	t->ncuts = 0;
	for (size_t i = 0; i < p->ncolumns; i++)
		for (size_t k = 0; k < p->columns[i].nexcept && p->columns[i].kind == MDL_ITEM_RECORD; k++)
			t->cuts[t->ncuts++] = p->columns[i].except[k];
}

/* The scanner looks for each name that a * leaves out, for only records that have one are taken apart. */
static int open_reader(struct mdl_transform *t, struct mdl_err *err)
{
	size_t n, nextra = 0;
	const char *const *paths = mdl_row_chain_paths(t->chain, &n);
	collect_cuts(t);
	char **extra = mdl_array(t->ncuts + 1, sizeof(*extra));
	for (size_t i = 0; i < t->ncuts; i++)
		extra[nextra++] = mdl_row_reader_path(t->cuts[i]);
	int r = mdl_row_reader_init(&t->reader, paths, n, (const char *const *)extra, nextra, err);
	for (size_t i = 0; i < nextra; i++)
		free(extra[i]);
	free(extra);
	return r;
}

static int compile(struct mdl_transform *t, struct mdl_err *err)
{
	t->plan =
		mdl_select_plan_new(t->o.select, t->o.schema, t->tables.names, t->tables.n, &t->session, err);
	if (!t->plan || check_names(t, err))
		return -1;
	t->chain = mdl_row_chain_new(t->plan, t->tables.v, t->tables.n, &t->session, err);
	return t->chain ? open_reader(t, err) : -1;
}

static void uncompile(struct mdl_transform *t)
{
	mdl_row_reader_free(&t->reader);
	mdl_row_chain_free(t->chain);
	t->chain = NULL;
	mdl_select_plan_free(t->plan);
	t->plan = NULL;
}

/* ---- Failures ---- */

/* Only an expression over the record alone can be tried alone. */
static bool is_alone(const struct mdl_expr *e)
{
	bool alone = e->kind != MDL_E_INPUT && !(e->kind == MDL_E_COLUMN && e->relation);
	for (size_t i = 0; i < e->nargs && alone; i++)
		alone = is_alone(e->args[i]);
	return alone;
}

/* The expression that made LINE fail; NULL when none does alone. */
static const struct mdl_expr *culprit(const struct mdl_transform *t, struct mdl_slice line,
				      struct mdl_arena *a)
{
	for (size_t i = 0; i < t->plan->nexprs; i++) {
		struct mdl_expr *e = t->plan->exprs[i];
		if (is_alone(e) && mdl_culprit_is(e, t->o.schema, &t->session, line, a))
			return e;
	}
	return NULL;
}

static int fail_row(struct mdl_transform *t, size_t row, const struct mdl_row_fail *fail, struct mdl_err *err)
{
	uint64_t line = t->b->first_line + row;
	if (!t->f)
		return -1; /* it is told when the batch's turn comes */
	if (t->f->quarantine) {
		struct mdl_row_error why = {.reason = fail->class, .message = fail->message, .line = line};
		return mdl_filter_quarantine(t->f, t->b->lines[row], true, &why, err);
	}
	const struct mdl_expr *e = culprit(t, t->b->lines[row], t->b->arena);
	struct mdl_slice text = e ? mdl_culprit_text(e) : MDL_SLICE("the SELECT");
	return mdl_err_set(
		err, MDL_TROUBLE,
		"line %" PRIu64
		" of the input: %.*s fails: [%s] %s; name a --quarantine DIR to keep such rows and go on",
		line, (int)text.n, text.p, fail->class, fail->message);
}

/* ---- Rows ---- */

static bool is_cut(const struct mdl_select_column *star, struct mdl_slice name)
{
	for (size_t i = 0; i < star->nexcept; i++)
		if (mdl_slice_eq(star->except[i], name))
			return true;
	return false;
}

/* Members that this * leaves out and that the record has go to t->present; false when there are none. */
static bool find_cuts(struct mdl_transform *t, const struct mdl_select_column *star, size_t row)
{
	t->npresent = 0;
	for (size_t k = 0; k < t->ncuts; k++) {
		const struct mdl_json_value *cell = &t->reader.cols[t->reader.nfirst + k][row];
		bool twice = false;
		if (cell->kind == MDL_JSON_MISSING || !is_cut(star, t->cuts[k]))
			continue;
		for (size_t i = 0; i < t->npresent; i++)
			twice |= t->present[i].p == cell->p;
		if (twice)
			continue;
		t->present[t->npresent] = *cell;
		t->present_names[t->npresent++] = t->cuts[k];
	}
	return t->npresent;
}

static void put_others(struct mdl_transform *t, struct mdl_row_writer *w,
		       const struct mdl_select_column *star, struct mdl_json_iter *it)
{
	while (mdl_json_iter_next(it)) {
		if (is_cut(star, mdl_row_writer_name(it, &t->name)))
			mdl_row_writer_cut(w);
		else
			mdl_row_writer_keep(w, it);
	}
}

static void put_record(struct mdl_transform *t, struct mdl_row_writer *w,
		       const struct mdl_select_column *star, struct mdl_slice line, size_t row)
{
	struct mdl_json_iter it;
	if (!find_cuts(t, star, row)) {
		mdl_row_writer_keep_all(w, line);
		return;
	}
	if (mdl_row_writer_keep_others(w, line, t->present, t->present_names, t->npresent))
		return;
	mdl_json_iter_line(&it, line);
	put_others(t, w, star, &it);
}

/* The members of an undeclared object; of what is none there are no members. */
static void put_struct(struct mdl_transform *t, struct mdl_row_writer *w,
		       const struct mdl_select_column *star, const struct mdl_vec *v, size_t row)
{
	struct mdl_json_iter it;
	struct mdl_any x = mdl_vec_get(v, row);
	if (x.raw && x.json.kind == MDL_JSON_OBJECT) {
		mdl_json_iter_init(&it, &x.json);
		put_others(t, w, star, &it);
		return;
	}
	for (size_t i = 0; !x.raw && x.type->kind == MDL_T_STRUCT && i < x.type->nfields; i++) {
		if (is_cut(star, x.type->fields[i].name))
			continue;
		struct mdl_arena *a = t->b->arena;
		mdl_row_writer_member(w, mdl_select_plan_member(a, x.type->fields[i].name));
		mdl_vec_to_json_as(w->out, x.vec->child[i], x.row, &t->style);
	}
}

/* A batch that becomes more than this is not kept until its turn. */
enum { AHEAD_TEXT = 2 << 20 };

static int put_row(struct mdl_transform *t, size_t record, size_t row, const struct mdl_result *res,
		   struct mdl_err *err)
{
	struct mdl_row_writer w;
	mdl_row_writer_begin(&w, t->f ? mdl_filter_row(t->f) : &t->text);
	for (size_t i = 0; i < t->plan->ncolumns; i++) {
		const struct mdl_select_column *c = &t->plan->columns[i];
		if (c->kind == MDL_ITEM_RECORD) {
			put_record(t, &w, c, t->b->lines[record], record);
			continue;
		}
		if (c->kind == MDL_ITEM_STRUCT) {
			put_struct(t, &w, c, res->out[c->output], row);
			continue;
		}
		mdl_row_writer_member(&w, c->json_name);
		mdl_vec_to_json_as(w.out, res->out[c->output], row, &t->style);
	}
	if (!mdl_row_writer_end(&w)) {
		static const struct mdl_row_fail reserved = {
			"RESERVED_MEMBER",
			"the row's first member would be _medal, which is for control lines"};
		return fail_row(t, record, &reserved, err);
	}
	if (t->f) {
		mdl_filter_row_end(t->f);
		return mdl_filter_flush_if_full(t->f, err);
	}
	mdl_buf_putc(&t->text, '\n');
	t->nrows++;
	return t->text.n < AHEAD_TEXT ? 0 : -1;
}

static void pass_lines(struct mdl_transform *t)
{
	mdl_filter_pass_range(t->f, t->b, t->first, t->last);
	t->first = t->last;
}

/* Deal with the records before ROW that no row comes of: bad ones leave the stream in their order. */
static int settle_to(struct mdl_transform *t, size_t row, uint64_t *lost, struct mdl_err *err)
{
	for (; t->next < row; t->next++) {
		size_t i = t->next;
		int r = 0;
		if (t->fates[i] == FATE_ROWS)
			continue;
		if (t->fates[i] == FATE_NONE && !t->run.fails[i]) {
			lost[t->run.lost[i]]++;
			continue;
		}
		pass_lines(t);
		if (t->fates[i] == FATE_REJECTED)
			r = t->f ? mdl_row_reader_reject(&t->reader, t->f, t->b, i, err) : 0;
		else
			r = fail_row(t, i, t->run.fails[i], err);
		if (r)
			return -1;
	}
	return 0;
}

static void count_lost(struct mdl_transform *t, struct mdl_filter *f, const uint64_t *lost)
{
	static const char *const names[] = {"filtered", "unmatched", "empty"};
	for (size_t k = 0; k < MDL_LOST_KINDS; k++) {
		if (f)
			mdl_filter_bucket(f, names[k], lost[k]);
		else
			t->lost[k] += lost[k];
	}
}

/* A piece of the output, its records behind those of the piece before. */
static int put_rows(void *ctx, const struct mdl_frame *frame, const uint32_t *rows, size_t n,
		    const struct mdl_result *res, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	uint64_t lost[MDL_LOST_KINDS] = {0};
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t record = mdl_frame_record(frame, rows[i]);
		bool again = t->fates[record] == FATE_ROWS;
		t->fates[record] = FATE_ROWS;
		t->multiplied |= again;
		if ((rc = settle_to(t, record, lost, err)) < 0)
			break;
		if (!t->plan->pass_all) {
			rc = put_row(t, record, rows[i], res, err);
			continue;
		}
		if (again || t->last != record)
			pass_lines(t);
		if (again) {
			rc = put_row(t, record, rows[i], res, err);
			continue;
		}
		if (t->first == t->last)
			t->first = record;
		t->last = record + 1;
	}
	count_lost(t, t->f, lost);
	return rc;
}

static int do_rows(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b,
		   struct mdl_err *err)
{
	struct mdl_row_reader *r = &t->reader;
	uint64_t lost[MDL_LOST_KINDS] = {0};
	mdl_row_reader_read(r, b);
	t->f = f;
	t->b = b;
	t->next = t->first = t->last = 0;
	t->fates = mdl_arena_zalloc(b->arena, b->n);
	for (size_t i = 0; i < r->n; i++)
		t->fates[r->sel[i]] = FATE_NONE;
	t->run = (struct mdl_row_chain_batch){
		.cols = (const struct mdl_json_value *const *)r->cols,
		.sel = r->sel,
		.n = r->n,
		.nrecords = b->n,
		.arena = b->arena,
		.fails = mdl_arena_zalloc(b->arena, (b->n + 1) * sizeof(*t->run.fails)),
		.lost = mdl_arena_zalloc(b->arena, b->n + 1),
	};
	int rc = mdl_row_chain_run(t->chain, &t->run, put_rows, t, err);
	if (rc == 0)
		rc = settle_to(t, b->n, lost, err);
	pass_lines(t);
	count_lost(t, f, lost);
	return rc;
}

static void set_clock(struct mdl_session *s)
{
	s->now_us = (int64_t)time(NULL) * 1000000;
}

/* ---- Ahead of the batch's turn: the scan and, without a checkpoint, the rows ---- */

struct ahead {
	struct mdl_rows rows; /* first, for the reader */
	bool done;            /* what follows is there: no record failed */
	struct mdl_slice text;
	uint64_t nrows, lost[MDL_LOST_KINDS];
	bool multiplied;
};

struct helper {
	struct mdl_row_helper *reader;
	struct mdl_transform *own; /* NULL: only the scan */
	unsigned failed, rest;     /* batches in succession; to come, for which it only scans */
};

/* Functions that are another each time (rand()) go on from row to row, and so does the first thread alone. */
static void *ahead_open(void *ctx, bool first)
{
	struct mdl_transform *t = ctx;
	struct mdl_err ignored = MDL_ERR_INIT;
	struct helper *h = mdl_zalloc(sizeof(*h));
	h->reader = mdl_row_helper_open(&t->reader, first);
	if (t->session.checkpointed || t->plan->pass_all)
		return h;
	struct mdl_transform_opts o = t->o;
	o.session.checkpointed = true; /* which refuses them */
	h->own = mdl_transform_new(&o, &ignored);
	return h;
}

static const void *ahead_work(void *helper, const struct mdl_batch *b)
{
	enum { MANY = 4, REST = 64 };
	struct helper *h = helper;
	struct mdl_transform *t = h->own;
	struct ahead *a = mdl_arena_zalloc(b->arena, sizeof(*a));
	struct mdl_batch with = *b;
	struct mdl_err ignored = MDL_ERR_INIT;
	if (!mdl_row_helper_read(h->reader, b, &a->rows))
		return NULL;
	h->rest -= h->rest > 0;
	if (!t || h->rest)
		return a;
	with.ahead = &a->rows;
	set_clock(&t->session);
	mdl_buf_clear(&t->text);
	t->nrows = 0;
	memset(t->lost, 0, sizeof(t->lost));
	t->multiplied = false;
	a->done = do_rows(t, NULL, &with, &ignored) == 0;
	h->failed = a->done ? 0 : h->failed + 1;
	if (h->failed == MANY) {
		h->failed = 0;
		h->rest = REST;
	}
	if (!a->done)
		return a;
	a->text = mdl_arena_slice(b->arena, mdl_buf_slice(&t->text));
	a->nrows = t->nrows;
	memcpy(a->lost, t->lost, sizeof(a->lost));
	a->multiplied = t->multiplied;
	return a;
}

static void ahead_close(void *helper)
{
	struct helper *h = helper;
	mdl_row_helper_close(h->reader);
	mdl_transform_free(h->own);
	free(h);
}

static const struct mdl_ahead_work work_ahead = {ahead_open, ahead_work, ahead_close};

/* A bad line ends the run where there is no quarantine, and then the rows before it go out first: row by row. */
static bool ends_run(const struct mdl_filter *f, const struct mdl_batch *b, const struct mdl_rows *rows)
{
	for (size_t i = 0; i < b->n && rows->n < b->n && !f->quarantine; i++)
		if (rows->verdicts[i] != MDL_SCAN_OK && rows->verdicts[i] != MDL_SCAN_BLANK)
			return true;
	return false;
}

/* The rows are there; the bad lines leave. */
static int take_rows(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b,
		     struct mdl_err *err)
{
	const struct ahead *a = b->ahead;
	struct mdl_row_reader *r = &t->reader;
	mdl_row_reader_read(r, b);
	for (size_t i = 0; i < b->n && r->n < b->n; i++)
		if (r->verdicts[i] != MDL_SCAN_OK && mdl_row_reader_reject(r, f, b, i, err))
			return -1;
	mdl_filter_rows(f, a->text, a->nrows);
	count_lost(t, f, a->lost);
	t->multiplied |= a->multiplied;
	return mdl_filter_flush_if_full(f, err);
}

/* The batch, or parts of it where that takes less memory. */
static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	size_t most = mdl_row_reader_rows(&t->reader);
	const struct ahead *a = b->ahead;
	if (a && a->done && !ends_run(f, b, &a->rows))
		return take_rows(t, f, b, err);
	if (!f->checkpointed)
		set_clock(&t->session);
	if (b->n <= most)
		return do_rows(t, f, b, err);
	for (size_t at = 0; at < b->n; at += most) {
		struct mdl_batch part = {
			.lines = b->lines + at,
			.n = b->n - at < most ? b->n - at : most,
			.first_line = b->first_line + at,
			.arena = &t->arena,
		};
		int r = do_rows(t, f, &part, err);
		mdl_arena_reset(&t->arena);
		if (r)
			return -1;
	}
	return 0;
}

/* ---- Epochs ---- */

/* What the rows are called from here on, for the name checks of later stages. */
static void tell_columns(const struct mdl_transform *t, struct mdl_filter *f,
			 const struct mdl_schema *columns)
{
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool known = true;
	if (t->plan->pass_all)
		return;
	for (size_t i = 0; i < t->plan->ncolumns; i++)
		known = known && (t->plan->columns[i].kind == MDL_ITEM_VALUE || t->o.schema || columns) &&
			t->plan->columns[i].kind != MDL_ITEM_STRUCT;
	if (known)
		mdl_select_plan_names(&ddl, t->plan, t->o.schema ? t->o.schema : columns);
	free(f->begin_copy.columns);
	f->begin_copy.columns = known ? mdl_strdup(mdl_buf_cstr(&ddl)) : NULL;
	mdl_buf_free(&ddl);
}

/* Names that the SQL reads against those that come. */
static int check_incoming(const struct mdl_transform *t, const struct mdl_schema *columns,
			  struct mdl_err *err)
{
	for (size_t i = 0; i < t->plan->nparts; i++)
		if (mdl_name_check_program(columns, t->plan->parts[i].program, err) ||
		    mdl_name_check_program(columns, t->plan->parts[i].residual, err))
			return -1;
	return 0;
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	bool changed = false, first = !t->session.checkpointed;
	if (mdl_join_set_pin(&t->tables, f, first, &changed, err))
		return -1;
	if (changed) {
		/* compiled anew: a table's columns may have changed, and under a checkpoint more is refused, for a
		 * replay must give the same rows */
		t->session.checkpointed = true;
		uncompile(t);
		if (compile(t, err))
			return -1;
	}
	t->session.now_us = f->begin->batch_timestamp_ms * 1000;
	struct mdl_schema *columns = mdl_name_check_columns(f);
	int r = f->resume ? check_incoming(t, columns, err) : 0;
	tell_columns(t, f, columns);
	mdl_schema_free(columns);
	return r;
}

/* The epoch's rows were made. Where a record came out as several there is no saying which row came of what. */
static int on_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	(void)bar;
	(void)err;
	f->books.passes = !t->multiplied;
	if (t->tables.n) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_buf_putc(&b, '{');
		mdl_table_pin_report(&b, t->tables.v, t->tables.n);
		mdl_buf_putc(&b, '}');
		free(f->books.detail);
		f->books.detail = mdl_strdup(mdl_buf_cstr(&b));
		mdl_buf_free(&b);
	}
	t->multiplied = false;
	return 0;
}

struct mdl_transform *mdl_transform_new(const struct mdl_transform_opts *opts, struct mdl_err *err)
{
	struct mdl_transform *t = mdl_zalloc(sizeof(*t));
	t->op = (struct mdl_op){.name = "transform",
				.ctx = t,
				.passes = true,
				.scan = (const struct mdl_scan *const *)&t->reader.scan,
				.ahead = opts->ntables ? NULL : &work_ahead, /* new tables, a new reader */
				.ahead_ctx = t,
				.begin = on_begin,
				.dry = on_begin,
				.batch = on_batch,
				.barrier = on_barrier};
	t->o = *opts;
	t->session = opts->session;
	t->style.zone = mdl_zone_find(mdl_slice_of(t->session.timezone));
	mdl_arena_init(&t->arena);
	mdl_buf_init(&t->name, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&t->text, MDL_BUF_NO_LIMIT);
	if (mdl_join_set_open(&t->tables, opts->tables, opts->ntables, opts->source, err) < 0 ||
	    compile(t, err) < 0) {
		mdl_transform_free(t);
		return NULL;
	}
	return t;
}

void mdl_transform_free(struct mdl_transform *t)
{
	if (!t)
		return;
	uncompile(t);
	mdl_join_set_free(&t->tables);
	mdl_arena_free(&t->arena);
	mdl_buf_free(&t->name);
	mdl_buf_free(&t->text);
	free(t);
}

const struct mdl_op *mdl_transform_op(struct mdl_transform *t)
{
	return &t->op;
}

void mdl_transform_ddl(struct mdl_buf *out, const struct mdl_transform *t)
{
	mdl_select_plan_ddl(out, t->plan, t->o.schema);
}

void mdl_transform_explain(struct mdl_buf *out, const struct mdl_transform *t)
{
	mdl_select_plan_explain(out, t->plan, t->tables.names);
}
