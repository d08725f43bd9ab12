/* SPDX-License-Identifier: MIT
 *
 * See table_reader.h. Files that a .compact lists without telling their epoch are
 * placed between their neighbours, since a .compact keeps the order of the log.
 */
#include "table/table_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/compress.h"
#include "base/file.h"
#include "table/csv_writer.h"
#include "table/table_owner.h"

enum { READ_BYTES = 256 << 10 };

bool mdl_table_reader_is_table(const char *dir)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	int64_t newest = -1;
	char *owner = mdl_path_join(dir, MDL_TABLE_OWNER_FILE);
	bool owned = access(owner, F_OK) == 0;

	free(owner);
	return owned || (mdl_table_log_newest(dir, &newest, &ignored) == 0 && newest >= 0);
}

/* Mark the wanted files. A file without an epoch is not older than the last known one before it, nor newer than
 * the next after it; a merged one is wanted as a whole or not at all. The index of the first that cannot be placed, or
 * nfiles. */
static size_t mark(const struct mdl_table_log *log, int64_t after, int64_t upto, bool *keep)
{
	int64_t *most = mdl_array(log->nfiles ? log->nfiles : 1, sizeof(*most));
	int64_t least = 0, bound = log->compact;
	size_t i;

	for (i = log->nfiles; i-- > 0;) {
		if (log->files[i].epoch != MDL_TABLE_EPOCH_UNKNOWN && log->files[i].epoch < bound)
			bound = log->files[i].epoch;
		most[i] = bound;
	}
	for (i = 0; i < log->nfiles; i++) {
		int64_t e = log->files[i].epoch;

		if (e == MDL_TABLE_EPOCH_UNKNOWN) {
			keep[i] = least > after && most[i] <= upto;
			if (!keep[i] && most[i] > after && least <= upto)
				break;
			continue;
		}
		keep[i] = log->files[i].first > after && e <= upto;
		if (!keep[i] && e > after && log->files[i].first <= upto)
			break;
		least = e > least ? e : least;
	}
	free(most);
	return i;
}

static int cut(struct mdl_table_log *log, const char *dir, int64_t after, int64_t upto, struct mdl_err *err)
{
	bool *keep = mdl_array(log->nfiles ? log->nfiles : 1, sizeof(*keep));
	size_t unclear = mark(log, after, upto, keep), n = 0;
	int r = 0;

	if (unclear < log->nfiles && log->files[unclear].epoch != MDL_TABLE_EPOCH_UNKNOWN)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s was read up to epoch %" PRId64 ", and epochs %" PRId64 " to %" PRId64
			" were merged into %s since, as this checkpoint was further then; roll this hop back to an "
			"epoch before it read those ('medal-checkpoint rollback'), or begin a new checkpoint",
			dir, after, log->files[unclear].first, log->files[unclear].epoch,
			log->files[unclear].path);
	else if (unclear < log->nfiles)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s: log entries were merged into %" PRId64
			".compact and removed, so it cannot be told to which epoch %s belongs; let Spark keep them "
			"longer (spark.sql.streaming.fileSink.log.cleanupDelay), and read the table from its beginning "
			"with a new checkpoint",
			dir, log->compact, log->files[unclear].path);
	for (size_t i = 0; !r && i < log->nfiles; i++)
		if (keep[i])
			log->files[n++] = log->files[i];
	free(keep);
	if (!r)
		log->nfiles = n;
	return r;
}

int mdl_table_reader_list(struct mdl_table_log *log, const char *dir, int64_t after, int64_t upto,
			  struct mdl_err *err)
{
	if (mdl_table_log_read(log, dir, err))
		return -1;
	struct mdl_table_owner o;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r == 0 ? o.complete : r == 1 && log->complete && log->newest > 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s is overwritten by each epoch (--mode overwrite), so it is no source for new rows; read it as "
			"a whole, without a checkpoint",
			dir);
	else if (r >= 0)
		r = 0;
	mdl_table_owner_free(&o);
	if (!r && log->newest < after)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s ends at epoch %" PRId64 " but it was read up to %" PRId64
				" before: it was rolled back, or is an older copy; roll this hop back first",
				dir, log->newest, after);
	if (!r && upto >= 0 && log->newest < upto)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s ends at epoch %" PRId64 ", before epoch %" PRId64 " that is to be read",
				dir, log->newest, upto);
	if (!r)
		r = cut(log, dir, after, upto < 0 ? log->newest : upto, err);
	if (r)
		mdl_table_log_free(log);
	return r;
}

/* What walks through the records of a file. */
struct walk {
	mdl_table_reader_record_fn *record;
	void *ctx;
	bool csv, header;
};

/* Take whole lines, or records of a CSV file, off the front of BUF. */
static int take_records(struct walk *w, struct mdl_buf *buf, bool end, struct mdl_err *err)
{
	size_t at = 0, len, next;
	int r = 0;

	while (!r && at < buf->n) {
		struct mdl_slice rest = {buf->p + at, buf->n - at};

		if (w->csv) {
			if (!mdl_csv_record(rest, end, &len, &next))
				break;
		} else {
			const char *nl = memchr(rest.p, '\n', rest.n);

			if (!nl && !end)
				break;
			len = nl ? (size_t)(nl - rest.p) : rest.n;
			next = nl ? len + 1 : len;
		}
		r = w->record(w->ctx, (struct mdl_slice){rest.p, len}, w->header, err);
		w->header = false;
		at += next;
	}
	mdl_buf_drop(buf, at);
	return r;
}

int mdl_table_reader_records(const char *dir, const char *path, mdl_table_reader_record_fn *record, void *ctx,
			     uint64_t *size, struct mdl_err *err)
{
	char *full = mdl_path_join(dir, path);
	int fd = open(full, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat st;

	*size = 0;
	if (fd < 0 || fstat(fd, &st)) {
		r = errno == ENOENT ? 1 : mdl_err_sys(err, "%s: cannot open", full);
		if (fd >= 0)
			close(fd);
		free(full);
		return r;
	}
	*size = (uint64_t)st.st_size;
	size_t stem = mdl_compress_stem(path);
	bool csv = stem >= 4 && memcmp(path + stem - 4, ".csv", 4) == 0;
	struct walk w = {record, ctx, csv, csv};
	struct mdl_compress_reader *in = mdl_compress_reader_open(fd, mdl_compress_of_name(path), full);
	struct mdl_buf buf = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

	while (!r) {
		mdl_buf_reserve(&buf, READ_BYTES);
		ssize_t n = mdl_compress_reader_read(in, buf.p + buf.n, READ_BYTES, err);

		if (n < 0)
			r = -1;
		if (n <= 0)
			break;
		buf.n += (size_t)n;
		r = take_records(&w, &buf, false, err);
	}
	if (!r)
		r = take_records(&w, &buf, true, err);
	mdl_buf_free(&buf);
	mdl_compress_reader_close(in);
	close(fd);
	free(full);
	return r;
}

struct count {
	uint64_t *rows;
	struct mdl_sum *sum;
};

static int count_record(void *ctx, struct mdl_slice record, bool header, struct mdl_err *err)
{
	struct count *c = ctx;

	(void)err;
	if (!header) {
		++*c->rows;
		mdl_sum_add(c->sum, mdl_sum_line(record));
	}
	return 0;
}

int mdl_table_reader_recount(const char *dir, const char *path, uint64_t *rows, struct mdl_sum *sum,
			     uint64_t *size, struct mdl_err *err)
{
	struct count c = {rows, sum};

	*rows = 0;
	*sum = (struct mdl_sum){0, 0};
	return mdl_table_reader_records(dir, path, count_record, &c, size, err);
}
