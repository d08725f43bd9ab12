/* SPDX-License-Identifier: MIT
 *
 * JSON tokens to columns: see json_column.h. Rules: Spark's JacksonParser with its
 * defaults, tried with Spark 4.1 (FORMATS B6 in medal-sql(7)).
 */
#include "sql/json_column.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/decimal.h"
#include "sql/json_number.h"
#include "json/text.h"

static struct mdl_slice token_text(const struct mdl_json_value *j)
{
	return (struct mdl_slice){j->p, j->n};
}

/* The text of a STRING token without escapes; in A when it has some. */
static struct mdl_slice string_of(struct mdl_arena *a, const struct mdl_json_value *j)
{
	if (!j->escaped)
		return token_text(j);
	char *d = mdl_arena_alloc(a, j->n + 1);
	return (struct mdl_slice){d, mdl_json_unescape_to(d, token_text(j))};
}

static bool int_of(const struct mdl_json_value *j, int64_t *v)
{
	if (j->kind != MDL_JSON_INT)
		return false;
	if (j->n > 18)
		return mdl_num_parse_int64(token_text(j), v) == MDL_NUM_OK;
	bool minus = *j->p == '-';
	int64_t x = (int64_t)mdl_num_digits(j->p + minus, j->n - minus);
	*v = minus ? -x : x;
	return true;
}

static bool double_of(struct mdl_arena *a, const struct mdl_json_value *j, bool narrow, double *v)
{
	if (j->kind == MDL_JSON_REAL && !narrow && mdl_num_short_double(j->p, j->n, v))
		return true;
	if (j->kind == MDL_JSON_INT || j->kind == MDL_JSON_REAL)
		return (narrow ? mdl_num_parse_float(token_text(j), v)
			       : mdl_num_parse_double(token_text(j), v)) == MDL_NUM_OK;
	if (j->kind != MDL_JSON_STRING)
		return false;
	static const struct {
		const char *text;
		double v;
	} special[] = {{"NaN", NAN},           {"+INF", INFINITY},  {"+Infinity", INFINITY},
		       {"Infinity", INFINITY}, {"-INF", -INFINITY}, {"-Infinity", -INFINITY}};
	struct mdl_slice s = string_of(a, j);
	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
		if (mdl_slice_is(s, special[i].text)) {
			*v = special[i].v;
			return true;
		}
	return false;
}

static bool decimal_of(struct mdl_arena *a, const struct mdl_json_value *j, const struct mdl_type *t,
		       mdl_i128 *v)
{
	if (j->kind != MDL_JSON_INT && j->kind != MDL_JSON_REAL && j->kind != MDL_JSON_STRING)
		return false;
	struct mdl_slice s = j->kind == MDL_JSON_STRING ? string_of(a, j) : token_text(j);
	return mdl_decimal_parse(s, (struct mdl_dec){t->precision, t->scale}, v) == MDL_NUM_OK;
}

static bool calendar_of(struct mdl_arena *a, const struct mdl_json_value *j, mdl_i128 *v)
{
	struct mdl_interval c;
	if (j->kind != MDL_JSON_STRING || !mdl_interval_parse(string_of(a, j), &c))
		return false;
	*v = mdl_calendar_pack(c);
	return true;
}

static int base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* As Jackson decodes it: groups of four with their padding, white space between groups. */
static bool base64_of(struct mdl_arena *a, struct mdl_slice s, struct mdl_slice *out)
{
	char *d = mdl_arena_alloc(a, s.n / 4 * 3 + 4);
	size_t n = 0;
	for (size_t i = 0; i < s.n;) {
		if ((unsigned char)s.p[i] <= ' ') {
			i++;
			continue;
		}
		if (s.n - i < 4)
			return false;
		const char *g = s.p + i;
		int c[4], k = g[3] != '=' ? 4 : g[2] != '=' ? 3 : 2;
		for (int j = 0; j < 4; j++)
			if ((c[j] = j < k ? base64_digit(g[j]) : 0) < 0)
				return false;
		int v = c[0] << 18 | c[1] << 12 | c[2] << 6 | c[3];
		for (int j = 0; j < k - 1; j++)
			d[n++] = (char)(v >> (16 - 8 * j) & 255);
		i += 4;
	}
	*out = (struct mdl_slice){d, n};
	return true;
}

