/* SPDX-License-Identifier: MIT
 *
 * medal/files/N: ranges, tails and tables come back as they were, whatever bytes their
 * names have; damage is refused; a missing file is told from an empty one.
 */
#include "table_fixture.h"

#include "state/positions.h"

static void fill(struct mdl_positions *p)
{
	memset(p, 0, sizeof(*p));
	struct mdl_file_range r = {.path = (char *)(uintptr_t) "/in/caf\xe9 \"%\\\n.log",
				   .uri = (char *)(uintptr_t) "file:///in/caf%E9%20%22%25%5C%0A.log",
				   .start = 1,
				   .end = UINT64_C(1) << 40,
				   .start_line = 3,
				   .size = 77,
				   .mtime_ms = -5,
				   .tail = true,
				   .table = -1};
	mdl_positions_add_range(p, &r);
	r.path = (char *)(uintptr_t) "/in/\xc3\xa4";
	r.tail = false;
	mdl_positions_add_range(p, &r);
	struct mdl_file_tail *t = mdl_positions_tail(p, "/in/\xff", "file:///in/%FF");
	t->dev = UINT64_MAX;
	t->ino = 12;
	t->offset = 99;
	t->line = 4;
	t->prefix_bytes = 1024;
	t->prefix_hash = UINT64_MAX - 1;
	mdl_positions_table(p, "/t/\xfe")->epoch = 41;
	mdl_positions_table(p, "/t/b");
}

static int folders(void **state)
{
	return make_scratch(state) || mkdir(in_scratch("medal"), 0777) ||
	       mkdir(in_scratch("medal/files"), 0777);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	struct mdl_positions p, q;
	fill(&p);
	assert_int_equal(mdl_positions_read(scratch, 5, &q, &err), 1);
	assert_int_equal(mdl_positions_write(scratch, 5, &p, &err), 0);
	assert_int_equal(mdl_positions_read(scratch, 5, &q, &err), 0);
	assert_int_equal(q.nranges, 2);
	assert_string_equal(q.ranges[0].path, p.ranges[0].path);
	assert_string_equal(q.ranges[0].uri, p.ranges[0].uri);
	assert_true(q.ranges[0].end == UINT64_C(1) << 40 && q.ranges[0].start == 1);
	assert_int_equal(q.ranges[0].mtime_ms, -5);
	assert_true(q.ranges[0].tail && !q.ranges[1].tail);
	assert_string_equal(q.ranges[1].path, "/in/\xc3\xa4");
	assert_int_equal(q.ntails, 1);
	assert_string_equal(q.tails[0].path, "/in/\xff");
	assert_true(q.tails[0].dev == UINT64_MAX && q.tails[0].prefix_hash == UINT64_MAX - 1);
	assert_int_equal(q.tails[0].offset, 99);
	assert_int_equal(q.tails[0].line, 4);
	assert_int_equal(q.ntables, 2);
	assert_int_equal(mdl_positions_table(&q, "/t/\xfe")->epoch, 41);
	assert_int_equal(mdl_positions_table(&q, "/t/b")->epoch, -1);
	assert_int_equal(q.ntables, 2);
	mdl_positions_free(&p);
	mdl_positions_free(&q);
}

static void damage_is_refused(void **state)
{
	(void)state;
	struct mdl_positions p, q;
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);
	fill(&p);
	assert_int_equal(mdl_positions_write(scratch, 5, &p, &err), 0);
	assert_int_equal(mdl_file_read(in_scratch("medal/files/5"), &text, &err), 0);
	for (size_t i = 0; i < text.n * 9; i++) {
		FILE *f = fopen(in_scratch("medal/files/5"), "w");
		size_t n = i < text.n ? i : text.n, bit = i - text.n;
		assert_non_null(f);
		if (i >= text.n)
			text.p[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(fwrite(text.p, 1, n, f), n);
		fclose(f);
		if (i >= text.n)
			text.p[bit / 8] ^= (char)(1 << bit % 8);
		mdl_err_clear(&err);
		if (mdl_positions_read(scratch, 5, &q, &err) != -1)
			fail_msg("damage %zu was not seen", i);
		mdl_positions_free(&q);
	}
	mdl_positions_free(&p);
	mdl_buf_free(&text);
}

static void uris_mean_paths(void **state)
{
	(void)state;
	static const char *const all[][2] = {
		{"file:///in/d%20e%25.json", "/in/d e%.json"},
		{"file:/in/a", "/in/a"},
		{"/in/a", "/in/a"},
		{"file:///in/%", "/in/%"},
		{"file:///in/%4", "/in/%4"},
		{"file:///in/%zz%E9", "/in/%zz\xe9"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char *path = mdl_positions_path_of_uri(all[i][0]);
		assert_string_equal(path, all[i][1]);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_read, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(damage_is_refused, folders, remove_scratch),
		cmocka_unit_test(uris_mean_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
