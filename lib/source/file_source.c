/* SPDX-License-Identifier: MIT
 *
 * Files and standard input as a source: see file_source.h.
 */
#include "source/file_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/file_plan.h"
#include "source/file_rows.h"
#include "source/spool.h"
#include "state/source_log.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_uri.h"

struct file_source {
	const struct mdl_ingest_opts *o;
	struct mdl_file_rows rows;
	struct mdl_file_plan plan;
	struct mdl_source_log log;
	struct mdl_positions pos; /* as of the last range read */
	struct mdl_spool spool;
	bool spooling;
	uint64_t bytes_total;
	const struct mdl_checkpoint *ck; /* NULL: none */
};

/* ---- Reading ---- */

static struct mdl_file_opts file_opts(const struct file_source *s, const struct mdl_file_range *r)
{
	struct mdl_file_opts fo = s->o->format;
	if (!s->o->format_given)
		fo.format = mdl_file_format_of_name(r->path);
	if (s->spooling)
		fo.plain = true;
	if (s->o->unwrap)
		fo.format = MDL_FILE_JSON;
	fo.start = r->start;
	fo.start_line = r->start_line;
	fo.end = r->end;
	fo.tail = r->tail;
	return fo;
}

/* Emit one range of the plan and note how far it was read. */
static int read_range(struct file_source *s, const struct mdl_file_range *r, struct mdl_err *err)
{
	uint64_t end, line;
	struct mdl_file_opts fo = file_opts(s, r);
	if (mdl_file_rows_emit(&s->rows, r, &fo, &end, &line, err))
		return -1;
	struct mdl_file_range done = *r;
	if (!r->end && mdl_compress_of_name(r->path) == MDL_COMPRESS_NONE)
		done.end = end;
	if (r->tail)
		done.end = end;
	mdl_positions_add_range(&s->pos, &done);
	const struct mdl_source_entry *known = mdl_source_log_find(&s->log, r->uri);
	if (!known || (!r->tail && s->o->files.allow_overwrites && known->mtime_ms != r->mtime_ms))
		mdl_source_log_add(&s->log, r->uri, r->mtime_ms);
	s->bytes_total += end - r->start;
	if (s->o->progress)
		s->o->progress(s->rows.rows->total + s->rows.rows->f.books.in, s->bytes_total);
	return mdl_file_plan_done(&s->plan, r, end, line, &s->pos, err);
}

/* Has the epoch taken enough? Limits are soft at file ends, and a table's epoch is read whole. */
static bool limit_reached(const struct file_source *s, const struct mdl_file_range *last, size_t files,
			  uint64_t bytes)
{
	const struct mdl_ingest_opts *o = s->o;
	const struct mdl_file_range *next = mdl_file_plan_peek(&s->plan);
	if (!s->ck)
		return false;
	if (next && last->table >= 0 && next->table == last->table && next->table_epoch == last->table_epoch)
		return false;
	return (o->max_files && files >= o->max_files) ||
	       (o->max_records && s->rows.rows->f.books.in >= o->max_records) ||
	       bytes >= (o->max_bytes ? o->max_bytes : MDL_INGEST_EPOCH_BYTES);
}

static int read_epoch(void *ctx, struct mdl_err *err)
{
	struct file_source *s = ctx;
	size_t files = 0;
	uint64_t bytes_before = s->bytes_total;
	const struct mdl_file_range *r;
	mdl_positions_clear_ranges(&s->pos);
	while ((r = mdl_file_plan_peek(&s->plan))) {
		struct mdl_file_range copy = *r;
		if (read_range(s, r, err))
			return -1;
		s->plan.at++;
		if (limit_reached(s, &copy, ++files, s->bytes_total - bytes_before))
			break;
	}
	return 0;
}

/* The tables that this checkpoint reads know it, so that a rollback or a merge of their files asks how far it is. */
static int register_reader(void *ctx, const char *table, struct mdl_err *err)
{
	const struct file_source *s = ctx;
	struct mdl_table_owner o;
	int r = mdl_table_owner_read(&o, table, err);
	if (r < 0)
		return -1;
	bool own = !r && strncmp(o.owner, s->ck->id, strlen(s->ck->id)) == 0;
	if (!r)
		mdl_table_owner_free(&o);
	if (own)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s: this checkpoint writes that table, so it would read its own rows again and "
			"again; write it outside of what is read",
			table);
	return mdl_table_reader_register(table, s->ck->id, s->ck->dir, err);
}

static int refresh(struct file_source *s, struct mdl_err *err)
{
	struct mdl_file_plan_opts files = s->o->files;
	if (s->ck) {
		files.met_table = register_reader;
		files.ctx = s;
	}
	return mdl_file_plan_refresh(&s->plan, &files, &s->log, &s->pos, err);
}

