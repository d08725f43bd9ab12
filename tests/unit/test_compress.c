/* SPDX-License-Identifier: MIT
 *
 * Compressed streams: round trips, concatenated members, and every way in which a
 * file can be cut short or damaged. gzip(1) and zstd(1) are the oracle for what
 * the writers make; zlib's and zstd's own one-shot calls for what the readers take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/file.h"

static char dir[] = "/tmp/test_compress.XXXXXX";

static FILE *scratch(void)
{
	FILE *f = tmpfile();
	assert_non_null(f);
	return f;
}

/* Text that compresses, but not to nothing. */
static char *sample(size_t n)
{
	char *p = malloc(n + 1);
	uint32_t x = 12345;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (char)(i % 61 == 60 ? '\n' : 'a' + (int)((x >> 24) % 7));
	}
	return p;
}

static void compress_to(int fd, enum mdl_compress kind, const char *p, size_t n, size_t step)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_compress_writer *w = mdl_compress_writer_open(fd, kind, 0, "out");
	for (size_t at = 0; at < n; at += step)
		assert_int_equal(mdl_compress_writer_write(w, p + at, n - at < step ? n - at : step, &err),
				 0);
	uint64_t bytes = 0;
	off_t before = lseek(fd, 0, SEEK_CUR);
	assert_int_equal(mdl_compress_writer_finish(w, &bytes, &err), 0);
	assert_int_equal(bytes, mdl_compress_writer_bytes(w));
	assert_true(lseek(fd, 0, SEEK_CUR) >= before);
	mdl_compress_writer_close(w);
}

/* All that can be read, in reads of STEP bytes; the result of the last read. */
static int read_all(int fd, enum mdl_compress kind, size_t step, struct mdl_buf *out, struct mdl_err *err)
{
	struct mdl_compress_reader *r = mdl_compress_reader_open(fd, kind, "in.x");
	char *tmp = malloc(step);
	ssize_t n;
	while ((n = mdl_compress_reader_read(r, tmp, step, err)) > 0)
		mdl_buf_put(out, tmp, (size_t)n);
	if (n < 0) { /* sticks */
		struct mdl_err again = MDL_ERR_INIT;
		assert_int_equal(mdl_compress_reader_read(r, tmp, step, &again), -1);
		assert_string_equal(again.msg, err->msg);
	}
	free(tmp);
	mdl_compress_reader_close(r);
	return (int)n;
}

static void round_trip(enum mdl_compress kind, size_t n, size_t wstep, size_t rstep)
{
	char *p = sample(n);
	FILE *f = scratch();
	compress_to(fileno(f), kind, p, n, wstep);
	lseek(fileno(f), 0, SEEK_SET);
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(read_all(fileno(f), kind, rstep, &out, &err), 0);
	assert_int_equal(out.n, n);
	assert_memory_equal(out.p ? out.p : "", p, n);
	mdl_buf_free(&out);
	free(p);
	fclose(f);
}

static void test_round_trips(void **state)
{
	(void)state;
	for (int k = MDL_COMPRESS_NONE; k <= MDL_COMPRESS_ZSTD; k++) {
		round_trip((enum mdl_compress)k, 0, 1, 10);
		round_trip((enum mdl_compress)k, 1, 1, 1);
		round_trip((enum mdl_compress)k, 5000, 7, 3);
		round_trip((enum mdl_compress)k, 3000000, 100000, 65536);
		round_trip((enum mdl_compress)k, 3000000, 3000000, 3000000);
		round_trip((enum mdl_compress)k, 131072 * 2, 131072, 131072);
	}
}

static void check_tool(enum mdl_compress kind, const char *cmd)
{
	char path[128], line[256];
	snprintf(path, sizeof(path), "%s/f%s", dir, mdl_compress_extension(kind));
	FILE *f = fopen(path, "w+");
	assert_non_null(f);
	char *p = sample(400000);
	compress_to(fileno(f), kind, p, 200000, 999);
	compress_to(fileno(f), kind, p + 200000, 200000, 50000);
	fclose(f);
	snprintf(line, sizeof(line), "%s -dc %s 2>&1", cmd, path);
	FILE *pipe = popen(line, "r");
	char *q = malloc(400001);
	assert_int_equal(fread(q, 1, 400001, pipe), 400000);
	assert_memory_equal(p, q, 400000);
	assert_int_equal(pclose(pipe), 0);
	/* and the other way: what the tool wrote, twice in one file */
	snprintf(line, sizeof(line), "cd %s && printf 'hello\\n' >t && %s -c t >u && %s -c t >>u", dir, cmd,
		 cmd);
	assert_int_equal(system(line), 0);
	snprintf(path, sizeof(path), "%s/u", dir);
	f = fopen(path, "r");
	struct mdl_buf out = MDL_BUF_INIT(1000);
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(read_all(fileno(f), kind, 100, &out, &err), 0);
	assert_string_equal(mdl_buf_cstr(&out), "hello\nhello\n");
	fclose(f);
	mdl_buf_free(&out);
	free(p);
	free(q);
}

