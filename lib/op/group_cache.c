/* SPDX-License-Identifier: MIT
 *
 * The groups that rows of a batch went to last: see group_cache.h.
 */
#include "op/group_cache.h"

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
	c->keys = mdl_arena_alloc(a, (n + 1) * sizeof(*c->keys));
	c->nkeys = 0;
	c->usable = true;
	c->now++;
	for (size_t k = 0; k < n; k++) {
		const struct mdl_vec *v = out[keys[k]];
		struct mdl_group_cache_key *key = &c->keys[c->nkeys];
		if (mdl_vec_is_const(v))
			continue;
		key->v = v;
		c->nkeys++;
		if (v->json)
			key->form = MDL_CACHE_JSON;
		else if (is_text(v))
			key->form = MDL_CACHE_TEXT;
		else if (is_word(v))
			key->form = MDL_CACHE_WORD;
		else if (v->type->kind == MDL_T_BOOLEAN)
			key->form = MDL_CACHE_BOOLEAN;
		else
			c->usable = false;
	}
}

bool mdl_group_cache_is_same(const struct mdl_group_cache_key *key, size_t a, size_t b)
{
	const struct mdl_vec *v = key->v;
	if (!v->valid[a] || !v->valid[b])
		return v->valid[a] == v->valid[b];
	switch (key->form) {
	case MDL_CACHE_JSON: {
		const struct mdl_json_value *x = &v->json[a], *y = &v->json[b];
		return x->kind == y->kind && x->n == y->n && (!x->n || !memcmp(x->p, y->p, x->n));
	}
	case MDL_CACHE_TEXT:
		return v->str[a].n == v->str[b].n &&
		       (!v->str[a].n || !memcmp(v->str[a].p, v->str[b].p, v->str[a].n));
	case MDL_CACHE_BOOLEAN:
		return v->b8[a] == v->b8[b];
	case MDL_CACHE_WORD:
		break;
	}
	return v->i64[a] == v->i64[b];
}

void mdl_group_cache_put(struct mdl_group_cache *c, size_t row, int64_t start, struct mdl_group *group)
{
	struct mdl_group_cache_word word[MDL_GROUP_CACHE_WORDS] = {{0, 0}};
	if (!c->usable)
		return;
	struct mdl_group_cache_place *e = &c->v[mdl_group_cache_at(c, row, start, word)];
	e->start = start;
	e->group = group;
	e->row = (uint32_t)row;
	e->when = c->now;
	memcpy(e->word, word, sizeof(word));
}
