/* SPDX-License-Identifier: MIT
 *
 * Numbers for monitors: see progress.h.
 */
#include "table/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/books_json.h"
#include "json/text.h"

static void put_time(struct mdl_buf *out, int64_t ms)
{
	char text[40] = "";
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	if (gmtime_r(&s, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	mdl_buf_printf(out, "\"%s.%03dZ\"", text, (int)(ms % 1000));
}

/* Rows that the epoch put into its main tables and topics; the last of them is *TABLE. */
static uint64_t rows_written(const struct mdl_ledger *l, const char **table)
{
	uint64_t rows = 0;
	*table = NULL;
	for (size_t i = 0; i < l->nstages; i++) {
		const struct mdl_books *b = &l->stages[i];
		for (size_t k = 0; k < b->nsent; k++) {
			*table = b->sent[k].to;
			rows += b->sent[k].rows;
		}
		for (size_t k = 0; k < b->ntables; k++) {
			if (b->tables[k].side)
				continue;
			*table = b->tables[k].dir;
			for (size_t f = 0; f < b->nfiles; f++)
				if (strcmp(b->files[f].table, b->tables[k].dir) == 0)
					rows += b->files[f].rows;
		}
	}
	return rows;
}

static double per_second(uint64_t rows, uint64_t us)
{
	return us ? (double)rows * 1e6 / (double)us : 0;
}

static void put_state(struct mdl_buf *out, const struct mdl_ledger *l)
{
	bool first = true;
	mdl_buf_puts(out, "\"stateOperators\":[");
	for (size_t i = 0; i < l->nstages; i++) {
		const struct mdl_books *b = &l->stages[i];
		struct mdl_ledger_rows r = {0};
		uint64_t bytes = 0, late = 0;
		if (!b->nstates)
			continue;
		for (size_t k = 0; k < b->nstates; k++)
			bytes += b->states[k].size;
		for (size_t k = 0; k < b->nbuckets; k++)
			if (strcmp(b->buckets[k].name, "late") == 0)
				late = b->buckets[k].rows;
		bool known = mdl_books_get_state_rows(b, &r);
		mdl_buf_puts(out, first ? "{\"operatorName\":" : ",{\"operatorName\":");
		mdl_json_quote(out, mdl_slice_of(b->stage));
		/* rows are changed as they pass, so that no time can be told apart for it */
		mdl_buf_printf(out,
			       ",\"numRowsTotal\":%" PRId64 ",\"numRowsUpdated\":%" PRIu64
			       ",\"allUpdatesTimeMs\":0,\"numRowsRemoved\":%" PRIu64
			       ",\"allRemovalsTimeMs\":0,\"commitTimeMs\":%" PRIu64
			       ",\"memoryUsedBytes\":%" PRIu64 ",\"numRowsDroppedByWatermark\":%" PRIu64
			       ",\"numShufflePartitions\":1,\"numStateStoreInstances\":1"
			       ",\"customMetrics\":{\"stateBytes\":%" PRIu64 ",\"stateFiles\":%zu}}",
			       known ? (int64_t)r.total : -1, r.updated, r.removed, r.commit_us / 1000,
			       r.memory_bytes, late, bytes, b->nstates);
		first = false;
	}
	mdl_buf_puts(out, "],");
}

static void put_buckets(struct mdl_buf *out, const struct mdl_ledger *l)
{
	bool first = true;
	mdl_buf_puts(out, "\"observedMetrics\":{\"medal\":{");
	for (size_t i = 0; i < l->nstages; i++) {
		for (size_t k = 0; k < l->stages[i].nbuckets; k++) {
			char *name = mdl_asprintf("%s.%s", l->stages[i].stage, l->stages[i].buckets[k].name);
			if (!first)
				mdl_buf_putc(out, ',');
			mdl_json_quote(out, mdl_slice_of(name));
			mdl_buf_printf(out, ":%" PRIu64, l->stages[i].buckets[k].rows);
			free(name);
			first = false;
		}
	}
	mdl_buf_puts(out, "}}");
}

/* Of a Kafka source what Spark says of one: how many offsets it is behind the topics. */
static void put_kafka(struct mdl_buf *out, const struct mdl_kafka_state *k)
{
	uint64_t all, most, least = UINT64_MAX;
	if (!k || !k->n)
		return;
	mdl_kafka_state_behind(k, &all, &most);
	for (size_t i = 0; i < k->n; i++) {
		int64_t n = k->v[i].latest - k->v[i].offset;
		least = n <= 0 ? 0 : (uint64_t)n < least ? (uint64_t)n : least;
	}
	mdl_buf_printf(
		out,
		",\"metrics\":{\"avgOffsetsBehindLatest\":\"%.1f\",\"maxOffsetsBehindLatest\":\"%" PRIu64
		"\",\"minOffsetsBehindLatest\":\"%" PRIu64 "\"}",
		(double)all / (double)k->n, most, least);
}

void mdl_progress_format(struct mdl_buf *out, const char *checkpoint_id, const struct mdl_ledger *l,
			 const struct mdl_progress_times *t)
{
	const char *table;
	uint64_t in = l->nstages ? l->stages[0].in : 0, written = rows_written(l, &table);
	mdl_buf_puts(out, "{\"id\":");
	mdl_json_quote(out, mdl_slice_of(checkpoint_id));
	mdl_buf_printf(out, ",\"runId\":\"%.8s-%.4s-%.4s-%.4s-%.12s\",\"name\":null,\"timestamp\":", l->run,
		       l->run + 8, l->run + 12, l->run + 16, l->run + 20);
	put_time(out, t->batch_timestamp_ms);
	mdl_buf_printf(
		out,
		",\"batchId\":%" PRId64 ",\"batchDuration\":%" PRIu64 ",\"numInputRows\":%" PRIu64
		",\"inputRowsPerSecond\":%.1f,\"processedRowsPerSecond\":%.1f,\"durationMs\":{\"commitOffsets\":%" PRIu64
		",\"triggerExecution\":%" PRIu64 "},\"eventTime\":{",
		l->epoch, t->epoch_us / 1000, in, per_second(in, t->epoch_us), per_second(in, t->epoch_us),
		t->commit_us / 1000, t->epoch_us / 1000);
	if (l->watermark_ms) {
		mdl_buf_puts(out, "\"watermark\":");
		put_time(out, l->watermark_ms);
	}
	mdl_buf_puts(out, "},");
	put_state(out, l);
	mdl_buf_printf(out,
		       "\"sources\":[{\"description\":\"medal-ingest\",\"startOffset\":%s,\"endOffset\":%s"
		       ",\"latestOffset\":",
		       t->start_offset ? t->start_offset : "null", t->end_offset ? t->end_offset : "null");
	/* null as with Spark's source of files, which does not know it either */
	if (t->kafka && t->kafka->n)
		mdl_kafka_latest_format(out, t->kafka);
	else
		mdl_buf_puts(out, "null");
	mdl_buf_printf(out,
		       ",\"numInputRows\":%" PRIu64
		       ",\"inputRowsPerSecond\":%.1f,\"processedRowsPerSecond\":%.1f",
		       in, per_second(in, t->epoch_us), per_second(in, t->epoch_us));
	put_kafka(out, t->kafka);
	mdl_buf_puts(out, "}],\"sink\":{");
	mdl_buf_puts(out, "\"description\":");
	mdl_json_quote(out, mdl_slice_of(table ? table : "none"));
	mdl_buf_printf(out, ",\"numOutputRows\":%" PRIu64 "},", written);
	put_buckets(out, l);
	mdl_buf_puts(out, "}\n");
}

int mdl_progress_append(const char *path, const char *checkpoint_id, const struct mdl_ledger *l,
			const struct mdl_progress_times *t, struct mdl_err *err)
{
	struct mdl_buf line = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666), r = 0;
	mdl_progress_format(&line, checkpoint_id, l, t);
	if (fd < 0 || mdl_write_all(fd, line.p, line.n))
		r = mdl_err_sys(err, "writing the progress log %s", path);
	if (fd >= 0 && close(fd) && !r)
		r = mdl_err_sys(err, "writing the progress log %s", path);
	mdl_buf_free(&line);
	return r;
}

void mdl_metrics_add(struct mdl_metrics *m, const struct mdl_ledger *l)
{
	const char *table;
	m->epochs++;
	m->rows_in += l->nstages ? l->stages[0].in : 0;
	m->rows_out += rows_written(l, &table);
	for (size_t i = 0; i < l->nstages; i++) {
		for (size_t k = 0; k < l->stages[i].nbuckets; k++) {
			char *name = mdl_asprintf("%s\",bucket=\"%s", l->stages[i].stage,
						  l->stages[i].buckets[k].name);
			mdl_books_bucket(&m->buckets, name, l->stages[i].buckets[k].rows);
			free(name);
		}
	}
}

static void put_metric(struct mdl_buf *out, const char *name, const char *type, const char *help)
{
	mdl_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void format_metrics(struct mdl_buf *out, const struct mdl_metrics *m, const struct mdl_ledger *l,
			   const struct mdl_progress_times *t)
{
	put_metric(out, "medal_epochs_total", "counter", "epochs committed since the start of the run");
	mdl_buf_printf(out, "medal_epochs_total %" PRIu64 "\n", m->epochs);
	put_metric(out, "medal_input_rows_total", "counter", "rows read");
	mdl_buf_printf(out, "medal_input_rows_total %" PRIu64 "\n", m->rows_in);
	put_metric(out, "medal_output_rows_total", "counter", "rows written to tables and topics");
	mdl_buf_printf(out, "medal_output_rows_total %" PRIu64 "\n", m->rows_out);
	put_metric(out, "medal_bucket_rows_total", "counter",
		   "rows that left the stream, by stage and bucket");
	for (size_t i = 0; i < m->buckets.nbuckets; i++)
		mdl_buf_printf(out, "medal_bucket_rows_total{stage=\"%s\"} %" PRIu64 "\n",
			       m->buckets.buckets[i].name, m->buckets.buckets[i].rows);
	put_metric(out, "medal_last_epoch", "gauge", "number of the last epoch committed");
	mdl_buf_printf(out, "medal_last_epoch %" PRId64 "\n", l->epoch);
	put_metric(out, "medal_last_commit_timestamp_seconds", "gauge", "when it was decided");
	mdl_buf_printf(out, "medal_last_commit_timestamp_seconds %.3f\n", (double)l->decided_ms / 1e3);
	if (t->kafka && t->kafka->n) {
		put_metric(out, "medal_source_lag_records", "gauge",
			   "records of a partition behind the last epoch, when it was planned");
		for (size_t i = 0; i < t->kafka->n; i++) {
			const struct mdl_kafka_position *p = &t->kafka->v[i];
			int64_t n = p->latest > p->offset ? p->latest - p->offset : 0;
			mdl_buf_printf(out,
				       "medal_source_lag_records{topic=\"%s\",partition=\"%" PRId32
				       "\"} %" PRId64 "\n",
				       p->topic, p->partition, n);
		}
	}
	put_metric(out, "medal_last_epoch_duration_seconds", "gauge", "from its first record to its commit");
	mdl_buf_printf(out, "medal_last_epoch_duration_seconds %.6f\n", (double)t->epoch_us / 1e6);
	put_metric(out, "medal_watermark_timestamp_seconds", "gauge", "the watermark; 0: none");
	mdl_buf_printf(out, "medal_watermark_timestamp_seconds %.3f\n", (double)l->next_watermark_ms / 1e3);
}

int mdl_metrics_write(const struct mdl_metrics *m, const char *path, const struct mdl_ledger *l,
		      const struct mdl_progress_times *t, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *tmp = mdl_asprintf("%s.%d.tmp", path, (int)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), r = 0;
	format_metrics(&text, m, l, t);
	if (fd < 0 || mdl_write_all(fd, text.p, text.n))
		r = mdl_err_sys(err, "writing the metrics file %s", tmp);
	if (fd >= 0 && close(fd) && !r)
		r = mdl_err_sys(err, "writing the metrics file %s", tmp);
	if (!r && rename(tmp, path))
		r = mdl_err_sys(err, "replacing the metrics file %s", path);
	free(tmp);
	mdl_buf_free(&text);
	return r;
}

void mdl_metrics_free(struct mdl_metrics *m)
{
	mdl_books_free(&m->buckets);
}
