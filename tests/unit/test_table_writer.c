/* SPDX-License-Identifier: MIT
 *
 * The files of an epoch. Expected file contents are written out here by hand; what
 * is compressed is read back by gzip(1) and zstd(1).
 */
#include "table_fixture.h"

#include "table/csv_writer.h"
#include "table/table_reader.h"
#include "table/table_writer.h"

static const char RUN[] = "0123456789abcdef0123456789abcdef";
static struct mdl_books books;

/* Write TEXT (lines, each ended by '\n') with the partition members found by the scanner. */
static int put_rows(struct mdl_table_writer *w, const char *const *partition_by, size_t ncols,
		    const char *text)
{
	static struct mdl_slice lines[20000];
	size_t n = 0, len = strlen(text);
	char *block = malloc(len + MDL_SCAN_PADDING);
	struct mdl_json_value *cols[4];
	struct mdl_scan *scan = mdl_scan_new(partition_by, ncols, &err);
	uint8_t *verdicts;

	assert_non_null(scan);
	memcpy(block, text, len + 1);
	for (char *p = block; *p;) {
		char *nl = strchr(p, '\n');

		lines[n++] = (struct mdl_slice){p, (size_t)(nl - p)};
		p = nl + 1;
	}
	verdicts = malloc(n + 1);
	for (size_t k = 0; k < ncols; k++)
		cols[k] = malloc(n * sizeof(**cols));
	assert_int_equal(mdl_scan_batch(scan, lines, n, verdicts, cols), 0);
	int r = mdl_table_writer_rows(w, lines, 0, n, cols, NULL, &err);

	for (size_t k = 0; k < ncols; k++)
		free(cols[k]);
	free(verdicts);
	mdl_scan_free(scan);
	free(block);
	return r;
}

static struct mdl_table_writer *open_writer(const struct mdl_table_options *o)
{
	struct mdl_table_writer *w = mdl_table_writer_new(in_scratch("t"), o, &err);

	assert_non_null(w);
	mdl_books_init(&books, "write", false);
	mdl_table_writer_begin(w, 42, RUN, "write", false);
	return w;
}

static void close_writer(struct mdl_table_writer *w)
{
	mdl_table_writer_free(w);
	mdl_books_free(&books);
}

static const char *hidden(size_t i)
{
	char name[300];

	assert_true(i < books.nfiles);
	snprintf(name, sizeof(name), "t/%s", books.files[i].hidden);
	return get_file(name);
}

/* Rows and sum of the prepared file I, counted again from the disk, are those of the books. */
static void check_recount(size_t i)
{
	uint64_t rows, size;
	struct mdl_sum sum;
	char path[64], from[400], to[400];

	/* the reader goes by the name's extension */
	snprintf(path, sizeof(path), "again.%s", strchr(strrchr(books.files[i].path, '-'), '.') + 1);
	snprintf(to, sizeof(to), "%s/t/%s", scratch, path);
	snprintf(from, sizeof(from), "%s/t/%s", scratch, books.files[i].hidden);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(mdl_table_reader_recount(in_scratch("t"), path, &rows, &sum, &size, &err), 0);
	assert_int_equal(rows, books.files[i].rows);
	assert_int_equal(size, books.files[i].size);
	assert_true(sum.lo == books.files[i].sum.lo && sum.hi == books.files[i].sum.hi);
	unlink(to);
}

static void rows_keep_their_bytes_and_stay_hidden(void **state)
{
	struct mdl_table_options o = {0};
	static const char text[] = "{\"a\":1}\n{ \"a\" : 1.10 }\r\n{\"b\":\"x\"}\n";

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(put_rows(w, NULL, 0, text), 0);
	assert_int_equal(mdl_table_writer_count(w), 3);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_int_equal(books.nfiles, 1);
	assert_string_equal(books.files[0].path, "part-42-0.ndjson");
	assert_string_equal(books.files[0].hidden,
			    "_medal_pending/42.0123456789abcdef0123456789abcdef.write.0");
	assert_string_equal(books.files[0].table, in_scratch("t"));
	assert_int_equal(books.files[0].rows, 3);
	assert_int_equal(books.files[0].size, strlen(text));
	assert_string_equal(hidden(0), text);
	check_recount(0);
	close_writer(w);
	assert_true(file_exists("t/_medal_pending/42.0123456789abcdef0123456789abcdef.write.0"));
}

static void an_epoch_that_is_not_prepared_leaves_nothing(void **state)
{
	struct mdl_table_options o = {0};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(put_rows(w, NULL, 0, "{}\n"), 0);
	assert_true(file_exists("t/_medal_pending/42.0123456789abcdef0123456789abcdef.write.0"));
	close_writer(w);
	assert_false(file_exists("t/_medal_pending/42.0123456789abcdef0123456789abcdef.write.0"));
}

