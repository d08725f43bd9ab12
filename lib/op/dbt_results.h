/* SPDX-License-Identifier: MIT
 *
 * What dbt's tests have found: the failures that are kept, run_results.json in the shape of
 * dbt's schema v6, and a file of failures for each test. Also the inside of dbt_check.h.
 */
#ifndef MDL_OP_DBT_RESULTS_H
#define MDL_OP_DBT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "op/dbt_check.h"
#include "op/key_set.h"
#include "state/store.h"

/* A failure that is kept: a value with its rows, or a row. */
struct mdl_dbt_failure {
	struct mdl_key key; /* of the value; zero: a row */
	uint64_t count;
	size_t at, len; /* of its text */
	bool changed;   /* since the state was saved */
};

struct mdl_dbt_kept {
	struct mdl_dbt_failure *v;
	size_t n, cap;
	struct mdl_buf text;
	uint32_t *index; /* by key; 0: none, else a place in V and 1 */
	size_t index_cap;
	uint64_t left_out; /* failures that there was no room for */
};

/* One test as it runs. */
struct mdl_dbt_run {
	const struct mdl_dbt_test *def;
	struct mdl_arena arena; /* of what is compiled */
	struct mdl_program *program;
	int where, failing, value; /* outputs */
	size_t *paths;             /* of the program, in the caller's */
	size_t npaths;
	struct mdl_key_set seen, bad, parent;
	struct mdl_buf added_seen, added_bad; /* in this epoch */
	uint64_t failures;
	char *error; /* why it cannot be computed; NULL: it can */
	struct mdl_dbt_kept kept;
};

struct mdl_dbt_check {
	const struct mdl_dbt_opts *o;
	struct mdl_dbt_run *runs;
	size_t n;
	struct mdl_store store;
	struct mdl_filter *f; /* under a checkpoint */
	bool saving, limited;
	int64_t started_us;
	struct mdl_buf value;   /* scratch */
	struct mdl_buf results; /* run_results.json, made up last */
};

/* A failure of KEY with COUNT more rows. Two of one key, which is not zero, are one; a COUNT that is not ADDED is the count. */
void mdl_dbt_results_keep(struct mdl_dbt_kept *k, struct mdl_key key, uint64_t count, struct mdl_slice text,
			  bool added);
void mdl_dbt_results_kept_free(struct mdl_dbt_kept *k);
/* Is "FAILURES CONDITION" true, as in "3 > 10"? -1: it is no condition. */
int mdl_dbt_results_hold(uint64_t failures, const char *condition);
/* Microseconds since 1970. */
int64_t mdl_dbt_results_now(void);

#endif
