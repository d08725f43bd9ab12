/* SPDX-License-Identifier: MIT
 *
 * The records of one epoch again: see replay.h.
 */
#include "source/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/file_rows.h"
#include "source/kafka_replay.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"
#include "state/source_log.h"
#include "state/takeover.h"

/* The offsets of epoch N; none before the first. */
static int read_offsets(const char *dir, int64_t n, struct mdl_offsets *o, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	char *log = mdl_path_join(dir, "offsets"), *name = mdl_asprintf("%s/%" PRId64, log, n);
	memset(o, 0, sizeof(*o));
	int r = n < 0 ? 0 : mdl_epoch_log_read(log, n, &text, err);
	if (r > 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s is not there, so it is not known what the epoch read; 'medal-checkpoint show --last 0' lists "
			"the epochs that are kept",
			name);
	if (!r && n >= 0)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, o, err);
	mdl_buf_free(&text);
	free(name);
	free(log);
	return r;
}

/* The source's end offset of epoch N, -1 before the first. */
static int log_offset(const char *dir, int64_t n, int64_t *k, struct mdl_err *err)
{
	struct mdl_offsets o;
	*k = -1;
	int r = read_offsets(dir, n, &o, err);
	const char *json = !r && o.nsources ? o.sources[0] : NULL;
	if (json && mdl_takeover_source_kind(json, k) != MDL_SOURCE_FILES)
		r = mdl_err_set(err, MDL_TROUBLE,
				"the source of %s is neither files nor Kafka: its epochs are not replayed",
				dir);
	mdl_offsets_free(&o);
	return r;
}

/* 1: the source of DIR is not Kafka. */
static int replay_kafka(const char *dir, int64_t epoch, const struct mdl_kafka_cli *cli,
			struct mdl_ingest_rows *rows, struct mdl_err *err)
{
	struct mdl_offsets o, before = {0};
	int64_t ignored;
	int r = read_offsets(dir, epoch, &o, err);
	if (!r && (!o.nsources || mdl_takeover_source_kind(o.sources[0], &ignored) != MDL_SOURCE_KAFKA))
		r = 1;
	if (!r && epoch > 0) {
		struct mdl_err none = MDL_ERR_INIT; /* purged: needed for Spark's epochs alone */
		(void)read_offsets(dir, epoch - 1, &before, &none);
	}
	if (!r)
		r = mdl_kafka_replay(dir, epoch, &o, &before, cli, rows, err);
	mdl_offsets_free(&o);
	mdl_offsets_free(&before);
	return r;
}

/* Of an epoch that Spark planned: the whole files of its batches. */
static int plan_of_log(const char *dir, int64_t epoch, struct mdl_positions *p, struct mdl_err *err)
{
	struct mdl_source_log log;
	int64_t from, to;
	memset(p, 0, sizeof(*p));
	if (log_offset(dir, epoch, &to, err) || log_offset(dir, epoch - 1, &from, err))
		return -1;
	char *path = mdl_path_join(dir, "sources/0");
	int r = mdl_source_log_load(&log, path, err);
	for (size_t i = 0; !r && i < log.n; i++) {
		const struct mdl_source_entry *e = &log.entries[i];
		if (e->batch <= from || e->batch > to)
			continue;
		char *file = mdl_positions_path_of_uri(e->uri);
		struct mdl_file_range range = {
			.path = file, .uri = (char *)(uintptr_t)e->uri, .mtime_ms = e->mtime_ms, .table = -1};
		struct stat st;
		if (stat(file, &st) == 0)
			range.size = (uint64_t)st.st_size;
		mdl_positions_add_range(p, &range);
		free(file);
	}
	mdl_source_log_free(&log);
	free(path);
	return r;
}

static int emit(struct mdl_file_rows *rows, const char *spool, const struct mdl_file_range *f,
		struct mdl_err *err)
{
	struct mdl_file_opts fo = {.format = mdl_file_format_of_name(f->path),
				   .start = f->start,
				   .start_line = f->start_line,
				   .end = f->end};
	uint64_t end, line;
	struct stat st;
	if (!f->size || (f->end && f->end == f->start))
		return 0; /* it was empty then */
	bool spooled = strncmp(f->path, spool, strlen(spool)) == 0;
	if (stat(f->path, &st))
		return mdl_err_set(
			err, MDL_TROUBLE,
			spooled ? "the epoch read standard input, which is kept nowhere once it is committed (%s)"
				: "%s, which the epoch read, is not there any more",
			f->path);
	if (spooled)
		fo.plain = true;
	if (mdl_file_rows_emit(rows, f, &fo, &end, &line, err))
		return -1;
	if (f->end && end < f->end)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s has become shorter than the %" PRIu64 " bytes that the epoch read",
				   f->path, f->end);
	return 0;
}

int mdl_replay_epoch(const char *dir, int64_t epoch, const struct mdl_kafka_cli *cli, int out_fd,
		     uint64_t *rows, int64_t *booked, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_positions p;
	struct mdl_ledger l;
	struct mdl_ingest_rows *w = mdl_zalloc(sizeof(*w));
	struct mdl_file_rows files;
	*booked = -1;
	*rows = 0;
	if (mdl_checkpoint_open(&ck, dir, err)) {
		free(w);
		return -1;
	}
	char *spool = mdl_path_join(ck.dir, "medal/spool/");
	mdl_file_rows_init(&files, w);
	int r = mdl_positions_read(ck.dir, epoch, &p, err);
	if (r > 0) {
		memset(&p, 0, sizeof(p));
		r = mdl_ingest_rows_init(w, out_fd, "replay", err) ? -1
								   : replay_kafka(ck.dir, epoch, cli, w, err);
	}
	if (r > 0)
		r = plan_of_log(ck.dir, epoch, &p, err);
	int got = r ? 1 : mdl_ledger_read(ck.dir, epoch, &l, err);
	if (got < 0)
		r = -1;
	if (got == 0) {
		*booked = l.nstages ? (int64_t)l.stages[0].in : -1;
		mdl_ledger_free(&l);
	}
	if (!r && !w->scan)
		r = mdl_ingest_rows_init(w, out_fd, "replay", err);
	for (size_t i = 0; !r && i < p.nranges; i++)
		r = emit(&files, spool, &p.ranges[i], err);
	if (!r)
		r = mdl_out_flush(&w->out, err);
	*rows = w->f.books.in;
	mdl_file_rows_free(&files);
	if (w->scan)
		mdl_ingest_rows_free(w);
	free(w);
	mdl_positions_free(&p);
	free(spool);
	mdl_checkpoint_close(&ck);
	return r;
}
