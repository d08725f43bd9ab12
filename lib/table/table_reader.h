/* SPDX-License-Identifier: MIT
 *
 * Reading a table by its log alone: the files that the epochs from one log entry to
 * another added, in log order. A reader remembers the log's epoch and no paths. And
 * counting a file's rows and hashes again, for proofs.
 */
#ifndef MDL_TABLE_TABLE_READER_H
#define MDL_TABLE_TABLE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/ledger.h"
#include "table/table_log.h"

/* Is DIR a table: has it a log, or an owner (a table before its first epoch)? */
bool mdl_table_reader_is_table(const char *dir);

/* Files of the log entries AFTER (exclusive, -1 for all) to UPTO (inclusive; -1 for the newest). LOG is read
 * into, and its files are cut down to the answer; log->newest tells how far it goes. Errors: an overwritten
 * table (its entries replace one another), a table that ends before AFTER (it was rolled back or is an old
 * copy), entries whose epoch cannot be told. */
int mdl_table_reader_list(struct mdl_table_log *log, const char *dir, int64_t after, int64_t upto,
			  struct mdl_err *err);

/* A record of a file without its line end; HEADER: the first line of a CSV file. Not 0 ends the walk with that. */
typedef int mdl_table_reader_record_fn(void *ctx, struct mdl_slice record, bool header, struct mdl_err *err);
/* Every record of the file PATH of table DIR, by the name's extension, plain, .gz and .zst. *SIZE is that of the file. 1
 * when it is missing, else what RECORD returned last. */
int mdl_table_reader_records(const char *dir, const char *path, mdl_table_reader_record_fn *record, void *ctx,
			     uint64_t *size, struct mdl_err *err);

/* Count the rows of the file PATH of table DIR again, with the sum of their lines (CSV: its records without the
 * header; by the name's extension), plain, .gz and .zst. 1 when the file is missing. */
int mdl_table_reader_recount(const char *dir, const char *path, uint64_t *rows, struct mdl_sum *sum,
			     uint64_t *size, struct mdl_err *err);

#endif
