/* SPDX-License-Identifier: MIT
 *
 * The tail of a pipeline: see commit.h.
 */
#include "table/commit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/branch_mark.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "stream/lines.h"
#include "stream/run.h"
#include "table/auto_merge.h"
#include "table/progress.h"
#include "table/publish.h"
#include "table/table_log.h"

enum { RETAIN = 100, PURGE_EVERY = 16 };

static const char tail_name[] = "commit";

struct tail {
	const struct mdl_commit_opts *o;
	struct mdl_checkpoint ck;
	struct mdl_begin begin;
	bool begun, in_epoch;
	uint64_t began_us, barrier_us;
	struct mdl_metrics metrics;
	struct mdl_auto_merge merge;
	char *name; /* "commit", in a branch "b/commit" */
	int run_fd;
	struct mdl_ledger last; /* of the epoch before, for what must not vanish */
	bool has_last;
	struct mdl_slice line[1];
};

static uint64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int64_t wall_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The tables of L that the ledger before it has, too, must have come as far: an entry that was lost would be filled in as
 * an empty one. */
static int check_tables(const char *checkpoint, const struct mdl_ledger *l, struct mdl_err *err)
{
	struct mdl_ledger before;
	int r = l->epoch > 0 ? mdl_ledger_read(checkpoint, l->epoch - 1, &before, err) : 1;
	if (r)
		return r < 0 ? -1 : 0;
	for (size_t s = 0; !r && s < before.nstages; s++) {
		const struct mdl_books *now = mdl_ledger_stage(l, before.stages[s].stage);
		for (size_t i = 0; !r && now && i < before.stages[s].ntables; i++) {
			const char *dir = before.stages[s].tables[i].dir;
			int64_t newest;
			bool again = false;
			for (size_t k = 0; k < now->ntables; k++)
				again = again || strcmp(now->tables[k].dir, dir) == 0;
			if (!again)
				continue;
			r = mdl_table_log_newest(dir, &newest, err);
			if (!r && newest < l->epoch - 1)
				r = mdl_err_set(err, MDL_TROUBLE,
						"%s/_spark_metadata/%" PRId64
						" is missing, which the checkpoint wrote: the table is an "
						"older copy, or damaged; restore table and checkpoint from "
						"one backup",
						dir, l->epoch - 1);
		}
	}
	mdl_ledger_free(&before);
	return r;
}

int mdl_commit_roll_forward(const char *checkpoint, int64_t epoch, struct mdl_err *err)
{
	struct mdl_ledger l;
	struct mdl_checkpoint ck;
	bool created;
	int r = mdl_ledger_read(checkpoint, epoch, &l, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "epoch %" PRId64 " of %s is not decided", epoch,
				checkpoint);
	if (r)
		return -1;
	r = check_tables(checkpoint, &l, err);
	if (!r)
		r = mdl_publish_epoch((uint64_t)epoch, l.stages, l.nstages, err);
	if (!r)
		r = mdl_checkpoint_open(&ck, checkpoint, err);
	if (!r) {
		r = mdl_checkpoint_write_commit(&ck, epoch, l.next_watermark_ms, &created, err);
		mdl_checkpoint_close(&ck);
	}
	mdl_ledger_free(&l);
	return r;
}

/* A stage that had state in the base must be there again: its rows would be forgotten. */
static int check_stages(struct tail *t, const struct mdl_ledger *l, struct mdl_err *err)
{
	if (!t->has_last && l->base >= 0) {
		int r = mdl_ledger_read(t->ck.dir, l->base, &t->last, err);
		if (r < 0)
			return -1;
		t->has_last = r == 0;
	}
	for (size_t i = 0; t->has_last && i < t->last.nstages; i++) {
		const struct mdl_books *b = &t->last.stages[i];
		if (b->nstates && !mdl_ledger_stage(l, b->stage))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"stage '%s', which has state up to epoch %" PRId64
				", is gone from the pipeline; put it back (or name its successor with --name %s), or begin a new "
				"checkpoint",
				b->stage, t->last.epoch, b->stage);
	}
	return 0;
}

