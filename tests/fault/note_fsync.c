/* SPDX-License-Identifier: MIT
 *
 * Preloaded into one program: the path of each file that it syncs or links to goes, a
 * line each ("fsync PATH", "link PATH"), to the file MEDAL_NOTE_FSYNC, in order. So a
 * test can see what was safe from a power cut when a name was made.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(const char *what, const char *path)
{
	const char *log = getenv("MEDAL_NOTE_FSYNC");
	char line[5000];
	int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
	int n = snprintf(line, sizeof(line), "%s %s\n", what, path);
	if (fd >= 0) {
		if (write(fd, line, (size_t)n) != n)
			abort();
		close(fd);
	}
}

int fsync(int fd)
{
	char self[64], path[4096];
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(self, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	note("fsync", path);
	return NEXT(fsync)(fd);
}

int link(const char *from, const char *to)
{
	note("link", to);
	return NEXT(link)(from, to);
}
