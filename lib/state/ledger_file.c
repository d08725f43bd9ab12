/* SPDX-License-Identifier: MIT
 *
 * medal/ledger/N: see ledger_file.h.
 */
#include "state/ledger_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "state/epoch_log.h"
#include "stream/books_json.h"
#include "json/doc.h"

static const char kind[] = "ledger";

void mdl_ledger_free(struct mdl_ledger *l)
{
	for (size_t i = 0; i < l->nstages; i++)
		mdl_books_free(&l->stages[i]);
	free(l->stages);
	memset(l, 0, sizeof(*l));
}

static void format_body(struct mdl_buf *out, const struct mdl_ledger *l)
{
	mdl_buf_printf(out, "{\"epoch\":%" PRId64 ",\"run\":\"%s\",\"base\":%" PRId64, l->epoch, l->run,
		       l->base);
	if (l->base_run[0])
		mdl_buf_printf(out, ",\"base_run\":\"%s\"", l->base_run);
	mdl_buf_printf(out,
		       ",\"watermark_ms\":%" PRId64 ",\"next_watermark_ms\":%" PRId64 ",\"want_no_data\":%s",
		       l->watermark_ms, l->next_watermark_ms, l->want_no_data ? "true" : "false");
	if (l->final)
		mdl_buf_puts(out, ",\"final\":true");
	if (l->has_offsets_crc)
		mdl_buf_printf(out, ",\"offsets_crc32c\":\"%08x\"", l->offsets_crc32c);
	mdl_buf_printf(out, ",\"decided_ms\":%" PRId64 ",\"stages\":[", l->decided_ms);
	for (size_t i = 0; i < l->nstages; i++) {
		mdl_buf_puts(out, i ? ",\n" : "\n");
		mdl_books_json_write(out, &l->stages[i]);
	}
	mdl_buf_puts(out, "\n]}\n");
}

int mdl_ledger_write(const char *checkpoint, const struct mdl_ledger *l, int held, bool *created,
		     struct mdl_err *err)
{
	struct mdl_buf body = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	format_body(&body, l);
	mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
	char *dir = mdl_path_join(checkpoint, "medal/ledger");
	int r = mdl_epoch_log_create(dir, l->epoch, mdl_buf_slice(&text), held, created, err);
	free(dir);
	mdl_buf_free(&body);
	mdl_buf_free(&text);
	return r;
}

static int parse_body(struct mdl_slice body, const char *name, struct mdl_ledger *l, struct mdl_err *err)
{
	struct mdl_doc *d = mdl_doc_parse(body, name, err);
	if (!d)
		return -1;
	const char *run = mdl_doc_str(d, "run"), *base_run = mdl_doc_str(d, "base_run");
	const char *crc = mdl_doc_str(d, "offsets_crc32c");
	const struct mdl_doc *stages = mdl_doc_get(d, "stages");
	int r = 0;
	if (!run || strlen(run) != MDL_RUN_ID || !mdl_doc_int(d, "epoch", &l->epoch) ||
	    !mdl_doc_int(d, "base", &l->base) || !mdl_doc_int(d, "watermark_ms", &l->watermark_ms) ||
	    !mdl_doc_int(d, "next_watermark_ms", &l->next_watermark_ms) || !mdl_doc_is_array(stages)) {
		r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that a ledger must have", name);
	} else {
		memcpy(l->run, run, MDL_RUN_ID + 1);
		if (base_run && strlen(base_run) == MDL_RUN_ID)
			memcpy(l->base_run, base_run, MDL_RUN_ID + 1);
		l->want_no_data = mdl_doc_bool(d, "want_no_data", false);
		l->final = mdl_doc_bool(d, "final", false);
		mdl_doc_int(d, "decided_ms", &l->decided_ms);
		l->has_offsets_crc = crc != NULL;
		l->offsets_crc32c = crc ? (uint32_t)strtoul(crc, NULL, 16) : 0;
		l->stages = mdl_array(mdl_doc_size(stages) + 1, sizeof(*l->stages));
		for (size_t i = 0; !r && i < mdl_doc_size(stages); i++)
			r = mdl_books_json_read(&l->stages[l->nstages++], mdl_doc_at(stages, i), err);
		if (r)
			mdl_err_wrap(err, "%s", name);
	}
	mdl_doc_free(d);
	return r;
}

