/* SPDX-License-Identifier: MIT
 *
 * Columns and expectations: see validate.h. A batch is looked at column by column
 * and constraint by constraint, which marks the rows that need a closer look; then
 * the rows are taken in their order, and what lies between marked ones passes as it is.
 */
#include "op/name_check.h"
#include "op/validate_row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "sql/json_column.h"
#include "sql/parse.h"

/* ---- Setting up ---- */

static void add_columns(struct mdl_validate *v)
{
	const struct mdl_statement *st = v->o.schema->st;
	v->checks = mdl_array(st->ncolumns + 1, sizeof(*v->checks));
	for (size_t i = 0; i < st->ncolumns; i++) {
		const struct mdl_ast_column *c = &st->columns[i];
		/* a STRING takes any value, and so does a view's column without a type */
		bool typed = c->type->kind != MDL_T_STRING && c->type->kind != MDL_T_ANY;
		if (!typed && !c->not_null)
			continue;
		char *path = mdl_row_reader_path(c->name);
		v->checks[v->nchecks++] = (struct mdl_validate_check){
			.name = c->name,
			.type = c->type,
			.not_null = c->not_null,
			.typed = typed,
			.path = mdl_program_want(v->program, path),
		};
		free(path);
	}
}

static int add_constraints(struct mdl_validate *v, struct mdl_err *err)
{
	static const uint16_t marks[] = {
		[MDL_ON_WARN] = MDL_MARK_WARN, [MDL_ON_DROP] = MDL_MARK_DROP, [MDL_ON_FAIL] = MDL_MARK_FAIL};
	const struct mdl_statement *st = v->o.schema->st;
	v->constraints = mdl_array(st->nconstraints + 1, sizeof(*v->constraints));
	for (size_t i = 0; i < st->nconstraints; i++) {
		const struct mdl_ast_constraint *ast = &st->constraints[i];
		struct mdl_validate_constraint *c = &v->constraints[i];
		char *what = mdl_asprintf("constraint %.*s", (int)ast->name.n, ast->name.p);
		c->ast = ast;
		c->mark = marks[ast->on_violation];
		c->bucket = mdl_asprintf("dropped:%.*s", (int)ast->name.n, ast->name.p);
		c->epoch.name = c->total.name = ast->name;
		v->nconstraints++;
		c->output = mdl_program_add(v->program, ast->expr, MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, what, err);
		free(what);
		if (c->output < 0)
			return -1;
	}
	return 0;
}

static int compile(struct mdl_validate *v, struct mdl_err *err)
{
	const struct mdl_statement *st = v->o.schema->st;
	v->misfits = mdl_array(st->ncolumns + 1, sizeof(*v->misfits));
	mdl_misfit_columns(&v->fixer);
	v->failed = mdl_array(st->ncolumns + st->nconstraints + 2, sizeof(*v->failed));
	v->program = mdl_program_new(v->o.schema, &v->session);
	add_columns(v);
	if (add_constraints(v, err) || mdl_fill_new(&v->fill, v->o.schema, &v->session, v->program, err))
		return -1;
	if (v->dbt && mdl_dbt_check_compile(v->dbt, v->o.schema, &v->session, v->program, err))
		return -1;
	v->file_path = mdl_program_want(v->program, "_metadata.file_path");
	if (mdl_program_finish(v->program, err))
		return -1;
	size_t n;
	const char *const *paths = mdl_program_paths(v->program, &n);
	return mdl_row_reader_init(&v->reader, paths, n, NULL, 0, err);
}

static void uncompile(struct mdl_validate *v)
{
	mdl_row_reader_free(&v->reader);
	mdl_fill_free(v->fill);
	v->fill = NULL;
	if (v->program)
		mdl_program_free(v->program);
	v->program = NULL;
	for (size_t i = 0; i < v->nconstraints; i++)
		free(v->constraints[i].bucket);
	free(v->constraints);
	free(v->checks);
	free(v->misfits);
	free(v->failed);
	v->constraints = NULL;
	v->checks = NULL;
	v->misfits = NULL;
	v->failed = NULL;
	v->nconstraints = v->nchecks = 0;
}

