/* SPDX-License-Identifier: MIT
 *
 * The state of one stateful stage on disk: see store.h.
 *
 * A file is the line "medal-state v1", a JSON line that says whose it is, and a zstd
 * stream of entries (length as LEB128, bytes), ended by a zero length and the count
 * of entries. The ledger has its size and CRC-32C.
 */
#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "state/ledger_file.h"
#include "stream/books_json.h"
#include "json/doc.h"

static const char magic[] = "medal-state v1\n";

enum {
	BLOCK = 256 << 10,
	LONG_CHAIN = 16,           /* files to load; with more, small ones become one */
	MAX_CHAIN = 64,            /* more want a snapshot */
	SMALL_SNAPSHOT = 64 << 10, /* below this a snapshot costs no more than a delta */
};

void mdl_store_init(struct mdl_store *s, const char *settings, bool fresh)
{
	memset(s, 0, sizeof(*s));
	s->settings = mdl_strdup(settings);
	s->fresh = fresh;
	s->want_snapshot = true;
	s->fd = -1;
	mdl_buf_init(&s->block, MDL_BUF_NO_LIMIT);
}

static void drop_chain(struct mdl_store *s)
{
	for (size_t i = 0; i < s->nchain; i++)
		free(s->chain[i].name);
	s->nchain = 0;
	s->snapshot_bytes = s->delta_bytes = 0;
}

static void drop_save(struct mdl_store *s)
{
	/* a store that is all zeros has no file, and descriptor 0 is standard input */
	if (s->name && s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	mdl_compress_writer_close(s->zip);
	s->zip = NULL;
	if (s->tmp)
		unlink(s->tmp);
	free(s->tmp);
	free(s->name);
	s->tmp = s->name = NULL;
}

void mdl_store_free(struct mdl_store *s)
{
	drop_save(s);
	drop_chain(s);
	free(s->chain);
	free(s->dir);
	free(s->settings);
	mdl_buf_free(&s->block);
}

static void chain_add(struct mdl_store *s, const char *name, uint64_t size, uint32_t crc)
{
	MDL_GROW(s->chain, s->nchain, s->chain_cap);
	s->chain[s->nchain++] = (struct mdl_ledger_state){mdl_strdup(name), size, crc};
	if (s->nchain == 1)
		s->snapshot_bytes = size;
	else
		s->delta_bytes += size;
	s->want_snapshot = s->nchain >= MAX_CHAIN || s->delta_bytes > s->snapshot_bytes + SMALL_SNAPSHOT;
}

static void chain_cut(struct mdl_store *s, size_t n)
{
	while (s->nchain > n) {
		struct mdl_ledger_state *last = &s->chain[--s->nchain];
		s->delta_bytes -= s->nchain ? last->size : 0;
		free(last->name);
	}
}

static void set_dir(struct mdl_store *s, const struct mdl_begin *b, const char *stage)
{
	if (!s->dir)
		s->dir = mdl_asprintf("%s/state/medal/%s", b->checkpoint, stage);
}

/* ---- Loading ---- */

static int check_file(int fd, const char *path, const struct mdl_ledger_state *st, struct mdl_err *err)
{
	char *buf = mdl_alloc(BLOCK);
	uint64_t size = 0;
	uint32_t crc = 0;
	ssize_t n;
	while ((n = mdl_read(fd, buf, BLOCK)) > 0) {
		crc = mdl_crc32c(crc, buf, (size_t)n);
		size += (uint64_t)n;
	}
	free(buf);
	if (n < 0)
		return mdl_err_sys(err, "reading state file %s", path);
	if (size != st->size || crc != st->crc32c)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"state file %s is damaged: size or checksum are not those of the ledger; restore it from a backup, or "
			"roll back to an earlier epoch",
			path);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return mdl_err_sys(err, "reading state file %s", path);
	return 0;
}

/* The two header lines; leaves the descriptor behind them. */
static int read_header(struct mdl_store *s, int fd, const char *path, struct mdl_err *err)
{
	char head[sizeof(magic)] = "";
	struct mdl_buf line = MDL_BUF_INIT(16 << 20);
	if (mdl_read(fd, head, sizeof(magic) - 1) != (ssize_t)sizeof(magic) - 1 || strcmp(head, magic) != 0)
		return mdl_err_set(err, MDL_TROUBLE, "state file %s is of another version or no state file",
				   path);
	char c;
	while (mdl_read(fd, &c, 1) == 1 && c != '\n')
		mdl_buf_putc(&line, c);
	struct mdl_doc *d = mdl_doc_parse(mdl_buf_slice(&line), path, err);
	int r = d ? 0 : -1;
	const char *was = mdl_doc_str(d, "settings");
	if (d && was && strcmp(was, s->settings) != 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"the state of this stage was made with other settings:\n  before: %s\n  now:    %s\nrun it as before, give "
			"the changed stage a --name of its own, or leave the old state behind with --fresh-state",
			was, s->settings);
	mdl_doc_free(d);
	mdl_buf_free(&line);
	return r;
}

