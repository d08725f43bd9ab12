/* SPDX-License-Identifier: MIT
 *
 * medal-dedupe's operator: see dedupe.h.
 *
 * State: an entry of nine bytes 'W' + evict_us says how far keys were forgotten; other
 * entries are keys that were entered (key_block.h). They are written while the epoch goes
 * on, so that an epoch's memory does not grow with it, and its barrier has nothing left to
 * write. Where files become one, keys that were forgotten go.
 */
#include "op/dedupe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "op/culprit.h"
#include "op/key_block.h"
#include "op/key_bytes.h"
#include "op/key_set.h"
#include "op/name_check.h"
#include "op/row_reader.h"
#include "sql/compile.h"
#include "sql/parse.h"
#include "state/store.h"
#include "stream/books_json.h"
#include "stream/watermark.h"

struct mdl_dedupe {
	const struct mdl_dedupe_opts *o;
	struct mdl_op op;
	struct mdl_arena arena;
	struct mdl_program *program; /* the event time; NULL for ever */
	int time;                    /* its output */
	struct mdl_expr *time_expr;
	struct mdl_row_reader reader;
	struct mdl_expr **keys;
	size_t nkeys;
	size_t first_key; /* column of the first key in reader.cols */
	struct mdl_key_bytes bytes;
	struct mdl_watermark wm;
	struct mdl_key_set set;
	struct mdl_store store;
	bool told; /* of those that none has */
	int64_t saved_evict_us;
	bool limited;
	/* of the epoch */
	bool saving;                /* keys have come */
	uint64_t nadded;            /* so many */
	struct mdl_key_block added; /* those that wait to be written */
	struct mdl_key_set
		timeless; /* keys of rows without event time: forgotten at the epoch's end, not before */
	struct mdl_side duplicates, late;
};

/* ---- Event time ---- */

/* The event times of the good rows; has[i] is 0 for NULL. A row whose expression fails leaves the stream. */
static int event_times(struct mdl_dedupe *d, struct mdl_filter *f, const struct mdl_batch *b, int64_t *times,
		       uint8_t *has, uint8_t *gone, struct mdl_err *err)
{
	struct mdl_result res;
	struct mdl_row_reader *r = &d->reader;
	if (mdl_program_run(d->program, (const struct mdl_json_value *const *)r->cols, NULL, r->sel, r->n,
			    b->n, b->arena, &res, err))
		return -1;
	const struct mdl_vec *v = res.out[d->time];
	for (size_t i = 0; i < r->n; i++) {
		size_t row = r->sel[i], at = mdl_row(v, row);
		const struct mdl_row_fail *fail = res.fails.n ? res.fails.row[row] : NULL;
		has[i] = 0;
		gone[i] = 0;
		if (!fail && v->valid[at]) {
			struct mdl_any x = mdl_vec_get(v, row);
			if (x.type->kind == MDL_T_TIMESTAMP || x.type->kind == MDL_T_TIMESTAMP_NTZ) {
				times[i] = x.i64;
				has[i] = 1;
				continue;
			}
			static const struct mdl_row_fail no_time = {
				"EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
				"the watermark's expression gives no timestamp; cast it"};
			fail = &no_time;
		}
		if (!fail)
			continue;
		gone[i] = 1;
		if (!f->quarantine)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"line %" PRIu64
				" of the input: [%s] %s (in the watermark '%s'); name a --quarantine DIR to keep such "
				"rows and go on",
				b->first_line + row, fail->class, fail->message, d->o->watermark);
		struct mdl_row_error e = {
			.reason = fail->class, .message = fail->message, .line = b->first_line + row};
		if (mdl_filter_quarantine(f, b->lines[row], true, &e, err))
			return -1;
	}
	return 0;
}

/* ---- Rows ---- */

static int side_row(struct mdl_side *side, const char *dir, struct mdl_slice line, struct mdl_err *err)
{
	return dir ? side->row(side->ctx, line, err) : 0;
}

static int write_added(struct mdl_dedupe *d, struct mdl_err *err)
{
	int r = d->added.n ? mdl_store_put(&d->store, mdl_key_block_entry(&d->added), err) : 0;
	mdl_key_block_clear(&d->added);
	return r;
}

