/* SPDX-License-Identifier: MIT
 *
 * One file from many: their records one after the other, counted and summed.
 */
#ifndef MDL_TABLE_MERGE_WRITE_H
#define MDL_TABLE_MERGE_WRITE_H

#include "base/err.h"
#include "table/merge_record.h"

/* Write the records of the files IN, from the first on, to the file HIDDEN of table DIR, compressed as the name OUT->path
 * says, synced. Rows and sums of IN and OUT are filled, and OUT's size. 1: the CSV files have different headers, and
 * nothing is left. */
int mdl_merge_write(const char *dir, const char *hidden, struct mdl_merge_file *in, size_t n,
		    struct mdl_merge_file *out, struct mdl_err *err);

#endif
