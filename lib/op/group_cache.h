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
#include <string.h>

#include "op/group_table.h"
#include "sql/value.h"

enum { MDL_GROUP_CACHE_PLACES = 256, MDL_GROUP_CACHE_WORDS = 2 };

/* How the values of a key column lie there. */
enum mdl_group_cache_form { MDL_CACHE_WORD, MDL_CACHE_TEXT, MDL_CACHE_BOOLEAN, MDL_CACHE_JSON };

struct mdl_group_cache_key {
	const struct mdl_vec *v;
	enum mdl_group_cache_form form;
};

/* What tells a value: its word and, of this kind, whether the word is all of it. */
struct mdl_group_cache_word {
	uint64_t bits;
	uint32_t kind;
};

struct mdl_group_cache {
	struct mdl_group_cache_key *keys; /* of the batch */
	size_t nkeys;
	bool usable; /* false: a key has a type that is not compared here */
	uint32_t now;
	struct mdl_group_cache_place {
		int64_t start;
		struct mdl_group *group;
		uint32_t row, when;                                      /* of no use when WHEN is not now */
		struct mdl_group_cache_word word[MDL_GROUP_CACHE_WORDS]; /* of the first keys */
	} v[MDL_GROUP_CACHE_PLACES];
};

/* A new batch with the key columns OUT[KEYS[0..N)]; valid until its arena is reset. */
void mdl_group_cache_begin(struct mdl_group_cache *c, struct mdl_vec *const *out, const int *keys, size_t n,
			   struct mdl_arena *a);
void mdl_group_cache_put(struct mdl_group_cache *c, size_t row, int64_t start, struct mdl_group *group);
/* Have rows A and B the same value of KEY? */
bool mdl_group_cache_is_same(const struct mdl_group_cache_key *key, size_t a, size_t b);
/* Groups leave the table. */
static inline void mdl_group_cache_forget(struct mdl_group_cache *c)
{
	c->now++;
}

/* ---- A look-up, once a row ---- */

enum { MDL_CACHE_LONG = 1 << 8, MDL_CACHE_SOME = 1 << 9 };

/* A text of at most eight bytes is its word. */
static inline struct mdl_group_cache_word mdl_group_cache_text(const char *p, size_t n)
{
	uint64_t x = 0, last = 0;
	if (n >= 8) {
		memcpy(&x, p, 8);
		memcpy(&last, p + n - 8, 8);
		if (n > 8)
			return (struct mdl_group_cache_word){(x ^ last * UINT64_C(0x9e3779b97f4a7c15)) + n,
							     MDL_CACHE_SOME | MDL_CACHE_LONG};
	} else if (n >= 4) {
		uint32_t head, tail;
		memcpy(&head, p, 4);
		memcpy(&tail, p + n - 4, 4);
		x = (uint64_t)head << 32 | tail;
	} else if (n) {
		x = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
		    (unsigned char)p[n - 1];
	}
	return (struct mdl_group_cache_word){x, MDL_CACHE_SOME | (uint32_t)n};
}

static inline struct mdl_group_cache_word mdl_group_cache_word(const struct mdl_group_cache_key *k,
							       size_t row)
{
	const struct mdl_vec *v = k->v;
	struct mdl_group_cache_word w = {0, 0};
	if (!v->valid[row])
		return w;
	switch (k->form) {
	case MDL_CACHE_WORD:
		/* doubles too: other bits may be the same key, but the same bits are */
		return (struct mdl_group_cache_word){(uint64_t)v->i64[row], MDL_CACHE_SOME};
	case MDL_CACHE_BOOLEAN:
		return (struct mdl_group_cache_word){v->b8[row], MDL_CACHE_SOME};
	case MDL_CACHE_TEXT:
		return mdl_group_cache_text(v->str[row].p, v->str[row].n);
	case MDL_CACHE_JSON:
		w = mdl_group_cache_text(v->json[row].p, v->json[row].n);
		w.kind |= (uint32_t)v->json[row].kind << 16;
		break;
	}
	return w;
}

/* The place where the group of ROW's keys and the window START is, if it is there; WORD gets its words. */
static inline __attribute__((always_inline)) size_t mdl_group_cache_at(const struct mdl_group_cache *c,
								       size_t row, int64_t start,
								       struct mdl_group_cache_word *word)
{
	uint64_t h = (uint64_t)start;
	for (size_t k = 0; k < c->nkeys; k++) {
		struct mdl_group_cache_word w = mdl_group_cache_word(&c->keys[k], row);
		if (k < MDL_GROUP_CACHE_WORDS)
			word[k] = w;
		h = (h ^ w.bits ^ w.kind) * UINT64_C(0xd6e8feb86659fd93);
		h ^= h >> 32;
	}
	return h % MDL_GROUP_CACHE_PLACES;
}

/* The group of an earlier row with ROW's keys and the window START, or NULL. */
static inline struct mdl_group *mdl_group_cache_find(const struct mdl_group_cache *c, size_t row,
						     int64_t start)
{
	struct mdl_group_cache_word word[MDL_GROUP_CACHE_WORDS];
	if (!c->usable)
		return NULL;
	const struct mdl_group_cache_place *e = &c->v[mdl_group_cache_at(c, row, start, word)];
	if (e->when != c->now || e->start != start)
		return NULL;
	for (size_t k = 0; k < c->nkeys; k++) {
		bool has = k < MDL_GROUP_CACHE_WORDS;
		if (has && (e->word[k].bits != word[k].bits || e->word[k].kind != word[k].kind))
			return NULL;
		if ((!has || word[k].kind & MDL_CACHE_LONG) &&
		    !mdl_group_cache_is_same(&c->keys[k], row, e->row))
			return NULL;
	}
	return e->group;
}

#endif
