/* SPDX-License-Identifier: MIT
 *
 * Quoting follows java.net.URI's constructor of parts (legal characters of a path
 * stay, '%' is always quoted, letters beyond ASCII stay, spaces and controls
 * beyond ASCII do not); tried against the log of Spark 4.1's file sink.
 */
#include "table/table_uri.h"

#include <stdint.h>
#include <string.h>

#include "json/text.h"

static const char hex[] = "0123456789ABCDEF";

static void put_percent(struct mdl_buf *out, unsigned char c)
{
	const char t[3] = {'%', hex[c >> 4], hex[c & 15]};

	mdl_buf_put(out, t, 3);
}

static bool uri_legal(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_-!.~'()*:@&=+$,;/", c) != NULL);
}

/* Character.isSpaceChar or isISOControl, beyond ASCII. */
static bool java_space_or_control(uint32_t c)
{
	return (c >= 0x80 && c <= 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Length of the UTF-8 character at P (at most N bytes) and its number; 0 when it is none. */
static size_t utf8_at(const char *p, size_t n, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;

	if (len > n || !mdl_utf8_valid((struct mdl_slice){p, len}))
		return 0;
	*c = len == 2   ? (uint32_t)(u[0] & 0x1f)
	     : len == 3 ? (uint32_t)(u[0] & 0x0f)
			: (uint32_t)(u[0] & 0x07);
	for (size_t i = 1; i < len; i++)
		*c = *c << 6 | (uint32_t)(u[i] & 0x3f);
	return len;
}

static void quote(struct mdl_buf *out, const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		uint32_t u = 0;
		size_t len = c < 0x80 ? 0 : utf8_at(s + i, n - i, &u);

		if (len && !java_space_or_control(u)) {
			mdl_buf_put(out, s + i, len);
			i += len;
			continue;
		}
		if (c < 0x80 && uri_legal(c))
			mdl_buf_putc(out, s[i]);
		else
			for (size_t k = 0; k < (len ? len : 1); k++)
				put_percent(out, (unsigned char)s[i + k]);
		i += len ? len : 1;
	}
}

void mdl_table_uri_format(struct mdl_buf *out, const char *dir, const char *path)
{
	mdl_buf_puts(out, "file://");
	quote(out, dir);
	if (dir[0] && dir[strlen(dir) - 1] != '/')
		mdl_buf_putc(out, '/');
	quote(out, path);
}

bool mdl_table_path_inside(const char *path)
{
	for (const char *p = path;; p++) {
		const char *end = strchrnul(p, '/');
		size_t n = (size_t)(end - p);

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		if (!*end)
			return true;
		p = end;
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

char *mdl_table_uri_path(struct mdl_arena *a, const char *uri)
{
	const char *colon = strchr(uri, ':'), *slash = strchr(uri, '/');

	/* Without a scheme it is a path as it stands (Spark resolves relative ones against the table). */
	if (colon && slash && colon < slash) {
		uri = colon + 1;
		if (uri[0] == '/' && uri[1] == '/')
			uri = strchrnul(uri + 2, '/');
	}
	char *out = mdl_arena_alloc(a, strlen(uri) + 1), *o = out;

	for (const char *p = uri; *p; p++) {
		if (*p != '%') {
			*o++ = *p;
			continue;
		}
		int hi = hex_digit(p[1]), lo = hi < 0 ? -1 : hex_digit(p[2]);

		if (lo < 0 || (hi == 0 && lo == 0))
			return NULL;
		*o++ = (char)(hi << 4 | lo);
		p += 2;
	}
	*o = '\0';
	return out;
}

/* Where the last component and the column=value folders right before it begin. */
static char *partition_tail(char *path)
{
	char *tail = strrchr(path, '/');

	if (!tail)
		return path;
	while (tail > path) {
		char *up = tail - 1;

		while (up > path && *up != '/')
			up--;
		if (*up != '/' || !memchr(up, '=', (size_t)(tail - up)))
			break;
		tail = up;
	}
	return tail + 1;
}

/* No scheme, or the one of local files without a host. */
static bool is_local(const char *uri)
{
	const char *colon = strchr(uri, ':'), *slash = strchr(uri, '/');

	if (!colon || !slash || slash < colon)
		return true;
	return strncmp(uri, "file:", 5) == 0 && slash == uri + 5 && (uri[6] != '/' || uri[7] == '/');
}

char *mdl_table_uri_relative(struct mdl_arena *a, const char *dir, const char *uri, bool *here)
{
	char *path = mdl_table_uri_path(a, uri);
	bool ignored;

	here = here ? here : &ignored;
	*here = false;
	if (!path)
		return NULL;
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	*here = is_local(uri);
	if (path[0] != '/')
		return mdl_table_path_inside(path) ? path : NULL;
	if (strncmp(path, dir, n) == 0 && path[n] == '/') {
		path += n + 1;
		return mdl_table_path_inside(path) ? path : NULL;
	}
	*here = false;
	/* Written when the table stood elsewhere: behind the last folder of the table's name, or, if that
	 * changed too, the file and its partition folders. */
	const char *name = memrchr(dir, '/', n);

	name = name ? name : dir;
	size_t len = n - (size_t)(name - dir);
	char *found = NULL;

	for (char *p = strstr(path, "/"); p; p = strchr(p + 1, '/'))
		if (strncmp(p, name, len) == 0 && p[len] == '/')
			found = p + len + 1;
	path = found ? found : partition_tail(path);
	return mdl_table_path_inside(path) ? path : NULL;
}

/* ExternalCatalogUtils.charToEscape; NUL, which no file name can hold, besides. */
static bool hive_escaped(unsigned char c)
{
	return c < 0x20 || c == 0x7f || strchr("\"#%'*/:=?\\{[]^", c) != NULL;
}

static void hive_escape(struct mdl_buf *out, struct mdl_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (hive_escaped((unsigned char)s.p[i]))
			put_percent(out, (unsigned char)s.p[i]);
		else
			mdl_buf_putc(out, s.p[i]);
	}
}

void mdl_table_partition_format(struct mdl_buf *out, struct mdl_slice name, struct mdl_slice value)
{
	hive_escape(out, name);
	mdl_buf_putc(out, '=');
	if (value.n)
		hive_escape(out, value);
	else
		mdl_buf_puts(out, "__HIVE_DEFAULT_PARTITION__");
}
