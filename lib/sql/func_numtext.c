/* SPDX-License-Identifier: MIT
 *
 * Numbers by a format of 0 9 . D , G $ S MI PR: to_number, try_to_number, and to_char
 * (to_varchar), which takes datetime patterns and names of encodings too.
 */
#include <string.h>
#include <strings.h>

#include "sql/coerce.h"
#include "sql/decimal.h"
#include "sql/func_list.h"

enum { MAX_GROUPS = 40 };

/* A format, taken apart. */
struct numtext {
	char lead, trail; /* 'S', 'M' (MI), 0; trail also 'P' (PR) */
	bool dollar;
	uint8_t group[MAX_GROUPS]; /* digits of each group before the point */
	bool exact[MAX_GROUPS];    /* the group begins with 0 */
	char digit[80];            /* the digits 0 or 9 before the point, groups joined */
	size_t ngroups, before, after;
	bool point;
};

static int bad(struct mdl_err *err, const char *class, struct mdl_slice fmt)
{
	return mdl_err_set(err, MDL_TROUBLE, "[INVALID_FORMAT.%s] The format is invalid: '%.*s'.", class,
			   (int)(fmt.n < 100 ? fmt.n : 100), fmt.p);
}

static bool word(struct mdl_slice s, size_t at, const char *w)
{
	size_t n = strlen(w);
	return s.n - at >= n && strncasecmp(s.p + at, w, n) == 0;
}

static int read_digits(struct numtext *f, struct mdl_slice s, size_t *at, struct mdl_err *err)
{
	bool fresh = true;
	f->ngroups = 1;
	for (; *at < s.n; ++*at) {
		char c = s.p[*at];
		if (c == ',' || (c | 32) == 'g') {
			if (fresh || f->ngroups == MAX_GROUPS)
				return bad(err, "CONT_THOUSANDS_SEPS", s);
			f->ngroups++;
			fresh = true;
			continue;
		}
		if (c != '0' && c != '9')
			break;
		if (f->before == 38)
			return bad(err, "WRONG_NUM_DIGIT", s);
		if (fresh)
			f->exact[f->ngroups - 1] = c == '0';
		fresh = false;
		f->group[f->ngroups - 1]++;
		f->digit[f->before++] = c;
	}
	if (fresh && f->ngroups > 1)
		return bad(err, "CONT_THOUSANDS_SEPS", s);
	if (fresh)
		f->ngroups = 0;
	return 0;
}

static int read_format(struct numtext *f, struct mdl_slice s, struct mdl_err *err)
{
	size_t i = 0;
	if (!s.n)
		return bad(err, "EMPTY", s);
	if (word(s, i, "MI")) {
		f->lead = 'M';
		i += 2;
	} else if (word(s, i, "S")) {
		f->lead = 'S';
		i++;
	}
	if (i < s.n && s.p[i] == '$') {
		f->dollar = true;
		i++;
	}
	if (read_digits(f, s, &i, err) < 0)
		return -1;
	if (i < s.n && (s.p[i] == '.' || (s.p[i] | 32) == 'd')) {
		f->point = true;
		for (i++; i < s.n && (s.p[i] == '0' || s.p[i] == '9'); i++)
			f->after++;
		if (i < s.n && (s.p[i] == ',' || (s.p[i] | 32) == 'g'))
			return bad(err, "THOUSANDS_SEPS_MUST_BEFORE_DEC", s);
	}
	if (word(s, i, "PR")) {
		f->trail = 'P';
		i += 2;
	} else if (!f->lead && word(s, i, "MI")) {
		f->trail = 'M';
		i += 2;
	} else if (!f->lead && word(s, i, "S")) {
		f->trail = 'S';
		i++;
	}
	if (i < s.n)
		return bad(err, "UNEXPECTED_TOKEN", s);
	return f->before + f->after && f->before + f->after <= 38 ? 0 : bad(err, "WRONG_NUM_DIGIT", s);
}

/* ---- reading ---- */

static bool take_sign(struct mdl_slice *s, char kind, bool *minus)
{
	if (s->n && kind && (s->p[0] == '-' || (s->p[0] == '+' && kind == 'S'))) {
		*minus = s->p[0] == '-';
		s->p++;
		s->n--;
		return true;
	}
	return false;
}

/* Groups of the text match those of the format from the right. */
static bool take_groups(const struct numtext *f, struct mdl_slice *s, char *digits, size_t *n)
{
	size_t size[MAX_GROUPS] = {0}, k = 0;
	for (; s->n && ((s->p[0] >= '0' && s->p[0] <= '9') || s->p[0] == ','); s->p++, s->n--) {
		if (s->p[0] == ',') {
			if (++k == MAX_GROUPS)
				return false;
			continue;
		}
		if (*n == 38)
			return false;
		size[k]++;
		digits[(*n)++] = s->p[0];
	}
	size_t have = *n || k ? k + 1 : 0;
	if (have > f->ngroups)
		return false;
	for (size_t i = 0; i < f->ngroups; i++) {
		size_t got = i < have ? size[have - 1 - i] : 0, want = f->group[f->ngroups - 1 - i];
		if (f->exact[f->ngroups - 1 - i] ? got != want : got > want)
			return false;
	}
	return true;
}

