/* SPDX-License-Identifier: MIT
 *
 * The open groups of an aggregate: see group_table.h.
 */
#include "op/group_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"

void mdl_group_table_init(struct mdl_group_table *t, const struct mdl_agg_call *calls, size_t ncalls,
			  bool sessions)
{
	memset(t, 0, sizeof(*t));
	t->nbuckets = 1024;
	t->buckets = mdl_array(t->nbuckets, sizeof(*t->buckets));
	t->calls = calls;
	t->ncalls = ncalls;
	t->min_end = INT64_MAX;
	t->sessions = sessions;
}

void mdl_group_free(struct mdl_group *g, size_t ncalls)
{
	for (size_t i = 0; i < ncalls; i++)
		mdl_agg_free(&g->aggs[i]);
	free(g->key);
	free(g);
}

void mdl_group_table_free(struct mdl_group_table *t)
{
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct mdl_group *g = t->buckets[i], *next; g; g = next) {
			next = g->next;
			mdl_group_free(g, t->ncalls);
		}
	}
	free(t->buckets);
	free(t->changed);
	t->buckets = t->changed = NULL;
}

static uint64_t hash_of(const struct mdl_group_table *t, struct mdl_slice key, int64_t start)
{
	return XXH3_64bits_withSeed(key.p, key.n, t->sessions ? 0 : (uint64_t)start);
}

static bool is_key(const struct mdl_group *g, uint64_t hash, struct mdl_slice key)
{
	return g->hash == hash && g->key_len == key.n && memcmp(g->key, key.p, key.n) == 0;
}

struct mdl_group *mdl_group_table_find(struct mdl_group_table *t, struct mdl_slice key, int64_t start)
{
	uint64_t hash = hash_of(t, key, start);
	for (struct mdl_group *g = t->buckets[hash & (t->nbuckets - 1)]; g; g = g->next)
		if (g->start == start && is_key(g, hash, key))
			return g;
	return NULL;
}

struct mdl_group *mdl_group_table_next_of_key(struct mdl_group_table *t, struct mdl_slice key,
					      struct mdl_group *g)
{
	uint64_t hash = hash_of(t, key, 0);
	for (g = g ? g->next : t->buckets[hash & (t->nbuckets - 1)]; g; g = g->next)
		if (is_key(g, hash, key))
			return g;
	return NULL;
}

static void grow(struct mdl_group_table *t)
{
	size_t n = t->nbuckets * 2;
	struct mdl_group **b = mdl_array(n, sizeof(*b));
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct mdl_group *g = t->buckets[i], *next; g; g = next) {
			next = g->next;
			g->next = b[g->hash & (n - 1)];
			b[g->hash & (n - 1)] = g;
		}
	}
	free(t->buckets);
	t->buckets = b;
	t->nbuckets = n;
}

struct mdl_group *mdl_group_table_add(struct mdl_group_table *t, struct mdl_slice key, int64_t start,
				      int64_t end)
{
	if (t->n >= t->nbuckets)
		grow(t);
	struct mdl_group *g = mdl_zalloc(sizeof(*g) + t->ncalls * sizeof(g->aggs[0]));
	g->hash = hash_of(t, key, start);
	g->start = start;
	g->end = end;
	g->key_len = (uint32_t)key.n;
	g->key = mdl_strndup(key.p ? key.p : "", key.n);
	struct mdl_group **bucket = &t->buckets[g->hash & (t->nbuckets - 1)];
	g->next = *bucket;
	*bucket = g;
	t->n++;
	if (end < t->min_end)
		t->min_end = end;
	return g;
}

void mdl_group_table_note(struct mdl_group_table *t, struct mdl_group *g)
{
	if (t->nchanged == t->changed_cap) { /* where nothing settles, groups come and go for days */
		size_t n = 0;
		for (size_t i = 0; i < t->nchanged; i++) {
			struct mdl_group *x = t->changed[i];
			if (x) {
				x->changed_at = n;
				t->changed[n++] = x;
			}
		}
		t->nchanged = n;
		if (n >= t->changed_cap / 2) {
			t->changed_cap = t->changed_cap ? 2 * t->changed_cap : 64;
			t->changed = mdl_rearray(t->changed, t->changed_cap, sizeof(struct mdl_group *));
		}
	}
	g->dirty = true;
	g->changed_at = t->nchanged;
	t->changed[t->nchanged++] = g;
}

void mdl_group_table_settle(struct mdl_group_table *t)
{
	for (size_t i = 0; i < t->nchanged; i++)
		if (t->changed[i])
			t->changed[i]->dirty = false;
	t->nchanged = 0;
}

void mdl_group_table_take(struct mdl_group_table *t, struct mdl_group *g)
{
	struct mdl_group **at = &t->buckets[g->hash & (t->nbuckets - 1)];
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	t->n--;
	if (g->dirty)
		t->changed[g->changed_at] = NULL;
	g->dirty = false;
}

static int in_order(const void *a, const void *b)
{
	const struct mdl_group *x = *(struct mdl_group *const *)a, *y = *(struct mdl_group *const *)b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return mdl_slice_cmp((struct mdl_slice){x->key, x->key_len}, (struct mdl_slice){y->key, y->key_len});
}

struct mdl_group **mdl_group_table_list(struct mdl_group_table *t, int64_t limit, bool dirty_only, size_t *n)
{
	struct mdl_group **v = mdl_array((dirty_only ? t->nchanged : t->n) + 1, sizeof(struct mdl_group *));
	int64_t min_end = INT64_MAX;
	*n = 0;
	for (size_t i = 0; dirty_only && i < t->nchanged; i++)
		if (t->changed[i] && t->changed[i]->end <= limit)
			v[(*n)++] = t->changed[i];
	for (size_t i = 0; !dirty_only && i < t->nbuckets; i++) {
		for (struct mdl_group *g = t->buckets[i]; g; g = g->next) {
			if (g->end <= limit)
				v[(*n)++] = g;
			else if (g->end < min_end)
				min_end = g->end;
		}
	}
	if (*n)
		qsort(v, *n, sizeof(struct mdl_group *), in_order);
	if (!dirty_only && limit != INT64_MAX)
		t->min_end = min_end;
	return v;
}
