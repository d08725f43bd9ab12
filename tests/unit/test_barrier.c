/* SPDX-License-Identifier: MIT
 *
 * Control lines: their exact text, back and forth, and what must not pass for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "stream/barrier.h"
#include "stream/books_json.h"
#include "json/doc.h"

#define RUN "0123456789abcdef0123456789abcdef"

static struct mdl_slice one_line(struct mdl_buf *b)
{
	assert_in_range(b->n, 2, 1 << 20);
	assert_int_equal(b->p[b->n - 1], '\n');
	for (size_t i = 0; i + 1 < b->n; i++)
		assert_in_range((unsigned char)b->p[i], 0x20, 0x7e);
	struct mdl_slice line = {b->p, b->n - 1};
	assert_true(mdl_control_is(line));
	return line;
}

static void begin_goes_and_comes(void **state)
{
	(void)state;
	char *branches[] = {(char *)(uintptr_t) "a", (char *)(uintptr_t) "b"};
	struct mdl_begin b = {
		.run = RUN,
		.epoch = 42,
		.base = 41,
		.base_run = "fedcba9876543210fedcba9876543210",
		.checkpoint = (char *)(uintptr_t) "/var/lib/\xc3\xa4 \"q\"\\ \xf0\x9f\x98\x80",
		.checkpoint_id = (char *)(uintptr_t) "id-1",
		.batch_timestamp_ms = INT64_C(1795228446430),
		.late_watermark_ms = -1,
		.columns = (char *)(uintptr_t) "ts BIGINT, `a``b` STRING",
		.branches = branches,
		.nbranches = 2,
		.scanned = true,
	};
	struct mdl_buf out = MDL_BUF_INIT(1 << 20);
	struct mdl_control c;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_begin_add_stage(&b, "ingest");
	mdl_begin_format(&out, &b);
	assert_string_equal(
		mdl_buf_cstr(&out),
		"{\"_medal\":\"begin\",\"run\":\"" RUN
		"\",\"epoch\":\"42\",\"base\":\"41\",\"base_run\":\"fedcba9876543210fedcba9876543210\",\"checkpoint\":\"/var/lib/"
		"\\u00e4 \\\"q\\\"\\\\ \\ud83d\\ude00\",\"checkpoint_id\":\"id-1\",\"batch_timestamp_ms\":\"1795228446430\",\"late_"
		"watermark_ms\":\"-1\",\"branches\":[\"a\",\"b\"],\"columns\":\"ts BIGINT, `a``b` STRING\",\"scanned\":true,\"stages\":[\"ingest\"]}\n");
	assert_int_equal(mdl_control_parse(one_line(&out), &c, &err), 0);
	assert_int_equal(c.kind, MDL_CONTROL_BEGIN);
	assert_string_equal(c.run, RUN);
	assert_int_equal(c.begin.epoch, 42);
	assert_int_equal(c.begin.base, 41);
	assert_int_equal(c.begin.late_watermark_ms, -1);
	assert_string_equal(c.begin.checkpoint, b.checkpoint);
	assert_string_equal(c.begin.columns, b.columns);
	assert_null(c.begin.quarantine);
	assert_true(c.begin.scanned);
	assert_null(c.begin.watermark);
	assert_int_equal(c.begin.nbranches, 2);
	assert_string_equal(c.begin.branches[1], "b");
	assert_int_equal(c.begin.nstages, 1);
	mdl_control_free(&c);
	free(b.stages[0]);
	free(b.stages);
	mdl_buf_free(&out);
}

static void barrier_goes_and_comes(void **state)
{
	(void)state;
	struct mdl_barrier b = {.run = RUN, .epoch = 7, .watermark_ms = 5, .want_no_data = true};
	struct mdl_books books;
	struct mdl_buf out = MDL_BUF_INIT(1 << 20), again = MDL_BUF_INIT(1 << 20);
	struct mdl_control c;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_books_init(&books, "ingest", true);
	books.in = 1000;
	books.out = 990;
	books.in_sum = (struct mdl_sum){1, UINT64_MAX};
	mdl_books_bucket(&books, "quarantined", 4);
	mdl_books_bucket(&books, "blank", 3);
	mdl_books_bucket(&books, "quarantined", 3);
	mdl_barrier_add_books(&b, &books);
	assert_null(books.stage); /* moved */
	mdl_barrier_format(&out, &b);
	assert_string_equal(
		mdl_buf_cstr(&out),
		"{\"_medal\":\"barrier\",\"run\":\"" RUN
		"\",\"epoch\":\"7\",\"watermark_ms\":\"5\",\"want_no_data\":true,\"stages\":[{\"name\":\"ingest\",\"passes\":true,"
		"\"in\":\"1000\",\"in_sum\":\"ffffffffffffffff0000000000000001\",\"out\":\"990\",\"out_sum\":"
		"\"00000000000000000000000000000000\",\"buckets\":{\"quarantined\":\"7\",\"blank\":\"3\"}}]}\n");
	assert_int_equal(mdl_control_parse(one_line(&out), &c, &err), 0);
	assert_int_equal(c.kind, MDL_CONTROL_BARRIER);
	assert_false(c.barrier.has_next_watermark);
	assert_int_equal(c.barrier.nstages, 1);
	c.barrier.has_next_watermark = true;
	c.barrier.next_watermark_ms = INT64_MAX;
	c.barrier.final = true;
	mdl_barrier_format(&again, &c.barrier);
	mdl_control_free(&c);
	assert_int_equal(mdl_control_parse(one_line(&again), &c, &err), 0);
	assert_true(c.barrier.final);
	assert_true(c.barrier.next_watermark_ms == INT64_MAX);
	mdl_control_free(&c);
	mdl_barrier_free(&b);
	mdl_buf_free(&out);
	mdl_buf_free(&again);
}

