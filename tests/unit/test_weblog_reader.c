/* SPDX-License-Identifier: MIT
 *
 * Web-server logs. Sample lines are from the documentation of Apache and nginx; the
 * numbers of the real log were counted with awk and Python's re (see its README).
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
#include <jansson.h>

#include "base/buf.h"
#include "source/text_reader.h"
#include "source/weblog_reader.h"

static void gives_as(enum mdl_weblog_kind kind, const char *line, enum mdl_weblog_kind found,
		     const char *want)
{
	struct mdl_weblog_reader w = {kind};
	struct mdl_rows rows;
	char text[2000] = "";
	size_t used;
	mdl_rows_init(&rows);
	size_t n = (size_t)snprintf(text, sizeof(text), "%s\r\n", line);
	rows.base = text;
	mdl_weblog_reader_run(&w, text, n, MDL_ROWS_MORE, &rows, &used);
	assert_int_equal(used, n);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.nbad, want ? 0 : 1);
	assert_int_equal(w.kind, found);
	if (want) {
		const char *got = mdl_buf_cstr(&rows.text);
		assert_int_equal(strlen(got), strlen(want) + 1);
		assert_memory_equal(got, want, strlen(want));
	} else {
		json_t *row = json_loads(mdl_buf_cstr(&rows.text), 0, NULL);
		assert_string_equal(json_string_value(json_object_get(row, "_corrupt_record")), line);
		json_decref(row);
		assert_int_equal(rows.bad[0].raw.n, strlen(line));
	}
	mdl_rows_free(&rows);
}

static void access_gives(const char *line, const char *want)
{
	gives_as(MDL_WEBLOG_AUTO, line, MDL_WEBLOG_ACCESS, want);
	gives_as(MDL_WEBLOG_ACCESS, line, MDL_WEBLOG_ACCESS, want);
}

static void no_access(const char *line)
{
	gives_as(MDL_WEBLOG_AUTO, line, MDL_WEBLOG_AUTO, NULL);
	gives_as(MDL_WEBLOG_ACCESS, line, MDL_WEBLOG_ACCESS, NULL);
}

static void test_access_formats(void **state)
{
	(void)state;
	access_gives(
		"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326",
		"{\"host\":\"127.0.0.1\",\"ident\":null,\"user\":\"frank\",\"time\":\"2000-10-10T20:55:36Z\","
		"\"method\":\"GET\",\"path\":\"/apache_pb.gif\",\"protocol\":\"HTTP/1.0\",\"status\":200,\"bytes\":2326}");
	access_gives(
		"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 304 - "
		"\"http://www.example.com/start.html\" \"Mozilla/4.08 [en] (Win98; I ;Nav)\"",
		"{\"host\":\"127.0.0.1\",\"ident\":null,\"user\":null,\"time\":\"2000-10-10T20:55:36Z\",\"method\":\"GET\","
		"\"path\":\"/apache_pb.gif\",\"protocol\":\"HTTP/1.0\",\"status\":304,\"bytes\":null,"
		"\"referer\":\"http://www.example.com/start.html\",\"user_agent\":\"Mozilla/4.08 [en] (Win98; I ;Nav)\"}");
	access_gives(
		"www.example.com:443 2001:db8::1 - - [01/Mar/2024:00:00:00 +0530] \"HEAD / HTTP/2.0\" 200 0 \"-\" \"-\"",
		"{\"vhost\":\"www.example.com:443\",\"host\":\"2001:db8::1\",\"ident\":null,\"user\":null,"
		"\"time\":\"2024-02-29T18:30:00Z\",\"method\":\"HEAD\",\"path\":\"/\",\"protocol\":\"HTTP/2.0\","
		"\"status\":200,\"bytes\":0,\"referer\":null,\"user_agent\":null}");
	access_gives(
		"2001:db8::1 - ann lee [31/Dec/1999:23:59:60 +0000] \"GET /a b HTTP/1.1\" 000 007 \"\" \"x\" \"10.0.0.1, 10.0.0.2\"",
		"{\"host\":\"2001:db8::1\",\"ident\":null,\"user\":\"ann lee\",\"time\":\"2000-01-01T00:00:00Z\","
		"\"method\":\"GET\",\"path\":\"/a b\",\"protocol\":\"HTTP/1.1\",\"status\":0,\"bytes\":7,\"referer\":null,"
		"\"user_agent\":\"x\",\"forwarded_for\":\"10.0.0.1, 10.0.0.2\"}");
}

#define HEAD "h - - [10/Oct/2000:13:55:36 +0000] "
#define ROW "{\"host\":\"h\",\"ident\":null,\"user\":null,\"time\":\"2000-10-10T13:55:36Z\","

static void test_requests_and_escapes(void **state)
{
	(void)state;
	access_gives(HEAD "\"GET /\" 200 1",
		     ROW "\"method\":\"GET\",\"path\":\"/\",\"protocol\":null,\"status\":200,\"bytes\":1}");
	access_gives(HEAD "\"-\" 408 -",
		     ROW "\"method\":null,\"path\":null,\"protocol\":null,\"request\":null,"
			 "\"status\":408,\"bytes\":null}");
	access_gives(HEAD "\"\\x16\\x03\\x01\" 400 226",
		     ROW "\"method\":null,\"path\":null,\"protocol\":null,"
			 "\"request\":\"\\u0016\\u0003\\u0001\",\"status\":400,\"bytes\":226}");
	/* not UTF-8 when resolved: stays as logged */
	access_gives(HEAD "\"\\xff\\xfe\" 400 226",
		     ROW "\"method\":null,\"path\":null,\"protocol\":null,"
			 "\"request\":\"\\\\xff\\\\xfe\",\"status\":400,\"bytes\":226}");
	access_gives(
		HEAD "\"GET /\\\"q\\\"/\\xc3\\xa4\\\\x HTTP/1.1\" 200 1 \"r\\x22\" \"say \\\"hi\\\" \\q\"",
		ROW
		"\"method\":\"GET\",\"path\":\"/\\\"q\\\"/\xc3\xa4\\\\x\",\"protocol\":\"HTTP/1.1\",\"status\":200,"
		"\"bytes\":1,\"referer\":\"r\\\"\",\"user_agent\":\"say \\\"hi\\\" \\\\q\"}");
	/* a server that does not escape quotes */
	access_gives(
		HEAD "\"GET /\"x\" HTTP/1.1\" 200 1 \"a\"b\" \"c\"d\"", ROW
		"\"method\":\"GET\",\"path\":\"/\\\"x\\\"\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"bytes\":1,"
		"\"referer\":\"a\\\"b\",\"user_agent\":\"c\\\"d\"}");
}

