/* SPDX-License-Identifier: MIT
 *
 * Blocks whose pages a pipe may hold: see lend.h.
 */
#include "stream/lend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/pipe_peer.h"

enum {
	/* A look through /proc takes milliseconds: short streams do without. More than a pipe holds, too, so that the
	 * reader has begun to read. */
	ASK_AFTER = 4 << 20,
	/* A page of the pipe is taken by each span's ends, however little of it they fill. */
	SPAN = 8 << 10,
	TOTAL = 64 << 10,
};

void mdl_lend_init(struct mdl_lend *l, int fd)
{
	*l = (struct mdl_lend){.fd = fd};
}

void mdl_lend_sent(struct mdl_lend *l, size_t n)
{
	l->sent += n;
}

/* How far the reader has come. What others wrote into the pipe may make it less, never more. */
static uint64_t read_until(const struct mdl_lend *l)
{
	int unread;
	if (ioctl(l->fd, FIONREAD, &unread))
		return 0;
	return l->sent > (uint64_t)unread ? l->sent - (uint64_t)unread : 0;
}

/* Take a block of SIZE bytes or more that the reader has finished out of those that wait; NULL: there is none. */
static char *take_finished(const struct mdl_lend *l, struct mdl_lend_pool *of, size_t *size)
{
	uint64_t done = of->n ? read_until(l) : 0;
	for (size_t i = 0; i < of->n; i++) {
		struct mdl_lend_block b = of->waiting[i];
		if (b.until > done || b.size < *size)
			continue;
		of->waiting[i] = of->waiting[--of->n];
		*size = b.size;
		return b.p;
	}
	return NULL;
}

static void free_finished(const struct mdl_lend *l, struct mdl_lend_pool *of)
{
	uint64_t done = read_until(l);
	size_t keep = 0;
	for (size_t i = 0; i < of->n; i++) {
		if (of->waiting[i].until > done)
			of->waiting[keep++] = of->waiting[i];
		else
			free(of->waiting[i].p);
	}
	of->n = keep;
}

static bool has_room(const struct mdl_lend *l, struct mdl_lend_pool *of)
{
	if (of->n == MDL_LEND_BLOCKS)
		free_finished(l, of);
	return of->n < MDL_LEND_BLOCKS;
}

bool mdl_lend_pays(struct mdl_lend *l, size_t n, size_t bytes)
{
	if (bytes < TOTAL || bytes / n < SPAN)
		return false;
	if (!l->asked && l->sent >= ASK_AFTER) {
		l->asked = true;
		l->may = mdl_pipe_readers_are_ours(l->fd);
	}
	return l->may && has_room(l, &l->blocks) && has_room(l, &l->texts);
}

ssize_t mdl_lend_pages(struct mdl_lend *l, const struct iovec *v, size_t n, bool block)
{
	ssize_t w = vmsplice(l->fd, v, n, 0);
	if (w > 0) {
		l->sent += (uint64_t)w;
		if (block)
			l->until = l->sent;
	} else if (w < 0 && errno != EINTR && errno != EAGAIN && errno != EPIPE) {
		l->may = false;
		errno = ENOTSUP;
	}
	return w;
}

char *mdl_lend_exchange(struct mdl_lend *l, char *p, size_t *size)
{
	if (!l->until)
		return p;
	size_t had = *size;
	char *other = take_finished(l, &l->blocks, size);
	mdl_lend_keep(l, p, had);
	return other ? other : mdl_zalloc(*size);
}

void mdl_lend_text(struct mdl_lend *l, struct mdl_buf *text)
{
	size_t size = 0;
	char *other = take_finished(l, &l->texts, &size);
	l->texts.waiting[l->texts.n++] = (struct mdl_lend_block){text->p, text->cap, l->sent};
	text->p = other;
	text->cap = size;
	mdl_buf_clear(text);
}

void mdl_lend_keep(struct mdl_lend *l, char *p, size_t size)
{
	/* mdl_lend_pays has left room for it */
	if (l->until)
		l->blocks.waiting[l->blocks.n++] = (struct mdl_lend_block){p, size, l->until};
	else
		free(p);
	l->until = 0;
}

void mdl_lend_end(struct mdl_lend *l)
{
	/* What is being read may not be given to malloc: it would become other data under the reader's eyes. It is kept
	 * here, where leak checkers find it. */
	static char *being_read[2 * MDL_LEND_BLOCKS] __attribute__((used));
	struct mdl_lend_pool *const pools[] = {&l->blocks, &l->texts};
	for (size_t k = 0; k < 2; k++) {
		free_finished(l, pools[k]);
		for (size_t i = 0; i < pools[k]->n; i++)
			being_read[k * MDL_LEND_BLOCKS + i] = pools[k]->waiting[i].p;
		pools[k]->n = 0;
	}
}