static int look(void *ctx, bool first, struct mdl_err *err)
{
	struct file_source *s = ctx;
	if (s->spooling)
		return mdl_spool_next(&s->spool, &s->plan.queue, &s->plan.at, err);
	if (!first && !s->o->follow)
		return 0;
	if (s->o->from_stdin) {
		struct mdl_file_range r = {
			.path = (char *)(uintptr_t) "-", .uri = (char *)(uintptr_t) "stdin", .table = -1};
		mdl_positions_add_range(&s->plan.queue, &r);
		return 0;
	}
	return refresh(s, err);
}

static const char *next(void *ctx)
{
	struct file_source *s = ctx;
	const struct mdl_file_range *r = mdl_file_plan_peek(&s->plan);
	return r ? r->path : NULL;
}

/* ---- Epochs ---- */

/* The tables that are read: the URIs begin with PREFIX, and those of the files that their logs list. */
struct live {
	struct mdl_buf *prefixes;
	size_t nprefixes;
	struct mdl_source_log uris; /* as a set */
};

static bool is_gone(void *ctx, const char *uri)
{
	const struct live *l = ctx;
	for (size_t i = 0; i < l->nprefixes; i++)
		if (strncmp(uri, l->prefixes[i].p, l->prefixes[i].n) == 0)
			return !mdl_source_log_find(&l->uris, uri);
	return false;
}

static int list_live(struct live *l, const char *dir, struct mdl_err *err)
{
	struct mdl_table_log log;
	struct mdl_buf uri = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (mdl_table_log_read(&log, dir, err))
		return -1;
	mdl_table_uri_format(&l->prefixes[l->nprefixes++], dir, "");
	for (size_t i = 0; i < log.nfiles; i++) {
		mdl_buf_clear(&uri);
		mdl_table_uri_format(&uri, dir, log.files[i].path);
		mdl_source_log_add(&l->uris, mdl_buf_cstr(&uri), 0);
	}
	mdl_buf_free(&uri);
	mdl_table_log_free(&log);
	return 0;
}

/* A table whose files are merged would fill the source's log with files that nobody can meet any more, by thousands a day:
 * they are forgotten when the log tells all files anew. */
static int forget_merged(struct file_source *s, struct mdl_err *err)
{
	struct live l = {.prefixes = mdl_array(s->pos.ntables, sizeof(*l.prefixes))};
	int r = 0;
	mdl_arena_init(&l.uris.arena);
	for (size_t i = 0; !r && i < s->pos.ntables; i++) {
		mdl_buf_init(&l.prefixes[i], MDL_BUF_NO_LIMIT);
		r = list_live(&l, s->pos.tables[i].dir, err);
	}
	if (!r)
		mdl_source_log_forget(&s->log, is_gone, &l);
	for (size_t i = 0; i < l.nprefixes; i++)
		mdl_buf_free(&l.prefixes[i]);
	free(l.prefixes);
	mdl_source_log_free(&l.uris);
	return r;
}

/* The source's log and the positions; the caller writes the offsets, which are the decision. */
static int plan(void *ctx, int64_t epoch, struct mdl_buf *offset, struct mdl_err *err)
{
	struct file_source *s = ctx;
	if (s->pos.ntables && mdl_source_log_compacts(&s->log) && forget_merged(s, err))
		return -1;
	const struct mdl_source_log *log = &s->log;
	s->pos.has_log = true;
	s->pos.log_last = log->n && log->entries[log->n - 1].batch > log->last ? log->last + 1 : log->last;
	s->pos.log_crc32c = log->crc32c;
	/* the positions first: by them a later run knows the log's entry as ours (take_up_log) */
	if (mdl_positions_write(s->ck->dir, epoch, &s->pos, err) || mdl_source_log_write(&s->log, err))
		return -1;
	if (s->log.last >= 0)
		mdl_buf_printf(offset, "{\"logOffset\":%" PRId64 "}", s->log.last);
	return 0;
}

static void sealed(void *ctx)
{
	struct file_source *s = ctx;
	/* the next may be one without records */
	mdl_positions_clear_ranges(&s->pos);
	if (s->spooling)
		mdl_spool_sealed(&s->spool);
}

static int committed(void *ctx, struct mdl_err *err)
{
	struct file_source *s = ctx;
	return s->spooling ? mdl_spool_committed(&s->spool, err) : 0;
}

static int ended(void *ctx, int signal, struct mdl_err *err)
{
	struct file_source *s = ctx;
	return s->spooling && !signal ? mdl_spool_close_input(&s->spool, err) : 0;
}

/* ---- Recovery ---- */

/* The last source batch that O covers; the source was checked by mdl_takeover_check. */
static int64_t log_offset(const struct mdl_offsets *o)
{
	int64_t k;
	mdl_takeover_source_kind(o->nsources ? o->sources[0] : NULL, &k);
	return k;
}

