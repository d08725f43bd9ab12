/* SPDX-License-Identifier: MIT
 *
 * gzip and zstd streams: see compress.h. Both decoders sit behind one loop: fill
 * the input buffer, decode into the caller's memory, and at the end of the file
 * ask whether a frame was left open. On a second thread the same code works on one
 * block while the caller has another, so that the bytes are the same, too.
 */
#include "base/compress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#define ZLIB_CONST /* next_in is const, as it should be */
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/worker.h"

enum {
	IN_BYTES = 128 * 1024,
	OUT_BYTES = 128 * 1024,
	BLOCK_BYTES = 256 * 1024, /* plain bytes that are one job of a second thread */
};

static bool ends_with(const char *name, size_t n, const char *ext)
{
	size_t m = strlen(ext);
	return n > m && strncasecmp(name + n - m, ext, m) == 0;
}

static size_t extension_length(const char *name, enum mdl_compress *kind)
{
	size_t n = strlen(name);
	*kind = MDL_COMPRESS_NONE;
	if (ends_with(name, n, ".gz")) {
		*kind = MDL_COMPRESS_GZIP;
		return 3;
	}
	if (ends_with(name, n, ".zst")) {
		*kind = MDL_COMPRESS_ZSTD;
		return 4;
	}
	if (ends_with(name, n, ".zstd")) {
		*kind = MDL_COMPRESS_ZSTD;
		return 5;
	}
	return 0;
}

enum mdl_compress mdl_compress_of_name(const char *name)
{
	enum mdl_compress kind;
	extension_length(name, &kind);
	return kind;
}

size_t mdl_compress_stem(const char *name)
{
	enum mdl_compress kind;
	return strlen(name) - extension_length(name, &kind);
}

const char *mdl_compress_extension(enum mdl_compress kind)
{
	switch (kind) {
	case MDL_COMPRESS_GZIP:
		return ".gz";
	case MDL_COMPRESS_ZSTD:
		return ".zst";
	case MDL_COMPRESS_NONE:
	default:
		return "";
	}
}

/* Reading */

struct mdl_compress_reader {
	int fd;
	enum mdl_compress kind;
	char *name;
	z_stream gz;
	ZSTD_DStream *zs;
	unsigned char *in; /* compressed bytes; [at, end) is not used yet */
	size_t at, end;
	uint64_t taken;    /* bytes read from fd */
	uint64_t frame_at; /* compressed offset where the present frame begins */
	bool eof;          /* fd gave 0 */
	bool open_frame;   /* inside a member or frame */
	bool padding;      /* zero bytes after a gzip member */
	struct mdl_err failed;
	/* on a second thread */
	struct mdl_worker *worker;
	struct ahead {
		unsigned char *p;
		ssize_t n; /* 0: the end; -1: failed */
		uint64_t consumed;
	} ahead[2];
	unsigned mine; /* the one that the caller empties; the other one is being filled */
	ssize_t used;  /* bytes of it */
};

struct mdl_compress_reader *mdl_compress_reader_open(int fd, enum mdl_compress kind, const char *name)
{
	struct mdl_compress_reader *r = mdl_zalloc(sizeof(*r));
	r->fd = fd;
	r->kind = kind;
	r->name = mdl_strdup(name);
	if (kind == MDL_COMPRESS_NONE)
		return r;
	r->in = mdl_alloc(IN_BYTES);
	if (kind == MDL_COMPRESS_GZIP) {
		/* 16: gzip wrapper only; the one failure possible here is memory, as with the three others */
		if (inflateInit2(&r->gz, 15 + 16) != Z_OK)
			mdl_out_of_memory();
	} else {
		r->zs = ZSTD_createDStream();
		if (!r->zs)
			mdl_out_of_memory();
		ZSTD_DCtx_setParameter(r->zs, ZSTD_d_windowLogMax, MDL_COMPRESS_WINDOW_LOG);
	}
	return r;
}

void mdl_compress_reader_close(struct mdl_compress_reader *r)
{
	if (!r)
		return;
	mdl_worker_free(r->worker);
	free(r->ahead[0].p);
	free(r->ahead[1].p);
	if (r->kind == MDL_COMPRESS_GZIP)
		inflateEnd(&r->gz);
	ZSTD_freeDStream(r->zs);
	free(r->in);
	free(r->name);
	free(r);
}

static uint64_t consumed(const struct mdl_compress_reader *r)
{
	return r->taken - (r->end - r->at);
}

uint64_t mdl_compress_reader_consumed(const struct mdl_compress_reader *r)
{
	return r->worker ? r->ahead[r->mine].consumed : consumed(r);
}

