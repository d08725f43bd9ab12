/* SPDX-License-Identifier: MIT
 *
 * The types of Spark SQL: see type.h. The parser's half (mdl_type_parse) is in
 * parse_type.c.
 */
#include "sql/type.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"

#define PRIMITIVE(name, k) const struct mdl_type mdl_type_##name = {.kind = (k)}

PRIMITIVE(null, MDL_T_NULL);
PRIMITIVE(boolean, MDL_T_BOOLEAN);
PRIMITIVE(tinyint, MDL_T_TINYINT);
PRIMITIVE(smallint, MDL_T_SMALLINT);
PRIMITIVE(int, MDL_T_INT);
PRIMITIVE(bigint, MDL_T_BIGINT);
PRIMITIVE(float, MDL_T_FLOAT);
PRIMITIVE(double, MDL_T_DOUBLE);
PRIMITIVE(string, MDL_T_STRING);
PRIMITIVE(binary, MDL_T_BINARY);
PRIMITIVE(date, MDL_T_DATE);
PRIMITIVE(timestamp, MDL_T_TIMESTAMP);
PRIMITIVE(timestamp_ntz, MDL_T_TIMESTAMP_NTZ);
PRIMITIVE(any, MDL_T_ANY);
PRIMITIVE(time, MDL_T_TIME);
PRIMITIVE(interval_all, MDL_T_INTERVAL);
const struct mdl_type mdl_type_interval_dt = {
	.kind = MDL_T_INTERVAL_DT, .from = MDL_U_DAY, .to = MDL_U_SECOND};
const struct mdl_type mdl_type_interval_ym = {
	.kind = MDL_T_INTERVAL_YM, .from = MDL_U_YEAR, .to = MDL_U_MONTH};

/* Filled on first use, by any thread: one of each, so that most comparisons of types are of pointers. */
static struct mdl_type decimals[39][39];
static struct mdl_type intervals[6][6];
static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;

static const struct mdl_type *filled(struct mdl_type *t, struct mdl_type with)
{
	/* no zeroed type is of one of these kinds */
	if (__atomic_load_n(&t->kind, __ATOMIC_ACQUIRE) == with.kind)
		return t;
	pthread_mutex_lock(&filling);
	if (t->kind != with.kind) {
		t->precision = with.precision;
		t->scale = with.scale;
		t->from = with.from;
		t->to = with.to;
		__atomic_store_n(&t->kind, with.kind, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&filling);
	return t;
}

const struct mdl_type *mdl_type_decimal(unsigned p, unsigned s)
{
	if (p < 1 || p > 38 || s > p)
		mdl_bug("DECIMAL(%u,%u)", p, s);
	return filled(&decimals[p][s],
		      (struct mdl_type){.kind = MDL_T_DECIMAL, .precision = (uint8_t)p, .scale = (uint8_t)s});
}

const struct mdl_type *mdl_type_interval(enum mdl_unit from, enum mdl_unit to)
{
	if (from == MDL_U_DAY && to == MDL_U_SECOND)
		return &mdl_type_interval_dt;
	if (from == MDL_U_YEAR && to == MDL_U_MONTH)
		return &mdl_type_interval_ym;
	return filled(&intervals[from][to],
		      (struct mdl_type){.kind = from <= MDL_U_MONTH ? MDL_T_INTERVAL_YM : MDL_T_INTERVAL_DT,
					.from = (uint8_t)from,
					.to = (uint8_t)to});
}

static struct mdl_type *nested(struct mdl_arena *a, enum mdl_kind kind)
{
	struct mdl_type *t = mdl_arena_zalloc(a, sizeof(*t));
	t->kind = kind;
	return t;
}

const struct mdl_type *mdl_type_array(struct mdl_arena *a, const struct mdl_type *element)
{
	struct mdl_type *t = nested(a, MDL_T_ARRAY);
	t->element = element;
	return t;
}

const struct mdl_type *mdl_type_map(struct mdl_arena *a, const struct mdl_type *key,
				    const struct mdl_type *value)
{
	struct mdl_type *t = nested(a, MDL_T_MAP);
	t->key = key;
	t->element = value;
	return t;
}

const struct mdl_type *mdl_type_struct(struct mdl_arena *a, const struct mdl_field *fields, size_t n)
{
	struct mdl_type *t = nested(a, MDL_T_STRUCT);
	struct mdl_field *f = mdl_arena_alloc(a, (n ? n : 1) * sizeof(*f));
	if (n)
		memcpy(f, fields, n * sizeof(*f));
	t->fields = f;
	t->nfields = n;
	return t;
}

const struct mdl_type *mdl_type_copy(struct mdl_arena *a, const struct mdl_type *t)
{
	if (!mdl_type_is_complex(t))
		return t;
	struct mdl_type *c = nested(a, t->kind);
	*c = *t;
	if (t->key)
		c->key = mdl_type_copy(a, t->key);
	if (t->element)
		c->element = mdl_type_copy(a, t->element);
	struct mdl_field *f = mdl_arena_zalloc(a, (t->nfields + 1) * sizeof(*f));
	for (size_t i = 0; i < t->nfields; i++) {
		f[i] = t->fields[i];
		f[i].name = mdl_arena_slice(a, f[i].name);
		f[i].type = mdl_type_copy(a, f[i].type);
	}
	c->fields = f;
	return c;
}

int mdl_type_field(const struct mdl_type *t, struct mdl_slice name)
{
	int found = -1;
	for (size_t i = 0; t->kind == MDL_T_STRUCT && i < t->nfields; i++) {
		struct mdl_slice f = t->fields[i].name;
		if (mdl_slice_eq(f, name))
			return (int)i;
		if (found < 0 && !t->open && mdl_slice_eq_nocase(f, name))
			found = (int)i;
	}
	return found;
}

bool mdl_type_eq(const struct mdl_type *a, const struct mdl_type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case MDL_T_DECIMAL:
		return a->precision == b->precision && a->scale == b->scale;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		return a->from == b->from && a->to == b->to;
	case MDL_T_ARRAY:
		return mdl_type_eq(a->element, b->element);
	case MDL_T_MAP:
		return mdl_type_eq(a->key, b->key) && mdl_type_eq(a->element, b->element);
	case MDL_T_STRUCT:
		if (a->nfields != b->nfields)
			return false;
		for (size_t i = 0; i < a->nfields; i++)
			if (!mdl_slice_eq(a->fields[i].name, b->fields[i].name) ||
			    !mdl_type_eq(a->fields[i].type, b->fields[i].type))
				return false;
		return true;
	default:
		return true;
	}
}

