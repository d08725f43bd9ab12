/* SPDX-License-Identifier: MIT
 *
 * Fan-out: see branch_mark.h.
 */
#include "state/branch_mark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

static char *mark_path(const struct mdl_begin *b, const char *branch)
{
	return mdl_asprintf("%s/medal/run/%s.d/%" PRIu64 ".%s", b->checkpoint, b->run, b->epoch, branch);
}

int mdl_branch_mark_put(const struct mdl_begin *b, const struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *path = mark_path(b, b->branch), *tmp = mdl_asprintf("%s.tmp", path);
	mdl_barrier_format(&text, bar);
	/* no sync: a mark that a power cut takes was of a run that it took, too */
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), r = 0;
	if (fd < 0 || mdl_write_all(fd, text.p, text.n))
		r = mdl_err_sys(err, "writing %s", tmp);
	if (fd >= 0 && close(fd) && !r)
		r = mdl_err_sys(err, "writing %s", tmp);
	if (!r && rename(tmp, path))
		r = mdl_err_sys(err, "renaming %s", tmp);
	free(tmp);
	free(path);
	mdl_buf_free(&text);
	return r;
}

static bool has_stage(const struct mdl_barrier *bar, const char *name)
{
	for (size_t i = 0; i < bar->nstages; i++)
		if (strcmp(bar->stages[i].stage, name) == 0)
			return true;
	return false;
}

static void take_in(struct mdl_barrier *all, struct mdl_barrier *bar)
{
	if (!all->nstages) {
		*all = *bar;
		memset(bar, 0, sizeof(*bar));
		return;
	}
	if (bar->has_next_watermark) {
		if (!all->has_next_watermark || bar->next_watermark_ms < all->next_watermark_ms)
			all->next_watermark_ms = bar->next_watermark_ms;
		all->has_next_watermark = true;
	}
	all->want_no_data |= bar->want_no_data;
	for (size_t i = 0; i < bar->nstages; i++)
		if (!has_stage(all, bar->stages[i].stage))
			mdl_barrier_add_books(all, &bar->stages[i]);
}

static int take_mark(const struct mdl_begin *b, const char *branch, struct mdl_barrier *all,
		     struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_control c = {0};
	char *path = mark_path(b, branch);
	int r = mdl_file_read(path, &text, err);
	if (r == 0) {
		struct mdl_slice line = mdl_buf_slice(&text);
		line.n -= line.n && line.p[line.n - 1] == '\n';
		r = mdl_control_parse(line, &c, err);
		if (r)
			mdl_err_wrap(err, "%s", path);
		else
			take_in(all, &c.barrier);
		mdl_control_free(&c);
	}
	free(path);
	mdl_buf_free(&text);
	return r;
}

int mdl_branch_mark_all(const struct mdl_begin *b, struct mdl_barrier *all, struct mdl_err *err)
{
	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < b->nbranches; i++) {
		int r = take_mark(b, b->branches[i], all, err);
		if (r) {
			mdl_barrier_free(all);
			return r < 0 ? -1 : 0;
		}
	}
	return 1;
}

char *mdl_branch_mark_missing(const struct mdl_begin *b, uint64_t epoch)
{
	struct mdl_begin at = *b;
	struct mdl_buf names = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	at.epoch = epoch;
	for (size_t i = 0; i < b->nbranches; i++) {
		char *path = mark_path(&at, b->branches[i]);
		if (access(path, F_OK) != 0)
			mdl_buf_printf(&names, "%s%s", names.n ? ", " : "", b->branches[i]);
		free(path);
	}
	char *text = mdl_strdup(mdl_buf_cstr(&names));
	mdl_buf_free(&names);
	return text;
}

void mdl_branch_mark_clear(const struct mdl_begin *b)
{
	for (size_t i = 0; i < b->nbranches; i++) {
		char *path = mark_path(b, b->branches[i]);
		unlink(path);
		free(path);
	}
}
