/* SPDX-License-Identifier: MIT
 *
 * One source file as blocks: that no byte is lost or added whatever the sizes are,
 * that offsets and line numbers are true, and what becomes of long lines, cut ends,
 * byte order marks, growing files and compressed ones. What is expected is computed
 * here from the bytes that were written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "source/file_reader.h"
#include "json/scan.h"

static char dir[] = "/tmp/test_file_reader.XXXXXX";

static void put(const char *name, const void *p, size_t n)
{
	FILE *f = fopen(name, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void puts_file(const char *name, const char *s)
{
	put(name, s, strlen(s));
}

/* All blocks as text: lines as they are, an over-long line as <line@offset+bytes>. */
struct seen {
	struct mdl_buf text;
	size_t blocks, parts;
	bool newline_missing;
	struct mdl_file_counts counts;
	struct mdl_err err;
};

static int read_file(const char *path, const struct mdl_file_opts *opts, bool tell, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	mdl_buf_init(&s->text, MDL_BUF_NO_LIMIT);
	struct mdl_file_reader *r = mdl_file_reader_open(path, opts, &s->err);
	if (!r)
		return -1;
	struct mdl_file_block b;
	uint64_t line = opts->start_line ? opts->start_line : 1, at = opts->start, long_bytes = 0,
		 long_at = 0;
	int k;
	while ((k = mdl_file_reader_next(r, &b, &s->err)) > 0) {
		assert_true(b.offset == at || (at == 0 && b.offset == 3));
		at = b.next_offset;
		if (b.kind == MDL_FILE_OVERLONG) {
			s->parts++;
			long_at = b.first_part ? b.offset : long_at;
			long_bytes = (b.first_part ? 0 : long_bytes) + b.n;
			if (b.last_part) {
				mdl_buf_printf(&s->text, "<%llu@%llu+%llu>\n",
					       (unsigned long long)b.first_line, (unsigned long long)long_at,
					       (unsigned long long)long_bytes);
				line = b.first_line + 1;
			}
			continue;
		}
		s->blocks++;
		assert_int_equal(b.p[b.n - 1], '\n');
		volatile char padding = b.p[b.n + MDL_SCAN_PADDING - 1];
		(void)padding;
		mdl_buf_put(&s->text, b.p, b.n);
		s->newline_missing = b.final_newline_missing;
		if (opts->format == MDL_FILE_JSON) {
			assert_int_equal(b.first_line, line);
			uint64_t n = 0;
			for (size_t i = 0; i < b.n; i++)
				n += b.p[i] == '\n';
			line += n;
			if (tell)
				mdl_file_reader_tell_lines(r, n);
		} else {
			assert_int_equal(b.first_line, b.lines[0]);
			size_t n = 0;
			for (size_t i = 0; i < b.n; i++)
				n += b.p[i] == '\n';
			assert_int_equal(b.rows, n);
		}
	}
	mdl_file_reader_counts(r, &s->counts);
	assert_int_equal(s->counts.offset, at ? at : s->counts.offset);
	mdl_file_reader_close(r);
	return k;
}

static void reads(const char *path, struct mdl_file_opts opts, const char *want)
{
	for (int tell = 0; tell < 2; tell++) {
		struct seen s;
		if (read_file(path, &opts, tell, &s))
			fail_msg("%s", s.err.msg);
		assert_string_equal(mdl_buf_cstr(&s.text), want);
		mdl_buf_free(&s.text);
	}
}

