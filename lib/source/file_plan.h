/* SPDX-License-Identifier: MIT
 *
 * What there is to read: the operands of medal-ingest against what the checkpoint has
 * read already, as a queue of file ranges in the order in which an epoch reads them
 * (files by modification time and path, then tables in log order).
 */
#ifndef MDL_SOURCE_FILE_PLAN_H
#define MDL_SOURCE_FILE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "state/positions.h"
#include "state/source_log.h"

/* Something that the user should hear of: a known file that changed, a rotated log. */
typedef void mdl_file_plan_notice_fn(const char *text);

struct mdl_file_plan_opts {
	const char *const *paths; /* files, directories, globs; no "-" */
	size_t npaths;
	const char *path_glob; /* --path-glob: names in directories must match; NULL: all */
	bool recursive;
	bool once; /* nothing is remembered for a later run: no checkpoint */
	bool tail;
	bool allow_overwrites;
	mdl_file_plan_notice_fn *notice;
	/* Called for a table before its log is read, so that nobody takes away what the log lists; may be NULL. */
	int (*met_table)(void *ctx, const char *dir, struct mdl_err *err);
	void *ctx;
};

struct mdl_file_plan {
	struct mdl_positions queue; /* its ranges are the queue, its tables their table indices */
	size_t at;                  /* next range */
	size_t files_seen;          /* by the last refresh */
};

void mdl_file_plan_free(struct mdl_file_plan *p);

/* Look again: put what is new behind the queue, which must be used up. KNOWN holds the files that were read, POS the
 * positions in growing files and tables; both are as of the last range that was taken. */
int mdl_file_plan_refresh(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o,
			  const struct mdl_source_log *known, struct mdl_positions *pos, struct mdl_err *err);

/* The next range, or NULL; valid until the next refresh. */
static inline const struct mdl_file_range *mdl_file_plan_peek(const struct mdl_file_plan *p)
{
	return p->at < p->queue.nranges ? &p->queue.ranges[p->at] : NULL;
}

/* RANGE was read up to END (LINE begins there): update POS. */
int mdl_file_plan_done(struct mdl_file_plan *p, const struct mdl_file_range *range, uint64_t end,
		       uint64_t line, struct mdl_positions *pos, struct mdl_err *err);

#endif
