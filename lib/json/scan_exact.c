/* SPDX-License-Identifier: MIT
 *
 * The exact engine: RFC 8259 and Unicode's table 3-7 byte by byte, one line at a
 * time, with an explicit stack. UTF-8 is checked last, for the line as a whole. It alone decides what is a record; the fast
 * engines accept only what they can prove it would accept, with the same values.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/scan_internal.h"
#include "json/text.h"

struct exact {
	const struct mdl_scan_tree *t;
	const char *end, *safe;
	struct mdl_json_value *cells;
	struct mdl_scan_fault *fault;
	bool reserved;
	bool high; /* a string may hold bytes that are not ASCII */
	unsigned depth;
	struct mdl_scan_frame *stack;
};

/* In this file a step takes the place P where the line is read and returns where to go on, or NULL. */
#define STEP static inline __attribute__((always_inline))

static __attribute__((noinline, cold)) void set_fault(struct exact *x, const char *at, const char *why)
{
	*x->fault = (struct mdl_scan_fault){at < x->end ? why : "the line ends inside the object", at};
}

/* Always NULL, so that a step that fails can return it. */
STEP const char *fail(struct exact *x, const char *at, const char *why)
{
	set_fault(x, at, why);
	return NULL;
}

/* To the first byte that is not white space, or the end. */
STEP const char *skip(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* The byte at P; at the end NUL, which no rule accepts. */
STEP char byte(const char *p, const char *end)
{
	return p < end ? *p : '\0';
}

/* To the first byte at or after P that is a quote, a backslash or below 0x20; or END. *HIGH where it passed a byte
 * that is not ASCII (or looked at one behind). */
STEP const char *plain_run(const char *p, const char *end, const char *safe, bool *high)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last = _mm_set1_epi8(0x1f);
	__m128i seen = _mm_setzero_si128();
	while (p < end && safe - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit =
			_mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, last), v),
				     _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);
		seen = _mm_or_si128(seen, v);
		if (mask) {
			*high |= _mm_movemask_epi8(seen) != 0;
			p += __builtin_ctz(mask);
			return p < end ? p : end;
		}
		p += 16;
	}
	*high |= _mm_movemask_epi8(seen) != 0;
#else
	(void)safe;
#endif
	for (; p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\'; p++)
		*high |= (signed char)*p < 0;
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

/* P is behind the opening quote; RAW is what stands between it and the closing one. */
STEP const char *string(struct exact *x, const char *p, struct mdl_slice *raw, bool *escaped)
{
	const char *start = p, *end = x->end, *safe = x->safe;
	*escaped = false;
	for (;;) {
		p = plain_run(p, end, safe, &x->high);
		if (p == end)
			return fail(x, p, NULL);
		if (*p == '"')
			break;
		if (*p == '\\') {
			*escaped = true;
			const char *q = escape(p, end);
			if (!q)
				return fail(x, p, "an escape that JSON does not have");
			p = q;
		} else {
			return fail(x, p, "a control character in a string");
		}
	}
	*raw = (struct mdl_slice){start, (size_t)(p - start)};
	return p + 1;
}

/* Behind the digits at P. Many of them by vector: how many there are is what no branch predictor knows. */
STEP const char *digits(const char *p, const char *end, const char *safe)
{
#ifdef __SSE2__
	for (int i = 0; i < 3; i++, p++)
		if (p >= end || *p < '0' || *p > '9')
			return p;
	while (safe - p >= 16) {
		__m128i d =
			_mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
		__m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d);
		unsigned other = ~(unsigned)_mm_movemask_epi8(is_digit) & 0xffff;
		if (other) {
			p += __builtin_ctz(other);
			return p < end ? p : end;
		}
		p += 16;
	}
#else
	(void)safe;
#endif
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p < end ? p : end;
}

/* P is at '-' or a digit. */
STEP const char *number(struct exact *x, const char *p, struct mdl_json_value *v)
{
	const char *start = p, *end = x->end, *q;
	v->kind = MDL_JSON_INT;
	if (*p == '-')
		p++;
	if (p < end && *p == '0') {
		p++;
	} else {
		q = digits(p, end, x->safe);
		if (q == p)
			return fail(x, p, "a number without digits");
		p = q;
	}
	if (p < end && *p == '.') {
		v->kind = MDL_JSON_REAL;
		p++;
		q = digits(p, end, x->safe);
		if (q == p)
			return fail(x, p, "a number without digits behind its point");
		p = q;
	}
	if (p < end && (*p | 0x20) == 'e') {
		v->kind = MDL_JSON_REAL;
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		q = digits(p, end, x->safe);
		if (q == p)
			return fail(x, p, "an exponent without digits");
		p = q;
	}
	v->p = start;
	v->n = (uint32_t)(p - start);
	return p;
}

