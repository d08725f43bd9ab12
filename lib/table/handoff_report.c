/* SPDX-License-Identifier: MIT
 *
 * The words of a hand-over: see handoff_report.h. Each rule that is named here was tried
 * with Spark 3.5, 4.1 and 4.3.
 */
#include "table/handoff_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "table/table_owner.h"
#include "table/table_uri.h"
#include "json/text.h"

struct names {
	char **v;
	size_t n, cap;
};

static void add_name(struct names *l, const char *p, size_t n)
{
	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->v[i]) == n && memcmp(l->v[i], p, n) == 0)
			return;
	MDL_GROW(l->v, l->n, l->cap);
	l->v[l->n++] = mdl_strndup(p, n);
}

static void free_names(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
}

/* The folder of PATH, above its column=value folders. */
static size_t folder_of(const char *path)
{
	size_t n = strlen(path);
	for (;;) {
		const char *slash = memrchr(path, '/', n);
		if (!slash || slash == path)
			return 1;
		n = (size_t)(slash - path);
		const char *up = memrchr(path, '/', n);
		if (!up || !memchr(up, '=', (size_t)(path + n - up)))
			return n;
	}
}

/* The folders and tables that were read. */
static void collect_paths(const struct mdl_handoff *h, struct names *paths, bool *zstd)
{
	struct mdl_arena a;
	size_t prefix = strlen(h->ck.dir);
	mdl_arena_init(&a);
	for (size_t i = 0; i < h->pos.ntables; i++)
		add_name(paths, h->pos.tables[i].dir, strlen(h->pos.tables[i].dir));
	for (size_t i = 0; i < h->log.n; i++) {
		const char *path = mdl_table_uri_path(&a, h->log.entries[i].uri);
		if (!path)
			continue;
		bool inside = strncmp(path, h->ck.dir, prefix) == 0 && path[prefix] == '/'; /* the spool */
		for (size_t k = 0; !inside && k < h->pos.ntables; k++) {
			size_t n = strlen(h->pos.tables[k].dir);
			inside = strncmp(path, h->pos.tables[k].dir, n) == 0 && path[n] == '/';
		}
		*zstd |= mdl_compress_of_name(path) == MDL_COMPRESS_ZSTD;
		if (!inside)
			add_name(paths, path, folder_of(path));
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

/* A Python string: JSON's quoting, and in a path that is no glob Hadoop's. */
static void put_path(struct mdl_buf *out, const char *const *v, size_t n)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (n > 1)
		mdl_buf_putc(&b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			mdl_buf_putc(&b, ',');
		for (const char *p = v[i]; *p; p++) {
			if (strchr("*?[]{}\\", *p) || (n > 1 && *p == ','))
				mdl_buf_putc(&b, '\\');
			mdl_buf_putc(&b, *p);
		}
	}
	if (n > 1)
		mdl_buf_putc(&b, '}');
	mdl_json_quote(out, mdl_buf_slice(&b));
	mdl_buf_free(&b);
}

static void put_kafka_reader(const struct mdl_handoff *h, struct mdl_buf *out)
{
	struct mdl_buf topics = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	const struct mdl_kafka_state *k = &h->kafka;
	for (size_t i = 0; i < k->n; i++) {
		if (i && strcmp(k->v[i].topic, k->v[i - 1].topic) == 0)
			continue;
		mdl_buf_puts(&topics, i ? "," : "");
		mdl_buf_puts(&topics, k->v[i].topic);
	}
	mdl_buf_puts(out, "from pyspark.sql.functions import col, from_json\n"
			  "rows = (spark.readStream.format(\"kafka\")\n"
			  "        .option(\"kafka.bootstrap.servers\", ");
	mdl_json_quote(out, mdl_slice_of(k->brokers ? k->brokers : "BROKERS"));
	mdl_buf_puts(out, ")\n        .option(\"subscribe\", ");
	mdl_json_quote(out, mdl_buf_slice(&topics));
	mdl_buf_puts(out, ")\n        .option(\"kafka.isolation.level\", ");
	mdl_json_quote(out, mdl_slice_of(k->isolation ? k->isolation : "read_committed"));
	mdl_buf_puts(out, ")\n        .option(\"maxOffsetsPerTrigger\", 1000000)\n"
			  "        .load()\n"
			  "        .select(from_json(col(\"value\").cast(\"string\"), SCHEMA).alias(\"r\"))\n"
			  "        .select(\"r.*\"))\n");
	mdl_buf_free(&topics);
}

static void put_reader(const struct mdl_handoff *h, struct mdl_buf *out, const struct names *paths)
{
	if (h->kafka.n) {
		put_kafka_reader(h, out);
		return;
	}
	mdl_buf_puts(out, "rows = (spark.readStream.format(\"json\")\n"
			  "        .schema(SCHEMA)\n"
			  "        .option(\"maxFileAge\", \"36500d\")\n"
			  "        .option(\"maxFilesPerTrigger\", 1000)\n"
			  "        .load(");
	if (!paths->n)
		mdl_buf_puts(out, "DIR");
	else
		put_path(out, (const char *const *)paths->v, paths->n);
	mdl_buf_puts(out, "))\n");
	if (h->rec.offsets.ids && strcmp(h->rec.offsets.ids[0], "0") != 0)
		mdl_buf_printf(out, "# and .name(\"%s\") before .load\n", h->rec.offsets.ids[0]);
}

/* The topic that the last epoch went to, or NULL. */
static const char *sent_topic(const struct mdl_handoff *h)
{
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++)
		for (size_t k = 0; k < h->ledger.stages[i].nsent; k++)
			if (strncmp(h->ledger.stages[i].sent[k].to, "kafka:", 6) == 0)
				return h->ledger.stages[i].sent[k].to + 6;
	return NULL;
}

