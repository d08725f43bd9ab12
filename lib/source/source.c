/* SPDX-License-Identifier: MIT
 *
 * What all sources need: see source.h.
 */
#include "source/source.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

uint64_t mdl_source_clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int mdl_source_wait(int out_fd, uint64_t until, int fd, struct mdl_err *err)
{
	uint64_t now = mdl_source_clock_us();
	uint64_t ms = until > now ? (until - now + 999) / 1000 : 0;
	struct pollfd p[2] = {{out_fd, 0, 0}, {fd, POLLIN, 0}};
	int n = poll(p, fd >= 0 ? 2 : 1, ms > 3600000 ? 3600000 : (int)ms);
	if (n < 0 && errno != EINTR)
		return mdl_err_sys(err, "waiting");
	if (n > 0 && (p[0].revents & (POLLERR | POLLNVAL)))
		return mdl_err_set(
			err, MDL_RETRY,
			"the next program of the pipeline has gone; run again after its message is mended");
	return 0;
}
