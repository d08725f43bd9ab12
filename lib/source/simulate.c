/* SPDX-License-Identifier: MIT
 *
 * The simulator's loop: takes events from a kind, decides which of them become
 * duplicates, malformed or late rows, writes them and keeps the truth. See
 * simulate.h for what the faults promise.
 */
#include "source/simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "source/simulate_out.h"
#include "source/simulate_text.h"

/* A good row that a duplicate may be made of. */
struct recent {
	uint64_t position;
	uint32_t n, type;
	int64_t ts_ms;
};

/* Rows that wait to become late, oldest first: a header and the text, each. */
struct held {
	int64_t due_ms; /* comes out when the good rows have passed this event time */
	struct mdl_simulate_row row;
	size_t n;
};

/* One output with its own order, its own chances and its own memory of what went by. */
struct outlet {
	struct mdl_simulate_out out;
	struct mdl_random chance;
	struct recent recent[MDL_SIMULATE_NEAR];
	uint64_t good; /* rows that entered recent */
	struct mdl_buf held;
	size_t held_at;   /* offset of the first waiting row */
	int64_t good_ms;  /* the greatest event time of good rows written */
	int64_t event_ms; /* that of any row in order */
};

/* Which of user and session ids were seen, a byte each. */
struct ids {
	unsigned char *seen;
	size_t cap;
	uint64_t n;
};

struct run {
	const struct mdl_simulate_kind *k;
	const struct mdl_simulate_options *o;
	struct mdl_simulate_truth *truth;
	void *gen;
	struct outlet *outlets;
	size_t noutlets;
	struct ids users, sessions;
	uint64_t next_cut, next_pause, batch, paused;
	struct timespec began;
};

int mdl_simulate_type(const struct mdl_simulate_kind *k, const char *name)
{
	size_t n = strlen(name);
	for (int i = 0; k->types[i]; i++) {
		const char *t = k->types[i];
		if (strncmp(t, name, n) == 0 && (!t[n] || strcmp(t + n, "_events") == 0))
			return i;
	}
	return -1;
}

int mdl_simulate_share(const char *text, const char *what, uint64_t *chances, struct mdl_err *err)
{
	uint64_t v = 0, scale = 1;
	const char *p = text;
	while (*p >= '0' && *p <= '9' && v < 1000)
		v = v * 10 + (uint64_t)(*p++ - '0');
	bool digits = p > text;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			digits = true;
			if (scale < 100000000) { /* finer than the chances are */
				v = v * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
		}
	}
	if (*p == '%') {
		scale *= 100;
		p++;
	}
	if (!digits || *p || v > scale)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s '%s' is no share: give a number from 0 to 1 such as 0.02, or 2%%",
				   what, text);
	/* v < 2^37, so this does not overflow */
	*chances = (v / scale << 32) + ((v % scale) << 32) / scale;
	return 0;
}

static void ids_add(struct ids *s, uint64_t id)
{
	if (!id)
		return;
	if (id >= s->cap) {
		size_t cap = s->cap ? s->cap : 4096;
		while (cap <= id)
			cap *= 2;
		s->seen = mdl_realloc(s->seen, cap);
		memset(s->seen + s->cap, 0, cap - s->cap);
		s->cap = cap;
	}
	s->n += !s->seen[id];
	s->seen[id] = 1;
}

static void count_wellformed(struct run *r, const struct mdl_simulate_row *row, bool late)
{
	struct mdl_simulate_count *c = &r->truth->types[row->type];
	if (c->good + c->late == 0 || row->ts_ms < c->first_ms)
		c->first_ms = row->ts_ms;
	if (c->good + c->late == 0 || row->ts_ms > c->last_ms)
		c->last_ms = row->ts_ms;
	if (late)
		c->late++;
	else
		c->good++;
	c->by_group[row->group][late]++;
	c->amounts[row->group][late] += row->amount;
	ids_add(&r->users, row->user);
	ids_add(&r->sessions, row->session);
}

static int pause_until(struct run *r, struct mdl_err *err)
{
	for (size_t i = 0; i < r->noutlets; i++)
		if (mdl_simulate_out_flush(&r->outlets[i].out, err) < 0)
			return -1;
	r->next_pause += r->batch;
	uint64_t rows = r->truth->rows, rate = r->o->rate;
	struct timespec at = r->began;
	at.tv_sec += (time_t)(rows / rate);
	/* rate < 2^32 (checked by the command), so this fits */
	at.tv_nsec += (long)(rows % rate * 1000000000 / rate);
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		if (r->o->stop && *(const volatile int *)r->o->stop)
			break;
	return 0;
}

