/* SPDX-License-Identifier: MIT
 *
 * Which partitions are read, from where and to where: see kafka_plan.h.
 */
#include "source/kafka_plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"

enum { STEP_US = 100000, TELL_MS = 10000 };

static const char first_name[] = "0"; /* of the folder sources/0: Spark's name of what a query began with */

/* ---- The checkpoint's side ---- */

/* sources/0/0 is a zero byte, "v1", and the offsets with which the query began; they count while there are no epochs. */
static int read_first(struct mdl_kafka_state *s, const char *checkpoint, bool *found, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(64 << 20);
	char *path = mdl_asprintf("%s/sources/0/%s", checkpoint, first_name);
	int r = mdl_file_read(path, &text, err);
	*found = r == 0;
	if (!r) {
		const char *json = mdl_buf_cstr(&text) + (text.n && !text.p[0]);
		const char *line = strncmp(json, "v1\n", 3) == 0 ? json + 3 : NULL;
		r = line ? mdl_kafka_offsets_parse(s, line, path, err)
			 : mdl_err_set(err, MDL_TROUBLE, "%s is damaged: it has no offsets", path);
	}
	mdl_buf_free(&text);
	free(path);
	return r < 0 ? -1 : 0;
}

static int write_first(const struct mdl_kafka_state *s, const char *checkpoint, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, "sources/0");
	mdl_buf_putc(&text, '\0');
	mdl_buf_puts(&text, "v1\n");
	mdl_kafka_offsets_format(&text, s);
	int r = mdl_file_replace(dir, first_name, mdl_buf_slice(&text), err);
	mdl_buf_free(&text);
	free(dir);
	return r;
}

/* The positions after epoch N, whose offsets are O: what medal knows of the last records joins Spark's text. */
static int read_positions(struct mdl_kafka_state *s, const char *checkpoint, int64_t n,
			  const struct mdl_offsets *o, struct mdl_err *err)
{
	struct mdl_kafka_state ours;
	if (o->nsources && o->sources[0] && mdl_kafka_offsets_parse(s, o->sources[0], "offsets", err))
		return -1;
	int r = mdl_kafka_state_read_last(checkpoint, n, &ours, err);
	for (size_t i = 0; !r && i < ours.n; i++) {
		struct mdl_kafka_position *p = mdl_kafka_state_find(s, ours.v[i].topic, ours.v[i].partition);
		if (!p || p->offset != ours.v[i].offset)
			continue; /* another engine's epoch under our number */
		p->last = ours.v[i].last;
		p->last_ms = ours.v[i].last_ms;
		p->last_print = ours.v[i].last_print;
	}
	if (!r) {
		s->cluster = ours.cluster;
		s->shard = ours.shard;
		ours.cluster = ours.shard = NULL;
	}
	mdl_kafka_state_free(&ours);
	return r < 0 ? -1 : 0;
}

int mdl_kafka_plan_resume(struct mdl_kafka_plan *pl, const char *checkpoint, const struct mdl_recovery *rec,
			  struct mdl_err *err)
{
	bool again = rec->last_offsets > rec->last_commit;
	int64_t base = again ? rec->last_offsets - 1 : rec->last_offsets;
	pl->has_epochs = rec->last_offsets >= 0;
	if (base < 0)
		return read_first(&pl->known, checkpoint, &pl->has_first, err);
	return read_positions(&pl->known, checkpoint, base, again ? &rec->previous : &rec->offsets, err);
}

/* ---- The brokers' side ---- */

static struct mdl_kafka_part *find_part(const struct mdl_kafka_plan *pl, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < pl->n; i++)
		if (pl->v[i]->partition == partition && strcmp(pl->v[i]->topic, topic) == 0)
			return pl->v[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct mdl_kafka_part *x = *(struct mdl_kafka_part *const *)a,
				    *y = *(struct mdl_kafka_part *const *)b;
	int d = strcmp(x->topic, y->topic);
	return d ? d : (x->partition > y->partition) - (x->partition < y->partition);
}

static struct mdl_kafka_part *add_part(struct mdl_kafka_plan *pl, const struct mdl_kafka_place *at,
				       int64_t position)
{
	struct mdl_kafka_part *p = mdl_zalloc(sizeof(*p));
	mdl_kafka_part_init(p, at->topic, at->partition, position);
	p->leader = at->leader;
	MDL_GROW(pl->v, pl->n, pl->cap);
	pl->v[pl->n++] = p;
	return p;
}

