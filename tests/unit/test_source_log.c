/* SPDX-License-Identifier: MIT
 *
 * sources/0 as Spark's file source writes it (FORMATS A3): each entry's bytes, a
 * .compact at every tenth, loading from the newest one on; damage is refused.
 */
#include "table_fixture.h"

#include "state/source_log.h"

static struct mdl_source_log load(void)
{
	struct mdl_source_log l;
	assert_int_equal(mdl_source_log_load(&l, scratch, &err), 0);
	return l;
}

static void entries_are_sparks_to_the_byte(void **state)
{
	(void)state;
	struct mdl_source_log l = load();
	struct mdl_buf want = MDL_BUF_INIT(4096);
	char line[200];
	mdl_buf_puts(&want, "v1");
	assert_int_equal(l.last, -1);
	assert_int_equal(mdl_source_log_write(&l, &err), 0); /* nothing to write */
	assert_null(get_file("0"));
	for (int k = 0; k < 12; k++) {
		char uri[64];
		snprintf(uri, sizeof(uri), "file:///in/d%%20e%%25.%d.json", k);
		mdl_source_log_add(&l, uri, INT64_C(1795228443047) + k);
		if (k == 3)
			mdl_source_log_add(&l, "file:///in/second", 7);
		assert_int_equal(mdl_source_log_write(&l, &err), 0);
		assert_int_equal(l.last, k);
		snprintf(line, sizeof(line), "\n{\"path\":\"%s\",\"timestamp\":%lld,\"batchId\":%d}", uri,
			 1795228443047LL + k, k);
		mdl_buf_puts(&want, line);
		if (k == 3)
			mdl_buf_puts(&want,
				     "\n{\"path\":\"file:///in/second\",\"timestamp\":7,\"batchId\":3}");
		if (k == 0)
			assert_string_equal(
				get_file("0"),
				"v1\n{\"path\":\"file:///in/d%20e%25.0.json\",\"timestamp\":1795228443047,\"batchId\":0}");
		if (k == 9) { /* all so far */
			assert_null(get_file("9"));
			assert_string_equal(get_file("9.compact"), mdl_buf_cstr(&want));
		}
		if (k == 11) {
			char own[210];
			snprintf(own, sizeof(own), "v1%s", line);
			assert_string_equal(get_file("11"), own);
		}
	}
	mdl_source_log_free(&l);
	mdl_buf_free(&want);

	l = load();
	assert_int_equal(l.last, 11);
	assert_int_equal(l.n, 13);
	const struct mdl_source_entry *e = mdl_source_log_find(&l, "file:///in/second");
	assert_non_null(e);
	assert_int_equal(e->batch, 3);
	assert_int_equal(e->mtime_ms, 7);
	assert_null(mdl_source_log_find(&l, "file:///in/third"));
	mdl_source_log_free(&l);
	/* what the .compact holds is not looked for again: Spark removes it after ten minutes */
	for (int k = 0; k < 9; k++) {
		char name[8];
		snprintf(name, sizeof(name), "%d", k);
		assert_int_equal(remove(in_scratch(name)), 0);
	}
	l = load();
	assert_int_equal(l.n, 13);
	mdl_source_log_free(&l);
}

/* Spark with compactInterval 3: 0, 1, 2.compact, 3, 4, 5.compact. */
static void sparks_own_log_is_read(void **state)
{
	(void)state;
	put_file("0", "v1\n{\"path\":\"file:///in/f0.json\",\"timestamp\":1,\"batchId\":0}");
	put_file("1", "v1\n{\"path\":\"file:///in/f1.json\",\"timestamp\":2,\"batchId\":1}");
	put_file(
		"2.compact",
		"v1\n{\"path\":\"file:///in/f0.json\",\"timestamp\":1,\"batchId\":0}\n{\"path\":\"file:///in/"
		"f1.json\",\"timestamp\":2,\"batchId\":1}\n{\"path\":\"file:///in/f2.json\",\"timestamp\":3,\"batchId\":2}");
	put_file("3", "v1\n{\"path\":\"file:///in/f3.json\",\"timestamp\":4,\"batchId\":3}\n");
	put_file(".3.crc", "crc");
	put_file("03", "junk");
	put_file("7.tmp", "junk");
	put_file("x.compact", "junk");
	struct mdl_source_log l = load();
	assert_int_equal(l.last, 3);
	assert_int_equal(l.n, 4);
	assert_int_equal(mdl_source_log_find(&l, "file:///in/f2.json")->batch, 2);
	mdl_source_log_free(&l);
}

static void must_be_refused(const char *words)
{
	struct mdl_source_log l;
	mdl_err_clear(&err);
	assert_int_equal(mdl_source_log_load(&l, scratch, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
	mdl_source_log_free(&l);
}

static void damage_is_refused(void **state)
{
	(void)state;
	static const char text[] = "v1\n{\"path\":\"file:///in/f0.json\",\"timestamp\":1,\"batchId\":0}";
	put_file("0", "");
	must_be_refused("empty");
	put_file("0", "v2\n{}");
	must_be_refused("was written by a newer Spark or medal: it is of format version 2");
	put_file("0", "w1\n{}");
	must_be_refused("does not begin with v1");
	put_file("0", "v1\n{\"path\":\"file:///in/f0.json\",\"timestamp\":1}");
	must_be_refused("batchId");
	for (size_t n = 4; n < sizeof(text) - 1; n++) {
		char cut[sizeof(text)];
		memcpy(cut, text, n);
		cut[n] = '\0';
		put_file("0", cut);
		must_be_refused("/0");
	}
	put_file("0", text);
	put_file("2", "v1\n{\"path\":\"file:///in/f2.json\",\"timestamp\":3,\"batchId\":2}");
	must_be_refused("missing");
}

static void another_writer_is_noticed(void **state)
{
	(void)state;
	struct mdl_source_log l = load();
	put_file("0", "v1\n{\"path\":\"file:///in/f0.json\",\"timestamp\":1,\"batchId\":0}");
	mdl_source_log_add(&l, "file:///in/mine", 1);
	assert_int_equal(mdl_source_log_write(&l, &err), -1);
	assert_non_null(strstr(err.msg, "another engine"));
	mdl_source_log_free(&l);
}

static void many_files_are_found(void **state)
{
	(void)state;
	struct mdl_source_log l = load();
	char uri[64];
	for (int i = 0; i < 20000; i++) {
		snprintf(uri, sizeof(uri), "file:///in/%d", i);
		mdl_source_log_add(&l, uri, i);
	}
	/* the newest entry of a file counts */
	mdl_source_log_add(&l, "file:///in/777", 99999);
	for (int i = 0; i < 20000; i++) {
		snprintf(uri, sizeof(uri), "file:///in/%d", i);
		const struct mdl_source_entry *e = mdl_source_log_find(&l, uri);
		assert_non_null(e);
		assert_int_equal(e->mtime_ms, i == 777 ? 99999 : i);
	}
	assert_null(mdl_source_log_find(&l, "file:///in/20000"));
	mdl_source_log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entries_are_sparks_to_the_byte, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(sparks_own_log_is_read, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(damage_is_refused, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(another_writer_is_noticed, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(many_files_are_found, make_scratch, remove_scratch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
