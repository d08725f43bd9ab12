/* SPDX-License-Identifier: MIT
 *
 * The texts of offsets/N and commits/N: see offsets.h.
 */
#include "state/offsets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "json/doc.h"

/* An empty conf would be read as one of a Spark before these settings were kept, and pin the state formats of
 * that time for ever (tried with 3.5). */
const char mdl_offsets_default_conf[] =
	"{\"spark.sql.streaming.stateStore.providerClass\":"
	"\"org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider\","
	"\"spark.sql.streaming.join.stateFormatVersion\":\"2\","
	"\"spark.sql.streaming.stateStore.compression.codec\":\"lz4\","
	"\"spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan\":\"false\","
	"\"spark.sql.streaming.stateStore.rocksdb.formatVersion\":\"5\","
	"\"spark.sql.streaming.statefulOperator.useStrictDistribution\":\"true\","
	"\"spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion\":\"2\","
	"\"spark.sql.streaming.multipleWatermarkPolicy\":\"min\","
	"\"spark.sql.streaming.aggregation.stateFormatVersion\":\"2\","
	"\"spark.sql.shuffle.partitions\":\"200\"}";

void mdl_offsets_format(struct mdl_buf *out, const struct mdl_offsets *o)
{
	mdl_buf_printf(
		out, "v1\n{\"batchWatermarkMs\":%" PRId64 ",\"batchTimestampMs\":%" PRId64 ",\"conf\":%s}",
		o->batch_watermark_ms, o->batch_timestamp_ms, o->conf ? o->conf : mdl_offsets_default_conf);
	for (size_t i = 0; i < o->nsources; i++)
		mdl_buf_printf(out, "\n%s", o->sources[i] ? o->sources[i] : "-");
}

static struct mdl_slice cut_line(struct mdl_slice *text)
{
	const char *nl = text->n ? memchr(text->p, '\n', text->n) : NULL;
	size_t n = nl ? (size_t)(nl - text->p) : text->n;
	struct mdl_slice line = {text->p, n};
	text->p += nl ? n + 1 : n;
	text->n -= nl ? n + 1 : n;
	return line;
}

/* The version line; v1 is what we read. */
static int check_version(struct mdl_slice *text, const char *name, struct mdl_err *err)
{
	struct mdl_slice v = cut_line(text);
	if (mdl_slice_is(v, "v1"))
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s does not begin with v1 but with '%.*s'; it is damaged or of another format",
			   name, (int)(v.n < 40 ? v.n : 40), v.p);
}

/* A source's line is "-" or JSON, Spark's LongOffset (a bare number) too. */
static int check_offset(struct mdl_slice line, const char *name, struct mdl_err *err)
{
	if (mdl_slice_is(line, "-"))
		return 0;
	struct mdl_doc *d = mdl_doc_parse(line, name, err);
	mdl_doc_free(d);
	return d ? 0 : -1;
}

int mdl_offsets_parse(struct mdl_slice text, const char *name, struct mdl_offsets *o, struct mdl_err *err)
{
	memset(o, 0, sizeof(*o));
	if (check_version(&text, name, err))
		return -1;
	struct mdl_doc *d = mdl_doc_parse(cut_line(&text), name, err);
	if (!d)
		return -1;
	bool ok = mdl_doc_int(d, "batchWatermarkMs", &o->batch_watermark_ms) &&
		  mdl_doc_int(d, "batchTimestampMs", &o->batch_timestamp_ms);
	const struct mdl_doc *conf = mdl_doc_get(d, "conf");
	o->conf = conf ? mdl_doc_dump(conf) : mdl_strdup("{}");
	mdl_doc_free(d);
	if (!ok) {
		mdl_offsets_free(o);
		return mdl_err_set(err, MDL_TROUBLE, "%s lacks batchWatermarkMs or batchTimestampMs", name);
	}
	while (text.n) {
		struct mdl_slice line = cut_line(&text);
		if (!line.n && !text.n)
			break;
		if (check_offset(line, name, err)) {
			mdl_offsets_free(o);
			return -1;
		}
		o->sources = mdl_rearray(o->sources, o->nsources + 1, sizeof(*o->sources));
		o->sources[o->nsources++] = mdl_slice_is(line, "-") ? NULL : mdl_strndup(line.p, line.n);
	}
	if (!o->nsources) {
		mdl_offsets_free(o);
		return mdl_err_set(err, MDL_TROUBLE, "%s names no source's offset; it is cut off", name);
	}
	return 0;
}

void mdl_offsets_free(struct mdl_offsets *o)
{
	for (size_t i = 0; i < o->nsources; i++)
		free(o->sources[i]);
	free(o->sources);
	free(o->conf);
	memset(o, 0, sizeof(*o));
}

void mdl_commit_format(struct mdl_buf *out, int64_t next_watermark_ms)
{
	mdl_buf_printf(out, "v1\n{\"nextBatchWatermarkMs\":%" PRId64 "}", next_watermark_ms);
}

int mdl_commit_parse(struct mdl_slice text, const char *name, int64_t *next_watermark_ms, struct mdl_err *err)
{
	*next_watermark_ms = 0;
	if (check_version(&text, name, err))
		return -1;
	struct mdl_slice line = cut_line(&text);
	if (!line.n)
		return 0; /* Spark 2's commits hold nothing */
	struct mdl_doc *d = mdl_doc_parse(line, name, err);
	if (!d)
		return -1;
	mdl_doc_int(d, "nextBatchWatermarkMs", next_watermark_ms);
	mdl_doc_free(d);
	return 0;
}
