/* SPDX-License-Identifier: MIT
 *
 * What a table's definition says beside its columns: how its files are to be read
 * (read_files(... mode => 'x')), and what the table is called.
 */
#ifndef MDL_OP_DEFINITION_H
#define MDL_OP_DEFINITION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/schema.h"

/* In and out: what an option says stands. -1, NULL: nothing does. */
struct mdl_definition_reading {
	int mode;      /* enum mdl_validate_mode */
	int evolution; /* enum mdl_evolution */
	const char *hints;
};

/* The words of --mode and --schema-evolution, in the order of the enums; ended by NULL. */
extern const char *const mdl_definition_modes[], *const mdl_definition_evolutions[];

/* What read_files(...) of S says, where R does not say otherwise; columns that it declares become those of S. Its
 * schemaLocation is one of Databricks. */
int mdl_definition_read(struct mdl_definition_reading *r, struct mdl_schema *s, struct mdl_err *err);
/* FILE.sql that is to be filled: it need not be there yet, or may be empty (the shell has just made it). */
bool mdl_definition_is_to_be_made(const char *spec);
/* "dir/listen_events.sql" -> "listen_events", "x.sql:t" -> "t": a table that no definition names; "records" for NULL. */
const char *mdl_definition_name_of(struct mdl_arena *a, const char *spec);
/* The table's name without its catalog and schema, as dbt would call the model; NULL without one. In S. */
const char *mdl_definition_model(struct mdl_schema *s);

#endif
