/* SPDX-License-Identifier: MIT
 *
 * Values as text: see cast_text.h.
 */
#include "sql/cast_text.h"

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/calendar.h"
#include "sql/decimal.h"
#include "json/text.h"

static const char *const unit_names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

static void put_seconds(struct mdl_buf *out, uint64_t us, bool pad)
{
	mdl_buf_printf(out, pad ? "%02d" : "%d", (int)(us / (uint64_t)MDL_US_SECOND));
	unsigned frac = (unsigned)(us % (uint64_t)MDL_US_SECOND);
	if (frac) {
		char t[8];
		int n = snprintf(t, sizeof(t), ".%06u", frac);
		while (t[n - 1] == '0')
			n--;
		mdl_buf_put(out, t, (size_t)n);
	}
}

void mdl_cast_text_interval(struct mdl_buf *out, const struct mdl_type *t, int64_t v)
{
	uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	mdl_buf_puts(out, "INTERVAL '");
	if (v < 0)
		mdl_buf_putc(out, '-');
	if (t->kind == MDL_T_INTERVAL_YM) {
		if (t->from == t->to)
			mdl_num_write_int64(out, (int64_t)(t->from == MDL_U_YEAR ? m / 12 : m));
		else
			mdl_buf_printf(out, "%llu-%llu", (unsigned long long)(m / 12),
				       (unsigned long long)(m % 12));
	} else {
		static const uint64_t size[] = {0, 0, (uint64_t)MDL_US_DAY, (uint64_t)MDL_US_HOUR,
						(uint64_t)MDL_US_MINUTE};
		for (unsigned u = t->from; u <= t->to; u++) {
			if (u > t->from)
				mdl_buf_putc(out, u == MDL_U_HOUR ? ' ' : ':');
			if (u == MDL_U_SECOND) {
				put_seconds(out, m, true);
				break;
			}
			mdl_buf_printf(out, u == MDL_U_DAY ? "%llu" : "%02llu",
				       (unsigned long long)(m / size[u]));
			m %= size[u];
		}
	}
	mdl_buf_printf(out, "' %s", unit_names[t->from]);
	if (t->from != t->to)
		mdl_buf_printf(out, " TO %s", unit_names[t->to]);
}

static void put_item(struct mdl_buf *out, const struct mdl_vec *v, size_t row, const struct mdl_zone *zone,
		     bool ansi)
{
	if (v->valid[mdl_row(v, row)])
		mdl_cast_text_put(out, v, row, zone, ansi);
	else
		mdl_buf_puts(out, "null");
}

static void put_nested(struct mdl_buf *out, const struct mdl_vec *v, size_t row, const struct mdl_zone *zone,
		       bool ansi)
{
	bool list = v->type->kind == MDL_T_ARRAY;
	mdl_buf_putc(out, list ? '[' : '{');
	if (v->type->kind == MDL_T_STRUCT) {
		for (size_t i = 0; i < v->type->nfields; i++) {
			if (i)
				mdl_buf_puts(out, ", ");
			put_item(out, v->child[i], row, zone, ansi);
		}
	} else {
		struct mdl_span s = v->span[mdl_row(v, row)];
		for (uint32_t i = 0; i < s.n; i++) {
			if (i)
				mdl_buf_puts(out, ", ");
			put_item(out, v->child[0], s.at + i, zone, ansi);
			if (!list) {
				mdl_buf_puts(out, " -> ");
				put_item(out, v->child[1], s.at + i, zone, ansi);
			}
		}
	}
	mdl_buf_putc(out, list ? ']' : '}');
}

static void put_binary(struct mdl_buf *out, struct mdl_slice s)
{
	while (s.n) {
		size_t ok = mdl_utf8_valid_upto(s);
		mdl_buf_put(out, s.p, ok);
		s.p += ok;
		s.n -= ok;
		if (s.n) {
			mdl_buf_puts(out, "\xef\xbf\xbd");
			s.p++;
			s.n--;
		}
	}
}

void mdl_cast_text_put(struct mdl_buf *out, const struct mdl_vec *v, size_t row, const struct mdl_zone *zone,
		       bool ansi)
{
	size_t r = mdl_row(v, row);
	if (!mdl_buf_reserve(out, 64))
		return;
	char *p = out->p + out->n;
	switch (v->type->kind) {
	case MDL_T_BOOLEAN:
		mdl_buf_puts(out, v->b8[r] ? "true" : "false");
		break;
	case MDL_T_TINYINT:
	case MDL_T_SMALLINT:
	case MDL_T_INT:
	case MDL_T_BIGINT:
		out->n += mdl_num_put_int64(p, v->i64[r]);
		break;
	case MDL_T_FLOAT:
		out->n += mdl_num_put_float(p, (float)v->f64[r]);
		break;
	case MDL_T_DOUBLE:
		out->n += mdl_num_put_double(p, v->f64[r]);
		break;
	case MDL_T_DECIMAL:
		out->n += ansi ? mdl_decimal_put_plain(p, v->i128[r], v->type->scale)
			       : mdl_decimal_put_java(p, v->i128[r], v->type->scale);
		break;
	case MDL_T_STRING:
		mdl_buf_puts_slice(out, v->str[r]);
		break;
	case MDL_T_BINARY:
		put_binary(out, v->str[r]);
		break;
	case MDL_T_DATE:
		out->n += mdl_timestamp_put_date(p, v->i64[r]);
		break;
	case MDL_T_TIMESTAMP:
		out->n += mdl_timestamp_put_text(p, mdl_zone_to_local(zone, v->i64[r]));
		break;
	case MDL_T_TIMESTAMP_NTZ:
		out->n += mdl_timestamp_put_text(p, v->i64[r]);
		break;
	case MDL_T_TIME:
		mdl_buf_printf(out, "%02d:%02d:", (int)(v->i64[r] / MDL_US_HOUR),
			       (int)(v->i64[r] / MDL_US_MINUTE % 60));
		put_seconds(out, (uint64_t)(v->i64[r] % MDL_US_MINUTE), true);
		break;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		mdl_cast_text_interval(out, v->type, v->i64[r]);
		break;
	case MDL_T_INTERVAL:
		mdl_calendar_put(out, mdl_calendar_unpack(v->i128[r]));
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
	case MDL_T_STRUCT:
		put_nested(out, v, row, zone, ansi);
		break;
	case MDL_T_ANY:
		mdl_any_to_json(out, &v->any[r]);
		break;
	case MDL_T_NULL:
		break;
	}
}