struct entries {
	struct mdl_compress_reader *zip;
	char *buf;
	size_t cap, at, n;
	const char *path;
};

/* At least WANT bytes at buf + at; 0 when the stream ends before. */
static int need(struct entries *e, size_t want, struct mdl_err *err)
{
	while (e->n - e->at < want) {
		if (e->at) {
			memmove(e->buf, e->buf + e->at, e->n - e->at);
			e->n -= e->at;
			e->at = 0;
		}
		if (e->cap < want + BLOCK) {
			e->cap = want + BLOCK;
			e->buf = mdl_realloc(e->buf, e->cap);
		}
		ssize_t n = mdl_compress_reader_read(e->zip, e->buf + e->n, e->cap - e->n, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return mdl_err_set(err, MDL_TROUBLE, "state file %s is cut off", e->path);
		e->n += (size_t)n;
	}
	return 0;
}

static int get_varint(struct entries *e, uint64_t *v, struct mdl_err *err)
{
	*v = 0;
	for (int shift = 0; shift < 64; shift += 7) {
		if (need(e, 1, err))
			return -1;
		unsigned char c = (unsigned char)e->buf[e->at++];
		*v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return 0;
	}
	return mdl_err_set(err, MDL_TROUBLE, "state file %s holds a length that is none", e->path);
}

static int read_entries(struct entries *e, int (*entry)(void *, struct mdl_slice, struct mdl_err *),
			void *ctx, struct mdl_err *err)
{
	for (uint64_t count = 0;; count++) {
		uint64_t n;
		if (get_varint(e, &n, err))
			return -1;
		if (n == 0) {
			uint64_t want;
			if (get_varint(e, &want, err))
				return -1;
			return want == count ? 0
					     : mdl_err_set(err, MDL_TROUBLE, "state file %s lacks entries",
							   e->path);
		}
		n--;
		if (n > MDL_BUF_NO_LIMIT / 2 || need(e, (size_t)n, err))
			return err->status
				       ? -1
				       : mdl_err_set(err, MDL_TROUBLE, "state file %s is damaged", e->path);
		if (entry(ctx, (struct mdl_slice){e->buf + e->at, (size_t)n}, err))
			return -1;
		e->at += (size_t)n;
	}
}

static int load_file(struct mdl_store *s, const struct mdl_ledger_state *st,
		     int (*entry)(void *, struct mdl_slice, struct mdl_err *), void *ctx, struct mdl_err *err)
{
	char *path = mdl_path_join(s->dir, st->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	if (fd < 0)
		r = mdl_err_sys(err, "the state file %s, which the ledger names, cannot be opened", path);
	if (!r)
		r = check_file(fd, path, st, err) || read_header(s, fd, path, err) ? -1 : 0;
	if (!r) {
		struct entries e = {.zip = mdl_compress_reader_open(fd, MDL_COMPRESS_ZSTD, path),
				    .path = path};
		r = read_entries(&e, entry, ctx, err);
		mdl_compress_reader_close(e.zip);
		free(e.buf);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return r;
}

/* What killed runs were writing. They are gone: the source has seen to it before it began. */
static void remove_unfinished(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		if (e->d_name[0] == '.' && n > 4 && strcmp(e->d_name + n - 4, ".tmp") == 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

int mdl_store_load(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
		   int (*entry)(void *, struct mdl_slice, struct mdl_err *), void *ctx, struct mdl_err *err)
{
	struct mdl_ledger l;
	drop_chain(s);
	s->want_snapshot = true;
	set_dir(s, b, stage);
	remove_unfinished(s->dir);
	/* --fresh-state is also the way out when the old state is damaged: it is not looked at */
	if (b->base < 0 || s->fresh)
		return 0;
	int r = mdl_ledger_read(b->checkpoint, b->base, &l, err);
	if (r < 0)
		return -1;
	if (r > 0 || strcmp(l.run, b->base_run) != 0) {
		if (r == 0)
			mdl_ledger_free(&l);
		return mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" was not made by medal, so there is no state of stage '%s' for it; start the stage "
			"without state by --fresh-state, or in a new checkpoint",
			b->base, stage);
	}
	const struct mdl_books *books = mdl_ledger_stage(&l, stage);
	if (!books || !books->nstates) {
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"stage '%s' is new in this pipeline, which has state up to epoch %" PRId64
			"; if it was only moved, name it with --name as before; if it is to begin empty, say "
			"--fresh-state",
			stage, b->base);
		mdl_ledger_free(&l);
		return r;
	}
	for (size_t i = 0; i < books->nstates && !r; i++) {
		r = load_file(s, &books->states[i], entry, ctx, err);
		if (!r)
			chain_add(s, books->states[i].name, books->states[i].size, books->states[i].crc32c);
	}
	mdl_ledger_free(&l);
	return r;
}

/* ---- Saving ---- */

/* How many files of the chain a delta leaves as they are; it takes in the others. */
static size_t kept_files(const struct mdl_store *s)
{
	size_t kept = s->nchain;
	uint64_t after = 0;
	if (s->want_snapshot || s->nchain <= LONG_CHAIN)
		return kept;
	while (kept > 1 && (s->nchain - kept < 2 || s->chain[kept - 1].size <= after))
		after += s->chain[--kept].size;
	return kept;
}

static int put_again(void *ctx, struct mdl_slice e, struct mdl_err *err)
{
	return mdl_store_put(ctx, e, err);
}

int mdl_store_save_begin(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
			 struct mdl_err *err)
{
	drop_save(s);
	set_dir(s, b, stage);
	s->entries = 0;
	mdl_buf_clear(&s->block);
	if (!s->want_snapshot && s->nchain == 0)
		s->want_snapshot = true;
	s->name =
		mdl_asprintf("%" PRIu64 ".%s.%s", b->epoch, b->run, s->want_snapshot ? "snapshot" : "delta");
	if (mdl_dir_make(s->dir, err))
		return -1;
	s->tmp = mdl_asprintf("%s/.%s.%d.tmp", s->dir, s->name, (int)getpid());
	struct mdl_buf head = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&head, magic);
	mdl_buf_puts(&head, "{\"stage\":");
	mdl_ascii_quote(&head, stage);
	mdl_buf_printf(&head, ",\"epoch\":%" PRIu64 ",\"run\":\"%s\",\"settings\":", b->epoch, b->run);
	mdl_ascii_quote(&head, s->settings);
	mdl_buf_puts(&head, "}\n");
	s->fd = open(s->tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int r = s->fd < 0 || mdl_write_all(s->fd, head.p, head.n) ? mdl_err_sys(err, "writing %s", s->tmp)
								  : 0;
	mdl_buf_free(&head);
	if (!r)
		s->zip = mdl_compress_writer_open(s->fd, MDL_COMPRESS_ZSTD, 1, s->tmp);
	s->kept = kept_files(s);
	for (size_t i = s->kept; i < s->nchain && !r; i++)
		r = load_file(s, &s->chain[i], put_again, s, err);
	return r;
}

static void put_varint(struct mdl_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		mdl_buf_putc(b, (char)(v | 0x80));
	mdl_buf_putc(b, (char)v);
}

static int flush_block(struct mdl_store *s, struct mdl_err *err)
{
	int r = mdl_compress_writer_write(s->zip, s->block.p, s->block.n, err);
	mdl_buf_clear(&s->block);
	return r;
}

int mdl_store_put(struct mdl_store *s, struct mdl_slice e, struct mdl_err *err)
{
	put_varint(&s->block, e.n + 1);
	mdl_buf_put(&s->block, e.p, e.n);
	s->entries++;
	return s->block.n < BLOCK ? 0 : flush_block(s, err);
}

static int file_crc(int fd, const char *path, uint64_t *size, uint32_t *crc, struct mdl_err *err)
{
	char *buf = mdl_alloc(BLOCK);
	ssize_t n = -1;
	*size = 0;
	*crc = 0;
	if (lseek(fd, 0, SEEK_SET) == 0) {
		while ((n = mdl_read(fd, buf, BLOCK)) > 0) {
			*crc = mdl_crc32c(*crc, buf, (size_t)n);
			*size += (uint64_t)n;
		}
	}
	free(buf);
	return n < 0 ? mdl_err_sys(err, "reading %s", path) : 0;
}

int mdl_store_save_end(struct mdl_store *s, struct mdl_books *books, struct mdl_err *err)
{
	if (s->entries || s->want_snapshot) {
		char *path = mdl_path_join(s->dir, s->name);
		uint64_t size = 0;
		uint32_t crc = 0;
		put_varint(&s->block, 0);
		put_varint(&s->block, s->entries);
		int r = flush_block(s, err) || mdl_compress_writer_finish(s->zip, NULL, err) ||
					file_crc(s->fd, s->tmp, &size, &crc, err)
				? -1
				: 0;
		if (!r && fsync(s->fd))
			r = mdl_err_sys(err, "syncing %s", s->tmp);
		if (!r && rename(s->tmp, path))
			r = mdl_err_sys(err, "renaming %s", s->tmp);
		if (!r)
			r = mdl_dir_sync(s->dir, err);
		free(path);
		if (r)
			return -1;
		free(s->tmp);
		s->tmp = NULL;
		if (s->want_snapshot)
			drop_chain(s);
		else
			chain_cut(s, s->kept);
		chain_add(s, s->name, size, crc);
		s->fresh = false;
	}
	drop_save(s);
	for (size_t i = 0; i < s->nchain; i++)
		mdl_books_state(books, s->chain[i].name, s->chain[i].size, s->chain[i].crc32c);
	return 0;
}
