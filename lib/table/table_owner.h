/* SPDX-License-Identifier: MIT
 *
 * Whose table it is and who reads it. _medal_owner names the checkpoint and stage
 * that alone may write the table, put there once, and the table's form; another
 * writer is refused. _medal_readers names the checkpoints that read the table, so
 * that a rollback or a merge of files can ask how far they are. Both are described
 * in medal-checkpoint(5); Spark and Hive overlook names with '_'.
 */
#ifndef MDL_TABLE_TABLE_OWNER_H
#define MDL_TABLE_TABLE_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/table_log.h"
#include "table/table_writer.h"

#define MDL_TABLE_OWNER_FILE "_medal_owner"
#define MDL_TABLE_READERS_FILE "_medal_readers"

/* Content of _medal_owner; all owned, freed by _free. */
struct mdl_table_owner {
	char *owner;      /* "<checkpoint id>/<stage>", or "<checkpoint id>" of a side output */
	char *checkpoint; /* its path when the table was claimed, for messages */
	int64_t interval; /* of the log's compaction */
	bool complete;    /* overwrite mode */
	enum mdl_table_format format;
	char **partition_by;
	size_t npartition_by;
	char **columns; /* CSV: known columns */
	size_t ncolumns;
	int64_t columns_epoch; /* that gave them, -1 when they were given */
	/* Where each rollback of the table went back to, oldest first; their number is the table's generation. */
	int64_t *rollbacks;
	size_t nrollbacks, rollbacks_cap;
	char *rolling; /* id of a rollback that is not finished, or NULL */
};

/* 1 when the table has no owner (*O is zeroed), 0 when *O was filled, -1 with ERR. */
int mdl_table_owner_read(struct mdl_table_owner *o, const char *dir, struct mdl_err *err);
void mdl_table_owner_free(struct mdl_table_owner *o);

/* What a writer is. */
struct mdl_table_claim {
	const char *owner, *checkpoint;
	int64_t base; /* the newest committed epoch of the checkpoint, -1 for none */
	/* The checkpoint's ledger of BASE knows this table: it must be there and reach BASE. */
	bool known;
	enum mdl_table_mode mode;
	const struct mdl_table_options *opts;
};

/* Claim the table DIR (made when it does not exist), at a sink's first begin. A table without an owner is taken when it
 * is empty, or when the newest entry of its log is BASE (Spark wrote it with this checkpoint). Refused: another
 * owner, another form (format, partitions, mode), a table that is ahead of BASE (BASE + 1 is well: an epoch in
 * doubt) or, when KNOWN, behind it. *O is filled on success. */
int mdl_table_owner_claim(struct mdl_table_owner *o, const char *dir, const struct mdl_table_claim *c,
			  struct mdl_err *err);
/* CSV: keep the columns that the first row of EPOCH gave (-1: that the user gave). Durable on return. */
int mdl_table_owner_columns(struct mdl_table_owner *o, const char *dir, const char *const *columns, size_t n,
			    int64_t epoch, struct mdl_err *err);

/* A rollback to epoch TO (id ID) begins on the table: from now on nobody reads or writes it. Again is fine. */
int mdl_table_owner_roll(const char *dir, int64_t to, const char *id, struct mdl_err *err);
/* It has ended. */
int mdl_table_owner_rolled(const char *dir, struct mdl_err *err);
/* May a reader that has read up to epoch UPTO when the table was of *GENERATION go on? Refused when a rollback since went
 * back below UPTO, or is at work. *GENERATION becomes the table's. */
int mdl_table_owner_generation(const char *dir, int64_t upto, int64_t *generation, struct mdl_err *err);

/* Note that the checkpoint ID, at PATH, reads the table DIR; again is fine. A table in which nothing may be
 * written (EACCES, EROFS) is read without a note. */
int mdl_table_reader_register(const char *dir, const char *id, const char *path, struct mdl_err *err);
struct mdl_table_readers {
	char **ids, **paths;
	size_t n, cap;
};
int mdl_table_readers_read(struct mdl_table_readers *r, const char *dir, struct mdl_err *err);
void mdl_table_readers_free(struct mdl_table_readers *r);

#endif
