/* SPDX-License-Identifier: MIT
 *
 * The distinct whole numbers of one group: see agg_whole.h.
 */
#include "op/agg_whole.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
	FIRST_BITS = 2,  /* of a slot's number: there may be many small groups */
	QUICK_BITS = 10, /* up to here a set has four times as many slots when it grows */
	SOME = 64,
};

/* Full at five eighths: beyond that a question takes too many steps. */
static void make_slots(struct mdl_agg_whole *w, unsigned bits)
{
	w->shift = (uint8_t)(64 - bits);
	w->room = (uint64_t)mdl_agg_whole_slots(w) * 5 / 8;
	if (w->is_wide)
		w->wide = mdl_array(mdl_agg_whole_slots(w), sizeof(*w->wide));
	else
		w->narrow = mdl_array(mdl_agg_whole_slots(w), sizeof(*w->narrow));
}

static void free_slots(struct mdl_agg_whole *w)
{
	if (w->is_wide)
		free(w->wide);
	else
		free(w->narrow);
}

struct mdl_agg_whole *mdl_agg_whole_new(uint8_t kind)
{
	struct mdl_agg_whole *w = mdl_zalloc(sizeof(*w));
	w->kind = kind;
	make_slots(w, FIRST_BITS);
	return w;
}

void mdl_agg_whole_free(struct mdl_agg_whole *w)
{
	if (w)
		free_slots(w);
	free(w);
}

/* Where a number lies does not depend on its width. */
void mdl_agg_whole_widen(struct mdl_agg_whole *w)
{
	struct mdl_agg_whole old = *w;
	w->is_wide = true;
	make_slots(w, 64u - w->shift);
	for (size_t i = 0; i < mdl_agg_whole_slots(w); i++)
		w->wide[i] = old.narrow[i];
	free_slots(&old);
}

static inline __attribute__((always_inline)) void move(const struct mdl_agg_whole *old,
						       struct mdl_agg_whole *w, bool wide)
{
	for (size_t at = 0, end; at < mdl_agg_whole_slots(old); at = end) {
		/* which slots are empty nobody can guess, so first those that are not, without a branch */
		int64_t some[SOME];
		size_t n = 0;
		end = mdl_agg_whole_slots(old) - at < SOME ? mdl_agg_whole_slots(old) : at + SOME;
		for (size_t i = at; i < end; i++) {
			some[n] = wide ? old->wide[i] : old->narrow[i];
			n += some[n] != 0;
		}
		for (size_t i = 0; i < n; i++) {
			size_t slot = mdl_agg_whole_slot(w, some[i], wide);
			if (wide)
				w->wide[slot] = some[i];
			else
				w->narrow[slot] = (int32_t)some[i];
		}
	}
}

void mdl_agg_whole_grow(struct mdl_agg_whole *w)
{
	struct mdl_agg_whole old = *w;
	unsigned bits = 64u - w->shift;
	make_slots(w, bits + (bits < QUICK_BITS ? 2 : 1));
	if (w->is_wide)
		move(&old, w, true);
	else
		move(&old, w, false);
	free_slots(&old);
}
