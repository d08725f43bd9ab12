/* SPDX-License-Identifier: MIT
 *
 * medal-validate: each record against a table's columns and expectations. Here:
 * options, the table's definition, and the wiring to the filter loop.
 */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "op/definition.h"
#include "op/infer.h"
#include "op/validate.h"
#include "sink/side_sink.h"
#include "source/table_rows.h"
#include "stream/filter_cli.h"

static const char *event_log;
static struct mdl_opt_list expectations;
static struct mdl_definition_reading reading = {.mode = -1, .evolution = -1};
static bool explain;
static bool rescued; /* --schema-evolution asks for a _rescued_data */
static uint64_t infer;
static struct mdl_evolve_opts columns;
static const char *dbt_file;
static struct mdl_opt_list tests, tables;
static struct mdl_dbt_tests dbt_tests;
static struct mdl_dbt_opts dbt;
static struct mdl_filter_cli cli;

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is valid", NULL},
	{MDL_OPT_LIST, 'e', "expect", "CONSTRAINT", &expectations,
	 "'NAME EXPECT (expr) [ON VIOLATION DROP ROW|FAIL UPDATE]'; may be repeated", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_FLAG, 0, "explain", NULL, &explain, "print the compiled program of the expectations and end",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is not", NULL},
	{MDL_OPT_CHOICE, 0, "mode", "MODE", &reading.mode,
	 "without a quarantine: permissive, dropmalformed or failfast; default: permissive",
	 mdl_definition_modes},
	{MDL_OPT_CHOICE, 0, "schema-evolution", "MODE", &reading.evolution,
	 "other members: none, rescue, failOnNewColumns or addNewColumns; default: none, or addNewColumns where "
	 "columns are inferred",
	 mdl_definition_evolutions},
	{MDL_OPT_STRING, 0, "event-log", "FILE", &event_log, "append the expectations' counts of each epoch",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Columns that are not declared", NULL},
	{MDL_OPT_UINT, 0, "infer", "N", &infer,
	 "print the definition that the first N records tell, for FILE.sql, and end", NULL},
	{MDL_OPT_STRING, 0, "schema-location", "DIR", &columns.location,
	 "infer the columns and keep them in DIR/_schemas; default: the checkpoint", NULL},
	{MDL_OPT_STRING, 0, "schema-hints", "DDL", &columns.hints,
	 "types that are known: 'a INT, s.b DATE, tags.element BIGINT'", NULL},
	{MDL_OPT_UINT, 0, "schema-sample", "N", &columns.sample, "records to infer from; default: 1000",
	 NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "dbt's tests, of the rows that pass", NULL},
	{MDL_OPT_STRING, 0, "dbt-tests", "FILE", &dbt_file,
	 "the generic tests of a model in dbt's schema file: FILE.yml or FILE.yml:MODEL", NULL},
	{MDL_OPT_LIST, 0, "test", "TEST", &tests, "one as dbt writes it: 'id: unique'; may be repeated",
	 NULL},
	{MDL_OPT_LIST, 0, "table", "NAME=PATH", &tables,
	 "where relationships finds a parent: a table or file; may be repeated", NULL},
	{MDL_OPT_STRING, 0, "run-results", "FILE", &dbt.run_results, "write dbt's run_results.json", NULL},
	{MDL_OPT_STRING, 0, "store-failures", "DIR", &dbt.failures, "a file of failures for each test", NULL},
	{MDL_OPT_SIZE, 0, "max-memory", "SIZE", &dbt.max_memory_bytes,
	 "of the values that tests have seen; more go to files; default: no limit", NULL},
	{MDL_OPT_FLAG, 0, "fresh-state", NULL, &dbt.fresh_state,
	 "leave what tests have seen in earlier epochs behind, once", NULL},
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "The rest", NULL},
	MDL_OPT_FILTER_THREADS(&cli),
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-validate",
	.usage = "[OPTION...] [FILE.sql[:TABLE]]",
	.summary = "Check each record against a table's columns and expectations.",
	.opts = opts,
	.max_args = 1,
	.surplus = MDL_FILTER_SURPLUS,
};

/* Are the columns to be inferred? */
static bool inferring(void)
{
	return infer || columns.location || columns.hints || columns.sample ||
	       reading.evolution == MDL_EVOLUTION_ADD;
}

static int check_evolution(struct mdl_err *err)
{
	reading.hints = columns.hints;
	if (mdl_definition_read(&reading, cli.schema, err))
		return -1;
	columns.hints = reading.hints;
	if (reading.mode < 0)
		reading.mode = MDL_VALIDATE_PERMISSIVE;
	bool declared = cli.schema->st->ncolumns > 0;
	if (inferring() && declared)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the table's columns are declared, so there are none to infer, as in Auto Loader: take them out of the "
			"definition and give their types as --schema-hints, or use --schema-evolution rescue or "
			"failOnNewColumns");
	if (reading.evolution > MDL_EVOLUTION_NONE && !inferring() && !declared)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--schema-evolution %s needs the table's columns, and none are declared: declare them, or "
			"have them inferred with --schema-location DIR",
			mdl_definition_evolutions[reading.evolution]);
	rescued = reading.evolution > MDL_EVOLUTION_NONE;
	if (reading.evolution < 0)
		reading.evolution = inferring() ? MDL_EVOLUTION_ADD : MDL_EVOLUTION_NONE;
	return 0;
}

