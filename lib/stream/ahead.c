/* SPDX-License-Identifier: MIT
 *
 * Reading ahead: see ahead.h.
 */
#include "stream/ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/worker.h"

enum {
	/* Of lines this short a block's places would take more memory than its text. */
	MOST_LINES = 4 * MDL_BATCH_ROWS,
	/* Who got less than this by a read waits for its input, and needs no help. */
	PLENTY = MDL_LINES_BLOCK / 4,
	SLOTS = 2 * MDL_AHEAD_THREADS + 2,
};

enum state { EMPTY, FILLED, AT_WORK, READY };

struct slot {
	enum state state;
	char *buf; /* what mdl_lines_swap gave, or what it may have */
	size_t size;
	struct mdl_slice text;
	struct mdl_slice *lines;
	size_t nlines, cap;
	const void *results[MOST_LINES / MDL_BATCH_ROWS];
	struct mdl_arena arena;
};

struct helper {
	struct mdl_ahead *ahead;
	struct mdl_worker *thread; /* NULL: the first */
	void *ctx;
};

struct mdl_ahead {
	struct mdl_lines *in;
	const struct mdl_ahead_work *work;
	struct helper helper[MDL_AHEAD_THREADS];
	unsigned nhelpers;
	/* the rest by whoever has the lock; a slot that is at work by who works */
	pthread_mutex_t lock;
	pthread_cond_t more, turn;
	struct slot slot[SLOTS];
	unsigned nslots;
	uint64_t head, tail; /* slots [head, tail) are in use, by their number modulo nslots */
	unsigned asleep;     /* helpers */
	bool waits;          /* the first thread */
	bool reading;        /* somebody is */
	bool plenty;         /* the read before got much */
	bool has_event;      /* something that is no block comes behind tail */
	int event;
	struct mdl_err err;
	bool taken; /* head is at the first thread's */
	bool end;
};

static struct slot *slot_at(struct mdl_ahead *a, uint64_t i)
{
	return &a->slot[i % a->nslots];
}

/* The first slot that somebody should work on. */
static struct slot *find_filled(struct mdl_ahead *a)
{
	for (uint64_t i = a->head; i < a->tail; i++)
		if (slot_at(a, i)->state == FILLED)
			return slot_at(a, i);
	return NULL;
}

static bool may_read(const struct mdl_ahead *a)
{
	return a->plenty && !a->reading && !a->has_event && a->tail - a->head < a->nslots;
}

/* There is something to do for one more than who calls. */
static void wake_helper(struct mdl_ahead *a)
{
	if (a->asleep && (may_read(a) || find_filled(a)))
		pthread_cond_signal(&a->more);
}

static void wake_first(struct mdl_ahead *a)
{
	if (a->waits)
		pthread_cond_signal(&a->turn);
}

/* With the lock, which is given up meanwhile. */
static void do_read(struct mdl_ahead *a)
{
	struct slot *s = slot_at(a, a->tail);
	a->reading = true;
	pthread_mutex_unlock(&a->lock);
	int event = mdl_lines_next(a->in, &a->err);
	if (event == MDL_LINES_BLOCK_READY) {
		s->text = a->in->block;
		s->buf = mdl_lines_swap(a->in, s->buf, &s->size);
	}
	pthread_mutex_lock(&a->lock);
	a->reading = false;
	if (event == MDL_LINES_BLOCK_READY) {
		s->state = FILLED;
		a->plenty = s->text.n >= PLENTY;
		a->tail++;
	} else {
		a->has_event = true;
		a->event = event;
		a->plenty = false; /* who reads next may have to wait */
	}
	wake_first(a);
}

static void cut(struct slot *s)
{
	s->nlines = 0;
	while (s->text.n && s->nlines < MOST_LINES) {
		if (s->cap - s->nlines < MDL_BATCH_ROWS) {
			s->cap += MDL_BATCH_ROWS;
			s->lines = mdl_realloc(s->lines, s->cap * sizeof(*s->lines));
		}
		s->nlines += mdl_lines_split(&s->text, s->lines + s->nlines, MDL_BATCH_ROWS);
	}
}

/* With the lock, which is given up meanwhile. */
static void do_work(struct mdl_ahead *a, struct slot *s, void *helper)
{
	s->state = AT_WORK;
	pthread_mutex_unlock(&a->lock);
	cut(s);
	for (size_t i = 0, k = 0; i < s->nlines; i += MDL_BATCH_ROWS, k++) {
		struct mdl_batch b = {
			.lines = s->lines + i,
			.n = s->nlines - i < MDL_BATCH_ROWS ? s->nlines - i : MDL_BATCH_ROWS,
			.arena = &s->arena,
		};
		s->results[k] = a->work->work(helper, &b);
	}
	pthread_mutex_lock(&a->lock);
	s->state = READY;
	wake_first(a);
}

