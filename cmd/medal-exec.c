/* SPDX-License-Identifier: MIT
 *
 * medal-exec: runs a foreign filter inside of a pipeline. See medal-exec(1).
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "op/exec.h"
#include "sink/side_sink.h"
#include "stream/filter_cli.h"

static struct mdl_filter_cli cli = {.timezone = "UTC"};
static const char *ok;

static const struct mdl_opt opts[] = {
	{MDL_OPT_STRING, 0, "ok", "STATUS,...", &ok, "exit statuses of COMMAND that are well; default: 0",
	 NULL},
	MDL_OPT_FILTER(&cli),
	{MDL_OPT_END, 0, NULL, NULL, NULL, NULL, NULL},
};

static const struct mdl_command command = {
	.name = "medal-exec",
	.usage = "[OPTION...] COMMAND [ARG...]",
	.summary = "Run a filter that is not medal's inside of a pipeline, once for each epoch.",
	.opts = opts,
	.min_args = 1,
	.max_args = SIZE_MAX,
	.stop_at_operand = true,
};

static int run(const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (mdl_filter_cli_setup(&cli, err))
		return -1;
	cli.filter.side_open = mdl_side_sink_open;
	char **argv = mdl_array(args->n + 1, sizeof(*argv));
	for (size_t i = 0; i < args->n; i++)
		argv[i] = (char *)(uintptr_t)args->v[i];
	argv[args->n] = NULL;
	struct mdl_exec_opts o = {.argv = argv, .ok = ok, .max_record = cli.max_record};
	struct mdl_exec *x = mdl_exec_new(&o, err);
	int status = x ? mdl_filter_cli_run(&cli, mdl_exec_op(x), err) : -1;
	if (x)
		mdl_exec_free(x);
	free(argv);
	return status;
}

int main(int argc, char **argv)
{
	return mdl_filter_cli_main(&command, &cli, argc, argv, run);
}
