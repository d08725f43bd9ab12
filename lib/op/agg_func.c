/* SPDX-License-Identifier: MIT
 *
 * The aggregate functions: see agg_func.h.
 */
#include "op/agg_func.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* most values are short */
#include <xxhash.h>

#include "base/alloc.h"
#include "op/agg_whole.h"
#include "op/any_codec.h"
#include "op/key_set.h"
#include "sql/decimal.h"

struct mdl_agg_values {
	struct mdl_buf bytes; /* codec form, one after another */
	size_t n;
};

struct mdl_agg_seen {
	struct mdl_key_set set;
};

void mdl_agg_free(struct mdl_agg *g)
{
	free(g->value_own);
	free(g->by_own);
	if (g->values)
		mdl_buf_free(&g->values->bytes);
	free(g->values);
	if (g->seen)
		mdl_key_set_free(&g->seen->set);
	free(g->seen);
	mdl_agg_whole_free(g->whole);
	memset(g, 0, sizeof(*g));
}

size_t mdl_agg_memory(const struct mdl_agg *g)
{
	return (g->seen ? mdl_key_set_stats(&g->seen->set).memory_bytes : 0) +
	       (g->whole ? mdl_agg_whole_memory(g->whole) : 0) + (g->values ? g->values->bytes.cap : 0);
}

/* ---- Distinct values ---- */

static struct mdl_key fingerprint(const void *p, size_t n, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(p, n, seed);
	return (struct mdl_key){h.low64 | (!h.low64 && !h.high64), h.high64};
}

static struct mdl_key whole_key(enum mdl_kind kind, int64_t v)
{
	int64_t bytes[2] = {kind, v};
	return fingerprint(bytes, sizeof(bytes), 0);
}

/* Was a value with this KEY there? It is now. */
static bool enter_key(struct mdl_agg *g, struct mdl_key key)
{
	if (!g->seen) {
		g->seen = mdl_zalloc(sizeof(*g->seen));
		mdl_key_set_init(&g->seen->set, false);
	}
	return mdl_key_set_enter(&g->seen->set, key, INT64_MAX, NULL);
}

/* Numbers of the kind that came first are kept as they are. Where fingerprints came before, of a state file, they may be
 * those of numbers, and so may all others. */
bool mdl_agg_seen_whole(struct mdl_agg *g, enum mdl_kind kind, int64_t v)
{
	if (!g->whole && !g->seen)
		g->whole = mdl_agg_whole_new((uint8_t)kind);
	if (g->whole && g->whole->kind == kind)
		return mdl_agg_whole_seen(g->whole, v);
	return enter_key(g, whole_key(kind, v));
}

bool mdl_agg_seen_text(struct mdl_agg *g, struct mdl_slice s)
{
	return enter_key(g, fingerprint(s.p, s.n, MDL_T_STRING));
}

/* EACH gets every distinct number as a fingerprint. */
static void each_whole(const struct mdl_agg_whole *w, void (*each)(void *ctx, struct mdl_key key), void *ctx)
{
	if (w->zero)
		each(ctx, whole_key((enum mdl_kind)w->kind, 0));
	for (size_t i = 0; i < mdl_agg_whole_slots(w); i++)
		if (mdl_agg_whole_at(w, i))
			each(ctx, whole_key((enum mdl_kind)w->kind, mdl_agg_whole_at(w, i)));
}

static bool is_repeated(struct mdl_agg *g, const struct mdl_any *args, size_t n)
{
	/* the usual cases without a buffer: a whole number, a text */
	if (n == 1 && (mdl_type_is_integral(args[0].type) || mdl_type_is_datetime(args[0].type)))
		return mdl_agg_seen_whole(g, args[0].type->kind, args[0].i64);
	if (n == 1 && args[0].type->kind == MDL_T_STRING)
		return mdl_agg_seen_text(g, args[0].str);
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < n; i++)
		mdl_any_codec_put(&b, &args[i]);
	struct mdl_key key = fingerprint(b.p, b.n, 0);
	mdl_buf_free(&b);
	return enter_key(g, key);
}

/* ---- Kept values ---- */

