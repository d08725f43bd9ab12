/* SPDX-License-Identifier: MIT
 *
 * Options: what is accepted, what is refused and in which words. What --help
 * prints is tested through the programs by tests/lint/options.sh and man.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/opt.h"

static struct {
	bool flag;
	int verbose;
	const char *name;
	struct mdl_opt_list list;
	uint64_t count, size, duration;
	int mode;
} v;

static const char *const modes[] = {"permissive", "failfast", NULL};
static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Options", NULL},
	{MDL_OPT_FLAG, 'f', "forever", NULL, &v.flag, "no limit", NULL},
	{MDL_OPT_COUNT, 'v', "verbose", NULL, &v.verbose, "say more", NULL},
	{MDL_OPT_STRING, 'n', "name", "NAME", &v.name, "a name", NULL},
	{MDL_OPT_LIST, 'e', "expect", "EXPR", &v.list, "an expectation", NULL},
	{MDL_OPT_UINT, 'c', "count", "N", &v.count, "how many", NULL},
	{MDL_OPT_SIZE, 0, "size", "N", &v.size, "how large", NULL},
	{MDL_OPT_DURATION, 0, "every", "DURATION", &v.duration, "how often", NULL},
	{MDL_OPT_CHOICE, 0, "mode", "MODE", &v.mode, "how strict", modes},
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};
static struct mdl_command cmd = {"medal-test", "[FILE...]", "Tests.", opts, 0, SIZE_MAX, NULL, false};

static struct mdl_opt_list args;
static struct mdl_err err;

static int parse(int argc, const char **argv)
{
	memset(&v, 0, sizeof(v));
	memset(&err, 0, sizeof(err));
	args.n = 0;
	return mdl_opt_parse(&cmd, argc, (char **)(uintptr_t)argv, &args, &err);
}
#define PARSE(...)                                                                         \
	parse((int)(sizeof((const char *[]){"medal-test", __VA_ARGS__}) / sizeof(char *)), \
	      (const char *[]){"medal-test", __VA_ARGS__})

static void values_reach_their_destinations(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--forever", "--name=x=y", "--expect", "a", "-eb", "-e", "c", "--count", "18",
			       "--size", "4K", "--every", "10 minutes", "--mode", "failfast"),
			 MDL_OPT_RUN);
	assert_true(v.flag);
	assert_string_equal(v.name, "x=y");
	assert_int_equal(v.list.n, 3);
	assert_string_equal(v.list.v[1], "b");
	assert_int_equal(v.count, 18);
	assert_int_equal(v.size, 4096);
	assert_int_equal(v.duration, 600000000);
	assert_int_equal(v.mode, 1);
}

static void letters_bundle_and_the_last_value_counts(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-vvfn", "first", "-nlast"), MDL_OPT_RUN);
	assert_int_equal(v.verbose, 2);
	assert_true(v.flag);
	assert_string_equal(v.name, "last");
}

static void operands_mix_with_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("a", "-f", "-", "--", "-v", "--"), MDL_OPT_RUN);
	assert_true(v.flag);
	assert_int_equal(v.verbose, 0);
	assert_int_equal(args.n, 4);
	assert_string_equal(args.v[1], "-");
	assert_string_equal(args.v[2], "-v");
	assert_string_equal(args.v[3], "--");
}

static void a_command_may_own_what_follows_its_first_operand(void **state)
{
	(void)state;
	cmd.stop_at_operand = true;
	int r = PARSE("-v", "jq", "-c", "--forever");
	cmd.stop_at_operand = false;
	assert_int_equal(r, MDL_OPT_RUN);
	assert_int_equal(v.verbose, 1);
	assert_false(v.flag);
	assert_int_equal(args.n, 3);
	assert_string_equal(args.v[1], "-c");
}

static void refused(int r, const char *message)
{
	assert_int_equal(r, -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_string_equal(err.msg, message);
}
#define TRY "; try 'medal-test --help'"

static void trouble_names_the_option(void **state)
{
	(void)state;
	refused(PARSE("--nosuch"), "unknown option '--nosuch'" TRY);
	refused(PARSE("--fore"), "unknown option '--fore'; did you mean '--forever'?" TRY);
	refused(PARSE("--froever"), "unknown option '--froever'; did you mean '--forever'?" TRY);
	refused(PARSE("--foreverr=1"), "unknown option '--foreverr'; did you mean '--forever'?" TRY);
	refused(PARSE("--"
		      "a-name-of-more-than-64-bytes-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
		"unknown option '--a-name-of-more-than-64-bytes-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" TRY);
	refused(PARSE("-fx"), "unknown option '-x'" TRY);
	refused(PARSE("--forever=1"), "option --forever takes no argument" TRY);
	refused(PARSE("--name"), "option --name needs an argument (NAME)" TRY);
	refused(PARSE("-n"), "option -n needs an argument (NAME)" TRY);
	refused(PARSE("--count", "-1"), "--count: '-1' is no whole number from 0 to 2^63-1" TRY);
	refused(PARSE("-c9223372036854775808"),
		"-c: '9223372036854775808' is no whole number from 0 to 2^63-1" TRY);
	refused(PARSE("--mode=strict"), "--mode: 'strict' is none of permissive, failfast" TRY);
}

static void operands_are_counted(void **state)
{
	(void)state;
	cmd.min_args = 1;
	cmd.max_args = 2;
	int few = PARSE("-f");
	struct mdl_err few_err = err;
	int many = PARSE("a", "b", "c");
	cmd.min_args = 0;
	cmd.max_args = SIZE_MAX;
	refused(many, "unexpected operand 'c'" TRY);
	assert_int_equal(few, -1);
	assert_string_equal(few_err.msg, "an operand is missing: medal-test [FILE...]" TRY);
}

static void sizes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0", 0},
		    {"512", 512},
		    {"1K", 1024},
		    {"1k", 1024},
		    {"3M", 3145728},
		    {"1GiB", 1073741824},
		    {"1KB", 1000},
		    {"2GB", 2000000000},
		    {"1T", 1099511627776},
		    {"9223372036854775807", INT64_MAX}};
	static const char *const bad[] = {"",
					  "K",
					  "-1",
					  "1.5G",
					  "1 K",
					  "1X",
					  "0x10",
					  " 1",
					  "8388608T",
					  "9223372036854775808",
					  "99999999999999999999"};
	uint64_t n;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(mdl_opt_size(good[i].text, "s", &n, &err), 0);
		assert_int_equal(n, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mdl_opt_size(bad[i], "s", &n, &err), -1);
}

static void durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t us;
	} good[] = {{"0s", 0},
		    {"1s", 1000000},
		    {"500ms", 500000},
		    {"10 minutes", 600000000},
		    {"1 MINUTE", 60000000},
		    {"1 hour 30 minutes", 5400000000},
		    {"1h30m", 5400000000},
		    {"2 weeks", 1209600000000},
		    {" 7 us ", 7}};
	static const char *const bad[] = {"",    "10",      "s",      "PT1S", "1.5s",
					  "-1s", "1 month", "1 year", "1s,",  "9223372036854775807s"};
	uint64_t us;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(mdl_opt_duration(good[i].text, "d", &us, &err), 0);
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mdl_opt_duration(bad[i], "d", &us, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_reach_their_destinations),
		cmocka_unit_test(letters_bundle_and_the_last_value_counts),
		cmocka_unit_test(operands_mix_with_options),
		cmocka_unit_test(a_command_may_own_what_follows_its_first_operand),
		cmocka_unit_test(trouble_names_the_option),
		cmocka_unit_test(operands_are_counted),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
