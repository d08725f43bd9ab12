/* SPDX-License-Identifier: MIT
 *
 * Arenas: alignment, that allocations do not overlap, and reuse after a reset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

enum { COUNT = 5000 };

static void allocations_are_aligned_and_apart(void **state)
{
	(void)state;
	static unsigned char *p[COUNT];
	struct mdl_arena a;
	mdl_arena_init(&a);
	for (size_t i = 0; i < COUNT; i++) {
		p[i] = mdl_arena_alloc(&a, i % 97);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)(i % 251), i % 97);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < i % 97; k++)
			assert_int_equal(p[i][k], i % 251);
	mdl_arena_free(&a);
}

static void large_allocations_get_their_room(void **state)
{
	(void)state;
	struct mdl_arena a;
	mdl_arena_init(&a);
	char *small = mdl_arena_strdup(&a, "small");
	char *large = mdl_arena_zalloc(&a, 9 << 20);
	assert_int_equal(large[0] | large[(9 << 20) - 1], 0);
	memset(large, 'x', 9 << 20);
	assert_string_equal(small, "small");
	mdl_arena_free(&a);
}

static void a_reset_keeps_the_largest_block(void **state)
{
	(void)state;
	struct mdl_arena a;
	mdl_arena_init(&a);
	mdl_arena_reset(&a);
	mdl_arena_alloc(&a, 10);
	mdl_arena_alloc(&a, 1 << 20);
	mdl_arena_alloc(&a, 10);
	mdl_arena_reset(&a);
	assert_true(a.end - a.at >= 1 << 20);
	char *before = a.at;
	assert_ptr_equal(mdl_arena_alloc(&a, 1 << 20), before);
	mdl_arena_free(&a);
	assert_null(a.head);
}

static void copies_end_in_nul(void **state)
{
	(void)state;
	struct mdl_arena a;
	mdl_arena_init(&a);
	assert_string_equal(mdl_arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(mdl_arena_strndup(&a, NULL, 0), "");
	struct mdl_slice s = mdl_arena_slice(&a, MDL_SLICE("a\0b"));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	assert_string_equal(mdl_arena_printf(&a, "%s:%d", "x", 7), "x:7");
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_apart),
		cmocka_unit_test(large_allocations_get_their_room),
		cmocka_unit_test(a_reset_keeps_the_largest_block),
		cmocka_unit_test(copies_end_in_nul),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