static void keep(struct mdl_any *slot, char **own, const struct mdl_any *x)
{
	char *copy = NULL;
	struct mdl_any y = *x;
	if (x->raw) {
		copy = mdl_strndup(x->json.p, x->json.n);
		y.json.p = copy;
	} else if (x->type->kind == MDL_T_STRING || x->type->kind == MDL_T_BINARY) {
		copy = mdl_strndup(x->str.p ? x->str.p : "", x->str.n);
		y.str.p = copy;
	} else if (mdl_type_is_complex(x->type)) {
		struct mdl_buf json = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_any_to_json(&json, x);
		copy = mdl_strndup(json.p, json.n);
		y = (struct mdl_any){.type = &mdl_type_any, .raw = true};
		y.json = (struct mdl_json_value){.p = copy,
						 .n = (uint32_t)json.n,
						 .kind = copy[0] == '[' ? MDL_JSON_ARRAY : MDL_JSON_OBJECT};
		mdl_buf_free(&json);
	}
	free(*own);
	*own = copy;
	*slot = y;
}

static bool is_null(const struct mdl_any *x)
{
	return x->type->kind == MDL_T_NULL && !x->raw;
}

/* ---- Sums ---- */

static int overflow(struct mdl_err *err, const char *name)
{
	return mdl_err_set(
		err, MDL_TROUBLE,
		"[ARITHMETIC_OVERFLOW] the result of %s is out of its type's range; sum a wider type "
		"(CAST(x AS DECIMAL(38,0))), or use try_sum",
		name);
}

/* Make the sum wide enough for a value of kind K: BIGINT < DECIMAL < DOUBLE. */
static void widen(struct mdl_agg *g, enum mdl_kind k)
{
	if (g->kind == MDL_T_NULL)
		g->kind = (uint8_t)k;
	if (g->kind == k || g->kind == MDL_T_DOUBLE)
		return;
	if (k == MDL_T_DOUBLE) {
		double d = g->kind == MDL_T_DECIMAL ? mdl_decimal_to_double(g->sum.i128, g->scale)
						    : (double)g->sum.i64;
		g->sum.f64 = d;
		g->kind = MDL_T_DOUBLE;
	} else if (k == MDL_T_DECIMAL) {
		g->sum.i128 = g->sum.i64;
		g->kind = MDL_T_DECIMAL;
	}
}

static enum mdl_kind sum_kind(const struct mdl_agg_call *call, const struct mdl_any *x)
{
	const struct mdl_type *t = call->type->kind == MDL_T_ANY ? x->type : call->type;
	if (call->kind == MDL_AGG_AVG && call->type->kind == MDL_T_DOUBLE)
		return MDL_T_DOUBLE;
	if (mdl_type_is_fractional(t))
		return MDL_T_DOUBLE;
	return t->kind == MDL_T_DECIMAL ? MDL_T_DECIMAL : MDL_T_BIGINT;
}

/* A decimal sum has the scale of its argument; of undeclared numbers, the largest that the group saw. */
static bool rescale(const struct mdl_agg_call *call, struct mdl_agg *g, unsigned scale)
{
	if (call->arg_type && call->arg_type->kind == MDL_T_DECIMAL)
		scale = call->arg_type->scale;
	if (scale <= g->scale)
		return true;
	bool fits = mdl_decimal_rescale(g->sum.i128, g->scale, (struct mdl_dec){38, scale}, &g->sum.i128);
	g->scale = (uint8_t)scale;
	return fits;
}

static int add_sum(const struct mdl_agg_call *call, struct mdl_agg *g, const struct mdl_any *x, bool ansi,
		   struct mdl_err *err)
{
	if (!mdl_type_is_numeric(x->type) && x->type->kind != MDL_T_INTERVAL_DT &&
	    x->type->kind != MDL_T_INTERVAL_YM)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[DATATYPE_MISMATCH] %s needs numbers, and a row has another value; CAST it",
			call->name);
	widen(g, sum_kind(call, x));
	if (g->kind == MDL_T_DOUBLE) {
		g->sum.f64 += mdl_any_codec_double(x);
	} else if (g->kind == MDL_T_DECIMAL) {
		bool decimal = x->type->kind == MDL_T_DECIMAL;
		unsigned scale = decimal ? x->type->scale : 0;
		if (!rescale(call, g, scale) ||
		    !mdl_decimal_add(g->sum.i128, g->scale, decimal ? x->i128 : x->i64, scale,
				     (struct mdl_dec){38, g->scale}, &g->sum.i128))
			return overflow(err, call->name);
	} else if (__builtin_add_overflow(g->sum.i64, x->i64, &g->sum.i64) && ansi) {
		return overflow(err, call->name);
	}
	g->n++;
	return 0;
}

