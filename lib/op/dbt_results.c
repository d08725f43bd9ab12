/* SPDX-License-Identifier: MIT
 *
 * Results of dbt's tests: see dbt_results.h.
 */
#include "op/dbt_results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "sql/parse.h"
#include "json/text.h"

/* ---- Failures that are kept ---- */

static void reindex(struct mdl_dbt_kept *k)
{
	k->index_cap = k->index_cap ? k->index_cap * 2 : 64;
	free(k->index);
	k->index = mdl_array(k->index_cap, sizeof(*k->index));
	for (size_t i = 0; i < k->n; i++) {
		size_t at = k->v[i].key.lo & (k->index_cap - 1);
		while (k->index[at])
			at = (at + 1) & (k->index_cap - 1);
		k->index[at] = (uint32_t)i + 1;
	}
}

void mdl_dbt_results_keep(struct mdl_dbt_kept *k, struct mdl_key key, uint64_t count, struct mdl_slice text,
			  bool added)
{
	bool keyed = key.lo || key.hi;
	if (keyed && k->n * 2 >= k->index_cap)
		reindex(k);
	size_t at = key.lo & (k->index_cap - 1);
	for (; keyed && k->index[at]; at = (at + 1) & (k->index_cap - 1)) {
		struct mdl_dbt_failure *f = &k->v[k->index[at] - 1];
		if (f->key.lo != key.lo || f->key.hi != key.hi)
			continue;
		f->count = added ? f->count + count : count;
		f->changed = added;
		return;
	}
	if (k->text.n + text.n > MDL_DBT_KEPT_BYTES) {
		k->left_out++;
		return;
	}
	if (keyed)
		k->index[at] = (uint32_t)k->n + 1;
	MDL_GROW(k->v, k->n, k->cap);
	k->v[k->n++] = (struct mdl_dbt_failure){key, count, k->text.n, text.n, added};
	mdl_buf_puts_slice(&k->text, text);
}

void mdl_dbt_results_kept_free(struct mdl_dbt_kept *k)
{
	free(k->v);
	free(k->index);
	mdl_buf_free(&k->text);
}

/* ---- What a test came to ---- */

struct outcome {
	const char *status;
	uint64_t failures;
	char message[256]; /* empty: none */
};

int mdl_dbt_results_hold(uint64_t failures, const char *condition)
{
	struct mdl_arena a;
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_session session = {.ansi = true, .timezone = "UTC"};
	struct mdl_expr *e;
	struct mdl_any x;
	mdl_arena_init(&a);
	struct mdl_source src = {"condition",
				 mdl_slice_of(mdl_arena_printf(&a, "%" PRIu64 " %s", failures, condition))};
	int r = mdl_parse_expr(&a, &src, &e, &ignored) ||
				mdl_program_constant(&a, e, &session, &x, &ignored) ||
				x.type->kind != MDL_T_BOOLEAN
			? -1
			: x.b8;
	mdl_arena_free(&a);
	return r;
}

static struct outcome outcome_of(const struct mdl_dbt_run *t)
{
	const struct mdl_dbt_test *d = t->def;
	struct outcome o = {.status = "pass", .failures = t->failures};
	if (d->kind == MDL_DBT_OTHER) {
		o.status = "skipped";
		snprintf(o.message, sizeof(o.message),
			 "medal carries out unique, not_null, accepted_values and relationships");
		return o;
	}
	if (d->limit && o.failures > d->limit)
		o.failures = d->limit;
	int fail = d->warn ? 0 : mdl_dbt_results_hold(o.failures, d->error_if),
	    warn = mdl_dbt_results_hold(o.failures, d->warn_if);
	if (t->error) {
		o.status = "error";
		snprintf(o.message, sizeof(o.message), "%s", t->error);
	} else if (fail || warn) {
		o.status = fail ? "fail" : "warn";
		snprintf(o.message, sizeof(o.message), "Got %" PRIu64 " result%s, configured to %s if %s",
			 o.failures, o.failures == 1 ? "" : "s", o.status, fail ? d->error_if : d->warn_if);
	} else {
		o.failures = 0; /* what is let pass is not counted, as in dbt */
	}
	return o;
}

