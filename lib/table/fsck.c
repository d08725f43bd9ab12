/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a checkpoint: see fsck.h. The order of the looks is that of the
 * repairs: what a later one trusts was looked at by an earlier one.
 */
#include "table/fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/kafka_state.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/spool_state.h"
#include "table/commit.h"
#include "table/fsck_table.h"
#include "table/rollback.h"
#include "json/doc.h"

struct fsck {
	struct mdl_fsck_report r;
	struct mdl_checkpoint ck; /* ck.dir; owned when repairing */
	struct mdl_epoch_list offsets, commits, ledgers;
	int64_t last_offsets, last_commit;
	bool intent;
};

void mdl_fsck_say(struct mdl_fsck_report *r, enum mdl_fsck_grade grade, const char *remedy, const char *fmt,
		  ...)
{
	char *text;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (grade == MDL_FSCK_NOTE)
		r->res->notes++;
	else if (grade == MDL_FSCK_WRONG)
		r->res->wrong++;
	else
		r->res->mended++;
	if (text)
		r->o->finding(grade, text, remedy);
	free(text);
}

bool mdl_fsck_say_newer(struct mdl_fsck_report *r, const struct mdl_err *why)
{
	if (why->newer)
		mdl_fsck_say(r, MDL_FSCK_WRONG, "this one neither judges nor mends it", "%s", why->msg);
	return why->newer;
}

#define say mdl_fsck_say
#define BACKUP "restore the checkpoint and its tables from one backup ('medal-checkpoint restore')"

static bool in_list(const struct mdl_epoch_list *l, int64_t n)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == n)
			return true;
	return false;
}

static int list(struct fsck *f, const char *log, struct mdl_epoch_list *l, struct mdl_err *err)
{
	char *dir = mdl_path_join(f->ck.dir, log);
	mdl_epoch_list_free(l);
	int r = mdl_epoch_log_list(dir, l, err);
	free(dir);
	return r;
}

static int list_all(struct fsck *f, struct mdl_err *err)
{
	if (list(f, "offsets", &f->offsets, err) || list(f, "commits", &f->commits, err) ||
	    list(f, "medal/ledger", &f->ledgers, err))
		return -1;
	f->last_offsets = mdl_epoch_list_last(&f->offsets);
	f->last_commit = mdl_epoch_list_last(&f->commits);
	return 0;
}

/* ---- metadata ---- */

/* The id that the newest ledger's tables name as their owner's: "<id>/<stage>". */
static bool id_of_ledgers(const char *dir, char id[64])
{
	struct mdl_epoch_list l;
	struct mdl_err ignored = MDL_ERR_INIT;
	char *path = mdl_path_join(dir, "medal/ledger");
	bool found = false;
	if (mdl_epoch_log_list(path, &l, &ignored) == 0)
		for (size_t i = l.n; !found && i-- > 0;) {
			struct mdl_ledger g;
			if (mdl_ledger_read(dir, l.v[i], &g, &ignored))
				continue;
			for (size_t s = 0; !found && s < g.nstages; s++)
				if (g.stages[s].ntables) {
					const char *owner = g.stages[s].tables[0].owner;
					size_t n = strcspn(owner, "/");
					found = n > 0 && n < 64;
					snprintf(id, 64, "%.*s", (int)n, owner);
				}
			mdl_ledger_free(&g);
		}
	mdl_epoch_list_free(&l);
	free(path);
	return found;
}

static bool is_checkpoint(const char *dir)
{
	char *offsets = mdl_path_join(dir, "offsets"), *medal = mdl_path_join(dir, "medal");
	bool is = access(offsets, F_OK) == 0 || access(medal, F_OK) == 0;
	free(medal);
	free(offsets);
	return is;
}