static void test_json_passes_untouched(void **state)
{
	(void)state;
	struct mdl_file_opts o = {.format = MDL_FILE_JSON};
	puts_file("a.json", "{\"a\":1}\r\n\n  \nnot json\n{\"b\":\"\xff\"}\n");
	reads("a.json", o, "{\"a\":1}\r\n\n  \nnot json\n{\"b\":\"\xff\"}\n");
	puts_file("empty.json", "");
	reads("empty.json", o, "");
	struct seen s;
	puts_file("end.json", "{\"a\":1}\n{\"a\":2}");
	assert_int_equal(read_file("end.json", &o, false, &s), 0);
	assert_string_equal(mdl_buf_cstr(&s.text), "{\"a\":1}\n{\"a\":2}\n");
	assert_true(s.newline_missing);
	assert_int_equal(s.counts.offset, 15);
	mdl_buf_free(&s.text);
	puts_file("bom.json", "\xef\xbb\xbf{\"a\":1}\n");
	assert_int_equal(read_file("bom.json", &o, false, &s), 0);
	assert_string_equal(mdl_buf_cstr(&s.text), "{\"a\":1}\n");
	assert_true(s.counts.bom);
	assert_int_equal(s.counts.offset, 11);
	assert_int_equal(s.counts.line, 2);
	mdl_buf_free(&s.text);
	puts_file("onlybom.json", "\xef\xbb\xbf");
	reads("onlybom.json", o, "");
	puts_file("twobytes.json", "\xef\xbb");
	reads("twobytes.json", o, "\xef\xbb\n");
}

/* Lines of all lengths around the buffer's size and the limit. */
static void test_many_sizes(void **state)
{
	(void)state;
	static const uint64_t limits[] = {1,       2, 3, 10, 63, 64, 1000, 100000, 1 << 20, (1 << 20) - 1,
					  3 << 20, 0};
	size_t cap = 12 << 20, n = 0;
	char *p = malloc(cap);
	uint32_t x = 99;
	while (n < cap - (3 << 20)) {
		x = x * 1664525u + 1013904223u;
		size_t len = (x >> 28) == 0 ? (x >> 4) % (2 << 20) : (x >> 8) % 700;
		memset(p + n, 'a' + (int)(x % 26), len);
		n += len;
		p[n++] = '\n';
	}
	memcpy(p + n, "tail", 4);
	n += 4;
	put("sizes.json", p, n);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		uint64_t limit = limits[i] ? limits[i] : MDL_FILE_MAX_RECORD;
		struct mdl_file_opts o = {.format = MDL_FILE_JSON, .max_record_bytes = limits[i]};
		struct mdl_buf want = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		uint64_t line = 1;
		for (size_t at = 0; at < n; line++) {
			char *nl = memchr(p + at, '\n', n - at);
			size_t len = (nl ? (size_t)(nl - p) : n) - at;
			if (len > limit)
				mdl_buf_printf(&want, "<%llu@%zu+%zu>\n", (unsigned long long)line, at, len);
			else {
				mdl_buf_put(&want, p + at, len);
				mdl_buf_putc(&want, '\n');
			}
			at += len + 1;
		}
		struct seen s;
		if (read_file("sizes.json", &o, i & 1, &s))
			fail_msg("%s", s.err.msg);
		assert_int_equal(s.text.n, want.n);
		assert_memory_equal(s.text.p, want.p, want.n);
		assert_int_equal(s.counts.offset, n);
		mdl_buf_free(&s.text);
		mdl_buf_free(&want);
	}
	free(p);
}

static void test_a_long_line_in_other_formats(void **state)
{
	(void)state;
	struct mdl_file_opts o = {.format = MDL_FILE_TEXT, .max_record_bytes = 20};
	puts_file("long.txt", "short\nthis line is longer than twenty bytes\nexactly twenty bytes\nend");
	reads("long.txt", o,
	      "{\"value\":\"short\"}\n<2@6+37>\n{\"value\":\"exactly twenty bytes\"}\n{\"value\":\"end\"}\n");
	o = (struct mdl_file_opts){.format = MDL_FILE_CSV, .max_record_bytes = 20};
	puts_file(
		"long.csv",
		"a,b\n1,2\n3,this line is longer than twenty bytes\n4,\"x\ny\"\n5,\"open and never closed\n6,7\n");
	reads("long.csv", o,
	      "{\"a\":\"1\",\"b\":\"2\"}\n<3@8+39>\n{\"a\":\"4\",\"b\":\"x\\ny\"}\n<6@56+24>\n{\"a\":\"6\",\"b\":\"7\"}\n");
}

