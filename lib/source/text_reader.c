/* SPDX-License-Identifier: MIT
 *
 * Plain text to NDJSON: see text_reader.h.
 */
#include "source/text_reader.h"

#include <string.h>

#include "base/utf16.h"
#include "json/text.h"

static void line(struct mdl_slice s, struct mdl_rows *out)
{
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (!mdl_rows_ascii(s) && !mdl_utf8_valid(s)) {
		mdl_rows_push_bad(out, s, out->line_no, mdl_utf16_name(s) ? MDL_UTF16_REASON : "not UTF-8");
		return;
	}
	mdl_buf_put(&out->text, "{\"value\":\"", 10);
	mdl_rows_escape(&out->text, s);
	mdl_buf_put(&out->text, "\"}\n", 3);
	mdl_rows_push(out, out->line_no);
}

void mdl_text_reader_run(char *p0, size_t n, enum mdl_rows_input input, struct mdl_rows *out, size_t *used)
{
	const char *p = p0, *end = p0 + n;
	p0[n] = '\n';
	while (p < end && out->text.n < MDL_ROWS_BYTES) {
		const char *nl = memchr(p, '\n', (size_t)(end - p) + 1);
		if (nl == end && input != MDL_ROWS_FINAL)
			break;
		line((struct mdl_slice){p, (size_t)(nl - p)}, out);
		out->line_no++;
		p = nl == end ? end : nl + 1;
	}
	*used = (size_t)(p - p0);
}
