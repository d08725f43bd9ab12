/* SPDX-License-Identifier: MIT
 *
 * Arithmetic of intervals: the operators that compile_op.c turns into calls, whose
 * names have a space so that no one can write them.
 */
#ifndef MDL_SQL_FUNC_INTERVAL_H
#define MDL_SQL_FUNC_INTERVAL_H

#include "base/timezone.h"
#include "sql/func_text.h"

/* T (UTC microseconds) moved by whole months or days, and US more, on the wall clock of Z, as ZonedDateTime does it: in
 * an overlap the offset stays. False when it leaves what 64 bits hold. */
bool mdl_interval_move_months(int64_t t, int64_t months, const struct mdl_zone *z, int64_t *to);
bool mdl_interval_move_days(int64_t t, int64_t days, int64_t us, const struct mdl_zone *z, int64_t *to);
/* The instant of LOCAL, which was reached from the instant FROM: in an overlap the offset that FROM had stays. */
int64_t mdl_interval_resolve(const struct mdl_zone *z, int64_t from, int64_t local);

#endif
