/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: every call that changes files or directories is written
 * down, with its bytes, in the order in which the kernel did them, for power_cut.py to
 * build what a power cut would have left at any moment.
 *
 *   MEDAL_TRACE=FILE   gets the calls, appended; FILE.lock orders the processes
 *
 * A line for each call; the numbers are inodes. The bytes of a write follow its line.
 *
 *   entry D NAME I KIND       a new name for I; KIND is f (file), d (directory) or p (FIFO)
 *   drop D NAME               the name is gone
 *   move D NAME D2 NAME2 I    rename
 *   write I OFFSET LENGTH     and LENGTH bytes, and a newline
 *   size I LENGTH             ftruncate
 *   sync I                    fsync, of a file or a directory
 *
 * NAME is in percent form, so that it holds no blank. Call and line are made under one lock, so the order is true; a
 * process that is killed between the two leaves a call without its line (see power_cut.py, which checks for it).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int trace_fd = -1, lock_fd = -1;
/* The lock of the file orders processes; a process's threads have one open file together. */
static pthread_mutex_t threads = PTHREAD_MUTEX_INITIALIZER;

/* System calls and not functions: these are ours or another preload's. */
static bool begin(void)
{
	const char *file = getenv("MEDAL_TRACE");
	if (!file)
		return false;
	pthread_mutex_lock(&threads);
	if (trace_fd < 0) {
		char lock[4096];
		snprintf(lock, sizeof(lock), "%s.lock", file);
		trace_fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
					0666);
		lock_fd = (int)syscall(SYS_openat, AT_FDCWD, lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (trace_fd < 0 || lock_fd < 0)
			abort();
	}
	while (syscall(SYS_flock, lock_fd, LOCK_EX))
		if (errno != EINTR)
			abort();
	return true;
}

static void end(void)
{
	int e = errno;
	syscall(SYS_flock, lock_fd, LOCK_UN);
	pthread_mutex_unlock(&threads);
	errno = e;
}

static void put(const void *p, size_t n)
{
	if (syscall(SYS_write, trace_fd, p, n) != (long)n)
		abort();
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	char line[3000];
	int e = errno;
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		abort();
	put(line, (size_t)n);
	errno = e;
}

/* A name in a directory: where a path leads. */
struct place {
	unsigned long dir;
	char name[800];
};

static struct place place_of(int fd, const char *path)
{
	struct place p = {0};
	struct stat st;
	char up[4096];
	int e = errno;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	snprintf(up, sizeof(up), "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (fstatat(slash == path ? AT_FDCWD : fd, slash == path ? "/" : up, &st, 0) == 0)
		p.dir = (unsigned long)st.st_ino;
	size_t n = 0;
	for (; *name && n + 4 < sizeof(p.name); name++)
		n += (size_t)snprintf(p.name + n, 4, strchr(" %\n", *name) ? "%%%02x" : "%c",
				      (unsigned char)*name);
	errno = e;
	return p;
}

static unsigned long inode_of(int fd, const char *path)
{
	struct stat st;
	int e = errno;
	unsigned long i = fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (unsigned long)st.st_ino : 0;
	errno = e;
	return i;
}

/* The inode of an open file or directory on a disk, 0 for a pipe. */
static unsigned long inode_of_fd(int fd, bool dirs)
{
	struct stat st;
	int e = errno;
	bool is = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || (dirs && S_ISDIR(st.st_mode)));
	errno = e;
	return is ? (unsigned long)st.st_ino : 0;
}

static void note_bytes(unsigned long inode, off_t at, const void *p, size_t n)
{
	note("write %lu %lld %zu\n", inode, (long long)at, n);
	put(p, n);
	put("\n", 1);
}

ssize_t write(int fd, const void *p, size_t n)
{
	unsigned long i = inode_of_fd(fd, false);
	if (!i || !begin())
		return NEXT(write)(fd, p, n);
	ssize_t w = NEXT(write)(fd, p, n);
	if (w > 0)
		note_bytes(i, lseek(fd, 0, SEEK_CUR) - w, p, (size_t)w);
	end();
	return w;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	unsigned long i = inode_of_fd(fd, false);
	if (!i || !begin())
		return NEXT(pwrite)(fd, p, n, at);
	ssize_t w = NEXT(pwrite)(fd, p, n, at);
	if (w > 0)
		note_bytes(i, at, p, (size_t)w);
	end();
	return w;
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	if (!inode_of_fd(fd, false) || !getenv("MEDAL_TRACE"))
		return NEXT(writev)(fd, v, n);
	ssize_t all = 0;
	for (int k = 0; k < n; k++) {
		ssize_t w = write(fd, v[k].iov_base, v[k].iov_len);
		if (w < 0)
			return all ? all : -1;
		all += w;
		if ((size_t)w < v[k].iov_len)
			break;
	}
	return all;
}

