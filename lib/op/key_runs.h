/* SPDX-License-Identifier: MIT
 *
 * The part of a key_set that is on disk: runs, each a file of keys in order of their
 * place. The files have no names, so that nothing is left of them when the process dies:
 * what must survive is in the state store. A Bloom filter for each run answers most
 * questions about new keys; else one page is read. When there are many runs of a size
 * they are merged. Filters and buffers stay within the memory that was granted: when
 * there are too many keys for it the filters become coarser and at last are left out.
 */
#ifndef MDL_OP_KEY_RUNS_H
#define MDL_OP_KEY_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "op/key_table.h"

struct mdl_key_run {
	int fd;
	uint64_t n;            /* keys */
	int64_t max_expiry_ms; /* of all */
	uint64_t *fences;      /* the first place of each page */
	uint32_t *bloom;       /* lines of 16 words; NULL: none */
	uint64_t lines;
	unsigned level; /* how often its keys were merged */
};

struct mdl_key_runs {
	struct mdl_key_run *v; /* oldest first: a key's newest entry counts */
	size_t n, cap;
	char *dir;
	uint64_t limit_bytes; /* for filters and fences */
	uint64_t bytes;       /* of them */
	uint32_t entry_bytes; /* in the files: 16, 24 with times */
	char *page;           /* what was read last */
};

void mdl_key_runs_init(struct mdl_key_runs *r, bool timed, uint64_t limit_bytes, const char *dir);
void mdl_key_runs_free(struct mdl_key_runs *r);
/* Forget all. */
void mdl_key_runs_clear(struct mdl_key_runs *r);

/* The living keys of T become a run; those that expired by EVICTED_MS go from the others when they are merged. */
int mdl_key_runs_add(struct mdl_key_runs *r, const struct mdl_key_table *t, struct mdl_err *err);
/* 1: KEY (as stored) is there and expires after EVICTED_MS; 0: it is not; -1: a file could not be read. */
int mdl_key_runs_has(struct mdl_key_runs *r, struct mdl_key key, int64_t evicted_ms, struct mdl_err *err);
/* Ask the memory for what a question for KEY (as stored) looks at first. */
void mdl_key_runs_prefetch(const struct mdl_key_runs *r, struct mdl_key key);
/* Call EACH for the living keys of T and of all runs, in order of place, each key once. */
int mdl_key_runs_each(struct mdl_key_runs *r, const struct mdl_key_table *t,
		      int (*each)(void *ctx, const struct mdl_key_entry *e, struct mdl_err *err), void *ctx,
		      struct mdl_err *err);
uint64_t mdl_key_runs_keys(const struct mdl_key_runs *r);

#endif
