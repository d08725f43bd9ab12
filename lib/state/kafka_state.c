/* SPDX-License-Identifier: MIT
 *
 * How far Kafka's partitions are read: see kafka_state.h.
 */
#include "state/kafka_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "state/epoch_log.h"
#include "json/doc.h"
#include "json/text.h"

static const char kind[] = "kafka";
static const char folder[] = "medal/kafka";

void mdl_kafka_state_free(struct mdl_kafka_state *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].topic);
	free(s->v);
	free(s->brokers);
	free(s->cluster);
	free(s->shard);
	free(s->isolation);
	memset(s, 0, sizeof(*s));
}

/* Where TOPIC's PARTITION is or would be. */
static size_t slot(const struct mdl_kafka_state *s, const char *topic, int32_t partition, bool *found)
{
	size_t lo = 0, hi = s->n;
	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strcmp(s->v[mid].topic, topic);
		if (!d)
			d = (s->v[mid].partition > partition) - (s->v[mid].partition < partition);
		if (!d) {
			*found = true;
			return mid;
		}
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct mdl_kafka_position *mdl_kafka_state_find(const struct mdl_kafka_state *s, const char *topic,
						int32_t partition)
{
	bool found;
	size_t i = slot(s, topic, partition, &found);
	return found ? &s->v[i] : NULL;
}

struct mdl_kafka_position *mdl_kafka_state_add(struct mdl_kafka_state *s, const char *topic,
					       int32_t partition)
{
	bool found;
	size_t i = slot(s, topic, partition, &found);
	if (found)
		return &s->v[i];
	MDL_GROW(s->v, s->n, s->cap);
	memmove(&s->v[i + 1], &s->v[i], (s->n++ - i) * sizeof(*s->v));
	s->v[i] = (struct mdl_kafka_position){.topic = mdl_strdup(topic),
					      .partition = partition,
					      .from = -1,
					      .offset = -1,
					      .last = -1,
					      .latest = -1};
	return &s->v[i];
}

/* ---- Spark's text ---- */

static void format_positions(struct mdl_buf *out, const struct mdl_kafka_state *s, bool latest)
{
	mdl_buf_putc(out, '{');
	for (size_t i = 0; i < s->n; i++) {
		const struct mdl_kafka_position *p = &s->v[i];
		if (!i || strcmp(p->topic, s->v[i - 1].topic) != 0) {
			mdl_buf_puts(out, i ? "}," : "");
			mdl_json_quote(out, mdl_slice_of(p->topic));
			mdl_buf_puts(out, ":{");
		} else {
			mdl_buf_putc(out, ',');
		}
		mdl_buf_printf(out, "\"%" PRId32 "\":%" PRId64, p->partition,
			       latest && p->latest > p->offset ? p->latest : p->offset);
	}
	mdl_buf_puts(out, s->n ? "}}" : "}");
}

void mdl_kafka_offsets_format(struct mdl_buf *out, const struct mdl_kafka_state *s)
{
	format_positions(out, s, false);
}

void mdl_kafka_latest_format(struct mdl_buf *out, const struct mdl_kafka_state *s)
{
	format_positions(out, s, true);
}

int mdl_kafka_offsets_parse(struct mdl_kafka_state *s, const char *text, const char *where,
			    struct mdl_err *err)
{
	struct mdl_doc *d = mdl_doc_parse(mdl_slice_of(text), where, err);
	const struct mdl_doc *topic, *at;
	const char *name, *partition;
	void *it = NULL, *jt;
	bool ok = mdl_doc_is_object(d);
	if (!d)
		return -1;
	while (ok && (name = mdl_doc_next(d, &it, &topic)))
		for (jt = NULL, ok = mdl_doc_is_object(topic);
		     ok && (partition = mdl_doc_next(topic, &jt, &at));) {
			int64_t n = mdl_epoch_of_name(partition), offset;
			ok = n >= 0 && n <= INT32_MAX && mdl_doc_value_int(at, &offset);
			if (ok)
				mdl_kafka_state_add(s, name, (int32_t)n)->offset = offset;
		}
	mdl_doc_free(d);
	return ok ? 0
		  : mdl_err_set(err, MDL_TROUBLE, "%s: '%s' has not the form {\"topic\":{\"0\":12,\"1\":7}}",
				where, text);
}

/* ---- medal/kafka/N ---- */

static void put_text(struct mdl_buf *b, const char *member, const char *text)
{
	if (!text)
		return;
	mdl_buf_printf(b, "\"%s\":", member);
	mdl_json_quote(b, mdl_slice_of(text));
	mdl_buf_putc(b, ',');
}

static void format(struct mdl_buf *b, const struct mdl_kafka_state *s)
{
	mdl_buf_putc(b, '{');
	put_text(b, "brokers", s->brokers);
	put_text(b, "cluster", s->cluster);
	put_text(b, "shard", s->shard);
	put_text(b, "isolation", s->isolation);
	mdl_buf_puts(b, "\"positions\":[");
	for (size_t i = 0; i < s->n; i++) {
		const struct mdl_kafka_position *p = &s->v[i];
		mdl_buf_puts(b, i ? ",{" : "{");
		put_text(b, "topic", p->topic);
		mdl_buf_printf(b,
			       "\"partition\":%" PRId32 ",\"from\":%" PRId64 ",\"offset\":%" PRId64
			       ",\"latest\":%" PRId64,
			       p->partition, p->from, p->offset, p->latest);
		if (p->last >= 0)
			mdl_buf_printf(b,
				       ",\"last\":%" PRId64 ",\"last_print\":\"%016" PRIx64
				       "\",\"last_ms\":%" PRId64,
				       p->last, p->last_print, p->last_ms);
		mdl_buf_putc(b, '}');
	}
	mdl_buf_puts(b, "]}");
}

int mdl_kafka_state_write(const char *checkpoint, int64_t epoch, const struct mdl_kafka_state *s,
			  struct mdl_err *err)
{
	struct mdl_buf body = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, folder), name[24];
	format(&body, s);
	mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
	snprintf(name, sizeof(name), "%" PRId64, epoch);
	/* what stands there is of a run that died before it wrote offsets */
	int r = mdl_dir_make(dir, err) || mdl_file_replace(dir, name, mdl_buf_slice(&text), err) ? -1 : 0;
	mdl_buf_free(&body);
	mdl_buf_free(&text);
	free(dir);
	return r;
}

