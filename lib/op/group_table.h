/* SPDX-License-Identifier: MIT
 *
 * The open groups of an aggregate: key bytes (order-preserving, any_codec.h), window and
 * what each call keeps. Where windows are sessions, all groups of a key stand in one
 * chain, for a row must find those that it touches.
 */
#ifndef MDL_OP_GROUP_TABLE_H
#define MDL_OP_GROUP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "op/agg_func.h"

struct mdl_group {
	struct mdl_group *next; /* in the bucket */
	uint64_t hash;
	int64_t start, end; /* of the window; 0 and INT64_MAX without one */
	bool dirty;         /* changed in this epoch: one of table->changed */
	bool saved;         /* the state store knows it */
	uint32_t key_len;
	char *key;
	size_t changed_at;     /* its place there */
	struct mdl_agg aggs[]; /* one a call */
};

struct mdl_group_table {
	struct mdl_group **buckets;
	size_t nbuckets, n, ncalls;
	struct mdl_group **changed; /* since _settle; NULL where one was taken out */
	size_t nchanged, changed_cap;
	const struct mdl_agg_call *calls;
	int64_t min_end; /* no group ends before it */
	bool sessions;
};

void mdl_group_table_init(struct mdl_group_table *t, const struct mdl_agg_call *calls, size_t ncalls,
			  bool sessions);
void mdl_group_table_free(struct mdl_group_table *t);
/* The group of KEY whose window starts at START, or NULL. */
struct mdl_group *mdl_group_table_find(struct mdl_group_table *t, struct mdl_slice key, int64_t start);
/* The first (G NULL) or next group of KEY, whatever its window; for sessions. */
struct mdl_group *mdl_group_table_next_of_key(struct mdl_group_table *t, struct mdl_slice key,
					      struct mdl_group *g);
/* A new empty group; KEY is copied. */
struct mdl_group *mdl_group_table_add(struct mdl_group_table *t, struct mdl_slice key, int64_t start,
				      int64_t end);
void mdl_group_table_note(struct mdl_group_table *t, struct mdl_group *g); /* slow path of _touch */
/* G changes. The barrier asks for those that did, and not for all. */
static inline void mdl_group_table_touch(struct mdl_group_table *t, struct mdl_group *g)
{
	if (!g->dirty)
		mdl_group_table_note(t, g);
}
/* None has changed. */
void mdl_group_table_settle(struct mdl_group_table *t);
/* Take G out of the table without freeing it. */
void mdl_group_table_take(struct mdl_group_table *t, struct mdl_group *g);
void mdl_group_free(struct mdl_group *g, size_t ncalls);
/* All groups with end <= LIMIT (INT64_MAX: all) in order of window and key, in an array that the caller frees. */
struct mdl_group **mdl_group_table_list(struct mdl_group_table *t, int64_t limit, bool dirty_only, size_t *n);

#endif
