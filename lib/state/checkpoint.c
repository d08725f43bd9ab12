/* SPDX-License-Identifier: MIT
 *
 * The checkpoint directory: see checkpoint.h. Locks and runs are in run_lock.c,
 * purging in purge.c.
 */
#include "state/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/run_lock.h"
#include "json/doc.h"
#include "json/text.h"

static int read_metadata(struct mdl_checkpoint *ck, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);
	char *path = mdl_path_join(ck->dir, "metadata");
	int r = mdl_file_read(path, &text, err);
	if (r == 0) {
		struct mdl_doc *d = mdl_doc_parse(mdl_buf_slice(&text), path, err);
		const char *id = mdl_doc_str(d, "id");
		if (!d || !id || !*id || strlen(id) >= sizeof(ck->id))
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s holds no {\"id\":...}; restore it from a backup", path);
		else
			snprintf(ck->id, sizeof(ck->id), "%s", id);
		mdl_doc_free(d);
	}
	free(path);
	mdl_buf_free(&text);
	return r;
}

static int random_hex(char *hex, size_t digits, struct mdl_err *err)
{
	unsigned char b[16];
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return mdl_err_sys(err, "getting random bytes");
	for (size_t i = 0; i < digits; i++)
		hex[i] = "0123456789abcdef"[i % 2 ? b[i / 2] & 15 : b[i / 2] >> 4];
	hex[digits] = '\0';
	return 0;
}

/* A query that lost its id would get another one, and sinks that know epochs by it (Delta) would take them twice. */
static int refuse_lost_metadata(struct mdl_checkpoint *ck, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *dir = mdl_path_join(ck->dir, "offsets");
	int r = mdl_epoch_log_list(dir, &l, err);
	if (!r && l.n)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s has lost its file 'metadata', which names it: 'medal-checkpoint fsck --repair %s' writes it again "
			"where a ledger knows the name; else restore the file from a backup, or take the offsets over "
			"into a new checkpoint: 'medal-checkpoint import --spark %s NEWDIR'",
			ck->dir, ck->dir, ck->dir);
	mdl_epoch_list_free(&l);
	free(dir);
	return r;
}

/* A random UUID (version 4), as Spark gives a query. Without a final newline, as Spark writes it. */
static int create_metadata(struct mdl_checkpoint *ck, struct mdl_err *err)
{
	char h[33], text[64];
	bool created;
	if (refuse_lost_metadata(ck, err))
		return -1;
	if (random_hex(h, 32, err))
		return -1;
	h[12] = '4';
	h[16] = "89ab"[h[16] & 3];
	int n = snprintf(text, sizeof(text), "{\"id\":\"%.8s-%.4s-%.4s-%.4s-%.12s\"}", h, h + 8, h + 12,
			 h + 16, h + 20);
	if (mdl_file_create(ck->dir, "metadata", (struct mdl_slice){text, (size_t)n}, &created, err))
		return -1;
	return read_metadata(ck, err);
}

static void clear(struct mdl_checkpoint *ck)
{
	memset(ck, 0, sizeof(*ck));
	ck->lock_fd = ck->run_fd = ck->ack_fd = -1;
}

