/* SPDX-License-Identifier: MIT
 *
 * One table back to an earlier epoch: see table_rollback.h.
 */
#include "table/table_rollback.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "table/table_dir.h"
#include "table/table_log.h"
#include "table/table_owner.h"

static bool stands(const char *dir, int64_t n, bool compact)
{
	char *path =
		mdl_asprintf("%s/" MDL_TABLE_LOG_DIR "/%" PRId64 "%s", dir, n, compact ? ".compact" : "");
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

/* The newest .compact that stands up to TO, -1 for none. */
static int64_t compact_below(const char *dir, int64_t to, int64_t interval)
{
	for (int64_t n = to - (to + 1) % interval; n >= 0; n -= interval)
		if (stands(dir, n, true))
			return n;
	return -1;
}

/* Are all entries there that a reader of the log would want if TO were the newest? */
static bool readable_at(const char *dir, int64_t to, int64_t interval, const struct mdl_table_log *log)
{
	int64_t point = to - (to + 1) % interval, from = compact_below(dir, to, interval);

	/* a log without any entry up to TO began later and needs none, unless a .compact took them in */
	bool any = from >= 0 || log->compact > to;

	for (int64_t n = from + 1; n <= to; n++)
		any = any || stands(dir, n, false);
	if (!any)
		return true;
	if (from < point)
		return false;
	for (int64_t n = from + 1; n <= to; n++)
		if (!stands(dir, n, false))
			return false;
	return true;
}

/* Does the log list merged files? Then its entries before the newest .compact list what they were made of. */
static bool has_merged(const struct mdl_table_log *log)
{
	for (size_t i = 0; i < log->nfiles; i++)
		if (mdl_table_name_is_merged(log->files[i].path))
			return true;
	return false;
}

static int refuse_across(const char *dir, int64_t to, const struct mdl_table_log *log, struct mdl_err *err)
{
	const struct mdl_table_entry *across = mdl_table_log_across(log, to), *next = across;
	int64_t later = to;

	for (; next; next = mdl_table_log_across(log, later))
		later = next->epoch;
	return mdl_err_set(
		err, MDL_TROUBLE,
		"epochs %" PRId64 " to %" PRId64
		" of %s were merged into %s ('medal-checkpoint compact'), which cannot be taken apart; roll back to "
		"epoch %" PRId64 " or later, or restore table and checkpoint from one backup",
		across->first, across->epoch, dir, across->path, later);
}

int mdl_table_rollback_check(const char *dir, int64_t to, bool listed, struct mdl_err *err)
{
	struct mdl_table_owner o;
	struct mdl_table_log log;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r > 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s/" MDL_TABLE_OWNER_FILE
			" is missing: the table was removed, replaced or moved; if it was moved, make a "
			"symbolic link to it in its old place; else restore it from a backup, or begin a new "
			"checkpoint and table",
			dir);
	if (r)
		return -1;
	int64_t interval = o.interval;
	bool complete = o.complete;

	mdl_table_owner_free(&o);
	if (mdl_table_log_read(&log, dir, err))
		return -1;
	bool across = mdl_table_log_across(&log, to) != NULL;

	if (log.newest <= to || to < 0)
		r = 0;
	else if (across)
		r = refuse_across(dir, to, &log, err);
	else if (complete)
		r = listed && !stands(dir, to, true)
			    ? mdl_err_set(
				      err, MDL_TROUBLE,
				      "%s is overwritten by each epoch and keeps only the last two, so it cannot go "
				      "back to epoch %" PRId64
				      "; let its pipeline write a new checkpoint and table",
				      dir, to)
			    : 0;
	else if (has_merged(&log) || !readable_at(dir, to, interval, &log))
		for (size_t i = 0; !r && i < log.nfiles; i++)
			if (log.files[i].epoch == MDL_TABLE_EPOCH_UNKNOWN)
				r = mdl_err_set(
					err, MDL_TROUBLE,
					"%s: log entries were merged into %" PRId64
					".compact and removed, so it cannot be told whether epoch %" PRId64
					" had %s; roll back to epoch %" PRId64 " or later",
					dir, log.compact, to, log.files[i].path, log.compact);
	mdl_table_log_free(&log);
	return r;
}

