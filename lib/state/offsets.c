/* SPDX-License-Identifier: MIT
 *
 * The texts of offsets/N and commits/N: see offsets.h.
 */
#include "state/offsets.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/version.h"
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
	mdl_buf_printf(out,
		       "v%d\n{\"batchWatermarkMs\":%" PRId64 ",\"batchTimestampMs\":%" PRId64 ",\"conf\":%s",
		       o->version == 2 ? 2 : 1, o->batch_watermark_ms, o->batch_timestamp_ms,
		       o->conf ? o->conf : mdl_offsets_default_conf);
	if (o->version == 2)
		mdl_buf_printf(out, ",\"sourceMetadataInfo\":%s", o->source_info ? o->source_info : "{}");
	mdl_buf_putc(out, '}');
	for (size_t i = 0; i < o->nsources; i++) {
		char folder[24];
		mdl_buf_putc(out, '\n');
		if (o->version == 2)
			mdl_buf_printf(out, "%s:", mdl_offsets_source_folder(o, i, folder));
		mdl_buf_puts(out, o->sources[i] ? o->sources[i] : "-");
	}
}

const char *mdl_offsets_source_folder(const struct mdl_offsets *o, size_t i, char buf[24])
{
	if (o->ids)
		return o->ids[i];
	snprintf(buf, 24, "%zu", i);
	return buf;
}

void mdl_offsets_pin(struct mdl_offsets *to, const struct mdl_offsets *from)
{
	memset(to, 0, sizeof(*to));
	to->version = from->version;
	to->conf = from->conf ? mdl_strdup(from->conf) : NULL;
	to->source_info = from->source_info ? mdl_strdup(from->source_info) : NULL;
	to->nsources = from->nsources;
	to->sources = from->nsources ? mdl_array(from->nsources, sizeof(*to->sources)) : NULL;
	if (from->ids)
		to->ids = mdl_array(from->nsources, sizeof(*to->ids));
	for (size_t i = 0; from->ids && i < from->nsources; i++)
		to->ids[i] = mdl_strdup(from->ids[i]);
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

/* The version line; v1 and v2 are what we read. */
static int check_version(struct mdl_slice *text, const char *name, int *version, struct mdl_err *err)
{
	struct mdl_slice v = cut_line(text);
	*version = mdl_slice_is(v, "v1") ? 1 : mdl_slice_is(v, "v2") ? 2 : 0;
	if (*version)
		return 0;
	uint64_t other = mdl_version_of(v);
	if (other > 2)
		return mdl_version_newer(err, name, "Spark or medal", other, 2);
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

/* "alpha:{...}" of v2: Spark allows letters, digits and '_' in a source's name. */
static int cut_id(struct mdl_slice *line, const char *name, struct mdl_slice *id, struct mdl_err *err)
{
	size_t n = 0;
	while (n < line->n && (line->p[n] == '_' || isalnum((unsigned char)line->p[n])))
		n++;
	if (!n || n > 200 || n == line->n || line->p[n] != ':')
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s has a line without a source's id before its offset; it is damaged",
				   name);
	*id = (struct mdl_slice){line->p, n};
	line->p += n + 1;
	line->n -= n + 1;
	return 0;
}

static int parse_sources(struct mdl_offsets *o, struct mdl_slice text, const char *name, struct mdl_err *err)
{
	while (text.n) {
		struct mdl_slice line = cut_line(&text), id = {NULL, 0};
		if (!line.n && !text.n)
			break;
		if ((o->version == 2 && cut_id(&line, name, &id, err)) || check_offset(line, name, err))
			return -1;
		o->sources = mdl_rearray(o->sources, o->nsources + 1, sizeof(*o->sources));
		if (id.n) {
			o->ids = mdl_rearray(o->ids, o->nsources + 1, sizeof(*o->ids));
			o->ids[o->nsources] = mdl_strndup(id.p, id.n);
		}
		o->sources[o->nsources++] = mdl_slice_is(line, "-") ? NULL : mdl_strndup(line.p, line.n);
	}
	return o->nsources
		       ? 0
		       : mdl_err_set(err, MDL_TROUBLE, "%s names no source's offset; it is cut off", name);
}

int mdl_offsets_parse(struct mdl_slice text, const char *name, struct mdl_offsets *o, struct mdl_err *err)
{
	memset(o, 0, sizeof(*o));
	if (check_version(&text, name, &o->version, err))
		return -1;
	struct mdl_doc *d = mdl_doc_parse(cut_line(&text), name, err);
	if (!d)
		return -1;
	bool ok = mdl_doc_int(d, "batchWatermarkMs", &o->batch_watermark_ms) &&
		  mdl_doc_int(d, "batchTimestampMs", &o->batch_timestamp_ms);
	const struct mdl_doc *conf = mdl_doc_get(d, "conf"), *info = mdl_doc_get(d, "sourceMetadataInfo");
	o->conf = conf ? mdl_doc_dump(conf) : mdl_strdup("{}");
	o->source_info = info && mdl_doc_is_object(info) ? mdl_doc_dump(info) : NULL;
	mdl_doc_free(d);
	int r = ok ? parse_sources(o, text, name, err)
		   : mdl_err_set(err, MDL_TROUBLE, "%s lacks batchWatermarkMs or batchTimestampMs", name);
	if (r)
		mdl_offsets_free(o);
	return r;
}

void mdl_offsets_free(struct mdl_offsets *o)
{
	for (size_t i = 0; i < o->nsources; i++) {
		free(o->sources[i]);
		if (o->ids)
			free(o->ids[i]);
	}
	free(o->sources);
	free(o->ids);
	free(o->source_info);
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
	int version; /* v2 has the ids of Spark's state files besides */
	if (check_version(&text, name, &version, err))
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
