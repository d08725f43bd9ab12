/* SPDX-License-Identifier: MIT
 *
 * The record of merges: as it was written, or refused.
 */
#include "table_fixture.h"

#include <string.h>

#include "base/file.h"
#include "table/merge_record.h"

static void fill(struct mdl_merge_record *r)
{
	struct mdl_merge *m = mdl_merge_record_add(r);
	struct mdl_merge_file *f = mdl_merge_files_add(&m->in, "a=\"x y\"/part-1-0.ndjson", 1);

	f->size = INT64_MAX;
	f->rows = 3;
	f->sum = (struct mdl_sum){1, UINT64_MAX};
	mdl_merge_files_add(&m->out, "part-1_2-0.ndjson", 2)->rows = 3;
	m->last = 2;
	m->shown_ms = 1795228446430;
	m->removed = true;
	mdl_merge_files_add(&mdl_merge_record_add(r)->in, "part-9-0.ndjson", 9);
	r->next = 4;
}

static void it_comes_back_as_it_was(void **state)
{
	struct mdl_merge_record r = {0, NULL, 0, 0};

	(void)state;
	assert_int_equal(mdl_dir_make(in_scratch("t"), &err), 0);
	assert_int_equal(mdl_merge_record_read(&r, in_scratch("t"), &err), 0);
	assert_int_equal(r.n, 0);
	fill(&r);
	assert_int_equal(mdl_merge_record_write(&r, in_scratch("t"), &err), 0);
	mdl_merge_record_free(&r);
	assert_int_equal(mdl_merge_record_read(&r, in_scratch("t"), &err), 0);
	assert_int_equal(r.next, 4);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.merges[0].last, 2);
	assert_int_equal(r.merges[0].shown_ms, 1795228446430);
	assert_true(r.merges[0].removed);
	assert_false(r.merges[0].partial);
	assert_int_equal(r.merges[1].shown_ms, -1);

	const struct mdl_merge_file *f = mdl_merge_record_in(&r, "a=\"x y\"/part-1-0.ndjson");

	assert_non_null(f);
	assert_true(f->size == INT64_MAX && f->rows == 3 && f->epoch == 1);
	assert_true(f->sum.lo == 1 && f->sum.hi == UINT64_MAX);
	assert_non_null(mdl_merge_record_out(&r, "part-1_2-0.ndjson"));
	/* a merge that was not shown proves nothing */
	assert_null(mdl_merge_record_in(&r, "part-9-0.ndjson"));
	mdl_merge_record_free(&r);
}

/* The file with its byte AT changed must not be believed. */
static void damage_is_found(void **state)
{
	struct mdl_merge_record r = {0, NULL, 0, 0};
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);

	(void)state;
	assert_int_equal(mdl_dir_make(in_scratch("t"), &err), 0);
	fill(&r);
	assert_int_equal(mdl_merge_record_write(&r, in_scratch("t"), &err), 0);
	mdl_merge_record_free(&r);
	assert_int_equal(mdl_file_read(in_scratch("t/" MDL_MERGE_RECORD_FILE), &text, &err), 0);
	for (size_t at = 0; at < text.n; at += 7) {
		text.p[at] ^= 1;
		assert_int_equal(
			mdl_file_replace(in_scratch("t"), MDL_MERGE_RECORD_FILE, mdl_buf_slice(&text), &err),
			0);
		assert_int_equal(mdl_merge_record_read(&r, in_scratch("t"), &err), -1);
		assert_int_equal(r.n, 0);
		text.p[at] ^= 1;
	}
	mdl_buf_free(&text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_scratch, remove_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_comes_back_as_it_was),
		T(damage_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
