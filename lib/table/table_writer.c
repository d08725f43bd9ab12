/* SPDX-License-Identifier: MIT
 *
 * A part is a partition folder of the epoch with its present file. It may be closed
 * for want of descriptors and go on later in the same file (gzip members and zstd
 * frames may follow one another), synced at each close, since only the descriptor
 * that wrote surely hears of an error. Without partitions there is one part.
 */
#include "table/table_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/file.h"
#include "table/csv_writer.h"
#include "table/table_uri.h"
#include "json/text.h"

enum { FLUSH_BYTES = 256 << 10 };
#define NO_FILE SIZE_MAX

struct part {
	const char *folder; /* "" or "level=free/"; in the epoch's arena */
	uint64_t hash;
	struct part *next;          /* in the table of parts */
	struct part *newer, *older; /* among the open ones */
	struct mdl_buf buf;         /* whole rows that wait */
	size_t file;                /* index of the present file, or NO_FILE */
	uint64_t bytes; /* of the present file, with those in buf (plain: exact; else compressed, flushed) */
	int fd;
	struct mdl_compress_writer *out;
	bool has_thread;
};

struct file {
	const char *folder;
	uint64_t size, rows;
	struct mdl_sum sum;
};

struct mdl_table_writer {
	char *dir, *pending;
	struct mdl_table_options o; /* lists are owned copies */
	char *extension;
	struct mdl_csv_writer *csv;
	bool synced_dir;
	size_t generation;
	/* the epoch's */
	uint64_t epoch, hidden_epoch, count;
	char *run, *stage;
	bool in_name, begun;
	struct mdl_arena arena;
	struct part **parts; /* hash table, a power of two */
	size_t nparts, parts_cap;
	struct part *newest, *oldest;
	unsigned threads; /* that parts have */
	size_t nopen;
	size_t buffered;
	struct file *files;
	size_t nfiles, files_cap;
	struct mdl_buf folder, value;
};

/* ---- set-up ---- */

static const char *const *copy_names(const char *const *v, size_t n)
{
	char **c = mdl_array(n ? n : 1, sizeof(*c));

	for (size_t i = 0; i < n; i++)
		c[i] = mdl_strdup(v[i]);
	return (const char *const *)c;
}

static void free_names(const char *const *v, size_t n)
{
	for (size_t i = 0; v && i < n; i++)
		free((char *)(uintptr_t)v[i]);
	free((void *)(uintptr_t)v);
}

struct mdl_table_writer *mdl_table_writer_new(const char *dir, const struct mdl_table_options *opts,
					      struct mdl_err *err)
{
	if (mdl_dir_make(dir, err))
		return NULL;
	char *real = mdl_path_real(dir, err);

	if (!real)
		return NULL;
	struct mdl_table_writer *w = mdl_zalloc(sizeof(*w));

	w->dir = real;
	w->pending = mdl_path_join(real, MDL_TABLE_PENDING);
	w->o = *opts;
	w->o.partition_by = copy_names(opts->partition_by, opts->npartition_by);
	w->o.columns = NULL;
	if (!w->o.max_file_bytes)
		w->o.max_file_bytes = MDL_TABLE_MAX_FILE_BYTES;
	if (!w->o.max_open)
		w->o.max_open =
			opts->compress == MDL_COMPRESS_NONE ? MDL_TABLE_MAX_OPEN : MDL_TABLE_MAX_OPEN / 4;
	w->extension = mdl_asprintf("%s%s", opts->format == MDL_TABLE_CSV ? "csv" : "ndjson",
				    mdl_compress_extension(opts->compress));
	if (opts->format == MDL_TABLE_CSV)
		w->csv = mdl_csv_writer_new(opts->columns, opts->ncolumns, opts->partition_by,
					    opts->npartition_by, opts->guard_formulas);
	mdl_arena_init(&w->arena);
	mdl_buf_init(&w->folder, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&w->value, MDL_BUF_NO_LIMIT);
	return w;
}

const char *mdl_table_writer_dir(const struct mdl_table_writer *w)
{
	return w->dir;
}

uint64_t mdl_table_writer_count(const struct mdl_table_writer *w)
{
	return w->count;
}

