/* SPDX-License-Identifier: MIT
 *
 * Lines from a pipe: however the input is cut into reads, the same lines come out; a
 * line longer than the limit comes in parts; a writer that pauses is told from one that
 * has ended; a reader that goes ends the wait.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "stream/lines.h"
#include "json/scan.h"

/* What a writer puts into a pipe: the text in pieces of PIECE bytes, each after the other was read. */
struct writer {
	int fd;
	struct mdl_slice text;
	size_t piece;
	useconds_t pause;
};

static void *write_pieces(void *arg)
{
	struct writer *w = arg;
	for (size_t at = 0; at < w->text.n;) {
		size_t n = w->text.n - at < w->piece ? w->text.n - at : w->piece;
		ssize_t k = write(w->fd, w->text.p + at, n);
		if (k <= 0)
			break;
		at += (size_t)k;
		if (w->pause)
			usleep(w->pause);
	}
	close(w->fd);
	return NULL;
}

/* All lines, each ended by "|", over-long ones as "<parts joined>", the rest behind the last '\n' after "~". */
static void read_all(int fd, uint64_t max_record, struct mdl_buf *out, size_t *waits)
{
	struct mdl_lines in;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_lines_init(&in, fd, -1, max_record);
	*waits = 0;
	for (;;) {
		int e = mdl_lines_next(&in, &err);
		if (e == MDL_LINES_WOULD_BLOCK) {
			++*waits;
			continue;
		}
		if (e == MDL_LINES_OVERLONG) {
			if (in.part_first)
				mdl_buf_putc(out, '<');
			mdl_buf_puts_slice(out, in.block);
			if (in.part_last)
				mdl_buf_puts(out, ">|");
			continue;
		}
		if (e == MDL_LINES_END)
			break;
		assert_int_equal(e, MDL_LINES_BLOCK_READY);
		struct mdl_slice block = in.block, line[3];
		assert_int_equal(block.p[block.n - 1], '\n');
		while (block.n) {
			size_t n = mdl_lines_split(&block, line, 3);
			assert_in_range(n, 1, 3);
			for (size_t i = 0; i < n; i++) {
				if (line[i].n > max_record)
					mdl_buf_putc(out, '<');
				mdl_buf_puts_slice(out, line[i]);
				mdl_buf_puts(out, line[i].n > max_record ? ">|" : "|");
			}
		}
	}
	struct mdl_slice rest = mdl_lines_partial(&in);
	mdl_buf_putc(out, '~');
	mdl_buf_puts_slice(out, rest);
	/* room to end and to scan it */
	memset((char *)(uintptr_t)rest.p + (rest.n ? rest.n : 0), '\n', rest.n ? 1 + MDL_SCAN_PADDING : 0);
	mdl_lines_free(&in);
}

static void check(struct mdl_slice text, size_t piece, useconds_t pause, uint64_t max_record,
		  const char *want)
{
	int p[2];
	pthread_t t;
	size_t waits;
	struct mdl_buf got = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	assert_int_equal(pipe(p), 0);
	struct writer w = {p[1], text, piece, pause};
	assert_int_equal(pthread_create(&t, NULL, write_pieces, &w), 0);
	read_all(p[0], max_record, &got, &waits);
	pthread_join(t, NULL);
	close(p[0]);
	if (strcmp(mdl_buf_cstr(&got), want) != 0)
		fail_msg("in pieces of %zu bytes: '%.200s'", piece, mdl_buf_cstr(&got));
	mdl_buf_free(&got);
}

static void every_cut_gives_the_same_lines(void **state)
{
	(void)state;
	static const char text[] =
		"{\"a\":1}\n\n{\"b\":\"\xc3\xa4\"}\r\n \n{\"long\":\"0123456789012345678901234567\"}\nend";
	static const char want[] =
		"{\"a\":1}||{\"b\":\"\xc3\xa4\"}\r| |<{\"long\":\"0123456789012345678901234567\"}>|~end";
	for (size_t piece = 1; piece < sizeof(text); piece++)
		check(mdl_slice_of(text), piece, piece < 8 ? 200 : 0, 24, want);
	check(MDL_SLICE(""), 1, 0, 24, "~");
	check(MDL_SLICE("\n"), 1, 0, 24, "|~");
	check(MDL_SLICE("x"), 1, 0, 24, "~x");
}

/* A line of several blocks, below the limit, then above it, between short ones. */
static void long_lines(void **state)
{
	(void)state;
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), want = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	size_t sizes[] = {10, 3 << 20, 0, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 700000, 5};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			mdl_buf_putc(&text, (char)('a' + (k * 7 + i) % 26));
		mdl_buf_puts_slice(&want, (struct mdl_slice){text.p + text.n - sizes[i], sizes[i]});
		mdl_buf_putc(&text, '\n');
		mdl_buf_putc(&want, '|');
	}
	mdl_buf_putc(&want, '~');
	check(mdl_buf_slice(&text), 65536, 0, 16 << 20, mdl_buf_cstr(&want));
	check(mdl_buf_slice(&text), 4099, 0, 16 << 20, mdl_buf_cstr(&want));
	mdl_buf_free(&text);
	mdl_buf_free(&want);
}

