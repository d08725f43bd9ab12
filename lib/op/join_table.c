/* SPDX-License-Identifier: MIT
 *
 * Tables in memory: see join_table.h.
 */
#include "op/join_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "op/row_writer.h"
#include "sql/json_column.h"
#include "sql/json_infer.h"
#include "json/text.h"

enum { CHUNK = 4096 };

void mdl_join_table_init(struct mdl_join_table *t, const char *name, const char *path,
			 struct mdl_schema *declared, const struct mdl_join_source *source)
{
	*t = (struct mdl_join_table){
		.name = mdl_strdup(name), .path = mdl_strdup(path), .declared = declared, .source = source};
	mdl_buf_init(&t->text, MDL_BUF_NO_LIMIT);
	mdl_arena_init(&t->store);
}

static void forget_lines(struct mdl_join_table *t)
{
	mdl_buf_free(&t->text);
	mdl_buf_init(&t->text, MDL_BUF_NO_LIMIT);
	free(t->lines);
	t->lines = NULL;
}

static void forget_cells(struct mdl_join_table *t)
{
	for (size_t k = 0; k < t->npaths; k++) {
		free(t->paths[k]);
		free(t->cells[k]);
	}
	free(t->paths);
	free(t->cells);
	t->paths = NULL;
	t->cells = NULL;
	t->npaths = 0;
	mdl_arena_free(&t->store);
	mdl_arena_init(&t->store);
}

void mdl_join_table_free(struct mdl_join_table *t)
{
	forget_lines(t);
	forget_cells(t);
	mdl_schema_free(t->declared);
	mdl_schema_free(t->inferred);
	mdl_arena_free(&t->store);
	free(t->name);
	free(t->path);
	free(t->version);
}

/* ---- Reading ---- */

static int take_block(void *ctx, struct mdl_slice block, struct mdl_err *err)
{
	struct mdl_join_table *t = ctx;
	(void)err;
	mdl_buf_put(&t->text, block.p, block.n);
	return 0;
}

/* Blank lines go. */
static int split_lines(struct mdl_join_table *t, struct mdl_err *err)
{
	static const char padding[MDL_SCAN_PADDING] = {0};
	size_t n = t->text.n;
	char *to = t->text.p;
	t->nrows = 0;
	for (const char *p = t->text.p, *end = p + n; p < end;) {
		size_t len = (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) - p);
		size_t space = 0;
		while (space < len && (p[space] == ' ' || p[space] == '\t' || p[space] == '\r'))
			space++;
		if (space < len) {
			memmove(to, p, len + 1);
			to += len + 1;
			t->nrows++;
		}
		p += len + 1;
	}
	t->text.n = (size_t)(to - t->text.p);
	mdl_buf_put(&t->text, padding, sizeof(padding));
	t->lines = mdl_array(t->nrows + 1, sizeof(*t->lines));
	to = t->text.p;
	for (size_t i = 0; i < t->nrows; i++) {
		t->lines[i] = (struct mdl_slice){to, (size_t)(strchr(to, '\n') - to)};
		to += t->lines[i].n + 1;
	}
	if (t->nrows >= UINT32_MAX)
		return mdl_err_set(err, MDL_TROUBLE, "the table %s (%s) has too many rows to be joined with",
				   t->name, t->path);
	return 0;
}

/* Scan all lines for PATHS, to COLS[path][row]; lines that are no good records are an error. */
static int scan_lines(struct mdl_join_table *t, const char *const *paths, size_t npaths,
		      struct mdl_json_value *const *cols, struct mdl_err *err)
{
	struct mdl_scan *scan = mdl_scan_new(paths, npaths, err);
	struct mdl_json_value **at = mdl_array(npaths + 1, sizeof(*at));
	uint8_t verdicts[CHUNK];
	int rc = scan ? 0 : -1;
	for (size_t i = 0; i < t->nrows && rc == 0; i += CHUNK) {
		size_t m = t->nrows - i < CHUNK ? t->nrows - i : CHUNK;
		for (size_t k = 0; k < npaths; k++)
			at[k] = cols[k] + i;
		mdl_scan_batch(scan, t->lines + i, m, verdicts, at);
		for (size_t j = 0; j < m && rc == 0; j++) {
			if (verdicts[j] == MDL_SCAN_OK)
				continue;
			rc = mdl_err_set(
				err, MDL_TROUBLE,
				"the table %s: row %zu of %s is not a JSON object; mend the file, or "
				"read it with medal-ingest --quarantine into a table of its own first",
				t->name, i + j + 1, t->path);
		}
	}
	free(at);
	if (scan)
		mdl_scan_free(scan);
	return rc;
}

/* ---- Columns ---- */

struct columns {
	struct mdl_arena *a;      /* of the schema */
	struct mdl_arena scratch; /* of a row */
	struct mdl_ast_column *v;
	size_t n, cap;
};

static size_t column_of(struct columns *c, struct mdl_slice name, size_t guess)
{
	if (guess < c->n && mdl_slice_eq(c->v[guess].name, name))
		return guess;
	for (size_t i = 0; i < c->n; i++)
		if (mdl_slice_eq(c->v[i].name, name))
			return i;
	MDL_GROW(c->v, c->n, c->cap);
	c->v[c->n] = (struct mdl_ast_column){.name = mdl_arena_slice(c->a, name), .type = &mdl_type_null};
	return c->n++;
}

