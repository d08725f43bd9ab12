/* SPDX-License-Identifier: MIT
 *
 * Kafka topics as a source: see kafka_source.h.
 */
#include "source/kafka_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "source/kafka_loss.h"
#include "source/kafka_plan.h"
#include "source/kafka_rows.h"
#include "stream/run.h"

struct kafka_source {
	const struct mdl_ingest_opts *o;
	const struct mdl_kafka_source_opts *k;
	struct mdl_kafka_rows rows;
	struct mdl_kafka_plan plan;
	const struct mdl_checkpoint *ck; /* NULL: none */
	uint64_t left;                   /* records of -c that may still come, 0: no such limit */
	bool counted_out;                /* it is reached */
	bool looked;                     /* the ends of the run are known */
	bool replaying;                  /* the epoch's end is fixed, whatever follows */
	uint64_t bytes, total_bytes;     /* of the epoch at hand; of all */
	uint64_t limit_bytes;            /* of an epoch */
	uint64_t next_topics_us;         /* when to ask again for partitions and leaders */
	uint64_t away_us;                /* since when nobody answers that, 0: they do */
	bool told_away;
};

/* ---- Reading ---- */

/* P has nothing now: 1 when that is all there is in the epoch, 0 after a wait for more, -1. */
static int wait_for_more(struct kafka_source *s, struct mdl_kafka_part *p, uint64_t deadline,
			 struct mdl_err *err)
{
	/* all that is here goes on before a wait */
	if (mdl_kafka_rows_flush(&s->rows, err))
		return -1;
	/* what stands before the end that was heard is no record: control records, what was compacted away */
	if (p->eof > p->position)
		p->position = p->eof < p->end ? p->eof : p->end;
	bool there = s->o->follow && !s->replaying ? p->eof < p->position : p->position < p->end;
	if (!there || mdl_source_clock_us() >= deadline || mdl_run_signal())
		return 1;
	return mdl_kafka_plan_wait(&s->plan, s->o->out_fd, deadline, err);
}

/* No record stands before the one at OFFSET, which is behind the epoch. An offset that the log has not is a damaged one:
 * unlike what a batch holds, where it begins is under no checksum. */
static int close_part(struct kafka_source *s, struct mdl_kafka_part *p, int64_t offset, struct mdl_err *err)
{
	int64_t lo, hi;
	if ((rd_kafka_get_watermark_offsets(s->plan.client.rk, p->topic, p->partition, &lo, &hi) ||
	     offset >= hi) &&
	    mdl_kafka_loss_beyond(&s->plan, p, offset, err))
		return -1;
	p->position = p->end;
	return 0;
}

/* Take what P has in the epoch, waiting up to DEADLINE for what is known to be there. */
static int read_part(struct kafka_source *s, struct mdl_kafka_part *p, uint64_t deadline, struct mdl_err *err)
{
	rd_kafka_message_t *m;
	while (p->position < p->end && !s->counted_out && s->bytes < s->limit_bytes) {
		int done;
		switch (mdl_kafka_part_next(p, &s->plan.client, 0, &m, err)) {
		case MDL_KAFKA_PART_RECORD:
			if (m->offset >= p->end)
				return close_part(s, p, m->offset, err);
			mdl_kafka_part_took(p, s->ck != NULL);
			s->bytes += m->len + m->key_len;
			s->counted_out = s->left && !--s->left;
			if (mdl_kafka_rows_put(&s->rows, m, err))
				return -1;
			break;
		case MDL_KAFKA_PART_EMPTY:
			done = wait_for_more(s, p, deadline, err);
			if (done)
				return done < 0 ? -1 : 0;
			break;
		case MDL_KAFKA_PART_GONE:
		case MDL_KAFKA_PART_OTHER:
			if (mdl_kafka_loss_judge(&s->plan, p, s->k->allow_data_loss, &s->rows.rows->f, err))
				return -1;
			break;
		case MDL_KAFKA_PART_FAILED:
			return -1;
		}
	}
	return 0;
}

