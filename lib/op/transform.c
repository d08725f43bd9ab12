/* SPDX-License-Identifier: MIT
 *
 * SELECT ... WHERE: see transform.h.
 */
#include "op/transform.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timezone.h"
#include "op/culprit.h"
#include "op/row_reader.h"
#include "op/row_writer.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

/* What becomes of a row, found out column by column before the rows are written one by one. */
enum fate {
	FATE_DROPPED, /* by WHERE */
	FATE_KEPT,
	FATE_FAILED,
	FATE_REJECTED, /* no good record */
};

struct mdl_transform {
	struct mdl_op op;
	const struct mdl_select *select;
	const struct mdl_schema *schema;
	struct mdl_session session;
	struct mdl_json_style style;
	struct mdl_select_plan *plan;
	struct mdl_row_reader reader;
	struct mdl_arena arena;  /* of a part of a batch */
	struct mdl_slice *named; /* names of the columns other than *: members of * that are left out */
	size_t nnamed;
	struct mdl_slice *cuts; /* names that any * leaves out: their paths stand behind the program's */
	size_t ncuts;
	struct mdl_json_value *present; /* those of one record */
	struct mdl_slice *present_names;
	size_t npresent;
	bool star;
	struct mdl_buf name; /* a member's name without its escapes */
};

/* ---- Compilation ---- */

/* A name in EXCEPT: of a declared column in any case, else exactly. */
static struct mdl_slice resolve(const struct mdl_schema *schema, struct mdl_slice name)
{
	int k = schema ? mdl_schema_find(schema, name) : -1;
	return k < 0 ? name : schema->st->columns[k].name;
}

/* Names that every record may have: DESIGN's reserved members. */
static bool is_reserved(struct mdl_slice name)
{
	return mdl_slice_is(name, "_metadata") || mdl_slice_is(name, "_rescued_data") ||
	       mdl_slice_is(name, "_corrupt_record") || mdl_slice_is(name, "_error");
}

static struct mdl_slice last_part(struct mdl_slice name)
{
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
	return dot ? (struct mdl_slice){dot + 1, (size_t)(name.p + name.n - dot - 1)} : name;
}

/* The x of x.* must be the relation, and what EXCEPT names must be a column where they are declared. */
static int check_star(const struct mdl_transform *t, const struct mdl_expr *e, struct mdl_err *err)
{
	const struct mdl_relation *from = &t->select->from;
	struct mdl_slice x = from->alias.n ? from->alias : last_part(from->name);
	if (e->nparts && !(x.n && e->parts[0].n == x.n && strncasecmp(e->parts[0].p, x.p, x.n) == 0))
		return mdl_parse_error_at(
			e->src, e->pos, err,
			"[CANNOT_RESOLVE_STAR_EXPAND] Cannot resolve `%.*s`.*: it is not the relation in FROM, and "
			"medal does not expand structs",
			(int)e->parts[0].n, e->parts[0].p);
	const struct mdl_schema *s = t->schema;
	for (size_t k = 0; k < e->nexcept && s && s->st->ncolumns; k++)
		if (mdl_schema_find(s, e->except[k]) < 0 && !is_reserved(e->except[k])) {
			struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
			mdl_schema_ddl(&ddl, s);
			mdl_parse_error_at(
				e->src, e->pos, err,
				"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `%.*s` in EXCEPT cannot be "
				"resolved; the columns are %.*s",
				(int)e->except[k].n, e->except[k].p, ddl.n < 1000 ? (int)ddl.n : 1000, ddl.p);
			mdl_buf_free(&ddl);
			return -1;
		}
	return 0;
}

static int check_names(struct mdl_transform *t, struct mdl_err *err)
{
	for (size_t i = 0; i < t->select->nitems; i++)
		if (t->select->items[i].expr->kind == MDL_E_STAR &&
		    check_star(t, t->select->items[i].expr, err))
			return -1;
	const struct mdl_select_plan *p = t->plan;
	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct mdl_select_column *c = &p->columns[i];
		if (i == 0 && !c->star && mdl_slice_is(c->name, "_medal"))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"the first column may not be named _medal, which is for control lines; give it "
				"another name (AS name)");
		/* Equal names that Spark made up are no one's mistake: both members are written, in order. */
		for (size_t k = 0; k < i && !c->star; k++)
			if (!p->columns[k].star && !(c->generated && p->columns[k].generated) &&
			    mdl_slice_eq(p->columns[k].name, c->name))
				return mdl_err_set(
					err, MDL_TROUBLE,
					"[COLUMN_ALREADY_EXISTS] The column `%.*s` already exists. Choose another name or "
					"rename the existing column",
					(int)c->name.n, c->name.p);
	}
	return 0;
}

