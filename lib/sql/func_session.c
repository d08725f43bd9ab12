/* SPDX-License-Identifier: MIT
 *
 * Who and where: the names of the user, the catalog and the schema, and the time of
 * day; and bitmap_..., which number bits as Spark's bitmaps do.
 */
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "sql/func_list.h"
#include "sql/func_timetext.h"

static void fill(struct mdl_vec *out, const uint32_t *sel, size_t n, const char *text)
{
	MDL_EACH(row, sel, n)
	out->str[row] = mdl_slice_of(text);
}

static void f_catalog(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	fill(out, sel, n, "spark_catalog");
}

static void f_schema(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	fill(out, sel, n, "default");
}

/* Whose process it is. */
static void f_user(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	const struct passwd *pw = getpwuid(geteuid());
	fill(out, sel, n, pw ? mdl_arena_strdup(ctx->arena, pw->pw_name) : "unknown");
}

static void f_collation(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	fill(out, sel, n, "SYSTEM.BUILTIN.UTF8_BINARY");
	MDL_EACH(row, sel, n)
	out->valid[row] = 1;
}

static int resolve_current_time(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_vec *digits = call->nargs ? call->consts[0] : NULL;
	if (call->nargs && (!digits || !digits->valid[0] || !mdl_type_is_integral(digits->type) ||
			    digits->i64[0] < 0 || digits->i64[0] > 6))
		return mdl_list_mismatch(call, "VALUE_OUT_OF_RANGE", "the precision must be between 0 and 6",
					 err);
	call->result = &mdl_type_time;
	return 0;
}

static void f_current_time(MDL_FN_PARAMS)
{
	int64_t local = mdl_zone_to_local(mdl_timetext_zone(ctx), ctx->session->now_us), unit = 1;
	for (int64_t digits = nargs ? args[0]->i64[0] : 6; digits < 6; digits++)
		unit *= 10;
	MDL_EACH(row, sel, n)
	out->i64[row] = mdl_floor_mod(local, MDL_US_DAY) / unit * unit;
}

/* ---- bitmaps of 32768 bits ---- */

enum { BITS = 32768 };

static void f_bit_position(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		int64_t v = mdl_arg_int(args, 0, row);
		out->i64[row] = v > 0 ? (v - 1) % BITS : -(v % BITS);
	}
}

static void f_bucket_number(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		int64_t v = mdl_arg_int(args, 0, row);
		out->i64[row] = v > 0 ? 1 + (v - 1) / BITS : v / BITS;
	}
}

static void f_bitmap_count(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->i64[row] = 0;
		for (size_t i = 0; i < s.n; i++)
			out->i64[row] += __builtin_popcount((unsigned char)s.p[i]);
	}
}

enum { S = MDL_FN_STRICT, N = MDL_FN_SESSION };

const struct mdl_fn mdl_func_session[] = {
	{"current_catalog", 0, 0, S, ":STRING", NULL, NULL, f_catalog},
	{"current_database", 0, 0, S, ":STRING", NULL, NULL, f_schema},
	{"current_schema", 0, 0, S, ":STRING", NULL, NULL, f_schema},
	{"current_user", 0, 0, S, ":STRING", NULL, NULL, f_user},
	{"session_user", 0, 0, S, ":STRING", NULL, NULL, f_user},
	{"user", 0, 0, S, ":STRING", NULL, NULL, f_user},
	{"collation", 1, 1, 0, "STRING:STRING", NULL, NULL, f_collation},
	{"current_time", 0, 1, S | N, NULL, resolve_current_time, NULL, f_current_time},
	{"bitmap_bit_position", 1, 1, S, "BIGINT:BIGINT", NULL, NULL, f_bit_position},
	{"bitmap_bucket_number", 1, 1, S, "BIGINT:BIGINT", NULL, NULL, f_bucket_number},
	{"bitmap_count", 1, 1, S, "BINARY:BIGINT", NULL, NULL, f_bitmap_count},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
