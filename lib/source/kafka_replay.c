/* SPDX-License-Identifier: MIT
 *
 * The records of one epoch over Kafka again: see kafka_replay.h.
 */
#include "source/kafka_replay.h"

#include <inttypes.h>
#include <stdlib.h>

#include "net/kafka_client.h"
#include "source/kafka_part.h"
#include "source/kafka_rows.h"
#include "source/source.h"
#include "state/kafka_state.h"

enum { TIMEOUT_US = 30000000, WAIT_MS = 100 };

/* The ranges: medal's own, else from the offsets of the epoch before. */
static int ranges_of(struct mdl_kafka_state *s, const char *dir, int64_t epoch, const struct mdl_offsets *o,
		     const struct mdl_offsets *before, struct mdl_err *err)
{
	struct mdl_kafka_state from = {0};
	int r = mdl_kafka_state_read_last(dir, epoch, s, err);
	if (r < 0 || s->n)
		return r < 0 ? -1 : 0;
	r = mdl_kafka_offsets_parse(s, o->sources[0], "offsets", err);
	if (!r && before->nsources && before->sources[0])
		r = mdl_kafka_offsets_parse(&from, before->sources[0], "offsets", err);
	for (size_t i = 0; !r && i < s->n; i++) {
		const struct mdl_kafka_position *p =
			mdl_kafka_state_find(&from, s->v[i].topic, s->v[i].partition);
		s->v[i].from = p ? p->offset : 0;
	}
	mdl_kafka_state_free(&from);
	return r;
}

static int emit(struct mdl_kafka_part *p, int64_t end, struct mdl_kafka_client *c, struct mdl_kafka_rows *kr,
		struct mdl_err *err)
{
	uint64_t until = mdl_source_clock_us() + TIMEOUT_US;
	rd_kafka_message_t *m;
	while (p->position < end && p->eof < end) {
		switch (mdl_kafka_part_next(p, c, WAIT_MS, &m, err)) {
		case MDL_KAFKA_PART_RECORD:
			if (m->offset >= end)
				return 0;
			mdl_kafka_part_took(p, false);
			if (mdl_kafka_rows_put(kr, m, err))
				return -1;
			until = mdl_source_clock_us() + TIMEOUT_US;
			break;
		case MDL_KAFKA_PART_EMPTY:
			if (mdl_source_clock_us() > until)
				return mdl_kafka_err(err, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, &c->heard,
						     "%s [%" PRId32 "] at offset %" PRId64, p->topic,
						     p->partition, p->position);
			break;
		case MDL_KAFKA_PART_GONE:
		case MDL_KAFKA_PART_OTHER:
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s [%" PRId32 "] does not hold the offset %" PRId64
					   " any more, which the epoch read",
					   p->topic, p->partition, p->position);
		case MDL_KAFKA_PART_FAILED:
			return -1;
		}
	}
	return 0;
}

static int emit_one(const struct mdl_kafka_position *at, struct mdl_kafka_client *c,
		    struct mdl_kafka_rows *kr, struct mdl_err *err)
{
	struct mdl_kafka_part p;
	mdl_kafka_part_init(&p, at->topic, at->partition, at->from);
	int r = mdl_kafka_part_start(&p, c, false, -1, err) || emit(&p, at->offset, c, kr, err) ||
				mdl_kafka_rows_flush(kr, err)
			? -1
			: 0;
	mdl_kafka_part_free(&p);
	return r;
}

int mdl_kafka_replay(const char *dir, int64_t epoch, const struct mdl_offsets *o,
		     const struct mdl_offsets *before, const struct mdl_kafka_cli *cli,
		     struct mdl_ingest_rows *rows, struct mdl_err *err)
{
	struct mdl_kafka_state s = {0};
	struct mdl_kafka_client c = {0};
	struct mdl_kafka_rows kr;
	struct mdl_kafka_rows_opts ro = {0};
	struct mdl_kafka_cli k = *cli;
	int r = mdl_kafka_rows_init(&kr, rows, &ro, err) || ranges_of(&s, dir, epoch, o, before, err) ? -1
												      : 0;
	if (!k.brokers && !k.file && !getenv("MEDAL_KAFKA_CONFIG"))
		k.brokers = s.brokers;
	if (!r)
		r = mdl_kafka_client_open(&c, &k, NULL, TIMEOUT_US, err);
	for (size_t i = 0; !r && i < s.n; i++)
		if (s.v[i].from < s.v[i].offset)
			r = emit_one(&s.v[i], &c, &kr, err);
	mdl_kafka_rows_free(&kr);
	mdl_kafka_client_close(&c);
	mdl_kafka_state_free(&s);
	return r;
}
