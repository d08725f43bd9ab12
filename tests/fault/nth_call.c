/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: the Nth call of one program that changes the file system
 * fails (the disk is full, the disk is broken), or the program dies or stops at it. See
 * nth_call.py, which goes through every N, and kill_points.py, which knows the steps of the protocol by their paths.
 *
 *   MEDAL_FAULT_IN=medal-write   the program
 *   MEDAL_FAULT_CALL=link        only this call; without it all below but flock, which changes nothing
 *   MEDAL_FAULT_PATH=PATTERN     only where the path (of a rename or link the new one) matches, as fnmatch(3) does
 *   MEDAL_FAULT_AT=N             its Nth such call, counted from 1
 *   MEDAL_FAULT_WHEN=after       kill and stop come when the call is done, not before it
 *   MEDAL_FAULT=kill|stop|lie|EIO|ENOSPC|EXDEV|EACCES|EEXIST|EMFILE
 *                                what happens; lie: the call says that all is well and has done nothing
 *   MEDAL_FAULT_MARK=FILE        gets the name of the call and the process when it has happened
 *   MEDAL_FAULT_BREAK=link       no fault at all, but link(2) never says EEXIST
 *   MEDAL_FAULT_BREAK=flock      no fault at all, but flock(2) locks nothing
 *   MEDAL_FAULT_BREAK=names      no fault at all, but a file that was unlinked seems to have a name; flock,link,names: all
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mark.h"

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

enum fate { GO, FAIL, LIE };

static bool this_program(void)
{
	static int is = -1;
	if (is < 0) {
		const char *in = getenv("MEDAL_FAULT_IN");
		is = in && strcmp(in, program_invocation_short_name) == 0;
	}
	return is;
}

/* Is this one of the calls that count? */
static bool meant(const char *call, int fd, const char *path)
{
	const char *only = getenv("MEDAL_FAULT_CALL"), *pattern = getenv("MEDAL_FAULT_PATH");
	char self[64], of_fd[4096];
	if (only ? strcmp(only, call) != 0 : strcmp(call, "flock") == 0)
		return false;
	if (!pattern)
		return true;
	if (!path) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(self, of_fd, sizeof(of_fd) - 1);
		of_fd[n > 0 ? n : 0] = '\0';
		path = of_fd;
	}
	return fnmatch(pattern, path, 0) == 0;
}

static bool later; /* the call is to be done first */

static void strike(const char *call)
{
	mark(call);
	kill(getpid(), strcmp(getenv("MEDAL_FAULT"), "stop") == 0 ? SIGSTOP : SIGKILL);
}

/* PATH is NULL where FD is what the call is about. */
static enum fate step(const char *call, int fd, const char *path)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EXDEV", EXDEV},
		      {"EACCES", EACCES}, {"EEXIST", EEXIST}, {"EMFILE", EMFILE}};
	static long left = -1;
	if (!this_program())
		return GO;
	const char *what = getenv("MEDAL_FAULT"), *when = getenv("MEDAL_FAULT_WHEN");
	if (left < 0) {
		const char *n = getenv("MEDAL_FAULT_AT");
		left = n ? atol(n) : 0;
	}
	int e = errno;
	bool counts = what && left > 0 && meant(call, fd, path);
	errno = e;
	if (!counts || --left > 0)
		return GO;
	if (strcmp(what, "kill") == 0 || strcmp(what, "stop") == 0) {
		later = when && strcmp(when, "after") == 0;
		if (!later)
			strike(call);
		return GO;
	}
	mark(call);
	if (strcmp(what, "lie") == 0)
		return LIE;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(what, errors[i].name) == 0)
			errno = errors[i].number;
	return FAIL;
}

/* The call is done, with result R. */
static long done(const char *call, long r)
{
	int e = errno;
	if (later) {
		later = false;
		strike(call);
	}
	errno = e;
	return r;
}

/* A file on disk, open for writing: pipes and the terminal are not meant. */
static bool is_file(int fd)
{
	int e = errno;
	struct stat st;
	bool is = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	errno = e;
	return is;
}

