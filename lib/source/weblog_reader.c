/* SPDX-License-Identifier: MIT
 *
 * Web-server logs to NDJSON: see weblog_reader.h. Each form is read from left to
 * right with a cursor; a line that does not fit leaves no trace in the block and
 * becomes a bad row.
 */
#include "source/weblog_reader.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "json/text.h"

/* What is left of a line. */
struct cursor {
	const char *p, *e;
};

static bool eat(struct cursor *c, const char *lit)
{
	size_t n = strlen(lit);
	if ((size_t)(c->e - c->p) < n || memcmp(c->p, lit, n) != 0)
		return false;
	c->p += n;
	return true;
}

static struct mdl_slice between(const char *p, const char *e)
{
	return (struct mdl_slice){p, (size_t)(e - p)};
}

/* Up to the next CH, which is eaten. */
static bool until(struct cursor *c, char ch, struct mdl_slice *out)
{
	const char *q = memchr(c->p, ch, (size_t)(c->e - c->p));
	if (!q)
		return false;
	*out = between(c->p, q);
	c->p = q + 1;
	return true;
}

static bool is_digit(char ch)
{
	return (unsigned)(ch - '0') <= 9;
}

static bool digits(struct mdl_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* N digits exactly. */
static bool fixed(struct cursor *c, int n, int *out)
{
	int v = 0;
	if (c->e - c->p < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_digit(c->p[i]))
			return false;
		v = v * 10 + (c->p[i] - '0');
	}
	c->p += n;
	*out = v;
	return true;
}

/* Times */

struct moment {
	int year, month, day, hour, minute, second;
	struct mdl_slice fraction; /* digits behind the point, may be empty */
};

static bool month_name(struct cursor *c, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (c->e - c->p < 3)
		return false;
	for (int i = 0; i < 12; i++) {
		if (memcmp(names + i * 3, c->p, 3) == 0) {
			*month = i + 1;
			c->p += 3;
			return true;
		}
	}
	return false;
}

static int days_in_month(int y, int m)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m == 2 && leap ? 29 : days[m - 1];
}

static bool clock_time(struct cursor *c, struct moment *t)
{
	return fixed(c, 2, &t->hour) && eat(c, ":") && fixed(c, 2, &t->minute) && eat(c, ":") &&
	       fixed(c, 2, &t->second);
}

/* 60 is a leap second; it becomes the next minute's first second. */
static bool exists(const struct moment *t)
{
	return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
	       t->day <= days_in_month(t->year, t->month) && t->hour < 24 && t->minute < 60 &&
	       t->second <= 60;
}

/* Days since 1970-01-01 of a day in the Gregorian calendar, and back (counting years from March). */
static int64_t days_of(int y, int m, int d)
{
	int64_t yy = m <= 2 ? y - 1 : y;
	int64_t era = yy / 400, yoe = yy - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, struct moment *t)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	t->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	t->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	t->year = (int)(yoe + era * 400 + (t->month <= 2));
}

static void to_utc(struct moment *t, int offset_seconds)
{
	int64_t s = days_of(t->year, t->month, t->day) * 86400 + t->hour * 3600 + t->minute * 60 + t->second -
		    offset_seconds;
	int64_t days = (s >= 0 ? s : s - 86399) / 86400;
	int left = (int)(s - days * 86400);
	date_of(days, t);
	t->hour = left / 3600;
	t->minute = left / 60 % 60;
	t->second = left % 60;
}

static char *two(char *o, int v)
{
	*o++ = (char)('0' + v / 10);
	*o++ = (char)('0' + v % 10);
	return o;
}

