/* SPDX-License-Identifier: MIT
 *
 * Claims are put-if-absent; what a claim compares is the newest entry of the
 * table's log with the base epoch of the checkpoint, so that a table and a
 * checkpoint that are not of one history never meet in silence.
 */
#include "table/table_owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/version.h"
#include "table/table_dir.h"
#include "json/doc.h"
#include "json/text.h"

#define END ",\"crc32c\":\"%08" PRIx32 "\"}\n"

enum {
	VERSION = 2, /* the newest that is known */
	FILE_LIMIT = 16 << 20,
	END_BYTES = sizeof(",\"crc32c\":\"00000000\"}\n") - 1,
};

static void free_strings(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void mdl_table_owner_free(struct mdl_table_owner *o)
{
	free(o->owner);
	free(o->checkpoint);
	free_strings(o->partition_by, o->npartition_by);
	free_strings(o->columns, o->ncolumns);
	free(o->rollbacks);
	free(o->rolling);
	memset(o, 0, sizeof(*o));
}

static void read_rollbacks(struct mdl_table_owner *o, const struct mdl_doc *d)
{
	const struct mdl_doc *list = mdl_doc_get(d, "rollbacks");
	const char *rolling = mdl_doc_str(d, "rolling");

	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		MDL_GROW(o->rollbacks, o->nrollbacks, o->rollbacks_cap);
		mdl_doc_value_int(mdl_doc_at(list, i), &o->rollbacks[o->nrollbacks++]);
	}
	o->rolling = rolling ? mdl_strdup(rolling) : NULL;
}

static char **read_strings(const struct mdl_doc *d, size_t *n)
{
	size_t count = mdl_doc_size(d);
	char **v = mdl_array(count ? count : 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < count; i++) {
		const char *s = mdl_doc_text(mdl_doc_at(d, i));

		if (s)
			v[(*n)++] = mdl_strdup(s);
	}
	return v;
}

/* TEXT must end with the checksum of what is before it. A damaged name would stand for what is assumed without it: a
 * table that each epoch replaces would be appended to. Version 1, of medal 0.1, had no checksum. */
static bool is_whole(const struct mdl_doc *d, struct mdl_slice text, int64_t *version)
{
	char end[32];

	if (!mdl_doc_int(d, "version", version) || *version < 1)
		return false;
	if (*version == 1)
		return true;
	size_t n = END_BYTES;

	if (text.n < n)
		return false;
	snprintf(end, sizeof(end), END, mdl_crc32c(0, text.p, text.n - n));
	return memcmp(text.p + text.n - n, end, n) == 0;
}

int mdl_table_owner_read(struct mdl_table_owner *o, const char *dir, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, MDL_TABLE_OWNER_FILE);
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);
	struct mdl_doc *d = NULL;

	memset(o, 0, sizeof(*o));
	int r = mdl_file_read(path, &text, err);

	if (r == 0) {
		const char *owner;
		int64_t version = 0;

		d = mdl_doc_parse(mdl_buf_slice(&text), path, err);
		owner = mdl_doc_str(d, "owner");
		bool whole = d && is_whole(d, mdl_buf_slice(&text), &version);

		if (!d) {
			r = -1;
		} else if (whole && version > VERSION) {
			r = mdl_version_newer(err, path, "medal", (uint64_t)version, VERSION);
		} else if (!owner || !whole) {
			r = mdl_err_set(err, MDL_TROUBLE, "%s %s: it is damaged; restore it from a backup",
					path, owner ? "does not fit its checksum" : "names no owner");
		} else {
			const char *format = mdl_doc_str(d, "format"),
				   *checkpoint = mdl_doc_str(d, "checkpoint");

			o->owner = mdl_strdup(owner);
			o->checkpoint = mdl_strdup(checkpoint ? checkpoint : "");
			o->interval = MDL_TABLE_LOG_INTERVAL;
			mdl_doc_int(d, "interval", &o->interval);
			if (o->interval < 1)
				o->interval = MDL_TABLE_LOG_INTERVAL;
			o->complete = mdl_doc_bool(d, "complete", false);
			o->format = format && strcmp(format, "csv") == 0 ? MDL_TABLE_CSV : MDL_TABLE_NDJSON;
			o->partition_by = read_strings(mdl_doc_get(d, "partition_by"), &o->npartition_by);
			o->columns = read_strings(mdl_doc_get(d, "columns"), &o->ncolumns);
			o->columns_epoch = -1;
			mdl_doc_int(d, "columns_epoch", &o->columns_epoch);
			read_rollbacks(o, d);
		}
	}
	mdl_doc_free(d);
	mdl_buf_free(&text);
	free(path);
	return r;
}

