/* SPDX-License-Identifier: MIT
 *
 * One file of a stage's state: see state_file.h.
 */
#include "state/state_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/version.h"
#include "stream/books_json.h"
#include "json/doc.h"

static const char magic[] = "medal-state v2\n", magic_v1[] = "medal-state v1\n";

enum {
	VERSION = 2, /* the newest that is known: that of magic */
	MAGIC_NAME = sizeof("medal-state ") - 1,
	BLOCK = 256 << 10,     /* bytes of entries, or one larger entry */
	HEAD = 8,              /* of a block: bytes that follow, bytes that they are unpacked */
	PUSH = 8 << 20,        /* so much is on its way to the disk before the sync at the end asks for it */
	MAX_HEADER = 16 << 20, /* of the JSON line */
};

/* ---- Writing ---- */

static int write_out(struct mdl_state_writer *w, const char *p, size_t n, struct mdl_err *err)
{
	if (mdl_write_all(w->fd, p, n))
		return mdl_err_sys(err, "writing %s", w->path);
	w->crc = mdl_crc32c(w->crc, p, n);
	w->size += n;
	if (w->size - w->pushed >= PUSH) {
		/* only a wish: a file system that cannot do it writes when it is synced */
		unsigned how = SYNC_FILE_RANGE_WRITE;
		if (w->slow)
			how |= SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER;
		(void)sync_file_range(w->fd, (off_t)w->pushed, (off_t)(w->size - w->pushed), how);
		w->pushed = w->size;
	}
	return 0;
}

static void put_head(char *to, size_t stored, size_t raw)
{
	uint32_t v[2] = {(uint32_t)stored, (uint32_t)raw};
	memcpy(to, v, HEAD);
}

static void clear_block(struct mdl_state_writer *w)
{
	static const char room[HEAD];
	mdl_buf_clear(&w->block);
	mdl_buf_put(&w->block, room, HEAD);
}

int mdl_state_writer_open(struct mdl_state_writer *w, const char *path, const struct mdl_state_head *head,
			  struct mdl_compress_blocks *pack, bool slow, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_state_writer fresh = {.fd = -1, .path = mdl_strdup(path), .pack = pack, .slow = slow};
	*w = fresh;
	mdl_buf_init(&w->block, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&w->packed, MDL_BUF_NO_LIMIT);
	clear_block(w);
	mdl_buf_puts(&text, magic);
	mdl_buf_puts(&text, "{\"stage\":");
	mdl_ascii_quote(&text, head->stage);
	mdl_buf_printf(&text, ",\"epoch\":%" PRIu64 ",\"run\":\"%s\",\"settings\":", head->epoch, head->run);
	mdl_ascii_quote(&text, head->settings);
	mdl_buf_puts(&text, "}\n");
	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int r = w->fd < 0 ? mdl_err_sys(err, "making %s", path) : write_out(w, text.p, text.n, err);
	mdl_buf_free(&text);
	return r;
}

static int flush_block(struct mdl_state_writer *w, struct mdl_err *err)
{
	size_t raw = w->block.n - HEAD;
	struct mdl_buf *b = &w->block;
	if (!raw)
		return 0;
	if (raw > UINT32_MAX)
		return mdl_err_set(err, MDL_TROUBLE, "%s: an entry of the state has more than 4 GiB",
				   w->path);
	mdl_buf_clear(&w->packed);
	mdl_buf_put(&w->packed, b->p, HEAD);
	if (mdl_compress_blocks_pack(w->pack, b->p + HEAD, raw, &w->packed))
		b = &w->packed;
	put_head(b->p, b->n - HEAD, raw);
	int r = write_out(w, b->p, b->n, err);
	clear_block(w);
	return r;
}

int mdl_state_writer_put(struct mdl_state_writer *w, struct mdl_slice entry, struct mdl_err *err)
{
	size_t n = entry.n;
	for (; n >= 0x80; n >>= 7)
		mdl_buf_putc(&w->block, (char)(n | 0x80));
	mdl_buf_putc(&w->block, (char)n);
	mdl_buf_puts_slice(&w->block, entry);
	w->entries++;
	return w->block.n < BLOCK ? 0 : flush_block(w, err);
}

int mdl_state_writer_end(struct mdl_state_writer *w, struct mdl_err *err)
{
	char end[HEAD + sizeof(w->entries)] = {0};
	memcpy(end + HEAD, &w->entries, sizeof(w->entries));
	if (flush_block(w, err) || write_out(w, end, sizeof(end), err))
		return -1;
	if (fsync(w->fd))
		return mdl_err_sys(err, "syncing %s", w->path);
	int fd = w->fd;
	w->fd = -1;
	if (close(fd))
		return mdl_err_sys(err, "closing %s", w->path);
	free(w->path);
	w->path = NULL;
	mdl_state_writer_close(w);
	return 0;
}

