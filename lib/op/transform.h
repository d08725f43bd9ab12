/* SPDX-License-Identifier: MIT
 *
 * medal-transform's operator: SELECT ... [JOIN] ... WHERE, record by record. SELECT *
 * passes lines as they came; other lists compose rows in which the members of * keep
 * their bytes. Where a named column has the name of a member of *, the named column
 * stands and the member is left out. Tables are read into memory, again at the begin of
 * an epoch when they have changed, and their versions are kept in the checkpoint.
 */
#ifndef MDL_OP_TRANSFORM_H
#define MDL_OP_TRANSFORM_H

#include "base/buf.h"
#include "base/err.h"
#include "op/join_set.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

struct mdl_transform;

struct mdl_transform_opts {
	const struct mdl_select *select;
	const struct mdl_schema *schema; /* of the input, or NULL */
	struct mdl_session session;
	const struct mdl_join_spec *tables;
	size_t ntables;
	const struct mdl_join_source *source; /* how tables are read */
};

/* What OPTS points to stays the caller's and must stay valid. Tables are read here, for their columns give names. */
struct mdl_transform *mdl_transform_new(const struct mdl_transform_opts *opts, struct mdl_err *err);
void mdl_transform_free(struct mdl_transform *t);
/* The operator, valid as long as T. */
const struct mdl_op *mdl_transform_op(struct mdl_transform *t);
/* Append the output columns as DDL. */
void mdl_transform_ddl(struct mdl_buf *out, const struct mdl_transform *t);
/* Append the compiled program. */
void mdl_transform_explain(struct mdl_buf *out, const struct mdl_transform *t);

#endif
