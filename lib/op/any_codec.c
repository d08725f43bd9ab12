/* SPDX-License-Identifier: MIT
 *
 * Values as bytes: see any_codec.h.
 */
#include "op/any_codec.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "sql/decimal.h"
#include "json/text.h"

struct mdl_any mdl_any_codec_decoded(const struct mdl_any *x, struct mdl_arena *a)
{
	if (!x->raw)
		return *x;
	struct mdl_slice s = {x->json.p, x->json.n};
	struct mdl_any y = {.type = &mdl_type_null};
	switch ((enum mdl_json_kind)x->json.kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		return y;
	case MDL_JSON_TRUE:
	case MDL_JSON_FALSE:
		y.type = &mdl_type_boolean;
		y.b8 = x->json.kind == MDL_JSON_TRUE;
		return y;
	case MDL_JSON_INT:
		y.type = &mdl_type_bigint;
		if (mdl_num_parse_int64(s, &y.i64) == MDL_NUM_OK)
			return y;
		if (mdl_decimal_parse(s, (struct mdl_dec){38, 0}, &y.i128) == MDL_NUM_OK) {
			y.type = mdl_type_decimal(mdl_decimal_digits(y.i128), 0);
			return y;
		}
		/* fall through */
	case MDL_JSON_REAL:
		y.type = &mdl_type_double;
		mdl_num_parse_double(s, &y.f64);
		return y;
	case MDL_JSON_STRING:
		y.type = &mdl_type_string;
		y.str = s;
		if (x->json.escaped) {
			char *d = mdl_arena_alloc(a, s.n + 1);
			y.str = (struct mdl_slice){d, mdl_json_unescape_to(d, s)};
		}
		return y;
	case MDL_JSON_ARRAY:
	case MDL_JSON_OBJECT:
		break;
	}
	return *x;
}

static void put_u64(struct mdl_buf *b, uint64_t v)
{
	v = htobe64(v);
	mdl_buf_put(b, &v, sizeof(v));
}

/* Signed integers in order: the sign bit turned, most significant byte first. */
static void put_i64(struct mdl_buf *b, int64_t v)
{
	put_u64(b, (uint64_t)v ^ UINT64_C(1) << 63);
}

static void put_f64(struct mdl_buf *b, double v)
{
	uint64_t u;
	if (v == 0)
		v = 0; /* -0.0 is 0.0 in Spark's groups */
	if (isnan(v))
		v = NAN;
	memcpy(&u, &v, sizeof(u));
	put_u64(b, u >> 63 ? ~u : u | UINT64_C(1) << 63);
}

static void put_i128(struct mdl_buf *b, mdl_i128 v)
{
	put_i64(b, (int64_t)(v >> 64));
	put_u64(b, (uint64_t)v);
}

/* Text, ended by 00 00; a zero byte in it is 00 FF. */
static void put_text(struct mdl_buf *b, struct mdl_slice s)
{
	const char *p = s.p, *end = s.p + s.n, *z;
	while (p < end && (z = memchr(p, 0, (size_t)(end - p)))) {
		mdl_buf_put(b, p, (size_t)(z - p) + 1);
		mdl_buf_putc(b, (char)0xff);
		p = z + 1;
	}
	mdl_buf_put(b, p, (size_t)(end - p));
	mdl_buf_put(b, "\0\0", 2);
}

