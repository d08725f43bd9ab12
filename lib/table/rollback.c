/* SPDX-License-Identifier: MIT
 *
 * A checkpoint and its tables back to an earlier epoch: see rollback.h. What is asked
 * comes first and changes nothing; from the intent on every step may be repeated.
 */
#include "table/rollback.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/pin.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/spool_state.h"
#include "table/merge.h"
#include "table/publish.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_rollback.h"
#include "json/doc.h"

/* A checkpoint that reads one of our tables, or is ours: held until all is done. */
struct held {
	struct mdl_checkpoint ck;
	bool borrowed; /* the caller owns it */
};

struct table_lock {
	char *dir;
	int fd;
};

struct rollback {
	const struct mdl_rollback_opts *o;
	struct held *held;
	size_t nheld, held_cap;
	struct table_lock *locks; /* of the tables that go back: no merge of files may come between */
	size_t nlocks, locks_cap;
};

/* ---- Logs ---- */

static int last_of(const char *dir, const char *log, int64_t *last, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *path = mdl_path_join(dir, log);
	int r = mdl_epoch_log_list(path, &l, err);
	int64_t n = mdl_epoch_list_last(&l);
	*last = n > *last ? n : *last;
	mdl_epoch_list_free(&l);
	free(path);
	return r;
}

static int newest_epoch(const char *dir, int64_t *newest, struct mdl_err *err)
{
	*newest = -1;
	return last_of(dir, "offsets", newest, err) || last_of(dir, "commits", newest, err) ||
			       last_of(dir, "medal/ledger", newest, err)
		       ? -1
		       : 0;
}

static bool has(const char *dir, const char *log, int64_t n)
{
	char *path = mdl_asprintf("%s/%s/%" PRId64, dir, log, n);
	bool there = access(path, F_OK) == 0;
	free(path);
	return there;
}

static int remove_from(const char *dir, const char *log, int64_t n, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, log);
	int r = mdl_epoch_log_remove(path, n, err) < 0 ? -1 : 0;
	if (!r && access(path, F_OK) == 0)
		r = mdl_dir_sync(path, err);
	free(path);
	return r;
}

/* {"logOffset":K} of offsets/N; -1 when N is -1, has no source yet or one that is no log of files. */
static int log_offset(const char *dir, int64_t n, int64_t *k, bool *files, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	struct mdl_offsets o = {0};
	char *log = mdl_path_join(dir, "offsets"), *name = mdl_asprintf("%s/%" PRId64, log, n);
	int r = n < 0 ? 1 : mdl_epoch_log_read(log, n, &text, err);
	*k = -1;
	*files = true;
	if (r == 0)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, &o, err);
	if (r == 0 && o.nsources && o.sources[0]) {
		struct mdl_doc *d = mdl_doc_parse(mdl_slice_of(o.sources[0]), name, err);
		*files = mdl_doc_int(d, "logOffset", k);
		r = d ? 0 : -1;
		mdl_doc_free(d);
	}
	mdl_offsets_free(&o);
	mdl_buf_free(&text);
	free(name);
	free(log);
	return r < 0 ? -1 : 0;
}

/* ---- Asking ---- */

static int check_states(const char *dir, const struct mdl_ledger *l, struct mdl_err *err)
{
	for (size_t i = 0; i < l->nstages; i++)
		for (size_t k = 0; k < l->stages[i].nstates; k++) {
			const struct mdl_ledger_state *s = &l->stages[i].states[k];
			char *path = mdl_asprintf("%s/state/medal/%s/%s", dir, l->stages[i].stage, s->name);
			struct stat st;
			bool whole = stat(path, &st) == 0 && (uint64_t)st.st_size == s->size;
			if (!whole)
				mdl_err_set(
					err, MDL_TROUBLE,
					"the state file %s, which epoch %" PRId64
					" needs, is missing or cut; roll back to another epoch, or restore a backup",
					path, l->epoch);
			free(path);
			if (!whole)
				return -1;
		}
	return 0;
}