static struct mdl_slice text_of(struct mdl_arena *a, const struct mdl_json_value *j)
{
	switch ((enum mdl_json_kind)j->kind) {
	case MDL_JSON_STRING:
		return string_of(a, j);
	case MDL_JSON_TRUE:
		return MDL_SLICE("true");
	case MDL_JSON_FALSE:
		return MDL_SLICE("false");
	case MDL_JSON_INT:
		return token_text(j);
	default:
		/* exactly as it stands in the file: spark.sql.json.enableExactStringParsing of Spark 4 */
		return token_text(j);
	}
}

static bool fits(const struct mdl_type *t, int64_t v)
{
	switch (t->kind) {
	case MDL_T_TINYINT:
		return v == (int8_t)v;
	case MDL_T_SMALLINT:
		return v == (int16_t)v;
	case MDL_T_INT:
		return v == (int32_t)v;
	default:
		return true;
	}
}

static bool time_of(struct mdl_arena *a, const struct mdl_json_value *j, const struct mdl_type *t,
		    const struct mdl_zone *zone, int64_t *v)
{
	int64_t s;
	if (t->kind == MDL_T_TIMESTAMP && int_of(j, &s)) /* epoch seconds */
		return !__builtin_mul_overflow(s, INT64_C(1000000), v);
	if (j->kind != MDL_JSON_STRING)
		return false;
	struct mdl_slice text = string_of(a, j);
	if (t->kind == MDL_T_DATE)
		return mdl_timestamp_parse_date(text, v);
	if (t->kind == MDL_T_TIMESTAMP)
		return mdl_timestamp_parse(text, zone, 0, v);
	return mdl_timestamp_parse_ntz(text, false, v);
}

static bool checks(const struct mdl_type *t, const struct mdl_json_value *j, const struct mdl_zone *zone,
		   struct mdl_arena *a);

static bool container_checks(const struct mdl_type *t, const struct mdl_json_value *j,
			     const struct mdl_zone *zone, struct mdl_arena *a)
{
	struct mdl_json_iter it;
	if (j->kind != (t->kind == MDL_T_ARRAY ? MDL_JSON_ARRAY : MDL_JSON_OBJECT))
		return false;
	mdl_json_iter_init(&it, j);
	while (mdl_json_iter_next(&it)) {
		const struct mdl_type *want = t->element;
		if (t->kind == MDL_T_STRUCT) {
			char small[256],
				*d = it.name.n <= sizeof(small) ? small : mdl_arena_alloc(a, it.name.n);
			struct mdl_slice name = it.name;
			if (it.name_escaped)
				name = (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)};
			want = NULL;
			for (size_t i = 0; i < t->nfields && !want; i++)
				if (mdl_slice_eq(t->fields[i].name, name))
					want = t->fields[i].type;
		}
		if (want && !checks(want, &it.value, zone, a))
			return false;
	}
	return true;
}

/* Does the token convert to T? */
static bool checks(const struct mdl_type *t, const struct mdl_json_value *j, const struct mdl_zone *zone,
		   struct mdl_arena *a)
{
	int64_t i;
	double d;
	mdl_i128 v;
	struct mdl_slice s;
	if (j->kind <= MDL_JSON_NULL)
		return true;
	switch (t->kind) {
	case MDL_T_NULL:
		return false;
	case MDL_T_BOOLEAN:
		return j->kind == MDL_JSON_TRUE || j->kind == MDL_JSON_FALSE;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
		return int_of(j, &i) && fits(t, i);
	case MDL_T_BIGINT:
		return j->kind == MDL_JSON_INT && (j->n <= 18 || int_of(j, &i));
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return j->kind == MDL_JSON_INT || j->kind == MDL_JSON_REAL || double_of(a, j, false, &d);
	case MDL_T_DECIMAL:
		return decimal_of(a, j, t, &v);
	case MDL_T_STRING:
	case MDL_T_ANY:
		return true;
	case MDL_T_BINARY:
		return j->kind == MDL_JSON_STRING && base64_of(a, string_of(a, j), &s);
	case MDL_T_DATE:
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
		return time_of(a, j, t, zone, &i);
	case MDL_T_TIME:
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		return false;
	case MDL_T_INTERVAL:
		return calendar_of(a, j, &v);
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		return container_checks(t, j, zone, a);
	}
	return false;
}

