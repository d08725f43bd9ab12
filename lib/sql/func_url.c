/* SPDX-License-Identifier: MIT
 *
 * parse_url: the parts of a URL as java.net.URI finds them.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/func_list.h"
#include "sql/java_regex.h"

/* Views into the text; p NULL: there is none. */
struct url {
	struct mdl_slice scheme, authority, user, host, path, query, ref;
	bool opaque; /* "mailto:a@b": no more than a scheme and what follows */
};

static bool is_alpha(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* Letters, digits, escapes, what MORE holds, and "other": not ASCII, and neither a control nor a space. */
static bool legal(struct mdl_slice s, const char *more)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '%') {
			if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
				return false;
			i += 2;
		} else if (c < 0x80 && !is_alnum((char)c) && (!c || !strchr("_-!.~'()*", c)) &&
			   (!c || !strchr(more, c))) {
			return false;
		} else if (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] <= 0xa0) {
			return false; /* controls and the space that does not break */
		} else if (c == 0xe2 && i + 2 < s.n && (unsigned char)s.p[i + 1] == 0x80 &&
			   ((unsigned char)s.p[i + 2] <= 0x8a || (unsigned char)s.p[i + 2] == 0xa8 ||
			    (unsigned char)s.p[i + 2] == 0xa9 || (unsigned char)s.p[i + 2] == 0xaf)) {
			return false;
		} else if (c == 0xe3 && i + 2 < s.n && (unsigned char)s.p[i + 1] == 0x80 &&
			   (unsigned char)s.p[i + 2] == 0x80) {
			return false;
		}
	}
	return true;
}

static struct mdl_slice upto(struct mdl_slice *s, const char *ends)
{
	size_t n = 0;
	while (n < s->n && !(s->p[n] && strchr(ends, s->p[n])))
		n++;
	struct mdl_slice r = {s->p, n};
	s->p += n;
	s->n -= n;
	return r;
}

/* A name: labels of letters, digits and inner hyphens, the last not beginning with a digit; or four numbers. */
static bool is_host(struct mdl_slice h)
{
	size_t label = 0, dots = 0;
	bool digits = h.n > 0;
	char first = 0;
	if (h.n && h.p[0] == '[')
		return h.n > 2 && h.p[h.n - 1] == ']';
	if (h.n && h.p[h.n - 1] == '.')
		h.n--;
	for (size_t i = 0; i < h.n; i++) {
		char c = h.p[i];
		if (c == '.') {
			if (!label || h.p[i - 1] == '-')
				return false;
			label = 0;
			dots++;
			continue;
		}
		if (!is_alnum(c) && (c != '-' || !label))
			return false;
		if (!label++)
			first = c;
		digits = digits && c >= '0' && c <= '9';
	}
	if (!label || h.p[h.n - 1] == '-')
		return false;
	return digits ? dots == 3 : is_alpha(first) || dots == 0;
}

