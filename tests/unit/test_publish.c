/* SPDX-License-Identifier: MIT
 *
 * Publication can be stopped anywhere and done again; what belongs to others is
 * refused; what no ledger names is removed.
 */
#include "table_fixture.h"

#include "table/publish.h"
#include "table/table_log.h"
#include "table/table_owner.h"

static const char RUN_A[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char RUN_B[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static const struct mdl_table_options ndjson = {0};
static struct mdl_books books;

static int claim_as(const char *owner, int64_t base, bool known, enum mdl_table_mode mode)
{
	struct mdl_table_owner o;
	struct mdl_table_claim c = {owner, "/ck", base, known, mode, &ndjson};
	int r = mdl_table_owner_claim(&o, in_scratch("t"), &c, &err);

	if (!r)
		mdl_table_owner_free(&o);
	return r;
}

/* Prepare one row for EPOCH. */
static void prepare(uint64_t epoch, const char *row)
{
	struct mdl_table_writer *w = mdl_table_writer_new(in_scratch("t"), &ndjson, &err);

	assert_non_null(w);
	mdl_books_init(&books, "write", false);
	mdl_table_writer_begin(w, epoch, RUN_A, "write", false);
	if (row)
		assert_int_equal(mdl_table_writer_row(w, mdl_slice_of(row), &err), 0);
	assert_int_equal(mdl_table_writer_prepare(w, &books, &err), 0);
	mdl_books_table(&books, in_scratch("t"), "id/write", false);
	mdl_table_writer_free(w);
}

static int publish(uint64_t epoch)
{
	return mdl_publish_epoch(epoch, &books, 1, &err);
}

static void an_epoch_appears_with_its_log_entry(void **state)
{
	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	prepare(0, "{\"a\":1}");
	assert_false(file_exists("t/part-0-0.ndjson"));
	assert_int_equal(publish(0), 0);
	assert_string_equal(get_file("t/part-0-0.ndjson"), "{\"a\":1}\n");
	assert_non_null(strstr(get_file("t/_spark_metadata/0"), "/t/part-0-0.ndjson\",\"size\":8,"));
	/* once more, from the same list */
	assert_int_equal(publish(0), 0);
	mdl_books_free(&books);
	prepare(1, NULL);
	assert_int_equal(publish(1), 0);
	assert_string_equal(get_file("t/_spark_metadata/1"), "v1");
	mdl_books_free(&books);
}

static void a_half_done_publication_goes_on(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	prepare(0, "{\"a\":1}");
	/* as a kill after the rename leaves it */
	assert_int_equal(rename(in_scratch("t/_medal_pending/0.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.write.0"),
				in_scratch("t/part-0-0.ndjson")),
			 0);
	assert_int_equal(publish(0), 0);
	text = get_file("t/_spark_metadata/0");
	assert_non_null(text);
	assert_non_null(strstr(text, "part-0-0.ndjson"));
	mdl_books_free(&books);
}

static void partitions_are_made_and_links_are_not_followed(void **state)
{
	struct mdl_ledger_file f = {.hidden = (char *)(uintptr_t) "_medal_pending/x", .size = 2, .rows = 1};

	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	f.table = in_scratch("t");
	f.path = (char *)(uintptr_t) "a=1/b=2/part-0-0.ndjson";
	put_file("t/_medal_pending/x", "{}");
	put_file("t/a=1/b=2/.part-0-0.ndjson.crc", "stale");
	mdl_books_init(&books, "write", false);
	mdl_books_file(&books, &f);
	assert_int_equal(publish(0), 0);
	assert_string_equal(get_file("t/a=1/b=2/part-0-0.ndjson"), "{}");
	assert_false(file_exists("t/a=1/b=2/.part-0-0.ndjson.crc"));
	mdl_books_free(&books);

	put_file("t/_medal_pending/x", "{}");
	mkdir(in_scratch("elsewhere"), 0777);
	assert_int_equal(symlink(in_scratch("elsewhere"), in_scratch("t/a=3")), 0);
	f.path = (char *)(uintptr_t) "a=3/part-1-0.ndjson";
	mdl_books_init(&books, "write", false);
	mdl_books_file(&books, &f);
	assert_int_equal(publish(1), -1);
	assert_non_null(strstr(err.msg, "is a link"));
	assert_false(file_exists("elsewhere/part-1-0.ndjson"));
	mdl_books_free(&books);

	f.path = (char *)(uintptr_t) "../part-1-0.ndjson";
	mdl_books_init(&books, "write", false);
	mdl_books_file(&books, &f);
	assert_int_equal(publish(1), -1);
	assert_non_null(strstr(err.msg, "outside the table"));
	mdl_books_free(&books);
}

static void a_file_that_is_gone_or_changed_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	prepare(0, "{\"a\":1}");
	put_file("t/part-0-0.ndjson", "other");
	assert_int_equal(publish(0), -1);
	assert_non_null(strstr(err.msg, "exists already"));
	unlink(in_scratch("t/part-0-0.ndjson"));
	unlink(in_scratch("t/_medal_pending/0.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.write.0"));
	assert_int_equal(publish(0), -1);
	assert_non_null(strstr(err.msg, "neither there nor waiting"));
	put_file("t/part-0-0.ndjson", "{\"a\":12}\n");
	assert_int_equal(publish(0), -1);
	assert_non_null(strstr(err.msg, "has 9 bytes but the ledger says 8"));
	assert_false(file_exists("t/_spark_metadata/0"));
	mdl_books_free(&books);
}

static void stages_share_a_side_table_with_one_entry(void **state)
{
	struct mdl_books stages[2];
	const char *text;

	(void)state;
	assert_int_equal(claim_as("id", -1, false, MDL_TABLE_APPEND), 0);
	for (int i = 0; i < 2; i++) {
		struct mdl_table_writer *w = mdl_table_writer_new(in_scratch("t"), &ndjson, &err);
		const char *stage = i ? "validate" : "ingest";

		mdl_books_init(&stages[i], stage, true);
		mdl_table_writer_begin(w, 0, RUN_A, stage, true);
		assert_int_equal(mdl_table_writer_row(w, MDL_SLICE("{}"), &err), 0);
		assert_int_equal(mdl_table_writer_prepare(w, &stages[i], &err), 0);
		mdl_books_table(&stages[i], in_scratch("t"), "id", true);
		mdl_table_writer_free(w);
	}
	assert_int_equal(mdl_publish_epoch(0, stages, 2, &err), 0);
	text = get_file("t/_spark_metadata/0");
	const char *first = strstr(text, "part-0-ingest-0.ndjson"),
		   *second = strstr(text, "part-0-validate-0.ndjson");

	assert_true(first && second && first < second);
	mdl_books_free(&stages[0]);
	mdl_books_free(&stages[1]);
}

static void a_table_has_one_owner(void **state)
{
	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	assert_int_equal(claim_as("id/write-2", -1, false, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "belongs to another writer"));
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_COMPLETE), -1);
	assert_non_null(strstr(err.msg, "another mode"));
}