static const char *checkpoint_of(const struct mdl_handoff *h)
{
	return h->renumbered ? h->renumbered : h->ck.dir;
}

/* A topic: rows as text again. */
static void put_topic_writer(const struct mdl_handoff *h, struct mdl_buf *out, const char *topic)
{
	mdl_buf_puts(
		out,
		"(SELECTED(rows).selectExpr(\"to_json(struct(*)) AS value\").writeStream.format(\"kafka\")\n"
		"  .option(\"kafka.bootstrap.servers\", \"BROKERS\").option(\"topic\", ");
	mdl_json_quote(out, mdl_slice_of(topic));
	mdl_buf_puts(out, ")\n  .option(\"checkpointLocation\", ");
	mdl_json_quote(out, mdl_slice_of(checkpoint_of(h)));
	mdl_buf_puts(
		out,
		")\n  .trigger(availableNow=True).start().awaitTermination())\n\n"
		"- Spark writes to Kafka at least once: a batch that it repeats is doubled in the topic, and "
		"to_json\n  leaves null members out.\n");
}

static int put_writer(const struct mdl_handoff *h, struct mdl_buf *out, const char *table,
		      struct mdl_err *err)
{
	struct mdl_table_owner owner = {0};
	if (table && mdl_table_owner_read(&owner, table, err) < 0)
		return -1;
	bool csv = owner.format == MDL_TABLE_CSV;
	mdl_buf_printf(out, "(SELECTED(rows).writeStream.format(\"%s\")%s\n  .option(\"path\", ",
		       csv ? "csv" : "json", csv ? ".option(\"header\", True)" : "");
	mdl_json_quote(out, mdl_slice_of(table ? table : "TABLE"));
	mdl_buf_puts(out, ")\n  .option(\"checkpointLocation\", ");
	mdl_json_quote(out, mdl_slice_of(checkpoint_of(h)));
	mdl_buf_puts(out, ")\n");
	for (size_t i = 0; i < owner.npartition_by; i++) {
		mdl_buf_puts(out, i ? ", " : "  .partitionBy(");
		mdl_json_quote(out, mdl_slice_of(owner.partition_by[i]));
		if (i + 1 == owner.npartition_by)
			mdl_buf_puts(out, ")\n");
	}
	mdl_buf_puts(out, "  .trigger(availableNow=True).start().awaitTermination())\n");
	mdl_table_owner_free(&owner);
	return 0;
}

static void put_kafka_traps(struct mdl_buf *out)
{
	mdl_buf_puts(
		out,
		"- Without kafka.isolation.level Spark reads uncommitted records, aborted ones too.\n"
		"- Passwords are not in the checkpoint: give Spark kafka.security.protocol, kafka.sasl.jaas.config and\n"
		"  so on. The package spark-sql-kafka-0-10 must be there.\n"
		"- Leave failOnDataLoss as it is (true): else deleted records and a topic made anew pass in silence.\n"
		"- from_json makes a row of nulls of a value that is no JSON, and takes the first of several objects;\n"
		"  a record without a value becomes one, too. medal had put them aside.\n");
}

