/* SPDX-License-Identifier: MIT
 *
 * Blocks whose pages a pipe may hold: see lend.h.
 */
#include "stream/lend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/pipe_peer.h"

enum {
	/* A look through /proc takes milliseconds: short streams do without. More than a pipe holds, too, so that the
	 * reader has begun to read. */
	ASK_AFTER = 4 << 20,
	/* A page of the pipe is taken by each span's ends, however little of it they fill. */
	SPAN = 8 << 10,
	TOTAL = 64 << 10,
	HUGE_PAGE = 2 << 20,
	/* Slots of a region that are ever used: those that wait, and the block at hand. */
	SLOTS = MDL_LEND_BLOCKS + 1,
};

void mdl_lend_init(struct mdl_lend *l, int fd)
{
	*l = (struct mdl_lend){.fd = fd};
}

bool mdl_lend_scatter(struct mdl_lend *l)
{
	l->scattered = !l->slot;
	return l->scattered;
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

/* ---- Blocks in a huge page ---- */

static void make_region(struct mdl_lend *l, size_t size)
{
	l->slot = (size + 63) & ~(size_t)63;
	if (l->slot * SLOTS > HUGE_PAGE)
		return;
	char *p = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	size_t before = (HUGE_PAGE - ((uintptr_t)p & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
	if (before)
		munmap(p, before);
	munmap(p + before + HUGE_PAGE, HUGE_PAGE - before);
	l->region = p + before;
	(void)madvise(l->region, HUGE_PAGE, MADV_HUGEPAGE); /* only a wish */
}

static bool in_region(const struct mdl_lend *l, const char *p)
{
	return l->region && p >= l->region && p < l->region + HUGE_PAGE;
}

/* A slot that no block has; NULL: there is none of SIZE bytes. */
static char *take_slot(struct mdl_lend *l, size_t *size)
{
	if (!l->slot && !l->scattered)
		make_region(l, *size);
	for (size_t i = 0; l->region && *size <= l->slot && i < SLOTS; i++) {
		if (l->used >> i & 1)
			continue;
		l->used |= UINT32_C(1) << i;
		*size = l->slot;
		return l->region + i * l->slot;
	}
	return NULL;
}

static void free_block(struct mdl_lend *l, char *p)
{
	if (in_region(l, p))
		l->used &= ~(UINT32_C(1) << (size_t)(p - l->region) / l->slot);
	else
		free(p);
}

char *mdl_lend_resize(struct mdl_lend *l, char *p, size_t had, size_t size)
{
	if (!l || !p || !in_region(l, p))
		return mdl_realloc(p, size);
	char *to = mdl_alloc(size);
	memcpy(to, p, had);
	free_block(l, p);
	return to;
}

/* ---- Blocks that are read ---- */

/* Take a block of SIZE bytes or more that the reader has finished out of those that wait, HUGE: one of the region; NULL:
 * there is none. */
static char *take_finished(const struct mdl_lend *l, struct mdl_lend_pool *of, size_t *size, bool huge)
{
	uint64_t done = of->n ? read_until(l) : 0;
	for (size_t i = 0; i < of->n; i++) {
		struct mdl_lend_block b = of->waiting[i];
		if (b.until > done || b.size < *size || in_region(l, b.p) != huge)
			continue;
		of->waiting[i] = of->waiting[--of->n];
		*size = b.size;
		return b.p;
	}
	return NULL;
}

static void free_finished(struct mdl_lend *l, struct mdl_lend_pool *of)
{
	uint64_t done = read_until(l);
	size_t keep = 0;
	for (size_t i = 0; i < of->n; i++) {
		if (of->waiting[i].until > done)
			of->waiting[keep++] = of->waiting[i];
		else
			free_block(l, of->waiting[i].p);
	}
	of->n = keep;
}

static bool has_room(struct mdl_lend *l, struct mdl_lend_pool *of)
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
	char *other = take_finished(l, &l->blocks, size, true);
	if (!other)
		other = take_slot(l, size);
	if (!other)
		other = take_finished(l, &l->blocks, size, false);
	mdl_lend_keep(l, p, had);
	return other ? other : mdl_zalloc(*size);
}

void mdl_lend_text(struct mdl_lend *l, struct mdl_buf *text)
{
	size_t size = 0;
	char *other = take_finished(l, &l->texts, &size, false);
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
		free_block(l, p);
	l->until = 0;
}

void mdl_lend_end(struct mdl_lend *l)
{
	/* What is being read may not be given to malloc: it would become other data under the reader's eyes. It is kept
	 * here, where leak checkers find it. A region goes back to the kernel, which keeps what a pipe refers to. */
	static char *being_read[2 * MDL_LEND_BLOCKS] __attribute__((used));
	struct mdl_lend_pool *const pools[] = {&l->blocks, &l->texts};
	for (size_t k = 0; k < 2; k++) {
		free_finished(l, pools[k]);
		for (size_t i = 0; i < pools[k]->n; i++)
			being_read[k * MDL_LEND_BLOCKS + i] = pools[k]->waiting[i].p;
		pools[k]->n = 0;
	}
	if (l->region)
		munmap(l->region, HUGE_PAGE);
	l->region = NULL;
}
