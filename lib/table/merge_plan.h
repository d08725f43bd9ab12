/* SPDX-License-Identifier: MIT
 *
 * Which small files of a table become one: neighbours in the log, of one folder and
 * one kind, so that the rows of a folder keep their order.
 */
#ifndef MDL_TABLE_MERGE_PLAN_H
#define MDL_TABLE_MERGE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "table/table_log.h"

enum { MDL_MERGE_SMALL = 16 << 20 };           /* a file below this is small */
#define MDL_MERGE_TARGET (UINT64_C(128) << 20) /* a merged file ends with the file that takes it there */

/* Files that become one. */
struct mdl_merge_run {
	size_t *files; /* indices into the log's files, ascending */
	size_t n, cap;
	uint64_t bytes;
	int64_t first, last; /* epochs */
	size_t part;         /* so many cuts lie before it */
};

struct mdl_merge_plan {
	struct mdl_merge_run *runs; /* in the order of their last files */
	size_t n, cap;
	size_t nfiles; /* of all runs */
};

/* Files of the newest .compact of LOG whose epochs are all at or before LIMIT. No run has epochs on both sides of the end of
 * one of the NCUTS epochs CUTS (in any order). */
void mdl_merge_plan_make(struct mdl_merge_plan *p, const struct mdl_table_log *log, int64_t limit,
			 const int64_t *cuts, size_t ncuts);
void mdl_merge_plan_free(struct mdl_merge_plan *p);
/* ".ndjson", ".csv.gz" ... at the end of PATH; NULL for files that cannot be joined record by record. */
const char *mdl_merge_plan_extension(const char *path);
/* How many small files LOG has that could be merged if there were no limit. */
size_t mdl_merge_plan_small(const struct mdl_table_log *log);

#endif
