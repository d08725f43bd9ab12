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
/* What a stage remembers, in Spark's words of stateOperators: the member "state" of the detail. */
struct mdl_ledger_rows {
	uint64_t
		total; /* rows of state after the epoch; what expired may be in it until its room is needed */
	uint64_t updated, removed; /* in the epoch */
	uint64_t commit_us;        /* to make it durable */
	uint64_t memory_bytes;     /* 0: not known */
};
/* The detail is this member alone; what was there is replaced. */
void mdl_books_state_rows(struct mdl_books *b, const struct mdl_ledger_rows *r);
/* False when the detail has no such member. */
bool mdl_books_get_state_rows(const struct mdl_books *b, struct mdl_ledger_rows *r);

/* Append "name":"value" pairs as control lines want them: every text ASCII with \uXXXX. */
void mdl_ascii_quote(struct mdl_buf *out, const char *s);

#endif
