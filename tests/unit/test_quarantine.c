/* SPDX-License-Identifier: MIT
 *
 * A quarantined row is one JSON object on one line, says why, and gives the original
 * line back to the byte: odd objects, lines that are none, bytes that are no UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "stream/quarantine.h"
#include "json/doc.h"
#include "json/scan.h"

/* A copy of S with the scanner's padding behind a '\n'. */
static struct mdl_slice padded(struct mdl_slice s)
{
	char *p = mdl_zalloc(s.n + 1 + MDL_SCAN_PADDING);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\n';
	return (struct mdl_slice){p, s.n};
}

static bool is_record(struct mdl_slice line)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_json_value v;
	struct mdl_scan *scan = mdl_scan_new(NULL, 0, &err);
	assert_non_null(scan);
	bool yes = mdl_scan_line(scan, line, &v, NULL, NULL) == MDL_SCAN_OK;
	mdl_scan_free(scan);
	return yes;
}

static const char *const failed[] = {"has \"user\"", "sane_ts", NULL};

/* LINE into quarantine form and back. */
static void round_trip(struct mdl_slice text, bool record)
{
	struct mdl_slice line = padded(text);
	struct mdl_buf row = MDL_BUF_INIT(1 << 24), back = MDL_BUF_INIT(1 << 24);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_begin begin = {.epoch = 42};
	struct mdl_row_error why = {.reason = "EXPECTATION",
				    .message = "a \"message\",\nwith }{][ and \xc3\xa4",
				    .failed = failed,
				    .line = 17,
				    .file = "/in/a,b}.json",
				    .offset = 99};
	assert_int_equal(record, is_record(line) && record);
	mdl_quarantine_format(&row, line, record, "validate", &begin, &why);
	assert_null(memchr(row.p, '\n', row.n));
	struct mdl_slice form = padded(mdl_buf_slice(&row));
	if (!is_record(form))
		fail_msg("not a record: %.*s", (int)form.n, form.p);
	struct mdl_doc *d = mdl_doc_parse(form, "row", &err);
	if (d) { /* jansson refuses lone surrogates, which RFC 8259 allows */
		const struct mdl_doc *e = mdl_doc_get(d, "_error");
		int64_t n;
		assert_string_equal(mdl_doc_str(e, "stage"), "validate");
		assert_string_equal(mdl_doc_str(e, "reason"), "EXPECTATION");
		assert_string_equal(mdl_doc_str(e, "message"), why.message);
		assert_string_equal(mdl_doc_text(mdl_doc_at(mdl_doc_get(e, "failed"), 0)), failed[0]);
		assert_true(mdl_doc_int(e, "epoch", &n) && n == 42);
		assert_true(mdl_doc_int(e, "line", &n) && n == 17);
		assert_true(mdl_doc_int(e, "offset", &n) && n == 99);
		if (!record && !mdl_doc_str(e, "bytes")) {
			const struct mdl_doc *c = mdl_doc_get(d, "_corrupt_record");
			assert_non_null(mdl_doc_text(c));
		}
		mdl_doc_free(d);
	}
	bool last = false;
	assert_int_equal(mdl_quarantine_unwrap(&back, form, &last), MDL_UNWRAP_LINE);
	assert_true(last);
	if (!mdl_slice_eq(mdl_buf_slice(&back), text))
		fail_msg("'%.*s' came back as '%s'", (int)text.n, text.p, mdl_buf_cstr(&back));
	mdl_buf_free(&row);
	mdl_buf_free(&back);
	free((void *)(uintptr_t)line.p);
	free((void *)(uintptr_t)form.p);
}

static void records_come_back(void **state)
{
	(void)state;
	static const char *const records[] = {
		"{}",
		"{ }",
		"{\t}\r",
		"{\"a\":1}",
		"{\"a\":1 }",
		" {\"a\" : 1.10 ,\"a\":12345678901234567890}  \r",
		"{\"a\":{\"b\":[{}]}}",
		"{\"a\":\"}\"}",
		"{\"a\":\"\\\"}\"}\r",
		"{\"_error\":{\"stage\":\"x\"}}",
		"{\"a\":1,\"_error\":{\"stage\":\"x\"}}",
		"{\"_error\":1}",
		"{\"_error\" : {\"a\":1} }",
		"{\"_corrupt_record\":\"x\"}",
		"{\"_corrupt_record\":\"x\",\"b\":1}",
		"{\"b\":1,\"_corrupt_record\":\"x\"}",
		"{\"_corrupt_record\":1}",
		"{\"_corrupt_record\":\"x\",\"_error\":{\"bytes\":\"AAAA\"}}",
		"{\"a\":\"\\ud800\\u0000\"}",
		"{\"a\":[],\"_rescued_data\":null}",
	};
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++)
		round_trip(mdl_slice_of(records[i]), true);
}

