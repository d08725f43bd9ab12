/* SPDX-License-Identifier: MIT
 *
 * Buffers: growth, the limit, and that a refused write changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void writes_add_up(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	assert_true(mdl_slice_is(mdl_buf_slice(&b), ""));
	mdl_buf_put(&b, NULL, 0);
	mdl_buf_printf(&b, "%s", "");
	mdl_buf_puts(&b, "ab");
	mdl_buf_putc(&b, 'c');
	mdl_buf_puts_slice(&b, MDL_SLICE("de"));
	mdl_buf_printf(&b, "%d-%s", 42, "x");
	assert_string_equal(mdl_buf_cstr(&b), "abcde42-x");
	assert_int_equal(b.n, 9);
	mdl_buf_drop(&b, 5);
	assert_string_equal(mdl_buf_cstr(&b), "42-x");
	mdl_buf_drop(&b, 100);
	assert_int_equal(b.n, 0);
	mdl_buf_free(&b);
}

static void growth_keeps_the_content(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (unsigned i = 0; i < 100000; i++)
		mdl_buf_putc(&b, (char)(i % 251));
	assert_int_equal(b.n, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal((unsigned char)b.p[i], i % 251);
	mdl_buf_free(&b);
}

static void the_limit_is_exact(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(100);
	for (int i = 0; i < 100; i++)
		mdl_buf_putc(&b, 'x');
	assert_int_equal(b.n, 100);
	assert_false(b.toobig);
	assert_int_equal(strlen(mdl_buf_cstr(&b)), 100);
	mdl_buf_putc(&b, 'y');
	assert_true(b.toobig);
	assert_int_equal(b.n, 100);
	mdl_buf_clear(&b);
	assert_false(b.toobig);
	mdl_buf_free(&b);
}

static void a_refused_write_changes_nothing_and_sticks(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(10);
	mdl_buf_puts(&b, "12345");
	mdl_buf_puts(&b, "123456");
	assert_true(b.toobig);
	assert_string_equal(mdl_buf_cstr(&b), "12345");
	mdl_buf_puts(&b, "67890");
	assert_string_equal(mdl_buf_cstr(&b), "1234567890");
	assert_true(b.toobig);
	mdl_buf_clear(&b);
	mdl_buf_printf(&b, "%s", "1234567890");
	assert_int_equal(b.n, 10);
	mdl_buf_printf(&b, "%d", 1);
	assert_true(b.toobig);
	assert_int_equal(b.n, 10);
	assert_false(mdl_buf_reserve(&b, SIZE_MAX));
	mdl_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_add_up),
		cmocka_unit_test(growth_keeps_the_content),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_refused_write_changes_nothing_and_sticks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
