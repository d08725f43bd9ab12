/* SPDX-License-Identifier: MIT
 *
 * The part of a key_set that is in memory: see key_table.h.
 */
#include "op/key_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

enum {
	SLOTS = 16,          /* of a bucket */
	REST = 15,           /* bytes of a key behind its tag */
	CHUNK = 64,          /* buckets that a pool hands out together */
	MAX_BUCKETS = 4096,  /* of a segment; then it splits */
	DOUBLING = 32,       /* buckets; up to here a segment doubles */
	SMALL = 1024,        /* buckets; up to here a segment is a piece of the heap */
	LINE = 64,           /* of the cache; times are read as eight bytes, so something must follow them */
	MAX_DEPTH = 24,      /* keys that agree in so many bits of their place make one large segment */
	HUGE_PAGE = 2 << 20, /* bytes */
};

#define FOREVER INT64_MAX
/* Full at 15/16 of the slots. A grown segment is 10/13 full, or 4/5 where keys have times and are larger. */
#define IS_FULL(used, slots) ((uint64_t)(used)*16 > (uint64_t)(slots)*15)

struct mdl_key_segment {
	char *block;   /* all buckets, or NULL: */
	char **chunks; /* CHUNK buckets each */
	uint32_t nb;   /* buckets; 0 in a segment that has few slots */
	uint32_t slots, used;
	unsigned depth; /* bits of the place that its keys share */
};

/* Equal chunks cut out of huge pages; they come back when a segment has moved to others. */
struct slab {
	char *p;
	size_t n;
};

struct mdl_key_pool {
	struct slab *slabs;
	char **idle;
	size_t nslabs, slabs_cap, nidle, idle_cap;
};

/* ---- The pool ---- */

static size_t chunk_bytes(const struct mdl_key_table *t)
{
	return (size_t)CHUNK * t->stride + (t->time_bytes ? LINE : 0);
}

static bool add_slab(struct mdl_key_table *t)
{
	struct mdl_key_pool *p = t->pool;
	/* a thirty-second of the table at a time, so that little is idle */
	size_t n = (size_t)(t->bytes / 32) & ~(size_t)(HUGE_PAGE - 1);
	n = n < HUGE_PAGE ? HUGE_PAGE : n > 32 * (size_t)HUGE_PAGE ? 32 * (size_t)HUGE_PAGE : n;
	if (t->limit_bytes && t->bytes + n > t->limit_bytes)
		n = HUGE_PAGE;
	/* below the size of a huge page a table with a small limit still works */
	if (t->limit_bytes && t->bytes + n > t->limit_bytes)
		n = (size_t)(t->limit_bytes > t->bytes ? t->limit_bytes - t->bytes : 0) & ~(size_t)4095;
	if (n < chunk_bytes(t))
		return false;
	char *slab = aligned_alloc(n < HUGE_PAGE ? 4096 : HUGE_PAGE, n);
	if (!slab)
		slab = mdl_alloc(n); /* which says that there is no more memory */
	/* huge pages save a fifth of the look-ups' time in large tables; only a wish */
	(void)madvise(slab, n, MADV_HUGEPAGE);
	MDL_GROW(p->slabs, p->nslabs, p->slabs_cap);
	p->slabs[p->nslabs++] = (struct slab){slab, n};
	t->bytes += n;
	for (size_t at = n / chunk_bytes(t); at-- > 0;) {
		MDL_GROW(p->idle, p->nidle, p->idle_cap);
		p->idle[p->nidle++] = slab + at * chunk_bytes(t);
	}
	return true;
}

/* N chunks, zero-filled where buckets have their tags; NULL when the limit forbids. */
static char **take_chunks(struct mdl_key_table *t, size_t n)
{
	if (!t->pool)
		t->pool = mdl_zalloc(sizeof(*t->pool));
	while (t->pool->nidle < n)
		if (!add_slab(t))
			return NULL;
	char **chunks = mdl_array(n, sizeof(*chunks));
	for (size_t i = 0; i < n; i++) {
		chunks[i] = t->pool->idle[--t->pool->nidle];
		for (size_t b = 0; b < CHUNK; b++)
			memset(chunks[i] + b * t->stride, 0, SLOTS);
	}
	return chunks;
}

