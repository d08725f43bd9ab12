/* SPDX-License-Identifier: MIT
 *
 * A SELECT while it is being bound: what bind.c, bind_join.c and bind_generator.c share.
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

/* The names of WITH that a query sees: the first N of WITH, then those of the query round it. */
struct mdl_binder_names {
	const struct mdl_with *with;
	size_t n;
	const struct mdl_binder_names *outer;
};

struct mdl_step *mdl_binder_step(struct mdl_binder *b, enum mdl_step_kind kind);
struct mdl_bound_item *mdl_binder_item(struct mdl_binder *b, struct mdl_binder_items *l);
/* "[UNSUPPORTED_FEATURE] WHAT" at E. Returns -1. */
int mdl_binder_refuse(struct mdl_binder *b, const struct mdl_expr *e, const char *what);

/* The same at POS of SEL. */
int mdl_binder_refuse_at(struct mdl_binder *b, const struct mdl_select *sel, uint32_t pos, const char *what);
/* X AND Y; Y where X is NULL. */
struct mdl_expr *mdl_binder_both(struct mdl_binder *b, struct mdl_expr *x, struct mdl_expr *y);
/* "c" of "a.b.c". */
struct mdl_slice mdl_binder_last_part(struct mdl_slice name);
/* The relation of the table NAME: by its whole name, else by its last part; 0 when there is none. */
size_t mdl_binder_find_table(const struct mdl_binder *b, struct mdl_slice name);
/* The query of WITH that REL names, or NULL; *SEEN are the names that it sees itself. */
const struct mdl_with *mdl_binder_find_with(const struct mdl_binder_names *names,
					    const struct mdl_relation *rel, struct mdl_binder_names *seen);
/* The columns L get the names that W gives them. */
int mdl_binder_rename(struct mdl_binder *b, const struct mdl_with *w, struct mdl_binder_items *l);
/* What the star E stands for. */
int mdl_binder_star(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e,
		    struct mdl_binder_items *l);
/* JOIN becomes a step, its table a relation of S. */
int mdl_binder_join(struct mdl_binder *b, struct mdl_scope *s, const struct mdl_select *sel,
		    const struct mdl_join *join, const struct mdl_binder_names *names);
/* The subqueries of a WHERE, E, become steps; what is left of E is given back, NULL when nothing is. *RC: -1 on error. */
struct mdl_expr *mdl_binder_subqueries(struct mdl_binder *b, const struct mdl_scope *s, struct mdl_expr *e,
				       const struct mdl_binder_names *names, int *rc);

/* B for a query over the stream of SCHEMA (NULL: none), whose steps go to OUT; all in A. */
void mdl_binder_init(struct mdl_binder *b, struct mdl_arena *a, const struct mdl_schema *schema,
		     const struct mdl_bind_table *tables, size_t ntables, const struct mdl_session *session,
		     struct mdl_bound *out, struct mdl_err *err);
/* FROM and WHERE of SEL become steps; S is the scope of what stands over them. */
int mdl_binder_from(struct mdl_binder *b, const struct mdl_select *sel, struct mdl_scope *s);
/* The scope of the stream's records alone, for the event time of a watermark. */
void mdl_binder_stream(struct mdl_binder *b, struct mdl_scope *s);

/* The first generator in E, or NULL. */
const struct mdl_expr *mdl_binder_find_generator(const struct mdl_expr *e);
/* The type of E, bound, as far as it is known before a row is seen; NULL with the error filled. */
const struct mdl_type *mdl_binder_type(struct mdl_binder *b, struct mdl_expr *e);
/* E, a generator over what S shows, becomes a step; its columns go to ITEMS, under the names GIVEN if there are any. */
int mdl_binder_generate(struct mdl_binder *b, const struct mdl_scope *s, const struct mdl_expr *e, bool outer,
			const struct mdl_slice *given, size_t ngiven, struct mdl_binder_items *items);

#endif
