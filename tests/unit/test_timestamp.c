/* SPDX-License-Identifier: MIT
 *
 * The calendar, the text of dates and timestamps, zones and intervals. Zones against
 * Python's zoneinfo (timezone_golden.py); texts against answers of Spark 4.1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/interval.h"
#include "base/timestamp.h"
#include "timezone_golden.inc"

static void days_count_up_without_a_hole(void **state)
{
	(void)state;
	int64_t want = mdl_timestamp_days(-1, 1, 1);
	assert_int_equal(mdl_timestamp_days(1970, 1, 1), 0);
	assert_int_equal(mdl_timestamp_days(1, 1, 1), -719162); /* python: date(1,1,1) */
	assert_int_equal(mdl_timestamp_days(9999, 12, 31), 2932896);
	for (int64_t y = -1; y < 2401; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= mdl_timestamp_month_days(y, m); d++, want++) {
				struct mdl_civil c;
				mdl_timestamp_date_fields(want, &c);
				if (mdl_timestamp_days(y, m, d) != want || c.year != y || c.month != m ||
				    c.day != d)
					fail_msg("%lld-%d-%d", (long long)y, m, d);
			}
	assert_int_equal(mdl_timestamp_weekday(0), 4);
	/* python: date(2021,1,3).isocalendar() and neighbours */
	int64_t wy;
	assert_int_equal(mdl_timestamp_iso_week(mdl_timestamp_days(2021, 1, 3), &wy), 53);
	assert_int_equal(wy, 2020);
	assert_int_equal(mdl_timestamp_iso_week(mdl_timestamp_days(2018, 12, 31), &wy), 1);
	assert_int_equal(wy, 2019);
}

static void text_is_written_as_by_spark(void **state)
{
	(void)state;
	static const struct {
		int64_t us;
		const char *text, *iso;
	} t[] = {
		{0, "1970-01-01 00:00:00", "1970-01-01T00:00:00Z"},
		{1704067200500000, "2024-01-01 00:00:00.5", "2024-01-01T00:00:00.5Z"},
		{-1, "1969-12-31 23:59:59.999999", "1969-12-31T23:59:59.999999Z"},
		{253402300800000000, "+10000-01-01 00:00:00", "+10000-01-01T00:00:00Z"},
		{-62198755200000000, "-0001-01-01 00:00:00", "-0001-01-01T00:00:00Z"},
		{INT64_MAX, "+294247-01-10 04:00:54.775807", "+294247-01-10T04:00:54.775807Z"},
		{INT64_MIN, "-290308-12-21 19:59:05.224192", "-290308-12-21T19:59:05.224192Z"},
	};
	char a[MDL_TIMESTAMP_MAX];
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		a[mdl_timestamp_put_text(a, t[i].us)] = '\0';
		assert_string_equal(a, t[i].text);
		a[mdl_timestamp_put_iso(a, t[i].us, true)] = '\0';
		assert_string_equal(a, t[i].iso);
		int64_t back = 1;
		assert_true(mdl_timestamp_parse(mdl_slice_of(t[i].text), mdl_zone_utc, 0, &back));
		assert_true(back == t[i].us);
	}
}

static void timestamps_are_read_by_sparks_grammar(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{"2024-01-01", 1704067200000000},
		{"2024", 1704067200000000},
		{"2024-1-1 0:0:0", 1704067200000000},
		{" 2024-01-01T00:00:00.1234567Z\n", 1704067200123456},
		{"2024-01-01 10", 1704103200000000},
		{"2024-01-01 00:00:00+02:00", 1704060000000000},
		{"2024-01-01T00:00:00 Europe/Berlin", 1704063600000000},
		{"2024-01-01 00:00:00.5 GMT+8", 1704038400500000},
		{"2024-01-01 00:00:00 +7:30", 1704040200000000},
		{"2024-01-01 00:00:00 UTC", 1704067200000000},
		{"12:30", 45000000000},
		{"T12:30:01", 45001000000},
		{"2024-01-01 00:00:00PST", 1704096000000000},
	};
	int64_t us = 0;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!mdl_timestamp_parse(mdl_slice_of(good[i].text), mdl_zone_utc, 1000, &us) ||
		    us != good[i].us)
			fail_msg("%s: %lld", good[i].text, (long long)us);
	}
	static const char *const bad[] = {"",
					  " ",
					  "2024-02-30",
					  "2024-13-01",
					  "24-01-01",
					  "2024-01-01 25:00:00",
					  "x",
					  "2024-01-01 00:00:60",
					  "2024-01-01x",
					  "2024-01-01 00:00:00 Mars/Base",
					  "2024-01-01 00:00Z",
					  "2024-001-01",
					  "2024/01/01",
					  "2024-01-01 00:00:00+19:00"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mdl_timestamp_parse(mdl_slice_of(bad[i]), mdl_zone_utc, 0, &us))
			fail_msg("accepted %s", bad[i]);
	assert_true(mdl_timestamp_parse_ntz(MDL_SLICE("2024-01-01 00:00:00+02:00"), true, &us));
	assert_true(us == 1704067200000000);
	assert_false(mdl_timestamp_parse_ntz(MDL_SLICE("2024-01-01 00:00:00Z"), false, &us));
	int64_t d = 0;
	assert_true(mdl_timestamp_parse_date(MDL_SLICE("2024-1-31 anything"), &d));
	assert_int_equal(d, 19753);
	assert_true(mdl_timestamp_parse_date(MDL_SLICE("-0044-03-15"), &d));
	assert_false(mdl_timestamp_parse_date(MDL_SLICE("2024-01-01x"), &d));
	assert_false(mdl_timestamp_parse_date(MDL_SLICE("2023-02-29"), &d));
	assert_false(mdl_timestamp_parse_date(MDL_SLICE("20240101"), &d));
}

