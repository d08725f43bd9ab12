/* SPDX-License-Identifier: MIT
 *
 * medal-ingest: the only source. Kafka topics, files, directories, tables and standard
 * input, in JSON, CSV, text or web-server log form, become NDJSON; with --checkpoint they
 * become epochs. See medal-ingest(1).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/main.h"
#include "base/opt.h"
#include "base/worker.h"
#include "sink/side_sink.h"
#include "source/csv_schema.h"
#include "source/ingest.h"
#include "source/kafka_source.h"
#include "stream/filter_cli.h"
#include "stream/run.h"
#include "table/commit.h"
#include "table/rollback.h"

static const char *const formats[] = {"auto", "json", "csv", "text", "weblog", NULL};
static const char *const weblogs[] = {"auto", "access", "apache-error", "nginx-error", NULL};

static struct mdl_ingest_opts in = {.trigger_us = 1000000, .commit_timeout_us = 60000000};
static struct mdl_log_options logging;
static int format, weblog;
static bool no_header, keep_empty;
static const char *branches, *columns, *delimiter, *quote, *escape, *comment, *schema;
static uint64_t trigger_us;
static const char *stdin_how;
static struct mdl_kafka_source_opts kafka = {.timeout_us = 60000000};
static struct mdl_opt_list topics;
static bool at_end_ends;

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is read:", NULL},
	{MDL_OPT_CHOICE, 'f', "format", "FORMAT", &format,
	 "json, csv, text or weblog; auto: by the file's extension (default)", formats},
	{MDL_OPT_FLAG, 'r', "recursive", NULL, &in.files.recursive, "read folders below directories, too",
	 NULL},
	{MDL_OPT_STRING, 0, "path-glob", "GLOB", &in.files.path_glob,
	 "in directories read only files with such names", NULL},
	{MDL_OPT_FLAG, 0, "tail", NULL, &in.files.tail,
	 "files grow (logs): go on from the byte where the last run stopped", NULL},
	{MDL_OPT_FLAG, 0, "allow-overwrites", NULL, &in.files.allow_overwrites,
	 "read a file again whose content was replaced", NULL},
	{MDL_OPT_FLAG, 0, "unwrap", NULL, &in.unwrap, "turn quarantined rows back into the original lines",
	 NULL},
	{MDL_OPT_FLAG, 0, "metadata", NULL, &in.metadata,
	 "add _metadata: file path, name, size, time and line of each row", NULL},
	{MDL_OPT_SIZE, 0, "max-record", "SIZE", &in.format.max_record_bytes,
	 "longest line of a record (default: 16M)", NULL},
	{MDL_OPT_UINT, 0, "threads", "N", &in.format.threads,
	 "2 or more: decompress on a second thread; default: as there are processors", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Kafka:", NULL},
	MDL_OPT_KAFKA(&kafka.cli),
	{MDL_OPT_LIST, 't', "topic", "TOPIC", &topics, "read it; several with commas between", NULL},
	{MDL_OPT_STRING, 0, "topic-pattern", "REGEX", &kafka.pattern,
	 "read all topics with such names, new ones too", NULL},
	{MDL_OPT_LIST, 'o', "offset", "WHERE", &kafka.offsets,
	 "begin at earliest (default), latest, N, -N, s@MS or JSON; stop at e@MS", NULL},
	{MDL_OPT_UINT, 'c', "count", "N", &kafka.count, "end after N records", NULL},
	{MDL_OPT_FLAG, 'e', "exit", NULL, &at_end_ends, "end at what is there now, as without --follow",
	 NULL},
	{MDL_OPT_STRING, 0, "partitions", "LIST", &kafka.partitions,
	 "read these partitions only: 0-3,7 or 8- (from 8 on)", NULL},
	{MDL_OPT_STRING, 0, "shard", "K/N", &kafka.shard, "read the K-th of N shares of the partitions",
	 NULL},
	{MDL_OPT_STRING, 0, "key-as", "NAME", &kafka.key_as, "put the key into this member", NULL},
	{MDL_OPT_FLAG, 0, "tombstones", NULL, &kafka.tombstones,
	 "a record without a value is a row with its _metadata", NULL},
	{MDL_OPT_FLAG, 0, "allow-data-loss", NULL, &kafka.allow_data_loss,
	 "go on where records are gone that were not read, and count them", NULL},
	{MDL_OPT_STRING, 0, "group", "NAME", &kafka.group,
	 "set this consumer group's offsets after each commit, for monitors", NULL},
	{MDL_OPT_DURATION, 0, "broker-timeout", "DURATION", &kafka.timeout_us,
	 "give up when brokers do not answer for so long (default: 60s)", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "CSV and web-server logs:", NULL},
	{MDL_OPT_STRING, 0, "columns", "NAMES", &columns,
	 "names of the columns, with commas between, instead of the header's", NULL},
	{MDL_OPT_FLAG, 0, "no-header", NULL, &no_header, "the first row is data", NULL},
	{MDL_OPT_STRING, 0, "schema", "DDL|FILE", &schema,
	 "columns of CSV files: numbers and booleans are no strings then", NULL},
	{MDL_OPT_STRING, 'd', "delimiter", "CHAR", &delimiter,
	 "between fields; \\t for a tab (default: comma, in .tsv files a tab)", NULL},
	{MDL_OPT_STRING, 0, "quote", "CHAR", &quote, "round fields; '' for none (default: \")", NULL},
	{MDL_OPT_STRING, 0, "escape", "CHAR", &escape,
	 "in quoted fields, before a quote: the quote itself (default) or \\", NULL},
	{MDL_OPT_STRING, 0, "comment", "CHAR", &comment,
	 "lines that begin with it are skipped (default: none)", NULL},
	{MDL_OPT_FLAG, 0, "keep-empty", NULL, &keep_empty, "\"\" is the empty string and not null", NULL},
	{MDL_OPT_CHOICE, 0, "weblog", "KIND", &weblog,
	 "access, apache-error or nginx-error; auto: by the first line (default)", weblogs},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Epochs:", NULL},
	{MDL_OPT_STRING, 0, "checkpoint", "DIR", &in.checkpoint,
	 "remember there what was read; records travel in epochs", NULL},
	{MDL_OPT_STRING, 0, "quarantine", "DIR", &in.quarantine,
	 "table for lines that are no records; serves all stages", NULL},
	{MDL_OPT_STRING, 0, "branches", "NAMES", &branches,
	 "a tee makes these branches of the stream; an epoch is done when all are", NULL},
	{MDL_OPT_FLAG, 0, "follow", NULL, &in.follow,
	 "do not stop at what is there; look again at each trigger", NULL},
	{MDL_OPT_DURATION, 0, "trigger", "DURATION", &trigger_us,
	 "time between looks with --follow (default: 1s)", NULL},
	{MDL_OPT_UINT, 0, "max-records", "N", &in.max_records,
	 "records of an epoch (soft: files are read whole; of topics, offsets)", NULL},
	{MDL_OPT_UINT, 0, "max-files", "N", &in.max_files, "files of an epoch", NULL},
	{MDL_OPT_SIZE, 0, "max-bytes", "SIZE", &in.max_bytes, "input bytes of an epoch (default: 1G)", NULL},
	{MDL_OPT_FLAG, 0, "final", NULL, &in.final,
	 "close all windows with a last epoch; the checkpoint then ends", NULL},
	{MDL_OPT_FLAG, 0, "wait", NULL, &in.wait,
	 "wait for a run that uses the checkpoint instead of refusing", NULL},
	{MDL_OPT_STRING, 0, "stdin", "new", &stdin_how,
	 "new: standard input is not the one that an earlier run did not finish", NULL},
	{MDL_OPT_FLAG, 0, "drop-state", NULL, &in.drop_state,
	 "go on from a Spark query's offsets without the state that it keeps", NULL},
	{MDL_OPT_DURATION, 0, "commit-timeout", "DURATION", &in.commit_timeout_us,
	 "give up when no stage has reported for so long (default: 60s)", NULL},
	{MDL_OPT_FLAG, 0, "unsafe-filesystem", NULL, &in.unsafe_fs,
	 "allow a checkpoint on a network file system", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "General:", NULL},
	{MDL_OPT_STRING, 0, "name", "NAME", &in.name, "name of this stage in the ledger (default: ingest)",
	 NULL},
	MDL_OPT_LOGGING(&logging),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-ingest",
	.usage = "[OPTION...] [PATH... | -]\n-b BROKERS -t TOPIC[,TOPIC...] [OPTION...]",
	.summary = "Turn files, tables, Kafka topics or standard input into NDJSON, once each and in epochs.",
	.opts = opts,
	.min_args = 0,
	.max_args = SIZE_MAX,
};

static void notice(const char *text)
{
	mdl_warning("%s", text);
}

static void progress(uint64_t rows, uint64_t bytes)
{
	static struct timeval last;
	struct timeval now;
	gettimeofday(&now, NULL);
	if (now.tv_sec - last.tv_sec < 2)
		return;
	last = now;
	mdl_info("%llu rows, %llu MB read", (unsigned long long)rows, (unsigned long long)(bytes / 1000000));
}

/* TEXT cut at its commas into NAMES, which stay as long as the program. */
static int split_names(const char *option, const char *text, const char **names, size_t max, size_t *count,
		       struct mdl_err *err)
{
	size_t n = 0;
	for (char *p = mdl_strdup(text), *next; p; p = next) {
		next = strchr(p, ',');
		if (next)
			*next++ = '\0';
		if (n == max || !*p)
			return mdl_err_set(err, MDL_TROUBLE,
					   "option --%s: give names with commas between them", option);
		names[n++] = p;
	}
	*count = n;
	return 0;
}

