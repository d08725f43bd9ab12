/* SPDX-License-Identifier: MIT
 *
 * Composed rows: kept members have their bytes, and what lies between two kept
 * neighbours stays; the reserved first member is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/row_writer.h"

/* LINE without the members named CUT, and with ADD behind (when it is not NULL). */
static const char *without(struct mdl_buf *out, const char *line, const char *cut, const char *add,
			   bool *fine)
{
	struct mdl_row_writer w;
	struct mdl_json_iter it;
	struct mdl_buf name = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_clear(out);
	mdl_row_writer_begin(&w, out);
	mdl_json_iter_line(&it, mdl_slice_of(line));
	while (mdl_json_iter_next(&it)) {
		if (mdl_slice_is(mdl_row_writer_name(&it, &name), cut))
			mdl_row_writer_cut(&w);
		else
			mdl_row_writer_keep(&w, &it);
	}
	if (add) {
		mdl_row_writer_member(&w, MDL_SLICE("\"x\":"));
		mdl_buf_puts(w.out, add);
	}
	*fine = mdl_row_writer_end(&w);
	mdl_buf_free(&name);
	return mdl_buf_cstr(out);
}

static void members_keep_their_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *line, *cut, *add, *want;
	} t[] = {
		{" { \"a\" : 1.10 ,\t\"b\":\"}\\\"\" , \"c\" :[1, 2] } ", "", NULL,
		 "{\"a\" : 1.10 ,\t\"b\":\"}\\\"\" , \"c\" :[1, 2]}"},
		{"{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }", "b", NULL, "{\"a\" : 1,\"c\" : 3}"},
		{"{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }", "a", "4", "{\"b\" : 2 , \"c\" : 3,\"x\":4}"},
		{"{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }", "c", "4", "{\"a\" : 1 , \"b\" : 2,\"x\":4}"},
		{"{\"a\":1,\"a\":2,\"b\":{\"a\":3}}", "a", NULL, "{\"b\":{\"a\":3}}"},
		{"{\"\\u0061\":1,\"b\":12345678901234567890}", "a", NULL, "{\"b\":12345678901234567890}"},
		{"{\"a\":1}", "a", NULL, "{}"},
		{"{ }", "a", "null", "{\"x\":null}"},
		{"{\"\":\"\"}", "a", NULL, "{\"\":\"\"}"},
	};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool fine;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_string_equal(without(&out, t[i].line, t[i].cut, t[i].add, &fine), t[i].want);
		assert_true(fine);
	}
	mdl_buf_free(&out);
}

static void all_members_at_once(void **state)
{
	(void)state;
	static const struct {
		const char *line, *want;
	} t[] = {
		{"{\"a\":1}", "{\"a\":1,\"x\":0}"},
		{" \t{  \"a\":\"}\" ,\"b\":{} \r} \r", "{\"a\":\"}\" ,\"b\":{},\"x\":0}"},
		{"{}", "{\"x\":0}"},
		{"{ \t }", "{\"x\":0}"},
	};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct mdl_row_writer w;
		mdl_buf_clear(&out);
		mdl_row_writer_begin(&w, &out);
		mdl_row_writer_keep_all(&w, mdl_slice_of(t[i].line));
		mdl_row_writer_member(&w, MDL_SLICE("\"x\":"));
		mdl_buf_putc(w.out, '0');
		assert_true(mdl_row_writer_end(&w));
		assert_string_equal(mdl_buf_cstr(&out), t[i].want);
	}
	mdl_buf_free(&out);
}

/* LINE less the member CUT, found by the scanner; NULL when that needs a walk. */
static const char *others(struct mdl_buf *out, const char *line, const char *cut)
{
	struct mdl_err err = MDL_ERR_INIT;
	const char *paths[] = {cut};
	struct mdl_scan *scan = mdl_scan_new(paths, 1, &err);
	struct mdl_json_value cell;
	struct mdl_slice name = mdl_slice_of(cut);
	struct mdl_row_writer w;
	assert_non_null(scan);
	assert_int_equal(mdl_scan_line(scan, mdl_slice_of(line), &cell, NULL, NULL), MDL_SCAN_OK);
	mdl_scan_free(scan);
	mdl_buf_clear(out);
	mdl_row_writer_begin(&w, out);
	if (!mdl_row_writer_keep_others(&w, mdl_slice_of(line), &cell, &name, 1))
		return NULL;
	return mdl_row_writer_end(&w) ? mdl_buf_cstr(out) : "refused";
}

static void a_member_is_cut_without_a_walk(void **state)
{
	(void)state;
	static const struct {
		const char *line, *want;
	} t[] = {
		{"{\"a\":1,\"b\":2}", "{\"b\":2}"},
		{" { \"b\" : 1 , \"a\" : \"}\" , \"c\" : 3 } ", "{\"b\" : 1,\"c\" : 3}"},
		{"{\"b\":{\"x\":\"y\"},\"a\":[1, 2] }", "{\"b\":{\"x\":\"y\"}}"},
		{"{\"a\":1}", "{}"},
		{"{\"a\":1,\"_medal\":2}", "refused"},
		/* what looks like the name stands before it */
		{"{\"a\":1,\"a\":2}", NULL},
		{"{\"b\":\"a\",\"a\":2}", NULL},
		{"{\"b\":{\"a\":1},\"a\":2}", NULL},
		{"{\"b\":\"\\n\",\"a\":2}", NULL},
	};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *got = others(&out, t[i].line, "a");
		if (t[i].want)
			assert_string_equal(got, t[i].want);
		else
			assert_null(got);
	}
	mdl_buf_free(&out);
}

static void the_reserved_name_may_not_come_first(void **state)
{
	(void)state;
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool fine;
	assert_string_equal(without(&out, "{\"a\":1,\"_medal\":\"end\"}", "a", NULL, &fine), "");
	assert_false(fine);
	without(&out, "{\"a\":1,\"\\u005fmed\\u0061l\":2}", "a", NULL, &fine);
	assert_false(fine);
	assert_string_equal(without(&out, "{\"a\":1,\"b\":2,\"_medal\":3}", "a", NULL, &fine),
			    "{\"b\":2,\"_medal\":3}");
	assert_true(fine);
	mdl_buf_free(&out);
}

static void compact_text_has_no_space_between_tokens(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} t[] = {
		{"{ \"a b\" : [ 1 ,\t2.50 ] }", "{\"a b\":[1,2.50]}"},
		{"\"a \\\" b\\\\\"", "\"a \\\" b\\\\\""},
		{"[ \"\\\\\" , \" \" ]", "[\"\\\\\",\" \"]"},
		{"1e400", "1e400"},
	};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		mdl_buf_clear(&out);
		mdl_row_writer_compact(&out, mdl_slice_of(t[i].text));
		assert_string_equal(mdl_buf_cstr(&out), t[i].want);
	}
	mdl_buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_keep_their_bytes),
		cmocka_unit_test(all_members_at_once),
		cmocka_unit_test(a_member_is_cut_without_a_walk),
		cmocka_unit_test(the_reserved_name_may_not_come_first),
		cmocka_unit_test(compact_text_has_no_space_between_tokens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