static char *get_text(const struct mdl_doc *d, const char *member)
{
	const char *text = mdl_doc_str(d, member);
	return text ? mdl_strdup(text) : NULL;
}

static bool parse_position(struct mdl_kafka_state *s, const struct mdl_doc *e)
{
	const char *topic = mdl_doc_str(e, "topic"), *print = mdl_doc_str(e, "last_print");
	int64_t partition, from, offset, latest;
	if (!topic || !mdl_doc_int(e, "partition", &partition) || partition < 0 || partition > INT32_MAX ||
	    !mdl_doc_int(e, "from", &from) || !mdl_doc_int(e, "offset", &offset) ||
	    !mdl_doc_int(e, "latest", &latest))
		return false;
	struct mdl_kafka_position *p = mdl_kafka_state_add(s, topic, (int32_t)partition);
	p->from = from;
	p->offset = offset;
	p->latest = latest;
	if (print && mdl_doc_int(e, "last", &p->last) && mdl_doc_int(e, "last_ms", &p->last_ms))
		p->last_print = strtoull(print, NULL, 16);
	return true;
}

int mdl_kafka_state_read(const char *checkpoint, int64_t epoch, struct mdl_kafka_state *s,
			 struct mdl_err *err)
{
	memset(s, 0, sizeof(*s));
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, folder);
	char *name = mdl_asprintf("%s/%" PRId64, dir, epoch);
	int r = mdl_epoch_log_read(dir, epoch, &text, err);
	if (r == 0) {
		struct mdl_slice body;
		struct mdl_doc *d = NULL;
		if (!mdl_checked_file_body(mdl_buf_slice(&text), kind, name, &body, err))
			d = mdl_doc_parse(body, name, err);
		const struct mdl_doc *list = mdl_doc_get(d, "positions");
		s->brokers = get_text(d, "brokers");
		s->cluster = get_text(d, "cluster");
		s->shard = get_text(d, "shard");
		s->isolation = get_text(d, "isolation");
		r = d ? 0 : -1;
		for (size_t i = 0; !r && i < mdl_doc_size(list); i++)
			if (!parse_position(s, mdl_doc_at(list, i)))
				r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that it must have", name);
		mdl_doc_free(d);
	}
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}

int mdl_kafka_state_read_last(const char *checkpoint, int64_t epoch, struct mdl_kafka_state *s,
			      struct mdl_err *err)
{
	struct mdl_epoch_list l;
	int r = mdl_kafka_state_read(checkpoint, epoch, s, err);
	if (r <= 0)
		return r;
	char *dir = mdl_path_join(checkpoint, folder);
	r = mdl_epoch_log_list(dir, &l, err) ? -1 : 1;
	for (size_t i = l.n; r > 0 && i-- > 0;)
		if (l.v[i] < epoch)
			r = mdl_kafka_state_read(checkpoint, l.v[i], s, err);
	mdl_epoch_list_free(&l);
	free(dir);
	while (s->n)
		free(s->v[--s->n].topic);
	return r;
}

void mdl_kafka_state_behind(const struct mdl_kafka_state *s, uint64_t *all, uint64_t *most)
{
	*all = *most = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct mdl_kafka_position *p = &s->v[i];
		uint64_t n = p->latest > p->offset ? (uint64_t)(p->latest - p->offset) : 0;
		*all += n;
		*most = n > *most ? n : *most;
	}
}
