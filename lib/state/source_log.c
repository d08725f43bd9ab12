/* SPDX-License-Identifier: MIT
 *
 * sources/0: see source_log.h.
 */
#include "state/source_log.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/version.h"
#include "state/epoch_log.h"
#include "json/doc.h"
#include "json/text.h"

enum { COMPACT_EVERY = 10 }; /* spark.sql.streaming.fileSource.log.compactInterval */

static size_t slot_of(const struct mdl_source_log *l, const char *uri)
{
	size_t i = (size_t)XXH3_64bits(uri, strlen(uri)) & (l->nslots - 1);
	while (l->slots[i] && strcmp(l->entries[l->slots[i] - 1].uri, uri) != 0)
		i = (i + 1) & (l->nslots - 1);
	return i;
}

static void rehash(struct mdl_source_log *l)
{
	free(l->slots);
	l->nslots = l->nslots ? l->nslots * 2 : 1024;
	l->slots = mdl_array(l->nslots, sizeof(*l->slots));
	for (size_t i = 0; i < l->n; i++)
		l->slots[slot_of(l, l->entries[i].uri)] = (uint32_t)i + 1;
}

static uint32_t add_crc(uint32_t crc, const struct mdl_source_entry *e)
{
	char numbers[64];
	int n = snprintf(numbers, sizeof(numbers), " %" PRId64 " %" PRId64 "\n", e->mtime_ms, e->batch);
	return mdl_crc32c(mdl_crc32c(crc, e->uri, strlen(e->uri)), numbers, (size_t)n);
}

uint32_t mdl_source_log_crc(const struct mdl_source_log *l, int64_t last)
{
	uint32_t crc = 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->entries[i].batch <= last)
			crc = add_crc(crc, &l->entries[i]);
	return crc;
}

static void add(struct mdl_source_log *l, const char *uri, int64_t mtime_ms, int64_t batch)
{
	if ((l->n + 1) * 2 > l->nslots)
		rehash(l);
	MDL_GROW(l->entries, l->n, l->cap);
	l->entries[l->n++] = (struct mdl_source_entry){mdl_arena_strdup(&l->arena, uri), mtime_ms, batch};
	l->slots[slot_of(l, uri)] = (uint32_t)l->n;
	l->crc32c = add_crc(l->crc32c, &l->entries[l->n - 1]);
}

const struct mdl_source_entry *mdl_source_log_find(const struct mdl_source_log *l, const char *uri)
{
	if (!l->nslots)
		return NULL;
	uint32_t i = l->slots[slot_of(l, uri)];
	return i ? &l->entries[i - 1] : NULL;
}

void mdl_source_log_add(struct mdl_source_log *l, const char *uri, int64_t mtime_ms)
{
	add(l, uri, mtime_ms, l->last + 1);
}

bool mdl_source_log_compacts(const struct mdl_source_log *l)
{
	return (l->last + 2) % l->interval == 0;
}

void mdl_source_log_forget(struct mdl_source_log *l, mdl_source_log_gone_fn *gone, void *ctx)
{
	struct mdl_source_log old = *l;
	l->entries = NULL;
	l->slots = NULL;
	l->n = l->cap = l->nslots = 0;
	l->crc32c = 0;
	mdl_arena_init(&l->arena);
	for (size_t i = 0; i < old.n; i++) {
		const struct mdl_source_entry *e = &old.entries[i];
		if (e->batch > l->last || !gone(ctx, e->uri))
			add(l, e->uri, e->mtime_ms, e->batch);
	}
	mdl_arena_free(&old.arena);
	free(old.entries);
	free(old.slots);
}

static int read_lines(struct mdl_source_log *l, struct mdl_slice text, const char *name, struct mdl_err *err)
{
	const char *end = text.p + text.n;
	bool first = true;
	for (const char *p = text.p; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct mdl_slice line = {p, (size_t)((nl ? nl : end) - p)};
		p = nl ? nl + 1 : end;
		if (first) {
			uint64_t version = mdl_version_of(line);
			if (version > 1)
				return mdl_version_newer(err, name, "Spark or medal", version, 1);
			if (!mdl_slice_is(line, "v1"))
				return mdl_err_set(
					err, MDL_TROUBLE,
					"%s does not begin with v1; it is damaged or of another format",
					name);
			first = false;
			continue;
		}
		struct mdl_doc *d = mdl_doc_parse(line, name, err);
		const char *uri = mdl_doc_str(d, "path");
		int64_t mtime, batch;
		if (d && uri && mdl_doc_int(d, "timestamp", &mtime) && mdl_doc_int(d, "batchId", &batch))
			add(l, uri, mtime, batch);
		else if (d)
			mdl_err_set(err, MDL_TROUBLE, "%s holds an entry without path, timestamp or batchId",
				    name);
		bool bad = !d || err->status;
		mdl_doc_free(d);
		if (bad)
			return -1;
	}
	return first ? mdl_err_set(err, MDL_TROUBLE, "%s is empty; the log is damaged", name) : 0;
}

