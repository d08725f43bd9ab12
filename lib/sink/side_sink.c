/* SPDX-License-Identifier: MIT
 *
 * See side_sink.h.
 */
#include "sink/side_sink.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "sink/sink_claim.h"
#include "table/publish.h"

struct side_sink {
	char *dir; /* as named, or real under a checkpoint */
	char *stage, *owner;
	bool checkpointed;
	struct mdl_table_writer *w;
};

static const struct mdl_table_options plain = {.format = MDL_TABLE_NDJSON, .no_sums = true};

/* Without a checkpoint the directory is made when the first row comes. */
static int open_plain(struct side_sink *s, struct mdl_err *err)
{
	char run[33];

	s->w = mdl_table_writer_new(s->dir, &plain, err);
	if (!s->w)
		return -1;
	mdl_plain_run_id(run);
	mdl_table_writer_begin(s->w, 0, run, s->stage, true);
	return 0;
}

static int side_row(void *ctx, struct mdl_slice line, struct mdl_err *err)
{
	struct side_sink *s = ctx;

	if (!s->w && open_plain(s, err))
		return -1;
	return mdl_table_writer_row(s->w, line, err);
}

static int side_begin(void *ctx, const struct mdl_begin *b, const char *stage, struct mdl_err *err)
{
	struct side_sink *s = ctx;

	(void)err;
	mdl_table_writer_begin(s->w, b->epoch, b->run, stage, true);
	return 0;
}

static int side_prepare(void *ctx, struct mdl_books *books, struct mdl_err *err)
{
	struct side_sink *s = ctx;

	if (mdl_table_writer_prepare(s->w, books, err))
		return -1;
	mdl_books_table(books, s->dir, s->owner, true);
	return 0;
}

static int side_finish(void *ctx, struct mdl_err *err)
{
	struct side_sink *s = ctx;

	if (s->checkpointed || !s->w)
		return 0;
	int r = mdl_plain_publish(s->w, MDL_PLAIN_APPEND, NULL, err);

	mdl_table_writer_free(s->w);
	s->w = NULL;
	return r;
}

static void side_close(void *ctx)
{
	struct side_sink *s = ctx;

	mdl_table_writer_free(s->w);
	free(s->dir);
	free(s->stage);
	free(s->owner);
	free(s);
}

static int open_checkpointed(struct side_sink *s, const char *dir, const struct mdl_begin *b,
			     struct mdl_err *err)
{
	struct mdl_table_options opts = {.format = MDL_TABLE_NDJSON};
	struct mdl_table_owner o;

	if (mdl_sink_claim(&o, &s->dir, dir, b, NULL, &opts, MDL_TABLE_APPEND, false, err))
		return -1;
	s->owner = mdl_strdup(o.owner);
	s->w = mdl_table_writer_new(s->dir, &opts, err);
	if (s->w)
		mdl_table_writer_set_generation(s->w, o.nrollbacks);
	mdl_table_owner_free(&o);
	return s->w ? 0 : -1;
}

int mdl_side_sink_open(struct mdl_side *side, const char *dir, const struct mdl_begin *b, const char *stage,
		       struct mdl_err *err)
{
	struct side_sink *s = mdl_zalloc(sizeof(*s));
	int r;

	s->stage = mdl_strdup(stage);
	s->checkpointed = b != NULL;
	if (b) {
		r = open_checkpointed(s, dir, b, err);
	} else {
		s->dir = mdl_strdup(dir);
		r = mdl_plain_check(dir, MDL_PLAIN_APPEND, err);
	}
	if (r) {
		side_close(s);
		return -1;
	}
	*side = (struct mdl_side){s, side_row, side_begin, side_prepare, side_finish, side_close};
	return 0;
}
