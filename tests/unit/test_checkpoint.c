/* SPDX-License-Identifier: MIT
 *
 * The checkpoint directory: what is made, what recovery finds and refuses (FORMATS A6 and
 * A7), one live source, earlier runs barred, and purging.
 */
#include "table_fixture.h"

#include <ctype.h>
#include <sys/wait.h>

#include "state/checkpoint.h"
#include "state/ledger_file.h"
#include "stream/run.h"

static char told[2000];

static int waited = -1; /* gets a byte when somebody says that it waits, if it is not -1 */

static void notice(const char *text)
{
	snprintf(told, sizeof(told), "%s", text);
	if (waited >= 0 && strstr(text, "waiting for"))
		assert_int_equal(write(waited, "", 1), 1);
}

static struct mdl_checkpoint own(void)
{
	struct mdl_checkpoint ck;
	told[0] = '\0';
	if (mdl_checkpoint_own(&ck, in_scratch("ck"), false, -1, false, notice, &err))
		fail_msg("%s", err.msg);
	return ck;
}

static void offsets(int64_t n, int64_t wm)
{
	char name[64], text[200];
	snprintf(name, sizeof(name), "ck/offsets/%lld", (long long)n);
	snprintf(text, sizeof(text),
		 "v1\n{\"batchWatermarkMs\":%lld,\"batchTimestampMs\":7,\"conf\":{}}\n{\"logOffset\":%lld}",
		 (long long)wm, (long long)n);
	put_file(name, text);
}

static void commit(int64_t n, const char *text)
{
	char name[64];
	snprintf(name, sizeof(name), "ck/commits/%lld", (long long)n);
	put_file(name, text);
}

static const char watermark[] = "v1\n{\"nextBatchWatermarkMs\":55}";

static void folder_is_made_once(void **state)
{
	(void)state;
	struct mdl_checkpoint ck = own();
	const char *m = get_file("ck/metadata");
	assert_non_null(m);
	assert_int_equal(strlen(m), strlen("{\"id\":\"\"}") + 36);
	assert_memory_equal(m, "{\"id\":\"", 7);
	for (int i = 0; i < 36; i++)
		assert_true(i == 8 || i == 13 || i == 18 || i == 23 ? m[7 + i] == '-'
								    : isxdigit((unsigned char)m[7 + i]));
	assert_int_equal(m[7 + 14], '4');
	char id[64];
	snprintf(id, sizeof(id), "%s", ck.id);
	mdl_checkpoint_close(&ck);
	ck = own();
	assert_string_equal(ck.id, id);
	mdl_checkpoint_close(&ck);
	put_file("ck/metadata", "");
	assert_int_equal(mdl_checkpoint_own(&ck, in_scratch("ck"), false, -1, false, notice, &err), -1);
	mdl_checkpoint_close(&ck);
}

/* Recovery of what stands in the folder. */
static int recover(struct mdl_recovery *r)
{
	struct mdl_checkpoint ck = own();
	memset(r, 0, sizeof(*r));
	mdl_err_clear(&err);
	int got = mdl_checkpoint_recover(&ck, r, notice, &err);
	mdl_checkpoint_close(&ck);
	return got;
}

static void found(int64_t last_offsets, int64_t last_commit)
{
	struct mdl_recovery r;
	if (recover(&r))
		fail_msg("refused: %s", err.msg);
	assert_int_equal(r.last_offsets, last_offsets);
	assert_int_equal(r.last_commit, last_commit);
	assert_false(r.decided);
	mdl_recovery_free(&r);
}

static void refused(const char *words)
{
	struct mdl_recovery r;
	assert_int_equal(recover(&r), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
	mdl_recovery_free(&r);
}

static void start_over(void)
{
	char cmd[400];
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'/ck/offsets/* '%s'/ck/commits/* '%s'/ck/medal/ledger/*",
		 scratch, scratch, scratch);
	assert_int_equal(system(cmd), 0);
}

