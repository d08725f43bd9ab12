/* SPDX-License-Identifier: MIT
 *
 * From medal to Spark: see handoff.h. What is said to the user is in handoff_report.c.
 */
#include "table/handoff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/crc_twin.h"
#include "state/epoch_log.h"
#include "state/takeover.h"
#include "table/commit.h"
#include "table/handoff_renumber.h"
#include "table/handoff_report.h"
#include "table/rollback.h"
#include "table/table_log.h"
#include "table/table_uri.h"
#include "json/text.h"

/* ---- What cannot go ---- */

static int check_done(const struct mdl_handoff *h, struct mdl_err *err)
{
	const struct mdl_recovery *rec = &h->rec;
	if (rec->last_offsets < 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s has no committed epoch: there is nothing to hand over; start the Spark query "
			"with a checkpoint of its own",
			h->ck.dir);
	if (rec->last_offsets > rec->last_commit)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" of %s is planned and not decided: run the pipeline once more, which finishes it, and "
			"hand over then",
			rec->last_offsets, h->ck.dir);
	if (rec->final || rec->offsets.batch_watermark_ms == MDL_WATERMARK_FINAL)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" of %s was --final: its windows are closed for good and all that comes would be "
			"late; roll back before it, or start the Spark query with a new checkpoint",
			rec->last_commit, h->ck.dir);
	return mdl_takeover_check(&h->ck, rec, MDL_SOURCE_NONE, true, err);
}

/* Rows that stages hold, and keys that they know, are in files that only medal reads. */
static int check_state(const struct mdl_handoff *h, bool drop, struct mdl_err *err)
{
	struct mdl_buf names = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++) {
		const struct mdl_books *b = &h->ledger.stages[i];
		if (!b->nstates || h->ledger.epoch != h->rec.last_commit)
			continue; /* none, or Spark has gone on without it */
		mdl_buf_printf(&names, "%s'%s'", names.n ? ", " : "", b->stage);
		if (b->held > 0)
			mdl_buf_printf(&names, " (which holds %" PRId64 " rows)", b->held);
	}
	int r = 0;
	if (names.n && !drop)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"Spark does not read the state of %.*s: keys that were seen would pass again, and groups and "
			"windows that are open would lose what they hold. Close them with a last 'medal-ingest --final' and "
			"begin a new Spark query, or leave the state behind with --drop-state",
			(int)names.n, names.p);
	mdl_buf_free(&names);
	return r;
}

/* Spark takes a file whole and once: one that was read in part would lose its rest. */
static int check_tails(const struct mdl_handoff *h, struct mdl_err *err)
{
	for (size_t i = 0; i < h->pos.ntails; i++) {
		const struct mdl_file_tail *t = &h->pos.tails[i];
		struct stat st;
		if (stat(t->path, &st) || (uint64_t)st.st_size <= t->offset)
			continue;
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s grows (--tail) and is read to byte %" PRIu64
			" of %lld; Spark knows whole files alone and would lose the rest. Let its writer close it (rotate), run "
			"the pipeline once more, and hand over then",
			t->path, t->offset, (long long)st.st_size);
	}
	return 0;
}

static int check_spool(struct mdl_handoff *h, struct mdl_err *err)
{
	struct mdl_spool_state s;
	char *dir = mdl_path_join(h->ck.dir, "medal/spool");
	int r = mdl_spool_state_read(dir, &s, err);
	h->spooled = r == 0;
	if (r == 0 && !s.closed)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"an input of standard input was not read to its end (%" PRIu64
			" bytes of it were); run the pipeline again with the same input, and hand over then",
			s.bytes);
	free(dir);
	return r < 0 ? -1 : 0;
}

/* A sink's table must end where the checkpoint does, and its log must be one that Spark adds to. */
static int check_tables(const struct mdl_handoff *h, struct mdl_err *err)
{
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++) {
		const struct mdl_books *b = &h->ledger.stages[i];
		for (size_t k = 0; k < b->ntables; k++) {
			int64_t newest;
			if (mdl_table_log_newest(b->tables[k].dir, &newest, err))
				return -1;
			if (newest != h->rec.last_commit && !b->tables[k].side)
				return mdl_err_set(err, MDL_TROUBLE,
						   "the table %s ends at epoch %" PRId64
						   " and the checkpoint at %" PRId64
						   "; 'medal-checkpoint verify %s' says more",
						   b->tables[k].dir, newest, h->rec.last_commit, h->ck.dir);
		}
	}
	return 0;
}