/* ---- Finding the rows that need a look ---- */

/* Values that do not fit. */
static void check_types(struct mdl_validate *v, const struct mdl_batch *b, uint16_t *marks)
{
	const uint32_t *sel = v->reader.sel;
	size_t n = v->reader.n;
	uint8_t *bad = NULL;
	for (size_t k = 0; k < v->nchecks; k++) {
		struct mdl_validate_check *c = &v->checks[k];
		c->bad = NULL;
		const struct mdl_scan_seen *seen = &v->reader.seen[c->path];
		if (!c->typed || mdl_json_column_fits(c->type, seen->kinds, seen->longest))
			continue;
		if (!bad)
			bad = mdl_arena_zalloc(b->arena, b->n);
		if (!mdl_json_column_check(c->type, v->reader.cols[c->path], sel, n, v->session.timezone,
					   b->arena, bad))
			continue;
		for (size_t i = 0; i < n; i++)
			if (bad[sel[i]])
				marks[sel[i]] |= MDL_MARK_MISFIT;
		c->bad = bad;
		bad = NULL;
	}
}

/* DEFAULT and GENERATED, but for rows with a value that does not fit: Spark's reader fills none of those. */
static int fill(struct mdl_validate *v, const struct mdl_batch *b, uint16_t *marks, struct mdl_err *err)
{
	size_t n = 0;
	if (!v->fill)
		return 0;
	uint32_t *sel = mdl_arena_alloc(b->arena, v->reader.n * sizeof(*sel));
	for (size_t i = 0; i < v->reader.n; i++) {
		sel[n] = v->reader.sel[i];
		n += !(marks[sel[n]] & MDL_MARK_MISFIT);
	}
	int64_t filled = mdl_fill_rows(v->fill, v->reader.cols, sel, n, b->n, b->arena, &v->fill_fails, err);
	for (size_t i = 0; i < n && (filled > 0 || v->fill_fails); i++)
		marks[sel[i]] |= (mdl_fill_is(v->fill, sel[i]) ? MDL_MARK_FILLED : 0) |
				 (v->fill_fails && v->fill_fails[sel[i]].why ? MDL_MARK_ERROR : 0);
	return filled < 0 ? -1 : 0;
}

static void check_nulls(struct mdl_validate *v, uint16_t *marks)
{
	const uint32_t *sel = v->reader.sel;
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct mdl_validate_check *c = &v->checks[k];
		const struct mdl_json_value *cells = v->reader.cols[c->path];
		const uint32_t kinds = v->fill ? UINT32_MAX : v->reader.seen[c->path].kinds;
		if (!c->not_null || (!c->bad && !(kinds & (1u << MDL_JSON_MISSING | 1u << MDL_JSON_NULL))))
			continue;
		for (size_t i = 0; i < v->reader.n; i++)
			if (cells[sel[i]].kind <= MDL_JSON_NULL || (c->bad && c->bad[sel[i]]))
				marks[sel[i]] |= MDL_MARK_NULL;
	}
}

/* Each constraint's failing rows. */
static int check_constraints(struct mdl_validate *v, const struct mdl_batch *b, uint16_t *marks,
			     struct mdl_result *res, struct mdl_err *err)
{
	size_t n = v->reader.n;
	const uint32_t *sel = n < b->n ? v->reader.sel : NULL; /* NULL: all rows */
	if (!v->nconstraints || !n)
		return 0;
	if (mdl_program_run(v->program, (const struct mdl_json_value *const *)v->reader.cols, NULL, sel, n,
			    b->n, b->arena, res, err))
		return -1;
	uint32_t *failed = mdl_arena_alloc(b->arena, n * sizeof(*failed));
	for (size_t k = 0; k < v->nconstraints; k++) {
		struct mdl_validate_constraint *c = &v->constraints[k];
		size_t nfailed = mdl_program_reject(res->out[c->output], sel, n, failed);
		c->failed = nfailed ? mdl_arena_zalloc(b->arena, b->n) : NULL;
		for (size_t i = 0; i < nfailed; i++) {
			c->failed[failed[i]] = 1;
			marks[failed[i]] |= c->mark;
		}
	}
	MDL_EACH(row, sel, res->fails.n ? n : 0)
	if (res->fails.row[row])
		marks[row] |= MDL_MARK_ERROR;
	return 0;
}