static void recovery_is_sparks(void **state)
{
	(void)state;
	struct mdl_recovery r;
	found(-1, -1);
	offsets(0, 0);
	found(0, -1);
	commit(0, watermark);
	found(0, 0);
	offsets(1, 55);
	assert_int_equal(recover(&r), 0);
	assert_int_equal(r.last_offsets, 1);
	assert_int_equal(r.last_commit, 0);
	assert_int_equal(r.next_watermark_ms, 55);
	assert_int_equal(r.offsets.batch_watermark_ms, 55);
	assert_int_equal(r.previous.batch_watermark_ms, 0);
	assert_string_equal(r.offsets.sources[0], "{\"logOffset\":1}");
	mdl_recovery_free(&r);
	/* names that are no numbers are no entries */
	put_file("ck/offsets/1.tmp", "junk");
	put_file("ck/offsets/.2.x.tmp", "junk");
	put_file("ck/offsets/02", "junk");
	put_file("ck/offsets/.1.crc", "junk");
	found(1, 0);
	commit(1, "v1\n{}");
	found(1, 1);

	start_over(); /* a checkpoint whose old epochs were purged */
	offsets(5, 1);
	offsets(6, 2);
	commit(5, watermark);
	found(6, 5);
}

static void gaps_are_refused(void **state)
{
	(void)state;
	found(-1, -1);
	offsets(5, 0);
	commit(5, watermark);
	refused("offsets/4 is missing");
	start_over();
	offsets(0, 0);
	offsets(1, 0);
	offsets(2, 0);
	commit(0, watermark);
	refused("more than one epoch is in doubt");
	start_over();
	offsets(0, 0);
	commit(0, watermark);
	commit(1, watermark);
	refused("commits/1 has no offsets/1");
}

/* Spark does not sync: after a power cut the newest file may be empty. Nobody was told of it. */
static void torn_newest_is_put_aside(void **state)
{
	(void)state;
	found(-1, -1);
	offsets(0, 0);
	commit(0, watermark);
	offsets(1, 55);
	put_file("ck/offsets/1", "v1\n{\"batchWat");
	put_file("ck/offsets/.1.crc", "crc");
	found(0, 0);
	assert_non_null(strstr(told, "damaged"));
	assert_null(get_file("ck/offsets/1"));
	assert_null(get_file("ck/offsets/.1.crc")); /* else Spark could never write offsets/1 again */
	assert_non_null(get_file("ck/medal/broken/offsets.1"));
	put_file("ck/commits/0", "");
	found(0, -1);
	assert_non_null(get_file("ck/medal/broken/commits.0"));
	/* one that was built upon was acknowledged */
	commit(0, "");
	offsets(1, 55);
	refused("commits/0");
	start_over();
	put_file("ck/offsets/0", "");
	commit(0, watermark);
	refused("offsets/0");
}

