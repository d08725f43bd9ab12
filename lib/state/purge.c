/* SPDX-License-Identifier: MIT
 *
 * Purging a checkpoint: what no recovery needs any more. Spark keeps
 * minBatchesToRetain (100) epochs; so does medal.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"
#include "state/pin.h"

static int purge_log(const char *ck_dir, const char *log, int64_t below, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *dir = mdl_path_join(ck_dir, log);
	int r = mdl_epoch_log_list(dir, &l, err);
	for (size_t i = 0; i < l.n && l.v[i] < below && !r; i++)
		if (mdl_epoch_log_remove(dir, l.v[i], err) < 0)
			r = -1;
	mdl_epoch_list_free(&l);
	free(dir);
	return r;
}

static bool is_named(const struct mdl_books *b, const char *name)
{
	for (size_t i = 0; i < b->nstates; i++)
		if (strcmp(b->states[i].name, name) == 0)
			return true;
	return false;
}

/* State files up to the epoch of OLDEST, the oldest ledger that is kept, which it does not name, are named by no later
 * one either: a chain is that of the epoch before, of which the end may have become one file. */
static int purge_state(const char *ck_dir, const struct mdl_ledger *oldest, struct mdl_err *err)
{
	for (size_t i = 0; i < oldest->nstages; i++) {
		const struct mdl_books *b = &oldest->stages[i];
		if (!b->nstates)
			continue;
		char *dir = mdl_asprintf("%s/state/medal/%s", ck_dir, b->stage);
		DIR *d = opendir(dir);
		struct dirent *e;
		while (d && (e = readdir(d))) {
			char *end;
			int64_t n = strtoll(e->d_name, &end, 10);
			if (end == e->d_name || *end != '.' || n > oldest->epoch || is_named(b, e->d_name))
				continue;
			if (unlinkat(dirfd(d), e->d_name, 0) && errno != ENOENT) {
				int r = mdl_err_sys(err, "removing %s/%s", dir, e->d_name);
				closedir(d);
				free(dir);
				return r;
			}
		}
		if (d)
			closedir(d);
		free(dir);
	}
	return 0;
}

static int purge_below(struct mdl_checkpoint *ck, int64_t below, struct mdl_err *err)
{
	static const char *const logs[] = {"commits", "offsets", "medal/ledger", "medal/files",
					   "medal/kafka"};
	struct mdl_ledger oldest;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		if (purge_log(ck->dir, logs[i], below, err))
			return -1;
	int r = mdl_ledger_read(ck->dir, below, &oldest, err);
	if (r)
		return r < 0 ? -1 : 0;
	r = purge_state(ck->dir, &oldest, err);
	mdl_ledger_free(&oldest);
	return r;
}

int mdl_checkpoint_purge(struct mdl_checkpoint *ck, int64_t n, uint64_t retain, struct mdl_err *err)
{
	/* recovery reads offsets/N-1 and ledger/N: two epochs are the least */
	int64_t keep = retain < 2 ? 2 : retain > INT32_MAX ? INT32_MAX : (int64_t)retain;
	int64_t below = n - keep;
	if (below <= 0)
		return 0;
	/* a backup copies what stands: the next purge takes it away */
	struct mdl_err busy = MDL_ERR_INIT;
	int pin = mdl_pin_take(ck->dir, true, &busy);
	if (pin < 0)
		return 0;
	int r = purge_below(ck, below, err);
	close(pin);
	return r;
}