static bool lists_table(const struct mdl_ledger *l, const char *dir)
{
	for (size_t s = 0; s < l->nstages; s++)
		for (size_t i = 0; i < l->stages[s].ntables; i++)
			if (strcmp(l->stages[s].tables[i].dir, dir) == 0)
				return true;
	return false;
}

static void add_tables(struct mdl_intent *in, const struct mdl_ledger *l)
{
	for (size_t s = 0; s < l->nstages; s++)
		for (size_t i = 0; i < l->stages[s].ntables; i++)
			mdl_intent_add_table(in, l->stages[s].tables[i].dir);
}

/* May a checkpoint that had read the tables of POS as far as it says go on from there? 1: a merged file lies across. */
static int check_sources(const struct mdl_positions *pos, struct mdl_err *err)
{
	for (size_t i = 0; i < pos->ntables; i++) {
		const struct mdl_table_position *t = &pos->tables[i];
		struct mdl_table_log log;
		if (mdl_table_log_read(&log, t->dir, err))
			return -1;
		const struct mdl_table_entry *across = mdl_table_log_across(&log, t->epoch);
		if (across)
			mdl_err_set(err, MDL_TROUBLE,
				    "it had read %s up to epoch %" PRId64 ", and epochs %" PRId64
				    " to %" PRId64 " were merged into %s since ('medal-checkpoint compact')",
				    t->dir, t->epoch, across->first, across->epoch, across->path);
		mdl_table_log_free(&log);
		if (across)
			return 1;
	}
	return 0;
}

/* 0: the checkpoint DIR could go on from epoch TO; 1: not, ERR says why; -1. */
static int try_positions(const char *dir, int64_t to, struct mdl_err *err)
{
	struct mdl_positions pos = {0};
	int r = mdl_positions_read(dir, to, &pos, err);
	r = r > 0 ? 0 : r < 0 ? -1 : check_sources(&pos, err);
	mdl_positions_free(&pos);
	return r;
}

/* FROM is the newest epoch of DIR, which stays possible whatever was merged. */
static int check_positions(const char *dir, int64_t to, int64_t from, struct mdl_err *err)
{
	int r = try_positions(dir, to, err);
	if (r <= 0)
		return r;
	int64_t next = to + 1;
	struct mdl_err ignored = MDL_ERR_INIT;
	while (next < from && (!has(dir, "commits", next) || try_positions(dir, next, &ignored)))
		next++;
	mdl_err_wrap(err, "%s could not go on from epoch %" PRId64, dir, to);
	size_t n = strlen(err->msg);
	if (next < from)
		snprintf(err->msg + n, sizeof(err->msg) - n,
			 "; the next epoch to which it can go back is %" PRId64
			 ": 'medal-checkpoint rollback --to %" PRId64 " %s'",
			 next, next, dir);
	else
		snprintf(
			err->msg + n, sizeof(err->msg) - n,
			"; there is none between that and its newest one: for older rows begin a new checkpoint "
			"and table over the same source");
	return -1;
}

static int check_target(const char *dir, const struct mdl_intent *in, struct mdl_ledger *target,
			struct mdl_err *err)
{
	int64_t to = in->to;
	memset(target, 0, sizeof(*target));
	if (to < 0) {
		if (in->from < 0 || has(dir, "offsets", 0))
			return 0;
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s no longer keeps its first epochs (--retain), so it cannot go back before them; "
			"begin a new checkpoint and new tables",
			dir);
	}
	if (!has(dir, "offsets", to) || !has(dir, "commits", to) || (to > 0 && !has(dir, "offsets", to - 1)))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s keeps no committed epoch %" PRId64
			" to go back to (with the offsets before it); 'medal-checkpoint show --last 0' lists "
			"what it keeps",
			dir, to);
	int64_t k;
	bool files;
	if (to < in->from && check_positions(dir, to, in->from, err))
		return -1;
	int r = log_offset(dir, to, &k, &files, err) ? -1 : mdl_ledger_read(dir, to, target, err);
	return r < 0 ? -1 : r > 0 ? 0 : check_states(dir, target, err);
}