void mdl_dbt_check_tell(const struct mdl_dbt_check *x,
			void (*tell)(const char *test, const char *status, const char *message))
{
	for (size_t i = 0; i < x->n; i++) {
		struct outcome o = outcome_of(&x->runs[i]);
		tell(x->runs[i].def->name, o.status, *o.message ? o.message : NULL);
	}
}

bool mdl_dbt_check_failed(const struct mdl_dbt_check *x)
{
	bool failed = false;
	for (size_t i = 0; i < x->n; i++) {
		struct outcome o = outcome_of(&x->runs[i]);
		failed = failed || strcmp(o.status, "fail") == 0 || strcmp(o.status, "error") == 0;
	}
	return failed;
}

/* ---- run_results.json ---- */

int64_t mdl_dbt_results_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void put_time(struct mdl_buf *b, int64_t us)
{
	char when[64];
	time_t s = (time_t)(us / 1000000);
	struct tm tm;
	gmtime_r(&s, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	mdl_buf_printf(b, "\"%s.%06" PRId64 "Z\"", when, us % 1000000);
}

static void put_text(struct mdl_buf *b, const char *name, const char *text)
{
	mdl_buf_printf(b, ",\"%s\":", name);
	if (text && *text)
		mdl_json_quote(b, mdl_slice_of(text));
	else
		mdl_buf_puts(b, "null");
}

/* The query that dbt would send: what was computed, in its words. */
static void put_query(struct mdl_buf *b, const struct mdl_dbt_test *d)
{
	struct mdl_buf q = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	const char *where = d->where ? d->where : "true";
	switch (d->kind) {
	case MDL_DBT_UNIQUE:
		mdl_buf_printf(
			&q,
			"select %s as unique_field, count(*) as n_records from input where %s is not null and (%s) group by "
			"%s having count(*) > 1",
			d->column, d->column, where, d->column);
		break;
	case MDL_DBT_NOT_NULL:
		mdl_buf_printf(&q, "select * from input where %s is null and (%s)", d->column, where);
		break;
	case MDL_DBT_ACCEPTED_VALUES:
		mdl_buf_printf(
			&q,
			"select %s as value_field, count(*) as n_records from input where %s not in (%s) and (%s) group by %s",
			d->column, d->column, d->values, where, d->column);
		break;
	case MDL_DBT_RELATIONSHIPS:
		mdl_buf_printf(
			&q,
			"select %s as from_field from input left anti join %s on %s = %s.%s where %s is not null and (%s)",
			d->column, d->to, d->column, d->to, d->field, d->column, where);
		break;
	case MDL_DBT_OTHER:
		break;
	}
	put_text(b, "compiled_code", mdl_buf_cstr(&q));
	mdl_buf_free(&q);
}

static void put_result(struct mdl_buf *b, const struct mdl_dbt_check *x, const struct mdl_dbt_run *t,
		       int64_t now)
{
	struct outcome o = outcome_of(t);
	bool ran = t->def->kind != MDL_DBT_OTHER;
	char *relation =
		x->o->failures && ran ? mdl_asprintf("%s/%s.ndjson", x->o->failures, t->def->name) : NULL;
	mdl_buf_printf(b, "{\"status\":\"%s\",\"timing\":[", o.status);
	for (int k = 0; k < 2 && ran; k++) {
		mdl_buf_printf(b, "%s{\"name\":\"%s\",\"started_at\":", k ? "," : "",
			       k ? "execute" : "compile");
		put_time(b, x->started_us);
		mdl_buf_puts(b, ",\"completed_at\":");
		put_time(b, k ? now : x->started_us);
		mdl_buf_putc(b, '}');
	}
	mdl_buf_printf(
		b, "],\"thread_id\":\"Thread-1 (worker)\",\"execution_time\":%.6f,\"adapter_response\":{}",
		ran ? (double)(now - x->started_us) / 1e6 : 0.0);
	put_text(b, "message", o.message);
	mdl_buf_puts(b, ",\"failures\":");
	if (ran && !t->error)
		mdl_buf_printf(b, "%" PRIu64, o.failures);
	else
		mdl_buf_puts(b, "null");
	put_text(b, "unique_id", t->def->unique_id);
	mdl_buf_printf(b, ",\"compiled\":%s", ran ? "true" : "false");
	put_query(b, t->def);
	put_text(b, "relation_name", relation);
	mdl_buf_puts(b, ",\"batch_results\":null}");
	free(relation);
}

void mdl_dbt_check_results(struct mdl_dbt_check *x)
{
	struct mdl_buf *b = &x->results;
	struct mdl_random r;
	int64_t now = mdl_dbt_results_now();
	mdl_random_seed(&r, (uint64_t)x->started_us, (uint64_t)(uintptr_t)x);
	uint64_t hi = mdl_random_next(&r), lo = mdl_random_next(&r);
	mdl_buf_clear(b);
	mdl_buf_puts(
		b,
		"{\"metadata\":{\"dbt_schema_version\":\"https://schemas.getdbt.com/dbt/run-results/v6.json\","
		"\"dbt_version\":\"medal " MEDAL_VERSION "\",\"generated_at\":");
	put_time(b, now);
	mdl_buf_printf(b,
		       ",\"invocation_id\":\"%08x-%04x-4%03x-%04x-%012" PRIx64 "\",\"env\":{}},\"results\":[",
		       (unsigned)(hi >> 32), (unsigned)(hi >> 16 & 0xffff), (unsigned)(hi & 0xfff),
		       (unsigned)(0x8000 | (lo >> 48 & 0x3fff)), lo & UINT64_C(0xffffffffffff));
	for (size_t i = 0; i < x->n; i++) {
		if (i)
			mdl_buf_putc(b, ',');
		put_result(b, x, &x->runs[i], now);
	}
	mdl_buf_printf(b, "],\"elapsed_time\":%.6f,\"args\":{\"which\":\"test\"}}\n",
		       (double)(now - x->started_us) / 1e6);
}

/* ---- Files ---- */

/* The file PATH, replaced as a whole; its folder is made. */
static int replace(const char *path, struct mdl_slice text, struct mdl_err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mdl_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mdl_strdup(".");
	int r = mdl_dir_make(dir, err) || mdl_file_replace(dir, slash ? slash + 1 : path, text, err) ? -1 : 0;
	free(dir);
	return r;
}

static int write_failures(const struct mdl_dbt_check *x, const struct mdl_dbt_run *t, struct mdl_err *err)
{
	static const char *const fields[] = {[MDL_DBT_UNIQUE] = "unique_field",
					     [MDL_DBT_ACCEPTED_VALUES] = "value_field",
					     [MDL_DBT_RELATIONSHIPS] = "from_field"};
	const struct mdl_dbt_test *d = t->def;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < t->kept.n && (!d->limit || i < d->limit); i++) {
		const struct mdl_dbt_failure *f = &t->kept.v[i];
		struct mdl_slice text = {t->kept.text.p + f->at, f->len};
		if (d->kind == MDL_DBT_NOT_NULL) {
			mdl_buf_puts_slice(&b, text);
			mdl_buf_putc(&b, '\n');
			continue;
		}
		/* relationships lists rows: a value as often as it came */
		for (uint64_t k = d->kind == MDL_DBT_RELATIONSHIPS ? f->count : 1; k; k--) {
			mdl_buf_printf(&b, "{\"%s\":", fields[d->kind]);
			mdl_buf_puts_slice(&b, text);
			if (d->kind != MDL_DBT_RELATIONSHIPS)
				mdl_buf_printf(&b, ",\"n_records\":%" PRIu64, f->count);
			mdl_buf_puts(&b, "}\n");
		}
	}
	char *path = mdl_asprintf("%s/%s.ndjson", x->o->failures, d->name);
	int r = replace(path, mdl_buf_slice(&b), err);
	free(path);
	mdl_buf_free(&b);
	return r;
}

int mdl_dbt_check_write(struct mdl_dbt_check *x, struct mdl_err *err)
{
	if (!x->results.n)
		return 0;
	for (size_t i = 0; i < x->n && x->o->failures; i++)
		if (x->runs[i].def->kind != MDL_DBT_OTHER && write_failures(x, &x->runs[i], err))
			return -1;
	return x->o->run_results ? replace(x->o->run_results, mdl_buf_slice(&x->results), err) : 0;
}
