/* SPDX-License-Identifier: MIT
 *
 * medal-aggregate's operator: SELECT ... GROUP BY with tumbling, sliding and session
 * windows, a watermark, and Spark's output modes, over the stream or what joins and
 * generators make of it. Groups live in memory and, under a
 * checkpoint, in a state store; what closes is decided by the watermark at the barrier.
 */
#ifndef MDL_OP_AGGREGATE_H
#define MDL_OP_AGGREGATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "op/join_set.h"
#include "sql/ast.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

enum mdl_output_mode { MDL_OUTPUT_APPEND, MDL_OUTPUT_UPDATE, MDL_OUTPUT_COMPLETE };

struct mdl_aggregate_opts {
	const struct mdl_select *select;
	const char *select_text;         /* for the settings that state remembers */
	const struct mdl_schema *schema; /* of the input; NULL: none */
	struct mdl_session session;
	const char *watermark; /* "EXPR DELAY"; NULL: the schema's, or none */
	enum mdl_output_mode mode;
	bool fresh_state;
	const char *late; /* folder for late rows, or NULL */
	mdl_side_open_fn *side_open;
	const struct mdl_join_spec *tables;
	size_t ntables;
	const struct mdl_join_source *source; /* how tables are read */
};

struct mdl_aggregate;

/* O must stay valid. */
struct mdl_aggregate *mdl_aggregate_new(const struct mdl_aggregate_opts *o, struct mdl_err *err);
void mdl_aggregate_free(struct mdl_aggregate *g);
const struct mdl_op *mdl_aggregate_op(struct mdl_aggregate *g);
/* The output columns as DDL. */
void mdl_aggregate_ddl(struct mdl_buf *out, const struct mdl_aggregate *g);
/* The compiled steps and programs. */
void mdl_aggregate_explain(struct mdl_buf *out, const struct mdl_aggregate *g);
/* A sentence on what Spark's streaming would refuse in this SELECT, or NULL. */
const char *mdl_aggregate_not_streaming(const struct mdl_aggregate *g);

#endif
