/* SPDX-License-Identifier: MIT
 *
 * Merging the small files of a table: see merge.h.
 */
#include "table/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "table/merge_plan.h"
#include "table/merge_record.h"
#include "table/merge_write.h"
#include "table/table_dir.h"
#include "table/table_log.h"
#include "table/table_uri.h"
#include "table/table_writer.h"
#include "json/doc.h"

#define HIDDEN "merge."

struct merger {
	const char *dir;
	const struct mdl_merge_opts *o;
	struct mdl_merge_result *res;
	struct mdl_merge_record record;
	struct mdl_table_log log;
	struct mdl_merge_limit limit;
	size_t *ends; /* of the merge at hand: where in its list the inputs of each output end */
	int dirfd;
};

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int mdl_merge_lock(const char *dir, struct mdl_err *err)
{
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	int fd = open(logdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		fd = -2;
	} else if (fd < 0) {
		mdl_err_sys(err, "%s: cannot open", logdir);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			mdl_err_set(
				err, MDL_RETRY,
				"the files of %s are being merged, or it is being rolled back, at this moment; try "
				"again later",
				dir);
		else
			mdl_err_sys(err, "%s: cannot lock", logdir);
		close(fd);
		fd = -1;
	}
	free(logdir);
	return fd;
}

/* ---- what a killed merge left ---- */

/* Does the log list one of the files that G made? */
static bool is_shown(const struct mdl_table_log *log, const struct mdl_merge *g)
{
	for (size_t k = 0; k < g->out.n; k++)
		if (mdl_table_log_lists(log, g->out.v[k].path))
			return true;
	return false;
}

static int remove_hidden(const char *dir, struct mdl_err *err)
{
	char *pending = mdl_path_join(dir, MDL_TABLE_PENDING);
	DIR *d = opendir(pending);
	int r = 0;

	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;)
		if (strncmp(e->d_name, HIDDEN, sizeof(HIDDEN) - 1) == 0 && unlinkat(dirfd(d), e->d_name, 0) &&
		    errno != ENOENT)
			r = mdl_err_sys(err, "%s/%s: cannot remove", pending, e->d_name);
	if (d)
		closedir(d);
	free(pending);
	return r;
}

static int settle(struct merger *m, struct mdl_err *err)
{
	bool changed = false;
	int r = remove_hidden(m->dir, err);

	for (size_t i = m->record.n; !r && i-- > 0;) {
		struct mdl_merge *g = &m->record.merges[i];

		if (g->shown_ms >= 0)
			continue;
		changed = true;
		if (is_shown(&m->log, g)) {
			g->shown_ms = wall_ms();
			continue;
		}
		for (size_t k = 0; !r && k < g->out.n; k++)
			r = mdl_table_dir_remove(m->dirfd, m->dir, g->out.v[k].path, err);
		mdl_merge_record_drop(&m->record, i);
	}
	return r || !changed ? r : mdl_merge_record_write(&m->record, m->dir, err);
}

/* ---- reading, before anything else ---- */

