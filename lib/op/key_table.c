/* SPDX-License-Identifier: MIT
 *
 * The part of a key_set that is in memory: see key_table.h.
 */
#include "op/key_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "base/err.h"
#include "op/key_sort.h"

enum {
	SLOTS = 16,             /* of a bucket */
	REST = 15,              /* bytes of a key behind its tag */
	UNIT_BYTES = 128 << 10, /* large segments are of two or three of these */
	POOLED = 1023,          /* buckets; tables whose segments stay below live on the heap */
	DOUBLING = 32,          /* buckets; up to here a segment doubles */
	BESIDE = 8,             /* times are read as eight bytes, so something must follow them */
	MAX_DEPTH = 24,         /* keys that agree in so many bits of their place make one large segment */
	HUGE_PAGE = 2 << 20,    /* bytes */
	REGION = 64,            /* units that the pool asks for together */
	FIRST_REGION = 16,
};

#define FOREVER INT64_MAX
/* Full at 15/16 of the slots. */
#define IS_FULL(used, slots) ((uint64_t)(used)*16 > (uint64_t)(slots)*15)

/* Arrays in one block: tags, the rest of the keys, times. */
struct mdl_key_segment {
	char *block;
	uint32_t nb; /* buckets; 0 in a segment that has no slots yet */
	uint32_t slots, used;
	uint8_t depth; /* bits of spread(place) that its keys share */
	uint8_t units; /* of the pool; 0: the block is a piece of the heap */
};

/* Memory for blocks of two and of three units; the first that is free is taken. */
struct region {
	char *p;
	unsigned most; /* units */
	unsigned n;    /* of them, those that were ever used, and count */
	uint64_t busy; /* a bit for each */
};

struct mdl_key_pool {
	struct region *v;
	size_t n, cap;
	size_t unit; /* bytes */
};

/* ---- The pool ---- */

static inline uint32_t two_units(const struct mdl_key_table *t)
{
	return t->max_buckets / 3 * 2;
}

/* A segment with less than a bucket has the room of its slots only. */
static size_t block_bytes(const struct mdl_key_table *t, uint32_t nb, uint32_t slots)
{
	return (size_t)nb * SLOTS + (size_t)slots * (REST + (size_t)t->time_bytes) +
	       (t->time_bytes ? BESIDE : 0);
}

/* Two of them hold two thirds of the buckets of the largest segment, three all. */
static size_t unit_bytes(const struct mdl_key_table *t)
{
	size_t n = block_bytes(t, t->max_buckets / 3, t->max_buckets / 3 * SLOTS);
	return (n + 63) & ~(size_t)63;
}

static uint8_t units_for(const struct mdl_key_table *t, uint32_t nb)
{
	if (t->max_buckets <= POOLED)
		return 0;
	return nb == t->max_buckets ? 3 : nb == two_units(t) ? 2 : 0;
}

