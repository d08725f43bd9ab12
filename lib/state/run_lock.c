/* SPDX-License-Identifier: MIT
 *
 * Who may act on a checkpoint: see run_lock.h.
 */
#include "state/run_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "state/leftover.h"
#include "stream/run.h"

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

enum { WAIT_MS = 100 };

static int try_link(const char *dir, struct mdl_err *err)
{
	char *a = mdl_asprintf("%s/medal/.trial.%d", dir, (int)getpid()), *b = mdl_asprintf("%s.link", a);
	int fd = open(a, O_RDWR | O_CREAT | O_CLOEXEC, 0666), r = 0;
	struct stat st;
	if (fd < 0)
		r = mdl_err_sys(err, "the checkpoint %s cannot be written", dir);
	else if (flock(fd, LOCK_EX | LOCK_NB))
		r = mdl_err_sys(err, "the file system of the checkpoint %s cannot lock files (flock)", dir);
	else if (link(a, b) || fstat(fd, &st) || st.st_nlink != 2)
		r = mdl_err_sys(err, "the file system of the checkpoint %s cannot link files", dir);
	unlink(b);
	unlink(a);
	if (fd >= 0)
		close(fd);
	free(b);
	free(a);
	return r;
}

int mdl_run_lock_try_file_system(const char *dir, bool unsafe, struct mdl_err *err)
{
	struct statfs fs;
	if (!unsafe && statfs(dir, &fs) == 0) {
		unsigned long type = (unsigned long)fs.f_type & 0xffffffffUL;
		const char *name =
			type == NFS_SUPER_MAGIC ? "NFS"
			: type == SMB_SUPER_MAGIC || type == CIFS_SUPER_MAGIC || type == SMB2_SUPER_MAGIC
				? "SMB"
			: type == FUSE_SUPER_MAGIC ? "FUSE"
						   : NULL;
		if (name)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"the checkpoint %s lies on %s, where locks and links cannot be trusted; put it on a local disk (the "
				"tables may stay), or say --unsafe-filesystem",
				dir, name);
	}
	return try_link(dir, err);
}

/* The pids that hold a lock on the file, from /proc/locks: "12, 15", or "" when that cannot be told. */
static void lock_holders(const struct stat *st, struct mdl_buf *out)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256];
	while (f && fgets(line, sizeof(line), f)) {
		unsigned maj, min;
		unsigned long ino;
		long pid;
		char kind[16];
		if (sscanf(line, "%*d: %15s %*s %*s %ld %x:%x:%lu", kind, &pid, &maj, &min, &ino) != 5)
			continue;
		if (ino == st->st_ino && pid > 0 && pid != (long)getpid())
			mdl_buf_printf(out, "%s%ld", out->n ? ", " : "", pid);
	}
	if (f)
		fclose(f);
}

/* Lock FD, which others hold, as soon as they let go. Not by a blocking flock: neither the signal that comes between a
 * look for it and the call, nor the death of our reader, would end that. */
static int wait_lock(int fd, int out_fd, const char *path, const char *what, struct mdl_err *err)
{
	int ms = 1;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return mdl_err_sys(err, "locking %s", path);
		struct pollfd p = {out_fd, 0, 0};
		int sig = mdl_run_signal();
		if (sig)
			return mdl_err_set(
				err, MDL_RETRY,
				"signal %d (%s) came while this was %s; nothing was read: run again", sig,
				strsignal(sig), what);
		if (poll(&p, 1, ms) > 0)
			return mdl_err_reader_gone(err);
		ms = ms < WAIT_MS ? ms * 2 : WAIT_MS;
	}
	return 0;
}

