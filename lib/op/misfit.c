/* SPDX-License-Identifier: MIT
 *
 * Values that do not fit: see misfit.h.
 */
#include "op/misfit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sql/json_column.h"
#include "json/text.h"

void mdl_misfit_init(struct mdl_misfit_fixer *x, const struct mdl_schema *schema, const char *timezone)
{
	*x = (struct mdl_misfit_fixer){.schema = schema, .timezone = timezone};
	mdl_buf_init(&x->extra, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&x->name, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&x->rescued, MDL_BUF_NO_LIMIT);
	mdl_misfit_columns(x);
}

static int by_name(const void *a, const void *b)
{
	const struct mdl_ast_column *const *x = a, *const *y = b;
	return mdl_slice_cmp((*x)->name, (*y)->name);
}

void mdl_misfit_columns(struct mdl_misfit_fixer *x)
{
	const struct mdl_statement *st = x->schema->st;
	free(x->sorted);
	x->sorted = mdl_array(st->ncolumns + 1, sizeof(*x->sorted));
	for (size_t i = 0; i < st->ncolumns; i++)
		x->sorted[i] = &st->columns[i];
	qsort(x->sorted, st->ncolumns, sizeof(*x->sorted), by_name);
}

void mdl_misfit_free(struct mdl_misfit_fixer *x)
{
	free(x->sorted);
	mdl_buf_free(&x->extra);
	mdl_buf_free(&x->name);
	mdl_buf_free(&x->rescued);
}

enum fit { FIT_WHOLE, FIT_PARTLY, FIT_NOT };

static bool fits(const struct mdl_misfit_fixer *x, const struct mdl_type *t, const struct mdl_json_value *v)
{
	uint8_t bad = 0;
	return mdl_json_column_check(t, v, NULL, 1, x->timezone, x->arena, &bad) == 0;
}

static enum fit put_value(struct mdl_misfit_fixer *x, struct mdl_buf *out, const struct mdl_type *t,
			  const struct mdl_json_value *v);

static const struct mdl_type *field_type(const struct mdl_type *t, struct mdl_slice name)
{
	for (size_t i = 0; i < t->nfields; i++)
		if (mdl_slice_eq(t->fields[i].name, name))
			return t->fields[i].type;
	return NULL;
}

/* A struct keeps the fields that fit; the others become null. */
static enum fit put_struct(struct mdl_misfit_fixer *x, struct mdl_buf *out, const struct mdl_type *t,
			   const struct mdl_json_value *v)
{
	struct mdl_json_iter it;
	bool any = false;
	mdl_buf_putc(out, '{');
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it)) {
		const struct mdl_type *ft = field_type(t, mdl_row_writer_name(&it, &x->name));
		if (any)
			mdl_buf_putc(out, ',');
		any = true;
		mdl_buf_putc(out, '"');
		mdl_buf_puts_slice(out, it.name);
		mdl_buf_puts(out, "\":");
		if (!ft)
			mdl_buf_puts_slice(out, mdl_row_writer_value(&it.value));
		else if (put_value(x, out, ft, &it.value) == FIT_NOT)
			mdl_buf_puts(out, "null");
	}
	mdl_buf_putc(out, '}');
	return FIT_PARTLY;
}

/* An array or map keeps elements that fit in part; one that does not fit at all spoils it. */
static enum fit put_elements(struct mdl_misfit_fixer *x, struct mdl_buf *out, const struct mdl_type *t,
			     const struct mdl_json_value *v)
{
	size_t start = out->n;
	struct mdl_json_iter it;
	bool any = false;
	mdl_buf_putc(out, *v->p);
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it)) {
		if (any)
			mdl_buf_putc(out, ',');
		any = true;
		if (it.object) {
			mdl_buf_putc(out, '"');
			mdl_buf_puts_slice(out, it.name);
			mdl_buf_puts(out, "\":");
		}
		if (put_value(x, out, t->element, &it.value) == FIT_NOT) {
			out->n = start;
			return FIT_NOT;
		}
	}
	mdl_buf_putc(out, v->p[v->n - 1]);
	return FIT_PARTLY;
}

/* As deep as the type is nested. Nothing is appended when it does not fit at all. */
static enum fit put_value(struct mdl_misfit_fixer *x, struct mdl_buf *out, const struct mdl_type *t,
			  const struct mdl_json_value *v)
{
	if (fits(x, t, v)) {
		mdl_buf_puts_slice(out, mdl_row_writer_value(v));
		return FIT_WHOLE;
	}
	if (t->kind == MDL_T_STRUCT && v->kind == MDL_JSON_OBJECT)
		return put_struct(x, out, t, v);
	if ((t->kind == MDL_T_ARRAY && v->kind == MDL_JSON_ARRAY) ||
	    (t->kind == MDL_T_MAP && v->kind == MDL_JSON_OBJECT))
		return put_elements(x, out, t, v);
	return FIT_NOT;
}

