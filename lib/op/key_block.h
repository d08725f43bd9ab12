/* SPDX-License-Identifier: MIT
 *
 * Keys with their expiries as one entry of the state store: 'K', a byte that says whether
 * there are times, two zeros, the number of keys, 16 bytes for each, then the times: each
 * the difference from the one before, in milliseconds, of which most are one or two bytes.
 * medal 0.1 wrote 24 bytes a key and nothing else; such entries are read, too. A length
 * that is a multiple of 24 tells them: a byte is added to ours where it would be one.
 */
#ifndef MDL_OP_KEY_BLOCK_H
#define MDL_OP_KEY_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "op/key_table.h"

enum { MDL_KEY_BLOCK_KEYS = 2048 }; /* a good size */

struct mdl_key_block {
	struct mdl_buf text, times;
	uint32_t n; /* keys */
	bool timed; /* one is not for ever */
	int64_t last_ms;
};

void mdl_key_block_init(struct mdl_key_block *b);
void mdl_key_block_free(struct mdl_key_block *b);
void mdl_key_block_clear(struct mdl_key_block *b);
/* EXPIRY_US counts by the millisecond, as in a key_set; INT64_MAX: for ever. */
void mdl_key_block_add(struct mdl_key_block *b, struct mdl_key key, int64_t expiry_us);
/* The entry, valid until the next call; nothing may be added to it, only _clear or _free may follow. */
struct mdl_slice mdl_key_block_entry(struct mdl_key_block *b);

struct mdl_key_block_reader {
	const char *keys, *times, *end;
	uint32_t n, at;
	bool timed, old, bad;
	int64_t last_ms;
};

/* False when ENTRY is none of these. */
bool mdl_key_block_read(struct mdl_key_block_reader *r, struct mdl_slice entry);
/* False at the end; then r->bad says whether it was damaged. */
bool mdl_key_block_next(struct mdl_key_block_reader *r, struct mdl_key *key, int64_t *expiry_us);

#endif