static int read_file(struct mdl_source_log *l, const char *name, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *path = mdl_path_join(l->dir, name);
	int r = mdl_file_read(path, &text, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s is missing; the source's log has a gap", path);
	if (!r)
		r = read_lines(l, mdl_buf_slice(&text), path, err);
	free(path);
	mdl_buf_free(&text);
	return r;
}

/* CompactibleFileStreamLog.compactInterval: Spark looks for a .compact where the last two tell it to, and fails when it
 * is none. */
static int64_t interval_of(int64_t newest, int64_t before)
{
	int64_t n = newest + 1;
	if (newest < 0)
		return COMPACT_EVERY;
	if (before >= 0)
		return newest - before;
	if (COMPACT_EVERY < n / 2)
		for (int64_t i = COMPACT_EVERY; i <= n / 2; i++)
			if (n % i == 0)
				return i;
	return n;
}

/* A query over Kafka has one file there, with a zero byte before its version: where it began (state/kafka_state.h). */
static bool is_of_kafka(const char *dir)
{
	char *path = mdl_path_join(dir, "0");
	FILE *f = fopen(path, "re");
	bool zero = f && fgetc(f) == 0;
	if (f)
		fclose(f);
	free(path);
	return zero;
}

int mdl_source_log_load(struct mdl_source_log *l, const char *dir, struct mdl_err *err)
{
	memset(l, 0, sizeof(*l));
	l->dir = mdl_strdup(dir);
	l->last = -1;
	l->interval = COMPACT_EVERY;
	mdl_arena_init(&l->arena);
	DIR *d = opendir(dir);
	if (!d)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "listing %s", dir);
	int64_t compact = -1, before = -1, newest = -1;
	struct dirent *e;
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);
		bool is_compact = n > 8 && strcmp(e->d_name + n - 8, ".compact") == 0;
		char number[32];
		snprintf(number, sizeof(number), "%.*s", (int)(is_compact ? n - 8 : n), e->d_name);
		int64_t k = mdl_epoch_of_name(number);
		if (k > newest)
			newest = k;
		if (is_compact && k > compact) {
			before = compact;
			compact = k;
		} else if (is_compact && k > before) {
			before = k;
		}
	}
	closedir(d);
	l->interval = interval_of(compact, before);
	if (newest == 0 && is_of_kafka(dir))
		return 0;
	char name[40];
	if (compact >= 0) {
		snprintf(name, sizeof(name), "%" PRId64 ".compact", compact);
		if (read_file(l, name, err))
			return -1;
	}
	for (int64_t k = compact + 1; k <= newest; k++) {
		snprintf(name, sizeof(name), "%" PRId64, k);
		if (read_file(l, name, err))
			return -1;
	}
	l->last = newest;
	return 0;
}

void mdl_source_log_free(struct mdl_source_log *l)
{
	free(l->dir);
	free(l->entries);
	free(l->slots);
	mdl_arena_free(&l->arena);
	memset(l, 0, sizeof(*l));
}

/* Entries up to BELOW stand in a later .compact; the two newest of those are kept. */
static int drop_old(const char *dir, int64_t below, struct mdl_err *err)
{
	static const struct {
		const char *before, *after;
	} forms[] = {{"", ""}, {".", ".crc"}, {"", ".compact"}, {".", ".compact.crc"}};
	for (int64_t k = below; k > below - COMPACT_EVERY && k >= 0; k--) {
		for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
			char *path =
				mdl_asprintf("%s/%s%" PRId64 "%s", dir, forms[i].before, k, forms[i].after);
			int r = mdl_file_remove(path, err);
			free(path);
			if (r < 0)
				return -1;
		}
	}
	return 0;
}

int mdl_source_log_write(struct mdl_source_log *l, struct mdl_err *err)
{
	int64_t k = l->last + 1;
	size_t from = l->n;
	while (from > 0 && l->entries[from - 1].batch == k)
		from--;
	if (from == l->n)
		return 0;
	bool compact = (k + 1) % l->interval == 0, created;
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&text, "v1");
	for (size_t i = compact ? 0 : from; i < l->n; i++) {
		mdl_buf_puts(&text, "\n{\"path\":");
		mdl_json_quote(&text, mdl_slice_of(l->entries[i].uri));
		mdl_buf_printf(&text, ",\"timestamp\":%" PRId64 ",\"batchId\":%" PRId64 "}",
			       l->entries[i].mtime_ms, l->entries[i].batch);
	}
	char name[40];
	snprintf(name, sizeof(name), "%" PRId64 "%s", k, compact ? ".compact" : "");
	int r = mdl_file_create(l->dir, name, mdl_buf_slice(&text), &created, err);
	if (!r && !created)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s/%s appeared while this run planned: another engine writes this checkpoint",
			l->dir, name);
	if (!r)
		l->last = k;
	if (!r && compact)
		r = drop_old(l->dir, k - 2 * COMPACT_EVERY, err);
	mdl_buf_free(&text);
	return r;
}