bool mdl_type_has_order(const struct mdl_type *t)
{
	bool yes = t->kind != MDL_T_MAP && t->kind != MDL_T_INTERVAL;
	if (t->kind == MDL_T_ARRAY)
		yes = mdl_type_has_order(t->element);
	for (size_t i = 0; t->kind == MDL_T_STRUCT && i < t->nfields; i++)
		yes = yes && mdl_type_has_order(t->fields[i].type);
	return yes;
}

static bool plain_name(struct mdl_slice s)
{
	if (!s.n || (s.p[0] >= '0' && s.p[0] <= '9'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return true;
}

void mdl_type_quote_name(struct mdl_buf *out, struct mdl_slice name)
{
	if (plain_name(name)) {
		mdl_buf_puts_slice(out, name);
		return;
	}
	mdl_buf_putc(out, '`');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '`')
			mdl_buf_putc(out, '`');
		mdl_buf_putc(out, name.p[i]);
	}
	mdl_buf_putc(out, '`');
}

static const char *const kind_names[] = {
	[MDL_T_NULL] = "VOID",
	[MDL_T_BOOLEAN] = "BOOLEAN",
	[MDL_T_TINYINT] = "TINYINT",
	[MDL_T_SMALLINT] = "SMALLINT",
	[MDL_T_INT] = "INT",
	[MDL_T_BIGINT] = "BIGINT",
	[MDL_T_FLOAT] = "FLOAT",
	[MDL_T_DOUBLE] = "DOUBLE",
	[MDL_T_STRING] = "STRING",
	[MDL_T_BINARY] = "BINARY",
	[MDL_T_DATE] = "DATE",
	[MDL_T_TIMESTAMP] = "TIMESTAMP",
	[MDL_T_TIMESTAMP_NTZ] = "TIMESTAMP_NTZ",
	[MDL_T_TIME] = "TIME(6)",
	[MDL_T_INTERVAL] = "INTERVAL",
	[MDL_T_ANY] = "ANY",
	[MDL_T_STRUCT] = NULL,
};

static const char *const unit_names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};

void mdl_type_ddl(struct mdl_buf *out, const struct mdl_type *t)
{
	switch (t->kind) {
	case MDL_T_DECIMAL:
		mdl_buf_printf(out, "DECIMAL(%u,%u)", t->precision, t->scale);
		return;
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		mdl_buf_printf(out, "INTERVAL %s", unit_names[t->from]);
		if (t->to != t->from)
			mdl_buf_printf(out, " TO %s", unit_names[t->to]);
		return;
	case MDL_T_ARRAY:
		mdl_buf_puts(out, "ARRAY<");
		mdl_type_ddl(out, t->element);
		mdl_buf_putc(out, '>');
		return;
	case MDL_T_MAP:
		mdl_buf_puts(out, "MAP<");
		mdl_type_ddl(out, t->key);
		mdl_buf_puts(out, ", ");
		mdl_type_ddl(out, t->element);
		mdl_buf_putc(out, '>');
		return;
	case MDL_T_STRUCT:
		mdl_buf_puts(out, "STRUCT<");
		for (size_t i = 0; i < t->nfields; i++) {
			if (i)
				mdl_buf_puts(out, ", ");
			mdl_type_quote_name(out, t->fields[i].name);
			mdl_buf_puts(out, ": ");
			mdl_type_ddl(out, t->fields[i].type);
			if (t->fields[i].not_null)
				mdl_buf_puts(out, " NOT NULL");
		}
		mdl_buf_putc(out, '>');
		return;
	default:
		mdl_buf_puts(out, kind_names[t->kind]);
	}
}

const char *mdl_type_name(struct mdl_arena *a, const struct mdl_type *t)
{
	if (kind_names[t->kind])
		return kind_names[t->kind];
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	mdl_type_ddl(&b, t);
	char *s = mdl_arena_strndup(a, b.p ? b.p : "", b.n);
	mdl_buf_free(&b);
	return s;
}
