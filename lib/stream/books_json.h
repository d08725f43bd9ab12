/* SPDX-License-Identifier: MIT
 *
 * Books as JSON, in barriers and in medal/ledger/N: medal-checkpoint(5).
 */
#ifndef MDL_STREAM_BOOKS_JSON_H
#define MDL_STREAM_BOOKS_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "stream/ledger.h"
#include "json/doc.h"

/* Append one object. */
void mdl_books_json_write(struct mdl_buf *out, const struct mdl_books *b);
/* Fill B (zeroed or freed before), which then owns its texts. */
int mdl_books_json_read(struct mdl_books *b, const struct mdl_doc *d, struct mdl_err *err);
/* Append "name":"value" pairs as control lines want them: every text ASCII with \uXXXX. */
void mdl_ascii_quote(struct mdl_buf *out, const char *s);

#endif
