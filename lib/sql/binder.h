/* SPDX-License-Identifier: MIT
 *
 * A SELECT while it is being bound: what bind.c and bind_generator.c share.
 */
#ifndef MDL_SQL_BINDER_H
#define MDL_SQL_BINDER_H

#include "sql/resolve.h"

struct mdl_binder {
	struct mdl_resolver r;
	struct mdl_bound *out;
	size_t capsteps;
};

/* The columns of a query so far. */
struct mdl_binder_items {
	struct mdl_bound_item *v;
	size_t n, cap;
};

struct mdl_step *mdl_binder_step(struct mdl_binder *b, enum mdl_step_kind kind);
struct mdl_bound_item *mdl_binder_item(struct mdl_binder *b, struct mdl_binder_items *l);
/* "[UNSUPPORTED_FEATURE] WHAT" at E. Returns -1. */
int mdl_binder_refuse(struct mdl_binder *b, const struct mdl_expr *e, const char *what);

/* The first generator in E, or NULL. */
const struct mdl_expr *mdl_binder_find_generator(const struct mdl_expr *e);
/* The type of E, bound, as far as it is known before a row is seen; NULL with the error filled. */
const struct mdl_type *mdl_binder_type(struct mdl_binder *b, struct mdl_expr *e);
/* E, a generator over what S shows, becomes a step; its columns go to ITEMS, under the names GIVEN if there are any. */
int mdl_binder_generate(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e, bool outer,
			const struct mdl_slice *given, size_t ngiven, struct mdl_binder_items *items);

#endif
