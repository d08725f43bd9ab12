/* SPDX-License-Identifier: MIT
 *
 * String functions, in characters and not bytes. Case by utf8proc, as Java's
 * String.toUpperCase(ROOT) has it for single characters.
 */
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "sql/func_regexp.h"
#include "sql/func_text.h"

enum { MAX_TEXT = 1 << 30 }; /* of one result: more is refused, as an array of Java would */

static char *room(struct mdl_fn_ctx *ctx, size_t n)
{
	return mdl_arena_alloc(ctx->arena, n + 1);
}

static bool too_long(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, uint64_t n)
{
	if (n <= MAX_TEXT)
		return false;
	mdl_fn_fail(ctx, out, row, "COLLECTION_SIZE_LIMIT_EXCEEDED", "A text of %llu bytes is too long",
		    (unsigned long long)n);
	return true;
}

/* ---- case ---- */

static struct mdl_slice put_upper_special(int32_t c, char *p)
{
	/* Characters whose upper case is more than one. */
	static const struct {
		int32_t c;
		const char *text;
	} more[] = {{0xdf, "SS"},        {0x149, "\xca\xbcN"},
		    {0xfb00, "FF"},      {0xfb01, "FI"},
		    {0xfb02, "FL"},      {0xfb03, "FFI"},
		    {0xfb04, "FFL"},     {0xfb05, "ST"},
		    {0xfb06, "ST"},      {0x587, "\xd4\xb5\xd5\x92"},
		    {0x1f0, "J\xcc\x8c"}};
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		if (more[i].c == c) {
			size_t n = strlen(more[i].text);
			memcpy(p, more[i].text, n);
			return (struct mdl_slice){p, n};
		}
	return (struct mdl_slice){p, 0};
}

enum letter_case { TO_UPPER, TO_LOWER, TO_TITLE };

static char *put_char(char *p, int32_t c, enum letter_case to)
{
	if (to == TO_UPPER) {
		struct mdl_slice s = put_upper_special(c, p);
		if (s.n)
			return p + s.n;
	}
	if (to == TO_LOWER && c == 0x130) { /* I with a dot: two characters */
		memcpy(p, "i\xcc\x87", 3);
		return p + 3;
	}
	int32_t m = to == TO_UPPER   ? utf8proc_toupper(c)
		    : to == TO_LOWER ? utf8proc_tolower(c)
				     : utf8proc_totitle(c);
	return p + utf8proc_encode_char(m, (utf8proc_uint8_t *)p);
}

static struct mdl_slice change_case(struct mdl_fn_ctx *ctx, struct mdl_slice s, enum letter_case to)
{
	char *r = room(ctx, s.n), *p = r;
	size_t i = 0;
	char first = to == TO_UPPER ? 'a' : 'A';
	for (; i < s.n && (signed char)s.p[i] >= 0; i++) {
		char c = s.p[i];
		*p++ = (unsigned char)(c - first) < 26 ? (char)(c ^ 0x20) : c;
	}
	if (i == s.n)
		return (struct mdl_slice){r, s.n};
	r = p = room(ctx, 3 * s.n + 8);
	for (i = 0; i < s.n;) {
		int32_t c;
		utf8proc_ssize_t k =
			utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)(s.n - i), &c);
		if (k <= 0)
			break;
		i += (size_t)k;
		/* A final sigma has a form of its own. */
		if (to == TO_LOWER && c == 0x3a3 && p > r && i == s.n) {
			memcpy(p, "\xcf\x82", 2);
			p += 2;
			continue;
		}
		p = put_char(p, c, to);
	}
	return (struct mdl_slice){r, (size_t)(p - r)};
}

static void f_upper(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->str[row] = change_case(ctx, mdl_arg_str(args, 0, row), TO_UPPER);
}

static void f_lower(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->str[row] = change_case(ctx, mdl_arg_str(args, 0, row), TO_LOWER);
}

