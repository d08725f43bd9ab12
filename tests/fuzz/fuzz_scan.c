/* SPDX-License-Identifier: MIT
 *
 * The scanner against itself: the input is a stream of lines; each engine must
 * give what the exact engine gives for each line alone. The last byte chooses the
 * wanted places, and whether the lines stand in one chunk or in two. What is accepted must also survive a walk and its strings unescaping.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "json/scan.h"
#include "json/text.h"

enum { NPATHS = 6, MAX_LINES = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const wanted[2][NPATHS] = {
	{"a", "b", "ts", "level", "device.city", "a[0]"},
	{"userId", "b.c", "items[1].id", "a.b.c", "items", "`odd.name`.x"},
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static size_t walk(struct mdl_json_iter *it, int depth)
{
	size_t n = 0;
	for (; mdl_json_iter_next(it); n++) {
		expect(it->value.kind != MDL_JSON_MISSING && it->value.p + it->value.n <= it->end);
		if (it->value.kind == MDL_JSON_STRING) {
			char *text = mdl_alloc(it->value.n);
			size_t len = mdl_json_unescape_to(text, (struct mdl_slice){it->value.p, it->value.n});
			expect(len <= it->value.n && mdl_utf8_valid((struct mdl_slice){text, len}));
			expect(it->value.escaped == (memchr(it->value.p, '\\', it->value.n) != NULL));
			free(text);
		}
		if (depth < 20 && (it->value.kind == MDL_JSON_ARRAY || it->value.kind == MDL_JSON_OBJECT)) {
			struct mdl_json_iter in;
			mdl_json_iter_init(&in, &it->value);
			n += walk(&in, depth + 1);
		}
	}
	return n;
}

static bool same(const struct mdl_json_value *a, const struct mdl_json_value *b)
{
	return a->kind == b->kind && (!a->kind || (a->p == b->p && a->n == b->n && a->escaped == b->escaped));
}

static void compare(const char *engine, const char *const *paths, const struct mdl_slice *lines, size_t n)
{
	static struct mdl_json_value values[NPATHS][MAX_LINES];
	static uint8_t verdicts[MAX_LINES];
	struct mdl_json_value *cols[NPATHS], one[NPATHS];
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(paths, NPATHS, &err), *ref = mdl_scan_new(paths, NPATHS, &err);
	expect(s && ref && mdl_scan_use(ref, "exact") == 0);
	for (size_t k = 0; k < NPATHS; k++)
		cols[k] = values[k];
	for (int round = 0; mdl_scan_use(s, engine) == 0 && round < 2; round++) {
		mdl_scan_batch(s, lines, n, verdicts, cols);
		for (size_t i = 0; i < n; i++) {
			const char *why = NULL;
			size_t at = 0;
			enum mdl_scan_verdict v = mdl_scan_line(ref, lines[i], one, &why, &at);
			expect(v == verdicts[i]);
			expect((why != NULL) == (v == MDL_SCAN_CORRUPT || v == MDL_SCAN_RESERVED));
			expect(at <= lines[i].n);
			expect(v != MDL_SCAN_OK || mdl_utf8_valid(lines[i]));
			for (size_t k = 0; k < NPATHS; k++)
				expect(same(&one[k], &values[k][i]));
			if (v == MDL_SCAN_OK) {
				struct mdl_json_iter it;
				mdl_json_iter_line(&it, lines[i]);
				walk(&it, 0);
			}
		}
	}
	mdl_scan_free(s);
	mdl_scan_free(ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	if (!size)
		return 0;
	const char *const *paths = wanted[data[size - 1] & 1];
	/* the input comes four times: the first teaches the shapes; a long line between makes the third begin a chunk */
	enum { TIMES = 4, LONG = (1 << 14) + 100 };
	size_t n = size, nlines = 0, filler = data[size - 1] & 2 ? LONG : 0;
	char *block = mdl_zalloc(TIMES * (n + 1) + filler + MDL_SCAN_PADDING), *end = block;
	struct mdl_slice lines[MAX_LINES];
	for (size_t t = 0; t < TIMES; t++) {
		memcpy(end, data, n);
		end[n] = '\n';
		end += n + 1;
		if (t == 1 && filler) {
			memset(end, 'x', filler);
			memcpy(end, "{\"long\":\"", 9);
			memcpy(end + filler - 3, "\"}\n", 3);
			end += filler;
		}
	}
	for (char *p = block; p < end && nlines < MAX_LINES;) {
		char *q = memchr(p, '\n', (size_t)(end - p));
		lines[nlines++] = (struct mdl_slice){p, (size_t)(q - p)};
		p = q + 1;
	}
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
		compare(engines[e], paths, lines, nlines);
	free(block);
	return 0;
}
