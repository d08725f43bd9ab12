/* SPDX-License-Identifier: MIT
 *
 * The exact engine: RFC 8259 and Unicode's table 3-7 byte by byte, one line at a
 * time, with an explicit stack. It alone decides what is a record; the fast
 * engines accept only what they can prove it would accept, with the same values.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/scan_internal.h"
#include "json/text.h"

struct exact {
	const struct mdl_scan_tree *t;
	const char *p, *end, *safe;
	struct mdl_json_value *cells;
	struct mdl_scan_fault *fault;
	bool reserved;
	unsigned depth;
	struct mdl_scan_frame *stack;
};

static bool fail(struct exact *x, const char *at, const char *why)
{
	*x->fault = (struct mdl_scan_fault){at < x->end ? why : "the line ends inside the object", at};
	return false;
}

static inline bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next byte that is not white space, or NUL (which no rule accepts) at the end. */
static inline char peek(struct exact *x)
{
	while (x->p < x->end && is_space(*x->p))
		x->p++;
	return x->p < x->end ? *x->p : '\0';
}

/* To the first byte at or after P that is a quote, a backslash, below 0x20 or not ASCII; or END. */
static inline const char *plain_run(const char *p, const char *end, const char *safe)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
	while (p < end && safe - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* signed: bytes from 0x80 are below the space, too */
		__m128i hit = _mm_or_si128(_mm_cmpgt_epi8(space, v),
					   _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);
		if (mask) {
			p += __builtin_ctz(mask);
			return p < end ? p : end;
		}
		p += 16;
	}
#else
	(void)safe;
#endif
	while (p < end && (signed char)*p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p < end ? p : end;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Behind the escape at P (a backslash), or NULL. */
static const char *escape(const char *p, const char *end)
{
	if (end - p < 2)
		return NULL;
	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 2;
	case 'u':
		if (end - p >= 6 && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]))
			return p + 6;
		return NULL;
	default:
		return NULL;
	}
}

/* x->p is behind the opening quote and moves behind the closing one; RAW is what stands between. */
static inline bool string(struct exact *x, struct mdl_slice *raw, bool *escaped)
{
	const char *p = x->p;
	*escaped = false;
	for (;;) {
		p = plain_run(p, x->end, x->safe);
		if (p == x->end)
			return fail(x, p, NULL);
		if (*p == '"')
			break;
		if (*p == '\\') {
			*escaped = true;
			const char *q = escape(p, x->end);
			if (!q)
				return fail(x, p, "an escape that JSON does not have");
			p = q;
		} else if ((unsigned char)*p < 0x20) {
			return fail(x, p, "a control character in a string");
		} else {
			size_t n = mdl_scan_utf8(p, x->end);
			if (!n)
				return fail(x, p, "invalid UTF-8");
			p += n;
		}
	}
	*raw = (struct mdl_slice){x->p, (size_t)(p - x->p)};
	x->p = p + 1;
	return true;
}

static inline const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* x->p is at '-' or a digit. */
static inline bool number(struct exact *x, struct mdl_json_value *v)
{
	const char *p = x->p, *end = x->end, *q;
	v->kind = MDL_JSON_INT;
	if (*p == '-')
		p++;
	if (p < end && *p == '0') {
		p++;
	} else {
		q = digits(p, end);
		if (q == p)
			return fail(x, p, "a number without digits");
		p = q;
	}
	if (p < end && *p == '.') {
		v->kind = MDL_JSON_REAL;
		p++;
		q = digits(p, end);
		if (q == p)
			return fail(x, p, "a number without digits behind its point");
		p = q;
	}
	if (p < end && (*p | 0x20) == 'e') {
		v->kind = MDL_JSON_REAL;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		q = digits(p, end);
		if (q == p)
			return fail(x, p, "an exponent without digits");
		p = q;
	}
	v->p = x->p;
	v->n = (uint32_t)(p - x->p);
	x->p = p;
	return true;
}

static inline bool literal(struct exact *x, const char *word, size_t n, uint8_t kind, struct mdl_json_value *v)
{
	if ((size_t)(x->end - x->p) < n || memcmp(x->p, word, n) != 0)
		return fail(x, x->p, "expected a value");
	*v = (struct mdl_json_value){x->p, (uint32_t)n, kind, false};
	x->p += n;
	return true;
}

/* A value that is no container. */
static inline bool scalar(struct exact *x, char c, struct mdl_json_value *v)
{
	switch (c) {
	case '"': {
		struct mdl_slice raw;
		x->p++;
		if (!string(x, &raw, &v->escaped))
			return false;
		v->p = raw.p;
		v->n = (uint32_t)raw.n;
		v->kind = MDL_JSON_STRING;
		return true;
	}
	case 't':
		return literal(x, "true", 4, MDL_JSON_TRUE, v);
	case 'f':
		return literal(x, "false", 5, MDL_JSON_FALSE, v);
	case 'n':
		return literal(x, "null", 4, MDL_JSON_NULL, v);
	default:
		v->escaped = false;
		if (c == '-' || (c >= '0' && c <= '9'))
			return number(x, v);
		return fail(x, x->p, "expected a value");
	}
}

/* An earlier value of this place, if the member occurs twice, counts no more, nor does what was in it. */
static void forget(struct exact *x, const struct mdl_scan_node *node)
{
	for (uint32_t i = node->lo; i < node->hi; i++)
		x->cells[x->t->order[i]] = (struct mdl_json_value){0};
}

