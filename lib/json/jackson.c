/* SPDX-License-Identifier: MIT
 *
 * JSON as Jackson reads and writes it: see jackson.h.
 */
#include "json/jackson.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "json/text.h"

/* From the quote at P to behind the one that ends it; NULL: there is none. */
static const char *put_string(struct mdl_buf *out, const char *p, const char *end)
{
	char quote = *p++;
	mdl_buf_putc(out, '"');
	for (; p < end && *p != quote; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			if (*p != '\'') /* which JSON does not escape */
				mdl_buf_putc(out, '\\');
			mdl_buf_putc(out, *p);
		} else if (*p == '"') {
			mdl_buf_puts(out, "\\\"");
		} else {
			mdl_buf_putc(out, *p);
		}
	}
	mdl_buf_putc(out, '"');
	return p < end ? p + 1 : NULL;
}

static const char *put_special(struct mdl_buf *out, const char *p, const char *end)
{
	static const char *const words[] = {"NaN",  "Infinity", "+Infinity", "-Infinity",
					    "+INF", "-INF",     "INF"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0) {
			bool minus = *p == '-';
			mdl_buf_puts(out, i == 0 ? "\"NaN\"" : minus ? "\"-Infinity\"" : "\"Infinity\"");
			return p + n;
		}
	}
	return NULL;
}

bool mdl_jackson_first(struct mdl_buf *out, struct mdl_slice text, bool special)
{
	const char *p = text.p, *end = p + text.n;
	int depth = 0;
	while (p < end) {
		char c = *p;
		const char *behind;
		if (c == '"' || c == '\'') {
			if (!(p = put_string(out, p, end)))
				return false;
		} else if (special && c && strchr("NI+-", c) && (behind = put_special(out, p, end))) {
			p = behind;
		} else if (c == '\n' || c == '\r' || c == '\t' || c == ' ') {
			mdl_buf_putc(out, ' '); /* a record is one line */
			p++;
			continue;
		} else {
			depth += (c == '{' || c == '[') - (c == '}' || c == ']');
			mdl_buf_putc(out, c);
			p++;
			/* A bare word or number goes on to what cannot be part of it. */
			if (depth == 0 && c != '}' && c != ']' && p < end && !strchr(" \t\r\n,:}]", *p))
				continue;
		}
		if (depth <= 0)
			return depth == 0;
	}
	return false;
}

static void write_number(struct mdl_buf *out, const struct mdl_json_value *v)
{
	double d;
	struct mdl_slice s = {v->p, v->n};
	bool real = v->kind == MDL_JSON_REAL && mdl_num_parse_double(s, &d) == MDL_NUM_OK;
	if (real && isinf(d)) /* 1e999 */
		mdl_buf_puts(out, d > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	else if (real)
		mdl_num_write_double(out, d);
	else
		mdl_buf_puts_slice(out, s);
}

static void write_pairs(struct mdl_buf *out, struct mdl_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0xf0 || i + 3 >= s.n) {
			mdl_buf_putc(out, s.p[i]);
			continue;
		}
		unsigned v = (c & 7u) << 18 | ((unsigned char)s.p[i + 1] & 63u) << 12 |
			     ((unsigned char)s.p[i + 2] & 63u) << 6 | ((unsigned char)s.p[i + 3] & 63u);
		v -= 0x10000;
		mdl_buf_printf(out, "\\u%04X\\u%04X", 0xd800 + (v >> 10), 0xdc00 + (v & 0x3ff));
		i += 3;
	}
}

static void write_text(struct mdl_buf *out, struct mdl_slice raw, bool escaped, bool pairs)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), q = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_putc(out, '"');
	if (escaped) {
		mdl_json_unescape(&b, raw);
		mdl_json_escape(&q, mdl_buf_slice(&b));
		raw = mdl_buf_slice(&q);
	}
	if (pairs)
		write_pairs(out, raw);
	else
		mdl_buf_puts_slice(out, raw);
	mdl_buf_putc(out, '"');
	mdl_buf_free(&b);
	mdl_buf_free(&q);
}

void mdl_jackson_write(struct mdl_buf *out, const struct mdl_json_value *v, bool pairs)
{
	struct mdl_json_iter it;
	bool object = v->kind == MDL_JSON_OBJECT, first = true;
	if (v->kind == MDL_JSON_STRING) {
		write_text(out, (struct mdl_slice){v->p, v->n}, v->escaped, pairs);
		return;
	}
	if (v->kind != MDL_JSON_ARRAY && !object) {
		write_number(out, v);
		return;
	}
	mdl_json_iter_init(&it, v);
	mdl_buf_putc(out, object ? '{' : '[');
	while (mdl_json_iter_next(&it)) {
		if (!first)
			mdl_buf_putc(out, ',');
		first = false;
		if (object) {
			write_text(out, it.name, it.name_escaped, pairs);
			mdl_buf_putc(out, ':');
		}
		mdl_jackson_write(out, &it.value, pairs);
	}
	mdl_buf_putc(out, object ? '}' : ']');
}