static void f_initcap(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		char *r = room(ctx, 3 * s.n + 8), *p = r;
		bool start = true;
		for (size_t i = 0; i < s.n;) {
			int32_t c;
			utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i,
							      (utf8proc_ssize_t)(s.n - i), &c);
			if (k <= 0)
				break;
			i += (size_t)k;
			bool final = !start && c == 0x3a3 && (i == s.n || s.p[i] == ' ');
			char upper[16];
			struct mdl_slice special =
				start ? put_upper_special(c, upper) : (struct mdl_slice){NULL, 0};
			if (special.n &&
			    (unsigned char)upper[0] < 0x80) { /* one letter that becomes several: "Fi" */
				*p++ = upper[0];
				for (size_t j = 1; j < special.n; j++)
					*p++ = upper[j] >= 'A' && upper[j] <= 'Z' ? (char)(upper[j] | 0x20)
										  : upper[j];
			} else {
				p = final ? mempcpy(p, "\xcf\x82", 2)
					  : put_char(p, c, start ? TO_TITLE : TO_LOWER);
			}
			start = c == ' ';
		}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

/* ---- lengths ---- */

static int resolve_length(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	if (call->args[0]->kind != MDL_T_BINARY)
		call->args[0] = &mdl_type_string;
	call->result = &mdl_type_int;
	return 0;
}

static void f_length(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	bool binary = args[0]->type->kind == MDL_T_BINARY;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		out->i64[row] = binary ? (int64_t)s.n : mdl_text_chars(s);
	}
}

static void f_octet_length(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = (int64_t)mdl_arg_str(args, 0, row).n;
}

static void f_bit_length(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = (int64_t)mdl_arg_str(args, 0, row).n * 8;
}

/* ---- trimming ---- */

static bool has_char(struct mdl_slice set, const char *p, size_t k)
{
	for (size_t i = 0; i < set.n; i += mdl_text_step(set.p + i))
		if (set.n - i >= k && mdl_text_step(set.p + i) == k && memcmp(set.p + i, p, k) == 0)
			return true;
	return false;
}

static struct mdl_slice trim(struct mdl_slice s, struct mdl_slice set, bool left, bool right)
{
	while (left && s.n) {
		size_t k = mdl_text_step(s.p);
		if (!has_char(set, s.p, k))
			break;
		s.p += k;
		s.n -= k;
	}
	while (right && s.n) {
		size_t k = 1;
		while (k < s.n && (s.p[s.n - k] & 0xc0) == 0x80)
			k++;
		if (!has_char(set, s.p + s.n - k, k))
			break;
		s.n -= k;
	}
	return s;
}

static void trim_all(struct mdl_vec *const *args, size_t nargs, const uint32_t *sel, size_t n,
		     struct mdl_vec *out, bool left, bool right)
{
	MDL_EACH(row, sel, n)
	out->str[row] = trim(mdl_arg_str(args, 0, row),
			     nargs > 1 ? mdl_arg_str(args, 1, row) : MDL_SLICE(" "), left, right);
}

static void f_trim(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	trim_all(args, nargs, sel, n, out, true, true);
}

static void f_ltrim(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	trim_all(args, nargs, sel, n, out, true, false);
}

static void f_rtrim(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	trim_all(args, nargs, sel, n, out, false, true);
}

/* ---- parts ---- */

/* Spark's positions: 1 is the first, 0 too, negative ones count from the end. */
static struct mdl_slice substring(struct mdl_slice s, int64_t pos, int64_t len, bool binary)
{
	if (pos >= 0 && !binary) { /* what is behind need not be counted */
		size_t from = len <= 0 ? s.n : mdl_text_offset(s, pos - (pos > 0));
		struct mdl_slice tail = {s.p + from, s.n - from};
		if (len < (int64_t)tail.n)
			tail.n = mdl_text_offset(tail, len);
		return tail.n ? tail : (struct mdl_slice){s.p, 0};
	}
	int64_t chars = binary ? (int64_t)s.n : mdl_text_chars(s);
	int64_t start = pos > 0 ? pos - 1 : pos < 0 ? chars + pos : 0, end;
	if (__builtin_add_overflow(start, len, &end))
		end = len > 0 ? INT64_MAX : INT64_MIN;
	if (start < 0)
		start = 0;
	if (end > chars)
		end = chars;
	if (end <= start || start >= chars)
		return (struct mdl_slice){s.p, 0};
	if ((size_t)chars == s.n)
		return (struct mdl_slice){s.p + start, (size_t)(end - start)};
	size_t a = mdl_text_offset(s, start);
	struct mdl_slice rest = {s.p + a, s.n - a};
	return (struct mdl_slice){rest.p, mdl_text_offset(rest, end - start)};
}