void mdl_table_writer_set_epoch(struct mdl_table_writer *w, uint64_t epoch)
{
	w->epoch = epoch;
}

void mdl_table_writer_set_generation(struct mdl_table_writer *w, size_t generation)
{
	w->generation = generation;
}

const char *const *mdl_table_writer_columns(const struct mdl_table_writer *w, size_t *n)
{
	*n = 0;
	return w->csv ? mdl_csv_writer_columns(w->csv, n) : NULL;
}

uint64_t mdl_table_writer_unknown(const struct mdl_table_writer *w, const char **name)
{
	*name = NULL;
	return w->csv ? mdl_csv_writer_unknown(w->csv, name) : 0;
}

/* "_medal_pending/42.<run>.<stage>.<n>", relative to the table; the caller frees. */
static char *hidden_name(const struct mdl_table_writer *w, size_t n)
{
	return mdl_asprintf(MDL_TABLE_PENDING "/%" PRIu64 ".%s.%s.%zu", w->hidden_epoch, w->run, w->stage, n);
}

static char *final_name(const struct mdl_table_writer *w, size_t n)
{
	char generation[32] = "";

	if (w->generation)
		snprintf(generation, sizeof(generation), "-g%zu", w->generation);
	return mdl_asprintf("%spart-%" PRIu64 "-%s%s%zu%s.%s", w->files[n].folder, w->epoch,
			    w->in_name ? w->stage : "", w->in_name ? "-" : "", n, generation, w->extension);
}

/* ---- parts and their files ---- */

static void unlink_open(struct mdl_table_writer *w, struct part *p)
{
	if (p->newer)
		p->newer->older = p->older;
	else
		w->newest = p->older;
	if (p->older)
		p->older->newer = p->newer;
	else
		w->oldest = p->newer;
	p->newer = p->older = NULL;
}

static void link_newest(struct mdl_table_writer *w, struct part *p)
{
	p->older = w->newest;
	p->newer = NULL;
	if (w->newest)
		w->newest->newer = p;
	else
		w->oldest = p;
	w->newest = p;
}

static void let_go(struct mdl_table_writer *w, struct part *p)
{
	mdl_compress_writer_close(p->out);
	w->threads -= p->has_thread;
	p->has_thread = false;
	p->out = NULL;
	p->fd = -1;
	unlink_open(w, p);
	w->nopen--;
}