/* The tag: NULL is 0, so that it comes first; kinds + 1; ANY's slot stands for JSON text. */
void mdl_any_codec_put(struct mdl_buf *b, const struct mdl_any *x)
{
	const struct mdl_type *t = x->type;
	if (x->raw || mdl_type_is_complex(t)) {
		struct mdl_buf json = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_any_to_json(&json, x);
		mdl_buf_putc(b, (char)(MDL_T_ANY + 1));
		put_text(b, mdl_buf_slice(&json));
		mdl_buf_free(&json);
		return;
	}
	mdl_buf_putc(b, (char)(t->kind == MDL_T_NULL ? 0 : t->kind + 1));
	switch (t->kind) {
	case MDL_T_NULL:
	case MDL_T_ANY:
		return;
	case MDL_T_BOOLEAN:
		mdl_buf_putc(b, (char)x->b8);
		return;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		put_f64(b, x->f64);
		return;
	case MDL_T_DECIMAL:
		mdl_buf_putc(b, (char)t->precision);
		mdl_buf_putc(b, (char)t->scale);
		put_i128(b, x->i128);
		return;
	case MDL_T_INTERVAL:
		put_i128(b, x->i128);
		return;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		put_text(b, x->str);
		return;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		mdl_buf_putc(b, (char)t->from);
		mdl_buf_putc(b, (char)t->to);
		put_i64(b, x->i64);
		return;
	default:
		put_i64(b, x->i64);
	}
}

static bool get_u64(const char **p, const char *end, uint64_t *v)
{
	if (end - *p < 8)
		return false;
	memcpy(v, *p, 8);
	*v = be64toh(*v);
	*p += 8;
	return true;
}

static bool get_i64(const char **p, const char *end, int64_t *v)
{
	uint64_t u;
	if (!get_u64(p, end, &u))
		return false;
	*v = (int64_t)(u ^ UINT64_C(1) << 63);
	return true;
}

static bool get_i128(const char **p, const char *end, mdl_i128 *v)
{
	int64_t high;
	uint64_t low;
	if (!get_i64(p, end, &high) || !get_u64(p, end, &low))
		return false;
	*v = (mdl_i128)((unsigned __int128)(uint64_t)high << 64 | low);
	return true;
}

/* Two small numbers of a type. As uint8_t, for char has a sign on some processors only. */
static bool get_two(const char **p, const char *end, uint8_t v[2])
{
	if (end - *p < 2)
		return false;
	memcpy(v, *p, 2);
	*p += 2;
	return true;
}

static bool get_text(const char **p, const char *end, struct mdl_slice *s, struct mdl_arena *a)
{
	char *d = mdl_arena_alloc(a, (size_t)(end - *p) + 1);
	size_t n = 0;
	for (const char *q = *p; end - q >= 2; q++) {
		if (q[0] == 0 && q[1] == 0) {
			*s = (struct mdl_slice){d, n};
			*p = q + 2;
			return true;
		}
		d[n++] = *q;
		q += q[0] == 0;
	}
	return false;
}

static const struct mdl_type *simple_type(enum mdl_kind k)
{
	static const struct mdl_type *const types[] = {
		[MDL_T_BOOLEAN] = &mdl_type_boolean,     [MDL_T_TINYINT] = &mdl_type_tinyint,
		[MDL_T_SMALLINT] = &mdl_type_smallint,   [MDL_T_INT] = &mdl_type_int,
		[MDL_T_BIGINT] = &mdl_type_bigint,       [MDL_T_FLOAT] = &mdl_type_float,
		[MDL_T_DOUBLE] = &mdl_type_double,       [MDL_T_STRING] = &mdl_type_string,
		[MDL_T_BINARY] = &mdl_type_binary,       [MDL_T_DATE] = &mdl_type_date,
		[MDL_T_TIMESTAMP] = &mdl_type_timestamp, [MDL_T_TIMESTAMP_NTZ] = &mdl_type_timestamp_ntz,
	};
	return k < sizeof(types) / sizeof(*types) ? types[k] : NULL;
}

