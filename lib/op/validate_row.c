/* SPDX-License-Identifier: MIT
 *
 * One row that needs a closer look: see validate_row.h. medal-validate(1), RECORDS THAT
 * ARE NOT VALID, says what becomes of which.
 */
#include "op/validate_row.h"

#include <inttypes.h>
#include <string.h>

#include "op/culprit.h"
#include "json/text.h"

/* Values that do not fit, and members that the table does not have, move to _rescued_data. */
static bool rescues(const struct mdl_validate *v)
{
	return v->o.evolution == MDL_EVOLUTION_RESCUE || (v->evolve && v->o.evolution != MDL_EVOLUTION_NONE);
}

static uint64_t line_no(const struct mdl_validate_look *l)
{
	return l->b->first_line + l->row;
}

static bool null_in(const struct mdl_validate_look *l, const struct mdl_validate_check *c)
{
	return c->not_null &&
	       (l->v->reader.cols[c->path][l->row].kind <= MDL_JSON_NULL || (c->bad && c->bad[l->row]));
}

static bool fails(const struct mdl_validate_constraint *c, size_t row)
{
	return c->failed && c->failed[row];
}

/* Of the constraints that fail and have MARK, the first. */
static struct mdl_validate_constraint *first_failed(const struct mdl_validate_look *l, uint8_t marked)
{
	for (size_t k = 0; k < l->v->nconstraints; k++)
		if (l->v->constraints[k].mark == marked && fails(&l->v->constraints[k], l->row))
			return &l->v->constraints[k];
	return NULL;
}

static const struct mdl_validate_check *first_wrong(const struct mdl_validate_look *l, uint8_t marked)
{
	for (size_t k = 0; k < l->v->nchecks; k++) {
		const struct mdl_validate_check *c = &l->v->checks[k];
		if (marked == MDL_MARK_MISFIT ? c->bad && c->bad[l->row] : null_in(l, c))
			return c;
	}
	return NULL;
}

/* All that the row failed: columns, then constraints. */
static const char *const *all_failed(const struct mdl_validate_look *l)
{
	struct mdl_validate *v = l->v;
	size_t n = 0;
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct mdl_validate_check *c = &v->checks[k];
		if ((c->bad && c->bad[l->row]) || null_in(l, c))
			v->failed[n++] = mdl_arena_strndup(l->b->arena, c->name.p, c->name.n);
	}
	if (v->fill_fails && v->fill_fails[l->row].why)
		v->failed[n++] = mdl_arena_strndup(l->b->arena, v->fill_fails[l->row].column.p,
						   v->fill_fails[l->row].column.n);
	for (size_t k = 0; k < v->nconstraints; k++) {
		const struct mdl_validate_constraint *c = &v->constraints[k];
		if (fails(c, l->row))
			v->failed[n++] = mdl_arena_strndup(l->b->arena, c->ast->name.p, c->ast->name.n);
	}
	v->failed[n] = NULL;
	return v->failed;
}

static int quarantine(const struct mdl_validate_look *l, const char *reason, const char *message,
		      struct mdl_err *err)
{
	struct mdl_row_error why = {
		.reason = reason, .message = message, .failed = all_failed(l), .line = line_no(l)};
	return mdl_filter_quarantine(l->f, l->b->lines[l->row], true, &why, err);
}

/* In Spark's words. A long value is shown by its beginning. */
static const char *misfit_message(const struct mdl_validate_look *l, const struct mdl_validate_check *c)
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

static const char *null_message(const struct mdl_validate_look *l, const struct mdl_validate_check *c)
{
	return mdl_arena_printf(l->b->arena, "NULL value appeared in non-nullable field: %.*s.",
				(int)c->name.n, c->name.p);
}

static const char *constraint_message(const struct mdl_validate_look *l,
				      const struct mdl_validate_constraint *c)
{
	struct mdl_slice text = mdl_culprit_text(c->ast->expr);
	return mdl_arena_printf(l->b->arena, "%.*s: (%.*s) is not true", (int)c->ast->name.n, c->ast->name.p,
				(int)text.n, text.p);
}

static int end_run(const struct mdl_validate_look *l, const char *class, const char *message,
		   struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE,
			   "line %" PRIu64
			   " of the input: [%s] %s; name a --quarantine DIR to keep such rows and go on",
			   line_no(l), class, message);
}

void mdl_validate_row_pass(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
			   size_t first, size_t last)
{
	if (!v->released) {
		mdl_filter_pass_range(f, b, first, last);
		return;
	}
	for (; first < last; first++) {
		mdl_buf_puts_slice(mdl_filter_row(f), b->lines[first]);
		mdl_filter_row_end(f);
	}
}

/* The row of a line that has no values for the table. */
static void put_corrupt(const struct mdl_validate_look *l)
{
	struct mdl_buf *out = mdl_filter_row(l->f);
	mdl_buf_puts(out, "{\"_corrupt_record\":");
	mdl_json_quote(out, l->b->lines[l->row]);
	mdl_buf_putc(out, '}');
	mdl_filter_row_end(l->f);
}

