/* SPDX-License-Identifier: MIT
 *
 * medal-checkpoint: the tail of a pipeline (commit), and what a person asks a checkpoint
 * (show, verify). See medal-checkpoint(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/main.h"
#include "base/near.h"
#include "base/opt.h"
#include "source/import.h"
#include "source/kafka_lag.h"
#include "source/kafka_merge.h"
#include "source/replay.h"
#include "state/backup.h"
#include "state/checkpoint_diff.h"
#include "state/checkpoint_show.h"
#include "state/epoch_log.h"
#include "table/commit.h"
#include "table/fsck.h"
#include "table/gc.h"
#include "table/handoff.h"
#include "table/merge.h"
#include "table/rollback.h"
#include "table/verify.h"

/* What goes to standard output. */
static struct mdl_buf answer = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

static struct mdl_log_options logging;
static uint64_t retain = 100, last_epochs = 20;
static bool json, tables, summary, cascade, keep_published, wait_for_run, force, drop_state, repair;
static bool compact, no_compact, no_stream_readers;
static uint64_t replay_epoch = UINT64_MAX, older_than_us = UINT64_MAX, keep_epochs = MDL_MERGE_KEEP_ALL;
static const char *progress_log, *metrics;
static const char *branch, *to_epoch, *moved, *renumber, *merge;

static struct mdl_kafka_lag_opts lag = {
	.max_records = UINT64_MAX, .max_age_us = UINT64_MAX, .timeout_us = 30000000};