static void other_lines_come_back(void **state)
{
	(void)state;
	static const struct mdl_slice lines[] = {
		MDL_SLICE("not json"),
		MDL_SLICE("{\"a\":1"),
		MDL_SLICE("{\"a\":1}}"),
		MDL_SLICE("[1,2]\r"),
		MDL_SLICE("tab\tquote\"back\\slash/"),
		MDL_SLICE("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		MDL_SLICE("NUL\0in\1it\x1f\x7f"),
		MDL_SLICE("\xff"),
		MDL_SLICE("\xff\xfe"),
		MDL_SLICE("\xff\xfe\xfd"),
		MDL_SLICE("{\"a\":\"\xc3\"}"),
		MDL_SLICE("\xed\xa0\x80 surrogate"),
		MDL_SLICE("\xc0\x80"),
		MDL_SLICE("{\"_medal\":\"end\",\"run\":\"0\",\"signal\":null}"),
		MDL_SLICE("{\"_corrupt_record\":\"x\",\"_error\":{}}"),
		MDL_SLICE("\xe2\x80\xa8 line separator"),
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		round_trip(lines[i], false);
}

/* Random bytes, seeded. */
static void any_bytes_come_back(void **state)
{
	(void)state;
	uint64_t x = 88172645463325252u;
	char line[300];
	for (int k = 0; k < 3000; k++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		size_t n = 1 + x % (sizeof(line) - 1);
		for (size_t i = 0; i < n; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			line[i] = k % 3 ? (char)(x >> 11) : "{}[]\",:\\ a\x80\xc3"[(x >> 11) % 13];
			if (line[i] == '\n')
				line[i] = ' ';
		}
		round_trip((struct mdl_slice){line, n}, false);
	}
}

static void parts_come_back_in_order(void **state)
{
	(void)state;
	static const char *const parts[] = {"{\"a\":\"xx\xc3", "\xa4yy", "\"}"};
	struct mdl_buf row = MDL_BUF_INIT(1 << 20), back = MDL_BUF_INIT(1 << 20);
	for (uint32_t i = 0; i < 3; i++) {
		bool last;
		struct mdl_row_error why = {
			.reason = "RECORD_TOO_LONG", .line = 1, .part = i + 1, .part_last = i == 2};
		mdl_buf_clear(&row);
		mdl_quarantine_format(&row, mdl_slice_of(parts[i]), false, "ingest", NULL, &why);
		struct mdl_slice form = padded(mdl_buf_slice(&row));
		assert_true(is_record(form));
		assert_int_equal(mdl_quarantine_unwrap(&back, form, &last), MDL_UNWRAP_PART);
		assert_int_equal(last, i == 2);
		free((void *)(uintptr_t)form.p);
	}
	assert_string_equal(mdl_buf_cstr(&back), "{\"a\":\"xx\xc3\xa4yy\"}");
	mdl_buf_free(&row);
	mdl_buf_free(&back);
}

static void other_rows_are_left_alone(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"{}",
		"{\"a\":1}",
		"{\"_error\":\"text\"}",
		"{\"_error\":{\"stage\":\"x\"},\"a\":1}",
		"{\"_corrupt_record\":\"x\"}",
		"{\"_error\": {\"stage\":\"x\"}}",
		"{\"_corrupt_record\":\"\",\"_error\":{\"bytes\":\"!!!\"}}",
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mdl_slice form = padded(mdl_slice_of(rows[i]));
		struct mdl_buf back = MDL_BUF_INIT(1 << 20);
		bool last;
		mdl_buf_puts(&back, "before");
		if (mdl_quarantine_unwrap(&back, form, &last) != MDL_UNWRAP_NONE)
			fail_msg("%s was taken for a quarantined row", rows[i]);
		assert_string_equal(mdl_buf_cstr(&back), "before");
		mdl_buf_free(&back);
		free((void *)(uintptr_t)form.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back),         cmocka_unit_test(other_lines_come_back),
		cmocka_unit_test(any_bytes_come_back),       cmocka_unit_test(parts_come_back_in_order),
		cmocka_unit_test(other_rows_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
