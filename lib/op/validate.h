/* SPDX-License-Identifier: MIT
 *
 * medal-validate's operator: each record against a table's columns (by the rules of
 * Spark's JSON reader), NOT NULL and expectations. Valid records pass as they came.
 * What becomes of the others is in medal-validate(1), RECORDS THAT ARE NOT VALID.
 *
 * Expectations are counted over the rows that have values for the table: corrupt
 * lines, and rows that leave for a value that does not fit or is missing, are no rows
 * of it. NULL counts as failed.
 */
#ifndef MDL_OP_VALIDATE_H
#define MDL_OP_VALIDATE_H

#include "base/buf.h"
#include "base/err.h"
#include "op/dbt_check.h"
#include "op/evolve.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

/* What to do, without a quarantine, with lines and values that do not fit: Spark's modes. With one only FAILFAST differs. */
enum mdl_validate_mode { MDL_VALIDATE_PERMISSIVE, MDL_VALIDATE_DROPMALFORMED, MDL_VALIDATE_FAILFAST };

/* What to do with members that the table does not have: Auto Loader's modes. */
enum mdl_evolution { MDL_EVOLUTION_NONE, MDL_EVOLUTION_RESCUE, MDL_EVOLUTION_FAIL, MDL_EVOLUTION_ADD };

struct mdl_validate_opts {
	struct mdl_schema *schema; /* the caller's; must stay valid */
	struct mdl_session session;
	enum mdl_validate_mode mode;
	enum mdl_evolution evolution;
	const char *event_log; /* path, or NULL */
	const struct mdl_evolve_opts
		*infer;                 /* the columns are inferred; NULL: they are those of the schema */
	const struct mdl_dbt_opts *dbt; /* tests of the rows that pass; NULL: none */
};

struct mdl_validate;

struct mdl_validate *mdl_validate_new(const struct mdl_validate_opts *o, struct mdl_err *err);
void mdl_validate_free(struct mdl_validate *v);
/* The operator, valid as long as V. */
const struct mdl_op *mdl_validate_op(struct mdl_validate *v);
/* After a run that ended well: the event log and the results of tests get what waits for the last epoch's commit. */
int mdl_validate_finish(struct mdl_validate *v, struct mdl_err *err);
/* The tests, or NULL. */
const struct mdl_dbt_check *mdl_validate_tests(const struct mdl_validate *v);
/* Append the compiled program of the expectations. */
void mdl_validate_explain(struct mdl_buf *out, const struct mdl_validate *v);
/* Append one sentence a line on what was found in the whole run. */
void mdl_validate_summary(struct mdl_buf *out, const struct mdl_validate *v);

#endif