static struct mdl_import_opts import;
static int import_doubt;
static const char *const import_doubts[] = {"refuse", "again", "done", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "commit:", NULL},
	{MDL_OPT_UINT, 0, "retain", "N", &retain, "epochs that the checkpoint keeps (default: 100)", NULL},
	{MDL_OPT_STRING, 0, "progress-log", "FILE", &progress_log,
	 "append a line of Spark's StreamingQueryProgress for each epoch", NULL},
	{MDL_OPT_STRING, 0, "metrics", "FILE", &metrics, "keep a Prometheus text file there", NULL},
	{MDL_OPT_FLAG, 0, "compact", NULL, &compact,
	 "merge small files of the tables in the background; no Spark query may stream from them", NULL},
	{MDL_OPT_FLAG, 0, "no-compact", NULL, &no_compact, "do not, and do not tell that it would be good to",
	 NULL},
	{MDL_OPT_STRING, 0, "branch", "NAME", &branch, "this tail alone is a branch that the source declared",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "show:", NULL},
	{MDL_OPT_FLAG, 'j', "json", NULL, &json, "one JSON object an epoch; of lag, a partition", NULL},
	{MDL_OPT_UINT, 'n', "last", "N", &last_epochs, "show the last N epochs (default: 20; 0: all)", NULL},
	{MDL_OPT_FLAG, 's', "summary", NULL, &summary, "the books of all epochs that are kept, added up",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "lag (-b, -X and -F serve replay, too):", NULL},
	{MDL_OPT_UINT, 0, "max", "N", &lag.max_records, "status 1 when all is more than N records behind",
	 NULL},
	{MDL_OPT_DURATION, 0, "max-age", "DURATION", &lag.max_age_us,
	 "status 1 when the oldest record that is not committed is older", NULL},
	MDL_OPT_KAFKA(&lag.cli),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "verify:", NULL},
	{MDL_OPT_FLAG, 0, "tables", NULL, &tables, "read the tables again and recount them", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "rollback:", NULL},
	{MDL_OPT_STRING, 0, "to", "N", &to_epoch, "the epoch that stays the last one; none: no epoch stays",
	 NULL},
	{MDL_OPT_FLAG, 0, "cascade", NULL, &cascade, "roll back the checkpoints that read the tables, too",
	 NULL},
	{MDL_OPT_FLAG, 0, "keep-published", NULL, &keep_published,
	 "rows of later epochs that are in a Kafka topic stay there", NULL},
	{MDL_OPT_FLAG, 0, "wait", NULL, &wait_for_run,
	 "wait for a run that uses a checkpoint instead of refusing; of handoff, too", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "restore:", NULL},
	{MDL_OPT_FLAG, 0, "force", NULL, &force, "a directory that is not empty is moved aside", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "handoff (with --to spark):", NULL},
	{MDL_OPT_FLAG, 0, "drop-state", NULL, &drop_state, "what stages know and hold stays behind", NULL},
	{MDL_OPT_STRING, 0, "merge", "NEWDIR", &merge,
	 "without --to: shards of Kafka topics become this checkpoint", NULL},
	{MDL_OPT_STRING, 0, "renumber", "NEWDIR", &renumber,
	 "for another sink: a new checkpoint there, with a new id, that begins after the last epoch", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "fsck:", NULL},
	{MDL_OPT_FLAG, 0, "repair", NULL, &repair, "mend what is proved; the rest is only said", NULL},
	{MDL_OPT_STRING, 0, "moved", "TABLE", &moved,
	 "write the paths in a moved table's log anew, for Spark", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "import:", NULL},
	{MDL_OPT_STRING, 0, "spark", "CHECKPOINT", &import.spark, "begin after what it has committed", NULL},
	{MDL_OPT_UINT, 0, "source", "N", &import.source, "which of its sources (default: 0)", NULL},
	{MDL_OPT_CHOICE, 0, "in-doubt", "again|done", &import_doubt,
	 "what its batch is that is planned and not committed", import_doubts},
	{MDL_OPT_STRING, 0, "offsets", "JSON", &import.offsets, "begin at these offsets of Kafka's", NULL},
	{MDL_OPT_STRING, 0, "table", "DIR", &import.table, "its files are the history, its log goes on",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "compact:", NULL},
	{MDL_OPT_UINT, 0, "keep", "N", &keep_epochs,
	 "keep what a rollback to the newest N epochs needs (default: to all that are there)", NULL},
	{MDL_OPT_FLAG, 0, "no-stream-readers", NULL, &no_stream_readers,
	 "the Spark query that streamed from the table will not run again", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "compact, gc, replay:", NULL},
	{MDL_OPT_DURATION, 0, "older-than", "DURATION", &older_than_us,
	 "remove what was replaced (compact, default: 10 minutes) or put aside as damaged (gc, 30 days) so long ago",
	 NULL},
	{MDL_OPT_UINT, 0, "epoch", "N", &replay_epoch, "replay: the epoch", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "General:", NULL},
	MDL_OPT_LOGGING(&logging),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-checkpoint",
	.usage =
		"commit [OPTION...]\nshow [OPTION...] DIR\nlag [OPTION...] DIR\nverify [OPTION...] DIR\n"
		"rollback --to N [OPTION...] DIR\nbackup FILE.tar.zst DIR\nrestore [OPTION...] FILE.tar.zst DIR\n"
		"handoff --to spark [OPTION...] DIR\nhandoff --merge NEWDIR DIR...\nfsck [OPTION...] DIR\nfsck --moved TABLE\n"
		"import [OPTION...] DIR\ncompact [OPTION...] TABLE\ngc [OPTION...] DIR\ndiff DIR1 DIR2\nreplay --epoch N DIR",
	.summary = "Commit the epochs of a pipeline at its tail; show and prove a checkpoint.",
	.opts = opts,
	.min_args = 1,
	.max_args = 1000,
};

/* ---- commit ---- */

static void notice(const char *text)
{
	mdl_warning("%s", text);
}

static void committed(const struct mdl_ledger *l, const struct mdl_kafka_state *k)
{
	const struct mdl_books *first = l->nstages ? &l->stages[0] : NULL;
	uint64_t all, most;
	mdl_kafka_state_behind(k, &all, &most);
	if (k->n)
		mdl_info("epoch %" PRId64 " committed, %" PRIu64 " rows in, %" PRIu64
			 " records behind the topics",
			 l->epoch, first ? first->in : 0, all);
	else
		mdl_info("epoch %" PRId64 " committed, %" PRIu64 " rows in", l->epoch, first ? first->in : 0);
}