int mdl_checkpoint_open(struct mdl_checkpoint *ck, const char *dir, struct mdl_err *err)
{
	clear(ck);
	ck->dir = mdl_path_real(dir, err);
	if (!ck->dir)
		return -1;
	int r = read_metadata(ck, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is no checkpoint: it has no file 'metadata'", dir);
	if (r)
		mdl_checkpoint_close(ck);
	return r;
}

/* A run that was killed between a name and the sync of its directory left a name that we see and a power cut may take:
 * offsets/N under our commits/N, a ledger whose files we show. What we build on is synced first (tests/model/power.pml,
 * M_TRUST_WHAT_IS_SEEN). */
static int sync_what_is_seen(const struct mdl_checkpoint *ck, struct mdl_err *err)
{
	static const char *const parts[] = {
		"..",          ".",           "medal",      "sources",     "state",
		"offsets",     "commits",     "sources/0",  "state/medal", "medal/ledger",
		"medal/files", "medal/spool", "medal/kafka"};
	int r = 0;
	for (size_t i = 0; !r && i < sizeof(parts) / sizeof(*parts); i++) {
		char *p = mdl_path_join(ck->dir, parts[i]);
		if (access(p, R_OK) == 0)
			r = mdl_dir_sync(p, err);
		free(p);
	}
	return r;
}

int mdl_checkpoint_own(struct mdl_checkpoint *ck, const char *dir, bool wait, int out_fd, bool unsafe_fs,
		       mdl_checkpoint_notice_fn *notice, struct mdl_err *err)
{
	static const char *const parts[] = {"offsets",   "commits",      "sources/0",
					    "medal/run", "medal/ledger", "medal/files"};
	clear(ck);
	if (mdl_dir_make(dir, err))
		return mdl_err_wrap(err, "making the checkpoint");
	ck->dir = mdl_path_real(dir, err);
	if (!ck->dir)
		return -1;
	/* the path travels in control lines and stands in ledgers, which are JSON */
	if (!mdl_utf8_valid(mdl_slice_of(ck->dir)))
		return mdl_err_set(err, MDL_TROUBLE,
				   "the path of the checkpoint %s is not UTF-8; give it another name",
				   ck->dir);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *p = mdl_path_join(ck->dir, parts[i]);
		int r = mdl_dir_make(p, err);
		free(p);
		if (r)
			return -1;
	}
	if (mdl_run_lock_try_file_system(ck->dir, unsafe_fs, err) ||
	    mdl_run_lock_take(ck, wait, out_fd, notice, err))
		return -1;
	if (mdl_run_lock_bar_all(ck, out_fd, notice, err) || sync_what_is_seen(ck, err))
		return -1;
	int r = read_metadata(ck, err);
	return r > 0 ? create_metadata(ck, err) : r;
}

int mdl_checkpoint_start_run(struct mdl_checkpoint *ck, struct mdl_err *err)
{
	return random_hex(ck->run, MDL_RUN_ID, err) ? -1 : mdl_run_lock_start(ck, err);
}

void mdl_checkpoint_close(struct mdl_checkpoint *ck)
{
	int *fds[] = {&ck->ack_fd, &ck->run_fd, &ck->lock_fd};
	for (size_t i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	free(ck->dir);
	ck->dir = NULL;
}

/* ---- Numbered files ---- */

static char *sub(const struct mdl_checkpoint *ck, const char *name)
{
	return mdl_path_join(ck->dir, name);
}

int mdl_checkpoint_write_offsets(struct mdl_checkpoint *ck, int64_t n, const struct mdl_offsets *o,
				 struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool created;
	char *dir = sub(ck, "offsets");
	mdl_offsets_format(&text, o);
	int r = mdl_epoch_log_create(dir, n, mdl_buf_slice(&text), ck->run_fd, &created, err);
	if (!r && !created)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s/%" PRId64
			" appeared while this run planned the epoch: another engine writes this checkpoint",
			dir, n);
	mdl_buf_free(&text);
	free(dir);
	return r;
}

int mdl_checkpoint_offsets_crc(const struct mdl_checkpoint *ck, int64_t n, uint32_t *crc, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	char *dir = sub(ck, "offsets");
	int r = mdl_epoch_log_read(dir, n, &text, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s/%" PRId64 " is missing; restore it from a backup", dir,
				n);
	*crc = mdl_crc32c(0, text.p, text.n);
	mdl_buf_free(&text);
	free(dir);
	return r;
}

int mdl_checkpoint_write_commit(struct mdl_checkpoint *ck, int64_t n, int64_t next_watermark_ms,
				bool *created, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256);
	char *dir = sub(ck, "commits");
	mdl_commit_format(&text, next_watermark_ms);
	/* what is decided may be committed by anybody */
	int r = mdl_epoch_log_create(dir, n, mdl_buf_slice(&text), -1, created, err);
	mdl_buf_free(&text);
	free(dir);
	return r;
}

static int read_commit(struct mdl_checkpoint *ck, int64_t n, int64_t *wm, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);
	char *dir = sub(ck, "commits");
	char *name = mdl_asprintf("%s/%" PRId64, dir, n);
	int r = mdl_epoch_log_read(dir, n, &text, err);
	if (r == 0)
		r = mdl_commit_parse(mdl_buf_slice(&text), name, wm, err);
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}

int mdl_checkpoint_committed(struct mdl_checkpoint *ck, int64_t n, int64_t *next_watermark_ms,
			     struct mdl_err *err)
{
	int r = read_commit(ck, n, next_watermark_ms, err);
	if (r)
		return r < 0 ? -1 : 0;
	/* the tail links first and syncs then: what we build on must not vanish with a power cut */
	char *dir = sub(ck, "commits");
	r = mdl_dir_sync(dir, err) ? -1 : 1;
	free(dir);
	return r;
}

