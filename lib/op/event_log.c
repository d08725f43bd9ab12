/* SPDX-License-Identifier: MIT
 *
 * The event log: see event_log.h.
 */
#include "op/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "json/text.h"

void mdl_event_log_expectations(struct mdl_buf *out, const struct mdl_expectation *e, size_t n,
				struct mdl_slice dataset)
{
	for (size_t i = 0; i < n; i++) {
		mdl_buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
		mdl_json_quote(out, e[i].name);
		mdl_buf_puts(out, ",\"dataset\":");
		mdl_json_quote(out, dataset);
		mdl_buf_printf(out, ",\"passed_records\":%" PRIu64 ",\"failed_records\":%" PRIu64 "}",
			       e[i].passed, e[i].failed);
	}
}

static void put_text(struct mdl_buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	mdl_buf_printf(out, "\"%s\":", name);
	mdl_json_quote(out, mdl_slice_of(value));
	mdl_buf_putc(out, ',');
}

static void put_details(struct mdl_buf *out, const struct mdl_flow_progress *p)
{
	struct mdl_buf details = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	/* an epoch is a delta of a flow that goes on; the whole input is the flow */
	mdl_buf_printf(&details,
		       "{\"flow_progress\":{\"status\":\"%s\",\"metrics\":{\"num_output_rows\":%" PRIu64
		       "},\"data_quality\":{\"dropped_records\":%" PRIu64 ",\"expectations\":[",
		       p->has_epoch ? "RUNNING" : "COMPLETED", p->output_rows, p->dropped);
	mdl_event_log_expectations(&details, p->expectations, p->n, p->dataset);
	mdl_buf_puts(&details, "]}}}");
	mdl_json_quote(out, mdl_buf_slice(&details));
	mdl_buf_free(&details);
}

void mdl_event_log_format(struct mdl_buf *out, const struct mdl_flow_progress *p)
{
	struct tm tm;
	char when[32];
	time_t s = (time_t)(p->time_us / 1000000);
	gmtime_r(&s, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);

	/* the id says which epoch it is, so that a line written twice can be told from two */
	mdl_buf_puts(out, "{\"id\":");
	char *id = p->has_epoch ? mdl_asprintf("%s/%s/%" PRIu64, p->pipeline_id ? p->pipeline_id : "",
					       p->flow, p->epoch)
				: mdl_asprintf("%s/%" PRId64, p->flow, p->time_us);
	mdl_json_quote(out, mdl_slice_of(id));
	free(id);
	mdl_buf_puts(out, ",\"origin\":{");
	put_text(out, "pipeline_id", p->pipeline_id);
	put_text(out, "update_id", p->update_id);
	put_text(out, "flow_name", p->flow);
	mdl_buf_puts(out, "\"dataset_name\":");
	mdl_json_quote(out, p->dataset);
	if (p->has_epoch)
		mdl_buf_printf(out, ",\"batch_id\":%" PRIu64, p->epoch);
	mdl_buf_printf(out, "},\"timestamp\":\"%s.%03" PRId64 "Z\",\"message\":", when,
		       p->time_us / 1000 % 1000);
	char *message = p->has_epoch ? mdl_asprintf("Flow '%s' is RUNNING.", p->flow)
				     : mdl_asprintf("Flow '%s' has COMPLETED.", p->flow);
	mdl_json_quote(out, mdl_slice_of(message));
	free(message);
	mdl_buf_puts(out, ",\"level\":\"METRICS\",\"maturity_level\":\"STABLE\",\"error\":null,\"details\":");
	put_details(out, p);
	mdl_buf_puts(out, ",\"event_type\":\"flow_progress\"}\n");
}

int mdl_event_log_check(const char *path, struct mdl_err *err)
{
	if (access(path, W_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return mdl_err_sys(err, "--event-log %s cannot be written", path);
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mdl_strndup(path, (size_t)(slash - path) + 1) : mdl_strdup(".");
	int r = access(dir, W_OK) ? mdl_err_sys(err, "--event-log %s cannot be made", path) : 0;
	free(dir);
	return r;
}

int mdl_event_log_append(const char *path, struct mdl_slice line, struct mdl_err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return mdl_err_sys(err, "opening --event-log %s", path);
	int r = mdl_write_all(fd, line.p, line.n) ? mdl_err_sys(err, "writing --event-log %s", path) : 0;
	if (close(fd) && !r)
		r = mdl_err_sys(err, "closing --event-log %s", path);
	return r;
}
