/* SPDX-License-Identifier: MIT
 *
 * Proving a checkpoint: see verify.h.
 */
#include "table/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "state/positions.h"
#include "table/merge_record.h"
#include "table/table_log.h"
#include "table/table_owner.h"
#include "table/table_reader.h"

struct verify {
	const struct mdl_verify_opts *o;
	struct mdl_verify_result *res;
	const char *dir;
	/* the tables' records of merged files, as they are met */
	struct merged {
		char *table;
		struct mdl_merge_record record;
		struct mdl_table_log log; /* with SEEN */
		const char **seen;        /* its paths, in order; NULL: not read, or not to be read */
		ino_t ino;                /* of the record that was read: each one is a new file */
	} * merged;
	size_t nmerged, merged_cap;
};

static void __attribute__((format(printf, 2, 3))) found(struct verify *v, const char *fmt, ...)
{
	char *text;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	v->res->findings++;
	if (text)
		v->o->finding(text);
	free(text);
}

/* A table that each epoch replaces keeps no files of epochs but the newest. */
static bool is_replaced(const char *dir)
{
	struct mdl_table_owner o;
	struct mdl_err ignored = MDL_ERR_INIT;
	bool complete = mdl_table_owner_read(&o, dir, &ignored) == 0 && o.complete;

	mdl_table_owner_free(&o);
	return complete;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The log as it is before the record is read: a merge that comes between the two is in both. */
static void read_log(struct verify *v, struct merged *m)
{
	struct mdl_err err = MDL_ERR_INIT;
	if (!v->o->tables || mdl_table_log_read(&m->log, m->table, &err))
		return; /* check_listed says so */
	m->seen = mdl_array(m->log.nfiles, sizeof(*m->seen));
	for (size_t i = 0; i < m->log.nfiles; i++)
		m->seen[i] = m->log.files[i].path;
	qsort(m->seen, m->log.nfiles, sizeof(*m->seen), by_name);
}

static ino_t record_ino(const char *table)
{
	struct stat st;
	char *path = mdl_path_join(table, MDL_MERGE_RECORD_FILE);
	ino_t ino = stat(path, &st) ? 0 : st.st_ino;
	free(path);
	return ino;
}

static struct merged *table_of(struct verify *v, const char *table)
{
	struct mdl_err err = MDL_ERR_INIT;
	for (size_t i = 0; i < v->nmerged; i++)
		if (strcmp(v->merged[i].table, table) == 0)
			return &v->merged[i];
	MDL_GROW(v->merged, v->nmerged, v->merged_cap);
	struct merged *m = &v->merged[v->nmerged++];
	*m = (struct merged){.table = mdl_strdup(table)};
	read_log(v, m);
	m->ino = record_ino(table);
	if (mdl_merge_record_read(&m->record, table, &err))
		found(v, "%s", err.msg);
	return m;
}

/* Beside a live run: files may have been merged since. True when there is another record now. */
static bool read_again(struct merged *m)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	ino_t ino = record_ino(m->table);
	if (ino == m->ino)
		return false;
	m->ino = ino;
	mdl_merge_record_free(&m->record);
	m->record = (struct mdl_merge_record){0};
	return mdl_merge_record_read(&m->record, m->table, &ignored) == 0;
}

static bool has_seen(const struct merged *m, const char *path)
{
	return bsearch(&path, m->seen, m->log.nfiles, sizeof(*m->seen), by_name) != NULL;
}

/* A merge at work shows its files first and says so in the record then. */
static bool is_shown_just_now(const struct merged *m, const char *path)
{
	for (size_t i = 0; i < m->record.n; i++) {
		const struct mdl_merge *g = &m->record.merges[i];
		for (size_t k = 0; g->shown_ms < 0 && g->out.n && k < g->in.n; k++)
			if (strcmp(g->in.v[k].path, path) == 0 && has_seen(m, g->out.v[0].path))
				return true;
	}
	return false;
}

static bool is_listed(struct verify *v, const struct mdl_ledger_file *f)
{
	const struct merged *m = table_of(v, f->table);
	return !m->seen || has_seen(m, f->path) || is_shown_just_now(m, f->path);
}

