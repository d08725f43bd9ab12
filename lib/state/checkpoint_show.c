/* SPDX-License-Identifier: MIT
 *
 * A checkpoint in words: see checkpoint_show.h.
 */
#include "state/checkpoint_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/intent.h"
#include "state/ledger_file.h"
#include "stream/books_json.h"

static void show_stage(struct mdl_buf *out, const struct mdl_books *b)
{
	mdl_buf_printf(out, "  %-16s in %10" PRIu64 "  out %10" PRIu64, b->stage, b->in, b->out);
	for (size_t i = 0; i < b->nbuckets; i++)
		mdl_buf_printf(out, "  %s %" PRIu64, b->buckets[i].name, b->buckets[i].rows);
	if (b->held >= 0)
		mdl_buf_printf(out, "  held %" PRId64, b->held);
	uint64_t rows = 0, bytes = 0;
	for (size_t i = 0; i < b->nfiles; i++) {
		rows += b->files[i].rows;
		bytes += b->files[i].size;
	}
	if (b->nfiles)
		mdl_buf_printf(out, "  wrote %" PRIu64 " rows, %" PRIu64 " bytes in %zu files", rows, bytes,
			       b->nfiles);
	for (size_t i = 0; i < b->nsent; i++)
		mdl_buf_printf(out, "  sent %" PRIu64 " rows to %s", b->sent[i].rows, b->sent[i].to);
	mdl_buf_putc(out, '\n');
}

/* The books of all epochs, added up by stage. */
struct total {
	struct mdl_books *stages;
	size_t n, cap;
	uint64_t epochs;
};

static struct mdl_books *total_stage(struct total *t, const struct mdl_books *b)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->stages[i].stage, b->stage) == 0)
			return &t->stages[i];
	MDL_GROW(t->stages, t->n, t->cap);
	mdl_books_init(&t->stages[t->n], b->stage, b->passes);
	return &t->stages[t->n++];
}

static void add_up(struct total *t, const struct mdl_ledger *l)
{
	t->epochs++;
	for (size_t i = 0; i < l->nstages; i++) {
		const struct mdl_books *b = &l->stages[i];
		struct mdl_books *sum = total_stage(t, b);
		sum->in += b->in;
		sum->out += b->out;
		for (size_t k = 0; k < b->nbuckets; k++)
			mdl_books_bucket(sum, b->buckets[k].name, b->buckets[k].rows);
		for (size_t k = 0; k < b->nfiles; k++)
			mdl_books_file(sum, &b->files[k]);
	}
}

static void show_total(struct mdl_buf *out, struct total *t)
{
	mdl_buf_printf(out, "%" PRIu64 " epochs\n", t->epochs);
	for (size_t i = 0; i < t->n; i++) {
		show_stage(out, &t->stages[i]);
		mdl_books_free(&t->stages[i]);
	}
	free(t->stages);
}

static void show_epoch(struct mdl_buf *out, const struct mdl_ledger *l, bool is_committed)
{
	char when[32] = "";
	time_t t = (time_t)(l->decided_ms / 1000);
	struct tm tm;
	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	mdl_buf_printf(out, "epoch %" PRId64 "  decided %s  watermark %" PRId64 " ms%s%s\n", l->epoch, when,
		       l->next_watermark_ms, l->final ? "  final" : "",
		       is_committed ? "" : "  NOT COMMITTED");
	for (size_t i = 0; i < l->nstages; i++)
		show_stage(out, &l->stages[i]);
}

static void show_epoch_json(struct mdl_buf *out, const struct mdl_ledger *l, bool is_committed)
{
	mdl_buf_printf(out,
		       "{\"epoch\":%" PRId64 ",\"run\":\"%s\",\"committed\":%s,\"decided_ms\":%" PRId64
		       ",\"watermark_ms\":%" PRId64 ",\"next_watermark_ms\":%" PRId64
		       ",\"final\":%s,\"stages\":[",
		       l->epoch, l->run, is_committed ? "true" : "false", l->decided_ms, l->watermark_ms,
		       l->next_watermark_ms, l->final ? "true" : "false");
	for (size_t i = 0; i < l->nstages; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_books_json_write(out, &l->stages[i]);
	}
	mdl_buf_puts(out, "]}\n");
}

/* What the next run meets. */
static int show_head(struct mdl_buf *out, const struct mdl_checkpoint *ck, int64_t planned, int64_t last,
		     struct mdl_err *err)
{
	struct mdl_intent in;
	mdl_buf_printf(out, "checkpoint %s\nid %s\n", ck->dir, ck->id);
	int got = mdl_intent_read(ck->dir, &in, err);
	if (got == 0) {
		mdl_buf_printf(out, "a rollback to epoch %" PRId64 " was interrupted\n", in.to);
		mdl_intent_free(&in);
	}
	if (last < 0)
		mdl_buf_printf(out, "no epoch is committed\n");
	else
		mdl_buf_printf(out, "last committed epoch %" PRId64 "\n", last);
	if (planned > last)
		mdl_buf_printf(out, "epoch %" PRId64 " is in doubt: the next run finishes it\n", planned);
	return got < 0 ? -1 : 0;
}

static int show_epochs(struct mdl_buf *out, const char *dir, const struct mdl_checkpoint_show_opts *o,
		       const struct mdl_epoch_list *offsets, int64_t last, struct mdl_err *err)
{
	struct total total = {0};
	size_t from = !o->summary && o->last && offsets->n > o->last ? offsets->n - (size_t)o->last : 0;
	int got = 0;
	for (size_t i = from; got >= 0 && i < offsets->n; i++) {
		int64_t epoch = offsets->v[i];
		struct mdl_ledger l;
		got = mdl_ledger_read(dir, epoch, &l, err);
		if (got > 0 && !o->json && !o->summary)
			mdl_buf_printf(out, "epoch %" PRId64 "  %s\n", epoch,
				       epoch <= last ? "committed by another engine" : "planned");
		if (got)
			continue;
		if (o->summary)
			add_up(&total, &l);
		else
			(o->json ? show_epoch_json : show_epoch)(out, &l, epoch <= last);
		mdl_ledger_free(&l);
	}
	if (o->summary)
		show_total(out, &total);
	return got < 0 ? -1 : 0;
}

int mdl_checkpoint_show(const char *dir, const struct mdl_checkpoint_show_opts *o, struct mdl_buf *out,
			struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	struct mdl_epoch_list offsets = {0}, commits = {0};
	if (mdl_checkpoint_open(&ck, dir, err))
		return -1;
	char *a = mdl_path_join(ck.dir, "offsets"), *b = mdl_path_join(ck.dir, "commits");
	int r = mdl_epoch_log_list(a, &offsets, err) || mdl_epoch_log_list(b, &commits, err) ? -1 : 0;
	int64_t planned = mdl_epoch_list_last(&offsets), last = mdl_epoch_list_last(&commits);
	if (!r && !o->json)
		r = show_head(out, &ck, planned, last, err);
	if (!r)
		r = show_epochs(out, ck.dir, o, &offsets, last, err);
	mdl_epoch_list_free(&offsets);
	mdl_epoch_list_free(&commits);
	free(a);
	free(b);
	mdl_checkpoint_close(&ck);
	return r;
}
