/* SPDX-License-Identifier: MIT
 *
 * The hash with AVX2 or AVX-512 is the hash without, for each length and alignment; and both are XXH3's, whose value for an
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
	for (size_t n = 0; n < MOST; n += n < 1100 ? 1 : 97) {
		const char *p = text + n % 64;
		struct mdl_hash128 want = mdl_hash128_portable(p, n), got = mdl_hash128(p, n);
		assert_int_equal(got.lo, want.lo);
		assert_int_equal(got.hi, want.hi);
#ifdef __x86_64__
		struct mdl_slice line = {p, n};
		if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
			mdl_hash128_lines_avx2(&line, 1, &got);
			assert_true(got.lo == want.lo && got.hi == want.hi);
		}
		if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		    __builtin_cpu_supports("avx512vl")) {
			mdl_hash128_lines_avx512(&line, 1, &got);
			assert_true(got.lo == want.lo && got.hi == want.hi);
		}
#endif
	}
	free(text);
}

static void lines_are_hashed_in_order(void **state)
{
	(void)state;
	enum { N = 50 };
	static char text[N * 40];
	struct mdl_slice lines[N];
	struct mdl_hash128 got[N], portable[N];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (size_t i = 0; i < N; i++)
		lines[i] = (struct mdl_slice){text + i, i * 39};
	mdl_hash128_lines(lines, N, got);
	mdl_hash128_lines_portable(lines, N, portable);
	for (size_t i = 0; i < N; i++) {
		struct mdl_hash128 want = mdl_hash128_portable(lines[i].p, lines[i].n);
		assert_true(got[i].lo == want.lo && got[i].hi == want.hi);
		assert_true(portable[i].lo == want.lo && portable[i].hi == want.hi);
	}
	mdl_hash128_lines(lines, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_everywhere),
					   cmocka_unit_test(lines_are_hashed_in_order)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
