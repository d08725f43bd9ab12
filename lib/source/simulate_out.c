/* SPDX-License-Identifier: MIT
 *
 * Output of the simulator: see simulate_out.h.
 */
#include "source/simulate_out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/simulate.h"
#include "source/simulate_text.h"

static int file_open(struct mdl_simulate_out *o, struct mdl_err *err)
{
	char number[24] = "";
	const char *sep = "";
	if (o->numbered) {
		snprintf(number, sizeof(number), "%05" PRIu64, o->index);
		sep = "-";
	}
	o->path = mdl_asprintf("%s/%s%s%s%s", o->dir, o->name, sep, number, o->extension);
	o->hidden = mdl_asprintf("%s/.%s%s%s%s.tmp", o->dir, o->name, sep, number, o->extension);
	o->fd = open(o->hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (o->fd < 0)
		return mdl_err_sys(err, "cannot create %s", o->hidden);
	return 0;
}

static int file_close(struct mdl_simulate_out *o, struct mdl_err *err)
{
	int fd = o->fd;
	o->fd = -1;
	if (close(fd) < 0)
		return mdl_err_sys(err, "cannot close %s", o->dir ? o->hidden : "standard output");
	if (!o->dir)
		return 0;
	if (rename(o->hidden, o->path) < 0)
		return mdl_err_sys(err, "cannot rename %s to %s", o->hidden, o->path);
	free(o->hidden);
	free(o->path);
	o->hidden = o->path = NULL;
	return 0;
}

int mdl_simulate_out_open(struct mdl_simulate_out *o, const char *dir, const char *name,
			  const char *extension, bool numbered, struct mdl_err *err)
{
	*o = (struct mdl_simulate_out){
		.fd = -1, .dir = dir, .name = name, .extension = extension, .numbered = numbered};
	o->buf = mdl_alloc(MDL_SIMULATE_OUT_HISTORY + MDL_SIMULATE_OUT_BLOCK + MDL_SIMULATE_ROW_MAX +
			   MDL_SIMULATE_TEXT_SLACK);
	if (dir)
		return file_open(o, err);
	o->fd = STDOUT_FILENO;
#ifdef F_SETPIPE_SZ
	/* fewer wake-ups between the processes of a pipeline; what is no pipe refuses, which is fine */
	(void)fcntl(o->fd, F_SETPIPE_SZ, MDL_SIMULATE_OUT_BLOCK);
#endif
	return 0;
}

int mdl_simulate_out_flush(struct mdl_simulate_out *o, struct mdl_err *err)
{
	if (o->n > o->sent && mdl_write_all(o->fd, o->buf + o->sent, o->n - o->sent) < 0)
		return mdl_err_sys(err, "cannot write to %s", o->dir ? o->hidden : "standard output");
	o->sent = o->n;
	if (o->n >= MDL_SIMULATE_OUT_BLOCK) {
		size_t gone = o->n - MDL_SIMULATE_OUT_HISTORY;
		memmove(o->buf, o->buf + gone, MDL_SIMULATE_OUT_HISTORY);
		o->base += gone;
		o->n = o->sent = MDL_SIMULATE_OUT_HISTORY;
	}
	return 0;
}

int mdl_simulate_out_cut(struct mdl_simulate_out *o, struct mdl_err *err)
{
	if (mdl_simulate_out_flush(o, err) < 0 || file_close(o, err) < 0)
		return -1;
	o->index++;
	return file_open(o, err);
}

int mdl_simulate_out_finish(struct mdl_simulate_out *o, struct mdl_err *err)
{
	if (mdl_simulate_out_flush(o, err) < 0)
		return -1;
	return file_close(o, err);
}

void mdl_simulate_out_free(struct mdl_simulate_out *o)
{
	if (o->dir && o->fd >= 0)
		close(o->fd);
	if (o->hidden)
		unlink(o->hidden);
	free(o->hidden);
	free(o->path);
	free(o->buf);
	*o = (struct mdl_simulate_out){.fd = -1};
}