static const struct mdl_zone *zone_of(const char *timezone)
{
	const struct mdl_zone *z = timezone ? mdl_zone_find(mdl_slice_of(timezone)) : NULL;
	return z ? z : mdl_zone_utc;
}

/* Tokens that convert for certain: of these kinds (a bit for each), and with so many bytes at most. */
struct quick {
	uint32_t kinds, most;
};

static struct quick quick_of(const struct mdl_type *t)
{
	const uint32_t null = 1u << MDL_JSON_MISSING | 1u << MDL_JSON_NULL, whole = 1u << MDL_JSON_INT;
	switch (t->kind) {
	case MDL_T_BOOLEAN:
		return (struct quick){null | 1u << MDL_JSON_TRUE | 1u << MDL_JSON_FALSE, UINT32_MAX};
	case MDL_T_INT:
		return (struct quick){null | whole, 9};
	case MDL_T_BIGINT:
		return (struct quick){null | whole, 18};
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return (struct quick){null | whole | 1u << MDL_JSON_REAL, UINT32_MAX};
	default:
		return (struct quick){null, UINT32_MAX};
	}
}

bool mdl_json_column_by_token(const struct mdl_type *t)
{
	return t->kind == MDL_T_ANY || t->kind == MDL_T_STRING ||
	       quick_of(t).kinds != (1u << MDL_JSON_MISSING | 1u << MDL_JSON_NULL);
}

bool mdl_json_column_fits(const struct mdl_type *t, uint32_t kinds, uint32_t longest)
{
	struct quick q = quick_of(t);
	return t->kind == MDL_T_STRING || t->kind == MDL_T_ANY || (!(kinds & ~q.kinds) && longest <= q.most);
}

size_t mdl_json_column_check(const struct mdl_type *t, const struct mdl_json_value *cells,
			     const uint32_t *sel, size_t n, const char *timezone, struct mdl_arena *a,
			     uint8_t *bad)
{
	const struct mdl_zone *zone = zone_of(timezone);
	size_t k = 0;
	if (t->kind == MDL_T_STRING || t->kind == MDL_T_ANY)
		return 0;
	struct quick q = quick_of(t);
	MDL_EACH(row, sel, n)
	{
		const struct mdl_json_value *j = &cells[row];
		bool ok = (q.kinds >> j->kind & 1) & (unsigned)(j->n <= q.most);
		if (__builtin_expect(!ok, 0) && !checks(t, j, zone, a)) {
			bad[row] = 1;
			k++;
		}
	}
	return k;
}

/* One value into OUT's row; false when the token does not convert. */
static bool convert(const struct mdl_json_value *j, const struct mdl_zone *zone, struct mdl_arena *a,
		    struct mdl_vec *out, size_t row)
{
	const struct mdl_type *t = out->type;
	switch (t->kind) {
	case MDL_T_BOOLEAN:
		out->b8[row] = j->kind == MDL_JSON_TRUE;
		return j->kind == MDL_JSON_TRUE || j->kind == MDL_JSON_FALSE;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
		return int_of(j, &out->i64[row]) && fits(t, out->i64[row]);
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		return double_of(a, j, t->kind == MDL_T_FLOAT, &out->f64[row]);
	case MDL_T_DECIMAL:
		return decimal_of(a, j, t, &out->i128[row]);
	case MDL_T_INTERVAL:
		return calendar_of(a, j, &out->i128[row]);
	case MDL_T_BINARY:
		return j->kind == MDL_JSON_STRING && base64_of(a, string_of(a, j), &out->str[row]);
	case MDL_T_DATE:
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
		return time_of(a, j, t, zone, &out->i64[row]);
	default:
		return false;
	}
}

