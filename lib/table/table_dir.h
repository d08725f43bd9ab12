/* SPDX-License-Identifier: MIT
 *
 * A table's directory: its lock, whether data stands in it, and folders and files
 * below it that are reached without following links, so that nothing outside it is
 * ever written.
 */
#ifndef MDL_TABLE_TABLE_DIR_H
#define MDL_TABLE_TABLE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Take the table's exclusive lock (flock on the directory), waiting for it; the descriptor, close it to
 * unlock. -1 with ERR. */
int mdl_table_dir_lock(const char *dir, struct mdl_err *err);

/* Does anything stand in DIR whose name does not begin with '_' or '.'? A missing DIR has none. */
int mdl_table_dir_has_data(const char *dir, bool *data, struct mdl_err *err);

/* Open the folder FOLDER ("" or "a=1/b=2") below the directory that DIRFD is open on, made where it is missing
 * when MAKE. No part may be a link. The descriptor, or -1 with ERR (DIR is for the message). When it does not
 * exist and is not to be made: -2. */
int mdl_table_dir_folder(int dirfd, const char *dir, const char *folder, bool make, struct mdl_err *err);

/* fsync FOLDER ("": the table's directory itself). */
int mdl_table_dir_sync_folder(int dirfd, const char *dir, const char *folder, struct mdl_err *err);

/* fsync the folders between the table's directory and FOLDER, neither of them, and not those that lie above the
 * folder DONE, too (NULL: none). */
int mdl_table_dir_sync_above(int dirfd, const char *dir, const char *folder, const char *done,
			     struct mdl_err *err);

/* Remove the file PATH below the table and its .crc twin, and folders that became empty; a missing file is fine. */
int mdl_table_dir_remove(int dirfd, const char *dir, const char *path, struct mdl_err *err);

/* In FOLDER and the partition folders (column=value) below it, remove the files of which MATCH is true, and add their
 * number to REMOVED. */
int mdl_table_dir_sweep(int dirfd, const char *dir, const char *folder,
			bool (*match)(const char *name, const void *arg), const void *arg, uint64_t *removed,
			struct mdl_err *err);

#endif
