/* SPDX-License-Identifier: MIT
 *
 * The options that all filters share: see filter_cli.h.
 */
#include "stream/filter_cli.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/main.h"
#include "base/timezone.h"
#include "stream/barrier.h"
#include "stream/run.h"

const char *const mdl_filter_cli_on_off[] = {"on", "off", NULL};

int mdl_filter_cli_setup(struct mdl_filter_cli *c, struct mdl_err *err)
{
	if (c->name && mdl_run_check_name(c->name, err))
		return -1;
	if (!c->timezone)
		c->timezone = "UTC";
	if (!mdl_zone_find(mdl_slice_of(c->timezone)))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"option --timezone: '%s' is no time zone; give a region (Europe/Berlin) or an offset (+02:00)",
			c->timezone);
	c->session = (struct mdl_session){.ansi = c->ansi == 0, .timezone = c->timezone};
	if (c->schema_text && !(c->schema = mdl_schema_option(c->schema_text, err)))
		return -1;
	c->filter = (struct mdl_filter_opts){.name = c->name,
					     .branch = c->branch,
					     .quarantine = c->quarantine,
					     .max_record_bytes = c->max_record,
					     .threads = c->threads,
					     .in_fd = STDIN_FILENO,
					     .out_fd = STDOUT_FILENO};
	return 0;
}

bool mdl_filter_cli_dry_run(void)
{
	const char *v = getenv("MEDAL_DRY_RUN");
	return v && *v && strcmp(v, "0") != 0;
}

enum { MANY_LINES = 100000 };

int mdl_filter_cli_run(struct mdl_filter_cli *c, const struct mdl_op *op, struct mdl_err *err)
{
	c->ran = true;
	int status = mdl_filter_run(op, &c->filter, err);
	const struct mdl_scan *scan = op->scan ? *op->scan : NULL;
	uint64_t lines = scan ? mdl_scan_lines(scan) : 0;
	/* A large share is slow: members in another order each time, arrays that change in length. The first lines are,
	 * too, and say nothing. */
	if (lines >= MANY_LINES)
		mdl_info("%" PRIu64 " lines scanned, %.2f %% of them by the exact scanner", lines,
			 100.0 * (double)mdl_scan_slow_lines(scan) / (double)lines);
	return status;
}

int mdl_filter_cli_print(struct mdl_buf *text, struct mdl_err *err)
{
	int r = mdl_write_all(STDOUT_FILENO, text->p, text->n)
			? mdl_err_sys(err, "writing to standard output")
			: 0;
	mdl_buf_free(text);
	return r;
}

/* Does standard input, a pipe, begin with a control line? It is given a second to begin at all. */
static bool control_line_comes(void)
{
	static const char start[] = "{\"_medal\":\"";
	char buf[sizeof(start) - 1];
	size_t have = 0;
	struct pollfd p = {STDIN_FILENO, POLLIN, 0};
	struct stat st;
	if (fstat(STDIN_FILENO, &st) || !S_ISFIFO(st.st_mode))
		return false;
	while (have < sizeof(buf) && poll(&p, 1, 1000) > 0) {
		ssize_t n = mdl_read(STDIN_FILENO, buf + have, sizeof(buf) - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return have == sizeof(buf) && memcmp(buf, start, sizeof(buf)) == 0;
}

static void refuse(const struct mdl_filter_cli *c, const char *program, const struct mdl_err *err)
{
	if (c->ran || !err->status || !control_line_comes())
		return;
	struct mdl_buf line = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	const char *dash = strchr(program, '-');
	mdl_abort_format(&line, "",
			 c->name ? c->name
			 : dash  ? dash + 1
				 : program,
			 (int)err->status, err->msg);
	(void)mdl_write_all(STDOUT_FILENO, line.p, line.n);
	mdl_buf_free(&line);
}

int mdl_filter_cli_main(const struct mdl_command *command, struct mdl_filter_cli *c, int argc, char **argv,
			int (*run)(const struct mdl_opt_list *args, struct mdl_err *err))
{
	struct mdl_main p;
	int status = mdl_main_begin(&p, command, &c->log, argc, argv);
	if (status == MDL_OPT_RUN)
		status = run(&p.args, &p.err);
	else if (status == MDL_OPT_ANSWERED)
		status = MDL_OK;
	status = mdl_main_end(&p, status);
	refuse(c, command->name, &p.err);
	mdl_schema_free(c->schema);
	c->schema = NULL;
	return status;
}
