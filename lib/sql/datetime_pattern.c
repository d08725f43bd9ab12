/* SPDX-License-Identifier: MIT
 *
 * Patterns of dates: see datetime_pattern.h.
 */
#include "sql/datetime_pattern.h"

#include <string.h>
#include <strings.h>

struct item {
	char letter; /* 0: a text of its own */
	int count;
	struct mdl_slice text;
	bool optional_start, optional_end; /* [ and ] */
};

struct mdl_pattern {
	struct item *items;
	size_t n;
	bool era; /* G stands somewhere */
};

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
				     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
				       "Friday", "Saturday", "Sunday"};

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool length_ok(char letter, int n)
{
	switch (letter) {
	case 'y':
	case 'u':
		return n <= 6;
	case 'S':
		return n <= 9;
	case 'M':
	case 'L':
	case 'E':
	case 'Q':
	case 'q':
	case 'z':
		return n <= 4;
	case 'G':
		return n <= 4;
	case 'D':
		return n <= 3;
	case 'd':
	case 'H':
	case 'h':
	case 'k':
	case 'K':
	case 'm':
	case 's':
		return n <= 2;
	case 'a':
	case 'F':
		return n == 1;
	case 'V':
		return n == 2;
	case 'O':
		return n == 1 || n == 4;
	case 'X':
	case 'x':
	case 'Z':
		return n <= 5;
	default:
		return false;
	}
}

struct mdl_pattern *mdl_pattern_new(struct mdl_arena *a, struct mdl_slice t, struct mdl_err *err)
{
	struct mdl_pattern *p = mdl_arena_zalloc(a, sizeof(*p));
	p->items = mdl_arena_zalloc(a, (t.n + 1) * sizeof(*p->items));
	t = mdl_arena_slice(a, t);
	for (size_t i = 0; i < t.n;) {
		struct item *it = &p->items[p->n++];
		char c = t.p[i];
		if (is_letter(c)) {
			it->letter = c;
			for (; i < t.n && t.p[i] == c; i++)
				it->count++;
			p->era = p->era || c == 'G';
			if (strchr("YWwecABnNp", c) || !length_ok(c, it->count)) {
				mdl_err_set(
					err, MDL_TROUBLE,
					strchr("YWwec", c)
						? "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN] all week-based "
						  "patterns are unsupported since Spark 3.0, detected: '%c' in '%.*s'"
					/* What Spark 2 would have read is of another class. */
					: strchr("GyMLwWdDFEuaHkKhmsSzZX", c)
						? "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION] Spark >= 3.0 does "
						  "not recognize the letter '%c', repeated so often, of the pattern '%.*s'"
						: "[INVALID_DATETIME_PATTERN.WITH_SUGGESTION] the letter "
						  "'%c' of the pattern '%.*s' is unknown or repeated too often",
					c, (int)t.n, t.p);
				return NULL;
			}
			continue;
		}
		if (c == '[' || c == ']') {
			it->optional_start = c == '[';
			it->optional_end = c == ']';
			i++;
			continue;
		}
		if (c == '\'') {
			char *s = mdl_arena_alloc(a, t.n);
			size_t k = 0, from = ++i;
			for (; i < t.n; i++) {
				if (t.p[i] == '\'') {
					if (i + 1 >= t.n || t.p[i + 1] != '\'' || i == from)
						break;
					i++;
				}
				s[k++] = t.p[i];
			}
			if (k == 0)
				s[k++] = '\'';
			it->text = (struct mdl_slice){s, k};
			i++;
			continue;
		}
		it->text = (struct mdl_slice){t.p + i, 1};
		i++;
	}
	/* Without an era the year of the era is the year. */
	for (size_t i = 0; i < p->n && !p->era; i++)
		if (p->items[i].letter == 'y')
			p->items[i].letter = 'u';
	return p;
}

const char *mdl_pattern_unreadable(const struct mdl_pattern *p, bool ntz)
{
	for (size_t i = 0; i < p->n; i++) {
		char c = p->items[i].letter;
		if (c == 'E' || c == 'F')
			return ntz ? "INVALID_DATETIME_PATTERN.WITH_SUGGESTION"
				   : "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION";
		if (c == 'Q' || c == 'q')
			return ntz ? "INVALID_DATETIME_PATTERN.WITH_SUGGESTION"
				   : "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER";
	}
	return NULL;
}

