/* SPDX-License-Identifier: MIT
 *
 * A hash table over the keys' bytes: see join_index.h.
 */
#include "op/join_index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "op/any_codec.h"
#include "sql/cast.h"
#include "sql/coerce.h"
#include "sql/json_column.h"

enum { CHUNK = 4096 };

struct entry {
	uint64_t hash;
	size_t at; /* of the key's bytes */
	uint32_t len, first, last;
};

struct slot {
	uint32_t tag;   /* of the hash */
	uint32_t entry; /* its number + 1; 0: empty */
};

/* The keys of a batch's rows, made and hashed before any is looked up, so that memory may be asked for ahead. */
struct keys {
	struct mdl_buf bytes;
	struct key {
		uint64_t hash;
		size_t at;
		uint32_t len;
		bool none; /* equals nothing */
	} * v;
	size_t cap;
};

/* The index for one combination of the stream's types. */
struct by_types {
	struct by_types *older;
	const struct mdl_type **left;   /* what the stream has */
	const struct mdl_type **common; /* what is compared */
	struct mdl_row_fail *fail; /* the table's keys cannot be had in that type: each row that asks fails */
	struct entry *entries;
	size_t nentries, capentries, nslots;
	struct slot *slots;
	uint32_t *next; /* [rows of the table] */
	struct mdl_buf keys;
};

struct mdl_join_index {
	const struct mdl_select_part *part;
	const struct mdl_join_table *table;
	const struct mdl_session *session;
	const struct mdl_join_key *by;
	size_t nkeys;
	struct by_types *tables; /* the one used last first */
	struct mdl_arena arena;  /* types */
	struct keys keys;        /* of the batch at hand */
};

struct mdl_join_index *mdl_join_index_new(const struct mdl_select_part *part,
					  const struct mdl_join_table *table,
					  const struct mdl_session *session)
{
	struct mdl_join_index *x = mdl_zalloc(sizeof(*x));
	x->part = part;
	x->table = table;
	x->session = session;
	x->by = part->step->keys;
	x->nkeys = part->step->nkeys;
	mdl_arena_init(&x->arena);
	mdl_buf_init(&x->keys.bytes, MDL_BUF_NO_LIMIT);
	return x;
}

void mdl_join_index_free(struct mdl_join_index *x)
{
	if (!x)
		return;
	for (struct by_types *b = x->tables, *older; b; b = older) {
		older = b->older;
		free(b->entries);
		free(b->slots);
		free(b->next);
		mdl_buf_free(&b->keys);
		free(b);
	}
	mdl_arena_free(&x->arena);
	mdl_buf_free(&x->keys.bytes);
	free(x->keys.v);
	free(x);
}

/* ---- Keys as bytes: equal bytes for equal values ---- */

static void put_value(struct mdl_buf *b, const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	uint32_t n;
	double d;
	mdl_buf_putc(b, (char)v->valid[r]);
	if (!v->valid[r])
		return;
	switch (v->type->kind) {
	case MDL_T_NULL:
		break;
	case MDL_T_BOOLEAN:
		mdl_buf_putc(b, (char)v->b8[r]);
		break;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		d = isnan(v->f64[r]) ? (double)NAN : v->f64[r] == 0 ? 0.0 : v->f64[r];
		mdl_buf_put(b, &d, sizeof(d));
		break;
	case MDL_T_DECIMAL:
		mdl_buf_put(b, &v->i128[r], sizeof(v->i128[r]));
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY:
		n = (uint32_t)v->str[r].n;
		mdl_buf_put(b, &n, sizeof(n));
		mdl_buf_put(b, v->str[r].p, n);
		break;
	case MDL_T_ARRAY:
	case MDL_T_MAP:
		n = v->span[r].n;
		mdl_buf_put(b, &n, sizeof(n));
		for (uint32_t i = 0; i < n; i++) {
			put_value(b, v->child[0], v->span[r].at + i);
			if (v->type->kind == MDL_T_MAP)
				put_value(b, v->child[1], v->span[r].at + i);
		}
		break;
	case MDL_T_STRUCT:
		for (size_t i = 0; i < v->type->nfields; i++)
			put_value(b, v->child[i], r);
		break;
	case MDL_T_ANY: { /* an element without a type: its text */
		struct mdl_any e = mdl_vec_get(v, r);
		mdl_any_to_json(b, &e);
		break;
	}
	default:
		mdl_buf_put(b, &v->i64[r], sizeof(v->i64[r]));
	}
}