static void free_pool(struct mdl_key_table *t)
{
	struct mdl_key_pool *p = t->pool;
	for (size_t i = 0; p && i < p->nslabs; i++) {
		t->bytes -= p->slabs[i].n;
		free(p->slabs[i].p);
	}
	if (p) {
		free(p->slabs);
		free(p->idle);
	}
	free(p);
	t->pool = NULL;
}

/* ---- Segments ---- */

/* A segment with less than a bucket has the room of its slots only. */
static size_t block_bytes(const struct mdl_key_table *t, uint32_t nb, uint32_t slots)
{
	return nb == 1 && slots < SLOTS ? SLOTS + (size_t)slots * REST : (size_t)nb * t->stride + LINE;
}

/* Buckets for SLOTS keys; false when the limit forbids. */
static bool make_buckets(struct mdl_key_table *t, struct mdl_key_segment *g, uint32_t nb, uint32_t slots)
{
	*g = (struct mdl_key_segment){.nb = nb, .slots = slots, .depth = g->depth};
	if (nb > SMALL) {
		g->nb = (nb + CHUNK - 1) / CHUNK * CHUNK;
		g->slots = g->nb * SLOTS;
		g->chunks = take_chunks(t, g->nb / CHUNK);
		return g->chunks;
	}
	size_t n = block_bytes(t, nb, slots);
	if (t->limit_bytes && t->bytes + n > t->limit_bytes)
		return false;
	g->block = mdl_zalloc(n);
	t->bytes += n;
	return true;
}

static void drop_buckets(struct mdl_key_table *t, struct mdl_key_segment *g)
{
	if (g->block)
		t->bytes -= block_bytes(t, g->nb, g->slots);
	for (size_t i = 0; g->chunks && i < g->nb / CHUNK; i++) {
		MDL_GROW(t->pool->idle, t->pool->nidle, t->pool->idle_cap);
		t->pool->idle[t->pool->nidle++] = g->chunks[i];
	}
	free(g->block);
	free(g->chunks);
	g->block = NULL;
	g->chunks = NULL;
}

static inline char *bucket(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t b)
{
	return g->block ? g->block + (size_t)b * t->stride
			: g->chunks[b / CHUNK] + (size_t)(b % CHUNK) * t->stride;
}

static inline uint32_t home(const struct mdl_key_segment *g, uint64_t place)
{
	/* the low half: the high bits have chosen the segment */
	return (uint32_t)((uint64_t)(uint32_t)place * g->nb >> 32);
}

static inline struct mdl_key_segment *segment(const struct mdl_key_table *t, uint64_t place)
{
	return t->dir[t->depth ? place >> (64 - t->depth) : 0];
}

/* ---- Slots ---- */

