/* SPDX-License-Identifier: MIT
 *
 * The part of a key_set that is on disk: see key_runs.h.
 */
#include "op/key_runs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

enum {
	PAGE = 4096,
	LINE_BITS = 512,   /* of a filter: a key's bits lie in one line of the cache */
	WORDS = 16,        /* of 32 bits, in a line; a key sets a bit in each second one */
	BITS_PER_KEY = 12, /* wished: one question in 200 is answered wrongly */
	LEAST_BITS = 3,    /* coarser filters do not pay */
	FAN = 6,           /* runs of a level; then they are merged */
	READ_AHEAD = 8,    /* pages of each run in a merge */
};

/* ---- Files ---- */

static int open_file(const char *dir, struct mdl_err *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* a file system that knows no such files */
	char *name = mdl_asprintf("%s/.keys.XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd >= 0 ? fd : mdl_err_sys(err, "a file for keys beyond --max-memory in %s", dir);
}

static uint32_t page_entries(const struct mdl_key_runs *r)
{
	return PAGE / r->entry_bytes;
}

static uint64_t pages(const struct mdl_key_runs *r, const struct mdl_key_run *run)
{
	return (run->n + page_entries(r) - 1) / page_entries(r);
}

static int read_pages(const struct mdl_key_runs *r, const struct mdl_key_run *run, uint64_t first, size_t n,
		      char *to, struct mdl_err *err)
{
	size_t want = n * PAGE;
	for (size_t at = 0; at < want;) {
		ssize_t got = pread(run->fd, to + at, want - at, (off_t)(first * PAGE + at));
		if (got <= 0)
			return got ? mdl_err_sys(err, "reading keys from a file in %s", r->dir)
				   : mdl_err_set(err, MDL_TROUBLE, "a file of keys in %s is cut off", r->dir);
		at += (size_t)got;
	}
	return 0;
}

static struct mdl_key_entry entry_at(const struct mdl_key_runs *r, const char *page, size_t i)
{
	struct mdl_key_entry e = {.expiry_ms = INT64_MAX};
	const char *p = page + i * r->entry_bytes;
	memcpy(&e.key.lo, p, 8);
	memcpy(&e.key.hi, p + 8, 8);
	if (r->entry_bytes == 24)
		memcpy(&e.expiry_ms, p + 16, 8);
	e.place = mdl_key_place(e.key);
	return e;
}

static void free_filter(struct mdl_key_runs *r, struct mdl_key_run *run)
{
	if (run->bloom)
		r->bytes -= run->lines * (LINE_BITS / 8);
	free(run->bloom);
	run->bloom = NULL;
}

static void free_run(struct mdl_key_runs *r, struct mdl_key_run *run)
{
	free_filter(r, run);
	r->bytes -= pages(r, run) * sizeof(*run->fences);
	free(run->fences);
	if (run->fd >= 0)
		close(run->fd);
}

/* ---- Filters ---- */

/* The other half of the place chooses the bits. */
static const uint32_t salts[WORDS / 2] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
					  0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

static uint32_t *line_of(const struct mdl_key_run *run, uint64_t place)
{
	return run->bloom + (size_t)((unsigned __int128)place * run->lines >> 64) * WORDS;
}

static void filter_put(const struct mdl_key_run *run, uint64_t place)
{
	uint32_t *line = line_of(run, place), x = (uint32_t)place;
	for (unsigned k = 0; k < WORDS / 2; k++) {
		uint32_t h = x * salts[k];
		line[2 * k + (h >> 31)] |= UINT32_C(1) << (h >> 26 & 31);
	}
}

static bool filter_has(const struct mdl_key_run *run, uint64_t place)
{
	if (!run->bloom)
		return true;
	const uint32_t *line = line_of(run, place);
	uint32_t x = (uint32_t)place, all = 1;
	for (unsigned k = 0; k < WORDS / 2; k++) {
		uint32_t h = x * salts[k];
		all &= line[2 * k + (h >> 31)] >> (h >> 26 & 31);
	}
	return all;
}

/* ---- Streams in order ---- */

/* One of what is merged: a run, or the table (RUN is NULL). */
struct stream {
	const struct mdl_key_run *run;
	struct mdl_key_walk walk;
	char *buf;
	uint64_t page; /* the next to read */
	size_t i, n;   /* entries of buf */
	uint64_t left; /* entries of the run that were not handed out */
	bool done;
	struct mdl_key_entry e;
};

static int advance(const struct mdl_key_runs *r, struct stream *s, struct mdl_err *err)
{
	if (!s->run) {
		const struct mdl_key_entry *e = mdl_key_walk_next(&s->walk);
		s->done = !e;
		if (e)
			s->e = *e;
		return 0;
	}
	if (!s->left) {
		s->done = true;
		return 0;
	}
	size_t per = page_entries(r);
	if (s->i == s->n) {
		uint64_t all = pages(r, s->run);
		size_t n = all - s->page < READ_AHEAD ? (size_t)(all - s->page) : READ_AHEAD;
		if (read_pages(r, s->run, s->page, n, s->buf, err))
			return -1;
		s->page += n;
		s->i = 0;
		s->n = n * per;
	}
	s->e = entry_at(r, s->buf + s->i / per * PAGE, s->i % per);
	s->i++;
	s->left--;
	return 0;
}

/* Hand the living entries of S[0..N), oldest first, to EACH in order. Of equal keys only the newest can live. */
static int merge(const struct mdl_key_runs *r, struct stream *s, size_t n, int64_t evicted_ms,
		 int (*each)(void *ctx, const struct mdl_key_entry *e, struct mdl_err *err), void *ctx,
		 struct mdl_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i].run) {
			s[i].left = s[i].run->n;
			s[i].buf = mdl_alloc((size_t)READ_AHEAD * PAGE);
		}
		if (advance(r, &s[i], err))
			return -1;
	}
	for (;;) {
		struct stream *least = NULL;
		for (size_t i = 0; i < n; i++)
			if (!s[i].done && (!least || mdl_key_cmp(&s[i].e, &least->e) < 0))
				least = &s[i];
		if (!least)
			return 0;
		if ((least->e.expiry_ms > evicted_ms && each(ctx, &least->e, err)) || advance(r, least, err))
			return -1;
	}
}

