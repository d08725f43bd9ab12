/* SPDX-License-Identifier: MIT
 *
 * Files of a state's chain become one: see store_merge.h.
 *
 * Of entries that replace one another a table of 128-bit fingerprints knows the newest.
 * With many it would be as large as the state, so they are dealt with a part at a time, as
 * their fingerprints have it, and the files are read once more for each part.
 */
#include "state/store_merge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/worker.h"
#include "state/state_file.h"

enum {
	PART = 1 << 20,     /* identities that are dealt with at once: 48 MB */
	STOP = 4 << 20,     /* bytes between two questions whether to stop; small merges are never stopped */
	LEAST_SLOTS = 1024, /* of the table */
};

/* Where an entry stood last, counted from 1; 0: an empty slot. */
struct slot {
	struct mdl_hash128 id;
	uint64_t seen;
};

struct mdl_store_merge {
	struct mdl_store_merge_job job; /* its texts and files are ours */
	struct mdl_worker *worker;
	atomic_bool ended, stop;
	char *tmp;
	bool whole; /* the result stands under tmp */
	uint64_t size;
	uint32_t crc;
	/* of the second thread */
	struct mdl_state_writer out;
	struct mdl_compress_blocks pack;
	struct mdl_buf scratch;
	struct slot *slots;
	uint64_t nslots, used;
	uint64_t since_asked, identities;
};

/* ---- The table ---- */

static struct slot *slot_of(struct mdl_store_merge *m, struct mdl_hash128 id)
{
	uint64_t i = id.hi & (m->nslots - 1);
	while (m->slots[i].seen && (m->slots[i].id.lo != id.lo || m->slots[i].id.hi != id.hi))
		i = (i + 1) & (m->nslots - 1);
	return &m->slots[i];
}

static void clear_slots(struct mdl_store_merge *m, uint64_t n)
{
	free(m->slots);
	m->slots = mdl_array(n, sizeof(*m->slots));
	m->nslots = n;
	m->used = 0;
}

static void note(struct mdl_store_merge *m, struct mdl_hash128 id, uint64_t seen)
{
	if (2 * (m->used + 1) > m->nslots) {
		struct slot *old = m->slots;
		uint64_t n = m->nslots;
		m->slots = NULL;
		clear_slots(m, 2 * n);
		for (uint64_t i = 0; i < n; i++)
			if (old[i].seen) {
				*slot_of(m, old[i].id) = old[i];
				m->used++;
			}
		free(old);
	}
	struct slot *s = slot_of(m, id);
	m->used += !s->seen;
	*s = (struct slot){id, seen};
}

/* ---- Passes through the files ---- */

static int may_go_on(struct mdl_store_merge *m, size_t bytes, struct mdl_err *err)
{
	m->since_asked += bytes;
	if (m->since_asked < STOP)
		return 0;
	m->since_asked = 0;
	return atomic_load(&m->stop) ? mdl_err_set(err, MDL_RETRY, "stopped") : 0;
}

/* What is done with the entry number AT, when identities of PART of PARTS are dealt with. */
typedef int on_entry_fn(struct mdl_store_merge *m, struct mdl_slice e, uint64_t at, uint64_t part,
			uint64_t parts, struct mdl_err *err);

/* NULL for ON_ENTRY: all go to the result as they are. */
static int through(struct mdl_store_merge *m, on_entry_fn *on_entry, uint64_t part, uint64_t parts,
		   struct mdl_err *err)
{
	const struct mdl_store_merge_job *j = &m->job;
	uint64_t at = 0;
	int rc = 0;
	for (size_t i = 0; i < j->n && !rc; i++) {
		struct mdl_state_reader r;
		struct mdl_slice e = {NULL, 0};
		char *path = mdl_path_join(j->dir, j->files[i].name);
		int more = !mdl_state_reader_open(&r, path, j->files[i].size, j->files[i].crc32c, NULL, err);
		rc = more ? 0 : -1;
		while (!rc && more) {
			more = on_entry ? mdl_state_reader_next(&r, &e, err)
					: mdl_state_reader_copy(&r, &m->out, err);
			if (more < 0 || may_go_on(m, on_entry ? e.n : r.stored.n, err) ||
			    (on_entry && more && on_entry(m, e, ++at, part, parts, err)))
				rc = -1;
		}
		mdl_state_reader_close(&r);
		free(path);
	}
	return rc;
}

/* How many entries replace others? */
static int count(struct mdl_store_merge *m, struct mdl_slice e, uint64_t at, uint64_t part, uint64_t parts,
		 struct mdl_err *err)
{
	struct mdl_slice id = e;
	(void)at, (void)part, (void)parts, (void)err;
	m->identities += m->job.look(m->job.horizon, &e, &id, &m->scratch) >= MDL_STORE_NEWEST;
	return 0;
}

static int see(struct mdl_store_merge *m, struct mdl_slice e, uint64_t at, uint64_t part, uint64_t parts,
	       struct mdl_err *err)
{
	struct mdl_slice id = e;
	(void)err;
	if (m->job.look(m->job.horizon, &e, &id, &m->scratch) >= MDL_STORE_NEWEST) {
		struct mdl_hash128 h = mdl_hash128(id.p, id.n);
		if (h.lo % parts == part)
			note(m, h, at);
	}
	return 0;
}