static void add_region(struct mdl_key_table *t)
{
	struct mdl_key_pool *p = t->pool;
	unsigned most = p->n ? REGION : FIRST_REGION;
	size_t bytes = (most * p->unit + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
	char *r = aligned_alloc(HUGE_PAGE, bytes);
	if (!r)
		r = mdl_alloc(bytes); /* which says that there is no more memory */
	/* huge pages save a fifth of the look-ups' time in large tables, and are too large for small ones; only a wish */
	(void)madvise(r, bytes, p->n ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	MDL_GROW(p->v, p->n, p->cap);
	p->v[p->n++] = (struct region){.p = r, .most = most};
}

/* The newest region has some units more: as many as a huge page has, if the limit allows it. */
static bool extend(struct mdl_key_table *t)
{
	struct mdl_key_pool *p = t->pool;
	struct region *r = &p->v[p->n - 1];
	unsigned more = p->n > 1 ? HUGE_PAGE / UNIT_BYTES : 1;
	if (more > r->most - r->n)
		more = r->most - r->n;
	while (more && t->limit_bytes && t->bytes + more * p->unit > t->limit_bytes)
		more--;
	r->n += more;
	t->bytes += more * p->unit;
	return more;
}

static uint64_t mask_of(unsigned units)
{
	return (UINT64_C(1) << units) - 1;
}

/* A block of N units; NULL when the limit forbids. */
static char *take_block(struct mdl_key_table *t, unsigned n)
{
	if (!t->pool) {
		t->pool = mdl_zalloc(sizeof(*t->pool));
		t->pool->unit = unit_bytes(t);
		add_region(t);
	}
	struct mdl_key_pool *p = t->pool;
	for (size_t i = 0;;) {
		struct region *r = &p->v[i];
		uint64_t fit = r->n ? ~r->busy & ~UINT64_C(0) >> (64 - r->n) : 0;
		fit &= fit >> 1;
		if (n == 3)
			fit &= fit >> 1;
		if (fit) {
			unsigned at = (unsigned)__builtin_ctzll(fit);
			r->busy |= mask_of(n) << at;
			return r->p + at * p->unit;
		}
		if (i + 1 < p->n) {
			i++;
		} else if (r->n == r->most) {
			add_region(t);
			i++;
		} else if (!extend(t)) {
			return NULL;
		}
	}
}

static void give_block(struct mdl_key_pool *p, const char *block, unsigned n)
{
	struct region *r = p->v;
	while (block < r->p || block >= r->p + r->most * p->unit)
		r++;
	r->busy &= ~(mask_of(n) << (size_t)(block - r->p) / p->unit);
}

static void free_pool(struct mdl_key_table *t)
{
	struct mdl_key_pool *p = t->pool;
	for (size_t i = 0; p && i < p->n; i++) {
		t->bytes -= p->v[i].n * p->unit;
		free(p->v[i].p);
	}
	if (p)
		free(p->v);
	free(p);
	t->pool = NULL;
}

/* ---- Segments ---- */

/* Buckets for SLOTS keys; false when the limit forbids. */
static bool make_buckets(struct mdl_key_table *t, struct mdl_key_segment *g, uint32_t nb, uint32_t slots)
{
	size_t n = block_bytes(t, nb, slots);
	*g = (struct mdl_key_segment){.nb = nb, .slots = slots, .depth = g->depth};
	g->units = units_for(t, nb);
	if (g->units) {
		g->block = take_block(t, g->units);
		if (!g->block)
			return false;
	} else {
		if (t->limit_bytes && t->bytes + n > t->limit_bytes)
			return false;
		g->block = mdl_alloc(n);
		t->bytes += n;
	}
	memset(g->block, 0, (size_t)nb * SLOTS);
	return true;
}

static void drop_buckets(struct mdl_key_table *t, struct mdl_key_segment *g)
{
	if (g->block && g->units) {
		give_block(t->pool, g->block, g->units);
	} else if (g->block) {
		t->bytes -= block_bytes(t, g->nb, g->slots);
		free(g->block);
	}
	g->block = NULL;
}

static inline uint32_t home(const struct mdl_key_segment *g, uint64_t place)
{
	/* the low half: the high bits have chosen the segment */
	return (uint32_t)((uint64_t)(uint32_t)place * g->nb >> 32);
}

/* Segments of one size would all be full at one time. So those of the first places hold twice as many keys as those
 * of the last ones, and one after the other grows: u (2 + u) / 3, which rises as the place does. */
static inline uint32_t spread(uint64_t place)
{
	uint64_t u = place >> 32;
	return (uint32_t)(u * (UINT64_C(0xaaaaaaaa) + (u * UINT64_C(0x55555555) >> 32)) >> 32);
}

static inline struct mdl_key_segment *segment(const struct mdl_key_table *t, uint64_t place)
{
	return t->dir[(uint64_t)spread(place) << t->depth >> 32];
}

/* ---- Slots ---- */

static inline uint64_t get64(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static inline char *tags_of(const struct mdl_key_segment *g, uint32_t b)
{
	return g->block + (size_t)b * SLOTS;
}

/* Slots are counted through the segment. */
static inline char *rest_of(const struct mdl_key_segment *g, uint32_t slot)
{
	return g->block + (size_t)g->nb * SLOTS + (size_t)slot * REST;
}

static inline char *time_of(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t slot)
{
	return g->block + (size_t)g->nb * SLOTS + (size_t)g->slots * REST + (size_t)slot * t->time_bytes;
}

static inline bool is_key(const struct mdl_key_segment *g, uint32_t slot, struct mdl_key key)
{
	const char *p = rest_of(g, slot);
	return get64(p) == (key.lo >> 8 | key.hi << 56) && get64(p + 7) == key.hi;
}

static inline struct mdl_key key_at(const struct mdl_key_segment *g, uint32_t slot)
{
	const char *p = rest_of(g, slot);
	return (struct mdl_key){get64(p) << 8 | (unsigned char)g->block[slot], get64(p + 7)};
}

/* Which of the sixteen tags are TAG: a bit for each. */
static inline unsigned same_tags(const char *tags, unsigned char tag)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)tags);
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)tag)));
#else
	unsigned m = 0;
	for (unsigned s = 0; s < SLOTS; s++)
		m |= (unsigned)((unsigned char)tags[s] == tag) << s;
	return m;