static void infer_row(struct columns *c, struct mdl_slice line, struct mdl_buf *unescaped)
{
	struct mdl_json_iter it;
	mdl_json_iter_line(&it, line);
	for (size_t guess = 0; mdl_json_iter_next(&it); guess++) {
		size_t k = column_of(c, mdl_row_writer_name(&it, unescaped), guess);
		struct mdl_ast_column *col = &c->v[k];
		if (it.value.kind <= MDL_JSON_NULL)
			continue;
		bool scalar = it.value.kind < MDL_JSON_ARRAY;
		const struct mdl_type *t = scalar ? mdl_json_token_type(&c->scratch, &it.value)
						  : mdl_json_infer(&c->scratch, &it.value, false, false);
		if (scalar && mdl_type_eq(t, col->type))
			continue;
		t = mdl_json_infer_both(&c->scratch, col->type, t);
		if (!mdl_type_eq(t, col->type))
			col->type = mdl_type_copy(c->a, t);
		if (!scalar)
			mdl_arena_reset(&c->scratch);
	}
}

static int by_name(const void *x, const void *y)
{
	return mdl_slice_cmp(((const struct mdl_ast_column *)x)->name,
			     ((const struct mdl_ast_column *)y)->name);
}

static void infer(struct mdl_join_table *t, bool ordered)
{
	struct mdl_schema *s = mdl_schema_new();
	struct columns c = {.a = &s->arena};
	struct mdl_buf unescaped = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_arena_init(&c.scratch);
	for (size_t i = 0; i < t->nrows; i++)
		infer_row(&c, t->lines[i], &unescaped);
	if (!ordered && c.n)
		qsort(c.v, c.n, sizeof(*c.v), by_name); /* as Spark's inference has them */
	s->st->columns = mdl_arena_alloc(&s->arena, (c.n + 1) * sizeof(*c.v));
	s->st->ncolumns = c.n;
	for (size_t i = 0; i < c.n; i++) {
		s->st->columns[i] = c.v[i];
		s->st->columns[i].type = mdl_json_infer_settle(&s->arena, c.v[i].type);
	}
	free(c.v);
	mdl_arena_free(&c.scratch);
	mdl_buf_free(&unescaped);
	t->inferred = s;
}

int mdl_join_table_load(struct mdl_join_table *t, const char *version, struct mdl_err *err)
{
	bool ordered = false;
	forget_lines(t);
	forget_cells(t);
	free(t->version);
	t->version = NULL;
	mdl_schema_free(t->inferred);
	t->inferred = NULL;
	if (t->source->read(t->path, version, t->declared, take_block, t, &t->version, &ordered, err) < 0) {
		mdl_err_wrap(err, "the table %s", t->name);
		return -1;
	}
	if (split_lines(t, err) < 0 || scan_lines(t, NULL, 0, NULL, err) < 0)
		return -1;
	if (!t->declared)
		infer(t, ordered);
	return 0;
}

const struct mdl_schema *mdl_join_table_columns(const struct mdl_join_table *t)
{
	const struct mdl_schema *s = t->declared ? t->declared : t->inferred;
	return s && s->st->ncolumns ? s : NULL;
}

/* ---- Cells ---- */

/* The cells' texts into one piece of memory; a string's with its quotes, for whoever passes it on looks at them. */
static void pack(struct mdl_arena *a, struct mdl_json_value *cells, size_t n)
{
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += cells[i].kind == MDL_JSON_MISSING ? 0 : mdl_row_writer_value(&cells[i]).n;
	char *to = mdl_arena_alloc(a, bytes + MDL_SCAN_PADDING);
	for (size_t i = 0; i < n; i++) {
		if (cells[i].kind == MDL_JSON_MISSING)
			continue;
		struct mdl_slice text = mdl_row_writer_value(&cells[i]);
		memcpy(to, text.p, text.n);
		cells[i].p = to + (cells[i].kind == MDL_JSON_STRING);
		to += text.n;
	}
}

int mdl_join_table_prepare(struct mdl_join_table *t, const char *const *paths, size_t npaths,
			   struct mdl_err *err)
{
	forget_cells(t);
	t->paths = mdl_array(npaths + 1, sizeof(*t->paths));
	t->cells = mdl_array(npaths + 1, sizeof(*t->cells));
	for (size_t k = 0; k < npaths; k++) {
		t->paths[k] = mdl_strdup(paths[k]);
		t->cells[k] = mdl_array(t->nrows + 1, sizeof(**t->cells));
	}
	t->npaths = npaths;
	if (scan_lines(t, paths, npaths, t->cells, err) < 0)
		return -1;
	for (size_t k = 0; k < npaths; k++)
		for (size_t i = 0; i < t->nrows; i += CHUNK)
			pack(&t->store, t->cells[k] + i, t->nrows - i < CHUNK ? t->nrows - i : CHUNK);
	forget_lines(t);
	return 0;
}

const struct mdl_json_value *mdl_join_table_cells(const struct mdl_join_table *t, const char *path)
{
	for (size_t k = 0; k < t->npaths; k++)
		if (strcmp(t->paths[k], path) == 0)
			return t->cells[k];
	mdl_bug("the path %s of the table %s was not prepared", path, t->name);
}