/* Without an id there is nothing to own: so this is looked at, and mended, before all else. */
static int check_metadata(struct mdl_fsck_report *r, const char *dir, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_err why = MDL_ERR_INIT;
	char id[64], text[128];
	if (mdl_checkpoint_open(&ck, dir, &why) == 0) {
		mdl_checkpoint_close(&ck);
		return 0;
	}
	char *real = mdl_path_real(dir, err);
	if (!real || !is_checkpoint(real)) {
		free(real);
		*err = why;
		return -1;
	}
	bool known = id_of_ledgers(real, id);
	int res = 0;
	snprintf(text, sizeof(text), "{\"id\":\"%s\"}", known ? id : "");
	if (known && r->o->repair) {
		res = mdl_file_replace(real, "metadata", mdl_slice_of(text), err);
		if (!res)
			say(r, MDL_FSCK_MENDED, "its id was written again as the ledgers name it",
			    "metadata is missing or damaged (%s)", why.msg);
	} else {
		say(r, MDL_FSCK_WRONG,
		    known ? "--repair writes it again, with the id that the ledgers name"
			  : "restore it from a backup; a new id would be a stranger to the tables",
		    "metadata is missing or damaged (%s)", why.msg);
		res = 1;
	}
	free(real);
	return res;
}

/* ---- offsets and commits ---- */

static int read_entry(struct fsck *f, const char *log, int64_t n, struct mdl_err *why)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	char *dir = mdl_path_join(f->ck.dir, log), *name = mdl_asprintf("%s/%" PRId64, log, n);
	struct mdl_offsets o = {0};
	int64_t wm;
	int r = mdl_epoch_log_read(dir, n, &text, why);
	if (r == 0 && log[0] == 'o') {
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, &o, why);
		mdl_offsets_free(&o);
	} else if (r == 0) {
		r = mdl_commit_parse(mdl_buf_slice(&text), name, &wm, why);
	}
	mdl_buf_free(&text);
	free(name);
	free(dir);
	return r;
}

static int put_aside(struct fsck *f, const char *log, int64_t n, struct mdl_err *err)
{
	char *broken = mdl_path_join(f->ck.dir, "medal/broken"), *dir = mdl_path_join(f->ck.dir, log);
	char *from = mdl_asprintf("%s/%" PRId64, dir, n), *name = mdl_strdup(log);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	char *to = mdl_asprintf("%s/%s.%" PRId64, broken, name, n);
	int r = mdl_dir_make(broken, err);
	if (!r && rename(from, to))
		r = mdl_err_sys(err, "moving %s", from);
	if (!r)
		r = mdl_epoch_log_remove(dir, n, err) < 0 || mdl_dir_sync(dir, err) ||
				    mdl_dir_sync(broken, err)
			    ? -1
			    : 0;
	free(to);
	free(name);
	free(from);
	free(dir);
	free(broken);
	return r;
}

/* commits/N can be told from ledger/N: offsets/N+1 stands, so it was there and was seen. */
static int commit_again(struct fsck *f, int64_t n, bool damaged, const char *why, struct mdl_err *err)
{
	struct mdl_ledger l;
	struct mdl_err unread = MDL_ERR_INIT;
	bool created;
	int got = mdl_ledger_read(f->ck.dir, n, &l, &unread);
	if (got < 0 && mdl_fsck_say_newer(&f->r, &unread))
		return 0;
	if (got) {
		say(&f->r, MDL_FSCK_WRONG, BACKUP, "commits/%" PRId64 " %s", n, why);
		return 0;
	}
	int64_t wm = l.next_watermark_ms;
	mdl_ledger_free(&l);
	if (!f->r.o->repair) {
		say(&f->r, MDL_FSCK_WRONG, "--repair writes it again from the epoch's ledger",
		    "commits/%" PRId64 " %s", n, why);
		return 0;
	}
	if (damaged && put_aside(f, "commits", n, err))
		return -1;
	if (mdl_checkpoint_write_commit(&f->ck, n, wm, &created, err))
		return -1;
	say(&f->r, MDL_FSCK_MENDED, "it was written again from the epoch's ledger", "commits/%" PRId64 " %s",
	    n, why);
	return 0;
}