static void ledger_of(struct tail *t, struct mdl_barrier *bar, struct mdl_ledger *l)
{
	memset(l, 0, sizeof(*l));
	l->epoch = (int64_t)bar->epoch;
	memcpy(l->run, bar->run, sizeof(l->run));
	l->base = t->begin.base;
	memcpy(l->base_run, t->begin.base_run, sizeof(l->base_run));
	l->watermark_ms = bar->watermark_ms;
	l->next_watermark_ms = bar->has_next_watermark && bar->next_watermark_ms > bar->watermark_ms
				       ? bar->next_watermark_ms
				       : bar->watermark_ms;
	l->want_no_data = bar->want_no_data;
	l->final = bar->final;
	l->decided_ms = wall_ms();
	l->stages = bar->stages;
	l->nstages = bar->nstages;
	bar->stages = NULL;
	bar->nstages = 0;
}

static void remember(struct tail *t, struct mdl_ledger *l)
{
	if (t->has_last)
		mdl_ledger_free(&t->last);
	t->has_last = l != NULL;
	if (l)
		t->last = *l;
}

/* Was the ledger that stands there linked by another branch of this run? */
static bool decided_by_us(struct tail *t, const struct mdl_ledger *l)
{
	struct mdl_ledger there;
	struct mdl_err ignored = MDL_ERR_INIT;
	if (!t->begin.nbranches || mdl_ledger_read(t->ck.dir, l->epoch, &there, &ignored))
		return false;
	bool ours = strcmp(there.run, l->run) == 0;
	mdl_ledger_free(&there);
	return ours;
}

/* The end of the source at epoch N, as JSON that the caller frees; NULL when there is none. */
static char *offset_of(const struct tail *t, int64_t n)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	struct mdl_offsets o = {0};
	char *dir = mdl_path_join(t->ck.dir, "offsets"), *offset = NULL;
	if (n >= 0 && mdl_epoch_log_read(dir, n, &text, &ignored) == 0 &&
	    mdl_offsets_parse(mdl_buf_slice(&text), dir, &o, &ignored) == 0 && o.nsources && o.sources[0])
		offset = mdl_strdup(o.sources[0]);
	mdl_offsets_free(&o);
	mdl_buf_free(&text);
	free(dir);
	return offset;
}

static int tell_progress(struct tail *t, const struct mdl_ledger *l, struct mdl_progress_times *times,
			 struct mdl_err *err)
{
	char *start = offset_of(t, l->epoch - 1), *end = offset_of(t, l->epoch);
	times->start_offset = start;
	times->end_offset = end;
	int r = mdl_progress_append(t->o->progress_log, t->ck.id, l, times, err);
	free(start);
	free(end);
	return r;
}

/* The epoch is committed: what cannot be told of it ends the run, but not the epoch. */
static int tell_monitors(struct tail *t, const struct mdl_ledger *l, const struct mdl_kafka_state *k,
			 struct mdl_err *err)
{
	uint64_t now = clock_us();
	struct mdl_progress_times times = {.batch_timestamp_ms = t->begin.batch_timestamp_ms,
					   .epoch_us = now - t->began_us,
					   .commit_us = now - t->barrier_us,
					   .kafka = k};
	if (t->o->progress_log && tell_progress(t, l, &times, err))
		return -1;
	if (!t->o->metrics)
		return 0;
	mdl_metrics_add(&t->metrics, l);
	return mdl_metrics_write(&t->metrics, t->o->metrics, l, &times, err);
}

