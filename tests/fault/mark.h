/* SPDX-License-Identifier: MIT
 *
 * What the preloads that fail a call share: the sign that it has happened.
 */
#ifndef MEDAL_FAULT_MARK_H
#define MEDAL_FAULT_MARK_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* MEDAL_FAULT_MARK=FILE gets the name of CALL and the process. Around the functions that are preloaded: this must not
 * count itself. */
static void mark(const char *call)
{
	const char *file = getenv("MEDAL_FAULT_MARK");
	char text[64];
	int n = snprintf(text, sizeof(text), "%s %d", call, (int)getpid());
	long fd = file ? syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)n);
	syscall(SYS_close, fd);
}

#endif
