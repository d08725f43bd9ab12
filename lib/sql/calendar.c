/* SPDX-License-Identifier: MIT
 *
 * Intervals of months and days in one: see calendar.h.
 */
#include "sql/calendar.h"

#include <stdlib.h>

#include "base/num.h"
#include "base/timestamp.h"
#include "sql/func_interval.h"

static void put_unit(struct mdl_buf *out, int64_t v, const char *unit)
{
	if (!v)
		return;
	mdl_num_write_int64(out, v);
	mdl_buf_printf(out, " %s ", unit);
}

void mdl_calendar_put(struct mdl_buf *out, struct mdl_interval v)
{
	int64_t rest = v.us % MDL_US_MINUTE;
	if (!v.months && !v.days && !v.us) {
		mdl_buf_puts(out, "0 seconds");
		return;
	}
	put_unit(out, v.months / 12, "years");
	put_unit(out, v.months % 12, "months");
	put_unit(out, v.days, "days");
	put_unit(out, v.us / MDL_US_HOUR, "hours");
	put_unit(out, v.us % MDL_US_HOUR / MDL_US_MINUTE, "minutes");
	if (rest) {
		mdl_buf_printf(out, "%s%d.%06d", rest < 0 ? "-" : "", abs((int)(rest / MDL_US_SECOND)),
			       abs((int)(rest % MDL_US_SECOND)));
		while (out->n && out->p[out->n - 1] == '0')
			out->n--;
		out->n -= out->n && out->p[out->n - 1] == '.';
		mdl_buf_puts(out, " seconds");
	} else if (out->n) {
		out->n--; /* the blank behind the last unit */
	}
}

bool mdl_calendar_move(int64_t t, struct mdl_interval v, const struct mdl_zone *z, int64_t *to)
{
	return (!v.months || mdl_interval_move_months(t, v.months, z, &t)) &&
	       mdl_interval_move_days(t, v.days, v.us, z, to);
}