static void table_and_checkpoint_are_of_one_history(void **state)
{
	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	prepare(0, "{}");
	assert_int_equal(publish(0), 0);
	mdl_books_free(&books);
	assert_int_equal(claim_as("id/write", 0, true, MDL_TABLE_APPEND), 0);
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "holds epoch 0 but the checkpoint /ck is at -1"));
	assert_int_equal(claim_as("id/write", 5, true, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "ends at epoch 0 but the checkpoint /ck is at 5"));
	assert_int_equal(remove_scratch(NULL), 0);
	mkdir(scratch, 0777);
	assert_int_equal(claim_as("id/write", 5, true, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "--fresh-table"));
	assert_int_equal(claim_as("id/write", 5, false, MDL_TABLE_APPEND), 0);
	prepare(6, "{}");
	assert_int_equal(publish(6), 0);
	assert_string_equal(get_file("t/_spark_metadata/5"), "v1");
	mdl_books_free(&books);
}

static void a_table_of_spark_is_adopted_at_its_epoch(void **state)
{
	(void)state;
	put_file("t/_spark_metadata/0", "v1");
	put_file("t/_spark_metadata/1", "v1\n{\"path\":\"file:///x/t/part-00000-u.c000.json\",\"size\":1}");
	assert_int_equal(claim_as("id/write", 0, false, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "without an owner"));
	assert_int_equal(claim_as("id/write", 1, false, MDL_TABLE_APPEND), 0);
	assert_int_equal(remove_scratch(NULL), 0);
	mkdir(scratch, 0777);
	put_file("t/some.json", "{}");
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), -1);
	assert_non_null(strstr(err.msg, "has files but no log"));
}

static bool keep_epoch_2(void *arg, uint64_t epoch, const char *run)
{
	(void)arg;
	return epoch == 2 && strcmp(run, RUN_B) == 0;
}

static void hidden_files_that_no_ledger_names_go(void **state)
{
	size_t removed;

	(void)state;
	put_file("t/_medal_pending/1.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.write.0", "x");
	put_file("t/_medal_pending/2.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.write.0", "x");
	put_file("t/_medal_pending/3.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.dedupe.0", "x");
	put_file("t/_medal_pending/notes.txt", "x");
	assert_int_equal(mdl_table_clean_pending(in_scratch("t"), RUN_A, keep_epoch_2, NULL, &removed, &err),
			 0);
	assert_int_equal(removed, 1);
	assert_false(file_exists("t/_medal_pending/1.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.write.0"));
	assert_true(file_exists("t/_medal_pending/2.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.write.0"));
	assert_true(file_exists("t/_medal_pending/3.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.dedupe.0"));
	assert_true(file_exists("t/_medal_pending/notes.txt"));
}

