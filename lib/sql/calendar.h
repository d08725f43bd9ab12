/* SPDX-License-Identifier: MIT
 *
 * Values of the type INTERVAL, Spark's CalendarInterval: months, days and microseconds
 * that do not carry into one another, so that two of them have no order.
 */
#ifndef MDL_SQL_CALENDAR_H
#define MDL_SQL_CALENDAR_H

#include "base/buf.h"
#include "base/interval.h"
#include "base/timezone.h"
#include "sql/value.h"

/* As vectors hold it: months, then days, in 32 bits each, then microseconds. V's months and days fit in 32 bits. */
static inline mdl_i128 mdl_calendar_pack(struct mdl_interval v)
{
	uint64_t high = (uint64_t)(uint32_t)v.months << 32 | (uint32_t)v.days;
	return (mdl_i128)((unsigned __int128)high << 64 | (uint64_t)v.us);
}

static inline struct mdl_interval mdl_calendar_unpack(mdl_i128 p)
{
	uint64_t high = (uint64_t)((unsigned __int128)p >> 64);
	return (struct mdl_interval){(int32_t)(uint32_t)(high >> 32), (int32_t)(uint32_t)high,
				     (int64_t)(uint64_t)p};
}

/* Append V as CalendarInterval.toString writes it: "1 years 2 months -3 days 4 hours 5.5 seconds". */
void mdl_calendar_put(struct mdl_buf *out, struct mdl_interval v);
/* T (UTC microseconds) moved by V on the wall clock of Z: months, then days, then time. False when 64 bits do not hold it. */
bool mdl_calendar_move(int64_t t, struct mdl_interval v, const struct mdl_zone *z, int64_t *to);

#endif
