/* SPDX-License-Identifier: MIT
 *
 * Blocks whose pages the pipe to the next program may hold. Long spans of an input block,
 * and the composed text between them, need not be copied into the pipe: vmsplice(2) puts
 * references to their pages there, and the block must then stay as it is until the reader
 * has copied them out. That is proved in two parts:
 *
 *   - who reads: only programs of medal, which take their input by read(2) alone. A reader
 *     that splices on would keep the pages beyond our sight (base/banned.h keeps such calls
 *     out of ours). pipe_peer.h tells; where it cannot, everything is copied.
 *   - what was read: of all bytes that went into the pipe, those that FIONREAD does not
 *     count any more. read(2) holds the pipe's lock while it copies.
 *
 * A block that is not yet read is exchanged for another one, so nothing waits for this.
 * The others lie in one huge page where the kernel has any: a reference to a part of it is
 * cheaper than one to a page of its own, for the kernel takes and drops many at once.
 */
#ifndef MDL_STREAM_LEND_H
#define MDL_STREAM_LEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/buf.h"

enum { MDL_LEND_BLOCKS = 6 };

struct mdl_lend {
	int fd;
	bool asked, may; /* the reader was looked at; it is one of ours */
	bool scattered;  /* blocks may be anywhere: no region */
	uint64_t sent;   /* bytes that went into fd so far */
	uint64_t until;  /* what was lent of the block at hand ends here, counted as sent is; 0: nothing */
	/* Blocks that the reader had not finished when they were exchanged: of input, and of text. */
	struct mdl_lend_pool {
		struct mdl_lend_block {
			char *p;
			size_t size;
			uint64_t until;
		} waiting[MDL_LEND_BLOCKS];
		size_t n;
	} blocks, texts;
	/* A huge page in slots of equal size, each a block or none; NULL: not asked for yet, or there is none. */
	char *region;
	size_t slot;
	uint32_t used; /* a bit for each slot */
};

/* FD: standard output. */
void mdl_lend_init(struct mdl_lend *l, int fd);
/* From now on each block is malloc's, for others than the lender change its size. False: it is too late. */
bool mdl_lend_scatter(struct mdl_lend *l);
/* N bytes went into the pipe by write(2). */
void mdl_lend_sent(struct mdl_lend *l, size_t n);
/* Is it right, and does it pay, to lend N spans of BYTES together? All are of the block at hand or of one text. */
bool mdl_lend_pays(struct mdl_lend *l, size_t n, size_t bytes);
/* As writev(2), without a copy. BLOCK: some of it is of the block at hand. errno ENOTSUP: this cannot be done here, and
 * will not be tried again; write. */
ssize_t mdl_lend_pages(struct mdl_lend *l, const struct iovec *v, size_t n, bool block);
/* The owner of the block P, of *SIZE bytes from mdl_lend_resize, wants to write into it. Returns P if nothing of it is lent, else
 * another block for it, of *SIZE bytes or more, all of which were written once; P is kept as long as it must. Contents are
 * not copied. */
char *mdl_lend_exchange(struct mdl_lend *l, char *p, size_t *size);
/* Of TEXT something was lent just now: it becomes an empty one, in another block. */
void mdl_lend_text(struct mdl_lend *l, struct mdl_buf *text);
/* A larger block with the first HAD bytes of P, which may be NULL and of which nothing is lent. L may be NULL. */
char *mdl_lend_resize(struct mdl_lend *l, char *p, size_t had, size_t size);
/* The owner needs P no more: frees it, now or when it is read. */
void mdl_lend_keep(struct mdl_lend *l, char *p, size_t size);
/* The stream has ended. */
void mdl_lend_end(struct mdl_lend *l);

#endif
