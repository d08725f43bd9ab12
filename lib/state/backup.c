/* SPDX-License-Identifier: MIT
 *
 * Writing a backup: see backup.h. The pin keeps the purge away while files are read;
 * the source's log, which its writer thins out itself, is read first, and again for a
 * later commit when it moved on meanwhile.
 */
#include "state/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/tar.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/pin.h"
#include "state/source_log.h"
#include "state/spool_state.h"
#include "json/doc.h"

/* A file whose text is in memory. */
struct part {
	char *name;
	struct mdl_buf text;
};

struct backup {
	const char *dir;
	struct mdl_compress_writer *out;
	struct mdl_backup_result *res;
	int64_t epoch, log_offset;
	struct part *parts;
	size_t nparts, parts_cap;
};

static void drop_parts(struct backup *b)
{
	for (size_t i = 0; i < b->nparts; i++) {
		free(b->parts[i].name);
		mdl_buf_free(&b->parts[i].text);
	}
	b->nparts = 0;
}

/* Take file NAME into memory: 1 when it is not there. */
static int take(struct backup *b, const char *name, struct mdl_err *err)
{
	char *path = mdl_path_join(b->dir, name);
	struct part p = {mdl_strdup(name), MDL_BUF_INIT(MDL_BUF_NO_LIMIT)};
	int r = mdl_file_read(path, &p.text, err);
	free(path);
	if (r) {
		free(p.name);
		mdl_buf_free(&p.text);
		return r;
	}
	MDL_GROW(b->parts, b->nparts, b->parts_cap);
	b->parts[b->nparts++] = p;
	return 0;
}

static int last_commit(struct backup *b, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	struct mdl_offsets o = {0};
	char *commits = mdl_path_join(b->dir, "commits"), *offsets = mdl_path_join(b->dir, "offsets"),
	     *name = NULL;
	int r = mdl_epoch_log_list(commits, &l, err);
	b->epoch = mdl_epoch_list_last(&l);
	b->log_offset = -1;
	if (!r && b->epoch < 0)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s has no committed epoch yet: there is nothing to back up", b->dir);
	if (!r) {
		name = mdl_asprintf("%s/%" PRId64, offsets, b->epoch);
		r = mdl_epoch_log_read(offsets, b->epoch, &text, err);
		if (r > 0)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s is missing although the epoch is committed; see "
					"'medal-checkpoint fsck'",
					name);
	}
	if (!r)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, &o, err);
	if (!r && o.nsources && o.sources[0]) {
		struct mdl_doc *d = mdl_doc_parse(mdl_slice_of(o.sources[0]), name, err);
		mdl_doc_int(d, "logOffset", &b->log_offset);
		r = d ? 0 : -1;
		mdl_doc_free(d);
	}
	mdl_offsets_free(&o);
	mdl_buf_free(&text);
	mdl_epoch_list_free(&l);
	free(name);
	free(offsets);
	free(commits);
	return r;
}

/* Batches up to the log offset; 1 when what they need has been thinned out since the commit was looked up. */
static int take_source(struct backup *b, struct mdl_err *err)
{
	int64_t compact = -1;
	char name[80];
	for (int64_t k = b->log_offset; k >= 0; k--) {
		snprintf(name, sizeof(name), "sources/0/%" PRId64 ".compact", k);
		int r = take(b, name, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			compact = k;
			break;
		}
	}
	for (int64_t k = compact + 1; k <= b->log_offset; k++) {
		snprintf(name, sizeof(name), "sources/0/%" PRId64, k);
		int r = take(b, name, err);
		if (r)
			return r;
	}
	return 0;
}

/* The entries of LOG up to number LAST. */
static int take_log(struct backup *b, const char *log, int64_t last, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *dir = mdl_path_join(b->dir, log);
	int r = mdl_epoch_log_list(dir, &l, err);
	for (size_t i = 0; i < l.n && r >= 0 && l.v[i] <= last; i++) {
		char *name = mdl_asprintf("%s/%" PRId64, log, l.v[i]);
		r = take(b, name, err);
		free(name);
	}
	mdl_epoch_list_free(&l);
	free(dir);
	return r < 0 ? -1 : 0;
}

/* The next run's standard input is a new one: what is spooled at this moment is not of the commit. */
static int take_spool(struct backup *b, struct mdl_err *err)
{
	struct mdl_spool_state s;
	char *dir = mdl_path_join(b->dir, "medal/spool");
	int r = mdl_spool_state_read(dir, &s, err);
	free(dir);
	if (r)
		return r < 0 ? -1 : 0;
	b->res->spooled = true;
	s.closed = true;
	struct part p = {mdl_strdup("medal/spool/state"), MDL_BUF_INIT(MDL_BUF_NO_LIMIT)};
	mdl_spool_state_format(&p.text, &s);
	MDL_GROW(b->parts, b->nparts, b->parts_cap);
	b->parts[b->nparts++] = p;
	return 0;
}

