/* SPDX-License-Identifier: MIT
 *
 * medal/files/N: what Spark's log cannot say of epoch N's input: the byte ranges that it
 * read, the positions in files that grow, and the log epoch reached in each table that
 * is a source. Written before offsets/N; read only for an epoch that has offsets.
 */
#ifndef MDL_STATE_POSITIONS_H
#define MDL_STATE_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A range of a file that the epoch reads. */
struct mdl_file_range {
	char *path;
	char *uri;
	uint64_t start, end; /* bytes; END 0: the whole file (compressed ones) */
	uint64_t start_line;
	uint64_t size; /* as it was found */
	int64_t mtime_ms;
	bool tail;     /* may grow: an incomplete last record is left */
	int64_t table; /* index into tables of the epoch's positions, -1 for none; not written */
	int64_t table_epoch;
};

/* How far a growing file has been read. */
struct mdl_file_tail {
	char *path;
	char *uri;
	uint64_t dev, ino;     /* 0: no file of it stands there now */
	bool moved;            /* PATH is where log rotation put it */
	uint64_t offset, line; /* of the next record */
	uint64_t size;         /* and time of the file when it was read up to there; 0 when not known */
	int64_t mtime_ms;
	uint64_t prefix_bytes; /* the hash of that many first bytes tells a rewritten file */
	uint64_t prefix_hash;
};

struct mdl_table_position {
	char *dir;
	int64_t epoch;      /* of its log, read up to and including; -1 for none */
	int64_t generation; /* of the table when it was read: how often it had been rolled back */
};

struct mdl_positions {
	/* what sources/0 says up to the epoch's batch: its files have no checksum. LOG_LAST is -1 for none */
	bool has_log;
	int64_t log_last;
	uint32_t log_crc32c;
	struct mdl_file_range *ranges;
	size_t nranges, ranges_cap;
	struct mdl_file_tail *tails;
	size_t ntails, tails_cap;
	struct mdl_table_position *tables;
	size_t ntables, tables_cap;
	uint32_t *tail_slots; /* by path, of tails that have not moved since; made when one is looked for */
	size_t ntail_slots;
};

void mdl_positions_free(struct mdl_positions *p);
/* Texts are copied. */
void mdl_positions_add_range(struct mdl_positions *p, const struct mdl_file_range *r);
void mdl_positions_clear_ranges(struct mdl_positions *p);
/* The tail of PATH's file, or NULL; valid until one is added or taken out. */
struct mdl_file_tail *mdl_positions_find_tail(struct mdl_positions *p, const char *path);
/* Somebody gave a tail another path, or took one out: call it before the next look-up. */
void mdl_positions_tails_moved(struct mdl_positions *p);
/* The same, added when new (offset 0). */
struct mdl_file_tail *mdl_positions_tail(struct mdl_positions *p, const char *path, const char *uri);
struct mdl_table_position *mdl_positions_table(struct mdl_positions *p, const char *dir);
/* The path that a file's URI means; the caller frees it. */
char *mdl_positions_path_of_uri(const char *uri);

/* CHECKPOINT is the checkpoint's directory. _read: 1 when there is none. */
int mdl_positions_write(const char *checkpoint, int64_t epoch, const struct mdl_positions *p,
			struct mdl_err *err);
/* After the source's log was cut back to EPOCH: what it says now is what the positions of EPOCH know of it. It can say less
 * than it did, for entries of merged files are forgotten. */
int mdl_positions_take_log(const char *checkpoint, int64_t epoch, struct mdl_err *err);
int mdl_positions_read(const char *checkpoint, int64_t epoch, struct mdl_positions *p, struct mdl_err *err);

#endif
