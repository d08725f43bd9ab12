/* SPDX-License-Identifier: MIT
 *
 * The operator of medal-write over a table directory: rows in, nothing out but
 * control lines. Under a checkpoint each epoch's files are prepared at the barrier
 * and published by the tail; without one they are published at the end of input.
 */
#ifndef MDL_SINK_TABLE_SINK_H
#define MDL_SINK_TABLE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "stream/filter.h"
#include "table/publish.h"
#include "table/table_writer.h"

/* Texts must stay valid as long as the sink. */
struct mdl_table_sink_opts {
	const char *dir;
	struct mdl_table_options table;
	/* Under a checkpoint _NEW and _APPEND are the same, and _OVERWRITE replaces the table by each epoch. */
	enum mdl_plain_mode mode;
	bool dry_run;     /* MEDAL_DRY_RUN: look whether the table could be written, and leave it */
	bool fresh_table; /* --fresh-table */
};

struct mdl_table_sink;

struct mdl_table_sink *mdl_table_sink_new(const struct mdl_table_sink_opts *o, struct mdl_err *err);
void mdl_table_sink_free(struct mdl_table_sink *s);
/* Valid as long as the sink. */
const struct mdl_op *mdl_table_sink_op(const struct mdl_table_sink *s);

/* For a last word: CSV rows with members that are no column, and the first such member (NULL). */
uint64_t mdl_table_sink_unknown(const struct mdl_table_sink *s, const char **name);

#endif
