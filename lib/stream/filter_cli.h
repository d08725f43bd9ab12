/* SPDX-License-Identifier: MIT
 *
 * The options that all filters share, as entries of their tables, and what they come to.
 */
#ifndef MDL_STREAM_FILTER_CLI_H
#define MDL_STREAM_FILTER_CLI_H

#include "base/opt.h"
#include "sql/function.h"
#include "sql/schema.h"
#include "stream/filter.h"

struct mdl_filter_cli {
	struct mdl_log_options log;
	const char *name, *branch, *quarantine, *schema_text, *timezone;
	uint64_t max_record, threads;
	int ansi;
	/* what _setup made of them */
	struct mdl_schema *schema; /* NULL without --schema */
	struct mdl_session session;
	struct mdl_filter_opts filter; /* the caller adds side_open and settings */
	bool ran;                      /* _run was called: the loop itself tells of its failures */
};

extern const char *const mdl_filter_cli_on_off[];

/* clang-format off */
#define MDL_OPT_FILTER_SQL(c)                                                                       \
	{MDL_OPT_STRING, 0, "schema", "DDL|FILE.sql", &(c)->schema_text,                            \
	 "columns of the input: 'a INT, b STRING' or FILE.sql[:TABLE]", NULL},                      \
	{MDL_OPT_CHOICE, 0, "ansi", "MODE", &(c)->ansi,                                             \
	 "on or off: Spark's ANSI mode; default: on", mdl_filter_cli_on_off},                       \
	{MDL_OPT_STRING, 0, "timezone", "ZONE", &(c)->timezone,                                     \
	 "the session's time zone; default: UTC", NULL}

#define MDL_OPT_FILTER_THREADS(c)                                                                   \
	{MDL_OPT_UINT, 0, "threads", "N", &(c)->threads,                                            \
	 "read ahead on up to N threads; default: as processors are idle, up to 4", NULL}

#define MDL_OPT_FILTER(c)                                                                           \
	{MDL_OPT_STRING, 0, "quarantine", "DIR", &(c)->quarantine,                                  \
	 "keep rows that fail there; default: the source's, or end the run", NULL},                 \
	{MDL_OPT_SIZE, 0, "max-record", "SIZE", &(c)->max_record,                                   \
	 "longest line; default: 16M", NULL},                                                       \
	{MDL_OPT_STRING, 0, "name", "NAME", &(c)->name,                                             \
	 "name of this stage in the ledger; default: the program's", NULL},                         \
	{MDL_OPT_STRING, 0, "branch", "NAME", &(c)->branch,                                         \
	 "this program is the first of a branch that the source declared", NULL},                   \
	MDL_OPT_LOGGING(&(c)->log)
/* clang-format on */

/* For mdl_command.surplus: who comes from jq or grep names a file. */
#define MDL_FILTER_SURPLUS "records are read from standard input: '<FILE', or 'medal-ingest FILE |'"

/* After the parse: time zone, schema, filter options (standard input to standard output). */
int mdl_filter_cli_setup(struct mdl_filter_cli *c, struct mdl_err *err);
/* MEDAL_DRY_RUN is set, and not to 0: check the pipeline and write nothing. */
bool mdl_filter_cli_dry_run(void);
/* mdl_filter_run with the options. */
int mdl_filter_cli_run(struct mdl_filter_cli *c, const struct mdl_op *op, struct mdl_err *err);
/* TEXT, which is freed, is all that the program says (--describe, --explain). */
int mdl_filter_cli_print(struct mdl_buf *text, struct mdl_err *err);
/* The main() of a filter: parses into C's and the program's own options, calls RUN (the exit status, or -1 with ERR),
 * tells of its error and gives the exit status. If RUN failed before its loop began (its SQL is wrong) and the program
 * stands in a pipeline with a checkpoint, an abort line is sent, so that the tail prints the cause and exits with its
 * status. Frees what _setup made. */
int mdl_filter_cli_main(const struct mdl_command *command, struct mdl_filter_cli *c, int argc, char **argv,
			int (*run)(const struct mdl_opt_list *args, struct mdl_err *err));

#endif
