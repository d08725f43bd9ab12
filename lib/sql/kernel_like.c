/* SPDX-License-Identifier: MIT
 *
 * LIKE, ILIKE and RLIKE. A LIKE pattern becomes a list of characters and wildcards; the
 * common shapes (equal, begins, ends, contains) are byte comparisons. RLIKE is PCRE2
 * with Java's find.
 */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/alloc.h"
#include "sql/java_regex.h"
#include "sql/program.h"

enum { ONE = -1, MANY = -2 };

enum shape { SHAPE_EQUAL, SHAPE_PREFIX, SHAPE_SUFFIX, SHAPE_CONTAINS, SHAPE_GENERAL };

struct mdl_like {
	enum shape shape;
	struct mdl_slice text; /* of all shapes but GENERAL */
	int32_t *items;        /* code points, ONE, MANY */
	size_t n;
	bool fold;
};

static int32_t decode(const char **p, const char *end)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)*p, end - *p, &c);
	if (k < 1) {
		c = (unsigned char)**p;
		k = 1;
	}
	*p += k;
	return c;
}

struct mdl_like *mdl_like_new(struct mdl_arena *a, struct mdl_slice pattern, char escape, bool fold_case,
			      struct mdl_err *err)
{
	struct mdl_like *l = mdl_arena_zalloc(a, sizeof(*l));
	char *text = mdl_arena_alloc(a, pattern.n + 1);
	size_t nt = 0, many = 0;
	bool one = false;
	l->items = mdl_arena_alloc(a, (pattern.n + 1) * sizeof(*l->items));
	l->fold = fold_case;
	for (const char *p = pattern.p, *end = p + pattern.n; p < end;) {
		const char *at = p;
		int32_t c = decode(&p, end);
		if (c == (unsigned char)escape) {
			if (p == end) {
				mdl_err_set(
					err, MDL_TROUBLE,
					"[INVALID_FORMAT.ESC_AT_THE_END] The format is invalid: '%.*s'. The "
					"escape character is not allowed to end with",
					(int)pattern.n, pattern.p);
				return NULL;
			}
			at = p;
			c = decode(&p, end);
			if (c != '%' && c != '_' && c != (unsigned char)escape) {
				mdl_err_set(
					err, MDL_TROUBLE,
					"[INVALID_FORMAT.ESC_IN_THE_MIDDLE] The format is invalid: '%.*s'. The "
					"escape character is not allowed to precede '%.*s'",
					(int)pattern.n, pattern.p, (int)(p - at), at);
				return NULL;
			}
		} else if (c == '%') {
			many++;
			if (!l->n || l->items[l->n - 1] != MANY)
				l->items[l->n++] = MANY;
			continue;
		} else if (c == '_') {
			one = true;
			l->items[l->n++] = ONE;
			continue;
		}
		l->items[l->n++] = fold_case ? utf8proc_tolower(c) : c;
		memcpy(text + nt, at, (size_t)(p - at));
		nt += (size_t)(p - at);
	}
	bool first = l->n && l->items[0] == MANY, last = l->n && l->items[l->n - 1] == MANY;
	size_t inner = 0;
	for (size_t i = 1; i + 1 < l->n; i++)
		inner += l->items[i] == MANY;
	l->text = (struct mdl_slice){text, nt};
	l->shape = one || inner || fold_case ? SHAPE_GENERAL
		   : !many                   ? SHAPE_EQUAL
		   : first && last           ? SHAPE_CONTAINS
		   : first                   ? SHAPE_SUFFIX
					     : SHAPE_PREFIX;
	return l;
}