/* Spark's CentralMomentAgg. */
static void add_moment(struct mdl_agg *g, double x)
{
	g->n++;
	double delta = x - g->sum.f64, mean = g->sum.f64 + delta / (double)g->n;
	g->m2 += delta * (x - mean);
	g->sum.f64 = mean;
}

static void add_value(struct mdl_agg *g, const struct mdl_any *x)
{
	if (!g->values) {
		g->values = mdl_zalloc(sizeof(*g->values));
		mdl_buf_init(&g->values->bytes, MDL_BUF_NO_LIMIT);
	}
	mdl_any_codec_put(&g->values->bytes, x);
	g->values->n++;
}

/* ---- Adding ---- */

static bool any_null(const struct mdl_any *args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_null(&args[i]))
			return true;
	return false;
}

int mdl_agg_add(const struct mdl_agg_call *call, struct mdl_agg *g, const struct mdl_any *args, bool ansi,
		struct mdl_err *err)
{
	const struct mdl_any *x = args;
	bool first_last = call->kind == MDL_AGG_FIRST || call->kind == MDL_AGG_LAST;
	if (!first_last && call->kind != MDL_AGG_MIN_BY && call->kind != MDL_AGG_MAX_BY &&
	    any_null(args, call->nargs))
		return 0;
	if (call->distinct && is_repeated(g, args, call->nargs))
		return 0;
	switch (call->kind) {
	case MDL_AGG_COUNT:
		g->n++;
		return 0;
	case MDL_AGG_COUNT_IF:
		g->n += x->b8;
		return 0;
	case MDL_AGG_SUM:
	case MDL_AGG_AVG:
		return add_sum(call, g, x, ansi, err);
	case MDL_AGG_MIN:
	case MDL_AGG_MAX:
		if (!g->n || (call->kind == MDL_AGG_MIN ? mdl_any_codec_cmp(x, &g->value) < 0
							: mdl_any_codec_cmp(x, &g->value) > 0))
			keep(&g->value, &g->value_own, x);
		g->n++;
		return 0;
	case MDL_AGG_FIRST:
		if (g->n || (call->ignore_nulls && is_null(x)))
			return 0;
		keep(&g->value, &g->value_own, x);
		g->n++;
		return 0;
	case MDL_AGG_LAST:
		if (call->ignore_nulls && is_null(x))
			return 0;
		keep(&g->value, &g->value_own, x);
		g->n++;
		return 0;
	case MDL_AGG_MIN_BY:
	case MDL_AGG_MAX_BY:
		if (is_null(&args[1]))
			return 0;
		if (!g->n || (call->kind == MDL_AGG_MIN_BY ? mdl_any_codec_cmp(&args[1], &g->by) < 0
							   : mdl_any_codec_cmp(&args[1], &g->by) > 0)) {
			keep(&g->value, &g->value_own, x);
			keep(&g->by, &g->by_own, &args[1]);
		}
		g->n++;
		return 0;
	case MDL_AGG_BOOL_AND:
		g->sum.i64 = g->n ? g->sum.i64 & x->b8 : x->b8;
		g->n++;
		return 0;
	case MDL_AGG_BOOL_OR:
		g->sum.i64 |= x->b8;
		g->n++;
		return 0;
	case MDL_AGG_STDDEV_SAMP:
	case MDL_AGG_STDDEV_POP:
	case MDL_AGG_VAR_SAMP:
	case MDL_AGG_VAR_POP:
		if (!mdl_type_is_numeric(x->type))
			return mdl_err_set(err, MDL_TROUBLE,
					   "[DATATYPE_MISMATCH] %s needs numbers; CAST the argument",
					   call->name);
		add_moment(g, mdl_any_codec_double(x));
		return 0;
	case MDL_AGG_COLLECT_SET:
		if (is_repeated(g, args, 1))
			return 0;
		/* fall through */
	case MDL_AGG_COLLECT_LIST:
		add_value(g, x);
		g->n++;
		return 0;
	}
	mdl_bug("an aggregate of kind %d", (int)call->kind);
}

/* ---- Merging ---- */

