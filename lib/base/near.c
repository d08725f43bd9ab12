/* SPDX-License-Identifier: MIT
 *
 * How much one name looks like another: see near.h.
 */
#include "base/near.h"

unsigned mdl_near_distance(struct mdl_slice a, struct mdl_slice b)
{
	unsigned row[65];
	if (a.n > 64 || b.n > 64)
		return 1000;
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned up = row[j], cost = (a.p[i - 1] | 0x20) != (b.p[j - 1] | 0x20);
			unsigned best = diagonal + cost;
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = up;
			row[j] = best;
		}
	}
	return row[b.n];
}

void mdl_near_init(struct mdl_near *near, struct mdl_slice name)
{
	*near = (struct mdl_near){.name = name, .least = mdl_near_slip(name.n) + 1};
}

void mdl_near_try(struct mdl_near *near, const char *known)
{
	unsigned d = mdl_near_distance(near->name, mdl_slice_of(known));
	if (d < near->least) {
		near->best = known;
		near->least = d;
	}
}
