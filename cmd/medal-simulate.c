/* SPDX-License-Identifier: MIT
 *
 * medal-simulate: synthetic events with known faults, the same for the same
 * options everywhere, at a rate or as fast as the pipe takes them. Here: options
 * to struct mdl_simulate_options, signals, and where the truth goes.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/main.h"
#include "base/opt.h"
#include "source/simulate.h"
#include "source/simulate_text.h"
#include "json/text.h"

static const struct mdl_simulate_kind *const kinds[] = {&mdl_simulate_music, &mdl_simulate_sensor,
							&mdl_simulate_weblog};

static const char *events, *start = "2024-01-15", *duplicates = "0", *malformed = "0", *late = "0";
static const char *type_member, *output_dir, *truth_file;
static uint64_t rows = 1000, users, seed = 1, rate, files, late_by_us = 600000000;
static bool endless;
static struct mdl_log_options logging;
static int format;

enum { FORMAT_BOTH, FORMAT_COMBINED, FORMAT_COMMON, FORMAT_ERROR };
static const char *const formats[] = {"auto", "combined", "common", "error", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What", NULL},
	{MDL_OPT_UINT, 'n', "rows", "N", &rows, "stop after N rows, all types together; default: 1000", NULL},
	{MDL_OPT_FLAG, 0, "endless", NULL, &endless, "do not stop", NULL},
	{MDL_OPT_UINT, 's', "seed", "N", &seed, "the same seed gives the same bytes; default: 1", NULL},
	{MDL_OPT_UINT, 'u', "users", "N", &users,
	 "listeners, devices or visitors; default: 20000, 1000, 2000", NULL},
	{MDL_OPT_STRING, 0, "start", "TIME", &start, "time of the first event, UTC; default: 2024-01-15",
	 NULL},
	{MDL_OPT_STRING, 'e', "events", "TYPE", &events,
	 "music: listen, page_view, auth, status_change or all; default: listen, all with --output-dir",
	 NULL},
	{MDL_OPT_STRING, 0, "type-member", "NAME", &type_member,
	 "add this first member with the row's type; default: event with --events all, else none", NULL},
	{MDL_OPT_CHOICE, 0, "format", "FORMAT", &format,
	 "weblog: combined, common or error; default: combined, and error too with --output-dir", formats},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Faults", NULL},
	{MDL_OPT_STRING, 0, "duplicates", "SHARE", &duplicates, "exact copies of recent rows: 0.02 or 2%",
	 NULL},
	{MDL_OPT_STRING, 0, "malformed", "SHARE", &malformed, "cut off lines, wrong or missing values", NULL},
	{MDL_OPT_STRING, 0, "late", "SHARE", &late, "rows held back beyond --late-by of event time", NULL},
	{MDL_OPT_DURATION, 0, "late-by", "DURATION", &late_by_us, "what late means; default: 10 minutes",
	 NULL},
	{MDL_OPT_STRING, 0, "truth", "FILE", &truth_file, "write what is in the output, counted, as JSON",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Where and when", NULL},
	{MDL_OPT_STRING, 'd', "output-dir", "DIR", &output_dir,
	 "a file per type in DIR; default: standard output", NULL},
	{MDL_OPT_UINT, 0, "files", "N", &files, "with --output-dir: cut each type into N files", NULL},
	{MDL_OPT_UINT, 'r', "rate", "N", &rate, "rows per second; default: as fast as they are taken", NULL},
	{MDL_OPT_FLAG, 'v', "verbose", NULL, &logging.verbose, "say how many rows and bytes were written",
	 NULL},
	{MDL_OPT_FLAG, 'q', "quiet", NULL, &logging.quiet, "errors only", NULL},
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-simulate",
	.usage = "music|sensors|weblog [OPTION...]",
	.summary = "Make synthetic events with known faults.",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
};

static int caught;

static void on_signal(int sig)
{
	*(volatile int *)&caught = sig;
}

static int choose_types(const struct mdl_simulate_kind *k, struct mdl_simulate_options *o,
			struct mdl_err *err)
{
	unsigned all = 0;
	for (int i = 0; k->types[i]; i++)
		all |= 1U << i;
	if (events && k != &mdl_simulate_music)
		return mdl_err_set(err, MDL_TROUBLE, "--events is for music; %s has none to choose from",
				   k->name);
	if (format && k != &mdl_simulate_weblog)
		return mdl_err_set(err, MDL_TROUBLE, "--format is for weblog; %s is always NDJSON", k->name);
	if (type_member && k == &mdl_simulate_weblog)
		return mdl_err_set(err, MDL_TROUBLE, "--type-member is for NDJSON, which weblog is not");
	if (format || (!events && !o->dir)) {
		o->types = format == FORMAT_ERROR ? 2 : 1;
		o->common = format == FORMAT_COMMON;
	} else if (!events || strcmp(events, "all") == 0) {
		o->types = all;
		if (!o->dir && !type_member)
			o->type_member = "event";
	} else {
		int t = mdl_simulate_type(k, events);
		if (t < 0)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"--events '%s': music has listen, page_view, auth, status_change and all",
				events);
		o->types = 1U << t;
	}
	return 0;
}

static int choose(const struct mdl_simulate_kind *k, struct mdl_simulate_options *o, struct mdl_err *err)
{
	*o = (struct mdl_simulate_options){
		.seed = seed,
		.rows = endless ? UINT64_MAX : rows,
		.users = users ? users : k->default_users,
		.late_by_ms = (int64_t)(late_by_us / 1000),
		.rate = rate,
		.dir = output_dir,
		.files = files,
		.stop = &caught,
	};
	if (mdl_simulate_text_time(start, &o->start_ms) < 0 || o->start_ms > INT64_C(32503680000000))
		return mdl_err_set(err, MDL_TROUBLE,
				   "--start '%s' is no time from 1970 to 2999: give 2024-01-15, "
				   "2024-01-15T10:30:00Z or milliseconds since 1970",
				   start);
	if (o->users > k->max_users)
		return mdl_err_set(err, MDL_TROUBLE, "--users %" PRIu64 ": %s takes at most %" PRIu64,
				   o->users, k->name, k->max_users);
	if (mdl_simulate_share(duplicates, "--duplicates", &o->duplicates, err) < 0 ||
	    mdl_simulate_share(malformed, "--malformed", &o->malformed, err) < 0 ||
	    mdl_simulate_share(late, "--late", &o->late, err) < 0)
		return -1;
	if (o->duplicates + o->malformed + o->late > UINT64_C(4080218931)) /* 0.95 */
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--duplicates, --malformed and --late add up to more than 0.95: no good rows are left");
	if (files && (!output_dir || endless || files > rows))
		return mdl_err_set(err, MDL_TROUBLE,
				   "--files needs --output-dir and an end, and no more files than --rows");
	if (rate > 1000000000)
		return mdl_err_set(err, MDL_TROUBLE, "--rate %" PRIu64 " is more than 1000000000", rate);
	if (type_member) {
		struct mdl_buf quoted = MDL_BUF_INIT(4096);
		mdl_json_escape(&quoted, mdl_slice_of(type_member));
		if (quoted.toobig || quoted.n > 256)
			return mdl_err_set(err, MDL_TROUBLE, "--type-member is longer than 256 bytes");
		o->type_member = *type_member ? mdl_strdup(mdl_buf_cstr(&quoted)) : NULL;
		mdl_buf_free(&quoted);
	}
	return choose_types(k, o, err);
}