/* The names that a * leaves out: of its own EXCEPT, and of the other columns. */
static void collect_cuts(struct mdl_transform *t)
{
	struct mdl_select_plan *p = t->plan;
	size_t n = p->ncolumns;
	for (size_t i = 0; i < p->ncolumns; i++)
		n += p->columns[i].nexcept;
	t->named = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->named));
	t->cuts = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->cuts));
	t->present = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->present));
	t->present_names = mdl_arena_alloc(&p->arena, (n + 1) * sizeof(*t->present_names));
	t->nnamed = t->ncuts = 0;
	t->star = false;
	for (size_t i = 0; i < p->ncolumns; i++)
		t->star |= p->columns[i].star;
	for (size_t i = 0; i < p->ncolumns && t->star; i++) {
		struct mdl_select_column *c = &p->columns[i];
		for (size_t k = 0; k < c->nexcept && c->star; k++) {
			c->except[k] = resolve(t->schema, c->except[k]);
			t->cuts[t->ncuts++] = c->except[k];
		}
		if (!c->star) {
			t->named[t->nnamed++] = c->name;
			t->cuts[t->ncuts++] = c->name;
		}
	}
}

/* The scanner looks for each name that a * leaves out: only records that have one are taken apart. */
static int open_reader(struct mdl_transform *t, struct mdl_err *err)
{
	size_t n;
	const char *const *paths = mdl_program_paths(t->plan->program, &n);
	collect_cuts(t);
	const char **cuts = mdl_array(t->ncuts + 1, sizeof(*cuts));
	for (size_t i = 0; i < t->ncuts; i++)
		cuts[i] = mdl_row_reader_path(t->cuts[i]);
	int r = mdl_row_reader_init(&t->reader, paths, n, cuts, t->ncuts, err);
	for (size_t i = 0; i < t->ncuts; i++)
		free((char *)(uintptr_t)cuts[i]);
	free(cuts);
	return r;
}

static int compile(struct mdl_transform *t, struct mdl_err *err)
{
	t->plan = mdl_select_plan_new(t->select, t->schema, &t->session, err);
	if (!t->plan || check_names(t, err))
		return -1;
	return open_reader(t, err);
}

static void uncompile(struct mdl_transform *t)
{
	mdl_row_reader_free(&t->reader);
	if (t->plan)
		mdl_select_plan_free(t->plan);
	t->plan = NULL;
}

/* ---- Failures ---- */

/* The expression that made LINE fail; NULL when none does alone. */
static const struct mdl_expr *culprit(const struct mdl_transform *t, struct mdl_slice line,
				      struct mdl_arena *a)
{
	const struct mdl_select *s = t->select;
	if (s->where && mdl_culprit_is(s->where, t->schema, &t->session, line, a))
		return s->where;
	for (size_t i = 0; i < s->nitems; i++) {
		struct mdl_expr *e = s->items[i].expr;
		if (e->kind != MDL_E_STAR && mdl_culprit_is(e, t->schema, &t->session, line, a))
			return e;
	}
	return NULL;
}

static int fail_row(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		    const struct mdl_row_fail *fail, struct mdl_err *err)
{
	uint64_t line = b->first_line + row;
	if (f->quarantine) {
		struct mdl_row_error why = {.reason = fail->class, .message = fail->message, .line = line};
		return mdl_filter_quarantine(f, b->lines[row], true, &why, err);
	}
	const struct mdl_expr *e = culprit(t, b->lines[row], b->arena);
	struct mdl_slice text = e ? mdl_culprit_text(e) : MDL_SLICE("the SELECT");
	return mdl_err_set(
		err, MDL_TROUBLE,
		"line %" PRIu64
		" of the input: %.*s fails: [%s] %s; name a --quarantine DIR to keep such rows and go on",
		line, (int)text.n, text.p, fail->class, fail->message);
}

/* ---- Rows ---- */

static bool is_cut(const struct mdl_transform *t, const struct mdl_select_column *star, struct mdl_slice name)
{
	for (size_t i = 0; i < star->nexcept; i++)
		if (mdl_slice_eq(star->except[i], name))
			return true;
	for (size_t i = 0; i < t->nnamed; i++)
		if (mdl_slice_eq(t->named[i], name))
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
		if (cell->kind == MDL_JSON_MISSING || !is_cut(t, star, t->cuts[k]))
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

static void put_star(struct mdl_transform *t, struct mdl_row_writer *w, const struct mdl_select_column *star,
		     struct mdl_slice line, size_t row)
{
	if (!find_cuts(t, star, row)) {
		mdl_row_writer_keep_all(w, line);
		return;
	}
	if (mdl_row_writer_keep_others(w, line, t->present, t->present_names, t->npresent))
		return;
	struct mdl_json_iter it;
	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it)) {
		if (is_cut(t, star, mdl_row_writer_name(&it, &t->name)))
			mdl_row_writer_cut(w);
		else
			mdl_row_writer_keep(w, &it);
	}
}

