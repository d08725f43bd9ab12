/* SPDX-License-Identifier: MIT
 *
 * The text of intervals as Spark reads it (IntervalUtils.stringToInterval): "10
 * minutes", "1 hour 30 minutes", "INTERVAL -1.5 seconds", "2 weeks".
 */
#ifndef MDL_BASE_INTERVAL_H
#define MDL_BASE_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* As in Spark, the three do not carry into one another. */
struct mdl_interval {
	int64_t months, days, us;
};

/* False: not an interval, or out of range. */
bool mdl_interval_parse(struct mdl_slice s, struct mdl_interval *v);
/* The same as one length in microseconds, days being 24 hours; false also for months and years. */
bool mdl_interval_parse_us(struct mdl_slice s, int64_t *us);

#endif