static int resolve_substring(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	if (call->args[0]->kind != MDL_T_BINARY)
		call->args[0] = &mdl_type_string;
	for (size_t i = 1; i < call->nargs; i++)
		call->args[i] = &mdl_type_int;
	call->result = call->args[0];
	return 0;
}

static void f_substring(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	bool binary = args[0]->type->kind == MDL_T_BINARY;
	MDL_EACH(row, sel, n)
	out->str[row] = substring(mdl_arg_str(args, 0, row), mdl_arg_int(args, 1, row),
				  nargs > 2 ? mdl_arg_int(args, 2, row) : INT32_MAX, binary);
}

/* Texts stay texts, bytes stay bytes; the other arguments are numbers, in overlay() behind the second. */
static int resolve_bytes(struct mdl_call *call, struct mdl_err *err)
{
	bool overlay = strcmp(call->name, "overlay") == 0;
	bool bytes = call->args[0]->kind == MDL_T_BINARY && (!overlay || call->args[1]->kind == MDL_T_BINARY);
	(void)err;
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i >= (overlay ? 2u : 1u) ? &mdl_type_int
				: bytes                  ? &mdl_type_binary
							 : &mdl_type_string;
	call->result = call->args[0];
	return 0;
}

static void f_left(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->str[row] = substring(mdl_arg_str(args, 0, row), 1, mdl_arg_int(args, 1, row),
				  out->type->kind == MDL_T_BINARY);
}

static void f_right(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		int64_t k = mdl_arg_int(args, 1, row);
		out->str[row] = k <= 0 ? (struct mdl_slice){s.p, 0} : substring(s, -k, INT32_MAX, false);
	}
}

static void f_substring_index(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), d = mdl_arg_str(args, 1, row);
		int64_t k = mdl_arg_int(args, 2, row);
		out->str[row] = s;
		if (d.n == 0 || k == 0) {
			out->str[row].n = 0;
		} else if (k > 0) {
			const char *p = s.p, *end = s.p + s.n, *hit = NULL;
			for (; k > 0; k--, p = hit + 1)
				if (p > end || !(hit = memmem(p, (size_t)(end - p), d.p, d.n)))
					break;
			if (k == 0)
				out->str[row].n = (size_t)(hit - s.p);
		} else if (s.n >= d.n) {
			for (size_t i = s.n - d.n + 1; i-- > 0;)
				if (memcmp(s.p + i, d.p, d.n) == 0 && ++k == 0) {
					out->str[row] = (struct mdl_slice){s.p + i + d.n, s.n - i - d.n};
					break;
				}
		}
	}
}

static void f_split_part(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), d = mdl_arg_str(args, 1, row);
		int64_t k = mdl_arg_int(args, 2, row), parts = 1;
		out->str[row] = (struct mdl_slice){s.p, 0};
		if (k == 0) {
			mdl_fn_fail(
				ctx, out, row, "INVALID_INDEX_OF_ZERO",
				"The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");
			continue;
		}
		const char *p = s.p, *end = s.p + s.n, *hit;
		for (; d.n && (hit = memmem(p, (size_t)(end - p), d.p, d.n)); p = hit + d.n)
			parts++;
		if (k < 0)
			k += parts + 1;
		if (k < 1 || k > parts)
			continue;
		for (p = s.p; k > 1; k--)
			p = (const char *)memmem(p, (size_t)(end - p), d.p, d.n) + d.n;
		hit = d.n ? memmem(p, (size_t)(end - p), d.p, d.n) : NULL;
		out->str[row] = (struct mdl_slice){p, (size_t)((hit ? hit : end) - p)};
	}
}

/* ---- search ---- */

