/* SPDX-License-Identifier: MIT
 *
 * Columns that grow: see evolve.h.
 */
#include "op/evolve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "state/schema_log.h"
#include "json/scan.h"
#include "json/text.h"

int mdl_evolve_init(struct mdl_evolve *e, const struct mdl_evolve_opts *o, struct mdl_err *err)
{
	*e = (struct mdl_evolve){.o = *o, .version = -1};
	if (!e->o.sample)
		e->o.sample = MDL_EVOLVE_SAMPLE;
	mdl_arena_init(&e->arena);
	mdl_schema_infer_init(&e->infer);
	mdl_buf_init(&e->name, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&e->held, MDL_BUF_NO_LIMIT);
	if (!o->hints)
		return 0;
	struct mdl_source *src = mdl_arena_alloc(&e->arena, sizeof(*src));
	*src = (struct mdl_source){"--schema-hints", mdl_slice_of(o->hints)};
	return mdl_parse_hints(&e->arena, src, &e->hints, &e->nhints, err);
}

void mdl_evolve_free(struct mdl_evolve *e)
{
	mdl_schema_infer_free(&e->infer);
	mdl_arena_free(&e->arena);
	mdl_buf_free(&e->name);
	mdl_buf_free(&e->held);
	free(e->location);
	free(e->ends);
	free(e->chunks);
}

static void take(struct mdl_evolve *e, const struct mdl_type *columns)
{
	e->columns = columns;
	e->known = true;
	mdl_schema_infer_declare(e->o.schema, columns);
}

int mdl_evolve_open(struct mdl_evolve *e, const char *checkpoint, struct mdl_err *err)
{
	const char *location = e->o.location ? e->o.location : checkpoint;
	const struct mdl_type *stored;
	if (!location)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"columns that are inferred are kept for the next run, and no place is known: name a folder with "
			"--schema-location DIR, or run under a checkpoint");
	free(e->location);
	e->location = mdl_strdup(location);
	if (mdl_schema_log_read(location, &e->arena, &stored, &e->version, err))
		return -1;
	if (stored)
		take(e, mdl_schema_infer_grow(&e->arena, stored, NULL, e->hints, e->nhints));
	return 0;
}

void mdl_evolve_see(struct mdl_evolve *e, const struct mdl_batch *b, const uint32_t *sel, size_t n)
{
	for (size_t i = 0; i < n && (e->known || e->infer.records < e->o.sample); i++)
		mdl_schema_infer_see(&e->infer, b->lines[sel[i]], b->arena);
}

void mdl_evolve_hold(struct mdl_evolve *e, const struct mdl_batch *b)
{
	if (e->nheld + b->n > e->cap) {
		e->cap = (e->nheld + b->n) * 2;
		e->ends = mdl_realloc(e->ends, e->cap * sizeof(*e->ends));
	}
	if (e->nchunks == e->cap_chunks) {
		e->cap_chunks = e->cap_chunks ? e->cap_chunks * 2 : 16;
		e->chunks = mdl_realloc(e->chunks, e->cap_chunks * sizeof(*e->chunks));
	}
	e->chunks[e->nchunks++] = (struct mdl_evolve_chunk){b->first_line, e->nheld, b->n};
	for (size_t i = 0; i < b->n; i++) {
		mdl_buf_puts_slice(&e->held, b->lines[i]);
		e->ends[e->nheld++] = e->held.n;
		mdl_buf_putc(&e->held, '\n');
	}
}

bool mdl_evolve_enough(const struct mdl_evolve *e)
{
	return e->infer.records >= e->o.sample || e->held.n >= MDL_EVOLVE_SAMPLE_BYTES;
}

