/* SPDX-License-Identifier: MIT
 *
 * Dates and timestamps: see timestamp.h. The calendar is Howard Hinnant's method of
 * eras of 400 years with years that begin in March.
 */
#include "base/timestamp.h"

#include <string.h>

#include "base/num.h"

bool mdl_timestamp_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int mdl_timestamp_month_days(int64_t year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && mdl_timestamp_leap(year));
}

int64_t mdl_timestamp_days(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = mdl_floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void mdl_timestamp_date_fields(int64_t days, struct mdl_civil *c)
{
	int64_t z = days + 719468;
	int64_t era = mdl_floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = yoe + era * 400 + (c->month <= 2);
}

void mdl_timestamp_fields(int64_t local_us, struct mdl_civil *c)
{
	int64_t days = mdl_floor_div(local_us, MDL_US_DAY);
	int64_t us = local_us - days * MDL_US_DAY;
	mdl_timestamp_date_fields(days, c);
	c->us = (int)(us % MDL_US_SECOND);
	int s = (int)(us / MDL_US_SECOND);
	c->second = s % 60;
	c->minute = s / 60 % 60;
	c->hour = s / 3600;
}

bool mdl_timestamp_from_fields(const struct mdl_civil *c, int64_t *local_us)
{
	int64_t us = ((c->hour * 60 + c->minute) * 60 + c->second) * MDL_US_SECOND + c->us, v;
	int64_t days = mdl_timestamp_days(c->year, c->month, c->day);
	/* The least timestamps lie inside a day whose start does not fit: count them from its end. */
	if (days < 0) {
		days++;
		us -= MDL_US_DAY;
	}
	return !__builtin_mul_overflow(days, MDL_US_DAY, &v) && !__builtin_add_overflow(v, us, local_us);
}

bool mdl_timestamp_fields_valid(const struct mdl_civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= mdl_timestamp_month_days(c->year, c->month) && c->hour >= 0 && c->hour < 24 &&
	       c->minute >= 0 && c->minute < 60 && c->second >= 0 && c->second < 60;
}

int mdl_timestamp_day_of_year(int64_t days)
{
	struct mdl_civil c;
	mdl_timestamp_date_fields(days, &c);
	return (int)(days - mdl_timestamp_days(c.year, 1, 1)) + 1;
}

int mdl_timestamp_weekday(int64_t days)
{
	return (int)mdl_floor_mod(days + 3, 7) + 1;
}

int mdl_timestamp_iso_week(int64_t days, int64_t *week_year)
{
	/* A week belongs to the year of its Thursday. */
	int64_t thursday = days - mdl_timestamp_weekday(days) + 4;
	struct mdl_civil c;
	mdl_timestamp_date_fields(thursday, &c);
	if (week_year)
		*week_year = c.year;
	return (int)(thursday - mdl_timestamp_days(c.year, 1, 1)) / 7 + 1;
}

int64_t mdl_timestamp_add_months(int64_t days, int64_t n)
{
	struct mdl_civil c;
	mdl_timestamp_date_fields(days, &c);
	int64_t m = c.year * 12 + c.month - 1 + n;
	int64_t year = mdl_floor_div(m, 12);
	int month = (int)(m - year * 12) + 1, last = mdl_timestamp_month_days(year, month);
	return mdl_timestamp_days(year, month, c.day < last ? c.day : last);
}

/* ---- writing ---- */

static char *put2(char *p, int v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

static char *put_date(char *p, const struct mdl_civil *c)
{
	int64_t y = c->year;
	if (y >= 0 && y <= 9999) {
		p = put2(p, (int)y / 100);
		p = put2(p, (int)y % 100);
	} else {
		*p++ = y < 0 ? '-' : '+';
		y = y < 0 ? -y : y;
		for (int64_t k = 1000; k > y; k /= 10)
			*p++ = '0';
		p += mdl_num_put_int64(p, y);
	}
	*p++ = '-';
	p = put2(p, c->month);
	*p++ = '-';
	return put2(p, c->day);
}

static char *put_time(char *p, const struct mdl_civil *c)
{
	p = put2(p, c->hour);
	*p++ = ':';
	p = put2(p, c->minute);
	*p++ = ':';
	p = put2(p, c->second);
	if (c->us) {
		*p++ = '.';
		p = put2(p, c->us / 10000);
		p = put2(p, c->us / 100 % 100);
		p = put2(p, c->us % 100);
		while (p[-1] == '0')
			p--;
	}
	return p;
}

size_t mdl_timestamp_put_date(char *p, int64_t days)
{
	struct mdl_civil c;
	mdl_timestamp_date_fields(days, &c);
	return (size_t)(put_date(p, &c) - p);
}

static char *put_both(char *p, int64_t local_us, char between)
{
	struct mdl_civil c;
	mdl_timestamp_fields(local_us, &c);
	p = put_date(p, &c);
	*p++ = between;
	return put_time(p, &c);
}

size_t mdl_timestamp_put_text(char *p, int64_t local_us)
{
	return (size_t)(put_both(p, local_us, ' ') - p);
}

size_t mdl_timestamp_put_iso(char *p, int64_t local_us, bool utc)
{
	char *end = put_both(p, local_us, 'T');
	if (utc)
		*end++ = 'Z';
	return (size_t)(end - p);
}

/* ---- reading ---- */

static bool is_space(char c)
{
	/* UTF8String.trimAll: white space and ISO control characters. */
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static struct mdl_slice trim(struct mdl_slice s)
{
	while (s.n && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

bool mdl_timestamp_parse_date(struct mdl_slice s, int64_t *days)
{
	s = trim(s);
	const char *p = s.p, *end = s.p + s.n;
	int v[3] = {1, 1, 1}, sign = 1, i = 0, digits = 0, x = 0;
	if (p < end && (*p == '-' || *p == '+'))
		sign = *p++ == '-' ? -1 : 1;
	for (;; p++) {
		if (p < end && is_digit(*p)) {
			if (++digits > (i == 0 ? 7 : 2))
				return false;
			x = x * 10 + (*p - '0');
			continue;
		}
		if (digits < (i == 0 ? 4 : 1))
			return false;
		v[i] = x;
		x = digits = 0;
		if (p == end)
			break;
		if (i == 2 && (*p == ' ' || *p == 'T'))
			break;
		if (i == 2 || *p != '-')
			return false;
		i++;
	}
	struct mdl_civil c = {.year = sign * v[0], .month = v[1], .day = v[2]};
	if (!mdl_timestamp_fields_valid(&c))
		return false;
	*days = mdl_timestamp_days(c.year, c.month, c.day);
	return *days >= INT32_MIN && *days <= INT32_MAX;
}

/* Segments of a timestamp's text: year month day hour minute second fraction. */
struct parsed {
	struct mdl_civil c;
	struct mdl_slice zone; /* n 0: none */
	bool just_time;
};

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FRACTION, ZONE };

static bool digits_ok(int segment, int digits)
{
	if (segment == YEAR)
		return digits >= 4 && digits <= 6;
	return segment == FRACTION || (digits > 0 && digits <= 2);
}

static bool parse_segments(struct mdl_slice s, struct parsed *out)
{
	s = trim(s);
	const char *p = s.p, *end = s.p + s.n;
	int v[8] = {1, 1, 1, 0, 0, 0, 0, 0}, seg = YEAR, digits = 0, sign = 0, fraction_digits = 0;
	out->zone = (struct mdl_slice){NULL, 0};
	out->just_time = false;
	if (p == end)
		return false;
	if (*p == '-' || *p == '+')
		sign = *p++ == '-' ? -1 : 1;
	v[YEAR] = 0;
	int x = 0;
	for (; p < end; p++) {
		char b = *p;
		if (is_digit(b)) {
			if (seg == FRACTION)
				fraction_digits++;
			if (digits < (seg == FRACTION ? 6 : 7))
				x = x * 10 + (b - '0');
			digits++;
			continue;
		}
		if (p == s.p && b == 'T') {
			out->just_time = true;
			seg = HOUR;
			continue;
		}
		int at = seg, next = seg + 1;
		bool ok;
		if (seg == YEAR && b == ':' && sign == 0) {
			out->just_time = true;
			at = HOUR;
			next = MINUTE;
			ok = true;
		} else if (seg < DAY) {
			ok = b == '-';
		} else if (seg == DAY) {
			ok = b == ' ' || b == 'T';
		} else if (seg < SECOND) {
			ok = b == ':';
		} else {
			ok = true;
		}
		if (!ok || !digits_ok(at, digits))
			return false;
		v[at] = x;
		x = digits = 0;
		seg = next;
		if (at == FRACTION || (at == SECOND && b != '.')) {
			out->zone = trim((struct mdl_slice){p, (size_t)(end - p)});
			seg = ZONE;
			break;
		}
	}
	if (seg != ZONE) {
		if (!digits_ok(seg, digits))
			return false;
		v[seg] = x;
	}
	for (; fraction_digits < 6; fraction_digits++)
		v[FRACTION] *= 10;
	if (out->just_time)
		v[YEAR] = 1970;
	out->c = (struct mdl_civil){(sign < 0 ? -1 : 1) * (int64_t)v[YEAR],
				    v[MONTH],
				    v[DAY],
				    v[HOUR],
				    v[MINUTE],
				    v[SECOND],
				    v[FRACTION]};
	return mdl_timestamp_fields_valid(&out->c);
}

bool mdl_timestamp_parse(struct mdl_slice s, const struct mdl_zone *zone, int64_t now_us, int64_t *us)
{
	struct parsed t;
	int64_t local;
	if (!parse_segments(s, &t))
		return false;
	if (t.zone.n && !(zone = mdl_zone_find(t.zone)))
		return false;
	if (t.just_time)
		mdl_timestamp_date_fields(mdl_floor_div(mdl_zone_to_local(zone, now_us), MDL_US_DAY), &t.c);
	if (!mdl_timestamp_from_fields(&t.c, &local))
		return false;
	/* At the ends of 64 bits the zone may lead out of them. */
	int64_t off = mdl_zone_offset(zone, mdl_floor_div(local, MDL_US_SECOND), NULL), far;
	if (__builtin_sub_overflow(local, off * MDL_US_SECOND, &far))
		return false;
	*us = mdl_zone_to_utc(zone, local);
	return true;
}

bool mdl_timestamp_parse_ntz(struct mdl_slice s, bool allow_zone, int64_t *local_us)
{
	struct parsed t;
	if (!parse_segments(s, &t) || t.just_time || (t.zone.n && (!allow_zone || !mdl_zone_find(t.zone))))
		return false;
	return mdl_timestamp_from_fields(&t.c, local_us);
}
