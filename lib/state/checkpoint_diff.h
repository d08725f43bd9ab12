/* SPDX-License-Identifier: MIT
 *
 * Two checkpoints side by side: epochs, offsets and books. For "did the run that was
 * killed end as the one that was not", and for a restored copy against the live one.
 */
#ifndef MDL_STATE_CHECKPOINT_DIFF_H
#define MDL_STATE_CHECKPOINT_DIFF_H

#include <stdint.h>

#include "base/err.h"

/* Each difference is one line to DIFFERENCE; *N counts them. What differs between any two runs does not count: ids, run
 * ids, times, names of state files and places of tables. */
int mdl_checkpoint_diff(const char *a, const char *b, void (*difference)(const char *text), uint64_t *n,
			struct mdl_err *err);

#endif
