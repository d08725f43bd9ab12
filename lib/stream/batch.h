/* SPDX-License-Identifier: MIT
 *
 * A batch: consecutive records of one block of input, as a filter's operator sees
 * them. The lines stand in one block in order, each followed by its '\n', with
 * MDL_SCAN_PADDING readable bytes behind the last (json/scan.h's block rule).
 */
#ifndef MDL_STREAM_BATCH_H
#define MDL_STREAM_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum { MDL_BATCH_ROWS = 4096 };

struct mdl_batch {
	const struct mdl_slice *lines; /* without their '\n'; valid until the operator returns */
	size_t n;                      /* 1 to MDL_BATCH_ROWS */
	uint64_t
		first_line; /* number of lines[0] in this program's input, of the epoch if there is one, from 1 */
	struct mdl_arena *arena; /* reset after the batch */
	const void *ahead;       /* what mdl_op.ahead made of it before its turn came; NULL: nothing */
};

#endif