static void find_unknown(struct mdl_validate *v, const struct mdl_batch *b, uint16_t *marks)
{
	struct mdl_slice name;
	if (v->o.evolution == MDL_EVOLUTION_NONE)
		return;
	for (size_t i = 0; i < v->reader.n; i++) {
		uint32_t row = v->reader.sel[i];
		if (mdl_misfit_unknown(&v->fixer, b->lines[row], &name))
			marks[row] |= MDL_MARK_UNKNOWN;
	}
}

/* ---- The operator ---- */

/* Is there a new member in these rows, or was there one before? Then they only tell what columns there are to add. */
static bool brings_new(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
		       const uint16_t *marks)
{
	struct mdl_evolve *e = v->evolve;
	if (!e || v->o.evolution != MDL_EVOLUTION_ADD)
		return false;
	for (size_t i = 0; i < v->reader.n && !e->new_ones; i++) {
		size_t row = v->reader.sel[i];
		e->new_ones = marks[row] & MDL_MARK_UNKNOWN && mdl_evolve_is_new(e, b->lines[row]);
	}
	for (size_t k = 0; k < v->nchecks && !e->new_ones; k++) {
		const struct mdl_validate_check *c = &v->checks[k];
		const struct mdl_json_value *cells = v->reader.cols[c->path];
		for (size_t i = 0; i < v->reader.n && mdl_type_is_complex(c->type) && !e->new_ones; i++)
			e->new_ones =
				mdl_schema_infer_new_inside(c->type, &cells[v->reader.sel[i]], &e->name);
	}
	if (!e->new_ones)
		return false;
	mdl_evolve_see(e, b, v->reader.sel, v->reader.n);
	f->enough = e->infer.records >= e->o.sample;
	return true;
}

/* dbt's tests are of the table: of the rows that pass, with NULL where a value does not fit. */
static int check_tests(struct mdl_validate *v, const struct mdl_batch *b, const uint16_t *marks,
		       struct mdl_err *err)
{
	uint32_t *sel = mdl_arena_alloc(b->arena, v->reader.n * sizeof(*sel));
	size_t n = 0;
	for (size_t i = 0; i < v->reader.n; i++) {
		sel[n] = v->reader.sel[i];
		n += !(marks[sel[n]] & MDL_MARK_GONE);
	}
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct mdl_validate_check *c = &v->checks[k];
		for (size_t i = 0; i < n && c->bad; i++)
			if (c->bad[sel[i]])
				v->reader.cols[c->path][sel[i]] =
					(struct mdl_json_value){.kind = MDL_JSON_NULL};
	}
	return mdl_dbt_check_rows(v->dbt, (const struct mdl_json_value *const *)v->reader.cols, sel, n, b,
				  err);
}

/* The first row from I on that needs a closer look, or N. They are few: four at a time. */
static size_t next_marked(const uint16_t *marks, size_t i, size_t n)
{
	for (uint64_t four; i + 4 <= n; i += 4) {
		memcpy(&four, marks + i, sizeof(four));
		if (four)
			break;
	}
	while (i < n && !marks[i])
		i++;
	return i;
}

static int do_rows(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
		   struct mdl_err *err)
{
	struct mdl_result res = {0};
	mdl_row_reader_read(&v->reader, b);
	uint16_t *marks = mdl_arena_zalloc(b->arena, b->n * sizeof(*marks));
	find_unknown(v, b, marks);
	if (brings_new(v, f, b, marks))
		return 0;
	for (size_t i = 0; i < b->n && v->reader.n < b->n; i++)
		if (v->reader.verdicts[i] != MDL_SCAN_OK)
			marks[i] |= MDL_MARK_REJECTED;
	check_types(v, b, marks);
	if (fill(v, b, marks, err))
		return -1;
	check_nulls(v, marks);
	if (check_constraints(v, b, marks, &res, err))
		return -1;

