/* SPDX-License-Identifier: MIT
 *
 * Which small files become one: neighbours of one folder and kind, up to the limit.
 */
#include "table_fixture.h"

#include <string.h>

#include "base/alloc.h"
#include "table/merge_plan.h"

static struct mdl_table_log lg;

static void begin(void)
{
	lg = (struct mdl_table_log){.newest = 99, .compact = 99};
}

static void file(const char *path, uint64_t size)
{
	MDL_GROW(lg.files, lg.nfiles, lg.cap);
	struct mdl_table_entry *e = &lg.files[lg.nfiles++];

	*e = (struct mdl_table_entry){.path = (char *)(uintptr_t)path, .size = size};
	e->epoch = mdl_table_name_epoch(path, &e->first);
	lg.ncompacted = lg.nfiles;
}

static const int64_t *cuts;
static size_t ncuts;

/* "0,1,2 5_9;..." : the files of each run, then its epochs. */
static const char *runs(int64_t limit)
{
	static char text[512];
	struct mdl_merge_plan p;
	size_t n = 0;

	mdl_merge_plan_make(&p, &lg, limit, cuts, ncuts);
	text[0] = '\0';
	for (size_t i = 0; i < p.n; i++) {
		for (size_t k = 0; k < p.runs[i].n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%zu", k ? "," : "",
					      p.runs[i].files[k]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %d_%d;", (int)p.runs[i].first,
				      (int)p.runs[i].last);
	}
	mdl_merge_plan_free(&p);
	free(lg.files);
	lg.files = NULL;
	lg.nfiles = lg.cap = 0;
	return text;
}

static void neighbours_of_one_folder_and_kind(void **state)
{
	(void)state;
	begin();
	file("a=1/part-1-0.ndjson", 5);
	file("a=2/part-1-1.ndjson", 5);
	file("a=1/part-2-0.ndjson.gz", 5);
	file("a=1/part-3-0.ndjson", 5);
	file("a=2/part-3-1.ndjson", 5);
	assert_string_equal(runs(99), "0,3 1_3;1,4 1_3;");
}

static void large_files_and_the_limit_part_them(void **state)
{
	(void)state;
	begin();
	file("part-1-0.ndjson", 5);
	file("part-2-0.ndjson", 5);
	file("part-3-0.ndjson", MDL_MERGE_SMALL);
	file("part-4-0.ndjson", 5);
	file("part-5-0.ndjson", MDL_MERGE_SMALL - 1);
	file("part-6-0.ndjson", 5);
	assert_string_equal(runs(5), "0,1 1_2;3,4 4_5;");
}

static void no_run_goes_over_a_cut(void **state)
{
	(void)state;
	cuts = (const int64_t[]){4, 2, 9};
	ncuts = 3;
	begin();
	file("part-1-0.ndjson", 5);
	file("part-2-0.ndjson", 5);
	file("part-3-0.ndjson", 5);
	file("part-4-0.ndjson", 5);
	file("part-5-0.ndjson", 5);
	file("part-7-0.ndjson", 5);
	file("part-8-0.ndjson", 5);
	assert_string_equal(runs(99), "0,1 1_2;2,3 3_4;4,5,6 5_8;");
	cuts = NULL;
	ncuts = 0;
}

static void merged_ones_go_on_with_their_first_epoch(void **state)
{
	(void)state;
	begin();
	file("part-0_6-0.ndjson", 50);
	file("part-7-0.ndjson", 5);
	assert_string_equal(runs(99), "0,1 0_7;");
}

static void a_merged_file_ends_at_its_target(void **state)
{
	static char names[24][32];

	(void)state;
	begin();
	for (int i = 0; i < 24; i++) {
		snprintf(names[i], sizeof(names[i]), "part-%d-0.csv", i);
		file(names[i], 12 << 20);
	}
	/* 11 files of 12 MiB are the first to reach 128 MiB */
	assert_string_equal(runs(99), "0,1,2,3,4,5,6,7,8,9,10 0_10;"
				      "11,12,13,14,15,16,17,18,19,20,21 11_21;22,23 22_23;");
}

static void others_are_left_alone(void **state)
{
	(void)state;
	begin();
	file("part-1-0.parquet", 5);
	file("part-2-0.parquet", 5);
	/* Spark's CSV may have no header */
	file("part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.csv", 5);
	file("part-00001-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.csv", 5);
	/* its JSON is taken, between the epochs that are known */
	file("part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json", 5);
	file("part-00001-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json", 5);
	file("part-7-0.ndjson", 5);
	assert_string_equal(runs(6), "");
	begin();
	file("part-3-0.csv", 5);
	file("part-00000-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json", 5);
	file("part-00001-5e0369ae-50f4-4f6c-a25a-91c119785d8f-c000.json", 5);
	file("part-7-0.ndjson", 5);
	assert_string_equal(runs(7), "1,2 3_7;");
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_scratch, remove_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(neighbours_of_one_folder_and_kind),
		T(large_files_and_the_limit_part_them),
		T(no_run_goes_over_a_cut),
		T(merged_ones_go_on_with_their_first_epoch),
		T(a_merged_file_ends_at_its_target),
		T(others_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
