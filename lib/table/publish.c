/* SPDX-License-Identifier: MIT
 *
 * Order of one table: folders and their names synced, renames, fsync of each folder,
 * the log entry. Only the last makes the epoch visible; everything before may be
 * found half done and is gone on with.
 */
#include "table/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "table/table_dir.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_uri.h"

/* A file on its way, with the folder and name of its final path. */
struct move {
	const struct mdl_ledger_file *file;
	char *folder;
	const char *name;
	size_t order;
};

static int by_folder(const void *a, const void *b)
{
	const struct move *x = a, *y = b;
	int c = strcmp(x->folder, y->folder);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

/* Rename one file into FOLDERFD, or see that it was done before. ENTRY gets size and time. */
static int move_file(int dirfd, int folderfd, const struct move *m, struct mdl_table_entry *entry,
		     struct mdl_err *err)
{
	const struct mdl_ledger_file *f = m->file;
	struct stat hidden, final;
	bool there = fstatat(folderfd, m->name, &final, AT_SYMLINK_NOFOLLOW) == 0;
	bool waits = fstatat(dirfd, f->hidden, &hidden, AT_SYMLINK_NOFOLLOW) == 0;

	if (waits && there && hidden.st_ino != final.st_ino)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s/%s exists already, with other content than this epoch's: another program writes this "
			"table, or it is left from a rollback; move it away and run again",
			f->table, f->path);
	if (waits) {
		if (!S_ISREG(hidden.st_mode) || (uint64_t)hidden.st_size != f->size)
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s/%s has %lld bytes but the ledger says %" PRIu64
					   ": it was changed after the decision",
					   f->table, f->hidden, (long long)hidden.st_size, f->size);
		if (renameat(dirfd, f->hidden, folderfd, m->name))
			return mdl_err_sys(err, "%s/%s: cannot rename to %s", f->table, f->hidden, f->path);
		final = hidden;
		/* The checksum of a file that had this name once would make Spark refuse ours. */
		char *crc = mdl_asprintf(".%s.crc", m->name);
		int r = unlinkat(folderfd, crc, 0) && errno != ENOENT;

		free(crc);
		if (r)
			return mdl_err_sys(err, "%s/%s: cannot remove the old .crc file", f->table, f->path);
	} else if (!there) {
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s/%s, which the ledger lists, is neither there nor waiting in %s: the table was removed or "
			"restored from an older copy; restore table and checkpoint from one backup",
			f->table, f->path, f->hidden);
	} else if (!S_ISREG(final.st_mode) || (uint64_t) final.st_size != f->size) {
		return mdl_err_set(err, MDL_TROUBLE, "%s/%s has %lld bytes but the ledger says %" PRIu64,
				   f->table, f->path, (long long) final.st_size, f->size);
	}
	entry->size = f->size;
	entry->mtime_ms = (int64_t) final.st_mtim.tv_sec * 1000 + final.st_mtim.tv_nsec / 1000000;
	return 0;
}

/* Make the folders of MOVES, which are in order, and their names safe: a file that is safe in a folder whose name is
 * not would be gone after a power cut, under both of its names. A killed run may have made them and not synced. */
static int make_folders(int dirfd, const char *dir, const struct move *moves, size_t n, struct mdl_err *err)
{
	const char *before = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (!*moves[i].folder || (before && strcmp(moves[i].folder, before) == 0))
			continue;
		int fd = mdl_table_dir_folder(dirfd, dir, moves[i].folder, true, err);

		if (fd < 0)
			return -1;
		close(fd);
		r = mdl_table_dir_sync_above(dirfd, dir, moves[i].folder, before, err);
		before = moves[i].folder;
	}
	return !r && before ? mdl_table_dir_sync_folder(dirfd, dir, "", err) : r;
}

static int move_files(int dirfd, const char *dir, struct move *moves, size_t n,
		      struct mdl_table_entry *entries, struct mdl_err *err)
{
	qsort(moves, n, sizeof(*moves), by_folder);
	int r = make_folders(dirfd, dir, moves, n, err);

	for (size_t i = 0, end; !r && i < n; i = end) {
		int fd = mdl_table_dir_folder(dirfd, dir, moves[i].folder, false, err);

		r = fd < 0 ? -1 : 0;
		for (end = i; end < n && strcmp(moves[end].folder, moves[i].folder) == 0; end++)
			if (!r)
				r = move_file(dirfd, fd, &moves[end], &entries[moves[end].order], err);
		if (fd >= 0)
			close(fd);
	}
	/* All renames first: the file system's journal then takes them in few commits. */
	for (size_t i = 0; !r && i < n; i++)
		if (i == 0 || strcmp(moves[i].folder, moves[i - 1].folder) != 0)
			r = mdl_table_dir_sync_folder(dirfd, dir, moves[i].folder, err);
	return r;
}

