/* SPDX-License-Identifier: MIT
 *
 * The text of intervals: see interval.h.
 */
#include "base/interval.h"

#include <string.h>
#include <strings.h>

#include "base/timestamp.h"

static const struct {
	const char *name;
	char to; /* m, d or u */
	int64_t factor;
} units[] = {
	{"year", 'm', 12},
	{"month", 'm', 1},
	{"week", 'd', 7},
	{"day", 'd', 1},
	{"hour", 'u', MDL_US_HOUR},
	{"minute", 'u', MDL_US_MINUTE},
	{"second", 'u', MDL_US_SECOND},
	{"millisecond", 'u', 1000},
	{"microsecond", 'u', 1},
};

static bool space(char c)
{
	return (unsigned char)c <= ' ';
}

static void skip_space(const char **p, const char *end)
{
	while (*p < end && space(**p))
		++*p;
}

/* [+-] digits [.digits]: whole part in *V, billionths (9 digits at most) in *NANO. */
static bool read_value(const char **pp, const char *end, int64_t *v, int64_t *nano, bool *fraction)
{
	const char *p = *pp;
	bool neg = p < end && *p == '-', any = false;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	skip_space(&p, end);
	*v = *nano = 0;
	*fraction = false;
	for (; p < end && *p >= '0' && *p <= '9'; p++, any = true) {
		int d = *p - '0';
		if (__builtin_mul_overflow(*v, (int64_t)10, v) ||
		    (neg ? __builtin_sub_overflow(*v, (int64_t)d, v)
			 : __builtin_add_overflow(*v, (int64_t)d, v)))
			return false;
	}
	if (p < end && *p == '.') {
		*fraction = true;
		int64_t scale = 100000000;
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, any = true, scale /= 10) {
			if (scale == 0)
				return false;
			*nano += (*p - '0') * scale;
		}
		if (neg)
			*nano = -*nano;
	}
	*pp = p;
	return any;
}

bool mdl_interval_parse(struct mdl_slice s, struct mdl_interval *out)
{
	const char *p = s.p, *end = s.p + s.n;
	*out = (struct mdl_interval){0, 0, 0};
	skip_space(&p, end);
	while (end > p && space(end[-1]))
		end--;
	if (end - p > 8 && strncasecmp(p, "interval", 8) == 0 && space(p[8]))
		p += 8;
	skip_space(&p, end);
	if (p == end)
		return false;
	while (p < end) {
		int64_t v, nano, add;
		bool fraction;
		if (!read_value(&p, end, &v, &nano, &fraction) || p == end || !space(*p))
			return false;
		skip_space(&p, end);
		const char *word = p;
		while (p < end && !space(*p))
			p++;
		size_t n = (size_t)(p - word), u = 0;
		for (; u < sizeof(units) / sizeof(*units); u++) {
			size_t len = strlen(units[u].name);
			if (strncasecmp(word, units[u].name, n < len ? n : len) == 0 &&
			    (n == len || (n == len + 1 && (word[len] == 's' || word[len] == 'S'))))
				break;
		}
		if (u == sizeof(units) / sizeof(*units) || (fraction && units[u].factor != MDL_US_SECOND))
			return false;
		int64_t *field = units[u].to == 'm'   ? &out->months
				 : units[u].to == 'd' ? &out->days
						      : &out->us;
		if (__builtin_mul_overflow(v, units[u].factor, &add) ||
		    __builtin_add_overflow(*field, add, field) ||
		    __builtin_add_overflow(*field, nano / 1000, field))
			return false;
		skip_space(&p, end);
	}
	return out->months >= INT32_MIN && out->months <= INT32_MAX && out->days >= INT32_MIN &&
	       out->days <= INT32_MAX;
}

bool mdl_interval_parse_us(struct mdl_slice s, int64_t *us)
{
	struct mdl_interval v;
	int64_t d;
	return mdl_interval_parse(s, &v) && v.months == 0 &&
	       !__builtin_mul_overflow(v.days, MDL_US_DAY, &d) && !__builtin_add_overflow(d, v.us, us);
}
