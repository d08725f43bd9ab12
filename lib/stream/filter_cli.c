/* SPDX-License-Identifier: MIT
 *
 * The options that all filters share: see filter_cli.h.
 */
#include "stream/filter_cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timezone.h"

const char *const mdl_filter_cli_on_off[] = {"on", "off", NULL};

int mdl_filter_cli_setup(struct mdl_filter_cli *c, struct mdl_err *err)
{
	mdl_log_options(&c->log);
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
					     .in_fd = STDIN_FILENO,
					     .out_fd = STDOUT_FILENO};
	return 0;
}

bool mdl_filter_cli_dry_run(void)
{
	const char *v = getenv("MEDAL_DRY_RUN");
	return v && *v && strcmp(v, "0") != 0;
}

void mdl_filter_cli_free(struct mdl_filter_cli *c)
{
	mdl_schema_free(c->schema);
	c->schema = NULL;
}
