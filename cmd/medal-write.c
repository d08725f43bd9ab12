/* SPDX-License-Identifier: MIT
 *
 * medal-write: the sink. Records to a table directory or a Kafka topic. Here: options
 * to the struct of the sink that the operand names.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/worker.h"
#include "sink/kafka_marker.h"
#include "sink/kafka_sink.h"
#include "sink/side_sink.h"
#include "sink/table_sink.h"
#include "state/epoch_log.h"
#include "stream/filter_cli.h"

static struct mdl_filter_cli cli;
static int format, compress, mode;
static const char *partition_by;
static uint64_t level, threads, max_file_bytes = MDL_TABLE_MAX_FILE_BYTES;
static bool guard, fresh;
static struct mdl_kafka_cli kafka;
static const char *key, *partition, *accept_marker;

static const char *const formats[] = {"ndjson", "csv", NULL};
static const char *const methods[] = {"none", "gzip", "zstd", "lz4", "snappy", NULL};
static const char *const modes[] = {"new", "append", "overwrite", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Files", NULL},
	{MDL_OPT_CHOICE, 0, "format", "FORMAT", &format, "ndjson or csv; default: ndjson", formats},
	{MDL_OPT_CHOICE, 0, "compress", "METHOD", &compress,
	 "none, gzip or zstd, and for Kafka lz4 or snappy; default: none", methods},
	{MDL_OPT_UINT, 0, "level", "N", &level, "of compression; default: 6 for gzip, 3 for zstd", NULL},
	{MDL_OPT_UINT, 0, "threads", "N", &threads,
	 "compress files on up to N threads; default: as many as there are processors", NULL},
	{MDL_OPT_STRING, 0, "partition-by", "COLUMNS", &partition_by,
	 "a folder column=value for each value of these members, separated by commas", NULL},
	{MDL_OPT_SIZE, 0, "max-file-bytes", "N", &max_file_bytes,
	 "end a file with the row that takes it to N bytes on disk; default: 128M", NULL},
	{MDL_OPT_STRING, 0, "schema", "DDL|FILE.sql", &cli.schema_text,
	 "the columns of csv, and of --key and --partition; default of csv: the members of the first row",
	 NULL},
	{MDL_OPT_FLAG, 0, "guard-formulas", NULL, &guard,
	 "csv: put a ' before texts that a spreadsheet would run as a formula", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Table", NULL},
	{MDL_OPT_CHOICE, 0, "mode", "MODE", &mode,
	 "without a checkpoint: new, append or overwrite; with one: overwrite replaces the table by each epoch",
	 modes},
	{MDL_OPT_FLAG, 0, "fresh-table", NULL, &fresh, "go on with an empty table where the old one is gone",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Kafka", NULL},
	MDL_OPT_KAFKA(&kafka),
	{MDL_OPT_STRING, 0, "key", "EXPR", &key, "the record's key, as text; default: none", NULL},
	{MDL_OPT_STRING, 0, "partition", "EXPR", &partition,
	 "the partition's number; default, and for NULL: by the key, without one by chance", NULL},
	{MDL_OPT_STRING, 0, "accept-marker", "N", &accept_marker,
	 "the topic has the epochs up to N (or none) and no more: you have looked", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Stream", NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-write",
	.usage = "[OPTION...] DIR | kafka:TOPIC",
	.summary = "Write records to a table directory or a Kafka topic.",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.surplus = MDL_FILTER_SURPLUS,
};

/* Names of the schema's columns; texts live as long as the schema. */
static void schema_columns(struct mdl_schema *schema, struct mdl_table_options *t)
{
	const char **names = mdl_array(schema->st->ncolumns + 1, sizeof(*names));

	for (size_t i = 0; i < schema->st->ncolumns; i++)
		names[i] = mdl_arena_strndup(&schema->arena, schema->st->columns[i].name.p,
					     schema->st->columns[i].name.n);
	t->columns = names;
	t->ncolumns = schema->st->ncolumns;
}

/* PARTITIONED BY of the definition; texts live as long as the schema. */
static void schema_partitions(struct mdl_schema *schema, struct mdl_table_options *t)
{
	const struct mdl_statement *st = schema->st;
	const char **names = mdl_array(st->npartition_by + 1, sizeof(*names));

	for (size_t i = 0; i < st->npartition_by; i++) {
		int k = mdl_schema_find(schema, st->partition_by[i]);
		struct mdl_slice name = k < 0 ? st->partition_by[i] : st->columns[k].name;
		names[i] = mdl_arena_strndup(&schema->arena, name.p, name.n);
	}
	t->partition_by = names;
	t->npartition_by = st->npartition_by;
}

