/* SPDX-License-Identifier: MIT
 *
 * One file of a stage's state: entries, in the order in which they were put. It is
 * written once and never changed; the ledger that names it has its size and CRC-32C.
 * Format: medal-checkpoint(5), STATE. Files of version 1 (medal 0.1) are read, too.
 */
#ifndef MDL_STATE_STATE_FILE_H
#define MDL_STATE_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compress.h"
#include "base/err.h"
#include "base/slice.h"

/* Whose state it is; a reader refuses what was made with other settings. */
struct mdl_state_head {
	const char *stage, *run, *settings;
	uint64_t epoch;
};

struct mdl_state_writer {
	int fd;
	char *path;
	struct mdl_buf block; /* room for a block's head, then entries */
	struct mdl_compress_blocks *pack;
	struct mdl_buf packed;
	uint64_t entries, size, pushed;
	uint32_t crc;
	bool slow;
};

/* Zero-filled is closed. PATH is copied and made anew. PACK must stay valid; it remembers from file to file whether to
 * pack pays. SLOW: write at the disk's pace, for work in the background. */
int mdl_state_writer_open(struct mdl_state_writer *w, const char *path, const struct mdl_state_head *head,
			  struct mdl_compress_blocks *pack, bool slow, struct mdl_err *err);
static inline bool mdl_state_writer_is_open(const struct mdl_state_writer *w)
{
	return w->path;
}
int mdl_state_writer_put(struct mdl_state_writer *w, struct mdl_slice entry, struct mdl_err *err);
/* Whole and synced when it returns; w->size and w->crc are the file's. Closes. */
int mdl_state_writer_end(struct mdl_state_writer *w, struct mdl_err *err);
/* Closes, and removes the file if it is not whole. */
void mdl_state_writer_close(struct mdl_state_writer *w);

struct mdl_state_reader {
	int fd;
	char *path;
	struct mdl_compress_blocks pack;
	struct mdl_buf stored, plain; /* a block as it is in the file, its entries */
	size_t at;                    /* in plain */
	uint64_t entries;             /* read so far */
	bool ended;
	struct mdl_compress_reader *v1;
};

/* Zero-filled is closed. SETTINGS may be NULL: not compared. Refused (status 2): SIZE and CRC are not those of the file,
 * it is no such file or of a newer version, its settings differ. */
int mdl_state_reader_open(struct mdl_state_reader *r, const char *path, uint64_t size, uint32_t crc,
			  const char *settings, struct mdl_err *err);
/* 1: an entry, valid until the next call; 0: the end; -1. */
int mdl_state_reader_next(struct mdl_state_reader *r, struct mdl_slice *entry, struct mdl_err *err);
/* The next block of entries goes to W as it is, without a look at them. 1; 0: the end; -1. Not to be mixed with _next. */
int mdl_state_reader_copy(struct mdl_state_reader *r, struct mdl_state_writer *w, struct mdl_err *err);
void mdl_state_reader_close(struct mdl_state_reader *r);

#endif
