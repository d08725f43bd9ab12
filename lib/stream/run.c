/* SPDX-License-Identifier: MIT
 *
 * Holding a run: see run.h.
 */
#include "stream/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { LONGEST_NAME = 200 };

int mdl_run_hold(const char *checkpoint, const char *run, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/medal/run/%s", checkpoint, run);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd;
	struct stat st;
	if (fd < 0 && errno == ENOENT) {
		r = mdl_err_set(
			err, MDL_RETRY,
			"this run of checkpoint %s is over (a later run has begun, or the lines are of an old run)",
			checkpoint);
	} else if (fd < 0) {
		r = mdl_err_sys(err, "opening the run file %s", path);
	} else if (flock(fd, LOCK_SH) || fstat(fd, &st)) {
		r = mdl_err_sys(err, "locking the run file %s", path);
	} else if (st.st_nlink == 0) {
		r = mdl_err_set(err, MDL_RETRY, "this run of checkpoint %s is over: a later run has begun",
				checkpoint);
	}
	if (r < 0 && fd >= 0)
		close(fd);
	free(path);
	return r;
}

int mdl_run_check_name(const char *name, struct mdl_err *err)
{
	bool well = name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) <= LONGEST_NAME;
	for (const char *c = name; *c; c++)
		well = well && (unsigned char)*c >= ' ' && *c != 0x7f;
	return well ? 0
		    : mdl_err_set(
			      err, MDL_TROUBLE,
			      "option --name: '%s' is no name for a stage: it has 1 to %d bytes, no '/', no "
			      "control characters and no '.' at its begin",
			      name, LONGEST_NAME);
}

int mdl_run_claim(const char *checkpoint, const char *run, const char *stage, struct mdl_err *err)
{
	if (stage[0] == '.' || strlen(stage) > LONGEST_NAME)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the stage name '%s' cannot be used: it may not begin with '.' nor be longer than %d bytes",
			stage, LONGEST_NAME);
	char *name = mdl_strdup(stage);
	for (char *c = name; *c; c++)
		if (*c == '/') /* b/write of a branch */
			*c = '%';
	char *path = mdl_asprintf("%s/medal/run/%s.d/stage.%s", checkpoint, run, name);
	free(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int r = 0;
	if (fd >= 0)
		close(fd);
	else if (errno == EEXIST)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"two stages of this pipeline are named '%s'; name one of them with --name, or is there a tee without --branches?",
			stage);
	else
		r = mdl_err_sys(err, "claiming %s", path);
	free(path);
	return r;
}

void mdl_run_ping(const char *checkpoint, const char *run, const char *stage, uint64_t epoch)
{
	int e = errno;
	char *path = mdl_asprintf("%s/medal/run/%s.d/ack", checkpoint, run);
	/* for reading, too: when the source ends between open and write, that must not be a SIGPIPE */
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		char line[LONGEST_NAME + 64]; /* and what mdl_run_tell adds, and the epoch */
		int n = snprintf(line, sizeof(line), "%.*s %" PRIu64 "\n", LONGEST_NAME + 20, stage, epoch);
		ssize_t w = write(fd, line, (size_t)n);
		(void)w;
		close(fd);
	}
	free(path);
	errno = e;
}

void mdl_run_tell(const char *checkpoint, const char *run, const char *stage, const char *how, uint64_t epoch)
{
	char *name = mdl_asprintf("%s%.*s", stage, (int)strlen(how) - 1, how);
	mdl_run_ping(checkpoint, run, name, epoch);
	free(name);
}

static void first_signal(int sig)
{
	signal(sig, SIG_DFL);
}

static const int held_signals[] = {SIGINT, SIGTERM, SIGHUP};

void mdl_run_hold_signals(void)
{
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(*held_signals); i++) {
		struct sigaction old, sa = {.sa_handler = first_signal, .sa_flags = SA_RESTART};
		sigemptyset(&sa.sa_mask);
		/* nohup's SIG_IGN stays */
		if (sigaction(held_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(held_signals[i], &sa, NULL);
	}
}

void mdl_run_release_signals(void)
{
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(*held_signals); i++) {
		struct sigaction old;
		if (sigaction(held_signals[i], NULL, &old) == 0 && old.sa_handler == first_signal)
			signal(held_signals[i], SIG_DFL);
	}
}

static volatile sig_atomic_t caught;

static void note_signal(int sig)
{
	caught = sig;
	signal(sig, SIG_DFL);
}

void mdl_run_catch_signals(void)
{
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(*held_signals); i++) {
		struct sigaction old, sa = {.sa_handler = note_signal};
		sigemptyset(&sa.sa_mask);
		if (sigaction(held_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(held_signals[i], &sa, NULL);
	}
}

int mdl_run_signal(void)
{
	return (int)caught;
}
