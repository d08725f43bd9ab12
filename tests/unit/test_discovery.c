/* SPDX-License-Identifier: MIT
 *
 * Operands to files. The tree and the answers are those of an experiment with
 * PySpark 4.1.4 (spark.read and readStream with these paths, _metadata.file_path and
 * sources/0/0), but where discovery.h says that medal differs.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "source/discovery.h"

static char top[] = "/tmp/test_discovery.XXXXXX";

static void put(const char *name, const char *content)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static int make_tree(void **state)
{
	(void)state;
	static const char *const folders[] = {"g",
					      "g/sub",
					      "g/sub/deep",
					      "g/day=1",
					      "g/day=1/hour=2",
					      "g/day=1/plain",
					      "g/_h",
					      "g/.i",
					      "g/_p=1",
					      "g/da.json",
					      "t",
					      "t/_spark_metadata",
					      "t/level=free",
					      "delta",
					      "delta/_delta_log",
					      "empty"};
	static const char *const files[] = {"a.json",
					    "b.json",
					    "ab.json",
					    "a1.json",
					    "b2.json",
					    "x.csv",
					    "sub/c.json",
					    "sub/deep/d.json",
					    "day=1/e.json",
					    "day=1/hour=2/f.json",
					    "day=1/plain/g.json",
					    "_h/h.json",
					    ".i/i.json",
					    "_j.json",
					    ".k.json",
					    "_p=1/l.json",
					    "l._COPYING_",
					    "[z].json",
					    "da.json/part.json",
					    "sub/_u.json"};
	if (!mkdtemp(top) || chdir(top))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(folders[i], 0777))
			return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[128];
		snprintf(path, sizeof(path), "g/%s", files[i]);
		put(path, "{\"a\":1}\n");
		/* one time for all, so that the order is that of the paths */
		struct timespec t[2] = {{1700000000, 123456789}, {1700000000, 123456789}};
		if (utimensat(AT_FDCWD, path, t, 0))
			return -1;
	}
	put("t/part-0-0.ndjson", "{}\n");
	put("t/level=free/part-0-1.ndjson", "{}\n");
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	char cmd[64];
	snprintf(cmd, sizeof(cmd), "rm -r %s", top);
	return chdir("/") || system(cmd);
}

/* The found paths relative to the tree, joined by blanks. */
static const char *found(const struct mdl_discovery *d)
{
	static char text[4096];
	char *real = realpath(".", NULL);
	assert_non_null(real);
	size_t n = 0, r = strlen(real);
	text[0] = '\0';
	for (size_t i = 0; i < d->nfiles; i++) {
		assert_memory_equal(d->files[i].path, real, r);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
				      d->files[i].path + r + 1);
	}
	free(real);
	return text;
}

