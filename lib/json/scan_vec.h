/* SPDX-License-Identifier: MIT
 *
 * What scan_fast.h needs, in vectors of any width. The including file defines vec and
 * its operations, and its own masks (OWN_MASKS) where the processor makes them at once.
 *
 * The UTF-8 check is that of Keiser and Lemire, "Validating UTF-8 in less than one
 * instruction per byte" (2021): three tables by nibble name the faults that a pair
 * of bytes can have.
 */
#ifndef MDL_JSON_SCAN_VEC_H
#define MDL_JSON_SCAN_VEC_H

enum { WIDTH = sizeof(vec), IN_BLOCK = 64 / WIDTH, IN_TEXT = 32 / WIDTH };

#define VEC static inline __attribute__((always_inline))

#ifndef OWN_MASKS
VEC uint64_t where(const vec *v, char c)
{
	vec hit[IN_BLOCK];
	for (int i = 0; i < IN_BLOCK; i++)
		hit[i] = equal(v[i], fill_with(c));
	return bits(hit);
}

VEC uint64_t line_feeds(const char *p)
{
	vec v[IN_BLOCK];
	for (int i = 0; i < IN_BLOCK; i++)
		v[i] = load(p + i * WIDTH);
	return where(v, '\n');
}

VEC uint64_t backslashes(const char *p)
{
	vec v[IN_BLOCK];
	for (int i = 0; i < IN_BLOCK; i++)
		v[i] = load(p + i * WIDTH);
	return where(v, '\\');
}

VEC void block_masks(const char *p, struct mdl_scan_masks *m, struct mdl_scan_carry *c, bool spaced)
{
	vec v[IN_BLOCK], sep[IN_BLOCK], control[IN_BLOCK], backslash = fill_with(0), high = backslash;
	for (int i = 0; i < IN_BLOCK; i++) {
		v[i] = load(p + i * WIDTH);
		sep[i] = either(equal(v[i], fill_with(',')), equal(v[i], fill_with('{')));
		control[i] = at_most(v[i], fill_with(0x1f));
		backslash = either(backslash, equal(v[i], fill_with('\\')));
		high = either(high, v[i]);
	}
	m->quote = where(v, '"');
	m->backslash = !all_zero(backslash);
	m->not_ascii = !all_zero(both(high, fill_with((char)0x80)));
	uint64_t behind = mdl_scan_behind(bits(sep), spaced ? where(v, ' ') : 0, c, spaced);
	m->entry = (m->quote & behind) | bits(control);
}

VEC uint32_t digit_mask(const char *p)
{
	vec is[IN_TEXT];
	for (int i = 0; i < IN_TEXT; i++)
		is[i] = at_most(minus(load(p + i * WIDTH), fill_with('0')), fill_with(9));
	return bits32(is);
}

VEC void number_masks(const char *p, uint32_t *digit, uint32_t *dot)
{
	vec is[IN_TEXT];
	for (int i = 0; i < IN_TEXT; i++)
		is[i] = equal(load(p + i * WIDTH), fill_with('.'));
	*digit = digit_mask(p);
	*dot = bits32(is);
}
#endif

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
	vec faults = utf8_faults(p);
	for (int i = 1; i < IN_BLOCK; i++)
		faults = either(faults, utf8_faults(p + i * WIDTH));
	return all_zero(faults);
}

typedef vec text_acc;

VEC text_acc text_begin(void)
{
	return fill_with(0);
}

VEC text_acc text_check(text_acc acc, const char *p, const uint8_t *text, const uint8_t *mask)
{
	const char *t = (const char *)text, *k = (const char *)mask;
	for (int i = 0; i < 32; i += WIDTH)
		acc = either(acc, both(differ(load(p + i), load(t + i)), load(k + i)));
	return acc;
}

VEC bool text_same(text_acc acc)
{
	return all_zero(acc);
}

#endif

#include "json/scan_fast.h"
