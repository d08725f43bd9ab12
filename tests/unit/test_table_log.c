/* SPDX-License-Identifier: MIT
 *
 * _spark_metadata. The bytes and the spelling of paths are those that Spark 4.1's file
 * sink wrote for these folders; tests/spark/tables.py lets Spark read ours.
 */
#include "table_fixture.h"

#include "table/table_log.h"
#include "table/table_reader.h"
#include "table/table_uri.h"

static struct mdl_table_log lg;

static int write_entry(uint64_t epoch, const char *path)
{
	struct mdl_table_entry f = {.path = (char *)(uintptr_t)path, .size = 8, .mtime_ms = 1795246941505};

	return mdl_table_log_write(in_scratch("t"), epoch, MDL_TABLE_APPEND, 0, &f, path ? 1 : 0, &err);
}

static void an_entry_has_sparks_bytes(void **state)
{
	char expected[512];

	(void)state;
	assert_int_equal(write_entry(0, "level=x y/part-0-0.ndjson"), 0);
	snprintf(
		expected, sizeof(expected),
		"v1\n{\"path\":\"file://%s/t/level=x%%20y/part-0-0.ndjson\",\"size\":8,\"isDir\":false,"
		"\"modificationTime\":1795246941505,\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"add\"}",
		scratch);
	assert_string_equal(get_file("t/_spark_metadata/0"), expected);
	assert_int_equal(write_entry(1, NULL), 0);
	assert_string_equal(get_file("t/_spark_metadata/1"), "v1");
}

static void every_tenth_entry_lists_all(void **state)
{
	char name[64];

	(void)state;
	for (uint64_t n = 0; n < 25; n++) {
		snprintf(name, sizeof(name), "part-%llu-0.ndjson", (unsigned long long)n);
		assert_int_equal(write_entry(n, n % 3 ? name : NULL), 0);
	}
	assert_true(file_exists("t/_spark_metadata/9.compact"));
	assert_false(file_exists("t/_spark_metadata/9"));
	assert_true(file_exists("t/_spark_metadata/19.compact"));
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_int_equal(lg.newest, 24);
	assert_int_equal(lg.compact, 19);
	assert_int_equal(lg.interval, 10);
	assert_false(lg.complete);
	assert_int_equal(lg.nfiles, 16);
	assert_string_equal(lg.files[0].path, "part-1-0.ndjson");
	assert_int_equal(lg.files[0].epoch, 1);
	assert_string_equal(lg.files[15].path, "part-23-0.ndjson");
	assert_int_equal(lg.files[15].epoch, 23);
	mdl_table_log_free(&lg);
}

static void writing_again_is_fine_and_other_files_are_not(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 10; n++)
		assert_int_equal(write_entry(n, n == 4 || n == 9 ? "a" : NULL), 0);
	assert_int_equal(write_entry(9, "a"), 0);
	assert_int_equal(write_entry(4, "a"), 0);
	assert_int_equal(write_entry(9, "b"), -1);
	assert_non_null(strstr(err.msg, "9.compact lists other files"));
	assert_int_equal(write_entry(8, "b"), -1);
	assert_int_equal(write_entry(7, NULL), 0);
}

static void a_gap_is_an_error_that_names_the_entry(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 4; n++)
		assert_int_equal(write_entry(n, "a"), 0);
	unlink(in_scratch("t/_spark_metadata/2"));
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), -1);
	assert_non_null(strstr(err.msg, "_spark_metadata/2 does not exist"));
	assert_int_equal(write_entry(6, "a"), -1);
	assert_non_null(strstr(err.msg, "behind its checkpoint"));
	put_file("t/_spark_metadata/2", "v2\n{}");
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), -1);
	assert_non_null(strstr(err.msg, "was written by a newer Spark or medal: it is of format version 2"));
	put_file("t/_spark_metadata/2", "w1\n{}");
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), -1);
	assert_non_null(strstr(err.msg, "line 1 is not \"v1\""));
	put_file("t/_spark_metadata/2", "v1\n{\"path\":\"file:///x/y\"}");
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), -1);
	assert_non_null(strstr(err.msg, "line 2"));
}

static void a_table_may_begin_late(void **state)
{
	static const int64_t begins[] = {3, 9, 10, 19, 20, 25, 29, 107};

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		char *dir = in_scratch("late"), cmd[600];
		struct mdl_table_entry f = {.path = (char *)(uintptr_t) "a", .size = 1, .mtime_ms = 2};

		for (int64_t n = begins[i]; n < begins[i] + 12; n++)
			assert_int_equal(
				mdl_table_log_write(dir, (uint64_t)n, MDL_TABLE_APPEND, 0, &f, 1, &err), 0);
		assert_int_equal(mdl_table_log_read(&lg, dir, &err), 0);
		assert_int_equal(lg.nfiles, 12);
		assert_int_equal(lg.interval, 10);
		mdl_table_log_free(&lg);
		snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
		assert_int_equal(system(cmd), 0);
	}
}

