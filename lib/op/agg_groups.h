/* SPDX-License-Identifier: MIT
 *
 * The groups that medal-aggregate keeps: a row finds its groups by key and window, groups
 * leave when their window closes, and a state store remembers them from epoch to epoch.
 */
#ifndef MDL_OP_AGG_GROUPS_H
#define MDL_OP_AGG_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "op/agg_batch.h"
#include "op/group_cache.h"
#include "op/group_table.h"
#include "sql/aggregate_plan.h"
#include "state/store.h"
#include "stream/filter.h"

struct mdl_agg_groups {
	const struct mdl_agg_plan *plan;
	bool ansi;
	struct mdl_group_table table;
	/* of the rows at hand: */
	const struct mdl_result *res;
	struct mdl_arena *arena;
	struct mdl_agg_batch rows;
	struct mdl_group_cache cache;
	const struct mdl_vec
		*times; /* of rows that need no closer look, with a window that nothing overlaps; or NULL */
	int64_t window_us;         /* start of the window that a row was in last */
	uint64_t window_length_us; /* 0: it is not known whether all its times are in range */
	size_t bad_row;            /* that an error is of */
	struct mdl_buf key;
	struct mdl_buf gone; /* state entries of groups that left in this epoch */
	struct mdl_buf entry;
	struct mdl_arena scratch;
};

/* PLAN must stay valid. */
void mdl_agg_groups_init(struct mdl_agg_groups *g, const struct mdl_agg_plan *plan, bool ansi);
void mdl_agg_groups_free(struct mdl_agg_groups *g);
/* PLAN takes the place of the one before, which must still be valid; false (and nothing changes) when what the groups hold
 * is of other types. */
bool mdl_agg_groups_replan(struct mdl_agg_groups *g, const struct mdl_agg_plan *plan);

enum { MDL_AGG_LATE, MDL_AGG_GROUPED, MDL_AGG_TIMELESS, MDL_AGG_BOUNDLESS };

/* The rows to come are of RES, outputs of plan->input. Works in A, until _flush. */
void mdl_agg_groups_begin(struct mdl_agg_groups *g, const struct mdl_result *res, struct mdl_arena *a);
/* What was added goes into the groups: before any of them is looked at, and before RES goes. -1: g->bad_row tells. */
int mdl_agg_groups_flush(struct mdl_agg_groups *g, struct mdl_err *err);
/* Row ROW. MDL_AGG_GROUPED; _LATE when all its windows end at or before LATE_US (INT64_MIN:
 * nothing is late); _TIMELESS when its event time is NULL; _BOUNDLESS when a window of it begins or ends beyond 64 bits; -1: g->bad_row, it or one before
 * it, cannot be added. */
int mdl_agg_groups_add(struct mdl_agg_groups *g, size_t row, int64_t late_us, struct mdl_err *err);
/* X leaves and is freed; the state store hears of it with the next _save. */
void mdl_agg_groups_forget(struct mdl_agg_groups *g, struct mdl_group *x);

/* An entry of the store, for mdl_store_load; CTX is the groups. */
int mdl_agg_groups_load(void *ctx, struct mdl_slice entry, struct mdl_err *err);
/* For store.look: of the states of a group the newest counts. */
enum mdl_store_look mdl_agg_groups_look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
					struct mdl_buf *scratch);
/* What changed in F's epoch. */
int mdl_agg_groups_save(struct mdl_agg_groups *g, struct mdl_store *store, struct mdl_filter *f,
			struct mdl_err *err);

#endif