/* What of the topics is read here. */
static int list_places(struct mdl_kafka_plan *pl, const struct mdl_kafka_source_opts *k,
		       struct mdl_kafka_places *places, struct mdl_err *err)
{
	size_t n = 0;
	if (mdl_kafka_client_places(&pl->client, k->topics, k->ntopics, k->pattern, places, err))
		return -1;
	for (size_t i = 0; i < places->n; i++) {
		bool twice = n && places->v[n - 1].partition == places->v[i].partition &&
			     strcmp(places->v[n - 1].topic, places->v[i].topic) == 0;
		if (!twice && mdl_kafka_shard_has(&pl->shard, places->v[i].partition)) {
			struct mdl_kafka_place keep = places->v[n];
			places->v[n++] = places->v[i];
			places->v[i] = keep;
		}
	}
	for (size_t i = n; i < places->n; i++)
		free((char *)(uintptr_t)places->v[i].topic);
	places->n = n;
	return 0;
}

/* Partitions that the checkpoint knows and that are not read now: their records would be missing in silence. */
static int check_missing(const struct mdl_kafka_plan *pl, const struct mdl_kafka_places *places, bool allow,
			 struct mdl_err *err)
{
	for (size_t i = 0; i < pl->known.n; i++) {
		const struct mdl_kafka_position *p = &pl->known.v[i];
		bool found = false;
		for (size_t k = 0; !found && k < places->n; k++)
			found = places->v[k].partition == p->partition &&
				strcmp(places->v[k].topic, p->topic) == 0;
		if (found)
			continue;
		if (!allow)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s [%" PRId32 "] was read to offset %" PRId64
				" and is not among the topics now: name its topic with -t, or, if it was deleted or shall "
				"not be read any more, go on without it: --allow-data-loss",
				p->topic, p->partition, p->offset);
		mdl_warning("%s [%" PRId32 "] was read to offset %" PRId64
			    " and is not there any more: what came after it is lost",
			    p->topic, p->partition, p->offset);
	}
	return 0;
}

static int check_same(struct mdl_kafka_plan *pl, bool allow, struct mdl_err *err)
{
	struct mdl_kafka_state *s = &pl->known;
	const char *shard = pl->shard.text;
	if (pl->has_epochs && (!s->shard != !shard || (shard && strcmp(shard, s->shard) != 0)))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the checkpoint reads %s%s, and not %s%s: partitions would be read twice or by nobody. Go on with "
			"the same --partitions or --shard; 'medal-checkpoint handoff --merge' joins shards",
			s->shard ? "the shard " : "all partitions", s->shard ? s->shard : "",
			shard ? "the shard " : "all", shard ? shard : "");
	char *cluster = mdl_kafka_client_cluster(&pl->client);
	if (s->cluster && cluster && strcmp(cluster, s->cluster) != 0 && !allow) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"the checkpoint is of the Kafka cluster %s, and this is %s, where the same offsets are other records: "
			"look at -b; for a cluster that holds a copy with the same offsets, go on with --allow-data-loss",
			s->cluster, cluster);
		free(cluster);
		return -1;
	}
	free(s->cluster);
	s->cluster = cluster;
	free(s->shard);
	s->shard = shard ? mdl_strdup(shard) : NULL;
	return 0;
}

/* Positions for the N places of NEW: -o's when nothing was ever read, else the begin of each log. */
static int place_new(struct mdl_kafka_plan *pl, const struct mdl_kafka_place *new, size_t n, bool begin,
		     struct mdl_err *err)
{
	int64_t *at = mdl_array(n + 1, sizeof(*at));
	int r = begin ? mdl_kafka_client_offsets(&pl->client, new, n, MDL_KAFKA_BEGIN, at, err)
		      : mdl_kafka_start_resolve(&pl->start, &pl->client, new, n, at, err);
	for (size_t i = 0; !r && i < n; i++)
		add_part(pl, &new[i], at[i]);
	free(at);
	return r;
}

