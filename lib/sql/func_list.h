/* SPDX-License-Identifier: MIT
 *
 * What the functions of arrays and maps share: their types and their spans.
 */
#ifndef MDL_SQL_FUNC_LIST_H
#define MDL_SQL_FUNC_LIST_H

#include "sql/func_text.h"
#include "sql/vec_grow.h"

static inline struct mdl_span mdl_arg_span(struct mdl_vec *const *args, size_t i, size_t row)
{
	return args[i]->span[mdl_row(args[i], row)];
}

/* Argument I is an ARRAY (KIND MDL_T_ARRAY) or a MAP; a bare NULL becomes one of NULLs when VOID_OK. */
int mdl_list_need(struct mdl_call *call, size_t i, enum mdl_kind kind, bool void_ok, struct mdl_err *err);
/* Make array argument LIST and argument ITEM of one element type. CLASS: "ARRAY_FUNCTION_DIFF_TYPES" ... */
int mdl_list_item(struct mdl_call *call, size_t list, size_t item, struct mdl_err *err);
/* Make all arguments arrays of one type. */
int mdl_list_same(struct mdl_call *call, struct mdl_err *err);
/* Values of type T are compared: refused where they have no order. */
int mdl_list_ordered(struct mdl_call *call, const struct mdl_type *t, struct mdl_err *err);
/* "Cannot resolve ... due to data type mismatch" of class DATATYPE_MISMATCH.CLASS. */
int mdl_list_mismatch(struct mdl_call *call, const char *class, const char *what, struct mdl_err *err);

#endif
