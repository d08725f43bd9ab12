/* SPDX-License-Identifier: MIT
 *
 * Who reads a pipe: see pipe_peer.h.
 */
#include "base/pipe_peer.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* Is the standard input of process PID the pipe with the inode INO? */
static bool reads(int proc, const char *pid, ino_t ino)
{
	char *path = mdl_asprintf("%s/fd/0", pid), link[64], want[64];
	ssize_t n = readlinkat(proc, path, link, sizeof(link) - 1);

	free(path);
	link[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "pipe:[%llu]", (unsigned long long)ino);
	return strcmp(link, want) == 0;
}

static bool is_started_as(int proc, const char *pid, const char *program, const char *first)
{
	char *path = mdl_asprintf("%s/cmdline", pid), text[4096];
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 2);

	if (fd >= 0)
		close(fd);
	free(path);
	if (n <= 0)
		return false;
	text[n] = text[n + 1] = '\0';

	const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;

	return strcmp(name, program) == 0 && strcmp(text + strlen(text) + 1, first) == 0;
}

bool mdl_pipe_peer_is(int fd, const char *program, const char *first)
{
	struct stat st;
	bool found = false;

	if (fstat(fd, &st) || !S_ISFIFO(st.st_mode))
		return false;
	DIR *d = opendir("/proc");

	for (struct dirent *e; d && !found && (e = readdir(d)) != NULL;)
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' && reads(dirfd(d), e->d_name, st.st_ino) &&
			is_started_as(dirfd(d), e->d_name, program, first);
	if (d)
		closedir(d);
	return found;
}

/* Can process PID read from the pipe LINK ("pipe:[7]") by any of its descriptors? */
static bool can_read(int proc, const char *pid, const char *link)
{
	char *path = mdl_asprintf("%s/fd", pid), to[64];
	int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool found = false;

	free(path);
	if (!d && fd >= 0)
		close(fd);
	for (struct dirent *e; d && !found && (e = readdir(d)) != NULL;) {
		struct stat st;
		ssize_t n = readlinkat(fd, e->d_name, to, sizeof(to) - 1);

		to[n > 0 ? n : 0] = '\0';
		/* both ends are the same pipe: the link's mode tells which one this is */
		found = strcmp(to, link) == 0 && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			(st.st_mode & S_IRUSR);
	}
	if (d)
		closedir(d);
	return found;
}

/* The path of the program that process PID ("self" for this one) runs, in PATH; its name, or NULL. */
static const char *program_of(int proc, const char *pid, char path[PATH_MAX])
{
	char *link = mdl_asprintf("%s/exe", pid);
	ssize_t n = readlinkat(proc, link, path, PATH_MAX - 1);

	free(link);
	path[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : NULL;
}

bool mdl_pipe_readers_are_ours(int fd)
{
	static const char prefix[] = "medal-";
	struct stat st;
	char link[64], mine[PATH_MAX], path[PATH_MAX];
	size_t ours = 0, others = 0;

	if (fstat(fd, &st) || !S_ISFIFO(st.st_mode))
		return false;
	snprintf(link, sizeof(link), "pipe:[%llu]", (unsigned long long)st.st_ino);
	DIR *d = opendir("/proc");
	const char *name = d ? program_of(dirfd(d), "self", mine) : NULL;

	for (struct dirent *e; name && !others && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !can_read(dirfd(d), e->d_name, link))
			continue;
		const char *its = program_of(dirfd(d), e->d_name, path);

		if (its && its - path == name - mine && memcmp(path, mine, (size_t)(name - mine)) == 0 &&
		    strncmp(its, prefix, sizeof(prefix) - 1) == 0)
			ours++;
		else
			others++;
	}
	if (d)
		closedir(d);
	return ours && !others;
}

/* Does process PID run or wait for a disk, so that it is not one that reads? */
static bool is_busy(int proc, const char *pid)
{
	char *path = mdl_asprintf("%s/stat", pid), text[1024];
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	free(path);
	text[n > 0 ? n : 0] = '\0';
	/* "<pid> (<name>) <state> ...", and a name may hold anything */
	const char *name_end = strrchr(text, ')');

	return name_end && (name_end[2] == 'R' || name_end[2] == 'D');
}

bool mdl_pipe_peer_starts(int fd)
{
	struct stat st;
	char link[64], ours[PATH_MAX], theirs[PATH_MAX], parent[24];
	bool found = false;

	if (fstat(fd, &st) || !S_ISFIFO(st.st_mode))
		return false;
	DIR *d = opendir("/proc");

	if (!d)
		return false;
	snprintf(link, sizeof(link), "pipe:[%llu]", (unsigned long long)st.st_ino);
	snprintf(parent, sizeof(parent), "%d", (int)getppid());
	(void)program_of(dirfd(d), parent, ours);
	for (struct dirent *e; *ours && !found && (e = readdir(d)) != NULL;)
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
			program_of(dirfd(d), e->d_name, theirs) && strcmp(ours, theirs) == 0 &&
			is_busy(dirfd(d), e->d_name) && can_read(dirfd(d), e->d_name, link);
	closedir(d);
	return found;
}
