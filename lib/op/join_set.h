/* SPDX-License-Identifier: MIT
 *
 * The tables that a query joins with (--table): read at the start, for their columns give
 * names, and under a checkpoint again at the begin of an epoch when they have changed.
 */
#ifndef MDL_OP_JOIN_SET_H
#define MDL_OP_JOIN_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "op/join_table.h"
#include "sql/bind.h"
#include "stream/filter.h"

/* A table as the command line names it. */
struct mdl_join_spec {
	const char *name, *path;
	const char *schema; /* DDL or FILE.sql[:TABLE] of its columns, or NULL */
};

struct mdl_join_set {
	struct mdl_join_table *v;
	struct mdl_bind_table *names; /* what a query may know of them */
	size_t n;
};

/* SPECS must stay valid. After an error, too, _free is due. */
int mdl_join_set_open(struct mdl_join_set *s, const struct mdl_join_spec *specs, size_t n,
		      const struct mdl_join_source *source, struct mdl_err *err);
void mdl_join_set_free(struct mdl_join_set *s);
/* s->names anew, once tables are loaded. */
void mdl_join_set_rename(struct mdl_join_set *s);
/* Pin and read the versions that F's epoch is to see; *CHANGED when a query over them must be compiled anew, which FIRST,
 * at the first begin, it must in any case, for what was read is forgotten when a query is prepared. */
int mdl_join_set_pin(struct mdl_join_set *s, struct mdl_filter *f, bool first, bool *changed,
		     struct mdl_err *err);

#endif