bool mdl_any_codec_get(const char **p, const char *end, struct mdl_any *x, struct mdl_arena *a)
{
	memset(x, 0, sizeof(*x));
	x->type = &mdl_type_null;
	if (*p >= end)
		return false;
	unsigned char tag = (unsigned char)*(*p)++;
	if (tag == 0)
		return true;
	enum mdl_kind k = (enum mdl_kind)(tag - 1);
	uint64_t u;
	uint8_t two[2];
	switch (k) {
	case MDL_T_ANY: {
		struct mdl_slice s;
		if (!get_text(p, end, &s, a) || !s.n)
			return false;
		x->type = &mdl_type_any;
		x->raw = true;
		x->json = (struct mdl_json_value){.p = s.p,
						  .n = (uint32_t)s.n,
						  .kind = s.p[0] == '[' ? MDL_JSON_ARRAY : MDL_JSON_OBJECT};
		return true;
	}
	case MDL_T_BOOLEAN:
		if (*p >= end)
			return false;
		x->b8 = (uint8_t) * (*p)++;
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		if (!get_u64(p, end, &u))
			return false;
		u = u >> 63 ? u & ~(UINT64_C(1) << 63) : ~u;
		memcpy(&x->f64, &u, sizeof(u));
		break;
	case MDL_T_DECIMAL: {
		if (!get_two(p, end, two) || two[0] < 1 || two[0] > 38 || two[1] > two[0])
			return false;
		x->type = mdl_type_decimal(two[0], two[1]);
		return get_i128(p, end, &x->i128);
	}
	case MDL_T_INTERVAL:
		x->type = &mdl_type_interval_all;
		return get_i128(p, end, &x->i128);
	case MDL_T_STRING:
	case MDL_T_BINARY:
		if (!get_text(p, end, &x->str, a))
			return false;
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		if (!get_two(p, end, two) || two[0] > MDL_U_SECOND || two[1] > MDL_U_SECOND)
			return false;
		x->type = mdl_type_interval((enum mdl_unit)two[0], (enum mdl_unit)two[1]);
		return get_i64(p, end, &x->i64);
	default:
		if (!get_i64(p, end, &x->i64))
			return false;
	}
	x->type = simple_type(k);
	return x->type != NULL;
}

double mdl_any_codec_double(const struct mdl_any *x)
{
	if (mdl_type_is_fractional(x->type))
		return x->f64;
	if (x->type->kind == MDL_T_DECIMAL)
		return mdl_decimal_to_double(x->i128, x->type->scale);
	return (double)x->i64;
}

static int cmp_double(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

/* An integer or decimal as unscaled value and scale. */
static mdl_i128 unscaled(const struct mdl_any *x, unsigned *scale)
{
	bool decimal = x->type->kind == MDL_T_DECIMAL;
	*scale = decimal ? x->type->scale : 0;
	return decimal ? x->i128 : x->i64;
}

int mdl_any_codec_cmp(const struct mdl_any *a, const struct mdl_any *b)
{
	enum mdl_kind ka = a->type->kind, kb = b->type->kind;
	if (ka == MDL_T_NULL || kb == MDL_T_NULL)
		return (kb == MDL_T_NULL) - (ka == MDL_T_NULL);
	if (mdl_type_is_numeric(a->type) && mdl_type_is_numeric(b->type)) {
		if (mdl_type_is_fractional(a->type) || mdl_type_is_fractional(b->type))
			return cmp_double(mdl_any_codec_double(a), mdl_any_codec_double(b));
		if (ka == MDL_T_DECIMAL || kb == MDL_T_DECIMAL) {
			unsigned as, bs;
			mdl_i128 x = unscaled(a, &as), y = unscaled(b, &bs);
			return mdl_decimal_cmp(x, as, y, bs);
		}
		return (a->i64 > b->i64) - (a->i64 < b->i64);
	}
	if (ka != kb || a->raw || b->raw)
		return (ka > kb) - (ka < kb);
	if (ka == MDL_T_STRING || ka == MDL_T_BINARY)
		return mdl_slice_cmp(a->str, b->str);
	if (ka == MDL_T_BOOLEAN)
		return (int)a->b8 - (int)b->b8;
	return (a->i64 > b->i64) - (a->i64 < b->i64);
}
