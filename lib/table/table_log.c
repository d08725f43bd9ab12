/* SPDX-License-Identifier: MIT
 *
 * Reading and writing _spark_metadata. Writing copies the text of earlier entries
 * into a .compact without parsing it, so that what Spark wrote stays Spark's bytes.
 * The rules of numbers follow CompactibleFileStreamLog; where the entry of a file
 * that a .compact lists is asked for, the older log files tell, and medal's names.
 */
#include "table/table_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/version.h"
#include "table/table_dir.h"
#include "table/table_name.h"
#include "table/table_uri.h"
#include "json/doc.h"

#define COMPACT ".compact"

enum { LOG_LIMIT = 1 << 30 }; /* a log file beyond 1 GiB is refused: some 4 million files */

/* What stands in the log directory. */
struct listing {
	int64_t *plain, *compact; /* ascending */
	size_t nplain, plain_cap, ncompact, compact_cap;
};

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void listing_free(struct listing *l)
{
	free(l->plain);
	free(l->compact);
}

/* A decimal number without sign or leading zeros that ends where NAME ends, or in REST. */
static bool parse_number(const char *name, const char *rest, int64_t *n)
{
	int64_t v = 0;
	const char *p = name;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (*p - '0');
	}
	if (p == name || (name[0] == '0' && p - name > 1) || strcmp(p, rest) != 0)
		return false;
	*n = v;
	return true;
}

static int list(struct listing *l, const char *logdir, struct mdl_err *err)
{
	memset(l, 0, sizeof(*l));
	DIR *d = opendir(logdir);

	if (!d)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : mdl_err_sys(err, "%s: cannot list the log", logdir);
	errno = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL; errno = 0) {
		int64_t n;

		if (parse_number(e->d_name, "", &n)) {
			MDL_GROW(l->plain, l->nplain, l->plain_cap);
			l->plain[l->nplain++] = n;
		} else if (parse_number(e->d_name, COMPACT, &n)) {
			MDL_GROW(l->compact, l->ncompact, l->compact_cap);
			l->compact[l->ncompact++] = n;
		}
	}
	int r = errno ? mdl_err_sys(err, "%s: cannot list the log", logdir) : 0;

	closedir(d);
	if (l->nplain)
		qsort(l->plain, l->nplain, sizeof(*l->plain), by_number);
	if (l->ncompact)
		qsort(l->compact, l->ncompact, sizeof(*l->compact), by_number);
	if (r)
		listing_free(l);
	return r;
}

static int64_t listing_newest(const struct listing *l)
{
	int64_t a = l->nplain ? l->plain[l->nplain - 1] : -1,
		b = l->ncompact ? l->compact[l->ncompact - 1] : -1;

	return a > b ? a : b;
}

/* CompactibleFileStreamLog.compactInterval: what Spark concludes from the .compact files that it finds. */
static int64_t listing_interval(const struct listing *l)
{
	if (l->ncompact == 0)
		return MDL_TABLE_LOG_INTERVAL;
	if (l->ncompact >= 2)
		return l->compact[l->ncompact - 1] - l->compact[l->ncompact - 2];
	int64_t n = l->compact[0] + 1;

	if (n > MDL_TABLE_LOG_INTERVAL && MDL_TABLE_LOG_INTERVAL < n / 2)
		for (int64_t i = MDL_TABLE_LOG_INTERVAL; i <= n / 2; i++)
			if (n % i == 0)
				return i;
	return n;
}

/* Entries that replace one another, one after the other or one alone that is not due. Of a table that grows slowly the
 * .compact ones alone may stand, too, but an interval apart. */
static bool is_complete(const struct listing *l)
{
	if (l->nplain || !l->ncompact)
		return false;
	int64_t last = l->compact[l->ncompact - 1];

	return l->ncompact == 1 ? (last + 1) % MDL_TABLE_LOG_INTERVAL != 0
				: last == l->compact[l->ncompact - 2] + 1;
}

