/* SPDX-License-Identifier: MIT
 *
 * The log of a table directory: _spark_metadata, in the bytes of Spark's file sink
 * (CompactibleFileStreamLog). Entry N lists the files that epoch N added; every
 * tenth is N.compact and lists all live files. The log alone says what is data, so
 * that an epoch is seen all or nothing. The log is gapless, for Spark's reader
 * takes every number from the last compaction to the newest and fails on a hole.
 * Format: medal-checkpoint(5).
 */
#ifndef MDL_TABLE_TABLE_LOG_H
#define MDL_TABLE_TABLE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "table/table_name.h"

#define MDL_TABLE_LOG_DIR "_spark_metadata"

enum {
	MDL_TABLE_LOG_INTERVAL = 10,       /* Spark's default: every tenth entry is a .compact */
	MDL_TABLE_LOG_CLEANUP_S = 10 * 60, /* Spark's fileSink.log.cleanupDelay */
};

/* A live file. */
struct mdl_table_entry {
	char *path; /* relative to the table, decoded: "level=free/part-42-0.ndjson" */
	uint64_t size;
	int64_t mtime_ms;
	int64_t epoch; /* of the log entry that added it, or MDL_TABLE_EPOCH_UNKNOWN */
	int64_t first; /* the oldest epoch that has rows in it: before EPOCH when it was merged (merge.h) */
};

/* A log that was read. Texts are valid until _free. */
struct mdl_table_log {
	bool exists;      /* there is a log with at least one entry */
	int64_t newest;   /* greatest entry, -1 when there is none */
	int64_t compact;  /* newest N.compact, -1 when there is none */
	int64_t interval; /* of compaction, as Spark derives it from the .compact files that stand there */
	bool complete;    /* overwrite mode: there is no entry but .compact ones, more than one or not due */
	struct mdl_table_entry *files; /* in log order */
	size_t nfiles, cap;
	size_t elsewhere;  /* so many name another place than this table's, where Spark would look for them */
	size_t ncompacted; /* so many of the first ones stand in the newest .compact */
	struct mdl_arena arena;
};

/* Read the log of the table DIR (absolute). A table without one (or no directory) is no error: exists is
 * false. A gap, a bad line or a path that leaves the table is one. */
int mdl_table_log_read(struct mdl_table_log *log, const char *dir, struct mdl_err *err);
void mdl_table_log_free(struct mdl_table_log *log);

/* The newest entry's number and nothing else; -1 when there is none. */
int mdl_table_log_newest(const char *dir, int64_t *newest, struct mdl_err *err);

enum mdl_table_mode {
	MDL_TABLE_APPEND = 0,
	MDL_TABLE_COMPLETE, /* each entry is a .compact that lists this epoch's files alone */
};

/* Write entry EPOCH with N files (whose epoch member is not looked at), durable on return. INTERVAL 0 is
 * found out. An entry that lists the same files is left as it is; another content, or an entry beyond EPOCH,
 * is an error. Missing entries before EPOCH are written empty when the log has none at all (a table that begins
 * at a later epoch); a hole elsewhere is an error. Log files that a .compact made superfluous are removed
 * after Spark's ten minutes. */
int mdl_table_log_write(const char *dir, uint64_t epoch, enum mdl_table_mode mode, int64_t interval,
			const struct mdl_table_entry *files, size_t n, struct mdl_err *err);

/* Remove all entries before EPOCH, and the files that they list and that EPOCH and later entries do not: what
 * overwriting left behind. Entries go from the oldest on, each after its files, so that it may be repeated. */
int mdl_table_log_drop_before(const char *dir, int64_t epoch, struct mdl_err *err);

/* Does entry EPOCH stand, as N or N.compact? */
bool mdl_table_log_has(const char *dir, uint64_t epoch);

/* ---- pieces, for those that write or check logs themselves ---- */

/* Append the log line of F (without '\n') with the absolute URI of DIR/F->path. */
void mdl_table_log_line(struct mdl_buf *out, const char *dir, const struct mdl_table_entry *f);
/* Does LOG list the file PATH? */
bool mdl_table_log_lists(const struct mdl_table_log *log, const char *path);
/* A merged file that holds rows of epochs on both sides of the end of EPOCH, or NULL: a table cannot go back to such
 * an epoch, nor can a reader that has read so far go on. */
const struct mdl_table_entry *mdl_table_log_across(const struct mdl_table_log *log, int64_t epoch);

#endif
