/* SPDX-License-Identifier: MIT
 *
 * Who reads a pipe. This test is also the programs at its ends: as medal-probe it fills the pipe until its reader has begun
 * to read, and asks; as medal-reader it reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pipe_peer.h"

static char *folder;

/* Status 0: the readers are ours; 1: not. WAIT: for a while, as the shell that has started them still holds the pipe. */
static int probe(bool wait)
{
	int unread = 1;

	while (unread) {
		if (!write(STDOUT_FILENO, "x", 1) || ioctl(STDOUT_FILENO, FIONREAD, &unread))
			return 2;
		for (int i = 0; unread && i < 100; i++) {
			poll(NULL, 0, 1);
			ioctl(STDOUT_FILENO, FIONREAD, &unread);
		}
	}
	bool ours = mdl_pipe_readers_are_ours(STDOUT_FILENO);

	for (int i = 0; wait && !ours && i < 6000; i++) {
		poll(NULL, 0, 10);
		ours = mdl_pipe_readers_are_ours(STDOUT_FILENO);
	}
	return ours ? 0 : 1;
}

static int reader(const char *name)
{
	char buf[4096];

	if (strcmp(name, "./medal-old") == 0 && unlink(name))
		return 2;
	while (read(STDIN_FILENO, buf, sizeof(buf)) > 0)
		;
	return 0;
}

/* The status of the shell's SCRIPT in the folder with the programs. */
static int run(const char *script)
{
	char *text = mdl_asprintf("cd '%s' || exit 98\n%s", folder, script);
	char *argv[] = {(char *)(uintptr_t) "bash", (char *)(uintptr_t) "-c", text, NULL};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(99);
	}
	free(text);
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_reader_of_ours_is_told(void **state)
{
	(void)state;
	assert_int_equal(run("./medal-probe wait | ./medal-reader; exit ${PIPESTATUS[0]}"), 0);
	/* a newer one has been installed since */
	assert_int_equal(
		run("cp medal-reader medal-old; ./medal-probe wait | ./medal-old; exit ${PIPESTATUS[0]}"), 0);
}

/* It would read on when ours has ended, and not as ours does. */
static void a_shell_that_holds_the_pipe_is_a_reader(void **state)
{
	(void)state;
	assert_int_equal(run("./medal-probe | { ./medal-reader; cat; }; exit ${PIPESTATUS[0]}"), 1);
	assert_int_equal(run("./medal-probe | { exec 5<&0; ./medal-reader 5<&-; }; exit ${PIPESTATUS[0]}"),
			 1);
}

static void a_stranger_beside_ours_is_a_reader(void **state)
{
	(void)state;
	assert_int_equal(
		run("./medal-probe | { sleep 1000 <&0 & echo $! >sleeper; exec ./medal-reader; }; s=${PIPESTATUS[0]}; "
		    "kill $(cat sleeper); exit $s"),
		1);
	/* of our name in another folder */
	assert_int_equal(
		run("mkdir -p other && cp medal-reader other/ && ./medal-probe | other/medal-reader; "
		    "exit ${PIPESTATUS[0]}"),
		1);
	/* in our folder under another name */
	assert_int_equal(run("cp medal-reader reader && ./medal-probe | ./reader; exit ${PIPESTATUS[0]}"), 1);
}

/* Who opens it next cannot be known. */
static void a_named_pipe_has_unknown_readers(void **state)
{
	(void)state;
	assert_int_equal(run("mkfifo fifo; ./medal-reader <fifo & ./medal-probe >fifo; s=$?; wait; exit $s"),
			 1);
}

static int copy_programs(void **state)
{
	static const char *const names[] = {"medal-probe", "medal-reader"};
	char pattern[] = "/tmp/medal-unit-XXXXXX";
	const char *tmp = getenv("TMPDIR");

	(void)state;
	folder = tmp ? mdl_asprintf("%s/medal-unit-XXXXXX", tmp) : mdl_strdup(pattern);
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *text = mdl_asprintf("cp /proc/%d/exe %s/%s", (int)getpid(), folder, names[i]);
		int r = system(text);

		free(text);
		if (r)
			return -1;
	}
	return 0;
}

static int remove_programs(void **state)
{
	char *text = mdl_asprintf("rm -r '%s'", folder);
	int r = system(text);

	(void)state;
	free(text);
	free(folder);
	return r;
}

int main(int argc, char **argv)
{
	if (strstr(argv[0], "medal-probe"))
		return probe(argc > 1);
	if (strstr(argv[0], "medal-reader") || strstr(argv[0], "medal-old") ||
	    strcmp(argv[0], "./reader") == 0)
		return reader(argv[0]);

	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_of_ours_is_told),
		cmocka_unit_test(a_shell_that_holds_the_pipe_is_a_reader),
		cmocka_unit_test(a_stranger_beside_ours_is_a_reader),
		cmocka_unit_test(a_named_pipe_has_unknown_readers),
	};
	return cmocka_run_group_tests(tests, copy_programs, remove_programs);
}