/* "s3://b/t", "file:/t": a scheme and what no path of a directory looks like. */
static bool is_uri(const char *dir)
{
	size_t n = strspn(dir, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

	return n > 1 && strncmp(dir + n, ":/", 2) == 0;
}

/* A directory with such a name would be made, and nobody looks for the table there. */
static int check_name(const char *dir, struct mdl_err *err)
{
	bool other = strncmp(dir, "delta:", 6) == 0 || strncmp(dir, "volume:", 7) == 0;

	if (!*dir)
		return mdl_err_set(err, MDL_TROUBLE, "the table's directory has no name");
	if (other || is_uri(dir) || strcmp(dir, "-") == 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "'%s': this medal-write writes table directories and Kafka topics only (a "
				   "directory of that name is './%s')",
				   dir, dir);
	return 0;
}

static int check_level(struct mdl_err *err)
{
	static const uint64_t most[] = {0, 9, 19};

	if (level && compress == 0)
		return mdl_err_set(err, MDL_TROUBLE, "--level is for --compress gzip or zstd");
	if (level > most[compress])
		return mdl_err_set(err, MDL_TROUBLE, "--level %" PRIu64 ": %s has 1 to %" PRIu64, level,
				   methods[compress], most[compress]);
	return 0;
}

static int choose(const char *dir, struct mdl_table_sink_opts *o, struct mdl_err *err)
{
	if (check_name(dir, err))
		return -1;
	if (kafka.brokers || kafka.props.n || kafka.file || key || partition || accept_marker)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"-b, -X, -F, --key, --partition and --accept-marker are for kafka:TOPIC, and '%s' is a "
			"directory",
			dir);
	if (compress > 2)
		return mdl_err_set(err, MDL_TROUBLE, "--compress %s is for kafka:TOPIC", methods[compress]);
	*o = (struct mdl_table_sink_opts){
		.dir = dir,
		.table = {.format = format == 1 ? MDL_TABLE_CSV : MDL_TABLE_NDJSON,
			  .compress = compress == 0   ? MDL_COMPRESS_NONE
				      : compress == 1 ? MDL_COMPRESS_GZIP
						      : MDL_COMPRESS_ZSTD,
			  .level = (int)level,
			  .threads = !threads       ? mdl_worker_processors()
				     : threads > 64 ? 64
						    : (unsigned)threads,
			  .guard_formulas = guard,
			  .max_file_bytes = max_file_bytes},
		.mode = mode == 0   ? MDL_PLAIN_NEW
			: mode == 1 ? MDL_PLAIN_APPEND
				    : MDL_PLAIN_OVERWRITE,
		.fresh_table = fresh,
		.dry_run = mdl_filter_cli_dry_run(),
	};
	if (format != 1 && guard)
		return mdl_err_set(err, MDL_TROUBLE, "--guard-formulas is for --format csv");
	if (check_level(err))
		return -1;
	if (threads && compress == 0)
		return mdl_err_set(err, MDL_TROUBLE, "--threads is for --compress gzip or zstd");
	if (max_file_bytes == 0)
		return mdl_err_set(err, MDL_TROUBLE, "--max-file-bytes 0: a file holds at least a row");
	if (partition_by && mdl_table_names(partition_by, "--partition-by", &o->table.partition_by,
					    &o->table.npartition_by, err))
		return -1;
	if (cli.schema)
		schema_columns(cli.schema, &o->table);
	if (cli.schema && !partition_by)
		schema_partitions(cli.schema, &o->table);
	return 0;
}

static void report(const struct mdl_table_sink *s)
{
	const char *member;
	uint64_t n = mdl_table_sink_unknown(s, &member);

	if (n)
		mdl_warning(
			"%llu rows have members that are no column of the CSV table and were left out, first '%s'; "
			"name all columns with --schema",
			(unsigned long long)n, member);
}

static int run_table(const char *dir, struct mdl_err *err)
{
	struct mdl_table_sink_opts o = {0};
	struct mdl_table_sink *s = NULL;
	int status = -1;

	if (!choose(dir, &o, err))
		s = mdl_table_sink_new(&o, err);
	if (s) {
		status = mdl_filter_cli_run(&cli, mdl_table_sink_op(s), err);
		report(s);
		mdl_table_sink_free(s);
	}
	free((void *)(uintptr_t)o.table.partition_by);
	free((void *)(uintptr_t)o.table.columns);
	return status;
}

static void notice(const char *text)
{
	mdl_warning("%s", text);
}

static int run_kafka(const char *topic, struct mdl_err *err)
{
	struct mdl_kafka_sink_opts o = {
		.cli = &kafka,
		.topic = topic,
		.compress = methods[compress],
		.key = key,
		.partition = partition,
		.schema = cli.schema,
		.session = cli.session,
		.accept_marker = MDL_KAFKA_ACCEPT_NOTHING,
		.dry_run = mdl_filter_cli_dry_run(),
		.notice = notice,
	};
	if (!*topic)
		return mdl_err_set(err, MDL_TROUBLE, "kafka: wants a topic behind it, kafka:TOPIC");
	if (format || level || threads || partition_by || max_file_bytes != MDL_TABLE_MAX_FILE_BYTES ||
	    guard || mode || fresh)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--format, --level, --threads, --partition-by, --max-file-bytes, --guard-formulas, --mode and "
			"--fresh-table are for table directories, and kafka:%s is a topic",
			topic);
	if (accept_marker)
		o.accept_marker = mdl_epoch_of_name(accept_marker);
	if (accept_marker && o.accept_marker < 0 && strcmp(accept_marker, "none") != 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "option --accept-marker: '%s' is no epoch's number, nor 'none'",
				   accept_marker);
	struct mdl_kafka_sink *s = mdl_kafka_sink_new(&o, err);
	if (!s)
		return -1;
	int status = mdl_filter_cli_run(&cli, mdl_kafka_sink_op(s), err);
	mdl_kafka_sink_free(s);
	return status;
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (mdl_filter_cli_setup(&cli, err))
		return -1;
	cli.filter.side_open = mdl_side_sink_open;
	return strncmp(args->v[0], "kafka:", 6) == 0 ? run_kafka(args->v[0] + 6, err)
						     : run_table(args->v[0], err);
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