static int put_row(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		   const struct mdl_result *res, struct mdl_err *err)
{
	struct mdl_row_writer w;
	mdl_row_writer_begin(&w, mdl_filter_row(f));
	for (size_t i = 0; i < t->plan->ncolumns; i++) {
		const struct mdl_select_column *c = &t->plan->columns[i];
		if (c->star) {
			put_star(t, &w, c, b->lines[row], row);
			continue;
		}
		mdl_row_writer_member(&w, c->json_name);
		mdl_vec_to_json_as(w.out, res->out[c->output], row, &t->style);
	}
	if (!mdl_row_writer_end(&w)) {
		static const struct mdl_row_fail reserved = {
			"RESERVED_MEMBER",
			"the row's first member would be _medal, which is for control lines"};
		return fail_row(t, f, b, row, &reserved, err);
	}
	mdl_filter_row_end(f);
	return mdl_filter_flush_if_full(f, err);
}

/* The rows in their order; runs of lines that pass as they are go on as one. */
static int put_batch(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b,
		     const uint8_t *fates, const struct mdl_result *res, struct mdl_err *err)
{
	size_t first = 0;
	uint64_t dropped = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (fates[i] == FATE_KEPT && t->plan->pass_all)
			continue;
		mdl_filter_pass_range(f, b, first, i);
		first = i + 1;
		int r = 0;
		if (fates[i] == FATE_KEPT)
			r = put_row(t, f, b, i, res, err);
		else if (fates[i] == FATE_DROPPED)
			dropped++;
		else if (fates[i] == FATE_FAILED)
			r = fail_row(t, f, b, i, res->fails.row[i], err);
		else
			r = mdl_row_reader_reject(&t->reader, f, b, i, err);
		if (r)
			return -1;
	}
	mdl_filter_pass_range(f, b, first, b->n);
	mdl_filter_bucket(f, "filtered", dropped);
	return 0;
}

static int do_rows(struct mdl_transform *t, struct mdl_filter *f, const struct mdl_batch *b,
		   struct mdl_err *err)
{
	struct mdl_row_reader *r = &t->reader;
	struct mdl_result res = {0};
	mdl_row_reader_read(r, b);
	if (mdl_program_run(t->plan->program, (const struct mdl_json_value *const *)r->cols, NULL, r->sel,
			    r->n, b->n, b->arena, &res, err))
		return -1;

	uint8_t *fates = mdl_arena_alloc(b->arena, b->n);
	memset(fates, FATE_REJECTED, b->n);
	const uint32_t *kept = r->sel;
	size_t n = r->n;
	if (t->plan->where != MDL_NO_OUTPUT) {
		uint32_t *keep = mdl_arena_alloc(b->arena, (r->n + 1) * sizeof(*keep));
		n = mdl_program_select(res.out[t->plan->where], &res.fails, r->sel, r->n, keep);
		kept = keep;
		for (size_t i = 0; i < r->n; i++)
			fates[r->sel[i]] = FATE_DROPPED;
	}
	for (size_t i = 0; i < n; i++)
		fates[kept[i]] = FATE_KEPT;
	for (size_t i = 0; i < r->n && res.fails.n; i++)
		if (res.fails.row[r->sel[i]])
			fates[r->sel[i]] = FATE_FAILED;
	return put_batch(t, f, b, fates, &res, err);
}

/* The batch, or parts of it where that takes less memory. */
static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	size_t most = mdl_row_reader_rows(&t->reader);
	if (!f->checkpointed)
		t->session.now_us = (int64_t)time(NULL) * 1000000;
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
static void tell_columns(const struct mdl_transform *t, struct mdl_filter *f)
{
	if (t->plan->pass_all)
		return;
	free(f->begin_copy.columns);
	f->begin_copy.columns = NULL;
	if (!t->schema)
		return; /* nothing is known of their types */
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_transform_ddl(&ddl, t);
	f->begin_copy.columns = mdl_strdup(mdl_buf_cstr(&ddl));
	mdl_buf_free(&ddl);
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_transform *t = ctx;
	if (!t->session.checkpointed) {
		/* compiled anew, for under a checkpoint more is refused: a replay must give the same rows */
		t->session.checkpointed = true;
		uncompile(t);
		if (compile(t, err))
			return -1;
	}
	t->session.now_us = f->begin->batch_timestamp_ms * 1000;
	tell_columns(t, f);
	return 0;
}

struct mdl_transform *mdl_transform_new(const struct mdl_select *select, const struct mdl_schema *schema,
					const struct mdl_session *session, struct mdl_err *err)
{
	struct mdl_transform *t = mdl_zalloc(sizeof(*t));
	t->op = (struct mdl_op){
		.name = "transform", .ctx = t, .passes = true, .begin = on_begin, .batch = on_batch};
	t->select = select;
	t->schema = schema;
	t->session = *session;
	t->style.zone = mdl_zone_find(mdl_slice_of(session->timezone));
	mdl_arena_init(&t->arena);
	mdl_buf_init(&t->name, MDL_BUF_NO_LIMIT);
	if (compile(t, err)) {
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
	mdl_arena_free(&t->arena);
	mdl_buf_free(&t->name);
	free(t);
}

const struct mdl_op *mdl_transform_op(struct mdl_transform *t)
{
	return &t->op;
}

void mdl_transform_ddl(struct mdl_buf *out, const struct mdl_transform *t)
{
	mdl_select_plan_ddl(out, t->plan, t->schema);
}
