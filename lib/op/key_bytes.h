/* SPDX-License-Identifier: MIT
 *
 * Keys of records: the members' values as bytes, each with a tag and its length, and the
 * hash of these. State files hold the hashes, so the bytes may never change.
 */
#ifndef MDL_OP_KEY_BYTES_H
#define MDL_OP_KEY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "op/key_table.h"
#include "json/scan.h"

struct mdl_key_bytes {
	size_t nkeys;
	bool *exact; /* a key of a DECIMAL column: compared by its text */
	bool *text;  /* a key of a STRING column: a number is its text */
	bool *met;   /* a key of which any row has the member */
	struct mdl_buf buf;
};

void mdl_key_bytes_init(struct mdl_key_bytes *d);
void mdl_key_bytes_free(struct mdl_key_bytes *d);
/* KEYS[0..N) of the rows SEL by their members in COLS. Works in A. */
void mdl_key_bytes_hash(struct mdl_key_bytes *d, const struct mdl_json_value *const *cols,
			const uint32_t *sel, size_t n, struct mdl_arena *a, struct mdl_key *keys);

#endif