/* ---- What is mended ---- */

/* Add to LINES the files of the table T that was read up to T->epoch and that the source's log does not know: those
 * that compaction made of files which were read. Their rows would come again in Spark. */
static int merged_files(struct mdl_handoff *h, const struct mdl_table_position *t, int64_t batch,
			struct mdl_buf *lines, struct mdl_err *err)
{
	struct mdl_table_log log;
	if (mdl_table_log_read(&log, t->dir, err))
		return -1;
	for (size_t i = 0; i < log.nfiles; i++) {
		const struct mdl_table_entry *f = &log.files[i];
		struct mdl_buf uri = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_table_uri_format(&uri, t->dir, f->path);
		mdl_buf_putc(&uri, '\0');
		if (f->epoch >= 0 && f->epoch <= t->epoch && !mdl_source_log_find(&h->log, uri.p)) {
			mdl_buf_puts(lines, "\n{\"path\":");
			mdl_json_quote(lines, mdl_slice_of(uri.p));
			mdl_buf_printf(lines, ",\"timestamp\":%" PRId64 ",\"batchId\":%" PRId64 "}",
				       f->mtime_ms, batch);
			h->merged++;
		}
		mdl_buf_free(&uri);
	}
	mdl_table_log_free(&log);
	return 0;
}

/* The entries go into the newest batch that the offsets cover: Spark knows its files as seen and reads none of them. */
static int enter_merged(struct mdl_handoff *h, struct mdl_err *err)
{
	struct mdl_buf lines = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int64_t batch;
	char name[40];
	int r = 0;
	mdl_takeover_source_kind(h->rec.offsets.sources[0], &batch);
	for (size_t i = 0; !r && batch >= 0 && i < h->pos.ntables; i++)
		r = merged_files(h, &h->pos.tables[i], batch, &lines, err);
	if (!r && lines.n) {
		bool compact = (batch + 1) % h->log.interval == 0;
		snprintf(name, sizeof(name), "%" PRId64 "%s", batch, compact ? ".compact" : "");
		char *path = mdl_path_join(h->log.dir, name);
		r = mdl_file_read(path, &text, err);
		if (r > 0)
			r = mdl_err_set(err, MDL_TROUBLE, "%s is missing; the source's log has a gap", path);
		while (text.n && text.p[text.n - 1] == '\n')
			text.n--;
		mdl_buf_puts_slice(&text, mdl_buf_slice(&lines));
		if (!r)
			r = mdl_file_replace(h->log.dir, name, mdl_buf_slice(&text), err);
		free(path);
	}
	mdl_buf_free(&lines);
	mdl_buf_free(&text);
	return r;
}

static int sweep_twins(struct mdl_handoff *h, struct mdl_err *err)
{
	static const char *const dirs[] = {".", "offsets", "commits"};
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char *dir = mdl_path_join(h->ck.dir, dirs[i]);
		int r = mdl_crc_twin_sweep(dir, &h->twins, err);
		free(dir);
		if (r)
			return -1;
	}
	if (mdl_crc_twin_sweep(h->log.dir, &h->twins, err))
		return -1;
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++) {
		const struct mdl_books *b = &h->ledger.stages[i];
		for (size_t k = 0; k < b->ntables; k++) {
			char *dir = mdl_path_join(b->tables[k].dir, MDL_TABLE_LOG_DIR);
			int r = mdl_crc_twin_sweep(dir, &h->twins, err);
			free(dir);
			if (r)
				return -1;
		}
	}
	return 0;
}

/* ---- All ---- */

/* Epochs that Spark committed have no ledger: the tables are those of medal's last one. */
static int newest_ledger(struct mdl_handoff *h, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *dir = mdl_path_join(h->ck.dir, "medal/ledger");
	int r = mdl_epoch_log_list(dir, &l, err);
	if (!r && l.n) {
		r = mdl_ledger_read(h->ck.dir, mdl_epoch_list_last(&l), &h->ledger, err);
		h->has_ledger = r == 0;
	}
	mdl_epoch_list_free(&l);
	free(dir);
	return r;
}