/* Hand all bytes to the kernel and let it begin to write them. */
static int drain_part(struct mdl_table_writer *w, struct part *p, struct mdl_err *err)
{
	uint64_t size;

	if (mdl_compress_writer_finish(p->out, &size, err))
		return -1;
	w->files[p->file].size += size;
	/* Only a hint: what fails here fails in fsync. */
	(void)sync_file_range(p->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

/* Sync and close the descriptor of a drained part; its file may go on later. */
static int sync_part(struct mdl_table_writer *w, struct part *p, struct mdl_err *err)
{
	int fd = p->fd;
	const char *what = NULL;

	let_go(w, p);
	if (fsync(fd))
		what = "sync";
	if (!what && close(fd))
		what = "close";
	if (!what)
		return 0;
	char *name = hidden_name(w, p->file);

	mdl_err_sys(err, "%s/%s: cannot %s", w->dir, name, what);
	free(name);
	return -1;
}

/* Close the N parts that were not written for longest. All are drained before the first is synced, so that the
 * file system's journal takes their inodes in few commits and not in one for each. */
static int close_oldest(struct mdl_table_writer *w, size_t n, struct mdl_err *err)
{
	size_t i = 0;

	for (struct part *p = w->oldest; p && i < n; p = p->newer, i++)
		if (drain_part(w, p, err))
			return -1;
	while (i-- > 0)
		if (sync_part(w, w->oldest, err))
			return -1;
	return 0;
}

static int open_part(struct mdl_table_writer *w, struct part *p, struct mdl_err *err)
{
	if (p->out) {
		if (w->newest != p) {
			unlink_open(w, p);
			link_newest(w, p);
		}
		return 0;
	}
	if (w->nopen >= w->o.max_open && close_oldest(w, (w->o.max_open + 1) / 2, err))
		return -1;
	/* A file that has bytes was closed for want of descriptors. */
	bool again = w->files[p->file].size > 0;
	char *name = hidden_name(w, p->file), *path = mdl_path_join(w->dir, name);
	int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (again ? O_APPEND : O_CREAT | O_EXCL);
	int fd = open(path, flags, 0666), r = 0;

	if (fd < 0 && errno == ENOENT && !again) {
		if (mdl_dir_make(w->pending, err))
			r = -1;
		else
			fd = open(path, flags, 0666);
	}
	if (!r && fd < 0)
		r = mdl_err_sys(err, "%s: cannot %s", path, again ? "open it again" : "create it");
	if (!r) {
		p->fd = fd;
		p->out = mdl_compress_writer_open(fd, w->o.compress, w->o.level, path);
		p->has_thread = w->o.compress != MDL_COMPRESS_NONE && w->threads + 1 < w->o.threads;
		if (p->has_thread) {
			mdl_compress_writer_thread(p->out);
			w->threads++;
		}
		link_newest(w, p);
		w->nopen++;
		if (!again && w->csv) {
			mdl_buf_clear(&w->value);
			mdl_csv_writer_header(w->csv, &w->value);
			r = mdl_compress_writer_write(p->out, w->value.p, w->value.n, err);
		}
	}
	free(path);
	free(name);
	return r;
}

/* Give the part a file, unopened. */
static void new_file(struct mdl_table_writer *w, struct part *p)
{
	MDL_GROW(w->files, w->nfiles, w->files_cap);
	w->files[w->nfiles] = (struct file){.folder = p->folder};
	p->file = w->nfiles++;
	p->bytes = 0;
}

static int flush_part(struct mdl_table_writer *w, struct part *p, struct mdl_err *err)
{
	if (!p->buf.n)
		return 0;
	if (open_part(w, p, err) || mdl_compress_writer_write(p->out, p->buf.p, p->buf.n, err))
		return -1;
	w->buffered -= p->buf.n;
	mdl_buf_clear(&p->buf);
	return 0;
}

static int finish_file(struct mdl_table_writer *w, struct part *p, struct mdl_err *err)
{
	if (flush_part(w, p, err) || (p->out && (drain_part(w, p, err) || sync_part(w, p, err))))
		return -1;
	p->file = NO_FILE;
	return 0;
}

/* Has the part's file its size? Plain bytes are counted row by row, compressed ones as they come out. */
static bool is_full(const struct mdl_table_writer *w, const struct part *p)
{
	if (w->o.compress == MDL_COMPRESS_NONE)
		return p->bytes >= w->o.max_file_bytes;
	return w->files[p->file].size + (p->out ? mdl_compress_writer_bytes(p->out) : 0) >=
	       w->o.max_file_bytes;
}

static void count_row(struct mdl_table_writer *w, struct part *p, struct mdl_slice line,
		      const struct mdl_sum *sum)
{
	struct file *f = &w->files[p->file];

	if (!w->o.no_sums)
		mdl_sum_add(&f->sum, sum ? *sum : mdl_sum_line(line));
	f->rows++;
	w->count++;
	p->bytes += line.n + 1;
}

/* Too much waits: write out the parts that hold more than half of the mean, which is more than half of all. */
static int relieve(struct mdl_table_writer *w, struct mdl_err *err)
{
	size_t least = w->buffered / (w->nparts ? w->nparts : 1) / 2;

	for (size_t i = 0; i < w->parts_cap; i++)
		for (struct part *p = w->parts[i]; p; p = p->next) {
			if (p->buf.n <= least)
				continue;
			if (flush_part(w, p, err))
				return -1;
			mdl_buf_free(&p->buf);
			mdl_buf_init(&p->buf, MDL_BUF_NO_LIMIT);
		}
	return 0;
}

/* N bytes were added to the part's buffer. */
static int buffered(struct mdl_table_writer *w, struct part *p, size_t n, struct mdl_err *err)
{
	w->buffered += n;
	size_t limit = w->o.max_file_bytes < FLUSH_BYTES ? (size_t)w->o.max_file_bytes : FLUSH_BYTES;

	if (p->buf.n >= limit && flush_part(w, p, err))
		return -1;
	return w->buffered > MDL_TABLE_MAX_BUFFERED ? relieve(w, err) : 0;
}

/* Bytes of whole NDJSON rows, at once into the file (one part) or into the part's buffer. */
static int put_run(struct mdl_table_writer *w, struct part *p, const char *from, size_t n,
		   struct mdl_err *err)
{
	if (w->o.npartition_by == 0)
		return open_part(w, p, err) ? -1 : mdl_compress_writer_write(p->out, from, n, err);
	mdl_buf_put(&p->buf, from, n);
	return buffered(w, p, n, err);
}

static int put_ndjson(struct mdl_table_writer *w, struct part *p, const struct mdl_slice *lines, size_t first,
		      size_t last, const struct mdl_sum *sums, struct mdl_err *err)
{
	const char *from = lines[first].p, *to = from;

	for (size_t i = first; i < last; i++) {
		if (lines[i].p != to) {
			if (to > from && put_run(w, p, from, (size_t)(to - from), err))
				return -1;
			from = lines[i].p;
		}
		to = lines[i].p + lines[i].n + 1;
		if (p->file == NO_FILE)
			new_file(w, p);
		count_row(w, p, lines[i], sums ? &sums[i] : NULL);
		if (is_full(w, p)) {
			if (put_run(w, p, from, (size_t)(to - from), err) || finish_file(w, p, err))
				return -1;
			from = to;
		}
	}
	if (to > from && put_run(w, p, from, (size_t)(to - from), err))
		return -1;
	return p->file != NO_FILE && is_full(w, p) ? finish_file(w, p, err) : 0;
}

static int put_csv(struct mdl_table_writer *w, struct part *p, const struct mdl_slice *lines, size_t first,
		   size_t last, const struct mdl_sum *sums, struct mdl_err *err)
{
	(void)sums; /* of the JSON; the records' own are kept */
	for (size_t i = first; i < last; i++) {
		size_t at = p->buf.n, ncolumns;

		mdl_csv_writer_row(w->csv, &p->buf, lines[i]);
		mdl_csv_writer_columns(w->csv, &ncolumns);
		if (!ncolumns)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s: the first row has no member that could be a CSV column; name the columns with "
				"--schema",
				w->dir);
		if (p->file == NO_FILE)
			new_file(w, p);
		size_t n = p->buf.n - at;

		count_row(w, p, (struct mdl_slice){p->buf.p + at, n - 1}, NULL);
		if (buffered(w, p, n, err) || (is_full(w, p) && finish_file(w, p, err)))
			return -1;
	}
	return 0;
}

/* ---- partitions ---- */

static void grow_parts(struct mdl_table_writer *w)
{
	size_t cap = w->parts_cap ? w->parts_cap * 2 : 64;
	struct part **t = mdl_array(cap, sizeof(struct part *));

	for (size_t i = 0; i < w->parts_cap; i++)
		for (struct part *p = w->parts[i], *next; p; p = next) {
			next = p->next;
			p->next = t[p->hash & (cap - 1)];
			t[p->hash & (cap - 1)] = p;
		}
	free(w->parts);
	w->parts = t;
	w->parts_cap = cap;
}

static struct part *find_part(struct mdl_table_writer *w, struct mdl_slice folder)
{
	uint64_t h = XXH3_64bits(folder.p, folder.n);

	if (w->parts_cap)
		for (struct part *p = w->parts[h & (w->parts_cap - 1)]; p; p = p->next)
			if (p->hash == h && mdl_slice_is(folder, p->folder))
				return p;
	if (w->nparts >= w->parts_cap)
		grow_parts(w);
	struct part *p = mdl_arena_zalloc(&w->arena, sizeof(*p));

	p->folder = mdl_arena_strndup(&w->arena, folder.p, folder.n);
	p->hash = h;
	p->file = NO_FILE;
	p->fd = -1;
	mdl_buf_init(&p->buf, MDL_BUF_NO_LIMIT);
	p->next = w->parts[h & (w->parts_cap - 1)];
	w->parts[h & (w->parts_cap - 1)] = p;
	w->nparts++;
	return p;
}

/* The text that stands for a value in a folder's name; empty for NULL. */
static struct mdl_slice partition_text(struct mdl_table_writer *w, const struct mdl_json_value *v)
{
	struct mdl_slice s = {v->p, v->n};

	if (v->kind == MDL_JSON_MISSING || v->kind == MDL_JSON_NULL)
		return (struct mdl_slice){"", 0};
	if (v->kind == MDL_JSON_STRING && v->escaped) {
		mdl_buf_clear(&w->value);
		mdl_json_unescape(&w->value, s);
		s = mdl_buf_slice(&w->value);
	}
	return s;
}

static int part_of_row(struct mdl_table_writer *w, struct part **part, struct mdl_json_value *const *cols,
		       size_t i, struct mdl_err *err)
{
	mdl_buf_clear(&w->folder);
	for (size_t k = 0; k < w->o.npartition_by; k++) {
		size_t at = w->folder.n;

		mdl_table_partition_format(&w->folder, mdl_slice_of(w->o.partition_by[k]),
					   partition_text(w, &cols[k][i]));
		if (w->folder.n - at > MDL_TABLE_NAME_MAX)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s: a value of the partition column %s has %" PRIu32
				" bytes, and the folder for it would pass the %d bytes that a name may have; partition by "
				"another column, or shorten it with medal-transform",
				w->dir, w->o.partition_by[k], cols[k][i].n, MDL_TABLE_NAME_MAX);
		mdl_buf_putc(&w->folder, '/');
	}
	*part = find_part(w, mdl_buf_slice(&w->folder));
	return 0;
}