static void an_epoch_without_rows_has_no_files(void **state)
{
	struct mdl_table_options o = {0};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_int_equal(books.nfiles, 0);
	close_writer(w);
}

static void files_end_with_the_row_that_fills_them(void **state)
{
	struct mdl_table_options o = {.max_file_bytes = 20};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	/* 8 bytes a row: three rows reach 20 */
	assert_int_equal(put_rows(w, NULL, 0, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n"), 0);
	assert_int_equal(put_rows(w, NULL, 0, "{\"a\":5}\n{\"a\":6}\n{\"a\":7}\n"), 0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_int_equal(books.nfiles, 3);
	assert_string_equal(hidden(0), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
	assert_string_equal(hidden(1), "{\"a\":4}\n{\"a\":5}\n{\"a\":6}\n");
	assert_string_equal(hidden(2), "{\"a\":7}\n");
	assert_string_equal(books.files[2].path, "part-42-2.ndjson");
	close_writer(w);
}

static void values_are_folders_and_none_leaves_the_table(void **state)
{
	static const char *const by[] = {"l"};
	struct mdl_table_options o = {.partition_by = by, .npartition_by = 1};
	static const char *const folders[] = {
		"l=free/", "l=../",  "l=..%2F..%2Fx/", "l=a%00b/", "l=__HIVE_DEFAULT_PARTITION__/",
		"l=1.10/", "l=true/"};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(
		put_rows(
			w, by, 1,
			"{\"l\":\"free\"}\n{\"l\":\"..\"}\n{\"l\":\"../../x\"}\n{\"l\":\"a\\u0000b\"}\n"
			"{\"l\":null}\n{\"l\":1.10}\n{\"l\":true}\n{\"l\":\"\"}\n{\"x\":1}\n{\"l\":\"free\",\"b\":2}\n"),
		0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_int_equal(books.nfiles, 7);
	for (size_t i = 0; i < 7; i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "%spart-42-%zu.ndjson", folders[i], i);
		assert_string_equal(books.files[i].path, expected);
		check_recount(i);
	}
	assert_string_equal(hidden(0), "{\"l\":\"free\"}\n{\"l\":\"free\",\"b\":2}\n");
	assert_string_equal(hidden(4), "{\"l\":null}\n{\"l\":\"\"}\n{\"x\":1}\n");
	close_writer(w);
}

static void a_value_too_long_for_a_folder_is_an_error(void **state)
{
	static const char *const by[] = {"l"};
	struct mdl_table_options o = {.partition_by = by, .npartition_by = 1};
	char line[400];

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	snprintf(line, sizeof(line), "{\"l\":\"%0300d\"}\n", 1);
	assert_int_equal(put_rows(w, by, 1, line), -1);
	assert_non_null(strstr(err.msg, "partition column l has 300 bytes"));
	close_writer(w);
}

/* Many partitions over few descriptors: every row is in its file, once, in order. */
static void check_many(enum mdl_compress kind, const char *reader)
{
	static const char *const by[] = {"k"};
	struct mdl_table_options o = {.partition_by = by,
				      .npartition_by = 1,
				      .max_open = 3,
				      .compress = kind,
				      .max_file_bytes = 4000};
	struct mdl_table_writer *w = open_writer(&o);
	char *text = malloc(1 << 20);

	for (int round = 0; round < 10; round++) {
		size_t n = 0;

		for (int i = 0; i < 1000; i++)
			n += (size_t)snprintf(text + n, (1 << 20) - n, "{\"k\":%d,\"i\":%d,\"pad\":\"%d\"}\n",
					      i * 7 % 20, round * 1000 + i, i * i);
		assert_int_equal(put_rows(w, by, 1, text), 0);
	}
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_true(books.nfiles >= 20);
	uint64_t rows = 0;

	for (size_t i = 0; i < books.nfiles; i++) {
		rows += books.files[i].rows;
		check_recount(i);
	}
	assert_int_equal(rows, 10000);
	for (int k = 0; k < 20; k++) {
		char cmd[8192];
		size_t n = (size_t)snprintf(cmd, sizeof(cmd), "cd %s/t && (", scratch);

		for (size_t i = 0; i < books.nfiles; i++) {
			char folder[32];

			snprintf(folder, sizeof(folder), "k=%d/", k);
			if (strncmp(books.files[i].path, folder, strlen(folder)) == 0)
				n += (size_t)snprintf(cmd + n, sizeof(cmd) - n, "%s <%s;", reader,
						      books.files[i].hidden);
		}
		snprintf(
			cmd + n, sizeof(cmd) - n,
			") | jq -s -e 'length == 500 and all(.k == %d) and (map(.i) | . == sort and . == unique)' >/dev/null",
			k);
		assert_int_equal(system(cmd), 0);
	}
	free(text);
	close_writer(w);
}

static void many_partitions_share_few_descriptors(void **state)
{
	(void)state;
	check_many(MDL_COMPRESS_NONE, "cat");
}

static void gzip_files_that_were_closed_go_on(void **state)
{
	(void)state;
	check_many(MDL_COMPRESS_GZIP, "gzip -dc");
}

static void zstd_files_that_were_closed_go_on(void **state)
{
	(void)state;
	if (system("zstd --version >/dev/null 2>&1") != 0)
		skip();
	check_many(MDL_COMPRESS_ZSTD, "zstd -dcq");
}

static void stages_that_share_a_table_have_their_name_in_it(void **state)
{
	struct mdl_table_options o = {0};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	mdl_table_writer_begin(w, 7, RUN, "b/dedupe", true);
	assert_int_equal(mdl_table_writer_row(w, MDL_SLICE("{\"a\":1}"), &err), 0);
	assert_int_equal(mdl_table_writer_row(w, MDL_SLICE("{\"a\":2}"), &err), 0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_string_equal(books.files[0].path, "part-7-b+dedupe-0.ndjson");
	assert_string_equal(hidden(0), "{\"a\":1}\n{\"a\":2}\n");
	check_recount(0);
	close_writer(w);
}

static void csv_quotes_where_it_must(void **state)
{
	struct mdl_table_options o = {.format = MDL_TABLE_CSV};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(put_rows(w, NULL, 0,
				  "{\"s\":\"plain\",\"n\":1.10,\"o\":{\"x\":[1,\"y\"]},\"b\":true}\n"
				  "{\"b\":false,\"s\":\"a,\\\"b\\\"\\n\",\"n\":null}\n"
				  "{\"s\":\"\",\"n\":12345678901234567890,\"o\":[],\"extra\":1}\n"
				  "{\"s\":\" =1\",\"s\":\"=1+1\",\"o\":\"\\u00e9\\\\\"}\n"),
			 0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_string_equal(books.files[0].path, "part-42-0.csv");
	assert_string_equal(hidden(0), "s,n,o,b\n"
				       "plain,1.10,\"{\"\"x\"\":[1,\"\"y\"\"]}\",true\n"
				       "\"a,\"\"b\"\"\n\",,,false\n"
				       "\"\",12345678901234567890,[],\n"
				       "=1+1,,\u00e9\\,\n");
	assert_int_equal(books.files[0].rows, 4);
	check_recount(0);
	const char *name;

	assert_int_equal(mdl_table_writer_unknown(w, &name), 1);
	assert_string_equal(name, "extra");
	close_writer(w);
}

static void csv_leaves_partition_columns_to_the_folder(void **state)
{
	static const char *const by[] = {"l"};
	static const char *const columns[] = {"b", "l", "a"};
	struct mdl_table_options o = {.format = MDL_TABLE_CSV,
				      .partition_by = by,
				      .npartition_by = 1,
				      .columns = columns,
				      .ncolumns = 3,
				      .guard_formulas = true};

	(void)state;
	struct mdl_table_writer *w = open_writer(&o);

	assert_int_equal(
		put_rows(w, by, 1, "{\"a\":-1,\"b\":\"-1\",\"l\":\"x\"}\n{\"l\":\"y\",\"a\":\"@f\"}\n"), 0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	assert_int_equal(books.nfiles, 2);
	assert_string_equal(books.files[0].path, "l=x/part-42-0.csv");
	assert_string_equal(hidden(0), "b,a\n'-1,-1\n");
	assert_string_equal(hidden(1), "b,a\n,'@f\n");
	close_writer(w);
}

static void names_are_split_and_checked(void **state)
{
	const char *const *names;
	size_t n;

	(void)state;
	assert_int_equal(mdl_table_names("a, b c ,d", "--partition-by", &names, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_string_equal(names[1], "b c");
	free((void *)(uintptr_t)names);
	assert_int_equal(mdl_table_names("a,,b", "--partition-by", &names, &n, &err), -1);
	assert_int_equal(mdl_table_names("a,b,a", "--partition-by", &names, &n, &err), -1);
	assert_non_null(strstr(err.msg, "named twice"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(rows_keep_their_bytes_and_stay_hidden),
		T(an_epoch_that_is_not_prepared_leaves_nothing),
		T(an_epoch_without_rows_has_no_files),
		T(files_end_with_the_row_that_fills_them),
		T(values_are_folders_and_none_leaves_the_table),
		T(a_value_too_long_for_a_folder_is_an_error),
		T(many_partitions_share_few_descriptors),
		T(gzip_files_that_were_closed_go_on),
		T(zstd_files_that_were_closed_go_on),
		T(stages_that_share_a_table_have_their_name_in_it),
		T(csv_quotes_where_it_must),
		T(csv_leaves_partition_columns_to_the_folder),
		T(names_are_split_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
