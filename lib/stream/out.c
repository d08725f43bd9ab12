/* SPDX-License-Identifier: MIT
 *
 * Output of a filter: see out.h.
 */
#include "stream/out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/alloc.h"

enum {
	IOVS = 1024, /* Linux's IOV_MAX */
	/* A larger text is copied: several wait for the reader at once when they are lent. */
	LENT_TEXT = 1 << 20,
};

void mdl_out_init(struct mdl_out *o, int fd)
{
	*o = (struct mdl_out){.fd = fd};
	mdl_buf_init(&o->text, MDL_BUF_NO_LIMIT);
}

void mdl_out_free(struct mdl_out *o)
{
	free(o->pieces);
	mdl_buf_free(&o->text);
	o->pieces = NULL;
}

void mdl_out_span(struct mdl_out *o, const char *p, size_t n)
{
	if (o->n) {
		struct mdl_out_piece *last = &o->pieces[o->n - 1];
		if (last->p && last->p + last->n == p) {
			last->n += n;
			return;
		}
	}
	MDL_GROW(o->pieces, o->n, o->cap);
	o->pieces[o->n++] = (struct mdl_out_piece){p, 0, n};
}

void mdl_out_text_done(struct mdl_out *o)
{
	size_t n = o->text.n - o->text_done;
	if (!n)
		return;
	if (o->n && !o->pieces[o->n - 1].p) {
		o->pieces[o->n - 1].n += n;
	} else {
		MDL_GROW(o->pieces, o->n, o->cap);
		o->pieces[o->n++] = (struct mdl_out_piece){NULL, o->text_done, n};
	}
	o->text_done = o->text.n;
}

/* What mdl_out_flush knows of its pieces. */
struct lending {
	bool lend;  /* lend them */
	bool block; /* some are of the input block */
	bool lent;  /* some were lent */
};

static int write_all(struct mdl_out *o, struct iovec *v, size_t n, struct lending *l, struct mdl_err *err)
{
	while (n) {
		ssize_t w = l->lend ? mdl_lend_pages(o->lend, v, n, l->block) : writev(o->fd, v, (int)n);
		if (w < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN || errno == EWOULDBLOCK) {
				struct pollfd p = {o->fd, POLLOUT, 0};
				(void)poll(&p, 1, -1);
				continue;
			}
			if (l->lend && errno == ENOTSUP) {
				l->lend = false;
				continue;
			}
			return mdl_err_sys(err, "writing to standard output");
		}
		l->lent |= l->lend;
		if (!l->lend && o->lend)
			mdl_lend_sent(o->lend, (size_t)w);
		size_t left = (size_t)w;
		while (n && left >= v->iov_len) {
			left -= v->iov_len;
			v++;
			n--;
		}
		if (n) {
			v->iov_base = (char *)v->iov_base + left;
			v->iov_len -= left;
		}
	}
	return 0;
}

int mdl_out_flush(struct mdl_out *o, struct mdl_err *err)
{
	struct iovec v[IOVS];
	int r = 0;
	size_t bytes = 0;
	struct lending l = {.lend = o->lend && o->n && o->text.cap <= LENT_TEXT};
	for (size_t i = 0; l.lend && i < o->n; i++) {
		bytes += o->pieces[i].n;
		l.block |= o->pieces[i].p != NULL;
	}
	l.lend = l.lend && mdl_lend_pays(o->lend, o->n, bytes);
	for (size_t i = 0; i < o->n;) {
		size_t k = 0;
		for (; k < IOVS && i < o->n; i++, k++) {
			const struct mdl_out_piece *c = &o->pieces[i];
			v[k].iov_base = (void *)(uintptr_t)(c->p ? c->p : o->text.p + c->at);
			v[k].iov_len = c->n;
		}
		if (r == 0)
			r = write_all(o, v, k, &l, err);
	}
	/* after a failure too: what was written in part must not be written again */
	o->n = 0;
	if (l.lent && o->text.n)
		mdl_lend_text(o->lend, &o->text);
	mdl_buf_clear(&o->text);
	o->text_done = 0;
	return r;
}
