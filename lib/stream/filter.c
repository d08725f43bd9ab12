/* SPDX-License-Identifier: MIT
 *
 * The loop that every filter runs: see filter.h. How control lines, ends and deaths
 * are treated is in medal-stream(7).
 */
#include "stream/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/worker.h"
#include "stream/lines.h"
#include "stream/out.h"
#include "stream/quarantine.h"
#include "stream/run.h"

/* What the loop should do after a step. */
enum step { STEP_ON, STEP_DONE, STEP_FAILED };

enum {
	PING_SECONDS = 10,
	/* A shorter input is done before other threads are there to help. */
	AHEAD_AFTER = 1 << 20,
};

struct loop {
	struct mdl_filter f;
	struct mdl_lines in;
	struct mdl_out out;
	struct mdl_lend lend;
	struct mdl_slice lines[MDL_BATCH_ROWS];
	struct mdl_sum sums[MDL_BATCH_ROWS];
	struct mdl_ahead *ahead; /* NULL: this thread reads alone */
	bool asked_ahead;
	uint64_t bytes; /* that this thread has read alone */
	uint32_t part;  /* of an over-long line */
	struct mdl_sum_stream *part_sum;
	bool begun; /* something was read */
	int status; /* of the program, when done */
	time_t last_ping;
};

/* Seconds of a clock that nobody sets: one that is set back would keep a stage silent until the source gives it up. */
static time_t clock_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void ping(struct loop *l)
{
	struct mdl_filter *f = &l->f;
	l->last_ping = clock_s();
	mdl_run_ping(f->begin_copy.checkpoint, f->begin_copy.run, f->stage, f->begin_copy.epoch);
}

/* ---- Output ---- */

static void count_out(struct mdl_filter *f, struct mdl_slice line)
{
	f->books.out++;
	if (!f->checkpointed)
		return;
	/* operators pass lines in order, so the hash made on the way in is found at once */
	while (f->at < f->nlines && f->lines[f->at].p < line.p)
		f->at++;
	if (f->at < f->nlines && f->lines[f->at].p == line.p)
		mdl_sum_add(&f->books.out_sum, f->sums[f->at++]);
	else
		mdl_sum_add(&f->books.out_sum, mdl_sum_line(line));
}

void mdl_filter_pass(struct mdl_filter *f, struct mdl_slice line)
{
	count_out(f, line);
	mdl_out_span(f->out, line.p, line.n + 1);
}

void mdl_filter_pass_range(struct mdl_filter *f, const struct mdl_batch *b, size_t first, size_t last)
{
	if (first >= last)
		return;
	f->books.out += last - first;
	if (f->checkpointed)
		mdl_sum_add_all(&f->books.out_sum, f->sums + (b->lines + first - f->lines), last - first);
	mdl_out_span(f->out, b->lines[first].p,
		     (size_t)(b->lines[last - 1].p + b->lines[last - 1].n + 1 - b->lines[first].p));
}

struct mdl_buf *mdl_filter_row(struct mdl_filter *f)
{
	return &f->out->text;
}

void mdl_filter_row_end(struct mdl_filter *f)
{
	struct mdl_out *o = f->out;
	struct mdl_slice line = {o->text.p + o->text_done, o->text.n - o->text_done};
	f->books.out++;
	if (f->checkpointed)
		mdl_sum_add(&f->books.out_sum, mdl_sum_line(line));
	mdl_buf_putc(&o->text, '\n');
	mdl_out_text_done(o);
}

void mdl_filter_rows(struct mdl_filter *f, struct mdl_slice text, uint64_t n)
{
	if (f->checkpointed)
		mdl_bug("rows that are not in the books");
	f->books.out += n;
	mdl_buf_puts_slice(&f->out->text, text);
	mdl_out_text_done(f->out);
}

int mdl_filter_flush_if_full(struct mdl_filter *f, struct mdl_err *err)
{
	return mdl_out_text_waiting(f->out) < MDL_LINES_BLOCK ? 0 : mdl_out_flush(f->out, err);
}

int mdl_filter_flush(struct mdl_filter *f, struct mdl_err *err)
{
	return mdl_out_flush(f->out, err);
}

/* ---- Waiting ---- */

void mdl_filter_watch(struct mdl_filter *f, int fd)
{
	f->in->watch_fd = fd;
}