/* Back to the last '%' whenever a character does not match. */
static bool general(const struct mdl_like *l, struct mdl_slice s)
{
	const char *p = s.p, *end = s.p + s.n, *back = NULL;
	size_t i = 0, star = 0;
	while (p < end) {
		if (i < l->n && l->items[i] == MANY) {
			star = ++i;
			back = p;
			continue;
		}
		if (i < l->n) {
			const char *q = p;
			int32_t c = decode(&q, end);
			if (l->items[i] == ONE || l->items[i] == (l->fold ? utf8proc_tolower(c) : c)) {
				p = q;
				i++;
				continue;
			}
		}
		if (!back)
			return false;
		decode(&back, end);
		p = back;
		i = star;
	}
	while (i < l->n && l->items[i] == MANY)
		i++;
	return i == l->n;
}

bool mdl_like_match(const struct mdl_like *l, struct mdl_slice s)
{
	struct mdl_slice t = l->text;
	switch (l->shape) {
	case SHAPE_EQUAL:
		return mdl_slice_eq(s, t);
	case SHAPE_PREFIX:
		return s.n >= t.n && memcmp(s.p, t.p, t.n) == 0;
	case SHAPE_SUFFIX:
		return s.n >= t.n && memcmp(s.p + s.n - t.n, t.p, t.n) == 0;
	case SHAPE_CONTAINS:
		return !t.n || (s.n >= t.n && memmem(s.p, s.n, t.p, t.n));
	case SHAPE_GENERAL:
		break;
	}
	return general(l, s);
}

void mdl_kernel_like(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		     struct mdl_vec *out)
{
	const struct mdl_vec *v = x->reg[in->args[0]], *pattern = x->reg[in->args[1]];
	const struct mdl_like *l = in->ptr;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row), rp = mdl_row(pattern, row);
		out->valid[row] = v->valid[r] & pattern->valid[rp];
		if (!out->valid[row])
			continue;
		if (!in->ptr) {
			struct mdl_err err = MDL_ERR_INIT;
			l = mdl_like_new(x->fx.arena, pattern->str[rp], (char)in->imm, in->imm >> 8, &err);
			if (!l) {
				bool at_end = strstr(err.msg, "ESC_AT_THE_END") != NULL;
				const char *text = strstr(err.msg, "] ");
				mdl_fn_fail(&x->fx, out, row,
					    at_end ? "INVALID_FORMAT.ESC_AT_THE_END"
						   : "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
					    "%s", text ? text + 2 : err.msg);
				continue;
			}
		}
		out->b8[row] = mdl_like_match(l, v->str[r]);
	}
}

/* ---- RLIKE ---- */

void *mdl_rlike_new(struct mdl_slice pattern, struct mdl_err *err)
{
	struct mdl_err why = MDL_ERR_INIT;
	struct mdl_java_regex *re = mdl_java_regex_new(pattern, &why);
	if (!re)
		mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `regexp` in `rlike` is invalid: '%.*s' (%s)",
			(int)(pattern.n < 200 ? pattern.n : 200), pattern.p, why.msg);
	return re;
}

bool mdl_rlike_match(void *re, struct mdl_slice s)
{
	const size_t *ov;
	return mdl_java_regex_find(re, s, 0, &ov);
}

void mdl_rlike_free(void *re)
{
	mdl_java_regex_free(re);
}

void mdl_kernel_rlike(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
		      struct mdl_vec *out)
{
	const struct mdl_vec *v = x->reg[in->args[0]], *pattern = x->reg[in->args[1]];
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(v, row), rp = mdl_row(pattern, row);
		out->valid[row] = v->valid[r] & pattern->valid[rp];
		if (!out->valid[row])
			continue;
		if (in->state) {
			out->b8[row] = mdl_rlike_match(in->state, v->str[r]);
			continue;
		}
		struct mdl_err err = MDL_ERR_INIT;
		void *re = mdl_rlike_new(pattern->str[rp], &err);
		if (!re) {
			const char *text = strstr(err.msg, "] ");
			mdl_fn_fail(&x->fx, out, row, "INVALID_PARAMETER_VALUE.PATTERN", "%s",
				    text ? text + 2 : err.msg);
			continue;
		}
		out->b8[row] = mdl_rlike_match(re, v->str[r]);
		mdl_rlike_free(re);
	}
}
