/* SPDX-License-Identifier: MIT
 *
 * The columns of a stream over time, as Auto Loader keeps them below its
 * cloudFiles.schemaLocation: _schemas/0, _schemas/1, ..., each a line "v1" and a line
 *     {"dataSchemaJson":"{\"type\":\"struct\",...}","partitionSchemaJson":"{...}"}
 * The newest counts. An entry never changes, and is durable before a row of it goes out.
 */
#ifndef MDL_STATE_SCHEMA_LOG_H
#define MDL_STATE_SCHEMA_LOG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/type.h"

/* The newest entry below LOCATION: *COLUMNS, a STRUCT in A, and its number *N; *COLUMNS is NULL and *N is -1 when there is
 * none. */
int mdl_schema_log_read(const char *location, struct mdl_arena *a, const struct mdl_type **columns,
			int64_t *n, struct mdl_err *err);
/* Store COLUMNS as entry N; durable when it returns. Refused (status 75) when another program has stored an entry N. */
int mdl_schema_log_add(const char *location, int64_t n, const struct mdl_type *columns, struct mdl_err *err);

#endif
