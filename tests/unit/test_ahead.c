/* SPDX-License-Identifier: MIT
 *
 * Reading ahead: blocks come in the order of the input, each with its own results, however
 * long the threads take and however the input is cut; what is no block comes in its place.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "stream/ahead.h"

enum { LINES = 60000, LIMIT = 400000 };

/* ---- Work: the sum of the lines' lengths, by helpers of which each takes another time ---- */

struct fake {
	unsigned open, closed, most;
};

struct fake_helper {
	struct fake *of;
	unsigned number;
};

static void *open_helper(void *ctx, bool first)
{
	struct fake *f = ctx;
	if (first != (f->open == 0) || f->open == f->most)
		return NULL;
	struct fake_helper *h = mdl_alloc(sizeof(*h));
	*h = (struct fake_helper){f, f->open++};
	return h;
}

static const void *sum(void *helper, const struct mdl_batch *b)
{
	const struct fake_helper *h = helper;
	uint64_t *r = mdl_arena_zalloc(b->arena, sizeof(*r));
	for (size_t i = 0; i < b->n; i++)
		*r += b->lines[i].n;
	if ((*r + h->number) % 3 == 0)
		usleep((useconds_t)(*r % 1000));
	return r;
}

static void close_helper(void *helper)
{
	struct fake_helper *h = helper;
	h->of->closed++;
	free(h);
}

static const struct mdl_ahead_work work = {open_helper, sum, close_helper};

/* ---- Input ---- */

/* Line K is its number and a tail whose length depends on it; some are longer than a block, and some longer than allowed. */
static size_t line(struct mdl_buf *b, size_t k)
{
	size_t before = b->n, tail = k % 20011 == 77 ? LIMIT + 9 : k % 9973 == 5 ? 300000 : k * 7919 % 160;
	mdl_buf_printf(b, "%zu ", k);
	for (size_t i = 0; i < tail; i++)
		mdl_buf_putc(b, 'x');
	return b->n - before;
}

static void *write_input(void *arg)
{
	const int *fd = arg;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	size_t at = 0, step = 1;
	for (size_t k = 0; k < LINES; k++) {
		line(&b, k);
		if (k + 1 < LINES)
			mdl_buf_putc(&b, '\n');
	}
	while (at < b.n) {
		size_t n = b.n - at < step ? b.n - at : step;
		ssize_t w = write(*fd, b.p + at, n);
		if (w <= 0)
			break;
		at += (size_t)w;
		step = step * 131 % 999983;
		if (step % 17 == 0)
			usleep(300);
	}
	close(*fd);
	mdl_buf_free(&b);
	return NULL;
}

/* The next line is expected to be TEXT, and is number *K. */
static void expect(size_t *k, struct mdl_slice text)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	line(&b, *k);
	if (b.n != text.n || memcmp(b.p, text.p, b.n) != 0)
		fail_msg("line %zu is another", *k);
	mdl_buf_free(&b);
	++*k;
}

static void check_block(const struct mdl_ahead_block *b, size_t *k)
{
	for (size_t i = 0; i < b->nlines; i += MDL_BATCH_ROWS) {
		uint64_t bytes = 0;
		for (size_t j = i; j < b->nlines && j < i + MDL_BATCH_ROWS; j++) {
			expect(k, b->lines[j]);
			bytes += b->lines[j].n;
		}
		assert_int_equal(*(const uint64_t *)b->results[i / MDL_BATCH_ROWS], bytes);
	}
	assert_int_equal(b->rest.n, 0);
}

static void check_threads(unsigned threads, unsigned most)
{
	struct fake f = {.most = most};
	struct mdl_lines in;
	struct mdl_lend lend;
	struct mdl_ahead_block b;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf parts = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	pthread_t writer;
	size_t k = 0;
	int p[2], e = MDL_LINES_WOULD_BLOCK;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_input, &p[1]), 0);
	mdl_lines_init(&in, p[0], -1, LIMIT);
	mdl_lend_init(&lend, -1);
	assert_true(mdl_lend_scatter(&lend));
	struct mdl_ahead *a = mdl_ahead_new(&in, &work, &f, threads);
	assert_non_null(a);
	while (e != MDL_LINES_END) {
		e = mdl_ahead_next(a, &b, &err);
		if (e == MDL_LINES_BLOCK_READY) {
			check_block(&b, &k);
			mdl_ahead_done(a, &lend);
		} else if (e == MDL_LINES_OVERLONG) {
			if (in.part_first)
				mdl_buf_clear(&parts);
			mdl_buf_puts_slice(&parts, in.block);
			if (in.part_last)
				expect(&k, mdl_buf_slice(&parts));
		} else {
			assert_true(e == MDL_LINES_WOULD_BLOCK || e == MDL_LINES_END);
		}
	}
	expect(&k, mdl_lines_partial(&in));
	assert_int_equal(k, LINES);
	mdl_ahead_free(a, &lend);
	assert_int_equal(f.open, most < threads ? most : threads);
	assert_int_equal(f.closed, f.open);
	mdl_lines_free(&in);
	mdl_lend_end(&lend);
	mdl_buf_free(&parts);
	pthread_join(writer, NULL);
	close(p[0]);
}

static void test_blocks_come_in_order(void **state)
{
	(void)state;
	for (unsigned threads = 2; threads <= MDL_AHEAD_THREADS; threads = threads * 2 - 1)
		check_threads(threads, threads);
	check_threads(8, 3); /* more than there can be */
}

/* One helper alone is none. */
static void test_work_that_cannot_be_done(void **state)
{
	(void)state;
	struct fake f = {.most = 1};
	struct mdl_lines in;
	mdl_lines_init(&in, -1, -1, LIMIT);
	assert_null(mdl_ahead_new(&in, &work, &f, 4));
	assert_int_equal(f.closed, 1);
	mdl_lines_free(&in);
}

/* The program ends in the middle, with a block taken and others read: nothing is left, nothing hangs. */
static void test_end_in_the_middle(void **state)
{
	(void)state;
	for (unsigned blocks = 0; blocks < 12; blocks++) {
		struct fake f = {.most = 3};
		struct mdl_lines in;
		struct mdl_lend lend;
		struct mdl_ahead_block b;
		struct mdl_err err = MDL_ERR_INIT;
		pthread_t writer;
		int p[2];
		assert_int_equal(pipe(p), 0);
		assert_int_equal(pthread_create(&writer, NULL, write_input, &p[1]), 0);
		mdl_lines_init(&in, p[0], -1, LIMIT);
		mdl_lend_init(&lend, -1);
		assert_true(mdl_lend_scatter(&lend));
		struct mdl_ahead *a = mdl_ahead_new(&in, &work, &f, 3);
		assert_non_null(a);
		for (unsigned i = 0; i < blocks;) {
			if (mdl_ahead_next(a, &b, &err) != MDL_LINES_BLOCK_READY)
				continue;
			if (++i < blocks)
				mdl_ahead_done(a, &lend);
		}
		mdl_ahead_free(a, &lend);
		assert_int_equal(f.closed, 3);
		mdl_lines_free(&in);
		mdl_lend_end(&lend);
		char rest[4096];
		while (read(p[0], rest, sizeof(rest)) > 0)
			;
		pthread_join(writer, NULL);
		close(p[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_come_in_order),
		cmocka_unit_test(test_work_that_cannot_be_done),
		cmocka_unit_test(test_end_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
