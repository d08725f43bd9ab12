/* SPDX-License-Identifier: MIT
 *
 * CSV to NDJSON. The expected values come from elsewhere: csv-spectrum's JSON files,
 * libcsv for the rest of the corpus and for random files, and what PySpark 4.1.4
 * answered to spark.read.option("header", True).option("escape", '"')
 * .option("multiLine", True).csv(...) for the cases that RFC 4180 leaves open.
 * Each input is fed whole and in small pieces, which must not make a difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <csv.h>
#include <jansson.h>

#include "base/alloc.h"
#include "source/csv_reader.h"

struct result {
	struct mdl_buf text, bad; /* bad: "row reason [raw]\n" */
	uint64_t lines[4096];
	size_t rows;
	uint64_t blank, missing;
};

/* Feed DATA in windows that grow by STEP bytes, as a file reader does with its buffer. */
static int run(const char *data, size_t n, const struct mdl_csv_opts *opts, size_t step, struct result *res,
	       struct mdl_err *err)
{
	memset(res, 0, sizeof(*res));
	mdl_buf_init(&res->text, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&res->bad, MDL_BUF_NO_LIMIT);
	struct mdl_csv_reader *c = mdl_csv_reader_new(opts, "in.csv", err);
	if (!c)
		return -1;
	struct mdl_rows rows;
	mdl_rows_init(&rows);
	char *buf = malloc(n + 128);
	size_t at = 0, end = 0;
	int r = 0;
	for (;;) {
		end = n - end < step ? n : end + step;
		memcpy(buf, data + at, end - at);
		memset(buf + (end - at), 'x', 64);
		size_t used;
		mdl_rows_clear(&rows);
		rows.base = buf;
		rows.base_offset = at;
		r = mdl_csv_reader_run(c, buf, end - at, end == n ? MDL_ROWS_FINAL : MDL_ROWS_MORE, &rows,
				       &used, err);
		if (r)
			break;
		for (size_t i = 0; i < rows.nbad; i++) {
			mdl_buf_printf(&res->bad, "%zu@%llu %s [%.*s]\n", res->rows + rows.bad[i].row,
				       (unsigned long long)rows.bad[i].offset, rows.bad[i].reason,
				       (int)rows.bad[i].raw.n, rows.bad[i].raw.p);
			assert_memory_equal(rows.bad[i].raw.p, data + rows.bad[i].offset, rows.bad[i].raw.n);
		}
		mdl_buf_puts_slice(&res->text, mdl_buf_slice(&rows.text));
		assert_true(res->rows + rows.n <= 4096);
		if (rows.n)
			memcpy(res->lines + res->rows, rows.lines, rows.n * sizeof(*rows.lines));
		res->rows += rows.n;
		at += used;
		if (end == n && at == n)
			break;
		assert_true(end < n || used > 0);
	}
	res->blank = rows.blank;
	res->missing = rows.missing;
	mdl_rows_free(&rows);
	free(buf);
	mdl_csv_reader_free(c);
	return r;
}

static void done(struct result *res)
{
	mdl_buf_free(&res->text);
	mdl_buf_free(&res->bad);
	free(res);
}