static void free_streams(struct stream *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mdl_key_walk_free(&s[i].walk);
		free(s[i].buf);
	}
	free(s);
}

/* ---- Writing a run ---- */

struct writer {
	struct mdl_key_runs *r;
	struct mdl_key_run run;
	char *buf;
	size_t page, i; /* place in buf */
	uint64_t fences_cap;
};

static int flush_pages(struct writer *w, struct mdl_err *err)
{
	if (w->page && mdl_write_all(w->run.fd, w->buf, w->page * PAGE))
		return mdl_err_sys(err, "writing keys beyond --max-memory to a file in %s", w->r->dir);
	w->page = 0;
	return 0;
}

static int write_entry(void *ctx, const struct mdl_key_entry *e, struct mdl_err *err)
{
	struct writer *w = ctx;
	struct mdl_key_runs *r = w->r;
	if (!w->i) {
		MDL_GROW(w->run.fences, w->run.n / page_entries(r), w->fences_cap);
		w->run.fences[w->run.n / page_entries(r)] = e->place;
	}
	char *p = w->buf + w->page * PAGE + w->i * r->entry_bytes;
	memcpy(p, &e->key, sizeof(e->key));
	if (r->entry_bytes == 24)
		memcpy(p + 16, &e->expiry_ms, 8);
	if (w->run.bloom)
		filter_put(&w->run, e->place);
	if (e->expiry_ms > w->run.max_expiry_ms)
		w->run.max_expiry_ms = e->expiry_ms;
	w->run.n++;
	if (++w->i < page_entries(r))
		return 0;
	w->i = 0;
	return ++w->page < READ_AHEAD ? 0 : flush_pages(w, err);
}

