/* SPDX-License-Identifier: MIT
 *
 * The hash with AVX2 is the hash without, for each length and alignment; and both are XXH3's, whose value for an
 * empty text its author publishes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"

static void same_everywhere(void **state)
{
	(void)state;
	enum { MOST = 5000 };
	char *text = malloc(MOST + 64);
	uint64_t x = 1;
	for (size_t i = 0; i < MOST + 64; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		text[i] = (char)(x >> 56);
	}
	struct mdl_hash128 empty = mdl_hash128("", 0);
	assert_int_equal(empty.lo, 0x6001c324468d497f);
	assert_int_equal(empty.hi, 0x99aa06d3014798d8);
	for (size_t n = 0; n < MOST; n += n < 600 ? 1 : 97) {
		const char *p = text + n % 64;
		struct mdl_hash128 want = mdl_hash128_portable(p, n), got = mdl_hash128(p, n);
		assert_int_equal(got.lo, want.lo);
		assert_int_equal(got.hi, want.hi);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_everywhere)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