static void ends_go_and_come(void **state)
{
	(void)state;
	struct mdl_buf out = MDL_BUF_INIT(1 << 20);
	struct mdl_control c;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_end_format(&out, RUN, 0);
	assert_string_equal(mdl_buf_cstr(&out), "{\"_medal\":\"end\",\"run\":\"" RUN "\",\"signal\":null}\n");
	assert_int_equal(mdl_control_parse(one_line(&out), &c, &err), 0);
	assert_int_equal(c.signal, 0);
	mdl_control_free(&c);
	mdl_buf_clear(&out);
	mdl_end_format(&out, RUN, 15);
	assert_int_equal(mdl_control_parse(one_line(&out), &c, &err), 0);
	assert_int_equal(c.kind, MDL_CONTROL_END);
	assert_int_equal(c.signal, 15);
	mdl_control_free(&c);
	mdl_buf_clear(&out);
	mdl_abort_format(&out, "", "ingest", 75, "in use by pid 7\n\"x\"");
	assert_int_equal(mdl_control_parse(one_line(&out), &c, &err), 0);
	assert_int_equal(c.kind, MDL_CONTROL_ABORT);
	assert_int_equal(c.status, 75);
	assert_string_equal(c.stage, "ingest");
	assert_string_equal(c.message, "in use by pid 7\n\"x\"");
	assert_string_equal(c.run, "");
	mdl_control_free(&c);
	mdl_buf_free(&out);
}