static void test_tools_agree(void **state)
{
	(void)state;
	check_tool(MDL_COMPRESS_GZIP, "gzip");
	check_tool(MDL_COMPRESS_ZSTD, "zstd");
}

static void test_every_cut_is_noticed(void **state)
{
	(void)state;
	for (int k = MDL_COMPRESS_GZIP; k <= MDL_COMPRESS_ZSTD; k++) {
		char *p = sample(2000);
		FILE *f = scratch();
		compress_to(fileno(f), (enum mdl_compress)k, p, 1000, 1000);
		off_t first = lseek(fileno(f), 0, SEEK_CUR);
		compress_to(fileno(f), (enum mdl_compress)k, p + 1000, 1000, 1000);
		off_t end = lseek(fileno(f), 0, SEEK_CUR);
		for (off_t cut = end; cut >= 0; cut--) {
			assert_int_equal(ftruncate(fileno(f), cut), 0);
			lseek(fileno(f), 0, SEEK_SET);
			struct mdl_buf out = MDL_BUF_INIT(10000);
			struct mdl_err err = MDL_ERR_INIT;
			int r = read_all(fileno(f), (enum mdl_compress)k, 64, &out, &err);
			assert_int_equal(r, cut == end || cut == first || cut == 0 ? 0 : -1);
			assert_memory_equal(out.p ? out.p : "", p, out.n);
			if (cut >= first)
				assert_true(out.n >= 1000);
			if (r) {
				char want[64];
				snprintf(want, sizeof(want), "at compressed byte %lld,", (long long)cut);
				assert_non_null(strstr(err.msg, want));
				assert_non_null(strstr(err.msg, "in.x"));
				assert_int_equal(err.status, MDL_TROUBLE);
			}
			mdl_buf_free(&out);
		}
		fclose(f);
		free(p);
	}
}

static void test_damage_is_noticed(void **state)
{
	(void)state;
	for (int k = MDL_COMPRESS_GZIP; k <= MDL_COMPRESS_ZSTD; k++) {
		char *p = sample(3000);
		FILE *f = scratch();
		compress_to(fileno(f), (enum mdl_compress)k, p, 3000, 3000);
		off_t end = lseek(fileno(f), 0, SEEK_CUR);
		int noticed = 0;
		for (off_t at = 0; at < end; at++) {
			char c, d;
			assert_int_equal(pread(fileno(f), &c, 1, at), 1);
			d = (char)(c ^ 0x10);
			assert_int_equal(pwrite(fileno(f), &d, 1, at), 1);
			lseek(fileno(f), 0, SEEK_SET);
			struct mdl_buf out = MDL_BUF_INIT(100000);
			struct mdl_err err = MDL_ERR_INIT;
			if (read_all(fileno(f), (enum mdl_compress)k, 512, &out, &err)) {
				noticed++;
				assert_non_null(strstr(err.msg, "compressed byte"));
			} else { /* bytes of the header that say nothing about the data */
				assert_int_equal(out.n, 3000);
				assert_memory_equal(out.p, p, 3000);
			}
			mdl_buf_free(&out);
			assert_int_equal(pwrite(fileno(f), &c, 1, at), 1);
		}
		assert_true(noticed > end - 12);
		fclose(f);
		free(p);
	}
}

static void test_rubbish_behind_a_member(void **state)
{
	(void)state;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf out = MDL_BUF_INIT(1000);
	FILE *f = scratch();
	compress_to(fileno(f), MDL_COMPRESS_GZIP, "abc", 3, 3);
	off_t end = lseek(fileno(f), 0, SEEK_CUR);
	assert_int_equal(write(fileno(f), "\0\0\0\0\0", 5), 5);
	lseek(fileno(f), 0, SEEK_SET);
	assert_int_equal(read_all(fileno(f), MDL_COMPRESS_GZIP, 10, &out, &err), 0);
	assert_string_equal(mdl_buf_cstr(&out), "abc");
	assert_int_equal(pwrite(fileno(f), "rubbish", 7, end), 7);
	lseek(fileno(f), 0, SEEK_SET);
	mdl_buf_clear(&out);
	assert_int_equal(read_all(fileno(f), MDL_COMPRESS_GZIP, 10, &out, &err), -1);
	assert_string_equal(mdl_buf_cstr(&out), "abc");
	mdl_buf_free(&out);
	fclose(f);
}

