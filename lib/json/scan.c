/* SPDX-License-Identifier: MIT
 *
 * The scanner's front: keeps the tree of wanted places, takes batches and single
 * lines, chooses the engine for this machine.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "json/scan_batch.h"
#include "json/text.h"

struct mdl_scan {
	uint64_t lines;
	struct mdl_scan_tree tree;
	struct mdl_scan_work work;
	mdl_scan_engine *engine;
	const char *name;
};

struct engine {
	const char *name;
	mdl_scan_engine *run; /* NULL: the exact engine for each line */
	bool (*is_utf8)(const char *p, size_t n);
	mdl_scan_splitter *split;
	bool usable;
};

static bool is_utf8(const char *p, size_t n)
{
	return mdl_utf8_valid((struct mdl_slice){p, n});
}

static size_t split(struct mdl_slice *block, struct mdl_slice *out, size_t max)
{
	size_t n = 0;
	const char *p = block->p, *end = block->p + block->n;
	for (const char *nl; n < max && p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
		out[n++] = (struct mdl_slice){p, (size_t)(nl - p)};
	*block = (struct mdl_slice){p, (size_t)(end - p)};
	return n;
}

/* Best first. The compiler's __builtin_cpu_supports() asks the kernel as well as the processor. */
static size_t engines(struct engine *e)
{
	size_t n = 0;
#ifdef __x86_64__
	__builtin_cpu_init();
	e[n++] =
		(struct engine){"avx512", mdl_scan_avx512, mdl_scan_avx512_utf8, mdl_scan_avx512_split,
				__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw") &&
					__builtin_cpu_supports("avx512vl") &&
					__builtin_cpu_supports("gfni") && __builtin_cpu_supports("bmi2")};
	e[n++] = (struct engine){"avx2", mdl_scan_avx2, mdl_scan_avx2_utf8, mdl_scan_avx2_split,
				 __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")};
	e[n++] = (struct engine){"sse4", mdl_scan_sse4, mdl_scan_sse4_utf8, mdl_scan_sse4_split,
				 __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")};
#elif defined(__aarch64__)
	e[n++] = (struct engine){"neon", mdl_scan_neon, mdl_scan_neon_utf8, mdl_scan_neon_split, true};
#endif
	e[n++] = (struct engine){"exact", NULL, is_utf8, split, true};
	return n;
}

static bool find_engine(const char *name, struct engine *found)
{
	struct engine e[8];
	size_t n = engines(e);
	for (size_t i = 0; i < n; i++) {
		if (e[i].usable && (!name || strcmp(name, e[i].name) == 0)) {
			*found = e[i];
			return true;
		}
	}
	return false;
}

int mdl_scan_use(struct mdl_scan *s, const char *name)
{
	struct engine e;
	if (!find_engine(name, &e))
		return -1;
	s->engine = e.run;
	s->tree.is_utf8 = e.is_utf8;
	s->name = e.name;
	return 0;
}

size_t mdl_scan_split(const char *engine, struct mdl_slice *block, struct mdl_slice *out, size_t max)
{
	enum { FEW = 16 }; /* for few lines an engine does not pay */
	struct engine e;
	return max < FEW || !find_engine(engine, &e) ? split(block, out, max) : e.split(block, out, max);
}

const char *mdl_scan_engine_name(const struct mdl_scan *s)
{
	return s->name;
}

struct mdl_scan *mdl_scan_new(const char *const *paths, size_t npaths, struct mdl_err *err)
{
	if (npaths > MDL_SCAN_MAX_PATHS) {
		mdl_err_set(err, MDL_TROUBLE, "%zu members are wanted of each record; the limit is %d",
			    npaths, MDL_SCAN_MAX_PATHS);
		return NULL;
	}
	struct mdl_scan *s = mdl_zalloc(sizeof(*s));
	if (mdl_scan_path_build(&s->tree, paths, npaths, err) < 0) {
		free(s);
		return NULL;
	}
	s->work.tree = &s->tree;
	s->work.cells = mdl_array(npaths, sizeof(*s->work.cells));
	s->work.seen = mdl_array(npaths, sizeof(*s->work.seen));
	mdl_scan_use(s, NULL);
	return s;
}

void mdl_scan_free(struct mdl_scan *s)
{
	if (!s)
		return;
	mdl_scan_chunks_free(&s->work);
	free(s->work.cells);
	free(s->work.seen);
	mdl_scan_path_free(&s->tree);
	free(s);
}

uint64_t mdl_scan_lines(const struct mdl_scan *s)
{
	return s->lines;
}

uint64_t mdl_scan_slow_lines(const struct mdl_scan *s)
{
	return s->work.slow_lines;
}

void mdl_scan_count(struct mdl_scan *s, const struct mdl_scan *other)
{
	s->lines += other->lines;
	s->work.slow_lines += other->work.slow_lines;
}

size_t mdl_scan_batch(struct mdl_scan *s, const struct mdl_slice *lines, size_t n, uint8_t *verdicts,
		      struct mdl_json_value *const *cols)
{
	s->lines += n;
	s->work.lines = lines;
	s->work.verdicts = verdicts;
	s->work.cols = cols;
	mdl_scan_chunks(&s->work, s->engine, n);
	return s->work.bad;
}

const struct mdl_scan_seen *mdl_scan_seen(const struct mdl_scan *s)
{
	return s->work.seen;
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