#endif
}

/* Stored times: 0 is over, the greatest is for ever, others count from base_ms. */
static inline uint64_t greatest(const struct mdl_key_table *t)
{
	return ~UINT64_C(0) >> (64 - 8 * t->time_bytes);
}

static inline int64_t expiry_at(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t slot)
{
	if (!t->time_bytes)
		return FOREVER;
	uint64_t code = get64(time_of(t, g, slot)) & greatest(t);
	if (code == greatest(t))
		return FOREVER;
	return code ? (int64_t)((uint64_t)t->base_ms + code) : INT64_MIN;
}

static inline bool is_alive(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t slot)
{
	return !t->time_bytes || expiry_at(t, g, slot) > t->evicted_ms;
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

static void put_time(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t slot,
		     int64_t expiry_ms)
{
	uint64_t code;
	encode(t, expiry_ms, &code);
	char *p = time_of(t, g, slot);
	if (t->time_bytes == 4)
		memcpy(p, &code, 4);
	else if (t->time_bytes == 5)
		memcpy(p, &code, 5);
	else if (t->time_bytes == 8)
		memcpy(p, &code, 8);
}

static inline void put_key(const struct mdl_key_segment *g, uint32_t slot, struct mdl_key key)
{
	char *p = rest_of(g, slot);
	uint64_t middle = key.lo >> 8 | key.hi << 56;
	g->block[slot] = (char)key.lo;
	memcpy(p, &middle, sizeof(middle));
	memcpy(p + 7, &key.hi, sizeof(key.hi));
}

/* The slot of KEY (true) or the one where it would go. A segment that is not full has an empty slot. */
static inline bool find(const struct mdl_key_segment *g, struct mdl_key key, uint64_t place, uint32_t *slot)
{
	for (uint32_t i = home(g, place);; i = i + 1 == g->nb ? 0 : i + 1) {
		const char *tags = tags_of(g, i);
		unsigned empty = same_tags(tags, 0);
		for (unsigned m = same_tags(tags, (unsigned char)key.lo); m; m &= m - 1) {
			*slot = i * SLOTS + (unsigned)__builtin_ctz(m);
			if (is_key(g, *slot, key))
				return true;
		}
		/* slots fill from the first on, so the lowest empty one is the first that is free */
		if (empty) {
			*slot = i * SLOTS + (unsigned)__builtin_ctz(empty);
			return false;
		}
	}
}

/* ---- Growth ---- */

/* The living keys of OLD go to TO[0] or, where bit BIT of spread(place) says so, to TO[1]; both are empty. False when
 * one of them gets too many. */
static inline __attribute__((always_inline)) bool move(const struct mdl_key_table *t,
						       const struct mdl_key_segment *old,
						       struct mdl_key_segment *const *to, int bit,
						       uint8_t *const *count, bool timed)
{
	for (uint32_t i = 0; i < old->nb; i++) {
		unsigned empty = same_tags(tags_of(old, i), 0);
		unsigned n = empty ? (unsigned)__builtin_ctz(empty) : SLOTS;
		for (uint32_t s = i * SLOTS; s < i * SLOTS + n; s++) {
			if (timed && !is_alive(t, old, s))
				continue;
			struct mdl_key key = key_at(old, s);
			uint64_t place = mdl_key_place(key);
			unsigned one = bit < 0 ? 0 : spread(place) >> bit & 1;
			struct mdl_key_segment *g = to[one];
			uint32_t h = home(g, place);
			while (count[one][h] == SLOTS)
				h = h + 1 == g->nb ? 0 : h + 1;
			uint32_t slot = h * SLOTS + count[one][h]++;
			put_key(g, slot, key);
			if (timed)
				memcpy(time_of(t, g, slot), time_of(t, old, s), t->time_bytes);
			if (bit >= 0 && IS_FULL(++g->used, g->slots))
				return false;
			g->used += bit < 0;
		}
	}
	return true;
}

static bool move_keys(const struct mdl_key_table *t, const struct mdl_key_segment *old,
		      struct mdl_key_segment *zero, struct mdl_key_segment *one, int bit)
{
	struct mdl_key_segment *const to[2] = {zero, one};
	size_t n = zero->nb + (one ? one->nb : 0);
	uint8_t few[64] = {0}, *count = n <= sizeof(few) ? few : mdl_zalloc(n);
	uint8_t *const counts[2] = {count, count + zero->nb};
	bool fits =
		t->time_bytes ? move(t, old, to, bit, counts, true) : move(t, old, to, bit, counts, false);
	if (count != few)
		free(count);
	return fits;
}

/* The living keys; *ONES of them, where asked, have a 1 in their place after the bits that all share. */
static uint32_t count_living(const struct mdl_key_table *t, const struct mdl_key_segment *g, uint32_t *ones)
{
	uint32_t n = 0;
	for (uint32_t s = 0; s < g->nb * SLOTS && (t->time_bytes || ones); s++) {
		if (!g->block[s] || !is_alive(t, g, s))
			continue;
		n++;
		if (ones)
			*ones += spread(mdl_key_place(key_at(g, s))) >> (31 - g->depth) & 1;
	}
	return t->time_bytes || ones ? n : g->used;
}

/* Buckets for N keys and some more, of a segment that had WITH_DEAD keys; 0: it must split. Sizes are geometric up to two
 * units; then there are two units and three. Where keys die as others come, and so no room is ever enough, there is
 * more of it: to move all keys for few new ones costs more than those. */
static uint32_t enough(const struct mdl_key_table *t, uint32_t n, uint32_t with_dead, uint32_t depth)
{
	bool steady = n < with_dead - with_dead / 16;
	uint64_t slots = !t->time_bytes ? (uint64_t)n * 13 / 10
			 : steady       ? (uint64_t)n * 3 / 2
					: (uint64_t)n * 5 / 4;
	uint64_t fit = steady ? SLOTS * 2 / 3 : SLOTS * 3 / 4; /* keys of a bucket */
	uint32_t nb = (uint32_t)(slots / SLOTS + 1), two = two_units(t);
	if (nb < two - two / 8)
		return nb;
	if (n <= two * fit)
		return two;
	if (n <= t->max_buckets * fit)
		return t->max_buckets;
	return depth < MAX_DEPTH ? 0 : nb;
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

/* Room for N keys. */
static bool make_room(struct mdl_key_table *t, struct mdl_key_segment *g, uint32_t n)
{
	uint32_t nb = enough(t, n, n, MAX_DEPTH);
	return make_buckets(t, g, nb, nb * SLOTS);
}

static bool split(struct mdl_key_table *t, struct mdl_key_segment *g, uint64_t place, uint32_t living)
{
	struct mdl_key_segment old = *g, zero, *one = mdl_zalloc(sizeof(*one));
	int bit = 31 - (int)old.depth;
	/* about halves; counted only when that was wrong */
	uint32_t ones = living / 2, zeros = living - ones;
	for (bool counted = false;; counted = true) {
		zero.depth = one->depth = (uint8_t)(old.depth + 1);
		bool made = make_room(t, &zero, zeros);
		if (!made || !make_room(t, one, ones)) {
			if (made)
				drop_buckets(t, &zero);
			free(one);
			return false;
		}
		if (move_keys(t, &old, &zero, one, bit))
			break;
		if (counted)
			mdl_bug("a segment of keys split badly");
		drop_buckets(t, &zero);
		drop_buckets(t, one);
		ones = 0;
		living = count_living(t, &old, &ones);
		zeros = living - ones;
	}
	if (old.depth == t->depth)
		double_dir(t);
	*g = zero;
	/* the second half of the directory's entries for OLD */
	size_t all = (size_t)1 << (t->depth - old.depth);
	size_t first = (size_t)((uint64_t)spread(place) << old.depth >> 32) * all;
	for (size_t i = first + all / 2; i < first + all; i++)
		t->dir[i] = one;
	t->bytes += sizeof(*one);
	t->used -= old.used - zero.used - one->used;
	drop_buckets(t, &old);
	return true;
}

/* Room for one more key in G, the segment of PLACE; false when the limit forbids. */
static __attribute__((noinline)) bool grow(struct mdl_key_table *t, struct mdl_key_segment *g, uint64_t place)
{
	struct mdl_key_segment old = *g;
	uint32_t n = count_living(t, g, NULL), nb, slots;
	if (!t->time_bytes && old.slots < SLOTS) { /* of a set that may stay small: there may be many */
		nb = 1;
		slots = old.slots ? SLOTS : 4;
	} else {
		nb = enough(t, n, old.used, g->depth);
		if (!nb)
			return split(t, g, place, n);
		/* small ones soon grow again */
		if (nb < DOUBLING && n * 2 > old.slots)
			nb = 2 * old.nb;
		slots = nb * SLOTS;
	}
	if (!make_buckets(t, g, nb, slots)) {
		*g = old;
		return false;
	}
	move_keys(t, &old, g, NULL, -1);
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

/* Of a segment. What a walk needs for one, with a limit, is a sixteenth of that. */
static uint32_t max_buckets(const struct mdl_key_table *t)
{
	uint64_t unit = (uint64_t)(UNIT_BYTES - BESIDE) / (SLOTS * (SLOTS + (uint64_t)t->time_bytes));
	if (!t->time_bytes)
		unit = UNIT_BYTES / SLOTS / SLOTS;
	uint64_t most = t->limit_bytes / 16 / sizeof(struct mdl_key_entry) / SLOTS / 3;
	if (t->limit_bytes && most < unit)
		unit = most ? most : 1;
	return (uint32_t)unit * 3;
}

static void set_times(struct mdl_key_table *t, uint8_t time_bytes, int64_t least_ms)
{
	t->time_bytes = time_bytes;
	t->max_buckets = max_buckets(t);
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
		for (uint32_t s = 0; s < g->nb * SLOTS && (!i || g != t->dir[i - 1]); s++)
			if (g->block[s])
				put_time(t, g, s, expiry_at(&old, g, s));
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
static __attribute__((noinline)) bool fit_time(struct mdl_key_table *t, int64_t expiry_ms)
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
	*t = (struct mdl_key_table){.evicted_ms = INT64_MIN};
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
	t->limit_bytes = bytes;
	if (!t->pool)
		t->max_buckets = max_buckets(t);
}

void mdl_key_table_clear(struct mdl_key_table *t)
{
	struct mdl_key_table old = *t;
	free_segments(&old);
	free_pool(&old);
	mdl_key_table_init(t, old.time_bytes);
	t->limit_bytes = old.limit_bytes;
	set_times(t, old.next_time_bytes ? old.next_time_bytes : old.time_bytes, 0);
	t->evicted_ms = old.evicted_ms;
}

enum mdl_key_found mdl_key_table_enter(struct mdl_key_table *t, struct mdl_key key, int64_t expiry_ms)
{
	uint64_t place = mdl_key_place(key), code;
	struct mdl_key_segment *g = segment(t, place);
	uint32_t slot = 0;
	bool there = g->nb && find(g, key, place, &slot);
	if (there && is_alive(t, g, slot))
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
		find(g, key, place, &slot);
	}
	put_key(g, slot, key);
	if (t->time_bytes)
		put_time(t, g, slot, expiry_ms);
	g->used += !there;
	t->used += !there;
	return MDL_KEY_NEW;
}

bool mdl_key_table_has(const struct mdl_key_table *t, struct mdl_key key)
{
	uint64_t place = mdl_key_place(key);
	const struct mdl_key_segment *g = segment(t, place);
	uint32_t slot;
	return g->nb && find(g, key, place, &slot) && is_alive(t, g, slot);
}

void mdl_key_table_prefetch(const struct mdl_key_table *t, struct mdl_key key)
{
	uint64_t place = mdl_key_place(mdl_key_stored(key));
	const struct mdl_key_segment *g = segment(t, place);
	if (g->nb)
		__builtin_prefetch(tags_of(g, home(g, place)));
}

void mdl_key_table_prefetch_slot(const struct mdl_key_table *t, struct mdl_key key)
{
	key = mdl_key_stored(key);
	uint64_t place = mdl_key_place(key);
	const struct mdl_key_segment *g = segment(t, place);
	if (!g->nb)
		return;
	/* two buckets together, without a branch; behind the last there is something to read, if no tags */
	uint32_t i = home(g, place);
	const char *tags = tags_of(g, i);
	unsigned tag = (unsigned char)key.lo;
	unsigned same = same_tags(tags, (unsigned char)tag) | same_tags(tags + SLOTS, (unsigned char)tag)
								      << SLOTS;
	unsigned empty = same_tags(tags, 0) | same_tags(tags + SLOTS, 0) << SLOTS;
	unsigned m = same ? same : empty | 1U << 31;
	uint32_t slot = i * SLOTS + (unsigned)__builtin_ctz(m);
	const char *p = rest_of(g, slot);
	__builtin_prefetch(p, 1);
	__builtin_prefetch(p + REST - 1, 1);
	if (t->time_bytes)
		__builtin_prefetch(time_of(t, g, slot), 1);
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

static void collect(struct mdl_key_walk *w, const struct mdl_key_segment *g)
{
	const struct mdl_key_table *t = w->t;
	w->n = w->at = 0;
	if (g->used > w->cap) {
		w->cap = g->used;
		w->v = mdl_rearray(w->v, w->any_order ? w->cap : 2 * w->cap, sizeof(*w->v));
	}
	struct mdl_key_entry *v = w->any_order ? w->v : w->v + w->cap;
	for (uint32_t s = 0; s < g->nb * SLOTS; s++) {
		if (!g->block[s] || !is_alive(t, g, s))
			continue;
		struct mdl_key key = key_at(g, s);
		v[w->n++] = (struct mdl_key_entry){mdl_key_place(key), key, expiry_at(t, g, s)};
	}
	if (!w->any_order)
		mdl_key_sort(w->v, v, w->n);
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