size_t mdl_json_to_column(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
			  const char *timezone, struct mdl_arena *a, struct mdl_vec *out, uint8_t *bad)
{
	const struct mdl_zone *zone = zone_of(timezone);
	const struct mdl_type *t = out->type;
	size_t k = 0;
	if (t->kind == MDL_T_STRING) {
		MDL_EACH(row, sel, n)
		{
			const struct mdl_json_value *j = &cells[row];
			out->valid[row] = j->kind > MDL_JSON_NULL;
			if (j->kind == MDL_JSON_STRING && !j->escaped)
				out->str[row] = token_text(j);
			else if (out->valid[row])
				out->str[row] = text_of(a, j);
		}
		return 0;
	}
	if (mdl_type_is_complex(t) || t->kind == MDL_T_ANY) {
		out->json = cells;
		MDL_EACH(row, sel, n)
		{
			bool ok = checks(t, &cells[row], zone, a);
			out->valid[row] = ok && cells[row].kind > MDL_JSON_NULL;
			bad[row] |= (uint8_t)!ok;
			k += !ok;
		}
		return k;
	}
	if (mdl_type_is_integral(t) || t->kind == MDL_T_DOUBLE) {
		uint32_t *rest = mdl_arena_alloc(a, (n + 1) * sizeof(*rest));
		size_t nrest = t->kind == MDL_T_DOUBLE
				       ? mdl_json_number_double(cells, sel, n, out->f64, out->valid, rest)
				       : mdl_json_number_whole(cells, sel, n, out->i64, out->valid, rest);
		if (t->kind != MDL_T_DOUBLE && t->kind != MDL_T_BIGINT)
			MDL_EACH(row, sel, n)
			{
				bool over = out->valid[row] && !fits(t, out->i64[row]);
				out->valid[row] &= (uint8_t)!over;
				bad[row] |= (uint8_t)over;
				k += over;
			}
		sel = rest;
		n = nrest;
	}
	MDL_EACH(row, sel, n)
	{
		const struct mdl_json_value *j = &cells[row];
		out->valid[row] = j->kind > MDL_JSON_NULL;
		if (out->valid[row] && !convert(j, zone, a, out, row)) {
			out->valid[row] = 0;
			bad[row] = 1;
			k++;
		}
	}
	return k;
}

const struct mdl_type *mdl_json_token_type(struct mdl_arena *a, const struct mdl_json_value *cell)
{
	struct mdl_json_iter it;
	int64_t v;
	switch ((enum mdl_json_kind)cell->kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		return &mdl_type_null;
	case MDL_JSON_FALSE:
	case MDL_JSON_TRUE:
		return &mdl_type_boolean;
	case MDL_JSON_INT:
		if (int_of(cell, &v))
			return &mdl_type_bigint;
		return cell->n - (cell->p[0] == '-') <= 38
			       ? mdl_type_decimal((unsigned)(cell->n - (cell->p[0] == '-')), 0)
			       : &mdl_type_double;
	case MDL_JSON_REAL:
		return &mdl_type_double;
	case MDL_JSON_STRING:
		return &mdl_type_string;
	case MDL_JSON_ARRAY:
		return mdl_type_array(a, &mdl_type_any);
	case MDL_JSON_OBJECT: {
		size_t n = 0, k = 0;
		mdl_json_iter_init(&it, cell);
		while (mdl_json_iter_next(&it))
			n++;
		struct mdl_field *f = mdl_arena_zalloc(a, (n + 1) * sizeof(*f));
		mdl_json_iter_init(&it, cell);
		while (mdl_json_iter_next(&it)) {
			char *d = mdl_arena_alloc(a, it.name.n + 1);
			f[k].name = (struct mdl_slice){d, mdl_json_unescape_to(d, it.name)};
			f[k++].type = &mdl_type_any;
		}
		return mdl_type_struct(a, f, n);
	}
	}
	return &mdl_type_null;
}
