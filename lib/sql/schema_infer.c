/* SPDX-License-Identifier: MIT
 *
 * Columns of records: see schema_infer.h.
 */
#include "sql/schema_infer.h"

#include <string.h>

#include "sql/json_infer.h"
#include "json/scan.h"
#include "json/text.h"

/* The field NAME without regard to case; an exact match first. */
static const struct mdl_field *find_field(const struct mdl_field *f, size_t n, struct mdl_slice name)
{
	const struct mdl_field *found = NULL;
	for (size_t i = 0; i < n; i++) {
		if (mdl_slice_eq(f[i].name, name))
			return &f[i];
		if (!found && mdl_slice_eq_nocase(f[i].name, name))
			found = &f[i];
	}
	return found;
}

/* ---- What was seen ---- */

void mdl_schema_infer_init(struct mdl_schema_infer *x)
{
	*x = (struct mdl_schema_infer){.seen = &mdl_type_null};
	mdl_arena_init(&x->arenas[0]);
	mdl_arena_init(&x->arenas[1]);
}

void mdl_schema_infer_free(struct mdl_schema_infer *x)
{
	mdl_arena_free(&x->arenas[0]);
	mdl_arena_free(&x->arenas[1]);
}

static struct mdl_json_value record_of(struct mdl_slice line)
{
	while (line.n && line.p[0] != '{') {
		line.p++;
		line.n--;
	}
	while (line.n && line.p[line.n - 1] != '}')
		line.n--;
	return (struct mdl_json_value){line.p, (uint32_t)line.n, MDL_JSON_OBJECT, false};
}

/* T without the fields whose names differ from one that was seen in case alone: of such names the first is the column. */
static const struct mdl_type *without_variants(struct mdl_arena *a, const struct mdl_type *t,
					       const struct mdl_type *seen)
{
	struct mdl_field *f = NULL;
	size_t n = 0;
	if (seen->kind != MDL_T_STRUCT)
		return t;
	for (size_t i = 0; i < t->nfields; i++) {
		const struct mdl_field *s = find_field(seen->fields, seen->nfields, t->fields[i].name);
		bool variant = s && !mdl_slice_eq(s->name, t->fields[i].name);
		if (variant && !f) {
			f = mdl_arena_alloc(a, t->nfields * sizeof(*f));
			memcpy(f, t->fields, i * sizeof(*f));
		}
		if (!variant && f)
			f[n] = t->fields[i];
		n += !variant;
	}
	return f ? mdl_type_struct(a, f, n) : t;
}

void mdl_schema_infer_see(struct mdl_schema_infer *x, struct mdl_slice line, struct mdl_arena *scratch)
{
	struct mdl_json_value v = record_of(line);
	const struct mdl_type *t =
		without_variants(scratch, mdl_json_infer(scratch, &v, false, false), x->seen);
	x->records++;
	if (mdl_type_eq(x->seen, t))
		return;
	t = mdl_json_infer_both(scratch, x->seen, t);
	if (mdl_type_eq(x->seen, t))
		return;
	x->at = !x->at;
	mdl_arena_reset(&x->arenas[x->at]);
	x->seen = mdl_type_copy(&x->arenas[x->at], t);
}

/* ---- From there to columns ---- */

/* As Spark settles a type: STRING where nothing but NULL was seen; NULL for a struct without fields, and an array of such,
 * which are left out. ARRAYS: those arrays are kept, so that _is_new and growing agree on each record. */
static const struct mdl_type *settle(struct mdl_arena *a, const struct mdl_type *t, bool arrays)
{
	const struct mdl_type *e;
	if (t->kind == MDL_T_NULL)
		return &mdl_type_string;
	if (t->kind == MDL_T_ARRAY) {
		e = settle(a, t->element, arrays);
		return e || arrays ? mdl_type_array(a, e ? e : &mdl_type_string) : NULL;
	}
	if (t->kind != MDL_T_STRUCT)
		return t;
	struct mdl_field *f = mdl_arena_zalloc(a, (t->nfields + 1) * sizeof(*f));
	size_t n = 0;
	for (size_t i = 0; i < t->nfields; i++) {
		if (!(e = settle(a, t->fields[i].type, arrays)) || find_field(f, n, t->fields[i].name))
			continue;
		f[n] = t->fields[i];
		f[n++].type = e;
	}
	return n ? mdl_type_struct(a, f, n) : NULL;
}