static int open_merger(struct merger *m, const char *dir, struct mdl_err *err)
{
	*m = (struct merger){.dir = dir, .dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	mdl_arena_init(&m->log.arena);
	if (m->dirfd < 0)
		return mdl_err_sys(err, "%s: cannot open the table's directory", dir);
	if (mdl_merge_record_read(&m->record, dir, err))
		return -1;
	return mdl_table_log_read(&m->log, dir, err);
}

static void close_merger(struct merger *m)
{
	if (m->dirfd >= 0)
		close(m->dirfd);
	mdl_merge_record_free(&m->record);
	mdl_table_log_free(&m->log);
	mdl_merge_limit_free(&m->limit);
}

int mdl_merge_settle(const char *dir, struct mdl_err *err)
{
	/* a table without log has nothing to settle; one that was never merged has no record */
	struct merger m;
	int r = open_merger(&m, dir, err) || settle(&m, err) ? -1 : 0;

	close_merger(&m);
	return r;
}

/* ---- merging ---- */

/* "<folder>/part-<first>_<last>-<number>.<ext>" in the folder of the file LIKE. */
static char *merged_name(const struct mdl_merge_run *run, const char *like, uint64_t number)
{
	const char *slash = strrchr(like, '/');

	return mdl_asprintf("%.*spart-%" PRId64 "_%" PRId64 "-%" PRIu64 "%s",
			    slash ? (int)(slash - like + 1) : 0, like, run->first, run->last, number,
			    mdl_merge_plan_extension(like));
}

static void drop_last(struct mdl_merge_files *f, size_t n)
{
	while (f->n > n)
		free(f->v[--f->n].path);
}

/* Write the merged files under hidden names; G gets what they are made of. */
static int write_hidden(struct merger *m, const struct mdl_merge_plan *plan, struct mdl_merge *g,
			struct mdl_err *err)
{
	char *pending = mdl_path_join(m->dir, MDL_TABLE_PENDING);
	int r = mdl_dir_make(pending, err);

	for (size_t i = 0; !r && i < plan->n; i++) {
		const struct mdl_merge_run *run = &plan->runs[i];
		size_t from = g->in.n;

		for (size_t k = 0; k < run->n; k++) {
			const struct mdl_table_entry *f = &m->log.files[run->files[k]];

			mdl_merge_files_add(&g->in, f->path, f->epoch)->size = f->size;
		}
		uint64_t number = m->record.next++;
		char *name = merged_name(run, g->in.v[from].path, number);
		char *hidden = mdl_asprintf(MDL_TABLE_PENDING "/" HIDDEN "%" PRIu64, number);
		struct mdl_merge_file *out = mdl_merge_files_add(&g->out, name, run->last);

		r = mdl_merge_write(m->dir, hidden, g->in.v + from, run->n, out, err);
		if (r > 0) { /* CSV files of other columns stay apart */
			drop_last(&g->in, from);
			drop_last(&g->out, g->out.n - 1);
			r = 0;
		} else if (!r) {
			m->res->bytes += out->size;
			m->res->rows += out->rows;
			m->res->first = run->first < m->res->first ? run->first : m->res->first;
			g->last = run->last > g->last ? run->last : g->last;
			m->ends[g->out.n - 1] = g->in.n;
		}
		free(hidden);
		free(name);
	}
	if (!r)
		r = mdl_dir_sync(pending, err);
	free(pending);
	return r;
}

/* The number of a merged file, from its name. */
static uint64_t number_of(const char *path)
{
	return strtoull(strrchr(path, '-') + 1, NULL, 10);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return mdl_strndup(path, slash ? (size_t)(slash - path) : 0);
}

/* The merged files get their names; nobody sees them there before the log lists them. */
static int give_names(struct merger *m, const struct mdl_merge *g, struct mdl_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < g->out.n; i++) {
		const char *path = g->out.v[i].path, *slash = strrchr(path, '/');
		char *hidden = mdl_asprintf(MDL_TABLE_PENDING "/" HIDDEN "%" PRIu64, number_of(path));
		char *folder = folder_of(path);
		int fd = mdl_table_dir_folder(m->dirfd, m->dir, folder, true, err);

		if (fd < 0)
			r = -1;
		else if (renameat(m->dirfd, hidden, fd, slash ? slash + 1 : path))
			r = mdl_err_sys(err, "%s/%s: cannot rename to %s", m->dir, hidden, path);
		if (fd >= 0)
			close(fd);
		if (!r)
			r = mdl_table_dir_sync_folder(m->dirfd, m->dir, folder, err);
		free(folder);
		free(hidden);
	}
	return r ? r : mdl_table_dir_sync_folder(m->dirfd, m->dir, "", err);
}

/* ---- showing ---- */

struct lookup {
	const char *path;
	size_t out; /* index + 1 of the merged file whose line stands in the place of this one; 0: none */
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct lookup *)a)->path, ((const struct lookup *)b)->path);
}

static int put_merged_line(const struct merger *m, const struct mdl_merge_file *f, struct mdl_buf *out,
			   struct mdl_err *err)
{
	struct mdl_table_entry e = {.path = f->path, .size = f->size};
	struct stat st;

	if (fstatat(m->dirfd, f->path, &st, AT_SYMLINK_NOFOLLOW))
		return mdl_err_sys(err, "%s/%s has vanished", m->dir, f->path);
	e.mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	mdl_table_log_line(out, m->dir, &e);
	return 0;
}

/* Lines of the .compact TEXT, those of merged files left out, the merged file in the place of its last one. */
static int replace_lines(struct merger *m, struct mdl_slice text, const struct lookup *merged, size_t n,
			 const struct mdl_merge *g, const char *name, struct mdl_buf *out,
			 struct mdl_err *err)
{
	struct mdl_arena a;
	size_t left = n;
	int r = 0;

