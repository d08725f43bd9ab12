/* SPDX-License-Identifier: MIT
 *
 * From Java's regular expressions to PCRE2's: see java_pattern.h. One pass, recursive
 * only in groups and classes; flags live as long as their group.
 */
#include "sql/java_pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sql/java_property.h"

enum { DEEPEST = 200 };
enum flag { F_I = 1, F_D = 2, F_M = 4, F_S = 8, F_U = 16, F_X = 32, F_UNICODE = 64 };

struct tr {
	const char *p, *end;
	struct mdl_buf *out;
	struct mdl_err *err;
	unsigned flags;
	unsigned groups, total; /* opened so far; in the whole pattern */
	int depth;
	bool atom; /* something stands before that may be repeated */
};

/* The line ends of Java; (?d) knows but the first. */
#define LINE_ENDS "\\n\\r\\x{85}\\x{2028}\\x{2029}"
#define WORD "[\\p{L}\\p{Nd}_]"

static int bad(struct tr *t, const char *what)
{
	return mdl_err_set(t->err, MDL_TROUBLE, "%s", what);
}

static bool more(const struct tr *t)
{
	return t->p < t->end;
}

static bool at(const struct tr *t, const char *s)
{
	size_t n = strlen(s);
	return (size_t)(t->end - t->p) >= n && memcmp(t->p, s, n) == 0;
}

static uint32_t next_char(struct tr *t)
{
	unsigned char c = (unsigned char)*t->p++;
	int follow = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	uint32_t v = follow ? c & (0x3fu >> follow) : c;
	for (; follow > 0 && more(t); follow--)
		v = v << 6 | ((unsigned char)*t->p++ & 0x3f);
	return v;
}

static bool is_letter(uint32_t c)
{
	return (c | 0x20) - 'a' < 26;
}

