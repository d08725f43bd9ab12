/* SPDX-License-Identifier: MIT
 *
 * JSON strings and UTF-8.
 */
#ifndef MDL_JSON_TEXT_H
#define MDL_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

/* Append the string between two quotes with its escapes resolved. Half a surrogate pair (\ud800 alone) is no
 * character and becomes '?', as in Spark; see medal-stream(7). RAW must be accepted text. */
void mdl_json_unescape(struct mdl_buf *out, struct mdl_slice raw);
/* The same into DST, which has room for RAW.n bytes (unescaping never grows); returns the length. */
size_t mdl_json_unescape_to(char *dst, struct mdl_slice raw);

/* Does RAW (accepted text) hold half a surrogate pair? In a member's name it makes the line corrupt. */
bool mdl_json_lone_surrogate(struct mdl_slice raw);

/* Append S as a JSON string with quotes, escaping what RFC 8259 demands ('"', '\\', below 0x20) the way
 * Jackson does (\b \t \n \f \r short, others \u00XX upper-case hex); the rest as it is. Invalid UTF-8 becomes U+FFFD. */
void mdl_json_quote(struct mdl_buf *out, struct mdl_slice s);
/* Without the quotes. */
void mdl_json_escape(struct mdl_buf *out, struct mdl_slice s);

/* Append S as base64 (RFC 4648, with padding), without quotes. */
void mdl_json_base64(struct mdl_buf *out, struct mdl_slice s);

/* Is S valid UTF-8 (Unicode's table 3-7: no overlong forms, no surrogates, at most U+10FFFF)? */
bool mdl_utf8_valid(struct mdl_slice s);
/* Offset of the first invalid byte, or S.n. */
size_t mdl_utf8_valid_upto(struct mdl_slice s);

#endif