static void test_zstd_window_is_capped(void **state)
{
	(void)state;
	for (int log = 27; log <= 28; log++) {
		ZSTD_CCtx *c = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 1);
		ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, 10);
		ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, log);
		char dst[1000];
		ZSTD_outBuffer o = {dst, sizeof(dst), 0};
		ZSTD_inBuffer i1 = {"abc", 3, 0}, i2 = {"def", 3, 0};
		/* two calls, so that the size is unknown and the window is what was asked for */
		assert_false(ZSTD_isError(ZSTD_compressStream2(c, &o, &i1, ZSTD_e_flush)));
		assert_int_equal(ZSTD_compressStream2(c, &o, &i2, ZSTD_e_end), 0);
		ZSTD_freeCCtx(c);
		FILE *f = scratch();
		assert_int_equal(write(fileno(f), dst, o.pos), (ssize_t)o.pos);
		lseek(fileno(f), 0, SEEK_SET);
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_buf out = MDL_BUF_INIT(1000);
		int r = read_all(fileno(f), MDL_COMPRESS_ZSTD, 100, &out, &err);
		assert_int_equal(r, log == 27 ? 0 : -1);
		if (r)
			assert_non_null(strstr(err.msg, "--long=27"));
		else
			assert_string_equal(mdl_buf_cstr(&out), "abcdef");
		mdl_buf_free(&out);
		fclose(f);
	}
}

static void test_flush_is_decodable(void **state)
{
	(void)state;
	for (int k = MDL_COMPRESS_NONE; k <= MDL_COMPRESS_ZSTD; k++) {
		FILE *f = scratch();
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_compress_writer *w =
			mdl_compress_writer_open(fileno(f), (enum mdl_compress)k, 1, "out");
		assert_int_equal(mdl_compress_writer_write(w, "line\n", 5, &err), 0);
		assert_int_equal(mdl_compress_writer_flush(w, &err), 0);
		int fd = dup(fileno(f));
		char buf[10];
		struct mdl_compress_reader *r = mdl_compress_reader_open(fd, (enum mdl_compress)k, "in");
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(mdl_compress_reader_read(r, buf, sizeof(buf), &err), 5);
		assert_memory_equal(buf, "line\n", 5);
		assert_int_equal(mdl_compress_reader_consumed(r), mdl_compress_writer_bytes(w));
		mdl_compress_reader_close(r);
		mdl_compress_writer_close(w);
		close(fd);
		fclose(f);
	}
}

static void test_write_errors(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	for (int k = MDL_COMPRESS_NONE; k <= MDL_COMPRESS_ZSTD; k++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_compress_writer *w =
			mdl_compress_writer_open(fileno(full), (enum mdl_compress)k, 0, "o.gz");
		assert_int_equal(mdl_compress_writer_write(w, "abc", 3, &err), 0);
		assert_int_equal(mdl_compress_writer_finish(w, NULL, &err), -1);
		assert_int_equal(err.status, MDL_RETRY);
		assert_non_null(strstr(err.msg, "o.gz: cannot write: No space left"));
		mdl_compress_writer_close(w);
	}
	fclose(full);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(mdl_compress_of_name("a.json.gz"), MDL_COMPRESS_GZIP);
	assert_int_equal(mdl_compress_of_name("a.JSON.GZ"), MDL_COMPRESS_GZIP);
	assert_int_equal(mdl_compress_of_name("/x/a.zst"), MDL_COMPRESS_ZSTD);
	assert_int_equal(mdl_compress_of_name("a.zstd"), MDL_COMPRESS_ZSTD);
	assert_int_equal(mdl_compress_of_name("gz"), MDL_COMPRESS_NONE);
	assert_int_equal(mdl_compress_of_name("a.gz.json"), MDL_COMPRESS_NONE);
	assert_int_equal(mdl_compress_stem("a.json.gz"), 6);
	assert_int_equal(mdl_compress_stem("a.json"), 6);
	assert_int_equal(mdl_compress_stem("a.csv.zstd"), 5);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	char cmd[64];
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd);
}