/* A table that was moved may stand in its old place as a link. */
static bool is_same(const char *a, const char *b)
{
	struct stat x, y;
	return strcmp(a, b) == 0 ||
	       (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

static int lock_table(struct rollback *rb, const char *dir, struct mdl_err *err)
{
	for (size_t i = 0; i < rb->nlocks; i++)
		if (is_same(rb->locks[i].dir, dir))
			return 0;
	int fd = mdl_merge_lock(dir, err);
	if (fd == -1)
		return -1;
	MDL_GROW(rb->locks, rb->nlocks, rb->locks_cap);
	rb->locks[rb->nlocks++] = (struct table_lock){mdl_strdup(dir), fd};
	return 0;
}

/* Every epoch that is to go must tell its tables. */
static int gather_tables(struct rollback *rb, const char *dir, struct mdl_intent *in,
			 const struct mdl_ledger *target, struct mdl_err *err)
{
	add_tables(in, target);
	for (int64_t k = in->to + 1; k <= in->from; k++) {
		struct mdl_ledger l;
		int r = mdl_ledger_read(dir, k, &l, err);
		if (r < 0)
			return -1;
		if (r > 0 && has(dir, "commits", k))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"epoch %" PRId64
				" was committed by another engine, so medal does not know what it wrote; remove "
				"it with that engine, or begin a new checkpoint",
				k);
		if (r > 0)
			continue;
		add_tables(in, &l);
		mdl_ledger_free(&l);
	}
	for (size_t i = 0; i < in->ntables; i++) {
		bool listed = lists_table(target, in->tables[i]);
		if (lock_table(rb, in->tables[i], err))
			return -1;
		if (access(in->tables[i], F_OK) == 0 && mdl_merge_settle(in->tables[i], err))
			return -1;
		if (mdl_table_rollback_check(in->tables[i], in->to, listed, err))
			return -1;
	}
	return 0;
}

/* What epochs after IN->to sent to a topic stays there, and their second run sends it again. */
static int check_sent(const struct rollback *rb, const char *dir, const struct mdl_intent *in,
		      struct mdl_err *err)
{
	uint64_t rows = 0;
	char *to = NULL;
	for (int64_t k = in->to + 1; k <= in->from; k++) {
		struct mdl_ledger l;
		int r = mdl_ledger_read(dir, k, &l, err);
		if (r < 0) {
			free(to);
			return -1;
		}
		for (size_t s = 0; s < l.nstages; s++)
			for (size_t i = 0; i < l.stages[s].nsent; i++) {
				rows += l.stages[s].sent[i].rows;
				free(to);
				to = mdl_strdup(l.stages[s].sent[i].to);
			}
		mdl_ledger_free(&l);
	}
	int r = 0;
	if (rows && !rb->o->keep_published)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%" PRIu64 " rows of the epochs after %" PRId64
			" are in %s, from which nothing can be taken back: running these epochs again would double "
			"them; say --keep-published to roll back all the same",
			rows, in->to, to);
	else if (rows) {
		char base[24] = "none";
		if (in->to >= 0)
			snprintf(base, sizeof(base), "%" PRId64, in->to);
		char *text = mdl_asprintf(
			"%" PRIu64
			" rows stay in %s; before it doubles them, medal-write will want --accept-marker %s",
			rows, to, base);
		rb->o->notice(text);
		free(text);
	}
	free(to);
	return r;
}

/* ---- Readers ---- */

static int roll(struct rollback *rb, const char *dir, int64_t to, int depth, struct mdl_err *err);
static int finish(struct rollback *rb, const char *dir, int depth, int64_t *at, struct mdl_err *err);

static struct held *find_held(struct rollback *rb, const char *dir)
{
	for (size_t i = 0; i < rb->nheld; i++)
		if (strcmp(rb->held[i].ck.dir, dir) == 0)
			return &rb->held[i];
	return NULL;
}

static int hold(struct rollback *rb, const char *dir, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	if (find_held(rb, dir))
		return 0;
	int r = mdl_checkpoint_own(&ck, dir, rb->o->wait, -1, true, rb->o->notice, err);
	MDL_GROW(rb->held, rb->nheld, rb->held_cap);
	rb->held[rb->nheld++] = (struct held){ck, false};
	return r;
}

