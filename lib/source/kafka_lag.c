/* SPDX-License-Identifier: MIT
 *
 * How far a checkpoint is behind: see kafka_lag.h.
 */
#include "source/kafka_lag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "net/kafka_client.h"
#include "source/kafka_start.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/kafka_state.h"
#include "state/takeover.h"
#include "json/text.h"

struct lag {
	struct mdl_kafka_client client;
	struct mdl_kafka_state state; /* of the last committed epoch */
	struct mdl_kafka_shard shard;
	uint64_t records, most_us; /* of all; of the partition whose oldest record is the oldest */
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int last_commit(const char *dir, int64_t *n, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *path = mdl_asprintf("%s/commits", dir);
	int r = mdl_epoch_log_list(path, &l, err);
	*n = mdl_epoch_list_last(&l);
	mdl_epoch_list_free(&l);
	free(path);
	return r;
}

/* The offsets of epoch N: medal's own file of it, and, for an epoch of Spark's, the text alone. */
static int read_state(struct lag *lag, const char *dir, int64_t n, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	struct mdl_offsets o = {0};
	char *offsets = mdl_asprintf("%s/offsets", dir), *name = mdl_asprintf("%s/%" PRId64, offsets, n);
	int64_t ignored;
	int r = mdl_epoch_log_read(offsets, n, &text, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is missing; restore it from a backup", name);
	if (!r)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, &o, err);
	const char *json = o.nsources == 1 ? o.sources[0] : NULL;
	if (!r && mdl_takeover_source_kind(json, &ignored) != MDL_SOURCE_KAFKA)
		r = mdl_err_set(err, MDL_TROUBLE, "the source of %s is not Kafka: only topics have a lag",
				dir);
	if (!r && mdl_kafka_state_read_last(dir, n, &lag->state, err) < 0)
		r = -1;
	if (!r)
		r = mdl_kafka_offsets_parse(&lag->state, json, name, err);
	mdl_offsets_free(&o);
	mdl_buf_free(&text);
	free(name);
	free(offsets);
	return r;
}

/* Partitions that came since are as far behind as they are long. */
static int add_new(struct lag *lag, struct mdl_kafka_places *places, struct mdl_err *err)
{
	const char **topics = mdl_array(lag->state.n + 1, sizeof(*topics));
	size_t n = 0;
	for (size_t i = 0; i < lag->state.n; i++)
		if (!n || strcmp(topics[n - 1], lag->state.v[i].topic) != 0)
			topics[n++] = lag->state.v[i].topic;
	int r = mdl_kafka_client_places(&lag->client, topics, n, NULL, places, err);
	free(topics);
	for (size_t i = 0; !r && i < places->n; i++)
		if (mdl_kafka_shard_has(&lag->shard, places->v[i].partition))
			mdl_kafka_state_add(&lag->state, places->v[i].topic, places->v[i].partition);
	return r;
}

/* P's records from its position, or the log's BEGIN, to END. */
static int one(struct lag *lag, struct mdl_kafka_position *p, int64_t begin, int64_t end, uint64_t *records,
	       uint64_t *age_us, struct mdl_err *err)
{
	struct mdl_kafka_record first;
	int64_t from = p->offset > begin ? p->offset : begin, now = now_ms();
	*records = *age_us = 0;
	if (p->offset < 0)
		p->offset = begin;
	if (end < p->offset)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s [%" PRId32 "] ends at offset %" PRId64 ", but was read to %" PRId64
				   ": the topic was deleted and made anew, or its log was cut off",
				   p->topic, p->partition, end, p->offset);
	if (from == end)
		return 0;
	/* offsets without a record in the end, marks of transactions, are nothing to wait for */
	int r = mdl_kafka_client_peek(&lag->client, p->topic, p->partition, from, &first, err);
	if (r <= 0)
		return r;
	*records = (uint64_t)(end - first.offset);
	if (first.timestamp_ms >= 0 && first.timestamp_ms < now)
		*age_us = (uint64_t)(now - first.timestamp_ms) * 1000;
	return 0;
}

