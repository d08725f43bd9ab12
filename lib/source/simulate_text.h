/* SPDX-License-Identifier: MIT
 *
 * Writing rows fast: prepared fragments and integers straight into the output.
 * Each function returns the place behind what it wrote. Copies run over the end
 * by up to 31 bytes on both sides, so fragments come from
 * mdl_simulate_text_frag() and output has MDL_SIMULATE_TEXT_SLACK bytes to spare.
 */
#ifndef MDL_SOURCE_SIMULATE_TEXT_H
#define MDL_SOURCE_SIMULATE_TEXT_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

#define MDL_SIMULATE_TEXT_SLACK 32

struct mdl_simulate_frag {
	const char *p; /* followed by MDL_SIMULATE_TEXT_SLACK readable bytes */
	size_t n;
};

/* A fragment by printf; valid until the arena is freed. */
struct mdl_simulate_frag mdl_simulate_text_frag(struct mdl_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

extern const char mdl_simulate_text_pairs[201]; /* "000102...99" */

static inline char *mdl_simulate_text_put(char *d, struct mdl_simulate_frag f)
{
	const char *s = f.p, *end = f.p + f.n;
	char *to = d;
	do {
		memcpy(to, s, 32);
		to += 32;
		s += 32;
	} while (s < end);
	return d + f.n;
}

/* A short literal, exactly. */
#define MDL_SIMULATE_TEXT_LIT(d, lit) (memcpy((d), (lit), sizeof(lit) - 1), (d) + sizeof(lit) - 1)

/* Exactly WIDTH digits, with leading zeros. */
static inline char *mdl_simulate_text_digits(char *d, uint64_t v, unsigned width)
{
	char *p = d + width;
	while (p - d >= 2) {
		p -= 2;
		memcpy(p, mdl_simulate_text_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (p > d)
		*d = (char)('0' + v % 10);
	return d + width;
}

static inline char *mdl_simulate_text_uint(char *d, uint64_t v)
{
	char tmp[20];
	char *p = tmp + sizeof(tmp);
	while (v >= 100) {
		p -= 2;
		memcpy(p, mdl_simulate_text_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		p -= 2;
		memcpy(p, mdl_simulate_text_pairs + v * 2, 2);
	} else {
		*--p = (char)('0' + v);
	}
	size_t n = (size_t)(tmp + sizeof(tmp) - p);
	memcpy(d, p, n);
	return d + n;
}

/* V / 10^DECIMALS without the zeros that say nothing: 20150 and 2 give 201.5, 20000 gives 200.0. */
char *mdl_simulate_text_decimal(char *d, int64_t v, unsigned decimals);

/* Cut the line from BEGIN to END (its newline included) somewhere before its last byte; the rest is at
 * least one byte and its newline. Returns the new end. */
static inline char *mdl_simulate_text_cut(char *begin, const char *end, uint32_t dice)
{
	uint64_t n = (uint64_t)(end - begin) - 1;
	char *cut = begin + 1 + ((uint64_t)dice * (n - 1) >> 32);
	*cut++ = '\n';
	return cut;
}

/* A UTC time and its calendar parts. */
struct mdl_simulate_date {
	int year;
	unsigned month, day, weekday; /* month and day from 1, weekday 0 is Sunday */
	unsigned hour, minute, second, ms;
};
void mdl_simulate_text_date(struct mdl_simulate_date *out, int64_t ts_ms);
/* "2024-01-15", "2024-01-15T10:30:00", ".250" and "Z" allowed, or milliseconds since 1970. 0, or -1. */
int mdl_simulate_text_time(const char *text, int64_t *ts_ms);

#endif