static void lists_with(const char *operand, struct mdl_discovery_opts opts, const char *want)
{
	struct mdl_discovery d;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_discovery_init(&d);
	if (mdl_discovery_list(&d, &operand, 1, &opts, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(found(&d), want);
	mdl_discovery_free(&d);
}

static void lists(const char *operand, const char *want)
{
	lists_with(operand, (struct mdl_discovery_opts){.recursive = false}, want);
}

static void refuses(const char *operand, const char *why)
{
	struct mdl_discovery d;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_discovery_opts opts = {.recursive = false};
	mdl_discovery_init(&d);
	assert_int_equal(mdl_discovery_list(&d, &operand, 1, &opts, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	if (!strstr(err.msg, why))
		fail_msg("%s", err.msg);
	mdl_discovery_free(&d);
}

static void test_directories(void **state)
{
	(void)state;
	lists("g", "g/[z].json g/_p=1/l.json g/a.json g/a1.json g/ab.json g/b.json g/b2.json g/day=1/e.json "
		   "g/day=1/hour=2/f.json g/x.csv");
	lists("g/", "g/[z].json g/_p=1/l.json g/a.json g/a1.json g/ab.json g/b.json g/b2.json g/day=1/e.json "
		    "g/day=1/hour=2/f.json g/x.csv");
	lists("g/sub", "g/sub/c.json");
	lists("g/da.json", "g/da.json/part.json");
	lists("empty", "");
	struct mdl_discovery_opts r = {.recursive = true};
	lists_with(
		"g", r,
		"g/[z].json g/_p=1/l.json g/a.json g/a1.json g/ab.json g/b.json g/b2.json g/da.json/part.json "
		"g/day=1/e.json g/day=1/hour=2/f.json g/day=1/plain/g.json g/sub/c.json g/sub/deep/d.json g/x.csv");
	r.filter = "?.json";
	lists_with(
		"g", r,
		"g/_p=1/l.json g/a.json g/b.json g/day=1/e.json g/day=1/hour=2/f.json g/day=1/plain/g.json "
		"g/sub/c.json g/sub/deep/d.json");
}

static void test_globs(void **state)
{
	(void)state;
	lists("g/*.json", "g/[z].json g/a.json g/a1.json g/ab.json g/b.json g/b2.json g/da.json/part.json");
	lists("g/?.json", "g/a.json g/b.json");
	lists("g/[ab].json", "g/a.json g/b.json");
	lists("g/[^a].json", "g/b.json");
	lists("g/[!a].json", "g/b.json");
	lists("g/{a,b}.json", "g/a.json g/b.json");
	lists("g/{a,b{1,2}}.json", "g/a.json g/b2.json");
	lists("g/s*", "g/sub/c.json");
	lists("g/sub/*", "g/sub/c.json g/sub/deep/d.json");
	lists("g/[a-b]*.json", "g/a.json g/a1.json g/ab.json g/b.json g/b2.json");
	lists("g/\\[z\\].json", "g/[z].json");
	lists("g/{sub,day=1}/*.json", "g/day=1/e.json g/sub/c.json");
	lists("{g,nowhere}/a.json", "g/a.json");
	/* an operand that exists is no glob; in Spark it is */
	lists("g/[z].json", "g/[z].json");
	/* wildcards do not match what is hidden; in Spark they match hidden folders */
	lists("g/*/*.json", "g/_p=1/l.json g/da.json/part.json g/day=1/e.json g/sub/c.json");
	lists("g/_*", "g/_h/h.json g/_j.json g/_p=1/l.json");
	refuses("g/[a", "is not a glob");
	refuses("g/{a,b", "is not a glob");
	char many[300] = "g/";
	for (size_t n = 2; n < 290; n += 9)
		memcpy(many + n, "{a,b,c,d}", 10);
	refuses(many, "more than 10000");
}

static void test_single_files(void **state)
{
	(void)state;
	struct mdl_discovery d;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_discovery_opts opts = {.filter = "*.csv"};
	const char *operand = "./g/../g/_j.json";
	mdl_discovery_init(&d);
	assert_int_equal(mdl_discovery_list(&d, &operand, 1, &opts, &err), 0);
	assert_string_equal(found(&d), "g/_j.json");
	struct stat st;
	assert_int_equal(stat(operand, &st), 0);
	assert_int_equal(d.files[0].size, 8);
	assert_true(d.files[0].mtime_ms == INT64_C(1700000000123));
	assert_true(d.files[0].inode == (uint64_t)st.st_ino && d.files[0].device == (uint64_t)st.st_dev);
	mdl_discovery_free(&d);
	refuses("g/none.json", "g/none.json: cannot be read: No such file");
	refuses("/dev/null", "standard input");
}

static void test_operands_that_overlap(void **state)
{
	(void)state;
	struct mdl_discovery d;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_discovery_opts opts = {.recursive = false};
	const char *operands[] = {"g/sub", "g/sub/c.json", "g/s*", "none*", "t", "./t/", "g/x.csv"};
	mdl_discovery_init(&d);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(mdl_discovery_list(&d, operands, 7, &opts, &err), 0);
		assert_string_equal(found(&d), "g/sub/c.json g/x.csv");
		assert_int_equal(d.ntables, 1);
		assert_string_equal(strrchr(d.tables[0], '/'), "/t");
		assert_int_equal(d.nunmatched, 1);
		assert_string_equal(d.unmatched[0], "none*");
	}
	mdl_discovery_free(&d);
}

static void test_order_is_time_then_path(void **state)
{
	(void)state;
	assert_int_equal(mkdir("order", 0777), 0);
	static const struct {
		const char *name;
		long s, ms;
	} files[] = {{"order/c", 20, 1}, {"order/b", 20, 1}, {"order/a", 20, 2}, {"order/z", 10, 999}};
	for (size_t i = 0; i < 4; i++) {
		put(files[i].name, "");
		struct timespec t[2] = {{files[i].s, files[i].ms * 1000000},
					{files[i].s, files[i].ms * 1000000 + (long)i}};
		assert_int_equal(utimensat(AT_FDCWD, files[i].name, t, 0), 0);
	}
	lists("order", "order/z order/b order/c order/a");
}

static void test_tables_are_not_listed(void **state)
{
	(void)state;
	refuses("t/*", "is a table");
	refuses("t/*/*.ndjson", "is a table");
	refuses("t/level=free", "is a part of the table");
	refuses("t/level=free/*", "is a part of the table");
	refuses("delta", "is a Delta table");
	lists("t/part-0-0.ndjson", "t/part-0-0.ndjson");
}

static void test_table_files_by_log(void **state)
{
	(void)state;
	struct mdl_discovery d;
	struct mdl_err err = MDL_ERR_INIT;
	char first[] = "level=free/part-0-1.ndjson", second[] = "part-0-0.ndjson", gone[] = "part-9-9.ndjson";
	struct mdl_table_entry entries[] = {{first, 3, 42, 0, 0}, {second, 3, 41, 0, 0}, {gone, 1, 1, 0, 0}};
	struct mdl_table_log log = {.exists = true, .files = entries, .nfiles = 2};
	char *dir = realpath("t", NULL);
	assert_non_null(dir);
	mdl_discovery_init(&d);
	assert_int_equal(mdl_discovery_table(&d, dir, &log, &err), 0);
	assert_string_equal(found(&d), "t/level=free/part-0-1.ndjson t/part-0-0.ndjson");
	assert_true(d.files[0].mtime_ms == 42);
	log.nfiles = 3;
	assert_int_equal(mdl_discovery_table(&d, dir, &log, &err), -1);
	assert_non_null(strstr(err.msg, "part-9-9"));
	free(dir);
	mdl_discovery_free(&d);
}

static void test_uri_is_sparks(void **state)
{
	(void)state;
	/* as in sources/0/0 of a Spark stream over such names */
	static const struct {
		const char *name, *uri;
	} names[] = {{"d e%.json", "d%20e%25.json"},
		     {"\xc3\xa4", "\xc3\xa4"},
		     {"a:b", "a:b"},
		     {"a%20b", "a%2520b"},
		     {"a#b?c", "a%23b%3Fc"},
		     {"tab\tx", "tab%09x"},
		     {"k=v", "k=v"},
		     {"a\\b", "a%5Cb"},
		     {"nbsp\xc2\xa0", "nbsp%C2%A0"},
		     {"a{b", "a%7Bb"},
		     {"~'!*", "~'!*"}};
	assert_int_equal(mkdir("uri", 0777), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[64];
		snprintf(path, sizeof(path), "uri/%s", names[i].name);
		put(path, "");
		struct mdl_discovery d;
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_discovery_opts opts = {.recursive = false};
		const char *operand = path;
		mdl_discovery_init(&d);
		assert_int_equal(mdl_discovery_list(&d, &operand, 1, &opts, &err), 0);
		assert_memory_equal(d.files[0].uri, "file:///", 8);
		assert_string_equal(strrchr(d.files[0].uri, '/') + 1, names[i].uri);
		mdl_discovery_free(&d);
	}
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("links", 0777), 0);
	assert_int_equal(symlink("../g/a.json", "links/current"), 0);
	assert_int_equal(symlink("..", "links/up=1"), 0);
	assert_int_equal(symlink("nowhere", "links/broken"), 0);
	assert_int_equal(symlink("links", "links2"), 0);
	struct mdl_discovery_opts r = {.recursive = true};
	/* the folder's links are resolved, the file keeps its name, and no circle is walked */
	lists_with("links2", r, "links/current");
}

static void test_match(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *name;
		bool want;
	} cases[] = {{"*", "", true},
		     {"?", "\xc3\xa4", true},
		     {"??", "\xc3\xa4", false},
		     {"[\xc3\xa0-\xc3\xbc]", "\xc3\xa4", true},
		     {"[^\xc3\xa4]", "\xc3\xa4", false},
		     {"a*b*c", "aXbYbZc", true},
		     {"a*b*c", "aXbYbZ", false},
		     {"*.json", ".json", true},
		     {"\\*", "*", true},
		     {"\\*", "a", false},
		     {"[\\]]", "]", true},
		     {"[]a]", "]", true},
		     {"[a-]", "-", true},
		     {"a", "ab", false},
		     {"ab", "a", false},
		     {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (mdl_discovery_match(cases[i].pattern, cases[i].name) != cases[i].want)
			fail_msg("%s %s", cases[i].pattern, cases[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_single_files),
		cmocka_unit_test(test_operands_that_overlap),
		cmocka_unit_test(test_order_is_time_then_path),
		cmocka_unit_test(test_tables_are_not_listed),
		cmocka_unit_test(test_table_files_by_log),
		cmocka_unit_test(test_uri_is_sparks),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_match),
	};
	return cmocka_run_group_tests_name("discovery", tests, make_tree, remove_tree);
}
