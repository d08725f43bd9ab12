/* SPDX-License-Identifier: MIT
 *
 * Columns and expectations: see validate.h. A batch is looked at column by column
 * and constraint by constraint, which marks the rows that need a closer look; then
 * the rows are taken in their order, and what lies between marked ones passes as it is.
 */
#include "op/validate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "op/culprit.h"
#include "op/event_log.h"
#include "op/misfit.h"
#include "op/row_reader.h"
#include "sql/compile.h"
#include "sql/json_column.h"
#include "sql/parse.h"
#include "json/text.h"

/* What a row was marked for. */
enum mark {
	MARK_REJECTED = 1, /* no good record */
	MARK_MISFIT = 2,   /* a value that does not fit its column */
	MARK_NULL = 4,     /* NULL in a NOT NULL column */
	MARK_ERROR = 8,    /* an expression cannot be computed */
	MARK_WARN = 16,
	MARK_DROP = 32,
	MARK_FAIL = 64,
	MARK_UNKNOWN = 128, /* a member that the table does not have */
};

/* A declared column that can be wrong. */
struct check {
	struct mdl_slice name;
	const struct mdl_type *type;
	bool not_null, typed;
	size_t path;
	uint8_t *bad; /* of the batch at hand: rows whose value does not fit; NULL: none */
};

struct constraint {
	const struct mdl_ast_constraint *ast;
	int output;
	uint8_t mark;
	char *bucket;
	struct mdl_expectation epoch, total;
	uint8_t *failed; /* of the batch at hand: rows that fail it; NULL: none */
};

struct mdl_validate {
	struct mdl_op op;
	struct mdl_validate_opts o;
	struct mdl_session session;
	struct mdl_program *program;
	struct mdl_row_reader reader;
	struct mdl_arena arena; /* of a part of a batch */
	struct check *checks;
	size_t nchecks;
	struct constraint *constraints;
	size_t nconstraints;
	size_t file_path; /* path of _metadata.file_path */
	struct mdl_misfit_fixer fixer;
	struct mdl_misfit *misfits;
	const char **failed;    /* names, for the quarantine */
	uint64_t rows, dropped; /* in the epoch: counted for the expectations; dropped by them */
	uint64_t total_rows;
	struct mdl_buf event; /* of the last epoch: written when that is known to be committed */
};

/* ---- Setting up ---- */

static int add_columns(struct mdl_validate *v, struct mdl_err *err)
{
	const struct mdl_statement *st = v->o.schema->st;
	v->checks = mdl_array(st->ncolumns + 1, sizeof(*v->checks));
	for (size_t i = 0; i < st->ncolumns; i++) {
		const struct mdl_ast_column *c = &st->columns[i];
		if (c->generated_expr || c->default_expr)
			return mdl_parse_error_at(
				&v->o.schema->source, c->pos, err,
				"%s is not carried out by medal-validate: compute column %.*s with medal-transform, "
				"and declare it without",
				c->generated_expr ? "GENERATED ALWAYS AS" : "DEFAULT", (int)c->name.n,
				c->name.p);
		/* a STRING takes any value */
		bool typed = c->type->kind != MDL_T_STRING;
		if (!typed && !c->not_null)
			continue;
		char *path = mdl_row_reader_path(c->name);
		v->checks[v->nchecks++] = (struct check){
			.name = c->name,
			.type = c->type,
			.not_null = c->not_null,
			.typed = typed,
			.path = mdl_program_want(v->program, path),
		};
		free(path);
	}
	return 0;
}