static uint64_t hash_bytes(const char *p, size_t n)
{
	uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15), w;
	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	if (n) {
		w = 0;
		memcpy(&w, p, n);
		h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
	}
	return (h ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53) ^ h >> 32;
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* The keys of rows SEL to x->keys; those that FAILS has, and those with a NULL that equals nothing, are marked. */
static void make_keys(struct mdl_join_index *x, const struct by_types *b, struct mdl_vec *const *keys,
		      const uint32_t *sel, size_t n, const struct mdl_fails *fails)
{
	struct keys *k = &x->keys;
	mdl_buf_clear(&k->bytes);
	if (n > k->cap) {
		k->cap = n;
		k->v = mdl_rearray(k->v, n, sizeof(*k->v));
	}
	for (size_t i = 0; i < n; i++) {
		size_t row = sel ? sel[i] : i;
		struct key *key = &k->v[i];
		*key = (struct key){.at = k->bytes.n, .none = mdl_fails_row(fails, row) != NULL};
		for (size_t j = 0; j < x->nkeys && !key->none; j++) {
			key->none = !keys[j]->valid[mdl_row(keys[j], row)] && !x->by[j].null_safe;
			put_value(&k->bytes, keys[j], row);
		}
		key->len = (uint32_t)(k->bytes.n - key->at);
		key->hash = hash_bytes(k->bytes.p + key->at, key->len);
		__builtin_prefetch(&b->slots[(size_t)key->hash & (b->nslots - 1)]);
	}
	for (size_t i = 0; i < n; i++) {
		const struct slot *s = &b->slots[(size_t)k->v[i].hash & (b->nslots - 1)];
		if (s->entry && s->tag == tag_of(k->v[i].hash))
			__builtin_prefetch(&b->entries[s->entry - 1]);
	}
}

/* The entry of key I of x->keys, or NULL and *SLOT, where it would stand. */
static struct entry *find(const struct mdl_join_index *x, const struct by_types *b, size_t i, size_t *slot)
{
	const struct key *key = &x->keys.v[i];
	const char *bytes = x->keys.bytes.p + key->at;
	size_t mask = b->nslots - 1;
	for (i = (size_t)key->hash & mask; b->slots[i].entry; i = (i + 1) & mask) {
		if (b->slots[i].tag != tag_of(key->hash))
			continue;
		struct entry *e = &b->entries[b->slots[i].entry - 1];
		if (e->hash == key->hash && e->len == key->len &&
		    memcmp(b->keys.p + e->at, bytes, e->len) == 0)
			return e;
	}
	*slot = i;
	return NULL;
}

static void grow(struct by_types *b)
{
	b->nslots *= 2;
	free(b->slots);
	b->slots = mdl_array(b->nslots, sizeof(*b->slots));
	for (size_t k = 0; k < b->nentries; k++) {
		size_t i = (size_t)b->entries[k].hash & (b->nslots - 1);
		while (b->slots[i].entry)
			i = (i + 1) & (b->nslots - 1);
		b->slots[i] = (struct slot){tag_of(b->entries[k].hash), (uint32_t)k + 1};
	}
}

static void insert(struct mdl_join_index *x, struct by_types *b, size_t i, uint32_t row)
{
	size_t slot;
	const struct key *key = &x->keys.v[i];
	struct entry *e = find(x, b, i, &slot);
	b->next[row] = MDL_JOIN_NO_ROW;
	if (e) {
		b->next[e->last] = row;
		e->last = row;
		return;
	}
	MDL_GROW(b->entries, b->nentries, b->capentries);
	b->entries[b->nentries++] = (struct entry){key->hash, b->keys.n, key->len, row, row};
	mdl_buf_put(&b->keys, x->keys.bytes.p + key->at, key->len);
	b->slots[slot] = (struct slot){tag_of(key->hash), (uint32_t)b->nentries};
	if (2 * b->nentries > b->nslots)
		grow(b);
}

/* ---- Casts to the common type ---- */

static struct mdl_vec *cast_key(struct mdl_fn_ctx *fx, struct mdl_vec *v, const struct mdl_type *to,
				const uint32_t *sel, size_t n, size_t nrows)
{
	if (v->json && mdl_type_is_complex(v->type))
		v = mdl_json_nest(v, sel, n, nrows, fx->session->timezone, fx->arena);
	if (mdl_type_eq(v->type, to))
		return v;
	struct mdl_vec *out = mdl_vec_new(fx->arena, to, nrows);
	if (v->type->kind == MDL_T_NULL)
		memset(out->valid, 0, nrows);
	else
		mdl_cast_eval(fx, v, sel, n, out);
	return out;
}

static struct mdl_row_fail *new_fail(struct mdl_arena *a, const char *class, const char *message)
{
	struct mdl_row_fail *f = mdl_arena_alloc(a, sizeof(*f));
	f->class = class;
	f->message = mdl_arena_strdup(a, message);
	return f;
}