/* Files of one table and epoch, in log order. */
struct batch {
	const char *dir;
	const struct mdl_ledger_file **files;
	size_t n, cap;
};

static int publish_files(const struct batch *b, struct mdl_table_entry *entries, struct mdl_err *err)
{
	struct move *moves = mdl_array(b->n ? b->n : 1, sizeof(*moves));
	int dirfd = -1, r = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct mdl_ledger_file *f = b->files[i];

		if (!mdl_table_path_inside(f->path) || !mdl_table_path_inside(f->hidden)) {
			r = mdl_err_set(err, MDL_TROUBLE, "%s: the ledger lists a path outside the table: %s",
					b->dir, f->path);
			break;
		}
		moves[i].file = f;
		moves[i].order = i;
		moves[i].folder = mdl_strdup(f->path);
		char *slash = strrchr(moves[i].folder, '/');

		moves[i].name = f->path + (slash ? slash - moves[i].folder + 1 : 0);
		*(slash ? slash : moves[i].folder) = '\0';
		entries[i].path = f->path;
	}
	if (!r && b->n) {
		dirfd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = dirfd < 0 ? mdl_err_sys(err, "%s: cannot open the table's directory", b->dir)
			      : move_files(dirfd, b->dir, moves, b->n, entries, err);
	}
	if (dirfd >= 0)
		close(dirfd);
	for (size_t i = 0; i < b->n; i++)
		free(moves[i].folder);
	free(moves);
	return r;
}

static int publish_table(const struct batch *b, uint64_t epoch, enum mdl_table_mode mode, int64_t interval,
			 struct mdl_err *err)
{
	struct mdl_table_entry *entries = mdl_array(b->n ? b->n : 1, sizeof(*entries));
	int r = publish_files(b, entries, err);
	/* A .compact takes over what the one before lists, which a merge of files may just be replacing. */
	int lock = r ? -1 : mdl_table_dir_lock(b->dir, err);

	if (!r)
		r = lock < 0 ? -1 : mdl_table_log_write(b->dir, epoch, mode, interval, entries, b->n, err);
	/* The epoch before stays for readers that have just listed it. */
	if (!r && mode == MDL_TABLE_COMPLETE && epoch > 0)
		r = mdl_table_log_drop_before(b->dir, (int64_t)epoch - 1, err);
	if (lock >= 0)
		close(lock);
	free(entries);
	return r;
}

static struct batch *find_batch(struct batch **v, size_t *n, size_t *cap, const char *dir)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*v)[i].dir, dir) == 0)
			return &(*v)[i];
	MDL_GROW(*v, *n, *cap);
	(*v)[*n] = (struct batch){.dir = dir};
	return &(*v)[(*n)++];
}

int mdl_publish_epoch(uint64_t epoch, const struct mdl_books *stages, size_t n, struct mdl_err *err)
{
	struct batch *tables = NULL;
	size_t ntables = 0, cap = 0;
	int r = 0;

	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; i < stages[s].ntables; i++)
			find_batch(&tables, &ntables, &cap, stages[s].tables[i].dir);
		for (size_t i = 0; i < stages[s].nfiles; i++) {
			struct batch *b = find_batch(&tables, &ntables, &cap, stages[s].files[i].table);

			MDL_GROW(b->files, b->n, b->cap);
			b->files[b->n++] = &stages[s].files[i];
		}
	}
	for (size_t i = 0; !r && i < ntables; i++) {
		struct mdl_table_owner o;

		r = mdl_table_owner_read(&o, tables[i].dir, err);
		if (r == 1)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s/" MDL_TABLE_OWNER_FILE
					" is missing: the table was removed or replaced while the "
					"pipeline ran; restore it from a backup",
					tables[i].dir);
		if (!r) {
			r = publish_table(&tables[i], epoch,
					  o.complete ? MDL_TABLE_COMPLETE : MDL_TABLE_APPEND, o.interval,
					  err);
			mdl_table_owner_free(&o);
		}
	}
	for (size_t i = 0; i < ntables; i++)
		free(tables[i].files);
	free(tables);
	return r;
}

/* ---- clean-up ---- */

/* "<epoch>.<run>.<anything>": false for other names. */
static bool parse_hidden(const char *name, uint64_t *epoch, char run[33])
{
	char *end;

	if (*name < '0' || *name > '9')
		return false;
	errno = 0;
	*epoch = strtoull(name, &end, 10);
	if (errno || *end != '.' || strspn(end + 1, "0123456789abcdef") != 32 || end[33] != '.')
		return false;
	memcpy(run, end + 1, 32);
	run[32] = '\0';
	return true;
}

