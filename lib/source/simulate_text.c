/* SPDX-License-Identifier: MIT
 *
 * Fragments, decimals and dates for the simulator: see simulate_text.h.
 */
#include "source/simulate_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char mdl_simulate_text_pairs[201] = "00010203040506070809101112131415161718192021222324"
					  "25262728293031323334353637383940414243444546474849"
					  "50515253545556575859606162636465666768697071727374"
					  "75767778798081828384858687888990919293949596979899";

struct mdl_simulate_frag mdl_simulate_text_frag(struct mdl_arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	size_t n = len < 0 ? 0 : (size_t)len;
	char *p = mdl_arena_zalloc(a, n + 1 + MDL_SIMULATE_TEXT_SLACK);
	va_start(ap, fmt);
	vsnprintf(p, n + 1, fmt, ap);
	va_end(ap);
	return (struct mdl_simulate_frag){p, n};
}

char *mdl_simulate_text_decimal(char *d, int64_t v, unsigned decimals)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	uint64_t scale = 1;
	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	if (v < 0)
		*d++ = '-';
	d = mdl_simulate_text_uint(d, u / scale);
	if (!decimals)
		return d;
	*d++ = '.';
	d = mdl_simulate_text_digits(d, u % scale, decimals);
	while (d[-1] == '0' && d[-2] != '.')
		d--;
	return d;
}

/* Days and dates count from 1 March of year 0, so that the leap day is a year's last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t yoe = year - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void mdl_simulate_text_date(struct mdl_simulate_date *out, int64_t ts_ms)
{
	int64_t days = ts_ms / 86400000 - (ts_ms % 86400000 < 0);
	unsigned rest = (unsigned)(ts_ms - days * 86400000);
	out->ms = rest % 1000;
	out->second = rest / 1000 % 60;
	out->minute = rest / 60000 % 60;
	out->hour = rest / 3600000;
	out->weekday = (unsigned)(((days + 4) % 7 + 7) % 7);
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	out->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	out->year = (int)(yoe + era * 400 + (out->month <= 2));
}

int mdl_simulate_text_time(const char *text, int64_t *ts_ms)
{
	size_t digits = strspn(text, "0123456789");
	if (digits && !text[digits] && digits <= 15) {
		*ts_ms = strtoll(text, NULL, 10);
		return 0;
	}
	unsigned y, mo, d, h = 0, mi = 0, s = 0, ms = 0;
	int n = 0;
	if (sscanf(text, "%4u-%2u-%2u%n", &y, &mo, &d, &n) != 3 || n != 10)
		return -1;
	text += n;
	if (*text == 'T' || *text == ' ') {
		n = 0;
		if (sscanf(text + 1, "%2u:%2u:%2u%n", &h, &mi, &s, &n) != 3 || n != 8)
			return -1;
		text += 1 + n;
		if (*text == '.') {
			if (strspn(text + 1, "0123456789") != 3)
				return -1;
			ms = (unsigned)strtoul(text + 1, NULL, 10);
			text += 4;
		}
		if (*text == 'Z')
			text++;
	}
	struct mdl_simulate_date back;
	int64_t at = days_of(y, mo, d) * 86400000 + (int64_t)h * 3600000 + mi * 60000 + s * 1000 + ms;
	mdl_simulate_text_date(&back, at);
	/* February 30 and 25 o'clock come back as another time */
	if (*text || h > 23 || mi > 59 || s > 59 || back.month != mo || back.day != d)
		return -1;
	*ts_ms = at;
	return 0;
}
