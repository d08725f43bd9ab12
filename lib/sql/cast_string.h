/* SPDX-License-Identifier: MIT
 *
 * Casts from STRING, and what the parts of the cast share.
 */
#ifndef MDL_SQL_CAST_STRING_H
#define MDL_SQL_CAST_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/timezone.h"
#include "sql/function.h"

/* A cast under way. */
struct mdl_cast {
	struct mdl_fn_ctx *ctx;
	const struct mdl_vec *in;
	struct mdl_vec *out;
	const struct mdl_zone *zone;
	bool ansi;
	struct mdl_buf text; /* scratch */
};

/* Enter the failure of ROW, or make it NULL; SHOWN is the value as the message shows it. In cast.c. */
void mdl_cast_fail(struct mdl_cast *c, size_t row, const char *class, struct mdl_slice shown);

void mdl_cast_from_string(struct mdl_cast *c, const uint32_t *sel, size_t n);

/* The scalar cores: white space round S is ignored. */
bool mdl_cast_string_bool(struct mdl_slice s, bool *v);
/* FRACTION: "1.9" is 1, as without ANSI. */
enum mdl_num_result mdl_cast_string_int64(struct mdl_slice s, bool fraction, int64_t *v);
/* Java's parseDouble plus "inf", "nan" in any case; SINGLE rounds to float. */
bool mdl_cast_string_double(struct mdl_slice s, bool single, double *v);

#endif