static int check_commits(struct fsck *f, struct mdl_err *err)
{
	int64_t first = f->commits.n ? f->commits.v[0] : f->offsets.n ? f->offsets.v[0] : 0;
	int64_t end = f->last_offsets - 1 > f->last_commit ? f->last_offsets - 1 : f->last_commit;
	for (int64_t n = first; n <= end; n++) {
		struct mdl_err why = MDL_ERR_INIT;
		bool newest = n == f->last_commit && f->last_offsets <= n;
		if (!in_list(&f->commits, n)) {
			if (commit_again(f, n, false, "is missing although the epoch after it was begun",
					 err))
				return -1;
		} else if (read_entry(f, "commits", n, &why) && !mdl_fsck_say_newer(&f->r, &why)) {
			if (!newest) {
				if (commit_again(f, n, true, "is damaged", err))
					return -1;
			} else if (f->r.o->repair) {
				if (put_aside(f, "commits", n, err))
					return -1;
				say(&f->r, MDL_FSCK_MENDED,
				    "it was moved to medal/broken; the next run commits the epoch again",
				    "commits/%" PRId64 " is damaged, and nothing follows it", n);
			} else {
				say(&f->r, MDL_FSCK_WRONG,
				    "run the pipeline again, or --repair: it is put aside",
				    "commits/%" PRId64 " is damaged, and nothing follows it", n);
			}
		}
	}
	return 0;
}

static int check_offsets(struct fsck *f, struct mdl_err *err)
{
	int64_t first = f->offsets.n ? f->offsets.v[0] : 0;
	for (int64_t n = first; n <= f->last_offsets; n++) {
		struct mdl_err why = MDL_ERR_INIT;
		bool needed = n + 1 >= f->last_offsets, there = in_list(&f->offsets, n);
		if (there && read_entry(f, "offsets", n, &why) == 0)
			continue;
		if (there && mdl_fsck_say_newer(&f->r, &why))
			continue;
		if (there && n == f->last_offsets && n > f->last_commit) {
			if (f->r.o->repair && put_aside(f, "offsets", n, err))
				return -1;
			say(&f->r, f->r.o->repair ? MDL_FSCK_MENDED : MDL_FSCK_WRONG,
			    f->r.o->repair
				    ? "it was moved to medal/broken; the next run plans the epoch anew"
				    : "run the pipeline again, or --repair: it is put aside and planned anew",
			    "offsets/%" PRId64 " is damaged, and its epoch was never committed", n);
			continue;
		}
		say(&f->r, needed ? MDL_FSCK_WRONG : MDL_FSCK_NOTE,
		    needed ? BACKUP : "nothing needs it but a rollback to it; later epochs go on",
		    "offsets/%" PRId64 " is %s", n, there ? "damaged" : "missing");
	}
	if (f->last_commit > f->last_offsets)
		say(&f->r, MDL_FSCK_WRONG, BACKUP, "commits/%" PRId64 " stands without offsets/%" PRId64,
		    f->last_commit, f->last_commit);
	return 0;
}

/* ---- ledgers, states, positions ---- */

static void check_state(struct fsck *f, const char *stage, const struct mdl_ledger_state *s)
{
	char *name = mdl_asprintf("state/medal/%s/%s", stage, s->name),
	     *path = mdl_path_join(f->ck.dir, name);
	char *buf = mdl_alloc(1 << 16);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;
	uint32_t crc = 0;
	ssize_t n;
	while (fd >= 0 && (n = mdl_read(fd, buf, 1 << 16)) > 0) {
		crc = mdl_crc32c(crc, buf, (size_t)n);
		size += (uint64_t)n;
	}
	if (fd < 0 || size != s->size || crc != s->crc32c)
		say(&f->r, MDL_FSCK_WRONG,
		    "restore it from a backup, roll back to an epoch before it, or let the stage begin anew (--fresh-state)",
		    "%s, which the newest ledger names, is %s", name, fd < 0 ? "missing" : "damaged");
	if (fd >= 0)
		close(fd);
	free(buf);
	free(path);
	free(name);
}

