/* SPDX-License-Identifier: MIT
 *
 * Types as Spark's JSON: see type_json.h.
 */
#include "sql/type_json.h"

#include <stdlib.h>
#include <string.h>

#include "json/doc.h"
#include "json/text.h"

enum { MAX_DEPTH = 200 };

/* Types whose name in JSON is not that of the DDL in lower case. */
static const char *const names[] = {
	[MDL_T_NULL] = "void",
	[MDL_T_BOOLEAN] = "boolean",
	[MDL_T_TINYINT] = "byte",
	[MDL_T_SMALLINT] = "short",
	[MDL_T_INT] = "integer",
	[MDL_T_BIGINT] = "long",
	[MDL_T_FLOAT] = "float",
	[MDL_T_DOUBLE] = "double",
	[MDL_T_STRING] = "string",
	[MDL_T_BINARY] = "binary",
	[MDL_T_DATE] = "date",
	[MDL_T_TIMESTAMP] = "timestamp",
	[MDL_T_TIMESTAMP_NTZ] = "timestamp_ntz",
	[MDL_T_ANY] = "string",
	[MDL_T_TIME] = "time(6)",
	[MDL_T_INTERVAL] = "interval",
};

static void put_fields(struct mdl_buf *out, const struct mdl_type *t)
{
	mdl_buf_puts(out, "{\"type\":\"struct\",\"fields\":[");
	for (size_t i = 0; i < t->nfields; i++) {
		const struct mdl_field *f = &t->fields[i];
		mdl_buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
		mdl_json_quote(out, f->name);
		mdl_buf_puts(out, ",\"type\":");
		mdl_type_json(out, f->type);
		mdl_buf_printf(out, ",\"nullable\":%s,\"metadata\":{}}", f->not_null ? "false" : "true");
	}
	mdl_buf_puts(out, "]}");
}

/* "interval day to second": the DDL's words in lower case. */
static void put_words(struct mdl_buf *out, const struct mdl_type *t)
{
	mdl_buf_putc(out, '"');
	size_t at = out->n;
	mdl_type_ddl(out, t);
	for (; at < out->n; at++)
		if (out->p[at] >= 'A' && out->p[at] <= 'Z')
			out->p[at] = (char)(out->p[at] | 0x20);
	mdl_buf_putc(out, '"');
}

void mdl_type_json(struct mdl_buf *out, const struct mdl_type *t)
{
	switch (t->kind) {
	case MDL_T_STRUCT:
		put_fields(out, t);
		return;
	case MDL_T_ARRAY:
		mdl_buf_puts(out, "{\"type\":\"array\",\"elementType\":");
		mdl_type_json(out, t->element);
		mdl_buf_puts(out, ",\"containsNull\":true}");
		return;
	case MDL_T_MAP:
		mdl_buf_puts(out, "{\"type\":\"map\",\"keyType\":");
		mdl_type_json(out, t->key);
		mdl_buf_puts(out, ",\"valueType\":");
		mdl_type_json(out, t->element);
		mdl_buf_puts(out, ",\"valueContainsNull\":true}");
		return;
	case MDL_T_DECIMAL:
	case MDL_T_INTERVAL_DT:
	case MDL_T_INTERVAL_YM:
		put_words(out, t);
		return;
	default:
		mdl_buf_printf(out, "\"%s\"", names[t->kind]);
	}
}

/* ---- Reading ---- */

struct reader {
	struct mdl_arena *a;
	const char *what;
	unsigned depth;
	struct mdl_err *err;
};

static const struct mdl_type *read_type(struct reader *r, const struct mdl_doc *d);

static const struct mdl_type *no_type(struct reader *r, const char *text)
{
	mdl_err_set(r->err, MDL_TROUBLE, "%s: '%s' is no type of Spark's", r->what, text);
	return NULL;
}

static const struct mdl_type *named(struct reader *r, const char *name)
{
	static const struct mdl_type *const types[] = {
		&mdl_type_null,   &mdl_type_boolean,      &mdl_type_tinyint, &mdl_type_smallint,
		&mdl_type_int,    &mdl_type_bigint,       &mdl_type_float,   &mdl_type_double,
		&mdl_type_string, &mdl_type_binary,       &mdl_type_date,    &mdl_type_timestamp,
		&mdl_type_time,   &mdl_type_timestamp_ntz};
	const struct mdl_type *t;
	struct mdl_err ignored = MDL_ERR_INIT;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(names[types[i]->kind], name) == 0)
			return types[i];
	/* decimal(10,2) and intervals are written as in DDL */
	if ((strncmp(name, "decimal", 7) && strncmp(name, "interval", 8)) ||
	    mdl_type_parse(r->a, mdl_slice_of(name), &t, &ignored))
		return no_type(r, name);
	return t;
}

static const struct mdl_type *read_struct(struct reader *r, const struct mdl_doc *d)
{
	const struct mdl_doc *fields = mdl_doc_get(d, "fields");
	size_t n = mdl_doc_size(fields);
	struct mdl_field *f = mdl_arena_zalloc(r->a, (n + 1) * sizeof(*f));
	for (size_t i = 0; i < n; i++) {
		const struct mdl_doc *x = mdl_doc_at(fields, i);
		const char *name = mdl_doc_str(x, "name");
		if (!name)
			return no_type(r, "a field without a name");
		f[i].name = mdl_slice_of(mdl_arena_strdup(r->a, name));
		f[i].not_null = !mdl_doc_bool(x, "nullable", true);
		if (!(f[i].type = read_type(r, mdl_doc_get(x, "type"))))
			return NULL;
	}
	return mdl_type_struct(r->a, f, n);
}

static const struct mdl_type *read_type(struct reader *r, const struct mdl_doc *d)
{
	const char *name = mdl_doc_text(d), *kind = mdl_doc_str(d, "type");
	const struct mdl_type *t = NULL, *k = NULL;
	if (name)
		return named(r, name);
	if (!kind || ++r->depth > MAX_DEPTH)
		return no_type(r, kind ? "a type that deep" : "what has no \"type\"");
	if (strcmp(kind, "struct") == 0)
		t = read_struct(r, d);
	else if (strcmp(kind, "array") == 0)
		t = (t = read_type(r, mdl_doc_get(d, "elementType"))) ? mdl_type_array(r->a, t) : NULL;
	else if (strcmp(kind, "map") == 0)
		t = (k = read_type(r, mdl_doc_get(d, "keyType"))) &&
				    (t = read_type(r, mdl_doc_get(d, "valueType")))
			    ? mdl_type_map(r->a, k, t)
			    : NULL;
	else
		t = no_type(r, kind);
	r->depth--;
	return t;
}

int mdl_type_json_parse(struct mdl_arena *a, struct mdl_slice text, const char *what,
			const struct mdl_type **t, struct mdl_err *err)
{
	struct reader r = {a, what, 0, err};
	struct mdl_doc *d = mdl_doc_parse(text, what, err);
	if (!d)
		return -1;
	*t = read_type(&r, d);
	mdl_doc_free(d);
	return *t ? 0 : -1;
}
