/* SPDX-License-Identifier: MIT
 *
 * The part of a batch that no engine proves: lines of unknown shape go to the exact
 * engine, and teach. Learning backs off, for a stream whose lines have all shapes
 * of the world must not pay for it.
 */
#include "json/scan_batch.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { GAP_MAX = 4096 };

/* One that is not in use. */
static struct mdl_shape *spare_shape(struct mdl_scan_work *w)
{
	struct mdl_shape *sh = w->shape[w->nshapes];
	if (sh)
		return sh;
	sh = aligned_alloc(_Alignof(struct mdl_shape), sizeof(*sh));
	if (!sh)
		sh = mdl_alloc(SIZE_MAX / 2); /* says so, and ends */
	sh->cell = mdl_array(w->tree->npaths, sizeof(*sh->cell));
	sh->missing = mdl_array(w->tree->npaths, sizeof(*sh->missing));
	sh->seen = mdl_array(w->tree->npaths, sizeof(*sh->seen));
	sh->used = false;
	return w->shape[w->nshapes] = sh;
}

void mdl_scan_chunks_free(struct mdl_scan_work *w)
{
	for (size_t i = 0; i <= MDL_SHAPE_KEPT && w->shape[i]; i++) {
		free(w->shape[i]->cell);
		free(w->shape[i]->missing);
		free(w->shape[i]->seen);
		free(w->shape[i]);
	}
	free(w->index);
}

/* Where all places are taken, the one that proved the fewest lines goes. */
static void keep_shape(struct mdl_scan_work *w)
{
	if (w->nshapes < MDL_SHAPE_KEPT) {
		w->nshapes++;
		return;
	}
	uint32_t least = 0;
	for (uint32_t s = 0; s < MDL_SHAPE_KEPT; s++) {
		if (w->shape[s]->hits < w->shape[least]->hits)
			least = s;
		w->shape[s]->hits /= 2;
	}
	struct mdl_shape *old = w->shape[least];
	w->shape[least] = w->shape[MDL_SHAPE_KEPT];
	w->shape[MDL_SHAPE_KEPT] = old;
}

static void learn(struct mdl_scan_work *w, size_t i)
{
	if (w->learn_in) {
		w->learn_in--;
		return;
	}
	/* lines that went well since pay for more learning */
	uint64_t hits = 0;
	for (uint32_t s = 0; s < w->nshapes; s++)
		hits += w->shape[s]->hits;
	if (hits - w->hits_seen > (uint64_t)64 * w->learn_gap || w->learn_gap == 0)
		w->learn_gap = w->learn_gap / 2 + 1;
	else if (w->learn_gap < GAP_MAX)
		w->learn_gap *= 2;
	w->learn_in = w->learn_gap;
	struct mdl_shape *sh = spare_shape(w);
	mdl_shape_tell(sh, w->seen);
	if (mdl_shape_learn(sh, w->lines[i], w->spaced, w->cells, w->tree->npaths))
		keep_shape(w);
	else if (mdl_shape_learn(sh, w->lines[i], !w->spaced, w->cells, w->tree->npaths))
		w->want_spaced = !w->spaced;
	w->hits_seen = 0;
	for (uint32_t s = 0; s < w->nshapes; s++)
		w->hits_seen += w->shape[s]->hits;
}

void mdl_scan_slow(struct mdl_scan_work *w, size_t i, bool may_learn)
{
	struct mdl_scan_fault fault;
	const char *end = w->lines[i].p + w->lines[i].n;
	size_t npaths = w->tree->npaths;
	enum mdl_scan_verdict v =
		mdl_scan_exact(w->tree, w->lines[i].p, end, w->safe ? w->safe : end, w->cells, &fault);
	w->slow_lines++;
	w->verdicts[i] = (uint8_t)v;
	if (v == MDL_SCAN_OK) {
		for (size_t k = 0; k < npaths; k++) {
			w->cols[k][i] = w->cells[k];
			mdl_scan_see(&w->seen[k], w->cells[k].kind, w->cells[k].n);
		}
		if (may_learn)
			learn(w, i);
		return;
	}
	w->bad++;
	for (size_t k = 0; k < npaths; k++) {
		w->cols[k][i] = (struct mdl_json_value){0};
		mdl_scan_see(&w->seen[k], MDL_JSON_MISSING, 0);
	}
}

/* Does each line begin right behind the line feed of the one before? */
static bool adjacent(const struct mdl_slice *lines, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (lines[i].p != lines[i - 1].p + lines[i - 1].n + 1)
			return false;
	return true;
}

static void all_slow(struct mdl_scan_work *w, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		mdl_scan_slow(w, i, false);
}

/* An index that proves few lines is a loss; after such a chunk some are done without, each time more. */
static void take_stock(struct mdl_scan_work *w, size_t proved, size_t lines)
{
	if (w->want_spaced != w->spaced) {
		w->spaced = w->want_spaced;
		w->nshapes = 0;
		w->learn_in = 0;
		return;
	}
	if (4 * proved >= lines) {
		w->nap = 0;
		return;
	}
	w->nap = w->nap < 64 ? 2 * w->nap + 1 : w->nap;
	w->sleep = w->nap / 4;
	if (w->learn_in > 8)
		w->learn_in = 8; /* the next try must have its chance */
}

static void do_chunks(struct mdl_scan_work *w, mdl_scan_engine *engine, size_t n)
{
	w->start = w->lines[0].p;
	w->safe = w->lines[n - 1].p + w->lines[n - 1].n + 1 + MDL_SCAN_PADDING;
	for (size_t from = 0, to; from < n; from = to) {
		to = from;
		size_t bytes = 0;
		do
			bytes += w->lines[to++].n + 1;
		while (to < n && bytes < MDL_SCAN_CHUNK && bytes + w->lines[to].n < MDL_SCAN_CHUNK_MAX);
		if (!engine || w->sleep || bytes > MDL_SCAN_CHUNK_MAX) {
			w->sleep -= w->sleep > 0;
			all_slow(w, from, to);
			continue;
		}
		if (!w->index)
			w->index = mdl_alloc(sizeof(*w->index));
		take_stock(w, engine(w, from, to), to - from);
	}
}

void mdl_scan_chunks(struct mdl_scan_work *w, mdl_scan_engine *engine, size_t n)
{
	w->bad = 0;
	w->safe = NULL;
	memset(w->seen, 0, w->tree->npaths * sizeof(*w->seen));
	if (n && adjacent(w->lines, n))
		do_chunks(w, engine, n);
	else
		all_slow(w, 0, n);
	for (size_t i = 0; i <= MDL_SHAPE_KEPT && w->shape[i]; i++)
		mdl_shape_tell(w->shape[i], w->seen);
}
