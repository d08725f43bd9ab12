/* SPDX-License-Identifier: MIT
 *
 * Lines from a descriptor, in large blocks: see lines.h.
 */
#include "stream/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "json/scan.h"

/* Before it works on a short read, a filter looks whether more has come: in a pipeline on few CPUs fewer,
 * larger steps save wake-ups (measured: five stages at 676 instead of 425 MB/s). */
enum { ENOUGH = 128 << 10, SPARE = MDL_SCAN_PADDING + 64 };

void mdl_pipe_widen(int fd)
{
	int e = errno;
	(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
	errno = e;
}

enum { TAIL_BYTES = 256 << 10 };

void mdl_pipe_mark_tail(int fd)
{
	struct stat st;
	int e = errno;
	/* no room for one who is not root and has many pipes (pipe(7), pipe-user-pages-soft) */
	if (fcntl(fd, F_SETPIPE_SZ, TAIL_BYTES) < 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)fchmod(fd, (st.st_mode & 07777) | S_ISVTX);
	errno = e;
}

static bool was_a_tail(int fd)
{
	struct stat st;
	return fcntl(fd, F_GETPIPE_SZ) == TAIL_BYTES || (fstat(fd, &st) == 0 && (st.st_mode & S_ISVTX) != 0);
}

void mdl_lines_init(struct mdl_lines *in, int fd, int out_fd, uint64_t max_record)
{
	memset(in, 0, sizeof(*in));
	in->fd = fd;
	in->out_fd = out_fd;
	in->watch_fd = -1;
	in->max_record = max_record;
}

void mdl_lines_free(struct mdl_lines *in)
{
	if (in->lend)
		mdl_lend_keep(in->lend, in->buf, in->cap + SPARE);
	else
		free(in->buf);
	in->buf = NULL;
}

/* Make room behind the unread bytes: move them to the front, grow when they fill the block. */
static void make_room(struct mdl_lines *in)
{
	size_t have = in->end - in->start, size = in->cap + SPARE;
	char *to = in->lend && in->buf ? mdl_lend_exchange(in->lend, in->buf, &size) : in->buf;
	if (have && (in->start || to != in->buf))
		memmove(to, in->buf + in->start, have);
	in->buf = to;
	in->cap = in->buf ? size - SPARE : 0;
	in->start = 0;
	in->end = have;
	size_t want = have < MDL_LINES_BLOCK / 2 ? MDL_LINES_BLOCK : have * 2;
	if (!in->buf || want > in->cap) {
		in->buf = mdl_lend_resize(in->lend, in->buf, have, want + SPARE);
		in->cap = want;
	}
}

char *mdl_lines_swap(struct mdl_lines *in, char *other, size_t *size)
{
	char *given = in->buf;
	size_t have = in->end - in->start, cap = other ? *size - SPARE : 0;
	*size = in->cap + SPARE;
	if (have > cap || !other) {
		cap = have > MDL_LINES_BLOCK ? have : MDL_LINES_BLOCK;
		other = mdl_realloc(other, cap + SPARE);
	}
	memcpy(other, given + in->start, have);
	in->buf = other;
	in->cap = cap;
	in->start = 0;
	in->end = have;
	return given;
}

enum { WATCHED = 2 };

/* 1 readable or at its end, 0 nothing yet (only when !WAIT), WATCHED when that is ready instead (only when WAIT), -1
 * error or reader gone. */
static int wait_input(struct mdl_lines *in, bool wait, struct mdl_err *err)
{
	struct pollfd p[3] = {{in->fd, POLLIN, 0}, {in->out_fd, 0, 0}, {in->watch_fd, POLLIN, 0}};
	for (;;) {
		int r = poll(p, wait ? 3 : 2, wait ? -1 : 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mdl_err_sys(err, "waiting for standard input");
		if (p[0].revents)
			return 1;
		if (p[1].revents & (POLLERR | POLLNVAL)) {
			if (!in->only_tail || was_a_tail(in->out_fd))
				return mdl_err_reader_gone(err);
			in->out_fd = p[1].fd = -1;
			continue;
		}
		if (wait && p[2].revents)
			return WATCHED;
		if (!wait)
			return 0;
	}
}

/* Read until there is enough to work on. 1: got some; 0: would block; WATCHED; -1: error. Sets eof. */
static int fill(struct mdl_lines *in, struct mdl_err *err)
{
	make_room(in);
	size_t before = in->end;
	while (in->end - before < ENOUGH && in->end < in->cap) {
		int r = wait_input(in, in->asked_to_wait && in->end == before, err);
		if (r < 0)
			return -1;
		if (r == WATCHED)
			return WATCHED;
		if (r == 0)
			break;
		ssize_t n = mdl_read(in->fd, in->buf + in->end, in->cap - in->end);
		if (n < 0)
			return mdl_err_sys(err, "reading standard input");
		if (n == 0) {
			in->eof = true;
			break;
		}
		in->end += (size_t)n;
	}
	in->asked_to_wait = false;
	if (in->end == before && !in->eof) {
		in->asked_to_wait = true;
		return 0;
	}
	return 1;
}

/* The event for what fill returned when it got nothing. */
static int no_input(int r)
{
	return r < 0 ? -1 : r == WATCHED ? MDL_LINES_WATCHED : MDL_LINES_WOULD_BLOCK;
}

static int give(struct mdl_lines *in, size_t n)
{
	in->block = (struct mdl_slice){in->buf + in->start, n};
	in->start += n;
	return MDL_LINES_BLOCK_READY;
}

/* A line too long for the limit is handed on in parts, so that memory stays bounded. */
static int next_part(struct mdl_lines *in, struct mdl_err *err)
{
	for (;;) {
		size_t have = in->end - in->start;
		const char *nl = have ? memchr(in->buf + in->start, '\n', have) : NULL;
		if (nl || in->eof || have >= MDL_LINES_BLOCK / 2) {
			size_t n = nl ? (size_t)(nl - (in->buf + in->start)) : have;
			in->block = (struct mdl_slice){in->buf + in->start, n};
			in->start += n + (nl ? 1 : 0);
			in->part_last = nl || in->eof;
			in->overlong = !in->part_last;
			return MDL_LINES_OVERLONG;
		}
		int r = fill(in, err);
		if (r != 1)
			return no_input(r);
	}
}

int mdl_lines_next(struct mdl_lines *in, struct mdl_err *err)
{
	if (in->overlong) {
		in->part_first = false;
		return next_part(in, err);
	}
	size_t seen = 0; /* bytes from start on that hold no '\n' */
	for (;;) {
		size_t have = in->end - in->start;
		const char *nl = have > seen ? memrchr(in->buf + in->start + seen, '\n', have - seen) : NULL;
		if (nl) {
			size_t n = (size_t)(nl - (in->buf + in->start)) + 1;
			return give(in, n);
		}
		seen = have;
		if (have > in->max_record) {
			in->part_first = true;
			return next_part(in, err);
		}
		if (in->eof)
			return MDL_LINES_END;
		int r = fill(in, err);
		if (r != 1)
			return no_input(r);
	}
}

struct mdl_slice mdl_lines_partial(struct mdl_lines *in)
{
	return (struct mdl_slice){in->buf ? in->buf + in->start : "", in->end - in->start};
}

size_t mdl_lines_split(struct mdl_slice *block, struct mdl_slice *out, size_t max)
{
	return mdl_scan_split(NULL, block, out, max);
}