/* The text of entry N, "v1\n" taken off and, unless empty, ended by '\n', is appended to OUT. */
static int read_entry(struct mdl_buf *out, const char *logdir, int64_t n, bool compact, struct mdl_err *err)
{
	char name[48];

	snprintf(name, sizeof(name), "%" PRId64 "%s", n, compact ? COMPACT : "");
	char *path = mdl_path_join(logdir, name);
	size_t at = out->n;
	int r = mdl_file_read(path, out, err);

	if (r == 1)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s does not exist: the table's log has a gap, so its files cannot be told; restore "
			"the entry from a backup or rebuild the table",
			path);
	if (r == 0 && out->toobig)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s is larger than 1 GiB; run 'medal-checkpoint compact' on the table", path);
	if (r == 0) {
		size_t len = out->n - at;
		const char *p = out->p ? out->p + at : "";

		uint64_t version = mdl_version_of((struct mdl_slice){p, len});

		if (version > 1) {
			r = mdl_version_newer(err, path, "Spark or medal", version, 1);
		} else if (len < 2 || memcmp(p, "v1", 2) != 0 || (len > 2 && p[2] != '\n')) {
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s: line 1 is not \"v1\": the log entry is damaged", path);
		} else {
			size_t head = len > 2 ? 3 : 2;

			memmove(out->p + at, out->p + at + head, len - head);
			out->n -= head;
			while (out->n > at && out->p[out->n - 1] == '\n')
				out->n--;
			if (out->n > at)
				mdl_buf_putc(out, '\n');
		}
	}
	free(path);
	return r;
}

static int add_line(struct mdl_table_log *log, const char *dir, struct mdl_slice line, int64_t entry,
		    bool compact, size_t line_no, struct mdl_err *err)
{
	char what[512];

	snprintf(what, sizeof(what), "%s/" MDL_TABLE_LOG_DIR "/%" PRId64 "%s line %zu", dir, entry,
		 compact ? COMPACT : "", line_no);
	struct mdl_doc *doc = mdl_doc_parse(line, what, err);

	if (!doc)
		return -1;
	const char *uri = mdl_doc_str(doc, "path");
	uint64_t size;
	int64_t mtime = 0;
	int r = 0;

	if (!uri || !mdl_doc_uint(doc, "size", &size)) {
		r = mdl_err_set(err, MDL_TROUBLE, "%s: not a file's entry (\"path\" and \"size\" are needed)",
				what);
	} else {
		bool here;
		char *rel = mdl_table_uri_relative(&log->arena, dir, uri, &here);

		mdl_doc_int(doc, "modificationTime", &mtime);
		if (!rel) {
			r = mdl_err_set(err, MDL_TROUBLE, "%s: the path %s does not lie in the table", what,
					uri);
		} else {
			log->elsewhere += !here;
			MDL_GROW(log->files, log->nfiles, log->cap);
			int64_t first, epoch = mdl_table_name_epoch(rel, &first);

			/* A name beyond its entry is not medal's, whatever it looks like. */
			if (epoch > entry)
				epoch = first = MDL_TABLE_EPOCH_UNKNOWN;
			if (!compact && epoch != entry)
				epoch = first = entry;
			log->files[log->nfiles++] = (struct mdl_table_entry){rel, size, mtime, epoch, first};
		}
	}
	mdl_doc_free(doc);
	return r;
}

static int add_entry(struct mdl_table_log *log, const char *dir, struct mdl_slice text, int64_t entry,
		     bool compact, struct mdl_err *err)
{
	size_t line_no = 1;

	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;

		line_no++;
		if (n && add_line(log, dir, (struct mdl_slice){text.p, n}, entry, compact, line_no, err))
			return -1;
		n += nl ? 1 : 0;
		text.p += n;
		text.n -= n;
	}
	return 0;
}

struct known {
	const char *path;
	int64_t epoch;
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->path, ((const struct known *)b)->path);
}

