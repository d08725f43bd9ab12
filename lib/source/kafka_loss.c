/* SPDX-License-Identifier: MIT
 *
 * What a partition does not hold any more: see kafka_loss.h.
 */
#include "source/kafka_loss.h"

#include <inttypes.h>

#include "base/log.h"

static const char way_out[] = "to go on at what is there, run once with --allow-data-loss";

static int ends_of(struct mdl_kafka_plan *pl, const struct mdl_kafka_part *p, int64_t *lo, int64_t *hi,
		   struct mdl_err *err)
{
	struct mdl_kafka_place at = {p->topic, p->partition, p->leader};
	return mdl_kafka_client_offsets(&pl->client, &at, 1, MDL_KAFKA_BEGIN, lo, err) ||
			       mdl_kafka_client_offsets(&pl->client, &at, 1, MDL_KAFKA_END, hi, err)
		       ? -1
		       : 0;
}

/* Offsets [p->position, TO) will never be read. */
static int go_on_behind(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, int64_t to, struct mdl_filter *f,
			struct mdl_err *err)
{
	uint64_t n = (uint64_t)(to - p->position);
	mdl_warning("%s [%" PRId32 "]: the offsets %" PRId64 " to %" PRId64 " (%" PRIu64
		    ") are lost, and counted as such",
		    p->topic, p->partition, p->position, to - 1, n);
	f->books.in += n;
	mdl_filter_bucket(f, "lost", n);
	p->position = to;
	if (p->end < to)
		p->end = to;
	return mdl_kafka_part_start(p, &pl->client, false, pl->event_fd, err);
}

/* The log is another: made anew, or cut off behind what was read. What stands at its begin tells: a log that was cut off
 * begins with records from before the last one that was read. */
static int go_on_in_other(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, int64_t lo, int64_t hi,
			  struct mdl_err *err)
{
	struct mdl_kafka_record first;
	mdl_kafka_part_stop(p);
	int r = mdl_kafka_client_peek(&pl->client, p->topic, p->partition, lo, &first, err);
	if (r < 0)
		return -1;
	bool cut = r > 0 && p->last >= 0 && first.timestamp_ms <= p->last_ms && hi < p->position;
	mdl_warning("%s [%" PRId32 "] is another log than the one that was read to offset %" PRId64
		    ": reading goes on at its %s, offset %" PRId64 "; what is lost cannot be known",
		    p->topic, p->partition, p->position, cut ? "end" : "begin", cut ? hi : lo);
	p->position = p->begin = cut ? hi : lo;
	p->last = -1;
	p->latest = hi;
	if (p->end > hi || p->end < p->position)
		p->end = hi;
	if (p->target < INT64_MAX)
		p->target = hi;
	return mdl_kafka_part_start(p, &pl->client, false, pl->event_fd, err);
}

int mdl_kafka_loss_judge(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, bool allow,
			 struct mdl_filter *f, struct mdl_err *err)
{
	int64_t lo, hi;
	bool other = p->last >= 0 && !p->checking && p->at < p->nheld && !p->held[p->at]->err;
	if (ends_of(pl, p, &lo, &hi, err))
		return -1;
	if (other || hi < p->position) {
		if (allow)
			return go_on_in_other(pl, p, lo, hi, err);
		return other ? mdl_err_set(
				       err, MDL_TROUBLE,
				       "%s [%" PRId32 "]: the record at offset %" PRId64
				       " is not the one that was read: the topic was deleted and made anew, or its log was cut off "
				       "and went on with other records (an unclean election). What is in the offsets %" PRId64
				       " to %" PRId64 " was not read; %s",
				       p->topic, p->partition, p->last, lo, hi - 1, way_out)
			     : mdl_err_set(
				       err, MDL_TROUBLE,
				       "%s [%" PRId32 "] has the offsets %" PRId64 " to %" PRId64
				       ", but was read to %" PRId64
				       ": the topic was deleted and made anew, or its log was cut off (an unclean election). The "
				       "offsets %" PRId64 " to %" PRId64 " are gone; %s",
				       p->topic, p->partition, lo, hi - 1, p->position - 1, hi,
				       p->position - 1, way_out);
	}
	if (lo <= p->position) /* only the record that proves the log is gone: nothing that was to be read */
		return mdl_kafka_part_start(p, &pl->client, false, pl->event_fd, err);
	if (allow)
		return go_on_behind(pl, p, lo, f, err);
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s [%" PRId32 "]: the offsets %" PRId64 " to %" PRId64 " (%" PRId64
			   ") were deleted before they were read (retention, or DeleteRecords); %s",
			   p->topic, p->partition, p->position, lo - 1, lo - p->position, way_out);
}

int mdl_kafka_loss_stalled(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, uint64_t waited_us,
			   struct mdl_err *err)
{
	const struct mdl_kafka_heard *h = &pl->client.heard;
	int64_t lo, hi;
	if (ends_of(pl, p, &lo, &hi, err))
		return mdl_err_wrap(err, "%s [%" PRId32 "], at offset %" PRId64, p->topic, p->partition,
				    p->position);
	if (hi < p->end)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s [%" PRId32 "] ended at offset %" PRId64 " and ends at %" PRId64
			" now: its log was cut off (an unclean election), or the topic was made anew; "
			"the offsets %" PRId64 " to %" PRId64 " are gone; %s",
			p->topic, p->partition, p->end, hi, hi, p->end - 1, way_out);
	return mdl_err_set(err, MDL_RETRY,
			   "%s [%" PRId32 "]: at offset %" PRId64 " of %" PRId64 " nothing came for %" PRIu64
			   " s%s%s; run again",
			   p->topic, p->partition, p->position, p->end, waited_us / 1000000,
			   h->text[0] ? ": " : "", h->text);
}

int mdl_kafka_loss_beyond(struct mdl_kafka_plan *pl, const struct mdl_kafka_part *p, int64_t offset,
			  struct mdl_err *err)
{
	int64_t lo, hi;
	if (ends_of(pl, p, &lo, &hi, err))
		return -1;
	if (offset < hi)
		return 0; /* a new leader may know of the end later than its followers did */
	return mdl_err_set(
		err, MDL_RETRY,
		"%s [%" PRId32 "]: after offset %" PRId64 " came %" PRId64 ", and the log ends at %" PRId64
		": it was damaged on the way to here, which TLS would protect (security.protocol). Nothing of "
		"it was taken; run again",
		p->topic, p->partition, p->position - 1, offset, hi);
}
