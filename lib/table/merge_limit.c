/* SPDX-License-Identifier: MIT
 *
 * Up to which epoch files may be merged: see merge_limit.h.
 */
#include "table/merge_limit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "table/table_owner.h"

struct finder {
	struct mdl_merge_limit *l;
	const struct mdl_merge_limit_opts *o;
	const char *dir;
};

void mdl_merge_limit_free(struct mdl_merge_limit *l)
{
	free(l->why);
	free(l->cuts);
	l->why = NULL;
	l->cuts = NULL;
	l->ncuts = l->cuts_cap = 0;
}

static char *how_far(const char *who, const char *did, int64_t epoch)
{
	return epoch < 0 ? mdl_asprintf("%s has %s nothing of it yet", who, did)
			 : mdl_asprintf("%s has %s it up to epoch %" PRId64, who, did, epoch);
}

static void lower(struct mdl_merge_limit *l, int64_t epoch, char *why)
{
	if (epoch < l->epoch) {
		l->kept = false;
		free(l->why);
		l->epoch = epoch;
		l->why = why;
	} else {
		free(why);
	}
}

static int list(const struct mdl_checkpoint *ck, const char *log, int64_t *first, int64_t *last,
		struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *dir = mdl_path_join(ck->dir, log);
	int r = mdl_epoch_log_list(dir, &l, err);

	*last = mdl_epoch_list_last(&l);
	*first = l.n ? l.v[0] : -1;
	mdl_epoch_list_free(&l);
	free(dir);
	return r;
}

static int refuse_rolling(const struct mdl_checkpoint *ck, struct mdl_err *err)
{
	struct mdl_intent in;
	int r = mdl_intent_read(ck->dir, &in, err);

	if (r == 0) {
		r = mdl_err_set(err, MDL_RETRY,
				"a rollback of %s to epoch %" PRId64
				" is not finished; finish it first: medal-checkpoint rollback --to %" PRId64
				" %s",
				ck->dir, in.to, in.to, ck->dir);
		mdl_intent_free(&in);
	}
	return r < 0 ? -1 : 0;
}

/* The oldest epoch of CK to which a rollback can go: it wants the offsets of the one before, too. */
static int oldest_target(const struct mdl_checkpoint *ck, int64_t *target, struct mdl_err *err)
{
	int64_t first, last;

	if (list(ck, "offsets", &first, &last, err))
		return -1;
	*target = first > 0 ? first + 1 : 0;
	return 0;
}

/* ---- the owner ---- */

/* Tables without a checkpoint have files with medal's names; a Spark query that adds to a log would put back what was
 * merged, for it knows nothing of our locks. */
static int check_unowned(const char *dir, const struct mdl_table_log *log, struct mdl_err *err)
{
	for (size_t i = 0; i < log->nfiles; i++)
		if (mdl_table_name_epoch(log->files[i].path, NULL) == MDL_TABLE_EPOCH_UNKNOWN)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s has no owner and files that medal did not write (%s): a Spark query may be adding to "
				"it; let a pipeline of medal take the table over first",
				dir, log->files[i].path);
	return 0;
}

static int limit_of_owner(struct finder *f, const struct mdl_table_owner *o, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_err gone = MDL_ERR_INIT;
	int64_t first, last, oldest, decided;

	if (mdl_checkpoint_open(&ck, o->checkpoint, &gone))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s belongs to the checkpoint %s, which cannot be opened (%s), so it cannot be told what is "
			"committed; if the checkpoint is gone for good, remove %s/" MDL_TABLE_OWNER_FILE,
			f->dir, o->checkpoint, gone.msg, f->dir);
	int r = 0;

	if (strncmp(o->owner, ck.id, strlen(ck.id)) != 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s belongs to another checkpoint than the one in %s now",
				f->dir, ck.dir);
	if (!r)
		r = refuse_rolling(&ck, err) || list(&ck, "commits", &first, &last, err) ||
				    list(&ck, "medal/ledger", &oldest, &decided, err)
			    ? -1
			    : 0;
	if (!r && last >= 0 && decided < last)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" of %s was committed by another engine: while Spark adds to the log of %s, its files cannot be "
			"merged; run the pipeline of medal once, then merge",
			last, ck.dir, f->dir);
	if (!r) {
		f->l->oldest = oldest;
		int64_t keep = f->o->keep > INT32_MAX ? INT32_MAX : (int64_t)f->o->keep, target;

		lower(f->l, last, how_far(ck.dir, "committed", last));
		if (f->o->keep != MDL_MERGE_KEEP_ALL)
			lower(f->l, last < keep ? -1 : last - keep,
			      mdl_asprintf("%" PRId64 " epochs of %s are kept", keep, ck.dir));
		else if (!(r = oldest_target(&ck, &target, err)))
			lower(f->l, target,
			      mdl_asprintf("%s can be rolled back to epoch %" PRId64 " (--keep N for fewer)",
					   ck.dir, target));
		f->l->kept = keep > 0;
	}
	mdl_checkpoint_close(&ck);
	return r;
}

