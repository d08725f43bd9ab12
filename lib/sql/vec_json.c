/* SPDX-License-Identifier: MIT
 *
 * Values as JSON text: see value.h. Bytes of untouched columns go out as they came.
 */
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/decimal.h"
#include "sql/value.h"
#include "json/text.h"

static void put_token(struct mdl_buf *out, const struct mdl_json_value *j)
{
	switch ((enum mdl_json_kind)j->kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		mdl_buf_puts(out, "null");
		break;
	case MDL_JSON_STRING:
		mdl_buf_putc(out, '"');
		mdl_buf_put(out, j->p, j->n);
		mdl_buf_putc(out, '"');
		break;
	case MDL_JSON_TRUE:
		mdl_buf_puts(out, "true");
		break;
	case MDL_JSON_FALSE:
		mdl_buf_puts(out, "false");
		break;
	default:
		mdl_buf_put(out, j->p, j->n);
	}
}

static void put_base64(struct mdl_buf *out, struct mdl_slice s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	mdl_buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i += 3) {
		unsigned v = (unsigned)(unsigned char)s.p[i] << 16;
		v |= i + 1 < s.n ? (unsigned)(unsigned char)s.p[i + 1] << 8 : 0;
		v |= i + 2 < s.n ? (unsigned char)s.p[i + 2] : 0;
		mdl_buf_putc(out, digits[v >> 18]);
		mdl_buf_putc(out, digits[v >> 12 & 63]);
		mdl_buf_putc(out, i + 1 < s.n ? digits[v >> 6 & 63] : '=');
		mdl_buf_putc(out, i + 2 < s.n ? digits[v & 63] : '=');
	}
	mdl_buf_putc(out, '"');
}