int mdl_run_lock_take(struct mdl_checkpoint *ck, bool wait, int out_fd, mdl_checkpoint_notice_fn *notice,
		      struct mdl_err *err)
{
	char *path = mdl_path_join(ck->dir, "medal/lock");
	int r = 0;
	ck->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (ck->lock_fd < 0) {
		r = mdl_err_sys(err, "opening %s", path);
	} else if (flock(ck->lock_fd, LOCK_EX | LOCK_NB)) {
		char pid[32] = "";
		ssize_t n = pread(ck->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		if (errno != EWOULDBLOCK && errno != EINTR) {
			r = mdl_err_sys(err, "locking %s", path);
		} else if (!wait) {
			r = mdl_err_set(
				err, MDL_RETRY,
				"the checkpoint %s is in use by a running pipeline (medal-ingest, pid %s); stop it, or wait for it with "
				"--wait",
				ck->dir, *pid ? pid : "unknown");
		} else {
			char *text = mdl_asprintf("waiting for pid %s, which runs a pipeline on %s",
						  *pid ? pid : "unknown", ck->dir);
			notice(text);
			r = wait_lock(ck->lock_fd, out_fd, path, text, err);
			free(text);
		}
	}
	if (!r) {
		char pid[32];
		int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
		if (ftruncate(ck->lock_fd, 0) || mdl_write_all(ck->lock_fd, pid, (size_t)n))
			r = mdl_err_sys(err, "writing %s", path);
	}
	free(path);
	return r;
}

/* ---- Runs ---- */

struct old_run {
	char *name;
	struct timespec made;
};

static int by_time(const void *a, const void *b)
{
	const struct old_run *x = a, *y = b;
	if (x->made.tv_sec != y->made.tv_sec)
		return x->made.tv_sec < y->made.tv_sec ? -1 : 1;
	if (x->made.tv_nsec != y->made.tv_nsec)
		return x->made.tv_nsec < y->made.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int bar(const char *run_dir, const char *run, int out_fd, mdl_checkpoint_notice_fn *notice,
	       struct mdl_err *err)
{
	char *path = mdl_path_join(run_dir, run);
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat st;
	if (fd < 0 || fstat(fd, &st)) {
		r = errno == ENOENT ? 0 : mdl_err_sys(err, "opening the run file %s", path);
		free(path);
		if (fd >= 0)
			close(fd);
		return r;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		struct mdl_buf who = MDL_BUF_INIT(4096);
		lock_holders(&st, &who);
		char *text =
			mdl_asprintf("waiting for an earlier run of this pipeline that still works (pid %s)",
				     who.n ? mdl_buf_cstr(&who) : "unknown");
		notice(text);
		r = wait_lock(fd, out_fd, path, text, err);
		free(text);
		mdl_buf_free(&who);
	}
	if (!r && unlink(path) && errno != ENOENT)
		r = mdl_err_sys(err, "removing the run file %s", path);
	if (!r)
		r = mdl_leftover_remove_run(run_dir, run, err);
	close(fd);
	free(path);
	return r;
}

int mdl_run_lock_bar_all(struct mdl_checkpoint *ck, int out_fd, mdl_checkpoint_notice_fn *notice,
			 struct mdl_err *err)
{
	char *run_dir = mdl_path_join(ck->dir, "medal/run");
	DIR *d = opendir(run_dir);
	if (!d) {
		mdl_err_sys(err, "listing %s", run_dir);
		free(run_dir);
		return -1;
	}
	struct old_run *runs = NULL;
	size_t n = 0, cap = 0;
	struct dirent *e;
	while ((e = readdir(d))) {
		struct stat st;
		if (strlen(e->d_name) != MDL_RUN_ID || fstatat(dirfd(d), e->d_name, &st, 0) ||
		    !S_ISREG(st.st_mode))
			continue;
		MDL_GROW(runs, n, cap);
		runs[n++] = (struct old_run){mdl_strdup(e->d_name), st.st_mtim};
	}
	closedir(d);
	if (n)
		qsort(runs, n, sizeof(*runs), by_time);
	int r = 0;
	for (size_t i = 0; i < n; i++) {
		if (!r)
			r = bar(run_dir, runs[i].name, out_fd, notice, err);
		free(runs[i].name);
	}
	free(runs);
	free(run_dir);
	return r;
}

int mdl_run_lock_start(struct mdl_checkpoint *ck, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/medal/run/%s", ck->dir, ck->run);
	char *folder = mdl_asprintf("%s.d", path), *fifo = mdl_asprintf("%s/ack", folder);
	int r = 0;
	/* the folder first: whoever can hold the run finds it whole */
	if (mkdir(folder, 0777) || mkfifo(fifo, 0666))
		r = mdl_err_sys(err, "making %s", folder);
	if (!r) {
		/* read and write, so that the FIFO never reads as ended between two writers */
		ck->ack_fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		ck->run_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (ck->ack_fd < 0 || ck->run_fd < 0 || flock(ck->run_fd, LOCK_SH))
			r = mdl_err_sys(err, "making the run file %s", path);
	}
	/* Who took another lock since then, under the same name, has seen no run of ours; who takes one from now on will. */
	if (!r && !mdl_file_has_name(ck->lock_fd))
		r = mdl_err_set(err, MDL_RETRY,
				"somebody has removed %s/medal/lock, which this run held; run again",
				ck->dir);
	free(fifo);
	free(folder);
	free(path);
	return r;
}

void mdl_checkpoint_end_run(struct mdl_checkpoint *ck)
{
	char *run_dir = mdl_path_join(ck->dir, "medal/run"), *path = mdl_path_join(run_dir, ck->run);
	/* the other stages may still be reading 'end': their locks are on the file, not on its name */
	struct mdl_err ignored = MDL_ERR_INIT; /* the next start removes what stays */
	unlink(path);
	mdl_leftover_remove_run(run_dir, ck->run, &ignored);
	free(path);
	free(run_dir);
}
