/* SPDX-License-Identifier: MIT
 *
 * dbt's tests carried out: see dbt_check.h. A test's failures that are kept are in
 * dbt_results.c, as are the files.
 */
#include "op/dbt_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/file.h"
#include "op/any_codec.h"
#include "op/dbt_results.h"
#include "op/row_reader.h"
#include "sql/json_column.h"
#include "sql/parse.h"
#include "json/text.h"

enum { FINGERPRINT = 16, FLUSH_BYTES = 1 << 20, MIN_MEMORY = 2 << 20 };

/* ---- Values ---- */

/* X as the text by which values are compared: JSON, but one text for each number. NULL has none. BARE: a string is its text,
 * so that "1" and 1 are the same: a parent's CSV file has no numbers. */
static bool put_value(struct mdl_buf *out, const struct mdl_any *x, bool bare)
{
	double d;
	switch (x->type->kind) {
	case MDL_T_NULL:
		return false;
	case MDL_T_STRING:
		if (!bare)
			break;
		mdl_buf_puts_slice(out, x->str);
		return true;
	case MDL_T_FLOAT:
	case MDL_T_DOUBLE:
		d = mdl_any_codec_double(x);
		if (d >= -9007199254740992.0 && d <= 9007199254740992.0 && (double)(int64_t)d == d) {
			mdl_buf_printf(out, "%" PRId64, (int64_t)d);
			return true;
		}
		break;
	default:
		break;
	}
	mdl_any_to_json(out, x);
	if (x->type->kind == MDL_T_DECIMAL && out->n && memchr(out->p, '.', out->n)) {
		while (out->p[out->n - 1] == '0')
			out->n--;
		out->n -= out->p[out->n - 1] == '.';
	}
	return true;
}

static struct mdl_key fingerprint(struct mdl_slice s)
{
	XXH128_hash_t h = XXH3_128bits(s.p, s.n);
	return mdl_key_stored((struct mdl_key){h.low64, h.high64});
}

/* ---- Setting up ---- */

static struct mdl_expr *parse(struct mdl_dbt_run *t, const char *text, struct mdl_err *err)
{
	struct mdl_source *src = mdl_arena_alloc(&t->arena, sizeof(*src));
	struct mdl_expr *e = NULL;
	*src = (struct mdl_source){mdl_arena_printf(&t->arena, "test %s", t->def->name), mdl_slice_of(text)};
	return mdl_parse_expr(&t->arena, src, &e, err) ? NULL : e;
}

static int add(struct mdl_dbt_run *t, const char *text, int guard, unsigned flags, int *output,
	       struct mdl_err *err)
{
	struct mdl_expr *e = parse(t, text, err);
	*output = e ? mdl_program_add(t->program, e, guard, flags, NULL, err) : -1;
	return *output < 0 ? -1 : 0;
}

static int compile_test(struct mdl_dbt_run *t, const struct mdl_schema *schema,
			const struct mdl_session *session, struct mdl_program *want, struct mdl_err *err)
{
	const struct mdl_dbt_test *d = t->def;
	struct mdl_arena *a = &t->arena;
	if (t->program)
		mdl_program_free(t->program);
	mdl_arena_reset(a);
	t->program = mdl_program_new(schema, session);
	t->where = t->failing = t->value = MDL_NO_OUTPUT;
	if (d->where && add(t, d->where, MDL_NO_OUTPUT, MDL_OUT_BOOLEAN, &t->where, err))
		return -1;
	const char *failing = d->kind == MDL_DBT_NOT_NULL ? mdl_arena_printf(a, "(%s) IS NULL", d->column)
			      : d->kind == MDL_DBT_ACCEPTED_VALUES
				      ? mdl_arena_printf(a, "(%s) NOT IN (%s)", d->column, d->values)
				      : NULL;
	if ((failing && add(t, failing, t->where, MDL_OUT_BOOLEAN, &t->failing, err)) ||
	    (d->kind != MDL_DBT_NOT_NULL && add(t, d->column, t->where, 0, &t->value, err)) ||
	    mdl_program_finish(t->program, err))
		return -1;
	const char *const *paths = mdl_program_paths(t->program, &t->npaths);
	t->paths = mdl_arena_alloc(a, (t->npaths + 1) * sizeof(*t->paths));
	for (size_t i = 0; i < t->npaths; i++)
		t->paths[i] = mdl_program_want(want, paths[i]);
	return 0;
}

