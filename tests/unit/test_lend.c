/* SPDX-License-Identifier: MIT
 *
 * Blocks that a pipe holds pages of: whatever is written into a block that was
 * exchanged, the reader gets what stood there when it was lent; blocks come back
 * when they are read and only then; who reads is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pipe_peer.h"
#include "stream/lend.h"
#include "stream/out.h"

enum { BLOCK = 256 << 10, BLOCKS = 400 };

/* Byte AT of the whole stream. */
static char byte_at(uint64_t at)
{
	return (char)(at * 2654435761u >> 24);
}

struct reader {
	int fd;
	uint64_t got, wrong;
};

/* In steps of changing size, with rests in which the writer runs ahead. */
static void *read_slowly(void *arg)
{
	struct reader *r = arg;
	char *buf = mdl_alloc(BLOCK);
	for (size_t step = 1;; step = step * 7 % 99991) {
		ssize_t n = read(r->fd, buf, step < BLOCK ? step : BLOCK);
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			r->wrong += buf[i] != byte_at(r->got++);
		if (step % 13 == 0)
			usleep(200);
	}
	free(buf);
	return NULL;
}

/* Of the test at hand. */
static int p[2];
static struct mdl_lend l;

static void open_pipe(void)
{
	assert_int_equal(pipe(p), 0);
	if (fcntl(p[1], F_SETPIPE_SZ, 1 << 20) < 0)
		skip(); /* this user has too many pipes for a large one */
	mdl_lend_init(&l, p[1]);
	l.asked = l.may = true; /* as if /proc had said so */
}

static int close_pipe(void **state)
{
	(void)state;
	close(p[0]);
	close(p[1]);
	return 0;
}

/* When all is read: what is not stays in memory on purpose, which leak checkers would tell. */
static void end(char *block, size_t size)
{
	int unread = 1;
	while (ioctl(l.fd, FIONREAD, &unread) == 0 && unread)
		usleep(1000);
	mdl_lend_keep(&l, block, size);
	mdl_lend_end(&l);
}

static void test_reader_gets_what_was_lent(void **state)
{
	(void)state;
	struct mdl_out out;
	struct mdl_err err = MDL_ERR_INIT;
	open_pipe();
	mdl_out_init(&out, p[1]);
	out.lend = &l;
	struct reader r = {.fd = p[0]};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &r), 0);
	size_t size = BLOCK, lent = 0;
	char *block = mdl_alloc(size);
	uint64_t at = 0;
	for (size_t k = 0; k < BLOCKS; k++) {
		block = mdl_lend_exchange(&l, block, &size);
		memset(block, '!', size);
		/* spans with gaps; now and then one that is too small to be lent, and text, which is written over
		 * where the reader is not ready with it and it was not exchanged */
		size_t gap = k * 37 % 5000 + 1, span = k % 11 == 0 ? 300 : BLOCK / 4 - gap;
		for (size_t i = 0; i < 4; i++) {
			char *from = block + i * (BLOCK / 4);
			for (size_t j = 0; j < span; j++)
				from[j] = byte_at(at++);
			mdl_out_span(&out, from, span);
		}
		if (k % 3 != 0) {
			for (size_t j = 0; j < 100; j++)
				mdl_buf_putc(&out.text, byte_at(at++));
			mdl_out_text_done(&out);
		}
		assert_int_equal(mdl_out_flush(&out, &err), 0);
		lent += l.until != 0;
	}
	end(block, size);
	mdl_out_free(&out);
	close(p[1]);
	pthread_join(thread, NULL);
	p[1] = -1;
	assert_int_equal(r.got, at);
	assert_int_equal(r.wrong, 0);
	/* those with small spans are not */
	assert_true(lent > BLOCKS / 2 && lent < BLOCKS);
}

/* The control of the test above: without the exchange the reader does get other bytes. */
static void test_block_that_is_not_exchanged_is_seen(void **state)
{
	(void)state;
	char *block = aligned_alloc(4096, BLOCK), got[1];
	open_pipe();
	memset(block, 'a', BLOCK);
	struct iovec v = {block, BLOCK};
	assert_int_equal(mdl_lend_pages(&l, &v, 1, true), BLOCK);
	memset(block, 'b', BLOCK);
	assert_int_equal(read(p[0], got, 1), 1);
	assert_int_equal(got[0], 'b');
	free(block);
}

static void test_block_comes_back_when_it_is_read(void **state)
{
	(void)state;
	size_t size = BLOCK;
	char *first = mdl_zalloc(size), *sink = mdl_alloc(BLOCK);
	open_pipe();
	l.slot = 1; /* as if there had been no memory for a region */
	struct iovec v = {first, BLOCK};
	assert_true(mdl_lend_pays(&l, 1, BLOCK));
	assert_ptr_equal(mdl_lend_exchange(&l, first, &size), first); /* nothing lent yet */
	assert_int_equal(mdl_lend_pages(&l, &v, 1, true), BLOCK);
	char *second = mdl_lend_exchange(&l, first, &size);
	assert_ptr_not_equal(second, first);
	v.iov_base = second;
	assert_int_equal(mdl_lend_pages(&l, &v, 1, true), BLOCK);
	for (size_t n = 0; n < BLOCK - 1;)
		n += (size_t)read(p[0], sink, BLOCK - 1 - n);
	char *third = mdl_lend_exchange(&l, second, &size);
	assert_ptr_not_equal(third, first); /* its last byte is not read */
	v.iov_base = third;
	assert_int_equal(mdl_lend_pages(&l, &v, 1, true), BLOCK);
	assert_int_equal(read(p[0], sink, 1), 1);
	assert_ptr_equal(mdl_lend_exchange(&l, third, &size), first);
	for (size_t n = 0; n < 2 * BLOCK;)
		n += (size_t)read(p[0], sink, BLOCK);
	end(first, size);
	free(sink);
}