/* Files that the newest .compact lists and whose names tell no epoch: older log files may still stand. */
static void find_epochs(struct mdl_table_log *log, const char *dir, const char *logdir,
			const struct listing *l)
{
	size_t unknown = 0, nknown = 0, cap = 0;

	for (size_t i = 0; i < log->nfiles; i++)
		unknown += log->files[i].epoch == MDL_TABLE_EPOCH_UNKNOWN;
	if (!unknown)
		return;
	struct mdl_table_log old = {.newest = -1};
	struct mdl_buf text = MDL_BUF_INIT(LOG_LIMIT);
	struct known *known = NULL;

	mdl_arena_init(&old.arena);
	for (size_t i = 0; i < l->nplain && l->plain[i] <= log->compact; i++) {
		struct mdl_err ignored = MDL_ERR_INIT;

		mdl_buf_clear(&text);
		if (read_entry(&text, logdir, l->plain[i], false, &ignored) == 0)
			add_entry(&old, dir, mdl_buf_slice(&text), l->plain[i], false, &ignored);
	}
	for (size_t i = 0; i < old.nfiles; i++) {
		MDL_GROW(known, nknown, cap);
		known[nknown++] = (struct known){old.files[i].path, old.files[i].epoch};
	}
	if (nknown)
		qsort(known, nknown, sizeof(*known), by_path);
	for (size_t i = 0; i < log->nfiles && nknown; i++) {
		struct known key = {log->files[i].path, 0};
		const struct known *k = bsearch(&key, known, nknown, sizeof(*known), by_path);

		if (k && log->files[i].epoch == MDL_TABLE_EPOCH_UNKNOWN)
			log->files[i].epoch = log->files[i].first = k->epoch;
	}
	free(known);
	mdl_buf_free(&text);
	mdl_table_log_free(&old);
}

static int read_live(struct mdl_table_log *log, const char *dir, const char *logdir, const struct listing *l,
		     struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(LOG_LIMIT);
	int r = 0;

	if (log->compact >= 0) {
		r = read_entry(&text, logdir, log->compact, true, err);
		if (!r)
			r = add_entry(log, dir, mdl_buf_slice(&text), log->compact, true, err);
		log->ncompacted = log->nfiles;
		if (!r)
			find_epochs(log, dir, logdir, l);
	}
	for (int64_t n = log->compact + 1; !r && n <= log->newest; n++) {
		mdl_buf_clear(&text);
		r = read_entry(&text, logdir, n, false, err);
		if (!r)
			r = add_entry(log, dir, mdl_buf_slice(&text), n, false, err);
	}
	mdl_buf_free(&text);
	return r;
}

int mdl_table_log_read(struct mdl_table_log *log, const char *dir, struct mdl_err *err)
{
	*log = (struct mdl_table_log){.newest = -1, .compact = -1, .interval = MDL_TABLE_LOG_INTERVAL};
	mdl_arena_init(&log->arena);
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	struct listing l;
	int r = list(&l, logdir, err);

	if (!r) {
		log->newest = listing_newest(&l);
		log->exists = log->newest >= 0;
		log->compact = l.ncompact ? l.compact[l.ncompact - 1] : -1;
		log->interval = listing_interval(&l);
		log->complete = is_complete(&l);
		r = read_live(log, dir, logdir, &l, err);
		listing_free(&l);
	}
	free(logdir);
	if (r)
		mdl_table_log_free(log);
	return r;
}

void mdl_table_log_free(struct mdl_table_log *log)
{
	free(log->files);
	mdl_arena_free(&log->arena);
	log->files = NULL;
	log->nfiles = log->cap = log->ncompacted = 0;
}

int mdl_table_log_newest(const char *dir, int64_t *newest, struct mdl_err *err)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	struct listing l;
	int r = list(&l, logdir, err);

	if (!r) {
		*newest = listing_newest(&l);
		listing_free(&l);
	}
	free(logdir);
	return r;
}