/* Decide, publish, commit. */
static int commit_epoch(struct tail *t, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_ledger l;
	bool created;
	ledger_of(t, bar, &l);
	int r = mdl_ledger_check(&l, err) || check_stages(t, &l, err) ? -1 : 0;
	l.has_offsets_crc = true;
	if (!r)
		r = mdl_checkpoint_offsets_crc(&t->ck, l.epoch, &l.offsets_crc32c, err) ||
				    mdl_ledger_write(t->ck.dir, &l, t->run_fd, &created, err)
			    ? -1
			    : 0;
	if (!r && !created && decided_by_us(t, &l)) {
		/* the branch that linked it publishes and commits */
		mdl_ledger_free(&l);
		remember(t, NULL);
		return 0;
	}
	if (!r && !created)
		r = mdl_err_set(err, MDL_TROUBLE,
				"epoch %" PRId64 " was decided by another run while this one worked on it",
				l.epoch);
	if (!r)
		r = mdl_publish_epoch((uint64_t)l.epoch, l.stages, l.nstages, err);
	/* before the commit: after it the source may end the run, and nothing of a run acts when it is over */
	if (!r && l.epoch % PURGE_EVERY == 0)
		r = mdl_checkpoint_purge(&t->ck, l.epoch, t->o->retain ? t->o->retain : RETAIN, err);
	if (!r)
		r = mdl_checkpoint_write_commit(&t->ck, l.epoch, l.next_watermark_ms, &created, err);
	if (!r && !created)
		r = mdl_err_set(err, MDL_TROUBLE,
				"commits/%" PRId64 " is there already: another engine writes this checkpoint",
				l.epoch);
	if (r) {
		mdl_ledger_free(&l);
		return -1;
	}
	mdl_run_ping(t->ck.dir, l.run, t->name, (uint64_t)l.epoch);
	if (t->begin.nbranches && t->begin.epoch > 0) {
		/* all have marked this epoch, so none looks at the marks of the one before */
		struct mdl_begin before = t->begin;
		before.epoch--;
		mdl_branch_mark_clear(&before);
	}
	struct mdl_kafka_state k;
	struct mdl_err ignored = MDL_ERR_INIT; /* only monitors miss it */
	if (mdl_kafka_state_read(t->ck.dir, l.epoch, &k, &ignored) < 0)
		mdl_kafka_state_free(&k);
	if (tell_monitors(t, &l, &k, err)) {
		mdl_kafka_state_free(&k);
		mdl_ledger_free(&l);
		return -1;
	}
	if (t->o->committed)
		t->o->committed(&l, &k);
	mdl_kafka_state_free(&k);
	mdl_auto_merge_committed(&t->merge, &l);
	remember(t, &l);
	return 0;
}

static int on_barrier(struct tail *t, struct mdl_barrier *bar, struct mdl_err *err)
{
	if (!t->in_epoch || bar->epoch != t->begin.epoch)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the barrier of epoch %" PRIu64 " comes without its begin line",
				   bar->epoch);
	t->in_epoch = false;
	t->barrier_us = clock_us();
	if (t->begin.dry_run)
		return 0;
	if (!t->begin.nbranches)
		return commit_epoch(t, bar, err);
	struct mdl_barrier all;
	if (mdl_branch_mark_put(&t->begin, bar, err))
		return -1;
	mdl_run_ping(t->ck.dir, t->begin.run, t->name, bar->epoch);
	int r = mdl_branch_mark_all(&t->begin, &all, err);
	if (r <= 0) {
		remember(t, NULL); /* another branch will decide: what it writes is read when it is needed */
		return r;
	}
	r = commit_epoch(t, &all, err);
	mdl_barrier_free(&all);
	return r;
}

static int on_begin(struct tail *t, struct mdl_begin *b, struct mdl_err *err)
{
	if (t->in_epoch || (t->begun && b->epoch != t->begin.epoch + 1))
		return mdl_err_set(err, MDL_TROUBLE, "epoch %" PRIu64 " begins out of turn", b->epoch);
	if (mdl_begin_take_branch(b, t->o->branch, err))
		return -1;
	if (b->nbranches && !b->branch)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the source declared branches, and no program before this tail named its own; give the first one "
			"after the tee a --branch");
	if (b->dry_run) {
		t->begun = true;
	} else if (!t->begun) {
		t->name = b->branch ? mdl_asprintf("%s/%s", b->branch, tail_name) : mdl_strdup(tail_name);
		t->run_fd = mdl_run_hold(b->checkpoint, b->run, err);
		if (t->run_fd < 0)
			return -1;
		/* before the name is claimed: who sees it may send a signal */
		mdl_run_hold_signals();
		if (mdl_run_claim(b->checkpoint, b->run, t->name, err) ||
		    mdl_checkpoint_open(&t->ck, b->checkpoint, err))
			return -1;
		t->begun = true;
	}
	mdl_begin_free(&t->begin);
	t->begin = *b;
	memset(b, 0, sizeof(*b));
	t->in_epoch = true;
	t->began_us = clock_us();
	return 0;
}

static int not_control(const struct tail *t, struct mdl_err *err)
{
	if (t->begun)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"records reach the tail; end the pipeline in a program that takes them: '| medal-write DIR | "
			"medal-checkpoint commit'");
	return mdl_err_set(
		err, MDL_TROUBLE,
		"the stream has no begin line; give medal-ingest a --checkpoint, and run programs that are not medal's (jq, "
		"grep, awk) under medal-exec, for they lose the control lines");
}