static void put_strings(struct mdl_buf *out, const char *name, char *const *v, size_t n)
{
	mdl_buf_printf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_json_quote(out, mdl_slice_of(v[i]));
	}
	mdl_buf_putc(out, ']');
}

static void format_owner(struct mdl_buf *out, const struct mdl_table_owner *o)
{
	mdl_buf_printf(out, "{\"version\":%d,\"owner\":", VERSION);
	mdl_json_quote(out, mdl_slice_of(o->owner));
	mdl_buf_puts(out, ",\"checkpoint\":");
	mdl_json_quote(out, mdl_slice_of(o->checkpoint));
	mdl_buf_printf(out, ",\"interval\":%" PRId64 ",\"complete\":%s,\"format\":\"%s\"", o->interval,
		       o->complete ? "true" : "false", o->format == MDL_TABLE_CSV ? "csv" : "ndjson");
	put_strings(out, "partition_by", o->partition_by, o->npartition_by);
	if (o->ncolumns) {
		put_strings(out, "columns", o->columns, o->ncolumns);
		mdl_buf_printf(out, ",\"columns_epoch\":%" PRId64, o->columns_epoch);
	}
	if (o->nrollbacks)
		mdl_buf_puts(out, ",\"rollbacks\":");
	for (size_t i = 0; i < o->nrollbacks; i++)
		mdl_buf_printf(out, "%c%" PRId64, i ? ',' : '[', o->rollbacks[i]);
	if (o->nrollbacks)
		mdl_buf_putc(out, ']');
	if (o->rolling) {
		mdl_buf_puts(out, ",\"rolling\":");
		mdl_json_quote(out, mdl_slice_of(o->rolling));
	}
	struct mdl_slice text = mdl_buf_slice(out);

	mdl_buf_printf(out, END, mdl_crc32c(0, text.p, text.n));
}

static char **dup_strings(const char *const *v, size_t n)
{
	char **c = mdl_array(n ? n : 1, sizeof(*c));

	for (size_t i = 0; i < n; i++)
		c[i] = mdl_strdup(v[i]);
	return c;
}

static bool same_strings(char *const *a, size_t na, const char *const *b, size_t nb)
{
	bool same = na == nb;

	for (size_t i = 0; same && i < na; i++)
		same = strcmp(a[i], b[i]) == 0;
	return same;
}

static int check_rolling(const struct mdl_table_owner *o, const char *dir, struct mdl_err *err)
{
	if (!o->rolling)
		return 0;
	return mdl_err_set(err, MDL_RETRY,
			   "%s is being rolled back to epoch %" PRId64
			   "; if that was killed, 'medal-checkpoint rollback --to %" PRId64
			   " %s' finishes it (or the table's own pipeline, run again)",
			   dir, o->rollbacks[o->nrollbacks - 1], o->rollbacks[o->nrollbacks - 1],
			   o->checkpoint);
}

/* Is the table, which has an owner, of the form that the claim wants? */
static int check_form(const struct mdl_table_owner *o, const char *dir, const struct mdl_table_claim *c,
		      struct mdl_err *err)
{
	const char *what = NULL;

	if (o->format != c->opts->format)
		what = "format";
	else if (!same_strings(o->partition_by, o->npartition_by, c->opts->partition_by,
			       c->opts->npartition_by))
		what = "partition columns";
	else if (o->complete != (c->mode == MDL_TABLE_COMPLETE))
		what = "mode (append or overwrite)";
	else if (o->ncolumns && o->columns_epoch <= c->base && c->opts->columns &&
		 !same_strings(o->columns, o->ncolumns, c->opts->columns, c->opts->ncolumns))
		what = "CSV columns";
	if (!what)
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s has files with another %s; keep to them, or write to a new directory", dir,
			   what);
}