void mdl_state_writer_close(struct mdl_state_writer *w)
{
	/* one that is all zeros has no file, and descriptor 0 is standard input */
	if (w->path && w->fd >= 0)
		close(w->fd);
	if (w->path)
		unlink(w->path);
	free(w->path);
	w->path = NULL;
	mdl_buf_free(&w->block);
	mdl_buf_free(&w->packed);
}

/* ---- Reading ---- */

static int check_file(int fd, const char *path, uint64_t size, uint32_t crc, struct mdl_err *err)
{
	char *buf = mdl_alloc(BLOCK);
	uint64_t have = 0;
	uint32_t c = 0;
	ssize_t n;
	while ((n = mdl_read(fd, buf, BLOCK)) > 0) {
		c = mdl_crc32c(c, buf, (size_t)n);
		have += (uint64_t)n;
	}
	free(buf);
	if (n < 0)
		return mdl_err_sys(err, "reading state file %s", path);
	if (have != size || c != crc)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"state file %s is damaged: size or checksum are not those of the ledger; restore it from a backup, or "
			"roll back to an earlier epoch",
			path);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return mdl_err_sys(err, "reading state file %s", path);
	return 0;
}

static int not_whole(const struct mdl_state_reader *r, struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE, "state file %s is damaged: its entries are not whole", r->path);
}

/* The two header lines; leaves the descriptor behind them. */
static int read_header(struct mdl_state_reader *r, const char *settings, struct mdl_err *err)
{
	char head[sizeof(magic)] = "", c;
	struct mdl_buf line = MDL_BUF_INIT(MAX_HEADER);
	ssize_t got = mdl_read(r->fd, head, sizeof(magic) - 1);
	bool v1 = strcmp(head, magic_v1) == 0;
	uint64_t version =
		strncmp(head, magic, MAGIC_NAME) == 0 ? mdl_version_of(mdl_slice_of(head + MAGIC_NAME)) : 0;
	if (version > VERSION)
		return mdl_version_newer(err, r->path, "medal", version, VERSION);
	if (got != (ssize_t)sizeof(magic) - 1 || (!v1 && strcmp(head, magic) != 0))
		return mdl_err_set(err, MDL_TROUBLE, "%s is no state file", r->path);
	while (mdl_read(r->fd, &c, 1) == 1 && c != '\n')
		mdl_buf_putc(&line, c);
	struct mdl_doc *d = mdl_doc_parse(mdl_buf_slice(&line), r->path, err);
	int rc = d ? 0 : -1;
	const char *was = mdl_doc_str(d, "settings");
	if (d && was && settings && strcmp(was, settings) != 0)
		rc = mdl_err_set(
			err, MDL_TROUBLE,
			"the state of this stage was made with other settings:\n  before: %s\n  now:    %s\nrun it as before, give "
			"the changed stage a --name of its own, or leave the old state behind with --fresh-state",
			was, settings);
	mdl_doc_free(d);
	mdl_buf_free(&line);
	if (!rc && v1)
		r->v1 = mdl_compress_reader_open(r->fd, MDL_COMPRESS_ZSTD, r->path);
	return rc;
}

int mdl_state_reader_open(struct mdl_state_reader *r, const char *path, uint64_t size, uint32_t crc,
			  const char *settings, struct mdl_err *err)
{
	memset(r, 0, sizeof(*r));
	r->path = mdl_strdup(path);
	mdl_buf_init(&r->stored, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&r->plain, MDL_BUF_NO_LIMIT);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return mdl_err_sys(err, "the state file %s, which the ledger names, cannot be opened", path);
	return check_file(r->fd, path, size, crc, err) || read_header(r, settings, err) ? -1 : 0;
}

void mdl_state_reader_close(struct mdl_state_reader *r)
{
	if (r->path && r->fd >= 0)
		close(r->fd);
	free(r->path);
	r->path = NULL;
	mdl_compress_reader_close(r->v1);
	r->v1 = NULL;
	mdl_compress_blocks_free(&r->pack);
	mdl_buf_free(&r->stored);
	mdl_buf_free(&r->plain);
}

static int read_exactly(struct mdl_state_reader *r, void *p, size_t n, struct mdl_err *err)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = mdl_read(r->fd, (char *)p + at, n - at);
		if (got < 0)
			return mdl_err_sys(err, "reading state file %s", r->path);
		if (got == 0)
			return not_whole(r, err);
		at += (size_t)got;
	}
	return 0;
}