static int merge_values(const struct mdl_agg_call *call, struct mdl_agg *g, struct mdl_agg *o, bool ansi,
			struct mdl_err *err)
{
	struct mdl_arena a;
	struct mdl_any x;
	int r = 0;
	mdl_arena_init(&a);
	const char *p = o->values ? o->values->bytes.p : NULL, *end = p ? p + o->values->bytes.n : NULL;
	while (!r && p && p < end && mdl_any_codec_get(&p, end, &x, &a))
		r = mdl_agg_add(call, g, &x, ansi, err);
	mdl_arena_free(&a);
	return r;
}

static int merge_key(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err)
{
	struct mdl_agg *g = ctx;
	(void)expiry_us;
	(void)err;
	g->n += !enter_key(g, key);
	return 0;
}

static void keep_key(void *ctx, struct mdl_key key)
{
	enter_key(ctx, key);
}

/* DISTINCT over more than a count cannot be merged from fingerprints; the plan refuses it for sessions. */
static void merge_seen(struct mdl_agg *g, struct mdl_agg *o)
{
	const struct mdl_agg_whole *w = o->whole;
	if (w && w->zero)
		g->n += !mdl_agg_seen_whole(g, (enum mdl_kind)w->kind, 0);
	for (size_t i = 0; w && i < mdl_agg_whole_slots(w); i++)
		if (mdl_agg_whole_at(w, i))
			g->n += !mdl_agg_seen_whole(g, (enum mdl_kind)w->kind, mdl_agg_whole_at(w, i));
	if (!o->seen)
		return;
	/* among these may be fingerprints of G's numbers */
	if (g->whole)
		each_whole(g->whole, keep_key, g);
	mdl_agg_whole_free(g->whole);
	g->whole = NULL;
	mdl_key_set_each(&o->seen->set, merge_key, g, NULL);
}

static void merge_moments(struct mdl_agg *g, const struct mdl_agg *o)
{
	double n1 = (double)g->n, n2 = (double)o->n, n = n1 + n2;
	if (!o->n)
		return;
	double delta = o->sum.f64 - g->sum.f64;
	g->sum.f64 += n > 0 ? delta * n2 / n : 0;
	g->m2 += o->m2 + (n > 0 ? delta * delta * n1 * n2 / n : 0);
	g->n += o->n;
}

int mdl_agg_merge(const struct mdl_agg_call *call, struct mdl_agg *g, struct mdl_agg *o, bool ansi,
		  struct mdl_err *err)
{
	int r = 0;
	int64_t n = g->n + o->n;
	if (call->distinct || call->kind == MDL_AGG_COLLECT_SET || call->kind == MDL_AGG_COLLECT_LIST) {
		if (o->values)
			r = merge_values(call, g, o, ansi, err);
		else
			merge_seen(g, o);
		mdl_agg_free(o);
		return r;
	}
	struct mdl_any args[2] = {o->value, o->by};
	switch (call->kind) {
	case MDL_AGG_COUNT:
	case MDL_AGG_COUNT_IF:
		break;
	case MDL_AGG_SUM:
	case MDL_AGG_AVG:
		if (!o->n)
			break;
		widen(g, (enum mdl_kind)o->kind);
		widen(o, (enum mdl_kind)g->kind);
		if (g->kind == MDL_T_DOUBLE)
			g->sum.f64 += o->sum.f64;
		else if (g->kind == MDL_T_DECIMAL
				 ? !rescale(call, g, o->scale) ||
					   !mdl_decimal_add(g->sum.i128, g->scale, o->sum.i128, o->scale,
							    (struct mdl_dec){38, g->scale}, &g->sum.i128)
				 : __builtin_add_overflow(g->sum.i64, o->sum.i64, &g->sum.i64) && ansi)
			r = overflow(err, call->name);
		break;
	case MDL_AGG_BOOL_AND:
		g->sum.i64 = !g->n ? o->sum.i64 : !o->n ? g->sum.i64 : g->sum.i64 & o->sum.i64;
		break;
	case MDL_AGG_BOOL_OR:
		g->sum.i64 |= o->sum.i64;
		break;
	case MDL_AGG_STDDEV_SAMP:
	case MDL_AGG_STDDEV_POP:
	case MDL_AGG_VAR_SAMP:
	case MDL_AGG_VAR_POP:
		merge_moments(g, o);
		break;
	default:
		if (o->n)
			r = mdl_agg_add(call, g, args, ansi, err);
	}
	g->n = n;
	mdl_agg_free(o);
	return r;
}

