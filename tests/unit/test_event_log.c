/* SPDX-License-Identifier: MIT
 *
 * The event log's line: the envelope, and "details" as a string that holds JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op/event_log.h"
#include "json/doc.h"

static const struct mdl_expectation expectations[] = {
	{{"valid_id", 8}, 97, 3},
	{{"odd \"name\"", 10}, 0, UINT64_C(9223372036854775807)},
};

static int64_t number(const struct mdl_doc *d, const char *name)
{
	int64_t v = -1;
	assert_true(mdl_doc_int(d, name, &v));
	return v;
}

static void details_are_flow_progress(void **state)
{
	(void)state;
	struct mdl_flow_progress p = {
		.pipeline_id = "0123",
		.update_id = "beef",
		.flow = "validate",
		.dataset = MDL_SLICE("silver.listen_events"),
		.has_epoch = true,
		.epoch = 42,
		.time_us = INT64_C(1705276800123456),
		.output_rows = 100,
		.dropped = 3,
		.expectations = expectations,
		.n = 2,
	};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_err err = MDL_ERR_INIT;
	mdl_event_log_format(&out, &p);
	assert_int_equal(out.p[out.n - 1], '\n');
	struct mdl_doc *d = mdl_doc_parse(mdl_buf_slice(&out), "event", &err);
	assert_non_null(d);
	assert_string_equal(mdl_doc_str(d, "id"), "0123/validate/42");
	assert_string_equal(mdl_doc_str(d, "event_type"), "flow_progress");
	assert_string_equal(mdl_doc_str(d, "timestamp"), "2024-01-15T00:00:00.123Z");
	const struct mdl_doc *origin = mdl_doc_get(d, "origin");
	assert_string_equal(mdl_doc_str(origin, "update_id"), "beef");
	assert_string_equal(mdl_doc_str(origin, "dataset_name"), "silver.listen_events");
	assert_int_equal(number(origin, "batch_id"), 42);

	struct mdl_doc *details = mdl_doc_parse(mdl_slice_of(mdl_doc_str(d, "details")), "details", &err);
	assert_non_null(details);
	const struct mdl_doc *fp = mdl_doc_get(details, "flow_progress"),
			     *dq = mdl_doc_get(fp, "data_quality");
	assert_string_equal(mdl_doc_str(fp, "status"), "RUNNING");
	assert_int_equal(number(mdl_doc_get(fp, "metrics"), "num_output_rows"), 100);
	assert_int_equal(number(dq, "dropped_records"), 3);
	const struct mdl_doc *e = mdl_doc_get(dq, "expectations");
	assert_int_equal(mdl_doc_size(e), 2);
	assert_string_equal(mdl_doc_str(mdl_doc_at(e, 0), "name"), "valid_id");
	assert_string_equal(mdl_doc_str(mdl_doc_at(e, 0), "dataset"), "silver.listen_events");
	assert_int_equal(number(mdl_doc_at(e, 0), "passed_records"), 97);
	assert_int_equal(number(mdl_doc_at(e, 0), "failed_records"), 3);
	mdl_doc_free(details);
	mdl_doc_free(d);
	mdl_buf_free(&out);
}

static void names_are_escaped(void **state)
{
	(void)state;
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_event_log_expectations(&out, expectations + 1, 1, MDL_SLICE("t"));
	assert_string_equal(mdl_buf_cstr(&out),
			    "{\"name\":\"odd \\\"name\\\"\",\"dataset\":\"t\",\"passed_records\":0,"
			    "\"failed_records\":9223372036854775807}");
	mdl_buf_free(&out);
}

static void lines_are_appended(void **state)
{
	(void)state;
	char path[] = "event_log_XXXXXX";
	struct mdl_err err = MDL_ERR_INIT;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "r");
	assert_int_equal(mdl_event_log_check(path, &err), 0);
	assert_int_equal(mdl_event_log_append(path, MDL_SLICE("{}\n"), &err), 0);
	assert_int_equal(mdl_event_log_append(path, MDL_SLICE("{ }\n"), &err), 0);
	char text[16] = "";
	assert_int_equal(fread(text, 1, sizeof(text) - 1, f), 7);
	assert_string_equal(text, "{}\n{ }\n");
	fclose(f);
	remove(path);
	assert_int_equal(mdl_event_log_check("no/such/folder/log", &err), -1);
	assert_non_null(strstr(err.msg, "no/such/folder/log"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(details_are_flow_progress),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(lines_are_appended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
