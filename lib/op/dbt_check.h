/* SPDX-License-Identifier: MIT
 *
 * dbt's generic tests on a stream: each row once, over all rows of the stream (under a
 * checkpoint of all epochs), with dbt's counts: unique counts values that occur more than once,
 * accepted_values values that are not accepted, not_null and relationships rows. Values that
 * were seen are fingerprints of 128 bits in a key_set, which has a limit of memory and goes on
 * on disk; values are compared as JSON, numbers by their value, and by relationships as texts.
 *
 * State under a checkpoint (an entry's first byte):
 *   'F' u16 test, u64 failures            as it is now
 *   'S' u16 test, fingerprints            values seen by unique
 *   'D' u16 test, fingerprints            values that failed
 *   'V' u16 test, fingerprint, u64 n, text  a failure that is kept, as it is now
 */
#ifndef MDL_OP_DBT_CHECK_H
#define MDL_OP_DBT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "op/dbt_test.h"
#include "sql/compile.h"
#include "stream/filter.h"
#include "json/scan.h"

enum { MDL_DBT_KEPT_BYTES = 16 << 20 }; /* failures that are kept of a test, at most */

/* A parent's rows are read by READ (source/table_rows.h, wired in by cmd/). */
typedef int mdl_dbt_read_fn(const char *path, const char *version, struct mdl_schema *schema,
			    int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
			    char **got, bool *ordered, struct mdl_err *err);

struct mdl_dbt_opts {
	const struct mdl_dbt_tests *tests;
	const char *const *tables; /* NAME=PATH of parents */
	size_t ntables;
	mdl_dbt_read_fn *read;
	const char *run_results;   /* file, or NULL */
	const char *failures;      /* folder, or NULL */
	uint64_t max_memory_bytes; /* of the values seen; 0: no limit */
	bool fresh_state;
};

struct mdl_dbt_check;

/* O and what it points at must stay valid. The parents are read. */
struct mdl_dbt_check *mdl_dbt_check_new(const struct mdl_dbt_opts *o, struct mdl_err *err);
void mdl_dbt_check_free(struct mdl_dbt_check *x);

/* Compile for rows of SCHEMA; WANT, the caller's program, is asked for paths. May be called again. */
int mdl_dbt_check_compile(struct mdl_dbt_check *x, const struct mdl_schema *schema,
			  const struct mdl_session *session, struct mdl_program *want, struct mdl_err *err);
/* Look at rows SEL, whose lines are LINES[row]; COLS are those of WANT. */
int mdl_dbt_check_rows(struct mdl_dbt_check *x, const struct mdl_json_value *const *cols, const uint32_t *sel,
		       size_t n, const struct mdl_batch *b, struct mdl_err *err);

/* Before the first row, under a checkpoint of each epoch: load the state of the base epoch. */
int mdl_dbt_check_load(struct mdl_dbt_check *x, struct mdl_filter *f, struct mdl_err *err);
/* Under a checkpoint: save the state of this epoch. */
int mdl_dbt_check_save(struct mdl_dbt_check *x, struct mdl_filter *f, struct mdl_err *err);

/* Make up the results of all rows so far; _write puts the last made up in their files. */
void mdl_dbt_check_results(struct mdl_dbt_check *x);
int mdl_dbt_check_write(struct mdl_dbt_check *x, struct mdl_err *err);
/* Call TELL for each test, with its status ("pass", "warn", "fail", "error", "skipped") and dbt's message (NULL for none). */
void mdl_dbt_check_tell(const struct mdl_dbt_check *x,
			void (*tell)(const char *test, const char *status, const char *message));
/* Has a test failed, or not been computable? */
bool mdl_dbt_check_failed(const struct mdl_dbt_check *x);

#endif