static int add_constraints(struct mdl_validate *v, struct mdl_err *err)
{
	static const uint8_t marks[] = {
		[MDL_ON_WARN] = MARK_WARN, [MDL_ON_DROP] = MARK_DROP, [MDL_ON_FAIL] = MARK_FAIL};
	const struct mdl_statement *st = v->o.schema->st;
	v->constraints = mdl_array(st->nconstraints + 1, sizeof(*v->constraints));
	for (size_t i = 0; i < st->nconstraints; i++) {
		const struct mdl_ast_constraint *ast = &st->constraints[i];
		struct constraint *c = &v->constraints[i];
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
	v->nchecks = v->nconstraints = 0;
	v->program = mdl_program_new(v->o.schema, &v->session);
	if (add_columns(v, err) || add_constraints(v, err))
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
	if (v->program)
		mdl_program_free(v->program);
	v->program = NULL;
	for (size_t i = 0; i < v->nconstraints; i++)
		free(v->constraints[i].bucket);
	free(v->constraints);
	free(v->checks);
	v->constraints = NULL;
	v->checks = NULL;
	v->nconstraints = v->nchecks = 0;
}

/* ---- Finding the rows that need a look ---- */

static void mark(uint8_t *marks, const uint8_t *rows, const uint32_t *sel, size_t n, uint8_t what)
{
	for (size_t i = 0; i < n; i++)
		if (rows[sel[i]])
			marks[sel[i]] |= what;
}

static void check_columns(struct mdl_validate *v, const struct mdl_batch *b, uint8_t *marks)
{
	const uint32_t *sel = v->reader.sel;
	size_t n = v->reader.n;
	uint8_t *bad = NULL;
	for (size_t k = 0; k < v->nchecks; k++) {
		struct check *c = &v->checks[k];
		const struct mdl_json_value *cells = v->reader.cols[c->path];
		c->bad = NULL;
		if (!bad)
			bad = mdl_arena_zalloc(b->arena, b->n);
		if (c->typed &&
		    mdl_json_column_check(c->type, cells, sel, n, v->session.timezone, b->arena, bad)) {
			mark(marks, bad, sel, n, MARK_MISFIT);
			c->bad = bad;
			bad = NULL;
		}
		if (!c->not_null)
			continue;
		for (size_t i = 0; i < n; i++)
			if (cells[sel[i]].kind <= MDL_JSON_NULL || (c->bad && c->bad[sel[i]]))
				marks[sel[i]] |= MARK_NULL;
	}
}

/* Each constraint's failing rows: those of SEL that are not among the passing ones, both in ascending order. */
static int check_constraints(struct mdl_validate *v, const struct mdl_batch *b, uint8_t *marks,
			     struct mdl_result *res, struct mdl_err *err)
{
	static const struct mdl_fails none;
	const uint32_t *sel = v->reader.sel;
	size_t n = v->reader.n;
	if (!v->nconstraints || !n)
		return 0;
	if (mdl_program_run(v->program, (const struct mdl_json_value *const *)v->reader.cols, NULL, sel, n,
			    b->n, b->arena, res, err))
		return -1;
	uint32_t *ok = mdl_arena_alloc(b->arena, n * sizeof(*ok));
	for (size_t k = 0; k < v->nconstraints; k++) {
		struct constraint *c = &v->constraints[k];
		size_t nok = mdl_program_select(res->out[c->output], &none, sel, n, ok);
		c->failed = NULL;
		if (nok == n)
			continue;
		c->failed = mdl_arena_zalloc(b->arena, b->n);
		for (size_t i = 0, j = 0; i < n; i++) {
			if (j < nok && ok[j] == sel[i]) {
				j++;
				continue;
			}
			c->failed[sel[i]] = 1;
			marks[sel[i]] |= c->mark;
		}
	}
	for (size_t i = 0; i < n && res->fails.n; i++)
		if (res->fails.row[sel[i]])
			marks[sel[i]] |= MARK_ERROR;
	return 0;
}

static void find_unknown(struct mdl_validate *v, const struct mdl_batch *b, uint8_t *marks)
{
	struct mdl_slice name;
	if (v->o.evolution == MDL_EVOLUTION_NONE)
		return;
	for (size_t i = 0; i < v->reader.n; i++) {
		uint32_t row = v->reader.sel[i];
		if (mdl_misfit_unknown(&v->fixer, b->lines[row], &name))
			marks[row] |= MARK_UNKNOWN;
	}
}

/* ---- One marked row ---- */

/* A marked row and what is known of it. */
struct look {
	struct mdl_validate *v;
	struct mdl_filter *f;
	const struct mdl_batch *b;
	const struct mdl_result *res;
	size_t row;
	uint8_t marks;
};

static uint64_t line_no(const struct look *l)
{
	return l->b->first_line + l->row;
}

static bool null_in(const struct look *l, const struct check *c)
{
	return c->not_null &&
	       (l->v->reader.cols[c->path][l->row].kind <= MDL_JSON_NULL || (c->bad && c->bad[l->row]));
}

static bool fails(const struct constraint *c, size_t row)
{
	return c->failed && c->failed[row];
}

/* Of the constraints that fail and have MARK, the first. */
static struct constraint *first_failed(const struct look *l, uint8_t marked)
{
	for (size_t k = 0; k < l->v->nconstraints; k++)
		if (l->v->constraints[k].mark == marked && fails(&l->v->constraints[k], l->row))
			return &l->v->constraints[k];
	return NULL;
}

static const struct check *first_wrong(const struct look *l, uint8_t marked)
{
	for (size_t k = 0; k < l->v->nchecks; k++) {
		const struct check *c = &l->v->checks[k];
		if (marked == MARK_MISFIT ? c->bad && c->bad[l->row] : null_in(l, c))
			return c;
	}
	return NULL;
}

/* All that the row failed: columns, then constraints. */
static const char *const *all_failed(const struct look *l)
{
	struct mdl_validate *v = l->v;
	size_t n = 0;
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct check *c = &v->checks[k];
		if ((c->bad && c->bad[l->row]) || null_in(l, c))
			v->failed[n++] = mdl_arena_strndup(l->b->arena, c->name.p, c->name.n);
	}
	for (size_t k = 0; k < v->nconstraints; k++) {
		const struct constraint *c = &v->constraints[k];
		if (fails(c, l->row))
			v->failed[n++] = mdl_arena_strndup(l->b->arena, c->ast->name.p, c->ast->name.n);
	}
	v->failed[n] = NULL;
	return v->failed;
}