/* Spark was killed between its sink's log and its commit: the rows of the batch are shown, and would come again. */
static int refuse_published(const char *dir, bool owned, const struct mdl_table_claim *c, struct mdl_err *err)
{
	char *back = owned ? mdl_asprintf(" ('medal-checkpoint rollback --to %" PRId64 " %s')", c->base,
					  c->checkpoint)
			   : mdl_strdup("");
	mdl_err_set(
		err, MDL_TROUBLE,
		"%s%s shows epoch %" PRId64
		", which the checkpoint %s has not committed. If a Spark query was stopped there, start it once more, so "
		"that it commits the batch, and run again; else an older checkpoint was restored: roll the table back too"
		"%s, restore both from one backup, or write to a new directory",
		dir, owned ? "" : ", a table without an owner,", c->base + 1, c->checkpoint, back);
	free(back);
	return -1;
}

/* Does the log's end fit to the base? */
static int check_epoch(const char *dir, const struct mdl_table_claim *c, const struct mdl_table_log *log,
		       struct mdl_err *err)
{
	char to[24] = "none";

	if (log->newest == c->base)
		return 0;
	if (c->base >= 0)
		snprintf(to, sizeof(to), "%" PRId64, c->base);
	if (log->newest == c->base + 1 && c->base >= 0)
		return refuse_published(dir, true, c, err);
	if (log->newest > c->base)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s holds epoch %" PRId64 " but the checkpoint %s is at %" PRId64
			": an older checkpoint was restored, or it is not this table's; roll the table back too "
			"('medal-checkpoint rollback --to %s %s'), restore both from one backup, or write to a new "
			"directory",
			dir, log->newest, c->checkpoint, c->base, to, c->checkpoint);
	if (c->known && log->newest < 0)
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s is empty but the checkpoint %s wrote epoch %" PRId64
				   " to it: restore the table, or go on with an empty one by --fresh-table",
				   dir, c->checkpoint, c->base);
	if (c->known || log->nfiles)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s ends at epoch %" PRId64 " but the checkpoint %s is at %" PRId64
			": an older copy of the table was restored, or epochs went elsewhere; restore both from one "
			"backup, or write to a new directory",
			dir, log->newest, c->checkpoint, c->base);
	return 0;
}

static int take(struct mdl_table_owner *o, const char *dir, const struct mdl_table_claim *c,
		const struct mdl_table_log *log, bool *created, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);

	o->owner = mdl_strdup(c->owner);
	o->checkpoint = mdl_strdup(c->checkpoint);
	o->interval = log->interval;
	o->complete = c->mode == MDL_TABLE_COMPLETE;
	o->format = c->opts->format;
	o->partition_by = dup_strings(c->opts->partition_by, c->opts->npartition_by);
	o->npartition_by = c->opts->npartition_by;
	o->columns = dup_strings(c->opts->columns, c->opts->ncolumns);
	o->ncolumns = c->opts->ncolumns;
	o->columns_epoch = -1;
	format_owner(&text, o);
	int r = mdl_file_create(dir, MDL_TABLE_OWNER_FILE, mdl_buf_slice(&text), created, err);

	mdl_buf_free(&text);
	return r;
}

/* What medal-write leaves without a begin line and without a row, which is what comes of a source that was killed before
 * it began: one empty log entry. Running the same pipeline again must not stumble over it. */
static bool is_left_empty(const char *dir, const struct mdl_table_log *log, struct mdl_err *err)
{
	struct mdl_table_readers readers;
	bool data;

	if (log->newest != 0 || log->nfiles || mdl_table_dir_has_data(dir, &data, err) || data ||
	    mdl_table_readers_read(&readers, dir, err))
		return false;
	bool read = readers.n > 0;

	mdl_table_readers_free(&readers);
	return !read;
}

/* The table has no owner: may it be taken? */
static int check_unowned(const char *dir, const struct mdl_table_claim *c, const struct mdl_table_log *log,
			 struct mdl_err *err)
{
	bool data;

	if (log->exists) {
		if (c->base >= 0 && log->newest == c->base)
			return 0;
		if (is_left_empty(dir, log, err))
			return mdl_table_log_drop_before(dir, 1, err);
		if (err->status)
			return -1;
		if (log->newest == c->base + 1 && c->base >= 0)
			return refuse_published(dir, false, c, err);
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s is a table without an owner whose log ends at epoch %" PRId64
			"; the checkpoint %s is at %" PRId64
			" and so did not write it; write to a new directory, or bring the table in with "
			"'medal-checkpoint import'",
			dir, log->newest, c->checkpoint, c->base);
	}
	if (mdl_table_dir_has_data(dir, &data, err))
		return -1;
	if (data)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s has files but no log: it is no table of medal or of Spark's file sink; write to a new "
			"directory, or bring the files in with 'medal-checkpoint import'",
			dir);
	return check_epoch(dir, c, log, err);
}

