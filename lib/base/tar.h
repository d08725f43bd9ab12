/* SPDX-License-Identifier: MIT
 *
 * tar archives (POSIX ustar) through a compressed stream: plain files only, in the
 * order in which they are put. Sizes from 8 GiB on are written as GNU tar does. What
 * is read is judged: a wrong checksum, an end without the end mark, an entry that is
 * neither file nor folder and a name that leaves the folder are errors.
 */
#ifndef MDL_BASE_TAR_H
#define MDL_BASE_TAR_H

#include <stdint.h>

#include "base/compress.h"
#include "base/err.h"
#include "base/slice.h"

/* A file of which SIZE bytes follow by mdl_compress_writer_write, and then mdl_tar_pad. */
int mdl_tar_head(struct mdl_compress_writer *w, const char *name, uint64_t size, int64_t mtime_s,
		 struct mdl_err *err);
int mdl_tar_pad(struct mdl_compress_writer *w, uint64_t size, struct mdl_err *err);
int mdl_tar_put(struct mdl_compress_writer *w, const char *name, struct mdl_slice content, int64_t mtime_s,
		struct mdl_err *err);
/* The end mark; the stream is not finished. */
int mdl_tar_end(struct mdl_compress_writer *w, struct mdl_err *err);

struct mdl_tar_reader {
	struct mdl_compress_reader *in;
	const char *what; /* for messages */
	uint64_t left;    /* of the present file */
	uint64_t pad;
};

enum { MDL_TAR_NAME = 257 };

/* The next file; folders are passed over. 1 with NAME and *SIZE, 0 at the end mark, -1. What was not read of the file
 * before is skipped. */
int mdl_tar_next(struct mdl_tar_reader *r, char name[MDL_TAR_NAME], uint64_t *size, struct mdl_err *err);
/* Like read(2) within the file. */
ssize_t mdl_tar_read(struct mdl_tar_reader *r, void *buf, size_t n, struct mdl_err *err);

#endif