static int quarantine(const struct look *l, const char *reason, const char *message, struct mdl_err *err)
{
	struct mdl_row_error why = {
		.reason = reason, .message = message, .failed = all_failed(l), .line = line_no(l)};
	return mdl_filter_quarantine(l->f, l->b->lines[l->row], true, &why, err);
}

/* In Spark's words. A long value is shown by its beginning. */
static const char *misfit_message(const struct look *l, const struct check *c)
{
	const struct mdl_json_value *cell = &l->v->reader.cols[c->path][l->row];
	static const char *const kinds[] = {
		[MDL_JSON_NULL] = "VALUE_NULL",         [MDL_JSON_FALSE] = "VALUE_FALSE",
		[MDL_JSON_TRUE] = "VALUE_TRUE",         [MDL_JSON_INT] = "VALUE_NUMBER_INT",
		[MDL_JSON_REAL] = "VALUE_NUMBER_FLOAT", [MDL_JSON_STRING] = "VALUE_STRING",
		[MDL_JSON_ARRAY] = "START_ARRAY",       [MDL_JSON_OBJECT] = "START_OBJECT",
	};
	enum { SHOWN = 100 };
	struct mdl_slice text = mdl_row_writer_value(cell);
	bool cut = text.n > SHOWN;
	if (cut)
		for (text.n = SHOWN; text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80; text.n--)
			;
	return mdl_arena_printf(
		l->b->arena,
		"Cannot parse the field name `%.*s` and the value %.*s%s of the JSON token type %s to target Spark "
		"data type \"%s\".",
		(int)c->name.n, c->name.p, (int)text.n, text.p, cut ? "..." : "", kinds[cell->kind],
		mdl_type_name(l->b->arena, c->type));
}

static const char *null_message(const struct look *l, const struct check *c)
{
	return mdl_arena_printf(l->b->arena, "NULL value appeared in non-nullable field: %.*s.",
				(int)c->name.n, c->name.p);
}

static const char *constraint_message(const struct look *l, const struct constraint *c)
{
	struct mdl_slice text = mdl_culprit_text(c->ast->expr);
	return mdl_arena_printf(l->b->arena, "%.*s: (%.*s) is not true", (int)c->ast->name.n, c->ast->name.p,
				(int)text.n, text.p);
}

static int end_run(const struct look *l, const char *class, const char *message, struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE,
			   "line %" PRIu64
			   " of the input: [%s] %s; name a --quarantine DIR to keep such rows and go on",
			   line_no(l), class, message);
}

static int on_rejected(const struct look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	struct mdl_slice line = l->b->lines[l->row];
	uint8_t verdict = v->reader.verdicts[l->row];
	if (verdict != MDL_SCAN_BLANK && v->o.mode == MDL_VALIDATE_FAILFAST)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64
			" of the input: [MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records "
			"are detected in record parsing: %s; --mode permissive goes on",
			line_no(l), mdl_row_reader_why(&v->reader, l->b, l->row));
	if (verdict == MDL_SCAN_BLANK || l->f->quarantine)
		return mdl_row_reader_reject(&v->reader, l->f, l->b, l->row, err);
	if (v->o.mode == MDL_VALIDATE_DROPMALFORMED) {
		mdl_filter_bucket(l->f, "malformed", 1);
		return 0;
	}
	if (verdict == MDL_ROW_MARKED) {
		mdl_filter_pass(l->f, line);
		return 0;
	}
	struct mdl_buf *out = mdl_filter_row(l->f);
	mdl_buf_puts(out, "{\"_corrupt_record\":");
	mdl_json_quote(out, line);
	mdl_buf_putc(out, '}');
	mdl_filter_row_end(l->f);
	return 0;
}

