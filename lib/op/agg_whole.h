/* SPDX-License-Identifier: MIT
 *
 * The distinct whole numbers of one group: the numbers themselves, of which a row's is
 * found with a multiplication and, nearly always, one line of the cache. State files know
 * nothing of it: there they are fingerprints, as all distinct values (agg_func.c).
 */
#ifndef MDL_OP_AGG_WHOLE_H
#define MDL_OP_AGG_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mdl_agg_whole {
	union {
		int32_t *narrow; /* slots; 0: empty */
		int64_t *wide;
	};
	uint64_t used, room; /* without the number 0; how many it may become before there are more slots */
	uint8_t shift;       /* 64 less the bits of a slot's number */
	uint8_t kind;        /* enum mdl_kind of the numbers */
	bool is_wide;        /* one of them needed more than 32 bits */
	bool zero;           /* the number 0 is there */
};

struct mdl_agg_whole *mdl_agg_whole_new(uint8_t kind);
void mdl_agg_whole_free(struct mdl_agg_whole *w); /* NULL, too */
void mdl_agg_whole_grow(struct mdl_agg_whole *w);
void mdl_agg_whole_widen(struct mdl_agg_whole *w);

static inline size_t mdl_agg_whole_slots(const struct mdl_agg_whole *w)
{
	return (size_t)1 << (64 - w->shift);
}
static inline size_t mdl_agg_whole_count(const struct mdl_agg_whole *w)
{
	return (size_t)w->used + w->zero;
}
static inline size_t mdl_agg_whole_memory(const struct mdl_agg_whole *w)
{
	return sizeof(*w) + mdl_agg_whole_slots(w) * (w->is_wide ? sizeof(*w->wide) : sizeof(*w->narrow));
}
/* The number in slot I, or 0. */
static inline int64_t mdl_agg_whole_at(const struct mdl_agg_whole *w, size_t i)
{
	return w->is_wide ? w->wide[i] : w->narrow[i];
}

/* The slot of V, or the empty one where it would go. */
static inline __attribute__((always_inline)) size_t mdl_agg_whole_slot(const struct mdl_agg_whole *w,
								       int64_t v, bool wide)
{
	uint64_t x = (uint64_t)v * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t i = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93) >> w->shift;
	for (int64_t at; (at = wide ? w->wide[i] : w->narrow[i]) && at != v;)
		i = (i + 1) & ~UINT64_C(0) >> w->shift;
	return (size_t)i;
}

/* Was V there? It is now. */
static inline bool mdl_agg_whole_seen(struct mdl_agg_whole *w, int64_t v)
{
	if (__builtin_expect(!v, 0)) {
		bool was = w->zero;
		w->zero = true;
		return was;
	}
	if (!w->is_wide && v != (int32_t)v)
		mdl_agg_whole_widen(w);
	if (w->is_wide) {
		size_t i = mdl_agg_whole_slot(w, v, true);
		if (w->wide[i])
			return true;
		w->wide[i] = v;
	} else {
		size_t i = mdl_agg_whole_slot(w, v, false);
		if (w->narrow[i])
			return true;
		w->narrow[i] = (int32_t)v;
	}
	if (++w->used > w->room)
		mdl_agg_whole_grow(w);
	return false;
}

#endif