static int check_owned(struct mdl_table_owner *o, const char *dir, const struct mdl_table_claim *c,
		       const struct mdl_table_log *log, struct mdl_err *err)
{
	if (strcmp(o->owner, c->owner) != 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s belongs to another writer: checkpoint %s, as %s (this one is %s); each writer needs a "
			"directory of its own",
			dir, o->checkpoint, o->owner, c->owner);
	if (check_rolling(o, dir, err) || check_epoch(dir, c, log, err) || check_form(o, dir, c, err))
		return -1;
	/* Columns of a first row that was never decided on do not bind. */
	if (o->ncolumns && o->columns_epoch > c->base) {
		free_strings(o->columns, o->ncolumns);
		o->columns = NULL;
		o->ncolumns = 0;
	}
	if (c->opts->columns && !o->ncolumns)
		return mdl_table_owner_columns(o, dir, c->opts->columns, c->opts->ncolumns, -1, err);
	return 0;
}

int mdl_table_owner_claim(struct mdl_table_owner *o, const char *dir, const struct mdl_table_claim *c,
			  struct mdl_err *err)
{
	struct mdl_table_log log;
	bool created = false;

	memset(o, 0, sizeof(*o));
	if (mdl_dir_make(dir, err) || mdl_table_log_read(&log, dir, err))
		return -1;
	int r = mdl_table_owner_read(o, dir, err);

	if (r == 1) {
		r = check_unowned(dir, c, &log, err);
		if (!r)
			r = take(o, dir, c, &log, &created, err);
		if (!r && !created) { /* somebody was faster */
			mdl_table_owner_free(o);
			r = mdl_table_owner_read(o, dir, err);
		}
	}
	if (!r && !created)
		r = check_owned(o, dir, c, &log, err);
	mdl_table_log_free(&log);
	if (r)
		mdl_table_owner_free(o);
	return r ? -1 : 0;
}

int mdl_table_owner_columns(struct mdl_table_owner *o, const char *dir, const char *const *columns, size_t n,
			    int64_t epoch, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);

	free_strings(o->columns, o->ncolumns);
	o->columns = dup_strings(columns, n);
	o->ncolumns = n;
	o->columns_epoch = epoch;
	format_owner(&text, o);
	int r = mdl_file_replace(dir, MDL_TABLE_OWNER_FILE, mdl_buf_slice(&text), err);

	mdl_buf_free(&text);
	return r;
}

/* ---- rollbacks ---- */

static int replace_owner(const struct mdl_table_owner *o, const char *dir, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);

	format_owner(&text, o);
	int r = mdl_file_replace(dir, MDL_TABLE_OWNER_FILE, mdl_buf_slice(&text), err);

	mdl_buf_free(&text);
	return r;
}

int mdl_table_owner_roll(const char *dir, int64_t to, const char *id, struct mdl_err *err)
{
	struct mdl_table_owner o;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s/" MDL_TABLE_OWNER_FILE
				" is missing, so the table may be another one; restore it",
				dir);
	if (!r && !(o.rolling && strcmp(o.rolling, id) == 0)) {
		MDL_GROW(o.rollbacks, o.nrollbacks, o.rollbacks_cap);
		o.rollbacks[o.nrollbacks++] = to;
		free(o.rolling);
		o.rolling = mdl_strdup(id);
		r = replace_owner(&o, dir, err);
	}
	mdl_table_owner_free(&o);
	return r;
}

int mdl_table_owner_rolled(const char *dir, struct mdl_err *err)
{
	struct mdl_table_owner o;
	int r = mdl_table_owner_read(&o, dir, err);

	if (!r && o.rolling) {
		free(o.rolling);
		o.rolling = NULL;
		r = replace_owner(&o, dir, err);
	}
	mdl_table_owner_free(&o);
	return r < 0 ? -1 : 0;
}

