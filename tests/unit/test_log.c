/* SPDX-License-Identifier: MIT
 *
 * Messages: levels, and that foreign bytes in them neither drive a terminal nor break
 * the JSON form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <unistd.h>

#include "base/log.h"

static int saved = -1, out[2];
static char text[8192];

/* What the program says on standard error from here to heard(). */
static void listen_from_here(void)
{
	assert_int_equal(pipe(out), 0);
	saved = dup(STDERR_FILENO);
	assert_int_equal(dup2(out[1], STDERR_FILENO), STDERR_FILENO);
	close(out[1]);
}

static const char *heard(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void levels(void **state)
{
	(void)state;
	static const struct {
		int verbose;
		bool quiet;
		const char *says;
	} cases[] = {
		{0, false, "medal-t: error: e 1\nmedal-t: warning: w\n"},
		{1, false, "medal-t: error: e 1\nmedal-t: warning: w\nmedal-t: info: i\n"},
		{2, false, "medal-t: error: e 1\nmedal-t: warning: w\nmedal-t: info: i\nmedal-t: debug: d\n"},
		{0, true, "medal-t: error: e 1\n"},
	};
	mdl_log_init("medal-t");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mdl_log_setup(cases[i].verbose, cases[i].quiet, false);
		listen_from_here();
		mdl_error("e %d", 1);
		mdl_warning("w");
		mdl_info("i");
		mdl_debug("d");
		assert_string_equal(heard(), cases[i].says);
	}
}

static void control_characters_are_shown(void **state)
{
	(void)state;
	mdl_log_setup(0, false, false);
	listen_from_here();
	mdl_error("%s", "a\x1b[2Jb\rc\x7f K\xc3\xb6ln\n  SELECT\n  ^");
	assert_string_equal(heard(), "medal-t: error: a\\x1b[2Jb\\x0dc\\x7f K\xc3\xb6ln\n  SELECT\n  ^\n");
}

static void json_is_json_whatever_the_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *said, *message;
	} cases[] = {
		{"plain", "plain"},
		{"\"quoted\" \\ \n\t\x01", "\"quoted\" \\ \n\t\x01"},
		{"K\xc3\xb6ln \xf0\x9f\x98\x80", "K\xc3\xb6ln \xf0\x9f\x98\x80"},
		{"\xff|\xc3|\xc0\xaf|\xed\xa0\x80|", "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|"
						     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"},
	};
	mdl_log_setup(0, false, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		listen_from_here();
		mdl_warning("%s", cases[i].said);
		const char *line = heard();
		json_error_t e;
		json_t *j = json_loads(line, JSON_DISABLE_EOF_CHECK, &e);
		assert_non_null(j);
		assert_string_equal(json_string_value(json_object_get(j, "message")), cases[i].message);
		assert_string_equal(json_string_value(json_object_get(j, "level")), "warning");
		assert_string_equal(json_string_value(json_object_get(j, "program")), "medal-t");
		assert_int_equal(strlen(json_string_value(json_object_get(j, "ts"))), 24);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		json_decref(j);
	}
	mdl_log_setup(0, false, false);
}

static void long_messages_are_cut_and_stay_one_event(void **state)
{
	(void)state;
	static char longest[20000];
	memset(longest, 'x', sizeof(longest) - 1);
	listen_from_here();
	mdl_error("%s", longest);
	size_t n = strlen(heard());
	assert_true(n > 4096 && n <= sizeof(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(control_characters_are_shown),
		cmocka_unit_test(json_is_json_whatever_the_bytes),
		cmocka_unit_test(long_messages_are_cut_and_stay_one_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