static void put_time(struct mdl_buf *b, const struct moment *t, bool utc)
{
	char text[40], *o = two(text, t->year / 100);
	o = two(o, t->year % 100);
	*o++ = '-';
	o = two(o, t->month);
	*o++ = '-';
	o = two(o, t->day);
	*o++ = 'T';
	o = two(o, t->hour);
	*o++ = ':';
	o = two(o, t->minute);
	*o++ = ':';
	o = two(o, t->second);
	size_t n = t->fraction.n;
	while (n && t->fraction.p[n - 1] == '0')
		n--;
	if (n) {
		*o++ = '.';
		memcpy(o, t->fraction.p, n);
		o += n;
	}
	if (utc)
		*o++ = 'Z';
	mdl_buf_put(b, text, (size_t)(o - text));
}

/* Values */

static bool is_dash(struct mdl_slice s)
{
	return s.n == 1 && s.p[0] == '-';
}

static int hex(char ch)
{
	if (is_digit(ch))
		return ch - '0';
	ch = (char)(ch | 0x20);
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* S with the server's escapes resolved into DST (never longer); an unknown one stays. */
static size_t resolve(char *dst, struct mdl_slice s)
{
	char *o = dst;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (ch == '\\' && i + 1 < s.n) {
			static const char from[] = "\"\\nrtbv", to[] = "\"\\\n\r\t\b\v";
			const char *q = s.p[i + 1] ? strchr(from, s.p[i + 1]) : NULL;
			if (q) {
				*o++ = to[q - from];
				i++;
				continue;
			}
			if (s.p[i + 1] == 'x' && i + 3 < s.n && hex(s.p[i + 2]) >= 0 &&
			    hex(s.p[i + 3]) >= 0) {
				*o++ = (char)(hex(s.p[i + 2]) * 16 + hex(s.p[i + 3]));
				i += 3;
				continue;
			}
		}
		*o++ = ch;
	}
	return (size_t)(o - dst);
}

static void put_text(struct mdl_buf *b, const char *member, struct mdl_slice s)
{
	mdl_buf_puts(b, member);
	if (s.n == 0 || is_dash(s)) {
		mdl_buf_put(b, "null", 4);
		return;
	}
	mdl_buf_putc(b, '"');
	if (!memchr(s.p, '\\', s.n)) {
		mdl_rows_escape(b, s);
	} else {
		struct mdl_buf plain = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_buf_reserve(&plain, s.n + 32);
		plain.n = resolve(plain.p, s);
		memset(plain.p + plain.n, 0, 32);
		mdl_rows_escape(b, mdl_utf8_valid(mdl_buf_slice(&plain)) ? mdl_buf_slice(&plain) : s);
		mdl_buf_free(&plain);
	}
	mdl_buf_putc(b, '"');
}

/* Digits; leading zeros are no JSON. */
static void put_number(struct mdl_buf *b, const char *member, struct mdl_slice s)
{
	mdl_buf_puts(b, member);
	if (s.n == 0 || is_dash(s)) {
		mdl_buf_put(b, "null", 4);
		return;
	}
	while (s.n > 1 && s.p[0] == '0') {
		s.p++;
		s.n--;
	}
	mdl_buf_puts_slice(b, s);
}

/* Access logs */

/* "dd/Mon/yyyy:HH:MM:SS +zzzz]" */
static bool access_time(struct cursor *c, struct moment *t)
{
	int zone_h, zone_m, sign;
	if (!fixed(c, 2, &t->day) || !eat(c, "/") || !month_name(c, &t->month) || !eat(c, "/") ||
	    !fixed(c, 4, &t->year) || !eat(c, ":") || !clock_time(c, t) || !eat(c, " ") || !exists(t))
		return false;
	if (eat(c, "+"))
		sign = 1;
	else if (eat(c, "-"))
		sign = -1;
	else
		return false;
	if (!fixed(c, 2, &zone_h) || !fixed(c, 2, &zone_m) || zone_h > 18 || zone_m > 59 || !eat(c, "]"))
		return false;
	to_utc(t, sign * (zone_h * 3600 + zone_m * 60));
	return true;
}

static bool status_follows(const char *p, const char *e)
{
	if (e - p >= 4 && p[0] == ' ' && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]))
		return e - p == 4 || p[4] == ' ';
	return e - p >= 3 && p[0] == ' ' && p[1] == '-' && p[2] == ' ';
}