static bool is_digit(uint32_t c)
{
	return c - '0' < 10;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

static void put_code(struct mdl_buf *b, uint32_t c)
{
	if (is_letter(c) || is_digit(c))
		mdl_buf_putc(b, (char)c);
	else
		mdl_buf_printf(b, "\\x{%x}", c);
}

/* ---- characters ---- */

static int hex_number(struct tr *t, int digits, uint32_t *c)
{
	*c = 0;
	for (int i = 0; i < digits; i++) {
		int h = more(t) ? hex_digit(*t->p) : -1;
		if (h < 0)
			return bad(t, "Illegal hexadecimal escape sequence");
		*c = *c << 4 | (uint32_t)h;
		t->p++;
	}
	return 0;
}

static int braced_number(struct tr *t, uint32_t *c)
{
	int n = 0;
	*c = 0;
	for (t->p++; more(t) && *t->p != '}'; t->p++, n++) {
		if (hex_digit(*t->p) < 0 || *c > 0x10ffff)
			return bad(t, "Illegal hexadecimal escape sequence");
		*c = *c << 4 | (uint32_t)hex_digit(*t->p);
	}
	if (!more(t) || n == 0 || *c > 0x10ffff)
		return bad(t, "Unclosed hexadecimal escape sequence");
	t->p++;
	return 0;
}

/* Two \u may be one character. */
static int utf16(struct tr *t, uint32_t *c)
{
	uint32_t low;
	if (hex_number(t, 4, c) < 0)
		return -1;
	if (*c >= 0xd800 && *c < 0xdc00 && at(t, "\\u")) {
		const char *back = t->p;
		t->p += 2;
		if (hex_number(t, 4, &low) < 0)
			return -1;
		if (low >= 0xdc00 && low < 0xe000)
			*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
		else
			t->p = back;
	}
	return 0;
}

static int octal(struct tr *t, uint32_t *c)
{
	*c = 0;
	int n = 0, most = more(t) && *t->p <= '3' ? 3 : 2;
	for (; n < most && more(t) && *t->p >= '0' && *t->p <= '7'; n++)
		*c = *c * 8 + (uint32_t)(*t->p++ - '0');
	return n ? 0 : bad(t, "Illegal octal escape sequence");
}

/* The escape behind a backslash as one character: 1; 0 when it is no character; -1. */
static int escaped_char(struct tr *t, uint32_t *c)
{
	static const char letters[] = "tnrfae", codes[] = "\t\n\r\f\a\033";
	const char *l = *t->p ? strchr(letters, *t->p) : NULL;
	if (l) {
		t->p++;
		*c = (unsigned char)codes[l - letters];
		return 1;
	}
	if (*t->p == '0')
		return t->p++, octal(t, c) < 0 ? -1 : 1;
	if (*t->p == 'x')
		return t->p++,
		       (more(t) && *t->p == '{' ? braced_number(t, c) : hex_number(t, 2, c)) < 0 ? -1 : 1;
	if (*t->p == 'u')
		return t->p++, utf16(t, c) < 0 ? -1 : 1;
	if (*t->p == 'c') {
		if (++t->p >= t->end)
			return bad(t, "Illegal control escape sequence");
		*c = next_char(t) ^ 64;
		return 1;
	}
	if (is_letter((unsigned char)*t->p) || is_digit((unsigned char)*t->p))
		return 0;
	*c = next_char(t);
	return 1;
}

/* ---- properties ---- */

/* Append the property's members, as they stand in a class. */
static int put_property(struct tr *t, struct mdl_buf *b, const char *s, size_t n, bool negate)
{
	const char *eq = memchr(s, '=', n), *value = eq ? eq + 1 : s;
	size_t nv = eq ? n - (size_t)(eq + 1 - s) : n;
	bool script = eq && ((size_t)(eq - s) == 2 ? memcmp(s, "sc", 2) == 0 : strncmp(s, "script", 6) == 0);
	if (!eq && n > 2 && memcmp(s, "Is", 2) == 0 && mdl_java_property_category(s + 2, n - 2)) {
		value += 2;
		nv -= 2;
	}
	if (!script && mdl_java_property_category(value, nv)) {
		/* (?i) makes the letters of one case those of all. */
		bool cased = (t->flags & F_I) && nv == 2 && value[0] == 'L' && strchr("ult", value[1]);
		mdl_buf_printf(b, cased ? "\\%c{L&}" : "\\%c{%.*s}", negate ? 'P' : 'p', (int)nv, value);
		return 0;
	}
	const char *members = script ? NULL : mdl_java_property_members(value, nv);
	if (members && negate)
		return 1;
	if (members) {
		bool cased = (t->flags & F_I) && nv == 5 &&
			     (memcmp(value, "Lower", 5) == 0 || memcmp(value, "Upper", 5) == 0);
		mdl_buf_puts(b, cased ? "a-zA-Z" : members);
		return 0;
	}
	if (!script && (nv < 3 || memcmp(value, "Is", 2) != 0))
		return bad(t, "Unknown character property name");
	if (!script) {
		value += 2;
		nv -= 2;
	}
	mdl_buf_printf(b, "\\%c{sc:%.*s}", negate ? 'P' : 'p', (int)nv, value);
	return 0;
}

/* \p{...} or \pL: append its members. 1: its complement, which a class cannot hold, was appended without negation. */
static int property(struct tr *t, struct mdl_buf *b, bool negate)
{
	const char *s = t->p;
	size_t n = 1;
	if (!more(t))
		return bad(t, "Unknown character property name");
	if (*s == '{') {
		const char *close = memchr(s, '}', (size_t)(t->end - s));
		if (!close || close == s + 1)
			return bad(t, "Unclosed character family");
		n = (size_t)(close - ++s);
		t->p = close + 1;
	} else {
		t->p++;
	}
	if (negate && n > 1 && *s == '^')
		return bad(t, "Unknown character property name");
	int r = put_property(t, b, s, n, negate);
	if (r == 1 && put_property(t, b, s, n, false) == 0)
		return 1;
	return r;
}

/* ---- classes ---- */

/* What one side of && has: SIMPLE, members for a class of PCRE2, and OTHER, alternatives that each match one character. */
struct side {
	struct mdl_buf simple, other;
};

static void side_init(struct side *s)
{
	mdl_buf_init(&s->simple, 1 << 20);
	mdl_buf_init(&s->other, 1 << 20);
}

static void side_free(struct side *s)
{
	mdl_buf_free(&s->simple);
	mdl_buf_free(&s->other);
}

static void put_range(struct tr *t, struct mdl_buf *b, uint32_t from, uint32_t to)
{
	put_code(b, from);
	if (from != to) {
		mdl_buf_putc(b, '-');
		put_code(b, to);
	}
	if (!(t->flags & F_I) || (t->flags & F_U))
		return;
	/* ASCII alone has two cases. */
	for (int upper = 0; upper < 2; upper++) {
		uint32_t lo = upper ? 'A' : 'a', l = from > lo ? from : lo, h = to < lo + 25 ? to : lo + 25;
		if (l <= h) {
			put_code(b, l ^ 0x20);
			mdl_buf_putc(b, '-');
			put_code(b, h ^ 0x20);
		}
	}
}

/* S as a pattern for one character. */
static void put_side(struct tr *t, struct mdl_buf *b, const struct side *s)
{
	bool fold = (t->flags & F_I) && (t->flags & F_U);
	bool both = s->simple.n && s->other.n;
	/* PCRE2 is faster where it sees \w or a class and no group round it. */
	if (s->simple.n && !s->other.n && !fold) {
		bool bare = s->simple.n == 2 && s->simple.p[0] == '\\';
		mdl_buf_puts(b, bare ? "" : "[");
		mdl_buf_put(b, s->simple.p, s->simple.n);
		mdl_buf_puts(b, bare ? "" : "]");
		return;
	}
	mdl_buf_puts(b, both ? (fold ? "(?i:" : "(?:") : fold ? "(?i:" : "(?:");
	if (s->simple.n) {
		mdl_buf_putc(b, '[');
		mdl_buf_put(b, s->simple.p, s->simple.n);
		mdl_buf_putc(b, ']');
	}
	if (both)
		mdl_buf_putc(b, '|');
	mdl_buf_put(b, s->other.p, s->other.n);
	if (!s->simple.n && !s->other.n)
		mdl_buf_puts(b, "(?!)");
	mdl_buf_putc(b, ')');
}

static void put_other(struct side *s, const char *text)
{
	if (s->other.n)
		mdl_buf_putc(&s->other, '|');
	mdl_buf_puts(&s->other, text);
}

static int class_text(struct tr *t, struct mdl_buf *out);

/* \d, \p{..} and such in a class: 1; 0 when it is no class. */
static int class_escape(struct tr *t, struct side *s)
{
	char c = *t->p;
	if (strchr("dDwWsShHvV", c)) {
		t->p++;
		if ((t->flags & F_UNICODE) && strchr("dwsDWS", c))
			put_other(s, c == 'd'   ? "\\p{Nd}"
				     : c == 'D' ? "\\P{Nd}"
				     : c == 's' ? "\\p{White_Space}"
				     : c == 'S' ? "\\P{White_Space}"
				     : c == 'w' ? "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]"
						: "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]");
		else
			mdl_buf_printf(&s->simple, "\\%c", c);
		return 1;
	}
	if (c != 'p' && c != 'P')
		return 0;
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	t->p++;
	int r = property(t, &b, c == 'P');
	if (r == 1) {
		struct mdl_buf w = MDL_BUF_INIT(1 << 16);
		mdl_buf_printf(&w, "[^%s]", mdl_buf_cstr(&b));
		put_other(s, mdl_buf_cstr(&w));
		mdl_buf_free(&w);
	} else if (r == 0) {
		mdl_buf_put(&s->simple, b.p, b.n);
	}
	mdl_buf_free(&b);
	return r < 0 ? -1 : 1;
}

/* One character, escaped or not; 1, or 0 when a class was put into S. */
static int class_char(struct tr *t, struct side *s, uint32_t *c)
{
	if (*t->p != '\\') {
		*c = next_char(t);
		return 1;
	}
	if (++t->p >= t->end)
		return bad(t, "Illegal character class");
	int r = class_escape(t, s);
	if (r)
		return r < 0 ? -1 : 0;
	r = escaped_char(t, c);
	return r == 0 ? bad(t, "Illegal/unsupported escape sequence") : r;
}

static int class_item(struct tr *t, struct side *s)
{
	uint32_t from, to;
	int r = class_char(t, s, &from);
	if (r <= 0)
		return r;
	to = from;
	if (more(t) && *t->p == '-' && t->p + 1 < t->end && t->p[1] != ']' && t->p[1] != '[') {
		const char *back = t->p++;
		struct side none;
		side_init(&none);
		r = class_char(t, &none, &to);
		if (r == 0) { /* a-\d: the minus is one */
			t->p = back;
			to = from;
		}
		side_free(&none);
		if (r < 0)
			return -1;
		if (to < from)
			return bad(t, "Illegal character range");
	}
	put_range(t, &s->simple, from, to);
	return 0;
}

static void class_quote(struct tr *t, struct side *s)
{
	for (t->p += 2; more(t) && !at(t, "\\E");) {
		uint32_t c = next_char(t);
		put_range(t, &s->simple, c, c);
	}
	t->p += more(t) ? 2 : 0;
}

/* Up to ] or &&. */
static int class_side(struct tr *t, struct side *s, bool first)
{
	for (; more(t); first = false) {
		if ((*t->p == ']' && !first) || at(t, "&&"))
			return 0;
		if (*t->p == '[') {
			struct mdl_buf b = MDL_BUF_INIT(1 << 20);
			int r = class_text(t, &b);
			if (r == 0)
				put_other(s, mdl_buf_cstr(&b));
			mdl_buf_free(&b);
			if (r < 0)
				return -1;
		} else if ((t->flags & F_X) && strchr(" \t\n\r\f\v", *t->p)) {
			t->p++;
		} else if ((t->flags & F_X) && *t->p == '#') {
			while (more(t) && *t->p != '\n')
				t->p++;
		} else if (at(t, "\\Q")) {
			class_quote(t, s);
		} else if (class_item(t, s) < 0) {
			return -1;
		}
	}
	return bad(t, "Unclosed character class");
}

/* The class that begins at [ as a pattern for one character. */
static int class_text(struct tr *t, struct mdl_buf *out)
{
	struct side s;
	struct mdl_buf all = MDL_BUF_INIT(1 << 20);
	int r, sides = 0;
	bool simple = false;
	if (++t->depth > DEEPEST)
		return bad(t, "a character class is nested too deeply");
	t->p++;
	bool negate = more(t) && *t->p == '^';
	t->p += negate;
	side_init(&s);
	for (;;) {
		mdl_buf_clear(&s.simple);
		mdl_buf_clear(&s.other);
		if ((r = class_side(t, &s, sides == 0)) < 0)
			break;
		bool last = *t->p == ']';
		t->p += last ? 1 : 2;
		simple = last && sides == 0 && !s.other.n && s.simple.n &&
			 !((t->flags & F_I) && (t->flags & F_U));
		if (simple)
			break;
		/* a&&&&b: an empty side says nothing. */
		if (s.simple.n || s.other.n || (last && sides == 0)) {
			if (!last)
				mdl_buf_puts(&all, "(?=");
			put_side(t, &all, &s);
			if (!last)
				mdl_buf_putc(&all, ')');
			sides++;
		} else if (last) {
			mdl_buf_puts(&all, "(?s:.)");
		}
		if (last)
			break;
	}
	if (r == 0 && simple) {
		mdl_buf_puts(out, negate ? "[^" : "[");
		mdl_buf_put(out, s.simple.p, s.simple.n);
		mdl_buf_putc(out, ']');
	} else if (r == 0) {
		mdl_buf_puts(out, negate ? "(?:(?!" : "(?:");
		mdl_buf_put(out, all.p, all.n);
		mdl_buf_puts(out, negate ? ")(?s:.))" : ")");
	}
	side_free(&s);
	mdl_buf_free(&all);
	t->depth--;
	return r;
}

/* ---- outside of classes ---- */

static void put_literal(struct tr *t, uint32_t c)
{
	bool fold = t->flags & F_I;
	if (fold && (t->flags & F_U)) {
		mdl_buf_puts(t->out, "(?i:");
		put_code(t->out, c);
		mdl_buf_putc(t->out, ')');
	} else if (fold && is_letter(c)) {
		mdl_buf_printf(t->out, "[%c%c]", (char)c, (char)(c ^ 0x20));
	} else {
		put_code(t->out, c);
	}
	t->atom = true;
}

static void put_text(struct tr *t, const char *text)
{
	mdl_buf_puts(t->out, text);
	t->atom = true;
}

static void put_end(struct tr *t, bool lines)
{
	bool unix_lines = t->flags & F_D;
	if (lines)
		put_text(t, unix_lines ? "(?:(?=\\n)|\\z)"
				       : "(?:(?=[\\r\\x{85}\\x{2028}\\x{2029}])|(?<!\\r)(?=\\n)|\\z)");
	else
		put_text(
			t,
			unix_lines
				? "(?:(?=\\n\\z)|\\z)"
				: "(?:(?=\\r\\n\\z)|(?<!\\r)(?=\\n\\z)|(?=[\\r\\x{85}\\x{2028}\\x{2029}]\\z)|\\z)");
}

static void put_begin(struct tr *t)
{
	bool repeated = t->p + 1 < t->end && strchr("*+?{", t->p[1]);
	if (!(t->flags & F_M))
		put_text(t, repeated ? "(?:\\A)" : "\\A");
	else if (t->flags & F_D)
		put_text(t, "(?:\\A|(?<=\\n)(?!\\z))");
	else
		put_text(t, "(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])(?!\\z)|(?<=\\r)(?!\\n)(?!\\z))");
}

/* \1 ...: as many digits as there are groups so far. */
static void backref(struct tr *t)
{
	unsigned g = (unsigned)(*t->p++ - '0');
	while (more(t) && is_digit((unsigned char)*t->p) && g * 10 + (unsigned)(*t->p - '0') <= t->groups)
		g = g * 10 + (unsigned)(*t->p++ - '0');
	if (g > t->total)
		put_text(t, "(?!)");
	else
		mdl_buf_printf(t->out, t->flags & F_I ? "(?i:\\g{%u})" : "(?:\\g{%u})", g);
	t->atom = true;
}

static int escape(struct tr *t)
{
	uint32_t c;
	if (++t->p >= t->end)
		return bad(t, "Unexpected internal error");
	char l = *t->p;
	if (l >= '1' && l <= '9')
		return backref(t), 0;
	static const struct {
		const char *java, *pcre;
	} as_is[] = {{"A", "\\A"},
		     {"z", "\\z"},
		     {"G", "\\G"},
		     {"R", "(?>\\r\\n|[\\n\\x0b\\f\\r\\x{85}\\x{2028}\\x{2029}])"},
		     {"X", "\\X"},
		     {"b", "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD "))"},
		     {"B", "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD "))"}};
	for (size_t i = 0; i < sizeof(as_is) / sizeof(*as_is); i++)
		if (as_is[i].java[0] == l) {
			t->p++;
			put_text(t, as_is[i].pcre);
			return 0;
		}
	if (l == 'Z')
		return t->p++, put_end(t, false), 0;
	if (l == 'k') {
		const char *close = memchr(t->p, '>', (size_t)(t->end - t->p));
		if (t->p + 1 >= t->end || t->p[1] != '<' || !close)
			return bad(t, "\\k is not followed by '<' for named capturing group");
		mdl_buf_puts(t->out, t->flags & F_I ? "(?i:\\k" : "(?:\\k");
		mdl_buf_put(t->out, t->p + 1, (size_t)(close - t->p));
		put_text(t, ")");
		t->p = close + 1;
		return 0;
	}
	struct side s;
	side_init(&s);
	int r = class_escape(t, &s);
	if (r > 0) {
		put_side(t, t->out, &s);
		t->atom = true;
	}
	side_free(&s);
	if (r)
		return r < 0 ? -1 : 0;
	if ((r = escaped_char(t, &c)) <= 0)
		return r < 0 ? -1 : bad(t, "Illegal/unsupported escape sequence");
	put_literal(t, c);
	return 0;
}