static bool same_values(const struct mdl_table_writer *w, struct mdl_json_value *const *cols, size_t i,
			size_t j)
{
	for (size_t k = 0; k < w->o.npartition_by; k++) {
		const struct mdl_json_value *a = &cols[k][i], *b = &cols[k][j];

		if (a->kind != b->kind || a->n != b->n || (a->n && memcmp(a->p, b->p, a->n) != 0))
			return false;
	}
	return true;
}

int mdl_table_writer_rows(struct mdl_table_writer *w, const struct mdl_slice *lines, size_t first,
			  size_t last, struct mdl_json_value *const *cols, const struct mdl_sum *sums,
			  struct mdl_err *err)
{
	if (!w->begun)
		mdl_bug("rows without an epoch");
	for (size_t i = first, end; i < last; i = end) {
		struct part *p = NULL;

		for (end = i + 1; end < last && same_values(w, cols, i, end);)
			end++;
		if (part_of_row(w, &p, cols, i, err) ||
		    (w->csv ? put_csv : put_ndjson)(w, p, lines, i, end, sums, err))
			return -1;
	}
	return 0;
}

int mdl_table_writer_row(struct mdl_table_writer *w, struct mdl_slice line, struct mdl_err *err)
{
	if (!w->begun || w->o.npartition_by || w->csv)
		mdl_bug("a single row is for plain tables");
	struct part *p = find_part(w, (struct mdl_slice){"", 0});

	if (p->file == NO_FILE)
		new_file(w, p);
	count_row(w, p, line, NULL);
	if (put_run(w, p, line.p, line.n, err) || put_run(w, p, "\n", 1, err))
		return -1;
	return is_full(w, p) ? finish_file(w, p, err) : 0;
}

