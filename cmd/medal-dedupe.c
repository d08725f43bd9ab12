/* SPDX-License-Identifier: MIT
 *
 * medal-dedupe: drops records whose key was seen within the watermark. See
 * medal-dedupe(1).
 */
#include <inttypes.h>

#include "base/log.h"
#include "op/dedupe.h"
#include "sink/side_sink.h"
#include "stream/filter_cli.h"

static struct mdl_filter_cli cli;
static struct mdl_dedupe_opts dedupe;
static bool forever;
static int keep;

static const char *const keeps[] = {"first", NULL};

static const struct mdl_opt opts[] = {
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "What is a duplicate:", NULL},
	{MDL_OPT_STRING, 'k', "key", "COLUMNS", &dedupe.keys,
	 "the key: members with commas between, 'userId, device.id'", NULL},
	{MDL_OPT_STRING, 0, "watermark", "EXPR DELAY", &dedupe.watermark,
	 "event time and how late rows may be: 'timestamp_millis(ts) 10 minutes'; default: the schema's",
	 NULL},
	{MDL_OPT_FLAG, 0, "forever", NULL, &forever, "remember every key for ever, instead of a watermark",
	 NULL},
	{MDL_OPT_CHOICE, 0, "keep", "WHICH", &keep, "which row of a key passes: first (default)", keeps},
	{MDL_OPT_SIZE, 0, "max-memory", "SIZE", &dedupe.max_memory_bytes,
	 "memory for keys, at least 16M; more keys go to files; default: no limit", NULL},
	MDL_OPT_FILTER_SQL(&cli),
	{MDL_OPT_HEADING, 0, NULL, NULL, NULL, "Where rows go:", NULL},
	{MDL_OPT_STRING, 0, "duplicates", "DIR", &dedupe.duplicates, "keep duplicates there", NULL},
	{MDL_OPT_STRING, 0, "late", "DIR", &dedupe.late, "keep late rows there", NULL},
	{MDL_OPT_FLAG, 0, "fresh-state", NULL, &dedupe.fresh_state,
	 "leave the state of earlier epochs behind, once", NULL},
	MDL_OPT_FILTER_THREADS(&cli),
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-dedupe",
	.usage = "-k COLUMNS (--watermark 'EXPR DELAY' | --forever) [OPTION...]",
	.summary = "Drop records whose key was seen within the watermark.",
	.opts = opts,
	.max_args = 0,
	.surplus = MDL_FILTER_SURPLUS,
};

enum { LEAST_MEMORY = 16 << 20 };

static void tell(const struct mdl_dedupe *d)
{
	struct mdl_key_set_stats st = mdl_dedupe_memory(d);
	uint64_t keys = st.keys - st.disk_keys;
	if (!st.disk_keys)
		mdl_info("%" PRIu64 " keys in memory, %.1f bytes each", keys,
			 keys ? (double)st.memory_bytes / (double)keys : 0);
	else
		mdl_info("%" PRIu64 " keys in memory, %" PRIu64 " bytes with the filters of the files", keys,
			 st.memory_bytes);
	if (st.disk_keys)
		mdl_info("%" PRIu64 " keys in files, beyond --max-memory: %" PRIu64 " bytes", st.disk_keys,
			 st.disk_bytes);
}

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	(void)args; /* it takes none */
	if (!dedupe.keys)
		return mdl_err_set(err, MDL_TROUBLE,
				   "option --key is missing: which members make a row the same?");
	if (dedupe.max_memory_bytes && dedupe.max_memory_bytes < LEAST_MEMORY)
		return mdl_err_set(err, MDL_TROUBLE,
				   "--max-memory is less than 16M, the least that works well");
	if (mdl_filter_cli_setup(&cli, err))
		return -1;
	if (!dedupe.watermark && !forever && cli.schema)
		dedupe.watermark = mdl_schema_watermark(cli.schema);
	if (!dedupe.watermark == !forever)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"give either --watermark 'EXPR DELAY', or a --schema FILE.sql with a WATERMARK, so that keys can be "
			"forgotten, or --forever");
	cli.filter.side_open = dedupe.side_open = mdl_side_sink_open;
	dedupe.schema = cli.schema;
	dedupe.session = cli.session;
	struct mdl_dedupe *d = mdl_dedupe_new(&dedupe, err);
	if (!d)
		return -1;
	int status = mdl_filter_cli_run(&cli, mdl_dedupe_op(d), err);
	tell(d);
	mdl_dedupe_free(d);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