static int64_t find_from(struct mdl_slice what, struct mdl_slice s, int64_t from)
{
	if (from < 1 || what.n == 0)
		return from >= 1;
	size_t at = mdl_text_offset(s, from - 1);
	if (from - 1 > mdl_text_chars(s))
		return 0;
	const char *hit = mdl_text_find((struct mdl_slice){s.p + at, s.n - at}, what);
	return hit ? from + mdl_text_chars((struct mdl_slice){s.p + at, (size_t)(hit - s.p) - at}) : 0;
}

static void f_locate(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		/* Where the place is NULL nothing is found, whatever the texts are. */
		bool nowhere = nargs > 2 && !mdl_arg_valid(args, 2, row);
		out->valid[row] = nowhere || (mdl_arg_valid(args, 0, row) && mdl_arg_valid(args, 1, row));
		out->i64[row] = nowhere || !out->valid[row]
					? 0
					: find_from(mdl_arg_str(args, 0, row), mdl_arg_str(args, 1, row),
						    nargs > 2 ? mdl_arg_int(args, 2, row) : 1);
	}
}

static void f_instr(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->i64[row] = find_from(mdl_arg_str(args, 1, row), mdl_arg_str(args, 0, row), 1);
}

/* Both are bytes, or both are texts. */
static int resolve_find(struct mdl_call *call, struct mdl_err *err)
{
	bool bytes = call->args[0]->kind == MDL_T_BINARY && call->args[1]->kind == MDL_T_BINARY;
	(void)err;
	for (size_t i = 0; i < 2 && !bytes; i++)
		call->args[i] = &mdl_type_string;
	call->result = &mdl_type_boolean;
	return 0;
}

static void f_contains(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->b8[row] = mdl_text_find(mdl_arg_str(args, 0, row), mdl_arg_str(args, 1, row)) != NULL;
}

static void f_startswith(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	out->b8[row] = mdl_slice_starts(mdl_arg_str(args, 0, row), mdl_arg_str(args, 1, row));
}

static void f_endswith(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), e = mdl_arg_str(args, 1, row);
		out->b8[row] = s.n >= e.n && memcmp(s.p + s.n - e.n, e.p, e.n) == 0;
	}
}

static void f_find_in_set(MDL_FN_PARAMS)
{
	MDL_FN_UNUSED;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice w = mdl_arg_str(args, 0, row), s = mdl_arg_str(args, 1, row);
		int64_t k = 1;
		out->i64[row] = 0;
		if (memchr(w.p, ',', w.n))
			continue;
		for (size_t at = 0; at <= s.n; k++) {
			const char *c = memchr(s.p + at, ',', s.n - at);
			size_t len = c ? (size_t)(c - s.p) - at : s.n - at;
			if (mdl_slice_eq(w, (struct mdl_slice){s.p + at, len})) {
				out->i64[row] = k;
				break;
			}
			at += len + 1;
		}
	}
}

/* ---- building ---- */

static void f_concat(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		uint64_t len = 0;
		for (size_t i = 0; i < nargs; i++)
			len += mdl_arg_str(args, i, row).n;
		if (too_long(ctx, out, row, len))
			continue;
		char *p = room(ctx, len);
		out->str[row] = (struct mdl_slice){p, len};
		for (size_t i = 0; i < nargs; i++) {
			struct mdl_slice s = mdl_arg_str(args, i, row);
			memcpy(p, s.p, s.n);
			p += s.n;
		}
	}
}

static int resolve_concat(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	bool binary = call->nargs > 0;
	for (size_t i = 0; i < call->nargs; i++)
		binary &= call->args[i]->kind == MDL_T_BINARY;
	for (size_t i = 0; i < call->nargs && !binary; i++)
		call->args[i] = &mdl_type_string;
	call->result = binary ? &mdl_type_binary : &mdl_type_string;
	return 0;
}

static bool is_list(const struct mdl_vec *v)
{
	return v->type->kind == MDL_T_ARRAY;
}

/* Each text of argument I of ROW in turn, NULLs left out. */
static bool next_text(const struct mdl_vec *v, size_t row, uint32_t *k, struct mdl_slice *s)
{
	size_t r = mdl_row(v, row);
	if (!v->valid[r])
		return false;
	if (!is_list(v)) {
		*s = v->str[r];
		return (*k)++ == 0;
	}
	struct mdl_span sp = v->span[r];
	while (*k < sp.n) {
		size_t at = mdl_row(v->child[0], sp.at + (*k)++);
		if (v->child[0]->valid[at]) {
			*s = v->child[0]->str[at];
			return true;
		}
	}
	return false;
}

