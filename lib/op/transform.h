/* SPDX-License-Identifier: MIT
 *
 * medal-transform's operator: SELECT ... WHERE, row by row. SELECT * passes lines as
 * they came; other lists compose rows in which the members of * keep their bytes.
 * Where a named column has the name of a member of *, the named column stands and
 * the member is left out.
 */
#ifndef MDL_OP_TRANSFORM_H
#define MDL_OP_TRANSFORM_H

#include "base/buf.h"
#include "base/err.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

struct mdl_transform;

/* SELECT and SCHEMA (of the input; NULL: none) stay the caller's and must stay valid; SESSION is copied. */
struct mdl_transform *mdl_transform_new(const struct mdl_select *select, const struct mdl_schema *schema,
					const struct mdl_session *session, struct mdl_err *err);
void mdl_transform_free(struct mdl_transform *t);
/* The operator, valid as long as T. */
const struct mdl_op *mdl_transform_op(struct mdl_transform *t);
/* Append the output columns as DDL. */
void mdl_transform_ddl(struct mdl_buf *out, const struct mdl_transform *t);

#endif