/* The misfit whose value this member is; NULL for members that fit, and for earlier ones of a name that occurs twice. */
static const struct mdl_misfit *misfit_of(const struct mdl_misfit *bad, size_t nbad,
					  const struct mdl_json_value *v)
{
	for (size_t i = 0; i < nbad; i++)
		if (bad[i].cell.p == v->p)
			return &bad[i];
	return NULL;
}

static void put_misfit(struct mdl_misfit_fixer *x, struct mdl_row_writer *w, const struct mdl_json_iter *it,
		       const struct mdl_misfit *m)
{
	mdl_row_writer_member(w, (struct mdl_slice){it->name.p - 1, it->name.n + 2});
	mdl_buf_putc(w->out, ':');
	if (put_value(x, w->out, m->type, &it->value) == FIT_NOT)
		mdl_buf_puts(w->out, "null");
}

bool mdl_misfit_permissive(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line,
			   const struct mdl_misfit *bad, size_t nbad)
{
	struct mdl_row_writer w;
	struct mdl_json_iter it;
	mdl_row_writer_begin(&w, out);
	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it)) {
		const struct mdl_misfit *m = misfit_of(bad, nbad, &it.value);
		if (m)
			put_misfit(x, &w, &it, m);
		else if (mdl_slice_is(mdl_row_writer_name(&it, &x->name), "_corrupt_record"))
			mdl_row_writer_cut(&w);
		else
			mdl_row_writer_keep(&w, &it);
	}
	mdl_row_writer_member(&w, MDL_SLICE("\"_corrupt_record\":"));
	mdl_json_quote(w.out, line);
	return mdl_row_writer_end(&w);
}

/* ---- Rescue ---- */

/* Is NAME a column, exactly as written? *NEXT is where it is looked for first, for members mostly come in one order. */
static bool is_column(const struct mdl_misfit_fixer *x, struct mdl_slice name, size_t *next)
{
	const struct mdl_statement *st = x->schema->st;
	size_t lo = 0, hi = st->ncolumns;
	if (*next < st->ncolumns && mdl_slice_eq(st->columns[*next].name, name)) {
		++*next;
		return true;
	}
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = mdl_slice_cmp(x->sorted[mid]->name, name);
		if (c == 0) {
			*next = (size_t)(x->sorted[mid] - st->columns) + 1;
			return true;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool mdl_misfit_unknown(struct mdl_misfit_fixer *x, struct mdl_slice line, struct mdl_slice *name)
{
	struct mdl_json_iter it;
	size_t next = 0;
	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it)) {
		struct mdl_slice s = mdl_row_writer_name(&it, &x->name);
		if (!is_column(x, s, &next) && !mdl_schema_reserved(s)) {
			*name = it.name;
			return true;
		}
	}
	return false;
}

static void put_rescued(struct mdl_buf *rescued, const struct mdl_json_iter *it)
{
	mdl_buf_puts(rescued, rescued->n ? ",\"" : "{\"");
	mdl_buf_puts_slice(rescued, it->name);
	mdl_buf_puts(rescued, "\":");
	mdl_row_writer_compact(rescued, mdl_row_writer_value(&it->value));
}

bool mdl_misfit_rescue(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line,
		       const struct mdl_misfit *bad, size_t nbad, const struct mdl_json_value *file_path)
{
	struct mdl_buf *rescued = &x->rescued;
	struct mdl_row_writer w;
	struct mdl_json_iter it;
	size_t next = 0;
	mdl_buf_clear(rescued);
	mdl_row_writer_begin(&w, out);
	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it)) {
		struct mdl_slice name = mdl_row_writer_name(&it, &x->name);
		const struct mdl_misfit *m = misfit_of(bad, nbad, &it.value);
		/* what an earlier validation rescued is rescued again, for a row has one _rescued_data */
		bool again = mdl_slice_is(name, "_rescued_data") && it.value.kind != MDL_JSON_NULL;
		if (m) {
			put_rescued(rescued, &it);
			put_misfit(x, &w, &it, m);
		} else if (again || (!mdl_schema_reserved(name) && !is_column(x, name, &next))) {
			put_rescued(rescued, &it);
			mdl_row_writer_cut(&w);
		} else if (mdl_slice_is(name, "_rescued_data")) {
			mdl_row_writer_cut(&w);
		} else {
			mdl_row_writer_keep(&w, &it);
		}
	}
	if (x->extra.n)
		mdl_row_writer_member(&w, mdl_buf_slice(&x->extra));
	if (file_path->kind == MDL_JSON_STRING) {
		mdl_buf_puts(rescued, ",\"_file_path\":");
		mdl_buf_puts_slice(rescued, mdl_row_writer_value(file_path));
	}
	mdl_buf_putc(rescued, '}');
	mdl_row_writer_member(&w, MDL_SLICE("\"_rescued_data\":"));
	mdl_json_quote(w.out, mdl_buf_slice(rescued));
	return mdl_row_writer_end(&w);
}

bool mdl_misfit_extend(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line)
{
	struct mdl_row_writer w;
	mdl_row_writer_begin(&w, out);
	mdl_row_writer_keep_all(&w, line);
	mdl_row_writer_member(&w, mdl_buf_slice(&x->extra));
	return mdl_row_writer_end(&w);
}