static int resolve_concat_ws(struct mdl_call *call, struct mdl_err *err)
{
	(void)err;
	for (size_t i = 0; i < call->nargs; i++)
		call->args[i] = i && call->args[i]->kind == MDL_T_ARRAY
					? mdl_type_array(call->arena, &mdl_type_string)
					: &mdl_type_string;
	call->result = &mdl_type_string;
	return 0;
}

static void f_concat_ws(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		if (!(out->valid[row] = mdl_arg_valid(args, 0, row)))
			continue;
		struct mdl_slice sep = mdl_arg_str(args, 0, row), s;
		uint64_t len = 0;
		for (size_t i = 1; i < nargs; i++)
			for (uint32_t k = 0; next_text(args[i], row, &k, &s);)
				len += s.n + sep.n;
		if (too_long(ctx, out, row, len))
			continue;
		char *r = room(ctx, len), *p = r;
		bool first = true;
		for (size_t i = 1; i < nargs; i++)
			for (uint32_t k = 0; next_text(args[i], row, &k, &s); first = false) {
				if (!first) {
					memcpy(p, sep.p, sep.n);
					p += sep.n;
				}
				memcpy(p, s.p, s.n);
				p += s.n;
			}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

static void f_replace(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), a = mdl_arg_str(args, 1, row);
		struct mdl_slice b = nargs > 2 ? mdl_arg_str(args, 2, row) : MDL_SLICE("");
		out->str[row] = s;
		const char *p = s.p, *end = s.p + s.n, *hit;
		uint64_t hits = 0;
		for (; a.n && (hit = memmem(p, (size_t)(end - p), a.p, a.n)); p = hit + a.n)
			hits++;
		if (hits == 0 || too_long(ctx, out, row, s.n + hits * b.n))
			continue;
		char *r = room(ctx, s.n + hits * b.n), *q = r;
		for (p = s.p; (hit = memmem(p, (size_t)(end - p), a.p, a.n)); p = hit + a.n) {
			memcpy(q, p, (size_t)(hit - p));
			q += hit - p;
			memcpy(q, b.p, b.n);
			q += b.n;
		}
		memcpy(q, p, (size_t)(end - p));
		q += end - p;
		out->str[row] = (struct mdl_slice){r, (size_t)(q - r)};
	}
}

static void pad(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t nargs, const uint32_t *sel,
		size_t n, struct mdl_vec *out, bool left)
{
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row),
				 f = nargs > 2 ? mdl_arg_str(args, 2, row) : MDL_SLICE(" ");
		int64_t want = mdl_arg_int(args, 1, row), have = mdl_text_chars(s), fc = mdl_text_chars(f);
		if (want <= have || fc == 0) {
			s.n = mdl_text_offset(s, want);
			out->str[row] = s;
			continue;
		}
		int64_t add = want - have;
		size_t part = mdl_text_offset(f, add % fc);
		uint64_t fill = (uint64_t)(add / fc) * f.n + part;
		if (too_long(ctx, out, row, s.n + fill))
			continue;
		char *r = room(ctx, s.n + fill), *p = r;
		if (!left) {
			memcpy(p, s.p, s.n);
			p += s.n;
		}
		for (int64_t i = add / fc; i > 0; i--, p += f.n)
			memcpy(p, f.p, f.n);
		memcpy(p, f.p, part);
		if (left)
			memcpy(p + part, s.p, s.n);
		out->str[row] = (struct mdl_slice){r, s.n + fill};
	}
}

static void f_lpad(MDL_FN_PARAMS)
{
	pad(ctx, args, nargs, sel, n, out, true);
}

static void f_rpad(MDL_FN_PARAMS)
{
	pad(ctx, args, nargs, sel, n, out, false);
}

static void repeat(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, struct mdl_slice s, int64_t times)
{
	if (times < 0)
		times = 0;
	if (too_long(ctx, out, row, (uint64_t)times * s.n))
		return;
	char *r = room(ctx, (size_t)times * s.n);
	for (int64_t i = 0; i < times; i++)
		memcpy(r + (size_t)i * s.n, s.p, s.n);
	out->str[row] = (struct mdl_slice){r, (size_t)times * s.n};
}

