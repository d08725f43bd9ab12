/* SPDX-License-Identifier: MIT
 *
 * medal/files/N: see positions.h.
 */
#include "state/positions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "state/epoch_log.h"
#include "json/doc.h"
#include "json/text.h"

static const char kind[] = "files";

void mdl_positions_clear_ranges(struct mdl_positions *p)
{
	for (size_t i = 0; i < p->nranges; i++) {
		free(p->ranges[i].path);
		free(p->ranges[i].uri);
	}
	p->nranges = 0;
}

void mdl_positions_free(struct mdl_positions *p)
{
	mdl_positions_clear_ranges(p);
	for (size_t i = 0; i < p->ntails; i++) {
		free(p->tails[i].path);
		free(p->tails[i].uri);
	}
	for (size_t i = 0; i < p->ntables; i++)
		free(p->tables[i].dir);
	free(p->ranges);
	free(p->tails);
	free(p->tables);
	memset(p, 0, sizeof(*p));
}

void mdl_positions_add_range(struct mdl_positions *p, const struct mdl_file_range *r)
{
	MDL_GROW(p->ranges, p->nranges, p->ranges_cap);
	struct mdl_file_range *d = &p->ranges[p->nranges++];
	*d = *r;
	d->path = mdl_strdup(r->path);
	d->uri = mdl_strdup(r->uri);
}

struct mdl_file_tail *mdl_positions_tail(struct mdl_positions *p, const char *path, const char *uri)
{
	for (size_t i = 0; i < p->ntails; i++)
		if (strcmp(p->tails[i].path, path) == 0)
			return &p->tails[i];
	MDL_GROW(p->tails, p->ntails, p->tails_cap);
	struct mdl_file_tail *t = &p->tails[p->ntails++];
	memset(t, 0, sizeof(*t));
	t->path = mdl_strdup(path);
	t->uri = mdl_strdup(uri);
	t->line = 1;
	return t;
}

struct mdl_table_position *mdl_positions_table(struct mdl_positions *p, const char *dir)
{
	for (size_t i = 0; i < p->ntables; i++)
		if (strcmp(p->tables[i].dir, dir) == 0)
			return &p->tables[i];
	MDL_GROW(p->tables, p->ntables, p->tables_cap);
	struct mdl_table_position *t = &p->tables[p->ntables++];
	*t = (struct mdl_table_position){mdl_strdup(dir), -1, 0};
	return t;
}

char *mdl_positions_path_of_uri(const char *uri)
{
	const char *p = strncmp(uri, "file://", 7) == 0 ? uri + 7
			: strncmp(uri, "file:", 5) == 0 ? uri + 5
							: uri;
	char *path = mdl_strdup(p), *d = path;
	for (; *p; p++) {
		unsigned v;
		if (*p == '%' && p[1] && p[2] && sscanf(p + 1, "%2x", &v) == 1) {
			*d++ = (char)v;
			p += 2;
		} else {
			*d++ = *p;
		}
	}
	*d = '\0';
	return path;
}

static void quote(struct mdl_buf *b, const char *lead, const char *s)
{
	mdl_buf_puts(b, lead);
	mdl_json_quote(b, mdl_slice_of(s));
}

static void format(struct mdl_buf *b, const struct mdl_positions *p)
{
	mdl_buf_puts(b, "{\"ranges\":[");
	for (size_t i = 0; i < p->nranges; i++) {
		const struct mdl_file_range *r = &p->ranges[i];
		quote(b, i ? ",\n{\"path\":" : "\n{\"path\":", r->path);
		quote(b, ",\"uri\":", r->uri);
		mdl_buf_printf(b,
			       ",\"start\":%" PRIu64 ",\"end\":%" PRIu64 ",\"start_line\":%" PRIu64
			       ",\"size\":%" PRIu64 ",\"mtime_ms\":%" PRId64 ",\"tail\":%s}",
			       r->start, r->end, r->start_line, r->size, r->mtime_ms,
			       r->tail ? "true" : "false");
	}
	mdl_buf_puts(b, "],\"tails\":[");
	for (size_t i = 0; i < p->ntails; i++) {
		const struct mdl_file_tail *t = &p->tails[i];
		quote(b, i ? ",\n{\"path\":" : "\n{\"path\":", t->path);
		quote(b, ",\"uri\":", t->uri);
		mdl_buf_printf(b,
			       ",\"dev\":\"%" PRIu64 "\",\"ino\":\"%" PRIu64 "\",\"offset\":%" PRIu64
			       ",\"line\":%" PRIu64 ",\"size\":%" PRIu64 ",\"mtime_ms\":%" PRId64
			       ",\"prefix_bytes\":%" PRIu64 ",\"prefix_hash\":\"%016" PRIx64
			       "\",\"moved\":%s}",
			       t->dev, t->ino, t->offset, t->line, t->size, t->mtime_ms, t->prefix_bytes,
			       t->prefix_hash, t->moved ? "true" : "false");
	}
	mdl_buf_puts(b, "],\"tables\":[");
	for (size_t i = 0; i < p->ntables; i++) {
		quote(b, i ? ",\n{\"dir\":" : "\n{\"dir\":", p->tables[i].dir);
		mdl_buf_printf(b, ",\"epoch\":%" PRId64 ",\"generation\":%" PRId64 "}", p->tables[i].epoch,
			       p->tables[i].generation);
	}
	mdl_buf_puts(b, "]}\n");
}

