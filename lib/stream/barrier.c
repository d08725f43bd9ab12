/* SPDX-License-Identifier: MIT
 *
 * Control lines: see barrier.h.
 */
#include "stream/barrier.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/books_json.h"
#include "json/doc.h"

static void put_str(struct mdl_buf *out, const char *member, const char *value)
{
	if (!value)
		return;
	mdl_buf_printf(out, ",\"%s\":", member);
	mdl_ascii_quote(out, value);
}

static void put_list(struct mdl_buf *out, const char *member, char *const *v, size_t n)
{
	mdl_buf_printf(out, ",\"%s\":[", member);
	for (size_t i = 0; i < n; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_ascii_quote(out, v[i]);
	}
	mdl_buf_putc(out, ']');
}

void mdl_begin_format(struct mdl_buf *out, const struct mdl_begin *b)
{
	mdl_buf_printf(out,
		       "{\"_medal\":\"begin\",\"run\":\"%s\",\"epoch\":\"%" PRIu64 "\",\"base\":\"%" PRId64
		       "\"",
		       b->run, b->epoch, b->base);
	if (b->base_run[0])
		mdl_buf_printf(out, ",\"base_run\":\"%s\"", b->base_run);
	put_str(out, "checkpoint", b->checkpoint);
	put_str(out, "checkpoint_id", b->checkpoint_id);
	mdl_buf_printf(out, ",\"batch_timestamp_ms\":\"%" PRId64 "\",\"late_watermark_ms\":\"%" PRId64 "\"",
		       b->batch_timestamp_ms, b->late_watermark_ms);
	put_list(out, "branches", b->branches, b->nbranches);
	put_str(out, "branch", b->branch);
	if (b->dry_run)
		mdl_buf_puts(out, ",\"dry_run\":true");
	put_str(out, "columns", b->columns);
	put_str(out, "quarantine", b->quarantine);
	if (b->scanned)
		mdl_buf_puts(out, ",\"scanned\":true");
	put_str(out, "watermark", b->watermark);
	put_list(out, "stages", b->stages, b->nstages);
	mdl_buf_puts(out, "}\n");
}

void mdl_barrier_format(struct mdl_buf *out, const struct mdl_barrier *b)
{
	mdl_buf_printf(out,
		       "{\"_medal\":\"barrier\",\"run\":\"%s\",\"epoch\":\"%" PRIu64
		       "\",\"watermark_ms\":\"%" PRId64 "\"",
		       b->run, b->epoch, b->watermark_ms);
	if (b->has_next_watermark)
		mdl_buf_printf(out, ",\"next_watermark_ms\":\"%" PRId64 "\"", b->next_watermark_ms);
	mdl_buf_printf(out, ",\"want_no_data\":%s", b->want_no_data ? "true" : "false");
	if (b->final)
		mdl_buf_puts(out, ",\"final\":true");
	mdl_buf_puts(out, ",\"stages\":[");
	for (size_t i = 0; i < b->nstages; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_books_json_write(out, &b->stages[i]);
	}
	mdl_buf_puts(out, "]}\n");
}

void mdl_abort_format(struct mdl_buf *out, const char *run, const char *stage, int status,
		      const char *message)
{
	mdl_buf_printf(out, "{\"_medal\":\"abort\",\"run\":\"%s\",\"stage\":", run);
	mdl_ascii_quote(out, stage);
	mdl_buf_printf(out, ",\"status\":%d,\"message\":", status);
	mdl_ascii_quote(out, message);
	mdl_buf_puts(out, "}\n");
}

void mdl_end_format(struct mdl_buf *out, const char *run, int signal)
{
	mdl_buf_printf(out, "{\"_medal\":\"end\",\"run\":\"%s\",\"signal\":", run);
	if (signal)
		mdl_buf_printf(out, "%d}\n", signal);
	else
		mdl_buf_puts(out, "null}\n");
}

static int lacks(struct mdl_err *err, const char *kind, const char *member)
{
	return mdl_err_set(err, MDL_TROUBLE, "a %s line lacks a valid \"%s\"; was it changed on the way?",
			   kind, member);
}

