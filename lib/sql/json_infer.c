/* SPDX-License-Identifier: MIT
 *
 * Inferring types of JSON values: see json_infer.h.
 */
#include "sql/json_infer.h"

#include <stdlib.h>
#include <string.h>

#include "sql/coerce.h"
#include "sql/json_column.h"
#include "json/text.h"

/* Names in the order of Java's strings, which is that of UTF-16: what lies beyond U+FFFF comes before U+E000. */
static int compare_names(struct mdl_slice x, struct mdl_slice y)
{
	for (size_t i = 0; i < x.n && i < y.n; i++) {
		unsigned char c = (unsigned char)x.p[i], d = (unsigned char)y.p[i];
		if (c == d)
			continue;
		return (c >= 0xf0) != (d >= 0xf0) && c >= 0xee && d >= 0xee ? d - c : c - d;
	}
	return (x.n > y.n) - (x.n < y.n);
}

static int by_name(const void *a, const void *b)
{
	const struct mdl_field *x = a, *y = b;
	return compare_names(x->name, y->name);
}

static const struct mdl_type *infer_object(struct mdl_arena *a, const struct mdl_json_value *v, bool strings,
					   bool decimals)
{
	struct mdl_json_iter it;
	size_t n = 0, k = 0, kept = 0;
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it))
		n++;
	struct mdl_field *f = mdl_arena_zalloc(a, (n + 1) * sizeof(*f));
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it)) {
		char *d = mdl_arena_alloc(a, it.name.n + 1);
		f[k].name = (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)};
		f[k++].type = mdl_json_infer(a, &it.value, strings, decimals);
	}
	qsort(f, n, sizeof(*f), by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept && mdl_slice_eq(f[kept - 1].name, f[i].name))
			f[kept - 1].type = mdl_json_infer_both(a, f[kept - 1].type, f[i].type);
		else
			f[kept++] = f[i];
	}
	return mdl_type_struct(a, f, kept);
}

/* A number with a fraction as the DECIMAL of its digits; NULL when there are too many or an exponent. */
static const struct mdl_type *decimal_of(struct mdl_slice s)
{
	size_t digits = 0, scale = 0;
	bool point = false, leading = true;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 'e' || s.p[i] == 'E')
			return NULL;
		if (s.p[i] == '.') {
			point = true;
		} else if (s.p[i] != '-') {
			leading = leading && s.p[i] == '0';
			digits += !leading;
			scale += point;
		}
	}
	digits = digits < scale ? scale : digits;
	return digits && digits <= 38 ? mdl_type_decimal((unsigned)digits, (unsigned)scale) : NULL;
}

const struct mdl_type *mdl_json_infer(struct mdl_arena *a, const struct mdl_json_value *v, bool strings,
				      bool decimals)
{
	struct mdl_json_iter it;
	const struct mdl_type *t = &mdl_type_null;
	if (v->kind == MDL_JSON_OBJECT)
		return infer_object(a, v, strings, decimals);
	if (v->kind == MDL_JSON_ARRAY) {
		mdl_json_iter_init(&it, v);
		while (mdl_json_iter_next(&it))
			t = mdl_json_infer_both(a, t, mdl_json_infer(a, &it.value, strings, decimals));
		return mdl_type_array(a, t);
	}
	/* an empty string tells no more than NULL: Spark's rule, for generators that do not tell them apart */
	if (v->kind <= MDL_JSON_NULL || (v->kind == MDL_JSON_STRING && !v->n))
		return t;
	if (strings)
		return &mdl_type_string;
	if (decimals && v->kind == MDL_JSON_REAL && (t = decimal_of((struct mdl_slice){v->p, v->n})))
		return t;
	return mdl_json_token_type(a, v);
}

static const struct mdl_type *both_structs(struct mdl_arena *a, const struct mdl_type *x,
					   const struct mdl_type *y)
{
	struct mdl_field *f = mdl_arena_zalloc(a, (x->nfields + y->nfields + 1) * sizeof(*f));
	size_t n = 0, i = 0, j = 0;
	while (i < x->nfields || j < y->nfields) {
		int c = i == x->nfields   ? 1
			: j == y->nfields ? -1
					  : compare_names(x->fields[i].name, y->fields[j].name);
		if (c == 0) {
			f[n] = x->fields[i++];
			f[n].type = mdl_json_infer_both(a, f[n].type, y->fields[j++].type);
		} else {
			f[n] = c < 0 ? x->fields[i++] : y->fields[j++];
		}
		n++;
	}
	return mdl_type_struct(a, f, n);
}

const struct mdl_type *mdl_json_infer_both(struct mdl_arena *a, const struct mdl_type *x,
					   const struct mdl_type *y)
{
	const struct mdl_type *t = NULL;
	if (x->kind == MDL_T_STRUCT && y->kind == MDL_T_STRUCT)
		return both_structs(a, x, y);
	if (x->kind == MDL_T_ARRAY && y->kind == MDL_T_ARRAY)
		return mdl_type_array(a, mdl_json_infer_both(a, x->element, y->element));
	if (x->kind == MDL_T_NULL || y->kind == MDL_T_NULL)
		return x->kind == MDL_T_NULL ? y : x;
	if (mdl_type_is_numeric(x) && mdl_type_is_numeric(y))
		t = mdl_coerce_tightest(x, y, true);
	else if (mdl_type_eq(x, y))
		t = x;
	return t ? t : &mdl_type_string;
}

const struct mdl_type *mdl_json_infer_settle(struct mdl_arena *a, const struct mdl_type *t)
{
	if (t->kind == MDL_T_NULL)
		return &mdl_type_string;
	if (t->kind == MDL_T_ARRAY)
		return mdl_type_array(a, mdl_json_infer_settle(a, t->element));
	if (t->kind != MDL_T_STRUCT)
		return t;
	struct mdl_field *f = mdl_arena_zalloc(a, (t->nfields + 1) * sizeof(*f));
	size_t n = 0;
	for (size_t i = 0; i < t->nfields; i++) {
		f[n] = t->fields[i];
		f[n++].type = mdl_json_infer_settle(a, t->fields[i].type);
	}
	return mdl_type_struct(a, f, n);
}

const struct mdl_type *mdl_json_infer_open(struct mdl_arena *a, const struct mdl_type *t)
{
	if (t->kind == MDL_T_ARRAY)
		return mdl_type_array(a, mdl_json_infer_open(a, t->element));
	if (t->kind != MDL_T_STRUCT)
		return t;
	struct mdl_field *f = mdl_arena_zalloc(a, (t->nfields + 1) * sizeof(*f));
	for (size_t i = 0; i < t->nfields; i++) {
		f[i] = t->fields[i];
		f[i].type = mdl_json_infer_open(a, t->fields[i].type);
	}
	struct mdl_type *s = mdl_arena_alloc(a, sizeof(*s));
	*s = *mdl_type_struct(a, f, t->nfields);
	s->open = true;
	return s;
}
