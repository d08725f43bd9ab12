/* SPDX-License-Identifier: MIT
 *
 * Names to columns. A declared column resolves without regard to case, as in Spark,
 * and reads the JSON member of exactly its declared name; an undeclared member is read by
 * the name as written. Where columns are declared, other names are unknown, with a
 * did-you-mean, but for the reserved members. "a.b" and "a[0]" into JSON are paths of the scanner.
 */
#include <string.h>

#include "sql/bind.h"
#include "sql/parse.h"
#include "sql/program.h"

/* E names no column of S: with up to five declared names, the nearest first. */
static int unresolved(const struct mdl_schema *s, const struct mdl_expr *e, struct mdl_err *err)
{
	struct mdl_buf name = MDL_BUF_INIT(256), near = MDL_BUF_INIT(512);
	struct mdl_slice names[64];
	size_t n = s->st->ncolumns < 64 ? s->st->ncolumns : 64;
	for (size_t i = 0; i < n; i++)
		names[i] = s->st->columns[i].name;
	for (size_t i = 0; i < e->nparts; i++)
		mdl_buf_printf(&name, "%s`%.*s`", i ? "." : "", (int)e->parts[i].n, e->parts[i].p);
	mdl_schema_suggest(&near, names, n, e->parts[e->nparts - 1]);
	mdl_parse_error_at(
		e->src, e->pos, err,
		"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name %s cannot be "
		"resolved. Did you mean one of the following? [%s]",
		mdl_buf_cstr(&name), mdl_buf_cstr(&near));
	mdl_buf_free(&name);
	mdl_buf_free(&near);
	return -1;
}

int mdl_program_check_name(const struct mdl_schema *columns, const struct mdl_expr *e,
			   struct mdl_slice member, struct mdl_err *err)
{
	for (size_t i = 0; i < columns->st->ncolumns; i++)
		if (mdl_slice_eq(columns->st->columns[i].name, member))
			return 0;
	return mdl_bind_reserved(member) ? 0 : unresolved(columns, e, err);
}

int mdl_program_check_names(const struct mdl_program *p, const struct mdl_schema *columns,
			    struct mdl_err *err)
{
	for (size_t i = 0; i < p->npaths; i++)
		if (p->paths[i].at &&
		    mdl_program_check_name(columns, p->paths[i].at, p->paths[i].member, err))
			return -1;
	return 0;
}

/* One step from a value of type *T into member NAME; false when there is none. */
static bool step(const struct mdl_type **t, struct mdl_slice *name)
{
	if ((*t)->kind == MDL_T_ANY)
		return true;
	if ((*t)->kind == MDL_T_MAP && (*t)->key->kind == MDL_T_STRING) {
		*t = (*t)->element;
		return true;
	}
	if ((*t)->kind != MDL_T_STRUCT)
		return false;
	for (size_t i = 0; i < (*t)->nfields; i++)
		if (mdl_slice_eq_nocase((*t)->fields[i].name, *name)) {
			*name = (*t)->fields[i].name;
			*t = (*t)->fields[i].type;
			return true;
		}
	return false;
}

