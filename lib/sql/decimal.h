/* SPDX-License-Identifier: MIT
 *
 * DECIMAL(p,s): an unscaled 128-bit integer of at most 38 digits; the scale is the
 * type's. Intermediate values have 512 bits, so no step loses digits; results are
 * rounded HALF_UP to the type that Spark gives the operation.
 */
#ifndef MDL_SQL_DECIMAL_H
#define MDL_SQL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/num.h"
#include "base/slice.h"
#include "sql/value.h"

enum { MDL_DECIMAL_DIGITS = 38, MDL_DECIMAL_MAX = 48 /* bytes of text */ };

/* A type's two numbers. */
struct mdl_dec {
	unsigned p, s;
};

/* DecimalType.adjustPrecisionScale: what is beyond 38 digits goes from the scale, down to 6. */
struct mdl_dec mdl_decimal_adjust(unsigned p, unsigned s);
/* The type of a+b (and a-b), a*b, a/b, a%b. */
struct mdl_dec mdl_decimal_type_add(struct mdl_dec a, struct mdl_dec b);
struct mdl_dec mdl_decimal_type_mul(struct mdl_dec a, struct mdl_dec b);
struct mdl_dec mdl_decimal_type_div(struct mdl_dec a, struct mdl_dec b);
struct mdl_dec mdl_decimal_type_rem(struct mdl_dec a, struct mdl_dec b);

/* 10^k, 0 <= k <= 38. */
mdl_i128 mdl_decimal_pow10(unsigned k);
unsigned mdl_decimal_digits(mdl_i128 v); /* decimal digits of |v|; 1 for 0 */

/* V of scale FROM to TO. False when the result has more digits than TO.p. */
bool mdl_decimal_rescale(mdl_i128 v, unsigned from, struct mdl_dec to, mdl_i128 *out);
/* The same to a scale SCALE that may be negative (round(x, -2)); the result has scale TO.s.
 * MODE: 'u' HALF_UP, 'e' HALF_EVEN, 'c' up to the ceiling, 'f' down to the floor, 't' cut off. */
bool mdl_decimal_round(mdl_i128 v, unsigned from, int scale, char mode, struct mdl_dec to, mdl_i128 *out);

/* -v as Spark computes it: to 34 digits, which rounds longer ones. False: then it has more than PRECISION. */
bool mdl_decimal_negate(mdl_i128 v, unsigned precision, mdl_i128 *out);

/* A has scale as, B has scale bs, the result type R. False: overflow of R. B must not be 0 for div, quot and rem. */
bool mdl_decimal_add(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out);
bool mdl_decimal_sub(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out);
bool mdl_decimal_mul(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out);
bool mdl_decimal_div(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out);
bool mdl_decimal_rem(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out);
/* a DIV b, cut off; false when it does not fit. */
bool mdl_decimal_quot(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, int64_t *out);
int mdl_decimal_cmp(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs);

/* [+-]digits[.digits][e[+-]digits], the whole of T. RANGE: more digits than R has. */
enum mdl_num_result mdl_decimal_parse(struct mdl_slice t, struct mdl_dec r, mdl_i128 *out);
/* Java's BigDecimal: toPlainString ("0.0000000001"), toString ("1E-10"). P has room for MDL_DECIMAL_MAX bytes. */
size_t mdl_decimal_put_plain(char *p, mdl_i128 v, unsigned scale);
size_t mdl_decimal_put_java(char *p, mdl_i128 v, unsigned scale);

bool mdl_decimal_from_int64(int64_t v, struct mdl_dec r, mdl_i128 *out);
/* By the digits that Java prints. False for NaN, infinities and overflow. */
bool mdl_decimal_from_double(double v, struct mdl_dec r, mdl_i128 *out);
bool mdl_decimal_from_float(float v, struct mdl_dec r, mdl_i128 *out);
double mdl_decimal_to_double(mdl_i128 v, unsigned scale);
/* The integer part; false when it does not fit. */
bool mdl_decimal_to_int64(mdl_i128 v, unsigned scale, int64_t *out);

#endif
