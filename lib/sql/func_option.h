/* SPDX-License-Identifier: MIT
 *
 * The options map of from_json, to_json, from_csv, to_csv and their schema_of_: known
 * when the program is compiled. And their schemas, which are texts of DDL.
 */
#ifndef MDL_SQL_FUNC_OPTION_H
#define MDL_SQL_FUNC_OPTION_H

#include "sql/datetime_pattern.h"
#include "sql/func_list.h"

struct mdl_option {
	bool failfast, drop;         /* mode */
	bool keep_null;              /* ignoreNullFields is false */
	bool strings;                /* primitivesAsString */
	bool decimals;               /* prefersDecimal */
	struct mdl_slice corrupt;    /* columnNameOfCorruptRecord */
	struct mdl_slice separator;  /* CSV: sep, delimiter */
	char quote, escape;          /* CSV */
	struct mdl_slice null_value; /* CSV: nullValue */
	const struct mdl_pattern *date, *timestamp, *timestamp_ntz;
};

/* Read argument I, if there is one. */
int mdl_option_read(struct mdl_call *call, size_t i, struct mdl_option *o, struct mdl_err *err);
/* The type that argument I, a constant text of DDL, describes; TABLE: it must be a STRUCT. */
const struct mdl_type *mdl_option_schema(struct mdl_call *call, size_t i, bool table, struct mdl_err *err);

#endif
