/* SPDX-License-Identifier: MIT
 *
 * Spark's implicit conversions between types (AnsiTypeCoercion and TypeCoercion).
 */
#ifndef MDL_SQL_COERCE_H
#define MDL_SQL_COERCE_H

#include <stdbool.h>

#include "sql/type.h"

/* The type that holds both without loss: numbers widen, DATE becomes TIMESTAMP, NULL becomes the other. NULL: none. */
const struct mdl_type *mdl_coerce_tightest(const struct mdl_type *a, const struct mdl_type *b, bool ansi);
/* The same with strings promoted, as CASE, COALESCE, IN and comparisons do. */
const struct mdl_type *mdl_coerce_common(const struct mdl_type *a, const struct mdl_type *b, bool ansi);
/* _common (STRINGS) or _tightest, and for containers the container of what their parts become; in A. */
const struct mdl_type *mdl_coerce_nested(struct mdl_arena *arena, const struct mdl_type *a,
					 const struct mdl_type *b, bool ansi, bool strings);
/* Spark's findTightestCommonType: an INT and a FLOAT are FLOAT, a DECIMAL takes only what it can hold and is never made a
 * DOUBLE. What functions of arrays do with an array and an item, and comparisons with the fields of structs. */
const struct mdl_type *mdl_coerce_tight(struct mdl_arena *arena, const struct mdl_type *a,
					const struct mdl_type *b);
/* The common type for comparing A with B. */
const struct mdl_type *mdl_coerce_compare(const struct mdl_type *a, const struct mdl_type *b, bool ansi);
/* May a function that wants TO be given FROM? */
bool mdl_coerce_implicit(const struct mdl_type *from, const struct mdl_type *to, bool ansi);
/* The DECIMAL that holds each value of an integral type; T itself when it is DECIMAL. */
const struct mdl_type *mdl_coerce_decimal(const struct mdl_type *t);
const struct mdl_type *mdl_coerce_wider_decimal(const struct mdl_type *a, const struct mdl_type *b);
/* DecimalType.adjustPrecisionScale: at most 38 digits, keeping at least 6 of the fraction. */
const struct mdl_type *mdl_coerce_adjust_decimal(int precision, int scale);

#endif
