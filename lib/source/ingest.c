/* SPDX-License-Identifier: MIT
 *
 * The source of a pipeline: see ingest.h.
 */
#include "source/ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/file_source.h"
#include "source/ingest_rows.h"
#include "source/kafka_source.h"
#include "source/source.h"
#include "state/branch_mark.h"
#include "state/checkpoint.h"
#include "state/ledger_file.h"
#include "state/leftover.h"
#include "state/takeover.h"
#include "stream/lines.h"
#include "stream/run.h"

struct ingest {
	const struct mdl_ingest_opts *o;
	struct mdl_ingest_rows *rows;
	struct mdl_source_handle source;
	/* under a checkpoint */
	struct mdl_checkpoint ck;
	struct mdl_recovery rec;
	struct mdl_begin begin;
	struct mdl_side side;
	int64_t epoch;                 /* the next to send */
	int64_t in_doubt;              /* sent but not seen committed, -1 for none */
	int64_t watermark_ms;          /* of offsets of the last planned epoch */
	int64_t next_watermark_ms;     /* of the last commit seen */
	bool want_no_data;             /* of the last ledger seen */
	char last_run[MDL_RUN_ID + 1]; /* that decided the last committed epoch */
	struct mdl_offsets
		pinned; /* what the checkpoint's offsets carry on: version, conf, the source's id */
	bool final;     /* an epoch that was --final stands: nothing may come after it */
	bool began;     /* a begin line was sent: an abort must follow trouble */
	bool told;      /* another program failed, which says why */
	int64_t batch_timestamp_ms;
};

static int64_t wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Waiting ---- */

enum { END_US = 5000000 };

/* The same standard input, run again, counts as new once this one is closed: not before every tail has seen the end,
 * for a tail that is killed before makes the user run it again. */
static int wait_tails_end(struct ingest *g, struct mdl_err *err)
{
	size_t want = g->o->nbranches ? g->o->nbranches : 1, have = 0;
	uint64_t until = mdl_source_clock_us() + g->o->commit_timeout_us;
	bool any;
	while (g->began && (have += mdl_source_signs(g->ck.ack_fd, MDL_RUN_TAIL_ENDED, &any)) < want) {
		struct pollfd p = {g->ck.ack_fd, POLLIN, 0}, out = {g->o->out_fd, 0, 0};
		/* once our reader has ended, the tail is only a few lines behind it */
		if (poll(&out, 1, 0) > 0 && until > mdl_source_clock_us() + END_US)
			until = mdl_source_clock_us() + END_US;
		if (mdl_source_clock_us() > until)
			return mdl_err_set(
				err, MDL_RETRY,
				"all is committed, but the tail did not confirm the end of the stream; was it killed? run "
				"again with the same standard input: nothing is taken twice");
		(void)poll(&p, 1, 200);
	}
	return 0;
}

static int after_commit(struct ingest *g, struct mdl_err *err)
{
	struct mdl_ledger l;
	int r = mdl_ledger_read(g->ck.dir, g->in_doubt, &l, err);
	if (r < 0)
		return -1;
	if (r > 0 || strcmp(l.run, g->ck.run) != 0) {
		if (r == 0)
			mdl_ledger_free(&l);
		return mdl_err_set(err, MDL_TROUBLE,
				   "epoch %" PRId64
				   " was committed by another engine while this run worked on it",
				   g->in_doubt);
	}
	g->want_no_data = l.want_no_data;
	memcpy(g->last_run, l.run, sizeof(g->last_run));
	mdl_ledger_free(&l);
	g->in_doubt = -1;
	return g->source.ops->committed(g->source.ctx, err);
}

/* Nobody reports, and the epoch is not committed. */
static int refuse_silence(const struct ingest *g, struct mdl_err *err)
{
	char *missing = mdl_branch_mark_missing(&g->begin, (uint64_t)g->in_doubt);
	mdl_err_set(
		err, MDL_RETRY,
		"no program of the pipeline has reported for %" PRIu64 " s while epoch %" PRId64
		" waits for its commit%s%s; does %s end in '| medal-checkpoint commit'? Programs between that are not "
		"medal's (jq, grep, awk, sort) hold back control lines: they must run under medal-exec",
		g->o->commit_timeout_us / 1000000, g->in_doubt,
		*missing ? ", which has not come to the end of branch " : "", missing,
		*missing ? "each branch" : "it");
	free(missing);
	return -1;
}