void mdl_filter_alive(struct mdl_filter *f)
{
	struct loop *l = (struct loop *)f; /* its first member */
	if (f->checkpointed && clock_s() - l->last_ping >= PING_SECONDS)
		ping(l);
}

/* ---- Buckets ---- */

void mdl_filter_bucket(struct mdl_filter *f, const char *name, uint64_t n)
{
	if (n)
		mdl_books_bucket(&f->books, name, n);
}

int mdl_filter_quarantine(struct mdl_filter *f, struct mdl_slice line, bool record,
			  const struct mdl_row_error *why, struct mdl_err *err)
{
	if (!f->quarantine)
		mdl_bug("a row for a quarantine that is not there");
	mdl_buf_clear(&f->scratch);
	mdl_quarantine_format(&f->scratch, line, record, f->stage, f->begin, why);
	if (why->part <= 1)
		mdl_filter_bucket(f, "quarantined", 1);
	return f->quarantine->row(f->quarantine->ctx, mdl_buf_slice(&f->scratch), err);
}

static bool is_blank(struct mdl_slice line)
{
	for (size_t i = 0; i < line.n; i++)
		if (!memchr(" \t\r", line.p[i], 3))
			return false;
	return true;
}

int mdl_filter_corrupt(struct mdl_filter *f, struct mdl_slice line, uint64_t line_no, bool record,
		       const char *why, struct mdl_err *err)
{
	if (is_blank(line)) {
		mdl_filter_bucket(f, "blank", 1);
		return 0;
	}
	if (!f->quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64
			" of the input is %s (%s); name a --quarantine DIR to keep such lines and go on",
			line_no, record ? "a corrupt record" : "not a JSON object", why);
	struct mdl_row_error e = {.reason = "CORRUPT_RECORD", .message = why, .line = line_no};
	return mdl_filter_quarantine(f, line, record, &e, err);
}

static int overlong(struct loop *l, struct mdl_slice part, bool first, bool last, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	l->part = first ? 1 : l->part + 1;
	if (first) {
		f->line_no++;
		f->books.in++;
	}
	if (f->checkpointed) {
		if (first)
			l->part_sum = mdl_sum_stream_new();
		mdl_sum_stream_put(l->part_sum, part);
		if (last)
			mdl_sum_add(&f->books.in_sum, mdl_sum_stream_end(l->part_sum));
	}
	if (!f->quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"line %" PRIu64 " of the input is longer than %" PRIu64
			" bytes; raise --max-record, or name a --quarantine DIR to keep it there and go on",
			f->line_no, l->in.max_record);
	struct mdl_row_error e = {
		.reason = "RECORD_TOO_LONG",
		.message = "the line is longer than --max-record",
		.line = f->line_no,
		.part = l->part,
		.part_last = last,
	};
	return mdl_filter_quarantine(f, part, false, &e, err);
}

/* ---- Records ---- */

/* Up to MDL_BATCH_ROWS lines of a block, and what was made of them ahead of their turn, or NULL. */
struct lines {
	const struct mdl_slice *v;
	size_t n;
	const void *ahead;
};

static int give_batch(struct loop *l, const struct lines *lines, size_t from, size_t to, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	if (from == to)
		return 0;
	struct mdl_batch b = {
		.lines = lines->v + from,
		.n = to - from,
		.first_line = f->line_no + 1,
		.arena = &f->batch_arena,
		.ahead = to - from == lines->n ? lines->ahead : NULL,
	};
	f->books.in += b.n;
	f->line_no += b.n;
	f->lines = lines->v;
	f->nlines = to;
	f->at = from;
	if (f->checkpointed) {
		mdl_sum_lines(b.lines, b.n, l->sums + from);
		mdl_sum_add_all(&f->books.in_sum, l->sums + from, to - from);
	}
	int r = f->op->batch(f->op->ctx, f, &b, err);
	mdl_arena_reset(&f->batch_arena);
	f->nlines = 0;
	return r;
}

/* The input began with something that is no control line: a plain stream, without epochs. */
static int start_plain(struct loop *l, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	l->begun = true;
	if (f->op->sink && !f->checkpointed)
		l->in.out_fd = -1;
	if (f->checkpointed || !f->opts->quarantine || !f->opts->side_open)
		return 0;
	if (f->opts->side_open(&f->quarantine_side, f->opts->quarantine, NULL, f->stage, err))
		return -1;
	f->quarantine = &f->quarantine_side;
	return 0;
}

