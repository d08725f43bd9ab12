/* SPDX-License-Identifier: MIT
 *
 * Who reads a pipe: see pipe_peer.h.
 */
#include "base/pipe_peer.h"

#include <dirent.h>
#include <fcntl.h>
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
