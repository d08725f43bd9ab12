/* SPDX-License-Identifier: MIT
 *
 * The files of one epoch of a table. Rows go into hidden files below
 * <table>/_medal_pending, which Spark and Hive overlook; _prepare makes them
 * durable and lists them; table/publish.h gives them their names once the epoch is
 * decided. Plain, unpartitioned NDJSON is written from the batch's own memory in
 * runs of adjacent lines. Many partitions share a bounded number of open files and
 * a bounded buffer.
 */
#ifndef MDL_TABLE_TABLE_WRITER_H
#define MDL_TABLE_TABLE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compress.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream/ledger.h"
#include "json/scan.h"

#define MDL_TABLE_PENDING "_medal_pending"

enum mdl_table_format { MDL_TABLE_NDJSON = 0, MDL_TABLE_CSV };

enum {
	MDL_TABLE_MAX_OPEN = 64,           /* open files, 16 when they are compressed (an encoder is large) */
	MDL_TABLE_MAX_BUFFERED = 32 << 20, /* bytes of rows that wait for their partition's file */
	MDL_TABLE_NAME_MAX = 255,          /* bytes of a folder's name, the limit of Linux file systems */
};
#define MDL_TABLE_MAX_FILE_BYTES (UINT64_C(128) << 20) /* Spark's split size */

/* Zero-filled: NDJSON, plain, one folder, 128 MiB. */
struct mdl_table_options {
	enum mdl_table_format format;
	enum mdl_compress compress;
	int level;                       /* 0: the default of the method */
	unsigned threads;                /* at most so many, this one with them, compress; 0: 1 */
	const char *const *partition_by; /* names of top-level members */
	size_t npartition_by;
	const char *const *columns; /* CSV: NULL for the members of the first row */
	size_t ncolumns;
	bool guard_formulas;
	uint64_t
		max_file_bytes; /* a file ends with the row that takes it to so many bytes on disk; 0: 128 MiB */
	size_t max_open;        /* 0: the default above */
	bool no_sums;           /* files get no hash sum: there is no ledger to hold it */
};

struct mdl_table_writer;

/* The texts of OPTS are copied. DIR is made when it does not exist. */
struct mdl_table_writer *mdl_table_writer_new(const char *dir, const struct mdl_table_options *opts,
					      struct mdl_err *err);
/* Removes the hidden files of an epoch that was not prepared. NULL is fine. */
void mdl_table_writer_free(struct mdl_table_writer *w);

/* The table's directory, absolute and without links; valid until _free. */
const char *mdl_table_writer_dir(const struct mdl_table_writer *w);

/* An epoch begins. RUN and STAGE make the hidden names unique; IN_NAME puts the stage into the final names too
 * ("part-42-dedupe-0.ndjson"), for directories that several stages share. */
void mdl_table_writer_begin(struct mdl_table_writer *w, uint64_t epoch, const char *run, const char *stage,
			    bool in_name);

/* Write LINES[FIRST] to LINES[LAST-1], valid records, each followed by its '\n' in memory. COLS[k][i] is the value of
 * partition_by[k] in LINES[i] (json/scan.h); NULL without partitions. SUMS[i] is the hash of LINES[i] where the caller
 * has them already, else NULL. */
int mdl_table_writer_rows(struct mdl_table_writer *w, const struct mdl_slice *lines, size_t first,
			  size_t last, struct mdl_json_value *const *cols, const struct mdl_sum *sums,
			  struct mdl_err *err);
/* One row without partitions; needs no '\n' behind it. */
int mdl_table_writer_row(struct mdl_table_writer *w, struct mdl_slice line, struct mdl_err *err);

/* How often the table was rolled back: from the first time on it stands in the final names ("part-42-0-g1.ndjson"), so
 * that no path is ever used again with other content. */
void mdl_table_writer_set_generation(struct mdl_table_writer *w, size_t generation);

/* The epoch's rows so far. */
uint64_t mdl_table_writer_count(const struct mdl_table_writer *w);

/* Only the number in the final names changes: plain mode learns it under the table's lock, after the rows. */
void mdl_table_writer_set_epoch(struct mdl_table_writer *w, uint64_t epoch);

/* Make all durable and enter the files in BOOKS. A file's sum is that of its lines as they stand in the file
 * (CSV: of its records, without the header). After a failure the caller must end the process. */
int mdl_table_writer_prepare(struct mdl_table_writer *w, struct mdl_books *books, struct mdl_err *err);

/* CSV: the columns, once known (*N is 0 before); valid until _free. */
const char *const *mdl_table_writer_columns(const struct mdl_table_writer *w, size_t *n);
/* CSV: rows with members that are no column, and the first such name. */
uint64_t mdl_table_writer_unknown(const struct mdl_table_writer *w, const char **name);

/* A table's list of names, "a,b": split in place of TEXT's copy; *NAMES and its texts are freed by one free(). */
int mdl_table_names(const char *text, const char *what, const char *const **names, size_t *n,
		    struct mdl_err *err);

#endif
