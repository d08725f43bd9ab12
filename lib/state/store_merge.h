/* SPDX-License-Identifier: MIT
 *
 * Files of a state's chain become one, on a second thread that gives way to all others,
 * from the files alone: what is in memory is not looked at, and no epoch waits. The
 * result has a temporary name until an epoch takes it into its chain; until then, and when
 * it fails (the disk is full, the process is killed), the chain is what it was.
 */
#ifndef MDL_STATE_STORE_MERGE_H
#define MDL_STATE_STORE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/ledger.h"

enum mdl_store_look {
	MDL_STORE_KEEP,   /* it stays, as *E is now */
	MDL_STORE_DROP,   /* it says nothing that counts any more */
	MDL_STORE_NEWEST, /* of those with this *IDENTITY the newest stays */
	MDL_STORE_GONE, /* the same, and it says that there is none: needed while an older file may have one */
};

/* What an entry is to a merge. *E may be replaced by what is left of it, in SCRATCH. HORIZON is the operator's
 * (store->horizon when the merge began). Runs on the second thread: it must not look at the operator. */
typedef enum mdl_store_look mdl_store_look_fn(int64_t horizon, struct mdl_slice *e,
					      struct mdl_slice *identity, struct mdl_buf *scratch);

struct mdl_store_merge;

struct mdl_store_merge_job {
	const char *dir, *stage, *run, *settings;
	uint64_t epoch;
	const struct mdl_ledger_state *files; /* oldest first */
	size_t n;
	bool oldest;             /* no file of the chain is older */
	mdl_store_look_fn *look; /* NULL: all entries stay */
	bool replaces;           /* LOOK knows identities */
	int64_t horizon;
	struct mdl_slice head; /* the entry that the result begins with; empty: none */
};

/* Everything is copied. NULL when there can be no second thread. */
struct mdl_store_merge *mdl_store_merge_start(const struct mdl_store_merge_job *job);
bool mdl_store_merge_has_ended(const struct mdl_store_merge *m);
/* Until it has ended. */
void mdl_store_merge_wait(struct mdl_store_merge *m);
/* Of one that has ended: give the result the name NAME (the directory is the caller's to sync), and what a ledger says
 * of it. False when there is no result. */
bool mdl_store_merge_take(struct mdl_store_merge *m, const char *name, uint64_t *size, uint32_t *crc);
/* Stops it; what was not taken is removed. NULL is fine. */
void mdl_store_merge_free(struct mdl_store_merge *m);

#endif