static void f_repeat(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	repeat(ctx, out, row, mdl_arg_str(args, 0, row), mdl_arg_int(args, 1, row));
}

static void f_space(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	repeat(ctx, out, row, MDL_SLICE(" "), mdl_arg_int(args, 0, row));
}

static void f_reverse(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row);
		char *r = room(ctx, s.n), *p = r + s.n;
		for (size_t i = 0; i < s.n;) {
			size_t k = mdl_text_step(s.p + i);
			p -= k;
			memcpy(p, s.p + i, k);
			i += k;
		}
		out->str[row] = (struct mdl_slice){r, s.n};
	}
}

static void f_translate(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), from = mdl_arg_str(args, 1, row),
				 to = mdl_arg_str(args, 2, row);
		char *r = room(ctx, 4 * s.n), *p = r;
		for (size_t i = 0, k; i < s.n; i += k) {
			k = mdl_text_step(s.p + i);
			size_t f = 0, t = 0;
			for (; f < from.n; f += mdl_text_step(from.p + f)) {
				if (mdl_text_step(from.p + f) == k && memcmp(from.p + f, s.p + i, k) == 0)
					break;
				t += t < to.n ? mdl_text_step(to.p + t) : 0;
			}
			if (f >= from.n) {
				memcpy(p, s.p + i, k);
				p += k;
			} else if (t < to.n) {
				size_t m = mdl_text_step(to.p + t);
				memcpy(p, to.p + t, m);
				p += to.p[t] != '\0' ? m : 0; /* U+0000 deletes, too */
			}
		}
		out->str[row] = (struct mdl_slice){r, (size_t)(p - r)};
	}
}

static void f_overlay(MDL_FN_PARAMS)
{
	bool bytes = out->type->kind == MDL_T_BINARY;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), r = mdl_arg_str(args, 1, row);
		int64_t pos = mdl_arg_int(args, 2, row), len = nargs > 3 ? mdl_arg_int(args, 3, row) : -1;
		if (len < 0)
			len = bytes ? (int64_t)r.n : mdl_text_chars(r);
		struct mdl_slice a = substring(s, 1, pos - 1, bytes),
				 b = substring(s, pos + len, INT32_MAX, bytes);
		char *p = room(ctx, a.n + r.n + b.n);
		out->str[row] = (struct mdl_slice){p, a.n + r.n + b.n};
		memcpy(p, a.p, a.n);
		memcpy(p + a.n, r.p, r.n);
		memcpy(p + a.n + r.n, b.p, b.n);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, C = MDL_FN_COSTLY };