/* Had READER, at its epoch N, read none of what goes, and could it go on from there? 1, 0 or -1. */
static int is_below(const char *reader, int64_t n, const struct mdl_intent *in, struct mdl_err *err)
{
	struct mdl_positions p = {0};
	struct mdl_err across = MDL_ERR_INIT;
	int r = mdl_positions_read(reader, n, &p, err), below = 1;
	for (size_t i = 0; r == 0 && i < p.ntables; i++)
		for (size_t k = 0; k < in->ntables; k++)
			if (strcmp(p.tables[i].dir, in->tables[k]) == 0 && p.tables[i].epoch > in->to)
				below = 0;
	if (r == 0 && below)
		below = check_sources(&p, &across) == 0;
	mdl_positions_free(&p);
	return r < 0 ? -1 : below;
}

/* The newest epoch of READER, planned ones too, at which it had read none of what goes; *NEWEST its newest. */
static int reader_target(const char *reader, const struct mdl_intent *in, int64_t *newest, int64_t *to,
			 struct mdl_err *err)
{
	if (newest_epoch(reader, newest, err))
		return -1;
	for (*to = *newest; *to >= 0; --*to) {
		int below = is_below(reader, *to, in, err);
		if (below < 0)
			return -1;
		if (below)
			break;
	}
	/* an epoch that is planned and not committed is no target; the one before it is */
	if (*to >= 0 && *to < *newest && !has(reader, "commits", *to))
		--*to;
	return 0;
}

static int settle_reader(struct rollback *rb, const char *ours, const char *table, const char *path,
			 const char *id, const struct mdl_intent *in, int depth, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_err gone = MDL_ERR_INIT;
	int64_t newest, to, at;
	if (mdl_checkpoint_open(&ck, path, &gone)) {
		char *text = mdl_asprintf(
			"the checkpoint %s, which read %s, is not there any more and is not asked", path,
			table);
		bool missing = access(path, F_OK) != 0;
		if (missing)
			rb->o->notice(text);
		free(text);
		if (missing)
			return 0;
		*err = gone;
		return mdl_err_wrap(err, "asking the reader %s of %s", path, table);
	}
	bool same = strcmp(ck.id, id) == 0 && strcmp(ck.dir, ours) != 0;
	char *dir = mdl_strdup(ck.dir);
	mdl_checkpoint_close(&ck);
	int r = same && (hold(rb, dir, err) || finish(rb, dir, depth + 1, &at, err) ||
			 reader_target(dir, in, &newest, &to, err))
			? -1
			: 0;
	if (same && !r && to < newest) {
		char *target = to < 0 ? mdl_strdup("none") : mdl_asprintf("%" PRId64, to);
		if (rb->o->cascade)
			r = roll(rb, dir, to, depth + 1, err);
		else
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s has read %s beyond epoch %" PRId64
				": roll it back first ('medal-checkpoint rollback --to %s %s'), or say --cascade",
				dir, table, in->to, target, dir);
		free(target);
	}
	free(dir);
	return r;
}

/* No reader may have read, or read while this goes on, what goes. */
static int settle_readers(struct rollback *rb, const char *ours, const struct mdl_intent *in, int depth,
			  struct mdl_err *err)
{
	int r = 0;
	for (size_t i = 0; !r && i < in->ntables; i++) {
		struct mdl_table_readers readers;
		r = mdl_table_readers_read(&readers, in->tables[i], err);
		for (size_t k = 0; !r && k < readers.n; k++)
			r = settle_reader(rb, ours, in->tables[i], readers.paths[k], readers.ids[k], in,
					  depth, err);
		mdl_table_readers_free(&readers);
	}
	return r;
}

/* ---- Doing ---- */

