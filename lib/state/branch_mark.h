/* SPDX-License-Identifier: MIT
 *
 * Fan-out: where the source declared branches, each branch's tail puts the barrier that
 * reached it into the run's folder, then looks for those of the others. Whoever sees all
 * decides; only marks of one run and epoch count, and they die with the run.
 */
#ifndef MDL_STATE_BRANCH_MARK_H
#define MDL_STATE_BRANCH_MARK_H

#include "base/err.h"
#include "stream/barrier.h"

/* Leave BAR as the mark of B's branch. */
int mdl_branch_mark_put(const struct mdl_begin *b, const struct mdl_barrier *bar, struct mdl_err *err);
/* 1 when every branch has left its mark: *ALL is then the barrier of all, with the stages before the tee once, and the
 * least of the branches' watermarks. 0 when one is missing. */
int mdl_branch_mark_all(const struct mdl_begin *b, struct mdl_barrier *all, struct mdl_err *err);
/* The branches whose mark of EPOCH is missing, with ", " between; the caller frees it. */
char *mdl_branch_mark_missing(const struct mdl_begin *b, uint64_t epoch);
/* The marks of B's epoch are not needed any more. */
void mdl_branch_mark_clear(const struct mdl_begin *b);

#endif