int mdl_dbt_check_compile(struct mdl_dbt_check *x, const struct mdl_schema *schema,
			  const struct mdl_session *session, struct mdl_program *want, struct mdl_err *err)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->runs[i].def->kind != MDL_DBT_OTHER &&
		    compile_test(&x->runs[i], schema, session, want, err))
			return -1;
	return 0;
}

/* ---- Parents ---- */

struct parent {
	struct mdl_dbt_run *run;
	struct mdl_scan *scan;
	struct mdl_arena arena;
	struct mdl_buf key;
	const char *path;
	uint64_t line;
};

static int on_parent_line(struct parent *p, struct mdl_slice line, struct mdl_err *err)
{
	struct mdl_json_value cell;
	const char *why = NULL;
	p->line++;
	enum mdl_scan_verdict v = mdl_scan_line(p->scan, line, &cell, &why, NULL);
	if (v == MDL_SCAN_BLANK)
		return 0;
	if (v != MDL_SCAN_OK)
		return mdl_err_set(err, MDL_TROUBLE, "%s: row %" PRIu64 " is no record (%s)", p->path,
				   p->line, why ? why : "malformed");
	struct mdl_any x = {.type = mdl_json_token_type(&p->arena, &cell), .json = cell, .raw = true};
	x = mdl_any_codec_decoded(&x, &p->arena);
	mdl_buf_clear(&p->key);
	int r = 0;
	if (put_value(&p->key, &x, true))
		r = mdl_key_set_enter(&p->run->parent, fingerprint(mdl_buf_slice(&p->key)), INT64_MAX, err);
	mdl_arena_reset(&p->arena);
	return r < 0 ? -1 : 0;
}

static int on_parent_lines(void *ctx, struct mdl_slice block, struct mdl_err *err)
{
	while (block.n) {
		const char *nl = memchr(block.p, '\n', block.n);
		size_t n = nl ? (size_t)(nl - block.p) : block.n;
		if (on_parent_line(ctx, (struct mdl_slice){block.p, n}, err))
			return -1;
		n += nl != NULL;
		block = (struct mdl_slice){block.p + n, block.n - n};
	}
	return 0;
}

/* The path of NAME among --table NAME=PATH. */
static const char *table_path(const struct mdl_dbt_opts *o, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < o->ntables; i++)
		if (strncmp(o->tables[i], name, n) == 0 && o->tables[i][n] == '=')
			return o->tables[i] + n + 1;
	return NULL;
}

static int read_parent(struct mdl_dbt_check *x, struct mdl_dbt_run *t, struct mdl_err *err)
{
	const struct mdl_dbt_test *d = t->def;
	struct parent p = {.run = t, .path = table_path(x->o, d->to)};
	char *got = NULL;
	bool ordered;
	if (!p.path)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the test %s looks values up in %s: say where that is, with --table %s=PATH", d->name,
			d->to, d->to);
	char *path = mdl_row_reader_path(mdl_slice_of(d->field));
	const char *paths[] = {path};
	p.scan = mdl_scan_new(paths, 1, err);
	free(path);
	if (!p.scan)
		return -1;
	mdl_arena_init(&p.arena);
	mdl_buf_init(&p.key, MDL_BUF_NO_LIMIT);
	int r = x->o->read(p.path, NULL, NULL, on_parent_lines, &p, &got, &ordered, err);
	free(got);
	mdl_buf_free(&p.key);
	mdl_arena_free(&p.arena);
	mdl_scan_free(p.scan);
	return r;
}

/* ---- A new set of tests ---- */

/* What stands for the tests in the state: other tests over old state are refused. */
static char *settings(const struct mdl_dbt_tests *tests)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&b, "validate --test");
	for (size_t i = 0; i < tests->n; i++)
		mdl_buf_printf(&b, " %s%s%s", tests->v[i].unique_id, tests->v[i].where ? " where " : "",
			       tests->v[i].where ? tests->v[i].where : "");
	char *text = mdl_strdup(mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return text;
}

static int check_conditions(const struct mdl_dbt_test *d, struct mdl_err *err)
{
	const char *odd = mdl_dbt_results_hold(0, d->warn_if) < 0    ? d->warn_if
			  : mdl_dbt_results_hold(0, d->error_if) < 0 ? d->error_if
								     : NULL;
	return odd ? mdl_err_set(err, MDL_TROUBLE,
				 "the test %s: '%s' is no condition on a number, such as '> 10'", d->name,
				 odd)
		   : 0;
}