/* A key was entered. */
static int remember(struct mdl_dedupe *d, struct mdl_filter *f, struct mdl_key key, int64_t expiry_us,
		    struct mdl_err *err)
{
	if (!d->saving && mdl_store_save_begin(&d->store, f->begin, f->stage, err))
		return -1;
	d->saving = true;
	d->nadded++;
	mdl_key_block_add(&d->added, key, expiry_us);
	return d->added.n < MDL_KEY_BLOCK_KEYS ? 0 : write_added(d, err);
}

/* 1: the row's key was seen; 0: it is entered now; -1: trouble. */
static int is_repeated(struct mdl_dedupe *d, struct mdl_filter *f, struct mdl_key key, const int64_t *time_us,
		       struct mdl_err *err)
{
	int64_t expiry = INT64_MAX;
	bool timeless = f->checkpointed && d->program && !time_us;
	int was = 0;
	if (d->program && __builtin_add_overflow(time_us ? *time_us : 0, d->wm.delay_us, &expiry))
		expiry = INT64_MAX;
	if (timeless)
		was = mdl_key_set_has(&d->set, key, err);
	else if (!mdl_key_set_is_empty(&d->timeless))
		was = mdl_key_set_has(&d->timeless, key, err);
	if (!was)
		was = mdl_key_set_enter(timeless ? &d->timeless : &d->set, key, expiry, err);
	if (!was && f->checkpointed && remember(d, f, key, expiry, err))
		return -1;
	return was;
}

/* Rows were dropped, and a member of the key is in none that came: a slip of the fingers, as a rule, for Spark would know
 * no such column. Said once. */
static void tell_unmet(struct mdl_dedupe *d)
{
	for (size_t k = 0; k < d->nkeys && !d->told; k++) {
		if (d->bytes.met[k])
			continue;
		struct mdl_slice name = mdl_culprit_text(d->keys[k]);
		mdl_warning(
			"no record has had the member '%.*s' of --key, and so all have the same there; rows "
			"were dropped as duplicates: is it the right name?",
			(int)name.n, name.p);
		d->told = true;
	}
}

static int do_rows(struct mdl_dedupe *d, struct mdl_filter *f, const struct mdl_batch *b,
		   const int64_t *times, const uint8_t *has, const uint8_t *gone, const struct mdl_key *keys,
		   struct mdl_err *err)
{
	const struct mdl_row_reader *r = &d->reader;
	uint64_t duplicates = 0, late = 0;
	size_t from = 0; /* of the run of rows that pass */
	for (size_t i = 0; i < MDL_KEY_SET_AHEAD && i < r->n; i++)
		mdl_key_set_prefetch(&d->set, keys[i]);
	for (size_t row = 0, i = 0; row < b->n; row++) {
		bool good = i < r->n && r->sel[i] == row, pass = good && !gone[i];
		bool is_late = false, is_duplicate = false;
		if (pass && d->program) {
			if (has[i]) {
				mdl_watermark_see(&d->wm, times[i]);
				is_late = times[i] <= d->wm.late_us;
			}
		}
		if (good)
			mdl_key_set_look_ahead(&d->set, keys, i, r->n);
		if (pass && !is_late) {
			int was = is_repeated(d, f, keys[i], has[i] ? &times[i] : NULL, err);
			if (was < 0)
				return -1;
			is_duplicate = was;
		}
		i += good;
		if (pass && !d->wm.epochs && d->program && mdl_watermark_advance(&d->wm))
			mdl_key_set_evict(&d->set, d->wm.evict_us);
		if (pass && !is_late && !is_duplicate)
			continue;
		mdl_filter_pass_range(f, b, from, row);
		from = row + 1;
		late += is_late;
		duplicates += is_duplicate;
		if (is_late && side_row(&d->late, d->o->late, b->lines[row], err))
			return -1;
		if (is_duplicate && side_row(&d->duplicates, d->o->duplicates, b->lines[row], err))
			return -1;
	}
	mdl_filter_pass_range(f, b, from, b->n);
	mdl_filter_bucket(f, "late", late);
	mdl_filter_bucket(f, "duplicate", duplicates);
	if (duplicates && !d->told)
		tell_unmet(d);
	return 0;
}

static int open_sides(struct mdl_dedupe *d, struct mdl_filter *f, struct mdl_err *err)
{
	const struct mdl_dedupe_opts *o = d->o;
	if (o->duplicates && !d->duplicates.ctx &&
	    o->side_open(&d->duplicates, o->duplicates, f->begin, f->stage, err))
		return -1;
	if (o->late && !d->late.ctx && o->side_open(&d->late, o->late, f->begin, f->stage, err))
		return -1;
	return 0;
}

