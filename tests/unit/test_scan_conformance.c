/* SPDX-License-Identifier: MIT
 *
 * JSONTestSuite: each text stands as the value of a member, {"v":<text>}, since a
 * record is an object. No n_ text becomes valid by that. What the suite leaves
 * open (i_) is decided in tests/data/jsontestsuite-decisions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "json/scan.h"

static const char *tests_dir(void)
{
	const char *d = getenv("MEDAL_TESTS");
	return d ? d : "tests";
}

static void read_file(const char *path, struct mdl_buf *out)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s; set MEDAL_TESTS to the folder tests", path);
	char block[4096];
	size_t n;
	while ((n = fread(block, 1, sizeof(block), f)))
		mdl_buf_put(out, block, n);
	fclose(f);
}

/* Is the value V what the walk over the record gives as its one member? */
static bool walk_agrees(struct mdl_slice line, const struct mdl_json_value *v)
{
	struct mdl_json_iter it;
	mdl_json_iter_line(&it, line);
	return mdl_json_iter_next(&it) && mdl_slice_is(it.name, "v") && it.value.p == v->p &&
	       it.value.n == v->n && it.value.kind == v->kind && it.value.escaped == v->escaped &&
	       !mdl_json_iter_next(&it);
}

static bool accepted(const char *name, struct mdl_slice text)
{
	static const char *const paths[] = {"v"};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(paths, 1, &err);
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_json_value v, in_batch;
	mdl_buf_puts(&b, "{\"v\":");
	mdl_buf_puts_slice(&b, text);
	mdl_buf_puts(&b, "}");
	size_t n = b.n;
	for (size_t i = 0; i <= MDL_SCAN_PADDING; i++)
		mdl_buf_putc(&b, i ? '\0' : '\n');
	struct mdl_slice line = {b.p, n};
	enum mdl_scan_verdict got = mdl_scan_line(s, line, &v, NULL, NULL);
	if (got == MDL_SCAN_OK && !walk_agrees(line, &v))
		fail_msg("%s: the walk finds another value", name);
	if (!memchr(b.p, '\n', n)) {
		uint8_t verdict;
		struct mdl_json_value *col = &in_batch;
		mdl_scan_batch(s, &line, 1, &verdict, &col);
		if (verdict != got || in_batch.kind != v.kind || in_batch.n != v.n || in_batch.p != v.p)
			fail_msg("%s: the batch differs", name);
	}
	mdl_buf_free(&b);
	mdl_scan_free(s);
	return got == MDL_SCAN_OK;
}

/* 1, 0, or -1 where the table has no line for NAME. */
static int decision(struct mdl_buf *table, const char *name)
{
	char *key = mdl_asprintf("\n%s\t", name);
	const char *at = strstr(mdl_buf_cstr(table), key);
	size_t n = strlen(key);
	free(key);
	if (!at)
		return -1;
	return strncmp(at + n, "accept\t", 7) == 0 ? 1 : strncmp(at + n, "reject\t", 7) == 0 ? 0 : -1;
}

static void the_suite_is_passed(void **state)
{
	(void)state;
	struct mdl_buf table = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *path = mdl_asprintf("%s/data/jsontestsuite-decisions", tests_dir());
	read_file(path, &table);
	free(path);
	char *folder = mdl_asprintf("%s/data/jsontestsuite/test_parsing", tests_dir());
	DIR *dir = opendir(folder);
	if (!dir)
		fail_msg("cannot open %s", folder);
	unsigned count[3] = {0}, wrong = 0;
	for (struct dirent *e; (e = readdir(dir));) {
		const char *name = e->d_name;
		if (name[0] == '.')
			continue;
		struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		path = mdl_asprintf("%s/%s", folder, name);
		read_file(path, &text);
		free(path);
		int want = name[0] == 'y' ? 1 : name[0] == 'n' ? 0 : decision(&table, name);
		count[name[0] == 'y' ? 0 : name[0] == 'n' ? 1 : 2]++;
		if (want < 0)
			fail_msg("%s: no decision", name);
		if (accepted(name, mdl_buf_slice(&text)) != (want == 1)) {
			print_error("%s: should be %s\n", name, want ? "accepted" : "rejected");
			wrong++;
		}
		mdl_buf_free(&text);
	}
	closedir(dir);
	free(folder);
	mdl_buf_free(&table);
	assert_int_equal(wrong, 0);
	assert_int_equal(count[0], 95);
	assert_int_equal(count[1], 188);
	assert_int_equal(count[2], 35);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_suite_is_passed)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