/* The table's keys, in their own types, for rows FROM to FROM + N. */
static int run_build(struct mdl_join_index *x, size_t from, size_t n, struct mdl_arena *a,
		     struct mdl_result *res)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	size_t npaths;
	const char *const *paths = mdl_program_paths(x->part->build, &npaths);
	const struct mdl_json_value **cols = mdl_arena_alloc(a, (npaths + 1) * sizeof(*cols));
	for (size_t k = 0; k < npaths; k++)
		cols[k] = mdl_join_table_cells(x->table, paths[k]) + from;
	return mdl_program_run(x->part->build, cols, NULL, NULL, n, n, a, res, &ignored);
}

static void note_fail(struct mdl_join_index *x, struct by_types *b, const struct mdl_fails *fails, size_t n)
{
	for (size_t i = 0; i < n && fails->n && !b->fail; i++)
		if (fails->row[i])
			b->fail = new_fail(&x->arena, fails->row[i]->class, fails->row[i]->message);
}

static void build_chunk(struct mdl_join_index *x, struct by_types *b, size_t from, size_t n,
			struct mdl_arena *a)
{
	struct mdl_result res;
	struct mdl_vec **keys = mdl_arena_alloc(a, (x->nkeys + 1) * sizeof(*keys));
	run_build(x, from, n, a, &res);
	note_fail(x, b, &res.fails, n);
	struct mdl_fn_ctx fx = {.arena = a, .session = x->session, .fails = &res.fails};
	for (size_t k = 0; k < x->nkeys; k++)
		keys[k] = cast_key(&fx, res.out[k], b->common[k], NULL, n, n);
	note_fail(x, b, &res.fails, n);
	make_keys(x, b, keys, NULL, n, &res.fails);
	for (size_t i = 0; i < n; i++)
		if (!x->keys.v[i].none)
			insert(x, b, i, (uint32_t)(from + i));
}