static bool quote_follows(const char *p, const char *e)
{
	return e - p >= 2 && p[0] == ' ' && p[1] == '"';
}

static bool end_or_quote_follows(const char *p, const char *e)
{
	return p == e || quote_follows(p, e);
}

/* A quoted field. Old servers did not escape quotes, so the closing one is that behind which the line goes on as
 * it must. */
static bool quoted(struct cursor *c, bool (*follows)(const char *p, const char *e), struct mdl_slice *out)
{
	if (!eat(c, "\""))
		return false;
	for (const char *q = c->p; q < c->e; q++) {
		if (*q == '\\') {
			q++;
		} else if (*q == '"' && follows(q + 1, c->e)) {
			*out = between(c->p, q);
			c->p = q + 1;
			return true;
		}
	}
	return false;
}

/* "www.x.org:443", "[::1]:80": one colon before digits, or a bracket. An IPv6 host has more colons. */
static bool is_vhost(struct mdl_slice s)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	if (!colon || !digits(between(colon + 1, s.p + s.n)))
		return false;
	return colon > s.p && (colon[-1] == ']' || !memchr(s.p, ':', (size_t)(colon - s.p)));
}

struct access {
	struct mdl_slice vhost, host, ident, user, request, status, bytes, referer, agent, forwarded;
	bool combined, has_forwarded;
	struct moment time;
};

/* What stands before the time: "[VHOST ]HOST IDENT USER"; a user may hold blanks. */
static bool access_head(struct cursor *c, struct access *a)
{
	struct cursor probe = *c;
	struct mdl_slice first;
	const char *from = c->p;
	if (!until(&probe, ' ', &first))
		return false;
	for (;;) {
		const char *q = memmem(from, (size_t)(c->e - from), " [", 2);
		if (!q)
			return false;
		struct cursor t = {q + 2, c->e};
		if (access_time(&t, &a->time)) {
			struct cursor head = {c->p, q};
			if (is_vhost(first)) {
				head.p = probe.p;
				a->vhost = first;
			}
			if (until(&head, ' ', &a->host) && until(&head, ' ', &a->ident) && a->host.n &&
			    head.p < head.e) {
				a->user = between(head.p, head.e);
				c->p = t.p;
				return true;
			}
			return false;
		}
		from = q + 2;
	}
}

static bool access_tail(struct cursor *c, struct access *a)
{
	if (!eat(c, " ") || !quoted(c, status_follows, &a->request) || !eat(c, " "))
		return false;
	if (!until(c, ' ', &a->status))
		return false;
	const char *q = memchr(c->p, ' ', (size_t)(c->e - c->p));
	a->bytes = between(c->p, q ? q : c->e);
	c->p = q ? q : c->e;
	if (!digits(a->bytes) && !is_dash(a->bytes))
		return false;
	if (c->p == c->e)
		return true;
	a->combined = true;
	if (!eat(c, " ") || !quoted(c, quote_follows, &a->referer) || !eat(c, " ") ||
	    !quoted(c, end_or_quote_follows, &a->agent))
		return false;
	if (c->p == c->e)
		return true;
	a->has_forwarded = true;
	return eat(c, " ") && quoted(c, end_or_quote_follows, &a->forwarded) && c->p == c->e;
}

/* METHOD PATH[ PROTOCOL]; a path may hold blanks. False: none of these. */
static bool split_request(struct mdl_slice s, struct mdl_slice *method, struct mdl_slice *path,
			  struct mdl_slice *protocol)
{
	struct cursor c = {s.p, s.p + s.n};
	if (!until(&c, ' ', method) || method->n == 0)
		return false;
	for (size_t i = 0; i < method->n; i++) {
		char ch = method->p[i];
		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z') && ch != '-' && ch != '_')
			return false;
	}
	const char *last = c.p < c.e ? memrchr(c.p, ' ', (size_t)(c.e - c.p)) : NULL;
	struct mdl_slice tail = last ? between(last + 1, c.e) : between(c.e, c.e);
	if (tail.n > 5 && memcmp(tail.p, "HTTP/", 5) == 0) {
		*protocol = tail;
		*path = between(c.p, last);
	} else {
		*protocol = between(c.e, c.e);
		*path = between(c.p, c.e);
	}
	return path->n > 0;
}