int mdl_positions_write(const char *checkpoint, int64_t epoch, const struct mdl_positions *p,
			struct mdl_err *err)
{
	struct mdl_buf body = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, "medal/files"), name[32];
	snprintf(name, sizeof(name), "%" PRId64, epoch);
	format(&body, p);
	mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
	/* one of a run that died before it wrote offsets/N counts for nothing: replaced */
	int r = mdl_file_replace(dir, name, mdl_buf_slice(&text), err);
	free(dir);
	mdl_buf_free(&body);
	mdl_buf_free(&text);
	return r;
}

static int parse_lists(const struct mdl_doc *d, struct mdl_positions *p)
{
	const struct mdl_doc *list = mdl_doc_get(d, "ranges");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		struct mdl_file_range r = {
			.path = (char *)(uintptr_t)mdl_doc_str(e, "path"),
			.uri = (char *)(uintptr_t)mdl_doc_str(e, "uri"),
			.tail = mdl_doc_bool(e, "tail", false),
			.table = -1,
		};
		if (!r.path || !r.uri || !mdl_doc_uint(e, "start", &r.start) ||
		    !mdl_doc_uint(e, "end", &r.end) || !mdl_doc_uint(e, "start_line", &r.start_line) ||
		    !mdl_doc_uint(e, "size", &r.size) || !mdl_doc_int(e, "mtime_ms", &r.mtime_ms))
			return -1;
		mdl_positions_add_range(p, &r);
	}
	list = mdl_doc_get(d, "tails");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		const char *path = mdl_doc_str(e, "path"), *uri = mdl_doc_str(e, "uri"),
			   *hash = mdl_doc_str(e, "prefix_hash");
		const char *dev = mdl_doc_str(e, "dev"), *ino = mdl_doc_str(e, "ino");
		if (!path || !uri || !hash || !dev || !ino)
			return -1;
		struct mdl_file_tail *t = mdl_positions_tail(p, path, uri);
		t->dev = strtoull(dev, NULL, 10);
		t->ino = strtoull(ino, NULL, 10);
		t->prefix_hash = strtoull(hash, NULL, 16);
		t->moved = mdl_doc_bool(e, "moved", false);
		if (!mdl_doc_uint(e, "offset", &t->offset) || !mdl_doc_uint(e, "line", &t->line) ||
		    !mdl_doc_uint(e, "prefix_bytes", &t->prefix_bytes) ||
		    !mdl_doc_uint(e, "size", &t->size) || !mdl_doc_int(e, "mtime_ms", &t->mtime_ms))
			return -1;
	}
	list = mdl_doc_get(d, "tables");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		const char *dir = mdl_doc_str(e, "dir");
		if (!dir || !mdl_doc_int(e, "epoch", &mdl_positions_table(p, dir)->epoch))
			return -1;
		mdl_doc_int(e, "generation", &mdl_positions_table(p, dir)->generation);
	}
	return 0;
}

int mdl_positions_read(const char *checkpoint, int64_t epoch, struct mdl_positions *p, struct mdl_err *err)
{
	memset(p, 0, sizeof(*p));
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, "medal/files");
	char *name = mdl_asprintf("%s/%" PRId64, dir, epoch);
	int r = mdl_epoch_log_read(dir, epoch, &text, err);
	if (r == 0) {
		struct mdl_slice body;
		struct mdl_doc *d = NULL;
		r = mdl_checked_file_body(mdl_buf_slice(&text), kind, name, &body, err);
		if (!r)
			d = mdl_doc_parse(body, name, err);
		if (!r && !d)
			r = -1;
		if (!r && parse_lists(d, p))
			r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that it must have", name);
		mdl_doc_free(d);
	}
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}
