/* SPDX-License-Identifier: MIT
 *
 * Functions that move a time between zones.
 */
#include "base/timestamp.h"
#include "sql/decimal.h"
#include "sql/func_text.h"
#include "sql/func_timetext.h"
#include <math.h>
#include <string.h>
#include <strings.h>

static void shift_zone(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, const uint32_t *sel, size_t n,
		       struct mdl_vec *out, bool to_utc)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice name = mdl_arg_str(args, 1, row);
		const struct mdl_zone *z = mdl_zone_find(name);
		if (!z)
			mdl_fn_fail(ctx, out, row, "INVALID_TIMEZONE", "The timezone: %.*s is invalid.",
				    (int)(name.n < 60 ? name.n : 60), name.p);
		else
			out->i64[row] = to_utc ? mdl_zone_to_utc(z, mdl_arg_int(args, 0, row))
					       : mdl_zone_to_local(z, mdl_arg_int(args, 0, row));
	}
}

static void f_from_utc(MDL_FN_PARAMS)
{
	(void)nargs;
	shift_zone(ctx, args, sel, n, out, false);
}

static void f_to_utc(MDL_FN_PARAMS)
{
	(void)nargs;
	shift_zone(ctx, args, sel, n, out, true);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL };

const struct mdl_fn mdl_func_zone[] = {
	{"from_utc_timestamp", 2, 2, S | F, "TIMESTAMP,STRING:TIMESTAMP", NULL, NULL, f_from_utc},
	{"to_utc_timestamp", 2, 2, S | F, "TIMESTAMP,STRING:TIMESTAMP", NULL, NULL, f_to_utc},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