static bool read_number(const struct numtext *f, struct mdl_slice s, mdl_i128 *v)
{
	char digits[80];
	size_t n = 0, frac = 0;
	bool minus = false, angle = false;
	char text[128]; /* without white space, wherever it stood */
	size_t len = 0;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= ' ')
			continue;
		if (len == sizeof(text))
			return false;
		text[len++] = s.p[i];
	}
	s = (struct mdl_slice){text, len};
	if (f->trail == 'P' && s.n && s.p[0] == '<') {
		angle = minus = true;
		s.p++;
		s.n--;
	}
	take_sign(&s, f->lead, &minus);
	if (f->dollar) {
		if (!s.n || s.p[0] != '$')
			return false;
		s.p++;
		s.n--;
	}
	if (!take_groups(f, &s, digits, &n))
		return false;
	if (s.n && s.p[0] == '.' && f->point) {
		for (s.p++, s.n--; s.n && s.p[0] >= '0' && s.p[0] <= '9'; s.p++, s.n--) {
			if (frac++ == f->after)
				return false;
			digits[n++] = s.p[0];
		}
	}
	if (f->trail && f->trail != 'P')
		take_sign(&s, f->trail, &minus);
	if (angle) {
		if (!s.n || s.p[0] != '>')
			return false;
		s.p++;
		s.n--;
	}
	if (s.n || !n)
		return false;
	for (; frac < f->after; frac++)
		digits[n++] = '0';
	*v = 0;
	for (size_t i = 0; i < n; i++)
		*v = *v * 10 + (digits[i] - '0');
	*v = minus ? -*v : *v;
	return true;
}

static int prepare(struct mdl_call *call, struct numtext **f, struct mdl_err *err)
{
	const struct mdl_vec *c = call->consts[1];
	if (!c)
		return mdl_list_mismatch(call, "NON_FOLDABLE_INPUT",
					 "the input `format` should be a foldable \"STRING\" expression",
					 err);
	*f = mdl_arena_zalloc(call->arena, sizeof(**f));
	call->state = *f;
	if (c->type->kind != MDL_T_STRING || !c->valid[0]) {
		(*f)->before = 1;
		return 0;
	}
	return read_format(*f, c->str[0], err);
}

static int resolve_to_number(struct mdl_call *call, struct mdl_err *err)
{
	struct numtext *f;
	if (prepare(call, &f, err) < 0)
		return -1;
	call->args[0] = call->args[1] = &mdl_type_string;
	call->result = mdl_type_decimal((unsigned)(f->before + f->after), (unsigned)f->after);
	return 0;
}

static void f_to_number(MDL_FN_PARAMS)
{
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		struct mdl_slice s = mdl_arg_str(args, 0, row), fmt = mdl_arg_str(args, 1, row);
		if (!read_number(ctx->state, s, &out->i128[row]))
			mdl_fn_fail(
				ctx, out, row, "INVALID_FORMAT.MISMATCH_INPUT",
				"The format is invalid: '%.*s'. The input \"STRING\" '%.*s' does not match the format.",
				(int)(fmt.n < 100 ? fmt.n : 100), fmt.p, (int)(s.n < 100 ? s.n : 100), s.p);
	}
}

/* ---- writing ---- */

/* A space stands before the sign. */
static void put_space(struct mdl_buf *b, size_t from)
{
	char last = b->n > from ? b->p[b->n - 1] : 0;
	mdl_buf_putc(b, ' ');
	if (last == '+' || last == '-' || last == '<') {
		b->p[b->n - 2] = ' ';
		b->p[b->n - 1] = last;
	}
}

/* The digits before the point, leading 9s without a digit are spaces; without room for all of them '#'. */
static void put_whole(struct mdl_buf *b, const struct numtext *f, const char *d, size_t n, size_t from)
{
	bool room = n <= f->before, begun = false;
	size_t k = 0;
	for (size_t g = 0; g < f->ngroups; g++) {
		if (g && begun)
			mdl_buf_putc(b, ',');
		else if (g)
			put_space(b, from);
		for (size_t i = 0; i < f->group[g]; i++, k++) {
			bool has = room && k >= f->before - n;
			begun |= has || (room && f->digit[k] == '0');
			if (room && !begun)
				put_space(b, from);
			else
				mdl_buf_putc(b, !room ? '#' : has ? d[k - (f->before - n)] : '0');
		}
	}
}

/* The sign behind stands before the spaces at the end. */
static void put_behind(struct mdl_buf *b, size_t from, char sign)
{
	size_t at = b->n;
	while (at > from && b->p[at - 1] == ' ')
		at--;
	mdl_buf_putc(b, ' ');
	b->p[b->n - 1] = ' ';
	b->p[at] = sign;
}

