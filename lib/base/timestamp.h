/* SPDX-License-Identifier: MIT
 *
 * Dates and timestamps: days and microseconds since 1970-01-01 in the proleptic
 * Gregorian calendar, their fields, their text and Spark's grammar of reading them
 * (SparkDateTimeUtils). "Local" microseconds are a wall clock's reading taken as if it
 * were UTC; timezone.h goes between the two.
 */
#ifndef MDL_BASE_TIMESTAMP_H
#define MDL_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/timezone.h"

#define MDL_US_SECOND INT64_C(1000000)
#define MDL_US_MINUTE (60 * MDL_US_SECOND)
#define MDL_US_HOUR (60 * MDL_US_MINUTE)
#define MDL_US_DAY (24 * MDL_US_HOUR)

struct mdl_civil {
	int64_t year;   /* astronomical: 0 is 1 BC */
	int month, day; /* from 1 */
	int hour, minute, second, us;
};

bool mdl_timestamp_leap(int64_t year);
int mdl_timestamp_month_days(int64_t year, int month);
/* Days since 1970-01-01. MONTH 1..12; DAY may lie outside the month. */
int64_t mdl_timestamp_days(int64_t year, int month, int day);
/* Sets year, month, day; leaves the rest. */
void mdl_timestamp_date_fields(int64_t days, struct mdl_civil *c);
/* From local microseconds to fields, and back. */
void mdl_timestamp_fields(int64_t local_us, struct mdl_civil *c);
/* False when the microseconds do not fit 64 bits. Fields must be in range. */
bool mdl_timestamp_from_fields(const struct mdl_civil *c, int64_t *local_us);
/* Are month, day, hour, minute, second of the calendar and the clock? */
bool mdl_timestamp_fields_valid(const struct mdl_civil *c);
/* 1..366; 1 (Monday) .. 7; ISO 8601 week 1..53 and its year. */
int mdl_timestamp_day_of_year(int64_t days);
int mdl_timestamp_weekday(int64_t days);
int mdl_timestamp_iso_week(int64_t days, int64_t *week_year);
/* The date N months on, the day cut to the month's last. */
int64_t mdl_timestamp_add_months(int64_t days, int64_t n);

static inline int64_t mdl_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static inline int64_t mdl_floor_mod(int64_t a, int64_t b)
{
	int64_t r = a % b;
	return r && (r < 0) != (b < 0) ? r + b : r;
}

/* Text: P has room for MDL_TIMESTAMP_MAX bytes; the length is returned (no NUL). */
enum { MDL_TIMESTAMP_MAX = 48 };
size_t mdl_timestamp_put_date(char *p, int64_t days); /* "2024-01-31", "+10000-01-01" */
/* As CAST(... AS STRING): "2024-01-31 10:00:00.5", fraction without trailing zeros. */
size_t mdl_timestamp_put_text(char *p, int64_t local_us);
/* ISO 8601: "2024-01-31T10:00:00.5Z"; the Z when UTC. */
size_t mdl_timestamp_put_iso(char *p, int64_t local_us, bool utc);

/* Spark's casts from string. White space round S is ignored. False: not of the grammar or no such day or time. */
bool mdl_timestamp_parse_date(struct mdl_slice s, int64_t *days);
/* ZONE serves texts that name none; NOW_US gives the day to texts that are a time of day alone. */
bool mdl_timestamp_parse(struct mdl_slice s, const struct mdl_zone *zone, int64_t now_us, int64_t *us);
/* TIMESTAMP_NTZ: local microseconds; a zone in the text is checked and ignored, or refused without ALLOW_ZONE. */
bool mdl_timestamp_parse_ntz(struct mdl_slice s, bool allow_zone, int64_t *local_us);

#endif
