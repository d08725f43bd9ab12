/* SPDX-License-Identifier: MIT
 *
 * Names before the first record: see name_check.h.
 */
#include "op/name_check.h"

struct mdl_schema *mdl_name_check_columns(const struct mdl_filter *f)
{
	struct mdl_err ignored = MDL_ERR_INIT;

	/* what cannot be read is of another version, which may say more than ours can check */
	return f->begin->columns ? mdl_schema_option(f->begin->columns, &ignored) : NULL;
}

int mdl_name_check_program(const struct mdl_schema *columns, const struct mdl_program *p, struct mdl_err *err)
{
	return columns && p ? mdl_program_check_names(p, columns, err) : 0;
}

int mdl_name_check_expr(const struct mdl_schema *columns, const struct mdl_expr *e, struct mdl_err *err)
{
	while (e->kind != MDL_E_COLUMN && e->nargs)
		e = e->args[0];
	return columns && e->kind == MDL_E_COLUMN ? mdl_program_check_name(columns, e, e->parts[0], err) : 0;
}