static enum step outside_epoch(struct mdl_err *err)
{
	mdl_err_set(
		err, MDL_TROUBLE,
		"a record stands outside of an epoch; a program between the stages that is not medal's changed the "
		"stream: run it under medal-exec");
	return STEP_FAILED;
}

/* Records of lines [from, to): over-long ones are taken out. */
static int give_records(struct loop *l, const struct lines *lines, size_t from, size_t to,
			struct mdl_err *err)
{
	if (from == to)
		return 0;
	if (l->f.checkpointed && !l->f.in_epoch) {
		outside_epoch(err);
		return -1;
	}
	if (!l->begun && start_plain(l, err))
		return -1;
	for (size_t i = from; i < to; i++) {
		if (lines->v[i].n <= l->in.max_record)
			continue;
		if (give_batch(l, lines, from, i, err))
			return -1;
		if (overlong(l, lines->v[i], true, true, err))
			return -1;
		from = i + 1;
	}
	return give_batch(l, lines, from, to, err);
}

/* ---- Control lines ---- */

static bool begin_has_stage(const struct mdl_begin *b, const char *name)
{
	for (size_t i = 0; i < b->nstages; i++)
		if (strcmp(b->stages[i], name) == 0)
			return true;
	return false;
}

/* A stage is named by its program and counted among its like upstream: dedupe, dedupe-2; in a branch
 * b/dedupe. */
static char *name_stage(const struct mdl_filter *f, const struct mdl_begin *b)
{
	const char *branch = b->branch ? b->branch : "", *slash = b->branch ? "/" : "";
	if (f->opts->name)
		return mdl_asprintf("%s%s%s", branch, slash, f->opts->name);
	char *name = mdl_asprintf("%s%s%s", branch, slash, f->op->name);
	for (int k = 2; begin_has_stage(b, name); k++) {
		free(name);
		name = mdl_asprintf("%s%s%s-%d", branch, slash, f->op->name, k);
	}
	return name;
}

static int join_run(struct loop *l, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	const struct mdl_begin *b = &f->begin_copy;
	f->stage_name = name_stage(f, b);
	f->stage = f->stage_name;
	free(f->books.stage);
	f->books.stage = mdl_strdup(f->stage);
	if (b->dry_run)
		return 0;
	f->run_fd = mdl_run_hold(b->checkpoint, b->run, err);
	if (f->run_fd < 0)
		return -1;
	/* before the name is claimed: who sees it may send a signal */
	mdl_run_hold_signals();
	if (mdl_run_claim(b->checkpoint, b->run, f->stage, err))
		return -1;
	const char *q = f->opts->quarantine ? f->opts->quarantine : b->quarantine;
	if (q && f->opts->side_open) {
		if (f->opts->side_open(&f->quarantine_side, q, b, f->stage, err))
			return -1;
		f->quarantine = &f->quarantine_side;
	}
	return 0;
}

/* The operator may have set columns or the watermark's text: they go on with the line. */
static int pass_begin(struct mdl_filter *f)
{
	mdl_begin_add_stage(&f->begin_copy, f->stage);
	f->begin_copy.scanned = f->op->scans;
	mdl_begin_format(&f->out->text, &f->begin_copy);
	mdl_out_text_done(f->out);
	return 0;
}

static int on_begin(struct loop *l, struct mdl_begin *b, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	bool first = !f->checkpointed;
	if (f->in_epoch)
		return mdl_err_set(err, MDL_TROUBLE,
				   "epoch %" PRIu64 " begins inside of epoch %" PRIu64
				   "; a program between that is not medal's and changes lines must run under "
				   "medal-exec",
				   b->epoch, f->begin_copy.epoch);
	if (!first && b->epoch != f->begin_copy.epoch + 1)
		return mdl_err_set(err, MDL_TROUBLE, "epoch %" PRIu64 " begins after epoch %" PRIu64,
				   b->epoch, f->begin_copy.epoch);
	mdl_begin_free(&f->begin_copy);
	f->begin_copy = *b;
	memset(b, 0, sizeof(*b));
	/* A line's number must not tell where the run began: a replay quarantines the same bytes. */
	f->line_no = 0;
	f->begin = &f->begin_copy;
	f->checkpointed = l->begun = true;
	if (first) {
		l->in.out_fd = f->opts->out_fd;
		l->in.only_tail = false;
	}
	f->resume = first;
	if (mdl_begin_take_branch(&f->begin_copy, f->opts->branch, err) || (first && join_run(l, err)))
		return -1;
	f->in_epoch = true;
	if (f->begin->dry_run)
		return (f->op->dry && f->op->dry(f->op->ctx, f, err)) ? -1 : pass_begin(f);
	if (f->quarantine && f->quarantine->begin(f->quarantine->ctx, f->begin, f->stage, err))
		return -1;
	if (f->op->begin && f->op->begin(f->op->ctx, f, err))
		return -1;
	return pass_begin(f);
}

