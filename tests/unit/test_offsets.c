/* SPDX-License-Identifier: MIT
 *
 * offsets/N and commits/N byte for byte as Spark wrote them in a run, what a foreign
 * writer may leave out, and that a text that was cut is not taken for a whole one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state/offsets.h"

/* Written by Spark with two shuffle partitions. */
static const char conf[] =
	"{\"spark.sql.streaming.stateStore.providerClass\":\"org.apache.spark.sql.execution.streaming.state."
	"HDFSBackedStateStoreProvider\",\"spark.sql.streaming.join.stateFormatVersion\":\"2\",\"spark.sql."
	"streaming.stateStore.compression.codec\":\"lz4\",\"spark.sql.optimizer."
	"pruneFiltersCanPruneStreamingSubplan\":\"false\",\"spark.sql.streaming.stateStore.rocksdb."
	"formatVersion\":\"5\",\"spark.sql.streaming.statefulOperator.useStrictDistribution\":\"true\",\"spark.sql."
	"streaming.flatMapGroupsWithState.stateFormatVersion\":\"2\",\"spark.sql.streaming."
	"multipleWatermarkPolicy\":\"min\",\"spark.sql.streaming.aggregation.stateFormatVersion\":\"2\",\"spark."
	"sql.shuffle.partitions\":\"2\"}";

static char *text_of(const char *sources)
{
	char *s = NULL;
	assert_true(asprintf(&s,
			     "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1795228446430,\"conf\":%s}%s",
			     conf, sources) > 0);
	return s;
}

static void offsets_are_sparks_to_the_byte(void **state)
{
	(void)state;
	static const char *const all[] = {
		"\n{\"logOffset\":0}",
		"\n-",
		"\n{\"t-b\":{\"1\":0,\"0\":1},\"t-a\":{\"1\":1,\"0\":2}}",
		"\n{\"logOffset\":7}\n-\n12",
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_offsets o;
		struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		char *text = text_of(all[i]);
		assert_int_equal(mdl_offsets_parse(mdl_slice_of(text), "offsets/0", &o, &err), 0);
		assert_int_equal(o.batch_timestamp_ms, INT64_C(1795228446430));
		assert_int_equal(o.batch_watermark_ms, 0);
		mdl_offsets_format(&out, &o);
		assert_string_equal(mdl_buf_cstr(&out), text);
		mdl_offsets_free(&o);
		mdl_buf_free(&out);
		free(text);
	}
}

static void our_first_offsets_have_sparks_conf(void **state)
{
	(void)state;
	char *sources[] = {(char *)(uintptr_t) "{\"logOffset\":0}"};
	struct mdl_offsets o = {.batch_timestamp_ms = 1, .sources = sources, .nsources = 1};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_offsets_format(&out, &o);
	char *want = NULL, *at;
	assert_true(asprintf(&want,
			     "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1,\"conf\":%s}\n{"
			     "\"logOffset\":0}",
			     conf) > 0);
	/* the one setting that is a default and not the run's */
	const char *got = mdl_buf_cstr(&out);
	at = strstr(want, "partitions\":\"2\"");
	assert_non_null(at);
	size_t n = (size_t)(at - want) + strlen("partitions\":\"2");
	assert_memory_equal(got, want, n);
	assert_string_equal(got + n + 2, want + n);
	assert_memory_equal(got + n, "00", 2);
	free(want);
	mdl_buf_free(&out);
}

/* FORMATS A7: what Spark takes from a foreign writer. */
static void foreign_forms_are_read(void **state)
{
	(void)state;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_offsets o;
	static const char bare[] =
		"v1\n{\"batchWatermarkMs\":5,\"batchTimestampMs\":6,\"conf\":{},\"new\":1}\n{\"logOffset\":3}\n";
	assert_int_equal(mdl_offsets_parse(mdl_slice_of(bare), "offsets/0", &o, &err), 0);
	assert_int_equal(o.nsources, 1);
	assert_string_equal(o.sources[0], "{\"logOffset\":3}");
	mdl_offsets_free(&o);
	static const struct {
		const char *text;
		int64_t ms;
	} commits[] = {
		{"v1\n{\"nextBatchWatermarkMs\":1704066900000}", INT64_C(1704066900000)},
		{"v1\n{\"nextBatchWatermarkMs\":1704066900000}\n", INT64_C(1704066900000)},
		{"v1\n{}", 0},
		{"v1\n", 0},
		{"v1\n{\"nextBatchWatermarkMs\":-1,\"x\":[]}", -1},
	};
	for (size_t i = 0; i < sizeof(commits) / sizeof(*commits); i++) {
		int64_t ms = 99;
		assert_int_equal(mdl_commit_parse(mdl_slice_of(commits[i].text), "commits/0", &ms, &err), 0);
		assert_int_equal(ms, commits[i].ms);
	}
}

static void commit_is_sparks_to_the_byte(void **state)
{
	(void)state;
	struct mdl_buf out = MDL_BUF_INIT(256);
	mdl_commit_format(&out, INT64_C(1704066900000));
	assert_string_equal(mdl_buf_cstr(&out), "v1\n{\"nextBatchWatermarkMs\":1704066900000}");
	mdl_buf_free(&out);
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"v3\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1,\"conf\":{}}\n{\"logOffset\":0}",
		"v1",
		"v1\n",
		"v1\n{}\n{\"logOffset\":0}",
		"v1\n{\"batchWatermarkMs\":\"x\",\"batchTimestampMs\":1}\n-",
		"v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1}\nnull}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_offsets o;
		assert_int_equal(mdl_offsets_parse(mdl_slice_of(bad[i]), "offsets/7", &o, &err), -1);
		assert_int_equal(err.status, MDL_TROUBLE);
		assert_non_null(strstr(err.msg, "offsets/7"));
	}
	struct mdl_err err = MDL_ERR_INIT;
	int64_t ms;
	assert_int_equal(mdl_commit_parse(MDL_SLICE("v3\n{}"), "commits/7", &ms, &err), -1);
	assert_non_null(strstr(err.msg, "commits/7"));
}

static void cut_offsets_are_refused_at_every_length(void **state)
{
	(void)state;
	char *text = text_of("\n{\"logOffset\":17}");
	size_t n = strlen(text);
	for (size_t k = 0; k < n; k++) {
		char *copy = malloc(k + 1);
		assert_non_null(copy);
		memcpy(copy, text, k);
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_offsets o;
		if (mdl_offsets_parse((struct mdl_slice){copy, k}, "offsets/7", &o, &err) == 0)
			fail_msg("a text cut to %zu of %zu bytes was taken", k, n);
		free(copy);
	}
	/* as a torn block leaves it */
	memset(text, 0, n);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_offsets o;
	assert_int_equal(mdl_offsets_parse((struct mdl_slice){text, n}, "offsets/7", &o, &err), -1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_sparks_to_the_byte),
		cmocka_unit_test(our_first_offsets_have_sparks_conf),
		cmocka_unit_test(foreign_forms_are_read),
		cmocka_unit_test(commit_is_sparks_to_the_byte),
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(cut_offsets_are_refused_at_every_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
