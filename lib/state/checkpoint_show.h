/* SPDX-License-Identifier: MIT
 *
 * A checkpoint in words for a person, or as JSON: where it stands, and the books of its epochs.
 */
#ifndef MDL_STATE_CHECKPOINT_SHOW_H
#define MDL_STATE_CHECKPOINT_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct mdl_checkpoint_show_opts {
	bool json;     /* an object for each epoch that was decided, and nothing else */
	bool summary;  /* instead of the epochs the books of all that are kept, added up by stage */
	uint64_t last; /* so many epochs, the newest; 0: all */
};

/* Append to OUT; what could be read stands there after a failure, too. */
int mdl_checkpoint_show(const char *dir, const struct mdl_checkpoint_show_opts *o, struct mdl_buf *out,
			struct mdl_err *err);

#endif