static void build(struct mdl_join_index *x, struct by_types *b)
{
	struct mdl_arena a;
	mdl_arena_init(&a);
	b->nslots = 64;
	while (b->nslots < 2 * x->table->nrows)
		b->nslots *= 2;
	b->slots = mdl_array(b->nslots, sizeof(*b->slots));
	b->next = mdl_array(x->table->nrows + 1, sizeof(*b->next));
	mdl_buf_init(&b->keys, MDL_BUF_NO_LIMIT);
	for (size_t at = 0; at < x->table->nrows && !b->fail; at += CHUNK) {
		build_chunk(x, b, at, x->table->nrows - at < CHUNK ? x->table->nrows - at : CHUNK, &a);
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

/* The types of the table's keys: known but where it has no row. */
static const struct mdl_type *right_type(const struct mdl_join_index *x, size_t k)
{
	const struct mdl_type *t = mdl_program_type(x->part->build, (int)k);
	return t->kind == MDL_T_ANY ? &mdl_type_null : t;
}

/* An undeclared array or object: there is no telling what its parts are. */
static bool untyped(const struct mdl_type *t)
{
	return (t->kind == MDL_T_ARRAY && t->element->kind == MDL_T_ANY) ||
	       (t->kind == MDL_T_STRUCT && !t->nfields);
}

static struct by_types *add_types(struct mdl_join_index *x, const struct mdl_type *const *left)
{
	struct by_types *b = mdl_zalloc(sizeof(*b));
	b->left = mdl_arena_alloc(&x->arena, (x->nkeys + 1) * sizeof(*b->left));
	b->common = mdl_arena_alloc(&x->arena, (x->nkeys + 1) * sizeof(*b->common));
	for (size_t k = 0; k < x->nkeys; k++) {
		const struct mdl_type *l = left[k], *r = right_type(x, k);
		b->left[k] = mdl_type_copy(&x->arena, l);
		b->common[k] = untyped(l) ? NULL : mdl_coerce_compare(l, r, x->session->ansi);
		if (!b->common[k] && !b->fail)
			b->fail = new_fail(
				&x->arena, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
				mdl_arena_printf(
					&x->arena,
					"Cannot join: the left and right operands have incompatible types "
					"(\"%s\" and \"%s\")",
					mdl_type_name(&x->arena, l), mdl_type_name(&x->arena, r)));
		else if (b->common[k])
			b->common[k] = mdl_type_copy(&x->arena, b->common[k]);
	}
	if (!b->fail)
		build(x, b);
	b->older = x->tables;
	return x->tables = b;
}

static struct by_types *find_types(struct mdl_join_index *x, const struct mdl_type *const *left)
{
	for (struct by_types **at = &x->tables; *at; at = &(*at)->older) {
		struct by_types *b = *at;
		size_t k = 0;
		while (k < x->nkeys && mdl_type_eq(b->left[k], left[k]))
			k++;
		if (k < x->nkeys)
			continue;
		*at = b->older;
		b->older = x->tables;
		return x->tables = b;
	}
	return add_types(x, left);
}

/* ---- Probing ---- */

static void probe_typed(struct mdl_join_index *x, struct mdl_vec *const *keys, const uint32_t *sel, size_t n,
			size_t nrows, struct mdl_arena *a, struct mdl_fails *fails, struct mdl_join_hit *hits,
			const uint32_t *place)
{
	const struct mdl_type **types = mdl_arena_alloc(a, (x->nkeys + 1) * sizeof(*types));
	struct mdl_vec **cast = mdl_arena_alloc(a, (x->nkeys + 1) * sizeof(*cast));
	for (size_t k = 0; k < x->nkeys; k++)
		types[k] = keys[k]->type;
	struct by_types *b = find_types(x, types);
	struct mdl_fn_ctx fx = {.arena = a, .session = x->session, .fails = fails};
	struct mdl_vec *none = mdl_vec_new(a, &mdl_type_null, nrows);
	for (size_t i = 0; i < n && b->fail; i++)
		mdl_fn_fail(&fx, none, sel[i], b->fail->class, "%s", b->fail->message);
	if (b->fail)
		return;
	for (size_t k = 0; k < x->nkeys; k++)
		cast[k] = cast_key(&fx, keys[k], b->common[k], sel, n, nrows);
	make_keys(x, b, cast, sel, n, fails);
	for (size_t i = 0; i < n; i++) {
		size_t slot;
		const struct entry *e = x->keys.v[i].none ? NULL : find(x, b, i, &slot);
		if (e)
			hits[place[i]] = (struct mdl_join_hit){e->first, b->next};
	}
}

static const struct mdl_type *type_at(const struct mdl_vec *v, size_t row)
{
	size_t r = mdl_row(v, row);
	if (v->type->kind != MDL_T_ANY)
		return v->type;
	return v->valid[r] ? v->any[r].type : &mdl_type_null;
}

/* Vectors of one type for the rows of SEL, which have it. */
static struct mdl_vec *typed(const struct mdl_vec *v, const uint32_t *sel, size_t n, size_t nrows,
			     struct mdl_arena *a)
{
	const struct mdl_type *t = type_at(v, sel[0]);
	struct mdl_vec *out = mdl_vec_new(a, t, nrows);
	for (size_t i = 0; i < n && !untyped(t); i++) {
		struct mdl_any e = mdl_vec_get(v, sel[i]);
		e = mdl_any_codec_decoded(&e, a);
		mdl_vec_set(out, sel[i], &e);
	}
	return out;
}

void mdl_join_index_probe(struct mdl_join_index *x, struct mdl_vec *const *keys, const uint32_t *sel,
			  size_t n, size_t nrows, struct mdl_arena *a, struct mdl_fails *fails,
			  struct mdl_join_hit *hits)
{
	uint32_t *rows = mdl_arena_alloc(a, (n + 1) * sizeof(*rows)),
		 *place = mdl_arena_alloc(a, (n + 1) * sizeof(*place));
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		hits[i] = (struct mdl_join_hit){MDL_JOIN_NO_ROW, NULL};
		place[i] = (uint32_t)i;
		if (!x->nkeys && x->table->nrows)
			hits[i].first = 0;
	}
	for (size_t k = 0; k < x->nkeys; k++)
		any |= keys[k]->type->kind == MDL_T_ANY;
	if (!x->nkeys || !n)
		return;
	if (!any) {
		probe_typed(x, keys, sel, n, nrows, a, fails, hits, place);
		return;
	}
	/* Rows of equal types together, the first that is left with its like. */
	uint8_t *done = mdl_arena_zalloc(a, n + 1);
	struct mdl_vec **same = mdl_arena_alloc(a, (x->nkeys + 1) * sizeof(*same));
	for (size_t i = 0; i < n; i++) {
		size_t m = 0;
		for (size_t j = i; j < n && !done[i]; j++) {
			size_t k = 0;
			while (!done[j] && k < x->nkeys &&
			       mdl_type_eq(type_at(keys[k], sel[i]), type_at(keys[k], sel[j])))
				k++;
			if (done[j] || k < x->nkeys)
				continue;
			rows[m] = sel[j];
			place[m++] = (uint32_t)j;
			if (j > i)
				done[j] = 1;
		}
		if (!m)
			continue;
		done[i] = 1;
		for (size_t k = 0; k < x->nkeys; k++)
			same[k] = typed(keys[k], rows, m, nrows, a);
		probe_typed(x, same, rows, m, nrows, a, fails, hits, place);
	}
}