static int on_barrier(struct loop *l, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	if (!f->in_epoch || bar->epoch != f->begin_copy.epoch)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the barrier of epoch %" PRIu64 " comes without its begin line",
				   bar->epoch);
	bool dry = f->begin->dry_run;
	if (!dry && f->op->barrier && f->op->barrier(f->op->ctx, f, bar, err))
		return -1;
	if (f->quarantine && f->quarantine->prepare(f->quarantine->ctx, &f->books, err))
		return -1;
	mdl_barrier_add_books(bar, &f->books);
	mdl_books_init(&f->books, f->stage, f->op->passes);
	mdl_barrier_format(&f->out->text, bar);
	mdl_out_text_done(f->out);
	f->in_epoch = false;
	mdl_arena_reset(&f->epoch_arena);
	if (mdl_out_flush(f->out, err))
		return -1;
	if (!dry)
		ping(l);
	return 0;
}

/* A line with the form of a control line. In a plain stream it is a forgery and goes to the operator as a record. */
static enum step on_control(struct loop *l, struct mdl_slice line, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	struct mdl_control c;
	if (mdl_control_parse(line, &c, err))
		return STEP_FAILED;
	enum step step = STEP_ON;
	if (f->checkpointed && memcmp(c.run, f->begin_copy.run, MDL_RUN_ID) != 0 &&
	    !(c.kind == MDL_CONTROL_ABORT && !c.run[0])) {
		mdl_err_set(err, MDL_TROUBLE, "a control line of another run is in the stream");
		step = STEP_FAILED;
	} else if (c.kind == MDL_CONTROL_BEGIN) {
		step = on_begin(l, &c.begin, err) ? STEP_FAILED : STEP_ON;
	} else if (c.kind == MDL_CONTROL_BARRIER) {
		if (!f->checkpointed)
			mdl_err_set(err, MDL_TROUBLE, "a barrier comes without a begin line");
		step = !f->checkpointed || on_barrier(l, &c.barrier, err) ? STEP_FAILED : STEP_ON;
	} else if (c.kind == MDL_CONTROL_END && f->in_epoch) {
		mdl_err_set(err, MDL_TROUBLE, "the stream ends inside of epoch %" PRIu64,
			    f->begin_copy.epoch);
		step = STEP_FAILED;
	} else {
		/* abort and end go on as they came */
		mdl_buf_puts_slice(&f->out->text, line);
		mdl_buf_putc(&f->out->text, '\n');
		mdl_out_text_done(f->out);
		l->status = c.kind == MDL_CONTROL_ABORT ? c.status : MDL_OK;
		step = mdl_out_flush(f->out, err) ? STEP_FAILED : STEP_DONE;
		f->checkpointed = true;
	}
	mdl_control_free(&c);
	return step;
}

static enum step on_lines(struct loop *l, const struct lines *lines, struct mdl_err *err)
{
	size_t from = 0;
	for (size_t i = 0; i < lines->n; i++) {
		if (!mdl_control_is(lines->v[i]) || (l->begun && !l->f.checkpointed))
			continue;
		if (i > 0 && !l->f.checkpointed)
			break; /* the first line was a record: a plain stream */
		if (give_records(l, lines, from, i, err))
			return STEP_FAILED;
		enum step s = on_control(l, lines->v[i], err);
		if (s != STEP_ON)
			return s;
		from = i + 1;
	}
	if (give_records(l, lines, from, lines->n, err) || mdl_filter_flush_if_full(&l->f, err))
		return STEP_FAILED;
	return STEP_ON;
}

static enum step on_block(struct loop *l, struct mdl_slice block, struct mdl_err *err)
{
	struct lines lines = {.v = l->lines};
	while (block.n) {
		lines.n = mdl_lines_split(&block, l->lines, MDL_BATCH_ROWS);
		enum step s = on_lines(l, &lines, err);
		if (s != STEP_ON)
			return s;
	}
	if (mdl_out_flush(&l->out, err))
		return STEP_FAILED;
	mdl_filter_alive(&l->f);
	return STEP_ON;
}