static void check_newest_ledger(struct fsck *f, const struct mdl_ledger *l)
{
	for (size_t i = 0; i < l->nstages; i++)
		for (size_t k = 0; k < l->stages[i].nstates; k++)
			check_state(f, l->stages[i].stage, &l->stages[i].states[k]);
}

static int roll_forward(struct fsck *f, int64_t n, struct mdl_err *err)
{
	if (f->r.o->repair) {
		if (mdl_commit_roll_forward(f->ck.dir, n, err))
			return -1;
		say(&f->r, MDL_FSCK_MENDED, "it was published and committed",
		    "epoch %" PRId64 " was decided but not committed", n);
		return list_all(f, err);
	}
	say(&f->r, MDL_FSCK_NOTE, "run the pipeline again, or --repair: it is published and committed",
	    "epoch %" PRId64 " was decided but not committed", n);
	return 0;
}

static int check_ledgers(struct fsck *f, struct mdl_err *err)
{
	int64_t first = f->ledgers.n ? f->ledgers.v[0] : -1;
	for (size_t i = 0; i < f->ledgers.n; i++) {
		int64_t n = f->ledgers.v[i];
		struct mdl_ledger l;
		struct mdl_err why = MDL_ERR_INIT;
		if (mdl_ledger_read(f->ck.dir, n, &l, &why)) {
			if (mdl_fsck_say_newer(&f->r, &why))
				continue;
			bool needed = n >= f->last_commit;
			say(&f->r, needed ? MDL_FSCK_WRONG : MDL_FSCK_NOTE,
			    needed ? BACKUP
				   : "the books of that epoch cannot be proved any more; later epochs go on",
			    "medal/ledger/%" PRId64 " is damaged", n);
			continue;
		}
		why.status = MDL_OK;
		if (mdl_ledger_check(&l, &why))
			say(&f->r, MDL_FSCK_WRONG, "tell medal's makers: such an epoch is never decided",
			    "the books of epoch %" PRId64 " do not balance (%s)", n, why.msg);
		if (n > f->last_offsets)
			say(&f->r, MDL_FSCK_WRONG, BACKUP,
			    "medal/ledger/%" PRId64 " stands without offsets/%" PRId64, n, n);
		if (n == f->last_commit)
			check_newest_ledger(f, &l);
		mdl_ledger_free(&l);
	}
	for (size_t i = 0; first >= 0 && i < f->commits.n; i++)
		if (f->commits.v[i] > first && !in_list(&f->ledgers, f->commits.v[i]))
			say(&f->r, MDL_FSCK_NOTE,
			    "it is right if Spark made the epoch; else a stage with state refuses to go on from it, and a "
			    "backup has the file",
			    "epoch %" PRId64 " is committed but has no medal/ledger/%" PRId64,
			    f->commits.v[i], f->commits.v[i]);
	int64_t decided = mdl_epoch_list_last(&f->ledgers);
	if (!f->intent && decided == f->last_commit + 1 && decided == f->last_offsets)
		return roll_forward(f, decided, err);
	return 0;
}

/* Of an epoch over Kafka: medal/kafka/N stands for medal/files/N. 1: there is none. */
static int check_kafka(struct fsck *f, int64_t n)
{
	struct mdl_kafka_state s;
	struct mdl_err why = MDL_ERR_INIT;
	int r = mdl_kafka_state_read(f->ck.dir, n, &s, &why);
	mdl_kafka_state_free(&s);
	if (r < 0 && !mdl_fsck_say_newer(&f->r, &why))
		say(&f->r, MDL_FSCK_NOTE,
		    "remove it: offsets are Spark's, and only the proof that the topic is the same is lost",
		    "%s", why.msg);
	return r;
}

