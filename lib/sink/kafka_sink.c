/* SPDX-License-Identifier: MIT
 *
 * See kafka_sink.h. The order of things under a checkpoint, each step safe to die
 * after: fence (what an earlier process left open is over), read the marker, send,
 * flush, write the plan, commit rows and marker in one, pass the barrier on.
 */
#include "sink/kafka_sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "net/kafka_producer.h"
#include "sink/kafka_marker.h"
#include "sink/sink_claim.h"
#include "sql/compile.h"
#include "sql/parse.h"
#include "json/scan.h"

struct mdl_kafka_sink {
	struct mdl_kafka_sink_opts o;
	struct mdl_op op;
	struct mdl_arena arena; /* expressions */
	struct mdl_source key_src, partition_src;
	struct mdl_program *program; /* NULL: neither key nor partition */
	int key, partition;          /* its outputs, or MDL_NO_OUTPUT */
	struct mdl_scan *scan;
	size_t npaths;
	struct mdl_kafka_producer *p;
	struct mdl_filter *f; /* for waits in the producer */
	char *id;             /* transactional.id */
	char *to;             /* "kafka:<topic>" */
	/* of the epoch */
	struct mdl_kafka_marker marker;
	bool published, in_transaction;
	struct timespec since; /* of the transaction */
	uint64_t rows;
	struct mdl_sum sum;
};

/* ---- opening ---- */

static void alive(void *ctx)
{
	struct mdl_kafka_sink *s = ctx;
	if (s->f)
		mdl_filter_alive(s->f);
}

static int open_producer(struct mdl_kafka_sink *s, struct mdl_filter *f, const char *id, struct mdl_err *err)
{
	struct mdl_kafka_producer_opts o = {
		.cli = s->o.cli,
		.topic = s->o.topic,
		.compress = s->o.compress,
		.id = id,
		.alive = alive,
		.notice = s->o.notice,
		.ctx = s,
	};
	s->f = f;
	s->p = mdl_kafka_producer_open(&o, err);
	/* a delivery may fail while no row comes */
	if (s->p)
		mdl_filter_watch(f, mdl_kafka_producer_fd(s->p));
	return s->p ? 0 : -1;
}

/* The first epoch of this process: is it in the topic already? */
static int find_marker(struct mdl_kafka_sink *s, const struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(1 << 16);
	int r = -1;

	if (!mdl_kafka_producer_fence(s->p, err) &&
	    !mdl_kafka_producer_marker(s->p, &s->marker.epoch, &text, err)) {
		mdl_kafka_marker_parse(&s->marker, mdl_buf_slice(&text));
		r = mdl_kafka_marker_decide(&s->marker, f->begin, f->stage, s->o.topic, s->o.accept_marker,
					    &s->published, err);
	}
	mdl_buf_free(&text);
	return r;
}

static int sink_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = ctx;

	s->rows = 0;
	s->sum = (struct mdl_sum){0, 0};
	s->published = false;
	s->o.session.now_us = f->begin->batch_timestamp_ms * 1000;
	s->o.session.checkpointed = true;
	if (s->p)
		return 0;
	s->id = mdl_asprintf("%s/%s", f->begin->checkpoint_id, f->stage);
	return open_producer(s, f, s->id, err) ? -1 : find_marker(s, f, err);
}

static int sink_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	return open_producer(ctx, f, NULL, err);
}

/* ---- transaction ---- */

static uint64_t elapsed_ms(const struct mdl_kafka_sink *s)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - s->since.tv_sec) * 1000 + (now.tv_nsec - s->since.tv_nsec) / 1000000);
}

static int begin_transaction(struct mdl_kafka_sink *s, struct mdl_err *err)
{
	if (s->in_transaction)
		return 0;
	if (mdl_kafka_producer_begin(s->p, err))
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &s->since);
	s->in_transaction = true;
	return 0;
}

/* The broker aborts a transaction at its time-out; half of it is kept for the commit. To be asked before Kafka is: what it
 * says of a transaction that it has aborted is that another producer has taken over. */
static int check_time(const struct mdl_kafka_sink *s, struct mdl_err *err)
{
	uint64_t limit = s->in_transaction ? mdl_kafka_producer_timeout_ms(s->p) : 0;

	if (!s->in_transaction || elapsed_ms(s) <= limit / 2)
		return 0;
	return mdl_err_set(
		err, MDL_TROUBLE,
		"epoch %" PRIu64 " has taken more than %" PRIu64
		" ms, half of transaction.timeout.ms, after which %s would lose it; make epochs smaller at the source "
		"(--max-records, --max-bytes), or if this one is planned already, raise -X "
		"transaction.timeout.ms (the broker's transaction.max.timeout.ms is the limit)",
		s->f->begin->epoch, limit / 2, s->to);
}

/* ---- rows ---- */

