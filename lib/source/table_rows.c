/* SPDX-License-Identifier: MIT
 *
 * Whole tables as lines: see table_rows.h.
 */
#include "source/table_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "source/csv_schema.h"
#include "source/discovery.h"
#include "source/file_reader.h"
#include "table/table_log.h"
#include "table/table_reader.h"

/* A change between two looks within one tick of the clock that keeps the size is not seen; the inode mostly tells. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static char *files_version(const struct mdl_discovery *d)
{
	uint64_t h = d->nfiles;
	for (size_t i = 0; i < d->nfiles; i++) {
		for (const char *p = d->files[i].uri; *p; p++)
			h = mix(h, (unsigned char)*p);
		h = mix(mix(mix(h, d->files[i].size), (uint64_t)d->files[i].mtime_ms), d->files[i].inode);
	}
	return mdl_asprintf("files %016" PRIx64, h);
}

/* What PATH is: *TABLE its real path when it has a log, else D has its files. */
static int find(const char *path, struct mdl_discovery *d, const char **table, struct mdl_err *err)
{
	const struct mdl_discovery_opts opts = {0};
	*table = NULL;
	if (mdl_discovery_list(d, &path, 1, &opts, err) < 0)
		return -1;
	if (d->nunmatched)
		return mdl_err_set(err, MDL_TROUBLE, "%s: no file matches", path);
	if (d->ntables)
		*table = d->tables[0];
	return 0;
}

int mdl_table_rows_version(const char *path, char **version, struct mdl_err *err)
{
	struct mdl_discovery d;
	const char *table;
	int64_t newest;
	mdl_discovery_init(&d);
	int rc = find(path, &d, &table, err);
	if (rc == 0 && table) {
		rc = mdl_table_log_newest(table, &newest, err);
		if (rc == 0)
			*version = mdl_asprintf("epoch %" PRId64, newest);
	} else if (rc == 0) {
		*version = files_version(&d);
	}
	mdl_discovery_free(&d);
	return rc;
}

/* The table's files up to the epoch that VERSION names, if the log still tells them apart, else all. */
static int list_table(const char *table, const char *version, struct mdl_discovery *files, char **got,
		      struct mdl_err *err)
{
	struct mdl_table_log log;
	struct mdl_err ignored = MDL_ERR_INIT;
	int64_t upto = -1;
	if (version && sscanf(version, "epoch %" SCNd64, &upto) != 1)
		upto = -1;
	int rc = upto < 0 ? 1 : mdl_table_reader_list(&log, table, -1, upto, &ignored);
	if (rc == 0) {
		*got = mdl_asprintf("epoch %" PRId64, upto < log.newest ? upto : log.newest);
	} else {
		rc = mdl_table_log_read(&log, table, err);
		if (rc == 0)
			*got = mdl_asprintf("epoch %" PRId64, log.newest);
	}
	if (rc)
		return -1;
	rc = mdl_discovery_table(files, table, &log, err);
	mdl_table_log_free(&log);
	return rc;
}

static int bad_rows(const char *path, const struct mdl_file_block *b, struct mdl_err *err)
{
	if (b->kind == MDL_FILE_OVERLONG)
		return mdl_err_set(err, MDL_TROUBLE, "%s:%" PRIu64 ": the line is longer than 16 MiB", path,
				   b->first_line);
	size_t row = b->bad[0].row;
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s:%" PRIu64 ": %s; mend the file, or read it with medal-ingest "
			   "--quarantine into a table of its own first",
			   path, b->lines ? b->lines[row] : b->first_line + row, b->bad[0].reason);
}

static int read_file(const char *path, struct mdl_schema *schema,
		     int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
		     bool *ordered, struct mdl_err *err)
{
	struct mdl_file_opts o = {.format = mdl_file_format_of_name(path)};
	struct mdl_file_block b;
	int more;
	*ordered = *ordered || o.format != MDL_FILE_JSON;
	if (schema)
		mdl_csv_schema_apply(&o.csv, schema);
	struct mdl_file_reader *r = mdl_file_reader_open(path, &o, err);
	if (!r)
		return -1;
	while ((more = mdl_file_reader_next(r, &b, err)) == 1) {
		if (b.kind == MDL_FILE_OVERLONG || b.nbad)
			more = bad_rows(path, &b, err);
		else if (b.n && lines(ctx, (struct mdl_slice){b.p, b.n}, err) < 0)
			more = -1;
		if (more < 0)
			break;
	}
	mdl_file_reader_close(r);
	return more;
}

int mdl_table_rows_read(const char *path, const char *version, struct mdl_schema *schema,
			int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
			char **got, bool *ordered, struct mdl_err *err)
{
	struct mdl_discovery d, listed;
	const char *table;
	*got = NULL;
	*ordered = false;
	mdl_discovery_init(&d);
	mdl_discovery_init(&listed);
	int rc = find(path, &d, &table, err);
	const struct mdl_discovery *files = table ? &listed : &d;
	if (rc == 0 && table)
		rc = list_table(table, version, &listed, got, err);
	else if (rc == 0)
		*got = files_version(&d);
	for (size_t i = 0; rc == 0 && i < files->nfiles; i++)
		rc = read_file(files->files[i].path, schema, lines, ctx, ordered, err);
	mdl_discovery_free(&listed);
	mdl_discovery_free(&d);
	return rc;
}