/* ---- Results ---- */

static struct mdl_any of_double(double d)
{
	return (struct mdl_any){.type = &mdl_type_double, .f64 = d};
}

static struct mdl_any result_sum(const struct mdl_agg_call *call, const struct mdl_agg *g)
{
	struct mdl_any x = {.type = call->type};
	if (g->kind == MDL_T_DOUBLE) {
		x.f64 = g->sum.f64;
		if (call->type->kind == MDL_T_ANY)
			x.type = &mdl_type_double;
	} else if (g->kind == MDL_T_DECIMAL) {
		x.i128 = g->sum.i128;
		if (call->type->kind == MDL_T_ANY)
			x.type = mdl_type_decimal(38, g->scale);
	} else {
		x.i64 = g->sum.i64;
		if (call->type->kind == MDL_T_ANY)
			x.type = &mdl_type_bigint;
	}
	return x;
}

static struct mdl_any result_avg(const struct mdl_agg_call *call, const struct mdl_agg *g)
{
	struct mdl_any x = {.type = call->type};
	if (g->kind == MDL_T_DECIMAL && call->type->kind == MDL_T_DECIMAL) {
		struct mdl_dec r = {call->type->precision, call->type->scale};
		if (!mdl_decimal_div(g->sum.i128, g->scale, g->n, 0, r, &x.i128))
			x.type = &mdl_type_null;
		return x;
	}
	double sum = g->kind == MDL_T_DOUBLE    ? g->sum.f64
		     : g->kind == MDL_T_DECIMAL ? mdl_decimal_to_double(g->sum.i128, g->scale)
						: (double)g->sum.i64;
	return of_double(sum / (double)g->n);
}

/* An array as JSON text; complex results of undeclared type travel so. */
static struct mdl_any result_values(const struct mdl_agg *g, struct mdl_arena *a)
{
	struct mdl_buf json = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_any x, r = {.type = &mdl_type_any, .raw = true};
	const char *p = g->values ? g->values->bytes.p : NULL, *end = p ? p + g->values->bytes.n : NULL;
	mdl_buf_putc(&json, '[');
	while (p && p < end && mdl_any_codec_get(&p, end, &x, a)) {
		if (json.n > 1)
			mdl_buf_putc(&json, ',');
		mdl_any_to_json(&json, &x);
	}
	mdl_buf_putc(&json, ']');
	struct mdl_slice s = mdl_arena_slice(a, mdl_buf_slice(&json));
	r.json = (struct mdl_json_value){.p = s.p, .n = (uint32_t)s.n, .kind = MDL_JSON_ARRAY};
	mdl_buf_free(&json);
	return r;
}

struct mdl_any mdl_agg_result(const struct mdl_agg_call *call, const struct mdl_agg *g, struct mdl_arena *a)
{
	struct mdl_any null = {.type = &mdl_type_null};
	double n = (double)g->n;
	switch (call->kind) {
	case MDL_AGG_COUNT:
	case MDL_AGG_COUNT_IF:
		return (struct mdl_any){.type = &mdl_type_bigint, .i64 = g->n};
	case MDL_AGG_COLLECT_LIST:
	case MDL_AGG_COLLECT_SET:
		return result_values(g, a);
	default:
		break;
	}
	if (!g->n)
		return null;
	switch (call->kind) {
	case MDL_AGG_SUM:
		return result_sum(call, g);
	case MDL_AGG_AVG:
		return result_avg(call, g);
	case MDL_AGG_BOOL_AND:
	case MDL_AGG_BOOL_OR:
		return (struct mdl_any){.type = &mdl_type_boolean, .b8 = g->sum.i64 != 0};
	case MDL_AGG_VAR_POP:
		return of_double(g->m2 / n);
	case MDL_AGG_STDDEV_POP:
		return of_double(sqrt(g->m2 / n));
	case MDL_AGG_VAR_SAMP:
		return g->n == 1 ? null : of_double(g->m2 / (n - 1));
	case MDL_AGG_STDDEV_SAMP:
		return g->n == 1 ? null : of_double(sqrt(g->m2 / (n - 1)));
	default:
		return g->value;
	}
}

/* ---- State ---- */

enum { HAS_VALUE = 1, HAS_BY = 2, HAS_VALUES = 4, HAS_SEEN = 8 };