static int no_field(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_type *t,
		    struct mdl_slice name)
{
	struct mdl_buf b = MDL_BUF_INIT(512);
	mdl_type_ddl(&b, t);
	if (t->kind == MDL_T_STRUCT)
		mdl_comp_fail(c, e, "[FIELD_NOT_FOUND] No such struct field `%.*s` in %s", (int)name.n,
			      name.p, mdl_buf_cstr(&b));
	else
		mdl_comp_fail(
			c, e,
			"[INVALID_EXTRACT_BASE_FIELD_TYPE] Can't extract a value of the name `%.*s`. Need a complex "
			"type [STRUCT, ARRAY, MAP] but got \"%s\"",
			(int)name.n, name.p, mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return -1;
}

/* The parts of COLUMN E from FROM on, below what OUT has and *T is. */
static int sub_path(struct mdl_comp *c, const struct mdl_expr *e, size_t from, struct mdl_buf *out,
		    const struct mdl_type **t)
{
	for (size_t i = from; i < e->nparts; i++) {
		struct mdl_slice name = e->parts[i];
		const struct mdl_type *base = *t;
		if (!step(t, &name))
			return no_field(c, e, base, e->parts[i]);
		mdl_buf_putc(out, '.');
		mdl_type_quote_name(out, name);
	}
	return 0;
}

/* A bound column of a table: it is there, or nothing is known of the table. */
static int table_path(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_buf *out,
		      const struct mdl_type **t)
{
	const struct mdl_schema *s = c->p->tables[e->relation - 1].schema;
	int k = s ? mdl_schema_find(s, e->parts[0]) : -1;
	*t = k < 0 ? &mdl_type_any : s->st->columns[k].type;
	mdl_type_quote_name(out, e->parts[0]);
	return sub_path(c, e, 1, out, t);
}

/* The relation of the column that E is, or is a part of. */
static size_t relation_of(const struct mdl_expr *e)
{
	while (e->kind != MDL_E_COLUMN)
		e = e->args[0];
	return e->relation;
}

/* Append the path of E to OUT. 0 done, 1 not a path, -1 error. */
static int path_of(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_buf *out,
		   const struct mdl_type **t)
{
	if (e->kind == MDL_E_COLUMN) {
		size_t i = 0;
		if (e->relation)
			return table_path(c, e, out, t);
		int k = mdl_schema_find(c->p->schema, e->parts[0]);
		if (k < 0 && e->nparts > 1 &&
		    ((c->p->alias.n && mdl_slice_eq_nocase(e->parts[0], c->p->alias)) ||
		     (c->p->relation.n && !c->p->alias.n &&
		      mdl_slice_eq_nocase(e->parts[0], c->p->relation)))) {
			i = 1;
			k = mdl_schema_find(c->p->schema, e->parts[1]);
		}
		struct mdl_slice name = e->parts[i];
		*t = &mdl_type_any;
		if (k >= 0) {
			name = c->p->schema->st->columns[k].name;
			*t = c->p->schema->st->columns[k].type;
		} else if ((c->p->schema || (c->p->ninputs && !c->p->dynamic)) && !mdl_bind_reserved(name)) {
			if (c->p->schema)
				return unresolved(c->p->schema, e, c->err);
			mdl_comp_fail(
				c, e,
				"[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] `%.*s` cannot be resolved: here only the "
				"keys and aggregates have a value",
				(int)name.n, name.p);
			return -1;
		}
		c->undeclared = k < 0 && !e->optional ? e : NULL;
		c->member = name;
		mdl_type_quote_name(out, name);
		return sub_path(c, e, i + 1, out, t);
	}
	if (e->kind == MDL_E_FIELD) {
		int rc = path_of(c, e->args[0], out, t);
		struct mdl_slice name = e->name;
		const struct mdl_type *from = *t;
		if (rc)
			return rc;
		if (!step(t, &name))
			return no_field(c, e, from, e->name);
		mdl_buf_putc(out, '.');
		mdl_type_quote_name(out, name);
		return 0;
	}
	if (e->kind != MDL_E_INDEX || e->args[1]->kind != MDL_E_LITERAL)
		return 1;
	const struct mdl_expr *x = e->args[1];
	int rc = path_of(c, e->args[0], out, t);
	if (rc)
		return rc;
	if (x->type->kind == MDL_T_STRING &&
	    ((*t)->kind == MDL_T_ANY || (*t)->kind == MDL_T_MAP || (*t)->kind == MDL_T_STRUCT)) {
		struct mdl_slice name = x->value.str;
		const struct mdl_type *from = *t;
		if (name.n == 0)
			return 1;
		if (!step(t, &name))
			return no_field(c, e, from, x->value.str);
		mdl_buf_putc(out, '.');
		mdl_type_quote_name(out, name);
		return 0;
	}
	if ((x->type->kind == MDL_T_INT || x->type->kind == MDL_T_BIGINT) && x->value.i64 >= 0 &&
	    ((*t)->kind == MDL_T_ANY || ((*t)->kind == MDL_T_ARRAY && !c->p->session->ansi))) {
		if ((*t)->kind == MDL_T_ARRAY)
			*t = (*t)->element;
		mdl_buf_printf(out, "[%lld]", (long long)x->value.i64);
		return 0;
	}
	return 1;
}

int mdl_comp_path(struct mdl_comp *c, const struct mdl_expr *e)
{
	if (e->kind != MDL_E_COLUMN && e->kind != MDL_E_FIELD && e->kind != MDL_E_INDEX)
		return -1;
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	const struct mdl_type *t = &mdl_type_any;
	c->undeclared = NULL;
	int rc = path_of(c, e, &b, &t);
	int k = rc == 0 ? mdl_program_path(c->p, relation_of(e), mdl_buf_cstr(&b), t) : -1;
	if (k >= 0 && c->undeclared) {
		c->p->paths[k].at = c->undeclared;
		c->p->paths[k].member = c->member;
	}
	mdl_buf_free(&b);
	return k;
}

static const struct mdl_type list_of_null = {.kind = MDL_T_ARRAY, .element = &mdl_type_null};

const struct mdl_type *mdl_code_type(uint8_t code)
{
	static const struct mdl_type array = {.kind = MDL_T_ARRAY, .element = &mdl_type_any};
	static const struct mdl_type object = {.kind = MDL_T_STRUCT};
	switch ((enum mdl_code)code) {
	case MDL_C_BOOLEAN:
		return &mdl_type_boolean;
	case MDL_C_BIGINT:
		return &mdl_type_bigint;
	case MDL_C_DECIMAL:
		return mdl_type_decimal(38, 0);
	case MDL_C_DOUBLE:
		return &mdl_type_double;
	case MDL_C_STRING:
		return &mdl_type_string;
	case MDL_C_ARRAY:
		return &array;
	case MDL_C_STRUCT:
		return &object;
	case MDL_C_NULL:
		break;
	}
	return &mdl_type_null;
}

/* a[i], m[k] and s.f of values that are no paths. */
static int access(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int args[2] = {mdl_comp_expr(c, e->args[0], sel), MDL_REG_NONE};
	if (args[0] < 0)
		return MDL_REG_NONE;
	const struct mdl_type *t = mdl_comp_type(c, args[0]);
	if (e->kind == MDL_E_FIELD) {
		if (t->kind == MDL_T_NULL)
			return args[0];
		int k = mdl_type_field(t, e->name);
		if (k >= 0) {
			struct mdl_instr in = {.run = mdl_kernel_field,
					       .name = "field",
					       .type = t->fields[k].type,
					       .imm = k};
			return mdl_comp_instr(c, &in, args, 1, sel);
		}
		if (t->kind == MDL_T_STRUCT && t->open)
			return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
		no_field(c, e, t, e->name);
		return MDL_REG_NONE;
	}
	if ((args[1] = mdl_comp_expr(c, e->args[1], sel)) < 0)
		return MDL_REG_NONE;
	if (t->kind == MDL_T_MAP)
		return mdl_comp_call_regs(c, e, MDL_SLICE("element_at"), args, 2, sel);
	if (t->kind == MDL_T_NULL)
		return args[0];
	if (t->kind != MDL_T_ARRAY) {
		mdl_comp_fail(
			c, e,
			"[INVALID_EXTRACT_BASE_FIELD_TYPE] Can't extract a value. Need a complex type [STRUCT, ARRAY, "
			"MAP] but got \"%s\"",
			mdl_type_name(&c->v->arena, t));
		return MDL_REG_NONE;
	}
	if ((args[1] = mdl_comp_cast(c, args[1], &mdl_type_bigint, sel, false, e)) < 0)
		return MDL_REG_NONE;
	struct mdl_instr in = {.run = mdl_kernel_index,
			       .name = "index",
			       .type = t->element,
			       .can_fail = c->p->session->ansi};
	return mdl_comp_instr(c, &in, args, 2, sel);
}

int mdl_comp_column(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	int path = mdl_comp_path(c, e);
	if (path < 0) {
		return c->err->status == MDL_OK && e->kind != MDL_E_COLUMN ? access(c, e, sel) : MDL_REG_NONE;
	}
	if (c->lambda)
		return mdl_comp_captured(c, e);
	struct mdl_path *p = &c->p->paths[path];
	struct mdl_instr in = {.run = mdl_kernel_load, .name = "load", .type = p->type, .imm = path};
	if (p->type->kind == MDL_T_ANY) {
		p->computed = true;
		in.type = mdl_code_type(c->v->codes[path]);
		c->dynamic |= p->deep;
		if (p->deep && c->v->types[path])
			in.type = c->v->types[path];
		else if (p->deep && in.type->kind == MDL_T_ARRAY)
			in.type = &list_of_null; /* no row was seen yet */
		if (in.type->kind == MDL_T_NULL)
			return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_null));
	}
	if (mdl_type_is_complex(in.type)) {
		in.run = mdl_kernel_column;
		in.name = "column";
	}
	return mdl_comp_instr(c, &in, NULL, 0, sel);
}
