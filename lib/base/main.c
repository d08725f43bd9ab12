/* SPDX-License-Identifier: MIT
 *
 * The frame of every main(): see main.h.
 */
#include "base/main.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"

int mdl_main_begin(struct mdl_main *p, const struct mdl_command *command, const struct mdl_log_options *log,
		   int argc, char **argv)
{
	memset(p, 0, sizeof(*p));
	mdl_standard_descriptors();
	mdl_log_init(command->name);
	mdl_file_limit_fails();
	int r = mdl_opt_parse(command, argc, argv, &p->args, &p->err);
	mdl_log_options(log);
	return r;
}

int mdl_main_end(struct mdl_main *p, int status)
{
	if (status < 0)
		status = (int)p->err.status;
	if (status == MDL_READER_GONE)
		raise(SIGPIPE);
	if (status && p->err.msg[0])
		mdl_error("%s", p->err.msg);
	free(p->args.v);
	p->args = (struct mdl_opt_list){0};
	return status;
}

int mdl_main_run(const struct mdl_command *command, const struct mdl_log_options *log, int argc, char **argv,
		 int (*run)(const struct mdl_opt_list *args, int *sig, struct mdl_err *err))
{
	struct mdl_main p;
	int sig = 0, r = mdl_main_begin(&p, command, log, argc, argv);
	int status = mdl_main_end(&p, r == MDL_OPT_RUN        ? run(&p.args, &sig, &p.err)
				      : r == MDL_OPT_ANSWERED ? MDL_OK
							      : -1);
	if (sig) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	return status;
}
