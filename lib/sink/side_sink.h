/* SPDX-License-Identifier: MIT
 *
 * Side outputs: the quarantine, late rows, duplicates. A side output is a table
 * directory of its own, in plain NDJSON. Under a checkpoint its files
 * (part-<epoch>-<stage>-<n>.ndjson) are prepared, decided and published with the
 * epoch of the main table, and all stages of the checkpoint may share one
 * directory. Without a checkpoint rows are appended and become visible at the end of
 * input; a run without such rows leaves nothing.
 */
#ifndef MDL_SINK_SIDE_SINK_H
#define MDL_SINK_SIDE_SINK_H

#include "stream/filter.h"

/* Of the type mdl_side_open_fn: open a side output in DIR for STAGE. B is NULL without a checkpoint. */
int mdl_side_sink_open(struct mdl_side *side, const char *dir, const struct mdl_begin *b, const char *stage,
		       struct mdl_err *err);

#endif
