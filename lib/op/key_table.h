/* SPDX-License-Identifier: MIT
 *
 * The part of a key_set that is in memory.
 *
 * Buckets of 16 keys. A segment has the tags of its buckets (a byte of each key; 0:
 * empty), which are compared 16 at a time, then the other 15 bytes of each key, then, in a
 * table with times, 4 bytes of each (5 or 8 when the times lie too far apart). A full
 * bucket goes on in the next one. A directory (extendible hashing) finds the segment of a
 * key. Segments have at most 48 Ki slots: one that is full grows by half, and splits when
 * it is largest; a function of the place makes them full one after the other, so that the
 * table always is four fifths full, and never in memory twice. Large tables lie in huge
 * pages.
 */
#ifndef MDL_OP_KEY_TABLE_H
#define MDL_OP_KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mdl_key {
	uint64_t lo, hi; /* any; a low byte of 0 is taken as 1 */
};

/* A key with its place (the order of sorted files) and expiry in milliseconds; INT64_MAX: for ever. */
struct mdl_key_entry {
	uint64_t place;
	struct mdl_key key;
	int64_t expiry_ms;
};

struct mdl_key_segment; /* its buckets */

struct mdl_key_table {
	struct mdl_key_segment **dir; /* by the first DEPTH bits of a place */
	unsigned depth;
	uint8_t time_bytes;      /* 0, 4, 5 or 8 */
	int64_t base_ms;         /* what stored times count from */
	int64_t evicted_ms;      /* alive is what expires later */
	uint64_t used;           /* keys, forgotten ones that were not overwritten yet too */
	uint64_t bytes;          /* of memory */
	uint64_t limit_bytes;    /* of them; 0: none */
	uint32_t max_buckets;    /* of a segment */
	uint8_t next_time_bytes; /* after the next _clear */
	struct mdl_key_pool *pool;
};

enum mdl_key_found { MDL_KEY_NEW, MDL_KEY_THERE, MDL_KEY_FULL };

void mdl_key_table_init(struct mdl_key_table *t, bool timed);
void mdl_key_table_free(struct mdl_key_table *t);
/* All its memory stays below BYTES, and what a walk needs below an eighth of that. T is empty or far below it. */
void mdl_key_table_limit(struct mdl_key_table *t, uint64_t bytes);
/* Empty again. */
void mdl_key_table_clear(struct mdl_key_table *t);

/* The key as it is stored, and its place. */
static inline struct mdl_key mdl_key_stored(struct mdl_key key)
{
	key.lo |= !(key.lo & 0xff);
	return key;
}
static inline uint64_t mdl_key_place(struct mdl_key key)
{
	uint64_t x = key.lo ^ key.hi * UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* The order of sorted files. */
static inline int mdl_key_cmp(const struct mdl_key_entry *a, const struct mdl_key_entry *b)
{
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->key.lo != b->key.lo)
		return a->key.lo < b->key.lo ? -1 : 1;
	return a->key.hi < b->key.hi ? -1 : a->key.hi > b->key.hi;
}

/* KEY as stored. _FULL: it is not there, and entering it would pass the limit. */
enum mdl_key_found mdl_key_table_enter(struct mdl_key_table *t, struct mdl_key key, int64_t expiry_ms);
bool mdl_key_table_has(const struct mdl_key_table *t, struct mdl_key key);
/* In two steps: the tags that a question for KEY, as it came, looks at first; some questions later, when they have
 * come, what it looks at and writes to next. */
void mdl_key_table_prefetch(const struct mdl_key_table *t, struct mdl_key key);
void mdl_key_table_prefetch_slot(const struct mdl_key_table *t, struct mdl_key key);
void mdl_key_table_evict(struct mdl_key_table *t, int64_t ms);

/* The living keys in order of place (ties by lo, hi): a walk. Nothing may change the table meanwhile. Whoever needs no
 * order says so after _init: to sort is most of the cost of a walk. */
struct mdl_key_walk {
	const struct mdl_key_table *t;
	bool any_order;
	size_t slot; /* of the directory */
	struct mdl_key_entry *v;
	size_t n, at, cap;
};
void mdl_key_walk_init(struct mdl_key_walk *w, const struct mdl_key_table *t);
/* The next entry, valid until the next call; NULL at the end. */
const struct mdl_key_entry *mdl_key_walk_next(struct mdl_key_walk *w);
void mdl_key_walk_free(struct mdl_key_walk *w);

#endif
