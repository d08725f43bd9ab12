/* SPDX-License-Identifier: MIT
 *
 * The groups that rows of a batch went to last: see group_cache.h.
 */
#include "op/group_cache.h"

#include <string.h>

static bool is_text(const struct mdl_vec *v)
{
	return v->type->kind == MDL_T_STRING || v->type->kind == MDL_T_BINARY;
}

/* Columns whose values lie side by side in eight bytes each. */
static bool is_word(const struct mdl_vec *v)
{
	return mdl_type_is_integral(v->type) || mdl_type_is_datetime(v->type) ||
	       mdl_type_is_fractional(v->type);
}

void mdl_group_cache_begin(struct mdl_group_cache *c, struct mdl_vec *const *out, const int *keys, size_t n,
			   struct mdl_arena *a)
{
	c->keys = mdl_arena_alloc(a, (n + 1) * sizeof(struct mdl_vec *));
	c->nkeys = 0;
	c->usable = true;
	c->now++;
	for (size_t k = 0; k < n; k++) {
		const struct mdl_vec *v = out[keys[k]];
		if (mdl_vec_is_const(v))
			continue;
		c->usable =
			c->usable && (v->json || is_text(v) || is_word(v) || v->type->kind == MDL_T_BOOLEAN);
		c->keys[c->nkeys++] = v;
	}
}

/* The first eight bytes of a text, or all. */
static uint64_t head_of(const char *p, size_t n)
{
	uint64_t x = 0;
	if (n >= 8) {
		memcpy(&x, p, 8);
	} else if (n >= 4) {
		uint32_t first, last;
		memcpy(&first, p, 4);
		memcpy(&last, p + n - 4, 4);
		x = (uint64_t)first << 32 | last;
	} else if (n) {
		x = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
		    (unsigned char)p[n - 1];
	}
	return x;
}

static uint64_t hash_text(const char *p, size_t n)
{
	uint64_t x = head_of(p, n) + n;
	return n > 8 ? x ^ head_of(p + n - 8, 8) * UINT64_C(0x9e3779b97f4a7c15) : x;
}

static uint64_t hash_of(const struct mdl_group_cache *c, size_t row, int64_t start)
{
	uint64_t h = (uint64_t)start;
	for (size_t k = 0; k < c->nkeys; k++) {
		const struct mdl_vec *v = c->keys[k];
		uint64_t x = 1;
		if (!v->valid[row])
			x = 0;
		else if (v->json)
			x = hash_text(v->json[row].p, v->json[row].n) + v->json[row].kind;
		else if (is_text(v))
			x = hash_text(v->str[row].p, v->str[row].n);
		else if (v->type->kind == MDL_T_BOOLEAN)
			x += v->b8[row];
		else
			x = (uint64_t)v->i64[row];
		h = (h ^ x) * UINT64_C(0xd6e8feb86659fd93);
		h ^= h >> 32;
	}
	return h;
}

static bool is_same(const struct mdl_vec *v, size_t a, size_t b)
{
	if (!v->valid[a] || !v->valid[b])
		return v->valid[a] == v->valid[b];
	if (v->json) {
		const struct mdl_json_value *x = &v->json[a], *y = &v->json[b];
		return x->kind == y->kind && x->n == y->n && (!x->n || !memcmp(x->p, y->p, x->n));
	}
	if (is_text(v))
		return v->str[a].n == v->str[b].n &&
		       (!v->str[a].n || !memcmp(v->str[a].p, v->str[b].p, v->str[a].n));
	if (v->type->kind == MDL_T_BOOLEAN)
		return v->b8[a] == v->b8[b];
	return v->i64[a] ==
	       v->i64[b]; /* doubles too: other bits may be the same key, but the same bits are */
}

struct mdl_group *mdl_group_cache_find(const struct mdl_group_cache *c, size_t row, int64_t start,
				       uint64_t *hash)
{
	if (!c->usable)
		return NULL;
	*hash = hash_of(c, row, start);
	size_t at = *hash % MDL_GROUP_CACHE_PLACES;
	if (c->v[at].when != c->now || c->v[at].hash != *hash || c->v[at].start != start)
		return NULL;
	for (size_t k = 0; k < c->nkeys; k++)
		if (!is_same(c->keys[k], row, c->v[at].row))
			return NULL;
	return c->v[at].group;
}

void mdl_group_cache_put(struct mdl_group_cache *c, size_t row, int64_t start, uint64_t hash,
			 struct mdl_group *group)
{
	size_t at = hash % MDL_GROUP_CACHE_PLACES;
	if (!c->usable)
		return;
	c->v[at].hash = hash;
	c->v[at].start = start;
	c->v[at].group = group;
	c->v[at].row = (uint32_t)row;
	c->v[at].when = c->now;
}