static void tell_source(const struct tail *t, const char *how)
{
	if (t->begun && !t->begin.dry_run)
		mdl_run_tell(t->ck.dir, t->begin.run, t->name, how, t->begin.epoch);
}

/* 1: the stream has ended in order (STATUS says how); 0: go on; -1. */
static int on_line(struct tail *t, struct mdl_slice line, int *status, int *signal, struct mdl_err *err)
{
	struct mdl_control c;
	if (!mdl_control_is(line))
		return not_control(t, err);
	if (mdl_control_parse(line, &c, err))
		return -1;
	int r = 0;
	if (t->begun && memcmp(c.run, t->begin.run, MDL_RUN_ID) != 0 &&
	    !(c.kind == MDL_CONTROL_ABORT && !c.run[0])) {
		r = mdl_err_set(err, MDL_TROUBLE, "a control line of another run is in the stream");
	} else if (c.kind == MDL_CONTROL_BEGIN) {
		r = on_begin(t, &c.begin, err);
	} else if (c.kind == MDL_CONTROL_BARRIER) {
		r = on_barrier(t, &c.barrier, err);
	} else if (c.kind == MDL_CONTROL_ABORT) {
		*status = c.status;
		mdl_err_set(err, (enum mdl_status)c.status, "%s failed: %s", c.stage, c.message);
		r = 1;
	} else if (t->in_epoch) {
		r = mdl_err_set(err, MDL_TROUBLE, "the stream ends inside of epoch %" PRIu64, t->begin.epoch);
	} else {
		/* the source waits for it where it must know that the user will not run this again */
		tell_source(t, MDL_RUN_TAIL_ENDED);
		*signal = c.signal;
		r = 1;
	}
	mdl_control_free(&c);
	return r;
}

static int on_eof(const struct tail *t, struct mdl_err *err)
{
	int64_t last = (int64_t)t->begin.epoch - (t->in_epoch ? 1 : 0);
	if (!t->begun)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"nothing upstream began; see the message above, and run programs between the stages that are "
			"not medal's by medal-exec");
	if (last < 0)
		return mdl_err_set(
			err, MDL_RETRY,
			"a program upstream was killed before the first epoch was committed; run again");
	return mdl_err_set(err, MDL_RETRY,
			   "a program upstream was killed after epoch %" PRId64 ", which stands; run again",
			   last);
}

int mdl_commit_run(const struct mdl_commit_opts *o, int *signal, struct mdl_err *err)
{
	struct tail *t = mdl_zalloc(sizeof(*t));
	struct mdl_lines in;
	int r = 0, status = MDL_OK;
	t->o = o;
	t->merge = (struct mdl_auto_merge){.mode = o->merge, .notice = o->notice};
	t->run_fd = t->ck.lock_fd = t->ck.run_fd = t->ck.ack_fd = -1;
	*signal = 0;
	mdl_lines_init(&in, o->in_fd, -1, MDL_BUF_NO_LIMIT / 4);
	mdl_pipe_mark_tail(o->in_fd);
	while (!r) {
		int e = mdl_lines_next(&in, err);
		if (e == MDL_LINES_WOULD_BLOCK)
			continue;
		if (e != MDL_LINES_BLOCK_READY) {
			r = e == MDL_LINES_END ? on_eof(t, err) : -1;
			break;
		}
		struct mdl_slice block = in.block;
		while (block.n && !r) {
			mdl_lines_split(&block, t->line, 1);
			r = on_line(t, t->line[0], &status, signal, err);
		}
	}
	if (r < 0)
		status = (int)err->status;
	if (status != MDL_OK)
		tell_source(t, MDL_RUN_FAILED);
	mdl_lines_free(&in);
	mdl_begin_free(&t->begin);
	if (t->has_last)
		mdl_ledger_free(&t->last);
	mdl_checkpoint_close(&t->ck);
	if (t->run_fd >= 0)
		close(t->run_fd);
	mdl_auto_merge_end(&t->merge);
	mdl_metrics_free(&t->metrics);
	free(t->name);
	free(t);
	return status;
}
