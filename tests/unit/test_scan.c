/* SPDX-License-Identifier: MIT
 *
 * The record scanner: verdicts, places, duplicates, walks. What is expected follows
 * RFC 8259 and the rules in medal-stream(7). Each line goes through mdl_scan_line
 * from a block of exactly its size, and through mdl_scan_batch; both must agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "json/scan.h"

enum { MAX_PATHS = 16, COPIES = 40 };

static struct mdl_scan *scanner(const char *const *paths, size_t n)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(paths, n, &err);
	if (!s)
		fail_msg("%s", err.msg);
	return s;
}

enum { TEXT = 512 };

static void show(char out[TEXT], const struct mdl_json_value *v)
{
	static const char kinds[] = "MNFTIRSAO";
	snprintf(out, TEXT, "%c%s %.*s", kinds[v->kind], v->escaped ? "e" : "", (int)v->n,
		 v->kind ? v->p : "");
}

/* The verdict of LINE and, for each of NPATHS paths, "<kind>[e] <text>" as in show(). */
static void check(const char *const *paths, size_t npaths, struct mdl_slice line, enum mdl_scan_verdict want,
		  const char *const *values)
{
	struct mdl_scan *s = scanner(paths, npaths);
	char *exact = mdl_alloc(line.n), *block = mdl_zalloc((line.n + 1) * COPIES + MDL_SCAN_PADDING);
	struct mdl_json_value one[MAX_PATHS], many[MAX_PATHS][COPIES], *cols[MAX_PATHS];
	struct mdl_slice lines[COPIES];
	uint8_t verdicts[COPIES];
	char text[TEXT];
	memcpy(exact, line.p, line.n);
	enum mdl_scan_verdict got = mdl_scan_line(s, (struct mdl_slice){exact, line.n}, one, NULL, NULL);
	if (got != want)
		fail_msg("verdict %d instead of %d: %.*s", got, want, (int)line.n, line.p);
	for (size_t k = 0; k < npaths; k++) {
		show(text, &one[k]);
		assert_string_equal(text, values ? values[k] : "M ");
		cols[k] = many[k];
	}
	if (!memchr(line.p, '\n', line.n)) {
		for (size_t i = 0; i < COPIES; i++) {
			char *at = block + i * (line.n + 1);
			memcpy(at, line.p, line.n);
			at[line.n] = '\n';
			lines[i] = (struct mdl_slice){at, line.n};
		}
		size_t bad = mdl_scan_batch(s, lines, COPIES, verdicts, cols);
		assert_int_equal(bad, want == MDL_SCAN_OK ? 0 : COPIES);
		for (size_t i = 0; i < COPIES; i++) {
			assert_int_equal(verdicts[i], want);
			for (size_t k = 0; k < npaths; k++) {
				show(text, &many[k][i]);
				assert_string_equal(text, values ? values[k] : "M ");
			}
		}
	}
	free(exact);
	free(block);
	mdl_scan_free(s);
}

#define RECORD(line, npaths, ...)                                                       \
	check((const char *const[]){__VA_ARGS__}, npaths, MDL_SLICE(line), MDL_SCAN_OK, \
	      (const char *const[]){__VA_ARGS__} + (npaths))
#define VERDICT(line, want) check((const char *const[]){"a"}, 1, MDL_SLICE(line), want, NULL)

static void members_are_found(void **state)
{
	(void)state;
	RECORD("{\"a\":1}", 1, "a", "I 1");
	RECORD("{}", 1, "a", "M ");
	RECORD(" { \"b\" : \"x\" , \"a\" : -1.50e+3 }\t\r", 2, "a", "b", "R -1.50e+3", "S x");
	RECORD("{\"a\":null,\"b\":true,\"c\":false,\"d\":\"\",\"e\":[],\"f\":{}}", 6, "a", "b", "c", "d", "e",
	       "f", "N null", "T true", "F false", "S ", "A []", "O {}");
	RECORD("{\"a\":\"x\\\"y\",\"b\":[1,{\"c\":\"]\"}],\"d\":{\"e\":\"}\"}}", 3, "a", "b", "d",
	       "Se x\\\"y", "A [1,{\"c\":\"]\"}]", "O {\"e\":\"}\"}");
	RECORD("{\"a\":0,\"b\":-0,\"c\":0.0,\"d\":1E5,\"e\":12345678901234567890}", 5, "a", "b", "c", "d",
	       "e", "I 0", "I -0", "R 0.0", "R 1E5", "I 12345678901234567890");
	RECORD("{\"\xc3\xa9\":\"\xf0\x9d\x84\x9e\"}", 1, "\xc3\xa9", "S \xf0\x9d\x84\x9e");
	RECORD("{\"ab\":1,\"abc\":2,\"b\":3}", 2, "abc", "a", "I 2", "M ");
	RECORD("{\"a\":1}", 3, "a", "a", "b", "I 1", "I 1", "M ");
	RECORD("{\"A\":1}", 1, "a", "M ");
}