static int undo_epoch(const char *dir, int64_t k, struct mdl_err *err)
{
	struct mdl_ledger l;
	if (remove_from(dir, "commits", k, err))
		return -1;
	int r = mdl_ledger_read(dir, k, &l, err);
	for (size_t s = 0; r == 0 && s < l.nstages; s++)
		for (size_t i = 0; r == 0 && i < l.stages[s].ntables; i++)
			r = mdl_table_rollback_entry(l.stages[s].tables[i].dir, k, err);
	if (r <= 0)
		mdl_ledger_free(&l);
	if (r < 0)
		return -1;
	return remove_from(dir, "medal/ledger", k, err) || remove_from(dir, "offsets", k, err) ||
			       remove_from(dir, "medal/files", k, err) ||
			       remove_from(dir, "medal/kafka", k, err)
		       ? -1
		       : 0;
}

/* State files are named by their epoch; what was made after TO is named by no ledger any more. */
static int sweep_state(const char *dir, int64_t to, struct mdl_err *err)
{
	char *root = mdl_path_join(dir, "state/medal");
	DIR *d = opendir(root);
	int r = d || errno == ENOENT ? 0 : mdl_err_sys(err, "listing %s", root);
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		char *stage = mdl_path_join(root, e->d_name);
		DIR *f = e->d_name[0] == '.' ? NULL : opendir(stage);
		for (struct dirent *s; f && !r && (s = readdir(f)) != NULL;) {
			char *end;
			long long n = strtoll(s->d_name, &end, 10);
			if (end != s->d_name && *end == '.' && n > to && unlinkat(dirfd(f), s->d_name, 0) &&
			    errno != ENOENT)
				r = mdl_err_sys(err, "removing %s/%s", stage, s->d_name);
		}
		if (f)
			closedir(f);
		free(stage);
	}
	if (d)
		closedir(d);
	free(root);
	return r;
}

static int sweep_source(struct rollback *rb, const char *dir, const struct mdl_intent *in,
			struct mdl_err *err)
{
	int64_t k;
	bool files, lost = false;
	if (log_offset(dir, in->to, &k, &files, err))
		return -1;
	char *log = mdl_path_join(dir, "sources/0"), *spool = mdl_path_join(dir, "medal/spool");
	int r = files ? mdl_source_log_trim(log, k, err) : 0;
	if (!r && files && in->to >= 0)
		r = mdl_positions_take_log(dir, in->to, err);
	if (!r)
		r = mdl_spool_state_forget(spool, &lost, err);
	free(spool);
	free(log);
	if (!r && lost)
		rb->o->notice(
			"this pipeline reads its standard input, which is kept nowhere: what came after the epoch "
			"that stays must be fed to it again");
	return r;
}

/* Everything from the intent on. */
static int carry_out(struct rollback *rb, const char *dir, const struct mdl_intent *in, struct mdl_err *err)
{
	int64_t newest;
	uint64_t files = 0;
	for (size_t i = 0; i < in->ntables; i++)
		if (lock_table(rb, in->tables[i], err))
			return -1;
	int pin = mdl_pin_take(dir, true, err);
	int r = pin < 0 ? -1 : newest_epoch(dir, &newest, err);
	for (size_t i = 0; !r && i < in->ntables; i++)
		r = mdl_table_owner_roll(in->tables[i], in->to, in->id, err) ||
				    mdl_table_rollback_prepare(in->tables[i], in->to, err)
			    ? -1
			    : 0;
	for (int64_t k = newest > in->from ? newest : in->from; !r && k > in->to; k--)
		r = undo_epoch(dir, k, err);
	for (size_t i = 0; !r && i < in->ntables; i++)
		r = mdl_table_rollback_sweep(in->tables[i], in->to, &files, err);
	if (!r)
		r = sweep_state(dir, in->to, err) || sweep_source(rb, dir, in, err) ? -1 : 0;
	for (size_t i = 0; !r && i < in->ntables; i++)
		r = mdl_table_owner_rolled(in->tables[i], err);
	if (!r)
		r = mdl_intent_remove(dir, err);
	if (pin >= 0)
		close(pin);
	return r;
}

/* The newest epoch of the tables: beyond the checkpoint's when an old checkpoint was restored. */
static int64_t tables_newest(const struct mdl_intent *in)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	int64_t newest = -1, n = -1;
	for (size_t i = 0; i < in->ntables; i++)
		if (mdl_table_log_newest(in->tables[i], &n, &ignored) == 0 && n > newest)
			newest = n;
	return newest;
}

