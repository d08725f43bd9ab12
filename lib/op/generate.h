/* SPDX-License-Identifier: MIT
 *
 * Generators: explode and its kin, inline, stack. From the values of their arguments to
 * the rows and columns that they make. Elements of undeclared arrays stay their JSON
 * tokens, under the type that Spark would infer of all of them.
 */
#ifndef MDL_OP_GENERATE_H
#define MDL_OP_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "sql/bind.h"
#include "sql/function.h"

struct mdl_generated {
	uint32_t *from; /* the row that each row was made of, ascending */
	size_t n;
	struct mdl_vec **columns; /* [step->ncolumns], over the new rows */
};

/* Run ST over rows SEL (N) of ARGS, vectors of NROWS. All is made in fx->arena; rows whose value the generator does not
 * take are entered in fx->fails and give none. */
void mdl_generate(struct mdl_fn_ctx *fx, const struct mdl_step *st, struct mdl_vec *const *args,
		  const uint32_t *sel, size_t n, size_t nrows, struct mdl_generated *out);

/* V, whose rows carry their own types, as a vector of the type that holds them all; V itself when it has one type. Rows
 * of a type that does not fit the others fail. */
struct mdl_vec *mdl_generate_settle(struct mdl_fn_ctx *fx, struct mdl_vec *v, const uint32_t *sel, size_t n,
				    size_t nrows);

#endif
