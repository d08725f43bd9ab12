/* SPDX-License-Identifier: MIT
 *
 * The record scanner on foreign bytes. The lines of the input are scanned as one
 * batch and one by one: verdicts and values must be the same, and each value must
 * lie within its line. A value found in an accepted line is walked to its leaves.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "json/scan.h"

enum { PATHS = 6, LINES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct mdl_json_value *container, int depth)
{
	struct mdl_json_iter it;
	mdl_json_iter_init(&it, container);
	while (mdl_json_iter_next(&it))
		if (depth < 20 && (it.value.kind == MDL_JSON_ARRAY || it.value.kind == MDL_JSON_OBJECT))
			walk(&it.value, depth + 1);
}

static void compare(const struct mdl_json_value *a, const struct mdl_json_value *b, struct mdl_slice line)
{
	if (a->kind != b->kind || (a->kind != MDL_JSON_MISSING && (a->p != b->p || a->n != b->n)))
		mdl_bug("the batch and the line give different values");
	if (a->kind == MDL_JSON_MISSING)
		return;
	if (a->p < line.p || a->p + a->n > line.p + line.n)
		mdl_bug("a value lies outside of its line");
	if (a->kind == MDL_JSON_ARRAY || a->kind == MDL_JSON_OBJECT)
		walk(a, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[PATHS] = {"a",        "device.city",  "items[0].id",
						 "items[2]", "`odd.name`.x", "ts"};
	static struct mdl_scan *batch, *single;
	static struct mdl_json_value values[PATHS][LINES];
	struct mdl_json_value *cols[PATHS];
	struct mdl_err err = MDL_ERR_INIT;
	if (!batch) {
		batch = mdl_scan_new(paths, PATHS, &err);
		single = mdl_scan_new(paths, PATHS, &err);
	}
	char *block = mdl_alloc(size + 1 + MDL_SCAN_PADDING);
	if (size)
		memcpy(block, data, size);
	block[size] = '\n';
	memset(block + size + 1, 0xA5, MDL_SCAN_PADDING);

	struct mdl_slice lines[LINES];
	uint8_t verdicts[LINES];
	size_t n = 0;
	for (char *p = block, *end = block + size + 1; p < end && n < LINES; n++) {
		char *nl = memchr(p, '\n', (size_t)(end - p));
		lines[n] = (struct mdl_slice){p, (size_t)(nl - p)};
		p = nl + 1;
	}
	for (size_t k = 0; k < PATHS; k++)
		cols[k] = values[k];
	size_t bad = mdl_scan_batch(batch, lines, n, verdicts, cols), counted = 0;
	for (size_t i = 0; i < n; i++) {
		struct mdl_json_value one[PATHS];
		const char *why = NULL;
		size_t at = 0;
		enum mdl_scan_verdict v = mdl_scan_line(single, lines[i], one, &why, &at);
		if (v != verdicts[i])
			mdl_bug("line %zu: the batch says %d, the line %d", i, verdicts[i], (int)v);
		if (v == MDL_SCAN_CORRUPT && (!why || at > lines[i].n))
			mdl_bug("line %zu: corrupt without a reason or a place", i);
		counted += v != MDL_SCAN_OK;
		for (size_t k = 0; v == MDL_SCAN_OK && k < PATHS; k++)
			compare(&values[k][i], &one[k], lines[i]);
	}
	if (bad != counted)
		mdl_bug("%zu lines are not OK, and %zu are said to be", counted, bad);
	free(block);
	return 0;
}