/* Keys beyond --max-memory go to files: in the stage's folder of the checkpoint, else where temporary files go. */
static int limit_memory(struct mdl_dedupe *d, struct mdl_filter *f, struct mdl_err *err)
{
	uint64_t most = d->o->max_memory_bytes;
	if (!most || d->limited)
		return 0;
	const char *tmp = getenv("TMPDIR");
	char *dir = f->checkpointed ? mdl_asprintf("%s/state/medal/%s", f->begin->checkpoint, f->stage)
				    : mdl_strdup(tmp && *tmp ? tmp : "/tmp");
	int r = f->checkpointed ? mdl_dir_make(dir, err) : 0;
	if (!r) {
		/* rows without event time have a set of their own, which is mostly empty */
		mdl_key_set_limit(&d->timeless, most / 8, dir);
		mdl_key_set_limit(&d->set, most - most / 8, dir);
		d->limited = true;
	}
	free(dir);
	return r;
}

/* ---- Ahead of the batch's turn: the scan, and the hashes of the keys ---- */

struct ahead {
	struct mdl_rows rows; /* first, for the reader */
	struct mdl_key *keys; /* of the good rows */
	bool *met; /* as in struct mdl_key_bytes, with the batches before it that this thread had */
};

struct helper {
	const struct mdl_dedupe *d; /* what never changes of it */
	struct mdl_row_helper *reader;
	struct mdl_key_bytes bytes; /* its own room, and which members it has met */
};

static void *ahead_open(void *ctx, bool first)
{
	struct mdl_dedupe *d = ctx;
	struct helper *h = mdl_zalloc(sizeof(*h));
	h->reader = mdl_row_helper_open(&d->reader, first);
	h->d = d;
	h->bytes = d->bytes;
	mdl_buf_init(&h->bytes.buf, MDL_BUF_NO_LIMIT);
	h->bytes.met = mdl_zalloc(d->nkeys);
	return h;
}

static const void *ahead_work(void *helper, const struct mdl_batch *b)
{
	struct helper *h = helper;
	struct ahead *a = mdl_arena_alloc(b->arena, sizeof(*a));
	if (!mdl_row_helper_read(h->reader, b, &a->rows))
		return NULL;
	a->keys = mdl_arena_alloc(b->arena, b->n * sizeof(*a->keys));
	a->met = mdl_arena_alloc(b->arena, h->bytes.nkeys);
	mdl_key_bytes_hash(&h->bytes, (const struct mdl_json_value *const *)a->rows.cols + h->d->first_key,
			   a->rows.sel, a->rows.n, b->arena, a->keys);
	memcpy(a->met, h->bytes.met, h->bytes.nkeys);
	return a;
}

static void ahead_close(void *helper)
{
	struct helper *h = helper;
	mdl_row_helper_close(h->reader);
	mdl_key_bytes_free(&h->bytes);
	free(h->bytes.met);
	free(h);
}

static const struct mdl_ahead_work work_ahead = {ahead_open, ahead_work, ahead_close};

static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	struct mdl_row_reader *r = &d->reader;
	mdl_row_reader_read(r, b);
	if (!f->checkpointed && (limit_memory(d, f, err) || open_sides(d, f, err)))
		return -1;
	for (size_t row = 0; r->n < b->n && row < b->n; row++)
		if (r->verdicts[row] != MDL_SCAN_OK && mdl_row_reader_reject(r, f, b, row, err))
			return -1;
	int64_t *times = mdl_arena_alloc(b->arena, b->n * sizeof(*times));
	uint8_t *has = mdl_arena_zalloc(b->arena, b->n), *gone = mdl_arena_zalloc(b->arena, b->n);
	if (d->program && event_times(d, f, b, times, has, gone, err))
		return -1;
	const struct ahead *known = b->ahead;
	if (known) {
		for (size_t k = 0; k < d->nkeys; k++)
			d->bytes.met[k] |= known->met[k];
		return do_rows(d, f, b, times, has, gone, known->keys, err);
	}
	struct mdl_key *keys = mdl_arena_alloc(b->arena, b->n * sizeof(*keys));
	mdl_key_bytes_hash(&d->bytes, (const struct mdl_json_value *const *)r->cols + d->first_key, r->sel,
			   r->n, b->arena, keys);
	return do_rows(d, f, b, times, has, gone, keys, err);
}