/* Wait for the commit of the epoch in doubt. */
static int wait_commit(struct ingest *g, struct mdl_err *err)
{
	uint64_t last_sign = mdl_source_clock_us();
	while (g->in_doubt >= 0) {
		bool any; /* taken each time: a FIFO that is full holds no more news */
		g->told = mdl_source_signs(g->ck.ack_fd, MDL_RUN_FAILED, &any) > 0;
		int r = mdl_checkpoint_committed(&g->ck, g->in_doubt, &g->next_watermark_ms, err);
		if (r < 0)
			return -1;
		if (r > 0 && !g->told)
			return after_commit(g, err);
		if (g->told)
			return mdl_err_set(
				err, MDL_RETRY,
				r > 0 ? "a program of the pipeline has failed after epoch %" PRId64
					" was committed; run again after its message is mended"
				      : "a program of the pipeline has failed before epoch %" PRId64
					" was committed; run again after its message is mended",
				g->in_doubt);
		if (any)
			last_sign = mdl_source_clock_us();
		else if (mdl_source_clock_us() - last_sign > g->o->commit_timeout_us)
			return refuse_silence(g, err);
		/* the FIFO wakes us; the short step is for a commit between the look and the wait */
		if (mdl_source_wait(g->o->out_fd, mdl_source_clock_us() + 200000, g->ck.ack_fd, err))
			return -1;
	}
	return 0;
}

/* Sleep until UNTIL; a program that gave up is heard at once, also through those between that do not notice. */
static int wait_trigger(struct ingest *g, uint64_t until, struct mdl_err *err)
{
	bool any;
	while (!mdl_run_signal() && mdl_source_clock_us() < until) {
		if (mdl_source_wait(g->o->out_fd, until, g->ck.ack_fd, err))
			return -1;
		g->told = mdl_source_signs(g->ck.ack_fd, MDL_RUN_FAILED, &any) > 0;
		if (g->told)
			return mdl_err_set(
				err, MDL_RETRY,
				"a program of the pipeline has failed; run again after its message is "
				"mended");
	}
	return 0;
}

/* ---- Epochs ---- */

static int send_text(struct ingest *g, struct mdl_err *err)
{
	mdl_out_text_done(&g->rows->out);
	return mdl_out_flush(&g->rows->out, err);
}

static int send_begin(struct ingest *g, int64_t batch_timestamp_ms, struct mdl_err *err)
{
	struct mdl_begin *b = &g->begin;
	memcpy(b->run, g->ck.run, sizeof(b->run));
	b->epoch = (uint64_t)g->epoch;
	b->base = g->epoch - 1;
	/* while the base is in doubt it can only become this run's */
	memcpy(b->base_run, g->in_doubt >= 0 ? g->ck.run : g->last_run, sizeof(b->base_run));
	b->batch_timestamp_ms = g->batch_timestamp_ms = batch_timestamp_ms;
	b->late_watermark_ms = g->watermark_ms;
	g->rows->f.begin = b;
	if (g->rows->f.quarantine && g->side.begin(g->side.ctx, b, g->rows->f.stage, err))
		return -1;
	g->began = true;
	mdl_begin_format(&g->rows->out.text, b);
	return send_text(g, err);
}

/* Write what was planned ahead: the source's own files, and last the offsets, which are the decision. */
static int write_ahead(struct ingest *g, int64_t watermark_ms, struct mdl_err *err)
{
	struct mdl_buf offset = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *sources[1] = {NULL};
	struct mdl_offsets o = g->pinned;
	o.batch_watermark_ms = watermark_ms;
	o.batch_timestamp_ms = g->batch_timestamp_ms;
	o.sources = sources;
	o.nsources = 1;
	int r = g->source.ops->plan(g->source.ctx, g->epoch, &offset, err);
	if (offset.n)
		sources[0] = (char *)(uintptr_t)mdl_buf_cstr(&offset);
	if (!r)
		r = mdl_checkpoint_write_offsets(&g->ck, g->epoch, &o, err);
	mdl_buf_free(&offset);
	return r;
}

