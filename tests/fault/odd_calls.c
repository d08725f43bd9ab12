/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: calls that do less than they were asked, as POSIX allows. Reads and writes are short,
 * and read, write, poll and open end with EINTR now and then; the numbers come from MEDAL_ODD_SEED. With MEDAL_ODD_PIPES
 * pipes that are standard input or output do not block, as a shell or ssh may leave them behind, and hold few bytes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* xorshift; each process has its own row of numbers. 0 when no seed is given. */
static uint64_t number(void)
{
	static uint64_t x;
	if (!x) {
		const char *seed = getenv("MEDAL_ODD_SEED");
		if (!seed)
			return 0;
		x = (strtoull(seed, NULL, 10) + 1) * 0x9e3779b97f4a7c15ULL + (unsigned long long)getpid();
	}
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

static bool interrupted(void)
{
	if (number() % 7 != 1)
		return false;
	errno = EINTR;
	return true;
}

static __attribute__((constructor)) void pipes(void)
{
	if (!getenv("MEDAL_ODD_PIPES") || strncmp(program_invocation_short_name, "medal-", 6) != 0)
		return;
	for (int fd = 0; fd < 2; fd++)
		if (fcntl(fd, F_GETPIPE_SZ) > 0) {
			(void)fcntl(fd, F_SETPIPE_SZ, 4096);
			(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		}
}

static size_t less(size_t n)
{
	uint64_t k = number();
	return n > 1 && k % 3 == 1 ? 1 + (size_t)(k >> 8) % n : n;
}

ssize_t read(int fd, void *p, size_t n)
{
	return interrupted() ? -1 : NEXT(read)(fd, p, less(n));
}

ssize_t write(int fd, const void *p, size_t n)
{
	return interrupted() ? -1 : NEXT(write)(fd, p, less(n));
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	if (interrupted())
		return -1;
	if (n < 1 || number() % 3 != 1)
		return NEXT(writev)(fd, v, n);
	return NEXT(write)(fd, v[0].iov_base, less(v[0].iov_len));
}

int poll(struct pollfd *p, nfds_t n, int ms)
{
	return ms != 0 && interrupted() ? -1 : NEXT(poll)(p, n, ms);
}
