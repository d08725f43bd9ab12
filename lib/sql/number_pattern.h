/* SPDX-License-Identifier: MIT
 *
 * Patterns of numbers as java.text.DecimalFormat has them in the locale en_US: "#,##0.00",
 * "0.###E0", "$#,##0;($#)", for format_number().
 */
#ifndef MDL_SQL_NUMBER_PATTERN_H
#define MDL_SQL_NUMBER_PATTERN_H

#include <stdbool.h>

#include "base/buf.h"
#include "sql/value.h"

struct mdl_number_pattern {
	struct mdl_slice prefix, suffix, neg_prefix, neg_suffix; /* without quotes */
	int min_int, max_int, min_frac, max_frac, group, min_exp;
	int shift; /* 2 with %, 3 with per mille */
	bool exponent, point;
};

/* False when TEXT is no pattern. Texts are made in A. */
bool mdl_number_pattern_parse(struct mdl_number_pattern *p, struct mdl_slice text, struct mdl_arena *a);
/* Append row ROW of V, which is a number and not NULL. */
void mdl_number_pattern_put(struct mdl_buf *out, const struct mdl_number_pattern *p, const struct mdl_vec *v,
			    size_t row);

#endif