/* The streams S become one run of at most MOST keys, which stands for the runs FIRST to LAST - 1. */
static int write_run(struct mdl_key_runs *r, struct stream *s, size_t n, uint64_t most, int64_t evicted_ms,
		     size_t first, size_t last, struct mdl_err *err)
{
	struct writer w = {.r = r, .run = {.fd = open_file(r->dir, err), .max_expiry_ms = INT64_MIN}};
	if (w.run.fd < 0)
		return -1;
	for (size_t i = first; i < last; i++) {
		free_filter(r, &r->v[i]); /* a merge asks no questions, and its result needs the room */
		if (r->v[i].level >= w.run.level)
			w.run.level = r->v[i].level + 1;
	}
	uint64_t used = r->bytes + most / page_entries(r) * sizeof(*w.run.fences);
	uint64_t room = r->limit_bytes > used ? (r->limit_bytes - used) * 8 : 0;
	uint64_t bits = most * BITS_PER_KEY < room ? most * BITS_PER_KEY : room;
	/* the other runs that are to come want some, too */
	if (bits > room / 2 && room / 2 >= most * LEAST_BITS)
		bits = room / 2;
	w.run.lines = bits / LINE_BITS + (bits < room);
	if (w.run.lines && bits >= most * LEAST_BITS) {
		w.run.bloom = mdl_array(w.run.lines * WORDS, sizeof(*w.run.bloom));
		r->bytes += w.run.lines * (LINE_BITS / 8);
	}
	w.buf = mdl_alloc((size_t)READ_AHEAD * PAGE);
	memset(w.buf, 0, (size_t)READ_AHEAD * PAGE);
	int rc = merge(r, s, n, evicted_ms, write_entry, &w, err);
	if (!rc && w.i)
		w.page++;
	rc = rc || flush_pages(&w, err) ? -1 : 0;
	free(w.buf);
	r->bytes += pages(r, &w.run) * sizeof(*w.run.fences);
	if (rc || !w.run.n) {
		free_run(r, &w.run);
		if (rc)
			return -1;
	}
	for (size_t i = first; i < last; i++)
		free_run(r, &r->v[i]);
	size_t more = w.run.n > 0;
	if (first == last && more)
		MDL_GROW(r->v, r->n, r->cap);
	memmove(r->v + first + more, r->v + last, (r->n - last) * sizeof(*r->v));
	r->n = r->n - (last - first) + more;
	if (more)
		r->v[first] = w.run;
	return 0;
}

static int merge_runs(struct mdl_key_runs *r, size_t first, int64_t evicted_ms, struct mdl_err *err)
{
	size_t n = r->n - first;
	struct stream *s = mdl_array(n, sizeof(*s));
	uint64_t most = 0;
	for (size_t i = 0; i < n; i++) {
		s[i].run = &r->v[first + i];
		most += s[i].run->n;
	}
	int rc = write_run(r, s, n, most, evicted_ms, first, r->n, err);
	free_streams(s, n);
	return rc;
}

/* ---- The runs ---- */

void mdl_key_runs_init(struct mdl_key_runs *r, bool timed, uint64_t limit_bytes, const char *dir)
{
	*r = (struct mdl_key_runs){.dir = mdl_strdup(dir), .limit_bytes = limit_bytes};
	r->entry_bytes = timed ? 24 : 16;
	r->page = mdl_alloc(PAGE);
}

void mdl_key_runs_clear(struct mdl_key_runs *r)
{
	for (size_t i = 0; i < r->n; i++)
		free_run(r, &r->v[i]);
	r->n = 0;
}