/* A row of N bytes stands at the end of W's output: count it, and write, cut and pause as is due. */
static int row_done(struct run *r, struct outlet *w, unsigned type, size_t n, struct mdl_err *err)
{
	r->truth->types[type].bytes += n;
	r->truth->rows++;
	if (mdl_simulate_out_add(&w->out, mdl_simulate_out_at(&w->out) + n, err) < 0)
		return -1;
	if (r->truth->rows == r->next_pause && pause_until(r, err) < 0)
		return -1;
	if (r->truth->rows == r->next_cut && r->truth->rows < r->o->rows) {
		uint64_t index = w->out.index + 1;
		for (size_t i = 0; i < r->noutlets; i++)
			if (mdl_simulate_out_cut(&r->outlets[i].out, err) < 0)
				return -1;
		r->next_cut = r->o->rows / r->o->files * (index + 1) +
			      r->o->rows % r->o->files * (index + 1) / r->o->files;
	}
	return 0;
}

static bool finished(const struct run *r)
{
	return r->truth->rows >= r->o->rows || (r->o->stop && *(const volatile int *)r->o->stop);
}

/* Write the held rows whose time has come. */
static int late_rows(struct run *r, struct outlet *w, struct mdl_err *err)
{
	while (w->held_at < w->held.n && !finished(r)) {
		struct held h;
		memcpy(&h, w->held.p + w->held_at, sizeof(h));
		if (h.due_ms >= w->good_ms)
			return 0;
		memcpy(mdl_simulate_out_at(&w->out), w->held.p + w->held_at + sizeof(h), h.n);
		w->held_at += sizeof(h) + h.n;
		count_wellformed(r, &h.row, true);
		if (row_done(r, w, h.row.type, h.n, err) < 0)
			return -1;
	}
	if (w->held_at > 1 << 16 && w->held_at > w->held.n / 2) {
		mdl_buf_drop(&w->held, w->held_at);
		w->held_at = 0;
	}
	return 0;
}

/* Copy a recent good row; false when there is none near enough. */
static int duplicate_row(struct run *r, struct outlet *w, bool *done, struct mdl_err *err)
{
	*done = false;
	uint64_t n = w->good < MDL_SIMULATE_NEAR ? w->good : MDL_SIMULATE_NEAR;
	if (!n)
		return 0;
	const struct recent *c =
		&w->recent[(w->good - 1 - mdl_random_below(&w->chance, (uint32_t)n)) % MDL_SIMULATE_NEAR];
	const char *p = mdl_simulate_out_back(&w->out, c->position);
	if (!p)
		return 0;
	*done = true;
	memcpy(mdl_simulate_out_at(&w->out), p, c->n);
	struct mdl_simulate_count *t = &r->truth->types[c->type];
	t->duplicates++;
	if (w->event_ms - c->ts_ms > t->behind_ms)
		t->behind_ms = w->event_ms - c->ts_ms;
	return row_done(r, w, c->type, c->n, err);
}

static unsigned pick_fault(const struct run *r, struct outlet *w, const struct mdl_simulate_row *row)
{
	unsigned mask = r->k->faults_of(row);
	uint32_t k = mdl_random_below(&w->chance, (uint32_t)__builtin_popcount(mask));
	while (k--)
		mask &= mask - 1;
	return (unsigned)__builtin_ctz(mask);
}

static void hold_row(struct run *r, struct outlet *w, const struct mdl_simulate_row *row)
{
	char text[MDL_SIMULATE_ROW_MAX + MDL_SIMULATE_TEXT_SLACK];
	int64_t more = (int64_t)(mdl_random_next(&w->chance) % (uint64_t)(r->o->late_by_ms / 8 + 1));
	struct held h = {.due_ms = row->ts_ms + r->o->late_by_ms + more, .row = *row};
	h.n = (size_t)(r->k->render(r->gen, row, MDL_SIMULATE_GOOD, 0, text) - text);
	mdl_buf_put(&w->held, &h, sizeof(h));
	mdl_buf_put(&w->held, text, h.n);
}