static void help(void *ctx)
{
	struct helper *h = ctx;
	struct mdl_ahead *a = h->ahead;
	pthread_mutex_lock(&a->lock);
	while (!a->end) {
		struct slot *s = find_filled(a);
		if (s) {
			do_work(a, s, h->ctx);
		} else if (may_read(a)) {
			do_read(a);
			wake_helper(a);
		} else {
			a->asleep++;
			pthread_cond_wait(&a->more, &a->lock);
			a->asleep--;
		}
	}
	pthread_mutex_unlock(&a->lock);
}

struct mdl_ahead *mdl_ahead_new(struct mdl_lines *in, const struct mdl_ahead_work *work, void *ctx,
				unsigned threads)
{
	struct mdl_ahead *a = mdl_zalloc(sizeof(*a));
	a->in = in;
	a->work = work;
	a->nslots = 2 * threads + 2;
	a->plenty = true;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, NULL);
	pthread_cond_init(&a->turn, NULL);
	for (size_t i = 0; i < a->nslots; i++)
		mdl_arena_init(&a->slot[i].arena);
	/* all of them before the first thread starts: what they are made from may change by it */
	unsigned opened = 0;
	while (opened < threads && (a->helper[opened].ctx = work->open(ctx, opened == 0)))
		a->helper[opened++].ahead = a;
	a->nhelpers = opened ? 1 : 0;
	for (unsigned i = 1; i < opened; i++) {
		struct helper *h = &a->helper[i];
		if (a->nhelpers == i && (h->thread = mdl_worker_new(help, h)))
			a->nhelpers++;
		else
			work->close(h->ctx);
	}
	for (unsigned i = 1; i < a->nhelpers; i++)
		mdl_worker_start(a->helper[i].thread);
	if (a->nhelpers < 2) {
		mdl_ahead_free(a, NULL);
		return NULL;
	}
	return a;
}

int mdl_ahead_next(struct mdl_ahead *a, struct mdl_ahead_block *b, struct mdl_err *err)
{
	int event = MDL_LINES_BLOCK_READY;
	pthread_mutex_lock(&a->lock);
	for (;;) {
		struct slot *first = a->head < a->tail ? slot_at(a, a->head) : NULL, *s;
		if (first && first->state == READY)
			break;
		if ((s = find_filled(a))) {
			wake_helper(a);
			do_work(a, s, a->helper[0].ctx);
		} else if (!first && a->has_event) {
			event = a->event;
			a->has_event = false;
			break;
		} else if (may_read(a) || (!first && !a->reading)) {
			do_read(a);
			wake_helper(a);
		} else {
			a->waits = true;
			pthread_cond_wait(&a->turn, &a->lock);
			a->waits = false;
		}
	}
	if (event == MDL_LINES_BLOCK_READY) {
		struct slot *s = slot_at(a, a->head);
		a->taken = true;
		*b = (struct mdl_ahead_block){s->lines, s->nlines, s->results, s->text};
	} else if (event < 0) {
		*err = a->err;
	}
	pthread_mutex_unlock(&a->lock);
	return event;
}

void mdl_ahead_done(struct mdl_ahead *a, struct mdl_lend *l)
{
	struct slot *s = slot_at(a, a->head);
	if (!a->taken)
		return;
	a->taken = false;
	s->buf = mdl_lend_exchange(l, s->buf, &s->size);
	mdl_arena_reset(&s->arena);
	pthread_mutex_lock(&a->lock);
	s->state = EMPTY;
	a->head++;
	wake_helper(a);
	pthread_mutex_unlock(&a->lock);
}

void mdl_ahead_free(struct mdl_ahead *a, struct mdl_lend *l)
{
	if (!a)
		return;
	mdl_ahead_done(a, l);
	pthread_mutex_lock(&a->lock);
	a->end = true;
	pthread_cond_broadcast(&a->more);
	pthread_mutex_unlock(&a->lock);
	for (unsigned i = 1; i < a->nhelpers; i++)
		mdl_worker_free(a->helper[i].thread);
	for (unsigned i = 0; i < a->nhelpers; i++)
		a->work->close(a->helper[i].ctx);
	for (size_t i = 0; i < a->nslots; i++) {
		free(a->slot[i].buf);
		free(a->slot[i].lines);
		mdl_arena_free(&a->slot[i].arena);
	}
	pthread_cond_destroy(&a->turn);
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
