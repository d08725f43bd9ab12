/* SPDX-License-Identifier: MIT
 *
 * Where reading begins, and what of: see kafka_start.h.
 */
#include "source/kafka_start.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* TEXT is a whole number from MIN on. */
static bool whole(const char *text, int64_t min, int64_t *n)
{
	char *end;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return *text && strspn(text, "-0123456789") == strlen(text) && !*end && !errno && *n >= min;
}

/* ---- -o ---- */

static int parse_one(struct mdl_kafka_start *s, const char *o, struct mdl_err *err)
{
	int64_t n;
	if (strcmp(o, "earliest") == 0 || strcmp(o, "beginning") == 0) {
		s->kind = MDL_KAFKA_START_EARLIEST;
	} else if (strcmp(o, "latest") == 0 || strcmp(o, "end") == 0) {
		s->kind = MDL_KAFKA_START_LATEST;
	} else if (strncmp(o, "s@", 2) == 0 && whole(o + 2, 0, &s->n)) {
		s->kind = MDL_KAFKA_START_TIME;
	} else if (strncmp(o, "e@", 2) == 0 && whole(o + 2, 0, &n)) {
		s->stop_ms = n;
	} else if (*o == '{') {
		s->kind = MDL_KAFKA_START_JSON;
		mdl_kafka_state_free(&s->json);
		return mdl_kafka_offsets_parse(&s->json, o, "option -o", err);
	} else if (whole(o, INT64_MIN + 1, &s->n)) {
		s->kind = *o == '-' ? MDL_KAFKA_START_BACK : MDL_KAFKA_START_OFFSET;
	} else if (strcmp(o, "stored") == 0) {
		return mdl_err_set(
			err, MDL_TROUBLE,
			"option -o: offsets stored in a consumer group are not read; medal's are in its "
			"--checkpoint, and 'medal-checkpoint import --offsets' begins one at known offsets");
	} else {
		return mdl_err_set(
			err, MDL_TROUBLE,
			"option -o: '%s' is none of earliest (beginning), latest (end), an offset, -N for the last N, s@TS "
			"and e@TS (from and to a time in milliseconds since 1970), and JSON as of Spark's startingOffsets",
			o);
	}
	return 0;
}

int mdl_kafka_start_parse(struct mdl_kafka_start *s, const struct mdl_opt_list *o, struct mdl_err *err)
{
	memset(s, 0, sizeof(*s));
	s->stop_ms = -1;
	for (size_t i = 0; i < o->n; i++)
		if (parse_one(s, o->v[i], err))
			return -1;
	return 0;
}

void mdl_kafka_start_free(struct mdl_kafka_start *s)
{
	mdl_kafka_state_free(&s->json);
}

static int check_json(const struct mdl_kafka_start *s, const struct mdl_kafka_place *p, size_t n,
		      struct mdl_err *err)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		const struct mdl_kafka_position *at =
			mdl_kafka_state_find(&s->json, p[i].topic, p[i].partition);
		if (!at || at->offset < -2)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"option -o: the JSON has %s for %s [%" PRId32
				"]; it must name each partition, with -1 for latest and -2 for earliest",
				at ? "no such offset" : "no offset", p[i].topic, p[i].partition);
		found++;
	}
	return found == s->json.n || s->part
		       ? 0
		       : mdl_err_set(
				 err, MDL_TROUBLE,
				 "option -o: the JSON names %zu partitions, and %zu are read here; it must name these "
				 "and no others",
				 s->json.n, found);
}

/* OUT where OFFSETS has none: END. */
static void fill(int64_t *out, const int64_t *end, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (out[i] < 0)
			out[i] = end[i];
}