int mdl_table_clean_pending(const char *dir, const char *own_run, mdl_publish_keep_fn *keep, void *arg,
			    size_t *removed, struct mdl_err *err)
{
	char *pending = mdl_path_join(dir, MDL_TABLE_PENDING);
	DIR *d = opendir(pending);
	size_t count = 0;
	int r = 0;

	if (!d && errno != ENOENT)
		r = mdl_err_sys(err, "%s: cannot list", pending);
	for (struct dirent *e; d && !r && (errno = 0, e = readdir(d)) != NULL;) {
		uint64_t epoch;
		char run[33];

		if (!parse_hidden(e->d_name, &epoch, run) || strcmp(run, own_run) == 0 ||
		    (keep && keep(arg, epoch, run)))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) && errno != ENOENT)
			r = mdl_err_sys(err, "%s/%s: cannot remove", pending, e->d_name);
		count++;
	}
	if (d && !r && errno)
		r = mdl_err_sys(err, "%s: cannot list", pending);
	if (d)
		closedir(d);
	free(pending);
	if (removed)
		*removed = count;
	return r;
}

/* ---- without a checkpoint ---- */

int mdl_plain_check(const char *dir, enum mdl_plain_mode mode, struct mdl_err *err)
{
	struct mdl_table_owner o;
	int64_t newest;
	bool data;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r < 0)
		return -1;
	if (r == 0) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"%s belongs to the checkpoint %s (as %s) but no begin line came: a program between that drops "
			"control lines (run it by medal-exec), or a pipeline without --checkpoint; nothing was written",
			dir, o.checkpoint, o.owner);
		mdl_table_owner_free(&o);
		return -1;
	}
	if (mdl_table_log_newest(dir, &newest, err) || mdl_table_dir_has_data(dir, &data, err))
		return -1;
	if (mode == MDL_PLAIN_NEW && (newest >= 0 || data))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s exists and is not empty; use --mode append or --mode overwrite, or another directory",
			dir);
	if (newest < 0 && data)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s has files but no log (_spark_metadata), which would hide them; write to a new directory",
			dir);
	return 0;
}

static bool begins_with(const char *name, const void *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static int publish_plain_locked(int lockfd, struct mdl_table_writer *w, enum mdl_plain_mode mode,
				uint64_t *epoch, struct mdl_err *err)
{
	const char *dir = mdl_table_writer_dir(w);
	struct mdl_books books;
	int64_t newest;

	/* What was true before the first row may have changed meanwhile. */
	if (mdl_plain_check(dir, mode, err) || mdl_table_log_newest(dir, &newest, err))
		return -1;
	/* Files that a killed run renamed and never entered in the log. */
	char *prefix = mdl_asprintf("part-%" PRId64 "-", newest + 1);
	uint64_t removed = 0;
	int r = mdl_table_dir_sweep(lockfd, dir, "", begins_with, prefix, &removed, err);

	free(prefix);
	if (r)
		return -1;
	*epoch = (uint64_t)(newest + 1);
	mdl_books_init(&books, "write", false);
	mdl_table_writer_set_epoch(w, *epoch);
	r = mdl_table_writer_prepare(w, &books, err);

	struct batch b = {.dir = dir, .n = books.nfiles};

	b.files = mdl_array(b.n ? b.n : 1, sizeof(*b.files));
	for (size_t i = 0; i < b.n; i++)
		b.files[i] = &books.files[i];
	bool over = mode == MDL_PLAIN_OVERWRITE && newest >= 0;

	if (!r) {
		struct mdl_table_entry *entries = mdl_array(b.n ? b.n : 1, sizeof(*entries));

		r = publish_files(&b, entries, err);
		/* No row and no table yet: it stays without a log. For in a pipeline whose source was killed before
		 * it could say so, this is no run without a checkpoint; the next run must find a table to claim. */
		if (!r && (b.n || newest >= 0))
			r = mdl_table_log_write(dir, *epoch, over ? MDL_TABLE_COMPLETE : MDL_TABLE_APPEND, 0,
						entries, b.n, err);
		free(entries);
	}
	if (!r && over)
		r = mdl_table_log_drop_before(dir, (int64_t)*epoch, err);
	free(b.files);
	mdl_books_free(&books);
	return r;
}

int mdl_plain_publish(struct mdl_table_writer *w, enum mdl_plain_mode mode, uint64_t *epoch,
		      struct mdl_err *err)
{
	uint64_t number;
	int fd = mdl_table_dir_lock(mdl_table_writer_dir(w), err);

	if (fd < 0)
		return -1;
	int r = publish_plain_locked(fd, w, mode, epoch ? epoch : &number, err);

	/* Tidy when nobody else writes; a folder that is in use stays. */
	if (!r)
		unlinkat(fd, MDL_TABLE_PENDING, AT_REMOVEDIR);
	close(fd);
	return r;
}

void mdl_plain_run_id(char run[33])
{
	unsigned char b[16];

	/* The kernel answers 16 bytes at once, or the system is not up yet. */
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		mdl_bug("getrandom failed");
	for (size_t i = 0; i < sizeof(b); i++)
		snprintf(run + 2 * i, 3, "%02x", b[i]);
}