/* Put the files of source batches (FROM, TO] into the queue. */
static void queue_batches(struct file_source *s, int64_t from, int64_t to)
{
	for (size_t i = 0; i < s->log.n; i++) {
		const struct mdl_source_entry *e = &s->log.entries[i];
		if (e->batch <= from || e->batch > to)
			continue;
		char *path = mdl_positions_path_of_uri(e->uri);
		struct stat st = {0};
		struct mdl_file_range r = {
			.path = path, .uri = (char *)(uintptr_t)e->uri, .mtime_ms = e->mtime_ms, .table = -1};
		/* one that is gone must be missed when it is opened, and not pass for an empty one */
		r.size = stat(path, &st) == 0 ? (uint64_t)st.st_size : 1;
		if (s->o->files.tail && mdl_compress_of_name(path) == MDL_COMPRESS_NONE) {
			r.tail = true;
			r.start_line = 1;
			r.end = r.size;
		}
		mdl_positions_add_range(&s->plan.queue, &r);
		free(path);
	}
}

static int replay(void *ctx, const struct mdl_recovery *rec, struct mdl_err *err)
{
	struct file_source *s = ctx;
	struct mdl_positions planned;
	int r = mdl_positions_read(s->ck->dir, rec->last_offsets, &planned, err);
	if (r < 0)
		return -1;
	int64_t from = rec->last_offsets > 0 ? log_offset(&rec->previous) : -1,
		to = log_offset(&rec->offsets);
	if (r == 0) {
		for (size_t i = 0; i < planned.nranges; i++)
			mdl_positions_add_range(&s->plan.queue, &planned.ranges[i]);
	} else {
		queue_batches(s, from, to);
	}
	const struct mdl_file_range *f;
	for (; (f = mdl_file_plan_peek(&s->plan)); s->plan.at++) {
		uint64_t end, line;
		struct mdl_file_opts fo = file_opts(s, f);
		if (!f->size || (f->end && f->end == f->start))
			continue; /* it was empty then */
		fo.tail = false;
		if (mdl_file_rows_emit(&s->rows, f, &fo, &end, &line, err))
			return mdl_err_wrap(err, "replaying epoch %" PRId64, rec->last_offsets);
		if (f->end && end < f->end)
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s has become shorter than the %" PRIu64
					   " bytes that epoch %" PRId64
					   " had planned to read; put the file back and run again",
					   f->path, f->end, rec->last_offsets);
	}
	if (r == 0) {
		mdl_positions_free(&s->pos);
		s->pos = planned;
	}
	s->log.last = to > s->log.last ? to : s->log.last;
	return 0;
}

/* Did a run of ours plan EPOCH, the next one, and log the files after batch AT for it? */
static bool logged_by_us(struct file_source *s, int64_t epoch, int64_t at)
{
	struct mdl_positions planned;
	struct mdl_err ignored = MDL_ERR_INIT;
	if (mdl_positions_read(s->ck->dir, epoch, &planned, &ignored))
		return false;
	bool ours = true;
	for (size_t i = 0; ours && i < s->log.n; i++) {
		ours = s->log.entries[i].batch <= at;
		for (size_t k = 0; !ours && k < planned.nranges; k++)
			ours = strcmp(planned.ranges[k].uri, s->log.entries[i].uri) == 0;
	}
	mdl_positions_free(&planned);
	return ours;
}

/* Files were logged by a run that died before it wrote their offsets. Ours are planned anew, as if they had not been:
 * with the limits of an epoch and with what else is there, so that the epochs are those of a run that lived. Those of
 * another engine come first, as Spark takes them. */
static int take_up_log(struct file_source *s, const struct mdl_recovery *rec, const char *dir,
		       struct mdl_err *err)
{
	int64_t at = log_offset(&rec->offsets);
	if (s->log.last <= at)
		return 0;
	if (!logged_by_us(s, rec->last_offsets + 1, at)) {
		queue_batches(s, at, s->log.last);
		return 0;
	}
	mdl_source_log_free(&s->log);
	return mdl_source_log_trim(dir, at, err) || mdl_source_log_load(&s->log, dir, err) ? -1 : 0;
}

/* The last epoch was committed, and not by medal. */
static bool is_of_spark(const struct mdl_recovery *rec)
{
	return rec->last_offsets == rec->last_commit && !rec->last_run[0];
}

