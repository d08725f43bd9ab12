/* SPDX-License-Identifier: MIT
 *
 * Paths as they stand in table logs: absolute URIs in the spelling of Java's URI
 * class, which Hadoop's Path uses, and the way back to a path within the table. A
 * table that was moved or restored elsewhere still reads: what stands before the
 * table's own name does not count. No path leaves the table.
 */
#ifndef MDL_TABLE_TABLE_URI_H
#define MDL_TABLE_TABLE_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

/* Append the URI of DIR/PATH ("file:///data/t/x%20y/part-0-0.ndjson"). DIR is absolute. The text needs no
 * escaping in JSON. */
void mdl_table_uri_format(struct mdl_buf *out, const char *dir, const char *path);
/* The path of URI, unquoted, in A (a path without a scheme as it stands); NULL when it holds a NUL or a broken escape. */
char *mdl_table_uri_path(struct mdl_arena *a, const char *uri);
/* The path relative to table DIR that URI means, in A; NULL when it would leave the table. *HERE (unless NULL): its whole
 * text names a file of the table where it stands now. If not, Spark, which takes it as it is, does not find the file. */
char *mdl_table_uri_relative(struct mdl_arena *a, const char *dir, const char *uri, bool *here);
/* Is PATH a relative path that stays below where it begins: no empty, "." or ".." part? */
bool mdl_table_path_inside(const char *path);

/* Append NAME=VALUE as a partition folder's name, both escaped as Spark and Hive do (NUL as %00 too). An
 * empty value is __HIVE_DEFAULT_PARTITION__. */
void mdl_table_partition_format(struct mdl_buf *out, struct mdl_slice name, struct mdl_slice value);

#endif