static bool access_line(struct mdl_slice line, struct mdl_buf *b)
{
	struct cursor c = {line.p, line.p + line.n};
	struct access a = {.combined = false};
	if (!access_head(&c, &a) || !access_tail(&c, &a))
		return false;
	struct mdl_slice method = {"", 0}, path = method, protocol = method;
	bool split = split_request(a.request, &method, &path, &protocol);
	mdl_buf_putc(b, '{');
	if (a.vhost.n) {
		put_text(b, "\"vhost\":", a.vhost);
		mdl_buf_putc(b, ',');
	}
	put_text(b, "\"host\":", a.host);
	put_text(b, ",\"ident\":", a.ident);
	put_text(b, ",\"user\":", a.user);
	mdl_buf_puts(b, ",\"time\":\"");
	put_time(b, &a.time, true);
	mdl_buf_putc(b, '"');
	if (split) {
		put_text(b, ",\"method\":", method);
		put_text(b, ",\"path\":", path);
		put_text(b, ",\"protocol\":", protocol);
	} else {
		mdl_buf_puts(b, ",\"method\":null,\"path\":null,\"protocol\":null");
		put_text(b, ",\"request\":", a.request);
	}
	put_number(b, ",\"status\":", a.status);
	put_number(b, ",\"bytes\":", a.bytes);
	if (a.combined) {
		put_text(b, ",\"referer\":", a.referer);
		put_text(b, ",\"user_agent\":", a.agent);
	}
	if (a.has_forwarded)
		put_text(b, ",\"forwarded_for\":", a.forwarded);
	mdl_buf_put(b, "}\n", 2);
	return true;
}

/* Error logs */

struct error_line {
	struct moment time;
	struct mdl_slice level, module, pid, tid, client, message;
};

static void put_error(struct mdl_buf *b, struct error_line *l)
{
	to_utc(&l->time, 0);
	mdl_buf_puts(b, "{\"time\":\"");
	put_time(b, &l->time, false);
	mdl_buf_putc(b, '"');
	put_text(b, ",\"level\":", l->level);
	put_text(b, ",\"module\":", l->module);
	put_number(b, ",\"pid\":", l->pid);
	put_number(b, ",\"tid\":", l->tid);
	put_text(b, ",\"client\":", l->client);
	put_text(b, ",\"message\":", l->message);
	mdl_buf_put(b, "}\n", 2);
}

static void fraction(struct cursor *c, struct moment *t)
{
	if (c->e - c->p < 2 || *c->p != '.' || !is_digit(c->p[1]))
		return;
	const char *q = c->p + 1;
	while (q < c->e && is_digit(*q))
		q++;
	t->fraction = between(c->p + 1, q);
	if (t->fraction.n > 6)
		t->fraction.n = 6;
	c->p = q;
}

/* "Fri Sep 09 10:42:29.902022 2011]", or compact, "2011-09-09 10:42:29.902022]" */
static bool apache_time(struct cursor *c, struct moment *t)
{
	if (c->p < c->e && is_digit(*c->p)) {
		if (!fixed(c, 4, &t->year) || !eat(c, "-") || !fixed(c, 2, &t->month) || !eat(c, "-") ||
		    !fixed(c, 2, &t->day) || !eat(c, " ") || !clock_time(c, t))
			return false;
		fraction(c, t);
	} else {
		struct mdl_slice weekday;
		if (!until(c, ' ', &weekday) || weekday.n != 3 || !month_name(c, &t->month) || !eat(c, " "))
			return false;
		if (eat(c, " ") ? !fixed(c, 1, &t->day) : !fixed(c, 2, &t->day))
			return false;
		if (!eat(c, " ") || !clock_time(c, t))
			return false;
		fraction(c, t);
		if (!eat(c, " ") || !fixed(c, 4, &t->year))
			return false;
	}
	return eat(c, "]") && exists(t);
}