/* The source's log is Spark's and proves nothing itself: what the offsets cover must be what the last plan left. */
static int check_log(struct file_source *s, const struct mdl_recovery *rec, const char *dir,
		     struct mdl_err *err)
{
	int64_t at = log_offset(&rec->offsets);
	struct mdl_positions p;
	if (s->log.last < at)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s/%" PRId64 " is missing, which offsets/%" PRId64
				   " has; restore it from a backup",
				   dir, at, rec->last_offsets);
	if (is_of_spark(rec))
		return 0; /* what stands in medal/files is the plan of a run of ours that died before it */
	int r = rec->last_offsets < 0 ? 1 : mdl_positions_read(s->ck->dir, rec->last_offsets, &p, err);
	if (r)
		return r < 0 ? -1 : 0;
	if (p.has_log && p.log_last != at)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s/offsets/%" PRId64 " is damaged: it ends at batch %" PRId64
				" of the source, but medal/files/%" PRId64 " at %" PRId64
				"; restore it from a backup",
				s->ck->dir, rec->last_offsets, at, rec->last_offsets, p.log_last);
	else if (p.has_log && mdl_source_log_crc(&s->log, at) != p.log_crc32c)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s is damaged: its entries up to %" PRId64
				" are not those that medal wrote (checksum in medal/files/%" PRId64
				"); restore it from a backup",
				dir, at, rec->last_offsets);
	mdl_positions_free(&p);
	return r;
}

static int resume(void *ctx, const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
		  struct mdl_err *err)
{
	struct file_source *s = ctx;
	char folder[24];
	s->ck = ck;
	char *dir = mdl_asprintf("%s/sources/%s", ck->dir,
				 rec->offsets.nsources ? mdl_offsets_source_folder(&rec->offsets, 0, folder)
						       : "0");
	int r = mdl_source_log_load(&s->log, dir, err);
	bool planned = rec->last_offsets > rec->last_commit;
	if (!r && !planned)
		r = take_up_log(s, rec, dir, err);
	if (!r)
		r = check_log(s, rec, dir, err);
	free(dir);
	if (r || planned || is_of_spark(rec))
		return r;
	int got = mdl_positions_read(ck->dir, rec->last_offsets, &s->pos, err);
	if (got < 0)
		return -1;
	/* without it growing files would be read again from their beginning */
	if (got > 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s/medal/files/%" PRId64
				   " is missing, so it is not known how far files and tables were read; "
				   "restore it from a backup, or roll back to the epoch before",
				   ck->dir, rec->last_offsets);
	/* they are of the epoch that stands; the next may be one without records */
	mdl_positions_clear_ranges(&s->pos);
	return 0;
}

static int start(void *ctx, struct mdl_err *err)
{
	struct file_source *s = ctx;
	if (!s->o->from_stdin || !s->ck)
		return 0;
	s->spooling = true;
	return mdl_spool_open(&s->spool, s->ck, s->o, &s->log, err);
}

static int dry(void *ctx, struct mdl_err *err)
{
	struct file_source *s = ctx;
	return s->o->from_stdin ? 0 : refresh(s, err);
}

static void close_source(void *ctx)
{
	struct file_source *s = ctx;
	if (s->spooling)
		mdl_spool_close(&s->spool);
	mdl_file_rows_free(&s->rows);
	mdl_positions_free(&s->pos);
	mdl_file_plan_free(&s->plan);
	mdl_source_log_free(&s->log);
	free(s);
}

static const struct mdl_source_ops ops = {
	.kind = MDL_SOURCE_FILES,
	.resume = resume,
	.start = start,
	.look = look,
	.next = next,
	.read = read_epoch,
	.plan = plan,
	.replay = replay,
	.sealed = sealed,
	.committed = committed,
	.ended = ended,
	.dry = dry,
	.close = close_source,
};

/* Is PATH the directory DIR or, with BELOW, a place in it? */
static bool is_in(const char *path, const char *dir, bool below)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && (!path[n] || (below && path[n] == '/'));
}

int mdl_file_source_check_places(const struct mdl_ingest_opts *o, struct mdl_err *err)
{
	struct mdl_err ignored = MDL_ERR_INIT; /* a path that leads nowhere is told of when it is read */
	char *checkpoint = mdl_path_real(o->checkpoint, &ignored);
	int r = 0;
	for (size_t i = 0; checkpoint && i < o->files.npaths && !r; i++) {
		char *dir = mdl_path_real(o->files.paths[i], &ignored);
		if (dir && is_in(checkpoint, dir, o->files.recursive))
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"the checkpoint %s would lie in what is read (%s), and its files would be taken for data; put "
				"it elsewhere",
				o->checkpoint, o->files.paths[i]);
		free(dir);
	}
	free(checkpoint);
	return r;
}

void mdl_file_source_open(struct mdl_source_handle *source, const struct mdl_ingest_opts *o,
			  struct mdl_ingest_rows *rows)
{
	struct file_source *s = mdl_zalloc(sizeof(*s));
	s->o = o;
	mdl_file_rows_init(&s->rows, rows);
	s->rows.metadata = o->metadata;
	s->rows.unwrap = o->unwrap;
	mdl_arena_init(&s->log.arena);
	s->log.last = -1;
	*source = (struct mdl_source_handle){&ops, s};
}
