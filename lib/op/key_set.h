/* SPDX-License-Identifier: MIT
 *
 * The keys that dedupe has seen: 128-bit fingerprints with a time after which they are
 * forgotten. Open addressing; what has expired is dropped when the table would grow.
 */
#ifndef MDL_OP_KEY_SET_H
#define MDL_OP_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mdl_key {
	uint64_t lo, hi; /* never both zero: mdl_key_set_key sees to it */
};

struct mdl_key_set {
	struct mdl_key *keys; /* zero: empty */
	int64_t *expiry_us;
	size_t cap, used;   /* cap is a power of two; used counts expired ones, too */
	int64_t evicted_us; /* an entry lives while its expiry is greater */
};

void mdl_key_set_init(struct mdl_key_set *s);
/* The same with room for few keys: there may be one for each group of an aggregate. */
void mdl_key_set_init_small(struct mdl_key_set *s);
void mdl_key_set_free(struct mdl_key_set *s);

/* Is KEY there and alive? If not, it is entered with EXPIRY_US. Room must have been made. */
bool mdl_key_set_seen(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us);
/* Make room for N more keys. */
void mdl_key_set_reserve(struct mdl_key_set *s, size_t n);
/* Ask the memory for KEY's place ahead of time. */
static inline void mdl_key_set_prefetch(const struct mdl_key_set *s, struct mdl_key key)
{
	size_t i = (size_t)key.lo & (s->cap - 1);
	__builtin_prefetch(&s->keys[i]);
	__builtin_prefetch(&s->expiry_us[i]);
}
/* Give KEY, which was entered, another expiry. */
void mdl_key_set_expire(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us);
/* Walk the living: start with *AT = 0; false at the end. */
bool mdl_key_set_next(const struct mdl_key_set *s, size_t *at, struct mdl_key *key, int64_t *expiry_us);

#endif
