/* SPDX-License-Identifier: MIT
 *
 * medal-validate: each record against a table's columns and expectations. Here:
 * options, the table's definition, and the wiring to the filter loop.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/opt.h"
#include "op/infer.h"
#include "op/validate.h"
#include "sink/side_sink.h"
#include "source/table_rows.h"
#include "sql/parse.h"
#include "stream/filter_cli.h"

static const char *event_log;
static struct mdl_opt_list expectations;
static int mode = -1, evolution = -1;
static bool rescued; /* --schema-evolution asks for a _rescued_data */
static uint64_t infer;
static struct mdl_evolve_opts columns;
static const char *dbt_file;
static struct mdl_opt_list tests, tables;
static struct mdl_dbt_tests dbt_tests;
static struct mdl_dbt_opts dbt;
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
	 "other members: none, rescue, failOnNewColumns or addNewColumns; default: none, or addNewColumns where "
	 "columns are inferred",
	 evolutions},
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

/* Are the columns to be inferred? */
static bool inferring(void)
{
	return infer || columns.location || columns.hints || columns.sample || evolution == MDL_EVOLUTION_ADD;
}

/* FILE.sql that --infer is to fill: it need not be there yet, or may be empty (the shell has just made it). */
static bool is_to_be_made(const char *spec)
{
	struct stat st;
	char *path = mdl_strndup(spec, mdl_schema_file_part(spec));
	bool empty = stat(path, &st) ? errno == ENOENT : st.st_size == 0;
	free(path);
	return infer && empty;
}

/* "dir/listen_events.sql" -> "listen_events": what --infer calls a table that no definition names. */
static const char *table_name(const char *spec)
{
	if (!spec)
		return "records";
	size_t n = mdl_schema_file_part(spec);
	if (spec[n])
		return spec + n + 1;
	const char *slash = memrchr(spec, '/', n), *base = slash ? slash + 1 : spec;
	n = strcspn(base, ".");
	return n ? mdl_arena_strndup(&cli.schema->arena, base, n) : "records";
}

/* The word of WORDS that VALUE is, in any case; -1 for none. */
static int choice(const char *const *words, struct mdl_slice value)
{
	for (int i = 0; words[i]; i++)
		if (mdl_slice_eq_nocase(mdl_slice_of(words[i]), value))
			return i;
	return -1;
}

/* What read_files(...) of the definition says, where no option says otherwise. Its schemaLocation is one of Databricks. */
static int take_file_options(struct mdl_err *err)
{
	struct mdl_schema *s = cli.schema;
	const struct mdl_select *q = s->st->select;
	for (size_t i = 0; q && i < q->from.noptions; i++) {
		struct mdl_slice key = q->from.options[i].key, value = q->from.options[i].value;
		bool is_mode = mdl_slice_eq_nocase(key, MDL_SLICE("mode"));
		int *to = is_mode                                                      ? &mode
			  : mdl_slice_eq_nocase(key, MDL_SLICE("schemaEvolutionMode")) ? &evolution
										       : NULL;
		if (to && *to < 0 && (*to = choice(is_mode ? modes : evolutions, value)) < 0)
			return mdl_err_set(err, MDL_TROUBLE, "%s: %.*s => '%.*s' is none that is known",
					   s->source.file, (int)key.n, key.p, (int)value.n, value.p);
		if (!columns.hints && !s->st->ncolumns && mdl_slice_eq_nocase(key, MDL_SLICE("schemaHints")))
			columns.hints = mdl_arena_strndup(&s->arena, value.p, value.n);
		if (!s->st->ncolumns && mdl_slice_eq_nocase(key, MDL_SLICE("schema"))) {
			struct mdl_source *src = mdl_arena_alloc(&s->arena, sizeof(*src));
			*src = (struct mdl_source){"schema of read_files", value};
			if (mdl_parse_columns(&s->arena, src, s->st, err))
				return -1;
		}
	}
	return 0;
}

static int check_evolution(struct mdl_err *err)
{
	if (take_file_options(err))
		return -1;
	if (mode < 0)
		mode = MDL_VALIDATE_PERMISSIVE;
	bool declared = cli.schema->st->ncolumns > 0;
	if (inferring() && declared)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the table's columns are declared, so there are none to infer, as in Auto Loader: take them out of the "
			"definition and give their types as --schema-hints, or use --schema-evolution rescue or "
			"failOnNewColumns");
	if (evolution > MDL_EVOLUTION_NONE && !inferring() && !declared)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--schema-evolution %s needs the table's columns, and none are declared: declare them, or "
			"have them inferred with --schema-location DIR",
			evolutions[evolution]);
	rescued = evolution > MDL_EVOLUTION_NONE;
	if (evolution < 0)
		evolution = inferring() ? MDL_EVOLUTION_ADD : MDL_EVOLUTION_NONE;
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
		cli.schema = args->n && !is_to_be_made(args->v[0]) ? mdl_schema_read(args->v[0], err)
								   : mdl_schema_new();
	if (!cli.schema)
		return -1;
	for (size_t i = 0; i < expectations.n; i++)
		if (mdl_schema_expect(cli.schema, expectations.v[i], "--expect", err))
			return -1;
	columns.schema = cli.schema;
	return check_evolution(err);
}

/* The table's name without its catalog and schema, as dbt would call the model; NULL without one. */
static const char *model_name(void)
{
	struct mdl_slice name = cli.schema->st->name;
	size_t i = name.n;
	while (i && name.p[i - 1] != '.')
		i--;
	return name.n ? mdl_arena_strndup(&cli.schema->arena, name.p + i, name.n - i) : NULL;
}

static int read_tests(struct mdl_err *err)
{
	mdl_dbt_tests_init(&dbt_tests);
	if (dbt_file && mdl_dbt_test_read(&dbt_tests, dbt_file, model_name(), err))
		return -1;
	for (size_t i = 0; i < tests.n; i++)
		if (mdl_dbt_test_add(&dbt_tests, tests.v[i], model_name() ? model_name() : "records", err))
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
		.name = table_name(args->n ? args->v[0] : NULL),
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
			.mode = (enum mdl_validate_mode)mode,
			.evolution = (enum mdl_evolution)evolution,
			.event_log = event_log,
			.infer = inferring() ? &columns : NULL,
			.dbt = dbt_tests.n ? &dbt : NULL,
		};
		v = mdl_validate_new(&o, err);
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
