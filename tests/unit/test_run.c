/* SPDX-License-Identifier: MIT
 *
 * stream/run: what the names of stages may be, and that news of the longest one come whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/run.h"

static char dir[] = "/tmp/test_run-XXXXXX";
static const char run[] = "0123456789abcdef0123456789abcdef";

static int make(void **state)
{
	char path[200];
	const char *parts[] = {"medal", "medal/run", "medal/run/0123456789abcdef0123456789abcdef.d"};
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, parts[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	snprintf(path, sizeof(path), "%s/%s/ack", dir, parts[2]);
	return mkfifo(path, 0600);
}

static int unmake(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void name_of(char *name, size_t n)
{
	memset(name, 'n', n);
	name[n] = '\0';
}

static void names_are_those_of_files(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	char name[202];
	(void)state;
	static const char *const good[] = {"dedupe", "dedupe-2", "a b", "\xc3\xa9", "%"};
	static const char *const bad[] = {"", ".", ".x", "a/b", "/", "a\nb", "\x7f"};
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(mdl_run_check_name(good[i], &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(mdl_run_check_name(bad[i], &err), -1);
	name_of(name, 200);
	assert_int_equal(mdl_run_check_name(name, &err), 0);
	name_of(name, 201);
	assert_int_equal(mdl_run_check_name(name, &err), -1);
}

static void news_of_the_longest_name_are_whole(void **state)
{
	char path[200], name[201], line[400], want[400];
	(void)state;
	snprintf(path, sizeof(path), "%s/medal/run/%s.d/ack", dir, run);
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	name_of(name, 200);
	mdl_run_tell(dir, run, name, MDL_RUN_FAILED, UINT64_MAX);
	ssize_t n = read(fd, line, sizeof(line));
	assert_true(n > 0);
	snprintf(want, sizeof(want), "%s" MDL_RUN_FAILED "%llu\n", name, (unsigned long long)UINT64_MAX);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(line, want, strlen(want));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_files),
		cmocka_unit_test(news_of_the_longest_name_are_whole),
	};
	return cmocka_run_group_tests(tests, make, unmake);
}
