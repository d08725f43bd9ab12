/* SPDX-License-Identifier: MIT
 *
 * Where simulated rows go: standard output or a run of files that appear under
 * their names when they are whole. The last bytes written stay readable, for
 * duplicates are copied from there.
 */
#ifndef MDL_SOURCE_SIMULATE_OUT_H
#define MDL_SOURCE_SIMULATE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	MDL_SIMULATE_OUT_BLOCK = 1 << 20,
	MDL_SIMULATE_OUT_HISTORY = 1 << 18, /* bytes that stay readable */
};

struct mdl_simulate_out {
	int fd;
	char *buf;
	size_t n, sent;                     /* bytes in buf; of these written out already */
	uint64_t base;                      /* position in the stream of buf[0] */
	const char *dir, *name, *extension; /* dir NULL: standard output */
	bool numbered;
	uint64_t index;      /* of the present file */
	char *hidden, *path; /* of the present file, while it is open */
};

/* Opens the first file. The strings must stay valid. */
int mdl_simulate_out_open(struct mdl_simulate_out *o, const char *dir, const char *name,
			  const char *extension, bool numbered, struct mdl_err *err);
/* Write what waits. */
int mdl_simulate_out_flush(struct mdl_simulate_out *o, struct mdl_err *err);
/* End the present file and go on in the next. */
int mdl_simulate_out_cut(struct mdl_simulate_out *o, struct mdl_err *err);
/* Flush and close; the last file gets its name. */
int mdl_simulate_out_finish(struct mdl_simulate_out *o, struct mdl_err *err);
/* Free; a file that is not finished is removed. */
void mdl_simulate_out_free(struct mdl_simulate_out *o);

/* Where the next row goes; there is always room for one row and the slack behind it. */
static inline char *mdl_simulate_out_at(const struct mdl_simulate_out *o)
{
	return o->buf + o->n;
}

/* The row ends at END. */
static inline int mdl_simulate_out_add(struct mdl_simulate_out *o, const char *end, struct mdl_err *err)
{
	o->n = (size_t)(end - o->buf);
	/* After a flush before its time (a cut) more than the history stands before what waits. */
	return o->n - o->sent >= MDL_SIMULATE_OUT_BLOCK ||
			       o->n >= MDL_SIMULATE_OUT_HISTORY + MDL_SIMULATE_OUT_BLOCK
		       ? mdl_simulate_out_flush(o, err)
		       : 0;
}

static inline uint64_t mdl_simulate_out_position(const struct mdl_simulate_out *o)
{
	return o->base + o->n;
}

/* The bytes at POSITION, or NULL when they are too far back; valid until the next add. The answer
 * does not depend on when the output was flushed. */
static inline const char *mdl_simulate_out_back(const struct mdl_simulate_out *o, uint64_t position)
{
	if (position + MDL_SIMULATE_OUT_HISTORY < mdl_simulate_out_position(o))
		return NULL;
	return o->buf + (position - o->base);
}

#endif