/* The names in T that OLD has not. */
static void put_added(struct mdl_buf *out, const struct mdl_type *old, const struct mdl_type *t,
		      const char *prefix)
{
	struct mdl_buf path = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	while (t->kind == MDL_T_ARRAY && old && old->kind == MDL_T_ARRAY) {
		t = t->element;
		old = old->element;
	}
	for (size_t i = 0; t->kind == MDL_T_STRUCT && i < t->nfields; i++) {
		const struct mdl_field *f = &t->fields[i];
		size_t have = old && old->kind == MDL_T_STRUCT ? old->nfields : 0;
		mdl_buf_clear(&path);
		mdl_buf_puts(&path, prefix);
		mdl_type_quote_name(&path, f->name);
		if (i < have) {
			mdl_buf_putc(&path, '.');
			put_added(out, old->fields[i].type, f->type, mdl_buf_cstr(&path));
			continue;
		}
		mdl_buf_puts(out, out->n ? ", " : "");
		mdl_buf_puts_slice(out, mdl_buf_slice(&path));
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, f->type);
	}
	mdl_buf_free(&path);
}

void mdl_evolve_preview(struct mdl_evolve *e)
{
	take(e, mdl_schema_infer_grow(&e->arena, e->columns, &e->infer, e->hints, e->nhints));
}

int mdl_evolve_store(struct mdl_evolve *e, struct mdl_buf *added, struct mdl_err *err)
{
	const struct mdl_type *t =
		mdl_schema_infer_grow(&e->arena, e->columns, &e->infer, e->hints, e->nhints);
	if (added)
		put_added(added, e->columns, t, "");
	if (mdl_schema_log_add(e->location, e->version + 1, t, err))
		return -1;
	e->version++;
	take(e, t);
	/* what comes from now on is looked at for what is new */
	mdl_schema_infer_free(&e->infer);
	mdl_schema_infer_init(&e->infer);
	return 0;
}

int mdl_evolve_release(struct mdl_evolve *e, struct mdl_arena *arena,
		       int (*rows)(void *ctx, const struct mdl_batch *b, struct mdl_err *err), void *ctx,
		       struct mdl_err *err)
{
	int r = 0;
	/* the scanner may read on behind the last line */
	mdl_buf_reserve(&e->held, MDL_SCAN_PADDING);
	memset(e->held.p + e->held.n, 0, MDL_SCAN_PADDING);
	for (size_t k = 0; k < e->nchunks && r == 0; k++) {
		const struct mdl_evolve_chunk *c = &e->chunks[k];
		struct mdl_slice *lines = mdl_arena_alloc(arena, c->n * sizeof(*lines));
		for (size_t i = 0; i < c->n; i++) {
			size_t from = c->at + i ? e->ends[c->at + i - 1] + 1 : 0;
			lines[i] = (struct mdl_slice){e->held.p + from, e->ends[c->at + i] - from};
		}
		struct mdl_batch b = {.lines = lines, .n = c->n, .first_line = c->first_line, .arena = arena};
		r = rows(ctx, &b, err);
	}
	mdl_arena_reset(arena);
	e->nheld = e->nchunks = 0;
	mdl_buf_free(&e->held);
	return r;
}

bool mdl_evolve_is_new(struct mdl_evolve *e, struct mdl_slice line)
{
	return mdl_schema_infer_is_new(e->columns, line, &e->name);
}

int mdl_evolve_stop(struct mdl_evolve *e, struct mdl_err *err)
{
	enum { SHOWN = 1000 };
	struct mdl_buf added = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (mdl_evolve_store(e, &added, err) == 0) {
		if (added.n > SHOWN) {
			added.n = SHOWN;
			added.n = mdl_utf8_valid_upto(mdl_buf_slice(&added));
			mdl_buf_puts(&added, "...");
		}
		mdl_err_set(
			err, MDL_RETRY,
			"[UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_RECORD] records have members that the table "
			"does not have: %s; the columns are added in %s/_schemas/%" PRId64
			": run again to go on with them",
			mdl_buf_cstr(&added), e->location, e->version);
	}
	mdl_buf_free(&added);
	return -1;
}
