/* SPDX-License-Identifier: MIT
 *
 * A text through the cores of all casts from strings. What became a number, a date or
 * a decimal is written and read again, and is the same.
 */
#include <math.h>
#include <stdint.h>

#include "base/interval.h"
#include "base/num.h"
#include "base/timestamp.h"
#include "base/timezone.h"
#include "sql/cast_string.h"
#include "sql/decimal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void numbers(struct mdl_slice s)
{
	char text[MDL_NUM_MAX];
	bool b;
	int64_t i, j;
	double d, e;
	mdl_cast_string_bool(s, &b);
	mdl_cast_string_int64(s, true, &i);
	if (mdl_cast_string_int64(s, false, &i) == MDL_NUM_OK) {
		struct mdl_slice t = {text, mdl_num_put_int64(text, i)};
		if (mdl_cast_string_int64(t, false, &j) != MDL_NUM_OK || i != j)
			mdl_bug("%lld is not read again", (long long)i);
	}
	mdl_cast_string_double(s, true, &d);
	if (mdl_cast_string_double(s, false, &d) && isfinite(d)) {
		struct mdl_slice t = {text, mdl_num_put_double(text, d)};
		if (!mdl_cast_string_double(t, false, &e) || d != e)
			mdl_bug("%.17g is not read again", d);
	}
}

static void decimals(struct mdl_slice s)
{
	static const struct mdl_dec kinds[] = {{38, 0}, {38, 38}, {38, 18}, {5, 2}, {1, 0}, {1, 1}};
	char text[MDL_DECIMAL_MAX];
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		mdl_i128 v, w;
		if (mdl_decimal_parse(s, kinds[k], &v) != MDL_NUM_OK)
			continue;
		struct mdl_slice t = {text, mdl_decimal_put_plain(text, v, kinds[k].s)};
		if (mdl_decimal_parse(t, kinds[k], &w) != MDL_NUM_OK || v != w)
			mdl_bug("a DECIMAL(%u,%u) is not read again", kinds[k].p, kinds[k].s);
	}
}

static void times(struct mdl_slice s)
{
	char text[MDL_TIMESTAMP_MAX];
	int64_t v, w;
	struct mdl_interval i;
	if (mdl_timestamp_parse_date(s, &v)) {
		struct mdl_slice t = {text, mdl_timestamp_put_date(text, v)};
		if (!mdl_timestamp_parse_date(t, &w) || v != w)
			mdl_bug("day %lld is not read again", (long long)v);
	}
	mdl_timestamp_parse_ntz(s, true, &v);
	mdl_timestamp_parse(s, mdl_zone_find(MDL_SLICE("Europe/Berlin")), 0, &v);
	mdl_timestamp_parse(s, mdl_zone_utc, 1700000000000000, &v);
	mdl_interval_parse(s, &i);
	mdl_interval_parse_us(s, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_slice s = {size ? (const char *)data : "", size};
	numbers(s);
	decimals(s);
	times(s);
	return 0;
}
