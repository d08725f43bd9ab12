/* SPDX-License-Identifier: MIT
 *
 * The rows of a table by the keys of a join. Both sides of each key are cast to the type
 * that Spark compares them in; where the stream's side has no declared type that may
 * differ from row to row, so there is an index for each combination of types that
 * the stream really has, made when it is first met.
 */
#ifndef MDL_OP_JOIN_INDEX_H
#define MDL_OP_JOIN_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "op/join_table.h"
#include "sql/select_plan.h"

enum { MDL_JOIN_NO_ROW = UINT32_MAX };

struct mdl_join_index;

/* All must stay valid: PART is the one that ends in the join, TABLE is prepared for part->build. */
struct mdl_join_index *mdl_join_index_new(const struct mdl_select_part *part,
					  const struct mdl_join_table *table,
					  const struct mdl_session *session);
void mdl_join_index_free(struct mdl_join_index *x);

/* The rows of the table with one key, in its order: the first, and of each the one behind it. */
struct mdl_join_hit {
	uint32_t first;       /* MDL_JOIN_NO_ROW: none */
	const uint32_t *next; /* NULL: every row of the table, for a join without keys */
};

/* HITS[i] for row SEL[i] of vectors KEYS (of NROWS), valid until the index is freed. Rows whose key cannot be compared are
 * entered in FAILS. Works in ARENA. */
void mdl_join_index_probe(struct mdl_join_index *x, struct mdl_vec *const *keys, const uint32_t *sel,
			  size_t n, size_t nrows, struct mdl_arena *arena, struct mdl_fails *fails,
			  struct mdl_join_hit *hits);

#endif
