/* SPDX-License-Identifier: MIT
 *
 * Marker and plan of a Kafka sink: see kafka_marker.h.
 */
#include "sink/kafka_marker.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/ledger_file.h"
#include "state/stage_plan.h"
#include "json/doc.h"

/* A marker younger than this cannot have been forgotten: the least that anybody sets offsets.retention.minutes to. */
enum { SURE_SECONDS = 3600 };

void mdl_kafka_marker_format(struct mdl_buf *out, const struct mdl_begin *b, const char *topic, uint64_t rows,
			     struct mdl_sum sum)
{
	char hex[33];

	mdl_sum_hex(sum, hex);
	mdl_buf_printf(out,
		       "{\"medal\":1,\"topic\":\"%s\",\"epoch\":\"%" PRIu64
		       "\",\"run\":\"%s\",\"rows\":\"%" PRIu64 "\",\"sum\":\"%s\"}",
		       topic, b->epoch, b->run, rows, hex);
}

void mdl_kafka_marker_parse(struct mdl_kafka_marker *m, struct mdl_slice text)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_doc *d = mdl_doc_parse(text, "the marker", &ignored);

	m->has_sum =
		d && mdl_doc_uint(d, "rows", &m->rows) && mdl_sum_from_hex(&m->sum, mdl_doc_str(d, "sum"));
	mdl_doc_free(d);
}

/* ---- plan ---- */

int mdl_kafka_plan_write(const struct mdl_begin *b, const char *stage, struct mdl_slice text,
			 struct mdl_err *err)
{
	/* at the barrier of this epoch the one before is committed */
	return mdl_stage_plan_write(b, stage, text, 1, err);
}

/* Age in seconds of the plan of EPOCH; -1 when there is none. */
static int64_t plan_age(const struct mdl_begin *b, const char *stage)
{
	struct stat st;
	char *path = mdl_stage_plan_path(b, stage, 0);
	int r = stat(path, &st);

	free(path);
	int64_t age = r ? -1 : (int64_t)(time(NULL) - st.st_mtime);
	return r == 0 && age < 0 ? 0 : age;
}

/* Does the file PATH of the checkpoint plan to send something to TOPIC? */
static bool plans_for(const char *path, const char *topic)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_buf text = MDL_BUF_INIT(1 << 16);
	struct mdl_doc *d = mdl_file_read(path, &text, &ignored)
				    ? NULL
				    : mdl_doc_parse(mdl_buf_slice(&text), path, &ignored);
	const char *to = d ? mdl_doc_str(d, "topic") : NULL;
	bool yes = to && strcmp(to, topic) == 0;

	mdl_doc_free(d);
	mdl_buf_free(&text);
	return yes;
}

/* The name of another stage that planned to send B's epoch to TOPIC, which the caller frees; NULL when there is none. */
static char *other_planner(const struct mdl_begin *b, const char *stage, const char *topic)
{
	char *dir = mdl_stage_plan_path(b, stage, 0), *own = strrchr(dir, '/'), *found = NULL;
	*own++ = '\0';
	size_t n = (size_t)(strchr(own, '.') - own) + 1; /* "42." */
	DIR *d = opendir(dir);

	for (struct dirent *e; d && !found && (e = readdir(d));) {
		if (strncmp(e->d_name, own, n) != 0 || strcmp(e->d_name, own) == 0)
			continue;
		char *path = mdl_path_join(dir, e->d_name);
		if (plans_for(path, topic))
			found = mdl_strdup(e->d_name + n);
		free(path);
	}
	if (d)
		closedir(d);
	free(dir);
	return found;
}

/* ---- decision ---- */

/* Did the base epoch go to this topic? Then Kafka should have its marker. */
static int base_was_sent(const struct mdl_begin *b, const char *stage, const char *topic, bool *sent,
			 struct mdl_err *err)
{
	struct mdl_ledger l;
	int r = b->base < 0 ? 1 : mdl_ledger_read(b->checkpoint, b->base, &l, err);

	*sent = false;
	if (r)
		return r < 0 ? -1 : 0; /* another engine's epoch has no ledger */
	const struct mdl_books *books = mdl_ledger_stage(&l, stage);
	for (size_t i = 0; books && i < books->nsent; i++)
		*sent = *sent || (strncmp(books->sent[i].to, "kafka:", 6) == 0 &&
				  strcmp(books->sent[i].to + 6, topic) == 0);
	mdl_ledger_free(&l);
	return 0;
}

int mdl_kafka_marker_decide(struct mdl_kafka_marker *m, const struct mdl_begin *b, const char *stage,
			    const char *topic, int64_t accept, bool *published, struct mdl_err *err)
{
	int64_t epoch = (int64_t)b->epoch;
	int64_t age = plan_age(b, stage);
	bool expected;

	if (base_was_sent(b, stage, topic, &expected, err))
		return -1;
	char *other = expected || m->epoch >= 0 || accept == epoch || accept == b->base
			      ? NULL
			      : other_planner(b, stage, topic);
	if (other) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" may be in kafka:%s already: the stage '%s' was about to commit it, and this one is "
			"'%s'; run it once under the old name (--name), then rename it",
			epoch, topic, other, stage);
		free(other);
		return -1;
	}
	*published = m->epoch == epoch;
	if (*published || (m->epoch >= 0 && m->epoch == b->base))
		return 0;
	/* what lies behind is no danger unless an epoch in doubt may have been forgotten with it */
	if (m->epoch <= b->base && (age < 0 || (!expected && age < SURE_SECONDS)))
		return 0;
	if (accept == epoch || accept == b->base) {
		*published = accept == epoch;
		m->has_sum = false;
		return 0;
	}
	char base[24] = "none";
	if (b->base >= 0)
		snprintf(base, sizeof(base), "%" PRId64, b->base);
	if (m->epoch > epoch)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"kafka:%s has this checkpoint's epochs up to %" PRId64 ", and the checkpoint is at %s"
			" (an old backup, or a rollback): going on would double them; begin a new checkpoint and a new "
			"topic, or accept doubled rows with --accept-marker %s",
			topic, m->epoch, base, base);
	return mdl_err_set(
		err, MDL_TROUBLE,
		"epoch %" PRId64
		" may be in kafka:%s or not: its commit was asked for, and Kafka has forgotten the marker of group "
		"%s/%s (offsets.retention.minutes, or a topic made anew); look into the topic: if it has the "
		"epoch's rows, say --accept-marker %" PRId64 ", if not, --accept-marker %s",
		epoch, topic, b->checkpoint_id, stage, epoch, base);
}