/* ROW of B leaves the stream: REASON, MESSAGE. */
static int refuse(struct mdl_filter *f, const struct mdl_batch *b, size_t row, const char *reason,
		  const char *message, struct mdl_err *err)
{
	struct mdl_row_error e = {.reason = reason, .message = message, .line = b->first_line + row};

	if (f->quarantine)
		return mdl_filter_quarantine(f, b->lines[row], true, &e, err);
	return mdl_err_set(err, MDL_TROUBLE,
			   "line %" PRIu64
			   " of the input: [%s] %s; name a --quarantine DIR to keep such rows and go on",
			   e.line, reason, message);
}

static int refuse_line(struct mdl_kafka_sink *s, struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		       uint8_t verdict, struct mdl_err *err)
{
	struct mdl_json_value *cells = mdl_arena_alloc(b->arena, (s->npaths + 1) * sizeof(*cells));
	const char *why = verdict == MDL_SCAN_RESERVED ? "its first member is _medal" : "not valid";

	if (verdict == MDL_SCAN_CORRUPT)
		mdl_scan_line(s->scan, b->lines[row], cells, &why, NULL);
	return mdl_filter_corrupt(f, b->lines[row], b->first_line + row, false, why, err);
}

/* Row ROW of B to the topic, or to where it belongs when it cannot be sent. */
static int send_row(struct mdl_kafka_sink *s, struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		    const struct mdl_result *res, struct mdl_err *err)
{
	const struct mdl_slice *key = NULL;
	int64_t partition = MDL_KAFKA_ANY_PARTITION;
	const struct mdl_row_fail *bad = res ? mdl_fails_row(&res->fails, row) : NULL;

	if (bad)
		return refuse(f, b, row, bad->class, bad->message, err);
	if (res && s->key >= 0) {
		const struct mdl_vec *v = res->out[s->key];
		if (v->valid[mdl_row(v, row)])
			key = &v->str[mdl_row(v, row)];
	}
	if (res && s->partition >= 0) {
		const struct mdl_vec *v = res->out[s->partition];
		if (v->valid[mdl_row(v, row)]) {
			partition = v->i64[mdl_row(v, row)];
			int has = mdl_kafka_producer_has(s->p, partition, err);
			if (has <= 0)
				return has ? -1
					   : refuse(f, b, row, "INVALID_PARTITION",
						    mdl_arena_printf(b->arena, "%s has no partition %" PRId64,
								     s->to, partition),
						    err);
		}
	}
	if (b->lines[row].n + (key ? key->n : 0) > mdl_kafka_producer_max(s->p))
		return refuse(
			f, b, row, "RECORD_TOO_LARGE",
			"the row is larger than message.max.bytes; raise it with -X and with the topic's "
			"max.message.bytes",
			err);
	s->rows++;
	if (f->checkpointed)
		mdl_sum_add(&s->sum, f->sums[b->lines + row - f->lines]);
	if (s->published || s->o.dry_run)
		return 0;
	return mdl_kafka_producer_send(s->p, b->lines[row], key, (int32_t)partition, b->first_line + row,
				       err);
}

static int sink_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = ctx;
	struct mdl_json_value **cols = mdl_arena_alloc(b->arena, (s->npaths + 1) * sizeof(*cols));
	uint8_t *verdicts = mdl_arena_alloc(b->arena, b->n);
	uint32_t *sel = mdl_arena_alloc(b->arena, b->n * sizeof(*sel));
	struct mdl_result res;
	size_t n = 0;

	if (!s->p && !f->checkpointed && mdl_sink_tail_waits())
		return mdl_sink_lost_begin(s->to, err);
	if (check_time(s, err))
		return -1;
	if ((!s->p && open_producer(s, f, NULL, err)) ||
	    (f->checkpointed && !s->published && begin_transaction(s, err)))
		return -1;
	for (size_t k = 0; k < s->npaths; k++)
		cols[k] = mdl_arena_alloc(b->arena, b->n * sizeof(**cols));
	mdl_scan_batch(s->scan, b->lines, b->n, verdicts, cols);
	for (size_t i = 0; i < b->n; i++) {
		if (verdicts[i] == MDL_SCAN_OK)
			sel[n++] = (uint32_t)i;
		else if (refuse_line(s, f, b, i, verdicts[i], err))
			return -1;
	}
	if (s->program && mdl_program_run(s->program, (const struct mdl_json_value *const *)cols, NULL, sel,
					  n, b->n, b->arena, &res, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (send_row(s, f, b, sel[i], s->program ? &res : NULL, err))
			return -1;
	return check_time(s, err) || mdl_kafka_producer_poll(s->p, err) ? -1 : 0;
}

/* ---- ends ---- */

/* A replay of what the topic has: the rows must be those. */
static int compare(const struct mdl_kafka_sink *s, const struct mdl_filter *f, struct mdl_err *err)
{
	const struct mdl_kafka_marker *m = &s->marker;

	if (!m->has_sum || (m->rows == s->rows && m->sum.lo == s->sum.lo && m->sum.hi == s->sum.hi))
		return 0;
	return mdl_err_set(
		err, MDL_TROUBLE,
		"epoch %" PRIu64 " stands in %s with %" PRIu64 " rows, and its replay gives %" PRIu64
		"%s: the pipeline was changed while the epoch was in doubt; run it once as it was, then change it",
		f->begin->epoch, s->to, m->rows, s->rows, m->rows == s->rows ? " others" : "");
}

static int commit(struct mdl_kafka_sink *s, const struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

	mdl_kafka_marker_format(&text, f->begin, s->o.topic, s->rows, s->sum);
	/* an epoch without rows has its marker, too */
	int r = check_time(s, err) || begin_transaction(s, err) || mdl_kafka_producer_flush(s->p, err) ||
		check_time(s, err) || mdl_kafka_plan_write(f->begin, f->stage, mdl_buf_slice(&text), err) ||
		mdl_kafka_producer_commit(s->p, (int64_t)f->begin->epoch, mdl_buf_cstr(&text), err);
	mdl_buf_free(&text);
	s->in_transaction = false;
	return r ? -1 : 0;
}

static int sink_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = ctx;

	(void)bar;
	if (s->published ? compare(s, f, err) : commit(s, f, err))
		return -1;
	mdl_books_sent(&f->books, s->to, s->rows, s->sum);
	return 0;
}

