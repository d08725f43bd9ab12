/* SPDX-License-Identifier: MIT
 *
 * Keys in order of their place: see key_sort.h.
 */
#include "op/key_sort.h"

#include <stdlib.h>

#include "base/alloc.h"

static int in_order(const void *a, const void *b)
{
	const struct mdl_key_entry *x = a, *y = b;
	return mdl_key_cmp(x, y);
}

void mdl_key_sort(struct mdl_key_entry *to, const struct mdl_key_entry *src, size_t n)
{
	enum { EACH = 4, MANY = 64 }; /* entries of a part, as wished; and too many for steps one by one */
	uint64_t least = UINT64_MAX, most = 0;
	for (size_t i = 0; i < n; i++) {
		least = src[i].place < least ? src[i].place : least;
		most = src[i].place > most ? src[i].place : most;
	}
	unsigned shift = 0;
	while ((most - least) >> shift > (n / EACH | 1))
		shift++;
	size_t parts = (size_t)((most - least) >> shift) + 1;
	uint32_t *at = mdl_array(parts + 1, sizeof(*at)), biggest = 0;
	for (size_t i = 0; i < n; i++)
		at[((src[i].place - least) >> shift) + 1]++;
	for (size_t k = 1; k <= parts; k++) {
		biggest = at[k] > biggest ? at[k] : biggest;
		at[k] += at[k - 1];
	}
	for (size_t i = 0; i < n; i++)
		to[at[(src[i].place - least) >> shift]++] = src[i];
	free(at);
	if (biggest > MANY) {
		qsort(to, n, sizeof(*to), in_order);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct mdl_key_entry e = to[i];
		size_t k = i;
		for (; k && mdl_key_cmp(&to[k - 1], &e) > 0; k--)
			to[k] = to[k - 1];
		to[k] = e;
	}
}
