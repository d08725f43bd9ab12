/* SPDX-License-Identifier: MIT
 *
 * The keys that dedupe has seen: see key_set.h.
 */
#include "op/key_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

enum { FIRST = 1024, SMALL = 8 };

static void *pages(size_t n, size_t size)
{
	void *p = mdl_array(n, size);
	/* huge pages save a fifth of the look-ups' time in large tables; only a wish */
	if (n * size >= (4u << 20))
		(void)madvise((void *)(((uintptr_t)p + 4095) & ~(uintptr_t)4095), n * size - 4096,
			      MADV_HUGEPAGE);
	return p;
}

static void init(struct mdl_key_set *s, size_t cap)
{
	memset(s, 0, sizeof(*s));
	s->cap = cap;
	s->keys = pages(s->cap, sizeof(*s->keys));
	s->expiry_us = pages(s->cap, sizeof(*s->expiry_us));
	s->evicted_us = INT64_MIN;
}

void mdl_key_set_init(struct mdl_key_set *s)
{
	init(s, FIRST);
}

void mdl_key_set_init_small(struct mdl_key_set *s)
{
	init(s, SMALL);
}

void mdl_key_set_free(struct mdl_key_set *s)
{
	free(s->keys);
	free(s->expiry_us);
	memset(s, 0, sizeof(*s));
}

static size_t place(const struct mdl_key_set *s, struct mdl_key key)
{
	size_t i = (size_t)key.lo & (s->cap - 1);
	while ((s->keys[i].lo || s->keys[i].hi) && (s->keys[i].lo != key.lo || s->keys[i].hi != key.hi))
		i = (i + 1) & (s->cap - 1);
	return i;
}

bool mdl_key_set_seen(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us)
{
	size_t i = place(s, key);
	bool there = s->keys[i].lo || s->keys[i].hi;
	if (there && s->expiry_us[i] > s->evicted_us)
		return true;
	s->used += !there;
	s->keys[i] = key;
	s->expiry_us[i] = expiry_us;
	return false;
}

void mdl_key_set_expire(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us)
{
	size_t i = place(s, key);
	if (s->keys[i].lo || s->keys[i].hi)
		s->expiry_us[i] = expiry_us;
}

bool mdl_key_set_next(const struct mdl_key_set *s, size_t *at, struct mdl_key *key, int64_t *expiry_us)
{
	for (; *at < s->cap; (*at)++) {
		if ((s->keys[*at].lo || s->keys[*at].hi) && s->expiry_us[*at] > s->evicted_us) {
			*key = s->keys[*at];
			*expiry_us = s->expiry_us[(*at)++];
			return true;
		}
	}
	return false;
}

void mdl_key_set_reserve(struct mdl_key_set *s, size_t n)
{
	if ((s->used + n) * 10 <= s->cap * 7)
		return;
	size_t live = 0, at = 0;
	struct mdl_key key;
	int64_t expiry;
	while (mdl_key_set_next(s, &at, &key, &expiry))
		live++;
	struct mdl_key_set t = *s;
	while ((live + n) * 2 > t.cap)
		t.cap *= 2;
	t.keys = pages(t.cap, sizeof(*t.keys));
	t.expiry_us = pages(t.cap, sizeof(*t.expiry_us));
	t.used = live;
	for (at = 0; mdl_key_set_next(s, &at, &key, &expiry);) {
		size_t i = place(&t, key);
		t.keys[i] = key;
		t.expiry_us[i] = expiry;
	}
	free(s->keys);
	free(s->expiry_us);
	*s = t;
}