static bool entry_stands(const char *logdir, int64_t n, bool compact)
{
	char name[48];
	struct stat st;

	snprintf(name, sizeof(name), "%" PRId64 "%s", n, compact ? COMPACT : "");
	char *path = mdl_path_join(logdir, name);
	bool found = stat(path, &st) == 0;

	free(path);
	return found;
}

bool mdl_table_log_has(const char *dir, uint64_t epoch)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	bool found =
		entry_stands(logdir, (int64_t)epoch, false) || entry_stands(logdir, (int64_t)epoch, true);

	free(logdir);
	return found;
}

void mdl_table_log_line(struct mdl_buf *out, const char *dir, const struct mdl_table_entry *f)
{
	mdl_buf_puts(out, "{\"path\":\"");
	mdl_table_uri_format(out, dir, f->path);
	mdl_buf_printf(out,
		       "\",\"size\":%" PRIu64 ",\"isDir\":false,\"modificationTime\":%" PRId64
		       ",\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"add\"}",
		       f->size, f->mtime_ms);
}

bool mdl_table_log_lists(const struct mdl_table_log *log, const char *path)
{
	for (size_t i = 0; i < log->nfiles; i++)
		if (strcmp(log->files[i].path, path) == 0)
			return true;
	return false;
}

const struct mdl_table_entry *mdl_table_log_across(const struct mdl_table_log *log, int64_t epoch)
{
	for (size_t i = 0; i < log->nfiles; i++)
		if (log->files[i].first <= epoch && log->files[i].epoch > epoch)
			return &log->files[i];
	return NULL;
}

/* ---- writing ---- */

struct writer {
	const char *dir, *logdir;
	int64_t interval;
	enum mdl_table_mode mode;
};

static bool is_compaction(const struct writer *w, int64_t n)
{
	return w->mode == MDL_TABLE_COMPLETE || (n + 1) % w->interval == 0;
}

/* Put-if-absent of entry N with the LINES (each ended by '\n'). */
static int put_entry(const struct writer *w, int64_t n, struct mdl_slice lines, struct mdl_err *err)
{
	char name[48], crc[56];
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool created;

	snprintf(name, sizeof(name), "%" PRId64 "%s", n, is_compaction(w, n) ? COMPACT : "");
	snprintf(crc, sizeof(crc), ".%s.crc", name);
	mdl_buf_puts(&text, "v1");
	if (lines.n) {
		mdl_buf_putc(&text, '\n');
		mdl_buf_put(&text, lines.p, lines.n - 1);
	}
	/* A checksum file that a removed entry left behind would make Spark refuse ours. */
	char *crc_path = mdl_path_join(w->logdir, crc);
	int r = mdl_file_remove(crc_path, err);

	if (!r)
		r = mdl_file_create(w->logdir, name, mdl_buf_slice(&text), &created, err);
	if (!r && !created)
		r = mdl_err_set(err, MDL_RETRY, "%s/%s was written by another program at the same moment",
				w->logdir, name);
	free(crc_path);
	mdl_buf_free(&text);
	return r;
}

/* A table whose first entry is EPOCH: empty entries from the last compaction point on. One .compact at 19 alone
 * would make Spark believe in an interval of 20, so that it gets one at 9 for company. */
static int put_empty_before(const struct writer *w, int64_t epoch, struct mdl_err *err)
{
	struct mdl_slice none = {"", 0};
	int64_t first = epoch - (epoch % w->interval) - 1;

	if (w->mode == MDL_TABLE_COMPLETE)
		return 0;
	if (is_compaction(w, epoch))
		first = epoch;
	if (first == 2 * w->interval - 1 && !entry_stands(w->logdir, w->interval - 1, true) &&
	    put_entry(w, w->interval - 1, none, err))
		return -1;
	for (int64_t n = first < 0 ? 0 : first; n < epoch; n++)
		if (!entry_stands(w->logdir, n, is_compaction(w, n)) && put_entry(w, n, none, err))
			return -1;
	return 0;
}

