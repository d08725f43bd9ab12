/* SPDX-License-Identifier: MIT
 *
 * Keys that were seen: 128-bit fingerprints, each with a time after which it is
 * forgotten, or for ever. Exact up to two texts with the same 128-bit hash (among 10^9
 * keys: about one chance in 10^21). In memory they are a key_table; a set with a limit
 * moves on to sorted files (key_runs) when the table is full, and answers the same.
 */
#ifndef MDL_OP_KEY_SET_H
#define MDL_OP_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "op/key_runs.h"
#include "op/key_table.h"

struct mdl_key_set {
	struct mdl_key_table table;
	struct mdl_key_runs runs;
	uint64_t limit_bytes; /* 0: none */
};

/* The least that mdl_key_set_limit takes; below it a file would hold too few keys to be worth it. */
#define MDL_KEY_SET_MIN_BYTES (UINT64_C(2) << 20)

/* TIMED: keys have expiries (four bytes more for each); else all are for ever. */
void mdl_key_set_init(struct mdl_key_set *s, bool timed);
/* From now on all memory of the set stays below BYTES (at least MDL_KEY_SET_MIN_BYTES): what is more goes to files
 * without names in the folder DIR, which must exist. The set must be empty or below the limit. DIR is copied. */
void mdl_key_set_limit(struct mdl_key_set *s, uint64_t bytes, const char *dir);
void mdl_key_set_free(struct mdl_key_set *s);

/* Is KEY there and alive? 1: yes. 0: no, and now it is entered with EXPIRY_US (INT64_MAX: for ever). -1: a file
 * failed, which only a set with a limit has; ERR may be NULL for the others. Times count by the millisecond. */
int mdl_key_set_enter(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us, struct mdl_err *err);
/* The same question, nothing entered. */
int mdl_key_set_has(struct mdl_key_set *s, struct mdl_key key, struct mdl_err *err);
/* Ask the memory for KEY's place ahead of time; see the next. */
static inline void mdl_key_set_prefetch(const struct mdl_key_set *s, struct mdl_key key)
{
	mdl_key_table_prefetch(&s->table, key);
}
enum { MDL_KEY_SET_AHEAD = 64, MDL_KEY_SET_SLOT_AHEAD = 16 };
/* Before the question for KEYS[I] of N that are asked one after the other, when the first MDL_KEY_SET_AHEAD were
 * prefetched: halves the time of large sets. */
static inline void mdl_key_set_look_ahead(const struct mdl_key_set *s, const struct mdl_key *keys, size_t i,
					  size_t n)
{
	if (i + MDL_KEY_SET_AHEAD < n)
		mdl_key_table_prefetch(&s->table, keys[i + MDL_KEY_SET_AHEAD]);
	if (i + MDL_KEY_SET_SLOT_AHEAD < n)
		mdl_key_table_prefetch_slot(&s->table, keys[i + MDL_KEY_SET_SLOT_AHEAD]);
	if (s->runs.n && i + MDL_KEY_SET_SLOT_AHEAD < n)
		mdl_key_runs_prefetch(&s->runs, mdl_key_stored(keys[i + MDL_KEY_SET_SLOT_AHEAD]));
}
/* What expires at or before US is forgotten. Never falls. */
void mdl_key_set_evict(struct mdl_key_set *s, int64_t us);
static inline bool mdl_key_set_is_empty(const struct mdl_key_set *s)
{
	return !s->table.used && !s->runs.n;
}
/* Forget everything. */
void mdl_key_set_clear(struct mdl_key_set *s);
/* Call EACH once for each living key, in no order that means anything. EACH must not change the set. */
int mdl_key_set_each(struct mdl_key_set *s,
		     int (*each)(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err),
		     void *ctx, struct mdl_err *err);

struct mdl_key_set_stats {
	uint64_t keys, disk_keys;          /* forgotten ones that still take room are counted */
	uint64_t memory_bytes, disk_bytes; /* in memory: the table and the filters of the files */
};
struct mdl_key_set_stats mdl_key_set_stats(const struct mdl_key_set *s);

#endif