	struct mdl_validate_look l = {.v = v, .f = f, .b = b, .res = &res};
	size_t first = 0, nmarked = 0;
	for (size_t i = next_marked(marks, 0, b->n); i < b->n; i = next_marked(marks, i + 1, b->n)) {
		nmarked++;
		l.row = i;
		l.marks = marks[i];
		if (l.marks == MDL_MARK_WARN) {
			mdl_validate_row_count(&l);
			continue;
		}
		mdl_validate_row_pass(v, f, b, first, i);
		first = i + 1;
		uint64_t out = f->books.out;
		if (mdl_validate_row_marked(&l, err))
			return -1;
		if (f->books.out == out)
			marks[i] |= MDL_MARK_GONE;
	}
	v->rows += b->n - nmarked;
	mdl_validate_row_pass(v, f, b, first, b->n);
	return v->dbt ? check_tests(v, b, marks, err) : 0;
}

/* The batch, or parts of it where that takes less memory. */
static int do_batch(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
		    struct mdl_err *err)
{
	size_t most = mdl_row_reader_rows(&v->reader);
	if (b->n <= most)
		return do_rows(v, f, b, err);
	for (size_t at = 0; at < b->n; at += most) {
		struct mdl_batch part = {
			.lines = b->lines + at,
			.n = b->n - at < most ? b->n - at : most,
			.first_line = b->first_line + at,
			.arena = &v->arena,
		};
		int r = do_rows(v, f, &part, err);
		mdl_arena_reset(&v->arena);
		if (r)
			return -1;
	}
	return 0;
}

/* ---- Columns that are inferred ---- */

struct release {
	struct mdl_validate *v;
	struct mdl_filter *f;
};

static int on_released(void *ctx, const struct mdl_batch *b, struct mdl_err *err)
{
	struct release *r = ctx;
	return do_batch(r->v, r->f, b, err);
}

/* What was held back is what the columns are inferred from; then it is checked against them. */
static int settle(struct mdl_validate *v, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_evolve *e = v->evolve;
	struct release r = {v, f};
	struct mdl_arena arena;
	if (!e || e->known || !e->nheld)
		return 0;
	if (mdl_evolve_store(e, NULL, err))
		return -1;
	uncompile(v);
	if (compile(v, err))
		return -1;
	mdl_arena_init(&arena);
	v->released = true;
	int rc = mdl_evolve_release(e, &arena, on_released, &r, err);
	v->released = false;
	mdl_arena_free(&arena);
	return rc;
}

/* All records of the epoch or of the input were seen. */
static int close_columns(struct mdl_validate *v, struct mdl_filter *f, struct mdl_err *err)
{
	if (settle(v, f, err))
		return -1;
	return v->evolve && v->evolve->new_ones ? mdl_evolve_stop(v->evolve, err) : 0;
}

static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	struct mdl_evolve *e = v->evolve;
	if (!f->checkpointed)
		v->session.now_us = (int64_t)time(NULL) * 1000000;
	if (!f->checkpointed && v->dbt && mdl_dbt_check_load(v->dbt, f, err))
		return -1;
	if (!e || e->known)
		return do_batch(v, f, b, err);
	if (!e->location && mdl_evolve_open(e, NULL, err))
		return -1;
	mdl_row_reader_read(&v->reader, b);
	mdl_evolve_see(e, b, v->reader.sel, v->reader.n);
	mdl_evolve_hold(e, b);
	return mdl_evolve_enough(e) ? settle(v, f, err) : 0;
}

/* ---- Epochs ---- */

