/* SPDX-License-Identifier: MIT
 *
 * A checkpoint from a backup: see backup.h. Everything is unpacked and proved in a
 * folder beside the one that is wanted, which then takes its name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/tar.h"
#include "state/backup.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "state/source_log.h"
#include "state/spool_state.h"

/* What a backup may hold. */
static bool is_ours(const char *name)
{
	static const char *const roots[] = {"offsets/",     "commits/",     "sources/0/",   "medal/ledger/",
					    "medal/files/", "medal/kafka/", "state/medal/", "_schemas/"};
	if (strcmp(name, "metadata") == 0 || strcmp(name, "medal/spool/state") == 0)
		return true;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
		if (strncmp(name, roots[i], strlen(roots[i])) == 0)
			return true;
	return false;
}

static int unpack_one(struct mdl_tar_reader *t, const char *dir, const char *name, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, name), *folder = mdl_strdup(path), *buf = mdl_alloc(1 << 16);
	*strrchr(folder, '/') = '\0';
	int fd = -1, r = mdl_dir_make(folder, err);
	ssize_t n = 0;
	if (!r) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
		r = fd < 0 ? mdl_err_sys(err, "writing %s", path) : 0;
	}
	while (!r && (n = mdl_tar_read(t, buf, 1 << 16, err)) > 0)
		if (mdl_write_all(fd, buf, (size_t)n))
			r = mdl_err_sys(err, "writing %s", path);
	if (!r && n < 0)
		r = -1;
	if (!r && fsync(fd))
		r = mdl_err_sys(err, "syncing %s", path);
	if (fd >= 0 && close(fd) && !r)
		r = mdl_err_sys(err, "closing %s", path);
	if (!r)
		r = mdl_dir_sync(folder, err);
	free(buf);
	free(folder);
	free(path);
	return r;
}

static int unpack(const char *file, const char *dir, struct mdl_backup_result *res, struct mdl_err *err)
{
	char name[MDL_TAR_NAME];
	uint64_t size;
	int fd = open(file, O_RDONLY | O_CLOEXEC), r = 0;
	if (fd < 0)
		return mdl_err_sys(err, "opening %s", file);
	struct mdl_tar_reader t = {.in = mdl_compress_reader_open(fd, MDL_COMPRESS_ZSTD, file), .what = file};
	while (!r && (r = mdl_tar_next(&t, name, &size, err)) > 0) {
		r = is_ours(name) ? unpack_one(&t, dir, name, err)
				  : mdl_err_set(err, MDL_TROUBLE,
						"%s is no backup of a checkpoint: it holds %s", file, name);
		res->files++;
		res->bytes += size;
	}
	/* to the end of the stream, where its checksum stands */
	while (!r && (r = (int)mdl_compress_reader_read(t.in, name, sizeof(name), err)) > 0)
		r = 0;
	mdl_compress_reader_close(t.in);
	close(fd);
	return r;
}

static int check_state(const char *dir, const char *stage, const struct mdl_ledger_state *s,
		       struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/state/medal/%s/%s", dir, stage, s->name), *buf = mdl_alloc(1 << 16);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;
	uint32_t crc = 0;
	ssize_t n;
	while (fd >= 0 && (n = mdl_read(fd, buf, 1 << 16)) > 0) {
		crc = mdl_crc32c(crc, buf, (size_t)n);
		size += (uint64_t)n;
	}
	int r = fd >= 0 && size == s->size && crc == s->crc32c
			? 0
			: mdl_err_set(err, MDL_TROUBLE, "the backup's state file %s/%s is missing or damaged",
				      stage, s->name);
	if (fd >= 0)
		close(fd);
	free(buf);
	free(path);
	return r;
}

static void ignore(const char *text)
{
	(void)text;
}