int mdl_table_owner_generation(const char *dir, int64_t upto, int64_t *generation, struct mdl_err *err)
{
	struct mdl_table_owner o;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r)
		return r < 0 ? -1 : 0;
	r = check_rolling(&o, dir, err);
	for (size_t i = *generation > 0 ? (size_t)*generation : 0; !r && i < o.nrollbacks; i++)
		if (o.rollbacks[i] < upto)
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s was read up to epoch %" PRId64 " and has been rolled back to %" PRId64
				" since: what was read is no longer there; roll this hop back first, to an "
				"epoch before it read that ('medal-checkpoint rollback')",
				dir, upto, o.rollbacks[i]);
	*generation = (int64_t)o.nrollbacks;
	mdl_table_owner_free(&o);
	return r;
}

/* ---- readers ---- */

void mdl_table_readers_free(struct mdl_table_readers *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->ids[i]);
		free(r->paths[i]);
	}
	free(r->ids);
	free(r->paths);
	memset(r, 0, sizeof(*r));
}

static int add_reader(struct mdl_table_readers *r, const char *file, struct mdl_slice line,
		      struct mdl_err *err)
{
	struct mdl_doc *d = mdl_doc_parse(line, file, err);
	const char *id = mdl_doc_str(d, "id"), *path = mdl_doc_str(d, "path");
	int res = d ? 0 : -1;

	if (d && (!id || !path))
		res = mdl_err_set(err, MDL_TROUBLE,
				  "%s: a line without \"id\" and \"path\"; mend or remove the line", file);
	if (!res) {
		size_t cap = r->cap;

		MDL_GROW(r->ids, r->n, cap);
		MDL_GROW(r->paths, r->n, r->cap);
		r->ids[r->n] = mdl_strdup(id);
		r->paths[r->n++] = mdl_strdup(path);
	}
	mdl_doc_free(d);
	return res;
}

int mdl_table_readers_read(struct mdl_table_readers *r, const char *dir, struct mdl_err *err)
{
	char *file = mdl_path_join(dir, MDL_TABLE_READERS_FILE);
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);
	int res;

	memset(r, 0, sizeof(*r));
	res = mdl_file_read(file, &text, err);
	if (res == 1)
		res = 0;
	for (size_t at = 0; !res && at < text.n;) {
		const char *nl = memchr(text.p + at, '\n', text.n - at);
		size_t n = nl ? (size_t)(nl - (text.p + at)) : text.n - at;

		if (n)
			res = add_reader(r, file, (struct mdl_slice){text.p + at, n}, err);
		at += n + 1;
	}
	if (res)
		mdl_table_readers_free(r);
	mdl_buf_free(&text);
	free(file);
	return res;
}

static int write_readers(const char *dir, const struct mdl_table_readers *r, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);

	for (size_t i = 0; i < r->n; i++) {
		mdl_buf_puts(&text, "{\"id\":");
		mdl_json_quote(&text, mdl_slice_of(r->ids[i]));
		mdl_buf_puts(&text, ",\"path\":");
		mdl_json_quote(&text, mdl_slice_of(r->paths[i]));
		mdl_buf_puts(&text, "}\n");
	}
	int res = mdl_file_replace(dir, MDL_TABLE_READERS_FILE, mdl_buf_slice(&text), err);

	mdl_buf_free(&text);
	return res;
}

int mdl_table_reader_register(const char *dir, const char *id, const char *path, struct mdl_err *err)
{
	if (access(dir, W_OK) != 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
		return 0;
	struct mdl_table_readers r;
	int fd = mdl_table_dir_lock(dir, err);

	if (fd < 0)
		return -1;
	int res = mdl_table_readers_read(&r, dir, err);

	if (!res) {
		size_t i = 0;

		while (i < r.n && strcmp(r.ids[i], id) != 0)
			i++;
		bool fresh = i == r.n, moved = !fresh && strcmp(r.paths[i], path) != 0;

		if (moved) {
			free(r.paths[i]);
			r.paths[i] = mdl_strdup(path);
		} else if (fresh) {
			size_t cap = r.cap;

			MDL_GROW(r.ids, r.n, cap);
			MDL_GROW(r.paths, r.n, r.cap);
			r.ids[r.n] = mdl_strdup(id);
			r.paths[r.n++] = mdl_strdup(path);
		}
		if (fresh || moved)
			res = write_readers(dir, &r, err);
		mdl_table_readers_free(&r);
	}
	close(fd);
	return res;
}
