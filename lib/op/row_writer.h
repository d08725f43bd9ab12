/* SPDX-License-Identifier: MIT
 *
 * Composing a row out of the members of an input line: members that stay keep
 * their bytes (runs of neighbours are copied at once, with the white space between
 * them), others are left out or added.
 */
#ifndef MDL_OP_ROW_WRITER_H
#define MDL_OP_ROW_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"
#include "json/scan.h"

struct mdl_row_writer {
	struct mdl_buf *out;
	size_t start;              /* of the row in OUT */
	const char *run, *run_end; /* kept members that are not written yet */
	bool any;                  /* a member was written */
	bool reserved;             /* the first member is named _medal: no program may emit that */
};

/* Begin a row at the end of OUT. */
void mdl_row_writer_begin(struct mdl_row_writer *w, struct mdl_buf *out);
/* The member that the iterator stands at stays. */
void mdl_row_writer_keep(struct mdl_row_writer *w, const struct mdl_json_iter *it);
/* It is left out. */
void mdl_row_writer_cut(struct mdl_row_writer *w);
/* All members of LINE, a valid record, stay: without a look at each. */
void mdl_row_writer_keep_all(struct mdl_row_writer *w, struct mdl_slice line);
/* The same less the NCUT members whose values are CUTS, all different, as the scanner found them: NAMES[i] is the name of
 * CUTS[i] between its quotes. False, and nothing is done, when that cannot be told without a walk: a name may occur
 * more than once, or be written with escapes. CUTS and NAMES are put in order. */
bool mdl_row_writer_keep_others(struct mdl_row_writer *w, struct mdl_slice line, struct mdl_json_value *cuts,
				struct mdl_slice *names, size_t ncuts);
/* Begin a member: JSON_NAME has its quotes and ':'. The caller appends the value to w->out. */
void mdl_row_writer_member(struct mdl_row_writer *w, struct mdl_slice json_name);
/* End the row. False when it may not be emitted (reserved); then OUT is as it was before _begin. */
bool mdl_row_writer_end(struct mdl_row_writer *w);

/* The member's name with its escapes resolved; in BUF when it has any, else a slice of the line. */
struct mdl_slice mdl_row_writer_name(const struct mdl_json_iter *it, struct mdl_buf *buf);
/* Where the text of a value begins and ends: with the quotes of a string. */
struct mdl_slice mdl_row_writer_value(const struct mdl_json_value *v);
/* Append TEXT, a valid JSON text, without the white space between its tokens. */
void mdl_row_writer_compact(struct mdl_buf *out, struct mdl_slice text);

#endif