static inline uint64_t get64(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static inline bool is_key(const char *b, unsigned slot, struct mdl_key key)
{
	const char *p = b + SLOTS + slot * REST;
	return get64(p) == (key.lo >> 8 | key.hi << 56) && get64(p + 7) == key.hi;
}

static inline struct mdl_key key_at(const char *b, unsigned slot)
{
	const char *p = b + SLOTS + slot * REST;
	return (struct mdl_key){get64(p) << 8 | (unsigned char)b[slot], get64(p + 7)};
}

/* Bit 7 of each byte that is zero, and perhaps of bytes above the lowest of them. */
static inline uint64_t zeros(uint64_t x)
{
	return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

static inline const char *time_of(const struct mdl_key_table *t, const char *b, unsigned slot)
{
	return b + SLOTS + SLOTS * REST + slot * t->time_bytes;
}

/* Stored times: 0 is over, the greatest is for ever, others count from base_ms. */
static inline uint64_t greatest(const struct mdl_key_table *t)
{
	return ~UINT64_C(0) >> (64 - 8 * t->time_bytes);
}

static int64_t expiry_at(const struct mdl_key_table *t, const char *b, unsigned slot)
{
	if (!t->time_bytes)
		return FOREVER;
	uint64_t code = get64(time_of(t, b, slot)) & greatest(t);
	if (code == greatest(t))
		return FOREVER;
	return code ? (int64_t)((uint64_t)t->base_ms + code) : INT64_MIN;
}

static bool is_alive(const struct mdl_key_table *t, const char *b, unsigned slot)
{
	return !t->time_bytes || expiry_at(t, b, slot) > t->evicted_ms;
}

/* Does EXPIRY_MS have a code? */
static bool encode(const struct mdl_key_table *t, int64_t expiry_ms, uint64_t *code)
{
	*code = 0;
	if (expiry_ms == FOREVER)
		*code = greatest(t);
	else if (expiry_ms > t->evicted_ms)
		*code = (uint64_t)expiry_ms - (uint64_t)t->base_ms;
	return expiry_ms == FOREVER || expiry_ms <= t->evicted_ms ||
	       (expiry_ms > t->base_ms && *code < greatest(t));
}

static void put_time(const struct mdl_key_table *t, char *b, unsigned slot, int64_t expiry_ms)
{
	uint64_t code;
	encode(t, expiry_ms, &code);
	char *p = b + SLOTS + SLOTS * REST + slot * t->time_bytes;
	if (t->time_bytes == 4)
		memcpy(p, &code, 4);
	else if (t->time_bytes == 5)
		memcpy(p, &code, 5);
	else if (t->time_bytes == 8)
		memcpy(p, &code, 8);
}

static void put_slot(const struct mdl_key_table *t, char *b, unsigned slot, struct mdl_key key,
		     int64_t expiry_ms)
{
	char *p = b + SLOTS + slot * REST;
	uint64_t middle = key.lo >> 8 | key.hi << 56;
	b[slot] = (char)key.lo;
	memcpy(p, &middle, sizeof(middle));
	memcpy(p + 7, &key.hi, sizeof(key.hi));
	if (t->time_bytes)
		put_time(t, b, slot, expiry_ms);
}

/* The slot of KEY (true) or the one where it would go. A segment that is not full has an empty slot. */
static inline bool find(const struct mdl_key_table *t, const struct mdl_key_segment *g, struct mdl_key key,
			uint64_t place, char **b, unsigned *slot)
{
	uint64_t tag = (key.lo & 0xff) * UINT64_C(0x0101010101010101);
	for (uint32_t i = home(g, place);; i = i + 1 == g->nb ? 0 : i + 1) {
		char *p = bucket(t, g, i);
		uint64_t half[2] = {get64(p), get64(p + 8)};
		for (unsigned k = 0; k < 2; k++) {
			for (uint64_t m = zeros(half[k] ^ tag); m; m &= m - 1) {
				unsigned s = k * 8 + (unsigned)__builtin_ctzll(m) / 8;
				if (p[s] == (char)key.lo && is_key(p, s, key)) {
					*b = p;
					*slot = s;
					return true;
				}
			}
		}
		/* slots fill from the first on, so the lowest empty one is the first that is free */
		for (unsigned k = 0; k < 2; k++) {
			uint64_t m = zeros(half[k]);
			if (m) {
				*b = p;
				*slot = k * 8 + (unsigned)__builtin_ctzll(m) / 8;
				return false;
			}
		}
	}
}

/* ---- Growth ---- */

/* KEY, which is not in G, goes to its first free slot. */
static inline void append(const struct mdl_key_table *t, struct mdl_key_segment *g, struct mdl_key key,
			  uint64_t place, int64_t expiry_ms)
{
	for (uint32_t i = home(g, place);; i = i + 1 == g->nb ? 0 : i + 1) {
		char *b = bucket(t, g, i);
		uint64_t low = zeros(get64(b)), high = zeros(get64(b + 8));
		if (!low && !high)
			continue;
		put_slot(t, b, (unsigned)__builtin_ctzll(low ? low : high) / 8 + (low ? 0 : 8), key,
			 expiry_ms);
		g->used++;
		return;
	}
}

/* The living keys of OLD go to G or, where a bit of their place says so, to ONE. */
static void move_keys(const struct mdl_key_table *t, const struct mdl_key_segment *old,
		      struct mdl_key_segment *g, struct mdl_key_segment *one)
{
	for (uint32_t i = 0; i < old->nb; i++) {
		const char *b = bucket(t, old, i);
		for (unsigned s = 0; s < SLOTS && b[s]; s++) {
			if (!is_alive(t, b, s))
				continue;
			struct mdl_key key = key_at(b, s);
			uint64_t place = mdl_key_place(key);
			append(t, one && place >> (64 - one->depth) & 1 ? one : g, key, place,
			       expiry_at(t, b, s));
		}
	}
}

/* The living keys; *ONES of them have a 1 in their place after the bits that all share. */
static uint32_t count_living(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t *ones)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < g->nb && (t->time_bytes || ones); i++) {
		const char *b = bucket(t, g, i);
		for (unsigned s = 0; s < SLOTS && b[s]; s++) {
			bool alive = is_alive(t, b, s);
			n += alive;
			if (ones && alive)
				*ones += (uint32_t)(mdl_key_place(key_at(b, s)) >> (63 - g->depth)) & 1;
		}
	}
	return t->time_bytes ? n : g->used;
}

