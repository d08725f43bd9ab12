/* SPDX-License-Identifier: MIT
 *
 * The form of a quarantined row, from which the original line can be had again to
 * the byte: medal-stream(7), QUARANTINE.
 *   a JSON object gets the member "_error" before its closing brace;
 *   any other line becomes {"_corrupt_record":"<the line>","_error":{...}}, and where it
 *   is not UTF-8, its bytes stand in _error.bytes as base64.
 */
#ifndef MDL_STREAM_QUARANTINE_H
#define MDL_STREAM_QUARANTINE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"
#include "stream/barrier.h"
#include "stream/filter.h"

/* Append the quarantine form of LINE to OUT, without '\n'. BEGIN is NULL without a checkpoint. */
void mdl_quarantine_format(struct mdl_buf *out, struct mdl_slice line, bool record, const char *stage,
			   const struct mdl_begin *begin, const struct mdl_row_error *why);

/* What mdl_quarantine_unwrap found. */
enum mdl_unwrap { MDL_UNWRAP_NONE, MDL_UNWRAP_LINE, MDL_UNWRAP_PART };

/* The reverse: append the original line (or the part of one; *last tells whether it is complete) to OUT.
 * NONE when ROW is no quarantined row; OUT is untouched then. */
enum mdl_unwrap mdl_quarantine_unwrap(struct mdl_buf *out, struct mdl_slice row, bool *last);

#endif
