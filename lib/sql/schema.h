/* SPDX-License-Identifier: MIT
 *
 * What is known of the rows: a table's definition, from a CREATE ... TABLE statement
 * in FILE.sql[:TABLE] or from --schema 'DDL'. The schema owns its arena and a copy
 * of its source text, so it stands alone.
 */
#ifndef MDL_SQL_SCHEMA_H
#define MDL_SQL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/ast.h"

struct mdl_schema {
	struct mdl_arena arena;
	struct mdl_source source; /* for messages about its expressions */
	struct mdl_statement *st; /* name, columns, constraints, watermark, partition_by, select ... */
};

/* FILE.sql or FILE.sql:TABLE (the last component of the table's name, or the whole, in any case). A file with several tables
 * and no :TABLE is refused with their names. The caller frees. */
struct mdl_schema *mdl_schema_read(const char *spec, struct mdl_err *err);
/* How much of FILE.sql[:TABLE] is the file. */
size_t mdl_schema_file_part(const char *spec);
/* --schema: columns in DDL ("a INT, b STRING"), or FILE.sql[:TABLE] when the text ends so or names a file. */
struct mdl_schema *mdl_schema_option(const char *text, struct mdl_err *err);
/* A schema without columns or constraints, to add to with _expect. */
struct mdl_schema *mdl_schema_new(void);
void mdl_schema_free(struct mdl_schema *s);

/* Add a constraint of -e; OPTION names it in messages ("--expect"). A name that is taken is refused. */
int mdl_schema_expect(struct mdl_schema *s, const char *text, const char *option, struct mdl_err *err);

/* NAME is one that medal or Spark's readers make, and no data of a table's own: _metadata, _corrupt_record, _rescued_data,
 * _error. */
bool mdl_schema_reserved(struct mdl_slice name);
/* Number of the column NAME, without regard to case as in Spark's SQL (an exact match first); -1 when undeclared. */
int mdl_schema_find(const struct mdl_schema *s, struct mdl_slice name);
/* The definition's WATERMARK as --watermark has it, "timestamp_millis(ts) 600 seconds", in the schema's arena; NULL without. */
const char *mdl_schema_watermark(struct mdl_schema *s);
/* The same of any WATERMARK E DELAY OF ..., in A. */
const char *mdl_schema_watermark_text(struct mdl_arena *a, const struct mdl_expr *e, int64_t delay_us);
/* Append the columns as DDL: "ts BIGINT NOT NULL, userId BIGINT". */
void mdl_schema_ddl(struct mdl_buf *out, const struct mdl_schema *s);
/* Append up to five of NAMES, those nearest to NAME first, as Spark's messages suggest them. */
void mdl_schema_suggest(struct mdl_buf *out, const struct mdl_slice *names, size_t n, struct mdl_slice name);

#endif