static int do_commit(struct mdl_err *err, int *sig)
{
	struct mdl_commit_opts o = {.in_fd = STDIN_FILENO,
				    .branch = branch,
				    .progress_log = progress_log,
				    .metrics = metrics,
				    .retain = retain,
				    .merge = no_compact ? MDL_AUTO_MERGE_OFF
					     : compact  ? MDL_AUTO_MERGE_ON
							: MDL_AUTO_MERGE_TELL,
				    .notice = notice,
				    .committed = committed};
	return mdl_commit_run(&o, sig, err);
}

/* ---- show ---- */

static int do_show(char *const *args, struct mdl_err *err)
{
	const struct mdl_checkpoint_show_opts o = {.json = json, .summary = summary, .last = last_epochs};
	return mdl_checkpoint_show(args[0], &o, &answer, err);
}

/* ---- lag ---- */

static int do_lag(char *const *args, struct mdl_err *err)
{
	struct mdl_buf report = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool over;
	lag.json = json;
	int r = mdl_kafka_lag(args[0], &lag, &report, &over, err);
	if (!r)
		mdl_buf_puts_slice(&answer, mdl_buf_slice(&report));
	mdl_buf_free(&report);
	if (!r && over)
		err->status = MDL_NO;
	return r;
}

/* ---- verify ---- */

static void finding(const char *text)
{
	mdl_buf_printf(&answer, "%s\n", text);
}

static int do_verify(char *const *args, struct mdl_err *err)
{
	struct mdl_verify_opts o = {.tables = tables, .finding = finding};
	struct mdl_verify_result res;
	if (mdl_verify_checkpoint(args[0], &o, &res, err))
		return -1;
	mdl_buf_printf(&answer,
		       "%" PRIu64 " epochs, %" PRIu64 " rows in, %" PRIu64 " rows in tables, %" PRIu64
		       " files%s: ",
		       res.epochs, res.rows_in, res.rows_out, res.files, tables ? " recounted" : "");
	if (res.findings)
		mdl_buf_printf(&answer, "%" PRIu64 " findings\n", res.findings);
	else
		mdl_buf_printf(&answer, "the books balance\n");
	if (res.unproved)
		mdl_buf_printf(&answer,
			       "%" PRIu64 " epochs are unproved: they were committed by another engine\n",
			       res.unproved);
	if (res.findings)
		err->status = MDL_NO;
	return 0;
}

/* ---- rollback ---- */

static void rolled_back(const char *dir, int64_t from, int64_t to)
{
	if (from == to)
		mdl_buf_printf(&answer, "%s is at epoch %" PRId64 " already\n", dir, to);
	else if (to < 0)
		mdl_buf_printf(&answer, "%s rolled back from epoch %" PRId64 " to its beginning\n", dir,
			       from);
	else
		mdl_buf_printf(&answer, "%s rolled back from epoch %" PRId64 " to epoch %" PRId64 "\n", dir,
			       from, to);
}

static int do_rollback(char *const *args, struct mdl_err *err)
{
	struct mdl_rollback_opts o = {.cascade = cascade,
				      .keep_published = keep_published,
				      .wait = wait_for_run,
				      .notice = notice,
				      .done = rolled_back};
	if (!to_epoch)
		return mdl_err_set(err, MDL_TROUBLE,
				   "rollback needs --to N, the epoch that stays the last one");
	o.to = strcmp(to_epoch, "none") == 0 ? -1 : mdl_epoch_of_name(to_epoch);
	if (o.to < 0 && strcmp(to_epoch, "none") != 0)
		return mdl_err_set(err, MDL_TROUBLE, "option --to: '%s' is no epoch's number, nor 'none'",
				   to_epoch);
	return mdl_rollback_run(args[0], &o, err);
}

/* ---- backup, restore ---- */

static void tell_spooled(const struct mdl_backup_result *res)
{
	if (res->spooled)
		mdl_warning(
			"this pipeline reads its standard input, which is kept nowhere: what came after epoch %" PRId64
			" must be fed to a restored one again",
			res->epoch);
}