	mdl_arena_init(&a);
	for (size_t len; !r && text.n; text.p += len, text.n -= len) {
		const char *nl = memchr(text.p, '\n', text.n);
		struct mdl_slice line = {text.p, nl ? (size_t)(nl - text.p) : text.n};
		struct mdl_doc *d = line.n && line.p[0] == '{' ? mdl_doc_parse(line, name, err) : NULL;
		const char *uri = mdl_doc_str(d, "path");
		struct lookup key = {uri ? mdl_table_uri_relative(&a, m->dir, uri, NULL) : NULL, 0};
		const struct lookup *found =
			key.path ? bsearch(&key, merged, n, sizeof(*merged), by_path) : NULL;

		len = line.n + (nl ? 1 : 0);
		if (line.n && line.p[0] == '{' && !d)
			r = -1;
		if (found)
			left--;
		if (found && found->out) {
			mdl_buf_puts(out, out->n ? "\n" : "");
			r = put_merged_line(m, &g->out.v[found->out - 1], out, err);
		} else if (!found && line.n) {
			mdl_buf_puts(out, out->n ? "\n" : "");
			mdl_buf_puts_slice(out, line);
		}
		mdl_doc_free(d);
	}
	mdl_arena_free(&a);
	if (!r && left)
		r = mdl_err_set(
			err, MDL_RETRY,
			"%s does not list all files that were merged: the table was changed meanwhile; "
			"try again",
			name);
	return r;
}

static struct lookup *make_lookup(const struct merger *m, const struct mdl_merge *g)
{
	struct lookup *v = mdl_array(g->in.n, sizeof(*v));

	for (size_t i = 0; i < g->in.n; i++)
		v[i].path = g->in.v[i].path;
	for (size_t k = 0; k < g->out.n; k++)
		v[m->ends[k] - 1].out = k + 1;
	qsort(v, g->in.n, sizeof(*v), by_path);
	return v;
}

/* The .compact is replaced: from here on the merged files count. The newest one now may be a later one than that which
 * was read; it lists the same files. */
static int show(struct merger *m, const struct mdl_merge *g, struct mdl_err *err)
{
	char *logdir = mdl_path_join(m->dir, MDL_TABLE_LOG_DIR);
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct lookup *merged = make_lookup(m, g);
	struct mdl_table_log now;
	int lock = mdl_table_dir_lock(m->dir, err), r = lock < 0 ? -1 : 0;

	if (!r)
		r = mdl_table_log_read(&now, m->dir, err);
	if (!r) {
		char *name = mdl_asprintf("%" PRId64 ".compact", now.compact);
		char *path = mdl_path_join(logdir, name), *crc = mdl_asprintf("%s/.%s.crc", logdir, name);

		r = mdl_file_read(path, &text, err);
		if (!r)
			r = replace_lines(m, mdl_buf_slice(&text), merged, g->in.n, g, path, &out, err);
		/* its checksum file would make Spark refuse the new text */
		if (!r)
			r = mdl_file_remove(crc, err) ||
					    mdl_file_replace(logdir, name, mdl_buf_slice(&out), err)
				    ? -1
				    : 0;
		free(crc);
		free(path);
		free(name);
		mdl_table_log_free(&now);
	}
	if (lock >= 0)
		close(lock);
	mdl_buf_free(&text);
	mdl_buf_free(&out);
	free(merged);
	free(logdir);
	return r;
}

/* ---- afterwards ---- */

/* Replaced files whose time has come, and that no registered reader has still to read, go. The readers are asked anew: one
 * that came meanwhile may have read the log before it was changed. */
static int remove_replaced(struct merger *m, bool *changed, struct mdl_err *err)
{
	int64_t before = wall_ms() - (int64_t)(m->o->older_than_us / 1000);
	struct mdl_merge_limit_opts again = m->o->limit;
	int r = 0;

	again.notice = NULL;
	mdl_merge_limit_free(&m->limit);
	if (mdl_merge_limit_find(&m->limit, m->dir, &m->log, &again, err))
		return -1;

	for (size_t i = 0; !r && i < m->record.n; i++) {
		struct mdl_merge *g = &m->record.merges[i];

		if (g->removed)
			continue;
		if (g->shown_ms > before || g->last > m->limit.readers) {
			m->res->waiting += g->in.n;
			continue;
		}
		for (size_t k = 0; !r && k < g->in.n; k++)
			r = mdl_table_dir_remove(m->dirfd, m->dir, g->in.v[k].path, err);
		m->res->removed += g->in.n;
		g->removed = *changed = true;
	}
	return r;
}