/* The log ends before EPOCH - 1. That is well when nothing is in it: it is new, or a kill left the first empty
 * entries of a table that begins late. */
static int fill_gap(const struct writer *w, int64_t epoch, int64_t newest, struct mdl_err *err)
{
	struct mdl_table_log log;
	size_t nfiles = 0;
	struct mdl_err unread = MDL_ERR_INIT;

	if (newest >= 0) {
		nfiles = 1;
		if (mdl_table_log_read(&log, w->dir, &unread) == 0) {
			nfiles = log.nfiles;
			mdl_table_log_free(&log);
		}
	}
	if (nfiles == 0)
		return put_empty_before(w, epoch, err);
	return mdl_err_set(
		err, MDL_TROUBLE,
		"%s ends at entry %" PRId64 " but epoch %" PRId64
		" is to be written: the table is behind its checkpoint (an old copy?); restore both from one "
		"backup, or write to a new directory",
		w->logdir, newest, epoch);
}

/* All live lines before EPOCH: the last .compact and the entries since. */
static int gather(const struct writer *w, struct mdl_buf *out, int64_t epoch, const struct listing *l,
		  struct mdl_err *err)
{
	int64_t from = 0;

	for (size_t i = 0; i < l->ncompact; i++)
		if (l->compact[i] < epoch)
			from = l->compact[i];
	if (l->ncompact && l->compact[0] < epoch) {
		if (read_entry(out, w->logdir, from, true, err))
			return -1;
		from++;
	}
	for (int64_t n = from; n < epoch; n++)
		if (read_entry(out, w->logdir, n, false, err))
			return -1;
	return 0;
}

static bool same_files(const struct mdl_table_entry *a, const struct mdl_table_entry *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].size != b[i].size || strcmp(a[i].path, b[i].path) != 0)
			return false;
	return true;
}

/* Entry EPOCH stands already: is it ours? Modification times and the place of the table do not count. */
static int check_equal(const struct writer *w, int64_t epoch, bool compact,
		       const struct mdl_table_entry *files, size_t n, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(LOG_LIMIT);
	struct mdl_table_log found = {.newest = -1};
	int r;

	mdl_arena_init(&found.arena);
	r = read_entry(&text, w->logdir, epoch, compact, err);
	if (!r)
		r = add_entry(&found, w->dir, mdl_buf_slice(&text), epoch, compact, err);
	/* A .compact of append mode ends with the files of its own epoch. */
	bool tail = compact && w->mode == MDL_TABLE_APPEND;

	if (!r && !((tail ? found.nfiles >= n : found.nfiles == n) &&
		    same_files(found.files + (found.nfiles - n), files, n)))
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s/%" PRId64
				"%s lists other files than this epoch has: another program writes this "
				"table, or the table and the checkpoint are not of one backup",
				w->logdir, epoch, compact ? COMPACT : "");
	mdl_buf_free(&text);
	mdl_table_log_free(&found);
	return r;
}

static int remove_entry(const char *logdir, int64_t n, bool compact, time_t before, struct mdl_err *err)
{
	char name[48], crc[56];
	struct stat st;
	int r = 0;

	snprintf(name, sizeof(name), "%" PRId64 "%s", n, compact ? COMPACT : "");
	snprintf(crc, sizeof(crc), ".%s.crc", name);
	char *path = mdl_path_join(logdir, name), *crc_path = mdl_path_join(logdir, crc);

	if (stat(path, &st) == 0 && st.st_mtime <= before) {
		r = mdl_file_remove(crc_path, err);
		if (!r)
			r = mdl_file_remove(path, err);
	}
	free(crc_path);
	free(path);
	return r;
}

/* After EPOCH.compact: the entries that it repeats go once no reader can be half way through them. The last
 * .compact before it stays, for Spark takes the interval from two of them. */
static int remove_superseded(const struct writer *w, int64_t epoch, const struct listing *l,
			     struct mdl_err *err)
{
	time_t before = time(NULL) - MDL_TABLE_LOG_CLEANUP_S;
	int64_t keep = l->ncompact ? l->compact[l->ncompact - 1] : -1;