static int write_truth(const struct mdl_simulate_kind *k, const struct mdl_simulate_options *o,
		       const struct mdl_simulate_truth *t, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_simulate_truth_write(&text, k, o, t);
	const char *slash = strrchr(truth_file, '/');
	char *dir = slash ? mdl_strndup(truth_file, slash > truth_file ? (size_t)(slash - truth_file) : 1)
			  : mdl_strdup(".");
	int rc = mdl_file_replace(dir, slash ? slash + 1 : truth_file, mdl_buf_slice(&text), err);
	free(dir);
	mdl_buf_free(&text);
	return rc;
}

static void report(const struct mdl_simulate_kind *k, const struct mdl_simulate_options *o,
		   const struct mdl_simulate_truth *t)
{
	uint64_t bytes = 0, held = 0;
	for (int i = 0; k->types[i]; i++) {
		bytes += t->types[i].bytes;
		held += t->types[i].late;
	}
	mdl_info("%" PRIu64 " rows, %" PRIu64 " bytes", t->rows, bytes);
	if (o->late && !held && t->rows >= 1000)
		mdl_warning("no row is late: the output spans too little event time for --late-by; "
			    "make that shorter or --rows more");
}

static int simulate(const struct mdl_simulate_kind *k, struct mdl_err *err)
{
	struct mdl_simulate_options o;
	struct mdl_simulate_truth truth;
	if (choose(k, &o, err) < 0)
		return -1;
	/* a second signal ends it at once, also when nobody reads */
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	if (mdl_simulate_run(k, &o, &truth, err) < 0)
		return -1;
	if (truth_file && write_truth(k, &o, &truth, err) < 0)
		return -1;
	report(k, &o, &truth);
	return 0;
}

static int run(const struct mdl_opt_list *args, int *sig, struct mdl_err *err)
{
	const struct mdl_simulate_kind *k = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(args->v[0], kinds[i]->name) == 0)
			k = kinds[i];
	if (!k)
		return mdl_err_set(err, MDL_TROUBLE, "'%s' is none of music, sensors, weblog", args->v[0]);
	if (simulate(k, err) < 0)
		return -1;
	*sig = caught; /* all that was made is written; now end as the signal asked */
	return MDL_OK;
}

int main(int argc, char **argv)
{
	return mdl_main_run(&command, &logging, argc, argv, run);
}
