/* SPDX-License-Identifier: MIT
 *
 * The scanner proves each line to be a record and finds the partition columns in the
 * same pass; what passes is written from the batch's own memory.
 */
#include "sink/table_sink.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "sink/sink_claim.h"
#include "sql/schema.h"
#include "table/table_dir.h"
#include "table/table_log.h"
#include "json/scan.h"

struct mdl_table_sink {
	struct mdl_table_sink_opts o;
	struct mdl_op op;
	struct mdl_scan *scan;
	struct mdl_table_writer *w;
	struct mdl_table_owner owner; /* under a checkpoint */
	char *dir;                    /* real, under a checkpoint */
	bool made;                    /* without one: the table's directory was not there */
	bool scanned;                 /* the rows are, by who sends them, and no value of them is wanted */
	bool *met;                    /* some row had the partition column's member */
	bool any, told;               /* there was a row; what tell_unmet says */
};

/* CSV columns that the table has already win over those of the first row. */
static int open_writer(struct mdl_table_sink *s, const char *dir, bool sums, struct mdl_err *err)
{
	struct mdl_table_options t = s->o.table;

	t.no_sums = !sums;
	if (t.format == MDL_TABLE_CSV && !t.columns && s->owner.ncolumns) {
		t.columns = (const char *const *)s->owner.columns;
		t.ncolumns = s->owner.ncolumns;
	}
	s->w = mdl_table_writer_new(dir, &t, err);
	if (s->w)
		mdl_table_writer_set_generation(s->w, s->owner.nrollbacks);
	return s->w ? 0 : -1;
}

/* Partition columns against the columns of the rows, where the begin line tells them: a name that none has would put all
 * rows into the folder of NULL. */
static int check_partitions(const struct mdl_table_sink *s, const struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_schema *columns = s->o.table.npartition_by && f->begin->columns
					     ? mdl_schema_option(f->begin->columns, &ignored)
					     : NULL;
	int r = 0;

	for (size_t k = 0; columns && !r && k < s->o.table.npartition_by; k++) {
		struct mdl_slice name = mdl_slice_of(s->o.table.partition_by[k]), names[64];
		size_t n = columns->st->ncolumns < 64 ? columns->st->ncolumns : 64;
		struct mdl_buf near = MDL_BUF_INIT(512);
		bool found = mdl_schema_reserved(name);

		for (size_t i = 0; i < columns->st->ncolumns; i++)
			found = found || mdl_slice_eq(columns->st->columns[i].name, name);
		for (size_t i = 0; i < n; i++)
			names[i] = columns->st->columns[i].name;
		mdl_schema_suggest(&near, names, n, name);
		if (!found)
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"--partition-by: the rows have no column '%s'; did you mean one of %s?",
				s->o.table.partition_by[k], mdl_buf_cstr(&near));
		mdl_buf_free(&near);
	}
	mdl_schema_free(columns);
	return r;
}

/* A partition column is in no row that came: a slip of the fingers, as a rule, and all rows are in the folder of NULL. Said
 * once. Where the begin line tells the columns it was looked for among them, and may be missing in an epoch. */
static void tell_unmet(struct mdl_table_sink *s, const struct mdl_filter *f)
{
	for (size_t k = 0; k < s->o.table.npartition_by && s->any && !s->told; k++) {
		const char *name = s->o.table.partition_by[k];

		if (s->met[k] || mdl_schema_reserved(mdl_slice_of(name)) ||
		    (f->checkpointed && f->begin->columns))
			continue;
		mdl_warning(
			"no row has had the member '%s', by which the table is partitioned, and so all are in "
			"%s=__HIVE_DEFAULT_PARTITION__: is it the right name?",
			name, name);
		s->told = true;
	}
}

static int sink_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_table_sink *s = ctx;
	enum mdl_table_mode mode = s->o.mode == MDL_PLAIN_OVERWRITE ? MDL_TABLE_COMPLETE : MDL_TABLE_APPEND;

	if (f->resume && check_partitions(s, f, err))
		return -1;
	if (!s->w && (mdl_sink_claim(&s->owner, &s->dir, s->o.dir, f->begin, f->stage, &s->o.table, mode,
				     s->o.fresh_table, err) ||
		      open_writer(s, s->dir, true, err)))
		return -1;
	mdl_table_writer_begin(s->w, f->begin->epoch, f->begin->run, f->stage, false);
	s->scanned = f->begin->scanned && !s->o.table.npartition_by && s->o.table.format == MDL_TABLE_NDJSON;
	return 0;
}

