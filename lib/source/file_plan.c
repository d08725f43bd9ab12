/* SPDX-License-Identifier: MIT
 *
 * What there is to read: see file_plan.h.
 */
#include "source/file_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "source/discovery.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_reader.h"

enum { PREFIX_BYTES = 1024 };

void mdl_file_plan_free(struct mdl_file_plan *p)
{
	mdl_positions_free(&p->queue);
	p->at = 0;
}

static void tell(const struct mdl_file_plan_opts *o, char *text)
{
	if (o->notice)
		o->notice(text);
	free(text);
}

/* ---- Files that grow ---- */

/* The hash of the first N bytes of PATH; false when it has fewer. */
static bool prefix_hash(const char *path, uint64_t n, uint64_t *hash)
{
	char buf[PREFIX_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t k = 1;
	while (fd >= 0 && have < n && (k = mdl_read(fd, buf + have, (size_t)n - have)) > 0)
		have += (size_t)k;
	if (fd >= 0)
		close(fd);
	*hash = XXH3_64bits(buf, have);
	return fd >= 0 && have == n;
}

/* Does a line end in PATH at or after OFFSET? */
static bool has_line(const char *path, uint64_t offset)
{
	char buf[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;
	ssize_t n;
	while (fd >= 0 && !found && (n = pread(fd, buf, sizeof(buf), (off_t)offset)) > 0) {
		found = memchr(buf, '\n', (size_t)n) != NULL;
		offset += (uint64_t)n;
	}
	if (fd >= 0)
		close(fd);
	return found;
}

/* Is the file at PATH, which has the inode of T's, really T's? The numbers of deleted files come again. */
static bool is_file_of(const struct mdl_file_tail *t, const char *path, uint64_t size)
{
	uint64_t hash;
	return size >= t->offset &&
	       (!t->prefix_bytes || (prefix_hash(path, t->prefix_bytes, &hash) && hash == t->prefix_hash));
}

/* The file that stood at a tail's path was renamed (logrotate): find where it is now. */
static char *rotated_to(const struct mdl_file_tail *t, const struct mdl_discovery *d)
{
	for (size_t i = 0; i < d->nfiles; i++) {
		const struct mdl_source_file *f = &d->files[i];
		if (f->inode == t->ino && f->device == t->dev && is_file_of(t, f->path, f->size))
			return mdl_strdup(f->path);
	}
	char *next = mdl_asprintf("%s.1", t->path);
	struct stat st;
	if (stat(next, &st) == 0 && (uint64_t)st.st_ino == t->ino && (uint64_t)st.st_dev == t->dev &&
	    is_file_of(t, next, (uint64_t)st.st_size))
		return next;
	free(next);
	return NULL;
}

static void queue_tail(struct mdl_file_plan *p, const struct mdl_file_tail *t, uint64_t size,
		       int64_t mtime_ms)
{
	if (size <= t->offset || !has_line(t->path, t->offset))
		return;
	struct mdl_file_range r = {.path = t->path,
				   .uri = t->uri,
				   .start = t->offset,
				   .start_line = t->line,
				   .end = size,
				   .size = size,
				   .mtime_ms = mtime_ms,
				   .tail = true,
				   .table = -1};
	mdl_positions_add_range(&p->queue, &r);
}

/* Is the file of T still where it was? */
static bool in_place(const struct mdl_file_tail *t)
{
	struct stat st;
	return stat(t->path, &st) == 0 && (uint64_t)st.st_ino == t->ino && (uint64_t)st.st_dev == t->dev;
}

/* T's path is free: whatever comes to stand there is another file. */
static void vacate(struct mdl_file_tail *t)
{
	t->ino = t->dev = 0;
	t->offset = t->prefix_bytes = 0;
	t->line = 1;
}

/* Tails that nothing belongs to: without a path, or of a path at which another one has its file. */
static void drop_dead(struct mdl_positions *pos)
{
	for (size_t i = pos->ntails; i-- > 0;) {
		struct mdl_file_tail *t = &pos->tails[i];
		bool dead = !t->path[0];
		for (size_t k = 0; !t->ino && !dead && k < pos->ntails; k++)
			dead = k != i && pos->tails[k].ino && strcmp(pos->tails[k].path, t->path) == 0;
		if (!dead)
			continue;
		free(t->path);
		free(t->uri);
		*t = pos->tails[--pos->ntails];
		mdl_positions_tails_moved(pos);
	}
}

/* The file of tail I is at TO now, where its rest is read; a path that an operand names stays known. */
static void move_tail(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o, struct mdl_positions *pos,
		      size_t i, char *to)
{
	struct mdl_file_tail *t = &pos->tails[i];
	struct stat st;
	char *from = t->path, *uri = mdl_strdup(t->uri);
	bool was_moved = t->moved;
	if (!was_moved)
		tell(o, mdl_asprintf("%s was rotated to %s; reading on there from byte %" PRIu64, from, to,
				     t->offset));
	t->path = to;
	t->moved = true;
	mdl_positions_tails_moved(pos);
	if (stat(to, &st) == 0)
		queue_tail(p, t, (uint64_t)st.st_size,
			   (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	if (!was_moved) {
		struct mdl_file_tail *left = mdl_positions_tail(pos, from, uri);
		vacate(left);
		left->moved = false;
	}
	free(uri);
	free(from);
}

/* Tails whose file went elsewhere: read its rest there, so that the path is free for the new file. All targets are
 * found before any tail is moved, for logrotate shifts a whole row of files. */
static void follow_rotations(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o,
			     const struct mdl_discovery *d, struct mdl_positions *pos)
{
	size_t n = pos->ntails;
	char **to = mdl_array(n + 1, sizeof(*to));
	for (size_t i = 0; i < n; i++)
		if (pos->tails[i].ino && !in_place(&pos->tails[i]))
			to[i] = rotated_to(&pos->tails[i], d);
	for (size_t i = n; i-- > 0;) {
		struct mdl_file_tail *t = &pos->tails[i];
		if (to[i]) {
			move_tail(p, o, pos, i, to[i]);
		} else if (t->ino && !in_place(t)) {
			/* a rotated file that was rotated on, out of sight, had been read when it first was */
			if (!t->moved)
				tell(o,
				     mdl_asprintf(
					     "%s was rotated or removed, and the file that had been read to "
					     "byte %" PRIu64
					     " is not found; what was written to it after that, "
					     "if anything, is lost to this checkpoint",
					     t->path, t->offset));
			vacate(t);
			if (t->moved) {
				t->path[0] = '\0';
				mdl_positions_tails_moved(pos);
			}
			t->moved = false;
		}
	}
	free(to);
	drop_dead(pos);
}

static void start_over(struct mdl_file_tail *t)
{
	t->offset = 0;
	t->line = 1;
	t->prefix_bytes = 0;
}

static void plan_tail(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o,
		      const struct mdl_source_file *f, const struct mdl_source_log *known,
		      struct mdl_positions *pos, size_t nrotated, bool first)
{
	struct mdl_file_tail *t = mdl_positions_find_tail(pos, f->path);
	uint64_t hash;
	/* As it was when it was read: a folder of a thousand old logs is not opened for one new one. */
	if (t && t->ino == f->inode && t->dev == f->device && t->size == f->size &&
	    t->mtime_ms == f->mtime_ms && t->size)
		return;
	for (size_t i = 0; i < nrotated; i++)
		if (strcmp(p->queue.ranges[i].path, f->path) == 0)
			return; /* its rest is queued */
	const struct mdl_source_entry *e = t ? NULL : mdl_source_log_find(known, f->uri);
	if (e && !o->allow_overwrites) {
		/* how far it was read is not known: from its start its rows would double */
		if (e->mtime_ms != f->mtime_ms && first)
			tell(o,
			     mdl_asprintf(
				     "%s was ingested before without --tail and has changed; it is not read "
				     "again (--allow-overwrites would, from its start)",
				     f->path));
		return;
	}
	if (!t)
		t = mdl_positions_tail(pos, f->path, f->uri);
	if (!t->ino) {
		t->dev = f->device;
		t->ino = f->inode;
	} else if (f->size < t->offset) {
		tell(o, mdl_asprintf("%s was truncated from at least %" PRIu64 " to %" PRIu64
				     " bytes; reading it from its start",
				     f->path, t->offset, f->size));
		start_over(t);
	} else if (t->prefix_bytes &&
		   (!prefix_hash(f->path, t->prefix_bytes, &hash) || hash != t->prefix_hash)) {
		tell(o, mdl_asprintf(
				"%s was rewritten: its first bytes are not those that were read; reading it "
				"from its start",
				f->path));
		start_over(t);
	}
	queue_tail(p, t, f->size, f->mtime_ms);
}

/* ---- Whole files ---- */

static void plan_whole(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o,
		       const struct mdl_source_file *f, const struct mdl_source_log *known, bool first)
{
	const struct mdl_source_entry *e = mdl_source_log_find(known, f->uri);
	if (e && e->mtime_ms == f->mtime_ms)
		return;
	if (e && !o->allow_overwrites) {
		if (first)
			tell(o,
			     mdl_asprintf(
				     "%s has changed since it was ingested; it is not read again (--allow-overwrites would, which "
				     "may double its rows; --tail reads files that grow)",
				     f->path));
		return;
	}
	struct mdl_file_range r = {
		.path = f->path, .uri = f->uri, .size = f->size, .mtime_ms = f->mtime_ms, .table = -1};
	mdl_positions_add_range(&p->queue, &r);
}

/* ---- Tables ---- */

static int plan_table(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o, const char *dir,
		      const struct mdl_source_log *known, struct mdl_positions *pos, struct mdl_err *err)
{
	struct mdl_table_log log;
	struct mdl_discovery files;
	int64_t index = (int64_t)p->queue.ntables;
	mdl_positions_table(&p->queue, dir);
	struct mdl_table_position *at = mdl_positions_table(pos, dir);
	int64_t after = at->epoch;
	if (o->met_table && o->met_table(o->ctx, dir, err))
		return -1;
	/* Read once as a whole, a table may also be one that each epoch replaces. */
	if (mdl_table_owner_generation(dir, after, &at->generation, err) ||
	    (o->once ? mdl_table_log_read(&log, dir, err) : mdl_table_reader_list(&log, dir, after, -1, err)))
		return -1;
	mdl_discovery_init(&files);
	int r = mdl_discovery_table(&files, dir, &log, err);
	for (size_t i = 0; !r && i < files.nfiles; i++) {
		const struct mdl_source_file *f = &files.files[i];
		if (mdl_source_log_find(known, f->uri))
			continue;
		struct mdl_file_range range = {.path = f->path,
					       .uri = f->uri,
					       .size = f->size,
					       .mtime_ms = f->mtime_ms,
					       .table = index,
					       .table_epoch = log.files[i].epoch};
		mdl_positions_add_range(&p->queue, &range);
	}
	mdl_discovery_free(&files);
	mdl_table_log_free(&log);
	return r;
}

/* A log that was read before and is just not there: rotated, and nothing new has been written yet. */
static bool is_between_rotations(const char *operand, struct mdl_positions *pos)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	if (access(operand, F_OK) == 0 || errno != ENOENT)
		return false;
	char *real = mdl_path_real(operand, &ignored);
	bool known = real && mdl_positions_find_tail(pos, real);
	free(real);
	return known;
}

int mdl_file_plan_refresh(struct mdl_file_plan *p, const struct mdl_file_plan_opts *o,
			  const struct mdl_source_log *known, struct mdl_positions *pos, struct mdl_err *err)
{
	bool first = !p->files_seen;
	struct mdl_discovery d;
	struct mdl_discovery_opts dopts = {.recursive = o->recursive, .filter = o->path_glob};
	mdl_positions_free(&p->queue);
	p->at = 0;
	mdl_discovery_init(&d);
	const char **paths = mdl_array(o->npaths + 1, sizeof(*paths));
	size_t npaths = 0;
	for (size_t i = 0; i < o->npaths; i++)
		if (!o->tail || !is_between_rotations(o->paths[i], pos))
			paths[npaths++] = o->paths[i];
	int r = mdl_discovery_list(&d, paths, npaths, &dopts, err);
	free(paths);
	if (!r && o->tail)
		follow_rotations(p, o, &d, pos);
	size_t nrotated = p->queue.nranges; /* the rests of files that were rotated */
	for (size_t i = 0; !r && i < d.nfiles; i++) {
		const struct mdl_source_file *f = &d.files[i];
		if (o->tail && mdl_compress_of_name(f->path) == MDL_COMPRESS_NONE)
			plan_tail(p, o, f, known, pos, nrotated, first);
		else
			plan_whole(p, o, f, known, first);
	}
	for (size_t i = 0; !r && first && i < d.nunmatched; i++)
		tell(o, mdl_asprintf("no file matches '%s'", d.unmatched[i]));
	for (size_t i = 0; !r && i < d.ntables; i++)
		r = plan_table(p, o, d.tables[i], known, pos, err);
	p->files_seen = d.nfiles + d.ntables;
	mdl_discovery_free(&d);
	return r;
}

int mdl_file_plan_done(struct mdl_file_plan *p, const struct mdl_file_range *range, uint64_t end,
		       uint64_t line, struct mdl_positions *pos, struct mdl_err *err)
{
	(void)err;
	if (range->table >= 0) {
		const struct mdl_file_range *next =
			p->at + 1 < p->queue.nranges ? &p->queue.ranges[p->at + 1] : NULL;
		if (!next || next->table != range->table || next->table_epoch != range->table_epoch)
			mdl_positions_table(pos, p->queue.tables[range->table].dir)->epoch =
				range->table_epoch;
		return 0;
	}
	if (!range->tail)
		return 0;
	struct mdl_file_tail *t = mdl_positions_tail(pos, range->path, range->uri);
	struct stat st;
	if (!t->ino && stat(range->path, &st) == 0) {
		/* taken from the source's log: no look at the folder has met it yet */
		t->dev = (uint64_t)st.st_dev;
		t->ino = (uint64_t)st.st_ino;
	}
	t->offset = end;
	t->line = line;
	t->size = range->size;
	t->mtime_ms = range->mtime_ms;
	if (t->prefix_bytes < PREFIX_BYTES) {
		t->prefix_bytes = end < PREFIX_BYTES ? end : PREFIX_BYTES;
		prefix_hash(range->path, t->prefix_bytes, &t->prefix_hash);
	}
	return 0;
}
