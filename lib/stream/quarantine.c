/* SPDX-License-Identifier: MIT
 *
 * Quarantined rows: see quarantine.h.
 */
#include "stream/quarantine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json/doc.h"
#include "json/scan.h"
#include "json/text.h"

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool get_base64(struct mdl_buf *out, const char *s)
{
	uint32_t v = 0;
	int bits = 0;
	for (; *s && *s != '='; s++) {
		const char *d = strchr(base64_digits, *s);
		if (!d)
			return false;
		v = v << 6 | (uint32_t)(d - base64_digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			mdl_buf_putc(out, (char)(v >> bits & 0xff));
		}
	}
	return true;
}

/* The "_error" member, name and value. BYTES are put in as base64 when they are given. RECORD tells an object that
 * happens to have the form of a line that was none. */
static void put_error(struct mdl_buf *out, const char *stage, const struct mdl_begin *begin,
		      const struct mdl_row_error *why, const struct mdl_slice *bytes, bool record)
{
	mdl_buf_puts(out, "\"_error\":{\"stage\":");
	mdl_json_quote(out, mdl_slice_of(stage));
	if (begin)
		mdl_buf_printf(out, ",\"epoch\":%" PRIu64, begin->epoch);
	mdl_buf_puts(out, ",\"reason\":");
	mdl_json_quote(out, mdl_slice_of(why->reason));
	if (why->message) {
		mdl_buf_puts(out, ",\"message\":");
		mdl_json_quote(out, mdl_slice_of(why->message));
	}
	if (why->failed) {
		mdl_buf_puts(out, ",\"failed\":[");
		for (size_t i = 0; why->failed[i]; i++) {
			if (i)
				mdl_buf_putc(out, ',');
			mdl_json_quote(out, mdl_slice_of(why->failed[i]));
		}
		mdl_buf_putc(out, ']');
	}
	if (why->file) {
		mdl_buf_puts(out, ",\"file\":");
		mdl_json_quote(out, mdl_slice_of(why->file));
		mdl_buf_printf(out, ",\"offset\":%" PRIu64, why->offset);
	}
	if (why->topic) {
		mdl_buf_puts(out, ",\"topic\":");
		mdl_json_quote(out, mdl_slice_of(why->topic));
		mdl_buf_printf(out, ",\"partition\":%" PRId32 ",\"offset\":%" PRIu64, why->partition,
			       why->offset);
	}
	if (why->line)
		mdl_buf_printf(out, ",\"line\":%" PRIu64, why->line);
	if (why->part)
		mdl_buf_printf(out, ",\"part\":%" PRIu32 ",\"part_last\":%s", why->part,
			       why->part_last ? "true" : "false");
	if (bytes) {
		mdl_buf_puts(out, ",\"bytes\":\"");
		mdl_json_base64(out, *bytes);
		mdl_buf_putc(out, '"');
	}
	if (record)
		mdl_buf_puts(out, ",\"record\":true");
	mdl_buf_putc(out, '}');
}

/* Could a reader take the object for the form of a line that was none? */
static bool looks_wrapped(struct mdl_slice line)
{
	struct mdl_json_iter it;
	size_t n = 0;
	bool named = false;
	mdl_json_iter_line(&it, line);
	while (n < 2 && mdl_json_iter_next(&it))
		named = n++ == 0 && mdl_slice_is(it.name, "_corrupt_record");
	return n == 1 && named;
}

void mdl_quarantine_format(struct mdl_buf *out, struct mdl_slice line, bool record, const char *stage,
			   const struct mdl_begin *begin, const struct mdl_row_error *why)
{
	if (record) {
		const char *brace = memrchr(line.p, '}', line.n);
		size_t at = (size_t)(brace - line.p), k = at;
		while (k > 0 && strchr(" \t\r\n", line.p[k - 1]))
			k--;
		mdl_buf_put(out, line.p, at);
		if (k > 0 && line.p[k - 1] != '{')
			mdl_buf_putc(out, ',');
		put_error(out, stage, begin, why, NULL, looks_wrapped(line));
		mdl_buf_put(out, line.p + at, line.n - at);
		return;
	}
	bool text = !why->part && mdl_utf8_valid(line);
	if (why->part) {
		mdl_buf_puts(out, "{\"_corrupt_record\":\"\",");
	} else {
		mdl_buf_puts(out, "{\"_corrupt_record\":");
		mdl_json_quote(out, line);
		mdl_buf_putc(out, ',');
	}
	put_error(out, stage, begin, why, text ? NULL : &line, false);
	mdl_buf_putc(out, '}');
}

/* Cut the "_error" member out of a row that was an object before. ERROR_VALUE is its span. */
static void cut_error(struct mdl_buf *out, struct mdl_slice row, struct mdl_slice error_value)
{
	const char *name = error_value.p - strlen("\"_error\":");
	const char *end = error_value.p + error_value.n;
	/* the comma is ours exactly when one stands there: members before it end in a value */
	if (name > row.p && name[-1] == ',')
		name--;
	mdl_buf_put(out, row.p, (size_t)(name - row.p));
	mdl_buf_put(out, end, (size_t)(row.p + row.n - end));
}

enum mdl_unwrap mdl_quarantine_unwrap(struct mdl_buf *out, struct mdl_slice row, bool *last)
{
	struct mdl_json_iter it;
	struct mdl_json_value error = {0}, first = {0};
	size_t n = 0;
	mdl_json_iter_line(&it, row);
	while (mdl_json_iter_next(&it)) {
		bool is_error = mdl_slice_is(it.name, "_error");
		if (n++ == 0 && mdl_slice_is(it.name, "_corrupt_record") && it.value.kind == MDL_JSON_STRING)
			first = it.value;
		error = is_error ? it.value : (struct mdl_json_value){0};
	}
	*last = true;
	/* ours is the last member and an object, written without a space behind the colon */
	if (error.kind != MDL_JSON_OBJECT || error.p < row.p + 10 || error.p[-1] != ':')
		return MDL_UNWRAP_NONE;
	if (first.kind == MDL_JSON_MISSING || n != 2) {
		cut_error(out, row, (struct mdl_slice){error.p, error.n});
		return MDL_UNWRAP_LINE;
	}
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_doc *d = mdl_doc_parse((struct mdl_slice){error.p, error.n}, "_error", &err);
	if (mdl_doc_bool(d, "record", false)) {
		mdl_doc_free(d);
		cut_error(out, row, (struct mdl_slice){error.p, error.n});
		return MDL_UNWRAP_LINE;
	}
	const char *bytes = mdl_doc_str(d, "bytes");
	uint64_t part = 0;
	mdl_doc_uint(d, "part", &part);
	*last = mdl_doc_bool(d, "part_last", true);
	enum mdl_unwrap r = part ? MDL_UNWRAP_PART : MDL_UNWRAP_LINE;
	size_t before = out->n;
	if (bytes) {
		if (!get_base64(out, bytes)) {
			out->n = before;
			r = MDL_UNWRAP_NONE;
		}
	} else {
		mdl_json_unescape(out, (struct mdl_slice){first.p, first.n});
	}
	mdl_doc_free(d);
	return d ? r : MDL_UNWRAP_NONE;
}
