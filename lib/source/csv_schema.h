/* SPDX-License-Identifier: MIT
 *
 * A table's columns for its CSV files: numbers and booleans are written as such,
 * so that the stages behind, which convert JSON as Spark does, can type them.
 */
#ifndef MDL_SOURCE_CSV_SCHEMA_H
#define MDL_SOURCE_CSV_SCHEMA_H

#include "source/csv_reader.h"
#include "sql/schema.h"

/* Let OPTS ask SCHEMA for the kind of each column, by its name in any case; columns that it does not declare stay
 * strings. Without a header and without names in OPTS the columns are SCHEMA's, in its order. SCHEMA and what is
 * allocated for the names must stay valid as long as OPTS. */
void mdl_csv_schema_apply(struct mdl_csv_opts *opts, struct mdl_schema *schema);

#endif