/* A Kafka query takes all partitions that the offsets do not name for new ones, and reads them from their begin. */
static int load_kafka(struct mdl_handoff *h, struct mdl_err *err)
{
	const char *offset = h->rec.offsets.nsources ? h->rec.offsets.sources[0] : NULL;
	int64_t ignored;
	if (mdl_takeover_source_kind(offset, &ignored) != MDL_SOURCE_KAFKA)
		return 0;
	if (mdl_kafka_state_read_last(h->ck.dir, h->rec.last_commit, &h->kafka, err) < 0)
		return -1;
	if (h->kafka.shard)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s has read the shard %s of its topics, and Spark would read all other partitions from their begin; "
			"join the shards first: 'medal-checkpoint handoff --merge NEWDIR DIR...', and hand that over",
			h->ck.dir, h->kafka.shard);
	return mdl_kafka_offsets_parse(&h->kafka, offset, "offsets", err);
}

static int load(struct mdl_handoff *h, const struct mdl_handoff_opts *o, struct mdl_err *err)
{
	if (mdl_rollback_finish(&h->ck, o->notice, err) ||
	    mdl_checkpoint_recover(&h->ck, &h->rec, o->notice, err))
		return -1;
	if (h->rec.decided) {
		h->rolled_forward = h->rec.last_offsets;
		if (mdl_commit_roll_forward(h->ck.dir, h->rec.last_offsets, err))
			return -1;
		mdl_recovery_free(&h->rec);
		if (mdl_checkpoint_recover(&h->ck, &h->rec, o->notice, err))
			return -1;
	}
	if (check_done(h, err))
		return -1;
	int r = newest_ledger(h, err);
	if (r || mdl_positions_read(h->ck.dir, h->rec.last_commit, &h->pos, err) < 0)
		return -1;
	if (load_kafka(h, err))
		return -1;
	char folder[24];
	char *dir = mdl_asprintf("%s/sources/%s", h->ck.dir,
				 mdl_offsets_source_folder(&h->rec.offsets, 0, folder));
	r = mdl_source_log_load(&h->log, dir, err);
	free(dir);
	return r;
}

/* A run that died before it wrote its offsets may have left its plan of the next epoch, which is now Spark's to plan. */
static int forget_plan(const struct mdl_handoff *h, struct mdl_err *err)
{
	static const char *const plans[] = {"medal/files", "medal/kafka"};
	for (size_t i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
		char *path = mdl_asprintf("%s/%s/%" PRId64, h->ck.dir, plans[i], h->rec.last_offsets + 1);
		int r = mdl_file_remove(path, err);
		free(path);
		if (r)
			return -1;
	}
	return 0;
}

int mdl_handoff_spark(const char *dir, const struct mdl_handoff_opts *o, struct mdl_buf *report,
		      struct mdl_err *err)
{
	struct mdl_handoff h = {.rolled_forward = -1};
	if (mdl_checkpoint_open(&h.ck, dir, err)) /* it must be there: _own would make it */
		return -1;
	mdl_checkpoint_close(&h.ck);
	mdl_arena_init(&h.log.arena);
	int r = mdl_checkpoint_own(&h.ck, dir, o->wait, -1, true, o->notice, err) || load(&h, o, err) ||
				check_state(&h, o->drop_state, err) || check_tails(&h, err) ||
				check_spool(&h, err) || check_tables(&h, err) || enter_merged(&h, err) ||
				sweep_twins(&h, err) || forget_plan(&h, err)
			? -1
			: 0;
	if (!r && o->renumber) {
		r = mdl_handoff_renumber(&h, o->renumber, o->notice, err);
		h.renumbered = r ? NULL : mdl_path_real(o->renumber, err);
	}
	if (!r)
		r = mdl_handoff_report(&h, report, err);
	if (h.has_ledger)
		mdl_ledger_free(&h.ledger);
	free(h.renumbered);
	mdl_recovery_free(&h.rec);
	mdl_positions_free(&h.pos);
	mdl_source_log_free(&h.log);
	mdl_kafka_state_free(&h.kafka);
	mdl_checkpoint_close(&h.ck);
	return r;
}
