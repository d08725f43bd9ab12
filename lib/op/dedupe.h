/* SPDX-License-Identifier: MIT
 *
 * medal-dedupe's operator: drops records whose key was seen within the watermark, as
 * Spark's dropDuplicatesWithinWatermark does: the first row of a key passes, its key is
 * kept until the watermark reaches its event time plus the delay, later duplicates do not
 * extend that, a row at or below the watermark is late, a NULL key is a key.
 */
#ifndef MDL_OP_DEDUPE_H
#define MDL_OP_DEDUPE_H

#include <stdbool.h>

#include "base/err.h"
#include "op/key_set.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

struct mdl_dedupe_opts {
	const char *keys;                /* "userId, device.id" */
	const char *watermark;           /* "EXPR DELAY"; NULL: for ever */
	const struct mdl_schema *schema; /* NULL: none */
	struct mdl_session session;
	bool fresh_state;
	uint64_t max_memory_bytes;     /* of the keys; beyond it they go to files; 0: no limit */
	const char *duplicates, *late; /* folders of side outputs, or NULL */
	mdl_side_open_fn *side_open;
};

struct mdl_dedupe;

/* OPTS and its texts must stay valid. */
struct mdl_dedupe *mdl_dedupe_new(const struct mdl_dedupe_opts *o, struct mdl_err *err);
void mdl_dedupe_free(struct mdl_dedupe *d);
const struct mdl_op *mdl_dedupe_op(struct mdl_dedupe *d);
/* How many keys it holds, and in how much room. */
struct mdl_key_set_stats mdl_dedupe_memory(const struct mdl_dedupe *d);

#endif