static int put(struct mdl_store_merge *m, struct mdl_slice e, uint64_t at, uint64_t part, uint64_t parts,
	       struct mdl_err *err)
{
	struct mdl_slice id = e;
	enum mdl_store_look look = m->job.look(m->job.horizon, &e, &id, &m->scratch);
	bool stays = look == MDL_STORE_KEEP && part == 0;
	if (look >= MDL_STORE_NEWEST) {
		struct mdl_hash128 h = mdl_hash128(id.p, id.n);
		stays = h.lo % parts == part && slot_of(m, h)->seen == at &&
			(look == MDL_STORE_NEWEST || !m->job.oldest);
	}
	return stays ? mdl_state_writer_put(&m->out, e, err) : 0;
}

static int merge(struct mdl_store_merge *m, struct mdl_err *err)
{
	const struct mdl_store_merge_job *j = &m->job;
	struct mdl_state_head head = {
		.stage = j->stage, .run = j->run, .settings = j->settings, .epoch = j->epoch};
	if (mdl_state_writer_open(&m->out, m->tmp, &head, &m->pack, true, err))
		return -1;
	if (j->head.n && mdl_state_writer_put(&m->out, j->head, err))
		return -1;
	if (!j->look)
		return through(m, NULL, 0, 1, err) || mdl_state_writer_end(&m->out, err) ? -1 : 0;
	if (j->replaces && through(m, count, 0, 1, err))
		return -1;
	uint64_t parts = m->identities / PART + 1;
	for (uint64_t part = 0; part < parts; part++) {
		if (m->identities) {
			clear_slots(m, LEAST_SLOTS);
			if (through(m, see, part, parts, err))
				return -1;
		}
		if (through(m, put, part, parts, err))
			return -1;
	}
	return mdl_state_writer_end(&m->out, err);
}

static void job(void *ctx)
{
	struct mdl_store_merge *m = ctx;
	struct mdl_err ignored = MDL_ERR_INIT;
	/* of this thread alone; only a wish */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
	m->whole = merge(m, &ignored) == 0;
	m->size = m->out.size;
	m->crc = m->out.crc;
	mdl_state_writer_close(&m->out);
	mdl_compress_blocks_free(&m->pack);
	mdl_buf_free(&m->scratch);
	free(m->slots);
	m->slots = NULL;
	atomic_store(&m->ended, true);
}

/* ---- For the first thread ---- */

struct mdl_store_merge *mdl_store_merge_start(const struct mdl_store_merge_job *j)
{
	struct mdl_store_merge *m = mdl_zalloc(sizeof(*m));
	struct mdl_ledger_state *files = mdl_array(j->n, sizeof(*files));
	m->job = *j;
	m->job.dir = mdl_strdup(j->dir);
	m->job.stage = mdl_strdup(j->stage);
	m->job.run = mdl_strdup(j->run);
	m->job.settings = mdl_strdup(j->settings);
	m->job.head.p = mdl_strndup(j->head.n ? j->head.p : "", j->head.n);
	for (size_t i = 0; i < j->n; i++) {
		files[i] = j->files[i];
		files[i].name = mdl_strdup(j->files[i].name);
	}
	m->job.files = files;
	m->tmp = mdl_asprintf("%s/.merge.%d.tmp", j->dir, (int)getpid());
	mdl_buf_init(&m->scratch, MDL_BUF_NO_LIMIT);
	m->worker = mdl_worker_new(job, m);
	if (!m->worker) {
		mdl_store_merge_free(m);
		return NULL;
	}
	mdl_worker_start(m->worker);
	return m;
}

bool mdl_store_merge_has_ended(const struct mdl_store_merge *m)
{
	return atomic_load(&m->ended);
}

void mdl_store_merge_wait(struct mdl_store_merge *m)
{
	mdl_worker_wait(m->worker);
}

bool mdl_store_merge_take(struct mdl_store_merge *m, const char *name, uint64_t *size, uint32_t *crc)
{
	char *path = mdl_path_join(m->job.dir, name);
	bool taken = m->whole && rename(m->tmp, path) == 0;
	free(path);
	m->whole = m->whole && !taken;
	*size = m->size;
	*crc = m->crc;
	return taken;
}

void mdl_store_merge_free(struct mdl_store_merge *m)
{
	if (!m)
		return;
	atomic_store(&m->stop, true);
	mdl_worker_free(m->worker);
	if (m->whole)
		unlink(m->tmp);
	for (size_t i = 0; i < m->job.n; i++)
		free(m->job.files[i].name);
	free((void *)(uintptr_t)m->job.files);
	free((void *)(uintptr_t)m->job.dir);
	free((void *)(uintptr_t)m->job.stage);
	free((void *)(uintptr_t)m->job.run);
	free((void *)(uintptr_t)m->job.settings);
	free((void *)(uintptr_t)m->job.head.p);
	free(m->tmp);
	free(m);
}