/* The message of an error may hold the user's bytes. The line must stay one that is understood. */
static void any_message_goes_through(void **state)
{
	(void)state;
	uint64_t x = 88172645463325252u;
	static const char *const odd[] = {"\xed\xa0\x80",     "\xc0\x80", "\xf8\x88",
					  "\xf4\x90\x80\x80", "\xe2\x82", "\x01\x7f\x80\xff",
					  "\xef\xbf\xbe"};
	for (int k = 0; k < 2000; k++) {
		char text[40];
		if (k < 7) {
			snprintf(text, sizeof(text), "a%sb", odd[k]);
		} else {
			size_t n = 1 + (size_t)k % 38;
			for (size_t i = 0; i < n; i++) {
				x ^= x << 13, x ^= x >> 7, x ^= x << 17;
				text[i] = (char)(1 + (x >> 20) % 255);
			}
			text[n] = '\0';
		}
		struct mdl_buf out = MDL_BUF_INIT(1 << 20);
		struct mdl_control c;
		struct mdl_err err = MDL_ERR_INIT;
		mdl_abort_format(&out, RUN, text, 2, text);
		if (mdl_control_parse(one_line(&out), &c, &err))
			fail_msg("%s: %s", err.msg, mdl_buf_cstr(&out));
		assert_int_equal(c.status, 2);
		mdl_control_free(&c);
		mdl_buf_free(&out);
	}
}

static void forged_lines_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{\"_medal\":\"begin\"}",
		"{\"_medal\":\"begin\",\"run\":\"" RUN "\"}",
		"{\"_medal\":\"begin\",\"run\":\"0123456789ABCDEF0123456789ABCDEF\",\"epoch\":\"1\"}",
		"{\"_medal\":\"barrier\",\"run\":\"" RUN
		"\",\"epoch\":\"-1\",\"watermark_ms\":\"0\",\"stages\":[]}",
		"{\"_medal\":\"barrier\",\"run\":\"" RUN "\",\"epoch\":\"1\",\"watermark_ms\":\"0\"}",
		"{\"_medal\":\"barrier\",\"run\":\"" RUN
		"\",\"epoch\":\"1\",\"watermark_ms\":\"0\",\"stages\":[{}]}",
		"{\"_medal\":\"barrier\",\"run\":\"" RUN
		"\",\"epoch\":\"1\",\"watermark_ms\":\"0\",\"stages\":[{\"name\":\"x\",\"in\":\"1e3\"}]}",
		"{\"_medal\":\"barrier\",\"run\":\"" RUN
		"\",\"epoch\":\"18446744073709551616\",\"watermark_ms\":\"0\",\"stages\":[]}",
		"{\"_medal\":\"abort\",\"run\":\"\",\"stage\":\"x\",\"status\":0,\"message\":\"\"}",
		"{\"_medal\":\"abort\",\"run\":\"\",\"stage\":\"x\",\"status\":256,\"message\":\"\"}",
		"{\"_medal\":\"abort\",\"run\":\"\",\"stage\":\"x\",\"status\":2}",
		"{\"_medal\":\"end\",\"signal\":null}",
		"{\"_medal\":\"end\",\"run\":\"0\",\"signal\":null}",
		"{\"_medal\":\"other\",\"run\":\"" RUN "\"}",
		"{\"_medal\":\"end\",\"run\":\"" RUN "\",\"signal\":null",
		"{\"_medal\":\"end\",\"_medal\":1}",
		"{\"_medal\":\"",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_control c;
		struct mdl_err err = MDL_ERR_INIT;
		if (mdl_control_parse(mdl_slice_of(bad[i]), &c, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.status, MDL_TROUBLE);
		assert_int_not_equal(err.msg[0], '\0');
	}
	/* the test on the hot path is exact: such records are data */
	static const char *const not_control[] = {"{\"_medal\":\"",          "{\"_medal\": \"begin\"}",
						  " {\"_medal\":\"begin\"}", "{\"_medal\":1234567}",
						  "{\"_medaL\":\"begin\"}",  "{\"a\":1,\"_medal\":\"end\"}"};
	for (size_t i = 0; i < sizeof(not_control) / sizeof(*not_control); i++)
		assert_false(mdl_control_is(mdl_slice_of(not_control[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begin_goes_and_comes),     cmocka_unit_test(barrier_goes_and_comes),
		cmocka_unit_test(ends_go_and_come),         cmocka_unit_test(any_message_goes_through),
		cmocka_unit_test(forged_lines_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
