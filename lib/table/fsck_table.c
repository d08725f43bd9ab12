/* SPDX-License-Identifier: MIT
 *
 * Tables against their checkpoint, and a moved table's log: see fsck.h.
 */
#include "table/fsck_table.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"
#include "state/leftover.h"
#include "table/merge.h"
#include "table/publish.h"
#include "table/table_dir.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_uri.h"

#define say mdl_fsck_say
#define BACKUP "restore the table and the checkpoint from one backup"

/* A hidden file whose epoch's ledger names its run waits for its publication. */
struct keep {
	const char *checkpoint;
};

static bool is_decided(void *arg, uint64_t epoch, const char *run)
{
	const struct keep *k = arg;
	struct mdl_ledger l = {0};
	struct mdl_err ignored = MDL_ERR_INIT;
	if (mdl_ledger_read(k->checkpoint, (int64_t)epoch, &l, &ignored) != 0)
		return ignored.status != MDL_OK;
	bool named = strcmp(l.run, run) == 0;
	mdl_ledger_free(&l);
	return named;
}

int mdl_fsck_clean_pending(const char *checkpoint, const char *dir, size_t *removed, struct mdl_err *err)
{
	struct keep k = {checkpoint};
	struct mdl_err busy = MDL_ERR_INIT;
	int lock = mdl_merge_lock(dir, &busy); /* one that is at work is left to itself */
	int r = lock >= 0 ? mdl_merge_settle(dir, err) : 0;
	if (lock >= 0)
		close(lock);
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	if (!r)
		r = mdl_leftover_sweep_dead(dir, err) || mdl_leftover_sweep_dead(logdir, err) ? -1 : 0;
	free(logdir);
	return r ? r : mdl_table_clean_pending(dir, "", is_decided, &k, removed, err);
}

static size_t count_pending(const char *dir)
{
	char *path = mdl_path_join(dir, MDL_TABLE_PENDING);
	DIR *d = opendir(path);
	size_t n = 0;
	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	free(path);
	return n;
}

static int check_pending(struct mdl_fsck_report *r, const struct mdl_checkpoint *ck, const char *dir,
			 struct mdl_err *err)
{
	size_t n = count_pending(dir), removed = 0;
	if (!n)
		return 0;
	if (!r->o->repair) {
		say(r, MDL_FSCK_NOTE,
		    "the next run, --repair and 'gc' remove what no ledger names; while a run is live they "
		    "are its own",
		    "%s has %zu hidden files that wait in " MDL_TABLE_PENDING, dir, n);
		return 0;
	}
	if (mdl_fsck_clean_pending(ck->dir, dir, &removed, err))
		return -1;
	if (removed)
		say(r, MDL_FSCK_MENDED, "they were removed", "%s had %zu hidden files of dead runs", dir,
		    removed);
	return 0;
}

static void check_files(struct mdl_fsck_report *r, const char *dir, const struct mdl_table_log *log)
{
	for (size_t i = 0; i < log->nfiles; i++) {
		char *path = mdl_path_join(dir, log->files[i].path);
		struct stat st;
		bool there = stat(path, &st) == 0;
		if (!there || (uint64_t)st.st_size != log->files[i].size)
			say(r, MDL_FSCK_WRONG,
			    "restore it from a backup, or roll back to an epoch before it and let the pipeline write it again",
			    "%s, which the table's log lists, is %s", path,
			    there ? "of another size" : "missing");
		free(path);
	}
}

static void check_newest(struct mdl_fsck_report *r, const struct mdl_checkpoint *ck, const char *dir,
			 int64_t newest, int64_t last)
{
	char *back = mdl_asprintf("'medal-checkpoint rollback --to %" PRId64
				  " %s' takes the table back too, or " BACKUP,
				  last, ck->dir);
	if (newest > last)
		say(r, MDL_FSCK_WRONG, back,
		    "%s holds epoch %" PRId64 " but the checkpoint is at %" PRId64
		    ": an older checkpoint was restored",
		    dir, newest, last);
	else if (newest < last)
		say(r, MDL_FSCK_WRONG, BACKUP ", or go on with an empty table (medal-write --fresh-table)",
		    "%s ends at epoch %" PRId64 " but the checkpoint is at %" PRId64
		    ": the table was removed, or an older copy restored",
		    dir, newest, last);
	free(back);
}

