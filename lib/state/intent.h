/* SPDX-License-Identifier: MIT
 *
 * medal/rollback: a rollback has begun. It is written before the first file is touched
 * and removed after the last, so that whoever finds it finishes the rollback or does
 * nothing with the checkpoint.
 */
#ifndef MDL_STATE_INTENT_H
#define MDL_STATE_INTENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mdl_intent {
	int64_t to;   /* the epoch that stays, -1: none does */
	int64_t from; /* the newest epoch that was there */
	char id[33];
	char **tables; /* directories of the tables that go back too */
	size_t ntables, tables_cap;
};

void mdl_intent_add_table(struct mdl_intent *i, const char *dir); /* once each */
void mdl_intent_free(struct mdl_intent *i);
/* CHECKPOINT is the checkpoint's directory. 1 when there is none. */
int mdl_intent_read(const char *checkpoint, struct mdl_intent *i, struct mdl_err *err);
int mdl_intent_write(const char *checkpoint, const struct mdl_intent *i, struct mdl_err *err);
int mdl_intent_remove(const char *checkpoint, struct mdl_err *err);

#endif
