/* SPDX-License-Identifier: MIT
 *
 * The state of one stateful stage on disk: a chain of immutable files under
 * <checkpoint>/state/medal/<stage>/, a snapshot and the deltas after it, named by
 * epoch and run and read only when a ledger names them. What an entry holds is the
 * operator's business; here it is bytes. Format: medal-checkpoint(5), STATE.
 *
 *   begin:   mdl_store_load() hands over the entries of the base epoch, oldest first
 *   barrier: mdl_store_save_begin(), _put() for each entry that changed (or, when
 *            store->want_snapshot, for each that is live), mdl_store_save_end()
 *
 * Deltas cost what changed. When there are many, a save takes in those before it that
 * are together no smaller than each of them, so that a chain stays short and a byte is
 * written again only when what came after it is as much. When deltas have grown as
 * large as the snapshot, the next save wants a snapshot, so a load never reads more
 * than about twice the state.
 */
#ifndef MDL_STATE_STORE_H
#define MDL_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/barrier.h"
#include "stream/ledger.h"

struct mdl_compress_writer;

struct mdl_store {
	char *settings;     /* text that stands for keys and SQL; a change over old state is refused */
	bool fresh;         /* --fresh-state: old state is left behind on purpose, once */
	bool want_snapshot; /* the next save must put every live entry */
	/* the store's own */
	struct mdl_ledger_state *chain;
	size_t nchain, chain_cap;
	size_t kept; /* files of the chain that the save at hand leaves as they are */
	uint64_t snapshot_bytes, delta_bytes;
	char *dir, *tmp, *name;
	int fd;
	struct mdl_compress_writer *zip;
	struct mdl_buf block;
	uint64_t entries;
};

/* SETTINGS is copied. */
void mdl_store_init(struct mdl_store *s, const char *settings, bool fresh);
void mdl_store_free(struct mdl_store *s);

/* Hand the entries of B's base epoch to ENTRY (whose slice is valid during the call); none when there is no base.
 * Unfinished files of runs that were killed are removed.
 * Refused (status 2): the stage is not in the base's ledger although the base is not empty, its settings differ,
 * a file is missing or damaged, or the base was not decided by base_run. */
int mdl_store_load(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
		   int (*entry)(void *ctx, struct mdl_slice e, struct mdl_err *err), void *ctx,
		   struct mdl_err *err);

/* Save the state of B's epoch. ENTRIES_CHANGED zero and no wanted snapshot: no file is written, the chain stays. */
int mdl_store_save_begin(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
			 struct mdl_err *err);
int mdl_store_put(struct mdl_store *s, struct mdl_slice e, struct mdl_err *err);
/* Durable when it returns; the chain is entered in BOOKS. */
int mdl_store_save_end(struct mdl_store *s, struct mdl_books *books, struct mdl_err *err);

#endif
