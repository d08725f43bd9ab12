/* SPDX-License-Identifier: MIT
 *
 * What the names of a table's files say: part-<epoch>-<n>.<ext>, and of merged ones (merge.h)
 * part-<first>_<last>-<n>.<ext>. Names that are not medal's say nothing.
 */
#ifndef MDL_TABLE_TABLE_NAME_H
#define MDL_TABLE_TABLE_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* An epoch that the log does not tell: the entry came from a .compact, the log files before it are
 * gone, and the file's name is not one of medal's. */
#define MDL_TABLE_EPOCH_UNKNOWN INT64_C(-1)

/* The epoch in a name that medal gave ("part-42-0.ndjson", "part-42-dedupe-0.ndjson"), the last one of a merged
 * file ("part-30_42-7.ndjson"), else UNKNOWN. *FIRST (may be NULL) is the first one. */
int64_t mdl_table_name_epoch(const char *path, int64_t *first);
/* Is PATH the name of a merged file, be it of files of one epoch? */
bool mdl_table_name_is_merged(const char *path);

#endif
