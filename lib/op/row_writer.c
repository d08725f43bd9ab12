/* SPDX-License-Identifier: MIT
 *
 * Rows composed of members: see row_writer.h.
 */
#include "op/row_writer.h"

#include <string.h>

#include "json/text.h"

static const char reserved_name[] = "_medal";

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void put_comma(struct mdl_row_writer *w)
{
	if (w->any)
		mdl_buf_putc(w->out, ',');
	w->any = true;
}

static void put_run(struct mdl_row_writer *w)
{
	if (!w->run)
		return;
	put_comma(w);
	mdl_buf_put(w->out, w->run, (size_t)(w->run_end - w->run));
	w->run = NULL;
}

void mdl_row_writer_begin(struct mdl_row_writer *w, struct mdl_buf *out)
{
	*w = (struct mdl_row_writer){.out = out, .start = out->n};
	mdl_buf_putc(out, '{');
}

/* Is the raw name NAME, unescaped, the reserved one? */
static bool is_reserved(struct mdl_slice name, bool escaped)
{
	if (!escaped)
		return mdl_slice_is(name, reserved_name);
	char text[6 * (sizeof(reserved_name) - 1)];
	if (name.n > sizeof(text))
		return false;
	size_t n = mdl_json_unescape_to(text, name);
	return mdl_slice_is((struct mdl_slice){text, n}, reserved_name);
}

void mdl_row_writer_keep(struct mdl_row_writer *w, const struct mdl_json_iter *it)
{
	struct mdl_slice value = mdl_row_writer_value(&it->value);
	if (!w->run) {
		if (!w->any)
			w->reserved = is_reserved(it->name, it->name_escaped);
		w->run = it->name.p - 1;
	}
	w->run_end = value.p + value.n;
}

void mdl_row_writer_cut(struct mdl_row_writer *w)
{
	put_run(w);
}

static void put_span(struct mdl_row_writer *w, const char *p, const char *end)
{
	if (p == end)
		return;
	put_comma(w);
	mdl_buf_put(w->out, p, (size_t)(end - p));
}

void mdl_row_writer_keep_all(struct mdl_row_writer *w, struct mdl_slice line)
{
	const char *p = memchr(line.p, '{', line.n), *end = memrchr(line.p, '}', line.n);
	for (p++; p < end && is_space(*p); p++)
		;
	while (end > p && is_space(end[-1]))
		end--;
	put_run(w);
	put_span(w, p, end);
}

/* Where the member begins whose value is V, when no other text in LINE before it looks like its name. */
static const char *only_name(struct mdl_slice line, struct mdl_slice name, const struct mdl_json_value *v)
{
	struct mdl_slice value = mdl_row_writer_value(v);
	const char *p = line.p + 1, *end = value.p;
	for (;;) {
		p = name.n && p < end ? memmem(p, (size_t)(end - p), name.p, name.n) : NULL;
		if (!p)
			return NULL;
		if (p[-1] == '"' && p[name.n] == '"')
			break;
		p++;
	}
	const char *q = p + name.n + 1;
	while (is_space(*q))
		q++;
	if (*q++ != ':')
		return NULL;
	while (is_space(*q))
		q++;
	return q == value.p ? p - 1 : NULL;
}

enum { MAX_CUTS = 16 };

bool mdl_row_writer_keep_others(struct mdl_row_writer *w, struct mdl_slice line, struct mdl_json_value *cuts,
				struct mdl_slice *names, size_t ncuts)
{
	const char *starts[MAX_CUTS];
	if (ncuts > MAX_CUTS || memchr(line.p, '\\', line.n))
		return false;
	for (size_t i = 1; i < ncuts; i++)
		for (size_t k = i; k && cuts[k].p < cuts[k - 1].p; k--) {
			struct mdl_json_value v = cuts[k];
			struct mdl_slice n = names[k];
			cuts[k] = cuts[k - 1];
			names[k] = names[k - 1];
			cuts[k - 1] = v;
			names[k - 1] = n;
		}
	for (size_t i = 0; i < ncuts; i++)
		if (!(starts[i] = only_name(line, names[i], &cuts[i])))
			return false;

	const char *p = (const char *)memchr(line.p, '{', line.n) + 1, *end = memrchr(line.p, '}', line.n);
	put_run(w);
	for (size_t i = 0; i <= ncuts; i++) {
		const char *stop = i < ncuts ? starts[i] : end;
		while (p < stop && is_space(*p))
			p++;
		const char *last = stop;
		while (last > p && (is_space(last[-1]) || (i < ncuts && last[-1] == ',')))
			last--;
		if (!w->any && p < last &&
		    mdl_slice_starts((struct mdl_slice){p, (size_t)(last - p)}, MDL_SLICE("\"_medal\"")))
			w->reserved = true;
		put_span(w, p, last);
		if (i == ncuts)
			break;
		struct mdl_slice value = mdl_row_writer_value(&cuts[i]);
		for (p = value.p + value.n; p < end && (is_space(*p) || *p == ','); p++)
			;
	}
	return true;
}

void mdl_row_writer_member(struct mdl_row_writer *w, struct mdl_slice json_name)
{
	put_run(w);
	put_comma(w);
	mdl_buf_puts_slice(w->out, json_name);
}

bool mdl_row_writer_end(struct mdl_row_writer *w)
{
	put_run(w);
	if (w->reserved) {
		w->out->n = w->start;
		return false;
	}
	mdl_buf_putc(w->out, '}');
	return true;
}

struct mdl_slice mdl_row_writer_name(const struct mdl_json_iter *it, struct mdl_buf *buf)
{
	if (!it->name_escaped)
		return it->name;
	mdl_buf_clear(buf);
	mdl_json_unescape(buf, it->name);
	return mdl_buf_slice(buf);
}

struct mdl_slice mdl_row_writer_value(const struct mdl_json_value *v)
{
	if (v->kind == MDL_JSON_STRING)
		return (struct mdl_slice){v->p - 1, (size_t)v->n + 2};
	return (struct mdl_slice){v->p, v->n};
}

void mdl_row_writer_compact(struct mdl_buf *out, struct mdl_slice text)
{
	if (!mdl_buf_reserve(out, text.n))
		return;
	char *d = out->p + out->n;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!quoted && is_space(c))
			continue;
		*d++ = c;
		if (quoted && c == '\\' && i + 1 < text.n)
			*d++ = text.p[++i];
		else if (c == '"')
			quoted = !quoted;
	}
	out->n = (size_t)(d - out->p);
}