static struct mdl_slice dataset(const struct mdl_validate *v, const struct mdl_filter *f)
{
	struct mdl_slice name = v->o.schema->st->name;
	return name.n ? name : mdl_slice_of(f->stage);
}

/* Enter the epoch's results in the books, and keep its event. */
static void close_epoch(struct mdl_validate *v, struct mdl_filter *f)
{
	struct mdl_expectation *e = mdl_arena_alloc(&f->epoch_arena, (v->nconstraints + 1) * sizeof(*e));
	for (size_t k = 0; k < v->nconstraints; k++) {
		struct mdl_validate_constraint *c = &v->constraints[k];
		e[k] = c->epoch;
		e[k].passed = v->rows - c->epoch.failed;
		c->total.passed += e[k].passed;
		c->total.failed += e[k].failed;
		c->epoch.failed = 0;
	}
	if (v->nconstraints) {
		struct mdl_buf detail = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_buf_puts(&detail, "{\"expectations\":[");
		mdl_event_log_expectations(&detail, e, v->nconstraints, dataset(v, f));
		mdl_buf_puts(&detail, "]}");
		free(f->books.detail);
		f->books.detail = mdl_strdup(mdl_buf_cstr(&detail));
		mdl_buf_free(&detail);
	}
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct mdl_flow_progress p = {
		.flow = f->stage,
		.dataset = dataset(v, f),
		.time_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
		.output_rows = f->books.out,
		.dropped = v->dropped,
		.expectations = e,
		.n = v->nconstraints,
	};
	if (f->checkpointed) {
		p.pipeline_id = f->begin->checkpoint_id;
		p.update_id = f->begin->run;
		p.has_epoch = true;
		p.epoch = f->begin->epoch;
	}
	mdl_event_log_format(&v->event, &p);
	v->total_rows += v->rows;
	v->rows = v->dropped = 0;
}

static int write_event(struct mdl_validate *v, struct mdl_err *err)
{
	int r = v->o.event_log && v->event.n
			? mdl_event_log_append(v->o.event_log, mdl_buf_slice(&v->event), err)
			: 0;
	mdl_buf_clear(&v->event);
	return r;
}

static void tell_columns(const struct mdl_validate *v, struct mdl_filter *f)
{
	if (!v->o.schema->st->ncolumns)
		return;
	struct mdl_buf ddl = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_schema_ddl(&ddl, v->o.schema);
	free(f->begin_copy.columns);
	f->begin_copy.columns = mdl_strdup(mdl_buf_cstr(&ddl));
	mdl_buf_free(&ddl);
}

/* The checkpoint's own folder has room for the columns of one stage. */
static int open_columns(struct mdl_validate *v, const struct mdl_filter *f, struct mdl_err *err)
{
	if (!v->o.infer->location && strcmp(f->stage, v->op.name) != 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the columns of the stage %s need a place of their own: name a folder with --schema-location DIR",
			f->stage);
	return mdl_evolve_open(v->evolve, f->begin->checkpoint, err);
}

static int begin(struct mdl_validate *v, struct mdl_filter *f, bool dry, struct mdl_err *err)
{
	if (!v->session.checkpointed) {
		/* compiled anew, for under a checkpoint more is refused: a replay must give the same rows */
		v->session.checkpointed = true;
		if (v->evolve && !dry && open_columns(v, f, err))
			return -1;
		uncompile(v);
		if (compile(v, err))
			return -1;
	}
	v->session.now_us = f->begin->batch_timestamp_ms * 1000;
	struct mdl_schema *columns = f->resume ? mdl_name_check_columns(f) : NULL;
	int r = mdl_name_check_program(columns, v->program, err);
	mdl_schema_free(columns);
	tell_columns(v, f);
	return r || dry || !v->dbt ? r : mdl_dbt_check_load(v->dbt, f, err);
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	return begin(ctx, f, false, err);
}

static int on_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	return begin(ctx, f, true, err);
}

