/* SPDX-License-Identifier: MIT
 *
 * Durable files: contents and names after each call. That the data survives a
 * power cut cannot be seen from here; the order of the system calls is checked
 * by the fault tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static char dir[64];
static char start[4096];
static struct mdl_err err;

static int enter(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	memcpy(dir, "/tmp/test_file.XXXXXX", 22);
	return getcwd(start, sizeof(start)) && mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	char cmd[96];
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return chdir(start) == 0 ? system(cmd) : -1;
}

static void holds(const char *path, const char *content)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	assert_int_equal(mdl_file_read(path, &b, &err), 0);
	assert_string_equal(mdl_buf_cstr(&b), content);
	mdl_buf_free(&b);
}

static size_t entries(const char *path)
{
	size_t n = 0;
	DIR *d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void replace_leaves_one_file_with_the_new_content(void **state)
{
	(void)state;
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("old"), &err), 0);
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("new"), &err), 0);
	holds("f", "new");
	assert_int_equal(entries("."), 1);
}

static void create_keeps_the_first_content(void **state)
{
	(void)state;
	bool created = false;
	assert_int_equal(mdl_file_create(".", "f", MDL_SLICE("first"), &created, &err), 0);
	assert_true(created);
	assert_int_equal(mdl_file_create(".", "f", MDL_SLICE("second"), &created, &err), 0);
	assert_false(created);
	holds("f", "first");
	assert_int_equal(entries("."), 1);
}

static void who_has_lost_the_name_of_what_he_held_creates_nothing(void **state)
{
	(void)state;
	bool created = false;
	int held = open("held", O_RDWR | O_CREAT, 0600);
	assert_true(mdl_file_has_name(held));
	assert_int_equal(mdl_file_create_held(".", "f", MDL_SLICE("first"), held, &created, &err), 0);
	assert_true(created);
	assert_int_equal(unlink("held"), 0);
	assert_false(mdl_file_has_name(held));
	assert_int_equal(mdl_file_create_held(".", "g", MDL_SLICE("second"), held, &created, &err), -1);
	assert_int_equal(err.status, MDL_RETRY);
	mdl_err_clear(&err);
	/* what another has made is there */
	created = true;
	assert_int_equal(mdl_file_create_held(".", "f", MDL_SLICE("third"), held, &created, &err), 0);
	assert_false(created);
	close(held);
	holds("f", "first");
	assert_int_equal(entries("."), 1);
}

static void one_of_many_creators_wins(void **state)
{
	(void)state;
	enum { PROCESSES = 8, FILES = 20 };
	pid_t pids[PROCESSES];
	int wins = 0;
	for (int p = 0; p < PROCESSES; p++) {
		pids[p] = fork();
		assert_true(pids[p] >= 0);
		if (pids[p] == 0) {
			int won = 0;
			for (int f = 0; f < FILES; f++) {
				char name[16];
				bool created;
				snprintf(name, sizeof(name), "%d", f);
				if (mdl_file_create(".", name, mdl_slice_of(name), &created, &err) != 0)
					_exit(255);
				won += created;
			}
			_exit(won);
		}
	}
	for (int p = 0; p < PROCESSES; p++) {
		int status;
		assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= FILES);
		wins += WEXITSTATUS(status);
	}
	assert_int_equal(wins, FILES);
	assert_int_equal(entries("."), FILES);
}

static void a_dead_process_leaves_nothing_in_the_way(void **state)
{
	(void)state;
	char tmp[64];
	snprintf(tmp, sizeof(tmp), ".f.%ld.tmp", (long)getpid());
	FILE *left = fopen(tmp, "w");
	assert_non_null(left);
	fclose(left);
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("x"), &err), 0);
	holds("f", "x");
	assert_int_equal(entries("."), 1);
}