int mdl_kafka_start_resolve(const struct mdl_kafka_start *s, struct mdl_kafka_client *c,
			    const struct mdl_kafka_place *p, size_t n, int64_t *out, struct mdl_err *err)
{
	int64_t *begin = mdl_array(n + 1, sizeof(*begin)), *end = mdl_array(n + 1, sizeof(*end));
	int r = mdl_kafka_client_offsets(c, p, n, MDL_KAFKA_BEGIN, begin, err) ||
				mdl_kafka_client_offsets(c, p, n, MDL_KAFKA_END, end, err) ||
				(s->kind == MDL_KAFKA_START_JSON && check_json(s, p, n, err)) ||
				(s->kind == MDL_KAFKA_START_TIME &&
				 mdl_kafka_client_offsets(c, p, n, s->n, out, err))
			? -1
			: 0;
	for (size_t i = 0; !r && i < n; i++) {
		int64_t want = s->kind == MDL_KAFKA_START_JSON
				       ? mdl_kafka_state_find(&s->json, p[i].topic, p[i].partition)->offset
				       : s->n;
		switch (s->kind) {
		case MDL_KAFKA_START_EARLIEST:
			out[i] = begin[i];
			break;
		case MDL_KAFKA_START_LATEST:
			out[i] = end[i];
			break;
		case MDL_KAFKA_START_TIME:
			break;
		case MDL_KAFKA_START_BACK:
			out[i] = end[i] + want > begin[i] ? end[i] + want : begin[i];
			break;
		case MDL_KAFKA_START_OFFSET: /* of one number for all partitions: as near as each has it */
			out[i] = want < begin[i] ? begin[i] : want > end[i] ? end[i] : want;
			break;
		case MDL_KAFKA_START_JSON:
			out[i] = want == -2 ? begin[i] : want == -1 ? end[i] : want;
			if (out[i] < begin[i] || out[i] > end[i])
				r = mdl_err_set(err, MDL_TROUBLE,
						"option -o: %s [%" PRId32 "] has the offsets %" PRId64
						" to %" PRId64 ", and %" PRId64 " is none of them",
						p[i].topic, p[i].partition, begin[i], end[i], out[i]);
			break;
		}
	}
	if (!r && s->kind == MDL_KAFKA_START_TIME)
		fill(out, end, n);
	free(begin);
	free(end);
	return r;
}

/* ---- Shards ---- */

static int parse_ranges(struct mdl_kafka_shard *s, const char *text, struct mdl_err *err)
{
	for (const char *p = text;;) {
		char *end;
		long first = strtol(p, &end, 10), last = first;
		bool ok = end > p && *p != '-' && *p != '+' && first >= 0 && first <= INT32_MAX;
		if (ok && *end == '-') {
			p = end + 1;
			last = *p >= '0' && *p <= '9' ? strtol(p, &end, 10) : INT32_MAX;
			end = *p >= '0' && *p <= '9' ? end : (char *)(uintptr_t)p;
		}
		if (!ok || last < first || last > INT32_MAX || (*end && *end != ','))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"option --partitions: '%s' is not of the form 0-3,7 or 8- (from 8 on)", text);
		MDL_GROW(s->ranges, s->nranges, s->cap);
		s->ranges[s->nranges++] = (struct mdl_kafka_range){(int32_t)first, (int32_t)last};
		if (!*end)
			return 0;
		p = end + 1;
	}
}

int mdl_kafka_shard_parse(struct mdl_kafka_shard *s, const char *partitions, const char *shard,
			  struct mdl_err *err)
{
	memset(s, 0, sizeof(*s));
	if (partitions && shard)
		return mdl_err_set(err, MDL_TROUBLE, "--partitions and --shard exclude each other");
	if (partitions) {
		s->text = mdl_strdup(partitions);
		return parse_ranges(s, partitions, err);
	}
	if (!shard)
		return 0;
	int end = 0;
	if (sscanf(shard, "%" SCNd32 "/%" SCNd32 "%n", &s->k, &s->n, &end) < 2 || shard[end] || s->k < 1 ||
	    s->n < s->k)
		return mdl_err_set(err, MDL_TROUBLE,
				   "option --shard: '%s' is not of the form 1/4 (the first of four)", shard);
	s->text = mdl_asprintf("%" PRId32 "/%" PRId32, s->k, s->n);
	return 0;
}

void mdl_kafka_shard_free(struct mdl_kafka_shard *s)
{
	free(s->ranges);
	free(s->text);
	memset(s, 0, sizeof(*s));
}

bool mdl_kafka_shard_has(const struct mdl_kafka_shard *s, int32_t partition)
{
	if (s->n)
		return partition % s->n == s->k - 1;
	for (size_t i = 0; i < s->nranges; i++)
		if (partition >= s->ranges[i].first && partition <= s->ranges[i].last)
			return true;
	return !s->text;
}