static void put(struct mdl_buf *out, bool json, const struct mdl_kafka_position *p, int64_t end,
		uint64_t records, uint64_t age_us)
{
	double seconds = (double)age_us / 1e6;
	if (!json && p)
		mdl_buf_printf(out,
			       "%s [%" PRId32 "]  offset %" PRId64 "  end %" PRId64 "  behind %" PRIu64
			       " records, %.1f s\n",
			       p->topic, p->partition, p->offset, end, records, seconds);
	else if (!json)
		mdl_buf_printf(out, "all  behind %" PRIu64 " records, %.1f s\n", records, seconds);
	mdl_buf_puts(out, json ? "{\"topic\":" : "");
	if (json && p) {
		mdl_json_quote(out, mdl_slice_of(p->topic));
		mdl_buf_printf(out, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64 ",\"end\":%" PRId64,
			       p->partition, p->offset, end);
	} else if (json) {
		mdl_buf_puts(out, "null");
	}
	if (json)
		mdl_buf_printf(out, ",\"records\":%" PRIu64 ",\"seconds\":%.3f}\n", records, seconds);
}

static int measure(struct lag *lag, const struct mdl_kafka_lag_opts *o, struct mdl_buf *report,
		   struct mdl_err *err)
{
	size_t n = lag->state.n;
	struct mdl_kafka_place *at = mdl_array(n + 1, sizeof(*at));
	int64_t *begin = mdl_array(n + 1, sizeof(*begin)), *end = mdl_array(n + 1, sizeof(*end));
	for (size_t i = 0; i < n; i++)
		at[i] = (struct mdl_kafka_place){lag->state.v[i].topic, lag->state.v[i].partition, -1};
	int r = mdl_kafka_client_offsets(&lag->client, at, n, MDL_KAFKA_BEGIN, begin, err) ||
				mdl_kafka_client_offsets(&lag->client, at, n, MDL_KAFKA_END, end, err)
			? -1
			: 0;
	for (size_t i = 0; !r && i < n; i++) {
		uint64_t records, age_us;
		r = one(lag, &lag->state.v[i], begin[i], end[i], &records, &age_us, err);
		if (r)
			break;
		put(report, o->json, &lag->state.v[i], end[i], records, age_us);
		lag->records += records;
		lag->most_us = age_us > lag->most_us ? age_us : lag->most_us;
	}
	if (!r)
		put(report, o->json, NULL, 0, lag->records, lag->most_us);
	free(at);
	free(begin);
	free(end);
	return r;
}

int mdl_kafka_lag(const char *dir, const struct mdl_kafka_lag_opts *o, struct mdl_buf *report, bool *over,
		  struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct lag lag = {0};
	struct mdl_kafka_places places = {0};
	struct mdl_kafka_cli cli = o->cli;
	int64_t n;
	*over = false;
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	int r = last_commit(ck.dir, &n, err);
	if (!r && n < 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s has no committed epoch: all is still to be read", dir);
	if (!r)
		r = read_state(&lag, ck.dir, n, err);
	if (!cli.brokers && !cli.file && !getenv("MEDAL_KAFKA_CONFIG"))
		cli.brokers = lag.state.brokers;
	const char *shard = lag.state.shard && strchr(lag.state.shard, '/') ? lag.state.shard : NULL;
	if (!r)
		r = mdl_kafka_shard_parse(&lag.shard, shard ? NULL : lag.state.shard, shard, err) ||
				    mdl_kafka_client_open(&lag.client, &cli, NULL, o->timeout_us, err) ||
				    add_new(&lag, &places, err) || measure(&lag, o, report, err)
			    ? -1
			    : 0;
	*over = !r && (lag.records > o->max_records || lag.most_us > o->max_age_us);
	mdl_kafka_client_close(&lag.client);
	mdl_kafka_places_free(&places);
	mdl_kafka_shard_free(&lag.shard);
	mdl_kafka_state_free(&lag.state);
	mdl_checkpoint_close(&ck);
	return r;
}