static int send_barrier(struct ingest *g, int64_t watermark_ms, struct mdl_err *err)
{
	struct mdl_filter *f = &g->rows->f;
	struct mdl_barrier bar = {.epoch = (uint64_t)g->epoch, .watermark_ms = watermark_ms};
	memcpy(bar.run, g->ck.run, sizeof(bar.run));
	bar.final = watermark_ms == MDL_WATERMARK_FINAL;
	if (f->quarantine && g->side.prepare(g->side.ctx, &f->books, err))
		return -1;
	g->rows->total += f->books.in;
	mdl_barrier_add_books(&bar, &f->books);
	mdl_books_init(&f->books, f->stage, true);
	mdl_barrier_format(&g->rows->out.text, &bar);
	mdl_barrier_free(&bar);
	if (send_text(g, err))
		return -1;
	g->source.ops->sealed(g->source.ctx);
	g->watermark_ms = watermark_ms;
	g->in_doubt = g->epoch++;
	return 0;
}

/* Send one epoch of what the source has, which must be something. */
static int send_epoch(struct ingest *g, struct mdl_err *err)
{
	if (send_begin(g, wall_ms(), err) || g->source.ops->read(g->source.ctx, err))
		return -1;
	/* at most one epoch in doubt: this one's offsets only when the one before is committed */
	if (wait_commit(g, err))
		return -1;
	int64_t wm = g->next_watermark_ms > g->watermark_ms ? g->next_watermark_ms : g->watermark_ms;
	if (write_ahead(g, wm, err))
		return -1;
	return send_barrier(g, wm, err);
}

/* An epoch without records, for what the watermark closes (or, at the end, --final). */
static int send_empty_epoch(struct ingest *g, int64_t watermark_ms, struct mdl_err *err)
{
	if (send_begin(g, wall_ms(), err) || write_ahead(g, watermark_ms, err))
		return -1;
	return send_barrier(g, watermark_ms, err) || wait_commit(g, err) ? -1 : 0;
}

/* After the last data: Spark's extra batch for the stages that wait for the risen watermark. */
static int send_no_data(struct ingest *g, struct mdl_err *err)
{
	if (wait_commit(g, err))
		return -1;
	while (g->want_no_data && g->next_watermark_ms > g->watermark_ms)
		if (send_empty_epoch(g, g->next_watermark_ms, err))
			return -1;
	return 0;
}

/* ---- Recovery ---- */

/* offsets/L is written and not committed: exactly its range again, with its time stamp and watermark. */
static int replay(struct ingest *g, struct mdl_err *err)
{
	const struct mdl_recovery *rec = &g->rec;
	g->watermark_ms = rec->last_offsets > 0 ? rec->previous.batch_watermark_ms : 0;
	if (send_begin(g, rec->offsets.batch_timestamp_ms, err) ||
	    g->source.ops->replay(g->source.ctx, rec, err))
		return -1;
	return send_barrier(g, rec->offsets.batch_watermark_ms, err);
}

/* Take up what the checkpoint holds. */
static int resume(struct ingest *g, struct mdl_err *err)
{
	struct mdl_recovery *rec = &g->rec;
	if (g->o->finish_rollback(&g->ck, g->o->notice, err) ||
	    mdl_checkpoint_recover(&g->ck, rec, g->o->notice, err))
		return -1;
	if (rec->decided) {
		if (g->o->roll_forward(g->ck.dir, rec->last_offsets, err))
			return -1;
		mdl_recovery_free(rec);
		if (mdl_checkpoint_recover(&g->ck, rec, g->o->notice, err))
			return -1;
	}
	if (mdl_takeover_check(&g->ck, rec, g->source.ops->kind, g->o->drop_state, err))
		return -1;
	mdl_offsets_pin(&g->pinned, &rec->offsets);
	g->next_watermark_ms = rec->next_watermark_ms;
	g->want_no_data = rec->last_want_no_data;
	memcpy(g->last_run, rec->last_run, sizeof(g->last_run));
	g->epoch = rec->last_offsets + 1;
	g->watermark_ms = rec->offsets.batch_watermark_ms;
	g->final = rec->final || g->watermark_ms == MDL_WATERMARK_FINAL;
	if (rec->last_offsets > rec->last_commit)
		g->epoch = rec->last_offsets; /* to be replayed, once the run has begun */
	return g->source.ops->resume(g->source.ctx, &g->ck, rec, err);
}

/* ---- The run ---- */

/* After a --final epoch the same command may run again, as after a kill, but there may be nothing new. */
static int check_open(const struct ingest *g, struct mdl_err *err)
{
	if (!g->final)
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "epoch %" PRId64
			   " was --final: its windows are closed for good, and %s is new; begin a new "
			   "checkpoint, or roll back before it",
			   g->epoch - 1, g->source.ops->next(g->source.ctx));
}