enum place { FIRST, TOP, INSIDE }; /* the first columns; more of them; fields of a column */

static const struct mdl_type *grow(struct mdl_arena *a, const struct mdl_type *old,
				   const struct mdl_type *seen, enum place place)
{
	if (old->kind == MDL_T_ARRAY && seen->kind == MDL_T_ARRAY)
		return mdl_type_array(a, grow(a, old->element, seen->element, INSIDE));
	if (old->kind != MDL_T_STRUCT || seen->kind != MDL_T_STRUCT)
		return old;
	struct mdl_field *f = mdl_arena_zalloc(a, (old->nfields + seen->nfields + 1) * sizeof(*f));
	size_t n = old->nfields;
	for (size_t i = 0; i < old->nfields; i++) {
		const struct mdl_field *s = NULL;
		f[i] = old->fields[i];
		for (size_t k = 0; k < seen->nfields && !s; k++)
			if (mdl_slice_eq(seen->fields[k].name, f[i].name))
				s = &seen->fields[k];
		if (s)
			f[i].type = grow(a, f[i].type, s->type, INSIDE);
	}
	for (size_t k = 0; k < seen->nfields; k++) {
		const struct mdl_field *s = &seen->fields[k];
		const struct mdl_type *t;
		if ((place != INSIDE && mdl_schema_reserved(s->name)) || find_field(f, n, s->name) ||
		    !(t = settle(a, s->type, place != FIRST)))
			continue;
		f[n] = *s;
		f[n++].type = t;
	}
	return mdl_type_struct(a, f, n);
}

/* T with what PARTS name in it being of the type HINT. */
static const struct mdl_type *bend(struct mdl_arena *a, const struct mdl_type *t,
				   const struct mdl_slice *parts, size_t n, const struct mdl_type *hint)
{
	if (!n)
		return hint;
	if (t->kind == MDL_T_ARRAY && mdl_slice_is(parts[0], "element"))
		return mdl_type_array(a, bend(a, t->element, parts + 1, n - 1, hint));
	if (t->kind == MDL_T_MAP && mdl_slice_is(parts[0], "key"))
		return mdl_type_map(a, bend(a, t->key, parts + 1, n - 1, hint), t->element);
	if (t->kind == MDL_T_MAP && mdl_slice_is(parts[0], "value"))
		return mdl_type_map(a, t->key, bend(a, t->element, parts + 1, n - 1, hint));
	size_t have = t->kind == MDL_T_STRUCT ? t->nfields : 0, at = have;
	struct mdl_field *f = mdl_arena_zalloc(a, (have + 1) * sizeof(*f));
	if (have)
		memcpy(f, t->fields, have * sizeof(*f));
	const struct mdl_field *old = find_field(f, have, parts[0]);
	if (old)
		at = (size_t)(old - f);
	else
		f[at] = (struct mdl_field){.name = parts[0], .type = &mdl_type_null};
	f[at].type = bend(a, f[at].type, parts + 1, n - 1, hint);
	return mdl_type_struct(a, f, have + !old);
}

const struct mdl_type *mdl_schema_infer_grow(struct mdl_arena *a, const struct mdl_type *columns,
					     const struct mdl_schema_infer *x,
					     const struct mdl_schema_hint *hints, size_t nhints)
{
	const struct mdl_type *t = columns ? columns : mdl_type_struct(a, NULL, 0);
	if (x)
		t = grow(a, t, x->seen, columns ? TOP : FIRST);
	for (size_t i = 0; i < nhints; i++)
		t = bend(a, t, hints[i].parts, hints[i].nparts, hints[i].type);
	return mdl_type_copy(a, t);
}

/* ---- Members that are new ---- */

/* Would settle() with arrays leave V out? */
static bool is_nothing(const struct mdl_json_value *v)
{
	struct mdl_json_iter it;
	if (v->kind != MDL_JSON_OBJECT)
		return false;
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it))
		if (!is_nothing(&it.value))
			return false;
	return true;
}