static void a_late_begin_survives_a_kill(void **state)
{
	(void)state;
	put_file("t/_spark_metadata/19.compact", "v1");
	put_file("t/_spark_metadata/20", "v1");
	assert_int_equal(write_entry(23, "a"), 0);
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_int_equal(lg.newest, 23);
	assert_int_equal(lg.nfiles, 1);
	mdl_table_log_free(&lg);
}

static void what_is_no_entry_is_overlooked_and_stale_crc_goes(void **state)
{
	(void)state;
	put_file("t/_spark_metadata/.0.crc", "crc of another file");
	put_file("t/_spark_metadata/.1.5f0c.tmp", "x");
	put_file("t/_spark_metadata/01", "x");
	put_file("t/_spark_metadata/1.tmp", "x");
	assert_int_equal(write_entry(0, "a"), 0);
	assert_false(file_exists("t/_spark_metadata/.0.crc"));
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_int_equal(lg.newest, 0);
	mdl_table_log_free(&lg);
}

static void an_interval_that_spark_was_told_is_kept(void **state)
{
	(void)state;
	put_file("t/_spark_metadata/2.compact", "v1");
	put_file("t/_spark_metadata/3", "v1");
	put_file("t/_spark_metadata/4", "v1");
	put_file("t/_spark_metadata/5.compact", "v1");
	for (uint64_t n = 6; n < 9; n++)
		assert_int_equal(write_entry(n, "a"), 0);
	assert_true(file_exists("t/_spark_metadata/7"));
	assert_true(file_exists("t/_spark_metadata/8.compact"));
}

