/* SPDX-License-Identifier: MIT
 *
 * medal/files/N: see positions.h.
 */
#include "state/positions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "state/epoch_log.h"
#include "state/source_log.h"
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
	free(p->tail_slots);
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

/* The slot of PATH's tail, or the empty one where it would go. Of two tails of a path the first is found. */
static size_t slot_of(const struct mdl_positions *p, const char *path)
{
	size_t i = (size_t)XXH3_64bits(path, strlen(path)) & (p->ntail_slots - 1);
	while (p->tail_slots[i] && strcmp(p->tails[p->tail_slots[i] - 1].path, path) != 0)
		i = (i + 1) & (p->ntail_slots - 1);
	return i;
}

static void enter(struct mdl_positions *p, size_t tail)
{
	size_t i = slot_of(p, p->tails[tail].path);
	if (!p->tail_slots[i])
		p->tail_slots[i] = (uint32_t)tail + 1;
}

void mdl_positions_tails_moved(struct mdl_positions *p)
{
	p->ntail_slots = 0;
}

struct mdl_file_tail *mdl_positions_find_tail(struct mdl_positions *p, const char *path)
{
	if (p->ntails * 2 >= p->ntail_slots) {
		free(p->tail_slots);
		for (p->ntail_slots = 64; p->ntail_slots < p->ntails * 4;)
			p->ntail_slots *= 2;
		p->tail_slots = mdl_array(p->ntail_slots, sizeof(*p->tail_slots));
		for (size_t i = 0; i < p->ntails; i++)
			enter(p, i);
	}
	uint32_t i = p->tail_slots[slot_of(p, path)];
	return i ? &p->tails[i - 1] : NULL;
}

