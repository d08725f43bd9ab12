/* SPDX-License-Identifier: MIT
 *
 * Options and schemas given as texts: see func_option.h.
 */
#include "sql/func_option.h"

#include <string.h>
#include <strings.h>

static bool is(struct mdl_slice s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

static int set(struct mdl_call *call, struct mdl_option *o, struct mdl_slice k, struct mdl_slice v,
	       struct mdl_err *err)
{
	const struct mdl_pattern **p = is(k, "dateFormat")           ? &o->date
				       : is(k, "timestampFormat")    ? &o->timestamp
				       : is(k, "timestampNTZFormat") ? &o->timestamp_ntz
								     : NULL;
	if (p)
		return (*p = mdl_pattern_new(call->arena, mdl_arena_slice(call->arena, v), err)) ? 0 : -1;
	if (is(k, "mode")) {
		o->failfast = is(v, "FAILFAST");
		o->drop = is(v, "DROPMALFORMED");
		if (o->drop)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"[PARSE_MODE_UNSUPPORTED] The function `%s` doesn't support the DROPMALFORMED mode. "
				"Acceptable modes are PERMISSIVE and FAILFAST.",
				call->name);
	} else if (is(k, "ignoreNullFields")) {
		o->keep_null = is(v, "false");
	} else if (is(k, "primitivesAsString")) {
		o->strings = is(v, "true");
	} else if (is(k, "prefersDecimal")) {
		o->decimals = is(v, "true");
	} else if (is(k, "columnNameOfCorruptRecord")) {
		o->corrupt = v;
	} else if (is(k, "sep") || is(k, "delimiter")) {
		o->separator = v;
	} else if (is(k, "quote") && v.n == 1) {
		o->quote = v.p[0];
	} else if (is(k, "escape") && v.n == 1) {
		o->escape = v.p[0];
	} else if (is(k, "nullValue")) {
		o->null_value = v;
	} else {
		return mdl_err_set(err, MDL_TROUBLE,
				   "[UNSUPPORTED_FEATURE] medal does not carry out the option `%.*s` of %s",
				   (int)(k.n < 100 ? k.n : 100), k.p, call->name);
	}
	return 0;
}

int mdl_option_read(struct mdl_call *call, size_t i, struct mdl_option *o, struct mdl_err *err)
{
	*o = (struct mdl_option){.separator = MDL_SLICE(","),
				 .quote = '"',
				 .escape = '\\',
				 .corrupt = MDL_SLICE("_corrupt_record")};
	if (i >= call->nargs)
		return 0;
	const struct mdl_type *t = call->args[i];
	const struct mdl_vec *v = call->consts[i];
	if (t->kind != MDL_T_MAP || !v || !v->valid[0])
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_OPTIONS.NON_MAP_FUNCTION] Invalid options: Must use the `map()` function for options.");
	if (v->span[0].n && (t->key->kind != MDL_T_STRING || t->element->kind != MDL_T_STRING))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_OPTIONS.NON_STRING_TYPE] Invalid options: A type of keys and values in `map()` must be "
			"string, but got \"%s\".",
			mdl_type_name(call->arena, t));
	for (uint32_t k = 0; k < v->span[0].n; k++) {
		size_t at = v->span[0].at + k;
		const struct mdl_vec *key = v->child[0], *value = v->child[1];
		if (value->valid[mdl_row(value, at)] &&
		    set(call, o, key->str[mdl_row(key, at)], value->str[mdl_row(value, at)], err) < 0)
			return -1;
	}
	return 0;
}

const struct mdl_type *mdl_option_schema(struct mdl_call *call, size_t i, bool table, struct mdl_err *err)
{
	const struct mdl_vec *v = call->consts[i];
	const struct mdl_type *t;
	struct mdl_err first = MDL_ERR_INIT;
	if (!v || !v->valid[0] || v->type->kind != MDL_T_STRING) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_SCHEMA.NON_STRING_LITERAL] The input schema is not a valid schema string: it must be a string "
			"literal and not null.");
		return NULL;
	}
	struct mdl_slice s = v->str[0];
	if (mdl_type_parse(call->arena, s, &t, &first) < 0) {
		char *wrapped = mdl_arena_printf(call->arena, "STRUCT<%.*s>", (int)s.n, s.p);
		if (mdl_type_parse(call->arena, mdl_slice_of(wrapped), &t, &first) < 0) {
			const char *text = strstr(first.msg, "] ");
			mdl_err_set(err, MDL_TROUBLE, "[PARSE_SYNTAX_ERROR] the schema '%.*s': %s",
				    (int)(s.n < 200 ? s.n : 200), s.p, text ? text + 2 : first.msg);
			return NULL;
		}
	}
	if (table && t->kind != MDL_T_STRUCT) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"[INVALID_SCHEMA.NON_STRUCT_TYPE] The input schema '%.*s' is not a struct type but \"%s\".",
			(int)s.n, s.p, mdl_type_name(call->arena, t));
		return NULL;
	}
	return t;
}