static void complete_mode_replaces_and_keeps_one_epoch_for_readers(void **state)
{
	struct mdl_table_log lg;

	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_COMPLETE), 0);
	for (uint64_t n = 0; n < 4; n++) {
		prepare(n, "{}");
		assert_int_equal(publish(n), 0);
		assert_int_equal(publish(n), 0);
		mdl_books_free(&books);
	}
	assert_false(file_exists("t/part-1-0.ndjson"));
	assert_true(file_exists("t/part-2-0.ndjson"));
	assert_true(file_exists("t/part-3-0.ndjson"));
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_int_equal(lg.nfiles, 1);
	assert_string_equal(lg.files[0].path, "part-3-0.ndjson");
	mdl_table_log_free(&lg);
}

static int plain(enum mdl_plain_mode mode, const char *row)
{
	char run[33];
	struct mdl_table_writer *w;

	if (mdl_plain_check(in_scratch("t"), mode, &err))
		return -1;
	w = mdl_table_writer_new(in_scratch("t"), &ndjson, &err);
	mdl_plain_run_id(run);
	mdl_table_writer_begin(w, 0, run, "write", false);
	assert_int_equal(mdl_table_writer_row(w, mdl_slice_of(row), &err), 0);
	int r = mdl_plain_publish(w, mode, NULL, &err);

	mdl_table_writer_free(w);
	return r;
}

static void plain_runs_add_or_replace_when_they_say_so(void **state)
{
	struct mdl_table_log lg;

	(void)state;
	assert_int_equal(plain(MDL_PLAIN_NEW, "{\"a\":0}"), 0);
	assert_int_equal(plain(MDL_PLAIN_NEW, "{\"a\":1}"), -1);
	assert_non_null(strstr(err.msg, "--mode append"));
	/* a run that was killed between rename and log entry */
	put_file("t/part-1-0.ndjson", "{\"a\":\"orphan\"}\n");
	put_file("t/part-1-7.ndjson", "{\"a\":\"orphan\"}\n");
	assert_int_equal(plain(MDL_PLAIN_APPEND, "{\"a\":1}"), 0);
	assert_string_equal(get_file("t/part-1-0.ndjson"), "{\"a\":1}\n");
	assert_false(file_exists("t/part-1-7.ndjson"));
	assert_int_equal(plain(MDL_PLAIN_OVERWRITE, "{\"a\":2}"), 0);
	assert_false(file_exists("t/part-0-0.ndjson"));
	assert_false(file_exists("t/part-1-0.ndjson"));
	for (int i = 3; i < 12; i++)
		assert_int_equal(plain(MDL_PLAIN_APPEND, "{\"a\":3}"), 0);
	assert_int_equal(mdl_table_log_read(&lg, in_scratch("t"), &err), 0);
	assert_int_equal(lg.newest, 11);
	assert_int_equal(lg.nfiles, 10);
	assert_string_equal(lg.files[0].path, "part-2-0.ndjson");
	mdl_table_log_free(&lg);
}

static void plain_runs_keep_off_tables_with_an_owner(void **state)
{
	(void)state;
	assert_int_equal(claim_as("id/write", -1, false, MDL_TABLE_APPEND), 0);
	assert_int_equal(plain(MDL_PLAIN_APPEND, "{}"), -1);
	assert_non_null(strstr(err.msg, "no begin line came"));
}

static void readers_are_noted_once(void **state)
{
	struct mdl_table_readers r;

	(void)state;
	mkdir(in_scratch("t"), 0777);
	assert_int_equal(mdl_table_reader_register(in_scratch("t"), "id-1", "/ck/1", &err), 0);
	assert_int_equal(mdl_table_reader_register(in_scratch("t"), "id-2", "/ck/2", &err), 0);
	assert_int_equal(mdl_table_reader_register(in_scratch("t"), "id-1", "/moved/1", &err), 0);
	assert_int_equal(mdl_table_readers_read(&r, in_scratch("t"), &err), 0);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.ids[0], "id-1");
	assert_string_equal(r.paths[0], "/moved/1");
	assert_string_equal(r.ids[1], "id-2");
	mdl_table_readers_free(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_epoch_appears_with_its_log_entry),
		T(a_half_done_publication_goes_on),
		T(partitions_are_made_and_links_are_not_followed),
		T(a_file_that_is_gone_or_changed_is_an_error),
		T(stages_share_a_side_table_with_one_entry),
		T(a_table_has_one_owner),
		T(table_and_checkpoint_are_of_one_history),
		T(a_table_of_spark_is_adopted_at_its_epoch),
		T(hidden_files_that_no_ledger_names_go),
		T(complete_mode_replaces_and_keeps_one_epoch_for_readers),
		T(plain_runs_add_or_replace_when_they_say_so),
		T(plain_runs_keep_off_tables_with_an_owner),
		T(readers_are_noted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