struct mdl_file_tail *mdl_positions_tail(struct mdl_positions *p, const char *path, const char *uri)
{
	struct mdl_file_tail *t = mdl_positions_find_tail(p, path);
	if (t)
		return t;
	MDL_GROW(p->tails, p->ntails, p->tails_cap);
	t = &p->tails[p->ntails++];
	memset(t, 0, sizeof(*t));
	t->path = mdl_strdup(path);
	t->uri = mdl_strdup(uri);
	t->line = 1;
	enter(p, p->ntails - 1);
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

/* LEAD is the member's begin. A path that is no UTF-8 stands once more as the URI of its bytes. */
static void put_path(struct mdl_buf *b, const char *lead, const char *member, const char *path)
{
	mdl_buf_printf(b, "%s\"%s\":", lead, member);
	mdl_json_quote(b, mdl_slice_of(path));
	if (mdl_utf8_valid(mdl_slice_of(path)))
		return;
	mdl_buf_printf(b, ",\"%s_uri\":\"file://", member);
	for (const unsigned char *c = (const unsigned char *)path; *c; c++)
		mdl_buf_printf(b, *c <= ' ' || *c >= 0x7f || strchr("%\"\\", *c) ? "%%%02X" : "%c", *c);
	mdl_buf_putc(b, '"');
}

/* The path that put_path wrote, or NULL; the caller frees it. */
static char *get_path(const struct mdl_doc *d, const char *member)
{
	char name[32];
	snprintf(name, sizeof(name), "%s_uri", member);
	const char *uri = mdl_doc_str(d, name), *path = mdl_doc_str(d, member);
	return uri ? mdl_positions_path_of_uri(uri) : path ? mdl_strdup(path) : NULL;
}

static void format(struct mdl_buf *b, const struct mdl_positions *p)
{
	mdl_buf_puts(b, "{");
	if (p->has_log)
		mdl_buf_printf(b, "\"log\":{\"last\":%" PRId64 ",\"crc32c\":\"%08x\"},", p->log_last,
			       p->log_crc32c);
	mdl_buf_puts(b, "\"ranges\":[");
	for (size_t i = 0; i < p->nranges; i++) {
		const struct mdl_file_range *r = &p->ranges[i];
		put_path(b, i ? ",\n{" : "\n{", "path", r->path);
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
		put_path(b, i ? ",\n{" : "\n{", "path", t->path);
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
		put_path(b, i ? ",\n{" : "\n{", "dir", p->tables[i].dir);
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

static int parse_range(const struct mdl_doc *e, struct mdl_positions *p)
{
	struct mdl_file_range r = {
		.path = get_path(e, "path"),
		.uri = (char *)(uintptr_t)mdl_doc_str(e, "uri"),
		.tail = mdl_doc_bool(e, "tail", false),
		.table = -1,
	};
	bool ok = r.path && r.uri && mdl_doc_uint(e, "start", &r.start) && mdl_doc_uint(e, "end", &r.end) &&
		  mdl_doc_uint(e, "start_line", &r.start_line) && mdl_doc_uint(e, "size", &r.size) &&
		  mdl_doc_int(e, "mtime_ms", &r.mtime_ms);
	if (ok)
		mdl_positions_add_range(p, &r);
	free(r.path);
	return ok ? 0 : -1;
}

static int parse_tail(const struct mdl_doc *e, struct mdl_positions *p)
{
	const char *uri = mdl_doc_str(e, "uri"), *hash = mdl_doc_str(e, "prefix_hash"),
		   *dev = mdl_doc_str(e, "dev"), *ino = mdl_doc_str(e, "ino");
	char *path = get_path(e, "path");
	if (!path || !uri || !hash || !dev || !ino) {
		free(path);
		return -1;
	}
	struct mdl_file_tail *t = mdl_positions_tail(p, path, uri);
	free(path);
	t->dev = strtoull(dev, NULL, 10);
	t->ino = strtoull(ino, NULL, 10);
	t->prefix_hash = strtoull(hash, NULL, 16);
	t->moved = mdl_doc_bool(e, "moved", false);
	return mdl_doc_uint(e, "offset", &t->offset) && mdl_doc_uint(e, "line", &t->line) &&
			       mdl_doc_uint(e, "prefix_bytes", &t->prefix_bytes) &&
			       mdl_doc_uint(e, "size", &t->size) && mdl_doc_int(e, "mtime_ms", &t->mtime_ms)
		       ? 0
		       : -1;
}

static int parse_table(const struct mdl_doc *e, struct mdl_positions *p)
{
	char *dir = get_path(e, "dir");
	struct mdl_table_position *t = dir ? mdl_positions_table(p, dir) : NULL;
	free(dir);
	if (!t || !mdl_doc_int(e, "epoch", &t->epoch))
		return -1;
	mdl_doc_int(e, "generation", &t->generation);
	return 0;
}

static int parse_log(const struct mdl_doc *log, struct mdl_positions *p)
{
	const char *crc = mdl_doc_str(log, "crc32c");
	if (!log)
		return 0;
	p->has_log = crc && mdl_doc_int(log, "last", &p->log_last);
	p->log_crc32c = crc ? (uint32_t)strtoul(crc, NULL, 16) : 0;
	return p->has_log ? 0 : -1;
}

static int parse_lists(const struct mdl_doc *d, struct mdl_positions *p)
{
	static const struct {
		const char *member;
		int (*parse)(const struct mdl_doc *, struct mdl_positions *);
	} lists[] = {{"ranges", parse_range}, {"tails", parse_tail}, {"tables", parse_table}};
	for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++) {
		const struct mdl_doc *list = mdl_doc_get(d, lists[k].member);
		for (size_t i = 0; i < mdl_doc_size(list); i++)
			if (lists[k].parse(mdl_doc_at(list, i), p))
				return -1;
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
		if (!r && (parse_log(mdl_doc_get(d, "log"), p) || parse_lists(d, p)))
			r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that it must have", name);
		mdl_doc_free(d);
	}
	free(name);
	free(dir);
	mdl_buf_free(&text);
	return r;
}

int mdl_positions_take_log(const char *checkpoint, int64_t epoch, struct mdl_err *err)
{
	struct mdl_positions p;
	struct mdl_source_log log;
	int r = mdl_positions_read(checkpoint, epoch, &p, err);
	if (r || !p.has_log) {
		mdl_positions_free(&p);
		return r < 0 ? -1 : 0;
	}
	char *dir = mdl_path_join(checkpoint, "sources/0");
	r = mdl_source_log_load(&log, dir, err);
	uint32_t crc = r ? p.log_crc32c : mdl_source_log_crc(&log, p.log_last);
	if (crc != p.log_crc32c) {
		p.log_crc32c = crc;
		r = mdl_positions_write(checkpoint, epoch, &p, err);
	}
	mdl_source_log_free(&log);
	free(dir);
	mdl_positions_free(&p);
	return r;
}
