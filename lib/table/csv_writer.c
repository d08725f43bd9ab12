/* SPDX-License-Identifier: MIT
 *
 * The members of most rows come in the order of the columns, so each member is
 * first compared with the column after the last found one. One walk over the line
 * finds the values and what is no column.
 */
#include "table/csv_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "json/scan.h"
#include "json/text.h"

struct mdl_csv_writer {
	char **names;
	size_t n, cap;
	char **omit;
	size_t nomit;
	bool guard;
	struct mdl_json_value *row; /* by column */
	struct mdl_buf text;        /* an unescaped name or value */
	uint64_t unknown;
	char *unknown_name;
};

static bool is_omitted(const struct mdl_csv_writer *w, struct mdl_slice name)
{
	for (size_t i = 0; i < w->nomit; i++)
		if (mdl_slice_is(name, w->omit[i]))
			return true;
	return false;
}

static void add_column(struct mdl_csv_writer *w, struct mdl_slice name)
{
	for (size_t i = 0; i < w->n; i++)
		if (mdl_slice_is(name, w->names[i]))
			return;
	if (is_omitted(w, name))
		return;
	MDL_GROW(w->names, w->n, w->cap);
	w->names[w->n++] = mdl_strndup(name.p, name.n);
}

struct mdl_csv_writer *mdl_csv_writer_new(const char *const *names, size_t n, const char *const *omit,
					  size_t nomit, bool guard)
{
	struct mdl_csv_writer *w = mdl_zalloc(sizeof(*w));

	w->guard = guard;
	w->omit = mdl_array(nomit ? nomit : 1, sizeof(*w->omit));
	for (size_t i = 0; i < nomit; i++)
		w->omit[w->nomit++] = mdl_strdup(omit[i]);
	mdl_buf_init(&w->text, MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < n; i++)
		add_column(w, mdl_slice_of(names[i]));
	w->row = mdl_array(w->n ? w->n : 1, sizeof(*w->row));
	return w;
}

void mdl_csv_writer_free(struct mdl_csv_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		free(w->names[i]);
	for (size_t i = 0; i < w->nomit; i++)
		free(w->omit[i]);
	free(w->names);
	free(w->omit);
	free(w->row);
	free(w->unknown_name);
	mdl_buf_free(&w->text);
	free(w);
}

/* The member's name without escapes; valid until the next call. */
static struct mdl_slice member_name(struct mdl_csv_writer *w, const struct mdl_json_iter *it)
{
	if (!it->name_escaped)
		return it->name;
	mdl_buf_clear(&w->text);
	mdl_json_unescape(&w->text, it->name);
	return mdl_buf_slice(&w->text);
}

static void learn_columns(struct mdl_csv_writer *w, struct mdl_slice line)
{
	struct mdl_json_iter it;

	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it))
		add_column(w, member_name(w, &it));
	free(w->row);
	w->row = mdl_array(w->n ? w->n : 1, sizeof(*w->row));
}

/* A column's text, quoted when a reader would not find the same text back. */
static void put_text(struct mdl_buf *out, struct mdl_slice s, bool guard)
{
	bool formula = guard && s.n && memchr("=+-@\t\r", s.p[0], 6) != NULL;
	bool quote =
		s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ' || s.p[0] == '\t' || s.p[s.n - 1] == '\t';

	for (size_t i = 0; i < s.n && !quote; i++)
		quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
	if (quote)
		mdl_buf_putc(out, '"');
	if (formula)
		mdl_buf_putc(out, '\'');
	if (!quote) {
		mdl_buf_puts_slice(out, s);
		return;
	}
	while (s.n) {
		const char *q = memchr(s.p, '"', s.n);
		size_t n = q ? (size_t)(q - s.p) + 1 : s.n;

		mdl_buf_put(out, s.p, n);
		if (q)
			mdl_buf_putc(out, '"');
		s.p += n;
		s.n -= n;
	}
	mdl_buf_putc(out, '"');
}

static void put_value(struct mdl_csv_writer *w, struct mdl_buf *out, const struct mdl_json_value *v)
{
	struct mdl_slice s = {v->p, v->n};

	switch (v->kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		return;
	case MDL_JSON_STRING:
		if (v->escaped) {
			mdl_buf_clear(&w->text);
			mdl_json_unescape(&w->text, s);
			s = mdl_buf_slice(&w->text);
		}
		put_text(out, s, w->guard);
		return;
	case MDL_JSON_ARRAY:
	case MDL_JSON_OBJECT:
		put_text(out, s, false);
		return;
	default:
		mdl_buf_puts_slice(out, s);
	}
}

void mdl_csv_writer_row(struct mdl_csv_writer *w, struct mdl_buf *out, struct mdl_slice line)
{
	if (w->n == 0)
		learn_columns(w, line);
	memset(w->row, 0, w->n * sizeof(*w->row));

	struct mdl_json_iter it;
	size_t at = 0;
	bool unknown = false;

	mdl_json_iter_line(&it, line);
	while (mdl_json_iter_next(&it)) {
		struct mdl_slice name = member_name(w, &it);
		size_t i = 0;

		for (; i < w->n; i++, at = at + 1 < w->n ? at + 1 : 0)
			if (mdl_slice_is(name, w->names[at]))
				break;
		if (i < w->n) {
			w->row[at] = it.value;
			at = at + 1 < w->n ? at + 1 : 0;
		} else if (!is_omitted(w, name)) {
			unknown = true;
			if (!w->unknown_name)
				w->unknown_name = mdl_strndup(name.p, name.n);
		}
	}
	w->unknown += unknown;
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		put_value(w, out, &w->row[i]);
	}
	/* One empty column would be a blank line, which readers skip. */
	if (w->n == 1 && w->row[0].kind <= MDL_JSON_NULL)
		mdl_buf_puts(out, "\"\"");
	mdl_buf_putc(out, '\n');
}

void mdl_csv_writer_header(const struct mdl_csv_writer *w, struct mdl_buf *out)
{
	for (size_t i = 0; i < w->n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		put_text(out, mdl_slice_of(w->names[i]), false);
	}
	mdl_buf_putc(out, '\n');
}

const char *const *mdl_csv_writer_columns(const struct mdl_csv_writer *w, size_t *n)
{
	*n = w->n;
	return (const char *const *)w->names;
}

uint64_t mdl_csv_writer_unknown(const struct mdl_csv_writer *w, const char **name)
{
	*name = w->unknown_name;
	return w->unknown;
}

bool mdl_csv_record(struct mdl_slice text, bool end, size_t *len, size_t *next)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"') {
			quoted = !quoted;
		} else if (text.p[i] == '\n' && !quoted) {
			*len = i;
			*next = i + 1;
			return true;
		}
	}
	*len = *next = text.n;
	return end && text.n > 0;
}