/* A file that is not there may have been merged: then the record must agree with the ledger. */
static bool was_merged(struct verify *v, int64_t epoch, const struct mdl_ledger_file *f)
{
	struct merged *t = table_of(v, f->table);
	const struct mdl_merge_file *m = mdl_merge_record_in(&t->record, f->path);
	if (!m && read_again(t))
		m = mdl_merge_record_in(&t->record, f->path);
	if (!m)
		return false;
	if (m->rows != f->rows || m->sum.lo != f->sum.lo || m->sum.hi != f->sum.hi)
		found(v,
		      "epoch %" PRId64 ": %s/%s had %" PRIu64
		      " rows when it was merged, the ledger says %" PRIu64 "%s",
		      epoch, f->table, f->path, m->rows, f->rows,
		      m->rows == f->rows ? " with other content" : "");
	return true;
}

static void check_merged_file(struct verify *v, const char *table, const struct mdl_merge_file *f)
{
	struct mdl_err err = MDL_ERR_INIT;
	char *path = mdl_path_join(table, f->path);
	struct stat st;
	uint64_t rows = f->rows, size;
	struct mdl_sum sum = f->sum;
	v->res->files++;
	if (stat(path, &st))
		found(v, "%s, which others were merged into, is missing", path);
	else if ((uint64_t)st.st_size != f->size)
		found(v, "%s, which others were merged into, has %lld bytes instead of %" PRIu64, path,
		      (long long)st.st_size, f->size);
	else if (v->o->tables && mdl_table_reader_recount(table, f->path, &rows, &sum, &size, &err))
		found(v, "%s cannot be read: %s", path, err.msg);
	else if (rows != f->rows || sum.lo != f->sum.lo || sum.hi != f->sum.hi)
		found(v, "%s, which others were merged into, holds %" PRIu64 " rows instead of %" PRIu64 "%s",
		      path, rows, f->rows, rows == f->rows ? ", with other content" : "");
	free(path);
}

/* What merging made must hold what it was made of, and what the log still lists of it must be there. */
static void check_merged(struct verify *v, const struct merged *m)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_table_log log;
	if (m->record.n == 0)
		return;
	if (mdl_table_log_read(&log, m->table, &err)) {
		found(v, "%s", err.msg);
		return;
	}
	for (size_t i = 0; i < m->record.n; i++) {
		const struct mdl_merge *g = &m->record.merges[i];
		uint64_t in = 0, out = 0;
		for (size_t k = 0; k < g->in.n; k++)
			in += g->in.v[k].rows;
		for (size_t k = 0; k < g->out.n; k++)
			out += g->out.v[k].rows;
		if (!g->partial && in != out)
			found(v, "%s: %" PRIu64 " rows were merged into %" PRIu64, m->table, in, out);
		for (size_t k = 0; g->shown_ms >= 0 && k < g->out.n; k++)
			if (mdl_table_log_lists(&log, g->out.v[k].path))
				check_merged_file(v, m->table, &g->out.v[k]);
	}
	mdl_table_log_free(&log);
}

static void check_file(struct verify *v, int64_t epoch, bool newest, const struct mdl_ledger_file *f)
{
	struct mdl_err err = MDL_ERR_INIT;
	char *path = mdl_path_join(f->table, f->path);
	struct stat st;
	v->res->files++;
	if (stat(path, &st)) {
		if (!was_merged(v, epoch, f) && (newest || !is_replaced(f->table)))
			found(v, "epoch %" PRId64 ": %s, which the ledger lists, is missing", epoch, path);
	} else if ((uint64_t)st.st_size != f->size) {
		found(v, "epoch %" PRId64 ": %s has %lld bytes, the ledger says %" PRIu64, epoch, path,
		      (long long)st.st_size, f->size);
	} else if (!is_listed(v, f) && !was_merged(v, epoch, f) && (newest || !is_replaced(f->table))) {
		found(v, "epoch %" PRId64 ": the table's log does not list %s: no reader sees its rows",
		      epoch, path);
	} else if (v->o->tables) {
		uint64_t rows, size;
		struct mdl_sum sum;
		if (mdl_table_reader_recount(f->table, f->path, &rows, &sum, &size, &err))
			found(v, "epoch %" PRId64 ": %s cannot be read: %s", epoch, path, err.msg);
		else if (rows != f->rows || sum.lo != f->sum.lo || sum.hi != f->sum.hi)
			found(v,
			      "epoch %" PRId64 ": %s holds %" PRIu64 " rows, the ledger says %" PRIu64 "%s",
			      epoch, path, rows, f->rows, rows == f->rows ? " with other content" : "");
	}
	free(path);
}

