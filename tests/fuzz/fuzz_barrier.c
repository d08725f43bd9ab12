/* SPDX-License-Identifier: MIT
 *
 * Control lines of foreign bytes: parsed or refused with a message, and what was
 * parsed keeps its meaning when it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "stream/barrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void format(struct mdl_buf *out, const struct mdl_control *c)
{
	switch (c->kind) {
	case MDL_CONTROL_BEGIN:
		mdl_begin_format(out, &c->begin);
		break;
	case MDL_CONTROL_BARRIER:
		mdl_barrier_format(out, &c->barrier);
		break;
	case MDL_CONTROL_ABORT:
		mdl_abort_format(out, c->run, c->stage, c->status, c->message);
		break;
	case MDL_CONTROL_END:
		mdl_end_format(out, c->run, c->signal);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_slice line = {size ? (const char *)data : "", size};
	struct mdl_control first, second;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf a = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (!mdl_control_is(line))
		return 0;
	if (mdl_control_parse(line, &first, &err) != 0) {
		if (!err.msg[0])
			mdl_bug("refused without a message");
		return 0;
	}
	format(&a, &first);
	if (a.n < 2 || a.p[a.n - 1] != '\n' || memchr(a.p, '\n', a.n - 1))
		mdl_bug("a control line is not one line");
	if (mdl_control_parse((struct mdl_slice){a.p, a.n - 1}, &second, &err) != 0)
		mdl_bug("does not read what it wrote: %s", err.msg);
	format(&b, &second);
	if (!mdl_slice_eq(mdl_buf_slice(&a), mdl_buf_slice(&b)))
		mdl_bug("writes another line the second time");
	mdl_control_free(&first);
	mdl_control_free(&second);
	mdl_buf_free(&a);
	mdl_buf_free(&b);
	return 0;
}
