/* SPDX-License-Identifier: MIT
 *
 * Compressed streams: gzip and zstd, and plain bytes through the same calls, so
 * that a caller has one path. Readers stream: memory is bounded by the input
 * buffer (128 KiB) and the decoder's window (gzip 32 KiB, zstd at most 128 MiB),
 * whatever the compressed bytes claim, so a decompression bomb costs time and
 * never memory. Nothing here opens or closes descriptors.
 */
#ifndef MDL_BASE_COMPRESS_H
#define MDL_BASE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum mdl_compress {
	MDL_COMPRESS_NONE = 0,
	MDL_COMPRESS_GZIP, /* RFC 1952 */
	MDL_COMPRESS_ZSTD, /* RFC 8878 */
};

/* A zstd frame that needs a larger window is refused (zstd's own default for --long, too). */
enum { MDL_COMPRESS_WINDOW_LOG = 27 };

/* By the extension of a name, in any case: .gz, .zst, .zstd, else NONE. */
enum mdl_compress mdl_compress_of_name(const char *name);
/* Length of NAME without such an extension: "a.json.gz" gives 6, "a.json" gives 6. */
size_t mdl_compress_stem(const char *name);
/* "", ".gz", ".zst": what a writer adds to a name. */
const char *mdl_compress_extension(enum mdl_compress kind);

struct mdl_compress_reader;

/* Read what stands in FD from its present position. NAME is for messages and is copied. Concatenated
 * gzip members and zstd frames (skippable ones too) are one stream; zero bytes after a gzip member are
 * padding; a file without a single byte is an empty stream. Never fails. */
struct mdl_compress_reader *mdl_compress_reader_open(int fd, enum mdl_compress kind, const char *name);
/* Like read(2): up to N bytes (N > 0), 0 at the end of the stream, -1 with ERR filled. Data that is damaged
 * or ends too early is an error (status 2) that names the compressed offset; all that was decoded before it
 * has been returned by then. An error sticks. */
ssize_t mdl_compress_reader_read(struct mdl_compress_reader *r, void *buf, size_t n, struct mdl_err *err);
/* From now on decode on a second thread, ahead of the caller: for a regular file, before its first read. */
void mdl_compress_reader_thread(struct mdl_compress_reader *r);
/* Bytes taken from the descriptor and used so far; on a second thread those of the block at hand, too. */
uint64_t mdl_compress_reader_consumed(const struct mdl_compress_reader *r);
/* NULL is fine. */
void mdl_compress_reader_close(struct mdl_compress_reader *r);

struct mdl_compress_writer;

/* LEVEL 0 is the default (gzip 6, zstd 3); gzip 1..9, zstd 1..19, beyond is clamped. zstd frames carry a
 * checksum. */
struct mdl_compress_writer *mdl_compress_writer_open(int fd, enum mdl_compress kind, int level,
						     const char *name);
/* Compress on a second thread, from the second block (256 KiB) on. The bytes are the same, and so is what _bytes says
 * at any time; a failure may come out at a later call. */
void mdl_compress_writer_thread(struct mdl_compress_writer *w);
/* All N bytes, 0 or -1. Small writes to a plain stream are gathered too. */
int mdl_compress_writer_write(struct mdl_compress_writer *w, const void *p, size_t n, struct mdl_err *err);
/* Hand all that was written so far to the descriptor, decodable (costs ratio). */
int mdl_compress_writer_flush(struct mdl_compress_writer *w, struct mdl_err *err);
/* End the frame and write all; *BYTES (if not NULL) gets the compressed size in all. Nothing may be
 * written after it, but for a new frame: the next write begins one. */
int mdl_compress_writer_finish(struct mdl_compress_writer *w, uint64_t *bytes, struct mdl_err *err);
/* Compressed bytes so far, but for those of the last 256 to 512 KiB: what a size limit is compared with. Exact for
 * plain streams, and after _flush and _finish. */
uint64_t mdl_compress_writer_bytes(const struct mdl_compress_writer *w);
/* Frees without finishing. NULL is fine. */
void mdl_compress_writer_close(struct mdl_compress_writer *w);

/* ---- Blocks of memory, each on its own ---- */

/* zstd (level 1) where it saves at least an eighth. What does not get smaller (hashes, random bytes) is noticed, and then
 * only one block in up to 64 is tried. */
struct mdl_compress_blocks {
	void *packer, *unpacker;
	unsigned skip, wait; /* blocks to be left as they are: from now on, and after the next failure */
};

/* Zero-filled is ready for use. */
void mdl_compress_blocks_free(struct mdl_compress_blocks *b);
/* Append P packed to OUT; false, with OUT as it was, where that does not pay. */
bool mdl_compress_blocks_pack(struct mdl_compress_blocks *b, const void *p, size_t n, struct mdl_buf *out);
/* P is a packed block of exactly RAW bytes: append them to OUT. False when it is damaged. */
bool mdl_compress_blocks_unpack(struct mdl_compress_blocks *b, const void *p, size_t n, size_t raw,
				struct mdl_buf *out);

#endif
