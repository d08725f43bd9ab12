/* SPDX-License-Identifier: MIT
 *
 * Shards become one checkpoint: see kafka_merge.h.
 */
#include "source/kafka_merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "source/import.h"
#include "state/kafka_state.h"
#include "state/takeover.h"

struct merge {
	struct mdl_kafka_state all;
	char *cluster;
};

/* Add the positions of one shard, whose recovery is REC. */
static int add(struct merge *m, const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
	       const char *dir, struct mdl_err *err)
{
	struct mdl_kafka_state s;
	const char *offset = rec->offsets.nsources == 1 ? rec->offsets.sources[0] : NULL;
	int64_t ignored;
	if (rec->last_offsets < 0 || rec->last_offsets > rec->last_commit)
		return mdl_err_set(err, MDL_TROUBLE,
				   rec->last_offsets < 0
					   ? "%s has no committed epoch: run its pipeline once"
					   : "%s has an epoch that is planned and not committed: "
					     "run its pipeline once more",
				   dir);
	if (mdl_takeover_source_kind(offset, &ignored) != MDL_SOURCE_KAFKA)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the source of %s is not Kafka: only shards of topics merge", dir);
	int r = mdl_kafka_state_read(ck->dir, rec->last_commit, &s, err);
	if (r > 0 || (!r && !s.shard))
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s is no shard: it was not run with --shard or --partitions", dir);
	if (!r && m->cluster && s.cluster && strcmp(m->cluster, s.cluster) != 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is of the Kafka cluster %s, the others of %s", dir,
				s.cluster, m->cluster);
	for (size_t i = 0; !r && i < s.n; i++) {
		if (mdl_kafka_state_find(&m->all, s.v[i].topic, s.v[i].partition))
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s has %s [%" PRId32 "], and another of these has it, too", dir,
					s.v[i].topic, s.v[i].partition);
		else
			mdl_kafka_state_add(&m->all, s.v[i].topic, s.v[i].partition)->offset = s.v[i].offset;
	}
	if (!r && !m->cluster && s.cluster)
		m->cluster = mdl_strdup(s.cluster);
	mdl_kafka_state_free(&s);
	return r;
}

static int add_dir(struct merge *m, const char *dir, mdl_checkpoint_notice_fn *notice, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_recovery rec = {0};
	if (mdl_checkpoint_open(&ck, dir, err)) /* it must be there: _own would make it */
		return -1;
	mdl_checkpoint_close(&ck);
	int r = mdl_checkpoint_own(&ck, dir, false, -1, true, notice, err) ||
				mdl_checkpoint_recover(&ck, &rec, notice, err) || add(m, &ck, &rec, dir, err)
			? -1
			: 0;
	mdl_recovery_free(&rec);
	mdl_checkpoint_close(&ck);
	return r;
}

/* A partition that no shard has would be taken for a new one, and read from its begin. */
static int check_whole(const struct merge *m, struct mdl_err *err)
{
	const struct mdl_kafka_state *s = &m->all;
	for (size_t i = 0; i < s->n; i++) {
		bool first = !i || strcmp(s->v[i].topic, s->v[i - 1].topic) != 0;
		int32_t want = first ? 0 : s->v[i - 1].partition + 1;
		if (s->v[i].partition != want)
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s [%" PRId32
					   "] is in none of these checkpoints; name all shards",
					   s->v[i].topic, want);
	}
	return 0;
}

int mdl_kafka_merge(const char *new, const char *const *dirs, size_t n, struct mdl_buf *report,
		    mdl_checkpoint_notice_fn *notice, struct mdl_err *err)
{
	struct merge m = {0};
	struct mdl_buf json = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), ignored = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int r = 0;
	for (size_t i = 0; !r && i < n; i++)
		r = add_dir(&m, dirs[i], notice, err);
	if (!r)
		r = check_whole(&m, err);
	if (!r) {
		mdl_kafka_offsets_format(&json, &m.all);
		struct mdl_import_opts o = {.offsets = mdl_buf_cstr(&json), .notice = notice};
		r = mdl_import_checkpoint(new, &o, &ignored, err);
	}
	if (!r)
		mdl_buf_printf(report,
			       "%s goes on after %zu shards, at %.*s\n"
			       "their tables stay as they are: begin a new one, and run the shards no more\n",
			       new, n, (int)json.n, json.p);
	mdl_buf_free(&json);
	mdl_buf_free(&ignored);
	mdl_kafka_state_free(&m.all);
	free(m.cluster);
	return r;
}
