/* SPDX-License-Identifier: MIT
 *
 * The state of one stateful stage on disk: see store.h.
 */
#include "state/store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"

enum {
	FAN = 8,           /* neighbours of a size that become one file */
	LEAST = 64 << 10,  /* bytes; files below this are of one size */
	FEW = 4,           /* files; fewer are not worth a merge, however old their entries */
	LONG_CHAIN = 24,   /* a small merge is waited for, */
	MAX_CHAIN = 512,   /* ... and any other */
	SMALL = 1 << 20,   /* bytes of a small merge: some milliseconds */
	MAX_FAILURES = 10, /* rests become no longer */
};

void mdl_store_init(struct mdl_store *s, const char *settings, bool fresh)
{
	memset(s, 0, sizeof(*s));
	s->settings = mdl_strdup(settings);
	s->fresh = fresh;
	mdl_buf_init(&s->head, MDL_BUF_NO_LIMIT);
}

static void drop_chain(struct mdl_store *s)
{
	for (size_t i = 0; i < s->nchain; i++)
		free(s->chain[i].name);
	s->nchain = 0;
}

static void drop_merge(struct mdl_store *s)
{
	mdl_store_merge_free(s->merge);
	s->merge = NULL;
}

static void drop_save(struct mdl_store *s)
{
	mdl_state_writer_close(&s->out);
	free(s->name);
	free(s->stage);
	free(s->run);
	s->name = s->stage = s->run = NULL;
}

void mdl_store_free(struct mdl_store *s)
{
	drop_save(s);
	drop_merge(s);
	drop_chain(s);
	free(s->chain);
	free(s->dir);
	free(s->settings);
	mdl_compress_blocks_free(&s->pack);
	mdl_buf_free(&s->head);
}

static void chain_add(struct mdl_store *s, const char *name, uint64_t size, uint32_t crc)
{
	MDL_GROW(s->chain, s->nchain, s->chain_cap);
	s->chain[s->nchain++] = (struct mdl_ledger_state){mdl_strdup(name), size, crc};
}

static void set_dir(struct mdl_store *s, const struct mdl_begin *b, const char *stage)
{
	if (!s->dir)
		s->dir = mdl_asprintf("%s/state/medal/%s", b->checkpoint, stage);
}

/* ---- Loading ---- */

static int load_file(struct mdl_store *s, const struct mdl_ledger_state *st,
		     int (*entry)(void *, struct mdl_slice, struct mdl_err *), void *ctx, struct mdl_err *err)
{
	char *path = mdl_path_join(s->dir, st->name);
	struct mdl_state_reader r;
	struct mdl_slice e;
	int more = mdl_state_reader_open(&r, path, st->size, st->crc32c, s->settings, err) ? -1 : 1;
	while (more > 0 && (more = mdl_state_reader_next(&r, &e, err)) > 0)
		if (entry(ctx, e, err))
			more = -1;
	mdl_state_reader_close(&r);
	free(path);
	return more;
}