static int on_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	(void)bar;
	if (close_columns(v, f, err))
		return -1;
	/* barrier N+1 comes only after the commit of N, so what waits is true now */
	if (write_event(v, err) ||
	    (v->dbt && (mdl_dbt_check_write(v->dbt, err) || mdl_dbt_check_save(v->dbt, f, err))))
		return -1;
	close_epoch(v, f);
	if (v->dbt)
		mdl_dbt_check_results(v->dbt);
	return 0;
}

static int on_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	if (close_columns(v, f, err))
		return -1;
	/* no line at all is also what a pipeline looks like whose source was killed at its start: no event */
	if (f->books.in)
		close_epoch(ctx, f);
	if (v->dbt)
		mdl_dbt_check_results(v->dbt);
	return 0;
}

struct mdl_validate *mdl_validate_new(const struct mdl_validate_opts *o, struct mdl_err *err)
{
	struct mdl_validate *v = mdl_zalloc(sizeof(*v));
	v->op = (struct mdl_op){
		.name = "validate",
		.ctx = v,
		.passes = true,
		.scans = true,
		.scan = (const struct mdl_scan *const *)&v->reader.scan,
		.ahead = o->infer ? NULL : &mdl_row_reader_ahead, /* new columns, a new reader */
		.ahead_ctx = &v->reader,
		.begin = on_begin,
		.dry = on_dry,
		.batch = on_batch,
		.barrier = on_barrier,
		.end = on_end,
	};
	v->o = *o;
	v->session = o->session;
	mdl_arena_init(&v->arena);
	mdl_buf_init(&v->event, MDL_BUF_NO_LIMIT);
	mdl_misfit_init(&v->fixer, o->schema, v->session.timezone);
	if (o->infer) {
		v->evolve = mdl_alloc(sizeof(*v->evolve));
		if (mdl_evolve_init(v->evolve, o->infer, err) ||
		    (o->infer->location && mdl_evolve_open(v->evolve, NULL, err))) {
			mdl_validate_free(v);
			return NULL;
		}
	}
	if (o->dbt && !(v->dbt = mdl_dbt_check_new(o->dbt, err))) {
		mdl_validate_free(v);
		return NULL;
	}
	if (compile(v, err) || (o->event_log && mdl_event_log_check(o->event_log, err))) {
		mdl_validate_free(v);
		return NULL;
	}
	return v;
}

void mdl_validate_free(struct mdl_validate *v)
{
	if (!v)
		return;
	uncompile(v);
	mdl_misfit_free(&v->fixer);
	mdl_arena_free(&v->arena);
	mdl_buf_free(&v->event);
	if (v->evolve)
		mdl_evolve_free(v->evolve);
	free(v->evolve);
	mdl_dbt_check_free(v->dbt);
	free(v);
}

const struct mdl_op *mdl_validate_op(struct mdl_validate *v)
{
	return &v->op;
}

int mdl_validate_finish(struct mdl_validate *v, struct mdl_err *err)
{
	return write_event(v, err) || (v->dbt && mdl_dbt_check_write(v->dbt, err)) ? -1 : 0;
}

const struct mdl_dbt_check *mdl_validate_tests(const struct mdl_validate *v)
{
	return v->dbt;
}

void mdl_validate_explain(struct mdl_buf *out, const struct mdl_validate *v)
{
	mdl_program_explain(out, v->program);
	for (size_t i = 0; i < v->nconstraints; i++)
		mdl_buf_printf(out, "expectation %.*s out %d\n", (int)v->constraints[i].ast->name.n,
			       v->constraints[i].ast->name.p, v->constraints[i].output);
}

void mdl_validate_summary(struct mdl_buf *out, const struct mdl_validate *v)
{
	mdl_buf_printf(out, "%" PRIu64 " rows checked\n", v->total_rows);
	for (size_t k = 0; k < v->nconstraints; k++) {
		const struct mdl_expectation *e = &v->constraints[k].total;
		mdl_buf_printf(out, "constraint %.*s: %" PRIu64 " passed, %" PRIu64 " failed\n",
			       (int)e->name.n, e->name.p, e->passed, e->failed);
	}
}