STEP const char *literal(struct exact *x, const char *p, const char *word, size_t n, uint8_t kind,
			 struct mdl_json_value *v)
{
	if ((size_t)(x->end - p) < n || memcmp(p, word, n) != 0)
		return fail(x, p, "expected a value");
	*v = (struct mdl_json_value){p, (uint32_t)n, kind, false};
	return p + n;
}

/* A value that is no container. */
STEP const char *scalar(struct exact *x, const char *p, char c, struct mdl_json_value *v)
{
	switch (c) {
	case '"': {
		struct mdl_slice raw;
		p = string(x, p + 1, &raw, &v->escaped);
		if (!p)
			return NULL;
		v->p = raw.p;
		v->n = (uint32_t)raw.n;
		v->kind = MDL_JSON_STRING;
		return p;
	}
	case 't':
		return literal(x, p, "true", 4, MDL_JSON_TRUE, v);
	case 'f':
		return literal(x, p, "false", 5, MDL_JSON_FALSE, v);
	case 'n':
		return literal(x, p, "null", 4, MDL_JSON_NULL, v);
	default:
		v->escaped = false;
		if (c == '-' || (c >= '0' && c <= '9'))
			return number(x, p, v);
		return fail(x, p, "expected a value");
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

STEP const char *push(struct exact *x, const char *p, const struct mdl_scan_node *node, bool object)
{
	if (x->depth == MDL_SCAN_DEPTH)
		return fail(x, p, "nested deeper than 512");
	if (node)
		forget(x, node);
	struct mdl_scan_frame *f = &x->stack[x->depth++];
	f->node = node;
	f->open = p;
	f->index = 0;
	f->object = object;
	return p + 1;
}

/* P is at the closing bracket. */
STEP const char *pop(struct exact *x, const char *p)
{
	const struct mdl_scan_frame *f = &x->stack[--x->depth];
	p++;
	if (f->node && f->node->lo != f->node->own) {
		struct mdl_json_value v = {f->open, (uint32_t)(p - f->open),
					   f->object ? MDL_JSON_OBJECT : MDL_JSON_ARRAY, false};
		found(x, f->node, &v);
	}
	return p;
}

static __attribute__((noinline)) bool is_reserved(struct mdl_slice name, bool escaped)
{
	char plain[6 * 6];
	if (escaped && name.n <= sizeof(plain))
		name = (struct mdl_slice){plain, mdl_json_unescape_to(plain, name)};
	return mdl_slice_eq(name, MDL_SLICE("_medal"));
}

/* Where G's text stands at P: behind it; else NULL. */
STEP const char *as_guessed(const struct exact *x, const char *p, const struct mdl_scan_guess *g)
{
#ifdef __SSE2__
	if (x->safe - p < 16)
		return NULL;
	__m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
				      _mm_loadu_si128((const __m128i *)(const void *)g->text));
	unsigned mask = (1u << g->n) - 1;
	if (((unsigned)_mm_movemask_epi8(same) & mask) != mask || !g->n)
		return NULL;
#else
	if (!g->n || (size_t)(x->end - p) < g->n || memcmp(p, g->text, g->n) != 0)
		return NULL;
#endif
	return p + g->n <= x->end ? p + g->n : NULL;
}

/* The name [P, END), quotes and colon with it, may come again; PLAIN says that all is ASCII without escapes. */
STEP void guess_again(struct mdl_scan_guess *g, const char *p, const char *end, bool plain,
		      const struct mdl_scan_node *parent, const struct mdl_scan_node *node)
{
	size_t n = (size_t)(end - p);
	g->n = plain && n <= sizeof(g->text) ? (uint32_t)n : 0;
	memcpy(g->text, p, g->n);
	g->parent = parent;
	g->node = node;
}

/* The name and the colon of the member at P; NODE gets what the tree wants of its value, which is where it goes on. */
STEP const char *member(struct exact *x, const char *p, bool first, const struct mdl_scan_node **node)
{
	const struct mdl_scan_frame *f = &x->stack[x->depth - 1];
	const struct mdl_scan_node *parent = f->node;
	struct mdl_scan_guess *g =
		&x->t->guess[x->depth % MDL_SCAN_GUESS_DEPTHS][f->index % MDL_SCAN_GUESS_MEMBERS];
	bool top = first && x->depth == 1;
	const char *q = as_guessed(x, p, g), *start = p;
	if (q && g->parent == parent && !top) {
		*node = g->node;
		return skip(q, x->end);
	}
	struct mdl_slice name;
	bool escaped, high = x->high;
	if (byte(p, x->end) != '"')
		return fail(x, p, "expected a member name");
	x->high = false;
	p = string(x, p + 1, &name, &escaped);
	if (!p)
		return NULL;
	bool plain = !x->high && !escaped;
	x->high |= high;
	if (__builtin_expect(escaped, 0) && mdl_json_lone_surrogate(name))
		return fail(x, name.p, "half a surrogate pair in a member name");
	if (top)
		x->reserved = is_reserved(name, escaped);
	*node = parent ? mdl_scan_path_name(x->t, parent, name, escaped) : NULL;
	if (byte(p, x->end) != ':') {
		p = skip(p, x->end);
		if (byte(p, x->end) != ':')
			return fail(x, p, "expected ':'");
		plain = false;
	}
	guess_again(g, start, p + 1, plain, parent, *node);
	return skip(p + 1, x->end);
}

/* Everything behind the first '{' up to its '}'. */
static const char *containers(struct exact *x, const char *p)
{
	const char *const end = x->end;
	const struct mdl_scan_node *node = NULL;
	struct mdl_scan_frame *f;
	bool first;
	char c;
open: /* behind an opening bracket */
	f = &x->stack[x->depth - 1];
	p = skip(p, end);
	if (byte(p, end) == (f->object ? '}' : ']'))
		goto close;
	first = true;
	if (!f->object) {
		node = f->node ? mdl_scan_path_index(f->node, 0) : NULL;
		goto value;
	}
name:
	p = member(x, p, first, &node);
	if (!p)
		return NULL;
value:
	c = byte(p, end);
	if (c == '{' || c == '[') {
		p = push(x, p, node, c == '{');
		if (!p)
			return NULL;
		goto open;
	}
	struct mdl_json_value v;
	p = scalar(x, p, c, &v);
	if (!p)
		return NULL;
	if (node) {
		if (node->own != node->hi)
			forget(x, node);
		found(x, node, &v);
	}
next: /* behind a value */
	p = skip(p, end);
	c = byte(p, end);
	f = &x->stack[x->depth - 1];
	if (c == ',') {
		p = skip(p + 1, end);
		first = false;
		f->index++;
		if (f->object)
			goto name;
		node = f->node ? mdl_scan_path_index(f->node, f->index) : NULL;
		goto value;
	}
	if (c != (f->object ? '}' : ']'))
		return fail(x, p, f->object ? "expected ',' or '}'" : "expected ',' or ']'");
close:
	p = pop(x, p);
	if (x->depth)
		goto next;
	return p;
}

enum mdl_scan_verdict mdl_scan_exact(const struct mdl_scan_tree *t, const char *p, const char *end,
				     const char *safe, struct mdl_json_value *cells,
				     struct mdl_scan_fault *fault)
{
	struct exact x = {t, end, safe, cells, fault, false, false, 0, t->stack};
	*fault = (struct mdl_scan_fault){NULL, p};
	if (end - p > UINT32_MAX) {
		fail(&x, p, "longer than 4 GiB");
		return MDL_SCAN_CORRUPT;
	}
	const char *line = p;
	p = skip(p, end);
	if (p == end)
		return MDL_SCAN_BLANK;
	if (*p != '{') {
		bool bom = end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0;
		fail(&x, p, bom ? "a byte order mark inside the stream" : "not a JSON object");
		return MDL_SCAN_CORRUPT;
	}
	if (t->npaths)
		memset(cells, 0, t->npaths * sizeof(*cells));
	p = push(&x, p, t->npaths ? t->root : NULL, true);
	p = containers(&x, p);
	if (!p)
		return MDL_SCAN_CORRUPT;
	if (x.high && !t->is_utf8(line, (size_t)(end - line))) {
		fail(&x, line + mdl_utf8_valid_upto((struct mdl_slice){line, (size_t)(end - line)}),
		     "invalid UTF-8");
		return MDL_SCAN_CORRUPT;
	}
	p = skip(p, end);
	if (p != end) {
		fail(&x, p, "more text behind the object");
		return MDL_SCAN_CORRUPT;
	}
	if (x.reserved) {
		*fault = (struct mdl_scan_fault){"the first member is _medal, which is reserved", line};
		return MDL_SCAN_RESERVED;
	}
	return MDL_SCAN_OK;
}
