/* SPDX-License-Identifier: MIT
 *
 * What all sources need: see source.h.
 */
#include "source/source.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

size_t mdl_source_signs(int ack_fd, const char *what, bool *any)
{
	char buf[64 << 10]; /* all that a FIFO holds, so that no line is cut */
	size_t n = 0;
	ssize_t got;
	*any = false;
	while ((got = read(ack_fd, buf, sizeof(buf))) > 0) {
		*any = true;
		for (const char *p = buf; (p = memmem(p, (size_t)(buf + got - p), what, strlen(what))); p++)
			n++;
	}
	return n;
}