static bool has_finished(const struct ingest *g)
{
	return g->source.ops->finished && g->source.ops->finished(g->source.ctx);
}

static int run_epochs(struct ingest *g, struct mdl_err *err)
{
	const struct mdl_ingest_opts *o = g->o;
	if (g->rec.last_offsets > g->rec.last_commit && replay(g, err))
		return -1;
	const struct mdl_source_ops *src = g->source.ops;
	for (bool first = true;;) {
		uint64_t started = mdl_source_clock_us();
		if (!src->next(g->source.ctx)) {
			if (src->look(g->source.ctx, first, err))
				return -1;
			first = false;
		}
		if (mdl_run_signal())
			break;
		if (src->next(g->source.ctx)) {
			if (check_open(g, err) || send_epoch(g, err))
				return -1;
		} else if (!o->follow || has_finished(g)) {
			break;
		} else if (send_no_data(g, err)) {
			return -1;
		}
		if (o->follow && wait_trigger(g, started + o->trigger_us, err))
			return -1;
	}
	/* A signal ends the run with its epoch; what the watermark closes waits for the next run, after more data. */
	if (mdl_run_signal() ? wait_commit(g, err) : send_no_data(g, err))
		return -1;
	if (o->final && !g->final && !mdl_run_signal() && send_empty_epoch(g, MDL_WATERMARK_FINAL, err))
		return -1;
	int sig = mdl_run_signal();
	mdl_end_format(&g->rows->out.text, g->ck.run, sig);
	if (send_text(g, err))
		return -1;
	if (o->from_stdin && !sig && wait_tails_end(g, err))
		return -1;
	return src->ended(g->source.ctx, sig, err);
}

static void add_branches(struct ingest *g)
{
	struct mdl_begin *b = &g->begin;
	b->branches = mdl_array(g->o->nbranches + 1, sizeof(*b->branches));
	for (size_t i = 0; i < g->o->nbranches; i++)
		b->branches[b->nbranches++] = mdl_strdup(g->o->branches[i]);
}

/* MEDAL_DRY_RUN: the paths are looked at, and one empty epoch goes down the pipeline for the others to check theirs. */
static int run_dry(struct ingest *g, struct mdl_err *err)
{
	const struct mdl_ingest_opts *o = g->o;
	struct mdl_begin *b = &g->begin;
	if (g->source.ops->dry(g->source.ctx, err))
		return -1;
	if (!o->checkpoint)
		return 0;
	struct mdl_err none = MDL_ERR_INIT;
	if (mdl_checkpoint_open(&g->ck, o->checkpoint, &none))
		g->ck.dir = NULL; /* to be made by the first real run */
	memset(b->run, '0', MDL_RUN_ID);
	b->base = -1;
	b->dry_run = true;
	b->checkpoint = mdl_strdup(g->ck.dir ? g->ck.dir : "/");
	b->checkpoint_id = mdl_strdup(g->ck.dir ? g->ck.id : "new");
	b->columns = o->columns ? mdl_strdup(o->columns) : NULL;
	mdl_begin_add_stage(b, g->rows->f.stage);
	add_branches(g);
	struct mdl_barrier bar = {0};
	memcpy(bar.run, b->run, sizeof(bar.run));
	mdl_begin_format(&g->rows->out.text, b);
	mdl_barrier_format(&g->rows->out.text, &bar);
	mdl_end_format(&g->rows->out.text, b->run, 0);
	return send_text(g, err);
}

