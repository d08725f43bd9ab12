/* SPDX-License-Identifier: MIT
 *
 * Lines from a descriptor, in large blocks that obey json/scan.h's block rule. A
 * line is never copied unless a block ends in the middle of it; memory stays at
 * about a block unless a single line is longer.
 */
#ifndef MDL_STREAM_LINES_H
#define MDL_STREAM_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "stream/lend.h"

enum { MDL_LINES_BLOCK = 1 << 18 };

enum mdl_lines_event {
	MDL_LINES_END = 0, /* end of input; lines_partial tells whether bytes without '\n' are left over */
	MDL_LINES_BLOCK_READY,
	MDL_LINES_WOULD_BLOCK, /* nothing to read at once: flush, then call again */
	MDL_LINES_WATCHED,     /* while it waited for input, watch_fd became ready */
	MDL_LINES_OVERLONG, /* a part of a line that is longer than the limit and not in memory as a whole; a line of a
				* block may be over the limit, too: the caller looks */
};

struct mdl_lines {
	int fd;
	int out_fd; /* polled for POLLERR while waiting: a program ends when its reader has gone; -1 for none */
	bool only_tail; /* ... but then only when it was a tail (mdl_pipe_mark_tail) */
	int watch_fd;   /* polled for input while waiting, too; -1 for none */
	uint64_t max_record;
	struct mdl_lend *lend; /* NULL, or who may hold pages of blocks that were given out */
	char *buf;
	size_t cap, start, end; /* bytes [start, end) of buf are unread */
	bool eof, asked_to_wait, overlong;
	/* BLOCK_READY: complete lines, ended by '\n', valid until the next call.
	 * OVERLONG: a part of the line; part_first, part_last. */
	struct mdl_slice block;
	bool part_first, part_last;
};

void mdl_lines_init(struct mdl_lines *in, int fd, int out_fd, uint64_t max_record);
void mdl_lines_free(struct mdl_lines *in);
/* The next event, or -1 with ERR filled. */
int mdl_lines_next(struct mdl_lines *in, struct mdl_err *err);
/* After BLOCK_READY: the memory that holds the block goes to the caller, who frees it, and its bytes in *SIZE; IN goes on in OTHER,
 * which has *SIZE bytes, all of which were written once, and may be NULL. Nothing is lent. */
char *mdl_lines_swap(struct mdl_lines *in, char *other, size_t *size);
/* At the end: the bytes behind the last '\n', with room for a '\n' and padding behind them. */
struct mdl_slice mdl_lines_partial(struct mdl_lines *in);

/* Cut up to MAX lines off *BLOCK (which ends in '\n') into OUT; returns how many. */
size_t mdl_lines_split(struct mdl_slice *block, struct mdl_slice *out, size_t max);

/* Ask the kernel for 1 MiB pipes; harmless where FD is no pipe. */
void mdl_pipe_widen(int fd);
/* The tail marks the pipe that it reads by a size that nobody else asks for, or by its sticky bit. The mark outlives it: so a sink whose stream
 * has not begun knows whether who is gone was a tail, or somebody whom its output does not concern. */
void mdl_pipe_mark_tail(int fd);

#endif