static int check_strays(struct mdl_fsck_report *r, const char *dir, struct mdl_err *err)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	DIR *d = opendir(logdir);
	int res = 0;
	for (struct dirent *e; d && !res && (e = readdir(d)) != NULL;) {
		size_t n = strlen(e->d_name);
		if (e->d_name[0] != '.' || n < 6 || strcmp(e->d_name + n - 4, ".crc") != 0)
			continue;
		char *of = mdl_strndup(e->d_name + 1, n - 5);
		struct stat st;
		if (fstatat(dirfd(d), of, &st, 0)) {
			if (r->o->repair && unlinkat(dirfd(d), e->d_name, 0))
				res = mdl_err_sys(err, "removing %s/%s", logdir, e->d_name);
			say(r, r->o->repair ? MDL_FSCK_MENDED : MDL_FSCK_WRONG,
			    r->o->repair ? "it was removed" : "remove it, or --repair",
			    "%s/%s is the checksum of a file that is not there", logdir, e->d_name);
		}
		free(of);
	}
	if (d)
		closedir(d);
	free(logdir);
	return res;
}

static int64_t newest_ledger(const struct mdl_checkpoint *ck)
{
	struct mdl_epoch_list l;
	struct mdl_err ignored = MDL_ERR_INIT;
	char *dir = mdl_path_join(ck->dir, "medal/ledger");
	int64_t n = mdl_epoch_log_list(dir, &l, &ignored) ? -1 : mdl_epoch_list_last(&l);
	mdl_epoch_list_free(&l);
	free(dir);
	return n;
}

static int check_table(struct mdl_fsck_report *r, const struct mdl_checkpoint *ck,
		       const struct mdl_ledger_table *t, int64_t last, int64_t decided, struct mdl_err *err)
{
	struct mdl_table_owner o;
	struct mdl_table_log log;
	struct mdl_err why = MDL_ERR_INIT;
	struct stat st;
	if (stat(t->dir, &st)) {
		say(r, MDL_FSCK_WRONG, BACKUP ", or go on with an empty table (medal-write --fresh-table)",
		    "the table %s is missing", t->dir);
		return 0;
	}
	int got = mdl_table_owner_read(&o, t->dir, &why);
	if (got && !mdl_fsck_say_newer(r, &why))
		say(r, MDL_FSCK_WRONG, BACKUP, "%s/" MDL_TABLE_OWNER_FILE " is %s", t->dir,
		    got > 0 ? "missing: it is another table" : "damaged");
	else if (!got && strcmp(o.owner, t->owner) != 0)
		say(r, MDL_FSCK_WRONG, "give each writer a table of its own, or " BACKUP,
		    "%s belongs to another writer, %s", t->dir, o.owner);
	else if (!got && o.rolling)
		say(r, MDL_FSCK_WRONG, "say rollback again on the checkpoint",
		    "%s is marked as being rolled back to epoch %" PRId64, t->dir,
		    o.rollbacks[o.nrollbacks - 1]);
	if (!got)
		mdl_table_owner_free(&o);
	if (check_strays(r, t->dir, err))
		return -1;
	why = (struct mdl_err)MDL_ERR_INIT;
	if (mdl_table_log_read(&log, t->dir, &why)) {
		if (!mdl_fsck_say_newer(r, &why))
			say(r, MDL_FSCK_WRONG, BACKUP, "the log of the table %s is not whole: %s", t->dir,
			    why.msg);
		return 0;
	}
	/* A run that is at work has gone on since the commits were listed: what is shown, a ledger has decided. */
	bool shown = log.newest > last && log.newest <= newest_ledger(ck);
	if (!shown && (decided != last + 1 || log.newest != decided))
		check_newest(r, ck, t->dir, log.newest, last);
	check_files(r, t->dir, &log);
	if (log.elsewhere)
		say(r, MDL_FSCK_WRONG, "'medal-checkpoint fsck --moved TABLE' writes them anew",
		    "%zu of the %zu files in the log of %s are listed at another place, where Spark looks for them",
		    log.elsewhere, log.nfiles, t->dir);
	mdl_table_log_free(&log);
	return check_pending(r, ck, t->dir, err);
}