/* A value that does not fit, a missing one, or an expression that cannot be computed: the row is none of the table. */
static int on_unfit(const struct look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	bool keeps = l->f->quarantine;
	if (l->marks & MARK_MISFIT && v->o.evolution != MDL_EVOLUTION_RESCUE && keeps)
		return quarantine(l, "CANNOT_PARSE_JSON_FIELD",
				  misfit_message(l, first_wrong(l, MARK_MISFIT)), err);
	if (l->marks & MARK_NULL) {
		const char *message = null_message(l, first_wrong(l, MARK_NULL));
		return keeps ? quarantine(l, "NOT_NULL_ASSERT_VIOLATION", message, err)
			     : end_run(l, "NOT_NULL_ASSERT_VIOLATION", message, err);
	}
	const struct mdl_row_fail *fail = l->res->fails.row[l->row];
	if (keeps)
		return quarantine(l, fail->class, fail->message, err);
	for (size_t k = 0; k < v->nconstraints; k++) {
		const struct mdl_ast_constraint *c = v->constraints[k].ast;
		if (!fails(&v->constraints[k], l->row) ||
		    !mdl_culprit_is(c->expr, v->o.schema, &v->session, l->b->lines[l->row], l->b->arena))
			continue;
		struct mdl_slice text = mdl_culprit_text(c->expr);
		return end_run(l, fail->class,
			       mdl_arena_printf(l->b->arena, "constraint %.*s (%.*s): %s", (int)c->name.n,
						c->name.p, (int)text.n, text.p, fail->message),
			       err);
	}
	return end_run(l, fail->class, fail->message, err);
}

/* The row is one of the table's: it counts for the expectations. */
static void count(const struct look *l)
{
	l->v->rows++;
	for (size_t k = 0; k < l->v->nconstraints; k++)
		l->v->constraints[k].epoch.failed += fails(&l->v->constraints[k], l->row);
}

static int rewrite(const struct look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	struct mdl_slice line = l->b->lines[l->row];
	size_t n = 0;
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct check *c = &v->checks[k];
		if (c->bad && c->bad[l->row])
			v->misfits[n++] = (struct mdl_misfit){c->type, v->reader.cols[c->path][l->row]};
	}
	v->fixer.arena = l->b->arena;
	struct mdl_buf *out = mdl_filter_row(l->f);
	bool fine = v->o.evolution == MDL_EVOLUTION_RESCUE
			    ? mdl_misfit_rescue(&v->fixer, out, line, v->misfits, n,
						&v->reader.cols[v->file_path][l->row])
			    : mdl_misfit_permissive(&v->fixer, out, line, v->misfits, n);
	if (fine) {
		mdl_filter_row_end(l->f);
		return mdl_filter_flush_if_full(l->f, err);
	}
	static const char message[] = "the row's first member would be _medal, which is for control lines";
	return l->f->quarantine ? quarantine(l, "RESERVED_MEMBER", message, err)
				: end_run(l, "RESERVED_MEMBER", message, err);
}

static int on_new_member(const struct look *l, struct mdl_err *err)
{
	struct mdl_slice name = {0};
	mdl_misfit_unknown(&l->v->fixer, l->b->lines[l->row], &name);
	return mdl_err_set(
		err, MDL_TROUBLE,
		"line %" PRIu64
		" of the input: [UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_RECORD] the record has the member \"%.*s\", which "
		"the table does not have; add the column, or use --schema-evolution rescue",
		line_no(l), (int)name.n, name.p);
}

