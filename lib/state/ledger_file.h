/* SPDX-License-Identifier: MIT
 *
 * medal/ledger/N: the decision of an epoch. It is linked put-if-absent, once; from
 * it the epoch is published by whoever comes first, and commits/N follows. Its text:
 * medal-checkpoint(5), LEDGER.
 */
#ifndef MDL_STATE_LEDGER_FILE_H
#define MDL_STATE_LEDGER_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/barrier.h"

struct mdl_ledger {
	int64_t epoch;
	char run[MDL_RUN_ID + 1];
	int64_t base;
	char base_run[MDL_RUN_ID + 1];
	int64_t watermark_ms, next_watermark_ms;
	bool want_no_data, final;
	int64_t decided_ms; /* wall clock, for people */
	/* CRC-32C of offsets/N, whose form is Spark's and has none */
	bool has_offsets_crc;
	uint32_t offsets_crc32c;
	struct mdl_books *stages;
	size_t nstages;
};

void mdl_ledger_free(struct mdl_ledger *l);

/* CHECKPOINT is the checkpoint's directory. _write: *created is false when medal/ledger/N was there. HELD: the run file
 * of who decides, which must still have its name (base/file.h); -1: nobody else can be at work. */
int mdl_ledger_write(const char *checkpoint, const struct mdl_ledger *l, int held, bool *created,
		     struct mdl_err *err);
/* 1 when there is none. */
int mdl_ledger_read(const char *checkpoint, int64_t epoch, struct mdl_ledger *l, struct mdl_err *err);

/* The books of STAGE, or NULL. */
const struct mdl_books *mdl_ledger_stage(const struct mdl_ledger *l, const char *stage);

/* Do the books balance? Stage k's out equals stage k+1's in, rows and hash; in = out + buckets for each filter that
 * passes rows, in = buckets for one that groups, in = rows of its tables + buckets for a sink. -1 with a message that names the hop and the difference (status 2). */
int mdl_ledger_check(const struct mdl_ledger *l, struct mdl_err *err);

#endif
