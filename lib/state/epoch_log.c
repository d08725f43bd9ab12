/* SPDX-License-Identifier: MIT
 *
 * Spark's numbered logs: see epoch_log.h.
 */
#include "state/epoch_log.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

int64_t mdl_epoch_of_name(const char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n > 18 || strspn(name, "0123456789") != n || (name[0] == '0' && n > 1))
		return -1;
	return strtoll(name, NULL, 10);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int mdl_epoch_log_list(const char *dir, struct mdl_epoch_list *list, struct mdl_err *err)
{
	memset(list, 0, sizeof(*list));
	DIR *d = opendir(dir);
	if (!d)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "listing %s", dir);
	struct dirent *e;
	errno = 0;
	while ((e = readdir(d))) {
		int64_t n = mdl_epoch_of_name(e->d_name);
		if (n >= 0) {
			MDL_GROW(list->v, list->n, list->cap);
			list->v[list->n++] = n;
		}
		errno = 0;
	}
	int r = errno ? mdl_err_sys(err, "listing %s", dir) : 0;
	closedir(d);
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_number);
	return r;
}

void mdl_epoch_list_free(struct mdl_epoch_list *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

int64_t mdl_epoch_list_last(const struct mdl_epoch_list *list)
{
	return list->n ? list->v[list->n - 1] : -1;
}

int mdl_epoch_log_read(const char *dir, int64_t n, struct mdl_buf *out, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/%" PRId64, dir, n);
	int r = mdl_file_read(path, out, err);
	free(path);
	return r;
}

static int remove_crc(const char *dir, int64_t n, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/.%" PRId64 ".crc", dir, n);
	int r = mdl_file_remove(path, err);
	free(path);
	return r;
}

int mdl_epoch_log_create(const char *dir, int64_t n, struct mdl_slice content, int held, bool *created,
			 struct mdl_err *err)
{
	char name[32];
	snprintf(name, sizeof(name), "%" PRId64, n);
	/* a .crc that outlived its file makes Spark refuse ours */
	return remove_crc(dir, n, err) ? -1 : mdl_file_create_held(dir, name, content, held, created, err);
}

int mdl_epoch_log_remove(const char *dir, int64_t n, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/%" PRId64, dir, n);
	int r = mdl_file_remove(path, err);
	free(path);
	return r ? r : remove_crc(dir, n, err);
}