static int place_all(struct mdl_kafka_plan *pl, const struct mdl_kafka_places *places, struct mdl_err *err)
{
	struct mdl_kafka_place *new = mdl_array(places->n + 1, sizeof(*new));
	bool begun = pl->has_epochs || pl->has_first;
	size_t n = 0;
	for (size_t i = 0; i < places->n; i++) {
		const struct mdl_kafka_place *at = &places->v[i];
		const struct mdl_kafka_position *known =
			mdl_kafka_state_find(&pl->known, at->topic, at->partition);
		if (!known) {
			new[n++] = *at;
			continue;
		}
		struct mdl_kafka_part *p = add_part(pl, at, known->offset);
		p->last = known->last;
		p->last_ms = known->last_ms;
		p->last_print = known->last_print;
	}
	int r = place_new(pl, new, n, begun, err);
	free(new);
	qsort(pl->v, pl->n, sizeof(*pl->v), by_name);
	return r;
}

static void fill_state(const struct mdl_kafka_plan *pl, struct mdl_kafka_state *s)
{
	for (size_t i = 0; i < pl->n; i++) {
		const struct mdl_kafka_part *p = pl->v[i];
		struct mdl_kafka_position *at = mdl_kafka_state_add(s, p->topic, p->partition);
		at->from = p->begin;
		at->offset = p->position;
		at->last = p->last;
		at->last_ms = p->last_ms;
		at->last_print = p->last_print;
		at->latest = p->latest;
	}
}

/* What the query begins with is written before anything is read: a start at "latest" that is killed goes on there. */
static int keep_first(struct mdl_kafka_plan *pl, const char *checkpoint, struct mdl_err *err)
{
	struct mdl_kafka_state s = {0};
	if (!checkpoint || pl->has_epochs || pl->has_first)
		return 0;
	fill_state(pl, &s);
	int r = write_first(&s, checkpoint, err);
	mdl_kafka_state_free(&s);
	return r;
}

static uint64_t conf_ms(const struct mdl_kafka_plan *pl, const char *name, uint64_t otherwise)
{
	char text[64];
	size_t n = sizeof(text);
	if (rd_kafka_conf_get(rd_kafka_conf(pl->client.rk), name, text, &n) || atoll(text) <= 0)
		return otherwise;
	return (uint64_t)atoll(text);
}

static char *conf_text(const struct mdl_kafka_plan *pl, const char *name)
{
	char text[4096];
	size_t n = sizeof(text);
	return rd_kafka_conf_get(rd_kafka_conf(pl->client.rk), name, text, &n) ? NULL : mdl_strdup(text);
}

int mdl_kafka_plan_open(struct mdl_kafka_plan *pl, const struct mdl_kafka_source_opts *k, bool to_end,
			const char *checkpoint, struct mdl_err *err)
{
	struct mdl_kafka_places places = {0};
	pl->to_end = to_end;
	if (mdl_kafka_start_parse(&pl->start, &k->offsets, err) ||
	    mdl_kafka_shard_parse(&pl->shard, k->partitions, k->shard, err) ||
	    mdl_kafka_client_open(&pl->client, &k->cli, k->group, k->timeout_us, err))
		return -1;
	pl->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pl->event_fd < 0)
		return mdl_err_sys(err, "making an event descriptor");
	pl->start.part = pl->shard.text != NULL;
	pl->refresh_us = conf_ms(pl, "topic.metadata.refresh.interval.ms", 10000) * 1000;
	int r = list_places(pl, k, &places, err) || check_same(pl, k->allow_data_loss, err) ||
				check_missing(pl, &places, k->allow_data_loss, err) ||
				place_all(pl, &places, err) || keep_first(pl, checkpoint, err)
			? -1
			: 0;
	/* a shard may be given its first partition later */
	if (!r && !pl->n && k->partitions)
		r = mdl_err_set(err, MDL_TROUBLE, "there are no such partitions: --partitions %s",
				k->partitions);
	pl->known.brokers = conf_text(pl, "bootstrap.servers");
	pl->known.isolation = conf_text(pl, "isolation.level");
	mdl_kafka_places_free(&places);
	return r;
}

void mdl_kafka_plan_close(struct mdl_kafka_plan *pl)
{
	for (size_t i = 0; i < pl->n; i++) {
		mdl_kafka_part_free(pl->v[i]);
		free(pl->v[i]);
	}
	free(pl->v);
	if (pl->sealed)
		rd_kafka_topic_partition_list_destroy(pl->sealed);
	if (pl->told)
		rd_kafka_queue_destroy(pl->told);
	mdl_kafka_client_close(&pl->client);
	if (pl->event_fd > 0)
		close(pl->event_fd);
	mdl_kafka_state_free(&pl->known);
	mdl_kafka_start_free(&pl->start);
	mdl_kafka_shard_free(&pl->shard);
}

/* ---- The run ---- */