static void test_lines_that_are_no_access_log(void **state)
{
	(void)state;
	no_access("hello");
	no_access(HEAD "\"GET / HTTP/1.1\" 200");
	no_access(HEAD "\"GET / HTTP/1.1\" 20 1");
	no_access(HEAD "\"GET / HTTP/1.1\" 200 1x");
	no_access(HEAD "\"GET / HTTP/1.1\" 200 1 \"-\"");
	no_access(HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"no end");
	no_access(HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"x\" tail");
	no_access("h - - [31/Feb/2000:13:55:36 +0000] \"GET / HTTP/1.1\" 200 1");
	no_access("h - - [10/Oct/2000:24:00:00 +0000] \"GET / HTTP/1.1\" 200 1");
	no_access("h - - [10/Okt/2000:13:55:36 +0000] \"GET / HTTP/1.1\" 200 1");
	no_access("h - [10/Oct/2000:13:55:36 +0000] \"GET / HTTP/1.1\" 200 1");
	no_access("{\"a\":1}");
}

static void error_gives(enum mdl_weblog_kind kind, const char *line, const char *want)
{
	gives_as(MDL_WEBLOG_AUTO, line, kind, want);
	gives_as(kind, line, kind, want);
}

static void test_apache_error(void **state)
{
	(void)state;
	error_gives(
		MDL_WEBLOG_APACHE_ERROR,
		"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] "
		"File does not exist: /usr/local/apache2/htdocs/favicon.ico",
		"{\"time\":\"2011-09-09T10:42:29.902022\",\"level\":\"error\",\"module\":\"core\",\"pid\":35708,"
		"\"tid\":4328636416,\"client\":\"72.15.99.187\",\"message\":\"File does not exist: "
		"/usr/local/apache2/htdocs/favicon.ico\"}");
	error_gives(
		MDL_WEBLOG_APACHE_ERROR,
		"[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] client denied by server configuration: "
		"/export/home/live/ap/htdocs/test",
		"{\"time\":\"2000-10-11T14:32:52\",\"level\":\"error\",\"module\":null,\"pid\":null,\"tid\":null,"
		"\"client\":\"127.0.0.1\",\"message\":\"client denied by server configuration: "
		"/export/home/live/ap/htdocs/test\"}");
	error_gives(
		MDL_WEBLOG_APACHE_ERROR,
		"[Thu May  5 01:02:03.100000 2022] [:warn] [pid 7] [client 2001:db8::1:51234] AH01: [x] y\\n",
		"{\"time\":\"2022-05-05T01:02:03.1\",\"level\":\"warn\",\"module\":null,\"pid\":7,\"tid\":null,"
		"\"client\":\"2001:db8::1\",\"message\":\"AH01: [x] y\\n\"}");
	error_gives(
		MDL_WEBLOG_APACHE_ERROR,
		"[2022-05-05 01:02:03.000000] [mpm_event:notice] [pid 1:tid 2] AH00489: up",
		"{\"time\":\"2022-05-05T01:02:03\",\"level\":\"notice\",\"module\":\"mpm_event\",\"pid\":1,\"tid\":2,"
		"\"client\":null,\"message\":\"AH00489: up\"}");
	gives_as(MDL_WEBLOG_APACHE_ERROR, "PHP Stack trace:", MDL_WEBLOG_APACHE_ERROR, NULL);
	gives_as(MDL_WEBLOG_AUTO, "[Fri Sep 31 10:42:29 2011] [error] x", MDL_WEBLOG_AUTO, NULL);
	gives_as(MDL_WEBLOG_AUTO, "[Fri Sep 30 10:42:29 2011] [loud] x", MDL_WEBLOG_AUTO, NULL);
}