static bool is_level(struct mdl_slice s)
{
	static const char *const names[] = {"emerg",  "alert",  "crit",   "error",  "warn",   "notice",
					    "info",   "debug",  "trace1", "trace2", "trace3", "trace4",
					    "trace5", "trace6", "trace7", "trace8"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (mdl_slice_is(s, names[i]))
			return true;
	return false;
}

/* "pid 35708:tid 4328636416" or "pid 35708" */
static bool apache_pid(struct mdl_slice s, struct error_line *l)
{
	struct cursor c = {s.p, s.p + s.n};
	if (!eat(&c, "pid "))
		return false;
	const char *q = memchr(c.p, ':', (size_t)(c.e - c.p));
	l->pid = between(c.p, q ? q : c.e);
	if (!q)
		return digits(l->pid);
	c.p = q + 1;
	if (!eat(&c, "tid "))
		return false;
	l->tid = between(c.p, c.e);
	return digits(l->pid) && digits(l->tid);
}

/* The address without its port. Apache 2.4 always logs one, 2.2 never does, and IPv6 stands without brackets. */
static struct mdl_slice without_port(struct mdl_slice s, bool has_port)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	if (colon && digits(between(colon + 1, s.p + s.n)) &&
	    (has_port || !memchr(s.p, ':', (size_t)(colon - s.p))))
		s.n = (size_t)(colon - s.p);
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = (struct mdl_slice){s.p + 1, s.n - 2};
	return s;
}

static bool apache_error_line(struct mdl_slice line, struct mdl_buf *b)
{
	struct cursor c = {line.p, line.p + line.n};
	struct error_line l = {
		.level = {"", 0}, .module = {"", 0}, .pid = {"", 0}, .tid = {"", 0}, .client = {"", 0}};
	if (!eat(&c, "[") || !apache_time(&c, &l.time) || !eat(&c, " ["))
		return false;
	struct mdl_slice s;
	if (!until(&c, ']', &s))
		return false;
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	if (colon) {
		l.module = between(s.p, colon);
		l.level = between(colon + 1, s.p + s.n);
	} else {
		l.level = s;
	}
	if (!is_level(l.level))
		return false;
	struct cursor t = c;
	if (eat(&t, " [") && until(&t, ']', &s) && apache_pid(s, &l))
		c = t;
	else
		l.pid = l.tid = (struct mdl_slice){"", 0};
	t = c;
	if (eat(&t, " [client ")) {
		/* an IPv6 address may stand in brackets of its own */
		const char *q = memmem(t.p, (size_t)(t.e - t.p), "] ", 2);
		if (!q && t.p < t.e && t.e[-1] == ']')
			q = t.e - 1;
		if (q) {
			l.client = without_port(between(t.p, q), l.pid.n > 0);
			c.p = q + 1;
		}
	}
	if (c.p < c.e && !eat(&c, " "))
		return false;
	l.message = between(c.p, c.e);
	put_error(b, &l);
	return true;
}

/* The address behind the first ", client: " that has one; the text before it may quote a request. */
static struct mdl_slice nginx_client(struct mdl_slice message)
{
	static const char mark[] = ", client: ";
	const char *p = message.p, *e = p + message.n;
	while ((p = memmem(p, (size_t)(e - p), mark, sizeof(mark) - 1))) {
		p += sizeof(mark) - 1;
		const char *q = p;
		while (q < e && (hex(*q) >= 0 || *q == '.' || *q == ':' || *q == '[' || *q == ']'))
			q++;
		if (q > p && (q == e || *q == ','))
			return without_port(between(p, q), *p == '[');
		if (e - p >= 5 && memcmp(p, "unix:", 5) == 0 && (p + 5 == e || p[5] == ','))
			return between(p, p + 5);
	}
	return (struct mdl_slice){"", 0};
}