static int gather(struct backup *b, struct mdl_err *err)
{
	static const char *const logs[] = {"offsets", "commits", "medal/ledger", "medal/files",
					   "medal/kafka"};
	int r = 1;
	for (int tries = 0; r > 0 && tries < 100; tries++) {
		drop_parts(b);
		r = last_commit(b, err) ? -1 : take_source(b, err);
	}
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE,
				"the source's log in %s/sources/0 has a gap; see 'medal-checkpoint fsck'",
				b->dir);
	if (!r && (r = take(b, "metadata", err)) > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s/metadata is missing", b->dir);
	for (size_t i = 0; !r && i < sizeof(logs) / sizeof(*logs); i++)
		r = take_log(b, logs[i], b->epoch, err);
	if (!r) /* columns that were inferred: numbered on their own */
		r = take_log(b, "_schemas", INT64_MAX, err);
	return r ? r : take_spool(b, err);
}

static int put_state(struct backup *b, const char *stage, const struct mdl_ledger_state *s, int64_t now,
		     struct mdl_err *err)
{
	char *name = mdl_asprintf("state/medal/%s/%s", stage, s->name), *path = mdl_path_join(b->dir, name);
	char *buf = mdl_alloc(1 << 16);
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	uint64_t left = s->size;
	uint32_t crc = 0;
	if (fd < 0)
		r = mdl_err_sys(err, "the state file %s, which the ledger names, cannot be opened", path);
	if (!r)
		r = mdl_tar_head(b->out, name, s->size, now, err);
	while (!r && left) {
		ssize_t n = mdl_read(fd, buf, left < 1 << 16 ? (size_t)left : 1 << 16);
		if (n <= 0) {
			r = n < 0 ? mdl_err_sys(err, "reading %s", path) : 1;
			break;
		}
		crc = mdl_crc32c(crc, buf, (size_t)n);
		left -= (uint64_t)n;
		r = mdl_compress_writer_write(b->out, buf, (size_t)n, err);
	}
	if (r > 0 || (!r && crc != s->crc32c))
		r = mdl_err_set(err, MDL_TROUBLE, "the state file %s is damaged; nothing was backed up",
				path);
	if (!r)
		r = mdl_tar_pad(b->out, s->size, err);
	if (fd >= 0)
		close(fd);
	b->res->files++;
	b->res->bytes += s->size;
	free(buf);
	free(path);
	free(name);
	return r;
}

static int put_all(struct backup *b, struct mdl_err *err)
{
	struct mdl_ledger l = {0};
	int64_t now = (int64_t)time(NULL);
	int r = 0;
	for (size_t i = 0; !r && i < b->nparts; i++) {
		struct mdl_slice text = mdl_buf_slice(&b->parts[i].text);
		r = mdl_tar_put(b->out, b->parts[i].name, text, now, err);
		b->res->files++;
		b->res->bytes += text.n;
	}
	if (!r && mdl_ledger_read(b->dir, b->epoch, &l, err) < 0)
		r = -1;
	for (size_t i = 0; !r && i < l.nstages; i++)
		for (size_t k = 0; !r && k < l.stages[i].nstates; k++)
			r = put_state(b, l.stages[i].stage, &l.stages[i].states[k], now, err);
	mdl_ledger_free(&l);
	return r ? -1 : mdl_tar_end(b->out, err);
}

static int write_file(struct backup *b, const char *file, struct mdl_err *err)
{
	char *real = mdl_path_real(file, err), *slash = real ? strrchr(real, '/') : NULL;
	if (!real)
		return -1;
	if (access(real, F_OK) == 0) {
		mdl_err_set(err, MDL_TROUBLE, "%s exists already; give the backup a new name", file);
		free(real);
		return -1;
	}
	char *dir = mdl_strndup(real, slash == real ? 1 : (size_t)(slash - real));
	char *tmp = mdl_asprintf("%s/.%s.%d.tmp", dir, slash + 1, (int)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int r = fd < 0 ? mdl_err_sys(err, "writing %s", tmp) : 0;
	if (!r) {
		b->out = mdl_compress_writer_open(fd, MDL_COMPRESS_ZSTD, 0, tmp);
		r = put_all(b, err) || mdl_compress_writer_finish(b->out, NULL, err) ? -1 : 0;
		mdl_compress_writer_close(b->out);
	}
	if (!r && (fsync(fd) || close(fd)))
		r = mdl_err_sys(err, "keeping %s", tmp);
	else if (r && fd >= 0)
		close(fd);
	/* put if absent: no other backup is ever replaced */
	if (!r && link(tmp, real))
		r = mdl_err_sys(err, "%s cannot be made", file);
	unlink(tmp);
	if (!r)
		r = mdl_dir_sync(dir, err);
	free(tmp);
	free(dir);
	free(real);
	return r;
}

int mdl_backup_write(const char *dir, const char *file, struct mdl_backup_result *res, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_intent in;
	struct backup b = {.res = res};
	memset(res, 0, sizeof(*res));
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	b.dir = ck.dir;
	int pin = mdl_pin_take(ck.dir, false, err);
	int r = pin < 0 ? -1 : mdl_intent_read(ck.dir, &in, err);
	if (!r) {
		r = mdl_err_set(err, MDL_TROUBLE,
				"a rollback of %s to epoch %" PRId64
				" was interrupted; finish it before a backup",
				ck.dir, in.to);
		mdl_intent_free(&in);
	}
	if (r > 0)
		r = gather(&b, err) || write_file(&b, file, err) ? -1 : 0;
	res->epoch = b.epoch;
	drop_parts(&b);
	free(b.parts);
	if (pin >= 0)
		close(pin);
	mdl_checkpoint_close(&ck);
	return r;
}