static void found(struct exact *x, const struct mdl_scan_node *node, const struct mdl_json_value *v)
{
	for (uint32_t i = node->lo; i < node->own; i++)
		x->cells[x->t->order[i]] = *v;
}

static bool push(struct exact *x, const struct mdl_scan_node *node, bool object)
{
	if (x->depth == MDL_SCAN_DEPTH)
		return fail(x, x->p, "nested deeper than 512");
	if (node)
		forget(x, node);
	x->stack[x->depth++] = (struct mdl_scan_frame){node, x->p++, 0, object};
	return true;
}

static void pop(struct exact *x)
{
	const struct mdl_scan_frame *f = &x->stack[--x->depth];
	x->p++;
	if (f->node && f->node->lo != f->node->own) {
		struct mdl_json_value v = {f->open, (uint32_t)(x->p - f->open),
					   f->object ? MDL_JSON_OBJECT : MDL_JSON_ARRAY, false};
		found(x, f->node, &v);
	}
}

/* The name and the colon of the member at x->p, which begins with C; NODE gets what the tree wants of its value. */
static bool member(struct exact *x, char c, bool first, const struct mdl_scan_node **node)
{
	const struct mdl_scan_frame *f = &x->stack[x->depth - 1];
	struct mdl_slice name;
	bool escaped;
	if (c != '"')
		return fail(x, x->p, "expected a member name");
	x->p++;
	if (!string(x, &name, &escaped))
		return false;
	if (escaped && mdl_json_lone_surrogate(name))
		return fail(x, name.p, "half a surrogate pair in a member name");
	if (x->depth == 1 && first) {
		char plain[6 * 6];
		if (escaped && name.n <= sizeof(plain))
			x->reserved = mdl_slice_eq(
				(struct mdl_slice){plain, mdl_json_unescape_to(plain, name)}, MDL_SLICE("_medal"));
		else
			x->reserved = mdl_slice_eq(name, MDL_SLICE("_medal"));
	}
	*node = f->node ? mdl_scan_path_name(x->t, f->node, name, escaped) : NULL;
	if (peek(x) != ':')
		return fail(x, x->p, "expected ':'");
	x->p++;
	return true;
}

/* Everything behind the first '{' up to its '}'. */
static bool containers(struct exact *x)
{
	const struct mdl_scan_node *node;
	struct mdl_scan_frame *f;
	char c;
open: /* behind an opening bracket */
	f = &x->stack[x->depth - 1];
	c = peek(x);
	if (c == (f->object ? '}' : ']'))
		goto close;
	if (f->object) {
		if (!member(x, c, true, &node))
			return false;
		c = peek(x);
	} else {
		node = f->node ? mdl_scan_path_index(f->node, 0) : NULL;
	}
value: /* C is its first byte */
	if (c == '{' || c == '[') {
		if (!push(x, node, c == '{'))
			return false;
		goto open;
	}
	struct mdl_json_value v;
	if (!scalar(x, c, &v))
		return false;
	if (node) {
		if (node->own != node->hi)
			forget(x, node);
		found(x, node, &v);
	}
next: /* behind a value */
	c = peek(x);
	f = &x->stack[x->depth - 1];
	if (c == ',') {
		x->p++;
		c = peek(x);
		if (f->object) {
			if (!member(x, c, false, &node))
				return false;
			c = peek(x);
		} else {
			f->index++;
			node = f->node ? mdl_scan_path_index(f->node, f->index) : NULL;
		}
		goto value;
	}
	if (c != (f->object ? '}' : ']'))
		return fail(x, x->p, f->object ? "expected ',' or '}'" : "expected ',' or ']'");
close:
	pop(x);
	if (x->depth)
		goto next;
	return true;
}

enum mdl_scan_verdict mdl_scan_exact(const struct mdl_scan_tree *t, const char *p, const char *end,
				     const char *safe, struct mdl_json_value *cells,
				     struct mdl_scan_fault *fault)
{
	struct exact x = {t, p, end, safe, cells, fault, false, 0, t->stack};
	*fault = (struct mdl_scan_fault){NULL, p};
	if (end - p > UINT32_MAX) {
		fail(&x, p, "longer than 4 GiB");
		return MDL_SCAN_CORRUPT;
	}
	char c = peek(&x);
	if (x.p == end)
		return MDL_SCAN_BLANK;
	if (c != '{') {
		bool bom = end - x.p >= 3 && memcmp(x.p, "\xef\xbb\xbf", 3) == 0;
		fail(&x, x.p, bom ? "a byte order mark inside the stream" : "not a JSON object");
		return MDL_SCAN_CORRUPT;
	}
	if (t->npaths)
		memset(cells, 0, t->npaths * sizeof(*cells));
	push(&x, t->npaths ? t->root : NULL, true);
	if (!containers(&x))
		return MDL_SCAN_CORRUPT;
	peek(&x);
	if (x.p != end) {
		fail(&x, x.p, "more text behind the object");
		return MDL_SCAN_CORRUPT;
	}
	if (x.reserved) {
		*fault = (struct mdl_scan_fault){"the first member is _medal, which is reserved", p};
		return MDL_SCAN_RESERVED;
	}
	return MDL_SCAN_OK;
}