static int read_parts(struct kafka_source *s, uint64_t deadline, struct mdl_err *err)
{
	s->bytes = 0;
	for (size_t i = 0; i < s->plan.n; i++)
		if (read_part(s, s->plan.v[i], deadline, err))
			return -1;
	s->total_bytes += s->bytes;
	if (s->o->progress)
		s->o->progress(s->rows.rows->total + s->rows.rows->f.books.in, s->total_bytes);
	return mdl_kafka_rows_flush(&s->rows, err);
}

/* A partition that did not come to its end in time, and whose end is known to be there. */
static int check_arrived(struct kafka_source *s, struct mdl_err *err)
{
	if (s->counted_out || mdl_run_signal() || s->bytes >= s->limit_bytes)
		return 0;
	for (size_t i = 0; i < s->plan.n; i++) {
		struct mdl_kafka_part *p = s->plan.v[i];
		if (p->position < p->end)
			return mdl_kafka_loss_stalled(&s->plan, p, s->k->timeout_us, err);
	}
	return 0;
}

static int read_epoch(void *ctx, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	uint64_t now = mdl_source_clock_us();
	mdl_kafka_plan_epoch(&s->plan, s->ck ? s->o->max_records : 0);
	s->limit_bytes = !s->ck ? UINT64_MAX : s->o->max_bytes ? s->o->max_bytes : MDL_INGEST_EPOCH_BYTES;
	if (!s->o->follow)
		return read_parts(s, now + s->k->timeout_us, err) || check_arrived(s, err) ? -1 : 0;
	return read_parts(s, s->ck ? now + s->o->trigger_us : 0, err);
}

/* ---- Looking ---- */

/* Under --follow brokers may be away for long: once is said so. */
static void still_away(struct kafka_source *s, uint64_t now, const char *why)
{
	if (!s->away_us)
		s->away_us = now;
	if (!s->told_away && now - s->away_us >= s->k->timeout_us) {
		s->told_away = true;
		mdl_warning("%s; still waiting", why);
	} else {
		mdl_info("%s", why);
	}
}

/* Partitions that are new, and leaders that are others: a new leader's log may be shorter than what was read. */
static int look_for_partitions(struct kafka_source *s, struct mdl_err *err)
{
	struct mdl_err e = MDL_ERR_INIT;
	uint64_t now = mdl_source_clock_us();
	if (now < s->next_topics_us)
		return 0;
	s->next_topics_us = now + s->plan.refresh_us;
	if (!mdl_kafka_plan_refresh(&s->plan, s->k, s->ck != NULL, &e)) {
		if (s->told_away)
			mdl_warning("the brokers answer again");
		s->away_us = 0;
		s->told_away = false;
		return 0;
	}
	if (e.status == MDL_RETRY) {
		still_away(s, now, e.msg); /* what is assigned goes on */
		return 0;
	}
	*err = e;
	return -1;
}

/* Before anything is sent: are the logs still those that were read? */
static int check_logs(struct kafka_source *s, struct mdl_err *err)
{
	uint64_t deadline = mdl_source_clock_us() + s->k->timeout_us;
	rd_kafka_message_t *m;
	for (size_t i = 0; i < s->plan.n; i++) {
		struct mdl_kafka_part *p = s->plan.v[i];
		while (p->checking && p->eof < 0 && mdl_source_clock_us() < deadline && !mdl_run_signal()) {
			enum mdl_kafka_part_state st = mdl_kafka_part_next(p, &s->plan.client, 0, &m, err);
			if (st == MDL_KAFKA_PART_FAILED)
				return -1;
			if (st == MDL_KAFKA_PART_EMPTY && p->checking && p->eof < 0 &&
			    mdl_kafka_plan_wait(&s->plan, s->o->out_fd, deadline, err))
				return -1;
			if ((st == MDL_KAFKA_PART_GONE || st == MDL_KAFKA_PART_OTHER) &&
			    mdl_kafka_loss_judge(&s->plan, p, s->k->allow_data_loss, &s->rows.rows->f, err))
				return -1;
		}
	}
	return 0;
}

static int look(void *ctx, bool first, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	if (first) {
		s->looked = true;
		s->next_topics_us = mdl_source_clock_us() + s->plan.refresh_us;
		return mdl_kafka_plan_start(&s->plan, err) || check_logs(s, err) ? -1 : 0;
	}
	rd_kafka_poll(s->plan.client.rk, 0);
	return s->o->follow ? look_for_partitions(s, err) : 0;
}

