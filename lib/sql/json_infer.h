/* SPDX-License-Identifier: MIT
 *
 * The type of a JSON value as Spark infers it (JsonInferSchema): members in the order
 * of their names, elements of one common type.
 */
#ifndef MDL_SQL_JSON_INFER_H
#define MDL_SQL_JSON_INFER_H

#include <stdbool.h>

#include "base/arena.h"
#include "sql/type.h"
#include "json/scan.h"

/* STRINGS: every scalar is a STRING. DECIMALS: numbers with a fraction are DECIMAL where they fit. Types and names are in
 * A. What is NULL alone is of type VOID; see _settle. */
const struct mdl_type *mdl_json_infer(struct mdl_arena *a, const struct mdl_json_value *v, bool strings,
				      bool decimals);
/* The type that holds values of both. */
const struct mdl_type *mdl_json_infer_both(struct mdl_arena *a, const struct mdl_type *x,
					   const struct mdl_type *y);
/* T with STRING where nothing but NULL was seen. */
const struct mdl_type *mdl_json_infer_settle(struct mdl_arena *a, const struct mdl_type *t);
/* T with its structs open: a field that they do not have is NULL. */
const struct mdl_type *mdl_json_infer_open(struct mdl_arena *a, const struct mdl_type *t);

#endif
