/* SPDX-License-Identifier: MIT
 *
 * Preloaded into one program: it dies by SIGKILL before its Nth call that changes the
 * file system (MEDAL_KILL_AT=N, counted from 1). So a test can go through every step of
 * what must survive a kill, until the program ends untouched.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static void step(void)
{
	static long left = -1;
	if (left < 0) {
		const char *n = getenv("MEDAL_KILL_AT");
		left = n ? atol(n) : 0;
	}
	if (left > 0 && --left == 0)
		kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int unlink(const char *path)
{
	step();
	return NEXT(unlink)(path);
}

int unlinkat(int fd, const char *path, int flags)
{
	step();
	return NEXT(unlinkat)(fd, path, flags);
}

int rename(const char *from, const char *to)
{
	step();
	return NEXT(rename)(from, to);
}

int renameat(int fd, const char *from, int fd2, const char *to)
{
	step();
	return NEXT(renameat)(fd, from, fd2, to);
}

int link(const char *from, const char *to)
{
	step();
	return NEXT(link)(from, to);
}

int fsync(int fd)
{
	step();
	return NEXT(fsync)(fd);
}

int mkdir(const char *path, mode_t mode)
{
	step();
	return NEXT(mkdir)(path, mode);
}

ssize_t write(int fd, const void *p, size_t n)
{
	step();
	return NEXT(write)(fd, p, n);
}
