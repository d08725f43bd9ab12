/* SPDX-License-Identifier: MIT
 *
 * offsets/N and commits/N: the texts are those that Spark 4.1 (v1) and 4.3 (v2) wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/offsets.h"

static const char v1[] =
	"v1\n{\"batchWatermarkMs\":5,\"batchTimestampMs\":1795251481461,\"conf\":{\"a\":\"1\"}}\n"
	"{\"logOffset\":3}\n-";
static const char v2[] =
	"v2\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1795251895231,\"conf\":{\"a\":\"1\"},"
	"\"sourceMetadataInfo\":{}}\nalpha:{\"logOffset\":2}";

static int parse(const char *text, struct mdl_offsets *o)
{
	struct mdl_err err = MDL_ERR_INIT;
	return mdl_offsets_parse(mdl_slice_of(text), "offsets/0", o, &err);
}

static void same_text(const char *text)
{
	struct mdl_offsets o;
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	assert_int_equal(parse(text, &o), 0);
	mdl_offsets_format(&out, &o);
	mdl_buf_putc(&out, '\0');
	assert_string_equal(out.p, text);
	mdl_buf_free(&out);
	mdl_offsets_free(&o);
}

static void both_versions_are_written_as_they_were_read(void **state)
{
	(void)state;
	same_text(v1);
	same_text(v2);
}

static void a_source_is_found_in_its_folder(void **state)
{
	struct mdl_offsets o;
	char buf[24];
	(void)state;
	assert_int_equal(parse(v1, &o), 0);
	assert_int_equal(o.nsources, 2);
	assert_null(o.sources[1]);
	assert_string_equal(mdl_offsets_source_folder(&o, 1, buf), "1");
	mdl_offsets_free(&o);
	assert_int_equal(parse(v2, &o), 0);
	assert_int_equal(o.nsources, 1);
	assert_string_equal(o.sources[0], "{\"logOffset\":2}");
	assert_string_equal(mdl_offsets_source_folder(&o, 0, buf), "alpha");
	mdl_offsets_free(&o);
}

static void what_is_pinned_is_carried_on(void **state)
{
	struct mdl_offsets o, to;
	(void)state;
	assert_int_equal(parse(v2, &o), 0);
	mdl_offsets_pin(&to, &o);
	mdl_offsets_free(&o);
	assert_int_equal(to.version, 2);
	assert_string_equal(to.conf, "{\"a\":\"1\"}");
	assert_string_equal(to.ids[0], "alpha");
	assert_null(to.sources[0]);
	mdl_offsets_free(&to);
}

static void other_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"v3\n{}\n-",
		"x",
		"v1\n{}\n-",
		"v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":0}",
		"v2\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":0}\n{\"logOffset\":2}",
		"v2\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":0}\n../x:{\"logOffset\":2}",
		"v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":0}\n{\"logOff",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_offsets o;
		assert_int_equal(parse(bad[i], &o), -1);
	}
}

static void commits_of_both_versions(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	int64_t wm = 1;
	(void)state;
	assert_int_equal(mdl_commit_parse(mdl_slice_of("v1\n{\"nextBatchWatermarkMs\":7}"), "c", &wm, &err),
			 0);
	assert_int_equal(wm, 7);
	assert_int_equal(
		mdl_commit_parse(
			mdl_slice_of("v2\n{\"nextBatchWatermarkMs\":8,\"stateUniqueIds\":{\"0\":[[\"x\"]]}}"),
			"c", &wm, &err),
		0);
	assert_int_equal(wm, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_versions_are_written_as_they_were_read),
		cmocka_unit_test(a_source_is_found_in_its_folder),
		cmocka_unit_test(what_is_pinned_is_carried_on),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(commits_of_both_versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