static void check_positions(struct fsck *f)
{
	for (size_t i = 0; i < f->offsets.n; i++) {
		struct mdl_positions p;
		struct mdl_err why = MDL_ERR_INIT;
		int64_t n = f->offsets.v[i];
		bool needed = n == f->last_offsets, made = in_list(&f->ledgers, n);
		if (check_kafka(f, n) <= 0)
			continue;
		int r = mdl_positions_read(f->ck.dir, n, &p, &why);
		mdl_positions_free(&p);
		if (r < 0 && mdl_fsck_say_newer(&f->r, &why))
			continue;
		if (r < 0 || (r > 0 && made))
			say(&f->r, needed ? MDL_FSCK_WRONG : MDL_FSCK_NOTE,
			    needed ? BACKUP : "nothing needs it but a rollback to it and 'replay'",
			    "medal/files/%" PRId64 " is %s", n, r < 0 ? "damaged" : "missing");
	}
}

static void check_source(struct fsck *f)
{
	struct mdl_source_log l;
	struct mdl_spool_state s;
	struct mdl_err why = MDL_ERR_INIT;
	char *dir = mdl_path_join(f->ck.dir, "sources/0"), *spool = mdl_path_join(f->ck.dir, "medal/spool");
	if (mdl_source_log_load(&l, dir, &why)) {
		if (!mdl_fsck_say_newer(&f->r, &why))
			say(&f->r, MDL_FSCK_WRONG, BACKUP, "the source's log is not whole: %s", why.msg);
	} else if (f->last_commit >= 0) {
		struct mdl_buf text = MDL_BUF_INIT(256 << 20);
		char *offsets = mdl_path_join(f->ck.dir, "offsets");
		struct mdl_offsets o = {0};
		int64_t k = -1;
		if (mdl_epoch_log_read(offsets, f->last_offsets, &text, &why) == 0 &&
		    mdl_offsets_parse(mdl_buf_slice(&text), "offsets", &o, &why) == 0 && o.nsources &&
		    o.sources[0]) {
			struct mdl_doc *d = mdl_doc_parse(mdl_slice_of(o.sources[0]), "offsets", &why);
			mdl_doc_int(d, "logOffset", &k);
			mdl_doc_free(d);
		}
		if (k > l.last)
			say(&f->r, MDL_FSCK_WRONG, BACKUP,
			    "sources/0 ends at %" PRId64 " but offsets/%" PRId64 " has read up to %" PRId64,
			    l.last, f->last_offsets, k);
		mdl_offsets_free(&o);
		mdl_buf_free(&text);
		free(offsets);
	}
	mdl_source_log_free(&l);
	why = (struct mdl_err)MDL_ERR_INIT;
	if (mdl_spool_state_read(spool, &s, &why) < 0 && !mdl_fsck_say_newer(&f->r, &why))
		say(&f->r, MDL_FSCK_WRONG,
		    "restore it from a backup; what standard input brought since must be fed again",
		    "medal/spool/state is damaged");
	free(spool);
	free(dir);
}

/* ---- strays ---- */

/* ".7.crc", ".9.compact.crc": the name without dot and ".crc", or NULL. The caller frees. */
static char *crc_of(const char *name)
{
	size_t n = strlen(name);
	return name[0] == '.' && n > 5 && strcmp(name + n - 4, ".crc") == 0 ? mdl_strndup(name + 1, n - 5)
									    : NULL;
}