static int do_backup(char *const *args, struct mdl_err *err)
{
	struct mdl_backup_result res;
	if (mdl_backup_write(args[1], args[0], &res, err))
		return -1;
	tell_spooled(&res);
	mdl_buf_printf(&answer, "%s is %s at epoch %" PRId64 ": %" PRIu64 " files, %" PRIu64 " bytes\n",
		       args[0], args[1], res.epoch, res.files, res.bytes);
	return 0;
}

static int do_restore(char *const *args, struct mdl_err *err)
{
	struct mdl_restore_opts o = {.force = force, .notice = notice};
	struct mdl_backup_result res;
	if (mdl_backup_restore(args[0], args[1], &o, &res, err))
		return -1;
	tell_spooled(&res);
	mdl_buf_printf(&answer,
		       "%s is restored at epoch %" PRId64 ": %" PRIu64 " files, all checksums are right\n",
		       args[1], res.epoch, res.files);
	return 0;
}

/* ---- handoff ---- */

static int do_handoff(char *const *args, struct mdl_err *err)
{
	struct mdl_handoff_opts o = {
		.drop_state = drop_state, .renumber = renumber, .wait = wait_for_run, .notice = notice};
	struct mdl_buf report = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (!to_epoch || strcmp(to_epoch, "spark") != 0)
		return mdl_err_set(err, MDL_TROUBLE, "handoff needs --to spark");
	int r = mdl_handoff_spark(args[0], &o, &report, err);
	if (!r)
		mdl_buf_puts_slice(&answer, mdl_buf_slice(&report));
	mdl_buf_free(&report);
	return r;
}

static int do_merge(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct mdl_buf report = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int r = mdl_kafka_merge(merge, args->v + 1, args->n - 1, &report, notice, err);
	if (!r)
		mdl_buf_puts_slice(&answer, mdl_buf_slice(&report));
	mdl_buf_free(&report);
	return r;
}

/* ---- fsck ---- */

static void fsck_finding(enum mdl_fsck_grade grade, const char *what, const char *remedy)
{
	static const char *const grades[] = {"note", "wrong", "mended"};
	mdl_buf_printf(&answer, "%s: %s.\n    %s.\n", grades[grade], what, remedy);
}

static int do_fsck(char *const *args, struct mdl_err *err)
{
	struct mdl_fsck_opts o = {.repair = repair, .finding = fsck_finding, .notice = notice};
	struct mdl_fsck_result res;
	if (mdl_fsck_checkpoint(args[0], &o, &res, err))
		return -1;
	if (!res.wrong && !res.mended && !res.notes)
		mdl_buf_printf(&answer, "nothing is wrong\n");
	else
		mdl_buf_printf(&answer, "%" PRIu64 " wrong, %" PRIu64 " mended, %" PRIu64 " notes\n",
			       res.wrong, res.mended, res.notes);
	if (res.wrong)
		err->status = MDL_NO;
	return 0;
}

static int do_moved(struct mdl_err *err)
{
	uint64_t lines, files;
	if (mdl_fsck_moved(moved, &lines, &files, err))
		return -1;
	mdl_buf_printf(&answer, "%" PRIu64 " paths in %" PRIu64 " log entries are written anew\n", lines,
		       files);
	return 0;
}

/* ---- import ---- */

static int do_import(char *const *args, struct mdl_err *err)
{
	struct mdl_buf report = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	import.doubt = (enum mdl_import_doubt)import_doubt;
	import.notice = notice;
	int r = mdl_import_checkpoint(args[0], &import, &report, err);
	if (!r)
		mdl_buf_puts_slice(&answer, mdl_buf_slice(&report));
	mdl_buf_free(&report);
	return r;
}

/* ---- compact ---- */

