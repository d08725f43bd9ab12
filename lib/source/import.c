/* SPDX-License-Identifier: MIT
 *
 * A checkpoint from another's offsets: see import.h.
 */
#include "source/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "source/discovery.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/takeover.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_reader.h"

struct import {
	const struct mdl_import_opts *o;
	struct mdl_checkpoint ck; /* the new one */
	/* from the old one */
	int64_t base; /* its epoch that we begin after */
	struct mdl_offsets offsets;
	int64_t next_watermark_ms;
	struct mdl_source_log log;
	int64_t log_offset;
	struct mdl_positions pos;
	/* the table */
	char *table;
	struct mdl_table_log tlog;
	struct mdl_discovery files;
	int64_t epoch;   /* the new checkpoint's only one */
	uint64_t nfiles; /* of the source that count as read */
};

static int64_t wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- The old checkpoint ---- */

static int newest(const char *dir, const char *log, int64_t *n, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *path = mdl_path_join(dir, log);
	int r = mdl_epoch_log_list(path, &l, err);
	*n = mdl_epoch_list_last(&l);
	mdl_epoch_list_free(&l);
	free(path);
	return r;
}

static int choose_base(struct import *im, struct mdl_err *err)
{
	const char *dir = im->o->spark;
	int64_t planned, committed;
	if (newest(dir, "offsets", &planned, err) || newest(dir, "commits", &committed, err))
		return -1;
	im->base = im->o->doubt == MDL_IMPORT_DONE && planned > committed ? planned : committed;
	if (planned < 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s is no checkpoint, or one without a batch: it has no offsets", dir);
	if (planned > committed && im->o->doubt == MDL_IMPORT_REFUSE)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"batch %" PRId64
			" of %s is planned and not committed. Let its query finish it (start it once), or say which it is: "
			"--in-doubt again (its rows are in no table, they come again) or --in-doubt done (they are)",
			planned, dir);
	if (im->base < 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s has no committed batch: begin a checkpoint without import", dir);
	return 0;
}

static int read_entry(const char *dir, const char *log, int64_t n, struct mdl_buf *text, char **name,
		      struct mdl_err *err)
{
	char *path = mdl_path_join(dir, log);
	*name = mdl_asprintf("%s/%" PRId64, path, n);
	int r = mdl_epoch_log_read(path, n, text, err);
	free(path);
	return r;
}

static int read_base(struct import *im, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *name;
	int r = read_entry(im->o->spark, "offsets", im->base, &text, &name, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is missing; restore it from a backup", name);
	if (!r)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, &im->offsets, err);
	free(name);
	mdl_buf_clear(&text);
	im->next_watermark_ms = im->offsets.batch_watermark_ms;
	if (!r) {
		int64_t wm = 0;
		r = read_entry(im->o->spark, "commits", im->base, &text, &name, err);
		if (!r)
			r = mdl_commit_parse(mdl_buf_slice(&text), name, &wm, err);
		if (wm > im->next_watermark_ms)
			im->next_watermark_ms = wm;
		free(name);
	}
	mdl_buf_free(&text);
	return r < 0 ? -1 : 0;
}

static int read_source(struct import *im, struct mdl_err *err)
{
	const struct mdl_import_opts *o = im->o;
	if (o->source >= im->offsets.nsources)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the query of %s has %zu source%s; --source counts from 0", o->spark,
				   im->offsets.nsources, im->offsets.nsources == 1 ? "" : "s");
	const char *offset = im->offsets.sources[o->source];
	enum mdl_source_kind kind = mdl_takeover_source_kind(offset, &im->log_offset);
	if (kind != MDL_SOURCE_FILES && kind != MDL_SOURCE_KAFKA)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the source of %s is %s (its offset is %s), which medal cannot go on with",
				   o->spark, mdl_takeover_source_name(kind), offset ? offset : "-");
	if (kind == MDL_SOURCE_KAFKA)
		return 0;
	char folder[24];
	char *dir = mdl_asprintf("%s/sources/%s", o->spark,
				 mdl_offsets_source_folder(&im->offsets, (size_t)o->source, folder));
	int r = mdl_source_log_load(&im->log, dir, err);
	free(dir);
	/* of a checkpoint of medal's: how far growing files and tables were read */
	if (!r && mdl_positions_read(o->spark, im->base, &im->pos, err) < 0)
		r = -1;
	mdl_positions_clear_ranges(&im->pos);
	return r;
}

/* ---- The table ---- */

static int check_format(const struct import *im, struct mdl_err *err)
{
	for (size_t i = 0; i < im->files.nfiles; i++) {
		const char *path = im->files.files[i].path;
		const char *name = strrchr(path, '/') + 1;
		size_t n = mdl_compress_stem(name);
		bool json = (n > 5 && memcmp(name + n - 5, ".json", 5) == 0) ||
			    (n > 7 && memcmp(name + n - 7, ".ndjson", 7) == 0);
		if (!json && !(n > 4 && memcmp(name + n - 4, ".csv", 4) == 0))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s is neither NDJSON nor CSV by its name (.ndjson, .json, .csv), so medal-write cannot go "
				"on in its table",
				path);
	}
	return 0;
}

