/* SPDX-License-Identifier: MIT
 *
 * sources/0 of a checkpoint: the log of Spark's file source (FileStreamSourceLog), byte
 * for byte. Entry K lists the files of source batch K; every tenth (or as the .compact files that
 * Spark left there say) is K.compact with all files so far. An offset {"logOffset":K} means: all files up to batch K. A file's
 * identity is its URI.
 */
#ifndef MDL_STATE_SOURCE_LOG_H
#define MDL_STATE_SOURCE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct mdl_source_entry {
	const char *uri;
	int64_t mtime_ms;
	int64_t batch;
};

struct mdl_source_log {
	char *dir;
	int64_t last;                     /* newest batch, -1 for none */
	int64_t interval;                 /* each batch K with (K + 1) % interval == 0 is a .compact */
	struct mdl_source_entry *entries; /* in log order */
	size_t n, cap;
	uint32_t *slots; /* hash of URIs: index + 1 of the latest entry */
	size_t nslots;
	struct mdl_arena arena;
	uint32_t crc32c; /* of all entries, in their order */
};

/* DIR is <checkpoint>/sources/0; a missing one is empty. */
int mdl_source_log_load(struct mdl_source_log *l, const char *dir, struct mdl_err *err);
void mdl_source_log_free(struct mdl_source_log *l);
/* The newest entry of URI, or NULL; valid until the next _add. */
const struct mdl_source_entry *mdl_source_log_find(const struct mdl_source_log *l, const char *uri);
/* Remember a file in the batch that _write will write next (l->last + 1). */
void mdl_source_log_add(struct mdl_source_log *l, const char *uri, int64_t mtime_ms);
/* Is the next batch that _write writes a .compact, which tells all files anew? */
bool mdl_source_log_compacts(const struct mdl_source_log *l);
/* Forget entries of the batches that were written, those for which GONE is true: files that no reader can meet again.
 * Only before a .compact. Entries move: what _find returned is not valid any more. */
typedef bool mdl_source_log_gone_fn(void *ctx, const char *uri);
void mdl_source_log_forget(struct mdl_source_log *l, mdl_source_log_gone_fn *gone, void *ctx);
/* CRC-32C of the entries up to batch LAST, as l->crc32c was when they were all. */
uint32_t mdl_source_log_crc(const struct mdl_source_log *l, int64_t last);
/* For a rollback: remove all batches after LAST, the newest first, from the log in DIR. Batches up to LAST that only a
 * later .compact tells are written first. May be repeated after a kill. */
int mdl_source_log_trim(const char *dir, int64_t last, struct mdl_err *err);
/* Write batch l->last + 1 with what was added since the last _write; no-op when nothing was. */
int mdl_source_log_write(struct mdl_source_log *l, struct mdl_err *err);

#endif
