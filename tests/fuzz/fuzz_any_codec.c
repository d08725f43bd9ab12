/* SPDX-License-Identifier: MIT
 *
 * Entries of state files: values and aggregates of foreign bytes are read or refused,
 * never beyond their end, and what was read is written in a form that reads the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "op/agg_func.h"
#include "op/any_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void values(const char *p, const char *end, struct mdl_arena *a)
{
	struct mdl_any x, y;
	while (p < end && mdl_any_codec_get(&p, end, &x, a)) {
		struct mdl_buf one = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), two = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		if (x.raw) /* JSON text is taken as it stands */
			continue;
		mdl_any_codec_put(&one, &x);
		const char *q = one.p;
		if (!mdl_any_codec_get(&q, one.p + one.n, &y, a) || q != one.p + one.n)
			mdl_bug("does not read what it wrote");
		mdl_any_codec_put(&two, &y);
		if (!mdl_slice_eq(mdl_buf_slice(&one), mdl_buf_slice(&two)))
			mdl_bug("writes other bytes the second time");
		mdl_buf_free(&one);
		mdl_buf_free(&two);
	}
}

static void aggregates(const char *p, const char *end, struct mdl_arena *a)
{
	struct mdl_agg g;
	bool more = true;
	while (more && p < end) {
		more = mdl_agg_load(&p, end, &g, a);
		if (more) {
			struct mdl_buf one = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
			mdl_agg_save(&one, &g);
			mdl_buf_free(&one);
		}
		mdl_agg_free(&g);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_arena a;
	const char *p = size ? (const char *)data : "";
	mdl_arena_init(&a);
	values(p, p + size, &a);
	aggregates(p, p + size, &a);
	mdl_arena_free(&a);
	return 0;
}