static void put_block(struct mdl_buf *out, const void *p, uint64_t n)
{
	mdl_buf_put(out, &n, sizeof(n));
	mdl_buf_put(out, p, (size_t)n);
}

static int save_key(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err)
{
	(void)expiry_us;
	(void)err;
	mdl_buf_put(ctx, &key, sizeof(key));
	return 0;
}

static void save_whole(void *ctx, struct mdl_key key)
{
	key = mdl_key_stored(key);
	mdl_buf_put(ctx, &key, sizeof(key));
}

void mdl_agg_save(struct mdl_buf *out, const struct mdl_agg *g)
{
	char flags = (char)((g->value.type ? HAS_VALUE : 0) | (g->by.type ? HAS_BY : 0) |
			    (g->values ? HAS_VALUES : 0) | (g->seen || g->whole ? HAS_SEEN : 0));
	mdl_buf_putc(out, flags);
	mdl_buf_putc(out, (char)g->kind);
	mdl_buf_putc(out, (char)g->scale);
	mdl_buf_put(out, &g->n, sizeof(g->n));
	mdl_buf_put(out, &g->sum, sizeof(g->sum));
	mdl_buf_put(out, &g->m2, sizeof(g->m2));
	if (flags & HAS_VALUE)
		mdl_any_codec_put(out, &g->value);
	if (flags & HAS_BY)
		mdl_any_codec_put(out, &g->by);
	if (g->values)
		put_block(out, g->values->bytes.p, g->values->bytes.n);
	if (flags & HAS_SEEN) {
		uint64_t n = (g->seen ? mdl_key_set_stats(&g->seen->set).keys : 0) +
			     (g->whole ? mdl_agg_whole_count(g->whole) : 0);
		mdl_buf_put(out, &n, sizeof(n));
		if (g->whole)
			each_whole(g->whole, save_whole, out);
		if (g->seen)
			mdl_key_set_each(&g->seen->set, save_key, out, NULL);
	}
}

static bool get_bytes(const char **p, const char *end, void *to, size_t n)
{
	if ((size_t)(end - *p) < n)
		return false;
	memcpy(to, *p, n);
	*p += n;
	return true;
}

static bool load_parts(const char **p, const char *end, struct mdl_agg *g, int flags,
		       struct mdl_arena *scratch)
{
	struct mdl_any x;
	uint64_t n;
	if (flags & HAS_VALUE) {
		if (!mdl_any_codec_get(p, end, &x, scratch))
			return false;
		keep(&g->value, &g->value_own, &x);
	}
	if (flags & HAS_BY) {
		if (!mdl_any_codec_get(p, end, &x, scratch))
			return false;
		keep(&g->by, &g->by_own, &x);
	}
	if (flags & HAS_VALUES) {
		if (!get_bytes(p, end, &n, sizeof(n)) || n > (uint64_t)(end - *p))
			return false;
		g->values = mdl_zalloc(sizeof(*g->values));
		mdl_buf_init(&g->values->bytes, MDL_BUF_NO_LIMIT);
		mdl_buf_put(&g->values->bytes, *p, (size_t)n);
		g->values->n = (size_t)g->n;
		*p += n;
	}
	if (flags & HAS_SEEN) {
		if (!get_bytes(p, end, &n, sizeof(n)) || n > (uint64_t)(end - *p) / sizeof(struct mdl_key))
			return false;
		for (uint64_t i = 0; i < n; i++) {
			struct mdl_key key = {0};
			get_bytes(p, end, &key, sizeof(key));
			enter_key(g, key);
		}
	}
	return true;
}

bool mdl_agg_load(const char **p, const char *end, struct mdl_agg *g, struct mdl_arena *scratch)
{
	char flags;
	uint8_t kind, scale; /* char has a sign on some processors only */
	memset(g, 0, sizeof(*g));
	if (!get_bytes(p, end, &flags, 1) || !get_bytes(p, end, &kind, 1) || !get_bytes(p, end, &scale, 1) ||
	    scale > 38 || !get_bytes(p, end, &g->n, sizeof(g->n)) ||
	    !get_bytes(p, end, &g->sum, sizeof(g->sum)) || !get_bytes(p, end, &g->m2, sizeof(g->m2)))
		return false;
	g->kind = kind;
	g->scale = scale;
	return load_parts(p, end, g, flags, scratch);
}