/* Under --follow: is there a record? It is looked for, not waited for. */
static const char *next_record(struct kafka_source *s)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	rd_kafka_message_t *m;
	for (size_t i = 0; i < s->plan.n; i++) {
		struct mdl_kafka_part *p = s->plan.v[i];
		/* trouble is met again by the read */
		if (p->rkt &&
		    mdl_kafka_part_next(p, &s->plan.client, 0, &m, &ignored) != MDL_KAFKA_PART_EMPTY)
			return p->topic;
	}
	return NULL;
}

static const char *next(void *ctx)
{
	struct kafka_source *s = ctx;
	if (s->counted_out || !s->looked)
		return NULL;
	if (s->o->follow)
		return next_record(s);
	for (size_t i = 0; i < s->plan.n; i++)
		if (s->plan.v[i]->position < s->plan.v[i]->target)
			return s->plan.v[i]->topic;
	return NULL;
}

static bool finished(void *ctx)
{
	struct kafka_source *s = ctx;
	return s->counted_out;
}

static int wait_more(void *ctx, uint64_t until, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	return mdl_kafka_plan_wait(&s->plan, s->o->out_fd, until, err);
}

/* ---- Epochs ---- */

static int plan(void *ctx, int64_t epoch, struct mdl_buf *offset, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	return mdl_kafka_plan_save(&s->plan, s->ck->dir, epoch, offset, err);
}

static int replay(void *ctx, const struct mdl_recovery *rec, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	uint64_t count = s->left;
	if (mdl_kafka_plan_replay(&s->plan, rec, err))
		return -1;
	s->replaying = true;
	s->limit_bytes = UINT64_MAX;
	s->left = 0;
	int r = read_parts(s, mdl_source_clock_us() + s->k->timeout_us, err) || check_arrived(s, err);
	s->replaying = false;
	s->left = count;
	return r ? mdl_err_wrap(err, "replaying epoch %" PRId64, rec->last_offsets) : 0;
}

static void sealed(void *ctx)
{
	(void)ctx;
}

static int committed(void *ctx, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	(void)err; /* a group's offsets are for others to look at: no trouble of ours */
	if (s->k->group)
		mdl_kafka_plan_tell_group(&s->plan);
	return 0;
}

static int ended(void *ctx, int signal, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	(void)signal;
	(void)err;
	mdl_kafka_plan_group_told(&s->plan);
	return 0;
}

static int resume(void *ctx, const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
		  struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	s->ck = ck;
	return mdl_kafka_plan_resume(&s->plan, ck->dir, rec, err);
}

static int start(void *ctx, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	return mdl_kafka_plan_open(&s->plan, s->k, !s->o->follow, s->ck ? s->ck->dir : NULL, err);
}

static int dry(void *ctx, struct mdl_err *err)
{
	struct kafka_source *s = ctx;
	return mdl_kafka_plan_open(&s->plan, s->k, true, NULL, err);
}

static void close_source(void *ctx)
{
	struct kafka_source *s = ctx;
	mdl_kafka_rows_free(&s->rows);
	mdl_kafka_plan_close(&s->plan);
	free(s);
}

static const struct mdl_source_ops ops = {
	.kind = MDL_SOURCE_KAFKA,
	.resume = resume,
	.start = start,
	.look = look,
	.next = next,
	.read = read_epoch,
	.finished = finished,
	.wait = wait_more,
	.plan = plan,
	.replay = replay,
	.sealed = sealed,
	.committed = committed,
	.ended = ended,
	.dry = dry,
	.close = close_source,
};

int mdl_kafka_source_open(struct mdl_source_handle *source, const struct mdl_ingest_opts *o,
			  struct mdl_ingest_rows *rows, struct mdl_err *err)
{
	struct kafka_source *s = mdl_zalloc(sizeof(*s));
	s->o = o;
	s->k = o->kafka;
	s->left = o->kafka->count;
	struct mdl_kafka_rows_opts ro = {.format = o->format,
					 .metadata = o->metadata,
					 .tombstones = o->kafka->tombstones,
					 .key_as = o->kafka->key_as};
	*source = (struct mdl_source_handle){&ops, s};
	return mdl_kafka_rows_init(&s->rows, rows, &ro, err) ? -1 : 0;
}
