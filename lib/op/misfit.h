/* SPDX-License-Identifier: MIT
 *
 * Rows with values that do not fit their columns, or with members that are no
 * columns, in the two forms that Spark knows:
 *   PERMISSIVE  the value becomes null (inside of structs and arrays only what does not
 *               fit, as with spark.sql.json.enablePartialResults), and the row gets
 *               "_corrupt_record" with the whole line;
 *   rescue      such values, and members that the table does not have, move to
 *               "_rescued_data": a string of compact JSON with their names and values as
 *               they came, and "_file_path" last where _metadata has it.
 * All other members keep their bytes.
 */
#ifndef MDL_OP_MISFIT_H
#define MDL_OP_MISFIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "op/row_writer.h"
#include "sql/schema.h"

struct mdl_misfit {
	const struct mdl_type *type;
	struct mdl_json_value cell; /* the value that does not fit, as the scanner found it */
};

/* What the functions below share; no memory is allocated per row. SCHEMA and TIMEZONE stay the
 * caller's. */
struct mdl_misfit_fixer {
	const struct mdl_schema *schema;
	const char *timezone;
	struct mdl_arena *arena; /* the batch's: set before each call */
	struct mdl_buf extra;    /* members to append, but in the permissive form: "b":"z","c":1 */
	struct mdl_buf name, rescued;
	const struct mdl_ast_column **sorted; /* the columns, by name */
};

void mdl_misfit_init(struct mdl_misfit_fixer *x, const struct mdl_schema *schema, const char *timezone);
/* After the schema's columns have changed. */
void mdl_misfit_columns(struct mdl_misfit_fixer *x);
void mdl_misfit_free(struct mdl_misfit_fixer *x);

/* Append LINE in the permissive form to OUT. */
bool mdl_misfit_permissive(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line,
			   const struct mdl_misfit *bad, size_t nbad);
/* Append LINE in the rescued form to OUT. FILE_PATH is the cell of _metadata.file_path. Both return false, with OUT as it
 * was, when the row's first member would be the reserved _medal. */
bool mdl_misfit_rescue(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line,
		       const struct mdl_misfit *bad, size_t nbad, const struct mdl_json_value *file_path);

/* Append LINE, a good row, with the extra members to OUT. False as above. */
bool mdl_misfit_extend(struct mdl_misfit_fixer *x, struct mdl_buf *out, struct mdl_slice line);

/* Has LINE, a good record, a top-level member that is neither a column (names match exactly) nor one of the reserved names?
 * Then its name is in *NAME: raw, valid as long as LINE. */
bool mdl_misfit_unknown(struct mdl_misfit_fixer *x, struct mdl_slice line, struct mdl_slice *name);

#endif