static void over_long_lines_come_in_parts(void **state)
{
	(void)state;
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), want = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	size_t sizes[] = {10, 5 << 20, 7, 2 << 20, 1000, 1001, 0};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (sizes[i] > 1000)
			mdl_buf_putc(&want, '<');
		for (size_t k = 0; k < sizes[i]; k++) {
			mdl_buf_putc(&text, (char)('a' + (k * 7 + i) % 26));
			mdl_buf_putc(&want, text.p[text.n - 1]);
		}
		if (i + 1 < sizeof(sizes) / sizeof(*sizes)) {
			mdl_buf_putc(&text, '\n');
			mdl_buf_puts(&want, sizes[i] > 1000 ? ">|" : "|");
		}
	}
	mdl_buf_putc(&want, '~');
	check(mdl_buf_slice(&text), 65536, 0, 1000, mdl_buf_cstr(&want));
	check(mdl_buf_slice(&text), 5000, 0, 1000, mdl_buf_cstr(&want));
	/* one that never ends */
	mdl_buf_clear(&text);
	mdl_buf_clear(&want);
	mdl_buf_putc(&want, '<');
	for (size_t k = 0; k < 3u << 20; k++) {
		mdl_buf_putc(&text, 'x');
		mdl_buf_putc(&want, 'x');
	}
	mdl_buf_puts(&want, ">|~");
	check(mdl_buf_slice(&text), 65536, 0, 1000, mdl_buf_cstr(&want));
	mdl_buf_free(&text);
	mdl_buf_free(&want);
}

/* The memory for an over-long line is bounded by the block and the limit. */
static void memory_stays_bounded(void **state)
{
	(void)state;
	int p[2];
	pthread_t t;
	struct mdl_lines in;
	struct mdl_err err = MDL_ERR_INIT;
	char *text = malloc(32 << 20);
	assert_non_null(text);
	memset(text, 'x', 32 << 20);
	assert_int_equal(pipe(p), 0);
	struct writer w = {p[1], {text, 32 << 20}, 1 << 20, 0};
	assert_int_equal(pthread_create(&t, NULL, write_pieces, &w), 0);
	mdl_lines_init(&in, p[0], -1, 1 << 20);
	size_t bytes = 0, cap = 0;
	int e;
	while ((e = mdl_lines_next(&in, &err)) != MDL_LINES_END) {
		bytes += e == MDL_LINES_OVERLONG ? in.block.n : 0;
		cap = in.cap > cap ? in.cap : cap;
	}
	assert_int_equal(bytes, 32 << 20);
	assert_in_range(cap, 1, 4 << 20);
	mdl_lines_free(&in);
	pthread_join(t, NULL);
	close(p[0]);
	free(text);
}

static void quiet_input_is_told_before_the_wait(void **state)
{
	(void)state;
	int p[2];
	struct mdl_lines in;
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "a\nb", 3), 3);
	mdl_lines_init(&in, p[0], -1, 100);
	assert_int_equal(mdl_lines_next(&in, &err), MDL_LINES_BLOCK_READY);
	assert_true(mdl_slice_is(in.block, "a\n"));
	assert_int_equal(mdl_lines_next(&in, &err), MDL_LINES_WOULD_BLOCK);
	assert_int_equal(write(p[1], "c\n", 2), 2);
	assert_int_equal(mdl_lines_next(&in, &err), MDL_LINES_BLOCK_READY);
	assert_true(mdl_slice_is(in.block, "bc\n"));
	close(p[1]);
	assert_int_equal(mdl_lines_next(&in, &err), MDL_LINES_END);
	assert_int_equal(mdl_lines_next(&in, &err), MDL_LINES_END);
	mdl_lines_free(&in);
	close(p[0]);
}

static void reader_that_goes_ends_the_wait(void **state)
{
	(void)state;
	int in_pipe[2], out_pipe[2];
	struct mdl_lines in;
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(pipe(in_pipe), 0);
	assert_int_equal(pipe(out_pipe), 0);
	close(out_pipe[0]);
	mdl_lines_init(&in, in_pipe[0], out_pipe[1], 100);
	int e = mdl_lines_next(&in, &err);
	if (e == MDL_LINES_WOULD_BLOCK)
		e = mdl_lines_next(&in, &err);
	assert_int_equal(e, -1);
	assert_int_equal(err.status, MDL_READER_GONE);
	mdl_lines_free(&in);
	close(in_pipe[0]);
	close(in_pipe[1]);
	close(out_pipe[1]);
}

/* A sink without a stream goes on when its reader goes, unless that was a tail: marked by size, or by the sticky bit. */
static void only_a_tail_that_goes_ends_the_wait(void **state)
{
	(void)state;
	for (int marked = 0; marked < 3; marked++) {
		int in_pipe[2], out_pipe[2];
		struct mdl_lines in;
		struct mdl_err err = MDL_ERR_INIT;
		assert_int_equal(pipe(in_pipe), 0);
		assert_int_equal(pipe(out_pipe), 0);
		if (marked == 1)
			mdl_pipe_mark_tail(out_pipe[0]);
		if (marked == 2)
			assert_int_equal(fchmod(out_pipe[0], 01600), 0);
		close(out_pipe[0]);
		if (!marked)
			close(in_pipe[1]);
		mdl_lines_init(&in, in_pipe[0], out_pipe[1], 100);
		in.only_tail = true;
		int e = mdl_lines_next(&in, &err);
		if (e == MDL_LINES_WOULD_BLOCK)
			e = mdl_lines_next(&in, &err);
		assert_int_equal(e, marked ? -1 : MDL_LINES_END);
		if (marked) {
			assert_int_equal(err.status, MDL_READER_GONE);
			close(in_pipe[1]);
		}
		mdl_lines_free(&in);
		close(in_pipe[0]);
		close(out_pipe[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_gives_the_same_lines),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(over_long_lines_come_in_parts),
		cmocka_unit_test(memory_stays_bounded),
		cmocka_unit_test(quiet_input_is_told_before_the_wait),
		cmocka_unit_test(reader_that_goes_ends_the_wait),
		cmocka_unit_test(only_a_tail_that_goes_ends_the_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
