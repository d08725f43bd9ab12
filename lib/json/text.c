/* SPDX-License-Identifier: MIT
 *
 * JSON strings and UTF-8: see text.h.
 */
#include "json/text.h"

#include <stdint.h>

#include "json/scan_internal.h"

/* The four hexadecimal digits at P. */
static uint32_t hex4(const char *p)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];
		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

/* The character that the \u at P stands for, with its low half if it has one; *N is what it took. A half
 * alone gives itself. */
static uint32_t unicode_escape(const char *p, const char *end, size_t *n)
{
	uint32_t c = hex4(p + 2);
	*n = 6;
	if (c >= 0xd800 && c < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
		uint32_t low = hex4(p + 8);
		if (low >= 0xdc00 && low < 0xe000) {
			*n = 12;
			return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return c;
}

static char *put_utf8(char *d, uint32_t c)
{
	if (c < 0x80) {
		*d++ = (char)c;
	} else if (c < 0x800) {
		*d++ = (char)(0xc0 | c >> 6);
		*d++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*d++ = (char)(0xe0 | c >> 12);
		*d++ = (char)(0x80 | (c >> 6 & 0x3f));
		*d++ = (char)(0x80 | (c & 0x3f));
	} else {
		*d++ = (char)(0xf0 | c >> 18);
		*d++ = (char)(0x80 | (c >> 12 & 0x3f));
		*d++ = (char)(0x80 | (c >> 6 & 0x3f));
		*d++ = (char)(0x80 | (c & 0x3f));
	}
	return d;
}

static char short_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

size_t mdl_json_unescape_to(char *dst, struct mdl_slice raw)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *d = dst;
	while (p < end) {
		const char *b = memchr(p, '\\', (size_t)(end - p));
		size_t run = (size_t)((b ? b : end) - p);
		memcpy(d, p, run);
		d += run;
		if (!b)
			break;
		if (b[1] == 'u') {
			size_t n;
			uint32_t c = unicode_escape(b, end, &n);
			d = put_utf8(d, c >= 0xd800 && c < 0xe000 ? '?' : c);
			p = b + n;
		} else {
			*d++ = short_escape(b[1]);
			p = b + 2;
		}
	}
	return (size_t)(d - dst);
}

bool mdl_json_lone_surrogate(struct mdl_slice raw)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		size_t n = 2;
		if (p[1] == 'u') {
			uint32_t c = unicode_escape(p, end, &n);
			if (c >= 0xd800 && c < 0xe000)
				return true;
		}
		p += n;
	}
	return false;
}

void mdl_json_unescape(struct mdl_buf *out, struct mdl_slice raw)
{
	if (raw.n && mdl_buf_reserve(out, raw.n))
		out->n += mdl_json_unescape_to(out->p + out->n, raw);
}

/* Bytes of the invalid sequence at P that one U+FFFD stands for: its longest start that could have become valid, as
 * Unicode recommends (chapter 3.9) and Java does. */
static size_t invalid_run(const char *p, const char *end)
{
	unsigned char c = (unsigned char)p[0];
	size_t want = c >= 0xf0 && c < 0xf5   ? 4
		      : c >= 0xe0 && c < 0xf0 ? 3
		      : c >= 0xc2 && c < 0xe0 ? 2
					      : 1,
	       n = 1;
	for (; n < want && p + n < end; n++) {
		unsigned char b = (unsigned char)p[n], lo = 0x80, hi = 0xbf;
		if (n == 1) {
			lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : lo;
			hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : hi;
		}
		if (b < lo || b > hi)
			break;
	}
	return n;
}

