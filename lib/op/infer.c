/* SPDX-License-Identifier: MIT
 *
 * The definition that records tell: see infer.h.
 */
#include "op/infer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "op/row_reader.h"

struct mdl_infer {
	struct mdl_op op;
	struct mdl_infer_opts o;
	struct mdl_evolve evolve;
	struct mdl_row_reader reader;
	uint64_t corrupt;
};

static int on_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	(void)ctx;
	(void)f;
	return mdl_err_set(
		err, MDL_TROUBLE,
		"--infer prints a definition and passes no records on: run it on its own, without a "
		"checkpoint");
}

static int on_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_infer *x = ctx;
	(void)err;
	mdl_row_reader_read(&x->reader, b);
	for (size_t i = 0; i < b->n && x->evolve.infer.records < x->evolve.o.sample; i++)
		if (x->reader.verdicts[i] == MDL_SCAN_OK)
			mdl_schema_infer_see(&x->evolve.infer, b->lines[i], b->arena);
		else
			x->corrupt += x->reader.verdicts[i] != MDL_SCAN_BLANK;
	f->enough = mdl_evolve_enough(&x->evolve);
	return 0;
}

static int on_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_infer *x = ctx;
	struct mdl_schema *s = x->o.columns.schema;
	mdl_evolve_preview(&x->evolve);
	if (!s->st->ncolumns)
		return mdl_err_set(err, MDL_TROUBLE,
				   "there is no record with a member to infer columns from");
	struct mdl_buf *out = mdl_filter_row(f);
	mdl_schema_infer_ddl(out, s, x->o.name, x->o.rescued);
	mdl_filter_row_end(f);
	return 0;
}

struct mdl_infer *mdl_infer_new(const struct mdl_infer_opts *o, struct mdl_err *err)
{
	struct mdl_infer *x = mdl_zalloc(sizeof(*x));
	x->o = *o;
	x->op = (struct mdl_op){
		.name = "validate", .ctx = x, .begin = on_begin, .batch = on_batch, .end = on_end};
	if (mdl_evolve_init(&x->evolve, &o->columns, err) ||
	    (o->columns.location && mdl_evolve_open(&x->evolve, NULL, err)) ||
	    mdl_row_reader_init(&x->reader, NULL, 0, NULL, 0, err)) {
		mdl_infer_free(x);
		return NULL;
	}
	return x;
}

void mdl_infer_free(struct mdl_infer *x)
{
	if (!x)
		return;
	mdl_row_reader_free(&x->reader);
	mdl_evolve_free(&x->evolve);
	free(x);
}

const struct mdl_op *mdl_infer_op(struct mdl_infer *x)
{
	return &x->op;
}

void mdl_infer_counts(const struct mdl_infer *x, uint64_t *records, uint64_t *corrupt)
{
	*records = x->evolve.infer.records;
	*corrupt = x->corrupt;
}
