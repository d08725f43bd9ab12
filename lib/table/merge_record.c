/* SPDX-License-Identifier: MIT
 *
 * _medal_merged: see merge_record.h.
 */
#include "table/merge_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "json/doc.h"
#include "json/text.h"

static const char kind[] = "merged";

void mdl_merge_files_free(struct mdl_merge_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
	*f = (struct mdl_merge_files){NULL, 0, 0};
}

struct mdl_merge_file *mdl_merge_files_add(struct mdl_merge_files *f, const char *path, int64_t epoch)
{
	MDL_GROW(f->v, f->n, f->cap);
	f->v[f->n] = (struct mdl_merge_file){.path = mdl_strdup(path), .epoch = epoch};
	return &f->v[f->n++];
}

struct mdl_merge *mdl_merge_record_add(struct mdl_merge_record *r)
{
	MDL_GROW(r->merges, r->n, r->cap);
	r->merges[r->n] = (struct mdl_merge){.last = -1, .shown_ms = -1};
	return &r->merges[r->n++];
}

void mdl_merge_record_drop(struct mdl_merge_record *r, size_t i)
{
	mdl_merge_files_free(&r->merges[i].in);
	mdl_merge_files_free(&r->merges[i].out);
	memmove(&r->merges[i], &r->merges[i + 1], (--r->n - i) * sizeof(*r->merges));
}

void mdl_merge_record_free(struct mdl_merge_record *r)
{
	while (r->n)
		mdl_merge_record_drop(r, r->n - 1);
	free(r->merges);
	*r = (struct mdl_merge_record){0, NULL, 0, 0};
}

/* ---- reading ---- */

static int read_files(struct mdl_merge_files *f, const struct mdl_doc *list, const char *name,
		      struct mdl_err *err)
{
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *d = mdl_doc_at(list, i);
		const char *path = mdl_doc_str(d, "path"), *sum = mdl_doc_str(d, "sum");
		struct mdl_merge_file *m = path ? mdl_merge_files_add(f, path, -1) : NULL;

		if (!m || !mdl_doc_int(d, "epoch", &m->epoch) || !mdl_doc_uint(d, "size", &m->size) ||
		    !mdl_doc_uint(d, "rows", &m->rows) || !sum || !mdl_sum_from_hex(&m->sum, sum))
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s holds a file without path, epoch, size, rows or sum", name);
	}
	return 0;
}

static int parse(struct mdl_merge_record *r, struct mdl_slice body, const char *name, struct mdl_err *err)
{
	struct mdl_doc *d = mdl_doc_parse(body, name, err);
	const struct mdl_doc *list = mdl_doc_get(d, "merges");
	int res = d ? 0 : -1;

	if (d && (!mdl_doc_uint(d, "next", &r->next) || !mdl_doc_is_array(list)))
		res = mdl_err_set(err, MDL_TROUBLE, "%s names no \"next\" or no \"merges\"", name);
	for (size_t i = 0; !res && i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		struct mdl_merge *m = mdl_merge_record_add(r);

		mdl_doc_int(e, "last", &m->last);
		mdl_doc_int(e, "shown_ms", &m->shown_ms);
		m->removed = mdl_doc_bool(e, "removed", false);
		m->partial = mdl_doc_bool(e, "partial", false);
		res = read_files(&m->in, mdl_doc_get(e, "in"), name, err) ||
				      read_files(&m->out, mdl_doc_get(e, "out"), name, err)
			      ? -1
			      : 0;
	}
	mdl_doc_free(d);
	return res;
}

int mdl_merge_record_read(struct mdl_merge_record *r, const char *dir, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, MDL_MERGE_RECORD_FILE);
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_slice body;

	*r = (struct mdl_merge_record){0, NULL, 0, 0};
	int res = mdl_file_read(path, &text, err);

	if (res == 0)
		res = mdl_checked_file_body(mdl_buf_slice(&text), kind, path, &body, err) ||
				      parse(r, body, path, err)
			      ? -1
			      : 0;
	if (res < 0)
		mdl_merge_record_free(r);
	mdl_buf_free(&text);
	free(path);
	return res < 0 ? -1 : 0;
}

/* ---- writing ---- */

static void put_files(struct mdl_buf *out, const char *name, const struct mdl_merge_files *f)
{
	char hex[33];

	mdl_buf_printf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < f->n; i++) {
		const struct mdl_merge_file *m = &f->v[i];

		mdl_buf_puts(out, i ? ",\n{\"path\":" : "\n{\"path\":");
		mdl_json_quote(out, mdl_slice_of(m->path));
		mdl_sum_hex(m->sum, hex);
		mdl_buf_printf(out,
			       ",\"epoch\":\"%" PRId64 "\",\"size\":\"%" PRIu64 "\",\"rows\":\"%" PRIu64
			       "\",\"sum\":\"%s\"}",
			       m->epoch, m->size, m->rows, hex);
	}
	mdl_buf_putc(out, ']');
}

int mdl_merge_record_write(const struct mdl_merge_record *r, const char *dir, struct mdl_err *err)
{
	struct mdl_buf body = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

	mdl_buf_printf(&body, "{\"next\":\"%" PRIu64 "\",\"merges\":[", r->next);
	for (size_t i = 0; i < r->n; i++) {
		const struct mdl_merge *m = &r->merges[i];

		mdl_buf_printf(&body,
			       "%s\n{\"last\":\"%" PRId64 "\",\"shown_ms\":\"%" PRId64
			       "\",\"removed\":%s,\"partial\":%s",
			       i ? "," : "", m->last, m->shown_ms, m->removed ? "true" : "false",
			       m->partial ? "true" : "false");
		put_files(&body, "in", &m->in);
		put_files(&body, "out", &m->out);
		mdl_buf_putc(&body, '}');
	}
	mdl_buf_puts(&body, "]}\n");
	mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
	int res = mdl_file_replace(dir, MDL_MERGE_RECORD_FILE, mdl_buf_slice(&text), err);

	mdl_buf_free(&body);
	mdl_buf_free(&text);
	return res;
}

/* ---- asking ---- */

static const struct mdl_merge_file *find(const struct mdl_merge_record *r, const char *path, bool in)
{
	for (size_t i = r->n; i-- > 0;) {
		const struct mdl_merge_files *f = in ? &r->merges[i].in : &r->merges[i].out;

		for (size_t k = 0; r->merges[i].shown_ms >= 0 && k < f->n; k++)
			if (strcmp(f->v[k].path, path) == 0)
				return &f->v[k];
	}
	return NULL;
}

const struct mdl_merge_file *mdl_merge_record_in(const struct mdl_merge_record *r, const char *path)
{
	return find(r, path, true);
}

const struct mdl_merge_file *mdl_merge_record_out(const struct mdl_merge_record *r, const char *path)
{
	return find(r, path, false);
}