static void a_full_device_is_worth_a_retry(void **state)
{
	(void)state;
	int fd = open("/dev/full", O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(mdl_write_all(fd, "x", 1), -1);
	mdl_err_sys(&err, "cannot write");
	assert_int_equal(err.status, MDL_RETRY);
	assert_string_equal(err.msg, "cannot write: No space left on device");
	close(fd);
}

static void failures_name_the_path(void **state)
{
	(void)state;
	assert_int_equal(mdl_file_replace("nowhere", "f", MDL_SLICE("x"), &err), -1);
	assert_non_null(strstr(err.msg, "nowhere/.f."));
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_int_equal(mdl_dir_sync("nowhere", &err), -1);
	assert_non_null(strstr(err.msg, "nowhere"));
	assert_int_equal(mkdir("d", 0777), 0);
	assert_int_equal(mdl_file_replace(".", "d", MDL_SLICE("x"), &err), -1);
	assert_int_equal(entries("."), 1); /* and nothing temporary stays */
}

static void directories_are_made_to_any_depth(void **state)
{
	(void)state;
	struct stat st;
	assert_int_equal(mdl_dir_make("a/b//c/", &err), 0);
	assert_int_equal(mdl_dir_make("a/b/c", &err), 0);
	assert_int_equal(stat("a/b/c", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(mdl_file_replace("a", "f", MDL_SLICE(""), &err), 0);
	assert_int_equal(mdl_dir_make("a/f/g", &err), -1);
	assert_string_equal(err.msg, "cannot make the directory a/f: Not a directory");
}

static void reading_is_bounded(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(5);
	assert_int_equal(mdl_file_read("f", &b, &err), 1);
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("12345"), &err), 0);
	assert_int_equal(mdl_file_read("f", &b, &err), 0);
	assert_int_equal(b.n, 5);
	mdl_buf_clear(&b);
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("123456"), &err), 0);
	assert_int_equal(mdl_file_read("f", &b, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_int_equal(mdl_file_read(".", &b, &err), -1);
	mdl_buf_free(&b);
}

static void removing_what_is_missing_is_fine(void **state)
{
	(void)state;
	assert_int_equal(mdl_file_remove("f", &err), 0);
	assert_int_equal(mdl_file_replace(".", "f", MDL_SLICE("x"), &err), 0);
	assert_int_equal(mdl_file_remove("f", &err), 0);
	assert_int_equal(entries("."), 0);
	assert_int_equal(mdl_file_remove("f/g/..", &err), 0);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* A pipe that is full, does not block, and is interrupted: all the bytes arrive all the same. */
static void writes_are_never_short(void **state)
{
	(void)state;
	enum { TOTAL = 3 << 20 };
	int fds[2];
	struct sigaction sa = {.sa_handler = on_alarm}, old;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	pid_t reader = fork();
	assert_true(reader >= 0);
	if (reader == 0) {
		static char chunk[10000];
		size_t n = 0;
		ssize_t r;
		close(fds[1]);
		usleep(20000);
		while ((r = mdl_read(fds[0], chunk, sizeof(chunk))) > 0)
			n += (size_t)r;
		_exit(n == TOTAL ? 0 : 1);
	}
	close(fds[0]);
	sigaction(SIGALRM, &sa, &old);
	ualarm(2000, 2000);
	char *bytes = calloc(1, TOTAL);
	assert_int_equal(mdl_write_all(fds[1], bytes, TOTAL), 0);
	while (!alarms)
		usleep(1000);
	ualarm(0, 0);
	sigaction(SIGALRM, &old, NULL);
	close(fds[1]);
	free(bytes);
	int status;
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
}

static void crc32c_has_the_values_of_rfc_3720(void **state)
{
	(void)state;
	unsigned char b[32];
	memset(b, 0, 32);
	assert_int_equal(mdl_crc32c(0, b, 32), 0x8A9136AA);
	memset(b, 0xFF, 32);
	assert_int_equal(mdl_crc32c(0, b, 32), 0x62A8AB43);
	for (unsigned i = 0; i < 32; i++)
		b[i] = (unsigned char)i;
	assert_int_equal(mdl_crc32c(0, b, 32), 0x46DD794E);
	assert_int_equal(mdl_crc32c(0, "123456789", 9), 0xE3069283);
	assert_int_equal(mdl_crc32c(0, "", 0), 0);
}

static void crc32c_goes_on_and_both_ways_agree(void **state)
{
	(void)state;
	unsigned char b[257];
	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (unsigned char)(i * 73 + 11);
	for (size_t n = 0; n <= sizeof(b); n++) {
		uint32_t whole = mdl_crc32c_portable(0, b, n);
		assert_int_equal(mdl_crc32c(0, b, n), whole);
		assert_int_equal(mdl_crc32c(mdl_crc32c(0, b, n / 3), b + n / 3, n - n / 3), whole);
	}
}

static void paths(void **state)
{
	(void)state;
	static const char *const joins[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}};
	for (size_t i = 0; i < 3; i++) {
		char *p = mdl_path_join(joins[i][0], joins[i][1]);
		assert_string_equal(p, joins[i][2]);
		free(p);
	}
	assert_int_equal(mkdir("d", 0777), 0);
	assert_int_equal(symlink("d", "l"), 0);
	char *here = realpath(".", NULL), *want = mdl_path_join(here, "d/new"),
	     *got = mdl_path_real("l/../l/new/", &err);
	assert_string_equal(got, want);
	free(want);
	free(got);
	want = mdl_path_join(here, "d");
	got = mdl_path_real("./l", &err);
	assert_string_equal(got, want);
	assert_null(mdl_path_real("nowhere/x", &err));
	assert_non_null(strstr(err.msg, "'nowhere'"));
	assert_null(mdl_path_real("nowhere/..", &err));
	assert_null(mdl_path_real("", &err));
	free(want);
	free(got);
	free(here);
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(replace_leaves_one_file_with_the_new_content),
		in_scratch(create_keeps_the_first_content),
		in_scratch(who_has_lost_the_name_of_what_he_held_creates_nothing),
		in_scratch(one_of_many_creators_wins),
		in_scratch(a_dead_process_leaves_nothing_in_the_way),
		in_scratch(a_full_device_is_worth_a_retry),
		in_scratch(failures_name_the_path),
		in_scratch(directories_are_made_to_any_depth),
		in_scratch(reading_is_bounded),
		in_scratch(removing_what_is_missing_is_fine),
		cmocka_unit_test(writes_are_never_short),
		cmocka_unit_test(crc32c_has_the_values_of_rfc_3720),
		cmocka_unit_test(crc32c_goes_on_and_both_ways_agree),
		in_scratch(paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