/* user@host:port when it is of that form; else the authority is a name of its own and there is no host. */
static void read_server(struct url *u)
{
	struct mdl_slice a = u->authority;
	const char *at = memrchr(a.p, '@', a.n), *colon;
	struct mdl_slice user = {NULL, 0}, h = a;
	if (at) {
		user = (struct mdl_slice){a.p, (size_t)(at - a.p)};
		h = (struct mdl_slice){at + 1, a.n - user.n - 1};
	}
	const char *close = h.n && h.p[0] == '[' ? memchr(h.p, ']', h.n) : NULL;
	size_t skip = close ? (size_t)(close - h.p) : 0;
	colon = memchr(h.p + skip, ':', h.n - skip);
	struct mdl_slice port = {NULL, 0};
	if (colon) {
		port = (struct mdl_slice){colon + 1, h.n - (size_t)(colon + 1 - h.p)};
		h.n = (size_t)(colon - h.p);
	}
	for (size_t i = 0; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return;
	if (!is_host(h) || (user.p && !legal(user, ";:&=+$,")))
		return;
	u->user = user;
	u->host = h;
}

/* False: URI would throw. */
static bool read_url(struct mdl_slice s, struct url *u)
{
	*u = (struct url){.opaque = false};
	const char *hash = s.n ? memchr(s.p, '#', s.n) : NULL;
	if (hash) {
		u->ref = (struct mdl_slice){hash + 1, s.n - (size_t)(hash + 1 - s.p)};
		s.n = (size_t)(hash - s.p);
		if (!legal(u->ref, ";/?:@&=+$,[]"))
			return false;
	}
	size_t k = 0;
	while (k < s.n && !strchr(":/?", s.p[k]) && s.p[k])
		k++;
	if (k < s.n && s.p[k] == ':') {
		u->scheme = (struct mdl_slice){s.p, k};
		for (size_t i = 0; i < k; i++)
			if (i ? !is_alnum(s.p[i]) && !strchr("+-.", s.p[i]) : !is_alpha(s.p[i]))
				return false;
		s = (struct mdl_slice){s.p + k + 1, s.n - k - 1};
		if (!k || !s.n)
			return false;
		if (s.p[0] != '/') {
			u->opaque = true;
			return legal(s, ";/?:@&=+$,[]");
		}
	}
	if (s.n >= 2 && s.p[0] == '/' && s.p[1] == '/') {
		s = (struct mdl_slice){s.p + 2, s.n - 2};
		struct mdl_slice a = upto(&s, "/?");
		if (a.n) {
			u->authority = a;
			if (!legal(a, ";:@&=+$,[]"))
				return false;
			read_server(u);
		} else if (!s.n) {
			return false;
		}
	}
	u->path = upto(&s, "?");
	if (!legal(u->path, ";/:@&=+$,"))
		return false;
	if (s.n) {
		u->query = (struct mdl_slice){s.p + 1, s.n - 1};
		return legal(u->query, ";/?:@&=+$,[]");
	}
	return true;
}

/* The value of KEY in the query: (&|^)KEY=([^&]*), and KEY is a pattern. */
static bool query_value(struct mdl_fn_ctx *ctx, struct mdl_slice query, struct mdl_slice key,
			struct mdl_slice *v)
{
	struct mdl_err err = MDL_ERR_INIT;
	const char *text = mdl_arena_printf(ctx->arena, "(&|^)%.*s=([^&]*)", (int)key.n, key.p);
	struct mdl_java_regex *re = mdl_java_regex_new(mdl_slice_of(text), &err);
	const size_t *ov;
	bool found = re && query.p && mdl_java_regex_find(re, query, 0, &ov);
	if (found)
		*v = (struct mdl_slice){query.p + ov[4], ov[5] - ov[4]};
	mdl_java_regex_free(re);
	return found;
}

static bool part_of(struct mdl_fn_ctx *ctx, const struct url *u, struct mdl_slice part, struct mdl_slice *v)
{
	struct mdl_slice none = {NULL, 0};
	if (mdl_slice_is(part, "HOST"))
		*v = u->host;
	else if (mdl_slice_is(part, "PATH"))
		*v = u->opaque ? none : u->path;
	else if (mdl_slice_is(part, "QUERY"))
		*v = u->query;
	else if (mdl_slice_is(part, "REF"))
		*v = u->ref;
	else if (mdl_slice_is(part, "PROTOCOL"))
		*v = u->scheme;
	else if (mdl_slice_is(part, "AUTHORITY"))
		*v = u->authority;
	else if (mdl_slice_is(part, "USERINFO"))
		*v = u->user;
	else if (mdl_slice_is(part, "FILE") && !u->opaque)
		*v = u->query.p ? mdl_slice_of(mdl_arena_printf(ctx->arena, "%.*s?%.*s", (int)u->path.n,
								u->path.p ? u->path.p : "", (int)u->query.n,
								u->query.p))
				: u->path;
	else
		*v = none;
	return v->p != NULL;
}

static void f_parse_url(MDL_FN_PARAMS)
{
	MDL_EACH(row, sel, n)
	{
		struct url u;
		struct mdl_slice s = mdl_arg_str(args, 0, row), part = mdl_arg_str(args, 1, row);
		if (!read_url(s, &u)) {
			if (ctx->session->ansi)
				mdl_fn_fail(
					ctx, out, row, "INVALID_URL",
					"The url is invalid: %.*s. Use `try_parse_url` to tolerate invalid URL and "
					"return NULL instead.",
					(int)(s.n < 200 ? s.n : 200), s.p);
			else
				out->valid[row] = 0;
			continue;
		}
		out->valid[row] = part_of(ctx, &u, part, &out->str[row]);
		if (nargs > 2)
			out->valid[row] =
				mdl_slice_is(part, "QUERY") &&
				query_value(ctx, u.query, mdl_arg_str(args, 2, row), &out->str[row]);
	}
}

enum { S = MDL_FN_STRICT, F = MDL_FN_CAN_FAIL, T = MDL_FN_TRY };

const struct mdl_fn mdl_func_url[] = {
	{"parse_url", 2, 3, S | F, "STRING,STRING,STRING:STRING", NULL, NULL, f_parse_url},
	{"try_parse_url", 2, 3, S | F | T, "STRING,STRING,STRING:STRING", NULL, NULL, f_parse_url},
	{NULL, 0, 0, 0, NULL, NULL, NULL, NULL},
};
