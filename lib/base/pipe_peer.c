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

/* What the processes' links call a pipe. */
enum { LINK = 64 };

/* The name of the pipe FD in LINK ("pipe:[7]"); false when it is none, and for a named pipe: its number is of another file
 * system, and may be that of a pipe which others read. */
static bool name_pipe(int fd, char link[LINK])
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, link, LINK - 1);

	link[n > 0 ? n : 0] = '\0';
	return strncmp(link, "pipe:[", 6) == 0;
}

/* The next process in D, a walk through /proc: its number; NULL at the end, and for no walk. */
static const char *next_process(DIR *d)
{
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			return e->d_name;
	return NULL;
}

/* The first bytes of /proc/PID/FILE, ended by '\0'; how many, 0 when they cannot be read. */
static size_t read_file(int proc, const char *pid, const char *file, char *text, size_t size)
{
	char *path = mdl_asprintf("%s/%s", pid, file);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	free(path);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* Where the link /proc/PID/FILE leads to, in TO; "" when that cannot be told. */
static void read_link(int proc, const char *pid, const char *file, char *to, size_t size)
{
	char *path = mdl_asprintf("%s/%s", pid, file);
	ssize_t n = readlinkat(proc, path, to, size - 1);

	free(path);
	to[n > 0 ? n : 0] = '\0';
}

static bool is_started_as(int proc, const char *pid, const char *program, const char *first)
{
	char text[4096];
	size_t n = read_file(proc, pid, "cmdline", text, sizeof(text) - 1);

	if (!n)
		return false;
	text[n + 1] = '\0'; /* behind a lone name stands no argument */

	const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;

	return strcmp(name, program) == 0 && strcmp(text + strlen(text) + 1, first) == 0;
}

bool mdl_pipe_peer_is(int fd, const char *program, const char *first)
{
	char link[LINK], input[LINK];
	bool found = false;

	if (!name_pipe(fd, link))
		return false;
	DIR *d = opendir("/proc");

	for (const char *pid; !found && (pid = next_process(d)) != NULL;) {
		read_link(dirfd(d), pid, "fd/0", input, sizeof(input));
		found = strcmp(input, link) == 0 && is_started_as(dirfd(d), pid, program, first);
	}
	if (d)
		closedir(d);
	return found;
}

/* Can process PID read from the pipe LINK ("pipe:[7]") by any of its descriptors? */
static bool can_read(int proc, const char *pid, const char *link)
{
	char *path = mdl_asprintf("%s/fd", pid), to[LINK];
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
	read_link(proc, pid, "exe", path, PATH_MAX);
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : NULL;
}

bool mdl_pipe_readers_are_ours(int fd)
{
	static const char prefix[] = "medal-";
	char link[LINK], mine[PATH_MAX], path[PATH_MAX];
	size_t ours = 0, others = 0;

	if (!name_pipe(fd, link))
		return false;
	DIR *d = opendir("/proc");
	const char *name = d ? program_of(dirfd(d), "self", mine) : NULL;

	for (const char *pid; name && !others && (pid = next_process(d)) != NULL;) {
		if (!can_read(dirfd(d), pid, link))
			continue;
		const char *its = program_of(dirfd(d), pid, path);

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
	char text[1024];

	(void)read_file(proc, pid, "stat", text, sizeof(text));
	/* "<pid> (<name>) <state> ...", and a name may hold anything */
	const char *name_end = strrchr(text, ')');

	return name_end && (name_end[2] == 'R' || name_end[2] == 'D');
}

bool mdl_pipe_peer_starts(int fd)
{
	char link[LINK], ours[PATH_MAX], theirs[PATH_MAX], parent[24];
	bool found = false;

	if (!name_pipe(fd, link))
		return false;
	DIR *d = opendir("/proc");

	if (!d)
		return false;
	snprintf(parent, sizeof(parent), "%d", (int)getppid());
	(void)program_of(dirfd(d), parent, ours);
	for (const char *pid; *ours && !found && (pid = next_process(d)) != NULL;)
		found = program_of(dirfd(d), pid, theirs) && strcmp(ours, theirs) == 0 &&
			is_busy(dirfd(d), pid) && can_read(dirfd(d), pid, link);
	closedir(d);
	return found;
}