static void nested_places_are_found(void **state)
{
	(void)state;
	RECORD("{\"device\":{\"city\":\"x\",\"geo\":{\"lat\":1.5}}}", 4, "device.city", "device.geo.lat",
	       "device.geo", "city", "S x", "R 1.5", "O {\"lat\":1.5}", "M ");
	RECORD("{\"items\":[{\"id\":7},{\"id\":8},9]}", 5, "items[0].id", "items[1]", "items[2]", "items[3]",
	       "items.id", "I 7", "O {\"id\":8}", "I 9", "M ", "M ");
	RECORD("{\"m\":[[1,2],[3,[4]]]}", 3, "m[1][0]", "m[1][1][0]", "m[0][2]", "I 3", "I 4", "M ");
	RECORD("{\"a.b\":1,\"a\":{\"b\":2},\"x`y\":{\"[0]\":3}}", 3, "`a.b`", "a.b", "`x``y`.`[0]`", "I 1",
	       "I 2", "I 3");
	RECORD("{\"a\":5}", 2, "a.b", "a[0]", "M ", "M ");
	RECORD("{\"a\":{\"0\":1}}", 2, "a[0]", "a.0", "M ", "I 1");
	RECORD("{\"b\":{\"a\":1}}", 1, "a", "M ");
}

static void names_are_compared_without_their_escapes(void **state)
{
	(void)state;
	RECORD("{\"\\u0061\":1,\"x\\/y\":2}", 2, "a", "x/y", "I 1", "I 2");
	RECORD("{\"\\u0061\":{\"\\u0062\":[{\"\\u0063\":4}]}}", 1, "a.b[0].c", "I 4");
	RECORD("{\"\\ud83d\\ude00\":1}", 1, "\xf0\x9f\x98\x80", "I 1");
	RECORD("{\"\\\"\":1,\"\\\\\":2}", 2, "\"", "\\", "I 1", "I 2");
}

static void the_last_duplicate_counts(void **state)
{
	(void)state;
	RECORD("{\"a\":1,\"b\":2,\"a\":\"x\"}", 1, "a", "S x");
	RECORD("{\"a\":1,\"\\u0061\":2}", 1, "a", "I 2");
	RECORD("{\"a\":1,\"a\":null}", 1, "a", "N null");
	RECORD("{\"a\":{\"b\":1,\"c\":2},\"a\":{\"c\":3}}", 3, "a.b", "a.c", "a", "M ", "I 3", "O {\"c\":3}");
	RECORD("{\"a\":{\"b\":1},\"a\":4}", 2, "a.b", "a", "M ", "I 4");
	RECORD("{\"a\":[{\"b\":1},2],\"a\":[]}", 3, "a[0].b", "a[1]", "a", "M ", "M ", "A []");
	RECORD("{\"a\":{\"b\":1,\"b\":2}}", 1, "a.b", "I 2");
}

static void what_is_no_record_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"[]",
		"1",
		"\"a\"",
		"null",
		"{",
		"}",
		"{]",
		"[{\"a\":1}]",
		"{\"a\":1}}",
		"{\"a\":1}x",
		"{\"a\":1}{}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,\"a\":1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\" 1}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":.1}",
		"{\"a\":1e}",
		"{\"a\":1e+}",
		"{\"a\":+1}",
		"{\"a\":0x1}",
		"{\"a\":1a}",
		"{\"a\":--1}",
		"{\"a\":-01}",
		"{\"a\":1.e1}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":tru}",
		"{\"a\":truex}",
		"{\"a\":True}",
		"{\"a\":nul",
		"{\"a\":'x'}",
		"{\"a\":\"x}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\u123\"}",
		"{\"a\":\"\\\"}",
		"{\"a\":\"\t\"}",
		"{\"a\":\"\x1f\"}",
		"{\"a\":\"\x80\"}",
		"{\"a\":\"\xc0\xaf\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\xf4\x90\x80\x80\"}",
		"{\"a\":\"\xe2\x82\"}",
		"{\"\xff\":1}",
		"{\"a\":1}\xc2\xa0",
		"\xef\xbb\xbf{}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\":[1 2]}",
		"{\"a\":[1}",
		"{\"a\":[1}]",
		"{\"a\":{]}",
		"{\"a\":1}\v",
		"{\"a\":1,,\"b\":2}",
		"{\"a\":1;\"b\":2}",
		"{1:2}",
		"{null:2}",
		"{\"a\"::1}",
		"{\"a\":\"b\":1}",
		"{\"a\":1}/**/",
		"{\"a\":1,\"\\u0061\":}",
		"{\"\\u006\":1}",
		"{\"a\":[\"\",]}",
		"{\"a\":1e1.5}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check((const char *const[]){"a", "b"}, 2, mdl_slice_of(bad[i]), MDL_SCAN_CORRUPT, NULL);
	/* half a pair: in a value as in Spark, in a name not, as in Spark */
	VERDICT("{\"\\ud83d\":1}", MDL_SCAN_CORRUPT);
	VERDICT("{\"a\":{\"x\\ud83d\\u0041\":1}}", MDL_SCAN_CORRUPT);
	VERDICT("{\"a\":1}\0", MDL_SCAN_CORRUPT);
	VERDICT("{\"a\":\"\0\"}", MDL_SCAN_CORRUPT);
	VERDICT("{\"a\":\0}", MDL_SCAN_CORRUPT);
	VERDICT("\0", MDL_SCAN_CORRUPT);
}