int fsync(int fd)
{
	unsigned long i = inode_of_fd(fd, true);
	if (!i || !begin())
		return NEXT(fsync)(fd);
	int r = NEXT(fsync)(fd);
	if (r == 0)
		note("sync %lu\n", i);
	end();
	return r;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

int ftruncate(int fd, off_t n)
{
	unsigned long i = inode_of_fd(fd, false);
	if (!i || !begin())
		return NEXT(ftruncate)(fd, n);
	int r = NEXT(ftruncate)(fd, n);
	if (r == 0)
		note("size %lu %lld\n", i, (long long)n);
	end();
	return r;
}

/* What open makes or empties. BEFORE is the inode that the name had. */
static void note_open(int dir, const char *path, int flags, unsigned long before, int fd)
{
	unsigned long i = fd >= 0 ? inode_of_fd(fd, false) : 0;
	if (i && !before) {
		struct place p = place_of(dir, path);
		note("entry %lu %s %lu f\n", p.dir, p.name, i);
	} else if (i && (flags & O_TRUNC)) {
		note("size %lu 0\n", i);
	}
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (!(flags & (O_CREAT | O_TRUNC)) || !begin())
		return NEXT(open)(path, flags, mode);
	unsigned long before = inode_of(AT_FDCWD, path);
	int fd = NEXT(open)(path, flags, mode);
	note_open(AT_FDCWD, path, flags, before, fd);
	end();
	return fd;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (!(flags & (O_CREAT | O_TRUNC)) || !begin())
		return NEXT(openat)(dir, path, flags, mode);
	unsigned long before = inode_of(dir, path);
	int fd = NEXT(openat)(dir, path, flags, mode);
	note_open(dir, path, flags, before, fd);
	end();
	return fd;
}

static int note_entry(int r, int dir, const char *path, char kind)
{
	if (r == 0) {
		struct place p = place_of(dir, path);
		note("entry %lu %s %lu %c\n", p.dir, p.name, inode_of(dir, path), kind);
	}
	end();
	return r;
}

int link(const char *from, const char *to)
{
	return begin() ? note_entry(NEXT(link)(from, to), AT_FDCWD, to, 'f') : NEXT(link)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return begin() ? note_entry(NEXT(mkdir)(path, mode), AT_FDCWD, path, 'd') : NEXT(mkdir)(path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	return begin() ? note_entry(NEXT(mkdirat)(fd, path, mode), fd, path, 'd')
		       : NEXT(mkdirat)(fd, path, mode);
}

int mkfifo(const char *path, mode_t mode)
{
	return begin() ? note_entry(NEXT(mkfifo)(path, mode), AT_FDCWD, path, 'p') : NEXT(mkfifo)(path, mode);
}

static int note_move(int r, int fd, const char *from, int fd2, const char *to)
{
	if (r == 0) {
		struct place a = place_of(fd, from), b = place_of(fd2, to);
		note("move %lu %s %lu %s %lu\n", a.dir, a.name, b.dir, b.name, inode_of(fd2, to));
	}
	end();
	return r;
}

int rename(const char *from, const char *to)
{
	return begin() ? note_move(NEXT(rename)(from, to), AT_FDCWD, from, AT_FDCWD, to)
		       : NEXT(rename)(from, to);
}

int renameat(int fd, const char *from, int fd2, const char *to)
{
	return begin() ? note_move(NEXT(renameat)(fd, from, fd2, to), fd, from, fd2, to)
		       : NEXT(renameat)(fd, from, fd2, to);
}

static int note_drop(int r, int fd, const char *path)
{
	if (r == 0) {
		struct place p = place_of(fd, path);
		note("drop %lu %s\n", p.dir, p.name);
	}
	end();
	return r;
}

int unlink(const char *path)
{
	return begin() ? note_drop(NEXT(unlink)(path), AT_FDCWD, path) : NEXT(unlink)(path);
}

int unlinkat(int fd, const char *path, int flags)
{
	return begin() ? note_drop(NEXT(unlinkat)(fd, path, flags), fd, path)
		       : NEXT(unlinkat)(fd, path, flags);
}

int rmdir(const char *path)
{
	return begin() ? note_drop(NEXT(rmdir)(path), AT_FDCWD, path) : NEXT(rmdir)(path);
}
