/* SPDX-License-Identifier: MIT
 *
 * medal-validate --infer: the definition of a table, told from the first records of a
 * stream, as a text that can stand in FILE.sql.
 */
#ifndef MDL_OP_INFER_H
#define MDL_OP_INFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "op/evolve.h"
#include "stream/filter.h"

struct mdl_infer_opts {
	struct mdl_evolve_opts
		columns;  /* its schema is that of FILE.sql: name, constraints and SELECT are kept */
	const char *name; /* of the table where the schema has none */
	bool rescued;     /* with a column _rescued_data */
};

struct mdl_infer;

/* O's texts and schema must stay valid. */
struct mdl_infer *mdl_infer_new(const struct mdl_infer_opts *o, struct mdl_err *err);
void mdl_infer_free(struct mdl_infer *x);
/* The operator, valid as long as X: its output is the definition. */
const struct mdl_op *mdl_infer_op(struct mdl_infer *x);
/* After the run: records that were looked at, and lines that are none. */
void mdl_infer_counts(const struct mdl_infer *x, uint64_t *records, uint64_t *corrupt);

#endif