static int sink_ready(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = ctx;

	(void)f;
	return check_time(s, err) || mdl_kafka_producer_poll(s->p, err) ? -1 : 0;
}

static int sink_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = ctx;

	if (!s->p && open_producer(s, f, NULL, err))
		return -1;
	return s->o.dry_run ? 0 : mdl_kafka_producer_flush(s->p, err);
}

/* ---- making ---- */

/* CAST(text AS type) as an output of the program; its number, or -1. */
static int add_expr(struct mdl_kafka_sink *s, struct mdl_source *src, const char *option, const char *text,
		    const struct mdl_type *type, struct mdl_err *err)
{
	struct mdl_expr *e, *cast = mdl_arena_alloc(&s->arena, sizeof(*cast));

	*src = (struct mdl_source){option, mdl_slice_of(text)};
	if (mdl_parse_expr(&s->arena, src, &e, err))
		return -1;
	struct mdl_expr **args = mdl_arena_alloc(&s->arena, sizeof(*args));
	args[0] = e;
	*cast = (struct mdl_expr){.kind = MDL_E_CAST,
				  .pos = e->pos,
				  .end = e->end,
				  .depth = e->depth + 1,
				  .src = src,
				  .args = args,
				  .nargs = 1,
				  .type = type};
	return mdl_program_add(s->program, cast, MDL_NO_OUTPUT, 0, option, err);
}

static int compile(struct mdl_kafka_sink *s, struct mdl_err *err)
{
	const char *const *paths = NULL;

	s->key = s->partition = MDL_NO_OUTPUT;
	if (s->o.key || s->o.partition) {
		s->program = mdl_program_new(s->o.schema, &s->o.session);
		if (s->o.key &&
		    (s->key = add_expr(s, &s->key_src, "--key", s->o.key, &mdl_type_string, err)) < 0)
			return -1;
		if (s->o.partition && (s->partition = add_expr(s, &s->partition_src, "--partition",
							       s->o.partition, &mdl_type_int, err)) < 0)
			return -1;
		if (mdl_program_finish(s->program, err))
			return -1;
		paths = mdl_program_paths(s->program, &s->npaths);
	}
	s->scan = mdl_scan_new(paths, s->npaths, err);
	return s->scan ? 0 : -1;
}

struct mdl_kafka_sink *mdl_kafka_sink_new(const struct mdl_kafka_sink_opts *o, struct mdl_err *err)
{
	struct mdl_kafka_sink *s = mdl_zalloc(sizeof(*s));

	s->o = *o;
	s->to = mdl_asprintf("kafka:%s", o->topic);
	mdl_arena_init(&s->arena);
	s->op = (struct mdl_op){
		.name = "write",
		.ctx = s,
		.sink = true,
		.begin = sink_begin,
		.dry = sink_dry,
		.batch = sink_batch,
		.barrier = sink_barrier,
		.ready = sink_ready,
		.end = sink_end,
	};
	if (compile(s, err)) {
		mdl_kafka_sink_free(s);
		return NULL;
	}
	return s;
}

void mdl_kafka_sink_free(struct mdl_kafka_sink *s)
{
	if (!s)
		return;
	s->f = NULL; /* its loop is over */
	mdl_kafka_producer_close(s->p);
	if (s->program)
		mdl_program_free(s->program);
	if (s->scan)
		mdl_scan_free(s->scan);
	mdl_arena_free(&s->arena);
	free(s->id);
	free(s->to);
	free(s);
}

const struct mdl_op *mdl_kafka_sink_op(const struct mdl_kafka_sink *s)
{
	return &s->op;
}