static bool nginx_error_line(struct mdl_slice line, struct mdl_buf *b)
{
	struct cursor c = {line.p, line.p + line.n};
	struct error_line l = {.module = {"", 0}};
	if (!fixed(&c, 4, &l.time.year) || !eat(&c, "/") || !fixed(&c, 2, &l.time.month) || !eat(&c, "/") ||
	    !fixed(&c, 2, &l.time.day) || !eat(&c, " ") || !clock_time(&c, &l.time) || !exists(&l.time))
		return false;
	if (!eat(&c, " [") || !until(&c, ']', &l.level) || !is_level(l.level) || !eat(&c, " "))
		return false;
	if (!until(&c, '#', &l.pid) || !until(&c, ':', &l.tid) || !digits(l.pid) || !digits(l.tid))
		return false;
	if (c.p < c.e && !eat(&c, " "))
		return false;
	struct cursor t = c;
	struct mdl_slice connection;
	if (eat(&t, "*") && until(&t, ' ', &connection) && digits(connection))
		c = t;
	l.message = between(c.p, c.e);
	l.client = nginx_client(l.message);
	put_error(b, &l);
	return true;
}

/* Lines */

static bool form(enum mdl_weblog_kind kind, struct mdl_slice line, struct mdl_buf *b)
{
	switch (kind) {
	case MDL_WEBLOG_ACCESS:
		return access_line(line, b);
	case MDL_WEBLOG_APACHE_ERROR:
		return apache_error_line(line, b);
	case MDL_WEBLOG_NGINX_ERROR:
		return nginx_error_line(line, b);
	case MDL_WEBLOG_AUTO:
	default:
		return false;
	}
}

void mdl_weblog_reader_line(struct mdl_weblog_reader *w, struct mdl_slice line, struct mdl_rows *out)
{
	static const char *const reasons[] = {
		"in no known form of a web-server log",
		"not in the common or combined form of an access log",
		"not in the form of an Apache error log",
		"not in the form of an nginx error log",
	};
	if (!mdl_rows_ascii(line) && !mdl_utf8_valid(line)) {
		mdl_rows_push_bad(out, line, out->line_no, "not UTF-8");
		return;
	}
	bool ok = form(w->kind, line, &out->text);
	for (int k = MDL_WEBLOG_ACCESS; !ok && w->kind == MDL_WEBLOG_AUTO && k <= MDL_WEBLOG_NGINX_ERROR;
	     k++) {
		ok = form((enum mdl_weblog_kind)k, line, &out->text);
		if (ok)
			w->kind = (enum mdl_weblog_kind)k;
	}
	if (ok)
		mdl_rows_push(out, out->line_no);
	else
		mdl_rows_push_bad(out, line, out->line_no, reasons[w->kind]);
}

void mdl_weblog_reader_run(struct mdl_weblog_reader *w, char *p0, size_t n, enum mdl_rows_input input,
			   struct mdl_rows *out, size_t *used)
{
	const char *p = p0, *end = p0 + n;
	p0[n] = '\n';
	while (p < end && out->text.n < MDL_ROWS_BYTES) {
		const char *nl = memchr(p, '\n', (size_t)(end - p) + 1);
		if (nl == end && input != MDL_ROWS_FINAL)
			break;
		const char *stop = nl > p && nl[-1] == '\r' ? nl - 1 : nl;
		if (strspn(p, " \t\r") == (size_t)(nl - p))
			out->blank++;
		else
			mdl_weblog_reader_line(w, between(p, stop), out);
		out->line_no++;
		p = nl == end ? end : nl + 1;
	}
	*used = (size_t)(p - p0);
}