	for (size_t i = 0; i < l->nplain && l->plain[i] < epoch; i++)
		if (remove_entry(w->logdir, l->plain[i], false, before, err))
			return -1;
	for (size_t i = 0; i < l->ncompact && l->compact[i] < keep; i++)
		if (remove_entry(w->logdir, l->compact[i], true, before, err))
			return -1;
	return 0;
}

static int write_compact(const struct writer *w, int64_t epoch, struct mdl_buf *own, const struct listing *l,
			 struct mdl_err *err)
{
	struct mdl_buf all = MDL_BUF_INIT(LOG_LIMIT);
	int r = w->mode == MDL_TABLE_COMPLETE || (!l->nplain && !l->ncompact)
			? 0
			: gather(w, &all, epoch, l, err);

	if (!r && !all.toobig)
		mdl_buf_puts_slice(&all, mdl_buf_slice(own));
	if (!r && all.toobig)
		r = mdl_err_set(err, MDL_TROUBLE,
				"%s/%" PRId64 ".compact would pass 1 GiB; run 'medal-checkpoint compact %s'",
				w->logdir, epoch, w->dir);
	if (!r)
		r = put_entry(w, epoch, mdl_buf_slice(&all), err);
	mdl_buf_free(&all);
	if (!r && w->mode == MDL_TABLE_APPEND)
		r = remove_superseded(w, epoch, l, err);
	return r;
}

static int write_entry(struct writer *w, int64_t epoch, int64_t interval, const struct mdl_table_entry *files,
		       size_t n, struct mdl_err *err)
{
	for (int compact = 0; compact < 2; compact++)
		if (entry_stands(w->logdir, epoch, compact))
			/* whoever made it may have died before its name was safe, and the commit comes next */
			return check_equal(w, epoch, compact, files, n, err) ||
					       mdl_dir_sync(w->logdir, err) || mdl_dir_sync(w->dir, err)
				       ? -1
				       : 0;

	struct listing l = {0};
	struct mdl_buf own = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int64_t before = epoch - 1;
	bool follows = epoch > 0 &&
		       (entry_stands(w->logdir, before, false) || entry_stands(w->logdir, before, true));
	int r = 0;

	/* The usual epoch needs no look at the directory, which grows with the table. */
	if (!follows || interval <= 0 || is_compaction(w, epoch)) {
		if (list(&l, w->logdir, err))
			return -1;
		if (interval <= 0 && w->mode == MDL_TABLE_APPEND)
			w->interval = listing_interval(&l);
		int64_t newest = listing_newest(&l);

		if (newest > epoch)
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s has entry %" PRId64 ", beyond epoch %" PRId64
				": the table is ahead of its checkpoint; restore both from one backup, or roll the "
				"table back",
				w->logdir, newest, epoch);
		else if (!follows && epoch > 0)
			r = fill_gap(w, epoch, newest, err);
		/* A kill may have come between the making of the log's folder and the sync of its name. */
		if (!r && !follows)
			r = mdl_dir_sync(w->dir, err);
	}
	for (size_t i = 0; i < n; i++) {
		mdl_table_log_line(&own, w->dir, &files[i]);
		mdl_buf_putc(&own, '\n');
	}
	if (!r && is_compaction(w, epoch))
		r = write_compact(w, epoch, &own, &l, err);
	else if (!r)
		r = put_entry(w, epoch, mdl_buf_slice(&own), err);
	listing_free(&l);
	mdl_buf_free(&own);
	return r;
}

int mdl_table_log_write(const char *dir, uint64_t epoch, enum mdl_table_mode mode, int64_t interval,
			const struct mdl_table_entry *files, size_t n, struct mdl_err *err)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	struct writer w = {dir, logdir, interval > 0 ? interval : MDL_TABLE_LOG_INTERVAL, mode};
	int r = epoch > INT64_MAX / 2
			? mdl_err_set(err, MDL_TROUBLE, "%s: epoch %" PRIu64 " is out of range", dir, epoch)
			: mdl_dir_make(logdir, err);

	if (!r)
		r = write_entry(&w, (int64_t)epoch, interval, files, n, err);
	free(logdir);
	return r;
}

