/* SPDX-License-Identifier: MIT
 *
 * The tail keeps tables of many short epochs small: when a table that its pipeline
 * writes has a thousand small files, a child process merges them (merge.h) while the
 * pipeline goes on. It dies with the tail, which harms nothing. A Spark query that streams
 * from the table would read merged rows again, and nothing tells us of one: so it is the
 * user who asks for it, and is told of it once when there is reason to.
 */
#ifndef MDL_TABLE_AUTO_MERGE_H
#define MDL_TABLE_AUTO_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "state/ledger_file.h"
#include "table/merge_limit.h"

enum { MDL_AUTO_MERGE_AT = 1000 }; /* small files */

enum mdl_auto_merge_mode { MDL_AUTO_MERGE_TELL, MDL_AUTO_MERGE_OFF, MDL_AUTO_MERGE_ON };

struct mdl_auto_merge {
	enum mdl_auto_merge_mode mode;
	mdl_merge_notice_fn *notice;
	struct mdl_auto_merge_table {
		char *dir;
		size_t small,
			next; /* small files, counted on since the log was read; look again when there are NEXT */
		int64_t remove_ms; /* when replaced files may go (CLOCK_MONOTONIC), 0: none wait */
	} * tables;
	size_t n, cap;
	pid_t child; /* 0: none */
	size_t busy; /* index of the table that it works on */
};

/* Epoch L was committed: count its files, and start a merge, or tell of it, where it is time. Never fails. */
void mdl_auto_merge_committed(struct mdl_auto_merge *a, const struct mdl_ledger *l);
/* The pipeline has ended: wait for the child, and free. */
void mdl_auto_merge_end(struct mdl_auto_merge *a);

#endif
