/* SPDX-License-Identifier: MIT
 *
 * JSON strings and UTF-8. Expected texts are from RFC 8259, Unicode's table 3-7 and
 * chapter 3.9, and Jackson's default escapes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/text.h"

static void is_unescaped(const char *raw, const char *want, size_t n)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&b, "<");
	mdl_json_unescape(&b, mdl_slice_of(raw));
	assert_int_equal(b.n, n + 1);
	assert_memory_equal(b.p + 1, want, n);
	char dst[64];
	assert_int_equal(mdl_json_unescape_to(dst, mdl_slice_of(raw)), n);
	assert_memory_equal(dst, want, n);
	mdl_buf_free(&b);
}

static void escapes_are_resolved(void **state)
{
	(void)state;
	is_unescaped("plain", "plain", 5);
	is_unescaped("", "", 0);
	is_unescaped("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
	is_unescaped("a\\u0041\\u00e9\\u20AC\\uFFFF", "aA\xc3\xa9\xe2\x82\xac\xef\xbf\xbf", 10);
	is_unescaped("\\u0000x", "\0x", 2);
	is_unescaped("\\uD834\\udd1e.", "\xf0\x9d\x84\x9e.", 5);
	is_unescaped("\\\\u0041", "\\u0041", 6);
}

static void half_a_surrogate_pair_is_a_question_mark(void **state)
{
	(void)state;
	is_unescaped("\\ud800", "?", 1);
	is_unescaped("\\udc00\\ud800", "??", 2);
	is_unescaped("\\ud800\\u0041", "?A", 2);
	is_unescaped("\\ud800\\ud834\\udd1e", "?\xf0\x9d\x84\x9e", 5);
	is_unescaped("\\ud800\\n", "?\n", 2);
	assert_true(mdl_json_lone_surrogate(MDL_SLICE("a\\\\\\ud800")));
	assert_false(mdl_json_lone_surrogate(MDL_SLICE("a\\\\ud800")));
	assert_false(mdl_json_lone_surrogate(MDL_SLICE("\\uD834\\udd1e")));
	assert_false(mdl_json_lone_surrogate(MDL_SLICE("")));
}

static void is_quoted(const char *s, size_t n, const char *want)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_json_quote(&b, (struct mdl_slice){s, n});
	assert_string_equal(mdl_buf_cstr(&b), want);
	mdl_buf_free(&b);
}

static void strings_are_quoted_as_jackson_does(void **state)
{
	(void)state;
	is_quoted("", 0, "\"\"");
	is_quoted("a/b'c\x7f", 6, "\"a/b'c\x7f\"");
	is_quoted("\"\\\b\t\n\f\r", 7, "\"\\\"\\\\\\b\\t\\n\\f\\r\"");
	is_quoted("\0\x01\x1f\x0b", 4, "\"\\u0000\\u0001\\u001F\\u000B\"");
	is_quoted("\xc3\xa9\xf0\x9d\x84\x9e\xe2\x80\xa8", 9, "\"\xc3\xa9\xf0\x9d\x84\x9e\xe2\x80\xa8\"");
}

static void invalid_bytes_become_replacement_characters(void **state)
{
	(void)state;
#define R "\xef\xbf\xbd"
	/* the examples of Unicode's chapter 3.9, tables 3-8 to 3-11 */
	is_quoted("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9, "\"" R R R R R R R R "A\"");
	is_quoted("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9, "\"" R R R R R R R R "A\"");
	is_quoted("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9, "\"" R R R R R "A" R R "B\"");
	is_quoted("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9, "\"" R R R R "A\"");
	is_quoted("x\xf0\x9d\x84", 4, "\"x" R "\"");
#undef R
}