static int split_columns(struct mdl_err *err)
{
	static const char *names[4096];
	in.format.csv.columns = names;
	return split_names("columns", columns, names, sizeof(names) / sizeof(*names), &in.format.csv.ncolumns,
			   err);
}

static int split_branches(struct mdl_err *err)
{
	static const char *names[64];
	in.branches = names;
	if (split_names("branches", branches, names, sizeof(names) / sizeof(*names), &in.nbranches, err))
		return -1;
	for (size_t i = 0; i < in.nbranches; i++)
		if (names[i][strspn(names[i],
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
			return mdl_err_set(
				err, MDL_TROUBLE,
				"option --branches: '%s' is no name of letters, digits, '_' and '-'",
				names[i]);
	return 0;
}

static int one_char(const char *option, const char *text, char *out, struct mdl_err *err)
{
	*out = strcmp(text, "\\t") == 0 ? '\t' : text[0];
	if (!text[0] || (text[1] && strcmp(text, "\\t") != 0))
		return mdl_err_set(err, MDL_TROUBLE, "option --%s: '%s' is not one character", option, text);
	return 0;
}

static int csv_options(struct mdl_err *err)
{
	struct mdl_csv_opts *csv = &in.format.csv;
	csv->no_header = no_header || topics.n || kafka.pattern; /* a record has none */
	csv->keep_empty = keep_empty;
	csv->no_quote = quote && !quote[0];
	if ((delimiter && one_char("delimiter", delimiter, &csv->delimiter, err)) ||
	    (quote && quote[0] && one_char("quote", quote, &csv->quote, err)) ||
	    (comment && one_char("comment", comment, &csv->comment, err)))
		return -1;
	if (escape) {
		char c;
		if (one_char("escape", escape, &c, err))
			return -1;
		csv->backslash = c == '\\';
		if (!csv->backslash && c != (csv->quote ? csv->quote : '"'))
			return mdl_err_set(err, MDL_TROUBLE,
					   "option --escape: it is the quote or a backslash");
	}
	if (columns && split_columns(err))
		return -1;
	if (schema) {
		struct mdl_schema *s = mdl_schema_option(schema, err);
		if (!s)
			return -1;
		mdl_csv_schema_apply(csv, s);
	}
	return 0;
}

/* Options that mean something with topics alone. */
static bool any_kafka_option(void)
{
	return kafka.cli.brokers || kafka.cli.props.n || kafka.cli.file || kafka.offsets.n || kafka.count ||
	       kafka.partitions || kafka.shard || kafka.key_as || kafka.tombstones || kafka.allow_data_loss ||
	       kafka.group;
}

static int check_kafka(const struct mdl_opt_list *args, struct mdl_err *err)
{
	static const char *names[1024];
	if (!topics.n && !kafka.pattern)
		return any_kafka_option()
			       ? mdl_err_set(
					 err, MDL_TROUBLE,
					 "an option for Kafka is given, and no topic: name it with -t TOPIC")
			       : 0;
	for (size_t i = 0; i < topics.n; i++) {
		size_t n;
		if (split_names("topic", topics.v[i], names + kafka.ntopics,
				sizeof(names) / sizeof(*names) - kafka.ntopics, &n, err))
			return -1;
		kafka.ntopics += n;
	}
	kafka.topics = names;
	in.kafka = &kafka;
	if (args->n)
		return mdl_err_set(err, MDL_TROUBLE,
				   "'%s' and a topic: a pipeline reads files or topics, and not both",
				   args->v[0]);
	if (in.files.tail || in.unwrap)
		return mdl_err_set(err, MDL_TROUBLE, "option --%s is for files, not for topics",
				   in.unwrap ? "unwrap" : "tail");
	return 0;
}

/* Options that would do nothing without a checkpoint, which who gives them does not expect. */
static int check_epochs(struct mdl_err *err)
{
	const struct {
		const char *option;
		bool given;
		const char *why;
	} needy[] = {
		{"final", in.final, "without one the end of input closes all windows anyway"},
		{"branches", branches, "branches are of epochs"},
		{"group", kafka.group, "its offsets are set after each commit"},
		{"max-records", in.max_records, "it limits epochs; '| head -n N' ends after N records"},
		{"max-files", in.max_files, "it limits epochs"},
		{"max-bytes", in.max_bytes, "it limits epochs"},
		{"allow-overwrites", in.files.allow_overwrites && !in.follow,
		 "without one all files are read"},
		{"wait", in.wait, "nothing else is waited for"},
		{"stdin", stdin_how, "without one nothing is known of earlier runs"},
		{"drop-state", in.drop_state, "it is about a Spark query's"},
	};
	for (size_t i = 0; !in.checkpoint && i < sizeof(needy) / sizeof(*needy); i++)
		if (needy[i].given)
			return mdl_err_set(err, MDL_TROUBLE, "option --%s needs --checkpoint; %s",
					   needy[i].option, needy[i].why);
	return 0;
}

static int check_options(const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (trigger_us) {
		in.trigger_us = trigger_us;
		in.follow = true;
	}
	in.format_given = format != 0;
	if (!in.format.threads)
		in.format.threads = mdl_worker_processors();
	in.format.format = format ? (enum mdl_file_format)(format - 1) : MDL_FILE_JSON;
	in.format.weblog.kind = (enum mdl_weblog_kind)weblog;
	if (weblog && !format) {
		in.format_given = true;
		in.format.format = MDL_FILE_WEBLOG;
	}
	if (in.name && mdl_run_check_name(in.name, err))
		return -1;
	if (at_end_ends && in.follow)
		return mdl_err_set(err, MDL_TROUBLE, "--exit and --follow (or --trigger) exclude each other");
	if (csv_options(err) || check_kafka(args, err) || check_epochs(err))
		return -1;
	if (stdin_how) {
		if (strcmp(stdin_how, "new") != 0)
			return mdl_err_set(err, MDL_TROUBLE, "option --stdin: the only value is 'new'");
		in.stdin_new = true;
	}
	if (branches && split_branches(err))
		return -1;
	in.files.paths = args->v;
	in.files.npaths = args->n;
	in.files.once = !in.checkpoint && !in.follow;
	for (size_t i = 0; i < args->n; i++) {
		if (strcmp(args->v[i], "-") != 0)
			continue;
		if (args->n > 1)
			return mdl_err_set(err, MDL_TROUBLE,
					   "'-' (standard input) cannot be mixed with other paths");
		in.from_stdin = true;
	}
	if (!args->n && !in.kafka)
		in.from_stdin = true;
	if (in.from_stdin && in.files.tail)
		return mdl_err_set(err, MDL_TROUBLE,
				   "option --tail needs files; standard input is read to its end");
	return 0;
}

static int run(const struct mdl_opt_list *args, int *sig, struct mdl_err *err)
{
	if (check_options(args, err))
		return -1;
	in.dry_run = mdl_filter_cli_dry_run();
	in.out_fd = STDOUT_FILENO;
	in.side_open = mdl_side_sink_open;
	in.finish_rollback = mdl_rollback_finish;
	in.roll_forward = mdl_commit_roll_forward;
	in.notice = in.files.notice = notice;
	in.progress = progress;
	return mdl_ingest_run(&in, sig, err);
}

int main(int argc, char **argv)
{
	return mdl_main_run(&command, &logging, argc, argv, run);
}
