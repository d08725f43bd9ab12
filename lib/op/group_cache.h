/* SPDX-License-Identifier: MIT
 *
 * The groups that rows of a batch went to last, found by the values of the key columns
 * as they stand there: most rows go where one went shortly before, and need no key bytes
 * and no look-up in the group table.
 */
#ifndef MDL_OP_GROUP_CACHE_H
#define MDL_OP_GROUP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "op/group_table.h"
#include "sql/value.h"

enum { MDL_GROUP_CACHE_PLACES = 256 };

struct mdl_group_cache {
	const struct mdl_vec **keys; /* of the batch */
	size_t nkeys;
	bool usable; /* false: a key has a type that is not compared here */
	uint32_t now;
	struct {
		uint64_t hash;
		int64_t start;
		struct mdl_group *group;
		uint32_t row, when; /* of no use when WHEN is not now */
	} v[MDL_GROUP_CACHE_PLACES];
};

/* A new batch with the key columns OUT[KEYS[0..N)]; valid until its arena is reset. */
void mdl_group_cache_begin(struct mdl_group_cache *c, struct mdl_vec *const *out, const int *keys, size_t n,
			   struct mdl_arena *a);
/* The group of an earlier row with ROW's keys and the window START, or NULL; then *HASH is what _put wants. */
struct mdl_group *mdl_group_cache_find(const struct mdl_group_cache *c, size_t row, int64_t start,
				       uint64_t *hash);
void mdl_group_cache_put(struct mdl_group_cache *c, size_t row, int64_t start, uint64_t hash,
			 struct mdl_group *group);
/* Groups leave the table. */
static inline void mdl_group_cache_forget(struct mdl_group_cache *c)
{
	c->now++;
}

#endif
