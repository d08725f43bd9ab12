/* SPDX-License-Identifier: MIT
 *
 * Spark's numbered logs: a directory of files named by epoch in decimal without
 * padding (offsets/N, commits/N), and medal's own beside them (ledger/N). Every name
 * that is not such a number is not an entry: Spark's rule, which also keeps ".7.crc",
 * "7.tmp" and "07" out.
 */
#ifndef MDL_STATE_EPOCH_LOG_H
#define MDL_STATE_EPOCH_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct mdl_epoch_list {
	int64_t *v; /* ascending */
	size_t n, cap;
};

/* The epochs in DIR; a missing directory has none. Free with mdl_epoch_list_free. */
int mdl_epoch_log_list(const char *dir, struct mdl_epoch_list *list, struct mdl_err *err);
void mdl_epoch_list_free(struct mdl_epoch_list *list);
/* The greatest, -1 for none. */
int64_t mdl_epoch_list_last(const struct mdl_epoch_list *list);

/* NAME as an epoch number, -1 when it is none. */
int64_t mdl_epoch_of_name(const char *name);

/* Append the content of DIR/N to OUT. 1 when it is not there. */
int mdl_epoch_log_read(const char *dir, int64_t n, struct mdl_buf *out, struct mdl_err *err);
/* Put-if-absent; *created is false when it was there. HELD: see mdl_file_create_held. Also removes a stale ".N.crc". */
int mdl_epoch_log_create(const char *dir, int64_t n, struct mdl_slice content, int held, bool *created,
			 struct mdl_err *err);
/* Remove DIR/N with its .N.crc; missing is fine. */
int mdl_epoch_log_remove(const char *dir, int64_t n, struct mdl_err *err);

#endif
