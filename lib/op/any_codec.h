/* SPDX-License-Identifier: MIT
 *
 * Values as bytes that compare (memcmp) in the values' own order, NULL first: for the
 * keys of groups and for state files. The type travels with the value.
 */
#ifndef MDL_OP_ANY_CODEC_H
#define MDL_OP_ANY_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "sql/value.h"

/* A raw scalar token as a typed value (BIGINT, DECIMAL(n,0) beyond 64 bits, DOUBLE, STRING, BOOLEAN, NULL); others are
 * given back as they are. Strings with escapes are decoded into A. */
struct mdl_any mdl_any_codec_decoded(const struct mdl_any *x, struct mdl_arena *a);

/* Append X, decoded before. Complex values are kept as their JSON text. */
void mdl_any_codec_put(struct mdl_buf *b, const struct mdl_any *x);
/* The value at *P, which is moved behind it; strings are in A. False when the bytes are no value. */
bool mdl_any_codec_get(const char **p, const char *end, struct mdl_any *x, struct mdl_arena *a);

/* Order of two decoded values of one type, or of any two numbers: Spark's (NaN is greatest, NULL least). */
int mdl_any_codec_cmp(const struct mdl_any *a, const struct mdl_any *b);
/* A number as a double. */
double mdl_any_codec_double(const struct mdl_any *x);

#endif