/* ---- Epochs ---- */

enum { LOADED = 1024 }; /* keys of the state that are entered together */

static int on_entry(void *ctx, struct mdl_slice e, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	if (e.n == 9 && e.p[0] == 'W') {
		memcpy(&d->saved_evict_us, e.p + 1, 8);
		mdl_key_set_evict(&d->set, d->saved_evict_us);
		return 0;
	}
	struct mdl_key_block_reader r;
	bool known = mdl_key_block_read(&r, e);
	for (size_t n = LOADED; known && n == LOADED;) {
		struct mdl_key keys[LOADED];
		int64_t expiry_us[LOADED];
		for (n = 0; n < LOADED && mdl_key_block_next(&r, &keys[n], &expiry_us[n]); n++)
			if (n < MDL_KEY_SET_AHEAD)
				mdl_key_set_prefetch(&d->set, keys[n]);
		for (size_t i = 0; i < n; i++) {
			mdl_key_set_look_ahead(&d->set, keys, i, n);
			if (mdl_key_set_enter(&d->set, keys[i], expiry_us[i], err) < 0)
				return -1;
		}
	}
	return known && !r.bad
		       ? 0
		       : mdl_err_set(err, MDL_TROUBLE,
				     "the state of dedupe holds an entry of %zu bytes that is none", e.n);
}

/* A file that stands for others begins with HORIZON as a 'W': what had expired by then has left it, and must leave what
 * was read before it, or a key that came again would be taken for its old self. */
static enum mdl_store_look look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
				struct mdl_buf *scratch)
{
	struct mdl_key_block_reader r;
	struct mdl_key_block alive;
	struct mdl_key key;
	int64_t us;
	(void)identity;
	if (e->n == 9 && e->p[0] == 'W') {
		memcpy(&us, e->p + 1, 8);
		return us > horizon ? MDL_STORE_KEEP : MDL_STORE_DROP;
	}
	if (!mdl_key_block_read(&r, *e))
		return MDL_STORE_KEEP;
	mdl_key_block_init(&alive);
	while (mdl_key_block_next(&r, &key, &us))
		if (us > horizon)
			mdl_key_block_add(&alive, key, us);
	if (!r.bad && alive.n < r.n) {
		mdl_buf_clear(scratch);
		mdl_buf_puts_slice(scratch, mdl_key_block_entry(&alive));
		*e = mdl_buf_slice(scratch);
	}
	mdl_key_block_free(&alive);
	return e->n ? MDL_STORE_KEEP : MDL_STORE_DROP;
}

/* Keys and watermark against the columns that come; declared ones were checked at the start. */
static int check_names(const struct mdl_dedupe *d, const struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_schema *columns = f->resume ? mdl_name_check_columns(f) : NULL;
	int r = mdl_name_check_program(columns, d->program, err);
	for (size_t k = 0; !r && k < d->nkeys && !(d->o->schema && d->o->schema->st->ncolumns); k++)
		r = mdl_name_check_expr(columns, d->keys[k], err);
	mdl_schema_free(columns);
	return r;
}

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	if (check_names(d, f, err))
		return -1;
	if (limit_memory(d, f, err))
		return -1;
	if (f->resume && mdl_store_load(&d->store, f->begin, f->stage, on_entry, d, err))
		return -1;
	if (mdl_watermark_begin(&d->wm, &f->begin_copy, err) || open_sides(d, f, err))
		return -1;
	mdl_key_block_clear(&d->added);
	d->saving = false;
	d->nadded = 0;
	if (d->o->duplicates && d->duplicates.begin(d->duplicates.ctx, f->begin, f->stage, err))
		return -1;
	if (d->o->late && d->late.begin(d->late.ctx, f->begin, f->stage, err))
		return -1;
	return 0;
}

static int on_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	return check_names(d, f, err) || mdl_watermark_begin(&d->wm, &f->begin_copy, err) ||
			       mdl_store_dry(&d->store, f->begin, f->stage, err)
		       ? -1
		       : 0;
}

