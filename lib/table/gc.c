/* SPDX-License-Identifier: MIT
 *
 * What nothing names any more goes: see gc.h.
 */
#include "table/gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/leftover.h"
#include "state/pin.h"
#include "table/fsck_table.h"

struct gc {
	const struct mdl_gc_opts *o;
	struct mdl_gc_result *res;
	const char *dir;
	struct mdl_ledger *ledgers;
	size_t n, cap;
};

static int read_ledgers(struct gc *g, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *path = mdl_path_join(g->dir, "medal/ledger");
	int r = mdl_epoch_log_list(path, &l, err);
	for (size_t i = 0; !r && i < l.n; i++) {
		MDL_GROW(g->ledgers, g->n, g->cap);
		r = mdl_ledger_read(g->dir, l.v[i], &g->ledgers[g->n], err);
		if (r < 0)
			mdl_err_wrap(err, "nothing was removed, see 'medal-checkpoint fsck'");
		else if (r == 0)
			g->n++;
	}
	mdl_epoch_list_free(&l);
	free(path);
	return r < 0 ? -1 : 0;
}

static bool is_named(const struct gc *g, const char *stage, const char *name)
{
	for (size_t i = g->n; i-- > 0;) {
		const struct mdl_books *b = mdl_ledger_stage(&g->ledgers[i], stage);
		for (size_t k = 0; b && k < b->nstates; k++)
			if (strcmp(b->states[k].name, name) == 0)
				return true;
	}
	return false;
}

static int drop(struct gc *g, int dfd, const char *dir, const char *name, uint64_t *count,
		struct mdl_err *err)
{
	struct stat st;
	if (fstatat(dfd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	if (unlinkat(dfd, name, 0) && errno != ENOENT)
		return mdl_err_sys(err, "removing %s/%s", dir, name);
	++*count;
	g->res->bytes += (uint64_t)st.st_size;
	return 0;
}

/* Temporary files of folder SUB; with STAGE also the state files that no ledger names. */
static int sweep(struct gc *g, const char *sub, const char *stage, struct mdl_err *err)
{
	char *path = *sub ? mdl_path_join(g->dir, sub) : mdl_strdup(g->dir);
	DIR *d = opendir(path);
	int r = 0;
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		if (mdl_leftover_is_temporary(e->d_name))
			r = drop(g, dirfd(d), path, e->d_name, &g->res->temporary, err);
		else if (stage && e->d_name[0] != '.' && !is_named(g, stage, e->d_name))
			r = drop(g, dirfd(d), path, e->d_name, &g->res->state, err);
	}
	if (d)
		closedir(d);
	if (!r && stage)
		rmdir(path); /* a stage that is gone; one that has files refuses */
	free(path);
	return r;
}

static int sweep_states(struct gc *g, struct mdl_err *err)
{
	char *root = mdl_path_join(g->dir, "state/medal");
	DIR *d = opendir(root);
	int r = 0;
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		char *sub = mdl_path_join("state/medal", e->d_name);
		r = sweep(g, sub, e->d_name, err);
		free(sub);
	}
	if (d)
		closedir(d);
	free(root);
	return r;
}

static int sweep_broken(struct gc *g, struct mdl_err *err)
{
	char *path = mdl_path_join(g->dir, "medal/broken");
	DIR *d = opendir(path);
	time_t before = time(NULL) - (time_t)(g->o->older_than_us / 1000000);
	int r = 0;
	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		struct stat st;
		/* ctime: when it was put there */
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_ctime <= before)
			r = drop(g, dirfd(d), path, e->d_name, &g->res->broken, err);
	}
	if (d)
		closedir(d);
	free(path);
	return r;
}

/* Tables of the newest ledger: those that the pipeline writes now. */
static int sweep_tables(struct gc *g, struct mdl_err *err)
{
	const struct mdl_ledger *l = g->n ? &g->ledgers[g->n - 1] : NULL;
	for (size_t s = 0; l && s < l->nstages; s++)
		for (size_t i = 0; i < l->stages[s].ntables; i++) {
			size_t removed = 0;
			if (mdl_fsck_clean_pending(g->dir, l->stages[s].tables[i].dir, &removed, err))
				return -1;
			g->res->hidden += removed;
		}
	return 0;
}

static int run(struct gc *g, struct mdl_err *err)
{
	static const char *const folders[] = {"",           "offsets",      "commits",     "sources/0",
					      "medal",      "medal/ledger", "medal/files", "medal/spool",
					      "medal/kafka"};
	struct mdl_intent in;
	int r = mdl_intent_read(g->dir, &in, err);
	if (r == 0) {
		r = mdl_err_set(err, MDL_TROUBLE,
				"a rollback of %s to epoch %" PRId64 " was interrupted; finish it first",
				g->dir, in.to);
		mdl_intent_free(&in);
	}
	if (r < 0 || read_ledgers(g, err))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (sweep(g, folders[i], NULL, err))
			return -1;
	return sweep_states(g, err) || sweep_tables(g, err) || sweep_broken(g, err) ? -1 : 0;
}

int mdl_gc_run(const char *dir, const struct mdl_gc_opts *o, struct mdl_gc_result *res, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct gc g = {.o = o, .res = res};
	memset(res, 0, sizeof(*res));
	/* _own would make a checkpoint of any directory */
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	mdl_checkpoint_close(&ck);
	int r = mdl_checkpoint_own(&ck, dir, false, -1, true, o->notice, err);
	int pin = r ? -1 : mdl_pin_take(ck.dir, true, err);
	g.dir = ck.dir;
	r = pin < 0 ? -1 : run(&g, err);
	for (size_t i = 0; i < g.n; i++)
		mdl_ledger_free(&g.ledgers[i]);
	free(g.ledgers);
	if (pin >= 0)
		close(pin);
	mdl_checkpoint_close(&ck);
	return r;
}
