/* SPDX-License-Identifier: MIT
 *
 * Scopes: which relations the names in a clause may mean, and what each then stands
 * for. Only bind.c and resolve.c include it.
 */
#ifndef MDL_SQL_RESOLVE_H
#define MDL_SQL_RESOLVE_H

#include "sql/bind.h"

/* A relation in FROM: the stream, a table, or columns that stand for expressions (a subquery's, a generator's). */
struct mdl_scope_relation {
	struct mdl_slice qualifier; /* what may stand before its columns; n == 0: nothing */
	size_t relation;            /* 0 the stream, a table, or MDL_SCOPE_DERIVED */
	const struct mdl_bound_item *items;
	size_t nitems;
	const struct mdl_slice *hidden; /* of USING: only with the qualifier */
	size_t nhidden;
};

enum { MDL_SCOPE_DERIVED = 1 << 20 };

struct mdl_scope {
	struct mdl_scope_relation *v;
	size_t n, cap;
	const struct mdl_bound_item *lateral; /* earlier columns of the same list, by their alias */
	size_t nlateral;
	const struct mdl_scope *outer; /* of the query round a subquery: for names that are none here */
};

struct mdl_resolver {
	struct mdl_arena *a;
	const struct mdl_schema *schema; /* the stream's, NULL when it has none */
	const struct mdl_bind_table *tables;
	size_t ntables;
	const struct mdl_session *session;
	struct mdl_slice *absent;
	size_t nabsent, capabsent;
	struct mdl_err *err;
};

void mdl_scope_add(struct mdl_resolver *r, struct mdl_scope *s, const struct mdl_scope_relation *rel);
/* The schema of REL's columns; NULL when any name will do. */
const struct mdl_schema *mdl_scope_schema(const struct mdl_resolver *r, const struct mdl_scope_relation *rel);
/* The relation that QUALIFIER names, or NULL. */
const struct mdl_scope_relation *mdl_scope_find(const struct mdl_scope *s, struct mdl_slice qualifier);
/* Is NAME a column that a relation of S is known to have? (A stream without declared columns may have any.) */
bool mdl_scope_knows(struct mdl_resolver *r, const struct mdl_scope *s, struct mdl_slice name);
/* May S have columns that are not known? */
bool mdl_scope_open(const struct mdl_resolver *r, const struct mdl_scope *s);
bool mdl_scope_hides(const struct mdl_scope_relation *rel, struct mdl_slice name);

/* E with what its names stand for; NULL with r->err filled. E itself when nothing changes. */
struct mdl_expr *mdl_resolve_expr(struct mdl_resolver *r, const struct mdl_scope *s, struct mdl_expr *e);
/* A COLUMN node for column NAME of RELATION, with E's place. */
struct mdl_expr *mdl_resolve_column(struct mdl_resolver *r, size_t relation, struct mdl_slice name,
				    const struct mdl_expr *e);
/* A record may not have member NAME. */
void mdl_resolve_absent(struct mdl_resolver *r, struct mdl_slice name);
/* May an expression be used in place of its name? Not when it is very large or gives another value each time. */
int mdl_resolve_check_item(struct mdl_resolver *r, const struct mdl_expr *e);

#endif
