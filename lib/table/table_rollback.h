/* SPDX-License-Identifier: MIT
 *
 * One table back to an earlier epoch: entries of its log and the files that they added.
 * First what is to stay is made readable without the later .compact files, then the
 * entries go, the newest first, and last the files that no entry lists any more. Each
 * step may be repeated after a kill. table/rollback.h calls it for all tables of a
 * checkpoint and keeps everybody else away meanwhile.
 */
#ifndef MDL_TABLE_TABLE_ROLLBACK_H
#define MDL_TABLE_TABLE_ROLLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Can the table DIR go back to epoch TO? LISTED: the ledger of TO knows the table. Refused: no owner, an overwritten table
 * whose epoch TO is gone, files whose epoch cannot be told. */
int mdl_table_rollback_check(const char *dir, int64_t to, bool listed, struct mdl_err *err);
/* Write the entries up to TO that only a later .compact tells. */
int mdl_table_rollback_prepare(const char *dir, int64_t to, struct mdl_err *err);
/* Remove entry EPOCH, which must be the newest. */
int mdl_table_rollback_entry(const char *dir, int64_t epoch, struct mdl_err *err);
/* Remove all entries after TO, then the files part-<epoch>-... of later epochs. *FILES counts them. */
int mdl_table_rollback_sweep(const char *dir, int64_t to, uint64_t *files, struct mdl_err *err);

#endif
