/* SPDX-License-Identifier: MIT
 *
 * Small files of medal's own with a header line that proves them:
 *     medal-<kind> v1 <CRC-32C of the body, 8 hex digits> <length of the body>\n<body>
 * A torn, cut, zero-filled or bit-flipped file is told from a whole one.
 */
#ifndef MDL_STATE_CHECKED_FILE_H
#define MDL_STATE_CHECKED_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* Append header and BODY to OUT. */
void mdl_checked_file_format(struct mdl_buf *out, const char *kind, struct mdl_slice body);
/* The body in TEXT, valid as long as TEXT; -1 with a message that names NAME when it does not prove itself. */
int mdl_checked_file_body(struct mdl_slice text, const char *kind, const char *name, struct mdl_slice *body,
			  struct mdl_err *err);

#endif
