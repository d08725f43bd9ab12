/* SPDX-License-Identifier: MIT
 *
 * A program that this one starts: what it reads and writes, its end, and that neither
 * its closed input nor its death harms us.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"

static struct mdl_err err;

static struct mdl_child start(const char *script, bool guarded)
{
	struct mdl_child c;
	char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)script, NULL};
	mdl_err_clear(&err);
	assert_int_equal(mdl_child_start(&c, argv, guarded, &err), 0);
	return c;
}

/* All that it writes, up to its end. */
static size_t read_all(struct mdl_child *c, char *buf, size_t cap)
{
	size_t n = 0;
	while (c->out >= 0) {
		struct pollfd p = {c->out, POLLIN, 0};
		assert_true(poll(&p, 1, 300000) > 0);
		ssize_t r = mdl_child_read(c, buf + n, cap - n, &err);
		assert_true(r >= 0);
		n += (size_t)r;
	}
	return n;
}

static int end(struct mdl_child *c)
{
	int status = -1, r;
	while ((r = mdl_child_ended(c, &status, &err)) == 0)
		poll(NULL, 0, 5);
	assert_int_equal(r, 1);
	mdl_child_kill(c);
	return status;
}

static void reads_and_writes(void **state)
{
	(void)state;
	char buf[64];
	struct mdl_child c = start("tr a-z A-Z; exit 3", false);
	assert_int_equal(mdl_child_read(&c, buf, sizeof(buf), &err), 0); /* nothing yet, and no wait */
	assert_true(c.out >= 0);
	assert_int_equal(mdl_child_write(&c, "abc\n", 4, &err), 4);
	mdl_child_close_in(&c);
	assert_int_equal(read_all(&c, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "ABC\n", 4);
	int status = end(&c);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void a_full_pipe_takes_nothing(void **state)
{
	(void)state;
	static char block[1 << 16];
	struct mdl_child c = start("sleep 20", false);
	size_t all = 0;
	ssize_t w;
	while ((w = mdl_child_write(&c, block, sizeof(block), &err)) > 0 && all < 1 << 24)
		all += (size_t)w;
	assert_int_equal(w, 0);
	assert_true(c.in >= 0);
	mdl_child_kill(&c);
	assert_int_equal(c.pid, 0);
	assert_true(c.in < 0 && c.out < 0);
}

/* SIGPIPE has its default here and would kill the test. */
static void a_closed_input_is_no_signal(void **state)
{
	(void)state;
	char buf[16];
	signal(SIGPIPE, SIG_DFL);
	struct mdl_child c = start("exec <&-; echo x", false);
	assert_int_equal(read_all(&c, buf, sizeof(buf)), 2);
	while (c.in >= 0)
		assert_int_equal(mdl_child_write(&c, "abc\n", 4, &err), 4);
	sigset_t pending;
	sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
	assert_int_equal(end(&c), 0);
}

static void what_cannot_run_is_an_error(void **state)
{
	(void)state;
	struct mdl_child c;
	char *argv[] = {(char *)(uintptr_t) "/no/such/program", NULL};
	mdl_err_clear(&err);
	assert_int_equal(mdl_child_start(&c, argv, false, &err), -1);
	assert_non_null(strstr(err.msg, "/no/such/program"));
	assert_int_equal(err.status, MDL_TROUBLE);
	mdl_child_kill(&c); /* harmless */
	assert_int_equal(mdl_child_find("sh", &err), 0);
	assert_int_equal(mdl_child_find("/bin/sh", &err), 0);
	assert_int_equal(mdl_child_find("no-such-program", &err), -1);
	assert_int_equal(mdl_child_find("/etc/passwd", &err), -1);
	assert_int_equal(mdl_child_find("/etc", &err), -1);
	assert_int_equal(mdl_child_find("", &err), -1);
}

static void a_killed_program_is_told_apart(void **state)
{
	(void)state;
	struct mdl_child c = start("kill -9 $$", false);
	int status = end(&c);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void a_guarded_program_ignores_the_first_signals(void **state)
{
	(void)state;
	char buf[16];
	struct mdl_child c = start("kill -TERM $$; kill -INT $$; kill -HUP $$; echo here", true);
	assert_int_equal(read_all(&c, buf, sizeof(buf)), 5);
	assert_int_equal(end(&c), 0);
	c = start("kill -TERM $$; echo here", false);
	assert_int_equal(read_all(&c, buf, sizeof(buf)), 0);
	assert_true(WIFSIGNALED(end(&c)));
}

/* Nothing of ours is open there but its standard descriptors. */
static void descriptors_stay_here(void **state)
{
	(void)state;
	char buf[256];
	assert_int_equal(close_range(3, ~0U, 0), 0); /* what the test was given */
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct mdl_child c = start("ls /proc/self/fd | tr '\\n' ' '", false);
	size_t n = read_all(&c, buf, sizeof(buf) - 1);
	buf[n] = '\0';
	assert_string_equal(buf, "0 1 2 3 "); /* 3 is the folder that ls reads */
	assert_int_equal(end(&c), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(a_full_pipe_takes_nothing),
		cmocka_unit_test(a_closed_input_is_no_signal),
		cmocka_unit_test(what_cannot_run_is_an_error),
		cmocka_unit_test(a_killed_program_is_told_apart),
		cmocka_unit_test(a_guarded_program_ignores_the_first_signals),
		cmocka_unit_test(descriptors_stay_here),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
