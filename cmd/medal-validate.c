/* SPDX-License-Identifier: MIT
 *
 * medal-validate: each record against a table's columns and expectations. Here:
 * options, the table's definition, and the wiring to the filter loop.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "op/validate.h"
#include "sink/side_sink.h"
#include "stream/filter_cli.h"

static const char *event_log;
static struct mdl_opt_list expectations;
static int mode, evolution;
static struct mdl_filter_cli cli;

static const char *const modes[] = {"permissive", "dropmalformed", "failfast", NULL};
static const char *const evolutions[] = {"none", "rescue", "failOnNewColumns", "addNewColumns", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is valid", NULL},
	{MDL_OPT_LIST, 'e', "expect", "CONSTRAINT", &expectations,
	 "'NAME EXPECT (expr) [ON VIOLATION DROP ROW|FAIL UPDATE]'; may be repeated", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is not", NULL},
	{MDL_OPT_CHOICE, 0, "mode", "MODE", &mode,
	 "without a quarantine: permissive, dropmalformed or failfast; default: permissive", modes},
	{MDL_OPT_CHOICE, 0, "schema-evolution", "MODE", &evolution,
	 "other members: none, rescue or failOnNewColumns; default: none", evolutions},
	{MDL_OPT_STRING, 0, "event-log", "FILE", &event_log, "append the expectations' counts of each epoch",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "The rest", NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-validate",
	.usage = "[OPTION...] [FILE.sql[:TABLE]]",
	.summary = "Check each record against a table's columns and expectations.",
	.opts = opts,
	.max_args = 1,
};

/* The table: the operand's, else --schema's, else one of expectations alone. In cli.schema. */
static int read_table(const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (args->n && cli.schema)
		return mdl_err_set(err, MDL_TROUBLE, "--schema is for where no FILE.sql is given");
	if (!args->n && !cli.schema && !expectations.n)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"there is nothing to check: give FILE.sql, --schema or --expect; try 'medal-validate --help'");
	if (!cli.schema)
		cli.schema = args->n ? mdl_schema_read(args->v[0], err) : mdl_schema_new();
	if (!cli.schema)
		return -1;
	for (size_t i = 0; i < expectations.n; i++)
		if (mdl_schema_expect(cli.schema, expectations.v[i], "--expect", err))
			return -1;
	if (evolution > MDL_EVOLUTION_FAIL)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--schema-evolution addNewColumns is for tables whose columns are inferred, as in Auto Loader; for "
			"declared ones use rescue or failOnNewColumns");
	if (evolution != MDL_EVOLUTION_NONE && !cli.schema->st->ncolumns)
		return mdl_err_set(err, MDL_TROUBLE,
				   "--schema-evolution %s needs the table's columns, and none are declared",
				   evolutions[evolution]);
	return 0;
}

/* What was found, line by line. */
static void report(const struct mdl_validate *v)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *rest = NULL;
	mdl_validate_summary(&text, v);
	mdl_buf_putc(&text, '\0');
	for (char *line = strtok_r(text.p, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		mdl_info("%s", line);
	mdl_buf_free(&text);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct mdl_validate *v = NULL;
	int status = MDL_TROUBLE;
	if (mdl_filter_cli_setup(&cli, err) == 0 && read_table(args, err) == 0) {
		struct mdl_validate_opts o = {
			.schema = cli.schema,
			.session = cli.session,
			.mode = (enum mdl_validate_mode)mode,
			.evolution = (enum mdl_evolution)evolution,
			.event_log = event_log,
		};
		v = mdl_validate_new(&o, err);
	}
	if (v) {
		cli.filter.side_open = mdl_side_sink_open;
		status = mdl_filter_cli_run(&cli, mdl_validate_op(v), err);
	}
	if (status == MDL_OK && mdl_validate_finish(v, err))
		status = (int)err->status;
	if (status == MDL_OK)
		report(v);
	mdl_validate_free(v);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