/* Buckets for N keys and some more. */
static uint32_t enough(const struct mdl_key_table *t, uint32_t n)
{
	uint64_t slots = t->time_bytes ? (uint64_t)n * 5 / 4 : (uint64_t)n * 13 / 10;
	return (uint32_t)(slots / SLOTS + 1);
}

static void double_dir(struct mdl_key_table *t)
{
	size_t n = (size_t)1 << t->depth;
	t->dir = mdl_rearray(t->dir, 2 * n, sizeof(*t->dir));
	for (size_t i = n; i-- > 0;)
		t->dir[2 * i] = t->dir[2 * i + 1] = t->dir[i];
	t->bytes += n * sizeof(*t->dir);
	t->depth++;
}

static bool split(struct mdl_key_table *t, struct mdl_key_segment *g, uint64_t place)
{
	uint32_t ones = 0, n = count_living(t, g, &ones);
	struct mdl_key_segment old = *g, zero = {.depth = g->depth + 1}, *one = mdl_zalloc(sizeof(*one));
	one->depth = g->depth + 1;
	if (!make_buckets(t, &zero, enough(t, n - ones), enough(t, n - ones) * SLOTS)) {
		free(one);
		return false;
	}
	if (!make_buckets(t, one, enough(t, ones), enough(t, ones) * SLOTS)) {
		drop_buckets(t, &zero);
		free(one);
		return false;
	}
	if (old.depth == t->depth)
		double_dir(t);
	move_keys(t, &old, &zero, one);
	*g = zero;
	/* the second half of the directory's entries for OLD */
	size_t all = (size_t)1 << (t->depth - old.depth);
	size_t first = (size_t)(old.depth ? place >> (64 - old.depth) : 0) * all;
	for (size_t i = first + all / 2; i < first + all; i++)
		t->dir[i] = one;
	t->bytes += sizeof(*one);
	t->used -= old.used - n;
	drop_buckets(t, &old);
	return true;
}

/* Room for one more key in G, the segment of PLACE; false when the limit forbids. */
static bool grow(struct mdl_key_table *t, struct mdl_key_segment *g, uint64_t place)
{
	struct mdl_key_segment old = *g;
	uint32_t n = count_living(t, g, NULL), nb, slots;
	if (!t->time_bytes && old.slots < SLOTS) { /* of a set that may stay small: there may be many */
		nb = 1;
		slots = old.slots ? SLOTS : 4;
	} else {
		nb = enough(t, n);
		/* small ones soon grow again */
		if (nb < DOUBLING && n * 2 > old.slots)
			nb = 2 * old.nb;
		slots = nb * SLOTS;
		if (nb > t->max_buckets && g->depth < MAX_DEPTH)
			return split(t, g, place);
	}
	if (!make_buckets(t, g, nb, slots)) {
		*g = old;
		return false;
	}
	move_keys(t, &old, g, NULL);
	t->used -= old.used - g->used;
	drop_buckets(t, &old);
	return true;
}

static bool is_full(const struct mdl_key_segment *g)
{
	return g->slots <= SLOTS ? g->used + 1 > g->slots - (g->slots == SLOTS)
				 : IS_FULL(g->used + 1, g->slots);
}

/* ---- Times ---- */

enum { SLACK_BITS = 2 }; /* a new base lies a quarter of the range below the time that asked for it */