/* The table: the operand's, else --schema's, else one of expectations alone. In cli.schema. */
static int read_table(const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (args->n && cli.schema)
		return mdl_err_set(err, MDL_TROUBLE, "--schema is for where no FILE.sql is given");
	if (!args->n && !cli.schema && !expectations.n && !inferring() && !dbt_file && !tests.n)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"there is nothing to check: give FILE.sql, --schema, --expect or --test; try 'medal-validate --help'");
	if (!cli.schema)
		cli.schema = args->n && !(infer && mdl_definition_is_to_be_made(args->v[0]))
				     ? mdl_schema_read(args->v[0], err)
				     : mdl_schema_new();
	if (!cli.schema)
		return -1;
	for (size_t i = 0; i < expectations.n; i++)
		if (mdl_schema_expect(cli.schema, expectations.v[i], "--expect", err))
			return -1;
	columns.schema = cli.schema;
	return check_evolution(err);
}

static int read_tests(struct mdl_err *err)
{
	const char *model = mdl_definition_model(cli.schema);
	mdl_dbt_tests_init(&dbt_tests);
	if (dbt_file && mdl_dbt_test_read(&dbt_tests, dbt_file, model, err))
		return -1;
	for (size_t i = 0; i < tests.n; i++)
		if (mdl_dbt_test_add(&dbt_tests, tests.v[i], model ? model : "records", err))
			return -1;
	dbt.tests = &dbt_tests;
	dbt.tables = tables.v;
	dbt.ntables = tables.n;
	dbt.read = mdl_table_rows_read;
	if (!dbt_tests.n &&
	    (tables.n || dbt.run_results || dbt.failures || dbt.max_memory_bytes || dbt.fresh_state))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--table, --run-results, --store-failures, --max-memory and --fresh-state are for tests: give --dbt-tests or "
			"--test");
	return 0;
}

/* In dbt's words. */
static void tell_test(const char *test, const char *status, const char *message)
{
	if (!message)
		mdl_info("test %s: pass", test);
	else if (strcmp(status, "warn") == 0 || strcmp(status, "skipped") == 0)
		mdl_warning("test %s: %s%s", test, strcmp(status, "warn") ? "skipped: " : "", message);
	else
		mdl_error("test %s: %s", test, message);
}

/* --infer: the definition instead of the records. */
static int print_definition(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct mdl_infer_opts o = {
		.columns = columns,
		.name = mdl_definition_name_of(&cli.schema->arena, args->n ? args->v[0] : NULL),
		.rescued = rescued,
	};
	uint64_t records, corrupt;
	o.columns.sample = infer;
	struct mdl_infer *x = mdl_infer_new(&o, err);
	int status = x ? mdl_filter_cli_run(&cli, mdl_infer_op(x), err) : MDL_TROUBLE;
	if (x && status == MDL_OK) {
		mdl_infer_counts(x, &records, &corrupt);
		mdl_info("%" PRIu64 " records looked at", records);
		if (corrupt)
			mdl_warning("lines that are no records, and were left out: %" PRIu64, corrupt);
	}
	mdl_infer_free(x);
	return status;
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

/* --explain. */
static int print_program(const struct mdl_validate *v, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_validate_explain(&text, v);
	return mdl_filter_cli_print(&text, err);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	struct mdl_validate *v = NULL;
	int status = MDL_TROUBLE;
	bool ready =
		mdl_filter_cli_setup(&cli, err) == 0 && read_table(args, err) == 0 && read_tests(err) == 0;
	if (ready && infer)
		return print_definition(args, err);
	if (ready) {
		struct mdl_validate_opts o = {
			.schema = cli.schema,
			.session = cli.session,
			.mode = (enum mdl_validate_mode)reading.mode,
			.evolution = (enum mdl_evolution)reading.evolution,
			.event_log = event_log,
			.infer = inferring() ? &columns : NULL,
			.dbt = dbt_tests.n ? &dbt : NULL,
		};
		v = mdl_validate_new(&o, err);
	}
	if (v && explain) {
		status = print_program(v, err);
		mdl_validate_free(v);
		mdl_dbt_tests_free(&dbt_tests);
		return status;
	}
	if (v) {
		cli.filter.side_open = mdl_side_sink_open;
		status = mdl_filter_cli_run(&cli, mdl_validate_op(v), err);
	}
	if (status == MDL_OK && mdl_validate_finish(v, err))
		status = (int)err->status;
	if (status == MDL_OK) {
		report(v);
		if (dbt_tests.n) {
			mdl_dbt_check_tell(mdl_validate_tests(v), tell_test);
			status = mdl_dbt_check_failed(mdl_validate_tests(v)) ? MDL_NO : MDL_OK;
		}
	}
	mdl_validate_free(v);
	mdl_dbt_tests_free(&dbt_tests);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
