/* SPDX-License-Identifier: MIT
 *
 * What the simulator writes rows with: integers, decimals, dates and cuts. The
 * expected dates are those of GNU date -u.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "source/simulate.h"
#include "source/simulate_text.h"

static void integers_are_written_as_printf_does(void **state)
{
	(void)state;
	static const uint64_t values[] = {0, 7, 10, 99, 100, 101, 999, 1000, 1705276800010, UINT64_MAX};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char want[32], got[32];
		snprintf(want, sizeof(want), "%" PRIu64, values[i]);
		*mdl_simulate_text_uint(got, values[i]) = '\0';
		assert_string_equal(got, want);
	}
	char text[16] = "";
	*mdl_simulate_text_digits(text, 42, 6) = '\0';
	assert_string_equal(text, "000042");
	*mdl_simulate_text_digits(text, 7, 3) = '\0';
	assert_string_equal(text, "007");
}

static void decimals_keep_one_place_and_no_idle_zeros(void **state)
{
	(void)state;
	static const struct {
		int64_t v;
		unsigned decimals;
		const char *want;
	} cases[] = {{20150, 2, "201.5"},
		     {20000, 2, "200.0"},
		     {5, 2, "0.05"},
		     {-73996000, 6, "-73.996"},
		     {-1, 2, "-0.01"},
		     {17, 0, "17"},
		     {0, 5, "0.0"},
		     {29549646, 5, "295.49646"},
		     {INT64_MIN, 2, "-92233720368547758.08"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[40];
		*mdl_simulate_text_decimal(got, cases[i].v, cases[i].decimals) = '\0';
		assert_string_equal(got, cases[i].want);
	}
}

static void times_are_read_and_taken_apart(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
		unsigned weekday;
	} cases[] = {{"1970-01-01", 0, 4},
		     {"2024-01-15", INT64_C(1705276800000), 1},
		     {"2024-02-29T23:59:59.250Z", INT64_C(1709251199250), 4},
		     {"2000-03-01 00:00:00", INT64_C(951868800000), 3},
		     {"2999-12-31T00:00:00Z", INT64_C(32503593600000), 2},
		     {"1705276800000", INT64_C(1705276800000), 1}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -1;
		struct mdl_simulate_date d;
		char back[64];
		assert_int_equal(mdl_simulate_text_time(cases[i].text, &ms), 0);
		assert_int_equal(ms, cases[i].ms);
		mdl_simulate_text_date(&d, ms);
		assert_int_equal(d.weekday, cases[i].weekday);
		snprintf(back, sizeof(back), "%04d-%02u-%02u", d.year, d.month, d.day);
		if (strlen(cases[i].text) >= 10 && cases[i].text[4] == '-')
			assert_memory_equal(back, cases[i].text, 10);
	}
	static const char *const wrong[] = {"",
					    "yesterday",
					    "2024-1-5",
					    "2024-02-30",
					    "2023-02-29",
					    "2024-13-01",
					    "2024-01-15T24:00:00",
					    "2024-01-15T10:00:00+01:00",
					    "2024-01-15Z",
					    "2024-01-15T10:00:00.5",
					    "-5",
					    "1705276800000000000"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t ms;
		assert_int_equal(mdl_simulate_text_time(wrong[i], &ms), -1);
	}
}

static void a_cut_line_is_shorter_and_not_empty(void **state)
{
	(void)state;
	for (uint64_t dice = 0; dice <= UINT32_MAX; dice += UINT32_MAX / 100) {
		char line[] = "{\"a\":1}\n";
		char *end = mdl_simulate_text_cut(line, line + 8, (uint32_t)dice);
		assert_in_range(end - line, 2, 7); /* with the newline; the whole line has 8 */
		assert_int_equal(end[-1], '\n');
		assert_memory_equal(line, "{\"a\":1}", (size_t)(end - line) - 1);
	}
}

static void shares_are_exact_chances(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t want;
	} cases[] = {{"0", 0},
		     {"1", UINT64_C(1) << 32},
		     {"100%", UINT64_C(1) << 32},
		     {"0.5", UINT64_C(1) << 31},
		     {".25", UINT64_C(1) << 30},
		     {"25%", UINT64_C(1) << 30},
		     {"0.02", 85899345},
		     {"2%", 85899345},
		     {"0.000000001", 0}};
	struct mdl_err err = MDL_ERR_INIT;
	uint64_t got;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mdl_simulate_share(cases[i].text, "--late", &got, &err), 0);
		assert_int_equal(got, cases[i].want);
	}
	static const char *const wrong[] = {
		"", ".", "%", "1.1", "101%", "-0.1", "1e-2", "0,5", "99999999999999999999"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(mdl_simulate_share(wrong[i], "--late", &got, &err), -1);
		assert_non_null(strstr(err.msg, "--late"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_written_as_printf_does),
		cmocka_unit_test(decimals_keep_one_place_and_no_idle_zeros),
		cmocka_unit_test(times_are_read_and_taken_apart),
		cmocka_unit_test(a_cut_line_is_shorter_and_not_empty),
		cmocka_unit_test(shares_are_exact_chances),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
