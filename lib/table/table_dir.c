/* SPDX-License-Identifier: MIT
 *
 * Every step below the table goes by openat with O_NOFOLLOW from the folder above,
 * so that a link that somebody put there is refused and not followed.
 */
#include "table/table_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

int mdl_table_dir_lock(const char *dir, struct mdl_err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return mdl_err_sys(err, "%s: cannot open the table's directory", dir);
	while (flock(fd, LOCK_EX))
		if (errno != EINTR) {
			mdl_err_sys(err, "%s: cannot lock the table", dir);
			close(fd);
			return -1;
		}
	return fd;
}

int mdl_table_dir_has_data(const char *dir, bool *data, struct mdl_err *err)
{
	DIR *d = opendir(dir);

	*data = false;
	if (!d)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "%s: cannot list the table", dir);
	errno = 0;
	for (struct dirent *e; !*data && (e = readdir(d)) != NULL; errno = 0)
		*data = e->d_name[0] != '_' && e->d_name[0] != '.';
	int r = errno ? mdl_err_sys(err, "%s: cannot list the table", dir) : 0;

	closedir(d);
	return r;
}

int mdl_table_dir_folder(int dirfd, const char *dir, const char *folder, bool make, struct mdl_err *err)
{
	int fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return mdl_err_sys(err, "%s: cannot open", dir);
	char *copy = mdl_strdup(folder), *at = copy, *part;

	while ((part = strsep(&at, "/")) != NULL) {
		if (!*part)
			continue;
		if (make && mkdirat(fd, part, 0777) && errno != EEXIST)
			break;
		int next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0)
			break;
		close(fd);
		fd = next;
	}
	int r = fd;

	if (part) {
		if (errno == ENOENT && !make)
			r = -2;
		else if (errno == ENOTDIR || errno == ELOOP)
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s/%s: '%s' is a link or no folder, and nothing outside the table is written",
				dir, folder, part);
		else
			r = mdl_err_sys(err, "%s/%s: cannot make or open the folder", dir, folder);
		close(fd);
	}
	free(copy);
	return r;
}

int mdl_table_dir_sync_folder(int dirfd, const char *dir, const char *folder, struct mdl_err *err)
{
	int fd = mdl_table_dir_folder(dirfd, dir, folder, false, err), r = fd < 0 ? -1 : 0;

	if (fd == -2)
		mdl_err_set(err, MDL_RETRY, "%s/%s has vanished", dir, folder);
	else if (!r && fsync(fd))
		r = mdl_err_sys(err, "%s/%s: cannot sync", dir, folder);
	if (fd >= 0)
		close(fd);
	return r;
}

int mdl_table_dir_sync_above(int dirfd, const char *dir, const char *folder, const char *done,
			     struct mdl_err *err)
{
	char *up = mdl_strdup(folder), *slash;
	int r = 0;

	while (!r && (slash = strrchr(up, '/')) != NULL) {
		slash[1] = '\0';
		if (done && strncmp(done, up, strlen(up)) == 0)
			break;
		*slash = '\0';
		r = mdl_table_dir_sync_folder(dirfd, dir, up, err);
	}
	free(up);
	return r;
}

int mdl_table_dir_remove(int dirfd, const char *dir, const char *path, struct mdl_err *err)
{
	char *folder = mdl_strdup(path), *slash = strrchr(folder, '/');
	const char *name = path + (slash ? slash - folder + 1 : 0);
	int r = 0;

	*(slash ? slash : folder) = '\0';
	int fd = mdl_table_dir_folder(dirfd, dir, folder, false, err);

	if (fd >= 0) {
		char *crc = mdl_asprintf(".%s.crc", name);

		if ((unlinkat(fd, crc, 0) && errno != ENOENT) || (unlinkat(fd, name, 0) && errno != ENOENT))
			r = mdl_err_sys(err, "%s/%s: cannot remove", dir, path);
		free(crc);
		close(fd);
		/* Folders that still hold something refuse, which is right. */
		while (!r && *folder && unlinkat(dirfd, folder, AT_REMOVEDIR) == 0) {
			slash = strrchr(folder, '/');
			*(slash ? slash : folder) = '\0';
		}
	}
	free(folder);
	return fd == -1 ? -1 : r;
}

int mdl_table_dir_sweep(int dirfd, const char *dir, const char *folder,
			bool (*match)(const char *name, const void *arg), const void *arg, uint64_t *removed,
			struct mdl_err *err)
{
	int fd = mdl_table_dir_folder(dirfd, dir, folder, false, err);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (!d)
		return fd >= 0    ? (close(fd), mdl_err_sys(err, "%s/%s: cannot list", dir, folder))
		       : fd == -2 ? 0
				  : -1;
	for (struct dirent *e; !r && (errno = 0, e = readdir(d)) != NULL;) {
		char *path = mdl_asprintf("%s%s%s", folder, *folder ? "/" : "", e->d_name);

		if (match(e->d_name, arg)) {
			r = mdl_table_dir_remove(dirfd, dir, path, err);
			++*removed;
		} else if (strchr(e->d_name, '=') && e->d_name[0] != '_' && e->d_name[0] != '.' &&
			   e->d_type == DT_DIR) {
			r = mdl_table_dir_sweep(dirfd, dir, path, match, arg, removed, err);
		}
		free(path);
	}
	closedir(d);
	return r;
}
