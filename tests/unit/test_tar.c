/* SPDX-License-Identifier: MIT
 *
 * tar archives: names at the edges of ustar's two fields and sizes round a block come
 * back; damage and names that leave the folder are refused. That GNU tar reads what we
 * write is shown by tests/checkpoint/backup_of_a_live_run_is_of_a_commit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tar.h"

/* A plain archive of one file in a temporary file; its descriptor, at the beginning. */
static int archive(const char *name, const char *content, size_t n, bool end)
{
	struct mdl_err err = MDL_ERR_INIT;
	FILE *f = tmpfile();
	assert_non_null(f);
	int fd = dup(fileno(f));
	fclose(f);
	struct mdl_compress_writer *w = mdl_compress_writer_open(fd, MDL_COMPRESS_NONE, 0, "test");
	assert_int_equal(mdl_tar_put(w, name, (struct mdl_slice){content, n}, 7, &err), 0);
	if (end)
		assert_int_equal(mdl_tar_end(w, &err), 0);
	assert_int_equal(mdl_compress_writer_finish(w, NULL, &err), 0);
	mdl_compress_writer_close(w);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int next(int fd, char name[MDL_TAR_NAME], uint64_t *size, char *content, struct mdl_err *err)
{
	struct mdl_tar_reader t = {.in = mdl_compress_reader_open(fd, MDL_COMPRESS_NONE, "test"),
				   .what = "test"};
	int r = mdl_tar_next(&t, name, size, err);
	if (r > 0) {
		assert_int_equal(mdl_tar_read(&t, content, 2000, err), *size);
		char again[MDL_TAR_NAME];
		uint64_t s;
		r = mdl_tar_next(&t, again, &s, err) == 0 ? 1 : -1;
	}
	mdl_compress_reader_close(t.in);
	close(fd);
	return r;
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = {0, 1, 511, 512, 513, 1024};
	static const size_t lengths[] = {1, 99, 100, 101, 150, 250};
	char content[2000], got[2000], name[MDL_TAR_NAME], back[MDL_TAR_NAME];
	(void)state;
	memset(content, 'x', sizeof(content));
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < 6; k++) {
			struct mdl_err err = MDL_ERR_INIT;
			uint64_t size = 99;
			memset(name, 'n', lengths[k]);
			name[lengths[k]] = '\0';
			if (lengths[k] > 100)
				name[lengths[k] - 100] = '/';
			assert_int_equal(next(archive(name, content, sizes[i], true), back, &size, got, &err),
					 1);
			assert_string_equal(back, name);
			assert_int_equal(size, sizes[i]);
			assert_memory_equal(got, content, sizes[i]);
		}
}

static void test_long_name_is_refused(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	char name[140];
	(void)state;
	memset(name, 'n', 139);
	name[139] = '\0';
	assert_int_equal(mdl_tar_head(NULL, name, 0, 0, &err), -1);
	assert_non_null(strstr(err.msg, "too long"));
}

static void test_damage_is_refused(void **state)
{
	char name[MDL_TAR_NAME], got[2000];
	uint64_t size;
	(void)state;
	/* each bit of the header that the checksum covers */
	for (int at = 0; at < 512; at += 3) {
		struct mdl_err err = MDL_ERR_INIT;
		int fd = archive("a/b", "hello", 5, true);
		char c;
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c = (char)(c ^ 0x10);
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		/* the field of the checksum itself may end in NUL or blank */
		int r = next(fd, name, &size, got, &err);
		if (at < 154 || at > 155)
			assert_int_equal(r, -1);
	}
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(next(archive("a", "hello", 5, false), name, &size, got, &err), -1);
	assert_non_null(strstr(err.msg, "too early"));
}

static void test_names_stay_inside(void **state)
{
	static const char *const bad[] = {"/etc/x", "../x", "a/../x", "a//x", "./x", "a/", ".."};
	char name[MDL_TAR_NAME], got[2000];
	uint64_t size;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		assert_int_equal(next(archive(bad[i], "x", 1, true), name, &size, got, &err), -1);
		assert_non_null(strstr(err.msg, "leaves the folder"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_long_name_is_refused),
		cmocka_unit_test(test_damage_is_refused),
		cmocka_unit_test(test_names_stay_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