/* Counts and kept values replace those before; sets only grow. */
static enum mdl_store_look look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
				struct mdl_buf *scratch)
{
	size_t n = e->n && e->p[0] == 'F' ? 3 : e->n && e->p[0] == 'V' ? 3 + FINGERPRINT : 0;
	(void)horizon, (void)scratch;
	if (!n || e->n < n)
		return MDL_STORE_KEEP;
	*identity = (struct mdl_slice){e->p, n};
	return MDL_STORE_NEWEST;
}

struct mdl_dbt_check *mdl_dbt_check_new(const struct mdl_dbt_opts *o, struct mdl_err *err)
{
	struct mdl_dbt_check *x = mdl_zalloc(sizeof(*x));
	char *text = settings(o->tests);
	x->o = o;
	x->n = o->tests->n;
	x->runs = mdl_array(x->n + 1, sizeof(*x->runs));
	x->started_us = mdl_dbt_results_now();
	mdl_store_init(&x->store, text, o->fresh_state);
	x->store.look = look;
	x->store.replaces = true;
	free(text);
	mdl_buf_init(&x->value, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&x->results, MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < x->n; i++) {
		struct mdl_dbt_run *t = &x->runs[i];
		t->def = &o->tests->v[i];
		mdl_arena_init(&t->arena);
		mdl_key_set_init(&t->seen, false);
		mdl_key_set_init(&t->bad, false);
		mdl_key_set_init(&t->parent, false);
		mdl_buf_init(&t->added_seen, MDL_BUF_NO_LIMIT);
		mdl_buf_init(&t->added_bad, MDL_BUF_NO_LIMIT);
		mdl_buf_init(&t->kept.text, MDL_BUF_NO_LIMIT);
	}
	for (size_t i = 0; i < x->n; i++)
		if (check_conditions(&o->tests->v[i], err) ||
		    (x->runs[i].def->kind == MDL_DBT_RELATIONSHIPS && read_parent(x, &x->runs[i], err))) {
			mdl_dbt_check_free(x);
			return NULL;
		}
	return x;
}

void mdl_dbt_check_free(struct mdl_dbt_check *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++) {
		struct mdl_dbt_run *t = &x->runs[i];
		if (t->program)
			mdl_program_free(t->program);
		mdl_key_set_free(&t->seen);
		mdl_key_set_free(&t->bad);
		mdl_key_set_free(&t->parent);
		mdl_buf_free(&t->added_seen);
		mdl_buf_free(&t->added_bad);
		mdl_dbt_results_kept_free(&t->kept);
		mdl_arena_free(&t->arena);
		free(t->error);
	}
	free(x->runs);
	mdl_store_free(&x->store);
	mdl_buf_free(&x->value);
	mdl_buf_free(&x->results);
	free(x);
}

/* ---- State ---- */

/* Values beyond the limit of memory go to files: beside the stage's state, else where temporary files go. */
static int limit_memory(struct mdl_dbt_check *x, const struct mdl_filter *f, struct mdl_err *err)
{
	uint64_t each = x->o->max_memory_bytes;
	const char *tmp = getenv("TMPDIR");
	size_t sets = 0;
	if (!each || x->limited)
		return 0;
	x->limited = true;
	for (size_t i = 0; i < x->n; i++)
		sets += x->runs[i].def->kind == MDL_DBT_UNIQUE            ? 2
			: x->runs[i].def->kind == MDL_DBT_ACCEPTED_VALUES ? 1
									  : 0;
	each = sets && each / sets > MIN_MEMORY ? each / sets : MIN_MEMORY;
	char *dir = f->checkpointed ? mdl_asprintf("%s/state/medal/%s", f->begin->checkpoint, f->stage)
				    : mdl_strdup(tmp && *tmp ? tmp : "/tmp");
	int r = f->checkpointed ? mdl_dir_make(dir, err) : 0;
	for (size_t i = 0; i < x->n && r == 0; i++) {
		mdl_key_set_limit(&x->runs[i].seen, each, dir);
		mdl_key_set_limit(&x->runs[i].bad, each, dir);
	}
	free(dir);
	return r;
}