static void new_id(char id[33])
{
	mdl_plain_run_id(id);
}

static int begin(struct rollback *rb, const char *dir, int64_t to, int depth, struct mdl_err *err)
{
	struct mdl_intent in = {.to = to};
	struct mdl_ledger target;
	int64_t newest;
	if (newest_epoch(dir, &newest, err))
		return -1;
	in.from = newest;
	int r = check_target(dir, &in, &target, err) || gather_tables(rb, dir, &in, &target, err) ||
				check_sent(rb, dir, &in, err)
			? -1
			: 0;
	mdl_ledger_free(&target);
	int64_t tables = tables_newest(&in);
	bool work = newest > to || tables > to;
	if (!r && work) {
		new_id(in.id);
		int pin = mdl_pin_take(dir, true, err);
		r = pin < 0 || settle_readers(rb, dir, &in, depth, err) || mdl_intent_write(dir, &in, err)
			    ? -1
			    : 0;
		if (pin >= 0)
			close(pin);
		if (!r)
			r = carry_out(rb, dir, &in, err);
	}
	if (!r && rb->o->done)
		rb->o->done(dir, tables > newest ? tables : newest, to);
	mdl_intent_free(&in);
	return r;
}

/* An earlier rollback that was killed comes to its end first. */
static int finish(struct rollback *rb, const char *dir, int depth, int64_t *at, struct mdl_err *err)
{
	struct mdl_intent in;
	*at = INT64_MAX;
	int r = mdl_intent_read(dir, &in, err);
	if (r)
		return r < 0 ? -1 : 0;
	char *text = mdl_asprintf("finishing the rollback of %s to epoch %" PRId64 ", which was interrupted",
				  dir, in.to);
	rb->o->notice(text);
	free(text);
	*at = in.to;
	r = settle_readers(rb, dir, &in, depth, err) || carry_out(rb, dir, &in, err) ? -1 : 0;
	mdl_intent_free(&in);
	return r;
}

static int roll(struct rollback *rb, const char *dir, int64_t to, int depth, struct mdl_err *err)
{
	int64_t at;
	if (depth > 64)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the pipelines that read one another's tables from %s on go in a circle",
				   dir);
	if (hold(rb, dir, err))
		return -1;
	int r = finish(rb, dir, depth, &at, err);
	if (!r && at < to)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s was being rolled back to epoch %" PRId64
				", and that is done now; epoch %" PRId64 " is gone",
				dir, at, to);
	return r ? r : begin(rb, dir, to, depth, err);
}

static void release(struct rollback *rb)
{
	for (size_t i = 0; i < rb->nheld; i++)
		if (!rb->held[i].borrowed)
			mdl_checkpoint_close(&rb->held[i].ck);
	free(rb->held);
	for (size_t i = 0; i < rb->nlocks; i++) {
		if (rb->locks[i].fd >= 0)
			close(rb->locks[i].fd);
		free(rb->locks[i].dir);
	}
	free(rb->locks);
}

int mdl_rollback_run(const char *dir, const struct mdl_rollback_opts *o, struct mdl_err *err)
{
	struct rollback rb = {.o = o};
	struct mdl_checkpoint ck;
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	int r = roll(&rb, ck.dir, o->to, 0, err);
	mdl_checkpoint_close(&ck);
	release(&rb);
	return r;
}

int mdl_rollback_finish(struct mdl_checkpoint *ck, mdl_checkpoint_notice_fn *notice, struct mdl_err *err)
{
	struct mdl_rollback_opts o = {.notice = notice};
	struct rollback rb = {.o = &o};
	struct mdl_intent in;
	int64_t at;
	int r = mdl_intent_read(ck->dir, &in, err);
	if (r)
		return r < 0 ? -1 : 0;
	mdl_intent_free(&in);
	MDL_GROW(rb.held, rb.nheld, rb.held_cap);
	rb.held[rb.nheld++] = (struct held){*ck, true};
	r = finish(&rb, ck->dir, 0, &at, err);
	release(&rb);
	return r;
}
