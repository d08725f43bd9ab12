/* SPDX-License-Identifier: MIT
 *
 * The scanner's front: keeps the tree of wanted places, takes batches and single
 * lines, chooses the engine for this machine.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "json/scan_internal.h"

struct mdl_scan {
	struct mdl_scan_tree tree;
	struct mdl_json_value *cells; /* one line's */
	uint64_t slow_lines;
};

struct mdl_scan *mdl_scan_new(const char *const *paths, size_t npaths, struct mdl_err *err)
{
	if (npaths > MDL_SCAN_MAX_PATHS) {
		mdl_err_set(err, MDL_TROUBLE, "%zu members are wanted of each record; the limit is %d", npaths,
			    MDL_SCAN_MAX_PATHS);
		return NULL;
	}
	struct mdl_scan *s = mdl_zalloc(sizeof(*s));
	if (mdl_scan_path_build(&s->tree, paths, npaths, err) < 0) {
		free(s);
		return NULL;
	}
	s->cells = mdl_array(npaths, sizeof(*s->cells));
	return s;
}

void mdl_scan_free(struct mdl_scan *s)
{
	if (!s)
		return;
	mdl_scan_path_free(&s->tree);
	free(s->cells);
	free(s);
}

uint64_t mdl_scan_slow_lines(const struct mdl_scan *s)
{
	return s->slow_lines;
}

size_t mdl_scan_batch(struct mdl_scan *s, const struct mdl_slice *lines, size_t n, uint8_t *verdicts,
		      struct mdl_json_value *const *cols)
{
	size_t bad = 0, npaths = s->tree.npaths;
	for (size_t i = 0; i < n; i++) {
		struct mdl_scan_fault fault;
		const char *end = lines[i].p + lines[i].n;
		enum mdl_scan_verdict v =
			mdl_scan_exact(&s->tree, lines[i].p, end, end + MDL_SCAN_PADDING, s->cells, &fault);
		verdicts[i] = (uint8_t)v;
		if (v == MDL_SCAN_OK) {
			for (size_t k = 0; k < npaths; k++)
				cols[k][i] = s->cells[k];
		} else {
			bad++;
			for (size_t k = 0; k < npaths; k++)
				cols[k][i] = (struct mdl_json_value){0};
		}
	}
	s->slow_lines += n;
	return bad;
}

enum mdl_scan_verdict mdl_scan_line(struct mdl_scan *s, struct mdl_slice line, struct mdl_json_value *cols,
				    const char **why, size_t *at)
{
	struct mdl_scan_fault fault;
	const char *end = line.p + line.n;
	enum mdl_scan_verdict v = mdl_scan_exact(&s->tree, line.p, end, end, cols, &fault);
	if (v != MDL_SCAN_OK && s->tree.npaths)
		memset(cols, 0, s->tree.npaths * sizeof(*cols));
	if (v == MDL_SCAN_CORRUPT || v == MDL_SCAN_RESERVED) {
		if (why)
			*why = fault.why;
		if (at)
			*at = (size_t)(fault.at - line.p);
	}
	return v;
}