static int save(struct mdl_dedupe *d, struct mdl_filter *f, struct mdl_err *err)
{
	char w[9] = "W";
	memcpy(w + 1, &d->wm.evict_us, 8);
	if (!d->saving && mdl_store_save_begin(&d->store, f->begin, f->stage, err))
		return -1;
	if (write_added(d, err))
		return -1;
	if (d->wm.evict_us != d->saved_evict_us &&
	    mdl_store_put(&d->store, (struct mdl_slice){w, sizeof(w)}, err))
		return -1;
	if (d->program) {
		d->store.horizon = d->wm.evict_us;
		mdl_buf_clear(&d->store.head);
		mdl_buf_put(&d->store.head, w, sizeof(w));
	}
	d->saved_evict_us = d->wm.evict_us;
	if (mdl_store_save_end(&d->store, &f->books, err))
		return -1;
	struct mdl_key_set_stats set = mdl_key_set_stats(&d->set);
	mdl_books_state_rows(&f->books, &(struct mdl_ledger_rows){.total = set.keys,
								  .updated = d->nadded,
								  .commit_us = d->store.save_us,
								  .memory_bytes = set.memory_bytes});
	return 0;
}

static int forget_timeless(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	(void)expiry_us;
	return mdl_key_set_enter(&d->set, key, d->wm.delay_us, err) < 0 ? -1 : 0;
}

/* As Spark has it: a key without event time expires at 1970 and the delay, but only when the epoch ends. */
static int expire_timeless(struct mdl_dedupe *d, struct mdl_err *err)
{
	if (mdl_key_set_is_empty(&d->timeless))
		return 0;
	int r = mdl_key_set_each(&d->timeless, forget_timeless, d, err);
	mdl_key_set_clear(&d->timeless);
	return r;
}

static int on_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	if (d->program) {
		mdl_watermark_barrier(&d->wm, bar);
		mdl_key_set_evict(&d->set, d->wm.evict_us);
		if (expire_timeless(d, err))
			return -1;
		bar->want_no_data = true;
	}
	if (d->o->duplicates && d->duplicates.prepare(d->duplicates.ctx, &f->books, err))
		return -1;
	if (d->o->late && d->late.prepare(d->late.ctx, &f->books, err))
		return -1;
	return save(d, f, err);
}

static int on_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_dedupe *d = ctx;
	if (open_sides(d, f, err))
		return -1;
	if (d->o->duplicates && d->duplicates.finish(d->duplicates.ctx, err))
		return -1;
	return d->o->late ? d->late.finish(d->late.ctx, err) : 0;
}

/* ---- Setting up ---- */

static int add_time(struct mdl_dedupe *d, struct mdl_err *err)
{
	struct mdl_source *src = mdl_arena_alloc(&d->arena, sizeof(*src));
	*src = (struct mdl_source){"--watermark", mdl_slice_of(d->o->watermark)};
	int64_t delay;
	if (mdl_parse_watermark(&d->arena, src, &d->time_expr, &delay, err))
		return -1;
	d->program = mdl_program_new(d->o->schema, &d->o->session);
	d->time = mdl_program_add(d->program, d->time_expr, MDL_NO_OUTPUT, 0, "watermark", err);
	if (d->time < 0 || mdl_program_finish(d->program, err))
		return -1;
	enum mdl_kind k = mdl_program_type(d->program, d->time)->kind;
	if (k != MDL_T_TIMESTAMP && k != MDL_T_TIMESTAMP_NTZ && k != MDL_T_ANY)
		return mdl_parse_error_at(
			src, d->time_expr->pos, err,
			"[EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE] the watermark's expression must give a timestamp: "
			"timestamp_millis(ts), CAST(t AS TIMESTAMP) ...");
	/* "10 minutes" here and INTERVAL 600 SECONDS in a definition are one watermark */
	mdl_watermark_init(&d->wm, mdl_schema_watermark_text(&d->arena, d->time_expr, delay), delay);
	return 0;
}