/* The second block and all later ones are parts of one region, and each of its slots has one owner. */
static void test_blocks_lie_together(void **state)
{
	(void)state;
	enum { SMALL = 64 << 10 };
	size_t size = SMALL;
	char *block = mdl_zalloc(size), *had[MDL_LEND_BLOCKS + 1], *sink = mdl_alloc(1 << 20);
	open_pipe();
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < MDL_LEND_BLOCKS; i++) {
			struct iovec v = {block, SMALL};
			memset(block, (int)('a' + i), SMALL);
			assert_true(mdl_lend_pays(&l, 1, SMALL));
			assert_int_equal(mdl_lend_pages(&l, &v, 1, true), SMALL);
			had[i] = block;
			block = mdl_lend_exchange(&l, block, &size);
			assert_true(block >= l.region && block < l.region + (2 << 20));
			for (size_t k = 0; k <= i; k++)
				assert_true(block + size <= had[k] || had[k] + size <= block);
		}
		for (size_t n = 0, got; n < MDL_LEND_BLOCKS * SMALL; n += got) {
			got = (size_t)read(p[0], sink, 1000);
			assert_int_equal(sink[0], 'a' + n / SMALL);
		}
	}
	/* a larger one is no part of it, and what it was before is free */
	memset(block, 'x', SMALL);
	uint32_t used = l.used;
	char *larger = mdl_lend_resize(&l, block, SMALL, 4 * SMALL);
	assert_false(larger >= l.region && larger < l.region + (2 << 20));
	for (size_t i = 0; i < SMALL; i++)
		assert_int_equal(larger[i], 'x');
	assert_int_equal(__builtin_popcount(l.used), __builtin_popcount(used) - 1);
	end(larger, 4 * SMALL);
	assert_null(l.region);
	free(sink);
}

/* Composed text is exchanged at once, and the block at hand only if some of it was lent. */
static void test_text_is_lent_too(void **state)
{
	(void)state;
	enum { TEXT = 64 << 10 };
	struct mdl_out out;
	struct mdl_err err = MDL_ERR_INIT;
	char *sink = mdl_alloc(TEXT), *first = NULL;
	open_pipe();
	mdl_out_init(&out, p[1]);
	out.lend = &l;
	for (char c = 'a'; c <= 'd'; c++) {
		for (size_t i = 0; i < TEXT; i++)
			mdl_buf_putc(&out.text, c);
		mdl_out_text_done(&out);
		if (c == 'a')
			first = out.text.p;
		if (c == 'b' || c == 'c')
			assert_ptr_not_equal(out.text.p, first);
		if (c == 'd') /* what was read comes back with the next text */
			assert_ptr_equal(out.text.p, first);
		assert_int_equal(mdl_out_flush(&out, &err), 0);
		assert_int_equal(l.until, 0);
		for (char r = (char)(c - 1); (c == 'b' || c == 'd') && r <= c; r++) {
			size_t n = 0;
			while (n < TEXT)
				n += (size_t)read(p[0], sink + n, TEXT - n);
			for (size_t i = 0; i < TEXT; i++)
				assert_int_equal(sink[i], r);
		}
	}
	mdl_lend_end(&l);
	mdl_out_free(&out);
	free(sink);
}

static void test_nothing_is_lent_for_ever(void **state)
{
	(void)state;
	size_t size = 64 << 10;
	char *block = mdl_zalloc(size), *sink = mdl_alloc(1 << 20);
	open_pipe();
	for (size_t i = 0; i < MDL_LEND_BLOCKS; i++) {
		struct iovec v = {block, size};
		assert_true(mdl_lend_pays(&l, 1, size));
		assert_int_equal(mdl_lend_pages(&l, &v, 1, true), size);
		block = mdl_lend_exchange(&l, block, &size);
	}
	assert_false(mdl_lend_pays(&l, 1, size));
	for (size_t n = 0; n < MDL_LEND_BLOCKS * size;)
		n += (size_t)read(p[0], sink, 1 << 20);
	assert_true(mdl_lend_pays(&l, 1, size));
	end(block, size);
	free(sink);
}

static void test_no_pipe_is_written_to(void **state)
{
	(void)state;
	char block[10] = "0123456789";
	struct iovec v = {block, sizeof(block)};
	int fd = open("/dev/null", O_WRONLY);
	mdl_lend_init(&l, fd);
	l.asked = l.may = true;
	assert_int_equal(mdl_lend_pages(&l, &v, 1, true), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_false(mdl_lend_pays(&l, 1, 1 << 20));
	close(fd);
}

/* This program is not medal's, and cat is not either. */
static void test_strangers_are_lent_nothing(void **state)
{
	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_false(mdl_pipe_readers_are_ours(p[1]));
	close(p[0]);
	assert_false(mdl_pipe_readers_are_ours(p[1])); /* nobody reads */
	close(p[1]);
	FILE *cat = popen("cat >/dev/null", "w");
	assert_non_null(cat);
	assert_false(mdl_pipe_readers_are_ours(fileno(cat)));
	pclose(cat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_reader_gets_what_was_lent, close_pipe),
		cmocka_unit_test_teardown(test_block_that_is_not_exchanged_is_seen, close_pipe),
		cmocka_unit_test_teardown(test_block_comes_back_when_it_is_read, close_pipe),
		cmocka_unit_test_teardown(test_blocks_lie_together, close_pipe),
		cmocka_unit_test_teardown(test_text_is_lent_too, close_pipe),
		cmocka_unit_test_teardown(test_nothing_is_lent_for_ever, close_pipe),
		cmocka_unit_test(test_no_pipe_is_written_to),
		cmocka_unit_test(test_strangers_are_lent_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