static int on_entry(void *ctx, struct mdl_slice e, struct mdl_err *err)
{
	struct mdl_dbt_check *x = ctx;
	uint16_t k = 0;
	if (e.n >= 3)
		memcpy(&k, e.p + 1, sizeof(k));
	if (e.n < 3 || k >= x->n)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the state of the tests holds an entry of %zu bytes that is none", e.n);
	struct mdl_dbt_run *t = &x->runs[k];
	const char *p = e.p + 3;
	size_t n = e.n - 3;
	if (*e.p == 'F' && n == 8) {
		memcpy(&t->failures, p, 8);
		return 0;
	}
	if (*e.p == 'V' && n >= FINGERPRINT + 8) {
		struct mdl_key key;
		uint64_t count;
		memcpy(&key, p, FINGERPRINT);
		memcpy(&count, p + FINGERPRINT, 8);
		mdl_dbt_results_keep(&t->kept, key, count,
				     (struct mdl_slice){p + FINGERPRINT + 8, n - FINGERPRINT - 8}, false);
		return 0;
	}
	struct mdl_key_set *set = *e.p == 'S' ? &t->seen : &t->bad;
	if ((*e.p != 'S' && *e.p != 'D') || n % FINGERPRINT)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the state of the tests holds an entry of %zu bytes that is none", e.n);
	for (size_t i = 0; i < n; i += FINGERPRINT) {
		struct mdl_key key;
		memcpy(&key, p + i, FINGERPRINT);
		if (mdl_key_set_enter(set, key, INT64_MAX, err) < 0)
			return -1;
	}
	return 0;
}

int mdl_dbt_check_load(struct mdl_dbt_check *x, struct mdl_filter *f, struct mdl_err *err)
{
	x->f = f->checkpointed ? f : NULL;
	x->saving = false;
	if (limit_memory(x, f, err))
		return -1;
	return f->checkpointed && f->resume ? mdl_store_load(&x->store, f->begin, f->stage, on_entry, x, err)
					    : 0;
}

static int begin_saving(struct mdl_dbt_check *x, struct mdl_err *err)
{
	if (x->saving)
		return 0;
	x->saving = true;
	return mdl_store_save_begin(&x->store, x->f->begin, x->f->stage, err);
}

/* KIND, the test's number, BYTES. */
static int put_entry(struct mdl_dbt_check *x, char kind, const struct mdl_dbt_run *t, struct mdl_slice bytes,
		     struct mdl_err *err)
{
	uint16_t k = (uint16_t)(t - x->runs);
	mdl_buf_clear(&x->value);
	mdl_buf_putc(&x->value, kind);
	mdl_buf_put(&x->value, &k, sizeof(k));
	mdl_buf_puts_slice(&x->value, bytes);
	return begin_saving(x, err) || mdl_store_put(&x->store, mdl_buf_slice(&x->value), err) ? -1 : 0;
}

static int put_added(struct mdl_dbt_check *x, char kind, const struct mdl_dbt_run *t, struct mdl_buf *added,
		     struct mdl_err *err)
{
	int r = added->n ? put_entry(x, kind, t, mdl_buf_slice(added), err) : 0;
	mdl_buf_clear(added);
	return r;
}

/* KEY came into a set: under a checkpoint it belongs to the epoch's state. */
static int note(struct mdl_dbt_check *x, char kind, struct mdl_dbt_run *t, struct mdl_buf *added,
		struct mdl_key key, struct mdl_err *err)
{
	if (!x->f)
		return 0;
	mdl_buf_put(added, &key, FINGERPRINT);
	return added->n < FLUSH_BYTES ? 0 : put_added(x, kind, t, added, err);
}

static int save_kept(struct mdl_dbt_check *x, struct mdl_dbt_run *t, struct mdl_err *err)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	int r = 0;
	for (size_t i = 0; i < t->kept.n && r == 0; i++) {
		struct mdl_dbt_failure *k = &t->kept.v[i];
		if (!k->changed)
			continue;
		mdl_buf_clear(&b);
		mdl_buf_put(&b, &k->key, FINGERPRINT);
		mdl_buf_put(&b, &k->count, 8);
		mdl_buf_put(&b, t->kept.text.p + k->at, k->len);
		r = put_entry(x, 'V', t, mdl_buf_slice(&b), err);
		k->changed = false;
	}
	mdl_buf_free(&b);
	return r;
}

int mdl_dbt_check_save(struct mdl_dbt_check *x, struct mdl_filter *f, struct mdl_err *err)
{
	if (begin_saving(x, err))
		return -1;
	for (size_t i = 0; i < x->n; i++) {
		struct mdl_dbt_run *t = &x->runs[i];
		if (put_added(x, 'S', t, &t->added_seen, err) || put_added(x, 'D', t, &t->added_bad, err) ||
		    save_kept(x, t, err) ||
		    put_entry(x, 'F', t, (struct mdl_slice){(const char *)&t->failures, sizeof(t->failures)},
			      err))
			return -1;
	}
	x->saving = false;
	return mdl_store_save_end(&x->store, &f->books, err);
}

/* ---- Rows ---- */