int mdl_ledger_read(const char *checkpoint, int64_t epoch, struct mdl_ledger *l, struct mdl_err *err)
{
	memset(l, 0, sizeof(*l));
	struct mdl_buf text = MDL_BUF_INIT(1 << 30);
	char *dir = mdl_path_join(checkpoint, "medal/ledger");
	char *name = mdl_asprintf("%s/%" PRId64, dir, epoch);
	int r = mdl_epoch_log_read(dir, epoch, &text, err);
	if (r == 0) {
		struct mdl_slice body;
		r = mdl_checked_file_body(mdl_buf_slice(&text), kind, name, &body, err);
		if (!r)
			r = parse_body(body, name, l, err);
		if (!r && l->epoch != epoch)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s is the ledger of epoch %" PRId64
					", copied or renamed; restore it from a backup",
					name, l->epoch);
		if (r)
			mdl_ledger_free(l);
	}
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}

const struct mdl_books *mdl_ledger_stage(const struct mdl_ledger *l, const char *stage)
{
	for (size_t i = 0; i < l->nstages; i++)
		if (strcmp(l->stages[i].stage, stage) == 0)
			return &l->stages[i];
	return NULL;
}

static int check_hop(const struct mdl_ledger *l, const struct mdl_books *a, const struct mdl_books *b,
		     struct mdl_err *err)
{
	if (a->out != b->in)
		return mdl_err_set(err, MDL_TROUBLE,
				   "the books of epoch %" PRId64 " do not balance: %s gave %" PRIu64
				   " rows, %s got %" PRIu64
				   "; a program between them that is not medal's must run under medal-exec",
				   l->epoch, a->stage, a->out, b->stage, b->in);
	if (a->out_sum.lo != b->in_sum.lo || a->out_sum.hi != b->in_sum.hi)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the books of epoch %" PRId64 " do not balance: the %" PRIu64
			" rows between %s and %s were changed on the way; a program that is not medal's must run under "
			"medal-exec",
			l->epoch, a->out, a->stage, b->stage);
	return 0;
}

/* Length of the branch in a stage's name: "b/write" gives 1, "validate" 0. */
static size_t branch_length(const char *stage)
{
	const char *slash = strchr(stage, '/');
	return slash ? (size_t)(slash - stage) : 0;
}

/* The stage whose rows stage I got: the one before it in its branch, or the last one before the tee. */
static const struct mdl_books *stage_before(const struct mdl_ledger *l, size_t i)
{
	const char *name = l->stages[i].stage;
	size_t n = branch_length(name);
	for (size_t k = i; k-- > 0;) {
		const char *other = l->stages[k].stage;
		size_t m = branch_length(other);
		if (m == 0 || (m == n && memcmp(name, other, n) == 0))
			return &l->stages[k];
	}
	return NULL;
}

/* Rows that a sink sent, or wrote into tables of its own, side tables left out; false when it did neither. */
static bool sink_rows(const struct mdl_books *b, uint64_t *rows)
{
	bool sink = b->nsent > 0;
	*rows = 0;
	for (size_t i = 0; i < b->nsent; i++)
		*rows += b->sent[i].rows;
	for (size_t t = 0; t < b->ntables; t++) {
		if (b->tables[t].side)
			continue;
		sink = true;
		for (size_t k = 0; k < b->nfiles; k++)
			if (strcmp(b->files[k].table, b->tables[t].dir) == 0)
				*rows += b->files[k].rows;
	}
	return sink;
}

/* Each row that a stage took came out, is in a bucket, or was written. A stage that groups gives other rows than it took:
 * there the bucket "grouped" stands for them. */
static int check_stage(const struct mdl_ledger *l, const struct mdl_books *b, struct mdl_err *err)
{
	uint64_t found = 0, written;
	bool groups = false, sink = !b->passes && sink_rows(b, &written);
	for (size_t k = 0; k < b->nbuckets; k++) {
		found += b->buckets[k].rows;
		groups = groups || strcmp(b->buckets[k].name, "grouped") == 0;
	}
	if (b->passes)
		found += b->out;
	else if (sink)
		found += written;
	else if (!groups)
		return 0;
	if (b->in == found)
		return 0;
	return mdl_err_set(err, MDL_TROUBLE,
			   "the books of epoch %" PRId64 " do not balance: %s took %" PRIu64
			   " rows and accounts for %" PRIu64,
			   l->epoch, b->stage, b->in, found);
}

int mdl_ledger_check(const struct mdl_ledger *l, struct mdl_err *err)
{
	for (size_t i = 0; i < l->nstages; i++) {
		const struct mdl_books *b = &l->stages[i], *before = stage_before(l, i);
		if ((before && check_hop(l, before, b, err)) || check_stage(l, b, err))
			return -1;
	}
	return 0;
}
