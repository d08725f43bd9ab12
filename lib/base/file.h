/* SPDX-License-Identifier: MIT
 *
 * Files that survive a power cut, and reads and writes that are never short.
 * The rules are those of FAULTS in medal-checkpoint(5): write to a temporary
 * name in the same directory, write all, fsync through the same descriptor, check
 * close, rename (or link where the name must not exist yet), fsync the directory
 * and the parents of new directories. A failed fsync, close or rename is never
 * retried: the caller must end the process.
 */
#ifndef MDL_BASE_FILE_H
#define MDL_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* Write all N bytes; loops over short writes and EINTR and waits (poll) on EAGAIN. -1 with errno set. */
int mdl_write_all(int fd, const void *p, size_t n);
/* As read(2), but repeats on EINTR and waits on EAGAIN. */
ssize_t mdl_read(int fd, void *p, size_t n);

/* Call first in main(). Of descriptors 0, 1 and 2 those that the caller closed (`>&-`) fail from now on with EBADF, as
 * they would have; without this the next file that is opened, a table's, would become standard output or error. */
void mdl_standard_descriptors(void);
/* A write beyond the limit of file sizes (ulimit -f) fails with EFBIG from now on, as on a full disk, where SIGXFSZ would end
 * the process without a word. For the beginning of main. */
void mdl_file_limit_fails(void);
/* As it was before: for another program, before exec. Safe after fork. */
void mdl_file_limit_as_before(void);

/* fsync of the directory PATH. */
int mdl_dir_sync(const char *path, struct mdl_err *err);
/* mkdir -p; syncs the parent of each directory that it made. */
int mdl_dir_make(const char *path, struct mdl_err *err);

/* Whole-file writes. DIR/NAME gets CONTENT; on return it is durable.
 * _replace: an old file of that name is replaced (rename).
 * _create:  put-if-absent by link; *created is false (and 0 is returned) when NAME exists.
 * Temporary names are ".NAME.<pid>.tmp". */
int mdl_file_replace(const char *dir, const char *name, struct mdl_slice content, struct mdl_err *err);
int mdl_file_create(const char *dir, const char *name, struct mdl_slice content, bool *created,
		    struct mdl_err *err);
/* Has the open file still a name? */
bool mdl_file_has_name(int fd);
/* As _create, for one who may act only while his file HELD (a descriptor; -1: no such) has a name: that is looked at when
 * the content stands under its temporary name, so that a successor who takes first HELD's name and then all temporary ones
 * away cannot be overtaken. MDL_RETRY when HELD has none and
 * NAME is not there either: what stands is told, for it may be of a companion who has ended since. */
int mdl_file_create_held(const char *dir, const char *name, struct mdl_slice content, int held, bool *created,
			 struct mdl_err *err);
/* Content is appended to OUT (whose limit bounds it). A missing file: returns 1, OUT untouched. */
int mdl_file_read(const char *path, struct mdl_buf *out, struct mdl_err *err);
/* Unlink; a missing file is fine. */
int mdl_file_remove(const char *path, struct mdl_err *err);

/* CRC-32C (Castagnoli) of N bytes, going on from CRC (0 to begin). */
uint32_t mdl_crc32c(uint32_t crc, const void *p, size_t n);
/* The same without the processor's instruction, for processors that lack it and for the test. */
uint32_t mdl_crc32c_portable(uint32_t crc, const void *p, size_t n);

/* "DIR/NAME" in memory that the caller frees. */
char *mdl_path_join(const char *dir, const char *name);
/* The absolute path without links, "." and ".."; the last component need not exist. Caller frees.
 * NULL with ERR filled when a directory on the way is missing. */
char *mdl_path_real(const char *path, struct mdl_err *err);

#endif