/* The keys as scanner paths: column references, checked by the parser. */
static int add_keys(struct mdl_dedupe *d, const char ***paths, struct mdl_err *err)
{
	struct mdl_source *src = mdl_arena_alloc(&d->arena, sizeof(*src));
	*src = (struct mdl_source){"--key", mdl_slice_of(d->o->keys)};
	if (mdl_parse_keys(&d->arena, src, &d->keys, &d->nkeys, err))
		return -1;
	struct mdl_expr **keys = d->keys;
	*paths = mdl_arena_alloc(&d->arena, d->nkeys * sizeof(**paths));
	d->bytes.nkeys = d->nkeys;
	d->bytes.exact = mdl_arena_zalloc(&d->arena, d->nkeys);
	d->bytes.text = mdl_arena_zalloc(&d->arena, d->nkeys);
	d->bytes.met = mdl_arena_zalloc(&d->arena, d->nkeys);
	for (size_t k = 0; k < d->nkeys; k++) {
		struct mdl_slice text = mdl_culprit_text(keys[k]);
		(*paths)[k] = mdl_arena_strndup(&d->arena, text.p, text.n);
		if (!d->o->schema || keys[k]->kind != MDL_E_COLUMN || keys[k]->nparts != 1)
			continue;
		int c = mdl_schema_find(d->o->schema, keys[k]->parts[0]);
		if (c < 0 && d->o->schema->st->ncolumns)
			return mdl_parse_error_at(src, keys[k]->pos, err,
						  "[UNRESOLVED_COLUMN] the schema has no column '%s'",
						  (*paths)[k]);
		if (c < 0)
			continue;
		const struct mdl_ast_column *col = &d->o->schema->st->columns[c];
		char *path = mdl_row_reader_path(col->name);
		(*paths)[k] = mdl_arena_strdup(&d->arena, path);
		free(path);
		d->bytes.exact[k] = col->type->kind == MDL_T_DECIMAL;
		d->bytes.text[k] = col->type->kind == MDL_T_STRING;
	}
	return 0;
}

/* The types of the keys, too: with other ones the same values would be other keys. */
static void init_store(struct mdl_dedupe *d)
{
	const struct mdl_dedupe_opts *o = d->o;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_printf(&b, "dedupe --key %s %s%s", o->keys, o->watermark ? "--watermark " : "--forever",
		       o->watermark ? o->watermark : "");
	for (size_t k = 0; k < d->nkeys; k++)
		if (d->bytes.exact[k] || d->bytes.text[k])
			mdl_buf_printf(&b, " -- key %zu %s", k + 1, d->bytes.exact[k] ? "DECIMAL" : "STRING");
	mdl_store_init(&d->store, mdl_buf_cstr(&b), o->fresh_state);
	d->store.look = o->watermark ? look : NULL;
	mdl_buf_free(&b);
}

struct mdl_dedupe *mdl_dedupe_new(const struct mdl_dedupe_opts *o, struct mdl_err *err)
{
	struct mdl_dedupe *d = mdl_zalloc(sizeof(*d));
	const char **keys = NULL;
	size_t npaths = 0;
	d->o = o;
	mdl_arena_init(&d->arena);
	mdl_key_set_init(&d->set, o->watermark);
	mdl_key_set_init(&d->timeless, false);
	mdl_key_bytes_init(&d->bytes);
	mdl_key_block_init(&d->added);
	mdl_watermark_init(&d->wm, NULL, 0);
	d->op = (struct mdl_op){.name = "dedupe",
				.ctx = d,
				.scan = (const struct mdl_scan *const *)&d->reader.scan,
				.ahead = &work_ahead,
				.ahead_ctx = d,
				.passes = true,
				.scans = true,
				.begin = on_begin,
				.batch = on_batch,
				.barrier = on_barrier,
				.end = on_end,
				.dry = on_dry};
	if ((o->watermark && add_time(d, err)) || add_keys(d, &keys, err)) {
		mdl_dedupe_free(d);
		return NULL;
	}
	init_store(d);
	const char *const *paths = d->program ? mdl_program_paths(d->program, &npaths) : NULL;
	d->first_key = npaths;
	if (mdl_row_reader_init(&d->reader, paths, npaths, keys, d->nkeys, err)) {
		mdl_dedupe_free(d);
		return NULL;
	}
	return d;
}

void mdl_dedupe_free(struct mdl_dedupe *d)
{
	if (d->duplicates.close)
		d->duplicates.close(d->duplicates.ctx);
	if (d->late.close)
		d->late.close(d->late.ctx);
	if (d->program)
		mdl_program_free(d->program);
	mdl_row_reader_free(&d->reader);
	mdl_key_set_free(&d->set);
	mdl_key_set_free(&d->timeless);
	mdl_store_free(&d->store);
	mdl_key_bytes_free(&d->bytes);
	mdl_key_block_free(&d->added);
	mdl_arena_free(&d->arena);
	free(d);
}

const struct mdl_op *mdl_dedupe_op(struct mdl_dedupe *d)
{
	return &d->op;
}

struct mdl_key_set_stats mdl_dedupe_memory(const struct mdl_dedupe *d)
{
	return mdl_key_set_stats(&d->set);
}
