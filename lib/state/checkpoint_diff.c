/* SPDX-License-Identifier: MIT
 *
 * Two checkpoints side by side: see checkpoint_diff.h.
 */
#include "state/checkpoint_diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checkpoint.h"
#include "state/epoch_log.h"
#include "state/ledger_file.h"

struct diff {
	const char *a, *b; /* directories */
	void (*difference)(const char *text);
	uint64_t *n;
};

static void __attribute__((format(printf, 2, 3))) differ(struct diff *d, const char *fmt, ...)
{
	char *text;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	++*d->n;
	if (text)
		d->difference(text);
	free(text);
}

static void diff_counts(struct diff *d, int64_t n, const struct mdl_books *x, const struct mdl_books *y)
{
	if (x->in != y->in)
		differ(d, "epoch %" PRId64 " %s: %" PRIu64 " rows in against %" PRIu64, n, x->stage, x->in,
		       y->in);
	else if (x->in_sum.lo != y->in_sum.lo || x->in_sum.hi != y->in_sum.hi)
		differ(d, "epoch %" PRId64 " %s: other rows in", n, x->stage);
	if (x->out != y->out)
		differ(d, "epoch %" PRId64 " %s: %" PRIu64 " rows out against %" PRIu64, n, x->stage, x->out,
		       y->out);
	else if (x->out_sum.lo != y->out_sum.lo || x->out_sum.hi != y->out_sum.hi)
		differ(d, "epoch %" PRId64 " %s: other rows out", n, x->stage);
	if (x->held != y->held)
		differ(d, "epoch %" PRId64 " %s: %" PRId64 " rows held against %" PRId64, n, x->stage,
		       x->held, y->held);
}

static uint64_t bucket_of(const struct mdl_books *b, const char *name)
{
	for (size_t i = 0; i < b->nbuckets; i++)
		if (strcmp(b->buckets[i].name, name) == 0)
			return b->buckets[i].rows;
	return 0;
}

static void diff_books(struct diff *d, int64_t n, const struct mdl_books *x, const struct mdl_books *y)
{
	uint64_t rows[2] = {0, 0};
	diff_counts(d, n, x, y);
	for (size_t i = 0; i < x->nbuckets; i++)
		if (bucket_of(y, x->buckets[i].name) != x->buckets[i].rows)
			differ(d, "epoch %" PRId64 " %s: %s %" PRIu64 " against %" PRIu64, n, x->stage,
			       x->buckets[i].name, x->buckets[i].rows, bucket_of(y, x->buckets[i].name));
	for (size_t i = 0; i < y->nbuckets; i++)
		if (y->buckets[i].rows && !bucket_of(x, y->buckets[i].name))
			differ(d, "epoch %" PRId64 " %s: %s 0 against %" PRIu64, n, x->stage,
			       y->buckets[i].name, y->buckets[i].rows);
	for (size_t i = 0; i < x->nfiles; i++)
		rows[0] += x->files[i].rows;
	for (size_t i = 0; i < y->nfiles; i++)
		rows[1] += y->files[i].rows;
	if (rows[0] != rows[1])
		differ(d, "epoch %" PRId64 " %s: wrote %" PRIu64 " rows against %" PRIu64, n, x->stage,
		       rows[0], rows[1]);
}

static int diff_ledgers(struct diff *d, int64_t n, struct mdl_err *err)
{
	struct mdl_ledger x = {0}, y = {0};
	int rx = mdl_ledger_read(d->a, n, &x, err), ry = rx < 0 ? -1 : mdl_ledger_read(d->b, n, &y, err);
	if (rx >= 0 && ry >= 0 && rx != ry)
		differ(d, "epoch %" PRId64 ": only %s has a ledger", n, rx ? d->b : d->a);
	for (size_t i = 0; rx == 0 && ry == 0 && i < x.nstages; i++) {
		const struct mdl_books *other = mdl_ledger_stage(&y, x.stages[i].stage);
		if (other)
			diff_books(d, n, &x.stages[i], other);
		else
			differ(d, "epoch %" PRId64 ": only %s has a stage %s", n, d->a, x.stages[i].stage);
	}
	for (size_t i = 0; rx == 0 && ry == 0 && i < y.nstages; i++)
		if (!mdl_ledger_stage(&x, y.stages[i].stage))
			differ(d, "epoch %" PRId64 ": only %s has a stage %s", n, d->b, y.stages[i].stage);
	if (rx == 0 && ry == 0 && x.next_watermark_ms != y.next_watermark_ms)
		differ(d, "epoch %" PRId64 ": watermark %" PRId64 " ms against %" PRId64 " ms", n,
		       x.next_watermark_ms, y.next_watermark_ms);
	if (rx == 0)
		mdl_ledger_free(&x);
	if (ry == 0)
		mdl_ledger_free(&y);
	return rx < 0 || ry < 0 ? -1 : 0;
}