static int fail(struct mdl_compress_reader *r, struct mdl_err *err)
{
	r->failed = *err;
	return -1;
}

/* One more read; 0 with r->eof set at the end. */
static int fill(struct mdl_compress_reader *r, struct mdl_err *err)
{
	ssize_t n = mdl_read(r->fd, r->in, IN_BYTES);
	if (n < 0) {
		mdl_err_sys(err, "%s: cannot read at byte %llu", r->name, (unsigned long long)r->taken);
		return fail(r, err);
	}
	r->at = 0;
	r->end = (size_t)n;
	r->taken += (uint64_t)n;
	r->eof = n == 0;
	return 0;
}

static int damaged(struct mdl_compress_reader *r, const char *what, struct mdl_err *err)
{
	mdl_err_set(err, MDL_TROUBLE,
		    "%s: the %s data is damaged at compressed byte %llu (%s); the frame begins at byte %llu; "
		    "get a whole copy of the file",
		    r->name, r->kind == MDL_COMPRESS_GZIP ? "gzip" : "zstd", (unsigned long long)consumed(r),
		    what, (unsigned long long)r->frame_at);
	return fail(r, err);
}

static int truncated(struct mdl_compress_reader *r, struct mdl_err *err)
{
	mdl_err_set(
		err, MDL_TROUBLE,
		"%s: the %s data ends too early, at compressed byte %llu, inside the frame that begins at byte "
		"%llu; it may still be being written: give files their final name when they are whole",
		r->name, r->kind == MDL_COMPRESS_GZIP ? "gzip" : "zstd", (unsigned long long)r->taken,
		(unsigned long long)r->frame_at);
	return fail(r, err);
}

/* Decode from [at, end) into BUF; the number of bytes made (may be 0), -1 when damaged. */
static ssize_t step_gzip(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	if (!r->open_frame) {
		while (r->padding && r->at < r->end && r->in[r->at] == 0)
			r->at++;
		if (r->at == r->end)
			return 0;
		r->frame_at = consumed(r);
		r->open_frame = true;
	}
	r->gz.next_in = r->in + r->at;
	r->gz.avail_in = (uInt)(r->end - r->at);
	r->gz.next_out = buf;
	r->gz.avail_out = (uInt)(n > 1u << 30 ? 1u << 30 : n);
	size_t room = r->gz.avail_out;
	int z = inflate(&r->gz, Z_NO_FLUSH);
	r->at = r->end - r->gz.avail_in;
	if (z == Z_STREAM_END) {
		r->open_frame = false;
		r->padding = true;
		inflateReset(&r->gz);
	} else if (z != Z_OK && z != Z_BUF_ERROR) {
		if (z == Z_MEM_ERROR)
			return mdl_err_set(err, MDL_RETRY, "%s: out of memory while reading gzip", r->name);
		return damaged(r, r->gz.msg ? r->gz.msg : "invalid data", err);
	}
	return (ssize_t)(room - r->gz.avail_out);
}

static ssize_t step_zstd(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	if (!r->open_frame) {
		if (r->at == r->end)
			return 0;
		r->frame_at = consumed(r);
		r->open_frame = true;
	}
	ZSTD_inBuffer in = {r->in, r->end, r->at};
	ZSTD_outBuffer out = {buf, n, 0};
	size_t left = ZSTD_decompressStream(r->zs, &out, &in);
	if (ZSTD_isError(left)) {
		const char *why = ZSTD_getErrorName(left);
		if (strstr(why, "too much memory")) {
			mdl_err_set(
				err, MDL_TROUBLE,
				"%s: the zstd frame at compressed byte %llu needs a window above %d MiB; compress "
				"it again with a window of at most --long=%d",
				r->name, (unsigned long long)r->frame_at, 1 << (MDL_COMPRESS_WINDOW_LOG - 20),
				MDL_COMPRESS_WINDOW_LOG);
			return fail(r, err);
		}
		return damaged(r, why, err);
	}
	r->at = in.pos;
	if (left == 0)
		r->open_frame = false;
	return (ssize_t)out.pos;
}

static ssize_t read_plain(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	ssize_t got = mdl_read(r->fd, buf, n);
	if (got < 0) {
		mdl_err_sys(err, "%s: cannot read at byte %llu", r->name, (unsigned long long)r->taken);
		return fail(r, err);
	}
	r->taken += (uint64_t)got;
	return got;
}

