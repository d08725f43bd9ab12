/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a pipeline: the wall clock jumps. Each look at it gives another time between 1970 and 2040
 * (MEDAL_CLOCK_SEED), forth and back; the monotonic clock goes on as it does.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t jump(void)
{
	static uint64_t x;
	const char *seed = getenv("MEDAL_CLOCK_SEED");
	if (!x)
		x = strtoull(seed ? seed : "1", NULL, 10) * 2654435761U + (unsigned long long)getpid() + 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (time_t)(x % 2209000000U);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int r = ((__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime"))(clock, t);
	if (r == 0 && clock == CLOCK_REALTIME)
		t->tv_sec = jump();
	return r;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	(void)zone;
	t->tv_sec = jump();
	t->tv_usec = 0;
	return 0;
}

time_t time(time_t *t)
{
	time_t now = jump();
	if (t)
		*t = now;
	return now;
}
