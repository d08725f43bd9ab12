/* SPDX-License-Identifier: MIT
 *
 * Plain text to NDJSON, as Spark's text source: every line is {"value":"..."},
 * also an empty one; a CR before the line end is not part of it. A line that is not
 * UTF-8 is a bad row (rows.h).
 */
#ifndef MDL_SOURCE_TEXT_READER_H
#define MDL_SOURCE_TEXT_READER_H

#include <stddef.h>

#include "source/rows.h"

/* Convert whole lines at the front of [p, p + n) until the block in OUT is full; *USED gets the bytes taken.
 * Writes '\n' to p[n]; 32 bytes from p + n must be readable. */
void mdl_text_reader_run(char *p, size_t n, enum mdl_rows_input input, struct mdl_rows *out, size_t *used);

#endif