static ssize_t read_now(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	if (r->failed.status) {
		*err = r->failed;
		return -1;
	}
	if (r->kind == MDL_COMPRESS_NONE)
		return read_plain(r, buf, n, err);
	for (;;) {
		/* a decoder may hold output of input that is used up, so it is asked before the file is */
		ssize_t got =
			r->kind == MDL_COMPRESS_GZIP ? step_gzip(r, buf, n, err) : step_zstd(r, buf, n, err);
		if (got != 0)
			return got;
		if (r->at < r->end)
			continue;
		if (!r->eof && fill(r, err))
			return -1;
		if (r->eof)
			return r->open_frame ? truncated(r, err) : 0;
	}
}

/* The second thread's job: fill the block that the caller does not have. */
static void read_ahead(void *ctx)
{
	struct mdl_compress_reader *r = ctx;
	struct ahead *a = &r->ahead[!r->mine];
	struct mdl_err err = MDL_ERR_INIT;
	ssize_t got = 0;
	for (a->n = 0; a->n < BLOCK_BYTES; a->n += got) {
		got = read_now(r, a->p + a->n, (size_t)(BLOCK_BYTES - a->n), &err);
		if (got <= 0)
			break;
	}
	/* what was decoded before the fault comes first; the fault sticks */
	if (got < 0 && !a->n)
		a->n = -1;
	a->consumed = consumed(r);
}

void mdl_compress_reader_thread(struct mdl_compress_reader *r)
{
	if (r->kind == MDL_COMPRESS_NONE || r->worker || r->taken)
		return;
	r->worker = mdl_worker_new(read_ahead, r);
	if (!r->worker)
		return;
	r->ahead[0].p = mdl_alloc(BLOCK_BYTES);
	r->ahead[1].p = mdl_alloc(BLOCK_BYTES);
	mdl_worker_start(r->worker);
}

ssize_t mdl_compress_reader_read(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	if (!r->worker)
		return read_now(r, buf, n, err);
	struct ahead *a = &r->ahead[r->mine];
	if (r->used >= a->n) {
		mdl_worker_wait(r->worker);
		r->mine = !r->mine;
		r->used = 0;
		a = &r->ahead[r->mine];
		if (a->n > 0)
			mdl_worker_start(r->worker);
	}
	if (a->n <= 0) {
		/* ask for the same again next time */
		r->mine = !r->mine;
		r->ahead[r->mine].n = 0;
		r->ahead[r->mine].consumed = a->consumed;
		if (a->n < 0)
			*err = r->failed;
		return a->n;
	}
	size_t got = (size_t)(a->n - r->used) < n ? (size_t)(a->n - r->used) : n;
	memcpy(buf, a->p + r->used, got);
	r->used += (ssize_t)got;
	return (ssize_t)got;
}

/* Writing */

struct mdl_compress_writer {
	int fd;
	enum mdl_compress kind;
	char *name;
	z_stream gz;
	ZSTD_CStream *zs;
	unsigned char *out; /* [0, n) waits for the descriptor */
	size_t n;
	uint64_t written;
	bool open_frame;
	bool any_frame;
	/* plain bytes are gathered in blocks */
	unsigned char *block[2];
	unsigned mine;   /* the one that is being filled; the other one may be a job */
	size_t nmine;    /* bytes in it */
	size_t njob;     /* and in the other */
	uint64_t before; /* compressed bytes of all blocks before the last that was full */
	bool may_thread;
	struct mdl_worker *worker;
	struct mdl_err failed;
};