/* ---- writing ---- */

static void put_number(struct mdl_buf *b, int64_t v, int width)
{
	mdl_buf_printf(b, "%0*lld", width, (long long)v);
}

static void put_offset(struct mdl_buf *b, int32_t off, int count, char letter)
{
	if (letter == 'X' && off == 0) {
		mdl_buf_putc(b, 'Z');
		return;
	}
	uint32_t m = (uint32_t)(off < 0 ? -off : off);
	const char *colon = count == 3 || count == 5 ? ":" : "";
	mdl_buf_printf(b, "%c%02u", off < 0 ? '-' : '+', m / 3600);
	if (count > 1 || m % 3600 / 60)
		mdl_buf_printf(b, "%s%02u", colon, m % 3600 / 60);
	if (count >= 4 && m % 60)
		mdl_buf_printf(b, "%s%02u", colon, m % 60);
}

static void put_gmt(struct mdl_buf *b, int32_t off, bool full)
{
	mdl_buf_puts(b, "GMT");
	if (off == 0)
		return;
	uint32_t m = (uint32_t)(off < 0 ? -off : off);
	mdl_buf_printf(b, full ? "%c%02u" : "%c%u", off < 0 ? '-' : '+', m / 3600);
	if (full || m % 3600)
		mdl_buf_printf(b, ":%02u", m % 3600 / 60);
	if (m % 60)
		mdl_buf_printf(b, ":%02u", m % 60);
}

static void put_year(struct mdl_buf *b, int64_t y, int count)
{
	if (count == 2) {
		put_number(b, (y < 0 ? -y : y) % 100, 2);
		return;
	}
	int64_t m = y < 0 ? -y : y;
	if (y < 0)
		mdl_buf_putc(b, '-');
	else if (count >= 4 && y > (count == 4 ? 9999 : count == 5 ? 99999 : 999999))
		mdl_buf_putc(b, '+');
	put_number(b, m, count);
}

