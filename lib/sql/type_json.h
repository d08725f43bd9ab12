/* SPDX-License-Identifier: MIT
 *
 * Types in the JSON form in which Spark keeps them (DataType.json): in Delta's
 * schemaString, in the metadata of Parquet files, in Auto Loader's _schemas/N.
 *     {"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]}
 */
#ifndef MDL_SQL_TYPE_JSON_H
#define MDL_SQL_TYPE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/type.h"

/* Append T: a quoted name ("long", "decimal(10,2)") or an object. All elements may be NULL; ANY is a string. */
void mdl_type_json(struct mdl_buf *out, const struct mdl_type *t);
/* Parse TEXT into A; metadata of fields is passed over. WHAT names the text in messages. */
int mdl_type_json_parse(struct mdl_arena *a, struct mdl_slice text, const char *what,
			const struct mdl_type **t, struct mdl_err *err);

#endif