/* What readers see: each file that the table's log lists. */
static void check_listed(struct verify *v, const char *table)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_table_log log;
	struct mdl_table_owner owner;
	int r = mdl_table_owner_read(&owner, table, &err);
	if (r)
		found(v, "%s/" MDL_TABLE_OWNER_FILE " is %s%s", table,
		      r > 0 ? "missing" : "not whole: ", r > 0 ? "" : err.msg);
	else
		mdl_table_owner_free(&owner);
	err = (struct mdl_err)MDL_ERR_INIT;
	if (mdl_table_log_read(&log, table, &err)) {
		found(v, "%s", err.msg);
		return;
	}
	if (log.elsewhere)
		found(v,
		      "%zu of the %zu files in the log of %s are listed at another place, where Spark looks for them: the "
		      "table was moved ('medal-checkpoint fsck --moved' writes the log anew), or its log is damaged",
		      log.elsewhere, log.nfiles, table);
	const struct merged *m = table_of(v, table);
	for (size_t i = 1; m->seen && i < m->log.nfiles; i++)
		if (strcmp(m->seen[i - 1], m->seen[i]) == 0)
			found(v, "the log of %s lists %s twice", table, m->seen[i]);
	for (size_t i = 0; i < log.nfiles; i++) {
		char *path = mdl_path_join(table, log.files[i].path);
		struct stat st;
		if (stat(path, &st))
			found(v, "%s, which the table's log lists, is missing", path);
		else if ((uint64_t)st.st_size != log.files[i].size)
			found(v, "%s has %lld bytes, the table's log says %" PRIu64, path,
			      (long long)st.st_size, log.files[i].size);
		free(path);
	}
	mdl_table_log_free(&log);
}

/* offsets/N is Spark's and has no checksum; the ledger has it. */
static void check_offsets(struct verify *v, const struct mdl_checkpoint *ck, const struct mdl_ledger *l)
{
	struct mdl_err err = MDL_ERR_INIT;
	uint32_t crc;
	if (!l->has_offsets_crc)
		return;
	if (mdl_checkpoint_offsets_crc(ck, l->epoch, &crc, &err))
		found(v, "epoch %" PRId64 ": %s", l->epoch, err.msg);
	else if (crc != l->offsets_crc32c)
		found(v, "epoch %" PRId64 ": offsets/%" PRId64 " is not what the epoch was decided by",
		      l->epoch, l->epoch);
}

/* commits/N is Spark's and has no checksum: the ledger knows the watermark. medal/files/N proves itself. */
static void check_commit(struct verify *v, struct mdl_checkpoint *ck, const struct mdl_ledger *l)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_positions p;
	int64_t next;
	if (mdl_checkpoint_committed(ck, l->epoch, &next, &err) < 0)
		found(v, "epoch %" PRId64 ": %s", l->epoch, err.msg);
	else if (next != l->next_watermark_ms)
		found(v,
		      "epoch %" PRId64 ": commits/%" PRId64 " has the watermark %" PRId64
		      " ms, the ledger says %" PRId64,
		      l->epoch, l->epoch, next, l->next_watermark_ms);
	err = (struct mdl_err)MDL_ERR_INIT;
	int r = mdl_positions_read(v->dir, l->epoch, &p, &err);
	if (r < 0)
		found(v, "epoch %" PRId64 ": %s", l->epoch, err.msg);
	if (r == 0)
		mdl_positions_free(&p);
}

static void check_state(struct verify *v, int64_t epoch, const char *stage, const struct mdl_ledger_state *s)
{
	char *path = mdl_asprintf("%s/state/medal/%s/%s", v->dir, stage, s->name), buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;
	uint32_t crc = 0;
	ssize_t n;
	while (fd >= 0 && (n = mdl_read(fd, buf, sizeof(buf))) > 0) {
		crc = mdl_crc32c(crc, buf, (size_t)n);
		size += (uint64_t)n;
	}
	if (fd < 0)
		found(v, "epoch %" PRId64 ": state file %s, which the ledger names, is missing", epoch, path);
	else if (size != s->size || crc != s->crc32c)
		found(v, "epoch %" PRId64 ": state file %s is damaged", epoch, path);
	if (fd >= 0)
		close(fd);
	free(path);
}