static int read_offsets(struct mdl_checkpoint *ck, int64_t n, struct mdl_offsets *o, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	char *dir = sub(ck, "offsets");
	char *name = mdl_asprintf("%s/%" PRId64, dir, n);
	int r = mdl_epoch_log_read(dir, n, &text, err);
	if (r == 0)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, o, err);
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}

/* ---- Recovery ---- */

/* A newest entry that was torn (Spark does not sync) was acknowledged to nobody: it is put aside. One of a newer version
 * is not torn, and may have been acted on. */
static int set_aside(struct mdl_checkpoint *ck, const char *log, int64_t n, mdl_checkpoint_notice_fn *notice,
		     struct mdl_err *err)
{
	char *broken = sub(ck, "medal/broken");
	char *from = mdl_asprintf("%s/%s/%" PRId64, ck->dir, log, n),
	     *to = mdl_asprintf("%s/%s.%" PRId64, broken, log, n);
	char *dir = sub(ck, log);
	char *crc = mdl_asprintf("%s/.%" PRId64 ".crc", dir, n);
	char *text = mdl_asprintf(
		"%s is damaged and was never acknowledged (%s); it is kept as %s and counts as absent", from,
		err->msg, to);
	mdl_err_clear(err);
	int r = mdl_dir_make(broken, err);
	if (!r && rename(from, to))
		r = mdl_err_sys(err, "moving %s", from);
	if (!r)
		r = mdl_file_remove(crc, err) || mdl_dir_sync(dir, err) || mdl_dir_sync(broken, err) ? -1 : 0;
	if (!r)
		notice(text);
	free(text);
	free(crc);
	free(dir);
	free(to);
	free(from);
	free(broken);
	return r;
}

static int list(struct mdl_checkpoint *ck, const char *log, struct mdl_epoch_list *l, struct mdl_err *err)
{
	char *dir = sub(ck, log);
	int r = mdl_epoch_log_list(dir, l, err);
	free(dir);
	return r;
}

static int newest_offsets(struct mdl_checkpoint *ck, struct mdl_recovery *r, mdl_checkpoint_notice_fn *notice,
			  struct mdl_err *err)
{
	struct mdl_epoch_list offsets, commits;
	if (list(ck, "offsets", &offsets, err) || list(ck, "commits", &commits, err))
		return -1;
	r->last_offsets = mdl_epoch_list_last(&offsets);
	r->last_commit = mdl_epoch_list_last(&commits);
	bool has_previous = offsets.n >= 2 && offsets.v[offsets.n - 2] == r->last_offsets - 1;
	mdl_epoch_list_free(&offsets);
	mdl_epoch_list_free(&commits);

	if (r->last_offsets >= 0 && read_offsets(ck, r->last_offsets, &r->offsets, err)) {
		if (err->newer || r->last_commit >= r->last_offsets ||
		    set_aside(ck, "offsets", r->last_offsets, notice, err))
			return -1;
		r->last_offsets = has_previous ? r->last_offsets - 1 : -1;
		if (r->last_offsets >= 0 && read_offsets(ck, r->last_offsets, &r->offsets, err))
			return -1;
		has_previous = r->last_offsets > 0;
	}
	if (r->last_offsets > 0) {
		if (!has_previous)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"offsets/%" PRId64 " is missing although offsets/%" PRId64
				" is there; restore it from a backup (Spark, too, refuses this checkpoint)",
				r->last_offsets - 1, r->last_offsets);
		if (read_offsets(ck, r->last_offsets - 1, &r->previous, err))
			return -1;
	}
	return 0;
}

/* offsets/N and commits/N are Spark's and prove nothing themselves: the ledger of the epoch knows what they said. */
static int check_against(struct mdl_checkpoint *ck, const struct mdl_recovery *r, const struct mdl_ledger *l,
			 struct mdl_err *err)
{
	uint32_t crc;
	if (l->next_watermark_ms != r->next_watermark_ms)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s/commits/%" PRId64 " is damaged: its watermark is %" PRId64
				   ", but medal/ledger/%" PRId64 " has %" PRId64 "; restore it from a backup",
				   ck->dir, l->epoch, r->next_watermark_ms, l->epoch, l->next_watermark_ms);
	if (!l->has_offsets_crc)
		return 0;
	if (mdl_checkpoint_offsets_crc(ck, l->epoch, &crc, err))
		return -1;
	if (crc == l->offsets_crc32c)
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s/offsets/%" PRId64 " is damaged: it is not what medal/ledger/%" PRId64
			   " was decided by; restore it from a backup",
			   ck->dir, l->epoch, l->epoch);
}