static int run_checkpointed(struct ingest *g, struct mdl_err *err)
{
	const struct mdl_ingest_opts *o = g->o;
	struct mdl_filter *f = &g->rows->f;
	mdl_run_catch_signals();
	if (mdl_checkpoint_own(&g->ck, o->checkpoint, o->wait, o->out_fd, o->unsafe_fs, o->notice, err))
		return -1;
	/* before anything is read: what a run without locks was about to give a name has none after it (base/file.h) */
	if (mdl_leftover_sweep(g->ck.dir, err) || resume(g, err) || mdl_checkpoint_start_run(&g->ck, err))
		return -1;
	memcpy(g->begin.run, g->ck.run, sizeof(g->begin.run));
	g->begin.checkpoint = mdl_strdup(g->ck.dir);
	g->begin.checkpoint_id = mdl_strdup(g->ck.id);
	g->begin.columns = o->columns ? mdl_strdup(o->columns) : NULL;
	mdl_begin_add_stage(&g->begin, f->stage);
	add_branches(g);
	f->checkpointed = true;
	if (mdl_run_claim(g->ck.dir, g->ck.run, f->stage, err))
		return -1;
	if (o->quarantine) {
		if (mdl_dir_make(o->quarantine, err))
			return mdl_err_wrap(err, "making the quarantine");
		g->begin.quarantine = mdl_path_real(o->quarantine, err);
		g->begin.epoch = (uint64_t)g->epoch;
		g->begin.base = g->epoch - 1;
		if (!g->begin.quarantine ||
		    o->side_open(&g->side, g->begin.quarantine, &g->begin, f->stage, err))
			return -1;
		f->quarantine = &g->side;
	}
	if (g->source.ops->start(g->source.ctx, err))
		return -1;
	int r = run_epochs(g, err);
	if (!r)
		mdl_checkpoint_end_run(&g->ck);
	return r;
}

static int run_plain(struct ingest *g, struct mdl_err *err)
{
	const struct mdl_ingest_opts *o = g->o;
	struct mdl_filter *f = &g->rows->f;
	if (o->quarantine) {
		if (o->side_open(&g->side, o->quarantine, NULL, f->stage, err))
			return -1;
		f->quarantine = &g->side;
	}
	const struct mdl_source_ops *src = g->source.ops;
	if (src->start(g->source.ctx, err))
		return -1;
	for (bool first = true;; first = false) {
		uint64_t started = mdl_source_clock_us();
		if (src->look(g->source.ctx, first, err))
			return -1;
		while (src->next(g->source.ctx))
			if (src->read(g->source.ctx, err))
				return -1;
		if (!o->follow || o->from_stdin || mdl_run_signal() || has_finished(g))
			break;
		uint64_t until = started + o->trigger_us;
		if (src->wait ? src->wait(g->source.ctx, until, err)
			      : mdl_source_wait(o->out_fd, until, -1, err))
			return -1;
	}
	return f->quarantine ? g->side.finish(g->side.ctx, err) : 0;
}

int mdl_ingest_run(const struct mdl_ingest_opts *o, int *signal, struct mdl_err *err)
{
	struct ingest *g = mdl_zalloc(sizeof(*g));
	g->o = o;
	g->in_doubt = -1;
	g->ck.lock_fd = g->ck.run_fd = g->ck.ack_fd = -1;
	g->rows = mdl_zalloc(sizeof(*g->rows));
	mdl_pipe_widen(o->out_fd);
	int r = mdl_ingest_rows_init(g->rows, o->out_fd, o->name ? o->name : "ingest", err);
	if (!o->kafka)
		mdl_file_source_open(&g->source, o, g->rows);
	else if (mdl_kafka_source_open(&g->source, o, g->rows, err))
		r = -1;
	if (!r && o->checkpoint && !o->kafka && mdl_file_source_check_places(o, err))
		r = -1;
	if (!r)
		r = o->dry_run      ? run_dry(g, err)
		    : o->checkpoint ? run_checkpointed(g, err)
				    : run_plain(g, err);
	if (r && o->checkpoint) {
		/* the tail prints it and exits with this status, so that cron sees the cause */
		struct mdl_err ignored;
		g->rows->out.n = 0;
		mdl_buf_clear(&g->rows->out.text);
		g->rows->out.text_done = 0;
		mdl_abort_format(&g->rows->out.text, g->ck.run, g->rows->f.stage, (int)err->status, err->msg);
		(void)send_text(g, &ignored);
		if (g->told)
			err->msg[0] = '\0';
	}
	/* the first signal ends a run in order, and one that waits for its turn at once */
	*signal = o->checkpoint && (!r || !g->ck.run[0]) ? mdl_run_signal() : 0;
	if (g->side.close)
		g->side.close(g->side.ctx);
	g->source.ops->close(g->source.ctx);
	mdl_begin_free(&g->begin);
	mdl_recovery_free(&g->rec);
	mdl_ingest_rows_free(g->rows);
	free(g->rows);
	mdl_offsets_free(&g->pinned);
	mdl_checkpoint_close(&g->ck);
	free(g);
	return r ? (int)err->status : MDL_OK;
}