/* Is what was unpacked a checkpoint at a commit, with every checksum right? */
static int prove(const char *dir, struct mdl_backup_result *res, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_recovery rec;
	struct mdl_epoch_list list;
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	int r = mdl_checkpoint_recover(&ck, &rec, ignore, err);
	if (!r && (rec.last_commit < 0 || rec.last_commit != rec.last_offsets))
		r = mdl_err_set(err, MDL_TROUBLE, "the backup is not of a commit");
	res->epoch = rec.last_commit;
	mdl_recovery_free(&rec);
	char *ledgers = mdl_path_join(ck.dir, "medal/ledger"), *files = mdl_path_join(ck.dir, "medal/files"),
	     *log = mdl_path_join(ck.dir, "sources/0"), *spool = mdl_path_join(ck.dir, "medal/spool");
	if (!r)
		r = mdl_epoch_log_list(ledgers, &list, err);
	for (size_t i = 0; !r && i < list.n; i++) {
		struct mdl_ledger l;
		r = mdl_ledger_read(ck.dir, list.v[i], &l, err);
		for (size_t s = 0; !r && list.v[i] == res->epoch && s < l.nstages; s++)
			for (size_t k = 0; !r && k < l.stages[s].nstates; k++)
				r = check_state(ck.dir, l.stages[s].stage, &l.stages[s].states[k], err);
		if (r >= 0)
			mdl_ledger_free(&l);
	}
	mdl_epoch_list_free(&list);
	if (!r)
		r = mdl_epoch_log_list(files, &list, err);
	for (size_t i = 0; !r && i < list.n; i++) {
		struct mdl_positions p;
		r = mdl_positions_read(ck.dir, list.v[i], &p, err);
		mdl_positions_free(&p);
	}
	mdl_epoch_list_free(&list);
	struct mdl_source_log l;
	struct mdl_spool_state s;
	if (!r) {
		r = mdl_source_log_load(&l, log, err);
		mdl_source_log_free(&l);
	}
	if (!r) {
		int got = mdl_spool_state_read(spool, &s, err);
		res->spooled = got == 0;
		r = got < 0 ? -1 : 0;
	}
	free(spool);
	free(log);
	free(files);
	free(ledgers);
	mdl_checkpoint_close(&ck);
	return r;
}

static void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) && (errno == EISDIR || errno == EPERM))
			remove_tree(fd, e->d_name);
	}
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool empty = true;
	for (struct dirent *e; d && empty && (e = readdir(d)) != NULL;)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (d)
		closedir(d);
	return empty;
}

/* What stands there is barred, so that nobody works on it any more, and moved aside. */
static int move_aside(const char *dir, const struct mdl_restore_opts *o, struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	int r = mdl_checkpoint_own(&ck, dir, false, -1, true, o->notice, err);
	char *aside = mdl_asprintf("%s.replaced-%lld", dir, (long long)time(NULL));
	if (!r && rename(dir, aside))
		r = mdl_err_sys(err, "moving %s aside", dir);
	if (!r) {
		char *text = mdl_asprintf("what stood in %s is kept as %s", dir, aside);
		o->notice(text);
		free(text);
	}
	mdl_checkpoint_close(&ck);
	free(aside);
	return r;
}

int mdl_backup_restore(const char *file, const char *dir, const struct mdl_restore_opts *o,
		       struct mdl_backup_result *res, struct mdl_err *err)
{
	memset(res, 0, sizeof(*res));
	char *real = mdl_path_real(dir, err);
	if (!real)
		return -1;
	bool empty = is_empty(real);
	if (!empty && !o->force) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"%s is not empty; restore into a new directory, or say --force, which moves it aside",
			dir);
		free(real);
		return -1;
	}
	char *tmp = mdl_asprintf("%s.restore-%d", real, (int)getpid()), *parent = mdl_strdup(real);
	char *slash = strrchr(parent, '/');
	slash[slash == parent ? 1 : 0] = '\0';
	int r = mdl_dir_make(tmp, err) || unpack(file, tmp, res, err) || prove(tmp, res, err) ? -1 : 0;
	if (!r && !empty)
		r = move_aside(real, o, err);
	if (!r && rename(tmp, real))
		r = mdl_err_sys(err, "making %s", dir);
	if (r)
		remove_tree(AT_FDCWD, tmp);
	else
		r = mdl_dir_sync(parent, err);
	free(parent);
	free(tmp);
	free(real);
	return r;
}