/* The nearest directory above DIR (or DIR itself) that exists must be one that may be written. */
static int check_writable(const char *dir, struct mdl_err *err)
{
	char *path = mdl_strdup(*dir ? dir : "."), *slash;
	while (access(path, F_OK) != 0 && (slash = strrchr(path, '/')) && slash != path)
		*slash = '\0';
	const char *at = access(path, F_OK) == 0 ? path : strchr(dir, '/') == dir ? "/" : ".";
	int r = access(at, W_OK | X_OK) ? mdl_err_sys(err, "the table %s cannot be written: %s", dir, at) : 0;
	free(path);
	return r;
}

/* A table without an owner is taken when it is empty, or a table at all. */
static int check_unowned(const char *dir, struct mdl_err *err)
{
	int64_t newest;
	bool data;

	if (mdl_table_log_newest(dir, &newest, err) || mdl_table_dir_has_data(dir, &data, err))
		return -1;
	if (newest < 0 && data)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s has files but no log: it is no table of medal or of Spark's file sink; "
			"write to a new directory, or bring the files in with 'medal-checkpoint "
			"import'",
			dir);
	return 0;
}

static int sink_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_table_sink *s = ctx;
	struct mdl_table_owner owner;

	if (check_writable(s->o.dir, err) || check_partitions(s, f, err))
		return -1;
	int r = mdl_table_owner_read(&owner, s->o.dir, err);
	if (r)
		return r < 0 ? -1 : check_unowned(s->o.dir, err);
	char *own = mdl_asprintf("%s/%s", f->begin->checkpoint_id, f->stage);
	if (strcmp(owner.owner, own) != 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s belongs to another writer: checkpoint %s, as %s (this one is %s); each writer needs a "
			"directory of its own",
			s->o.dir, owner.checkpoint ? owner.checkpoint : "unknown", owner.owner, own);
	free(own);
	mdl_table_owner_free(&owner);
	return r;
}

static int open_plain(struct mdl_table_sink *s, struct mdl_filter *f, struct mdl_err *err)
{
	char run[33];

	if (mdl_sink_tail_waits())
		return mdl_sink_lost_begin(s->o.dir, err);
	s->made = access(s->o.dir, F_OK) != 0;
	if (mdl_plain_check(s->o.dir, s->o.mode, err) || open_writer(s, s->o.dir, false, err))
		return -1;
	mdl_plain_run_id(run);
	mdl_table_writer_begin(s->w, 0, run, f->stage, false);
	return 0;
}

static int write_range(struct mdl_table_sink *s, const struct mdl_filter *f, const struct mdl_batch *b,
		       size_t first, size_t last, struct mdl_json_value *const *cols, struct mdl_err *err)
{
	const struct mdl_sum *sums = f->checkpointed ? f->sums + (b->lines - f->lines) : NULL;

	return first < last ? mdl_table_writer_rows(s->w, b->lines, first, last, cols, sums, err) : 0;
}

static int sink_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_table_sink *s = ctx;
	size_t ncols = s->o.table.npartition_by, first = 0;

	if (s->scanned)
		return write_range(s, f, b, 0, b->n, NULL, err);
	struct mdl_json_value **cols = mdl_arena_alloc(b->arena, (ncols + 1) * sizeof(*cols));
	uint8_t *verdicts = mdl_arena_alloc(b->arena, b->n);
	struct mdl_json_value *one = mdl_arena_alloc(b->arena, (ncols + 1) * sizeof(*one));

	if (!s->w && open_plain(s, f, err))
		return -1;
	for (size_t k = 0; k < ncols; k++)
		cols[k] = mdl_arena_alloc(b->arena, b->n * sizeof(**cols));
	size_t bad = mdl_scan_batch(s->scan, b->lines, b->n, verdicts, cols);
	const struct mdl_scan_seen *seen = mdl_scan_seen(s->scan);

	s->any |= bad < b->n;
	for (size_t k = 0; k < ncols; k++)
		s->met[k] |= (seen[k].kinds & ~(1U << MDL_JSON_MISSING)) != 0;

	for (size_t i = 0; bad && i < b->n; i++) {
		if (verdicts[i] == MDL_SCAN_OK)
			continue;
		const char *why =
			verdicts[i] == MDL_SCAN_RESERVED ? "its first member is _medal" : "not valid";

		if (verdicts[i] == MDL_SCAN_CORRUPT)
			mdl_scan_line(s->scan, b->lines[i], one, &why, NULL);
		if (write_range(s, f, b, first, i, cols, err) ||
		    mdl_filter_corrupt(f, b->lines[i], b->first_line + i, false, why, err))
			return -1;
		first = i + 1;
		bad--;
	}
	return write_range(s, f, b, first, b->n, cols, err);
}

