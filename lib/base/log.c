/* SPDX-License-Identifier: MIT
 *
 * Words for people: see log.h. Each event is one write(2), so that the lines of
 * the programs of a pipeline, which share a terminal, do not mix. Messages quote
 * foreign bytes (names, SQL, records), therefore control characters are shown
 * as \xNN: a record must not be able to drive the reader's terminal.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum { LONGEST_LINE = 64 << 10 };

static const char *program = "medal";
static enum mdl_log_level highest = MDL_LOG_WARNING;
static bool as_json;

static const char *const level_name[] = {"error", "warning", "info", "debug"};

void mdl_log_init(const char *name)
{
	program = name;
}

void mdl_log_setup(int verbose, bool quiet, bool json)
{
	highest = quiet          ? MDL_LOG_ERROR
		  : verbose >= 2 ? MDL_LOG_DEBUG
		  : verbose == 1 ? MDL_LOG_INFO
				 : MDL_LOG_WARNING;
	as_json = json;
}

const char *mdl_log_program(void)
{
	return program;
}

bool mdl_log_on(enum mdl_log_level level)
{
	return level <= highest;
}

/* Length of the well-formed UTF-8 sequence at P (Unicode's table 3-7), or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80                    ? 1
		     : p[0] >= 0xC2 && p[0] <= 0xDF ? 2
		     : (p[0] & 0xF0) == 0xE0        ? 3
		     : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4
						    : 0;
	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
	    (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return len;
}

static void put_text(struct mdl_buf *out, struct mdl_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			mdl_buf_printf(out, "\\x%02x", c);
		else
			mdl_buf_putc(out, (char)c);
	}
}

static void put_json(struct mdl_buf *out, struct mdl_slice s)
{
	mdl_buf_putc(out, '"');
	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_sequence((const unsigned char *)s.p + i, s.n - i);
		char c = s.p[i];
		if (len == 0)
			mdl_buf_puts(out, "\\ufffd");
		else if (c == '"' || c == '\\')
			mdl_buf_printf(out, "\\%c", c);
		else if (c == '\n')
			mdl_buf_puts(out, "\\n");
		else if ((unsigned char)c < 0x20)
			mdl_buf_printf(out, "\\u%04x", (unsigned)c);
		else
			mdl_buf_put(out, s.p + i, len);
		i += len ? len : 1;
	}
	mdl_buf_putc(out, '"');
}

static void put_now(struct mdl_buf *out)
{
	struct timeval tv;
	struct tm tm;
	gettimeofday(&tv, NULL);
	gmtime_r(&tv.tv_sec, &tm);
	mdl_buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
		       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(tv.tv_usec / 1000));
}

static void log_event(enum mdl_log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void log_event(enum mdl_log_level level, const char *fmt, va_list ap)
{
	if (!mdl_log_on(level))
		return;
	char message[8192]; /* room for an mdl_err and what is said around it; longer is cut */
	vsnprintf(message, sizeof(message), fmt, ap);
	struct mdl_slice text = mdl_slice_of(message);
	struct mdl_buf line = MDL_BUF_INIT(LONGEST_LINE);
	if (as_json) {
		mdl_buf_puts(&line, "{\"ts\":");
		put_now(&line);
		mdl_buf_puts(&line, ",\"program\":");
		put_json(&line, mdl_slice_of(program));
		mdl_buf_printf(&line, ",\"level\":\"%s\",\"message\":", level_name[level]);
		put_json(&line, text);
		mdl_buf_puts(&line, "}\n");
	} else {
		mdl_buf_printf(&line, "%s: %s: ", program, level_name[level]);
		put_text(&line, text);
		mdl_buf_putc(&line, '\n');
	}
	/* Nothing can be said about a standard error that does not take words. */
	(void)mdl_write_all(STDERR_FILENO, line.p, line.n);
	mdl_buf_free(&line);
}

void mdl_error(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_event(MDL_LOG_ERROR, fmt, ap);
	va_end(ap);
}

void mdl_warning(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_event(MDL_LOG_WARNING, fmt, ap);
	va_end(ap);
}

void mdl_info(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_event(MDL_LOG_INFO, fmt, ap);
	va_end(ap);
}

void mdl_debug(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_event(MDL_LOG_DEBUG, fmt, ap);
	va_end(ap);
}