static void put_format(struct mdl_buf *b, const struct numtext *f, mdl_i128 v, unsigned scale)
{
	char text[MDL_DECIMAL_MAX];
	bool minus = v < 0;
	size_t n = mdl_decimal_put_plain(text, minus ? -v : v, scale), whole = n;
	const char *point = memchr(text, '.', n), *d = text;
	if (point)
		whole = (size_t)(point - text);
	const char *frac = point ? point + 1 : text + n;
	size_t nfrac = (size_t)(text + n - frac);
	while (nfrac > f->after && frac[nfrac - 1] == '0')
		nfrac--;
	if (whole == 1 && *d == '0')
		whole = 0;
	size_t from = b->n;
	if (f->trail == 'P' && minus)
		mdl_buf_putc(b, '<');
	if (f->lead == 'S' || (f->lead && minus))
		mdl_buf_putc(b, minus ? '-' : '+');
	else if (f->lead)
		mdl_buf_putc(b, ' ');
	if (f->dollar)
		mdl_buf_putc(b, '$');
	bool fits = whole <= f->before && nfrac <= f->after;
	size_t at = b->n;
	put_whole(b, f, d, fits ? whole : 99, from);
	if (f->point && f->after) {
		if (b->n > at && b->p[b->n - 1] == ' ')
			b->p[b->n - 1] = '0';
		mdl_buf_putc(b, '.');
		for (size_t i = 0; i < f->after; i++)
			mdl_buf_putc(b, !fits ? '#' : i < nfrac ? frac[i] : '0');
	}
	if (f->trail == 'S')
		put_behind(b, from, minus ? '-' : '+');
	else if (f->trail == 'P' && !minus)
		mdl_buf_puts(b, "  "); /* the room of both brackets */
	else if (f->trail)
		put_behind(b, from, minus ? (f->trail == 'P' ? '>' : '-') : ' ');
}

static int resolve_to_char(struct mdl_call *call, struct mdl_err *err)
{
	struct numtext *f;
	call->result = &mdl_type_string;
	if (call->args[0]->kind == MDL_T_BINARY) {
		call->args[1] = &mdl_type_string;
		return 0;
	}
	if (prepare(call, &f, err) < 0)
		return -1;
	call->args[1] = &mdl_type_string;
	if (call->args[0]->kind == MDL_T_STRING || call->args[0]->kind == MDL_T_NULL)
		call->args[0] = mdl_type_decimal((unsigned)(f->before + f->after), (unsigned)f->after);
	else if (!mdl_type_is_numeric(call->args[0]))
		return mdl_list_mismatch(call, "UNEXPECTED_INPUT_TYPE",
					 "the first parameter requires a number, a time or a binary", err);
	call->args[0] = mdl_coerce_decimal(call->args[0]);
	return 0;
}

static void put_bytes(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, struct mdl_slice s,
		      struct mdl_slice fmt)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 30);
	if (fmt.n == 3 && strncasecmp(fmt.p, "hex", 3) == 0) {
		for (size_t i = 0; i < s.n; i++)
			mdl_buf_printf(&b, "%02X", (unsigned char)s.p[i]);
	} else if (fmt.n == 6 && strncasecmp(fmt.p, "base64", 6) == 0) {
		uint8_t valid = 1;
		struct mdl_vec v = {.type = &mdl_type_binary, .valid = &valid, .str = &s};
		mdl_vec_to_json(&b, &v, 0);
		b.n--;
		mdl_buf_drop(&b, 1);
	} else if (fmt.n == 5 && strncasecmp(fmt.p, "utf-8", 5) == 0) {
		mdl_buf_puts_slice(&b, s);
	} else {
		mdl_fn_fail(ctx, out, row, "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
			    "the format of a binary is 'base64', 'hex' or 'utf-8', but is '%.*s'",
			    (int)(fmt.n < 50 ? fmt.n : 50), fmt.p);
		mdl_buf_free(&b);
		return;
	}
	out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	mdl_buf_free(&b);
}

static void f_to_char(MDL_FN_PARAMS)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	(void)nargs;
	MDL_EACH(row, sel, n)
	{
		size_t r = mdl_row(args[0], row);
		mdl_buf_clear(&b);
		if (args[0]->type->kind == MDL_T_BINARY) {
			put_bytes(ctx, out, row, args[0]->str[r], mdl_arg_str(args, 1, row));
			continue;
		}
		put_format(&b, ctx->state, args[0]->i128[r], args[0]->type->scale);
		out->str[row] = mdl_arena_slice(ctx->arena, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_numtext[] = {
	{"to_number", 2, 2, S | F, NULL, resolve_to_number, NULL, f_to_number},
	{"try_to_number", 2, 2, S | F | T, NULL, resolve_to_number, NULL, f_to_number},
	{"to_char", 2, 2, S | F, NULL, resolve_to_char, NULL, f_to_char},
	{"to_varchar", 2, 2, S | F, NULL, resolve_to_char, NULL, f_to_char},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