static int read_offsets(const char *dir, int64_t n, struct mdl_offsets *o, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(256 << 20);
	char *log = mdl_path_join(dir, "offsets"), *name = mdl_asprintf("%s/%" PRId64, log, n);
	memset(o, 0, sizeof(*o));
	int r = mdl_epoch_log_read(log, n, &text, err);
	if (!r)
		r = mdl_offsets_parse(mdl_buf_slice(&text), name, o, err);
	mdl_buf_free(&text);
	free(name);
	free(log);
	return r;
}

static int diff_offsets(struct diff *d, int64_t n, struct mdl_err *err)
{
	struct mdl_offsets x = {0}, y = {0};
	int r = read_offsets(d->a, n, &x, err) || read_offsets(d->b, n, &y, err) ? -1 : 0;
	size_t most = x.nsources > y.nsources ? x.nsources : y.nsources;
	for (size_t i = 0; !r && i < most; i++) {
		const char *p = i < x.nsources && x.sources[i] ? x.sources[i] : "-",
			   *q = i < y.nsources && y.sources[i] ? y.sources[i] : "-";
		if (strcmp(p, q) != 0)
			differ(d, "epoch %" PRId64 ": source %zu read up to %s against %s", n, i, p, q);
	}
	if (!r && x.batch_watermark_ms != y.batch_watermark_ms)
		differ(d, "epoch %" PRId64 ": watermark of the plan %" PRId64 " ms against %" PRId64 " ms", n,
		       x.batch_watermark_ms, y.batch_watermark_ms);
	mdl_offsets_free(&x);
	mdl_offsets_free(&y);
	return r;
}

static int list(const char *dir, const char *log, struct mdl_epoch_list *l, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, log);
	int r = mdl_epoch_log_list(path, l, err);
	free(path);
	return r;
}

static bool holds(const struct mdl_epoch_list *l, int64_t n)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == n)
			return true;
	return false;
}

/* The newest epoch of LOG in both, and each epoch that only one of them keeps within the range of both. */
static int diff_log(struct diff *d, const char *log, const char *what, struct mdl_epoch_list *x,
		    struct mdl_epoch_list *y, struct mdl_err *err)
{
	memset(y, 0, sizeof(*y));
	if (list(d->a, log, x, err) || list(d->b, log, y, err))
		return -1;
	if (mdl_epoch_list_last(x) != mdl_epoch_list_last(y))
		differ(d, "the newest %s epoch is %" PRId64 " against %" PRId64, what, mdl_epoch_list_last(x),
		       mdl_epoch_list_last(y));
	return 0;
}

int mdl_checkpoint_diff(const char *a, const char *b, void (*difference)(const char *text), uint64_t *n,
			struct mdl_err *err)
{
	struct mdl_checkpoint x, y;
	struct mdl_epoch_list ox = {0}, oy = {0}, cx = {0}, cy = {0};
	*n = 0;
	if (mdl_checkpoint_open(&x, a, err))
		return -1;
	if (mdl_checkpoint_open(&y, b, err)) {
		mdl_checkpoint_close(&x);
		return -1;
	}
	struct diff d = {x.dir, y.dir, difference, n};
	int r = diff_log(&d, "commits", "committed", &cx, &cy, err) ||
				diff_log(&d, "offsets", "planned", &ox, &oy, err)
			? -1
			: 0;
	for (size_t i = 0; !r && i < ox.n; i++) {
		int64_t e = ox.v[i];
		if (holds(&oy, e))
			r = diff_offsets(&d, e, err) || diff_ledgers(&d, e, err) ? -1 : 0;
	}
	mdl_epoch_list_free(&ox);
	mdl_epoch_list_free(&oy);
	mdl_epoch_list_free(&cx);
	mdl_epoch_list_free(&cy);
	mdl_checkpoint_close(&x);
	mdl_checkpoint_close(&y);
	return r;
}
