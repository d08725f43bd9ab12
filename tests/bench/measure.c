/* SPDX-License-Identifier: MIT
 *
 * Runs a line of bash and prints to descriptor 3: its status, the seconds it took, its
 * CPU seconds and the KiB of its largest process. A program of its own because a process
 * that Python starts has Python's size in its peak from before exec.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	struct rusage used;
	int status;

	if (argc != 2) {
		fputs("usage: measure COMMAND 3>RESULT\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid_t pid = fork();
	if (pid == 0) {
		close(3);
		execlp("bash", "bash", "-c", argv[1], (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		perror("measure");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	dprintf(3, "%d %.6f %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		(double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9,
		seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
	return 0;
}