static int do_compact(char *const *args, struct mdl_err *err)
{
	struct mdl_merge_opts o = {
		.limit = {.keep = keep_epochs, .no_stream_readers = no_stream_readers, .notice = notice},
		.older_than_us = older_than_us == UINT64_MAX ? MDL_MERGE_OLDER_THAN_US : older_than_us};
	struct mdl_merge_result res;
	if (mdl_merge_run(args[0], &o, &res, err))
		return -1;
	if (res.files)
		mdl_buf_printf(&answer,
			       "%s: %" PRIu64 " files of epochs %" PRId64 " to %" PRId64 " are now %" PRIu64
			       " (%" PRIu64 " rows, %" PRIu64 " bytes)\n",
			       args[0], res.files, res.first, res.last, res.merged, res.rows, res.bytes);
	else
		mdl_buf_printf(&answer, "%s: nothing to merge%s%s\n", args[0], res.why ? ": " : "",
			       res.why ? res.why : "");
	if (res.removed)
		mdl_buf_printf(&answer, "%s: %" PRIu64 " replaced files are removed\n", args[0], res.removed);
	if (res.waiting)
		mdl_buf_printf(
			&answer,
			"%s: %" PRIu64
			" replaced files stay for those who read them now; a later compact removes them\n",
			args[0], res.waiting);
	free(res.why);
	return 0;
}

/* ---- gc, diff, replay ---- */

static int do_gc(char *const *args, struct mdl_err *err)
{
	struct mdl_gc_opts o = {.older_than_us = older_than_us == UINT64_MAX ? UINT64_C(30) * 86400 * 1000000
									     : older_than_us,
				.notice = notice};
	struct mdl_gc_result res;
	if (mdl_gc_run(args[0], &o, &res, err))
		return -1;
	mdl_buf_printf(&answer,
		       "removed %" PRIu64 " state files, %" PRIu64 " hidden files of dead runs, %" PRIu64
		       " temporary files, %" PRIu64 " damaged ones: %" PRIu64
		       " bytes without the hidden ones\n",
		       res.state, res.hidden, res.temporary, res.broken, res.bytes);
	return 0;
}

static int do_diff(char *const *args, struct mdl_err *err)
{
	uint64_t n;
	if (mdl_checkpoint_diff(args[0], args[1], finding, &n, err))
		return -1;
	if (n)
		err->status = MDL_NO;
	return 0;
}

static int do_replay(char *const *args, struct mdl_err *err)
{
	uint64_t rows;
	int64_t booked;
	if (replay_epoch > INT64_MAX)
		return mdl_err_set(err, MDL_TROUBLE, "replay needs --epoch N");
	if (mdl_replay_epoch(args[0], (int64_t)replay_epoch, &lag.cli, STDOUT_FILENO, &rows, &booked, err))
		return -1;
	if (booked >= 0 && (uint64_t)booked != rows)
		mdl_warning("%" PRIu64 " records were read, but the epoch's ledger says %" PRId64
			    ": the files have changed, or were ingested with other options",
			    rows, booked);
	return 0;
}

/* ---- all ---- */

struct action {
	const char *name;
	size_t nargs;
	const char *wants;
	int (*run)(char *const *args, struct mdl_err *err);
};

static const char dir_wanted[] = "needs the checkpoint's directory";

static const struct action actions[] = {
	{"show", 1, dir_wanted, do_show},
	{"lag", 1, dir_wanted, do_lag},
	{"verify", 1, dir_wanted, do_verify},
	{"rollback", 1, dir_wanted, do_rollback},
	{"backup", 2, "needs the backup's file and the checkpoint's directory", do_backup},
	{"fsck", 1, "needs the checkpoint's directory, or --moved TABLE", do_fsck},
	{"restore", 2, "needs the backup's file and a directory for the checkpoint", do_restore},
	{"handoff", 1, dir_wanted, do_handoff},
	{"import", 1, "needs the directory of the new checkpoint", do_import},
	{"compact", 1, "needs the table's directory", do_compact},
	{"gc", 1, dir_wanted, do_gc},
	{"diff", 2, "needs the directories of two checkpoints", do_diff},
	{"replay", 1, dir_wanted, do_replay},
};

/* The answer goes out, whatever the status. No stdio: that takes a pipe that does not block for one that is broken. */
static int answered(struct mdl_err *err)
{
	if (mdl_write_all(STDOUT_FILENO, answer.p, answer.n) &&
	    (err->status == MDL_OK || err->status == MDL_NO))
		mdl_err_sys(err, "writing to standard output");
	mdl_buf_free(&answer);
	return (int)err->status;
}