static void zones_agree_with_zoneinfo(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		const struct mdl_zone *z = mdl_zone_find(mdl_slice_of(offsets[i].zone));
		assert_non_null(z);
		if (mdl_zone_offset(z, offsets[i].utc, NULL) != offsets[i].offset)
			fail_msg("%s at %lld: %d", offsets[i].zone, (long long)offsets[i].utc,
				 mdl_zone_offset(z, offsets[i].utc, NULL));
	}
	for (size_t i = 0; i < sizeof(locals) / sizeof(*locals); i++) {
		const struct mdl_zone *z = mdl_zone_find(mdl_slice_of(locals[i].zone));
		int64_t us = mdl_zone_to_utc(z, locals[i].local * MDL_US_SECOND);
		if (us != locals[i].utc * MDL_US_SECOND)
			fail_msg("%s local %lld: %lld", locals[i].zone, (long long)locals[i].local,
				 (long long)us);
	}
	static const char *const bad[] = {
		"",     "+",    "+19",      "+5:5:5", "Mars/Base", "../etc/passwd", "/etc/passwd",
		"UTC+", "+123", "zone.tab", "+10:60", "Europe"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mdl_zone_find(mdl_slice_of(bad[i])))
			fail_msg("accepted %s", bad[i]);
	assert_int_equal(mdl_zone_offset(mdl_zone_find(MDL_SLICE("GMT+8")), 0, NULL), 28800);
	assert_int_equal(mdl_zone_offset(mdl_zone_find(MDL_SLICE("-0530")), 0, NULL), -19800);
	assert_ptr_equal(mdl_zone_find(MDL_SLICE("Europe/Berlin")),
			 mdl_zone_find(MDL_SLICE("Europe/Berlin")));
}

static void intervals_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct mdl_interval v;
	} good[] = {
		{"10 minutes", {0, 0, 600000000}},
		{"1 hour 30 minutes", {0, 0, 5400000000}},
		{"INTERVAL 1 DAY", {0, 1, 0}},
		{"interval '1' day", {-1, 0, 0}},
		{" -2 weeks 1 year\t3 months ", {15, -14, 0}},
		{"1.5 seconds", {0, 0, 1500000}},
		{"-0.000001 second", {0, 0, -1}},
		{"3 milliseconds 4 microseconds", {0, 0, 3004}},
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct mdl_interval v;
		bool ok = mdl_interval_parse(mdl_slice_of(good[i].text), &v);
		if (good[i].v.months == -1) {
			assert_false(ok);
			continue;
		}
		if (!ok || v.months != good[i].v.months || v.days != good[i].v.days || v.us != good[i].v.us)
			fail_msg("%s", good[i].text);
	}
	static const char *const bad[] = {
		"",          "interval",    "10",         "10minutes",
		"1.5 days",  "1 fortnight", "minutes 10", "99999999999999999999 days",
		"- minutes", "1 minutess"};
	struct mdl_interval v;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mdl_interval_parse(mdl_slice_of(bad[i]), &v))
			fail_msg("accepted %s", bad[i]);
	int64_t us;
	assert_true(mdl_interval_parse_us(MDL_SLICE("1 day 1 second"), &us));
	assert_true(us == 86401000000);
	assert_false(mdl_interval_parse_us(MDL_SLICE("1 month"), &us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_count_up_without_a_hole),
		cmocka_unit_test(text_is_written_as_by_spark),
		cmocka_unit_test(timestamps_are_read_by_sparks_grammar),
		cmocka_unit_test(zones_agree_with_zoneinfo),
		cmocka_unit_test(intervals_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