/* Copy a run id: 32 hex digits. */
static bool get_run(const struct mdl_doc *d, const char *member, char run[MDL_RUN_ID + 1])
{
	const char *s = mdl_doc_str(d, member);
	if (!s || strlen(s) != MDL_RUN_ID || strspn(s, "0123456789abcdef") != MDL_RUN_ID)
		return false;
	memcpy(run, s, MDL_RUN_ID + 1);
	return true;
}

static char *get_copy(const struct mdl_doc *d, const char *member)
{
	const char *s = mdl_doc_str(d, member);
	return s ? mdl_strdup(s) : NULL;
}

static char **get_list(const struct mdl_doc *d, const char *member, size_t *n)
{
	const struct mdl_doc *list = mdl_doc_get(d, member);
	char **v = mdl_array(mdl_doc_size(list) + 1, sizeof(*v));
	*n = 0;
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const char *s = mdl_doc_text(mdl_doc_at(list, i));
		if (s)
			v[(*n)++] = mdl_strdup(s);
	}
	return v;
}

static int parse_begin(const struct mdl_doc *d, struct mdl_begin *b, struct mdl_err *err)
{
	if (!get_run(d, "run", b->run))
		return lacks(err, "begin", "run");
	if (!mdl_doc_uint(d, "epoch", &b->epoch))
		return lacks(err, "begin", "epoch");
	if (!mdl_doc_int(d, "base", &b->base))
		return lacks(err, "begin", "base");
	get_run(d, "base_run", b->base_run);
	if (!mdl_doc_int(d, "batch_timestamp_ms", &b->batch_timestamp_ms))
		return lacks(err, "begin", "batch_timestamp_ms");
	if (!mdl_doc_int(d, "late_watermark_ms", &b->late_watermark_ms))
		return lacks(err, "begin", "late_watermark_ms");
	b->checkpoint = get_copy(d, "checkpoint");
	if (!b->checkpoint || b->checkpoint[0] != '/')
		return lacks(err, "begin", "checkpoint");
	b->checkpoint_id = get_copy(d, "checkpoint_id");
	if (!b->checkpoint_id)
		return lacks(err, "begin", "checkpoint_id");
	b->columns = get_copy(d, "columns");
	b->quarantine = get_copy(d, "quarantine");
	b->watermark = get_copy(d, "watermark");
	b->stages = get_list(d, "stages", &b->nstages);
	b->branches = get_list(d, "branches", &b->nbranches);
	b->branch = get_copy(d, "branch");
	b->dry_run = mdl_doc_bool(d, "dry_run", false);
	b->scanned = mdl_doc_bool(d, "scanned", false);
	return 0;
}

static int parse_barrier(const struct mdl_doc *d, struct mdl_barrier *b, struct mdl_err *err)
{
	if (!get_run(d, "run", b->run))
		return lacks(err, "barrier", "run");
	if (!mdl_doc_uint(d, "epoch", &b->epoch))
		return lacks(err, "barrier", "epoch");
	if (!mdl_doc_int(d, "watermark_ms", &b->watermark_ms))
		return lacks(err, "barrier", "watermark_ms");
	b->has_next_watermark = mdl_doc_int(d, "next_watermark_ms", &b->next_watermark_ms);
	b->want_no_data = mdl_doc_bool(d, "want_no_data", false);
	b->final = mdl_doc_bool(d, "final", false);
	const struct mdl_doc *list = mdl_doc_get(d, "stages");
	if (!mdl_doc_is_array(list))
		return lacks(err, "barrier", "stages");
	b->stages = mdl_array(mdl_doc_size(list) + 1, sizeof(*b->stages));
	for (size_t i = 0; i < mdl_doc_size(list); i++)
		if (mdl_books_json_read(&b->stages[b->nstages++], mdl_doc_at(list, i), err))
			return mdl_err_wrap(err, "barrier of epoch %" PRIu64, b->epoch);
	return 0;
}