ssize_t write(int fd, const void *p, size_t n)
{
	enum fate f = is_file(fd) ? step("write", fd, NULL) : GO;
	return f == FAIL ? -1 : f == LIE ? (ssize_t)n : done("write", NEXT(write)(fd, p, n));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	enum fate f = is_file(fd) ? step("pwrite", fd, NULL) : GO;
	return f == FAIL ? -1 : f == LIE ? (ssize_t)n : done("pwrite", NEXT(pwrite)(fd, p, n, at));
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	enum fate f = is_file(fd) ? step("writev", fd, NULL) : GO;
	ssize_t all = 0;
	for (int i = 0; i < n; i++)
		all += (ssize_t)v[i].iov_len;
	return f == FAIL ? -1 : f == LIE ? all : done("writev", NEXT(writev)(fd, v, n));
}

int fsync(int fd)
{
	enum fate f = step("fsync", fd, NULL);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("fsync", NEXT(fsync)(fd));
}

int close(int fd)
{
	enum fate f = is_file(fd) ? step("close", fd, NULL) : GO;
	int e = errno, r = NEXT(close)(fd);
	if (f != FAIL)
		return (int)done("close", r);
	errno = e;
	return -1;
}

int ftruncate(int fd, off_t n)
{
	enum fate f = step("ftruncate", fd, NULL);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("ftruncate", NEXT(ftruncate)(fd, n));
}

static bool is_broken(const char *call)
{
	const char *broken = getenv("MEDAL_FAULT_BREAK");
	return broken && strstr(broken, call);
}

int flock(int fd, int how)
{
	enum fate f = step("flock", fd, NULL);
	if (f != GO)
		return f == FAIL ? -1 : 0;
	return (int)done("flock", is_broken("flock") ? 0 : NEXT(flock)(fd, how));
}

int fstat(int fd, struct stat *st)
{
	int r = NEXT(fstat)(fd, st);
	if (r == 0 && st->st_nlink == 0 && is_broken("names"))
		st->st_nlink = 1;
	return r;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if ((flags & O_CREAT) && step("open", -1, path) == FAIL)
		return -1;
	return (int)done("open", NEXT(open)(path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if ((flags & O_CREAT) && step("openat", -1, path) == FAIL)
		return -1;
	return (int)done("openat", NEXT(openat)(dir, path, flags, mode));
}

int rename(const char *from, const char *to)
{
	enum fate f = step("rename", -1, to);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("rename", NEXT(rename)(from, to));
}

int renameat(int fd, const char *from, int fd2, const char *to)
{
	enum fate f = step("renameat", -1, to);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("renameat", NEXT(renameat)(fd, from, fd2, to));
}

int link(const char *from, const char *to)
{
	enum fate f = step("link", -1, to);
	if (f != GO)
		return f == FAIL ? -1 : 0;
	int r = NEXT(link)(from, to);
	if (r == 0 || errno != EEXIST || !is_broken("link"))
		return (int)done("link", r);
	/* as if the name had been free: what was there is replaced */
	return NEXT(unlink)(to) == 0 ? NEXT(link)(from, to) : -1;
}

int mkdir(const char *path, mode_t mode)
{
	enum fate f = step("mkdir", -1, path);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("mkdir", NEXT(mkdir)(path, mode));
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	enum fate f = step("mkdirat", -1, path);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("mkdirat", NEXT(mkdirat)(fd, path, mode));
}

int mkfifo(const char *path, mode_t mode)
{
	enum fate f = step("mkfifo", -1, path);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("mkfifo", NEXT(mkfifo)(path, mode));
}

int unlink(const char *path)
{
	enum fate f = step("unlink", -1, path);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("unlink", NEXT(unlink)(path));
}

int unlinkat(int fd, const char *path, int flags)
{
	enum fate f = step("unlinkat", -1, path);
	return f == FAIL ? -1 : f == LIE ? 0 : (int)done("unlinkat", NEXT(unlinkat)(fd, path, flags));
}