static void test_nginx_error(void **state)
{
	(void)state;
	error_gives(
		MDL_WEBLOG_NGINX_ERROR,
		"2011/06/10 13:30:10 [error] 23263#0: *1 directory index of \"/var/www/ssl/\" is forbidden, client: "
		"86.186.86.232, server: hotelpublisher.com, request: \"GET / HTTP/1.1\", host: \"hotelpublisher.com\"",
		"{\"time\":\"2011-06-10T13:30:10\",\"level\":\"error\",\"module\":null,\"pid\":23263,\"tid\":0,"
		"\"client\":\"86.186.86.232\",\"message\":\"directory index of \\\"/var/www/ssl/\\\" is forbidden, client: "
		"86.186.86.232, server: hotelpublisher.com, request: \\\"GET / HTTP/1.1\\\", host: "
		"\\\"hotelpublisher.com\\\"\"}");
	error_gives(
		MDL_WEBLOG_NGINX_ERROR, "2024/02/29 00:00:00 [notice] 1#1: nginx/1.25.3, client: nobody",
		"{\"time\":\"2024-02-29T00:00:00\",\"level\":\"notice\",\"module\":null,\"pid\":1,\"tid\":1,\"client\":null,"
		"\"message\":\"nginx/1.25.3, client: nobody\"}");
	error_gives(
		MDL_WEBLOG_NGINX_ERROR, "2024/02/29 00:00:00 [warn] 1#1: *2 x, client: 2001:db8::1",
		"{\"time\":\"2024-02-29T00:00:00\",\"level\":\"warn\",\"module\":null,\"pid\":1,\"tid\":1,"
		"\"client\":\"2001:db8::1\",\"message\":\"x, client: 2001:db8::1\"}");
	gives_as(MDL_WEBLOG_AUTO, "2023/02/29 00:00:00 [warn] 1#1: x", MDL_WEBLOG_AUTO, NULL);
	gives_as(MDL_WEBLOG_AUTO, "2024/02/29 00:00:00 [warn] 1: x", MDL_WEBLOG_AUTO, NULL);
}

static void test_kind_is_kept_for_the_file(void **state)
{
	(void)state;
	char text[] = "rubbish\n\n  \n" HEAD
		      "\"GET / HTTP/1.1\" 200 1\n2024/02/29 00:00:00 [warn] 1#1: x\n\xff\xfe\nlast";
	struct mdl_weblog_reader w = {MDL_WEBLOG_AUTO};
	struct mdl_rows rows;
	size_t used, n = strlen(text);
	char *p = calloc(1, n + 64);
	memcpy(p, text, n);
	mdl_rows_init(&rows);
	rows.base = p;
	rows.base_offset = 1000;
	mdl_weblog_reader_run(&w, p, n, MDL_ROWS_MORE, &rows, &used);
	assert_int_equal(used, n - 4);
	assert_int_equal(rows.n, 4);
	assert_int_equal(rows.nbad, 3);
	assert_int_equal(rows.blank, 2);
	static const uint64_t lines[] = {1, 4, 5, 6};
	assert_memory_equal(rows.lines, lines, sizeof(lines));
	assert_int_equal(rows.bad[1].row, 2);
	assert_int_equal(rows.bad[1].offset, 1000 + (uint64_t)(strstr(text, "2024/") - text));
	assert_string_equal(rows.bad[1].reason, "not in the common or combined form of an access log");
	assert_string_equal(rows.bad[2].reason, "not UTF-8");
	mdl_rows_clear(&rows);
	memmove(p, p + used, 4);
	mdl_weblog_reader_run(&w, p, 4, MDL_ROWS_FINAL, &rows, &used);
	assert_int_equal(used, 4);
	assert_int_equal(rows.nbad, 1);
	assert_int_equal(rows.lines[0], 7);
	mdl_rows_free(&rows);
	free(p);
}

