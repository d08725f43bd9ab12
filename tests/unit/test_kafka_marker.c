/* SPDX-License-Identifier: MIT
 *
 * Is the epoch in the topic? Every pair of marker and plan, decided as medal-kafka(7) says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "base/file.h"
#include "sink/kafka_marker.h"
#include "state/ledger_file.h"

static char dir[32];
static struct mdl_err err;
static struct mdl_begin b;

/* Epoch 8 over base 7, whose ledger says that it went to topic t. */
static int set_up(void **state)
{
	(void)state;
	char *log;
	bool created;
	struct mdl_books books;
	struct mdl_ledger l = {.epoch = 7, .base = 6, .stages = &books, .nstages = 1};

	snprintf(dir, sizeof(dir), "kafka_marker.test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	log = mdl_path_join(dir, "medal/ledger");
	assert_int_equal(mdl_dir_make(log, &err), 0);
	free(log);
	memset(l.run, 'a', MDL_RUN_ID);
	mdl_books_init(&books, "write", false);
	mdl_books_sent(&books, "kafka:t", 3, (struct mdl_sum){1, 2});
	assert_int_equal(mdl_ledger_write(dir, &l, -1, &created, &err), 0);
	mdl_books_free(&books);
	b = (struct mdl_begin){
		.epoch = 8, .base = 7, .checkpoint = dir, .checkpoint_id = (char *)(uintptr_t) "id"};
	memset(b.run, 'b', MDL_RUN_ID);
	return 0;
}

static int tear_down(void **state)
{
	char cmd[128];
	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static void plan(long age)
{
	char path[128];
	struct utimbuf t = {time(NULL) - age, time(NULL) - age};
	assert_int_equal(mdl_kafka_plan_write(&b, "write", mdl_slice_of("{}"), &err), 0);
	snprintf(path, sizeof(path), "%s/medal/plan/8.write", dir);
	assert_int_equal(utime(path, &t), 0);
}

/* 'p': published, 'g': go on and write, 'r': refused. */
static char decide(int64_t marker, int64_t accept, const char *stage)
{
	struct mdl_kafka_marker m = {.epoch = marker, .has_sum = true};
	bool published;
	memset(&err, 0, sizeof(err));
	if (mdl_kafka_marker_decide(&m, &b, stage, "t", accept, &published, &err))
		return 'r';
	return published ? 'p' : 'g';
}

static void marker_says_what_was_published(void **state)
{
	(void)state;
	assert_int_equal(decide(8, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'p');
	assert_int_equal(decide(7, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'g');
	plan(1000000);
	assert_int_equal(decide(8, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'p');
	assert_int_equal(decide(7, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'g');
}

static void missing_marker_matters_only_with_a_plan(void **state)
{
	(void)state;
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'g'); /* forgotten in a quiet week */
	assert_int_equal(decide(3, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'g');
	plan(1);
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'r'); /* the base had one */
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_non_null(strstr(err.msg, "--accept-marker 8"));
	assert_int_equal(decide(3, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'r');
	/* the first epoch of a sink that is new: killed just now, or forgotten long ago? */
	b.base = -1;
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'g');
	plan(1000000);
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'r');
	assert_non_null(strstr(err.msg, "--accept-marker none"));
	assert_int_equal(decide(-1, -1, "write"), 'g');
	assert_int_equal(decide(2000, -1, "write"), 'g'); /* rolled back to the beginning */
}

static void topic_ahead_of_the_checkpoint_is_refused(void **state)
{
	(void)state;
	assert_int_equal(decide(9, MDL_KAFKA_ACCEPT_NOTHING, "write"), 'r');
	assert_non_null(strstr(err.msg, "up to 9"));
	assert_int_equal(decide(9, 7, "write"), 'g');
}

static void user_who_has_looked_decides(void **state)
{
	(void)state;
	plan(1);
	assert_int_equal(decide(-1, 7, "write"), 'g');
	assert_int_equal(decide(-1, 8, "write"), 'p');
	assert_int_equal(decide(-1, 6, "write"), 'r'); /* an old answer */
	assert_int_equal(decide(8, 7, "write"), 'p');  /* nobody was asked */
}

static void branches_have_plans_of_their_own(void **state)
{
	char path[128];
	(void)state;
	assert_int_equal(mdl_kafka_plan_write(&b, "a/write", mdl_slice_of("{}"), &err), 0);
	snprintf(path, sizeof(path), "%s/medal/plan/8.a.write", dir);
	assert_int_equal(access(path, F_OK), 0);
	b.epoch = 9;
	assert_int_equal(mdl_kafka_plan_write(&b, "a/write", mdl_slice_of("{}"), &err), 0);
	assert_int_not_equal(access(path, F_OK), 0); /* committed since */
}

static void renamed_stage_is_noticed(void **state)
{
	(void)state;
	struct mdl_buf text = MDL_BUF_INIT(4096);
	mdl_kafka_marker_format(&text, &b, "t", 3, (struct mdl_sum){1, 2});
	assert_int_equal(mdl_kafka_plan_write(&b, "write", mdl_buf_slice(&text), &err), 0);
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "renamed"), 'r');
	assert_non_null(strstr(err.msg, "the stage 'write' was about to commit it"));
	assert_int_equal(decide(-1, 7, "renamed"), 'g');
	assert_int_equal(decide(7, MDL_KAFKA_ACCEPT_NOTHING, "renamed"),
			 'g'); /* it has sent the base itself */
	b.epoch = 9;
	b.base = 8;
	assert_int_equal(decide(-1, MDL_KAFKA_ACCEPT_NOTHING, "renamed"), 'g');
	mdl_buf_free(&text);
}

static void text_keeps_rows_and_hash(void **state)
{
	struct mdl_buf text = MDL_BUF_INIT(4096);
	struct mdl_kafka_marker m = {0};
	(void)state;
	mdl_kafka_marker_format(&text, &b, "t", 1234567890123456789u, (struct mdl_sum){5, UINT64_MAX});
	mdl_kafka_marker_parse(&m, mdl_buf_slice(&text));
	assert_true(m.has_sum);
	assert_true(m.rows == 1234567890123456789u && m.sum.lo == 5 && m.sum.hi == UINT64_MAX);
	for (size_t n = 0; n < text.n; n++) { /* of another program, or cut */
		mdl_kafka_marker_parse(&m, (struct mdl_slice){text.p, n});
		assert_false(m.has_sum);
	}
	mdl_buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(marker_says_what_was_published, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_marker_matters_only_with_a_plan, set_up, tear_down),
		cmocka_unit_test_setup_teardown(topic_ahead_of_the_checkpoint_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(user_who_has_looked_decides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(branches_have_plans_of_their_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(renamed_stage_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_keeps_rows_and_hash, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
