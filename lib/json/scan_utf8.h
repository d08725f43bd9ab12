/* SPDX-License-Identifier: MIT
 *
 * Tables of the UTF-8 check by nibbles (Keiser and Lemire, "Validating UTF-8 in less
 * than one instruction per byte", 2021). A bit is a fault of a pair of bytes; it is
 * there when all three tables have it: by the first byte's high and low nibble, and
 * the second byte's high nibble. TWO_CONTS alone is right after a lead of three or four.
 */
#ifndef MDL_JSON_SCAN_UTF8_H
#define MDL_JSON_SCAN_UTF8_H

#include <stdint.h>

enum {
	U_SHORT = 1,          /* a lead, then no continuation */
	U_LONG = 2,           /* ASCII, then a continuation */
	U_OVER3 = 4,          /* e0 80..9f */
	U_LARGE = 8,          /* f4 90..bf, f5..ff 90..bf */
	U_SURROGATE = 16,     /* ed a0..bf */
	U_OVER2 = 32,         /* c0, c1 */
	U_LARGE80_OVER4 = 64, /* f5..ff 80..8f, f0 80..8f */
	U_TWO_CONTS = 128,
	U_ANY_LOW = U_SHORT | U_LONG | U_TWO_CONTS,
	U_CONT = U_LONG | U_OVER2 | U_TWO_CONTS,
};

static const uint8_t mdl_utf8_first_high[16] = {
	U_LONG,
	U_LONG,
	U_LONG,
	U_LONG,
	U_LONG,
	U_LONG,
	U_LONG,
	U_LONG,
	U_TWO_CONTS,
	U_TWO_CONTS,
	U_TWO_CONTS,
	U_TWO_CONTS,
	U_SHORT | U_OVER2,
	U_SHORT,
	U_SHORT | U_OVER3 | U_SURROGATE,
	U_SHORT | U_LARGE | U_LARGE80_OVER4,
};

static const uint8_t mdl_utf8_first_low[16] = {
	U_ANY_LOW | U_OVER3 | U_OVER2 | U_LARGE80_OVER4,
	U_ANY_LOW | U_OVER2,
	U_ANY_LOW,
	U_ANY_LOW,
	U_ANY_LOW | U_LARGE,
#define BEYOND (U_ANY_LOW | U_LARGE | U_LARGE80_OVER4)
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND,
	BEYOND | U_SURROGATE,
	BEYOND,
	BEYOND,
#undef BEYOND
};

static const uint8_t mdl_utf8_second_high[16] = {
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_CONT | U_OVER3 | U_LARGE80_OVER4,
	U_CONT | U_OVER3 | U_LARGE,
	U_CONT | U_SURROGATE | U_LARGE,
	U_CONT | U_SURROGATE | U_LARGE,
	U_SHORT,
	U_SHORT,
	U_SHORT,
	U_SHORT,
};

#endif