/* Letters of the date; false for others. */
static bool put_date_item(struct mdl_buf *b, char letter, int n, const struct mdl_civil *c, int64_t days)
{
	static const char *const quarters[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
	const char *name;
	int q = (c->month + 2) / 3;
	switch (letter) {
	case 'y':
		put_year(b, c->year > 0 ? c->year : 1 - c->year, n);
		return true;
	case 'u':
		put_year(b, c->year, n);
		return true;
	case 'G':
		mdl_buf_puts(b, n == 4 ? (c->year > 0 ? "Anno Domini" : "Before Christ")
				       : (c->year > 0 ? "AD" : "BC"));
		return true;
	case 'M':
	case 'L':
		name = months[c->month - 1];
		if (n <= 2)
			put_number(b, c->month, n);
		else
			mdl_buf_put(b, name, n == 3 ? 3 : strlen(name));
		return true;
	case 'Q':
	case 'q':
		if (n <= 2)
			put_number(b, q, n);
		else if (n == 3)
			mdl_buf_printf(b, "Q%d", q);
		else
			mdl_buf_puts(b, quarters[q - 1]);
		return true;
	case 'E':
		name = weekdays[mdl_timestamp_weekday(days) - 1];
		mdl_buf_put(b, name, n <= 3 ? 3 : strlen(name));
		return true;
	case 'D':
		put_number(b, mdl_timestamp_day_of_year(days), n);
		return true;
	case 'd':
		put_number(b, c->day, n);
		return true;
	case 'F':
		put_number(b, (c->day - 1) % 7 + 1, n);
		return true;
	default:
		return false;
	}
}

/* Letters of the clock; false for others. */
static bool put_clock_item(struct mdl_buf *b, char letter, int n, const struct mdl_civil *c)
{
	char t[16];
	switch (letter) {
	case 'a':
		mdl_buf_puts(b, c->hour < 12 ? "AM" : "PM");
		return true;
	case 'H':
		put_number(b, c->hour, n);
		return true;
	case 'k':
		put_number(b, c->hour ? c->hour : 24, n);
		return true;
	case 'K':
		put_number(b, c->hour % 12, n);
		return true;
	case 'h':
		put_number(b, (c->hour + 11) % 12 + 1, n);
		return true;
	case 'm':
		put_number(b, c->minute, n);
		return true;
	case 's':
		put_number(b, c->second, n);
		return true;
	case 'S':
		snprintf(t, sizeof(t), "%06d000", c->us);
		mdl_buf_put(b, t, (size_t)n);
		return true;
	default:
		return false;
	}
}

static void put_zone_item(struct mdl_buf *b, char letter, int n, int32_t off, const char *abbrev,
			  const struct mdl_zone *zone)
{
	if (letter == 'V')
		mdl_buf_puts(b, mdl_zone_name(zone));
	else if (letter == 'z')
		mdl_buf_puts(b, *abbrev ? abbrev : mdl_zone_name(zone));
	else if (letter == 'O' || (letter == 'Z' && n == 4))
		put_gmt(b, off, n == 4);
	else if (letter == 'Z')
		put_offset(b, off, n == 5 ? 5 : 2, n == 5 ? 'X' : 'x');
	else
		put_offset(b, off, n, letter);
}

void mdl_pattern_write(struct mdl_buf *out, const struct mdl_pattern *p, int64_t local_us,
		       const struct mdl_zone *zone)
{
	struct mdl_civil c;
	mdl_timestamp_fields(local_us, &c);
	const char *abbrev = "";
	int32_t off =
		mdl_zone_offset(zone, mdl_floor_div(mdl_zone_to_utc(zone, local_us), MDL_US_SECOND), &abbrev);
	int64_t days = mdl_floor_div(local_us, MDL_US_DAY);
	for (size_t i = 0; i < p->n; i++) {
		const struct item *it = &p->items[i];
		if (!it->letter)
			mdl_buf_puts_slice(out, it->text);
		else if (!put_date_item(out, it->letter, it->count, &c, days) &&
			 !put_clock_item(out, it->letter, it->count, &c))
			put_zone_item(out, it->letter, it->count, off, abbrev, zone);
	}
}

/* ---- reading ---- */

struct reading {
	const char *p, *end;
	struct mdl_civil c;
	int hour12, pm, day_of_year; /* -1: not given */
	bool bc;
	uint64_t given; /* a bit for each letter that was read, counted from A */
	struct mdl_pattern_value *v;
};

/* LEAST to MOST digits. */
static bool read_digits(struct reading *r, int least, int most, int64_t *v)
{
	int n = 0;
	*v = 0;
	while (n < most && r->p < r->end && *r->p >= '0' && *r->p <= '9') {
		*v = *v * 10 + (*r->p++ - '0');
		n++;
	}
	return n >= least;
}

static bool read_name(struct reading *r, const char *const *names, int n, bool brief, int *v)
{
	for (int i = 0; i < n; i++) {
		size_t len = brief ? 3 : strlen(names[i]);
		if ((size_t)(r->end - r->p) >= len && strncasecmp(r->p, names[i], len) == 0) {
			r->p += len;
			*v = i;
			return true;
		}
	}
	return false;
}

static bool read_offset(struct reading *r, int count, bool z)
{
	if (z && r->p < r->end && *r->p == 'Z') {
		r->p++;
		r->v->has_offset = true;
		r->v->offset = 0;
		return true;
	}
	if (r->p >= r->end || (*r->p != '+' && *r->p != '-'))
		return false;
	int sign = *r->p++ == '-' ? -1 : 1;
	int64_t h, m = 0, s = 0;
	bool colon = count == 3 || count == 5;
	if (!read_digits(r, 2, 2, &h))
		return false;
	const char *mark = r->p;
	bool more = !colon || (r->p < r->end && *r->p == ':');
	r->p += colon && more;
	if (!more || !read_digits(r, 2, 2, &m)) {
		if (count > 1)
			return false;
		r->p = mark;
		m = 0;
	}
	if (count >= 4) {
		mark = r->p;
		more = !colon || (r->p < r->end && *r->p == ':');
		r->p += colon && more;
		if (!more || !read_digits(r, 2, 2, &s)) {
			r->p = mark;
			s = 0;
		}
	}
	if (h > 18 || m > 59 || s > 59)
		return false;
	r->v->has_offset = true;
	r->v->offset = sign * (int32_t)(h * 3600 + m * 60 + s);
	return true;
}

static bool read_zone(struct reading *r)
{
	const char *p = r->p;
	while (p < r->end && (is_letter(*p) || strchr("+-:/_0123456789", *p)))
		p++;
	for (; p > r->p; p--) {
		r->v->zone = mdl_zone_find((struct mdl_slice){r->p, (size_t)(p - r->p)});
		if (r->v->zone) {
			r->p = p;
			return true;
		}
	}
	return false;
}

static bool read_year(struct reading *r, int n, bool next)
{
	int64_t v;
	bool neg = r->p < r->end && *r->p == '-' && n != 2;
	bool plus = r->p < r->end && *r->p == '+' && n >= 4;
	if (neg || plus)
		r->p++;
	/* A plus says that there are more digits than the pattern has. */
	if (!read_digits(r, n + plus, n == 2 || (next && !plus) ? n : n == 4 && !plus ? 4 : 10, &v))
		return false;
	r->c.year = n == 2 ? v + 2000 : neg ? -v : v;
	return true;
}

/* One or two digits, exactly N where FIXED. */
static bool read_number(struct reading *r, char letter, int n, bool fixed)
{
	int64_t v;
	if (!read_digits(r, fixed ? n : 1, fixed ? n : 2, &v))
		return false;
	switch (letter) {
	case 'd':
		r->c.day = (int)v;
		return v >= 1;
	case 'H':
		r->c.hour = (int)v;
		return v < 24;
	case 'k':
		r->c.hour = (int)v % 24;
		return v >= 1 && v <= 24;
	case 'h':
		r->hour12 = (int)v % 12;
		return v >= 1 && v <= 12;
	case 'K':
		r->hour12 = (int)v;
		return v < 12;
	case 'm':
		r->c.minute = (int)v;
		return v < 60;
	case 's':
		r->c.second = (int)v;
		return v < 60;
	default: /* Q, q, F say nothing alone */
		return true;
	}
}

/* NEXT is a number that follows without anything between: then the width is fixed. */
static bool read_item(struct reading *r, const struct item *it, bool next)
{
	int n = it->count, i = 0;
	int64_t v = 0;
	bool fixed = next || n == 2;
	switch (it->letter) {
	case 'y':
	case 'u':
		return read_year(r, n, next);
	case 'M':
	case 'L':
		if (n >= 3) {
			if (!read_name(r, months, 12, n == 3, &i))
				return false;
			r->c.month = i + 1;
			return true;
		}
		if (!read_digits(r, fixed ? n : 1, fixed ? n : 2, &v))
			return false;
		r->c.month = (int)v;
		return v >= 1 && v <= 12;
	case 'E':
		return read_name(r, weekdays, 7, n <= 3, &i);
	case 'G':
		if (r->end - r->p < 2 || (strncasecmp(r->p, "AD", 2) != 0 && strncasecmp(r->p, "BC", 2) != 0))
			return false;
		r->bc = (r->p[0] | 0x20) == 'b';
		r->p += 2;
		return true;
	case 'a':
		if (r->end - r->p < 2 || (strncasecmp(r->p, "AM", 2) != 0 && strncasecmp(r->p, "PM", 2) != 0))
			return false;
		r->pm = (r->p[0] | 0x20) == 'p';
		r->p += 2;
		return true;
	case 'S':
		/* S to SSSSSSSSS: up to that many digits of the fraction */
		for (; i < n && r->p < r->end && *r->p >= '0' && *r->p <= '9'; i++, r->p++)
			if (i < 6)
				v = v * 10 + (*r->p - '0');
		if (i == 0 || (next && i < n))
			return false;
		for (; i < 6; i++)
			v *= 10;
		r->c.us = (int)v;
		return true;
	case 'X':
		return read_offset(r, n, true);
	case 'x':
		return read_offset(r, n, false);
	case 'Z':
		return read_offset(r, n == 5 ? 5 : 2, n == 5);
	case 'V':
	case 'z':
	case 'O':
		return read_zone(r);
	case 'D':
		if (!read_digits(r, n, 3, &v) || v < 1)
			return false;
		r->day_of_year = (int)v;
		return true;
	default:
		break;
	}
	return read_number(r, it->letter, n, fixed);
}

/* What LETTER has given, and the letter that stands for all of its kind: k and K give the hours of H and h. */
static int64_t given_value(const struct reading *r, char *letter)
{
	static const char *const kinds = "uyLMkHKh";
	const char *same = strchr(kinds, *letter);
	if (same)
		*letter = kinds[(same - kinds) | 1];
	switch (*letter) {
	case 'y':
		return r->c.year;
	case 'M':
		return r->c.month;
	case 'd':
		return r->c.day;
	case 'H':
		return r->c.hour;
	case 'h':
		return r->hour12;
	case 'm':
		return r->c.minute;
	case 's':
		return r->c.second;
	case 'S':
		return r->c.us;
	case 'a':
		return r->pm;
	case 'G':
		return r->bc;
	case 'D':
		return r->day_of_year;
	default:
		return 0;
	}
}

static bool is_given(const struct reading *r, char letter)
{
	return r->given >> (letter - 'A') & 1;
}

/* A field that stands twice must have one value. */
static bool read_again(struct reading *r, const struct item *it, bool next)
{
	char letter = it->letter;
	int64_t before = given_value(r, &letter);
	if (!read_item(r, it, next))
		return false;
	bool twice = is_given(r, letter) && strchr("yMdHhmsSaGD", letter);
	r->given |= UINT64_C(1) << (letter - 'A');
	return !twice || given_value(r, &letter) == before;
}

static bool is_number(const struct item *it)
{
	return it->letter && strchr("yudHhkKmsSD", it->letter) && !(it->letter == 'M' && it->count > 2);
}

static bool read_items(struct reading *r, const struct mdl_pattern *p)
{
	struct reading before[8];
	size_t depth = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct item *it = &p->items[i];
		if (it->optional_start) {
			if (depth == sizeof(before) / sizeof(*before))
				return false;
			before[depth++] = *r;
			continue;
		}
		if (it->optional_end) {
			depth -= depth > 0;
			continue;
		}
		bool ok;
		if (it->letter) {
			const struct item *next = i + 1 < p->n ? it + 1 : NULL;
			ok = read_again(
				r, it,
				next && (is_number(next) ||
					 ((next->letter == 'M' || next->letter == 'L') && next->count < 3)));
		} else {
			ok = (size_t)(r->end - r->p) >= it->text.n &&
			     memcmp(r->p, it->text.p, it->text.n) == 0;
			r->p += ok ? it->text.n : 0;
		}
		if (ok)
			continue;
		if (depth == 0)
			return false;
		*r = before[--depth];
		size_t open = 1;
		while (open && ++i < p->n)
			open += (size_t)p->items[i].optional_start - (size_t)p->items[i].optional_end;
	}
	return r->p == r->end;
}

