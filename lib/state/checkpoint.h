/* SPDX-License-Identifier: MIT
 *
 * The checkpoint directory: Spark Structured Streaming's layout (metadata, offsets/N,
 * commits/N, sources/0/N) with medal's own files under medal/ and state/medal/. This
 * module owns the folder: its creation, the lock that keeps a second source out, the
 * runs and their end, and what recovery finds. medal-checkpoint(5) has the format.
 */
#ifndef MDL_STATE_CHECKPOINT_H
#define MDL_STATE_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "state/offsets.h"
#include "stream/barrier.h"

struct mdl_checkpoint {
	char *dir;   /* absolute */
	char id[64]; /* of metadata */
	/* the source only */
	int lock_fd;
	int run_fd;
	int ack_fd; /* read end of the run's FIFO, non-blocking */
	char run[MDL_RUN_ID + 1];
};

/* Open an existing checkpoint to look at or to commit to. */
int mdl_checkpoint_open(struct mdl_checkpoint *ck, const char *dir, struct mdl_err *err);

/* What _own does while it waits: called with a text ("waiting for pid 71, which still works on an earlier run"). */
typedef void mdl_checkpoint_notice_fn(const char *text);

/* Become the checkpoint's source: make the directory if need be, try the file system (link, flock), take
 * medal/lock, and bar every earlier run. WAIT: wait for a live source instead of refusing (status 75). Waiting ends (75)
 * with the signal that a source has noted (mdl_run_catch_signals), and (141) with the reader of OUT_FD; -1: nobody. */
int mdl_checkpoint_own(struct mdl_checkpoint *ck, const char *dir, bool wait, int out_fd, bool unsafe_fs,
		       mdl_checkpoint_notice_fn *notice, struct mdl_err *err);

/* Begin a run: what killed ones left is removed; its id, its file (held), its folder with the FIFO. */
int mdl_checkpoint_start_run(struct mdl_checkpoint *ck, struct mdl_err *err);
/* End it in order: the run's files go. */
void mdl_checkpoint_end_run(struct mdl_checkpoint *ck);
void mdl_checkpoint_close(struct mdl_checkpoint *ck);

/* What recovery found (FORMATS: populateStartOffsets). */
struct mdl_recovery {
	int64_t last_offsets;          /* max of offsets/, -1 for none */
	int64_t last_commit;           /* max of commits/, -1 for none */
	bool decided;                  /* last_offsets is not committed, but decided: roll it forward */
	bool final;                    /* the last committed epoch was --final */
	struct mdl_offsets offsets;    /* of last_offsets; zero when none */
	struct mdl_offsets previous;   /* of last_offsets - 1; zero when none */
	int64_t next_watermark_ms;     /* commits/<last_commit> */
	bool last_want_no_data;        /* of ledger/<last_commit> */
	char last_run[MDL_RUN_ID + 1]; /* run that decided last_commit; "" when medal did not */
};

/* Read and judge. Refuses gaps and what only fsck can explain. A broken newest entry that nothing follows is moved to
 * medal/broken/ first and reported through NOTICE. */
int mdl_checkpoint_recover(struct mdl_checkpoint *ck, struct mdl_recovery *r,
			   mdl_checkpoint_notice_fn *notice, struct mdl_err *err);
void mdl_recovery_free(struct mdl_recovery *r);

/* Write offsets/N put-if-absent; an entry that is there and not ours is refused (another engine). */
int mdl_checkpoint_write_offsets(struct mdl_checkpoint *ck, int64_t n, const struct mdl_offsets *o,
				 struct mdl_err *err);
/* Link commits/N; CREATED as in mdl_file_create. */
/* CRC-32C of the file offsets/N, which must be there. */
int mdl_checkpoint_offsets_crc(const struct mdl_checkpoint *ck, int64_t n, uint32_t *crc,
			       struct mdl_err *err);
int mdl_checkpoint_write_commit(struct mdl_checkpoint *ck, int64_t n, int64_t next_watermark_ms,
				bool *created, struct mdl_err *err);
/* Is commits/N there? 1 yes (and its directory is synced, *next_watermark_ms filled), 0 no, -1. */
int mdl_checkpoint_committed(struct mdl_checkpoint *ck, int64_t n, int64_t *next_watermark_ms,
			     struct mdl_err *err);

/* Remove what is older than RETAIN epochs before N: offsets, commits, ledgers, plans, and state files that no kept
 * ledger names. Never removes what a recovery needs. */
int mdl_checkpoint_purge(struct mdl_checkpoint *ck, int64_t n, uint64_t retain, struct mdl_err *err);

#endif
