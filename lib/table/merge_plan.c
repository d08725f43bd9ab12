/* SPDX-License-Identifier: MIT
 *
 * Which small files of a table become one: see merge_plan.h.
 */
#include "table/merge_plan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "json/text.h"

/* What a run is found by: "<folder>\0<extension>", and the run that is open there. */
struct place {
	const char *path; /* of a file that is there */
	size_t folder;    /* length */
	const char *extension;
	size_t run; /* index + 1; 0: none is open */
};

struct planner {
	struct mdl_merge_plan *p;
	struct place *places; /* open addressing; path NULL: free */
	size_t nslots;
};

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

const char *mdl_merge_plan_extension(const char *path)
{
	static const char *const known[] = {".ndjson", ".json", ".csv"};
	size_t n = mdl_compress_stem(path);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t k = strlen(known[i]);

		if (n > k && memcmp(path + n - k, known[i], k) == 0)
			return path + n - k;
	}
	return NULL;
}

static bool is_small(const struct mdl_table_entry *f)
{
	const char *ext = f->size < MDL_MERGE_SMALL ? mdl_merge_plan_extension(f->path) : NULL;

	/* Spark's CSV may have no header: its first row is not to be told from one */
	if (!ext ||
	    (strncmp(ext, ".csv", 4) == 0 && mdl_table_name_epoch(f->path, NULL) == MDL_TABLE_EPOCH_UNKNOWN))
		return false;
	return mdl_utf8_valid(mdl_slice_of(f->path));
}

static size_t hash(const char *p, size_t n, size_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
	return h;
}

static struct place *find_place(struct planner *pl, const char *path, const char *ext)
{
	size_t folder = folder_length(path);
	size_t at = hash(ext, strlen(ext), hash(path, folder, UINT64_C(14695981039346656037)));

	for (;; at++) {
		struct place *p = &pl->places[at & (pl->nslots - 1)];

		if (!p->path) {
			*p = (struct place){path, folder, ext, 0};
			return p;
		}
		if (p->folder == folder && memcmp(p->path, path, folder) == 0 &&
		    strcmp(p->extension, ext) == 0)
			return p;
	}
}

static struct mdl_merge_run *open_run(struct planner *pl, struct place *at)
{
	struct mdl_merge_plan *p = pl->p;

	if (!at->run) {
		MDL_GROW(p->runs, p->n, p->cap);
		p->runs[p->n++] = (struct mdl_merge_run){.first = INT64_MAX, .last = -1};
		at->run = p->n;
	}
	return &p->runs[at->run - 1];
}

/* Epochs of files that do not tell theirs: not before the last one that is known before, nor after the next one. */
static int64_t *upper_bounds(const struct mdl_table_log *log)
{
	int64_t *most = mdl_array(log->ncompacted + 1, sizeof(*most)), bound = log->compact;

	for (size_t i = log->ncompacted; i-- > 0;) {
		int64_t e = log->files[i].epoch;

		most[i] = e == MDL_TABLE_EPOCH_UNKNOWN ? bound : e;
		bound = most[i] < bound ? most[i] : bound;
	}
	return most;
}

static int by_last_file(const void *a, const void *b)
{
	const struct mdl_merge_run *x = a, *y = b;
	size_t i = x->files[x->n - 1], k = y->files[y->n - 1];

	return (i > k) - (i < k);
}

/* Runs of one file, and of more files than small ones, stay as they are. */
static void drop_short(struct mdl_merge_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->runs[i].n < 2) {
			free(p->runs[i].files);
			continue;
		}
		p->nfiles += p->runs[i].n;
		p->runs[n++] = p->runs[i];
	}
	p->n = n;
	if (n)
		qsort(p->runs, n, sizeof(*p->runs), by_last_file);
}

static size_t cuts_before(const int64_t *cuts, size_t n, int64_t epoch)
{
	size_t before = 0;

	for (size_t i = 0; i < n; i++)
		before += cuts[i] < epoch;
	return before;
}

void mdl_merge_plan_make(struct mdl_merge_plan *p, const struct mdl_table_log *log, int64_t limit,
			 const int64_t *cuts, size_t ncuts)
{
	struct planner pl = {.p = p, .nslots = 16};
	int64_t *most = upper_bounds(log), least = 0;

	*p = (struct mdl_merge_plan){NULL, 0, 0, 0};
	while (pl.nslots < 2 * log->ncompacted)
		pl.nslots *= 2;
	pl.places = mdl_array(pl.nslots, sizeof(*pl.places));
	for (size_t i = 0; i < log->ncompacted; i++) {
		const struct mdl_table_entry *f = &log->files[i];
		const char *ext = mdl_merge_plan_extension(f->path);
		bool known = f->epoch != MDL_TABLE_EPOCH_UNKNOWN;
		int64_t first = known ? f->first : least;

		least = known && f->epoch > least ? f->epoch : least;
		if (!ext)
			continue;
		struct place *at = find_place(&pl, f->path, ext);

		if (!is_small(f) || most[i] > limit) {
			at->run = 0;
			continue;
		}
		size_t part = cuts_before(cuts, ncuts, most[i]);

		if (at->run && p->runs[at->run - 1].part != part)
			at->run = 0;
		struct mdl_merge_run *run = open_run(&pl, at);

		run->part = part;

		MDL_GROW(run->files, run->n, run->cap);
		run->files[run->n++] = i;
		run->bytes += f->size;
		run->first = first < run->first ? first : run->first;
		run->last = most[i] > run->last ? most[i] : run->last;
		if (run->bytes >= MDL_MERGE_TARGET)
			at->run = 0;
	}
	free(pl.places);
	free(most);
	drop_short(p);
}

void mdl_merge_plan_free(struct mdl_merge_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->runs[i].files);
	free(p->runs);
	*p = (struct mdl_merge_plan){NULL, 0, 0, 0};
}

size_t mdl_merge_plan_small(const struct mdl_table_log *log)
{
	size_t n = 0;

	for (size_t i = 0; i < log->nfiles; i++)
		n += is_small(&log->files[i]);
	return n;
}
