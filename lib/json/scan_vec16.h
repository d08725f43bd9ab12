/* SPDX-License-Identifier: MIT
 *
 * What scan_fast.h needs, in vectors of 16 bytes. The including file defines vec and
 * its operations; scan_avx2.c says where the UTF-8 check is from.
 */
#ifndef MDL_JSON_SCAN_VEC16_H
#define MDL_JSON_SCAN_VEC16_H

struct block_masks {
	uint64_t quote, backslash, control, sep, space, not_ascii;
};

static inline __attribute__((always_inline)) uint64_t where(const vec v[4], char c)
{
	vec want = fill_with(c);
	return bits(equal(v[0], want), equal(v[1], want), equal(v[2], want), equal(v[3], want));
}

static inline __attribute__((always_inline)) void block_masks(const char *p, struct block_masks *m,
							      bool spaced)
{
	const vec v[4] = {load(p), load(p + 16), load(p + 32), load(p + 48)};
	const vec comma = fill_with(','), brace = fill_with('{'), limit = fill_with(0x1f);
	m->quote = where(v, '"');
	m->backslash = where(v, '\\');
	m->sep = bits(either(equal(v[0], comma), equal(v[0], brace)),
		      either(equal(v[1], comma), equal(v[1], brace)),
		      either(equal(v[2], comma), equal(v[2], brace)),
		      either(equal(v[3], comma), equal(v[3], brace)));
	m->not_ascii = bits(v[0], v[1], v[2], v[3]);
	m->control =
		bits(at_most(v[0], limit), at_most(v[1], limit), at_most(v[2], limit), at_most(v[3], limit));
	m->space = spaced ? where(v, ' ') : 0;
}

static inline vec utf8_faults(const char *p)
{
	vec v = load(p), v1 = load(p - 1), v2 = load(p - 2), v3 = load(p - 3);
	vec pair = both(both(look_up(load_table(mdl_utf8_first_high), high_nibble(v1)),
			     look_up(load_table(mdl_utf8_first_low), low_nibble(v1))),
			look_up(load_table(mdl_utf8_second_high), high_nibble(v)));
	/* the third byte of three or more, the fourth of four: they must follow a continuation */
	vec third = less_or_zero(v2, fill_with(0xe0 - 0x80)),
	    fourth = less_or_zero(v3, fill_with(0xf0 - 0x80));
	return differ(both(either(third, fourth), fill_with((char)0x80)), pair);
}

static inline bool block_is_utf8(const char *p)
{
	return all_zero(either(either(utf8_faults(p), utf8_faults(p + 16)),
			       either(utf8_faults(p + 32), utf8_faults(p + 48))));
}

typedef vec text_acc;

static inline text_acc text_begin(void)
{
	return fill_with(0);
}

static inline text_acc text_check(text_acc acc, const char *p, const uint8_t *text, const uint8_t *mask)
{
	const char *t = (const char *)text, *k = (const char *)mask;
	acc = either(acc, both(differ(load(p), load(t)), load(k)));
	return either(acc, both(differ(load(p + 16), load(t + 16)), load(k + 16)));
}

static inline bool text_same(text_acc acc)
{
	return all_zero(acc);
}

static inline uint32_t digit_mask(const char *p)
{
	const vec zero = fill_with('0'), nine = fill_with(9);
	return bits32(at_most(minus(load(p), zero), nine), at_most(minus(load(p + 16), zero), nine));
}

static inline void number_masks(const char *p, uint32_t *digit, uint32_t *dot)
{
	*digit = digit_mask(p);
	*dot = bits32(equal(load(p), fill_with('.')), equal(load(p + 16), fill_with('.')));
}

#endif

#include "json/scan_fast.h"
