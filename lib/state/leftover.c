/* SPDX-License-Identifier: MIT
 *
 * What killed processes leave: see leftover.h.
 */
#include "state/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/barrier.h"

/* A process of another machine or container is not to be seen: what it is writing is young. */
enum { YOUNG_S = 10 * 60 };

/* The pid in ".NAME.<pid>.tmp", 0 for other names. */
static pid_t writer_of(const char *name)
{
	size_t n = strlen(name);

	if (name[0] != '.' || n < 7 || strcmp(name + n - 4, ".tmp") != 0)
		return 0;
	size_t from = n - 4;

	while (from > 0 && name[from - 1] >= '0' && name[from - 1] <= '9')
		from--;
	if (from < 2 || from == n - 4 || name[from - 1] != '.' || n - 4 - from > 9)
		return 0;
	return (pid_t)strtol(name + from, NULL, 10);
}

bool mdl_leftover_is_temporary(const char *name)
{
	return writer_of(name) > 0;
}

static bool is_dead(int dirfd, const char *name)
{
	struct stat st;

	if (kill(writer_of(name), 0) == 0 || errno != ESRCH)
		return false;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < time(NULL) - YOUNG_S;
}

static int sweep(const char *dir, bool all, struct mdl_err *err)
{
	DIR *d = opendir(dir);
	int r = d || errno == ENOENT || errno == ENOTDIR ? 0 : mdl_err_sys(err, "listing %s", dir);

	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;)
		if (mdl_leftover_is_temporary(e->d_name) && (all || is_dead(dirfd(d), e->d_name)) &&
		    unlinkat(dirfd(d), e->d_name, 0) && errno != ENOENT)
			r = mdl_err_sys(err, "removing %s/%s", dir, e->d_name);
	if (d)
		closedir(d);
	return r;
}

int mdl_leftover_remove_run(const char *run_dir, const char *run, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/%s.d", run_dir, run);
	DIR *d = opendir(path);
	int r = 0;

	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	if (rmdir(path) && errno != ENOENT)
		r = mdl_err_sys(err, "removing %s", path);
	free(path);
	return r;
}

/* A run's folder is made before its file, and goes after it: one without it belongs to nobody. */
static int sweep_runs(const char *checkpoint, struct mdl_err *err)
{
	char *runs = mdl_path_join(checkpoint, "medal/run");
	DIR *d = opendir(runs);
	int r = 0;

	for (struct dirent *e; d && !r && (e = readdir(d)) != NULL;) {
		struct stat st;

		if (strlen(e->d_name) != MDL_RUN_ID + 2 || strcmp(e->d_name + MDL_RUN_ID, ".d") != 0)
			continue;
		char *run = mdl_strndup(e->d_name, MDL_RUN_ID);

		if (fstatat(dirfd(d), run, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
			r = mdl_leftover_remove_run(runs, run, err);
		free(run);
	}
	if (d)
		closedir(d);
	free(runs);
	return r;
}

int mdl_leftover_sweep(const char *checkpoint, struct mdl_err *err)
{
	static const char *const folders[] = {".",     "offsets",      "commits",     "sources/0",
					      "medal", "medal/ledger", "medal/files", "medal/spool"};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = mdl_path_join(checkpoint, folders[i]);

		r = sweep(path, true, err);
		free(path);
	}
	return r ? r : sweep_runs(checkpoint, err);
}

int mdl_leftover_sweep_dead(const char *dir, struct mdl_err *err)
{
	return sweep(dir, false, err);
}