/* ---- Going back ---- */

struct names {
	int64_t *plain, *compact;
	size_t nplain, plain_cap, ncompact, compact_cap;
};

static int downwards(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

static int list_names(const char *dir, struct names *v, struct mdl_err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	memset(v, 0, sizeof(*v));
	if (!d)
		return errno == ENOENT ? 0 : mdl_err_sys(err, "listing %s", dir);
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);
		bool is_compact = n > 8 && strcmp(e->d_name + n - 8, ".compact") == 0;
		char number[32];
		snprintf(number, sizeof(number), "%.*s", (int)(is_compact ? n - 8 : n), e->d_name);
		int64_t k = mdl_epoch_of_name(number);
		if (k >= 0 && is_compact) {
			MDL_GROW(v->compact, v->ncompact, v->compact_cap);
			v->compact[v->ncompact++] = k;
		} else if (k >= 0) {
			MDL_GROW(v->plain, v->nplain, v->plain_cap);
			v->plain[v->nplain++] = k;
		}
	}
	closedir(d);
	if (v->nplain)
		qsort(v->plain, v->nplain, sizeof(*v->plain), downwards);
	if (v->ncompact)
		qsort(v->compact, v->ncompact, sizeof(*v->compact), downwards);
	return 0;
}

static bool has(const int64_t *v, size_t n, int64_t k)
{
	return n && bsearch(&k, v, n, sizeof(*v), downwards) != NULL;
}

/* Write K, or K.compact with all up to K, from the entries of L; one that stands stays. */
static int put_batch(const struct mdl_source_log *l, int64_t k, bool compact, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char name[40];
	bool created;
	mdl_buf_puts(&text, "v1");
	for (size_t i = 0; i < l->n; i++) {
		if (compact ? l->entries[i].batch > k : l->entries[i].batch != k)
			continue;
		mdl_buf_puts(&text, "\n{\"path\":");
		mdl_json_quote(&text, mdl_slice_of(l->entries[i].uri));
		mdl_buf_printf(&text, ",\"timestamp\":%" PRId64 ",\"batchId\":%" PRId64 "}",
			       l->entries[i].mtime_ms, l->entries[i].batch);
	}
	snprintf(name, sizeof(name), "%" PRId64 "%s", k, compact ? ".compact" : "");
	int r = mdl_file_create(l->dir, name, mdl_buf_slice(&text), &created, err);
	mdl_buf_free(&text);
	return r;
}

/* What is to stay must be told without the later .compact files. */
static int keep_up_to(const char *dir, const struct names *v, int64_t last, struct mdl_err *err)
{
	struct mdl_source_log l;
	int64_t from = -1, point = last - (last + 1) % COMPACT_EVERY;
	bool whole = true;
	for (size_t i = 0; i < v->ncompact && from < 0; i++)
		if (v->compact[i] <= last)
			from = v->compact[i];
	for (int64_t k = from + 1; whole && k <= last; k++)
		whole = has(v->plain, v->nplain, k);
	if (whole)
		return 0;
	int r = mdl_source_log_load(&l, dir, err);
	if (!r && from < point)
		r = put_batch(&l, from = point, true, err);
	for (int64_t k = from + 1; !r && k <= last; k++)
		if (!has(v->plain, v->nplain, k))
			r = put_batch(&l, k, false, err);
	mdl_source_log_free(&l);
	return r;
}

static int remove_batch(const char *dir, int64_t k, const char *suffix, struct mdl_err *err)
{
	char *path = mdl_asprintf("%s/%" PRId64 "%s", dir, k, suffix),
	     *crc = mdl_asprintf("%s/.%" PRId64 "%s.crc", dir, k, suffix);
	int r = mdl_file_remove(path, err) || mdl_file_remove(crc, err) ? -1 : 0;
	free(crc);
	free(path);
	return r;
}

int mdl_source_log_trim(const char *dir, int64_t last, struct mdl_err *err)
{
	struct names v;
	if (list_names(dir, &v, err))
		return -1;
	int r = 0;
	size_t i = 0, k = 0;
	bool beyond = (v.nplain && v.plain[0] > last) || (v.ncompact && v.compact[0] > last);
	if (beyond && last >= 0)
		r = keep_up_to(dir, &v, last, err);
	while (!r && ((i < v.nplain && v.plain[i] > last) || (k < v.ncompact && v.compact[k] > last))) {
		/* of the same number the plain one first: its .compact tells it too */
		if (i < v.nplain && (k == v.ncompact || v.plain[i] >= v.compact[k]))
			r = remove_batch(dir, v.plain[i++], "", err);
		else
			r = remove_batch(dir, v.compact[k++], ".compact", err);
	}
	if (!r && beyond)
		r = mdl_dir_sync(dir, err);
	free(v.plain);
	free(v.compact);
	return r;
}