static int sink_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_table_sink *s = ctx;
	size_t n;

	(void)bar;
	tell_unmet(s, f);
	if (mdl_table_writer_prepare(s->w, &f->books, err))
		return -1;
	const char *const *columns = mdl_table_writer_columns(s->w, &n);

	/* The next run takes the columns from there, not from the row that happens to be its first. */
	if (n && !s->owner.ncolumns &&
	    mdl_table_owner_columns(&s->owner, s->dir, columns, n, (int64_t)f->begin->epoch, err))
		return -1;
	mdl_books_table(&f->books, s->dir, s->owner.owner, false);
	return 0;
}

/* Nothing is to be written after all. What others have in these folders keeps them. */
static void take_back(struct mdl_table_sink *s)
{
	if (!s->w)
		return;
	char *pending = mdl_asprintf("%s/" MDL_TABLE_PENDING, s->o.dir);

	mdl_table_writer_free(s->w);
	s->w = NULL;
	rmdir(pending);
	if (s->made)
		rmdir(s->o.dir);
	free(pending);
}

static int sink_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_table_sink *s = ctx;

	if (s->o.dry_run)
		return mdl_plain_check(s->o.dir, s->o.mode, err) ? -1 : check_writable(s->o.dir, err);
	/* asked again, for a shell may have been slow to start the tail; whoever sent nothing at all has said why */
	if (mdl_sink_tail_comes()) {
		int r = s->w ? mdl_sink_lost_begin(s->o.dir, err) : 0;

		take_back(s);
		return r;
	}
	if (!s->w && open_plain(s, f, err))
		return -1;
	tell_unmet(s, f);
	return mdl_plain_publish(s->w, s->o.mode, NULL, err);
}

struct mdl_table_sink *mdl_table_sink_new(const struct mdl_table_sink_opts *o, struct mdl_err *err)
{
	struct mdl_table_sink *s = mdl_zalloc(sizeof(*s));
	size_t n = o->table.npartition_by;
	char **paths = mdl_array(n ? n : 1, sizeof(*paths));

	s->o = *o;
	s->met = mdl_array(n ? n : 1, sizeof(*s->met));
	/* Members by their very name: back quotes keep dots in names from being steps. */
	for (size_t k = 0; k < n; k++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

		mdl_buf_putc(&b, '`');
		for (const char *c = o->table.partition_by[k]; *c; c++) {
			if (*c == '`')
				mdl_buf_putc(&b, '`');
			mdl_buf_putc(&b, *c);
		}
		mdl_buf_putc(&b, '`');
		paths[k] = mdl_strdup(mdl_buf_cstr(&b));
		mdl_buf_free(&b);
	}
	s->scan = mdl_scan_new((const char *const *)paths, n, err);
	for (size_t k = 0; k < n; k++)
		free(paths[k]);
	free(paths);
	s->op = (struct mdl_op){
		.name = "write",
		.ctx = s,
		.scan = (const struct mdl_scan *const *)&s->scan,
		.sink = true,
		.begin = sink_begin,
		.dry = sink_dry,
		.batch = sink_batch,
		.barrier = sink_barrier,
		.end = sink_end,
	};
	if (!s->scan) {
		mdl_table_sink_free(s);
		return NULL;
	}
	return s;
}

void mdl_table_sink_free(struct mdl_table_sink *s)
{
	if (!s)
		return;
	mdl_table_writer_free(s->w);
	mdl_table_owner_free(&s->owner);
	mdl_scan_free(s->scan);
	free(s->dir);
	free(s->met);
	free(s);
}

const struct mdl_op *mdl_table_sink_op(const struct mdl_table_sink *s)
{
	return &s->op;
}

uint64_t mdl_table_sink_unknown(const struct mdl_table_sink *s, const char **name)
{
	*name = NULL;
	return s->w ? mdl_table_writer_unknown(s->w, name) : 0;
}