static struct mdl_kafka_place *places_of(const struct mdl_kafka_plan *pl)
{
	struct mdl_kafka_place *l = mdl_array(pl->n + 1, sizeof(*l));
	for (size_t i = 0; i < pl->n; i++)
		l[i] = (struct mdl_kafka_place){pl->v[i]->topic, pl->v[i]->partition, pl->v[i]->leader};
	return l;
}

int mdl_kafka_plan_start(struct mdl_kafka_plan *pl, struct mdl_err *err)
{
	struct mdl_kafka_place *l = places_of(pl);
	int64_t *end = mdl_array(pl->n + 1, sizeof(*end)), *stop = mdl_array(pl->n + 1, sizeof(*stop));
	int r = mdl_kafka_client_offsets(&pl->client, l, pl->n, MDL_KAFKA_END, end, err) ||
				(pl->start.stop_ms >= 0 &&
				 mdl_kafka_client_offsets(&pl->client, l, pl->n, pl->start.stop_ms, stop,
							  err))
			? -1
			: 0;
	for (size_t i = 0; !r && i < pl->n; i++) {
		struct mdl_kafka_part *p = pl->v[i];
		p->latest = end[i];
		if (pl->to_end)
			p->target = end[i];
		if (pl->start.stop_ms >= 0 && stop[i] >= 0 && stop[i] < p->target)
			p->target = stop[i];
		if (!p->rkt)
			r = mdl_kafka_part_start(p, &pl->client, true, pl->event_fd, err);
	}
	free(l);
	free(end);
	free(stop);
	return r;
}

void mdl_kafka_plan_epoch(struct mdl_kafka_plan *pl, uint64_t max_records)
{
	double total = 0;
	for (size_t i = 0; i < pl->n; i++) {
		struct mdl_kafka_part *p = pl->v[i];
		int64_t lo, hi;
		if (!rd_kafka_get_watermark_offsets(pl->client.rk, p->topic, p->partition, &lo, &hi) &&
		    hi >= 0)
			p->latest = hi > p->position || p->latest < 0 ? hi : p->latest;
		p->begin = p->position;
		p->end = pl->to_end || p->target < p->latest ? p->target : p->latest;
		if (p->end < p->position)
			p->end = p->position;
		total += (double)(p->end - p->position);
	}
	if (!max_records || total <= (double)max_records)
		return;
	for (size_t i = 0; i < pl->n; i++) {
		struct mdl_kafka_part *p = pl->v[i];
		double share = (double)max_records * ((double)(p->end - p->position) / total);
		/* nobody starves: at least one */
		p->end = p->end > p->position ? p->position + (int64_t)(share < 1 ? ceil(share) : share)
					      : p->end;
	}
}

int mdl_kafka_plan_replay(struct mdl_kafka_plan *pl, const struct mdl_recovery *rec, struct mdl_err *err)
{
	struct mdl_kafka_state planned = {0}, *s = &planned;
	const char *text = rec->offsets.nsources ? rec->offsets.sources[0] : NULL;
	int r = text ? mdl_kafka_offsets_parse(s, text, "offsets", err) : 0;
	for (size_t i = 0; !r && i < pl->n; i++)
		pl->v[i]->end = pl->v[i]->begin = pl->v[i]->position;
	for (size_t i = 0; !r && i < s->n; i++) {
		struct mdl_kafka_part *p = find_part(pl, s->v[i].topic, s->v[i].partition);
		if (!p) {
			r = mdl_err_set(err, MDL_TROUBLE,
					"epoch %" PRId64 " had planned to read %s [%" PRId32
					"], which is not among the topics now; run with the same -t",
					rec->last_offsets, s->v[i].topic, s->v[i].partition);
			break;
		}
		p->end = s->v[i].offset > p->position ? s->v[i].offset : p->position;
		r = mdl_kafka_part_start(p, &pl->client, true, pl->event_fd, err);
	}
	mdl_kafka_state_free(s);
	return r;
}

