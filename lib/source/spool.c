/* SPDX-License-Identifier: MIT
 *
 * Standard input under a checkpoint: see spool.h.
 */
#include "source/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/ingest.h"
#include "source/source.h"
#include "state/epoch_log.h"
#include "stream/lines.h"
#include "stream/run.h"

enum { READ = 1 << 20 };

static uint64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int write_state(struct mdl_spool *s, struct mdl_err *err)
{
	return mdl_spool_state_write(s->dir, &s->st, err);
}

/* Read past the bytes that earlier runs have spooled, if they are the same. */
static int skip_spooled(struct mdl_spool *s, struct mdl_err *err)
{
	if (!s->st.bytes)
		return 0; /* stopped before its first chunk: nothing is known of that input */
	char *buf = mdl_alloc(READ);
	uint64_t left = s->st.bytes;
	ssize_t n = 1;
	while (left && (n = mdl_read(STDIN_FILENO, buf, left < READ ? (size_t)left : READ)) > 0) {
		XXH3_64bits_update(s->hashing, buf, (size_t)n);
		left -= (uint64_t)n;
	}
	free(buf);
	if (n < 0)
		return mdl_err_sys(err, "reading standard input");
	if (left && left == s->st.bytes) {
		s->eof = s->idle = true; /* nothing came: the run only finishes what was spooled */
		return 0;
	}
	if (left || XXH3_64bits_digest(s->hashing) != s->st.hash)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"an earlier run took %" PRIu64
			" bytes from its standard input and was stopped; this standard input does not begin with the same bytes. "
			"Run it again with the same input, or say --stdin new when the old one is done with",
			s->st.bytes);
	return 0;
}

int mdl_spool_open(struct mdl_spool *s, const struct mdl_checkpoint *ck, const struct mdl_ingest_opts *o,
		   const struct mdl_source_log *known, struct mdl_err *err)
{
	memset(s, 0, sizeof(*s));
	s->known = known;
	s->dir = mdl_path_join(ck->dir, "medal/spool");
	s->out_fd = o->out_fd;
	s->ack_fd = ck->ack_fd;
	s->chunk_bytes = o->max_bytes ? o->max_bytes : MDL_INGEST_EPOCH_BYTES;
	s->chunk_records = o->max_records;
	s->wait_us = o->follow ? o->trigger_us : 0;
	s->whole = o->format.format == MDL_FILE_CSV;
	mdl_buf_init(&s->rest, MDL_BUF_NO_LIMIT);
	XXH3_state_t *x = XXH3_createState();
	if (!x)
		mdl_out_of_memory();
	XXH3_64bits_reset(x);
	s->hashing = x;
	if (mdl_dir_make(s->dir, err) || mdl_spool_state_read(s->dir, &s->st, err) < 0)
		return -1;
	if (o->stdin_new)
		s->st.closed = true;
	if (!s->st.closed)
		return skip_spooled(s, err);
	s->st.closed = false;
	s->st.input++;
	s->st.bytes = s->st.hash = 0;
	return write_state(s, err);
}

void mdl_spool_close(struct mdl_spool *s)
{
	free(s->dir);
	mdl_buf_free(&s->rest);
	XXH3_freeState(s->hashing);
	for (size_t i = 0; i < s->ndone; i++)
		free(s->done[i]);
	free(s->done);
}

/* Where the chunk must end in [p, p + n), so that it holds whole lines and no more than RECORDS of them. */
static size_t cut(const char *p, size_t n, uint64_t records)
{
	if (!records) {
		const char *nl = memrchr(p, '\n', n);
		return nl ? (size_t)(nl - p) + 1 : 0;
	}
	const char *at = p, *nl;
	while (records-- && (nl = memchr(at, '\n', (size_t)(p + n - at))))
		at = nl + 1;
	return (size_t)(at - p);
}

/* 1: bytes in rest; 0: the time for a chunk is over, or a signal came; -1. Sets eof. */
static int read_more(struct mdl_spool *s, uint64_t until, struct mdl_err *err)
{
	for (;;) {
		if (mdl_run_signal())
			return 0;
		int wait = -1;
		if (until) {
			uint64_t now = clock_us();
			wait = until > now ? (int)((until - now + 999) / 1000) : 0;
		}
		struct pollfd p[3] = {{STDIN_FILENO, POLLIN, 0}, {s->out_fd, 0, 0}, {s->ack_fd, POLLIN, 0}};
		int r = poll(p, 3, wait);
		bool any;
		if (r < 0 && errno == EINTR)
			continue;
		if (r > 0 && p[1].revents)
			return mdl_err_reader_gone(err);
		if (r > 0 && p[2].revents && mdl_source_signs(s->ack_fd, MDL_RUN_FAILED, &any))
			return mdl_err_set(
				err, MDL_RETRY,
				"a program of the pipeline has failed; run again after its message is "
				"mended");
		if (r > 0 && !p[0].revents)
			continue;
		if (r == 0)
			return 0;
		if (!mdl_buf_reserve(&s->rest, READ))
			return mdl_err_set(err, MDL_TROUBLE,
					   "a line of standard input is too long to be spooled");
		ssize_t n = mdl_read(STDIN_FILENO, s->rest.p + s->rest.n, READ);
		if (n < 0)
			return mdl_err_sys(err, "reading standard input");
		if (n == 0)
			s->eof = true;
		s->rest.n += (size_t)n;
		return 1;
	}
}