/* ---- overwriting ---- */

static bool is_live(const struct known *live, size_t n, const char *path)
{
	struct known key = {path, 0};

	return n && bsearch(&key, live, n, sizeof(*live), by_path) != NULL;
}

/* Remove the files of entry N that are not live, then the entry. */
static int drop_entry(const struct writer *w, int dirfd, int64_t n, bool compact, const struct known *live,
		      size_t nlive, struct mdl_err *err)
{
	struct mdl_table_log old = {.newest = -1};
	struct mdl_buf text = MDL_BUF_INIT(LOG_LIMIT);
	int r = read_entry(&text, w->logdir, n, compact, err);

	mdl_arena_init(&old.arena);
	if (!r)
		r = add_entry(&old, w->dir, mdl_buf_slice(&text), n, compact, err);
	for (size_t i = 0; !r && i < old.nfiles; i++)
		if (!is_live(live, nlive, old.files[i].path))
			r = mdl_table_dir_remove(dirfd, w->dir, old.files[i].path, err);
	if (!r)
		r = remove_entry(w->logdir, n, compact, INT64_MAX, err);
	mdl_buf_free(&text);
	mdl_table_log_free(&old);
	return r;
}

/* The files of entry EPOCH on, which are all .compact or follow the newest. */
static int gather_live(const struct writer *w, int64_t epoch, const struct listing *l,
		       struct mdl_table_log *log, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(LOG_LIMIT);
	int r = 0;

	for (int compact = 0; compact < 2; compact++) {
		const int64_t *v = compact ? l->compact : l->plain;
		size_t n = compact ? l->ncompact : l->nplain;

		for (size_t i = 0; !r && i < n; i++) {
			if (v[i] < epoch)
				continue;
			mdl_buf_clear(&text);
			r = read_entry(&text, w->logdir, v[i], compact, err);
			if (!r)
				r = add_entry(log, w->dir, mdl_buf_slice(&text), v[i], compact, err);
		}
	}
	mdl_buf_free(&text);
	return r;
}

int mdl_table_log_drop_before(const char *dir, int64_t epoch, struct mdl_err *err)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	struct writer w = {dir, logdir, MDL_TABLE_LOG_INTERVAL, MDL_TABLE_COMPLETE};
	struct mdl_table_log log = {.newest = -1};
	struct listing l;
	struct known *live = NULL;
	int r = list(&l, logdir, err), dirfd = -1;

	mdl_arena_init(&log.arena);
	if (r) {
		free(logdir);
		return -1;
	}
	if ((l.nplain && l.plain[0] < epoch) || (l.ncompact && l.compact[0] < epoch)) {
		r = gather_live(&w, epoch, &l, &log, err);
		live = mdl_array(log.nfiles ? log.nfiles : 1, sizeof(*live));
		for (size_t i = 0; i < log.nfiles; i++)
			live[i].path = log.files[i].path;
		qsort(live, log.nfiles, sizeof(*live), by_path);
		dirfd = r ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (!r && dirfd < 0)
			r = mdl_err_sys(err, "%s: cannot open the table's directory", dir);
	}
	for (size_t i = 0; !r && i < l.nplain && l.plain[i] < epoch; i++)
		r = drop_entry(&w, dirfd, l.plain[i], false, live, log.nfiles, err);
	for (size_t i = 0; !r && i < l.ncompact && l.compact[i] < epoch; i++)
		r = drop_entry(&w, dirfd, l.compact[i], true, live, log.nfiles, err);
	if (dirfd >= 0)
		close(dirfd);
	free(live);
	listing_free(&l);
	mdl_table_log_free(&log);
	free(logdir);
	return r;
}
