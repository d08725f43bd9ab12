/* SPDX-License-Identifier: MIT
 *
 * Proving a checkpoint: every epoch that is kept has its offsets, commit and ledger, the
 * books balance, the state files are those of the ledger, and the tables hold what the
 * ledger says (recounted on request).
 */
#ifndef MDL_TABLE_VERIFY_H
#define MDL_TABLE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct mdl_verify_opts {
	bool tables; /* read each table file again and count rows and hashes */
	/* Each finding is one sentence. */
	void (*finding)(const char *text);
};

struct mdl_verify_result {
	uint64_t epochs, unproved;  /* ledgers looked at; commits without one (Spark's) */
	uint64_t rows_in, rows_out; /* of the first stage; rows in files of the main tables */
	uint64_t files, findings;
};

/* 0 also when there are findings; -1 when the checkpoint cannot be read at all. */
int mdl_verify_checkpoint(const char *dir, const struct mdl_verify_opts *o, struct mdl_verify_result *res,
			  struct mdl_err *err);

#endif
