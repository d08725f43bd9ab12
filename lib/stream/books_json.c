/* SPDX-License-Identifier: MIT
 *
 * Books as JSON: see books_json.h.
 */
#include "stream/books_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"

/* One code point of UTF-8 at *P, moved past it; a byte that begins none is given as U+FFFD. */
static uint32_t next_point(const unsigned char **p)
{
	const unsigned char *s = *p;
	uint32_t c = *s++;
	int more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
	if (c >= 0x80 && (more == 0 || c >= 0xf5))
		c = 0xfffd, more = 0;
	else if (more)
		c &= 0x3fu >> more;
	for (int i = 0; i < more; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			c = 0xfffd;
			more = i;
			break;
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	*p = s + more;
	/* overlong forms and surrogates are no characters: a reader of JSON would refuse the whole line */
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	bool none = more && (c < least[more] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff);
	return none ? 0xfffd : c;
}

void mdl_ascii_quote(struct mdl_buf *out, const char *s)
{
	mdl_buf_putc(out, '"');
	for (const unsigned char *p = (const unsigned char *)s; *p;) {
		uint32_t c = next_point(&p);
		if (c == '"' || c == '\\') {
			mdl_buf_putc(out, '\\');
			mdl_buf_putc(out, (char)c);
		} else if (c >= 0x20 && c < 0x7f) {
			mdl_buf_putc(out, (char)c);
		} else if (c >= 0x10000) {
			c -= 0x10000;
			mdl_buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
		} else {
			mdl_buf_printf(out, "\\u%04x", c);
		}
	}
	mdl_buf_putc(out, '"');
}

static void write_files(struct mdl_buf *out, const struct mdl_books *b)
{
	char hex[33];
	mdl_buf_puts(out, ",\"files\":[");
	for (size_t i = 0; i < b->nfiles; i++) {
		const struct mdl_ledger_file *f = &b->files[i];
		mdl_sum_hex(f->sum, hex);
		mdl_buf_puts(out, i ? ",{\"table\":" : "{\"table\":");
		mdl_ascii_quote(out, f->table);
		mdl_buf_puts(out, ",\"path\":");
		mdl_ascii_quote(out, f->path);
		mdl_buf_puts(out, ",\"hidden\":");
		mdl_ascii_quote(out, f->hidden);
		mdl_buf_printf(out, ",\"size\":\"%" PRIu64 "\",\"rows\":\"%" PRIu64 "\",\"sum\":\"%s\"}",
			       f->size, f->rows, hex);
	}
	mdl_buf_putc(out, ']');
}

static void write_tables(struct mdl_buf *out, const struct mdl_books *b)
{
	mdl_buf_puts(out, ",\"tables\":[");
	for (size_t i = 0; i < b->ntables; i++) {
		const struct mdl_ledger_table *t = &b->tables[i];
		mdl_buf_puts(out, i ? ",{\"dir\":" : "{\"dir\":");
		mdl_ascii_quote(out, t->dir);
		if (t->owner) {
			mdl_buf_puts(out, ",\"owner\":");
			mdl_ascii_quote(out, t->owner);
		}
		mdl_buf_printf(out, ",\"side\":%s}", t->side ? "true" : "false");
	}
	mdl_buf_putc(out, ']');
}

static void write_sent(struct mdl_buf *out, const struct mdl_books *b)
{
	char hex[33];
	mdl_buf_puts(out, ",\"sent\":[");
	for (size_t i = 0; i < b->nsent; i++) {
		mdl_sum_hex(b->sent[i].sum, hex);
		mdl_buf_puts(out, i ? ",{\"to\":" : "{\"to\":");
		mdl_ascii_quote(out, b->sent[i].to);
		mdl_buf_printf(out, ",\"rows\":\"%" PRIu64 "\",\"sum\":\"%s\"}", b->sent[i].rows, hex);
	}
	mdl_buf_putc(out, ']');
}

void mdl_books_json_write(struct mdl_buf *out, const struct mdl_books *b)
{
	char in[33], o[33];
	mdl_sum_hex(b->in_sum, in);
	mdl_sum_hex(b->out_sum, o);
	mdl_buf_puts(out, "{\"name\":");
	mdl_ascii_quote(out, b->stage);
	mdl_buf_printf(out,
		       ",\"passes\":%s,\"in\":\"%" PRIu64 "\",\"in_sum\":\"%s\",\"out\":\"%" PRIu64
		       "\",\"out_sum\":\"%s\"",
		       b->passes ? "true" : "false", b->in, in, b->out, o);
	mdl_buf_puts(out, ",\"buckets\":{");
	for (size_t i = 0; i < b->nbuckets; i++) {
		if (i)
			mdl_buf_putc(out, ',');
		mdl_ascii_quote(out, b->buckets[i].name);
		mdl_buf_printf(out, ":\"%" PRIu64 "\"", b->buckets[i].rows);
	}
	mdl_buf_putc(out, '}');
	if (b->held >= 0)
		mdl_buf_printf(out, ",\"held\":\"%" PRId64 "\"", b->held);
	if (b->nfiles)
		write_files(out, b);
	if (b->ntables)
		write_tables(out, b);
	if (b->nsent)
		write_sent(out, b);
	if (b->nstates) {
		mdl_buf_puts(out, ",\"states\":[");
		for (size_t i = 0; i < b->nstates; i++) {
			mdl_buf_puts(out, i ? ",{\"name\":" : "{\"name\":");
			mdl_ascii_quote(out, b->states[i].name);
			mdl_buf_printf(out, ",\"size\":\"%" PRIu64 "\",\"crc32c\":\"%08x\"}",
				       b->states[i].size, b->states[i].crc32c);
		}
		mdl_buf_putc(out, ']');
	}
	if (b->detail) {
		mdl_buf_puts(out, ",\"detail\":");
		mdl_buf_puts(out, b->detail);
	}
	mdl_buf_putc(out, '}');
}

static int bad(struct mdl_err *err, const char *what)
{
	return mdl_err_set(err, MDL_TROUBLE, "the books of a stage lack a valid \"%s\"", what);
}

static int read_lists(struct mdl_books *b, const struct mdl_doc *d, struct mdl_err *err)
{
	const struct mdl_doc *list = mdl_doc_get(d, "files");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		struct mdl_ledger_file f = {
			.table = (char *)(uintptr_t)mdl_doc_str(e, "table"),
			.path = (char *)(uintptr_t)mdl_doc_str(e, "path"),
			.hidden = (char *)(uintptr_t)mdl_doc_str(e, "hidden"),
		};
		if (!f.table || !f.path || !f.hidden || !mdl_doc_uint(e, "size", &f.size) ||
		    !mdl_doc_uint(e, "rows", &f.rows) || !mdl_sum_from_hex(&f.sum, mdl_doc_str(e, "sum")))
			return bad(err, "files");
		mdl_books_file(b, &f);
	}
	list = mdl_doc_get(d, "tables");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		const char *dir = mdl_doc_str(e, "dir");
		if (!dir)
			return bad(err, "tables");
		mdl_books_table(b, dir, mdl_doc_str(e, "owner"), mdl_doc_bool(e, "side", false));
	}
	list = mdl_doc_get(d, "sent");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		const char *to = mdl_doc_str(e, "to");
		uint64_t rows;
		struct mdl_sum sum;
		if (!to || !mdl_doc_uint(e, "rows", &rows) || !mdl_sum_from_hex(&sum, mdl_doc_str(e, "sum")))
			return bad(err, "sent");
		mdl_books_sent(b, to, rows, sum);
	}
	list = mdl_doc_get(d, "states");
	for (size_t i = 0; i < mdl_doc_size(list); i++) {
		const struct mdl_doc *e = mdl_doc_at(list, i);
		const char *name = mdl_doc_str(e, "name"), *crc = mdl_doc_str(e, "crc32c");
		uint64_t size;
		if (!name || !crc || !mdl_doc_uint(e, "size", &size))
			return bad(err, "states");
		mdl_books_state(b, name, size, (uint32_t)strtoul(crc, NULL, 16));
	}
	return 0;
}