/* What becomes of a row that is marked for more than a warning. */
static int on_marked(const struct look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	bool rescue = v->o.evolution == MDL_EVOLUTION_RESCUE, misfit = l->marks & MARK_MISFIT && !rescue;
	if (l->marks & MARK_REJECTED)
		return on_rejected(l, err);
	if (l->marks & MARK_UNKNOWN && !rescue)
		return on_new_member(l, err);
	if (misfit && v->o.mode == MDL_VALIDATE_FAILFAST)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64
			" of the input: [MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records "
			"are detected in record parsing: %s; --mode permissive goes on",
			line_no(l), misfit_message(l, first_wrong(l, MARK_MISFIT)));
	if (misfit && v->o.mode == MDL_VALIDATE_DROPMALFORMED && !l->f->quarantine) {
		mdl_filter_bucket(l->f, "malformed", 1);
		return 0;
	}
	if (l->marks & (MARK_NULL | MARK_ERROR) || (misfit && l->f->quarantine))
		return on_unfit(l, err);
	if (l->marks & MARK_FAIL) {
		const struct constraint *c = first_failed(l, MARK_FAIL);
		return mdl_err_set(
			err, MDL_NO,
			"line %" PRIu64
			" of the input violates the constraint %s, which is ON VIOLATION FAIL UPDATE",
			line_no(l), constraint_message(l, c));
	}
	count(l);
	if (l->marks & MARK_DROP) {
		const struct constraint *c = first_failed(l, MARK_DROP);
		v->dropped++;
		if (l->f->quarantine)
			return quarantine(l, "EXPECTATION", constraint_message(l, c), err);
		mdl_filter_bucket(l->f, c->bucket, 1);
		return 0;
	}
	return rewrite(l, err);
}

/* ---- The operator ---- */

static int do_rows(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
		   struct mdl_err *err)
{
	struct mdl_result res = {0};
	mdl_row_reader_read(&v->reader, b);
	uint8_t *marks = mdl_arena_zalloc(b->arena, b->n);
	for (size_t i = 0; i < b->n && v->reader.n < b->n; i++)
		if (v->reader.verdicts[i] != MDL_SCAN_OK)
			marks[i] = MARK_REJECTED;
	check_columns(v, b, marks);
	if (check_constraints(v, b, marks, &res, err))
		return -1;
	find_unknown(v, b, marks);

	struct look l = {.v = v, .f = f, .b = b, .res = &res};
	size_t first = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (!marks[i]) {
			v->rows++;
			continue;
		}
		l.row = i;
		l.marks = marks[i];
		if (l.marks == MARK_WARN) {
			count(&l);
			continue;
		}
		mdl_filter_pass_range(f, b, first, i);
		first = i + 1;
		if (on_marked(&l, err))
			return -1;
	}
	mdl_filter_pass_range(f, b, first, b->n);
	return 0;
}

/* The batch, or parts of it where that takes less memory. */
static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	size_t most = mdl_row_reader_rows(&v->reader);
	if (!f->checkpointed)
		v->session.now_us = (int64_t)time(NULL) * 1000000;
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
		struct constraint *c = &v->constraints[k];
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

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	if (!v->session.checkpointed) {
		/* compiled anew, for under a checkpoint more is refused: a replay must give the same rows */
		v->session.checkpointed = true;
		uncompile(v);
		if (compile(v, err))
			return -1;
	}
	v->session.now_us = f->begin->batch_timestamp_ms * 1000;
	tell_columns(v, f);
	return 0;
}

static int on_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_validate *v = ctx;
	(void)bar;
	/* barrier N+1 comes only after the commit of N, so what waits is true now */
	if (write_event(v, err))
		return -1;
	close_epoch(v, f);
	return 0;
}

static int on_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	(void)err;
	/* no line at all is also what a pipeline looks like whose source was killed at its start: no event */
	if (f->books.in)
		close_epoch(ctx, f);
	return 0;
}

struct mdl_validate *mdl_validate_new(const struct mdl_validate_opts *o, struct mdl_err *err)
{
	struct mdl_validate *v = mdl_zalloc(sizeof(*v));
	v->op = (struct mdl_op){
		.name = "validate",
		.ctx = v,
		.passes = true,
		.begin = on_begin,
		.batch = on_batch,
		.barrier = on_barrier,
		.end = on_end,
	};
	v->o = *o;
	v->session = o->session;
	mdl_arena_init(&v->arena);
	mdl_buf_init(&v->event, MDL_BUF_NO_LIMIT);
	mdl_misfit_init(&v->fixer, o->schema, v->session.timezone);
	const struct mdl_statement *st = o->schema->st;
	v->misfits = mdl_array(st->ncolumns + 1, sizeof(*v->misfits));
	v->failed = mdl_array(st->ncolumns + st->nconstraints + 1, sizeof(*v->failed));
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
	free(v->misfits);
	free(v->failed);
	free(v);
}

const struct mdl_op *mdl_validate_op(struct mdl_validate *v)
{
	return &v->op;
}

int mdl_validate_finish(struct mdl_validate *v, struct mdl_err *err)
{
	return write_event(v, err);
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