static int stray(struct fsck *f, const char *log, int dfd, const char *name, struct mdl_err *err)
{
	struct stat st;
	size_t n = strlen(name);
	bool compact = n > 8 && strcmp(name + n - 8, ".compact") == 0;
	char *number = mdl_strndup(name, compact ? n - 8 : n), *crc = crc_of(name);
	bool is_entry = mdl_epoch_of_name(number) >= 0, digits = n && strspn(name, "0123456789") == n;
	bool dead = name[0] == '.' && n > 4 && strcmp(name + n - 4, ".tmp") == 0;
	bool lonely = crc && fstatat(dfd, crc, &st, 0) != 0;
	int r = 0;
	free(number);
	if (dead || lonely) {
		if (f->r.o->repair && unlinkat(dfd, name, 0) && errno != ENOENT)
			r = mdl_err_sys(err, "removing %s/%s", log, name);
		say(&f->r,
		    f->r.o->repair ? MDL_FSCK_MENDED
		    : lonely       ? MDL_FSCK_WRONG
				   : MDL_FSCK_NOTE,
		    f->r.o->repair ? "it was removed"
		    : lonely       ? "remove it, or --repair: Spark would refuse to write that entry again"
				   : "nobody reads it; --repair and 'gc' remove it",
		    lonely ? "%s/%s is the checksum of a file that is not there"
			   : "%s/%s was left by a program that was killed",
		    log, name);
	} else if (!is_entry && !crc) {
		say(&f->r, MDL_FSCK_NOTE, "nobody reads it; look where it came from, and remove it",
		    digits ? "%s/%s is no entry: epochs are written without leading zeros"
			   : "%s/%s is no entry of the log",
		    log, name);
	}
	free(crc);
	return r;
}

static int check_strays(struct fsck *f, const char *log, struct mdl_err *err)
{
	char *dir = mdl_path_join(f->ck.dir, log);
	DIR *d = opendir(dir);
	int r = 0;
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = stray(f, log, dirfd(d), e->d_name, err);
	if (d)
		closedir(d);
	free(dir);
	return r;
}

/* ---- all ---- */

static int check_intent(struct fsck *f, struct mdl_err *err)
{
	struct mdl_intent in;
	struct mdl_err why = MDL_ERR_INIT;
	int r = mdl_intent_read(f->ck.dir, &in, &why);
	if (r > 0)
		return 0;
	f->intent = true;
	if (r < 0) {
		if (!mdl_fsck_say_newer(&f->r, &why))
			say(&f->r, MDL_FSCK_WRONG, BACKUP, "medal/rollback is damaged");
		return 0;
	}
	if (f->r.o->repair) {
		r = mdl_rollback_finish(&f->ck, f->r.o->notice, err);
		if (!r)
			say(&f->r, MDL_FSCK_MENDED, "it was finished",
			    "a rollback to epoch %" PRId64 " was interrupted", in.to);
		f->intent = false;
	} else {
		say(&f->r, MDL_FSCK_WRONG, "say rollback again with the same --to, or --repair",
		    "a rollback to epoch %" PRId64 " was interrupted", in.to);
	}
	mdl_intent_free(&in);
	return r;
}

static int check_all(struct fsck *f, struct mdl_err *err)
{
	static const char *const logs[] = {"offsets",      "commits",     "sources/0",
					   "medal/ledger", "medal/files", "medal/kafka"};
	if (check_intent(f, err))
		return -1;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		if (check_strays(f, logs[i], err))
			return -1;
	if (list_all(f, err) || check_offsets(f, err) || list_all(f, err) || check_commits(f, err) ||
	    list_all(f, err) || check_ledgers(f, err))
		return -1;
	check_positions(f);
	check_source(f);
	/* what is decided may be published already */
	int64_t decided = mdl_epoch_list_last(&f->ledgers);
	return f->intent ? 0 : mdl_fsck_tables(&f->r, &f->ck, f->last_commit, decided, err);
}

int mdl_fsck_checkpoint(const char *dir, const struct mdl_fsck_opts *o, struct mdl_fsck_result *res,
			struct mdl_err *err)
{
	struct fsck f = {.r = {o, res}};
	memset(res, 0, sizeof(*res));
	int r = check_metadata(&f.r, dir, err);
	if (r)
		return r < 0 ? -1 : 0;
	r = o->repair ? mdl_checkpoint_own(&f.ck, dir, false, -1, true, o->notice, err)
		      : mdl_checkpoint_open(&f.ck, dir, err);
	if (!r)
		r = check_all(&f, err);
	mdl_epoch_list_free(&f.offsets);
	mdl_epoch_list_free(&f.commits);
	mdl_epoch_list_free(&f.ledgers);
	mdl_checkpoint_close(&f.ck);
	return r;
}