static void test_parts_of_a_growing_file(void **state)
{
	(void)state;
	puts_file("grow.json", "{\"a\":1}\n{\"a\":2}\n{\"a\":3");
	struct mdl_file_opts o = {.format = MDL_FILE_JSON, .tail = true};
	struct seen s;
	assert_int_equal(read_file("grow.json", &o, false, &s), 0);
	assert_string_equal(mdl_buf_cstr(&s.text), "{\"a\":1}\n{\"a\":2}\n");
	assert_int_equal(s.counts.offset, 16);
	assert_int_equal(s.counts.line, 3);
	mdl_buf_free(&s.text);
	puts_file("grow.json", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n{\"a");
	o.start = 16;
	o.start_line = 3;
	reads("grow.json", o, "{\"a\":3}\n{\"a\":4}\n");
	o.end = 24;
	reads("grow.json", o, "{\"a\":3}\n");
	o.end = 30;
	reads("grow.json", o, "{\"a\":3}\n");
	/* a line that is too long waits, too, until its end is there */
	o = (struct mdl_file_opts){.format = MDL_FILE_TEXT, .tail = true, .max_record_bytes = 5};
	puts_file("grow.txt", "abc\nlonger than five");
	reads("grow.txt", o, "{\"value\":\"abc\"}\n");
	puts_file("grow.txt", "abc\nlonger than five\nx");
	reads("grow.txt", o, "{\"value\":\"abc\"}\n<2@4+16>\n");
	o.end = 12;
	reads("grow.txt", o, "{\"value\":\"abc\"}\n");
}

static void test_csv_goes_on_with_its_header(void **state)
{
	(void)state;
	puts_file("grow.csv", "\xef\xbb\xbfid,\"the\nname\"\n1,a\n2,b\n3,\"c");
	struct mdl_file_opts o = {.format = MDL_FILE_CSV, .tail = true};
	struct seen s;
	assert_int_equal(read_file("grow.csv", &o, false, &s), 0);
	assert_string_equal(mdl_buf_cstr(&s.text),
			    "{\"id\":\"1\",\"the\\nname\":\"a\"}\n{\"id\":\"2\",\"the\\nname\":\"b\"}\n");
	assert_int_equal(s.counts.offset, 25);
	assert_int_equal(s.counts.line, 5);
	mdl_buf_free(&s.text);
	puts_file("grow.csv", "\xef\xbb\xbfid,\"the\nname\"\n1,a\n2,b\n3,\"c\nd\"\n4,");
	o.start = 25;
	o.start_line = 5;
	assert_int_equal(read_file("grow.csv", &o, false, &s), 0);
	assert_string_equal(mdl_buf_cstr(&s.text), "{\"id\":\"3\",\"the\\nname\":\"c\\nd\"}\n");
	assert_int_equal(s.counts.line, 7);
	mdl_buf_free(&s.text);
	o.start = 6;
	assert_int_equal(read_file("grow.csv", &o, false, &s), -1);
	assert_non_null(strstr(s.err.msg, "within the CSV header"));
}

static void test_compressed(void **state)
{
	(void)state;
	struct mdl_file_opts o = {.format = MDL_FILE_JSON};
	puts_file("z.json", "{\"a\":1}\n{\"a\":2}\n");
	assert_int_equal(system("gzip -k z.json && zstd -q z.json && cat z.json.gz z.json.gz >two.json.gz"),
			 0);
	reads("z.json.gz", o, "{\"a\":1}\n{\"a\":2}\n");
	reads("z.json.zst", o, "{\"a\":1}\n{\"a\":2}\n");
	reads("two.json.gz", o, "{\"a\":1}\n{\"a\":2}\n{\"a\":1}\n{\"a\":2}\n");
	assert_int_equal(system("head -c -9 z.json.gz >cut.json.gz"), 0);
	struct seen s;
	assert_int_equal(read_file("cut.json.gz", &o, false, &s), -1);
	assert_non_null(strstr(s.err.msg, "cut.json.gz: the gzip data ends too early"));
	mdl_buf_free(&s.text);
	o.tail = true;
	assert_int_equal(read_file("z.json.gz", &o, false, &s), -1);
	assert_non_null(strstr(s.err.msg, "uncompressed"));
	o = (struct mdl_file_opts){.format = MDL_FILE_TEXT, .plain = true};
	puts_file("not.gz", "plain\n");
	reads("not.gz", o, "{\"value\":\"plain\"}\n");
}

static void test_errors(void **state)
{
	(void)state;
	struct mdl_file_opts o = {.format = MDL_FILE_JSON};
	struct seen s;
	assert_int_equal(read_file("none.json", &o, false, &s), -1);
	assert_int_equal(s.err.status, MDL_TROUBLE);
	assert_non_null(strstr(s.err.msg, "none.json: cannot open: No such file"));
	assert_int_equal(read_file(".", &o, false, &s), -1);
	assert_non_null(strstr(s.err.msg, "is a directory"));
}

static void test_pipe_gives_what_is_there(void **state)
{
	(void)state;
	int fd[2];
	char path[64];
	assert_int_equal(pipe(fd), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	struct mdl_file_opts o = {.format = MDL_FILE_JSON};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_file_block b;
	struct mdl_file_reader *r = mdl_file_reader_open(path, &o, &err);
	assert_non_null(r);
	assert_int_equal(write(fd[1], "{\"a\":1}\n{\"a\"", 12), 12);
	assert_int_equal(mdl_file_reader_next(r, &b, &err), 1);
	assert_int_equal(b.n, 8);
	assert_int_equal(write(fd[1], ":2}\n", 4), 4);
	assert_int_equal(mdl_file_reader_next(r, &b, &err), 1);
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "{\"a\":2}\n", 8);
	assert_int_equal(b.first_line, 2);
	close(fd[1]);
	assert_int_equal(mdl_file_reader_next(r, &b, &err), 0);
	mdl_file_reader_close(r);
	close(fd[0]);
}

static void test_formats_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum mdl_file_format format;
	} cases[] = {{"a.json", MDL_FILE_JSON},
		     {"a.ndjson.gz", MDL_FILE_JSON},
		     {"a.jsonl.zst", MDL_FILE_JSON},
		     {"a.csv", MDL_FILE_CSV},
		     {"A.CSV.GZ", MDL_FILE_CSV},
		     {"x/a.tsv", MDL_FILE_CSV},
		     {"a.txt", MDL_FILE_TEXT},
		     {"app.log", MDL_FILE_TEXT},
		     {"access.log", MDL_FILE_WEBLOG},
		     {"error.log.gz", MDL_FILE_WEBLOG},
		     {"/var/log/httpd/access_log", MDL_FILE_WEBLOG},
		     {"ssl_access.log", MDL_FILE_WEBLOG},
		     {"access/app.log", MDL_FILE_TEXT},
		     {"data", MDL_FILE_JSON}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (mdl_file_format_of_name(cases[i].name) != cases[i].format)
			fail_msg("%s", cases[i].name);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	char cmd[64];
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return chdir("/") || system(cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_passes_untouched),
		cmocka_unit_test(test_many_sizes),
		cmocka_unit_test(test_a_long_line_in_other_formats),
		cmocka_unit_test(test_parts_of_a_growing_file),
		cmocka_unit_test(test_csv_goes_on_with_its_header),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_pipe_gives_what_is_there),
		cmocka_unit_test(test_formats_by_name),
	};
	return cmocka_run_group_tests_name("file_reader", tests, make_dir, remove_dir);
}