static void set_times(struct mdl_key_table *t, uint8_t time_bytes, int64_t least_ms)
{
	t->time_bytes = time_bytes;
	t->stride = SLOTS + SLOTS * (REST + (uint32_t)time_bytes);
	if (time_bytes == 8)
		t->base_ms = INT64_MIN / 2; /* microseconds are 64 bits, so milliseconds lie well above */
	else if (time_bytes)
		t->base_ms = least_ms - (int64_t)(greatest(t) >> SLACK_BITS);
}

/* Count the times from EVICTED_MS on: what is over by then needs none. */
static void rebase(struct mdl_key_table *t)
{
	struct mdl_key_table old = *t;
	t->base_ms = t->evicted_ms;
	for (size_t i = 0; i < (size_t)1 << t->depth; i++) {
		struct mdl_key_segment *g = t->dir[i];
		for (uint32_t k = 0; k < g->nb && (!i || g != t->dir[i - 1]); k++) {
			char *b = bucket(t, g, k);
			for (unsigned s = 0; s < SLOTS && b[s]; s++)
				put_time(t, b, s, expiry_at(&old, b, s));
		}
	}
}

/* Slots with more bytes of time. */
static void widen(struct mdl_key_table *t, uint8_t time_bytes, int64_t least_ms)
{
	struct mdl_key_table old = *t;
	struct mdl_key_walk w;
	const struct mdl_key_entry *e;
	mdl_key_table_init(t, true);
	set_times(t, time_bytes, least_ms);
	t->evicted_ms = old.evicted_ms;
	mdl_key_walk_init(&w, &old);
	w.any_order = true;
	while ((e = mdl_key_walk_next(&w)))
		mdl_key_table_enter(t, e->key, e->expiry_ms);
	mdl_key_walk_free(&w);
	mdl_key_table_free(&old);
}

/* See to it that EXPIRY_MS can be stored. False when the table must be emptied first, for there is a limit. */
static bool fit_time(struct mdl_key_table *t, int64_t expiry_ms)
{
	uint64_t code;
	if (!t->used)
		set_times(t, t->time_bytes, expiry_ms);
	else if (t->evicted_ms > t->base_ms)
		rebase(t);
	if (encode(t, expiry_ms, &code))
		return true;
	/* of all times that were stored, or now want to be */
	int64_t least = expiry_ms < t->base_ms ? expiry_ms : t->base_ms;
	int64_t most = t->base_ms + (int64_t)(greatest(t) >> (t->time_bytes == 8));
	most = expiry_ms > most ? expiry_ms : most;
	uint8_t wide = t->time_bytes == 4 && most - least < INT64_C(1) << 39 ? 5 : 8;
	if (t->limit_bytes) {
		t->next_time_bytes = wide;
		return false;
	}
	widen(t, wide, least);
	return true;
}

/* ---- The table ---- */

void mdl_key_table_init(struct mdl_key_table *t, bool timed)
{
	*t = (struct mdl_key_table){.evicted_ms = INT64_MIN, .max_buckets = MAX_BUCKETS};
	set_times(t, timed ? 4 : 0, 0);
	t->dir = mdl_alloc(sizeof(*t->dir));
	t->dir[0] = mdl_zalloc(sizeof(*t->dir[0]));
	t->bytes = sizeof(*t->dir) + sizeof(*t->dir[0]);
}

static void free_segments(struct mdl_key_table *t)
{
	for (size_t i = (size_t)1 << t->depth; i-- > 0;) {
		if (i && t->dir[i] == t->dir[i - 1])
			continue;
		drop_buckets(t, t->dir[i]);
		free(t->dir[i]);
	}
	free(t->dir);
	t->dir = NULL;
}

void mdl_key_table_free(struct mdl_key_table *t)
{
	if (t->dir)
		free_segments(t);
	free_pool(t);
}

void mdl_key_table_limit(struct mdl_key_table *t, uint64_t bytes)
{
	uint64_t most = bytes / 16 / sizeof(struct mdl_key_entry) / SLOTS;
	t->limit_bytes = bytes;
	t->max_buckets = most < MAX_BUCKETS ? (uint32_t)(most ? most : 1) : MAX_BUCKETS;
}

