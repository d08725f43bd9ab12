/* SPDX-License-Identifier: MIT
 *
 * JSON tokens to declared columns, by the rules of Spark's JSON reader (not those of
 * CAST): a BIGINT takes 5 but neither "5" nor 5.0, a STRING takes anything. A token
 * that does not convert makes the value NULL and the record corrupt.
 */
#ifndef MDL_SQL_JSON_COLUMN_H
#define MDL_SQL_JSON_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "sql/function.h"
#include "sql/value.h"
#include "json/scan.h"

/* Convert CELLS of the rows of SEL to OUT (of OUT->type). BAD[row] becomes 1 where the token does not convert and is left
 * as it is elsewhere. Returns the number of such rows. Strings with escapes are decoded into A. */
size_t mdl_json_to_column(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
			  const char *timezone, struct mdl_arena *a, struct mdl_vec *out, uint8_t *bad);
/* The same verdict without the values. */
size_t mdl_json_column_check(const struct mdl_type *t, const struct mdl_json_value *cells,
			     const uint32_t *sel, size_t n, const char *timezone, struct mdl_arena *a,
			     uint8_t *bad);
/* Does a token of T tell by its kind and length alone, in nearly all cases, whether it converts? Also of type ANY. */
bool mdl_json_column_by_token(const struct mdl_type *t);
/* Do all tokens convert to T that are of KINDS (a bit for each enum mdl_json_kind) and have at most LONGEST bytes? False
 * also where that does not tell. */
bool mdl_json_column_fits(const struct mdl_type *t, uint32_t kinds, uint32_t longest);
/* The nested vector of V, whose rows are JSON cells of a complex type, for the rows of SEL; in A. V's valid is heeded. */
struct mdl_vec *mdl_json_nest(const struct mdl_vec *v, const uint32_t *sel, size_t n, size_t nrows,
			      const char *timezone, struct mdl_arena *a);
/* Field K of V, whose rows are JSON cells of a STRUCT, for the rows of SEL, to OUT, which has its type; containers stay
 * cells, and with CELLS the others do. */
void mdl_json_field(const struct mdl_vec *v, size_t k, bool cells, const uint32_t *sel, size_t n,
		    size_t nrows, const char *timezone, struct mdl_arena *a, struct mdl_vec *out);
/* The type of an undeclared token: BIGINT, DECIMAL(n,0) beyond 64 bits, DOUBLE, STRING, BOOLEAN, NULL, ARRAY, STRUCT
 * (nested types are made in A). */
const struct mdl_type *mdl_json_token_type(struct mdl_arena *a, const struct mdl_json_value *cell);

#endif
