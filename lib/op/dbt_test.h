/* SPDX-License-Identifier: MIT
 *
 * dbt's generic tests as people write them: in a schema file (models: - name: ... columns:
 * ... data_tests: ...) or as one line of the same YAML, 'id: unique'. Names and ids are those
 * that dbt 1.9 gives. Here is what they say; op/dbt_check.h carries them out.
 */
#ifndef MDL_OP_DBT_TEST_H
#define MDL_OP_DBT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

enum mdl_dbt_kind {
	MDL_DBT_UNIQUE,
	MDL_DBT_NOT_NULL,
	MDL_DBT_ACCEPTED_VALUES,
	MDL_DBT_RELATIONSHIPS,
	MDL_DBT_OTHER, /* one that medal does not know: it is skipped with a warning */
};

struct mdl_dbt_test {
	enum mdl_dbt_kind kind;
	const char *name;               /* shortened as dbt does: of files and of the audit table */
	const char *unique_id;          /* "test.medal.unique_orders_id.f386da26c2" */
	const char *column;             /* an expression of SQL */
	const char *values;             /* ACCEPTED_VALUES: 'a', 'b', as SQL */
	const char *to, *field;         /* RELATIONSHIPS: the parent's name, and its column */
	const char *where;              /* or NULL */
	bool warn;                      /* severity: warn */
	const char *warn_if, *error_if; /* "!= 0" */
	uint64_t limit;                 /* of failures; 0: none */
};

struct mdl_dbt_tests {
	struct mdl_arena arena; /* of all texts */
	struct mdl_dbt_test *v;
	size_t n, cap;
};

void mdl_dbt_tests_init(struct mdl_dbt_tests *t);
void mdl_dbt_tests_free(struct mdl_dbt_tests *t);

/* Those of FILE.yml[:MODEL]. Without :MODEL they are those of the model TABLE; where that is NULL, of the only one that has
 * tests. */
int mdl_dbt_test_read(struct mdl_dbt_tests *t, const char *spec, const char *table, struct mdl_err *err);
/* --test 'status: {accepted_values: {values: [placed, shipped]}}' for MODEL. */
int mdl_dbt_test_add(struct mdl_dbt_tests *t, const char *text, const char *model, struct mdl_err *err);

#endif
