/* SPDX-License-Identifier: MIT
 *
 * Rows made from source bytes: see rows.h.
 */
#include "source/rows.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "json/scan.h"
#include "json/text.h"

#define U(hex)                 \
	{                      \
		"\\u00" hex, 6 \
	}
const struct mdl_rows_escape_text mdl_rows_control[32] = {
	U("00"),    U("01"),    U("02"),    U("03"), U("04"),    U("05"),    U("06"), U("07"),
	{"\\b", 2}, {"\\t", 2}, {"\\n", 2}, U("0B"), {"\\f", 2}, {"\\r", 2}, U("0E"), U("0F"),
	U("10"),    U("11"),    U("12"),    U("13"), U("14"),    U("15"),    U("16"), U("17"),
	U("18"),    U("19"),    U("1A"),    U("1B"), U("1C"),    U("1D"),    U("1E"), U("1F"),
};
#undef U

void mdl_rows_init(struct mdl_rows *r)
{
	memset(r, 0, sizeof(*r));
	mdl_buf_init(&r->text, MDL_BUF_NO_LIMIT);
	r->line_no = 1;
}

void mdl_rows_free(struct mdl_rows *r)
{
	mdl_buf_free(&r->text);
	free(r->lines);
	free(r->bad);
	mdl_rows_init(r);
}

void mdl_rows_clear(struct mdl_rows *r)
{
	mdl_buf_clear(&r->text);
	r->n = 0;
	r->nbad = 0;
}

void mdl_rows_pad(struct mdl_rows *r)
{
	mdl_buf_reserve(&r->text, MDL_SCAN_PADDING);
	memset(r->text.p + r->text.n, 0, MDL_SCAN_PADDING);
}

void mdl_rows_push(struct mdl_rows *r, uint64_t line)
{
	MDL_GROW(r->lines, r->n, r->lines_cap);
	r->lines[r->n++] = line;
}

void mdl_rows_push_bad(struct mdl_rows *r, struct mdl_slice raw, uint64_t line, const char *reason)
{
	MDL_GROW(r->bad, r->nbad, r->bad_cap);
	r->bad[r->nbad++] =
		(struct mdl_row_bad){r->n, reason, raw, r->base_offset + (uint64_t)(raw.p - r->base)};
	mdl_buf_puts(&r->text, "{\"_corrupt_record\":");
	mdl_json_quote(&r->text, raw);
	mdl_buf_puts(&r->text, "}\n");
	mdl_rows_push(r, line);
}

static char *escape_byte(char *o, unsigned char c)
{
	if (c < 0x20) {
		memcpy(o, mdl_rows_control[c].p, 6);
		return o + mdl_rows_control[c].n;
	}
	if (c == '"' || c == '\\')
		*o++ = '\\';
	*o++ = (char)c;
	return o;
}

void mdl_rows_escape(struct mdl_buf *b, struct mdl_slice s)
{
	/* six bytes for the worst byte, and room for the last 16-byte store */
	if (!mdl_buf_reserve(b, s.n * 6 + 32))
		return;
	char *o = b->p + b->n;
	const char *p = s.p, *end = s.p + s.n;
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), back = _mm_set1_epi8('\\'), low = _mm_set1_epi8(0x1f);
	while (p < end) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, back)),
					   _mm_cmpeq_epi8(_mm_min_epu8(x, low), x));
		unsigned m = (unsigned)_mm_movemask_epi8(hit);
		size_t k = m ? (size_t)__builtin_ctz(m) : 16;
		_mm_storeu_si128((__m128i *)(void *)o, x);
		if (k >= (size_t)(end - p)) {
			o += end - p;
			break;
		}
		p += k;
		o += k;
		if (m)
			o = escape_byte(o, (unsigned char)*p++);
	}
#else
	while (p < end)
		o = escape_byte(o, (unsigned char)*p++);
#endif
	b->n = (size_t)(o - b->p);
}

bool mdl_rows_ascii(struct mdl_slice s)
{
	unsigned char any = 0;
	for (size_t i = 0; i < s.n; i++)
		any |= (unsigned char)s.p[i];
	return any < 0x80;
}