/* One event of the kind, with the faults that fall to it and before it. */
static int event(struct run *r, struct outlet *w, const struct mdl_simulate_row *row, struct mdl_err *err)
{
	const struct mdl_simulate_options *o = r->o;
	if (w->held_at < w->held.n && late_rows(r, w, err) < 0)
		return -1;
	uint64_t draw = mdl_random_next(&w->chance) >> 32;
	while (draw < o->duplicates) {
		bool done;
		if (finished(r))
			return 0;
		if (duplicate_row(r, w, &done, err) < 0)
			return -1;
		draw = done ? mdl_random_next(&w->chance) >> 32 : UINT64_MAX;
	}
	if (finished(r))
		return 0;
	if (row->ts_ms > w->event_ms)
		w->event_ms = row->ts_ms;
	draw -= o->duplicates;
	char *at = mdl_simulate_out_at(&w->out);
	if (draw < o->malformed) {
		unsigned fault = pick_fault(r, w, row);
		uint32_t dice = (uint32_t)(mdl_random_next(&w->chance) >> 32);
		char *end = r->k->render(r->gen, row, fault, dice, at);
		r->truth->types[row->type].malformed[fault]++;
		return row_done(r, w, row->type, (size_t)(end - at), err);
	}
	if (draw - o->malformed < o->late) {
		hold_row(r, w, row);
		return 0;
	}
	size_t n = (size_t)(r->k->render(r->gen, row, MDL_SIMULATE_GOOD, 0, at) - at);
	if (n > MDL_SIMULATE_ROW_MAX)
		mdl_bug("a row of %zu bytes", n);
	w->recent[w->good++ % MDL_SIMULATE_NEAR] =
		(struct recent){mdl_simulate_out_position(&w->out), (uint32_t)n, row->type, row->ts_ms};
	if (row->ts_ms > w->good_ms)
		w->good_ms = row->ts_ms;
	count_wellformed(r, row, false);
	return row_done(r, w, row->type, n, err);
}

static int outlets_open(struct run *r, unsigned char of_type[MDL_SIMULATE_TYPES], struct mdl_err *err)
{
	const struct mdl_simulate_options *o = r->o;
	r->outlets = mdl_array(MDL_SIMULATE_TYPES, sizeof(*r->outlets));
	if (o->dir && mdl_dir_make(o->dir, err) < 0)
		return -1;
	for (unsigned t = 0; r->k->types[t]; t++) {
		if (!(o->types >> t & 1))
			continue;
		/* on standard output all types share one outlet */
		if (r->noutlets == 0 || o->dir) {
			struct outlet *w = &r->outlets[r->noutlets++];
			mdl_random_seed(&w->chance, o->seed, 1000 + (o->dir ? t : 0));
			mdl_buf_init(&w->held, MDL_BUF_NO_LIMIT);
			w->good_ms = w->event_ms = INT64_MIN / 2;
			if (mdl_simulate_out_open(&w->out, o->dir, r->k->types[t], r->k->extension,
						  o->files > 0, err) < 0)
				return -1;
		}
		of_type[t] = (unsigned char)(r->noutlets - 1);
	}
	return 0;
}

static int run(struct run *r, struct mdl_err *err)
{
	const struct mdl_simulate_options *o = r->o;
	unsigned char of_type[MDL_SIMULATE_TYPES] = {0};
	if (outlets_open(r, of_type, err) < 0)
		return -1;
	if (o->rate) {
		r->batch = o->rate < 100 ? 1 : o->rate / 100;
		r->next_pause = r->batch;
		clock_gettime(CLOCK_MONOTONIC, &r->began);
	}
	if (o->files)
		r->next_cut = o->rows / o->files;
	struct mdl_simulate_row row;
	while (!finished(r)) {
		r->k->next(r->gen, &row);
		if (o->types >> row.type & 1 && event(r, &r->outlets[of_type[row.type]], &row, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->noutlets; i++)
		if (mdl_simulate_out_finish(&r->outlets[i].out, err) < 0)
			return -1;
	return 0;
}

int mdl_simulate_run(const struct mdl_simulate_kind *k, const struct mdl_simulate_options *o,
		     struct mdl_simulate_truth *truth, struct mdl_err *err)
{
	struct run r = {.k = k, .o = o, .truth = truth};
	memset(truth, 0, sizeof(*truth));
	r.gen = k->open(o);
	int rc = run(&r, err);
	truth->users = r.users.n;
	truth->sessions = r.sessions.n;
	k->close(r.gen);
	for (size_t i = 0; i < MDL_SIMULATE_TYPES && r.outlets; i++) {
		mdl_buf_free(&r.outlets[i].held);
		if (i < r.noutlets)
			mdl_simulate_out_free(&r.outlets[i].out);
	}
	free(r.outlets);
	free(r.users.seen);
	free(r.sessions.seen);
	return rc;
}
