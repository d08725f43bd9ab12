/* SPDX-License-Identifier: MIT
 *
 * Types of the arguments that are arrays and maps: see func_list.h.
 */
#include "sql/func_list.h"

#include "sql/coerce.h"

int mdl_list_mismatch(struct mdl_call *call, const char *class, const char *what, struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE,
			   "[DATATYPE_MISMATCH.%s] Cannot resolve \"%s\" due to data type mismatch: %s",
			   class, call->name, what);
}

int mdl_list_need(struct mdl_call *call, size_t i, enum mdl_kind kind, bool void_ok, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[i];
	if (t->kind == kind)
		return 0;
	if (t->kind == MDL_T_NULL && void_ok) {
		call->args[i] = kind == MDL_T_ARRAY
					? mdl_type_array(call->arena, &mdl_type_null)
					: mdl_type_map(call->arena, &mdl_type_string, &mdl_type_string);
		return 0;
	}
	return mdl_list_mismatch(
		call, "UNEXPECTED_INPUT_TYPE",
		mdl_arena_printf(call->arena,
				 "parameter %zu requires the \"%s\" type, however it has the type \"%s\"",
				 i + 1, kind == MDL_T_ARRAY ? "ARRAY" : "MAP", mdl_type_name(call->arena, t)),
		err);
}

int mdl_list_ordered(struct mdl_call *call, const struct mdl_type *t, struct mdl_err *err)
{
	return mdl_type_has_order(t)
		       ? 0
		       : mdl_list_mismatch(
				 call, "INVALID_ORDERING_TYPE",
				 mdl_arena_printf(call->arena,
						  "the `%s` does not support ordering on type \"%s\"",
						  call->name, mdl_type_name(call->arena, t)),
				 err);
}

static const struct mdl_type *tightest(const struct mdl_call *call, const struct mdl_type *a,
				       const struct mdl_type *b)
{
	if (a->kind == MDL_T_ANY || b->kind == MDL_T_ANY)
		return &mdl_type_any;
	if (strcmp(call->name, "array_contains") == 0 || strcmp(call->name, "concat of arrays") == 0)
		return mdl_coerce_nested(call->arena, a, b, call->session->ansi, false);
	return mdl_coerce_tight(call->arena, a, b);
}

static int differ(struct mdl_call *call, size_t i, size_t k, struct mdl_err *err)
{
	return mdl_list_mismatch(call, "ARRAY_FUNCTION_DIFF_TYPES",
				 mdl_arena_printf(call->arena, "its arguments are of \"%s\" and \"%s\"",
						  mdl_type_name(call->arena, call->args[i]),
						  mdl_type_name(call->arena, call->args[k])),
				 err);
}

int mdl_list_item(struct mdl_call *call, size_t list, size_t item, struct mdl_err *err)
{
	const struct mdl_type *e = call->args[list]->element, *t = tightest(call, e, call->args[item]);
	if (!t)
		return differ(call, list, item, err);
	if (e->kind == MDL_T_ANY)
		return 0;
	call->args[list] = mdl_type_eq(e, t) ? call->args[list] : mdl_type_array(call->arena, t);
	call->args[item] = t;
	return 0;
}

int mdl_list_same(struct mdl_call *call, struct mdl_err *err)
{
	const struct mdl_type *t = NULL;
	for (size_t i = 0; i < call->nargs; i++) {
		if (mdl_list_need(call, i, MDL_T_ARRAY, true, err) < 0)
			return -1;
		const struct mdl_type *e = call->args[i]->element, *both = t ? tightest(call, t, e) : e;
		if (!both)
			return differ(call, 0, i, err);
		t = both;
	}
	for (size_t i = 0; i < call->nargs && t->kind != MDL_T_ANY; i++)
		if (!mdl_type_eq(call->args[i]->element, t))
			call->args[i] = mdl_type_array(call->arena, t);
	call->result = mdl_type_array(call->arena, t);
	return 0;
}
