/* SPDX-License-Identifier: MIT
 *
 * Casts between types, by Spark's rules: CAST and TRY_CAST, ANSI and not.
 */
#ifndef MDL_SQL_CAST_H
#define MDL_SQL_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/function.h"
#include "sql/type.h"
#include "sql/value.h"

/* May a value of type FROM be cast to TO at all (explicitly)? Spark's Cast.canAnsiCast / canCast. */
bool mdl_cast_allowed(const struct mdl_type *from, const struct mdl_type *to, bool ansi);
/* Can such a cast fail for a value (in ANSI mode; it gives NULL otherwise)? */
bool mdl_cast_can_fail(const struct mdl_type *from, const struct mdl_type *to);

/* Cast the rows of SEL from IN (decoded, no JSON cells, never ANY) to OUT->type. NULL stays NULL. Rows that cannot be
 * cast fail (mdl_fn_fail) in ANSI mode, and are NULL when ctx->quiet (TRY_CAST) or without ANSI. */
void mdl_cast_eval(struct mdl_fn_ctx *ctx, const struct mdl_vec *in, const uint32_t *sel, size_t n,
		   struct mdl_vec *out);

#endif
