/* SPDX-License-Identifier: MIT
 *
 * The state of one stateful stage on disk: a chain of immutable files under
 * <checkpoint>/state/medal/<stage>/, named by epoch and run and read only when a ledger
 * names them. What an entry holds is the operator's business; here it is bytes. Format:
 * medal-checkpoint(5), STATE.
 *
 *   begin:   mdl_store_load() hands over the entries of the base epoch, oldest first
 *   barrier: mdl_store_save_begin(), _put() for each entry that changed, mdl_store_save_end()
 *
 * An epoch writes what changed in it, however large the state is. Files become one in the
 * background (store_merge.h), and the next epoch after that names the result in their
 * place: eight neighbours of a size, so that a chain stays short and a byte is written
 * again once for each eightfold of the state; and all, when what came after the oldest
 * file is as much as that file and old entries may have lost their meaning, so that a load
 * reads no more than some three times what is alive.
 */
#ifndef MDL_STATE_STORE_H
#define MDL_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/err.h"
#include "base/slice.h"
#include "state/state_file.h"
#include "state/store_merge.h"
#include "stream/barrier.h"
#include "stream/ledger.h"

struct mdl_store {
	char *settings; /* text that stands for keys and SQL; a change over old state is refused */
	bool fresh;     /* --fresh-state: old state is left behind on purpose, once */
	/* for merges, set by the operator */
	mdl_store_look_fn *look; /* NULL: entries keep their meaning for ever */
	bool replaces;           /* LOOK knows identities */
	int64_t horizon;         /* handed to LOOK: as it is when a save ends */
	struct mdl_buf head;     /* the entry that a merged file begins with, likewise; empty: none */
	uint64_t save_us;        /* what the last _save_end took */
	/* the store's own */
	struct mdl_ledger_state *chain;
	size_t nchain, chain_cap;
	char *dir, *name;
	struct mdl_state_head about; /* of the save at hand */
	char *stage, *run;
	struct mdl_state_writer out;
	struct mdl_compress_blocks pack;
	struct mdl_store_merge *merge; /* at work, or with a result that waits */
	size_t merge_first, merge_n;   /* what of the chain it merges */
	uint64_t merge_bytes;
	unsigned failures, rest; /* merges that failed one after the other; saves before the next */
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

/* MEDAL_DRY_RUN: would the newest committed epoch's state of STAGE be taken? Looked at by its ledger and settings; nothing is
 * changed. B's base does not count. */
int mdl_store_dry(struct mdl_store *s, const struct mdl_begin *b, const char *stage, struct mdl_err *err);

/* Save what changed in B's epoch. Without an entry no file is written (but for the first epoch of a stage: a stage that
 * has state always names a file). Entries go to disk as they come, so it may begin with the epoch. */
int mdl_store_save_begin(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
			 struct mdl_err *err);
int mdl_store_put(struct mdl_store *s, struct mdl_slice e, struct mdl_err *err);
/* Durable when it returns; the chain is entered in BOOKS. */
int mdl_store_save_end(struct mdl_store *s, struct mdl_books *books, struct mdl_err *err);
/* Until no merge is at work; its result is taken in by the next save. */
void mdl_store_settle(struct mdl_store *s);

#endif
