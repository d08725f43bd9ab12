/* SPDX-License-Identifier: MIT
 *
 * The rows of one source file: its blocks (file_reader.h) through ingest_rows.h.
 */
#ifndef MDL_SOURCE_FILE_ROWS_H
#define MDL_SOURCE_FILE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "source/file_reader.h"
#include "source/ingest_rows.h"
#include "state/positions.h"

struct mdl_file_rows {
	struct mdl_ingest_rows *rows;
	bool metadata;       /* rows get _metadata */
	bool unwrap;         /* the file holds quarantined rows: their original lines are read */
	struct mdl_buf text; /* unwrapped lines of a block */
	struct mdl_buf part; /* an over-long line that unwrap puts together */
	/* of the file at hand */
	const struct mdl_file_range *file;
	const struct mdl_file_block *block;
	bool unwrapped;
	size_t next_bad;
	bool told_utf16;              /* of some file */
	struct mdl_buf metadata_text; /* {"file_path":...,"line": */
};

void mdl_file_rows_init(struct mdl_file_rows *fr, struct mdl_ingest_rows *rows);
void mdl_file_rows_free(struct mdl_file_rows *fr);

/* Emit RANGE of a file. *END and *LINE get the byte and line where reading stopped (for files that grow). */
int mdl_file_rows_emit(struct mdl_file_rows *fr, const struct mdl_file_range *range,
		       const struct mdl_file_opts *opts, uint64_t *end, uint64_t *line, struct mdl_err *err);

#endif
