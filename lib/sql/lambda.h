/* SPDX-License-Identifier: MIT
 *
 * A call with a lambda function, compiled: what compile_lambda.c makes and
 * kernel_lambda.c runs. The body is a variant of its own whose rows are the elements of
 * all arrays of the batch; what it takes from outside is carried to them by captures.
 */
#ifndef MDL_SQL_LAMBDA_H
#define MDL_SQL_LAMBDA_H

#include "sql/program.h"

enum mdl_lambda_kind {
	MDL_LAMBDA_TRANSFORM,
	MDL_LAMBDA_FILTER,
	MDL_LAMBDA_EXISTS,
	MDL_LAMBDA_FORALL,
	MDL_LAMBDA_AGGREGATE, /* the instruction's second argument is the start */
	MDL_LAMBDA_ZIP_WITH,
	MDL_LAMBDA_SORT,
	MDL_LAMBDA_MAP_FILTER,
	MDL_LAMBDA_MAP_KEYS, /* the keys alone, as an array */
	MDL_LAMBDA_MAP_VALUES,
	MDL_LAMBDA_MAP_ZIP,
};

struct mdl_lambda {
	enum mdl_lambda_kind kind;
	size_t nlists;                   /* arguments that are no captures */
	struct mdl_variant *body;        /* output 0 */
	struct mdl_variant *finish;      /* AGGREGATE: or NULL */
	const struct mdl_type *types[3]; /* of the parameters */
	size_t nparams;
	/* The captures are the instruction's arguments from these on. */
	size_t captures, finish_captures;
};

#endif
