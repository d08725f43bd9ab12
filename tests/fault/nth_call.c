/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: the Nth call of one program that changes the file system
 * fails (the disk is full, the disk is broken), or the program dies before it. See
 * nth_call.py, which goes through every N.
 *
 *   MEDAL_FAULT_IN=medal-write   the program
 *   MEDAL_FAULT_AT=N             its call, counted from 1
 *   MEDAL_FAULT=kill|EIO|ENOSPC|lie   what happens; lie: the call says that all is well and has done nothing
 *   MEDAL_FAULT_MARK=FILE        gets the name of the call when it has happened
 *   MEDAL_FAULT_BREAK=link       no fault at all, but link(2) never says EEXIST
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

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

/* Around the functions below: this must not count itself. */
static void mark(const char *call)
{
	const char *file = getenv("MEDAL_FAULT_MARK");
	long fd = file ? syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, call, strlen(call));
	syscall(SYS_close, fd);
}

static enum fate step(const char *call)
{
	static long left = -1;
	if (!this_program())
		return GO;
	const char *what = getenv("MEDAL_FAULT");
	if (left < 0) {
		const char *n = getenv("MEDAL_FAULT_AT");
		left = n ? atol(n) : 0;
	}
	if (!what || left <= 0 || --left > 0)
		return GO;
	mark(call);
	if (strcmp(what, "kill") == 0)
		kill(getpid(), SIGKILL);
	if (strcmp(what, "lie") == 0)
		return LIE;
	errno = strcmp(what, "ENOSPC") == 0 ? ENOSPC : EIO;
	return FAIL;
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
	enum fate f = is_file(fd) ? step("write") : GO;
	return f == FAIL ? -1 : f == LIE ? (ssize_t)n : NEXT(write)(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	enum fate f = is_file(fd) ? step("pwrite") : GO;
	return f == FAIL ? -1 : f == LIE ? (ssize_t)n : NEXT(pwrite)(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	enum fate f = is_file(fd) ? step("writev") : GO;
	ssize_t all = 0;
	for (int i = 0; i < n; i++)
		all += (ssize_t)v[i].iov_len;
	return f == FAIL ? -1 : f == LIE ? all : NEXT(writev)(fd, v, n);
}

int fsync(int fd)
{
	enum fate f = step("fsync");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(fsync)(fd);
}

int close(int fd)
{
	enum fate f = is_file(fd) ? step("close") : GO;
	int e = errno, r = NEXT(close)(fd);
	if (f != FAIL)
		return r;
	errno = e;
	return -1;
}

int ftruncate(int fd, off_t n)
{
	enum fate f = step("ftruncate");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(ftruncate)(fd, n);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return (flags & O_CREAT) && step("open") == FAIL ? -1 : NEXT(open)(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return (flags & O_CREAT) && step("openat") == FAIL ? -1 : NEXT(openat)(dir, path, flags, mode);
}

int rename(const char *from, const char *to)
{
	enum fate f = step("rename");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(rename)(from, to);
}

int renameat(int fd, const char *from, int fd2, const char *to)
{
	enum fate f = step("renameat");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(renameat)(fd, from, fd2, to);
}

int link(const char *from, const char *to)
{
	enum fate f = step("link");
	if (f != GO)
		return f == FAIL ? -1 : 0;
	int r = NEXT(link)(from, to);
	const char *broken = getenv("MEDAL_FAULT_BREAK");
	if (r == 0 || errno != EEXIST || !broken || strcmp(broken, "link") != 0)
		return r;
	/* as if the name had been free: what was there is replaced */
	return NEXT(unlink)(to) == 0 ? NEXT(link)(from, to) : -1;
}

int mkdir(const char *path, mode_t mode)
{
	enum fate f = step("mkdir");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(mkdir)(path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	enum fate f = step("mkdirat");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(mkdirat)(fd, path, mode);
}

int unlink(const char *path)
{
	enum fate f = step("unlink");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(unlink)(path);
}

int unlinkat(int fd, const char *path, int flags)
{
	enum fate f = step("unlinkat");
	return f == FAIL ? -1 : f == LIE ? 0 : NEXT(unlinkat)(fd, path, flags);
}