/* Unicode's table 3-7, written out a second way: decode, then look at the value. */
static bool reference_valid(const unsigned char *b, size_t n)
{
	if (n == 1)
		return b[0] < 0x80;
	for (size_t i = 1; i < n; i++)
		if (b[i] < 0x80 || b[i] > 0xbf)
			return false;
	uint32_t c;
	switch (n) {
	case 2:
		c = (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3fu);
		return b[0] >> 5 == 6 && c >= 0x80;
	case 3:
		c = (uint32_t)(b[0] & 15) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3fu);
		return b[0] >> 4 == 14 && c >= 0x800 && (c < 0xd800 || c > 0xdfff);
	default:
		c = (uint32_t)(b[0] & 7) << 18 | (uint32_t)(b[1] & 0x3f) << 12 |
		    (uint32_t)(b[2] & 0x3f) << 6 | (b[3] & 0x3fu);
		return b[0] >> 3 == 30 && c >= 0x10000 && c <= 0x10ffff;
	}
}

static void utf8_is_exact(void **state)
{
	(void)state;
	static const unsigned char tails[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
					      0x9f, 0xa0, 0xbf, 0xc0, 0xff};
	enum { NT = sizeof(tails) };
	for (unsigned b0 = 0; b0 < 256; b0++) {
		for (size_t i = 0; i < (size_t)NT * NT * NT; i++) {
			unsigned char b[4] = {(unsigned char)b0, tails[i % NT], tails[i / NT % NT],
					      tails[i / NT / NT]};
			size_t want = 0;
			for (size_t n = 1; n <= 4 && !want; n++)
				want = reference_valid(b, n) ? n : 0;
			for (size_t n = 1; n <= 4; n++) {
				struct mdl_slice s = {(const char *)b, n};
				size_t upto = mdl_utf8_valid_upto(s);
				if (want && want <= n)
					assert_true(upto >= want);
				else
					assert_int_equal(upto, 0);
				if (n == want)
					assert_true(mdl_utf8_valid(s));
			}
		}
	}
}

static void the_first_invalid_byte_is_found(void **state)
{
	(void)state;
	char s[40];
	for (size_t i = 0; i < sizeof(s); i++) {
		memset(s, 'a', sizeof(s));
		s[i] = (char)0x80;
		assert_int_equal(mdl_utf8_valid_upto((struct mdl_slice){s, sizeof(s)}), i);
	}
	assert_int_equal(mdl_utf8_valid_upto(MDL_SLICE("")), 0);
}

/* Each byte that is written otherwise, and its neighbours in value, at each place of texts of each length: what goes eight at a
 * time is as what goes one by one. */
static void test_quotes_at_each_place(void **state)
{
	(void)state;
	static const struct {
		char c;
		const char *written;
	} odd[] = {
		{'"', "\\\""},
		{'\\', "\\\\"},
		{'\n', "\\n"},
		{'\x1f', "\\u001F"},
		{'\0', "\\u0000"},
		{'\x80', "\xef\xbf\xbd"},
		{'\xff', "\xef\xbf\xbd"},
		{' ', " "},
		{'!', "!"},
		{'#', "#"},
		{'[', "["},
		{']', "]"},
		{'\x7f', "\x7f"},
	};
	char text[40];
	for (size_t n = 0; n <= sizeof(text); n++) {
		for (size_t at = 0; at <= n; at++) {
			for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
				struct mdl_buf got = MDL_BUF_INIT(1 << 10), want = MDL_BUF_INIT(1 << 10);
				mdl_buf_putc(&want, '"');
				for (size_t i = 0; i < n; i++) {
					text[i] = i == at ? odd[k].c : (char)('a' + i % 26);
					if (i == at)
						mdl_buf_puts(&want, odd[k].written);
					else
						mdl_buf_putc(&want, text[i]);
				}
				mdl_buf_putc(&want, '"');
				mdl_json_quote(&got, (struct mdl_slice){text, n});
				assert_int_equal(got.n, want.n);
				assert_memory_equal(got.p, want.p, want.n);
				mdl_buf_free(&got);
				mdl_buf_free(&want);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes_at_each_place),
		cmocka_unit_test(escapes_are_resolved),
		cmocka_unit_test(half_a_surrogate_pair_is_a_question_mark),
		cmocka_unit_test(strings_are_quoted_as_jackson_does),
		cmocka_unit_test(invalid_bytes_become_replacement_characters),
		cmocka_unit_test(utf8_is_exact),
		cmocka_unit_test(the_first_invalid_byte_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