static int open_table(struct import *im, struct mdl_err *err)
{
	struct mdl_table_owner owner;
	im->table = mdl_path_real(im->o->table, err);
	if (!im->table || mdl_table_log_read(&im->tlog, im->table, err))
		return -1;
	int r = mdl_table_owner_read(&owner, im->table, err);
	if (r == 0) {
		mdl_err_set(err, MDL_TROUBLE, "%s belongs to checkpoint %s already", im->table,
			    owner.checkpoint);
		mdl_table_owner_free(&owner);
	}
	if (r <= 0)
		return -1;
	if (im->tlog.complete)
		return mdl_err_set(err, MDL_TROUBLE, "%s is overwritten by each epoch: it cannot be added to",
				   im->table);
	if (im->tlog.exists) {
		im->epoch =
			im->tlog.newest; /* its log goes on: the first epoch of the stream is the next entry */
		return 0;
	}
	const char *const paths[] = {im->table};
	struct mdl_discovery_opts opts = {.recursive = true};
	if (mdl_discovery_list(&im->files, paths, 1, &opts, err))
		return -1;
	if (!im->files.nfiles)
		return mdl_err_set(err, MDL_TROUBLE, "%s holds no files: begin the table without import",
				   im->table);
	return check_format(im, err);
}

/* The ledger of the history: its files with their rows, so that verify can prove them. */
static int fill_books(struct import *im, struct mdl_books *b, struct mdl_table_entry *entries,
		      struct mdl_err *err)
{
	size_t prefix = strlen(im->table) + 1;
	char *owner = mdl_asprintf("%s/write", im->ck.id);
	mdl_books_init(b, "write", false);
	mdl_books_table(b, im->table, owner, false);
	free(owner);
	for (size_t i = 0; i < im->files.nfiles; i++) {
		const struct mdl_source_file *f = &im->files.files[i];
		struct mdl_ledger_file lf = {
			.table = im->table, .path = f->path + prefix, .hidden = f->path + prefix};
		if (strncmp(f->path, im->table, prefix - 1) != 0)
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s is reached through a link: it must stand in the table",
					   f->path);
		int r = mdl_table_reader_recount(im->table, lf.path, &lf.rows, &lf.sum, &lf.size, err);
		if (r)
			return r < 0 ? -1 : mdl_err_set(err, MDL_TROUBLE, "%s vanished", f->path);
		mdl_books_file(b, &lf);
		b->in += lf.rows;
		mdl_sum_add(&b->in_sum, lf.sum);
		entries[i] =
			(struct mdl_table_entry){.path = lf.path, .size = f->size, .mtime_ms = f->mtime_ms};
	}
	return 0;
}

static int write_history(struct import *im, struct mdl_err *err)
{
	struct mdl_books b = {0};
	struct mdl_ledger l = {.epoch = 0,
			       .base = -1,
			       .watermark_ms = im->offsets.batch_watermark_ms,
			       .next_watermark_ms = im->next_watermark_ms,
			       .decided_ms = wall_ms(),
			       .stages = &b,
			       .nstages = 1};
	struct mdl_table_entry *entries = mdl_array(im->files.nfiles, sizeof(*entries));
	char *ledgers = mdl_path_join(im->ck.dir, "medal/ledger");
	bool created;
	memset(l.run, '0', MDL_RUN_ID);
	int r = fill_books(im, &b, entries, err) || mdl_epoch_log_remove(ledgers, 0, err) ||
				mdl_ledger_write(im->ck.dir, &l, -1, &created, err) ||
				mdl_table_log_write(im->table, 0, MDL_TABLE_APPEND, 0, entries,
						    im->files.nfiles, err)
			? -1
			: 0;
	mdl_books_free(&b);
	free(ledgers);
	free(entries);
	return r;
}

/* ---- The new checkpoint ---- */

static int check_new(struct import *im, const char *dir, struct mdl_err *err)
{
	int64_t n;
	if (mdl_checkpoint_own(&im->ck, dir, false, -1, false, im->o->notice, err) ||
	    newest(im->ck.dir, "offsets", &n, err))
		return -1;
	return n < 0 ? 0
		     : mdl_err_set(err, MDL_TROUBLE, "%s has epochs already; import makes a new checkpoint",
				   im->ck.dir);
}