static int on_rejected(const struct mdl_validate_look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
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
		mdl_validate_row_pass(v, l->f, l->b, l->row, l->row + 1);
		return 0;
	}
	put_corrupt(l);
	return 0;
}

/* A value that does not fit, a missing one, or an expression that cannot be computed: the row is none of the table. */
static int on_unfit(const struct mdl_validate_look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	bool keeps = l->f->quarantine;
	if (l->marks & MDL_MARK_MISFIT && !rescues(v) && keeps)
		return quarantine(l, "CANNOT_PARSE_JSON_FIELD",
				  misfit_message(l, first_wrong(l, MDL_MARK_MISFIT)), err);
	if (l->marks & MDL_MARK_NULL) {
		const char *message = null_message(l, first_wrong(l, MDL_MARK_NULL));
		return keeps ? quarantine(l, "NOT_NULL_ASSERT_VIOLATION", message, err)
			     : end_run(l, "NOT_NULL_ASSERT_VIOLATION", message, err);
	}
	const struct mdl_row_fail *fail = v->fill_fails ? v->fill_fails[l->row].why : NULL;
	if (!fail)
		fail = l->res->fails.row[l->row];
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

void mdl_validate_row_count(const struct mdl_validate_look *l)
{
	l->v->rows++;
	for (size_t k = 0; k < l->v->nconstraints; k++)
		l->v->constraints[k].epoch.failed += fails(&l->v->constraints[k], l->row);
}

static int rewrite(const struct mdl_validate_look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	struct mdl_slice line = l->b->lines[l->row];
	size_t n = 0;
	for (size_t k = 0; k < v->nchecks; k++) {
		const struct mdl_validate_check *c = &v->checks[k];
		if (!c->bad || !c->bad[l->row])
			continue;
		v->misfits[n++] = (struct mdl_misfit){c->type, v->reader.cols[c->path][l->row]};
	}
	v->fixer.arena = l->b->arena;
	mdl_buf_clear(&v->fixer.extra);
	if (l->marks & MDL_MARK_FILLED)
		mdl_fill_members(v->fill, l->row, &v->fixer.extra);
	struct mdl_buf *out = mdl_filter_row(l->f);
	bool whole = !(l->marks & (MDL_MARK_MISFIT | MDL_MARK_UNKNOWN));
	bool fine = whole        ? mdl_misfit_extend(&v->fixer, out, line)
		    : rescues(v) ? mdl_misfit_rescue(&v->fixer, out, line, v->misfits, n,
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

/* Does a member that is no column end the run? Where columns are inferred one that differs in case alone is rescued. */
static bool ends_run(const struct mdl_validate_look *l)
{
	struct mdl_validate *v = l->v;
	return l->marks & MDL_MARK_UNKNOWN && v->o.evolution == MDL_EVOLUTION_FAIL &&
	       (!v->evolve || mdl_evolve_is_new(v->evolve, l->b->lines[l->row]));
}

static int on_new_member(const struct mdl_validate_look *l, struct mdl_err *err)
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

int mdl_validate_row_marked(const struct mdl_validate_look *l, struct mdl_err *err)
{
	struct mdl_validate *v = l->v;
	bool misfit = l->marks & MDL_MARK_MISFIT && !rescues(v);
	if (l->marks & MDL_MARK_REJECTED)
		return on_rejected(l, err);
	if (ends_run(l))
		return on_new_member(l, err);
	if (misfit && v->o.mode == MDL_VALIDATE_FAILFAST)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64
			" of the input: [MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records "
			"are detected in record parsing: %s; --mode permissive goes on",
			line_no(l), misfit_message(l, first_wrong(l, MDL_MARK_MISFIT)));
	if (misfit && v->o.mode == MDL_VALIDATE_DROPMALFORMED && !l->f->quarantine) {
		mdl_filter_bucket(l->f, "malformed", 1);
		return 0;
	}
	if (l->marks & (MDL_MARK_NULL | MDL_MARK_ERROR) || (misfit && l->f->quarantine))
		return on_unfit(l, err);
	if (l->marks & MDL_MARK_FAIL) {
		const struct mdl_validate_constraint *c = first_failed(l, MDL_MARK_FAIL);
		return mdl_err_set(
			err, MDL_NO,
			"line %" PRIu64
			" of the input violates the constraint %s, which is ON VIOLATION FAIL UPDATE",
			line_no(l), constraint_message(l, c));
	}
	mdl_validate_row_count(l);
	if (l->marks & MDL_MARK_DROP) {
		const struct mdl_validate_constraint *c = first_failed(l, MDL_MARK_DROP);
		v->dropped++;
		if (l->f->quarantine)
			return quarantine(l, "EXPECTATION", constraint_message(l, c), err);
		mdl_filter_bucket(l->f, c->bucket, 1);
		return 0;
	}
	return rewrite(l, err);
}
