/* SPDX-License-Identifier: MIT
 *
 * Vectors that grow row by row, for the elements of arrays and maps that functions
 * make: values are copied with all that they hold, whatever vectors they come from.
 * And the order of values, nested ones too.
 */
#ifndef MDL_SQL_VEC_GROW_H
#define MDL_SQL_VEC_GROW_H

#include "sql/function.h"

struct mdl_grow {
	struct mdl_arena *arena;
	const char *timezone;
	struct mdl_vec *v; /* the vector so far; its address stays */
	size_t n, room;
	struct mdl_grow *child; /* of ARRAY 1, MAP 2, STRUCT nfields */
	size_t nchild;
};

void mdl_grow_init(struct mdl_grow *g, const struct mdl_fn_ctx *ctx, const struct mdl_type *t, size_t room);
/* Append row ROW of SRC, which has g's type, or NULL's, or any type when g is of ANY. */
void mdl_grow_add(struct mdl_grow *g, const struct mdl_vec *src, size_t row);
void mdl_grow_null(struct mdl_grow *g);
/* A row whose values the caller stores: in g->v, or for ARRAY and MAP by mdl_grow_open, its children, mdl_grow_close. */
size_t mdl_grow_row(struct mdl_grow *g);
void mdl_grow_open(struct mdl_grow *g);
void mdl_grow_close(struct mdl_grow *g);

/* The elements of row ROW of OUT, an ARRAY or MAP, are those that G gets between the two. */
static inline void mdl_grow_begin(const struct mdl_grow *g, struct mdl_vec *out, size_t row)
{
	out->span[row] = (struct mdl_span){(uint32_t)g->n, 0};
}
static inline void mdl_grow_end(const struct mdl_grow *g, struct mdl_vec *out, size_t row)
{
	out->span[row].n = (uint32_t)g->n - out->span[row].at;
}

/* OUT, an ARRAY or MAP made by the engine, takes its elements from G (and its values from VALUES). */
void mdl_grow_finish(struct mdl_vec *out, struct mdl_arena *a, const struct mdl_grow *g,
		     const struct mdl_grow *values);

/* Order of two values of equal type; NULL is the least, NaN the greatest, -0.0 equals 0.0. Maps have none: 1 unless equal. */
int mdl_vec_compare(const struct mdl_vec *a, size_t x, const struct mdl_vec *b, size_t y);

#endif
