/* SPDX-License-Identifier: MIT
 *
 * A program that this one starts: see child.h.
 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

int mdl_child_find(const char *name, struct mdl_err *err)
{
	if (strchr(name, '/'))
		return is_program(name)
			       ? 0
			       : mdl_err_set(err, MDL_TROUBLE, "%s is no program that can be run", name);
	const char *path = getenv("PATH");
	for (const char *p = path ? path : "/usr/bin:/bin";; p++) {
		size_t n = strcspn(p, ":");
		char *full = n ? mdl_asprintf("%.*s/%s", (int)n, p, name) : mdl_strdup(name);
		bool found = is_program(full);
		free(full);
		if (found)
			return 0;
		p += n;
		if (!*p)
			return mdl_err_set(err, MDL_TROUBLE, "there is no program '%s' in PATH", name);
	}
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(int fds[6])
{
	for (int i = 0; i < 6; i++)
		close_fd(&fds[i]);
}

/* In the new process: nothing but what is safe after fork. FAILED tells the parent why exec did not happen. */
static _Noreturn void become(char *const *argv, bool guarded, pid_t parent, int in, int out, int failed)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	for (size_t i = 0; guarded && i < sizeof(ends) / sizeof(*ends); i++)
		signal(ends[i], SIG_IGN);
	if (guarded && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() != parent)
		_exit(127);
	mdl_file_limit_as_before();
	int e = 0;
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		e = errno;
	if (!e) {
		execvp(argv[0], argv);
		e = errno;
	}
	(void)!write(failed, &e, sizeof(e));
	_exit(127);
}

int mdl_child_start(struct mdl_child *c, char *const *argv, bool guarded, struct mdl_err *err)
{
	enum { IN_R, IN_W, OUT_R, OUT_W, FAILED_R, FAILED_W };
	int fds[6] = {-1, -1, -1, -1, -1, -1}, e = 0;
	*c = (struct mdl_child)MDL_CHILD_NONE;
	pid_t parent = getpid(), pid = -1;
	if (pipe2(fds + IN_R, O_CLOEXEC) == 0 && pipe2(fds + OUT_R, O_CLOEXEC) == 0 &&
	    pipe2(fds + FAILED_R, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		become(argv, guarded, parent, fds[IN_R], fds[OUT_W], fds[FAILED_W]);
	if (pid < 0) {
		mdl_err_sys(err, "starting %s", argv[0]);
		close_all(fds);
		return -1;
	}
	close_fd(&fds[FAILED_W]);
	ssize_t n = mdl_read(fds[FAILED_R], &e, sizeof(e));
	if (n == (ssize_t)sizeof(e)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		close_all(fds);
		errno = e;
		return mdl_err_sys(err, "starting %s", argv[0]);
	}
	/* Each end of a pipe is its own: the program's ends go on blocking. */
	if (fcntl(fds[IN_W], F_SETFL, O_NONBLOCK) < 0 || fcntl(fds[OUT_R], F_SETFL, O_NONBLOCK) < 0)
		mdl_bug("a pipe that cannot be told not to block");
	*c = (struct mdl_child){pid, fds[IN_W], fds[OUT_R]};
	fds[IN_W] = fds[OUT_R] = -1;
	close_all(fds);
	return 0;
}

/* write(2) without SIGPIPE, whose default this program wants for its own output. */
static ssize_t quiet_write(int fd, const void *p, size_t n)
{
	sigset_t pipe, old, pending;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	bool had = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
	sigprocmask(SIG_BLOCK, &pipe, &old);
	ssize_t w;
	do
		w = write(fd, p, n);
	while (w < 0 && errno == EINTR);
	int e = errno;
	if (w < 0 && e == EPIPE && !had) {
		struct timespec now = {0, 0};
		(void)sigtimedwait(&pipe, NULL, &now);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = e;
	return w;
}

ssize_t mdl_child_write(struct mdl_child *c, const char *p, size_t n, struct mdl_err *err)
{
	ssize_t w = quiet_write(c->in, p, n);
	if (w >= 0)
		return w;
	if (errno == EAGAIN)
		return 0;
	if (errno != EPIPE)
		return mdl_err_sys(err, "writing to the standard input of a program");
	mdl_child_close_in(c);
	return (ssize_t)n;
}

ssize_t mdl_child_read(struct mdl_child *c, char *p, size_t n, struct mdl_err *err)
{
	ssize_t r;
	do
		r = read(c->out, p, n);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EAGAIN)
		return 0;
	if (r < 0)
		return mdl_err_sys(err, "reading the standard output of a program");
	if (r == 0)
		close_fd(&c->out);
	return r;
}

void mdl_child_close_in(struct mdl_child *c)
{
	close_fd(&c->in);
}

int mdl_child_ended(struct mdl_child *c, int *status, struct mdl_err *err)
{
	pid_t r = waitpid(c->pid, status, WNOHANG);
	if (r == 0 || (r < 0 && errno == EINTR))
		return 0;
	if (r < 0)
		return mdl_err_sys(err, "waiting for a program to end");
	c->pid = 0;
	return 1;
}

void mdl_child_kill(struct mdl_child *c)
{
	close_fd(&c->in);
	close_fd(&c->out);
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = 0;
}