int mdl_books_json_read(struct mdl_books *b, const struct mdl_doc *d, struct mdl_err *err)
{
	const char *name = mdl_doc_str(d, "name");
	if (!name)
		return bad(err, "name");
	mdl_books_init(b, name, mdl_doc_bool(d, "passes", false));
	if (!mdl_doc_uint(d, "in", &b->in))
		return bad(err, "in");
	if (!mdl_doc_uint(d, "out", &b->out))
		return bad(err, "out");
	if (!mdl_sum_from_hex(&b->in_sum, mdl_doc_str(d, "in_sum")) ||
	    !mdl_sum_from_hex(&b->out_sum, mdl_doc_str(d, "out_sum")))
		return bad(err, "in_sum and out_sum");
	const struct mdl_doc *buckets = mdl_doc_get(d, "buckets"), *v;
	void *it = NULL;
	const char *bucket;
	while ((bucket = mdl_doc_next(buckets, &it, &v))) {
		int64_t n;
		if (!mdl_doc_value_int(v, &n) || n < 0)
			return bad(err, "buckets");
		mdl_books_bucket(b, bucket, (uint64_t)n);
	}
	int64_t held;
	if (mdl_doc_int(d, "held", &held))
		b->held = held;
	const struct mdl_doc *detail = mdl_doc_get(d, "detail");
	if (detail)
		b->detail = mdl_doc_dump(detail);
	return read_lists(b, d, err);
}

void mdl_books_state_rows(struct mdl_books *b, const struct mdl_ledger_rows *r)
{
	free(b->detail);
	b->detail = mdl_asprintf("{\"state\":{\"total\":\"%" PRIu64 "\",\"updated\":\"%" PRIu64
				 "\",\"removed\":\"%" PRIu64 "\",\"commit_us\":\"%" PRIu64
				 "\",\"memory_bytes\":\"%" PRIu64 "\"}}",
				 r->total, r->updated, r->removed, r->commit_us, r->memory_bytes);
}

bool mdl_books_get_state_rows(const struct mdl_books *b, struct mdl_ledger_rows *r)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_doc *d = b->detail ? mdl_doc_parse(mdl_slice_of(b->detail), "detail", &ignored) : NULL;
	const struct mdl_doc *state = mdl_doc_get(d, "state");
	bool ok = state && mdl_doc_uint(state, "total", &r->total) &&
		  mdl_doc_uint(state, "updated", &r->updated) &&
		  mdl_doc_uint(state, "removed", &r->removed) &&
		  mdl_doc_uint(state, "commit_us", &r->commit_us) &&
		  mdl_doc_uint(state, "memory_bytes", &r->memory_bytes);
	mdl_doc_free(d);
	return ok;
}