/* Whole and in pieces; the same each time. */
static struct result *convert_n(const char *data, size_t n, const struct mdl_csv_opts *opts)
{
	static const size_t steps[] = {1, 2, 3, 7, 16, 31};
	static const struct mdl_csv_opts plain;
	struct mdl_err err = MDL_ERR_INIT;
	struct result *res = malloc(sizeof(*res));
	if (!opts)
		opts = &plain;
	if (run(data, n, opts, n ? n : 1, res, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && n < 5000; i++) {
		struct result *part = malloc(sizeof(*part));
		assert_int_equal(run(data, n, opts, steps[i], part, &err), 0);
		assert_string_equal(mdl_buf_cstr(&part->text), mdl_buf_cstr(&res->text));
		assert_string_equal(mdl_buf_cstr(&part->bad), mdl_buf_cstr(&res->bad));
		assert_int_equal(part->rows, res->rows);
		assert_memory_equal(part->lines, res->lines, res->rows * sizeof(*res->lines));
		assert_int_equal(part->blank, res->blank);
		assert_int_equal(part->missing, res->missing);
		done(part);
	}
	return res;
}

static struct result *convert(const char *data, const struct mdl_csv_opts *opts)
{
	return convert_n(data, strlen(data), opts);
}

static void gives(const char *data, const struct mdl_csv_opts *opts, const char *want)
{
	struct result *res = convert(data, opts);
	assert_string_equal(mdl_buf_cstr(&res->text), want);
	assert_string_equal(mdl_buf_cstr(&res->bad), "");
	done(res);
}

static void test_spark_open_cases(void **state)
{
	(void)state;
	struct result *res =
		convert("a,b,c\n1,,x\n2,\"\",y\n3,\" sp \", z \n4,\"q\"\"u\",w\n5,un\"quoted,v\n"
			"6,\"abc\"d,v\n7,only\n\n   \n9,\"new\nline\",z\n10,\"crlf\r\nin\",z\r\n12,a,b",
			NULL);
	assert_string_equal(mdl_buf_cstr(&res->text), "{\"a\":\"1\",\"b\":null,\"c\":\"x\"}\n"
						      "{\"a\":\"2\",\"b\":null,\"c\":\"y\"}\n"
						      "{\"a\":\"3\",\"b\":\" sp \",\"c\":\" z \"}\n"
						      "{\"a\":\"4\",\"b\":\"q\\\"u\",\"c\":\"w\"}\n"
						      "{\"a\":\"5\",\"b\":\"un\\\"quoted\",\"c\":\"v\"}\n"
						      "{\"a\":\"6\",\"b\":\"\\\"abc\\\"d\",\"c\":\"v\"}\n"
						      "{\"a\":\"7\",\"b\":\"only\",\"c\":null}\n"
						      "{\"a\":\"9\",\"b\":\"new\\nline\",\"c\":\"z\"}\n"
						      "{\"a\":\"10\",\"b\":\"crlf\\r\\nin\",\"c\":\"z\"}\n"
						      "{\"a\":\"12\",\"b\":\"a\",\"c\":\"b\"}\n");
	static const uint64_t lines[] = {2, 3, 4, 5, 6, 7, 8, 11, 13, 15};
	assert_memory_equal(res->lines, lines, sizeof(lines));
	assert_int_equal(res->blank, 2);
	assert_int_equal(res->missing, 1);
	assert_string_equal(mdl_buf_cstr(&res->bad), "");
	done(res);
	/* two more of Spark's answers: an escaped quote before text behind a closing one, and blanks in a header */
	gives("a,b\n\"\\\"\",3\n\"a\\\"b\",c\n", NULL,
	      "{\"a\":\"\\\"\\\\\\\",3\\n\\\"a\\\\\\\"b\\\"\",\"b\":\"c\"}\n");
	gives(" a , \"b\" ,c\n1,2,3\n", NULL, "{\" a \":\"1\",\" \\\"b\\\" \":\"2\",\"c\":\"3\"}\n");
	gives("a,b\n,\n\"\",\"\"\n\t,x\n", NULL,
	      "{\"a\":null,\"b\":null}\n{\"a\":null,\"b\":null}\n{\"a\":\"\\t\",\"b\":\"x\"}\n");
}

static void test_header_names_as_spark(void **state)
{
	(void)state;
	gives("a,b,a,\n1,2,3,4\n", NULL, "{\"a0\":\"1\",\"b\":\"2\",\"a2\":\"3\",\"_c3\":\"4\"}\n");
	gives("x,X,\"say \"\"hi\"\"\"\n1,2,3", NULL,
	      "{\"x0\":\"1\",\"X1\":\"2\",\"say \\\"hi\\\"\":\"3\"}\n");
	gives("a\n", NULL, "");
	gives("", NULL, "");
	gives("\r\n\n", NULL, "");
	gives("a,null\r\n1,2\r\n", NULL, "{\"a\":\"1\",\"null\":\"2\"}\n");
}

static void test_columns_of_the_caller(void **state)
{
	(void)state;
	static const char *const names[] = {"id", "a \"name\""};
	struct mdl_csv_opts o = {.columns = names, .ncolumns = 2, .no_header = true};
	gives("1,2\n3,4\n", &o,
	      "{\"id\":\"1\",\"a \\\"name\\\"\":\"2\"}\n{\"id\":\"3\",\"a \\\"name\\\"\":\"4\"}\n");
	o.no_header = false;
	gives("x,y,z\n3,4\n", &o, "{\"id\":\"3\",\"a \\\"name\\\"\":\"4\"}\n");
	struct mdl_csv_opts none = {.no_header = true};
	gives("1,,3\n4\n", &none,
	      "{\"_c0\":\"1\",\"_c1\":null,\"_c2\":\"3\"}\n{\"_c0\":\"4\",\"_c1\":null,\"_c2\":null}\n");
}

static void test_options(void **state)
{
	(void)state;
	struct mdl_csv_opts o = {.delimiter = '\t'};
	gives("a\tb\n\t\n1,2\t\"3\t4\"\n", &o, "{\"a\":null,\"b\":null}\n{\"a\":\"1,2\",\"b\":\"3\\t4\"}\n");
	o = (struct mdl_csv_opts){.delimiter = ';', .quote = '\''};
	gives("a;b\n'it''s \"x\"';'1;2'\n'p'q;3\n", &o,
	      "{\"a\":\"it's \\\"x\\\"\",\"b\":\"1;2\"}\n{\"a\":\"'p'q\",\"b\":\"3\"}\n");
	o = (struct mdl_csv_opts){.no_quote = true};
	gives("a,b\n\"x,y\"\n", &o, "{\"a\":\"\\\"x\",\"b\":\"y\\\"\"}\n");
	o = (struct mdl_csv_opts){.keep_empty = true};
	gives("a,b\n\"\",\n", &o, "{\"a\":\"\",\"b\":null}\n");
	o = (struct mdl_csv_opts){.backslash = true, .comment = '#'};
	gives("a,b\n# no row, \"\n\"\\\"\",3\n\"a\\\"b\\n\\\\\",c\n", &o,
	      "{\"a\":\"\\\"\",\"b\":\"3\"}\n{\"a\":\"a\\\"b\\\\n\\\\\",\"b\":\"c\"}\n");
	struct mdl_err err = MDL_ERR_INIT;
	o = (struct mdl_csv_opts){.delimiter = '"'};
	assert_null(mdl_csv_reader_new(&o, "x", &err));
	assert_int_equal(err.status, MDL_TROUBLE);
}

static int kind_ctx;

static enum mdl_csv_kind kind_of(void *ctx, struct mdl_slice column)
{
	assert_ptr_equal(ctx, &kind_ctx);
	return mdl_slice_is(column, "n")       ? MDL_CSV_NUMBER
	       : mdl_slice_is(column, "\"b\"") ? MDL_CSV_BOOLEAN
					       : MDL_CSV_STRING;
}

static void test_typed_columns(void **state)
{
	(void)state;
	struct mdl_csv_opts o = {.kind = kind_of, .kind_ctx = &kind_ctx};
	gives("n,\"\"\"b\"\"\",s\n1,true,1\n-0.5e+10,FALSE,true\n007,yes,x\n\"12\",\"False\",y\n+1,,\n,t,\n"
	      "12345678901234567890,truefalse,z\n1.,1,z\n.5,0,z\n1e,0,z\n-,0,z\n",
	      &o,
	      "{\"n\":1,\"\\\"b\\\"\":true,\"s\":\"1\"}\n"
	      "{\"n\":-0.5e+10,\"\\\"b\\\"\":false,\"s\":\"true\"}\n"
	      "{\"n\":\"007\",\"\\\"b\\\"\":\"yes\",\"s\":\"x\"}\n"
	      "{\"n\":12,\"\\\"b\\\"\":false,\"s\":\"y\"}\n"
	      "{\"n\":\"+1\",\"\\\"b\\\"\":null,\"s\":null}\n"
	      "{\"n\":null,\"\\\"b\\\"\":\"t\",\"s\":null}\n"
	      "{\"n\":12345678901234567890,\"\\\"b\\\"\":\"truefalse\",\"s\":\"z\"}\n"
	      "{\"n\":\"1.\",\"\\\"b\\\"\":\"1\",\"s\":\"z\"}\n"
	      "{\"n\":\".5\",\"\\\"b\\\"\":\"0\",\"s\":\"z\"}\n"
	      "{\"n\":\"1e\",\"\\\"b\\\"\":\"0\",\"s\":\"z\"}\n"
	      "{\"n\":\"-\",\"\\\"b\\\"\":\"0\",\"s\":\"z\"}\n");
}

static void test_bad_rows_keep_their_bytes(void **state)
{
	(void)state;
	struct result *res = convert("a,b\n1,2\n8,x,\"y\n\"\r\n2,\xff\xfe\n3,4\n", NULL);
	assert_string_equal(mdl_buf_cstr(&res->text), "{\"a\":\"1\",\"b\":\"2\"}\n"
						      "{\"_corrupt_record\":\"8,x,\\\"y\\n\\\"\"}\n"
						      "{\"_corrupt_record\":\"2,\xef\xbf\xbd\xef\xbf\xbd\"}\n"
						      "{\"a\":\"3\",\"b\":\"4\"}\n");
	assert_string_equal(mdl_buf_cstr(&res->bad), "1@8 more fields than columns [8,x,\"y\n\"]\n"
						     "2@18 not UTF-8 [2,\xff\xfe]\n");
	static const uint64_t lines[] = {2, 3, 5, 6};
	assert_memory_equal(res->lines, lines, sizeof(lines));
	done(res);
}

static void test_an_open_quote_costs_one_line(void **state)
{
	(void)state;
	struct result *res = convert("a,b\n1,2\n3,\"open\r\n5,6\n7,8\n", NULL);
	assert_string_equal(mdl_buf_cstr(&res->text),
			    "{\"a\":\"1\",\"b\":\"2\"}\n"
			    "{\"_corrupt_record\":\"3,\\\"open\"}\n"
			    "{\"a\":\"5\",\"b\":\"6\"}\n{\"a\":\"7\",\"b\":\"8\"}\n");
	assert_string_equal(mdl_buf_cstr(&res->bad), "1@8 a quoted field is not closed [3,\"open]\n");
	static const uint64_t lines[] = {2, 3, 4, 5};
	assert_memory_equal(res->lines, lines, sizeof(lines));
	done(res);
	res = convert("a,b\n1,2\n3,\"open", NULL);
	assert_string_equal(mdl_buf_cstr(&res->bad), "1@8 a quoted field is not closed [3,\"open]\n");
	done(res);
}

static void test_bytes_that_json_escapes(void **state)
{
	(void)state;
	char in[600] = "a,b\n";
	size_t n = 4;
	struct mdl_buf want = MDL_BUF_INIT(4000);
	mdl_buf_puts(&want, "{\"a\":\"");
	for (int ch = 0; ch < 128; ch++) {
		if (ch == '\n' || ch == '\r' || ch == '"' || ch == ',')
			continue;
		in[n++] = (char)ch;
		/* Jackson's short forms, upper-case hex for the others */
		if (ch == '\b' || ch == '\t' || ch == '\f')
			mdl_buf_printf(&want, "\\%c", ch == '\b' ? 'b' : ch == '\t' ? 't' : 'f');
		else if (ch < 32)
			mdl_buf_printf(&want, "\\u%04X", (unsigned)ch);
		else if (ch == '\\')
			mdl_buf_puts(&want, "\\\\");
		else
			mdl_buf_putc(&want, (char)ch);
	}
	memcpy(in + n, ",\xc3\xa4\xf0\x9d\x84\x9e\n", 8);
	mdl_buf_puts(&want, "\",\"b\":\"\xc3\xa4\xf0\x9d\x84\x9e\"}\n");
	struct result *res = convert_n(in, n + 8, NULL);
	assert_string_equal(mdl_buf_cstr(&res->text), mdl_buf_cstr(&want));
	mdl_buf_free(&want);
	done(res);
}

static void refuses(const char *data, const struct mdl_csv_opts *o, const char *why)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct result *res = malloc(sizeof(*res));
	assert_int_equal(run(data, strlen(data), o, 100, res, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	if (!strstr(err.msg, why))
		fail_msg("%s", err.msg);
	done(res);
}

static void test_names_that_are_refused(void **state)
{
	(void)state;
	static const char *const twice[] = {"a", "b", "a"};
	struct mdl_csv_opts o = {.delimiter = 0}, given = {.columns = twice, .ncolumns = 3};
	refuses("_medal,b\n1,2\n", &o, "--columns");
	refuses("a,a,a1\n1,2,3\n", &o, "two columns have the name \"a1\"");
	refuses("x\n1,2,3\n", &given, "two columns have the name \"a\"");
	refuses("a,\xff\n1,2\n", &o, "not UTF-8");
	refuses("a,\"b\n1,2\n", &o, "not closed");
}

/* libcsv as the oracle */

struct oracle {
	json_t *rows, *row;
};

static void on_field(void *p, size_t n, void *ctx)
{
	struct oracle *o = ctx;
	if (!o->row)
		o->row = json_array();
	json_array_append_new(o->row, p && n ? json_stringn(p, n) : json_null());
}

static void on_row(int ch, void *ctx)
{
	(void)ch;
	struct oracle *o = ctx;
	json_array_append_new(o->rows, o->row);
	o->row = NULL;
}

static int never(unsigned char ch)
{
	(void)ch;
	return 0;
}

static json_t *libcsv_rows(const char *p, size_t n, char delim)
{
	struct csv_parser c;
	struct oracle o = {json_array(), NULL};
	assert_int_equal(csv_init(&c, CSV_EMPTY_IS_NULL), 0);
	csv_set_delim(&c, (unsigned char)delim);
	csv_set_space_func(&c, never);
	assert_int_equal(csv_parse(&c, p, n, on_field, on_row, &o), n);
	csv_fini(&c, on_field, on_row, &o);
	csv_free(&c);
	return o.rows;
}

/* Our lines as arrays of values; the header is the first. */
static void same_as_libcsv(const char *p, size_t n, char delim)
{
	struct mdl_csv_opts o = {.delimiter = delim, .no_header = true};
	json_t *want = libcsv_rows(p, n, delim);
	struct result *res = convert_n(p, n, &o);
	assert_string_equal(mdl_buf_cstr(&res->bad), "");
	assert_int_equal(res->rows, json_array_size(want));
	const char *at = mdl_buf_cstr(&res->text);
	for (size_t i = 0; i < res->rows; i++) {
		const char *e = strchr(at, '\n');
		json_t *got = json_loadb(at, (size_t)(e - at), JSON_ALLOW_NUL, NULL),
		       *row = json_array_get(want, i);
		assert_non_null(got);
		for (size_t k = 0; k < json_object_size(got); k++) {
			char name[32];
			snprintf(name, sizeof(name), "_c%zu", k);
			json_t *v = json_object_get(got, name), *w = json_array_get(row, k);
			if (w && !json_equal(v, w))
				fail_msg("row %zu field %zu differs: %.*s", i, k, (int)(e - at), at);
			assert_true(w || json_is_null(v));
		}
		json_decref(got);
		at = e + 1;
	}
	json_decref(want);
	done(res);
}

static char *load(const char *name, size_t *n)
{
	const char *tests = getenv("MEDAL_TESTS");
	char path[4096];
	snprintf(path, sizeof(path), "%s/data/csv-conformance/%s", tests ? tests : "tests", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot open", path);
	char *p = malloc(1 << 16);
	*n = fread(p, 1, 1 << 16, f);
	fclose(f);
	return p;
}

static void test_rust_csv_files(void **state)
{
	(void)state;
	static const char *const files[] = {"smallpop.csv", "smallpop-no-headers.csv", "uspop.csv",
					    "uspop-null.csv"};
	size_t n;
	char name[64];
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "rust-csv/%s", files[i]);
		char *p = load(name, &n);
		same_as_libcsv(p, n, ',');
		free(p);
	}
	char *p = load("rust-csv/smallpop-colon.csv", &n);
	same_as_libcsv(p, n, ':');
	free(p);
	/* Latin-1: the rows that are not UTF-8 are bad, with their bytes, the others rows */
	p = load("rust-csv/uspop-latin1.csv", &n);
	struct result *res = convert_n(p, n, NULL);
	size_t high = 0;
	for (size_t i = 0; i < n; i++)
		high += (unsigned char)p[i] >= 0x80;
	assert_true(high > 0);
	size_t bad = 0;
	for (const char *q = mdl_buf_cstr(&res->bad); *q; q = strchr(q, '\n') + 1, bad++)
		assert_non_null(strstr(q, "not UTF-8 ["));
	assert_int_equal(bad, high); /* one such byte a row */
	assert_int_equal(res->rows, 100);
	done(res);
	free(p);
	p = load("rust-csv/strange.csv", &n);
	struct mdl_csv_opts o = {.delimiter = ';', .backslash = true, .comment = '#', .no_header = true};
	res = convert_n(p, n, &o);
	/* read off the file by eye: backslash escapes, a comment, a row without its second field */
	assert_string_equal(mdl_buf_cstr(&res->text),
			    "{\"_c0\":\"\\\"Hacksaw\\\" Jim Duggan\",\"_c1\":\"1987\"}\n"
			    "{\"_c0\":\"Bret \\\"Hit Man\\\" Hart\",\"_c1\":\"1984\"}\n"
			    "{\"_c0\":\"Rafael Halperin\",\"_c1\":null}\n"
			    "{\"_c0\":\"\\\"Big Cat\\\" Ernie Ladd\",\"_c1\":\"1964\"}\n"
			    "{\"_c0\":\"\\\"Macho Man\\\" Randy Savage\",\"_c1\":\"1985\"}\n"
			    "{\"_c0\":\"Jake \\\"The Snake\\\" Roberts\",\"_c1\":\"1986\"}\n");
	done(res);
	free(p);
}

static void test_csv_spectrum(void **state)
{
	(void)state;
	static const char *const files[] = {"comma_in_quotes",
					    "empty",
					    "empty_crlf",
					    "escaped_quotes",
					    "json",
					    "newlines",
					    "newlines_crlf",
					    "quotes_and_newlines",
					    "simple",
					    "simple_crlf",
					    "utf8"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char name[64];
		size_t n, m;
		snprintf(name, sizeof(name), "csv-spectrum/csvs/%s.csv", files[i]);
		char *csv = load(name, &n);
		snprintf(name, sizeof(name), "csv-spectrum/json/%s.json", files[i]);
		char *json = load(name, &m);
		json_t *want = json_loadb(json, m, 0, NULL), *got = json_array();
		assert_non_null(want);
		struct mdl_csv_opts o = {.keep_empty = true};
		struct result *res = convert_n(csv, n, &o);
		for (const char *p = mdl_buf_cstr(&res->text); *p; p = strchr(p, '\n') + 1)
			json_array_append_new(got, json_loads(p, JSON_DISABLE_EOF_CHECK, NULL));
		if (!json_equal(got, want))
			fail_msg("%s: %s", files[i], mdl_buf_cstr(&res->text));
		json_decref(want);
		json_decref(got);
		done(res);
		free(csv);
		free(json);
	}
}

static void test_random_files_as_libcsv(void **state)
{
	(void)state;
	static const char *const bits[] = {"a",        "bcdefghijklmnopqrstuvwxyz0123456789",
					   "\"\"",     ",",
					   "\n",       "\\",
					   "\t",       " ",
					   "\xc3\xa4", "\x01",
					   "12",       "\r\n"};
	uint32_t x = 7;
	for (int round = 0; round < 400; round++) {
		struct mdl_buf b = MDL_BUF_INIT(1 << 20);
		mdl_buf_puts(&b, "first,second,third\n");
		for (int row = 0; row < 8; row++) {
			for (int f = 0; f < 3; f++) {
				x = x * 1664525u + 1013904223u;
				bool q = (x >> 30) & 1;
				if (f)
					mdl_buf_putc(&b, ',');
				else if (!q)
					mdl_buf_putc(
						&b,
						'k'); /* no blank line, which we skip and libcsv may not */
				if (q)
					mdl_buf_putc(&b, '"');
				for (unsigned k = (x >> 24) & 7; k; k--) {
					x = x * 1664525u + 1013904223u;
					unsigned pick = (x >> 16) % 12;
					if (q || (pick != 2 && pick != 3 && pick != 4 && pick != 11))
						mdl_buf_puts(&b, bits[pick]);
				}
				if (q)
					mdl_buf_putc(&b, '"');
			}
			mdl_buf_puts(&b, x >> 31 ? "\n" : "\r\n");
		}
		same_as_libcsv(b.p, b.n, ',');
		mdl_buf_free(&b);
	}
}

/* Fields that end before, at and behind the steps of a copy; a byte that is no UTF-8 at each place of such a row; and many
 * fields too many. */
static void test_fields_of_all_lengths(void **state)
{
	(void)state;
	static const size_t lengths[] = {1, 0, 31, 32, 33, 0, 63, 64, 65, 5, 0, 100, 7, 3};
	enum { FIELDS = sizeof(lengths) / sizeof(*lengths) };
	struct mdl_buf in = MDL_BUF_INIT(8192), want = MDL_BUF_INIT(8192);
	for (size_t i = 0; i < FIELDS; i++)
		mdl_buf_printf(&in, "%sc%zu", i ? "," : "", i);
	mdl_buf_putc(&in, '\n');
	size_t first = in.n;
	for (size_t i = 0; i < FIELDS; i++) {
		if (i)
			mdl_buf_putc(&in, ',');
		mdl_buf_printf(&want, "%s\"c%zu\":", i ? "," : "{", i);
		mdl_buf_puts(&want, lengths[i] ? "\"" : "null");
		for (size_t k = 0; k < lengths[i]; k++) {
			mdl_buf_putc(&in, (char)('a' + (i + k) % 26));
			mdl_buf_putc(&want, (char)('a' + (i + k) % 26));
		}
		mdl_buf_puts(&want, lengths[i] ? "\"" : "");
	}
	mdl_buf_puts(&want, "}\n");
	size_t row = in.n - first;
	for (int i = 0; i < 40; i++)
		mdl_buf_puts(&in, ",x");
	mdl_buf_putc(&in, '\n');
	mdl_buf_reserve(&in, 2 * row + 2);
	for (int again = 0; again < 2;
	     again++) { /* behind the first there is more, behind the second the end */
		mdl_buf_put(&in, in.p + first, row);
		mdl_buf_putc(&in, '\n');
	}
	size_t good = first + row + 81;
	struct result *res = convert_n(in.p, in.n, NULL);
	const char *text = strchr(mdl_buf_cstr(&res->text), '\n') + 1;
	assert_string_equal(text + want.n, mdl_buf_cstr(&want));
	assert_memory_equal(text, want.p, want.n);
	assert_non_null(strstr(mdl_buf_cstr(&res->bad), "more fields than columns"));
	done(res);
	for (size_t i = 0; i < row; i++) {
		char *p = in.p + good + i, was = *p;
		if (was == ',')
			continue;
		*p = '\xff';
		res = convert_n(in.p, in.n, NULL);
		assert_int_equal(res->rows, 3);
		assert_non_null(strstr(mdl_buf_cstr(&res->bad), "not UTF-8"));
		done(res);
		*p = was;
	}
	mdl_buf_free(&in);
	mdl_buf_free(&want);
}

static void test_blocks_end(void **state)
{
	(void)state;
	/* a long name in the header and short rows: the block must end by its size, not with the input */
	size_t n = 0, name = 100000;
	char *p = malloc(name + 4100);
	memset(p, 'n', name);
	n = name;
	p[n++] = '\n';
	for (int i = 0; i < 1000; i++, n += 2)
		memcpy(p + n, "1\n", 2);
	struct mdl_csv_opts o = {.delimiter = 0};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_csv_reader *c = mdl_csv_reader_new(&o, "x", &err);
	struct mdl_rows rows;
	mdl_rows_init(&rows);
	size_t used = 0, at = 0, total = 0;
	while (at < n) {
		mdl_rows_clear(&rows);
		assert_int_equal(mdl_csv_reader_run(c, p + at, n - at, MDL_ROWS_FINAL, &rows, &used, &err),
				 0);
		assert_true(used > 0 && rows.text.n < MDL_ROWS_BYTES + name + 20);
		at += used;
		total += rows.n;
	}
	assert_int_equal(total, 1000);
	assert_true(mdl_csv_reader_ready(c));
	mdl_rows_free(&rows);
	mdl_csv_reader_free(c);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spark_open_cases),
		cmocka_unit_test(test_header_names_as_spark),
		cmocka_unit_test(test_columns_of_the_caller),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_typed_columns),
		cmocka_unit_test(test_bad_rows_keep_their_bytes),
		cmocka_unit_test(test_an_open_quote_costs_one_line),
		cmocka_unit_test(test_bytes_that_json_escapes),
		cmocka_unit_test(test_names_that_are_refused),
		cmocka_unit_test(test_rust_csv_files),
		cmocka_unit_test(test_csv_spectrum),
		cmocka_unit_test(test_random_files_as_libcsv),
		cmocka_unit_test(test_fields_of_all_lengths),
		cmocka_unit_test(test_blocks_end),
	};
	return cmocka_run_group_tests_name("csv_reader", tests, NULL, NULL);
}