static void check_epoch(struct verify *v, struct mdl_checkpoint *ck, int64_t epoch, bool newest)
{
	struct mdl_ledger l;
	struct mdl_err err = MDL_ERR_INIT;
	int r = mdl_ledger_read(v->dir, epoch, &l, &err);
	if (r > 0) {
		v->res->unproved++;
		return;
	}
	if (r < 0) {
		found(v, "epoch %" PRId64 ": %s", epoch, err.msg);
		return;
	}
	v->res->epochs++;
	check_offsets(v, ck, &l);
	check_commit(v, ck, &l);
	if (mdl_ledger_check(&l, &err))
		found(v, "%s", err.msg);
	for (size_t i = 0; i < l.nstages; i++) {
		const struct mdl_books *b = &l.stages[i];
		if (i == 0)
			v->res->rows_in += b->in;
		for (size_t k = 0; k < b->nfiles; k++) {
			check_file(v, epoch, newest, &b->files[k]);
			if (i + 1 == l.nstages)
				v->res->rows_out += b->files[k].rows;
		}
		for (size_t k = 0; i + 1 == l.nstages && k < b->nsent; k++)
			v->res->rows_out += b->sent[k].rows;
		/* older chains are subsets of what the newest and the retained snapshots name: checked once */
		for (size_t k = 0; newest && k < b->nstates; k++)
			check_state(v, epoch, b->stage, &b->states[k]);
		for (size_t k = 0; newest && v->o->tables && k < b->ntables; k++)
			check_listed(v, b->tables[k].dir);
		for (size_t k = 0; newest && k < b->ntables; k++)
			table_of(v, b->tables[k].dir);
		for (size_t k = 0; k < b->ntables; k++)
			if (!mdl_table_log_has(b->tables[k].dir, (uint64_t)epoch) && newest)
				found(v, "epoch %" PRId64 ": table %s has no log entry for it", epoch,
				      b->tables[k].dir);
	}
	mdl_ledger_free(&l);
}

int mdl_verify_checkpoint(const char *dir, const struct mdl_verify_opts *o, struct mdl_verify_result *res,
			  struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_epoch_list offsets = {0}, commits = {0};
	struct verify v = {.o = o, .res = res};
	memset(res, 0, sizeof(*res));
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	v.dir = ck.dir;
	struct mdl_intent in;
	int got = mdl_intent_read(ck.dir, &in, err);
	if (got < 0) {
		mdl_checkpoint_close(&ck);
		return -1;
	}
	if (got == 0) {
		found(&v,
		      "a rollback to epoch %" PRId64
		      " was interrupted; say rollback again with the same --to",
		      in.to);
		mdl_intent_free(&in);
	}
	char *a = mdl_path_join(ck.dir, "offsets"), *b = mdl_path_join(ck.dir, "commits");
	int r = mdl_epoch_log_list(a, &offsets, err) || mdl_epoch_log_list(b, &commits, err) ? -1 : 0;
	for (size_t i = 1; !r && i < offsets.n; i++)
		if (offsets.v[i] != offsets.v[i - 1] + 1)
			found(&v, "offsets/%" PRId64 " is missing", offsets.v[i] - 1);
	for (size_t i = 1; !r && i < commits.n; i++)
		if (commits.v[i] != commits.v[i - 1] + 1)
			found(&v, "commits/%" PRId64 " is missing", commits.v[i] - 1);
	int64_t in_doubt = mdl_epoch_list_last(&offsets), last = mdl_epoch_list_last(&commits);
	if (!r && in_doubt > last + 1)
		found(&v, "offsets/%" PRId64 " is planned, but the last commit is %" PRId64, in_doubt, last);
	if (!r && last > in_doubt)
		found(&v, "commits/%" PRId64 " has no offsets/%" PRId64, last, last);
	for (size_t i = 0; !r && i < commits.n; i++)
		check_epoch(&v, &ck, commits.v[i], i + 1 == commits.n);
	for (size_t i = 0; i < v.nmerged; i++) {
		check_merged(&v, &v.merged[i]);
		free(v.merged[i].table);
		if (v.merged[i].seen)
			mdl_table_log_free(&v.merged[i].log);
		free(v.merged[i].seen);
		mdl_merge_record_free(&v.merged[i].record);
	}
	free(v.merged);
	mdl_epoch_list_free(&offsets);
	mdl_epoch_list_free(&commits);
	free(a);
	free(b);
	mdl_checkpoint_close(&ck);
	return r;
}