bool mdl_pattern_read(const struct mdl_pattern *p, struct mdl_slice s, struct mdl_pattern_value *v)
{
	*v = (struct mdl_pattern_value){0};
	struct reading r = {.p = s.p,
			    .end = s.p + s.n,
			    .c = {.year = 1970, .month = 1, .day = 1},
			    .hour12 = -1,
			    .pm = -1,
			    .day_of_year = -1,
			    .v = v};
	if (!read_items(&r, p))
		return false;
	if (is_given(&r, 'H') &&
	    ((r.hour12 >= 0 && r.c.hour % 12 != r.hour12) || (r.pm >= 0 && (r.c.hour >= 12) != (r.pm == 1))))
		return false;
	if (r.hour12 >= 0 && !is_given(&r, 'H'))
		r.c.hour = r.hour12 + (r.pm == 1 ? 12 : 0);
	if (r.bc)
		r.c.year = 1 - r.c.year;
	int doy = r.day_of_year;
	if (doy > (mdl_timestamp_leap(r.c.year) ? 366 : 365) || !mdl_timestamp_fields_valid(&r.c))
		return false;
	if (doy > 0)
		mdl_timestamp_date_fields(mdl_timestamp_days(r.c.year, 1, doy), &r.c);
	return mdl_timestamp_from_fields(&r.c, &v->local_us);
}