static void put_double(struct mdl_buf *out, double v, bool narrow)
{
	if (isnan(v) || isinf(v)) {
		mdl_buf_puts(out, isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	} else if (narrow) {
		mdl_num_write_float(out, (float)v);
	} else {
		mdl_num_write_double(out, v);
	}
}

static void put_time(struct mdl_buf *out, int64_t us, bool utc)
{
	char s[MDL_TIMESTAMP_MAX];
	mdl_buf_putc(out, '"');
	mdl_buf_put(out, s, mdl_timestamp_put_iso(s, us, utc));
	mdl_buf_putc(out, '"');
}

static const char *const units[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

static void end_interval(struct mdl_buf *out, const struct mdl_type *t)
{
	mdl_buf_printf(out, "' %s", units[t->from]);
	if (t->to != t->from)
		mdl_buf_printf(out, " TO %s", units[t->to]);
	mdl_buf_putc(out, '"');
}

/* INTERVAL '1 02:03:04' DAY TO SECOND, as Spark's ANSI style has it: the first field is whole, the others have two digits. */
static void put_interval_dt(struct mdl_buf *out, int64_t us, const struct mdl_type *t)
{
	static const uint64_t size[] = {0, 0, UINT64_C(86400000000), UINT64_C(3600000000), 60000000, 1000000};
	static const char *const before[] = {"", "", "", " ", ":", ":"};
	uint64_t u = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	mdl_buf_printf(out, "\"INTERVAL '%s", us < 0 ? "-" : "");
	for (unsigned f = t->from; f <= t->to; f++) {
		bool first = f == t->from;
		mdl_buf_printf(out, first && f == MDL_U_DAY ? "%s%llu" : "%s%02llu", first ? "" : before[f],
			       (unsigned long long)(u / size[f]));
		u %= size[f];
	}
	if (t->to == MDL_U_SECOND && u) {
		char f[8];
		int n = snprintf(f, sizeof(f), "%06u", (unsigned)u);
		while (n > 0 && f[n - 1] == '0')
			n--;
		mdl_buf_printf(out, ".%.*s", n, f);
	}
	end_interval(out, t);
}

static void put_interval_ym(struct mdl_buf *out, int64_t months, const struct mdl_type *t)
{
	uint64_t m = months < 0 ? 0 - (uint64_t)months : (uint64_t)months;
	mdl_buf_printf(out, "\"INTERVAL '%s", months < 0 ? "-" : "");
	if (t->from == MDL_U_YEAR)
		mdl_buf_printf(out, "%llu", (unsigned long long)(m / 12));
	if (t->from != t->to)
		mdl_buf_putc(out, '-');
	if (t->to == MDL_U_MONTH)
		mdl_buf_printf(out, "%llu", (unsigned long long)(t->from == MDL_U_MONTH ? m : m % 12));
	end_interval(out, t);
}

static void put_struct(struct mdl_buf *out, const struct mdl_vec *v, size_t row)
{
	mdl_buf_putc(out, '{');
	for (size_t i = 0; i < v->type->nfields; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_json_quote(out, v->type->fields[i].name);
		mdl_buf_putc(out, ':');
		mdl_vec_to_json(out, v->child[i], row);
	}
	mdl_buf_putc(out, '}');
}

static void put_nested(struct mdl_buf *out, const struct mdl_vec *v, size_t row)
{
	struct mdl_span s;
	if (v->type->kind == MDL_T_STRUCT) {
		put_struct(out, v, row);
		return;
	}
	s = v->span[row];
	bool map = v->type->kind == MDL_T_MAP;
	mdl_buf_putc(out, map ? '{' : '[');
	for (uint32_t i = 0; i < s.n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		if (map) {
			if (v->child[0]->type->kind == MDL_T_STRING) {
				mdl_vec_to_json(out, v->child[0], s.at + i);
			} else {
				mdl_buf_putc(out, '"');
				mdl_vec_to_json(out, v->child[0], s.at + i);
				mdl_buf_putc(out, '"');
			}
			mdl_buf_putc(out, ':');
		}
		mdl_vec_to_json(out, v->child[map], s.at + i);
	}
	mdl_buf_putc(out, map ? '}' : ']');
}

static void put_date(struct mdl_buf *out, int64_t days)
{
	char s[MDL_TIMESTAMP_MAX];
	mdl_buf_putc(out, '"');
	mdl_buf_put(out, s, mdl_timestamp_put_date(s, days));
	mdl_buf_putc(out, '"');
}

static void put_decimal(struct mdl_buf *out, mdl_i128 v, unsigned scale)
{
	char s[MDL_DECIMAL_MAX];
	mdl_buf_put(out, s, mdl_decimal_put_plain(s, v, scale));
}

void mdl_any_to_json(struct mdl_buf *out, const struct mdl_any *x)
{
	if (x->raw) {
		put_token(out, &x->json);
		return;
	}
	switch (x->type->kind) {
	case MDL_T_NULL:
		mdl_buf_puts(out, "null");
		break;
	case MDL_T_BOOLEAN:
		mdl_buf_puts(out, x->b8 ? "true" : "false");
		break;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
		mdl_num_write_int64(out, x->i64);
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		put_double(out, x->f64, x->type->kind == MDL_T_FLOAT);
		break;
	case MDL_T_DECIMAL:
		put_decimal(out, x->i128, x->type->scale);
		break;
	case MDL_T_STRING:
		mdl_json_quote(out, x->str);
		break;
	case MDL_T_BINARY:
		put_base64(out, x->str);
		break;
	case MDL_T_DATE:
		put_date(out, x->i64);
		break;
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
		put_time(out, x->i64, x->type->kind == MDL_T_TIMESTAMP);
		break;
	case MDL_T_INTERVAL_DT:
		put_interval_dt(out, x->i64, x->type);
		break;
	case MDL_T_INTERVAL_YM:
		put_interval_ym(out, x->i64, x->type);
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		put_nested(out, x->vec, x->row);
		break;
	case MDL_T_ANY:
		mdl_bug("a value of type ANY");
	}
}

void mdl_vec_to_json(struct mdl_buf *out, const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	if (!v->valid[r]) {
		mdl_buf_puts(out, "null");
	} else if (v->json) {
		put_token(out, &v->json[r]);
	} else {
		struct mdl_any x = mdl_vec_get(v, r);
		mdl_any_to_json(out, &x);
	}
}