static bool new_in(const struct mdl_type *t, const struct mdl_json_value *v, bool top, struct mdl_buf *name)
{
	struct mdl_json_iter it;
	size_t next = 0;
	bool array = t->kind == MDL_T_ARRAY && v->kind == MDL_JSON_ARRAY;
	if (!array && (t->kind != MDL_T_STRUCT || v->kind != MDL_JSON_OBJECT))
		return false;
	if (array && !mdl_type_is_complex(t->element))
		return false;
	mdl_json_iter_init(&it, v);
	while (mdl_json_iter_next(&it)) {
		if (array) {
			if (new_in(t->element, &it.value, false, name))
				return true;
			continue;
		}
		struct mdl_slice s = it.name;
		if (it.name_escaped) {
			mdl_buf_clear(name);
			mdl_json_unescape(name, it.name);
			s = mdl_buf_slice(name);
		}
		const struct mdl_field *f = next < t->nfields && mdl_slice_eq(t->fields[next].name, s)
						    ? &t->fields[next]
						    : find_field(t->fields, t->nfields, s);
		if (!f && !(top && mdl_schema_reserved(s)) && !is_nothing(&it.value))
			return true;
		if (!f)
			continue;
		next = (size_t)(f - t->fields) + 1;
		if (mdl_type_is_complex(f->type) && new_in(f->type, &it.value, false, name))
			return true;
	}
	return false;
}

bool mdl_schema_infer_is_new(const struct mdl_type *columns, struct mdl_slice line, struct mdl_buf *name)
{
	struct mdl_json_value v = record_of(line);
	return new_in(columns, &v, true, name);
}

bool mdl_schema_infer_new_inside(const struct mdl_type *t, const struct mdl_json_value *v,
				 struct mdl_buf *name)
{
	return new_in(t, v, false, name);
}

/* ---- As a definition ---- */

void mdl_schema_infer_declare(struct mdl_schema *s, const struct mdl_type *columns)
{
	struct mdl_ast_column *c = mdl_arena_zalloc(&s->arena, (columns->nfields + 1) * sizeof(*c));
	for (size_t i = 0; i < columns->nfields; i++)
		c[i] = (struct mdl_ast_column){.name = columns->fields[i].name,
					       .type = columns->fields[i].type};
	s->st->columns = c;
	s->st->ncolumns = columns->nfields;
}

static void put_constraint(struct mdl_buf *out, const struct mdl_ast_constraint *c)
{
	static const char *const on[] = {[MDL_ON_WARN] = "",
					 [MDL_ON_DROP] = " ON VIOLATION DROP ROW",
					 [MDL_ON_FAIL] = " ON VIOLATION FAIL UPDATE"};
	const struct mdl_expr *e = c->expr;
	mdl_buf_puts(out, "CONSTRAINT ");
	mdl_type_quote_name(out, c->name);
	mdl_buf_puts(out, " EXPECT (");
	mdl_buf_put(out, e->src->text.p + e->pos, e->end - e->pos);
	mdl_buf_printf(out, ")%s", on[c->on_violation]);
}

void mdl_schema_infer_ddl(struct mdl_buf *out, const struct mdl_schema *s, const char *name, bool rescued)
{
	const struct mdl_statement *st = s->st;
	const char *sep = " (\n  ";
	mdl_buf_puts(out, "CREATE OR REFRESH STREAMING TABLE ");
	if (st->name.n)
		mdl_buf_puts_slice(out, st->name);
	else
		mdl_type_quote_name(out, mdl_slice_of(name));
	for (size_t i = 0; i < st->ncolumns; i++, sep = ",\n  ") {
		mdl_buf_puts(out, sep);
		mdl_type_quote_name(out, st->columns[i].name);
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, st->columns[i].type);
	}
	if (rescued) {
		mdl_buf_printf(out, "%s_rescued_data STRING", sep);
		sep = ",\n  ";
	}
	for (size_t i = 0; i < st->nconstraints; i++, sep = ",\n  ") {
		mdl_buf_puts(out, sep);
		put_constraint(out, &st->constraints[i]);
	}
	mdl_buf_puts(out, sep[0] == ',' ? "\n) AS " : " AS ");
	if (st->select_text.n) {
		mdl_buf_puts_slice(out, st->select_text);
	} else {
		mdl_buf_puts(out, "SELECT * FROM STREAM(raw.");
		mdl_type_quote_name(out, mdl_slice_of(name));
		mdl_buf_putc(out, ')');
	}
	mdl_buf_putc(out, ';');
}
