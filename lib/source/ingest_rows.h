/* SPDX-License-Identifier: MIT
 *
 * The rows of medal-ingest: the lines of one source file, judged and written out. A
 * record passes as its bytes; a line that is no record goes to the quarantine or
 * becomes a row with only _corrupt_record; blank lines are counted.
 */
#ifndef MDL_SOURCE_INGEST_ROWS_H
#define MDL_SOURCE_INGEST_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "source/file_reader.h"
#include "state/positions.h"
#include "stream/batch.h"
#include "stream/filter.h"
#include "stream/out.h"
#include "json/scan.h"

struct mdl_ingest_rows {
	struct mdl_filter f; /* the loop's output side: books, spans, quarantine */
	struct mdl_out out;
	struct mdl_scan *scan;
	struct mdl_json_value *corrupt; /* the one column that is looked at: _corrupt_record */
	uint8_t *verdicts;
	struct mdl_slice lines[MDL_BATCH_ROWS];
	struct mdl_sum sums[MDL_BATCH_ROWS];
	struct mdl_buf text; /* unwrapped lines of a block */
	struct mdl_buf part; /* an over-long line that --unwrap puts together */
	bool metadata, unwrap;
	uint64_t max_record;
	/* of the file at hand */
	const struct mdl_file_range *file;
	struct mdl_buf metadata_text; /* {"file_path":...,"line": */
};

/* OUT_FD gets the rows. */
int mdl_ingest_rows_init(struct mdl_ingest_rows *r, int out_fd, const char *stage, struct mdl_err *err);
void mdl_ingest_rows_free(struct mdl_ingest_rows *r);

/* Emit RANGE of a file. *END and *LINE get the byte and line where reading stopped (for files that grow). */
int mdl_ingest_rows_file(struct mdl_ingest_rows *r, const struct mdl_file_range *range,
			 const struct mdl_file_opts *opts, uint64_t *end, uint64_t *line,
			 struct mdl_err *err);

#endif