/* SIZE bytes that compress somewhat, by KIND, written in pieces of up to 100,000; returns the compressed bytes. */
static size_t compressed(enum mdl_compress kind, size_t size, bool thread, bool flush, char **out,
			 uint64_t *known)
{
	FILE *f = tmpfile();
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_compress_writer *w = mdl_compress_writer_open(fileno(f), kind, 0, "out");
	uint64_t x = 7, n;
	char piece[100000];
	*known = 0;
	if (thread)
		mdl_compress_writer_thread(w);
	for (size_t at = 0, part; at < size; at += part) {
		part = 1 + (size_t)(x >> 33) % sizeof(piece);
		part = part < size - at ? part : size - at;
		for (size_t i = 0; i < part; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			piece[i] = (char)('a' + (x >> 60));
		}
		assert_int_equal(mdl_compress_writer_write(w, piece, part, &err), 0);
		if (flush && x >> 61 == 0)
			assert_int_equal(mdl_compress_writer_flush(w, &err), 0);
		*known = *known * 31 + mdl_compress_writer_bytes(w);
	}
	assert_int_equal(mdl_compress_writer_finish(w, &n, &err), 0);
	mdl_compress_writer_close(w);
	*out = malloc(n + 1);
	assert_int_equal(pread(fileno(f), *out, n, 0), n);
	fclose(f);
	return n;
}

static void test_second_thread_makes_the_same_bytes(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 262143, 262144, 262145, 3000000};
	for (int k = MDL_COMPRESS_GZIP; k <= MDL_COMPRESS_ZSTD; k++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			for (int flush = 0; flush < 2; flush++) {
				char *one, *two;
				uint64_t known_one, known_two;
				size_t n = compressed((enum mdl_compress)k, sizes[i], false, flush, &one,
						      &known_one);
				assert_int_equal(compressed((enum mdl_compress)k, sizes[i], true, flush, &two,
							    &known_two),
						 n);
				assert_memory_equal(one, two, n);
				assert_int_equal(known_one, known_two);
				free(one);
				free(two);
			}
		}
	}
}

/* What a reader of BYTES gives, in pieces by chance; *FAILED when it ends in an error, which must stick. */
static uint64_t decoded(enum mdl_compress kind, const char *bytes, size_t n, bool thread, bool *failed)
{
	FILE *f = tmpfile();
	struct mdl_err err = MDL_ERR_INIT;
	char buf[300000];
	uint64_t sum = 0, x = 1;
	ssize_t got;
	assert_int_equal(pwrite(fileno(f), bytes, n, 0), n);
	struct mdl_compress_reader *r = mdl_compress_reader_open(fileno(f), kind, "in");
	if (thread)
		mdl_compress_reader_thread(r);
	do {
		x = x * 6364136223846793005u + 1442695040888963407u;
		got = mdl_compress_reader_read(r, buf, 1 + (size_t)(x >> 33) % sizeof(buf), &err);
		for (ssize_t i = 0; i < got; i++)
			sum = sum * 31 + (unsigned char)buf[i];
	} while (got > 0);
	*failed = got < 0;
	if (*failed)
		assert_non_null(strstr(err.msg, "in: the "));
	else
		assert_int_equal(mdl_compress_reader_consumed(r), n);
	assert_int_equal(mdl_compress_reader_read(r, buf, 1, &err), got);
	assert_int_equal(mdl_compress_reader_read(r, buf, 1, &err), got);
	mdl_compress_reader_close(r);
	fclose(f);
	return sum;
}

static void test_second_thread_reads_the_same(void **state)
{
	(void)state;
	for (int k = MDL_COMPRESS_GZIP; k <= MDL_COMPRESS_ZSTD; k++) {
		char *bytes;
		uint64_t known;
		size_t n = compressed((enum mdl_compress)k, 3000000, false, false, &bytes, &known);
		for (int fault = 0; fault < 3; fault++) {
			bool failed, failed_ahead;
			size_t cut = fault == 1 ? n / 2 : n;
			if (fault == 2)
				memset(bytes + n / 2, 0x55, 64);
			uint64_t sum = decoded((enum mdl_compress)k, bytes, cut, false, &failed);
			uint64_t sum_ahead = decoded((enum mdl_compress)k, bytes, cut, true, &failed_ahead);
			/* how much comes out before damage depends on the sizes of the reads */
			if (fault < 2)
				assert_int_equal(sum_ahead, sum);
			assert_int_equal(failed, fault > 0);
			assert_int_equal(failed_ahead, failed);
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_tools_agree),
		cmocka_unit_test(test_every_cut_is_noticed),
		cmocka_unit_test(test_damage_is_noticed),
		cmocka_unit_test(test_rubbish_behind_a_member),
		cmocka_unit_test(test_zstd_window_is_capped),
		cmocka_unit_test(test_flush_is_decodable),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_second_thread_makes_the_same_bytes),
		cmocka_unit_test(test_second_thread_reads_the_same),
	};
	return cmocka_run_group_tests_name("compress", tests, make_dir, remove_dir);
}