static void paths_are_spelled_as_java_does(void **state)
{
	/* folder made by Spark for the value, and its spelling in Spark's log */
	static const struct {
		const char *value, *folder, *uri;
	} t[] = {
		{"free", "l=free", "l=free"},
		{"a/b", "l=a%2Fb", "l=a%252Fb"},
		{"..", "l=..", "l=.."},
		{"x y", "l=x y", "l=x%20y"},
		{"\u00e9\u20ac", "l=\u00e9\u20ac", "l=\u00e9\u20ac"},
		{"%2F", "l=%252F", "l=%25252F"},
		{"q\"'#?[]{}^`|<>\\:=*", "l=q%22%27%23%3F%5B%5D%7B}%5E`|<>%5C%3A%3D%2A",
		 "l=q%2522%2527%2523%253F%255B%255D%257B%7D%255E%60%7C%3C%3E%255C%253A%253D%252A"},
		{"\u00a0nbsp", "l=\u00a0nbsp", "l=%C2%A0nbsp"},
		{"", "l=__HIVE_DEFAULT_PARTITION__", "l=__HIVE_DEFAULT_PARTITION__"},
		{"~&+,;@$!()", "l=~&+,;@$!()", "l=~&+,;@$!()"},
		{"\u2028", "l=\u2028", "l=%E2%80%A8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		struct mdl_arena a;
		char expected[256];
		bool here;

		mdl_arena_init(&a);
		mdl_table_partition_format(&b, MDL_SLICE("l"), mdl_slice_of(t[i].value));
		assert_string_equal(mdl_buf_cstr(&b), t[i].folder);
		mdl_buf_clear(&b);
		mdl_table_uri_format(&b, "/d", t[i].folder);
		snprintf(expected, sizeof(expected), "file:///d/%s", t[i].uri);
		assert_string_equal(mdl_buf_cstr(&b), expected);
		assert_string_equal(mdl_table_uri_relative(&a, "/d", mdl_buf_cstr(&b), &here), t[i].folder);
		assert_true(here);
		mdl_buf_free(&b);
		mdl_arena_free(&a);
	}
}

static void paths_are_found_within_the_table(void **state)
{
	static const struct {
		const char *dir, *uri, *relative;
		bool here;
	} t[] = {
		{"/new/place/events", "file:///old/events/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/new/place/events", "file:///old/events/l=a/part-1-0.ndjson", "l=a/part-1-0.ndjson", false},
		{"/new/events", "file:/events/events/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/new/renamed", "file:///old/events/a=1/b=2/part-1-0.ndjson", "a=1/b=2/part-1-0.ndjson",
		 false},
		{"/new/renamed", "s3a://bucket/old/events/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/t/shard=1", "file:///t/shard=1/part-1-0.ndjson", "part-1-0.ndjson", true},
		{"/t", "file:/t/l=a/part-1-0.ndjson", "l=a/part-1-0.ndjson", true},
		{"/t", "/t/part-1-0.ndjson", "part-1-0.ndjson", true},
		{"/t", "part-1-0.ndjson", "part-1-0.ndjson", true},
		{"/t", "gile:///t/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/t", "file:z//t/part-1-0.ndjson", NULL, false},
		{"/t", "file://host/t/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/t", "file:///u/t/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/t", "file:///v/part-1-0.ndjson", "part-1-0.ndjson", false},
		{"/t", "file:///t/../etc/passwd", NULL, false},
		{"/t", "file:///t/%2e%2e/etc/passwd", NULL, false},
		{"/t", "file:///t//x", NULL, false},
		{"/t", "../x", NULL, false},
		{"/t", "file:///t/a%00b", NULL, false},
		{"/t", "file:///t/a%zz", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct mdl_arena a;

		mdl_arena_init(&a);
		bool here;
		char *rel = mdl_table_uri_relative(&a, t[i].dir, t[i].uri, &here);

		if (t[i].relative) {
			assert_non_null(rel);
			assert_int_equal(here, t[i].here);
			assert_string_equal(rel, t[i].relative);
		} else {
			assert_null(rel);
		}
		mdl_arena_free(&a);
	}
}

static void names_tell_the_epoch_when_they_are_medals(void **state)
{
	(void)state;
	assert_int_equal(mdl_table_name_epoch("part-42-0.ndjson", NULL), 42);
	assert_int_equal(mdl_table_name_epoch("a=1/part-0-dedupe-3.ndjson", NULL), 0);
	assert_int_equal(
		mdl_table_name_epoch("part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f.c000.json", NULL),
		MDL_TABLE_EPOCH_UNKNOWN);
	assert_int_equal(
		mdl_table_name_epoch("part-10000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json", NULL),
		MDL_TABLE_EPOCH_UNKNOWN);
	assert_int_equal(mdl_table_name_epoch("data-42-0.ndjson", NULL), MDL_TABLE_EPOCH_UNKNOWN);
	int64_t first = 7;

	assert_int_equal(mdl_table_name_epoch("a=1/part-3_42-0.ndjson", &first), 42);
	assert_int_equal(first, 3);
	assert_int_equal(mdl_table_name_epoch("part-42-0.ndjson", &first), 42);
	assert_int_equal(first, 42);
	assert_true(mdl_table_name_is_merged("a=1/part-3_42-0.ndjson"));
	assert_true(mdl_table_name_is_merged("part-3_3-0.ndjson"));
	assert_false(mdl_table_name_is_merged("part-3-0.ndjson"));
	assert_false(mdl_table_name_is_merged("part-43_42-0.ndjson"));
	assert_int_equal(mdl_table_name_epoch("part-43_42-0.ndjson", &first), MDL_TABLE_EPOCH_UNKNOWN);
	assert_int_equal(first, MDL_TABLE_EPOCH_UNKNOWN);
	assert_int_equal(mdl_table_name_epoch("part-3_-0.ndjson", NULL), MDL_TABLE_EPOCH_UNKNOWN);
	assert_int_equal(mdl_table_name_epoch("part-2024_06.ndjson", NULL), MDL_TABLE_EPOCH_UNKNOWN);
}

static void a_reader_takes_what_came_after_its_epoch(void **state)
{
	char name[64];

	(void)state;
	for (uint64_t n = 0; n < 15; n++) {
		snprintf(name, sizeof(name), "part-%llu-0.ndjson", (unsigned long long)n);
		assert_int_equal(write_entry(n, name), 0);
	}
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), 7, 11, &err), 0);
	assert_int_equal(lg.nfiles, 4);
	assert_string_equal(lg.files[0].path, "part-8-0.ndjson");
	assert_string_equal(lg.files[3].path, "part-11-0.ndjson");
	mdl_table_log_free(&lg);
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), -1, -1, &err), 0);
	assert_int_equal(lg.nfiles, 15);
	mdl_table_log_free(&lg);
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), 15, -1, &err), -1);
	assert_non_null(strstr(err.msg, "rolled back"));
}

static const char spark_line[] =
	"{\"path\":\"file:///x/t/part-0000%d-5e0369ae-50f4-4f6c-a25a-91c119785d8f.c000.json\","
	"\"size\":1,\"isDir\":false,\"modificationTime\":1,\"blockReplication\":1,"
	"\"blockSize\":33554432,\"action\":\"add\"}";