static bool is_true(const struct mdl_vec *v, size_t row)
{
	size_t at = mdl_row(v, row);
	return v->valid[at] && v->b8[at];
}

/* The value of the test's column: its text is in x->value. False for NULL. */
static bool value_at(struct mdl_dbt_check *x, const struct mdl_vec *v, size_t row, struct mdl_arena *arena,
		     bool bare, struct mdl_any *value)
{
	mdl_buf_clear(&x->value);
	if (!v->valid[mdl_row(v, row)])
		return false;
	*value = mdl_vec_get(v, row);
	*value = mdl_any_codec_decoded(value, arena);
	return put_value(&x->value, value, bare);
}

static void keep(struct mdl_dbt_check *x, struct mdl_dbt_run *t, struct mdl_key key, uint64_t count,
		 struct mdl_slice text)
{
	if (x->o->failures)
		mdl_dbt_results_keep(&t->kept, key, count, text, true);
}

/* A value that is there more than once, or that is not accepted: dbt counts it once, with its rows. */
static int bad_value(struct mdl_dbt_check *x, struct mdl_dbt_run *t, struct mdl_key key,
		     const struct mdl_any *value, uint64_t first_count, struct mdl_err *err)
{
	int had = mdl_key_set_enter(&t->bad, key, INT64_MAX, err);
	if (had < 0 || (!had && note(x, 'D', t, &t->added_bad, key, err)))
		return -1;
	t->failures += !had;
	if (x->o->failures) {
		mdl_buf_clear(&x->value);
		mdl_any_to_json(&x->value, value);
		keep(x, t, key, had ? 1 : first_count, mdl_buf_slice(&x->value));
	}
	return 0;
}

static int check_row(struct mdl_dbt_check *x, struct mdl_dbt_run *t, const struct mdl_result *res, size_t row,
		     const struct mdl_batch *b, struct mdl_err *err)
{
	enum mdl_dbt_kind kind = t->def->kind;
	struct mdl_any value;
	struct mdl_key key = {0, 0};
	if (t->failing >= 0 && !is_true(res->out[t->failing], row))
		return 0;
	if (kind == MDL_DBT_NOT_NULL) {
		t->failures++;
		keep(x, t, key, 1, b->lines[row]);
		return 0;
	}
	if (!value_at(x, res->out[t->value], row, b->arena, kind == MDL_DBT_RELATIONSHIPS, &value))
		return 0;
	key = fingerprint(mdl_buf_slice(&x->value));
	if (kind == MDL_DBT_RELATIONSHIPS) {
		if (mdl_key_set_has(&t->parent, key, err))
			return 0;
		t->failures++;
		mdl_buf_clear(&x->value);
		mdl_any_to_json(&x->value, &value);
		keep(x, t, key, 1, mdl_buf_slice(&x->value));
		return 0;
	}
	if (kind == MDL_DBT_ACCEPTED_VALUES)
		return bad_value(x, t, key, &value, 1, err);
	int had = mdl_key_set_enter(&t->seen, key, INT64_MAX, err);
	if (had < 0)
		return -1;
	return had ? bad_value(x, t, key, &value, 2, err) : note(x, 'S', t, &t->added_seen, key, err);
}

static int check_rows(struct mdl_dbt_check *x, struct mdl_dbt_run *t,
		      const struct mdl_json_value *const *cols, const uint32_t *sel, size_t n,
		      const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_result res = {0};
	const struct mdl_json_value **cells = mdl_arena_alloc(b->arena, (t->npaths + 1) * sizeof(*cells));
	for (size_t i = 0; i < t->npaths; i++)
		cells[i] = cols[t->paths[i]];
	if (mdl_program_run(t->program, cells, NULL, sel, n, b->n, b->arena, &res, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct mdl_row_fail *fail = mdl_fails_row(&res.fails, sel[i]);
		if (fail && !t->error)
			t->error = mdl_asprintf("[%s] %s", fail->class, fail->message);
		if (fail || (t->where >= 0 && !is_true(res.out[t->where], sel[i])))
			continue;
		if (check_row(x, t, &res, sel[i], b, err))
			return -1;
	}
	return 0;
}

int mdl_dbt_check_rows(struct mdl_dbt_check *x, const struct mdl_json_value *const *cols, const uint32_t *sel,
		       size_t n, const struct mdl_batch *b, struct mdl_err *err)
{
	for (size_t i = 0; i < x->n && n; i++)
		if (x->runs[i].def->kind != MDL_DBT_OTHER && check_rows(x, &x->runs[i], cols, sel, n, b, err))
			return -1;
	return 0;
}