void mdl_key_table_clear(struct mdl_key_table *t)
{
	struct mdl_key_table old = *t;
	free_segments(&old);
	free_pool(&old);
	mdl_key_table_init(t, old.time_bytes);
	set_times(t, old.next_time_bytes ? old.next_time_bytes : old.time_bytes, 0);
	t->evicted_ms = old.evicted_ms;
	t->limit_bytes = old.limit_bytes;
	t->max_buckets = old.max_buckets;
}

enum mdl_key_found mdl_key_table_enter(struct mdl_key_table *t, struct mdl_key key, int64_t expiry_ms)
{
	uint64_t place = mdl_key_place(key), code;
	struct mdl_key_segment *g = segment(t, place);
	char *b = NULL;
	unsigned slot = 0;
	bool there = g->nb && find(t, g, key, place, &b, &slot);
	if (there && is_alive(t, b, slot))
		return MDL_KEY_THERE;
	if (t->time_bytes && !encode(t, expiry_ms, &code)) {
		if (!fit_time(t, expiry_ms))
			return MDL_KEY_FULL;
		return mdl_key_table_enter(t, key, expiry_ms);
	}
	if (!there && is_full(g)) {
		if (!grow(t, g, place))
			return MDL_KEY_FULL;
		g = segment(t, place);
		find(t, g, key, place, &b, &slot);
	}
	put_slot(t, b, slot, key, expiry_ms);
	g->used += !there;
	t->used += !there;
	return MDL_KEY_NEW;
}

bool mdl_key_table_has(const struct mdl_key_table *t, struct mdl_key key)
{
	uint64_t place = mdl_key_place(key);
	const struct mdl_key_segment *g = segment(t, place);
	char *b;
	unsigned slot;
	return g->nb && find(t, g, key, place, &b, &slot) && is_alive(t, b, slot);
}

void mdl_key_table_prefetch(const struct mdl_key_table *t, struct mdl_key key)
{
	uint64_t place = mdl_key_place(mdl_key_stored(key));
	const struct mdl_key_segment *g = segment(t, place);
	if (!g->nb)
		return;
	const char *b = bucket(t, g, home(g, place));
	for (unsigned at = 0; at < 256; at += 64)
		__builtin_prefetch(b + at);
}

void mdl_key_table_evict(struct mdl_key_table *t, int64_t ms)
{
	if (ms > t->evicted_ms)
		t->evicted_ms = ms;
}

/* ---- The walk ---- */

void mdl_key_walk_init(struct mdl_key_walk *w, const struct mdl_key_table *t)
{
	*w = (struct mdl_key_walk){.t = t};
}

void mdl_key_walk_free(struct mdl_key_walk *w)
{
	free(w->v);
}

static int in_order(const void *a, const void *b)
{
	const struct mdl_key_entry *x = a, *y = b;
	return mdl_key_cmp(x, y);
}

static void collect(struct mdl_key_walk *w, const struct mdl_key_segment *g)
{
	const struct mdl_key_table *t = w->t;
	w->n = w->at = 0;
	if (g->used > w->cap) {
		w->cap = g->used;
		w->v = mdl_rearray(w->v, w->cap, sizeof(*w->v));
	}
	for (uint32_t i = 0; i < g->nb; i++) {
		const char *b = bucket(t, g, i);
		for (unsigned s = 0; s < SLOTS && b[s]; s++) {
			if (!is_alive(t, b, s))
				continue;
			struct mdl_key key = key_at(b, s);
			w->v[w->n++] = (struct mdl_key_entry){mdl_key_place(key), key, expiry_at(t, b, s)};
		}
	}
	if (!w->any_order)
		qsort(w->v, w->n, sizeof(*w->v), in_order);
}

const struct mdl_key_entry *mdl_key_walk_next(struct mdl_key_walk *w)
{
	while (w->at == w->n) {
		if (w->slot >= (size_t)1 << w->t->depth)
			return NULL;
		const struct mdl_key_segment *g = w->t->dir[w->slot];
		if (!g->used) {
			w->slot++;
			continue;
		}
		collect(w, g);
		while (w->slot < (size_t)1 << w->t->depth && w->t->dir[w->slot] == g)
			w->slot++;
	}
	return &w->v[w->at++];
}