static void put_escape(struct mdl_buf *out, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char letters[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	if (c >= 0x20 || letters[c]) {
		char s[2] = {'\\', c >= 0x20 ? (char)c : letters[c]};
		mdl_buf_put(out, s, 2);
	} else {
		char s[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
		mdl_buf_put(out, s, 6);
	}
}

/* Are all of these eight bytes such as stand in a JSON string as they are, and ASCII? */
static inline bool all_plain(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\';
	/* a byte that is too low takes from its neighbour, too, which is no harm where there is one already */
	return !((x | ((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
		  ((backslash - ones) & ~backslash)) &
		 tops);
}

/* Copy S, to TO, while all of it is plain; false: it is not. */
static inline bool copy_plain(char *to, struct mdl_slice s)
{
	uint64_t x = 0;
	size_t i = 0;
	if (s.n < 8) {
		for (; i < s.n; i++) {
			unsigned char c = (unsigned char)s.p[i];
			if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
				return false;
			to[i] = s.p[i];
		}
		return true;
	}
	for (; i + 8 <= s.n; i += 8) {
		memcpy(&x, s.p + i, 8);
		if (!all_plain(x))
			return false;
		memcpy(to + i, &x, 8);
	}
	memcpy(&x, s.p + s.n - 8, 8); /* some of them once more */
	memcpy(to + s.n - 8, &x, 8);
	return all_plain(x);
}

void mdl_json_escape(struct mdl_buf *out, struct mdl_slice s)
{
	const char *p = s.p, *end = s.p + s.n, *from = p;
	while (p < end) {
		uint64_t x = 0;
		if (end - p >= 8 && (memcpy(&x, p, 8), all_plain(x))) {
			p += 8;
			continue;
		}
		unsigned char c = (unsigned char)*p;
		if (c < 0x80 && c >= 0x20 && c != '"' && c != '\\') {
			p++;
			continue;
		}
		if (c >= 0x80) {
			size_t n = mdl_scan_utf8(p, end);
			if (n) {
				p += n;
				continue;
			}
			mdl_buf_put(out, from, (size_t)(p - from));
			mdl_buf_put(out, "\xef\xbf\xbd", 3);
			p += invalid_run(p, end);
		} else {
			mdl_buf_put(out, from, (size_t)(p - from));
			put_escape(out, c);
			p++;
		}
		from = p;
	}
	mdl_buf_put(out, from, (size_t)(p - from));
}

void mdl_json_quote(struct mdl_buf *out, struct mdl_slice s)
{
	if (!mdl_buf_reserve(out, s.n + 2)) /* it never becomes shorter */
		return;
	if (copy_plain(out->p + out->n + 1, s)) {
		out->p[out->n] = out->p[out->n + s.n + 1] = '"';
		out->n += s.n + 2;
		return;
	}
	mdl_buf_putc(out, '"');
	mdl_json_escape(out, s);
	mdl_buf_putc(out, '"');
}

size_t mdl_utf8_valid_upto(struct mdl_slice s)
{
	const char *p = s.p, *end = s.p + s.n;
	while (p < end) {
		if (end - p >= 8) {
			uint64_t w;
			memcpy(&w, p, 8);
			if (!(w & UINT64_C(0x8080808080808080))) {
				p += 8;
				continue;
			}
		}
		if ((unsigned char)*p < 0x80) {
			p++;
			continue;
		}
		size_t n = mdl_scan_utf8(p, end);
		if (!n)
			break;
		p += n;
	}
	return (size_t)(p - s.p);
}

bool mdl_utf8_valid(struct mdl_slice s)
{
	return mdl_utf8_valid_upto(s) == s.n;
}

void mdl_json_base64(struct mdl_buf *out, struct mdl_slice s)
{
	static const char base64_digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)s.p;
	if (!mdl_buf_reserve(out, (s.n + 2) / 3 * 4))
		return;
	char *d = out->p + out->n;
	size_t i = 0;
	for (; i + 2 < s.n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
		*d++ = base64_digits[v >> 18];
		*d++ = base64_digits[v >> 12 & 63];
		*d++ = base64_digits[v >> 6 & 63];
		*d++ = base64_digits[v & 63];
	}
	if (i < s.n) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < s.n ? (uint32_t)p[i + 1] << 8 : 0);
		*d++ = base64_digits[v >> 18];
		*d++ = base64_digits[v >> 12 & 63];
		*d++ = i + 1 < s.n ? base64_digits[v >> 6 & 63] : '=';
		*d++ = '=';
	}
	out->n = (size_t)(d - out->p);
}