/* The hash covers what is in chunks and not what waits in rest. */
static int append(struct mdl_spool *s, int fd, size_t n, const char *name, struct mdl_err *err)
{
	if (n && mdl_write_all(fd, s->rest.p, n))
		return mdl_err_sys(err, "writing %s", name);
	if (n)
		XXH3_64bits_update(s->hashing, s->rest.p, n);
	s->st.bytes += n;
	mdl_buf_drop(&s->rest, n);
	return 0;
}

/* Fill the chunk file FD. *SIZE gets its bytes. */
static int fill_chunk(struct mdl_spool *s, int fd, const char *name, uint64_t *size, struct mdl_err *err)
{
	uint64_t until = s->wait_us && !s->whole ? clock_us() + s->wait_us : 0, records = s->chunk_records;
	uint64_t start = s->st.bytes;
	for (;;) {
		size_t n = s->whole ? s->rest.n : cut(s->rest.p ? s->rest.p : "", s->rest.n, records);
		if (s->eof && !records)
			n = s->rest.n;
		if (records && n) {
			for (size_t i = 0; i < n; i++)
				records -= s->rest.p[i] == '\n';
			if (append(s, fd, n, name, err))
				return -1;
			if (!records)
				break;
		} else if (n && append(s, fd, n, name, err)) {
			return -1;
		}
		if (s->eof) {
			if (append(s, fd, s->rest.n, name, err))
				return -1;
			break;
		}
		if (!s->whole && s->st.bytes - start >= s->chunk_bytes)
			break;
		int r = read_more(s, until, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			/* a signal: half an input that must be whole is not kept, the next run reads it again */
			if (s->whole)
				start = s->st.bytes;
			break;
		}
	}
	*size = s->st.bytes - start;
	return 0;
}

static void enter(struct mdl_spool *s, struct mdl_positions *queue, const char *path)
{
	struct stat st;
	if (stat(path, &st))
		return;
	uint64_t size = (uint64_t)st.st_size;
	char *uri = mdl_asprintf("file://%s", path);
	struct mdl_file_range r = {.path = (char *)(uintptr_t)path,
				   .uri = uri,
				   .size = size,
				   .end = size,
				   .mtime_ms =
					   (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000,
				   .table = -1};
	mdl_positions_add_range(queue, &r);
	free(uri);
	MDL_GROW(s->done, s->ndone, s->done_cap);
	s->done[s->ndone++] = mdl_strdup(path);
}

/* Chunks that an earlier run kept, but died before it planned to read them. */
static void enter_left_over(struct mdl_spool *s, struct mdl_positions *queue)
{
	for (uint64_t k = 0; k < s->st.chunks; k++) {
		char *path = mdl_asprintf("%s/%" PRIu64, s->dir, k), *uri = mdl_asprintf("file://%s", path);
		if (!mdl_source_log_find(s->known, uri))
			enter(s, queue, path);
		free(uri);
		free(path);
	}
	s->known = NULL;
}

int mdl_spool_next(struct mdl_spool *s, struct mdl_positions *queue, size_t *at, struct mdl_err *err)
{
	if (*at >= queue->nranges) {
		mdl_positions_clear_ranges(queue);
		*at = 0;
	}
	if (s->known) {
		enter_left_over(s, queue);
		if (queue->nranges)
			return 0;
	}
	if (s->eof && !s->rest.n)
		return 0;
	char *path = mdl_asprintf("%s/%" PRIu64, s->dir, s->st.chunks),
	     *tmp = mdl_asprintf("%s/.%" PRIu64 ".tmp", s->dir, s->st.chunks);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	uint64_t size = 0;
	int r = fd < 0 ? mdl_err_sys(err, "writing %s", tmp) : fill_chunk(s, fd, tmp, &size, err);
	if (!r && size) {
		if (fsync(fd) || close(fd) || rename(tmp, path))
			r = mdl_err_sys(err, "keeping %s", path);
		fd = -1;
		if (!r)
			r = mdl_dir_sync(s->dir, err);
		if (!r) {
			s->st.chunks++;
			s->st.hash = XXH3_64bits_digest(s->hashing);
			r = write_state(s, err);
		}
		if (!r)
			enter(s, queue, path);
	} else if (!r) {
		unlink(tmp);
	}
	if (fd >= 0)
		close(fd);
	free(tmp);
	free(path);
	return r;
}

void mdl_spool_sealed(struct mdl_spool *s)
{
	s->sealed = s->ndone;
}

int mdl_spool_committed(struct mdl_spool *s, struct mdl_err *err)
{
	for (size_t i = 0; i < s->sealed; i++) {
		if (mdl_file_remove(s->done[i], err) < 0)
			return -1;
		free(s->done[i]);
	}
	s->ndone -= s->sealed;
	if (s->ndone)
		memmove(s->done, s->done + s->sealed, s->ndone * sizeof(*s->done));
	s->sealed = 0;
	return 0;
}

int mdl_spool_close_input(struct mdl_spool *s, struct mdl_err *err)
{
	struct mdl_epoch_list chunks;
	if (s->idle)
		return 0; /* its rest may still come */
	if (mdl_epoch_log_list(s->dir, &chunks, err))
		return -1;
	int r = 0;
	for (size_t i = 0; i < chunks.n && !r; i++)
		r = mdl_epoch_log_remove(s->dir, chunks.v[i], err) < 0 ? -1 : 0;
	mdl_epoch_list_free(&chunks);
	s->st.closed = true;
	return r ? r : write_state(s, err);
}