static void white_space_alone_is_blank(void **state)
{
	(void)state;
	VERDICT("", MDL_SCAN_BLANK);
	VERDICT(" \t\r ", MDL_SCAN_BLANK);
	VERDICT("\r", MDL_SCAN_BLANK);
	VERDICT(" \xc2\xa0", MDL_SCAN_CORRUPT);
}

static void a_forged_control_line_is_refused(void **state)
{
	(void)state;
	VERDICT("{\"_medal\":\"barrier\"}", MDL_SCAN_RESERVED);
	VERDICT(" { \"_medal\" : 1 } ", MDL_SCAN_RESERVED);
	VERDICT("{\"\\u005fmedal\":1,\"a\":2}", MDL_SCAN_RESERVED);
	VERDICT("{\"\\u005f\\u006d\\u0065\\u0064\\u0061\\u006c\":1}", MDL_SCAN_RESERVED);
	VERDICT("{\"_medal\":1", MDL_SCAN_CORRUPT);
	RECORD("{\"a\":1,\"_medal\":2}", 2, "a", "_medal", "I 1", "I 2");
	RECORD("{\"a\":{\"_medal\":2}}", 1, "a._medal", "I 2");
	RECORD("{\"_medalx\":1,\"_meda\":2}", 1, "_meda", "I 2");
	RECORD("{\"\\\\u005fmedal\":1}", 1, "a", "M ");
}

static void depth_has_a_limit(void **state)
{
	(void)state;
	for (size_t n = MDL_SCAN_DEPTH - 2; n <= MDL_SCAN_DEPTH + 1; n++) {
		char line[2 * MDL_SCAN_DEPTH + 64];
		size_t at = (size_t)snprintf(line, sizeof(line), "{\"a\":");
		memset(line + at, '[', n);
		memset(line + at + n, ']', n);
		at += 2 * n;
		line[at++] = '}';
		struct mdl_scan *s = scanner(NULL, 0);
		const char *why = NULL;
		size_t where = 0;
		enum mdl_scan_verdict v = mdl_scan_line(s, (struct mdl_slice){line, at}, NULL, &why, &where);
		assert_int_equal(v, n < MDL_SCAN_DEPTH ? MDL_SCAN_OK : MDL_SCAN_CORRUPT);
		if (v == MDL_SCAN_CORRUPT) {
			assert_string_equal(why, "nested deeper than 512");
			assert_int_equal(where, 5 + MDL_SCAN_DEPTH - 1);
		}
		mdl_scan_free(s);
	}
	size_t n = 100000;
	char *open = mdl_alloc(n);
	memset(open, '[', n);
	memcpy(open, "{\"a\":", 5);
	check((const char *const[]){"a"}, 1, (struct mdl_slice){open, n}, MDL_SCAN_CORRUPT, NULL);
	free(open);
}

