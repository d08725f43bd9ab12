/* SPDX-License-Identifier: MIT
 *
 * Values as JSON text: see value.h. Bytes of untouched columns go out as they came.
 */
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/cast_text.h"
#include "sql/datetime_pattern.h"
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

static const struct mdl_json_style plain = {0};

static void put_pattern(struct mdl_buf *out, const struct mdl_pattern *p, int64_t local_us,
			const struct mdl_zone *zone)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	mdl_pattern_write(&b, p, local_us, zone);
	mdl_json_quote(out, mdl_buf_slice(&b));
	mdl_buf_free(&b);
}

/* An offset of whole minutes as "-08:00", others (of the time before railways) with their seconds. */
static void put_offset(struct mdl_buf *out, int64_t seconds)
{
	unsigned v = (unsigned)(seconds < 0 ? -seconds : seconds);
	mdl_buf_printf(out, "%c%02u:%02u", seconds < 0 ? '-' : '+', v / 3600, v / 60 % 60);
	if (v % 60)
		mdl_buf_printf(out, ":%02u", v % 60);
}

static void put_time(struct mdl_buf *out, int64_t us, const struct mdl_type *t,
		     const struct mdl_json_style *st)
{
	char s[MDL_TIMESTAMP_MAX];
	bool ntz = t->kind == MDL_T_TIMESTAMP_NTZ;
	const struct mdl_pattern *p = ntz ? st->timestamp_ntz : st->timestamp;
	const struct mdl_zone *zone = ntz || !st->zone ? mdl_zone_utc : st->zone;
	int64_t local = mdl_zone_to_local(zone, us);
	if (p) {
		put_pattern(out, p, local, zone);
		return;
	}
	mdl_buf_putc(out, '"');
	mdl_buf_put(out, s, mdl_timestamp_put_iso(s, local, !ntz && zone == mdl_zone_utc));
	if (zone != mdl_zone_utc)
		put_offset(out, (local - us) / MDL_US_SECOND);
	mdl_buf_putc(out, '"');
}

/* As Spark's results show it, all fields of its family: "1-2", "3 04:05:06.700000000"; CAST reads it back. */
static void put_interval(struct mdl_buf *out, int64_t v, const struct mdl_type *t,
			 const struct mdl_json_style *st)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	unsigned long long s = (unsigned long long)(u / (uint64_t)MDL_US_SECOND), m = u;
	mdl_buf_putc(out, '"');
	if (st->to_json)
		mdl_cast_text_interval(out, t, v);
	else if (t->kind == MDL_T_INTERVAL_YM)
		mdl_buf_printf(out, "%s%llu-%llu", v < 0 ? "-" : "", m / 12, m % 12);
	else
		mdl_buf_printf(out, "%s%llu %02llu:%02llu:%02llu.%06u000", v < 0 ? "-" : "", s / 86400,
			       s / 3600 % 24, s / 60 % 60, s % 60, (unsigned)(u % (uint64_t)MDL_US_SECOND));
	mdl_buf_putc(out, '"');
}

static void put_struct(struct mdl_buf *out, const struct mdl_vec *v, size_t row,
		       const struct mdl_json_style *st)
{
	bool first = true;
	mdl_buf_putc(out, '{');
	for (size_t i = 0; i < v->type->nfields; i++) {
		if (st->to_json && !st->keep_null && !v->child[i]->valid[mdl_row(v->child[i], row)])
			continue;
		if (!first)
			mdl_buf_putc(out, ',');
		first = false;
		mdl_json_quote(out, v->type->fields[i].name);
		mdl_buf_putc(out, ':');
		mdl_vec_to_json_as(out, v->child[i], row, st);
	}
	mdl_buf_putc(out, '}');
}

/* A map's key is a text; numbers and times as CAST writes them. */
static void put_key(struct mdl_buf *out, const struct mdl_vec *v, size_t row, const struct mdl_json_style *st)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	if (v->json) {
		put_token(out, &v->json[mdl_row(v, row)]);
		return;
	}
	if (st->to_json && v->type->kind == MDL_T_STRUCT) { /* the text of Spark's inner row */
		mdl_buf_putc(&b, '[');
		for (size_t i = 0; i < v->type->nfields; i++) {
			size_t r = mdl_row(v->child[i], mdl_row(v, row));
			mdl_buf_puts(&b, i ? "," : "");
			if (v->child[i]->valid[r])
				mdl_cast_text_put(&b, v->child[i], r, st->zone ? st->zone : mdl_zone_utc,
						  true);
			else
				mdl_buf_puts(&b, "null");
		}
		mdl_buf_putc(&b, ']');
	} else
		mdl_cast_text_put(&b, v, row, st->zone ? st->zone : mdl_zone_utc, true);
	mdl_json_quote(out, mdl_buf_slice(&b));
	mdl_buf_free(&b);
}

