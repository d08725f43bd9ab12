/* SPDX-License-Identifier: MIT
 *
 * Hadoop's checksum files: see crc_twin.h.
 */
#include "state/crc_twin.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/file.h"

enum { HEAD = 8, MAX_PIECE = 1 << 30 };

static uint32_t be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static bool fits(const struct mdl_buf *file, const struct mdl_buf *crc)
{
	if (crc->n < HEAD || memcmp(crc->p, "crc\0", 4) != 0)
		return false;
	size_t piece = be32(crc->p + 4);
	if (!piece || piece > MAX_PIECE || crc->n - HEAD != (file->n + piece - 1) / piece * 4)
		return false;
	for (size_t at = 0, i = HEAD; at < file->n; at += piece, i += 4) {
		size_t n = file->n - at < piece ? file->n - at : piece;
		if (crc32_z(0, (const unsigned char *)file->p + at, n) != be32(crc->p + i))
			return false;
	}
	return true;
}

/* TWIN is ".NAME.crc": 1 when it was removed. */
static int sweep_one(const char *dir, const char *twin, struct mdl_err *err)
{
	struct mdl_buf file = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), crc = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *name = mdl_strndup(twin + 1, strlen(twin) - 5);
	char *path = mdl_path_join(dir, name), *crc_path = mdl_path_join(dir, twin);
	int r = mdl_file_read(path, &file, err);
	bool gone = r > 0;
	if (r >= 0)
		r = mdl_file_read(crc_path, &crc, err);
	if (!r && (gone || !fits(&file, &crc)))
		r = mdl_file_remove(crc_path, err) ? -1 : 1;
	else if (r > 0)
		r = 0; /* somebody else removed it */
	free(crc_path);
	free(path);
	free(name);
	mdl_buf_free(&crc);
	mdl_buf_free(&file);
	return r;
}

int mdl_crc_twin_sweep(const char *dir, size_t *removed, struct mdl_err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t count = 0;
	int r = 0;
	if (!d)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "listing %s", dir);
	while (r >= 0 && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		if (n <= 5 || e->d_name[0] != '.' || strcmp(e->d_name + n - 4, ".crc") != 0)
			continue;
		r = sweep_one(dir, e->d_name, err);
		count += r > 0;
	}
	closedir(d);
	if (r >= 0 && count && mdl_dir_sync(dir, err))
		r = -1;
	if (removed)
		*removed += count;
	return r < 0 ? -1 : 0;
}