void mdl_key_runs_free(struct mdl_key_runs *r)
{
	mdl_key_runs_clear(r);
	free(r->v);
	free(r->dir);
	free(r->page);
}

int mdl_key_runs_add(struct mdl_key_runs *r, const struct mdl_key_table *t, struct mdl_err *err)
{
	struct stream *s = mdl_array(1, sizeof(*s));
	mdl_key_walk_init(&s->walk, t);
	int rc = write_run(r, s, 1, t->used, t->evicted_ms, r->n, r->n, err);
	free_streams(s, 1);
	/* the oldest expire first, mostly */
	while (!rc && r->n && r->v[0].max_expiry_ms <= t->evicted_ms) {
		free_run(r, &r->v[0]);
		memmove(r->v, r->v + 1, --r->n * sizeof(*r->v));
	}
	for (size_t first; !rc && r->n;) {
		unsigned level = r->v[r->n - 1].level;
		for (first = r->n; first > 0 && r->v[first - 1].level <= level;)
			first--;
		if (r->n - first < FAN)
			break;
		rc = merge_runs(r, first, t->evicted_ms, err);
	}
	return rc;
}

static int find(struct mdl_key_runs *r, const struct mdl_key_run *run, const struct mdl_key_entry *want,
		int64_t *expiry_ms, struct mdl_err *err)
{
	/* the first page that begins at the place or beyond; the key may be in the one before */
	uint64_t lo = 0, hi = pages(r, run), all = hi;
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		if (run->fences[mid] < want->place)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (uint64_t page = lo ? lo - 1 : 0; page < all && run->fences[page] <= want->place; page++) {
		uint64_t before = page * page_entries(r);
		size_t a = 0,
		       n = run->n - before < page_entries(r) ? (size_t)(run->n - before) : page_entries(r),
		       b = n;
		if (read_pages(r, run, page, 1, r->page, err))
			return -1;
		while (a < b) {
			size_t mid = a + (b - a) / 2;
			struct mdl_key_entry e = entry_at(r, r->page, mid);
			int c = mdl_key_cmp(&e, want);
			if (!c) {
				*expiry_ms = e.expiry_ms;
				return 1;
			}
			if (c < 0)
				a = mid + 1;
			else
				b = mid;
		}
	}
	return 0;
}

void mdl_key_runs_prefetch(const struct mdl_key_runs *r, struct mdl_key key)
{
	uint64_t place = mdl_key_place(key);
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].bloom)
			__builtin_prefetch(line_of(&r->v[i], place));
}

int mdl_key_runs_has(struct mdl_key_runs *r, struct mdl_key key, int64_t evicted_ms, struct mdl_err *err)
{
	struct mdl_key_entry want = {.place = mdl_key_place(key), .key = key};
	for (size_t i = r->n; i-- > 0;) {
		int64_t expiry_ms;
		if (!filter_has(&r->v[i], want.place))
			continue;
		int rc = find(r, &r->v[i], &want, &expiry_ms, err);
		if (rc)
			return rc < 0 ? -1 : expiry_ms > evicted_ms;
	}
	return 0;
}

int mdl_key_runs_each(struct mdl_key_runs *r, const struct mdl_key_table *t,
		      int (*each)(void *ctx, const struct mdl_key_entry *e, struct mdl_err *err), void *ctx,
		      struct mdl_err *err)
{
	struct stream *s = mdl_array(r->n + 1, sizeof(*s));
	for (size_t i = 0; i < r->n; i++)
		s[i].run = &r->v[i];
	mdl_key_walk_init(&s[r->n].walk, t);
	s[0].walk.any_order = r->n == 0; /* nothing to merge with */
	int rc = merge(r, s, r->n + 1, t->evicted_ms, each, ctx, err);
	free_streams(s, r->n + 1);
	return rc;
}

uint64_t mdl_key_runs_keys(const struct mdl_key_runs *r)
{
	uint64_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		n += r->v[i].n;
	return n;
}