/* ---- the epoch ---- */

static void forget_epoch(struct mdl_table_writer *w)
{
	for (size_t i = 0; i < w->parts_cap; i++)
		for (struct part *p = w->parts[i]; p; p = p->next)
			mdl_buf_free(&p->buf);
	free(w->parts);
	w->parts = NULL;
	w->nparts = w->parts_cap = w->nfiles = 0;
	w->newest = w->oldest = NULL;
	w->nopen = w->buffered = 0;
	w->begun = false;
	mdl_arena_reset(&w->arena);
	free(w->run);
	free(w->stage);
	w->run = w->stage = NULL;
}

/* Close what is open and remove what was made: the epoch will not be. */
static void abandon(struct mdl_table_writer *w)
{
	if (!w->begun)
		return;
	while (w->oldest) {
		close(w->oldest->fd);
		let_go(w, w->oldest);
	}
	for (size_t i = 0; i < w->nfiles; i++) {
		char *name = hidden_name(w, i), *path = mdl_path_join(w->dir, name);

		unlink(path);
		free(path);
		free(name);
	}
	forget_epoch(w);
}

void mdl_table_writer_free(struct mdl_table_writer *w)
{
	if (!w)
		return;
	abandon(w);
	mdl_csv_writer_free(w->csv);
	free_names(w->o.partition_by, w->o.npartition_by);
	free(w->files);
	free(w->extension);
	free(w->pending);
	free(w->dir);
	mdl_buf_free(&w->folder);
	mdl_buf_free(&w->value);
	mdl_arena_free(&w->arena);
	free(w);
}