/* ---- the readers ---- */

static int64_t position(const struct finder *f, const struct mdl_positions *p)
{
	int64_t epoch = -1;

	for (size_t i = 0; i < p->ntables; i++)
		if (strcmp(p->tables[i].dir, f->dir) == 0)
			epoch = p->tables[i].epoch;
	return epoch;
}

/* How far has CK, a reader, read the table? -1 for not at all. SPARK: its last epoch is another engine's. */
static int reader_at(const struct finder *f, const struct mdl_checkpoint *ck, int64_t *epoch, bool *spark,
		     struct mdl_err *err)
{
	struct mdl_positions p = {0};
	int64_t first, last;

	*epoch = -1;
	*spark = false;
	if (refuse_rolling(ck, err) || list(ck, "commits", &first, &last, err))
		return -1;
	if (last < 0)
		return 0;
	int r = mdl_positions_read(ck->dir, last, &p, err);

	*spark = r > 0;
	*epoch = position(f, &p);
	mdl_positions_free(&p);
	return r < 0 ? -1 : 0;
}

/* Where in the table did the epochs of CK, a reader, end that it can be rolled back to? */
static int cut(const struct finder *f, const struct mdl_checkpoint *ck, struct mdl_err *err)
{
	int64_t first, last, n;

	if (oldest_target(ck, &n, err) || list(ck, "commits", &first, &last, err))
		return -1;
	if (f->o->keep < (uint64_t)(last < 0 ? 0 : last) && n < last - (int64_t)f->o->keep)
		n = last - (int64_t)f->o->keep;
	for (; n < last; n++) {
		struct mdl_positions p = {0};
		int r = mdl_positions_read(ck->dir, n, &p, err);
		int64_t at = r == 0 ? position(f, &p) : -1;
		struct mdl_merge_limit *l = f->l;

		mdl_positions_free(&p);
		if (r < 0)
			return -1;
		if (at < 0 || (l->ncuts && l->cuts[l->ncuts - 1] == at))
			continue;
		MDL_GROW(l->cuts, l->ncuts, l->cuts_cap);
		l->cuts[l->ncuts++] = at;
	}
	return 0;
}

static int limit_of_reader(struct finder *f, const char *id, const char *path, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_err gone = MDL_ERR_INIT;
	int64_t epoch = -1;
	bool spark = false;

	if (mdl_checkpoint_open(&ck, path, &gone)) {
		if (access(path, F_OK) == 0) {
			*err = gone;
			return mdl_err_wrap(err, "asking the reader %s of %s", path, f->dir);
		}
		char *text = mdl_asprintf(
			"the checkpoint %s, which read %s, is not there any more and is not asked", path,
			f->dir);
		if (f->o->notice)
			f->o->notice(text);
		free(text);
		return 0;
	}
	int r = strcmp(ck.id, id) == 0 ? reader_at(f, &ck, &epoch, &spark, err) : 1;

	if (r == 0 && spark && !f->o->no_stream_readers)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"a Spark query streams from %s (checkpoint %s) and would read merged rows again; let medal take the "
			"checkpoint back, or say --no-stream-readers when that query will not run again",
			f->dir, ck.dir);
	if (r == 0 && !spark) {
		f->l->readers = epoch < f->l->readers ? epoch : f->l->readers;
		lower(f->l, epoch, how_far(ck.dir, "read", epoch));
		r = cut(f, &ck, err);
	}
	mdl_checkpoint_close(&ck);
	return r < 0 ? -1 : 0;
}

/* ---- all ---- */

int mdl_merge_limit_find(struct mdl_merge_limit *l, const char *dir, const struct mdl_table_log *log,
			 const struct mdl_merge_limit_opts *o, struct mdl_err *err)
{
	struct finder f = {l, o, dir};
	struct mdl_table_owner owner;
	struct mdl_table_readers readers;

	*l = (struct mdl_merge_limit){.epoch = log->newest, .readers = INT64_MAX, .oldest = -1};
	int r = mdl_table_owner_read(&owner, dir, err);
	bool owned = r == 0;

	if (r < 0)
		return -1;
	r = 0;
	if (owned ? owner.complete : log->complete)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s is overwritten by each epoch (--mode overwrite): there is nothing to merge", dir);
	else if (owned && owner.rolling)
		r = mdl_err_set(err, MDL_RETRY,
				"%s is being rolled back to epoch %" PRId64 "; finish that first", dir,
				owner.rollbacks[owner.nrollbacks - 1]);
	else
		r = owned ? limit_of_owner(&f, &owner, err) : check_unowned(dir, log, err);
	mdl_table_owner_free(&owner);
	if (r || mdl_table_readers_read(&readers, dir, err)) {
		mdl_merge_limit_free(l);
		return -1;
	}
	for (size_t i = 0; !r && i < readers.n; i++)
		r = limit_of_reader(&f, readers.ids[i], readers.paths[i], err);
	mdl_table_readers_free(&readers);
	if (r)
		mdl_merge_limit_free(l);
	return r;
}