struct mdl_compress_writer *mdl_compress_writer_open(int fd, enum mdl_compress kind, int level,
						     const char *name)
{
	struct mdl_compress_writer *w = mdl_zalloc(sizeof(*w));
	w->fd = fd;
	w->kind = kind;
	w->name = mdl_strdup(name);
	w->out = mdl_alloc(OUT_BYTES);
	if (kind != MDL_COMPRESS_NONE)
		w->block[0] = mdl_alloc(BLOCK_BYTES);
	if (kind == MDL_COMPRESS_GZIP) {
		int l = level <= 0 ? Z_DEFAULT_COMPRESSION : level > 9 ? 9 : level;
		if (deflateInit2(&w->gz, l, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			mdl_out_of_memory();
	} else if (kind == MDL_COMPRESS_ZSTD) {
		w->zs = ZSTD_createCStream();
		if (!w->zs)
			mdl_out_of_memory();
		ZSTD_CCtx_setParameter(w->zs, ZSTD_c_compressionLevel,
				       level <= 0   ? 3
				       : level > 19 ? 19
						    : level);
		ZSTD_CCtx_setParameter(w->zs, ZSTD_c_checksumFlag, 1);
	}
	return w;
}

void mdl_compress_writer_close(struct mdl_compress_writer *w)
{
	if (!w)
		return;
	mdl_worker_free(w->worker);
	free(w->block[0]);
	free(w->block[1]);
	if (w->kind == MDL_COMPRESS_GZIP)
		deflateEnd(&w->gz);
	ZSTD_freeCStream(w->zs);
	free(w->out);
	free(w->name);
	free(w);
}

uint64_t mdl_compress_writer_bytes(const struct mdl_compress_writer *w)
{
	return w->kind == MDL_COMPRESS_NONE ? w->written + w->n : w->before;
}

static int put(struct mdl_compress_writer *w, const void *p, size_t n, struct mdl_err *err)
{
	if (mdl_write_all(w->fd, p, n))
		return mdl_err_sys(err, "%s: cannot write", w->name);
	w->written += n;
	return 0;
}

static int drain(struct mdl_compress_writer *w, struct mdl_err *err)
{
	size_t n = w->n;
	w->n = 0;
	return n ? put(w, w->out, n, err) : 0;
}

static int write_plain(struct mdl_compress_writer *w, const void *p, size_t n, struct mdl_err *err)
{
	if (n < OUT_BYTES - w->n) {
		memcpy(w->out + w->n, p, n);
		w->n += n;
		return 0;
	}
	if (drain(w, err))
		return -1;
	if (n >= OUT_BYTES)
		return put(w, p, n, err);
	memcpy(w->out, p, n);
	w->n = n;
	return 0;
}

static int run_gzip(struct mdl_compress_writer *w, const void *p, size_t n, int flush, struct mdl_err *err)
{
	const unsigned char *in = p;
	do {
		uInt part = (uInt)(n > 1u << 30 ? 1u << 30 : n);
		w->gz.next_in = in;
		w->gz.avail_in = part;
		int mode = n > part ? Z_NO_FLUSH : flush;
		for (;;) {
			w->gz.next_out = w->out + w->n;
			w->gz.avail_out = (uInt)(OUT_BYTES - w->n);
			int z = deflate(&w->gz, mode);
			w->n = OUT_BYTES - w->gz.avail_out;
			if (z == Z_STREAM_ERROR)
				mdl_bug("deflate: stream error");
			if (w->gz.avail_out)
				break;
			if (drain(w, err))
				return -1;
		}
		if (part)
			in += part;
		n -= part;
	} while (n);
	return 0;
}

static int run_zstd(struct mdl_compress_writer *w, const void *p, size_t n, ZSTD_EndDirective mode,
		    struct mdl_err *err)
{
	ZSTD_inBuffer in = {p, n, 0};
	for (;;) {
		ZSTD_outBuffer out = {w->out, OUT_BYTES, w->n};
		size_t left = ZSTD_compressStream2(w->zs, &out, &in, mode);
		if (ZSTD_isError(left))
			return mdl_err_set(err, MDL_RETRY, "%s: zstd: %s", w->name, ZSTD_getErrorName(left));
		w->n = out.pos;
		if (mode == ZSTD_e_continue ? in.pos == in.size : left == 0)
			return 0;
		if (drain(w, err))
			return -1;
	}
}

static int run(struct mdl_compress_writer *w, const void *p, size_t n, struct mdl_err *err)
{
	return w->kind == MDL_COMPRESS_GZIP ? run_gzip(w, p, n, Z_NO_FLUSH, err)
					    : run_zstd(w, p, n, ZSTD_e_continue, err);
}

/* The second thread's job. */
static void run_block(void *ctx)
{
	struct mdl_compress_writer *w = ctx;
	struct mdl_err err = MDL_ERR_INIT;
	if (run(w, w->block[!w->mine], w->njob, &err))
		w->failed = err;
}

/* All blocks that were handed over are done. */
static int settle(struct mdl_compress_writer *w, struct mdl_err *err)
{
	if (w->worker)
		mdl_worker_wait(w->worker);
	if (!w->failed.status)
		return 0;
	*err = w->failed;
	return -1;
}

/* Compress the block, here or while the caller goes on. What is known of the size is the same both ways. */
static int end_block(struct mdl_compress_writer *w, struct mdl_err *err)
{
	if (settle(w, err))
		return -1;
	w->before = w->written + w->n;
	size_t n = w->nmine;
	w->nmine = 0;
	w->open_frame = true;
	/* a thread is for streams that have a second block */
	if (w->may_thread && !w->worker && w->before) {
		w->worker = mdl_worker_new(run_block, w);
		w->may_thread = w->worker;
		w->block[1] = w->worker ? mdl_alloc(BLOCK_BYTES) : NULL;
	}
	if (!w->worker)
		return run(w, w->block[w->mine], n, err);
	w->njob = n;
	w->mine = !w->mine;
	mdl_worker_start(w->worker);
	return 0;
}

/* All that was written has gone to the encoder. */
static int end_blocks(struct mdl_compress_writer *w, struct mdl_err *err)
{
	return (w->nmine && end_block(w, err)) || settle(w, err) ? -1 : 0;
}

void mdl_compress_writer_thread(struct mdl_compress_writer *w)
{
	w->may_thread = w->kind != MDL_COMPRESS_NONE;
}

int mdl_compress_writer_write(struct mdl_compress_writer *w, const void *p, size_t n, struct mdl_err *err)
{
	if (n == 0)
		return 0;
	if (w->kind == MDL_COMPRESS_NONE)
		return write_plain(w, p, n, err);
	for (const char *from = p; n;) {
		size_t part = BLOCK_BYTES - w->nmine < n ? BLOCK_BYTES - w->nmine : n;
		memcpy(w->block[w->mine] + w->nmine, from, part);
		w->nmine += part;
		from += part;
		n -= part;
		if (w->nmine == BLOCK_BYTES && end_block(w, err))
			return -1;
	}
	return 0;
}

int mdl_compress_writer_flush(struct mdl_compress_writer *w, struct mdl_err *err)
{
	if (end_blocks(w, err))
		return -1;
	if (w->open_frame) {
		int r = w->kind == MDL_COMPRESS_GZIP ? run_gzip(w, NULL, 0, Z_SYNC_FLUSH, err)
						     : run_zstd(w, NULL, 0, ZSTD_e_flush, err);
		if (r)
			return -1;
	}
	if (drain(w, err))
		return -1;
	w->before = w->written;
	return 0;
}

int mdl_compress_writer_finish(struct mdl_compress_writer *w, uint64_t *bytes, struct mdl_err *err)
{
	if (end_blocks(w, err))
		return -1;
	/* a stream without a byte still is a valid file: one empty frame */
	if (w->kind != MDL_COMPRESS_NONE && (w->open_frame || !w->any_frame)) {
		int r = w->kind == MDL_COMPRESS_GZIP ? run_gzip(w, NULL, 0, Z_FINISH, err)
						     : run_zstd(w, NULL, 0, ZSTD_e_end, err);
		if (r)
			return -1;
		if (w->kind == MDL_COMPRESS_GZIP)
			deflateReset(&w->gz);
		w->open_frame = false;
		w->any_frame = true;
	}
	if (drain(w, err))
		return -1;
	w->before = w->written;
	if (bytes)
		*bytes = w->written;
	return 0;
}

/* Blocks */

enum { BLOCK_LEVEL = 1, MAX_WAIT = 64 };

void mdl_compress_blocks_free(struct mdl_compress_blocks *b)
{
	ZSTD_freeCCtx(b->packer);
	ZSTD_freeDCtx(b->unpacker);
	memset(b, 0, sizeof(*b));
}

bool mdl_compress_blocks_pack(struct mdl_compress_blocks *b, const void *p, size_t n, struct mdl_buf *out)
{
	size_t most = n - n / 8;
	if (b->skip) {
		b->skip--;
		return false;
	}
	if (!b->packer)
		b->packer = ZSTD_createCCtx();
	if (!b->packer)
		mdl_out_of_memory();
	if (!mdl_buf_reserve(out, most))
		return false;
	size_t packed = ZSTD_compressCCtx(b->packer, out->p + out->n, most, p, n, BLOCK_LEVEL);
	if (ZSTD_isError(packed)) { /* it has no room: it does not get small enough */
		b->wait = b->wait ? b->wait * 2 : 1;
		b->wait = b->wait > MAX_WAIT ? MAX_WAIT : b->wait;
		b->skip = b->wait;
		return false;
	}
	b->wait = 0;
	out->n += packed;
	return true;
}

bool mdl_compress_blocks_unpack(struct mdl_compress_blocks *b, const void *p, size_t n, size_t raw,
				struct mdl_buf *out)
{
	if (!b->unpacker)
		b->unpacker = ZSTD_createDCtx();
	if (!b->unpacker)
		mdl_out_of_memory();
	if (ZSTD_getFrameContentSize(p, n) != raw || !mdl_buf_reserve(out, raw) ||
	    ZSTD_decompressDCtx(b->unpacker, out->p + out->n, raw, p, n) != raw)
		return false;
	out->n += raw;
	return true;
}