static void epochs_of_sparks_files_come_from_older_entries(void **state)
{
	char text[4096] = "v1", line[512], name[64];
	size_t n = 2;

	(void)state;
	for (int i = 0; i < 10; i++) {
		snprintf(line, sizeof(line), spark_line, i);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n%s", line);
		if (i < 9) {
			char one[600];

			snprintf(name, sizeof(name), "t/_spark_metadata/%d", i);
			snprintf(one, sizeof(one), "v1\n%s", line);
			put_file(name, one);
		}
	}
	put_file("t/_spark_metadata/9.compact", text);
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), 5, -1, &err), 0);
	assert_int_equal(lg.nfiles, 4);
	assert_string_equal(lg.files[0].path, "part-00006-5e0369ae-50f4-4f6c-a25a-91c119785d8f.c000.json");
	mdl_table_log_free(&lg);
	/* Spark removed the older ones: whole tables can be read, parts of them not. */
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "t/_spark_metadata/%d", i);
		unlink(in_scratch(name));
	}
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), -1, -1, &err), 0);
	assert_int_equal(lg.nfiles, 10);
	mdl_table_log_free(&lg);
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), 5, -1, &err), -1);
	assert_non_null(strstr(err.msg, "9.compact"));
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), 9, -1, &err), 0);
	assert_int_equal(lg.nfiles, 0);
	mdl_table_log_free(&lg);
}

static void merged_files_are_read_whole_or_not_at_all(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 9; n++)
		assert_int_equal(write_entry(n, NULL), 0);
	struct mdl_table_entry f[] = {{.path = (char *)(uintptr_t) "part-0_3-0.ndjson", .size = 8},
				      {.path = (char *)(uintptr_t) "part-4_6-1.ndjson", .size = 8},
				      {.path = (char *)(uintptr_t) "part-7-0.ndjson", .size = 8}};

	assert_int_equal(mdl_table_log_write(in_scratch("t"), 9, MDL_TABLE_APPEND, 0, f, 3, &err), 0);
	for (int after = -1; after < 10; after++) {
		bool across = (after >= 0 && after < 3) || (after >= 4 && after < 6);

		assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), after, -1, &err),
				 across ? -1 : 0);
		if (across) {
			assert_non_null(strstr(err.msg, "were merged into"));
			mdl_err_clear(&err);
			continue;
		}
		assert_int_equal(lg.nfiles, after < 0 ? 3 : after < 4 ? 2 : after < 7 ? 1 : 0);
		mdl_table_log_free(&lg);
	}
}

static void slow_tables_are_not_taken_for_overwritten_ones(void **state)
{
	(void)state;
	/* all but the .compact entries are gone, as Spark removes them after ten minutes */
	put_file("t/_spark_metadata/9.compact", "v1");
	put_file("t/_spark_metadata/19.compact", "v1");
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_false(lg.complete);
	mdl_table_log_free(&lg);
}

static void overwritten_tables_have_one_epoch_and_are_no_source(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 5; n++) {
		char name[64];
		struct mdl_table_entry f = {.path = name, .size = 1, .mtime_ms = 1};

		snprintf(name, sizeof(name), "part-%llu-0.ndjson", (unsigned long long)n);
		assert_int_equal(mdl_table_log_write(in_scratch("t"), n, MDL_TABLE_COMPLETE, 0, &f, 1, &err),
				 0);
	}
	assert_true(file_exists("t/_spark_metadata/4.compact"));
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_true(lg.complete);
	assert_int_equal(lg.nfiles, 1);
	assert_string_equal(lg.files[0].path, "part-4-0.ndjson");
	mdl_table_log_free(&lg);
	put_file("t/part-2-0.ndjson", "x");
	put_file("t/part-4-0.ndjson", "x");
	assert_int_equal(mdl_table_log_drop_before(in_scratch("t"), 3, &err), 0);
	assert_false(file_exists("t/_spark_metadata/2.compact"));
	assert_true(file_exists("t/_spark_metadata/3.compact"));
	assert_false(file_exists("t/part-2-0.ndjson"));
	assert_true(file_exists("t/part-4-0.ndjson"));
	assert_int_equal(mdl_table_reader_list(&lg, in_scratch("t"), -1, -1, &err), -1);
	assert_non_null(strstr(err.msg, "no source"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_entry_has_sparks_bytes),
		T(every_tenth_entry_lists_all),
		T(writing_again_is_fine_and_other_files_are_not),
		T(a_gap_is_an_error_that_names_the_entry),
		T(a_table_may_begin_late),
		T(a_late_begin_survives_a_kill),
		T(what_is_no_entry_is_overlooked_and_stale_crc_goes),
		T(an_interval_that_spark_was_told_is_kept),
		T(paths_are_spelled_as_java_does),
		T(paths_are_found_within_the_table),
		T(names_tell_the_epoch_when_they_are_medals),
		T(a_reader_takes_what_came_after_its_epoch),
		T(epochs_of_sparks_files_come_from_older_entries),
		T(merged_files_are_read_whole_or_not_at_all),
		T(slow_tables_are_not_taken_for_overwritten_ones),
		T(overwritten_tables_have_one_epoch_and_are_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
