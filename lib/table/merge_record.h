/* SPDX-License-Identifier: MIT
 *
 * _medal_merged in a table: what was merged into what (merge.h). It is the plan that a
 * killed merge is finished or undone by, the list of replaced files that still stand
 * for those who read them, and the proof for the ledgers that name such files. Its
 * text: medal-checkpoint(5).
 */
#ifndef MDL_TABLE_MERGE_RECORD_H
#define MDL_TABLE_MERGE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/ledger.h"

#define MDL_MERGE_RECORD_FILE "_medal_merged"

/* A file that was merged, or that is the result. */
struct mdl_merge_file {
	char *path; /* relative to the table */
	int64_t epoch;
	uint64_t size, rows;
	struct mdl_sum sum; /* of its lines, as in the ledger */
};

struct mdl_merge_files {
	struct mdl_merge_file *v;
	size_t n, cap;
};

/* One merge. */
struct mdl_merge {
	int64_t last;     /* the newest epoch that it merged */
	int64_t shown_ms; /* when the log listed OUT instead of IN; -1: not yet */
	bool removed;     /* the files IN are gone */
	bool partial;     /* IN was cut: ledgers that named the others are not kept any more */
	struct mdl_merge_files in, out;
};

struct mdl_merge_record {
	uint64_t next; /* number of the next merged file: no name is ever given twice */
	struct mdl_merge *merges;
	size_t n, cap;
};

/* DIR is the table. A missing record is an empty one. */
int mdl_merge_record_read(struct mdl_merge_record *r, const char *dir, struct mdl_err *err);
/* Replaced as a whole; durable on return. */
int mdl_merge_record_write(const struct mdl_merge_record *r, const char *dir, struct mdl_err *err);
void mdl_merge_record_free(struct mdl_merge_record *r);

struct mdl_merge *mdl_merge_record_add(struct mdl_merge_record *r);
void mdl_merge_record_drop(struct mdl_merge_record *r, size_t i);
/* PATH is copied. */
struct mdl_merge_file *mdl_merge_files_add(struct mdl_merge_files *f, const char *path, int64_t epoch);
void mdl_merge_files_free(struct mdl_merge_files *f);

/* The entry of PATH as a merged (IN) or a resulting (OUT) file of a merge that was shown, or NULL. */
const struct mdl_merge_file *mdl_merge_record_in(const struct mdl_merge_record *r, const char *path);
const struct mdl_merge_file *mdl_merge_record_out(const struct mdl_merge_record *r, const char *path);

#endif