static void put_file_traps(struct mdl_buf *out)
{
	mdl_buf_puts(
		out,
		"- Without maxFileAge Spark passes over a new file that is a week older than the newest one it saw.\n"
		"- Do not set latestFirst, fileNameOnly or cleanSource; leave\n"
		"  spark.sql.streaming.fileSource.log.compactInterval as it is (10).\n"
		"- Folders below the path are read only if they are named column=value, or with recursiveFileLookup.\n"
		"- Start Spark in a UTF-8 locale: in another it does not find names that are not ASCII.\n");
}

static void put_traps(const struct mdl_handoff *h, struct mdl_buf *out, size_t nmain, size_t nside, bool zstd)
{
	mdl_buf_puts(
		out,
		"\nMind:\n"
		"- SCHEMA is yours: the checkpoint does not know the columns; SELECTED is the work of the filters.\n");
	if (h->kafka.n)
		put_kafka_traps(out);
	else
		put_file_traps(out);
	mdl_buf_puts(
		out,
		"- A query that keeps state (groupBy, dropDuplicates) cannot begin here: it looks for state of this batch.\n"
		"- Do not run medal on the checkpoint while the query is up.\n");
	if (h->renumbered)
		mdl_buf_printf(
			out,
			"- Nor run it on %s again: the rows that come would be in both sinks.\n"
			"- A directory as sink (json, csv, parquet) needs an empty log entry 0, or Spark cannot read it:\n"
			"    mkdir -p TABLE/_spark_metadata && printf v1 > TABLE/_spark_metadata/0\n",
			h->ck.dir);
	else
		mdl_buf_puts(
			out,
			"- The sink must be this table. In another directory its log would begin at this batch, and Spark\n"
			"  cannot read such a table. For another sink there is --renumber.\n");
	if (nmain > 1 && !h->renumbered)
		mdl_buf_puts(
			out,
			"- The pipeline wrote several tables; a Spark query has one sink. The others end here.\n");
	if (nside)
		mdl_buf_printf(
			out,
			"- The %zu side output%s (quarantine, late rows, duplicates) end%s here: Spark has none.\n",
			nside, nside > 1 ? "s" : "", nside > 1 ? "" : "s");
	if (zstd)
		mdl_buf_puts(out, "- Files that end in .zst were read: Spark does not read new ones.\n");
	if (h->spooled)
		mdl_buf_puts(
			out,
			"- The source was standard input, which Spark has not: land what comes as files in DIR.\n");
	if (h->pos.ntails)
		mdl_buf_puts(
			out,
			"- Files that grow (--tail) were read to their end. What is appended from now on Spark does\n"
			"  not read: a path counts as read.\n");
}

int mdl_handoff_report(const struct mdl_handoff *h, struct mdl_buf *out, struct mdl_err *err)
{
	struct names paths = {0}, tables = {0}, side = {0};
	bool zstd = false;
	collect_paths(h, &paths, &zstd);
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++) {
		const struct mdl_books *b = &h->ledger.stages[i];
		for (size_t k = 0; k < b->ntables; k++)
			add_name(b->tables[k].side ? &side : &tables, b->tables[k].dir,
				 strlen(b->tables[k].dir));
	}
	if (h->rolled_forward >= 0)
		mdl_buf_printf(out, "epoch %" PRId64 " was decided and is published now\n",
			       h->rolled_forward);
	if (h->merged)
		mdl_buf_printf(out, "%zu merged files of source tables are entered as read\n", h->merged);
	if (h->twins)
		mdl_buf_printf(out, "%zu checksum files that did not fit are removed\n", h->twins);
	for (size_t i = 0; h->has_ledger && i < h->ledger.nstages; i++)
		if (h->ledger.stages[i].nstates)
			mdl_buf_printf(out, "the state of '%s' stays behind\n", h->ledger.stages[i].stage);
	if (h->renumbered)
		mdl_buf_printf(out,
			       "%s begins where %s ended with epoch %" PRId64
			       ": its batch 0 is all of that, batch 1 comes next. In PySpark:\n\n",
			       h->renumbered, h->ck.dir, h->rec.last_commit);
	else
		mdl_buf_printf(out,
			       "%s is Spark's: epoch %" PRId64 " is committed, batch %" PRId64
			       " comes next. In PySpark:\n\n",
			       h->ck.dir, h->rec.last_commit, h->rec.last_commit + 1);
	put_reader(h, out, &paths);
	const char *topic = sent_topic(h);
	int r = 0;
	if (topic)
		put_topic_writer(h, out, topic);
	else
		r = put_writer(h, out, tables.n && !h->renumbered ? tables.v[0] : NULL, err);
	put_traps(h, out, tables.n, side.n, zstd);
	free_names(&paths);
	free_names(&tables);
	free_names(&side);
	return r;
}
