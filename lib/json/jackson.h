/* SPDX-License-Identifier: MIT
 *
 * Texts of JSON inside of values, as Spark's functions (from_json, get_json_object, ...)
 * read and write them with Jackson. They take more than a record may be: strings in
 * single quotes, NaN and Infinity, and anything behind the first value.
 */
#ifndef MDL_JSON_JACKSON_H
#define MDL_JSON_JACKSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "json/scan.h"

/* Append the first value of TEXT as plain JSON, to be checked by the scanner: what is in single quotes in double ones,
 * nothing behind it, and if SPECIAL NaN and its kin as strings. False when TEXT has no end. */
bool mdl_jackson_first(struct mdl_buf *out, struct mdl_slice text, bool special);

/* Append V as Jackson copies it: no white space, numbers with a fraction or an exponent as Java's doubles, strings with
 * the escapes that they need; PAIRS: characters beyond 16 bits as two escapes, as where Jackson writes bytes. */
void mdl_jackson_write(struct mdl_buf *out, const struct mdl_json_value *v, bool pairs);

#endif