static int quantifier(struct tr *t)
{
	const char *from = t->p;
	if (!t->atom)
		return bad(t, *t->p == '{' ? "Illegal repetition" : "Dangling meta character");
	if (*t->p++ == '{') {
		int digits = 0;
		for (; more(t) && is_digit((unsigned char)*t->p); t->p++)
			digits++;
		if (more(t) && *t->p == ',')
			for (t->p++; more(t) && is_digit((unsigned char)*t->p);)
				t->p++;
		if (!digits || !more(t) || *t->p != '}')
			return bad(t, digits ? "Unclosed counted closure" : "Illegal repetition");
		t->p++;
	}
	if (more(t) && (*t->p == '?' || *t->p == '+'))
		t->p++;
	mdl_buf_put(t->out, from, (size_t)(t->p - from));
	t->atom = false;
	return 0;
}

static int alternatives(struct tr *t);

static unsigned flag_of(char c)
{
	static const char letters[] = "idmsuxU";
	const char *at_letter = c ? strchr(letters, c) : NULL;
	return at_letter ? 1u << (at_letter - letters) : 0;
}

/* (?i-m) and (?i: ; 1 when a group was opened. */
static int flags(struct tr *t)
{
	bool on = true;
	for (; more(t); t->p++) {
		if (*t->p == '-') {
			on = false;
		} else if (flag_of(*t->p)) {
			unsigned f = flag_of(*t->p);
			f |= f == F_UNICODE ? F_U : 0;
			t->flags = on ? t->flags | f : t->flags & ~f;
		} else if (*t->p == ')' || *t->p == ':') {
			return *t->p++ == ':';
		} else {
			break;
		}
	}
	return bad(t, "Unknown inline modifier");
}

