/* SPDX-License-Identifier: MIT
 *
 * How much one name looks like another: for "did you mean".
 */
#ifndef MDL_BASE_NEAR_H
#define MDL_BASE_NEAR_H

#include <stddef.h>

#include "base/slice.h"

/* Levenshtein's distance: letters put in, left out or changed, without case. 1000 when a name is longer than 64 bytes. */
unsigned mdl_near_distance(struct mdl_slice a, struct mdl_slice b);

/* The distance up to which a name of N bytes is a slip of the fingers and not another word. */
static inline unsigned mdl_near_slip(size_t n)
{
	return (unsigned)(n / 3);
}

/* The search for what was meant by NAME: each known name is tried, then BEST is the first of the nearest, as it was
 * tried (a slip away at the most), or NULL. */
struct mdl_near {
	struct mdl_slice name;
	const char *best;
	unsigned least;
};
void mdl_near_init(struct mdl_near *near, struct mdl_slice name);
void mdl_near_try(struct mdl_near *near, const char *known);

#endif
