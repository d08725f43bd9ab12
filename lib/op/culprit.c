/* SPDX-License-Identifier: MIT
 *
 * The expression to blame: see culprit.h.
 */
#include "op/culprit.h"

#include "sql/compile.h"

bool mdl_culprit_is(struct mdl_expr *e, const struct mdl_schema *schema, const struct mdl_session *session,
		    struct mdl_slice line, struct mdl_arena *a)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_program *p = mdl_program_new(schema, session);
	struct mdl_scan *scan = NULL;
	bool failed = false;
	size_t n;
	if (mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, &ignored) < 0 || mdl_program_finish(p, &ignored))
		goto out;
	const char *const *paths = mdl_program_paths(p, &n);
	scan = mdl_scan_new(paths, n, &ignored);
	if (!scan)
		goto out;
	struct mdl_json_value *cells = mdl_arena_alloc(a, (n + 1) * sizeof(*cells));
	const struct mdl_json_value **cols = mdl_arena_alloc(a, (n + 1) * sizeof(*cols));
	for (size_t k = 0; k < n; k++)
		cols[k] = &cells[k];
	mdl_scan_line(scan, line, cells, NULL, NULL);
	struct mdl_result res = {0};
	failed = mdl_program_run(p, cols, NULL, NULL, 1, 1, a, &res, &ignored) == 0 && res.fails.n > 0;
out:
	if (scan)
		mdl_scan_free(scan);
	mdl_program_free(p);
	return failed;
}

struct mdl_slice mdl_culprit_text(const struct mdl_expr *e)
{
	return (struct mdl_slice){e->src->text.p + e->pos, e->end - e->pos};
}