int mdl_kafka_plan_refresh(struct mdl_kafka_plan *pl, const struct mdl_kafka_source_opts *k, bool check,
			   struct mdl_err *err)
{
	struct mdl_kafka_places places;
	uint64_t patience = pl->client.timeout_us;
	size_t n = 0, before = pl->n;
	pl->client.timeout_us = 0;
	int r = list_places(pl, k, &places, err);
	pl->client.timeout_us = patience;
	if (r)
		return -1;
	for (size_t i = 0; !r && i < places.n; i++) {
		struct mdl_kafka_place *at = &places.v[i];
		struct mdl_kafka_part *p = find_part(pl, at->topic, at->partition);
		if (!p) {
			struct mdl_kafka_place keep = places.v[n];
			places.v[n++] = *at;
			places.v[i] = keep;
		} else if (at->leader >= 0 && at->leader != p->leader) {
			/* librdkafka 2.0.2 does not see a log that was cut off by the change */
			r = p->leader >= 0 && check && p->rkt
				    ? mdl_kafka_part_start(p, &pl->client, true, pl->event_fd, err)
				    : 0;
			p->leader = at->leader;
		}
	}
	if (!r && n) {
		r = place_new(pl, places.v, n, true, err);
		for (size_t i = before; !r && i < pl->n; i++)
			r = mdl_kafka_part_start(pl->v[i], &pl->client, true, pl->event_fd, err);
		mdl_info("%zu new partitions, %zu in all", n, pl->n);
		qsort(pl->v, pl->n, sizeof(*pl->v), by_name);
	}
	mdl_kafka_places_free(&places);
	return r;
}

int mdl_kafka_plan_wait(struct mdl_kafka_plan *pl, int out_fd, uint64_t until, struct mdl_err *err)
{
	uint64_t step = mdl_source_clock_us() + STEP_US, news;
	rd_kafka_poll(pl->client.rk, 0);
	if (mdl_kafka_hopeless(&pl->client.heard))
		return mdl_kafka_err(err, pl->client.heard.code, pl->client.heard.text, &pl->client.heard,
				     "reading from Kafka");
	if (mdl_source_wait(out_fd, until < step ? until : step, pl->event_fd, err))
		return -1;
	(void)!read(pl->event_fd, &news, sizeof(news));
	return 0;
}

/* ---- Epochs ---- */

/* The group's offsets go with the epoch at hand. */
static void seal_for_group(struct mdl_kafka_plan *pl)
{
	if (pl->sealed)
		rd_kafka_topic_partition_list_destroy(pl->sealed);
	pl->sealed = rd_kafka_topic_partition_list_new((int)pl->n);
	for (size_t i = 0; i < pl->n; i++)
		rd_kafka_topic_partition_list_add(pl->sealed, pl->v[i]->topic, pl->v[i]->partition)->offset =
			pl->v[i]->position;
}

int mdl_kafka_plan_save(struct mdl_kafka_plan *pl, const char *checkpoint, int64_t epoch,
			struct mdl_buf *offset, struct mdl_err *err)
{
	struct mdl_kafka_state s = {.brokers = pl->known.brokers,
				    .cluster = pl->known.cluster,
				    .shard = pl->known.shard,
				    .isolation = pl->known.isolation};
	fill_state(pl, &s);
	seal_for_group(pl);
	for (size_t i = 0; i < pl->n; i++)
		pl->v[i]->begin = pl->v[i]->position;
	int r = mdl_kafka_state_write(checkpoint, epoch, &s, err);
	mdl_kafka_offsets_format(offset, &s);
	s.brokers = s.cluster = s.shard = s.isolation = NULL;
	mdl_kafka_state_free(&s);
	return r;
}

static void hear_answers(struct mdl_kafka_plan *pl, int wait_ms)
{
	rd_kafka_event_t *e;
	while (pl->telling > 0 && (e = rd_kafka_queue_poll(pl->told, wait_ms))) {
		pl->telling--;
		if (rd_kafka_event_error(e))
			mdl_warning("the group's offsets could not be set, which lag monitors see alone: %s",
				    rd_kafka_event_error_string(e));
		rd_kafka_event_destroy(e);
	}
}

void mdl_kafka_plan_tell_group(struct mdl_kafka_plan *pl)
{
	if (!pl->sealed)
		return;
	if (!pl->told)
		pl->told = rd_kafka_queue_new(pl->client.rk);
	hear_answers(pl, 0);
	if (!rd_kafka_commit_queue(pl->client.rk, pl->sealed, pl->told, NULL, NULL))
		pl->telling++;
}

void mdl_kafka_plan_group_told(struct mdl_kafka_plan *pl)
{
	if (pl->told)
		hear_answers(pl, TELL_MS);
	if (pl->telling > 0)
		mdl_warning(
			"the group's offsets may not be set, which lag monitors see alone: no answer for %d s",
			TELL_MS / 1000);
}