/* One batch with all files that count as read. */
static int write_log(struct import *im, struct mdl_err *err)
{
	struct mdl_source_log to;
	char *dir = mdl_path_join(im->ck.dir, "sources/0");
	char *first = mdl_path_join(dir, "0");
	int r = mdl_file_remove(first, err) || mdl_source_log_load(&to, dir, err) ? -1 : 0;
	for (size_t i = 0; !r && i < im->log.n; i++) {
		const struct mdl_source_entry *e = &im->log.entries[i];
		if (e->batch > im->log_offset || mdl_source_log_find(&to, e->uri))
			continue;
		mdl_source_log_add(&to, e->uri, mdl_source_log_find(&im->log, e->uri)->mtime_ms);
		im->nfiles++;
	}
	if (!r)
		r = mdl_source_log_write(&to, err);
	mdl_source_log_free(&to);
	free(first);
	free(dir);
	return r;
}

static int write_epochs(struct import *im, struct mdl_err *err)
{
	char *offset = im->o->offsets ? mdl_strdup(im->o->offsets)
		       : im->log_offset < 0 && im->offsets.nsources
			       ? mdl_strdup(im->offsets.sources[im->o->source]) /* Kafka's */
		       : im->nfiles ? mdl_strdup("{\"logOffset\":0}")
				    : NULL;
	struct mdl_offsets o = {.batch_watermark_ms = im->offsets.batch_watermark_ms,
				.batch_timestamp_ms = wall_ms(),
				.sources = &offset,
				.nsources = 1};
	char *commits = mdl_path_join(im->ck.dir, "commits");
	bool created;
	int r = 0;
	/* A commit without its plan is refused by all; a plan without its commit would read the history again. And two
	 * plans in a row, for Spark looks for the one before the last. */
	int64_t from = im->epoch > 0 ? im->epoch - 1 : 0;
	for (int64_t n = from; !r && n <= im->epoch; n++)
		r = mdl_epoch_log_remove(commits, n, err) ||
				    mdl_checkpoint_write_commit(&im->ck, n, im->next_watermark_ms, &created,
								err)
			    ? -1
			    : 0;
	for (int64_t n = from; !r && n <= im->epoch; n++)
		r = mdl_checkpoint_write_offsets(&im->ck, n, &o, err);
	free(commits);
	free(offset);
	return r;
}

static int check_offsets(const struct mdl_import_opts *o, struct mdl_err *err)
{
	int64_t ignored;
	if (!o->spark == !o->offsets)
		return mdl_err_set(err, MDL_TROUBLE,
				   "import needs --spark CHECKPOINT or --offsets JSON, and not both");
	if (o->offsets && mdl_takeover_source_kind(o->offsets, &ignored) != MDL_SOURCE_KAFKA)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"option --offsets: '%s' has not Kafka's form {\"topic\":{\"0\":12}}; offsets of files mean nothing "
			"without their log, take them over with --spark CHECKPOINT",
			o->offsets);
	return 0;
}

static void report_it(const struct import *im, struct mdl_buf *out)
{
	if (im->o->spark && im->log_offset >= 0)
		mdl_buf_printf(out, "%" PRIu64 " files of %s up to batch %" PRId64 " count as read\n",
			       im->nfiles, im->o->spark, im->base);
	else
		mdl_buf_printf(out, "the offsets are taken over as they stand\n");
	if (im->table && im->tlog.exists)
		mdl_buf_printf(out, "%s goes on after entry %" PRId64 " of its log\n", im->table, im->epoch);
	else if (im->table)
		mdl_buf_printf(out, "%s: %zu files are the history\n", im->table, im->files.nfiles);
	mdl_buf_printf(out, "%s begins with epoch %" PRId64 "; no state came along\n", im->ck.dir,
		       im->epoch + 1);
}

int mdl_import_checkpoint(const char *dir, const struct mdl_import_opts *o, struct mdl_buf *report,
			  struct mdl_err *err)
{
	struct import im = {.o = o, .base = -1, .log_offset = -1};
	im.ck.lock_fd = im.ck.run_fd = im.ck.ack_fd = -1;
	mdl_arena_init(&im.log.arena);
	mdl_arena_init(&im.tlog.arena);
	mdl_discovery_init(&im.files);
	int r = check_offsets(o, err);
	if (!r && o->spark)
		r = choose_base(&im, err) || read_base(&im, err) || read_source(&im, err) ? -1 : 0;
	if (!r && o->table)
		r = open_table(&im, err);
	if (!r)
		r = check_new(&im, dir, err) || write_log(&im, err) ||
				    mdl_positions_write(im.ck.dir, im.epoch, &im.pos, err) ||
				    (im.table && !im.tlog.exists && write_history(&im, err)) ||
				    write_epochs(&im, err)
			    ? -1
			    : 0;
	if (!r)
		report_it(&im, report);
	mdl_offsets_free(&im.offsets);
	mdl_source_log_free(&im.log);
	mdl_positions_free(&im.pos);
	mdl_table_log_free(&im.tlog);
	mdl_discovery_free(&im.files);
	mdl_checkpoint_close(&im.ck);
	free(im.table);
	return r;
}