static int group(struct tr *t)
{
	static const char *const kinds[] = {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"};
	unsigned saved = t->flags;
	const char *open = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && !open; i++)
		if (at(t, kinds[i]))
			open = kinds[i];
	if (open) {
		t->p += strlen(open);
		mdl_buf_puts(t->out, open);
	} else if (at(t, "(?<")) {
		const char *close = memchr(t->p, '>', (size_t)(t->end - t->p));
		if (!close)
			return bad(t, "Unknown look-behind group");
		mdl_buf_put(t->out, t->p, (size_t)(close + 1 - t->p));
		t->p = close + 1;
		t->groups++;
	} else if (at(t, "(?")) {
		t->p += 2;
		int r = flags(t);
		if (r <= 0)
			return r; /* for the rest of the group around it */
		mdl_buf_puts(t->out, "(?:");
	} else {
		t->p++;
		t->groups++;
		mdl_buf_putc(t->out, '(');
	}
	if (++t->depth > DEEPEST)
		return bad(t, "groups are nested too deeply");
	if (alternatives(t) < 0)
		return -1;
	if (!more(t))
		return bad(t, "Unclosed group");
	t->p++;
	t->depth--;
	t->flags = saved;
	put_text(t, ")");
	return 0;
}

static int one(struct tr *t)
{
	char c = *t->p;
	if ((t->flags & F_X) && c && strchr(" \t\n\r\f\v", c))
		return t->p++, 0;
	if ((t->flags & F_X) && c == '#') {
		while (more(t) && *t->p != '\n')
			t->p++;
		return 0;
	}
	switch (c) {
	case '(':
		return group(t);
	case '[':
		t->atom = true;
		return class_text(t, t->out);
	case '*':
	case '+':
	case '?':
	case '{':
		return quantifier(t);
	case '.':
		put_text(t, t->flags & F_S ? "(?s:.)" : t->flags & F_D ? "[^\\n]" : "[^" LINE_ENDS "]");
		break;
	case '^':
		put_begin(t);
		break;
	case '$':
		put_end(t, t->flags & F_M);
		break;
	case '\\':
		if (at(t, "\\Q")) {
			for (t->p += 2; more(t) && !at(t, "\\E");)
				put_literal(t, next_char(t));
			t->p += more(t) ? 2 : 0;
			return 0;
		}
		return escape(t);
	default:
		put_literal(t, next_char(t));
		return 0;
	}
	t->p++;
	return 0;
}

/* Up to the end or a closing parenthesis. */
static int alternatives(struct tr *t)
{
	t->atom = false;
	while (more(t) && *t->p != ')') {
		if (*t->p == '|') {
			mdl_buf_putc(t->out, '|');
			t->p++;
			t->atom = false;
		} else if (one(t) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Groups that capture, so that references to none are known. */
static unsigned count_groups(const char *p, const char *end)
{
	unsigned n = 0;
	int class = 0;
	for (; p < end; p++)
		if (*p == '\\')
			p++;
		else if (*p == '[')
			class ++;
		else if (*p == ']' && class)
			class --;
		else if (*p == '(' && !class)
			n += p + 1 >= end || p[1] != '?' ||
			     (p + 3 < end && p[2] == '<' && p[3] != '=' && p[3] != '!');
	return n;
}

int mdl_java_pattern_translate(struct mdl_buf *out, struct mdl_slice java, struct mdl_err *err)
{
	struct tr t = {.p = java.p, .end = java.p + java.n, .out = out, .err = err};
	t.total = count_groups(t.p, t.end);
	if (alternatives(&t) < 0)
		return -1;
	return more(&t) ? bad(&t, "Unmatched closing ')'") : 0;
}