int mdl_fsck_tables(struct mdl_fsck_report *r, const struct mdl_checkpoint *ck, int64_t last, int64_t decided,
		    struct mdl_err *err)
{
	struct mdl_ledger l;
	struct mdl_err ignored = MDL_ERR_INIT;
	int res = 0;
	if (last < 0 || mdl_ledger_read(ck->dir, last, &l, &ignored))
		return 0;
	const char **seen = mdl_array(1, sizeof(*seen));
	size_t nseen = 0;
	for (size_t s = 0; !res && s < l.nstages; s++)
		for (size_t i = 0; !res && i < l.stages[s].ntables; i++) {
			const char *dir = l.stages[s].tables[i].dir;
			size_t k = 0;
			while (k < nseen && strcmp(seen[k], dir) != 0)
				k++;
			if (k < nseen)
				continue;
			seen = mdl_rearray(seen, nseen + 1, sizeof(*seen));
			seen[nseen++] = dir;
			res = check_table(r, ck, &l.stages[s].tables[i], last, decided, err);
		}
	free(seen);
	mdl_ledger_free(&l);
	return res;
}

/* ---- moved tables ---- */

/* One log entry with today's paths; *CHANGED counts its lines that were not. */
static int rewrite(const char *dir, struct mdl_slice text, const char *name, struct mdl_buf *out,
		   uint64_t *changed, struct mdl_err *err)
{
	static const char head[] = "{\"path\":\"";
	struct mdl_arena a;
	int r = 0;
	mdl_arena_init(&a);
	while (!r && text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n, skip = sizeof(head) - 1;
		if (n > skip && memcmp(text.p, head, skip) == 0) {
			const char *end = memchr(text.p + skip, '"', n - skip);
			size_t len = end ? (size_t)(end - text.p) - skip : 0;
			char *uri = mdl_strndup(text.p + skip, len),
			     *rel = mdl_table_uri_relative(&a, dir, uri, NULL);
			if (!end || !rel) {
				r = mdl_err_set(err, MDL_TROUBLE, "%s: the path %s does not lie in the table",
						name, uri);
			} else {
				size_t at = out->n + skip;
				mdl_buf_puts(out, head);
				mdl_table_uri_format(out, dir, rel);
				*changed += out->n - at != len || memcmp(out->p + at, uri, len) != 0;
				mdl_buf_put(out, end, n - skip - len);
			}
			free(uri);
		} else if (n && text.p[0] == '{') {
			r = mdl_err_set(err, MDL_TROUBLE, "%s: a line does not begin with its path", name);
		} else {
			mdl_buf_put(out, text.p, n);
		}
		if (nl)
			mdl_buf_putc(out, '\n');
		n += nl ? 1 : 0;
		text.p += n;
		text.n -= n;
	}
	mdl_arena_free(&a);
	return r;
}

static int move_entry(const char *dir, const char *logdir, const char *name, uint64_t *lines, uint64_t *files,
		      struct mdl_err *err)
{
	struct mdl_buf in = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *path = mdl_path_join(logdir, name), *crc = mdl_asprintf("%s/.%s.crc", logdir, name);
	uint64_t changed = 0;
	int r = mdl_file_read(path, &in, err);
	if (!r)
		r = rewrite(dir, mdl_buf_slice(&in), path, &out, &changed, err);
	/* the checksum of the old text would make Spark refuse the new one: it goes first */
	if (!r && changed)
		r = mdl_file_remove(crc, err) || mdl_file_replace(logdir, name, mdl_buf_slice(&out), err) ? -1
													  : 0;
	*lines += changed;
	*files += changed > 0;
	free(crc);
	free(path);
	mdl_buf_free(&in);
	mdl_buf_free(&out);
	return r;
}

int mdl_fsck_moved(const char *dir, uint64_t *lines, uint64_t *files, struct mdl_err *err)
{
	char *real = mdl_path_real(dir, err), *logdir = real ? mdl_path_join(real, MDL_TABLE_LOG_DIR) : NULL;
	*lines = *files = 0;
	if (!real)
		return -1;
	int lock = mdl_table_dir_lock(real, err), r = lock < 0 ? -1 : 0;
	DIR *d = r ? NULL : opendir(logdir);
	if (!r && !d)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is no table: it has no " MDL_TABLE_LOG_DIR, dir);
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		size_t n = strlen(e->d_name);
		bool compact = n > 8 && strcmp(e->d_name + n - 8, ".compact") == 0;
		char *number = mdl_strndup(e->d_name, compact ? n - 8 : n);
		if (mdl_epoch_of_name(number) >= 0)
			r = move_entry(real, logdir, e->d_name, lines, files, err);
		free(number);
	}
	if (d)
		closedir(d);
	if (lock >= 0)
		close(lock);
	free(logdir);
	free(real);
	return r;
}