/* An epoch that is planned and not decided has no ledger yet, but one watermark only can be planned. (The epoch before must
 * be medal's, for which that is so.) */
static int check_planned(struct mdl_checkpoint *ck, const struct mdl_recovery *r, struct mdl_err *err)
{
	int64_t planned = r->offsets.batch_watermark_ms, before = r->next_watermark_ms;
	if (r->decided || r->last_offsets <= r->last_commit || (r->last_commit >= 0 && !r->last_run[0]))
		return 0;
	if (r->last_offsets > 0 && r->previous.batch_watermark_ms > before)
		before = r->previous.batch_watermark_ms;
	if (planned == before || planned == MDL_WATERMARK_FINAL)
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s/offsets/%" PRId64 " is damaged: its watermark is %" PRId64
			   ", but that of the epoch before is %" PRId64
			   "; no epoch was decided by it: remove the file, and the epoch is planned anew",
			   ck->dir, r->last_offsets, planned, before);
}

static int read_last_ledger(struct mdl_checkpoint *ck, struct mdl_recovery *r, struct mdl_err *err)
{
	struct mdl_ledger l;
	if (r->last_commit < 0)
		return 0;
	int got = mdl_ledger_read(ck->dir, r->last_commit, &l, err);
	if (got)
		return got < 0 ? -1 : 0;
	memcpy(r->last_run, l.run, sizeof(r->last_run));
	r->last_want_no_data = l.want_no_data;
	r->final = l.final;
	got = check_against(ck, r, &l, err);
	mdl_ledger_free(&l);
	return got;
}

int mdl_checkpoint_recover(struct mdl_checkpoint *ck, struct mdl_recovery *r,
			   mdl_checkpoint_notice_fn *notice, struct mdl_err *err)
{
	struct mdl_intent in;
	memset(r, 0, sizeof(*r));
	int got = mdl_intent_read(ck->dir, &in, err);
	if (got <= 0) {
		if (!got)
			mdl_err_set(
				err, MDL_TROUBLE,
				"a rollback of %s to epoch %" PRId64
				" was interrupted; finish it first: medal-checkpoint rollback --to %" PRId64
				" %s",
				ck->dir, in.to, in.to, ck->dir);
		mdl_intent_free(&in);
		return -1;
	}
	if (newest_offsets(ck, r, notice, err))
		return -1;
	int64_t wm = 0;
	if (r->last_commit >= 0 && read_commit(ck, r->last_commit, &wm, err)) {
		if (err->newer || r->last_offsets > r->last_commit ||
		    set_aside(ck, "commits", r->last_commit, notice, err))
			return -1;
		r->last_commit = r->last_offsets - 1;
		if (r->last_commit >= 0 && read_commit(ck, r->last_commit, &wm, err) < 0)
			return -1;
	}
	r->next_watermark_ms = wm;
	if (r->last_commit > r->last_offsets)
		return mdl_err_set(err, MDL_TROUBLE,
				   "commits/%" PRId64 " has no offsets/%" PRId64
				   "; the checkpoint is not whole, restore it from a backup",
				   r->last_commit, r->last_commit);
	if (r->last_offsets > r->last_commit + 1)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"offsets/%" PRId64 " is planned, but the last commit is %" PRId64
			": more than one epoch is in doubt, which medal never leaves behind; restore commits/ from a backup",
			r->last_offsets, r->last_commit);
	if (r->last_offsets > r->last_commit) {
		char *dir = sub(ck, "medal/ledger");
		struct mdl_epoch_list ledgers;
		int e = mdl_epoch_log_list(dir, &ledgers, err);
		r->decided = mdl_epoch_list_last(&ledgers) == r->last_offsets;
		mdl_epoch_list_free(&ledgers);
		free(dir);
		if (e)
			return -1;
	}
	return read_last_ledger(ck, r, err) || check_planned(ck, r, err) ? -1 : 0;
}

void mdl_recovery_free(struct mdl_recovery *r)
{
	mdl_offsets_free(&r->offsets);
	mdl_offsets_free(&r->previous);
}