static void reasons_name_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *line, *why;
		size_t at;
	} t[] = {
		{"[1]", "not a JSON object", 0},
		{"\xef\xbb\xbf{}", "a byte order mark inside the stream", 0},
		{"{\"a\":1,}", "expected a member name", 7},
		{"{\"a\" 1}", "expected ':'", 5},
		{"{\"a\":1 2}", "expected ',' or '}'", 7},
		{"{\"a\":[1 2]}", "expected ',' or ']'", 8},
		{"{\"a\":x}", "expected a value", 5},
		{"{\"a\":\"\xc3(\"}", "invalid UTF-8", 6},
		{"{\"a\":\"\\q\"}", "an escape that JSON does not have", 6},
		{"{\"a\":\"\t\"}", "a control character in a string", 6},
		{"{\"a\":1.x}", "a number without digits behind its point", 7},
		{"{\"a\":1} 2", "more text behind the object", 8},
		{"{\"a\":\"x", "the line ends inside the object", 7},
		{"{\"a\":1", "the line ends inside the object", 6},
		{"{\"_medal\":1}", "the first member is _medal, which is reserved", 0},
	};
	struct mdl_scan *s = scanner(NULL, 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const char *why = NULL;
		size_t at = 99;
		assert_int_not_equal(mdl_scan_line(s, mdl_slice_of(t[i].line), NULL, &why, &at), MDL_SCAN_OK);
		assert_string_equal(why, t[i].why);
		assert_int_equal(at, t[i].at);
	}
	mdl_scan_free(s);
}

static void paths_have_a_grammar(void **state)
{
	(void)state;
	static const char *const bad[] = {"",    ".a",   "a.",    "a..b",  "[0]",  "a[",
					  "a[]", "a[x]", "a[-1]", "a[1",   "a]",   "a[99999999999]",
					  "`a",  "``",   "`a`b",  "a[0]b", "a`b`", "a['b']"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		assert_null(mdl_scan_new(&bad[i], 1, &err));
		assert_int_equal(err.status, MDL_TROUBLE);
		assert_non_null(strstr(err.msg, "path \""));
	}
	const char **many = mdl_array(MDL_SCAN_MAX_PATHS + 1, sizeof(char *));
	for (size_t i = 0; i <= MDL_SCAN_MAX_PATHS; i++)
		many[i] = "a";
	struct mdl_err err = MDL_ERR_INIT;
	assert_null(mdl_scan_new(many, MDL_SCAN_MAX_PATHS + 1, &err));
	mdl_scan_free(scanner(many, MDL_SCAN_MAX_PATHS));
	free(many);
}

static void many_names_are_told_apart(void **state)
{
	(void)state;
	enum { N = 1000 };
	static char names[N][32];
	const char *paths[N];
	static char line[N * 48];
	static struct mdl_json_value v[N];
	size_t at = 0;
	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "%.*sname%d", i % 9, "xxxxxxxxx", i);
		paths[i] = names[i];
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%c\"%s\":%d", i ? ',' : '{', names[i],
				       i);
	}
	line[at++] = '}';
	struct mdl_scan *s = scanner(paths, N);
	assert_int_equal(mdl_scan_line(s, (struct mdl_slice){line, at}, v, NULL, NULL), MDL_SCAN_OK);
	for (int i = 0; i < N; i++)
		assert_int_equal(strtol(v[i].p, NULL, 10), i);
	mdl_scan_free(s);
}

static void containers_are_walked(void **state)
{
	(void)state;
	char text[TEXT];
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_json_iter it, in;
	mdl_json_iter_line(
		&it,
		MDL_SLICE(" { \"a\\n\" : 1.5 , \"b\":[ \"x\\\"]\" ,{\"c\":null} , -2 ],\"d\":{},\"e\":\"\","
			  "\"f\":true,\"g\":false,\"h\":[]} "));
	while (mdl_json_iter_next(&it)) {
		show(text, &it.value);
		mdl_buf_printf(&out, "%.*s%s=%s;", (int)it.name.n, it.name.p, it.name_escaped ? "(e)" : "",
			       text);
		mdl_json_iter_init(&in, &it.value);
		while (mdl_json_iter_next(&in)) {
			show(text, &in.value);
			mdl_buf_printf(&out, "<%s>", text);
		}
	}
	assert_string_equal(
		mdl_buf_cstr(&out),
		"a\\n(e)=R 1.5;b=A [ \"x\\\"]\" ,{\"c\":null} , -2 ];<Se x\\\"]><O {\"c\":null}><I -2>"
		"d=O {};e=S ;f=T true;g=F false;h=A [];");
	mdl_buf_free(&out);
	mdl_json_iter_line(&it, MDL_SLICE("{}"));
	assert_false(mdl_json_iter_next(&it));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found),
		cmocka_unit_test(nested_places_are_found),
		cmocka_unit_test(names_are_compared_without_their_escapes),
		cmocka_unit_test(the_last_duplicate_counts),
		cmocka_unit_test(what_is_no_record_is_refused),
		cmocka_unit_test(white_space_alone_is_blank),
		cmocka_unit_test(a_forged_control_line_is_refused),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(reasons_name_the_place),
		cmocka_unit_test(paths_have_a_grammar),
		cmocka_unit_test(many_names_are_told_apart),
		cmocka_unit_test(containers_are_walked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