/* What killed runs were writing. They are gone: the source has seen to it before it began. */
static void remove_unfinished(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		if (e->d_name[0] == '.' && n > 4 && strcmp(e->d_name + n - 4, ".tmp") == 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

/* What epoch L says of STAGE's state; NULL with ERR when it has none. */
static const struct mdl_books *books_with_state(const struct mdl_ledger *l, const char *stage,
						struct mdl_err *err)
{
	const struct mdl_books *books = mdl_ledger_stage(l, stage);
	if (books && books->nstates)
		return books;
	mdl_err_set(err, MDL_TROUBLE,
		    "stage '%s' is new in this pipeline, which has state up to epoch %" PRId64
		    "; if it was only moved, name it with --name as before; if it is to begin empty, say "
		    "--fresh-state",
		    stage, l->epoch);
	return NULL;
}

int mdl_store_dry(struct mdl_store *s, const struct mdl_begin *b, const char *stage, struct mdl_err *err)
{
	struct mdl_epoch_list commits;
	struct mdl_ledger l;
	char *dir = mdl_path_join(b->checkpoint, "commits");
	int r = mdl_epoch_log_list(dir, &commits, err);
	int64_t last = r ? -1 : mdl_epoch_list_last(&commits);
	mdl_epoch_list_free(&commits);
	free(dir);
	if (r || last < 0 || s->fresh)
		return r;
	r = mdl_ledger_read(b->checkpoint, last, &l, err);
	if (r)
		return r < 0 ? -1 : 0;
	const struct mdl_books *books = books_with_state(&l, stage, err);
	if (books) {
		const struct mdl_ledger_state *first = &books->states[0];
		struct mdl_state_reader in = {0};
		set_dir(s, b, stage);
		char *path = mdl_path_join(s->dir, first->name);
		r = mdl_state_reader_open(&in, path, first->size, first->crc32c, s->settings, err);
		mdl_state_reader_close(&in);
		free(path);
	}
	mdl_ledger_free(&l);
	return books ? r : -1;
}

int mdl_store_load(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
		   int (*entry)(void *, struct mdl_slice, struct mdl_err *), void *ctx, struct mdl_err *err)
{
	struct mdl_ledger l;
	drop_merge(s);
	drop_chain(s);
	set_dir(s, b, stage);
	remove_unfinished(s->dir);
	/* --fresh-state is also the way out when the old state is damaged: it is not looked at */
	if (b->base < 0 || s->fresh)
		return 0;
	int r = mdl_ledger_read(b->checkpoint, b->base, &l, err);
	if (r < 0)
		return -1;
	if (r > 0 || strcmp(l.run, b->base_run) != 0) {
		if (r == 0)
			mdl_ledger_free(&l);
		return mdl_err_set(
			err, MDL_TROUBLE,
			"epoch %" PRId64
			" was not made by medal, so there is no state of stage '%s' for it; start the stage "
			"without state by --fresh-state, or in a new checkpoint",
			b->base, stage);
	}
	const struct mdl_books *books = books_with_state(&l, stage, err);
	if (!books) {
		mdl_ledger_free(&l);
		return -1;
	}
	for (size_t i = 0; i < books->nstates && !r; i++) {
		r = load_file(s, &books->states[i], entry, ctx, err);
		if (!r)
			chain_add(s, books->states[i].name, books->states[i].size, books->states[i].crc32c);
	}
	mdl_ledger_free(&l);
	return r;
}

/* ---- Merging ---- */

/* Sizes are told apart by eightfolds. */
static unsigned level_of(uint64_t bytes)
{
	unsigned level = 0;
	for (bytes /= LEAST; bytes; bytes /= FAN)
		level++;
	return level;
}

/* The first file of the end of the chain that is to become one file; nchain: none. */
static size_t merge_from(const struct mdl_store *s)
{
	uint64_t after = 0;
	size_t found = s->nchain;
	for (size_t i = 1; i < s->nchain; i++)
		after += s->chain[i].size;
	if (s->look && s->nchain >= FEW && after > s->chain[0].size + LEAST)
		return 0;
	for (unsigned level = 0, last = 0; level <= last; level++) {
		size_t first = s->nchain, n = 0;
		for (; first > 0 && level_of(s->chain[first - 1].size) <= level; first--)
			n += level_of(s->chain[first - 1].size) == level;
		if (n >= FAN)
			found = first;
		last = first ? level_of(s->chain[first - 1].size) : level;
	}
	return found;
}

static void start_merge(struct mdl_store *s)
{
	size_t first = merge_from(s);
	if (s->merge || first == s->nchain)
		return;
	if (s->rest) {
		s->rest--;
		return;
	}
	struct mdl_store_merge_job job = {.dir = s->dir,
					  .stage = s->stage,
					  .run = s->run,
					  .settings = s->settings,
					  .epoch = s->about.epoch,
					  .files = s->chain + first,
					  .n = s->nchain - first,
					  .oldest = first == 0,
					  .look = s->look,
					  .replaces = s->replaces,
					  .horizon = s->horizon,
					  .head = mdl_buf_slice(&s->head)};
	s->merge = mdl_store_merge_start(&job);
	s->merge_first = first;
	s->merge_n = job.n;
	s->merge_bytes = 0;
	for (size_t i = 0; i < job.n; i++)
		s->merge_bytes += job.files[i].size;
}

/* The result of a merge that has ended stands for its files from now on. *TAKEN: it has got its name. */
static void take_merge(struct mdl_store *s, bool *taken)
{
	uint64_t size;
	uint32_t crc;
	*taken = false;
	if (s->merge && (s->nchain >= MAX_CHAIN || (s->nchain >= LONG_CHAIN && s->merge_bytes <= SMALL)))
		mdl_store_merge_wait(s->merge);
	if (!s->merge || !mdl_store_merge_has_ended(s->merge))
		return;
	char *name = mdl_asprintf("%" PRIu64 ".%s.%s", s->about.epoch, s->run,
				  s->merge_first ? "merged" : "snapshot");
	*taken = mdl_store_merge_take(s->merge, name, &size, &crc);
	if (*taken) {
		size_t i = s->merge_first, n = s->merge_n;
		for (size_t k = i; k < i + n; k++)
			free(s->chain[k].name);
		s->chain[i] = (struct mdl_ledger_state){name, size, crc};
		memmove(s->chain + i + 1, s->chain + i + n, (s->nchain - i - n) * sizeof(*s->chain));
		s->nchain -= n - 1;
		s->failures = 0;
	} else {
		/* the chain is good without; a full disk may have room again later */
		free(name);
		s->failures += s->failures < MAX_FAILURES;
		s->rest = 1U << s->failures;
	}
	drop_merge(s);
}

void mdl_store_settle(struct mdl_store *s)
{
	if (s->merge)
		mdl_store_merge_wait(s->merge);
}

/* ---- Saving ---- */

int mdl_store_save_begin(struct mdl_store *s, const struct mdl_begin *b, const char *stage,
			 struct mdl_err *err)
{
	drop_save(s);
	set_dir(s, b, stage);
	s->stage = mdl_strdup(stage);
	s->run = mdl_strdup(b->run);
	s->about = (struct mdl_state_head){
		.stage = s->stage, .run = s->run, .settings = s->settings, .epoch = b->epoch};
	s->name = mdl_asprintf("%" PRIu64 ".%s.%s", b->epoch, b->run, s->nchain ? "delta" : "snapshot");
	return mdl_dir_make(s->dir, err);
}

static int open_file(struct mdl_store *s, struct mdl_err *err)
{
	if (mdl_state_writer_is_open(&s->out))
		return 0;
	char *tmp = mdl_asprintf("%s/.%s.%d.tmp", s->dir, s->name, (int)getpid());
	int r = mdl_state_writer_open(&s->out, tmp, &s->about, &s->pack, false, err);
	free(tmp);
	return r;
}

int mdl_store_put(struct mdl_store *s, struct mdl_slice e, struct mdl_err *err)
{
	return open_file(s, err) || mdl_state_writer_put(&s->out, e, err) ? -1 : 0;
}

/* The file of the epoch gets its name. */
static int finish_file(struct mdl_store *s, struct mdl_err *err)
{
	char *path = mdl_path_join(s->dir, s->name), *tmp = mdl_strdup(s->out.path);
	int r = mdl_state_writer_end(&s->out, err);
	if (!r && rename(tmp, path)) {
		r = mdl_err_sys(err, "renaming %s", tmp);
		unlink(tmp);
	}
	if (!r)
		chain_add(s, s->name, s->out.size, s->out.crc);
	free(path);
	free(tmp);
	return r;
}

static uint64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int mdl_store_save_end(struct mdl_store *s, struct mdl_books *books, struct mdl_err *err)
{
	uint64_t began = clock_us();
	bool changed;
	take_merge(s, &changed);
	if (!s->nchain && open_file(s, err))
		return -1;
	if (mdl_state_writer_is_open(&s->out)) {
		if (finish_file(s, err))
			return -1;
		changed = true;
		s->fresh = false;
	}
	if (changed && mdl_dir_sync(s->dir, err))
		return -1;
	start_merge(s);
	drop_save(s);
	for (size_t i = 0; i < s->nchain; i++)
		mdl_books_state(books, s->chain[i].name, s->chain[i].size, s->chain[i].crc32c);
	s->save_us = clock_us() - began;
	return 0;
}
