/* SPDX-License-Identifier: MIT
 *
 * Files, directories, tables and standard input as a source: what file_plan.h and spool.h
 * find, through file_rows.h, remembered as Spark's file source does (state/source_log.h)
 * and in medal/files (state/positions.h).
 */
#ifndef MDL_SOURCE_FILE_SOURCE_H
#define MDL_SOURCE_FILE_SOURCE_H

#include "source/ingest.h"
#include "source/ingest_rows.h"
#include "source/source.h"

/* O and ROWS stay valid as long as S, whose _close frees all. */
void mdl_file_source_open(struct mdl_source_handle *s, const struct mdl_ingest_opts *o,
			  struct mdl_ingest_rows *rows);

/* Is O's checkpoint outside of what O reads? */
int mdl_file_source_check_places(const struct mdl_ingest_opts *o, struct mdl_err *err);

#endif