/* The record needs files of IN while they stand or a ledger may name them, and OUT while the log lists it. */
static void forget(struct merger *m, bool *changed)
{
	for (size_t i = m->record.n; i-- > 0;) {
		struct mdl_merge *g = &m->record.merges[i];
		size_t n = 0;

		if (!g->removed)
			continue;
		for (size_t k = 0; k < g->in.n; k++) {
			if (m->limit.oldest >= 0 && g->in.v[k].epoch >= m->limit.oldest)
				g->in.v[n++] = g->in.v[k];
			else
				free(g->in.v[k].path);
		}
		*changed = *changed || n < g->in.n;
		g->partial = g->partial || n < g->in.n;
		g->in.n = n;
		if (!n && !is_shown(&m->log, g))
			mdl_merge_record_drop(&m->record, i);
	}
}

static int tidy(struct merger *m, struct mdl_err *err)
{
	bool changed = false;
	int r = remove_replaced(m, &changed, err);

	if (!r)
		forget(m, &changed);
	return r || !changed ? r : mdl_merge_record_write(&m->record, m->dir, err);
}

/* ---- all ---- */

static int merge(struct merger *m, const struct mdl_merge_plan *plan, struct mdl_err *err)
{
	struct mdl_merge *g = mdl_merge_record_add(&m->record);

	m->res->first = INT64_MAX;
	m->ends = mdl_array(plan->n, sizeof(*m->ends));
	int r = write_hidden(m, plan, g, err);

	if (!r && g->out.n) {
		r = mdl_merge_record_write(&m->record, m->dir, err) || give_names(m, g, err) ||
				    show(m, g, err)
			    ? -1
			    : 0;
		if (!r) {
			g->shown_ms = wall_ms();
			m->res->files = g->in.n;
			m->res->merged = g->out.n;
			m->res->last = g->last;
			m->res->small -= g->in.n - g->out.n;
			r = mdl_merge_record_write(&m->record, m->dir, err);
		}
		if (!r) {
			mdl_table_log_free(&m->log);
			r = mdl_table_log_read(&m->log, m->dir, err);
		}
	} else if (!r) {
		mdl_merge_record_drop(&m->record, m->record.n - 1);
	}
	free(m->ends);
	return r;
}

static int run(struct merger *m, struct mdl_err *err)
{
	struct mdl_merge_plan plan = {NULL, 0, 0, 0};
	int r = settle(m, err) || mdl_merge_limit_find(&m->limit, m->dir, &m->log, &m->o->limit, err) ? -1
												      : 0;

	if (!r) {
		m->res->small = mdl_merge_plan_small(&m->log);
		if (m->res->small >= m->o->at_least)
			mdl_merge_plan_make(&plan, &m->log, m->limit.epoch, m->limit.cuts, m->limit.ncuts);
		if (plan.n)
			r = merge(m, &plan, err);
		else if (m->limit.why)
			m->res->why = mdl_strdup(m->limit.why);
		m->res->kept = m->limit.kept;
	}
	mdl_merge_plan_free(&plan);
	return r ? r : tidy(m, err);
}

int mdl_merge_run(const char *dir, const struct mdl_merge_opts *o, struct mdl_merge_result *res,
		  struct mdl_err *err)
{
	struct merger m;
	char *real = mdl_path_real(dir, err);

	*res = (struct mdl_merge_result){.first = -1, .last = -1};
	if (!real)
		return -1;
	int lock = mdl_merge_lock(real, err);

	if (lock == -2)
		mdl_err_set(err, MDL_TROUBLE, "%s is no table: it has no " MDL_TABLE_LOG_DIR, dir);
	if (lock < 0) {
		free(real);
		return -1;
	}
	int r = open_merger(&m, real, err);

	m.o = o;
	m.res = res;
	if (!r)
		r = run(&m, err);
	close_merger(&m);
	close(lock);
	free(real);
	return r;
}
