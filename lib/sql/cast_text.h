/* SPDX-License-Identifier: MIT
 *
 * Values as CAST(... AS STRING) writes them: Spark's ToStringBase. Nested values too:
 * "[1, 2]", "{a -> 1}", "{1, x}".
 */
#ifndef MDL_SQL_CAST_TEXT_H
#define MDL_SQL_CAST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/timezone.h"
#include "sql/value.h"

/* Append row ROW of V, which is no JSON cell and no NULL. ANSI: decimals without an exponent. */
void mdl_cast_text_put(struct mdl_buf *out, const struct mdl_vec *v, size_t row, const struct mdl_zone *zone,
		       bool ansi);

/* "1 02:03:04.5" of INTERVAL '...' DAY TO SECOND, "1-2" of YEAR TO MONTH, by the fields of T; with the words
 * round it, as CAST gives them. */
void mdl_cast_text_interval(struct mdl_buf *out, const struct mdl_type *t, int64_t v);

#endif