static void test_real_log(void **state)
{
	(void)state;
	static const char *const days[] = {"17", "18", "19", "20"};
	static const size_t lines[] = {1632, 2893, 2896, 2579};
	size_t rows_all = 0, bad = 0, ok200 = 0, get = 0, no_bytes = 0, no_referer = 0;
	long long bytes = 0;
	for (size_t d = 0; d < 4; d++) {
		const char *tests = getenv("MEDAL_TESTS");
		char path[4096];
		snprintf(path, sizeof(path), "%s/data/apache-access-log/2015-05-%s/access.log",
			 tests ? tests : "tests", days[d]);
		FILE *f = fopen(path, "rb");
		if (!f)
			fail_msg("%s: cannot open", path);
		char *p = calloc(1, 2 << 20);
		size_t n = fread(p, 1, (2 << 20) - 64, f), at = 0, used, of_day = 0;
		fclose(f);
		struct mdl_weblog_reader w = {MDL_WEBLOG_AUTO};
		struct mdl_rows rows;
		mdl_rows_init(&rows);
		while (at < n) {
			mdl_rows_clear(&rows);
			rows.base = p + at;
			mdl_weblog_reader_run(&w, p + at, n - at, MDL_ROWS_FINAL, &rows, &used);
			assert_true(used > 0);
			at += used;
			of_day += rows.n;
			bad += rows.nbad;
			for (const char *q = mdl_buf_cstr(&rows.text); *q; q = strchr(q, '\n') + 1) {
				json_t *row =
					json_loads(q, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, NULL);
				assert_non_null(row);
				if (!json_object_get(row, "_corrupt_record")) {
					assert_int_equal(json_object_size(row), 11);
					const char *time = json_string_value(json_object_get(row, "time"));
					assert_memory_equal(time, "2015-05-", 8);
					assert_memory_equal(time + 8, days[d], 2);
					ok200 += json_integer_value(json_object_get(row, "status")) == 200;
					get += strcmp(json_string_value(json_object_get(row, "method")),
						      "GET") == 0;
					no_bytes += json_is_null(json_object_get(row, "bytes"));
					no_referer += json_is_null(json_object_get(row, "referer"));
					bytes += json_integer_value(json_object_get(row, "bytes"));
				}
				json_decref(row);
			}
		}
		assert_int_equal(of_day, lines[d]);
		rows_all += of_day;
		mdl_rows_free(&rows);
		free(p);
	}
	assert_int_equal(rows_all, 10000);
	assert_int_equal(bad, 1); /* its user agent has no closing quote */
	assert_int_equal(ok200, 9125);
	assert_int_equal(get, 9951);
	assert_int_equal(no_bytes, 669);
	assert_int_equal(no_referer, 4072);
	assert_true(bytes == 2747282505);
}

static void test_text(void **state)
{
	(void)state;
	char text[128] = "one\r\n\n \"q\"\\\t\nx\xff\nlast";
	struct mdl_rows rows;
	size_t used, n = strlen(text);
	mdl_rows_init(&rows);
	rows.base = text;
	mdl_text_reader_run(text, n, MDL_ROWS_MORE, &rows, &used);
	assert_int_equal(used, n - 4);
	assert_string_equal(mdl_buf_cstr(&rows.text),
			    "{\"value\":\"one\"}\n{\"value\":\"\"}\n"
			    "{\"value\":\" \\\"q\\\"\\\\\\t\"}\n{\"_corrupt_record\":\"x\xef\xbf\xbd\"}\n");
	assert_int_equal(rows.nbad, 1);
	mdl_rows_clear(&rows);
	mdl_text_reader_run(text + used, 4, MDL_ROWS_FINAL, &rows, &used);
	assert_int_equal(used, 4);
	assert_string_equal(mdl_buf_cstr(&rows.text), "{\"value\":\"last\"}\n");
	assert_int_equal(rows.lines[0], 5);
	mdl_rows_free(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_formats),
		cmocka_unit_test(test_requests_and_escapes),
		cmocka_unit_test(test_lines_that_are_no_access_log),
		cmocka_unit_test(test_apache_error),
		cmocka_unit_test(test_nginx_error),
		cmocka_unit_test(test_kind_is_kept_for_the_file),
		cmocka_unit_test(test_real_log),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests_name("weblog_reader", tests, NULL, NULL);
}