/* Write entry N, or N.compact with all up to N; one that stands stays, unless REPLACE. */
static int put_entry(const char *dir, const char *logdir, const struct mdl_table_log *log, int64_t n,
		     bool compact, bool replace, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char name[48];
	bool created;

	mdl_buf_puts(&text, "v1");
	for (size_t i = 0; i < log->nfiles; i++) {
		if (compact ? log->files[i].epoch > n : log->files[i].epoch != n)
			continue;
		mdl_buf_putc(&text, '\n');
		mdl_table_log_line(&text, dir, &log->files[i]);
	}
	snprintf(name, sizeof(name), "%" PRId64 "%s", n, compact ? ".compact" : "");
	char *crc = mdl_asprintf("%s/.%s.crc", logdir, name), *path = mdl_path_join(logdir, name);
	int r = 0;

	/* the checksum file of one that was removed would make Spark refuse ours */
	if (replace || access(path, F_OK) != 0)
		r = mdl_file_remove(crc, err);
	if (!r)
		r = replace ? mdl_file_replace(logdir, name, mdl_buf_slice(&text), err)
			    : mdl_file_create(logdir, name, mdl_buf_slice(&text), &created, err);
	free(path);
	free(crc);
	mdl_buf_free(&text);
	return r;
}

int mdl_table_rollback_prepare(const char *dir, int64_t to, struct mdl_err *err)
{
	struct mdl_table_owner o;
	struct mdl_table_log log;
	int r = mdl_table_owner_read(&o, dir, err);

	if (r)
		return r < 0 ? -1 : 0;
	int64_t interval = o.interval, point = to - (to + 1) % interval;
	bool complete = o.complete;

	mdl_table_owner_free(&o);
	if (complete || to < 0)
		return 0;
	if (mdl_table_log_read(&log, dir, err))
		return -1;
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	bool merged = has_merged(&log);
	int64_t from = merged ? -1 : compact_below(dir, to, interval);

	if (log.newest > to && (merged || !readable_at(dir, to, interval, &log))) {
		/* One .compact at 19 alone would make Spark believe in an interval of 20. */
		if (from < point && point == 2 * interval - 1)
			r = put_entry(dir, logdir, &log, interval - 1, true, merged, err);
		if (!r && from < point)
			r = put_entry(dir, logdir, &log, point, true, merged, err);
		for (int64_t n = (from < point ? point : from) + 1; !r && n <= to; n++)
			if (merged || !stands(dir, n, false))
				r = put_entry(dir, logdir, &log, n, false, merged, err);
	}
	free(logdir);
	mdl_table_log_free(&log);
	return r;
}

int mdl_table_rollback_entry(const char *dir, int64_t epoch, struct mdl_err *err)
{
	static const char *const forms[] = {"%s/%" PRId64, "%s/.%" PRId64 ".crc", "%s/%" PRId64 ".compact",
					    "%s/.%" PRId64 ".compact.crc"};
	char *logdir = mdl_path_join(dir, MDL_TABLE_LOG_DIR);
	int r = 0;

	if (access(logdir, F_OK) == 0) {
		for (size_t i = 0; !r && i < sizeof(forms) / sizeof(*forms); i++) {
			char path[4400];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(path, sizeof(path), forms[i], logdir, epoch);
#pragma GCC diagnostic pop
			r = mdl_file_remove(path, err);
		}
		if (!r)
			r = mdl_dir_sync(logdir, err);
	}
	free(logdir);
	return r;
}

static bool is_later(const char *name, const void *to)
{
	return mdl_table_name_epoch(name, NULL) > *(const int64_t *)to;
}

int mdl_table_rollback_sweep(const char *dir, int64_t to, uint64_t *files, struct mdl_err *err)
{
	int64_t newest = -1;
	int r = mdl_table_log_newest(dir, &newest, err);

	for (; !r && newest > to; newest--)
		r = mdl_table_rollback_entry(dir, newest, err);
	int fd = r ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!r && fd < 0)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "%s: cannot open the table's directory", dir);
	if (!r)
		r = mdl_table_dir_sweep(fd, dir, "", is_later, &to, files, err);
	if (fd >= 0)
		close(fd);
	return r;
}
