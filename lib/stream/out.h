/* SPDX-License-Identifier: MIT
 *
 * Output of a filter: spans of the input block (runs of kept lines, not copied) and
 * composed text, written together by writev.
 */
#ifndef MDL_STREAM_OUT_H
#define MDL_STREAM_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/lend.h"

struct mdl_out_piece {
	const char *p; /* NULL: composed text at offset AT of text */
	size_t at, n;
};

struct mdl_out {
	int fd;
	struct mdl_out_piece *pieces;
	size_t n, cap;
	struct mdl_buf text;
	size_t text_done; /* bytes of text that pieces cover */
	/* May be NULL. Else long spans are not copied, and who owns them exchanges their block before it writes to it. */
	struct mdl_lend *lend;
};

void mdl_out_init(struct mdl_out *o, int fd);
void mdl_out_free(struct mdl_out *o);
/* Bytes that stay valid and unchanged until the flush; neighbours are joined. */
void mdl_out_span(struct mdl_out *o, const char *p, size_t n);
/* Composed text: append to &o->text, then call _done. */
void mdl_out_text_done(struct mdl_out *o);
/* Bytes of composed text that wait. */
static inline size_t mdl_out_text_waiting(const struct mdl_out *o)
{
	return o->text.n;
}
/* Write everything. */
int mdl_out_flush(struct mdl_out *o, struct mdl_err *err);

#endif
