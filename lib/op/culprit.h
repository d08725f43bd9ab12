/* SPDX-License-Identifier: MIT
 *
 * Which expression made a row fail. A program shares the parts of its expressions,
 * so a failure does not tell; off the hot path each is compiled and tried alone.
 */
#ifndef MDL_OP_CULPRIT_H
#define MDL_OP_CULPRIT_H

#include "base/arena.h"
#include "sql/ast.h"
#include "sql/function.h"
#include "sql/schema.h"

/* Does E alone fail for LINE, a good record? Uses A for what it computes. */
bool mdl_culprit_is(struct mdl_expr *e, const struct mdl_schema *schema, const struct mdl_session *session,
		    struct mdl_slice line, struct mdl_arena *a);

/* The text of E in its source. */
struct mdl_slice mdl_culprit_text(const struct mdl_expr *e);

#endif