/* The next block, with its head, to r->stored. 1; 0: the end, and *COUNT is what the file says of its entries. */
static int read_block(struct mdl_state_reader *r, size_t *raw, uint64_t *count, struct mdl_err *err)
{
	uint32_t head[2];
	if (read_exactly(r, head, HEAD, err))
		return -1;
	if (!head[0])
		return read_exactly(r, count, sizeof(*count), err);
	mdl_buf_clear(&r->stored);
	*raw = head[1];
	if (head[0] > head[1] || !mdl_buf_reserve(&r->stored, HEAD + head[0]))
		return not_whole(r, err);
	mdl_buf_put(&r->stored, head, HEAD);
	if (read_exactly(r, r->stored.p + HEAD, head[0], err))
		return -1;
	r->stored.n += head[0];
	return 1;
}

static bool get_varint(struct mdl_state_reader *r, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 64 && r->at < r->plain.n; shift += 7) {
		unsigned char c = (unsigned char)r->plain.p[r->at++];
		*v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

/* ---- Version 1: one zstd stream of entries, length + 1 before each; a zero and their number end it ---- */

/* WANT bytes at plain.p + at. */
static int need_v1(struct mdl_state_reader *r, size_t want, struct mdl_err *err)
{
	while (r->plain.n - r->at < want) {
		mdl_buf_drop(&r->plain, r->at);
		r->at = 0;
		if (!mdl_buf_reserve(&r->plain, want + BLOCK))
			return not_whole(r, err);
		ssize_t n = mdl_compress_reader_read(r->v1, r->plain.p + r->plain.n, BLOCK, err);
		if (n <= 0)
			return n ? -1 : not_whole(r, err);
		r->plain.n += (size_t)n;
	}
	return 0;
}

static int varint_v1(struct mdl_state_reader *r, uint64_t *v, struct mdl_err *err)
{
	size_t n = 1;
	while (n <= 10 && !need_v1(r, n, err) && (r->plain.p[r->at + n - 1] & 0x80))
		n++;
	return err->status || !get_varint(r, v) ? (err->status ? -1 : not_whole(r, err)) : 0;
}

static int next_v1(struct mdl_state_reader *r, struct mdl_slice *entry, struct mdl_err *err)
{
	uint64_t n, count;
	if (varint_v1(r, &n, err))
		return -1;
	if (!n) {
		if (varint_v1(r, &count, err))
			return -1;
		r->ended = true;
		return count == r->entries ? 0 : not_whole(r, err);
	}
	if (n > UINT32_MAX || need_v1(r, (size_t)n - 1, err))
		return err->status ? -1 : not_whole(r, err);
	*entry = (struct mdl_slice){r->plain.p + r->at, (size_t)n - 1};
	r->at += (size_t)n - 1;
	r->entries++;
	return 1;
}

/* ---- Entries ---- */

int mdl_state_reader_next(struct mdl_state_reader *r, struct mdl_slice *entry, struct mdl_err *err)
{
	if (r->ended)
		return 0;
	if (r->v1)
		return next_v1(r, entry, err);
	if (r->at == r->plain.n) {
		size_t raw;
		uint64_t count;
		int more = read_block(r, &raw, &count, err);
		if (more <= 0) {
			r->ended = !more;
			return more || count == r->entries ? more : not_whole(r, err);
		}
		mdl_buf_clear(&r->plain);
		r->at = 0;
		const char *p = r->stored.p + HEAD;
		size_t n = r->stored.n - HEAD;
		if (n == raw)
			mdl_buf_put(&r->plain, p, n);
		else if (!mdl_compress_blocks_unpack(&r->pack, p, n, raw, &r->plain))
			return not_whole(r, err);
	}
	uint64_t n;
	if (!get_varint(r, &n) || n > r->plain.n - r->at)
		return not_whole(r, err);
	*entry = (struct mdl_slice){r->plain.p + r->at, (size_t)n};
	r->at += (size_t)n;
	r->entries++;
	return 1;
}

int mdl_state_reader_copy(struct mdl_state_reader *r, struct mdl_state_writer *w, struct mdl_err *err)
{
	uint64_t count;
	size_t raw;
	struct mdl_slice e;
	if (r->v1) {
		int more = mdl_state_reader_next(r, &e, err);
		return more > 0 && mdl_state_writer_put(w, e, err) ? -1 : more;
	}
	int more = r->ended ? 0 : read_block(r, &raw, &count, err);
	if (more > 0)
		return flush_block(w, err) || write_out(w, r->stored.p, r->stored.n, err) ? -1 : 1;
	if (!more && !r->ended)
		w->entries += count;
	r->ended = r->ended || !more;
	return more;
}