static void put_nested(struct mdl_buf *out, const struct mdl_vec *v, size_t row,
		       const struct mdl_json_style *st)
{
	struct mdl_span s;
	if (v->type->kind == MDL_T_STRUCT) {
		put_struct(out, v, row, st);
		return;
	}
	s = v->span[row];
	bool map = v->type->kind == MDL_T_MAP;
	mdl_buf_putc(out, map ? '{' : '[');
	for (uint32_t i = 0; i < s.n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		if (map) {
			put_key(out, v->child[0], s.at + i, st);
			mdl_buf_putc(out, ':');
		}
		mdl_vec_to_json_as(out, v->child[map], s.at + i, st);
	}
	mdl_buf_putc(out, map ? '}' : ']');
}

static void put_date(struct mdl_buf *out, int64_t days, const struct mdl_json_style *st)
{
	char s[MDL_TIMESTAMP_MAX];
	int64_t us;
	if (st->date && !__builtin_mul_overflow(days, MDL_US_DAY, &us)) {
		put_pattern(out, st->date, us, mdl_zone_utc);
		return;
	}
	mdl_buf_putc(out, '"');
	mdl_buf_put(out, s, mdl_timestamp_put_date(s, days));
	mdl_buf_putc(out, '"');
}

static void put_clock(struct mdl_buf *out, const struct mdl_any *x)
{
	uint8_t valid = 1;
	int64_t us = x->i64;
	struct mdl_vec v = {.type = x->type, .valid = &valid, .i64 = &us};
	mdl_buf_putc(out, '"');
	mdl_cast_text_put(out, &v, 0, mdl_zone_utc, true);
	mdl_buf_putc(out, '"');
}

static void put_decimal(struct mdl_buf *out, mdl_i128 v, unsigned scale)
{
	char s[MDL_DECIMAL_MAX];
	mdl_buf_put(out, s, mdl_decimal_put_plain(s, v, scale));
}

void mdl_any_to_json_as(struct mdl_buf *out, const struct mdl_any *x, const struct mdl_json_style *st)
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
		put_date(out, x->i64, st);
		break;
	case MDL_T_TIMESTAMP:
	case MDL_T_TIMESTAMP_NTZ:
		put_time(out, x->i64, x->type, st);
		break;
	case MDL_T_TIME:
		put_clock(out, x);
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		put_interval(out, x->i64, x->type, st);
		break;
	case MDL_T_INTERVAL:
		mdl_buf_putc(out, '"');
		mdl_calendar_put(out, mdl_calendar_unpack(x->i128));
		mdl_buf_putc(out, '"');
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		put_nested(out, x->vec, x->row, st);
		break;
	case MDL_T_ANY:
		mdl_bug("a value of type ANY");
	}
}

/* The usual types without the way over a struct mdl_any; false: V has another. */
static inline bool put_usual(struct mdl_buf *out, const struct mdl_vec *v, size_t r)
{
	switch (v->type->kind) {
	case MDL_T_STRING:
		mdl_json_quote(out, v->str[r]);
		return true;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
		mdl_num_write_int64(out, v->i64[r]);
		return true;
	case MDL_T_BOOLEAN:
		mdl_buf_puts(out, v->b8[r] ? "true" : "false");
		return true;
	case MDL_T_DOUBLE:
		put_double(out, v->f64[r], false);
		return true;
	default:
		return false;
	}
}

void mdl_vec_to_json_as(struct mdl_buf *out, const struct mdl_vec *v, size_t row,
			const struct mdl_json_style *st)
{
	size_t r = mdl_row(v, row);
	if (!v->valid[r]) {
		mdl_buf_puts(out, "null");
	} else if (v->json) {
		put_token(out, &v->json[r]);
	} else if (!put_usual(out, v, r)) {
		struct mdl_any x = mdl_vec_get(v, r);
		mdl_any_to_json_as(out, &x, st);
	}
}

void mdl_vec_to_json(struct mdl_buf *out, const struct mdl_vec *v, size_t row)
{
	mdl_vec_to_json_as(out, v, row, &plain);
}

void mdl_any_to_json(struct mdl_buf *out, const struct mdl_any *x)
{
	mdl_any_to_json_as(out, x, &plain);
}