const struct mdl_fn mdl_func_string[] = {
	{"upper", 1, 1, S, "STRING:STRING", NULL, NULL, f_upper},
	{"ucase", 1, 1, S, "STRING:STRING", NULL, NULL, f_upper},
	{"lower", 1, 1, S, "STRING:STRING", NULL, NULL, f_lower},
	{"lcase", 1, 1, S, "STRING:STRING", NULL, NULL, f_lower},
	{"initcap", 1, 1, S, "STRING:STRING", NULL, NULL, f_initcap},
	{"length", 1, 1, S, NULL, resolve_length, NULL, f_length},
	{"len", 1, 1, S, NULL, resolve_length, NULL, f_length},
	{"char_length", 1, 1, S, NULL, resolve_length, NULL, f_length},
	{"character_length", 1, 1, S, NULL, resolve_length, NULL, f_length},
	{"octet_length", 1, 1, S, NULL, resolve_length, NULL, f_octet_length},
	{"bit_length", 1, 1, S, NULL, resolve_length, NULL, f_bit_length},
	{"trim", 1, 2, S, "STRING:STRING", NULL, NULL, f_trim},
	{"btrim", 1, 2, S, "STRING:STRING", NULL, NULL, f_trim},
	{"ltrim", 1, 2, S, "STRING:STRING", NULL, NULL, f_ltrim},
	{"rtrim", 1, 2, S, "STRING:STRING", NULL, NULL, f_rtrim},
	{"substring", 2, 3, S, NULL, resolve_substring, NULL, f_substring},
	{"substr", 2, 3, S, NULL, resolve_substring, NULL, f_substring},
	{"left", 2, 2, S, NULL, resolve_bytes, NULL, f_left},
	{"right", 2, 2, S, "STRING,INT:STRING", NULL, NULL, f_right},
	{"substring_index", 3, 3, S, "STRING,STRING,INT:STRING", NULL, NULL, f_substring_index},
	{"split_part", 3, 3, S | F, "STRING,STRING,INT:STRING", NULL, NULL, f_split_part},
	{"locate", 2, 3, 0, "STRING,STRING,INT:INT", NULL, NULL, f_locate},
	{"position", 2, 3, 0, "STRING,STRING,INT:INT", NULL, NULL, f_locate},
	{"charindex", 2, 3, 0, "STRING,STRING,INT:INT", NULL, NULL, f_locate},
	{"instr", 2, 2, S, "STRING,STRING:INT", NULL, NULL, f_instr},
	{"contains", 2, 2, S, NULL, resolve_find, NULL, f_contains},
	{"startswith", 2, 2, S, NULL, resolve_find, NULL, f_startswith},
	{"endswith", 2, 2, S, NULL, resolve_find, NULL, f_endswith},
	{"find_in_set", 2, 2, S, "STRING,STRING:INT", NULL, NULL, f_find_in_set},
	{"concat", 0, 255, S | F, NULL, resolve_concat, NULL, f_concat},
	{"concat_ws", 1, 255, F, NULL, resolve_concat_ws, NULL, f_concat_ws},
	{"replace", 2, 3, S | F, "STRING,STRING,STRING:STRING", NULL, NULL, f_replace},
	{"lpad", 2, 3, S | F, "STRING,INT,STRING:STRING", NULL, NULL, f_lpad},
	{"rpad", 2, 3, S | F, "STRING,INT,STRING:STRING", NULL, NULL, f_rpad},
	{"repeat", 2, 2, S | F, "STRING,INT:STRING", NULL, NULL, f_repeat},
	{"space", 1, 1, S | F, "INT:STRING", NULL, NULL, f_space},
	{"reverse", 1, 1, S, "STRING:STRING", NULL, NULL, f_reverse},
	{"translate", 3, 3, S, "STRING,STRING,STRING:STRING", NULL, NULL, f_translate},
	{"overlay", 3, 4, S, NULL, resolve_bytes, NULL, f_overlay},
	{"regexp_replace", 3, 4, S | F | C, "STRING,STRING,STRING,INT:STRING", mdl_regexp_resolve_replace,
	 mdl_regexp_unprepare, mdl_regexp_f_replace},
	{"regexp_extract", 2, 3, S | F | C, "STRING,STRING,INT:STRING", mdl_regexp_resolve,
	 mdl_regexp_unprepare, mdl_regexp_f_extract},
	{"str_to_map", 1, 3, S | F | C, NULL, mdl_regexp_resolve_map, mdl_regexp_unprepare_map,
	 mdl_regexp_f_str_to_map},
	{"regexp_extract_all", 2, 3, S | F | C, NULL, mdl_regexp_resolve_split, mdl_regexp_unprepare,
	 mdl_regexp_f_extract_all},
	{"regexp_like", 2, 2, S | F | C, "STRING,STRING:BOOLEAN", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_like},
	{"regexp", 2, 2, S | F | C, "STRING,STRING:BOOLEAN", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_like},
	{"rlike", 2, 2, S | F | C, "STRING,STRING:BOOLEAN", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_like},
	{"regexp_count", 2, 2, S | F | C, "STRING,STRING:INT", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_count},
	{"regexp_instr", 2, 3, S | F | C, "STRING,STRING,INT:INT", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_instr},
	{"regexp_substr", 2, 2, S | F | C, "STRING,STRING:STRING", mdl_regexp_resolve, mdl_regexp_unprepare,
	 mdl_regexp_f_substr},
	{"split", 2, 3, S | F | C, NULL, mdl_regexp_resolve_split, mdl_regexp_unprepare, mdl_regexp_f_split},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