void mdl_table_writer_begin(struct mdl_table_writer *w, uint64_t epoch, const char *run, const char *stage,
			    bool in_name)
{
	abandon(w);
	w->epoch = w->hidden_epoch = epoch;
	w->run = mdl_strdup(run);
	w->stage = mdl_strdup(stage);
	for (char *c = w->stage; *c; c++) /* "b/write" of a branch */
		if (*c == '/')
			*c = '+';
	w->in_name = in_name;
	w->count = 0;
	w->begun = true;
}

/* The names in _medal_pending, and, once a process, the names that lead to it. */
static int sync_dirs(struct mdl_table_writer *w, struct mdl_err *err)
{
	if (mdl_dir_sync(w->pending, err))
		return -1;
	if (w->synced_dir)
		return 0;
	char *up = mdl_strdup(w->dir), *slash = strrchr(up, '/');

	if (slash == up)
		slash++;
	*slash = '\0';
	int r = mdl_dir_sync(w->dir, err) ? -1 : mdl_dir_sync(up, err);

	free(up);
	w->synced_dir = r == 0;
	return r;
}

int mdl_table_writer_prepare(struct mdl_table_writer *w, struct mdl_books *books, struct mdl_err *err)
{
	if (!w->begun)
		mdl_bug("prepare without an epoch");
	for (size_t i = 0; i < w->parts_cap; i++)
		for (struct part *p = w->parts[i]; p; p = p->next)
			if (flush_part(w, p, err))
				return -1;
	if (close_oldest(w, w->nopen, err))
		return -1;
	if (w->nfiles && sync_dirs(w, err))
		return -1;
	for (size_t i = 0; i < w->nfiles; i++) {
		char *path = final_name(w, i), *hidden = hidden_name(w, i);
		struct mdl_ledger_file f = {w->dir,           path,           hidden, w->files[i].size,
					    w->files[i].rows, w->files[i].sum};

		mdl_books_file(books, &f);
		free(path);
		free(hidden);
	}
	forget_epoch(w);
	return 0;
}

int mdl_table_names(const char *text, const char *what, const char *const **names, size_t *n,
		    struct mdl_err *err)
{
	size_t count = 1;

	for (const char *c = text; *c; c++)
		count += *c == ',';
	/* One block: the pointers, then the text that they point into. */
	size_t len = strlen(text) + 1;
	char **v = mdl_alloc(count * sizeof(*v) + len);
	char *copy = (char *)(v + count), *at = copy, *part;

	memcpy(copy, text, len);
	*n = 0;
	while ((part = strsep(&at, ",")) != NULL) {
		part += strspn(part, " ");
		size_t end = strlen(part);

		while (end && part[end - 1] == ' ')
			part[--end] = '\0';
		bool twice = false;

		for (size_t i = 0; i < *n; i++)
			twice = twice || strcmp(v[i], part) == 0;
		if (!end || twice) {
			int r = mdl_err_set(err, MDL_TROUBLE, "%s '%s': %s", what, text,
					    twice ? "a column is named twice" : "a column has no name");
			free(v);
			return r;
		}
		v[(*n)++] = part;
	}
	*names = (const char *const *)v;
	return 0;
}
