/* SPDX-License-Identifier: MIT
 *
 * Functions between dates and their text: to_timestamp, to_date, unix_timestamp (and
 * the try_ ones), date_format, from_unixtime. A constant pattern is compiled once.
 */
#ifndef MDL_SQL_FUNC_TIMETEXT_H
#define MDL_SQL_FUNC_TIMETEXT_H

#include "base/timezone.h"
#include "sql/datetime_pattern.h"
#include "sql/func_text.h"

/* The session's zone; never NULL. */
const struct mdl_zone *mdl_timetext_zone(const struct mdl_fn_ctx *ctx);

/* Text by pattern to what KIND keeps: days, local or UTC microseconds; Z where the text names no zone. */
bool mdl_timetext_read(const struct mdl_pattern *p, struct mdl_slice s, enum mdl_kind kind,
		       const struct mdl_zone *z, int64_t *v);

int mdl_timetext_resolve(struct mdl_call *call, struct mdl_err *err);
int mdl_timetext_prepare(struct mdl_call *call, struct mdl_err *err);
void mdl_timetext_f_read(MDL_FN_PARAMS);
void mdl_timetext_f_write(MDL_FN_PARAMS);

#endif
