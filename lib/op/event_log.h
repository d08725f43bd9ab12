/* SPDX-License-Identifier: MIT
 *
 * Results of expectations in the shape of the Databricks pipeline event log: a
 * line of NDJSON for each flow_progress event, whose "details" is a string of JSON
 * as in the event log's table, so that the usual queries over
 * details:flow_progress.data_quality.expectations work unchanged.
 */
#ifndef MDL_OP_EVENT_LOG_H
#define MDL_OP_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

struct mdl_expectation {
	struct mdl_slice name;
	uint64_t passed, failed;
};

/* One event. NULL texts are left out. */
struct mdl_flow_progress {
	const char *pipeline_id; /* the checkpoint's id */
	const char *update_id;   /* the run */
	const char *flow;        /* the stage */
	struct mdl_slice dataset;
	bool has_epoch; /* else the whole input */
	uint64_t epoch;
	int64_t time_us; /* of the event */
	uint64_t output_rows, dropped;
	const struct mdl_expectation *expectations;
	size_t n;
};

/* Append {"name":...,"dataset":...,"passed_records":N,"failed_records":N},... for all N, without brackets. */
void mdl_event_log_expectations(struct mdl_buf *out, const struct mdl_expectation *e, size_t n,
				struct mdl_slice dataset);
/* Append the event as one line, with its '\n'. */
void mdl_event_log_format(struct mdl_buf *out, const struct mdl_flow_progress *p);
/* Can PATH be appended to, as far as may be told without making it? */
int mdl_event_log_check(const char *path, struct mdl_err *err);
/* Append LINE to the file PATH in one write. */
int mdl_event_log_append(const char *path, struct mdl_slice line, struct mdl_err *err);

#endif