int mdl_control_parse(struct mdl_slice line, struct mdl_control *c, struct mdl_err *err)
{
	memset(c, 0, sizeof(*c));
	struct mdl_doc *d = mdl_doc_parse(line, "a control line", err);
	if (!d)
		return -1;
	const char *kind = mdl_doc_str(d, "_medal");
	int r = 0;
	if (!kind) {
		r = lacks(err, "control", "_medal");
	} else if (strcmp(kind, "begin") == 0) {
		c->kind = MDL_CONTROL_BEGIN;
		r = parse_begin(d, &c->begin, err);
		memcpy(c->run, c->begin.run, sizeof(c->run));
	} else if (strcmp(kind, "barrier") == 0) {
		c->kind = MDL_CONTROL_BARRIER;
		r = parse_barrier(d, &c->barrier, err);
		memcpy(c->run, c->barrier.run, sizeof(c->run));
	} else if (strcmp(kind, "abort") == 0) {
		int64_t status;
		c->kind = MDL_CONTROL_ABORT;
		get_run(d, "run", c->run);
		c->stage = get_copy(d, "stage");
		c->message = get_copy(d, "message");
		if (!c->stage || !c->message || !mdl_doc_int(d, "status", &status) || status < 1 ||
		    status > 255)
			r = lacks(err, "abort", "status");
		else
			c->status = (int)status;
	} else if (strcmp(kind, "end") == 0) {
		int64_t sig = 0;
		c->kind = MDL_CONTROL_END;
		mdl_doc_int(d, "signal", &sig);
		c->signal = sig > 0 && sig < 64 ? (int)sig : 0;
		if (!get_run(d, "run", c->run))
			r = lacks(err, "end", "run");
	} else {
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"a control line of unknown kind \"%s\"; are the medal programs of one version?",
			kind);
	}
	mdl_doc_free(d);
	if (r)
		mdl_control_free(c);
	return r;
}

static void free_list(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void mdl_begin_free(struct mdl_begin *b)
{
	free(b->checkpoint);
	free(b->checkpoint_id);
	free(b->columns);
	free(b->quarantine);
	free(b->watermark);
	free(b->branch);
	free_list(b->stages, b->nstages);
	free_list(b->branches, b->nbranches);
	memset(b, 0, sizeof(*b));
}

void mdl_barrier_free(struct mdl_barrier *b)
{
	for (size_t i = 0; i < b->nstages; i++)
		mdl_books_free(&b->stages[i]);
	free(b->stages);
	memset(b, 0, sizeof(*b));
}

void mdl_control_free(struct mdl_control *c)
{
	mdl_begin_free(&c->begin);
	mdl_barrier_free(&c->barrier);
	free(c->stage);
	free(c->message);
	memset(c, 0, sizeof(*c));
}

void mdl_begin_add_stage(struct mdl_begin *b, const char *name)
{
	b->stages = mdl_rearray(b->stages, b->nstages + 1, sizeof(*b->stages));
	b->stages[b->nstages++] = mdl_strdup(name);
}

void mdl_barrier_add_books(struct mdl_barrier *b, struct mdl_books *books)
{
	b->stages = mdl_rearray(b->stages, b->nstages + 1, sizeof(*b->stages));
	b->stages[b->nstages++] = *books;
	memset(books, 0, sizeof(*books));
}

int mdl_begin_take_branch(struct mdl_begin *b, const char *name, struct mdl_err *err)
{
	if (!name)
		return 0;
	if (b->branch && strcmp(b->branch, name) != 0)
		return mdl_err_set(err, MDL_TROUBLE, "option --branch %s: the stream is branch '%s' already",
				   name, b->branch);
	for (size_t i = 0; i < b->nbranches; i++) {
		if (strcmp(b->branches[i], name) != 0)
			continue;
		if (!b->branch)
			b->branch = mdl_strdup(name);
		return 0;
	}
	return mdl_err_set(err, MDL_TROUBLE,
			   "option --branch %s: medal-ingest did not declare it; give it --branches %s,...",
			   name, name);
}