/* ---- Reading ahead ---- */

static bool is_pipe(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Where nobody says it, as many threads as there are processors, less one for each program that we share a pipe with, for these
 * work while we do; under a checkpoint there are such, and one thread. */
static unsigned threads_to_use(const struct loop *l)
{
	const struct mdl_filter_opts *o = l->f.opts;
	unsigned have = mdl_worker_processors(), others = is_pipe(o->in_fd) + is_pipe(o->out_fd);
	if (o->threads)
		return o->threads < MDL_AHEAD_THREADS ? (unsigned)o->threads : MDL_AHEAD_THREADS;
	if (l->f.checkpointed || have <= others)
		return 1;
	return have - others < MDL_FILTER_THREADS ? have - others : MDL_FILTER_THREADS;
}

static void start_ahead(struct loop *l)
{
	const struct mdl_op *op = l->f.op;
	unsigned threads = op->ahead ? threads_to_use(l) : 1;
	l->asked_ahead = true;
	if (threads < 2 || !mdl_lend_scatter(&l->lend))
		return;
	l->in.lend = NULL;
	l->ahead = mdl_ahead_new(&l->in, op->ahead, op->ahead_ctx, threads);
	if (!l->ahead)
		l->in.lend = &l->lend;
}

static enum step on_ahead(struct loop *l, const struct mdl_ahead_block *b, struct mdl_err *err)
{
	enum step s = STEP_ON;
	for (size_t i = 0; i < b->nlines && s == STEP_ON; i += MDL_BATCH_ROWS) {
		size_t left = b->nlines - i;
		struct lines lines = {
			.v = b->lines + i,
			.n = left < MDL_BATCH_ROWS ? left : MDL_BATCH_ROWS,
			.ahead = b->results[i / MDL_BATCH_ROWS],
		};
		s = on_lines(l, &lines, err);
	}
	if (s == STEP_ON)
		s = on_block(l, b->rest, err);
	mdl_ahead_done(l->ahead, &l->lend);
	return s;
}

static void end_ahead(struct loop *l)
{
	if (!l->ahead)
		return;
	mdl_ahead_free(l->ahead, &l->lend);
	l->ahead = NULL;
	l->in.lend = &l->lend;
}

/* ---- Ends ---- */

static enum step on_end(struct loop *l, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	if (f->checkpointed) {
		char after[64] = "no epoch";
		int64_t last = (int64_t)f->begin_copy.epoch - (f->in_epoch ? 1 : 0);
		if (last >= 0)
			snprintf(after, sizeof(after), "epoch %" PRId64, last);
		mdl_err_set(err, MDL_RETRY,
			    "a program before %s was killed after %s; what is committed stands, run again%s",
			    f->stage, after,
			    last < 0 ? " (or one that is not medal's, like head, ended early: it must run "
				       "under medal-exec)"
				     : "");
		return STEP_FAILED;
	}
	struct mdl_slice rest = mdl_lines_partial(&l->in);
	if (rest.n && !f->enough) {
		/* a last line without '\n' is a record if it is complete: the operator's scan tells */
		((char *)(uintptr_t)rest.p)[rest.n] = '\n';
		l->lines[0] = rest;
		if (give_records(l, &(struct lines){l->lines, 1, NULL}, 0, 1, err))
			return STEP_FAILED;
	}
	if (!l->begun && start_plain(l, err))
		return STEP_FAILED;
	if (f->op->end && f->op->end(f->op->ctx, f, err))
		return STEP_FAILED;
	if (mdl_out_flush(f->out, err))
		return STEP_FAILED;
	if (f->quarantine && f->quarantine->finish(f->quarantine->ctx, err))
		return STEP_FAILED;
	l->status = MDL_OK;
	return STEP_DONE;
}

static enum step one_step(struct loop *l, struct mdl_err *err)
{
	struct mdl_filter *f = &l->f;
	struct mdl_ahead_block b;
	if (l->bytes >= AHEAD_AFTER && !l->asked_ahead)
		start_ahead(l);
	switch (l->ahead ? mdl_ahead_next(l->ahead, &b, err) : mdl_lines_next(&l->in, err)) {
	case MDL_LINES_BLOCK_READY:
		if (l->ahead)
			return on_ahead(l, &b, err);
		l->bytes += l->in.block.n;
		return on_block(l, l->in.block, err);
	case MDL_LINES_OVERLONG:
		if (!l->begun && start_plain(l, err))
			return STEP_FAILED;
		if (f->checkpointed && !f->in_epoch)
			return outside_epoch(err);
		return overlong(l, l->in.block, l->in.part_first, l->in.part_last, err) ? STEP_FAILED
											: STEP_ON;
	case MDL_LINES_WOULD_BLOCK:
		if (!f->checkpointed && f->op->idle && f->op->idle(f->op->ctx, f, err))
			return STEP_FAILED;
		return mdl_out_flush(f->out, err) ? STEP_FAILED : STEP_ON;
	case MDL_LINES_WATCHED:
		if (f->op->ready && f->op->ready(f->op->ctx, f, err))
			return STEP_FAILED;
		return mdl_out_flush(f->out, err) ? STEP_FAILED : STEP_ON;
	case MDL_LINES_END:
		return on_end(l, err);
	default:
		return STEP_FAILED;
	}
}

/* Tell the programs downstream why this one ends; what they do not get in time they learn from the closed pipe. */
static void send_abort(struct loop *l, const struct mdl_err *err)
{
	struct mdl_err ignored;
	l->out.n = 0;
	mdl_buf_clear(&l->out.text);
	l->out.text_done = 0;
	mdl_abort_format(&l->out.text, l->f.begin_copy.run, l->f.stage, (int)err->status, err->msg);
	mdl_out_text_done(&l->out);
	(void)mdl_out_flush(&l->out, &ignored);
}

int mdl_filter_run(const struct mdl_op *op, const struct mdl_filter_opts *opts, struct mdl_err *err)
{
	struct loop *l = mdl_zalloc(sizeof(*l));
	struct mdl_filter *f = &l->f;
	f->opts = opts;
	f->op = op;
	f->stage = opts->name ? opts->name : op->name;
	f->out = &l->out;
	f->in = &l->in;
	f->run_fd = -1;
	mdl_books_init(&f->books, f->stage, op->passes);
	mdl_arena_init(&f->epoch_arena);
	mdl_arena_init(&f->batch_arena);
	mdl_buf_init(&f->scratch, MDL_BUF_NO_LIMIT);
	mdl_lines_init(&l->in, opts->in_fd, opts->out_fd,
		       opts->max_record_bytes ? opts->max_record_bytes : MDL_DEFAULT_MAX_RECORD);
	mdl_out_init(&l->out, opts->out_fd);
	mdl_lend_init(&l->lend, opts->out_fd);
	l->in.lend = l->out.lend = &l->lend;
	f->sums = l->sums;
	mdl_pipe_widen(opts->in_fd);
	/* Nobody need read a sink's output in a plain stream; where a tail does, it is no plain one. */
	l->in.only_tail = op->sink;
	if (!op->sink)
		mdl_pipe_widen(opts->out_fd);

	enum step s = STEP_ON;
	while (s == STEP_ON)
		s = f->enough && !f->checkpointed ? on_end(l, err) : one_step(l, err);
	end_ahead(l);
	int status = s == STEP_DONE ? l->status : (int)err->status;
	if (s == STEP_FAILED && f->checkpointed && f->begin_copy.run[0]) {
		/* first, for the abort line kills us when our reader has gone */
		if (!f->begin_copy.dry_run)
			mdl_run_tell(f->begin_copy.checkpoint, f->begin_copy.run, f->stage, MDL_RUN_FAILED,
				     f->begin_copy.epoch);
		send_abort(l, err);
	} else if (s == STEP_FAILED && !f->checkpointed) {
		/* the rows before the one that failed go out, as with any filter */
		struct mdl_err ignored = MDL_ERR_INIT;
		(void)mdl_out_flush(f->out, &ignored);
	}

	if (f->quarantine_side.close)
		f->quarantine_side.close(f->quarantine_side.ctx);
	mdl_books_free(&f->books);
	mdl_arena_free(&f->epoch_arena);
	mdl_arena_free(&f->batch_arena);
	mdl_buf_free(&f->scratch);
	mdl_begin_free(&f->begin_copy);
	mdl_lines_free(&l->in);
	mdl_lend_end(&l->lend);
	mdl_out_free(&l->out);
	if (f->run_fd >= 0)
		close(f->run_fd);
	free(f->stage_name);
	free(l);
	return status;
}