/* Is NAME one of the WORDS? */
static bool is_among(const char *name, const char *words)
{
	size_t n = strlen(name);
	for (const char *p = words; (p = strstr(p, name)); p += n)
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* An option of another action would do nothing. */
static int check_options(const char *what, struct mdl_err *err)
{
	const struct {
		const char *option;
		bool given;
		const char *serves;
	} all[] = {
		{"progress-log", progress_log, "commit"},
		{"metrics", metrics, "commit"},
		{"compact", compact, "commit"},
		{"no-compact", no_compact, "commit"},
		{"branch", branch, "commit"},
		{"json", json, "show lag"},
		{"summary", summary, "show"},
		{"max", lag.max_records != UINT64_MAX, "lag"},
		{"max-age", lag.max_age_us != UINT64_MAX, "lag"},
		{"brokers", lag.cli.brokers, "lag replay"},
		{"property", lag.cli.props.n, "lag replay"},
		{"config", lag.cli.file, "lag replay"},
		{"tables", tables, "verify"},
		{"to", to_epoch, "rollback handoff"},
		{"cascade", cascade, "rollback"},
		{"keep-published", keep_published, "rollback"},
		{"wait", wait_for_run, "rollback handoff"},
		{"force", force, "restore"},
		{"drop-state", drop_state, "handoff"},
		{"merge", merge, "handoff"},
		{"renumber", renumber, "handoff"},
		{"repair", repair, "fsck"},
		{"moved", moved, "fsck"},
		{"spark", import.spark, "import"},
		{"source", import.source, "import"},
		{"in-doubt", import_doubt, "import"},
		{"offsets", import.offsets, "import"},
		{"table", import.table, "import"},
		{"keep", keep_epochs != MDL_MERGE_KEEP_ALL, "compact"},
		{"no-stream-readers", no_stream_readers, "compact"},
		{"older-than", older_than_us != UINT64_MAX, "compact gc"},
		{"epoch", replay_epoch != UINT64_MAX, "replay"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].given && !is_among(what, all[i].serves))
			return mdl_err_set(err, MDL_TROUBLE,
					   "option --%s does nothing for '%s'; it is for: %s", all[i].option,
					   what, all[i].serves);
	if (compact && no_compact)
		return mdl_err_set(err, MDL_TROUBLE, "--compact and --no-compact exclude each other");
	return 0;
}

/* NULL for commit, and for what is none. */
static const struct action *action_of(const char *what)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(what, actions[i].name) == 0)
			return &actions[i];
	return NULL;
}

static int unknown_action(const char *what, struct mdl_err *err)
{
	struct mdl_near near;
	mdl_near_init(&near, mdl_slice_of(what));
	mdl_near_try(&near, "commit");
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		mdl_near_try(&near, actions[i].name);
	mdl_err_set(err, MDL_TROUBLE, "there is no '%s'%s%s%s; try 'medal-checkpoint --help'", what,
		    near.best ? "; did you mean '" : "", near.best ? near.best : "", near.best ? "'?" : "");
	return (int)err->status;
}

static int run(const struct mdl_opt_list *args, int *sig, struct mdl_err *err)
{
	const char *what = args->v[0];
	const struct action *a = action_of(what);
	if (!a && strcmp(what, "commit") != 0)
		return unknown_action(what, err);
	if (check_options(what, err))
		return (int)err->status;
	if (!a) {
		if (args->n == 1)
			return do_commit(err, sig);
		mdl_err_set(err, MDL_TROUBLE,
			    "commit takes no directory: it learns the checkpoint from the stream");
		return (int)err->status;
	}
	if (strcmp(what, "fsck") == 0 && moved && args->n == 1) {
		do_moved(err);
		return answered(err);
	}
	if (strcmp(what, "handoff") == 0 && merge && args->n > 1) {
		do_merge(args, err);
		return answered(err);
	}
	if (args->n != a->nargs + 1)
		mdl_err_set(err, MDL_TROUBLE, "'%s' %s; try 'medal-checkpoint --help'", what, a->wants);
	else
		a->run((char *const *)(uintptr_t)(args->v + 1), err);
	return answered(err);
}

int main(int argc, char **argv)
{
	return mdl_main_run(&command, &logging, argc, argv, run);
}