static void one_source_lives(void **state)
{
	(void)state;
	int ready[2], go[2];
	char c = 0;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct mdl_checkpoint mine = own();
		struct mdl_err e = MDL_ERR_INIT;
		close(go[1]);
		if (mdl_checkpoint_start_run(&mine, &e) ||
		    write(ready[1], mine.run, MDL_RUN_ID) != MDL_RUN_ID)
			_exit(1);
		_exit(read(go[0], &c, 1) == 0 ? 0 : 1);
	}
	char run[MDL_RUN_ID + 1] = "", path[64], text[32];
	assert_int_equal(read(ready[0], run, MDL_RUN_ID), MDL_RUN_ID);
	struct mdl_checkpoint ck;
	assert_int_equal(mdl_checkpoint_own(&ck, in_scratch("ck"), false, -1, false, notice, &err), -1);
	assert_int_equal(err.status, MDL_RETRY);
	snprintf(text, sizeof(text), "pid %d", (int)pid);
	assert_non_null(strstr(err.msg, text));
	mdl_checkpoint_close(&ck);

	/* a stage that holds the run is waited for, and cannot join once it is over */
	struct mdl_err e = MDL_ERR_INIT;
	int fd = mdl_run_hold(in_scratch("ck"), run, &e);
	assert_true(fd >= 0);
	assert_int_equal(mdl_run_claim(in_scratch("ck"), run, "dedupe", &e), 0);
	assert_int_equal(mdl_run_claim(in_scratch("ck"), run, "dedupe", &e), -1);
	mdl_err_clear(&e);
	assert_int_equal(mdl_run_claim(in_scratch("ck"), run, "../x", &e), -1);
	close(go[1]);
	close(go[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	int told_to_wait[2];
	assert_int_equal(pipe(told_to_wait), 0);
	pid_t holder = fork();
	if (holder == 0) {
		/* lets go of the shared lock, the last but ours, once the other says that it waits for it */
		_exit(read(told_to_wait[0], &c, 1) == 1 ? 0 : 1);
	}
	close(fd);
	waited = told_to_wait[1];
	ck = own();
	waited = -1;
	int status = -1;
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(status, 0);
	close(told_to_wait[0]);
	close(told_to_wait[1]);
	assert_non_null(strstr(told, "waiting for an earlier run"));
	snprintf(path, sizeof(path), "ck/medal/run/%s", run);
	assert_null(get_file(path));
	mdl_err_clear(&e);
	assert_int_equal(mdl_run_hold(in_scratch("ck"), run, &e), -1);
	assert_int_equal(e.status, MDL_RETRY);
	mdl_checkpoint_close(&ck);
	close(ready[0]);
	close(ready[1]);
}

static void another_engine_is_noticed(void **state)
{
	(void)state;
	struct mdl_checkpoint ck = own();
	char *sources[] = {NULL};
	struct mdl_offsets o = {.sources = sources, .nsources = 1};
	bool created;
	int64_t wm = 0;
	assert_int_equal(mdl_checkpoint_write_offsets(&ck, 0, &o, &err), 0);
	assert_int_equal(mdl_checkpoint_write_offsets(&ck, 0, &o, &err), -1);
	assert_non_null(strstr(err.msg, "another engine"));
	mdl_err_clear(&err);
	assert_int_equal(mdl_checkpoint_committed(&ck, 0, &wm, &err), 0);
	assert_int_equal(mdl_checkpoint_write_commit(&ck, 0, 55, &created, &err), 0);
	assert_true(created);
	assert_int_equal(mdl_checkpoint_write_commit(&ck, 0, 66, &created, &err), 0);
	assert_false(created);
	assert_int_equal(mdl_checkpoint_committed(&ck, 0, &wm, &err), 1);
	assert_int_equal(wm, 55);
	mdl_checkpoint_close(&ck);
}

static void purge_keeps_what_recovery_needs(void **state)
{
	(void)state;
	struct mdl_checkpoint ck = own();
	for (int64_t n = 0; n < 20; n++) {
		offsets(n, n);
		commit(n, watermark);
	}
	put_file("ck/offsets/.3.crc", "crc");
	assert_int_equal(mdl_checkpoint_purge(&ck, 19, 5, &err), 0);
	assert_null(get_file("ck/offsets/13"));
	assert_null(get_file("ck/offsets/.3.crc"));
	assert_non_null(get_file("ck/offsets/14"));
	assert_non_null(get_file("ck/commits/14"));
	assert_int_equal(mdl_checkpoint_purge(&ck, 19, 0, &err), 0);
	assert_null(get_file("ck/offsets/16"));
	assert_non_null(get_file("ck/offsets/17"));
	mdl_checkpoint_close(&ck);
	found(19, 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(folder_is_made_once, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(recovery_is_sparks, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(gaps_are_refused, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(torn_newest_is_put_aside, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(one_source_lives, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(another_engine_is_noticed, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(purge_keeps_what_recovery_needs, make_scratch,
						remove_scratch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
