/* SPDX-License-Identifier: MIT
 *
 * Lines of a web server: the access log in Apache's combined (or common) form,
 * and the error log lines of the same requests. Times in the access log are whole
 * seconds, and that is the event time that the truth counts by.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "source/simulate.h"
#include "source/simulate_text.h"

enum { ACCESS, ERROR };
enum { WRONG_TYPE = MDL_SIMULATE_CUT_OFF + 1, MISSING_FIELD, INVALID_VALUE };

enum { S200, S206, S301, S304, S403, S404, S500, NSTATUS };
static const char *const statuses[NSTATUS] = {"200", "206", "301", "304", "403", "404", "500"};
/* chances of 1024 */
static const uint16_t shares[NSTATUS] = {900, 8, 20, 50, 6, 36, 4};

static const char *const paths[] = {
	"/",
	"/index.html",
	"/about/",
	"/favicon.ico",
	"/robots.txt",
	"/images/logo.png",
	"/images/banner.jpg",
	"/style/main.css",
	"/style/print.css",
	"/js/app.js",
	"/js/vendor/d3.min.js",
	"/blog/",
	"/blog/tags/linux",
	"/blog/geekery/ssl-latency.html",
	"/blog/productivity/better-zsh-xterm-title-fix.html",
	"/feed.xml",
	"/projects/xdotool/",
	"/projects/medallion/?page=2&sort=name",
	"/search?q=caf%C3%A9+noir",
	"/articles/dynamic-dns-with-dhcp/",
	"/presentations/monitorama/images/dashboard3.png",
	"/api/v1/items/42",
	"/api/v1/items?limit=100&offset=200",
	"/login",
	"/logout",
	"/cart",
	"/checkout",
	"/static/fonts/roboto.woff2",
	"/download/archive-1.2.3.tar.gz",
	"/wiki/%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0",
	"/files/report%202015.pdf",
	"/~user/notes.txt",
};
static const char *const referrers[] = {
	"-",
	"-",
	"http://www.example.com/",
	"https://www.google.com/search?q=medallion",
	"http://www.example.com/blog/",
	"https://duckduckgo.com/",
	"http://www.example.com/projects/xdotool/",
	"https://news.example.org/item?id=8863",
};
static const char *const agents[] = {
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/32.0.1700.77 Safari/537.36",
	"Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) "
	"Version/6.0 Mobile/10A5376e Safari/8536.25",
	"curl/7.88.1",
	"-",
	"UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/",
	"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0; \\\"quoted\\\")",
	"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct weblog {
	struct mdl_arena arena;
	struct mdl_random chance;
	uint64_t clients;
	uint64_t at_us; /* of the last request, since 1970 */
	uint32_t step_us;
	bool common, pending;
	struct mdl_simulate_frag paths[COUNT(paths)], referrers[COUNT(referrers)], agents[COUNT(agents)],
		statuses[NSTATUS];
	uint8_t status_of[1024];
	uint64_t second; /* that the clocks show */
	char clock[64], error_clock[64], error_year[64];
	size_t clock_n, error_clock_n, error_year_n;

	uint64_t client;
	uint32_t bytes;
	uint8_t status, path, referrer, agent;
	bool post;
};

static void *weblog_open(const struct mdl_simulate_options *o)
{
	struct weblog *w = mdl_zalloc(sizeof(*w));
	mdl_arena_init(&w->arena);
	mdl_random_seed(&w->chance, o->seed, 3);
	w->clients = o->users;
	w->at_us = (uint64_t)o->start_ms * 1000;
	w->common = o->common;
	w->second = UINT64_MAX;
	/* each visitor asks for something about every 100 seconds */
	w->step_us = (uint32_t)(200000000 / o->users);
	size_t n = 0;
	for (uint8_t s = 0; s < NSTATUS; s++)
		for (unsigned i = 0; i < shares[s]; i++)
			w->status_of[n++] = s;
	if (n != COUNT(w->status_of))
		mdl_bug("the shares of the statuses add up to %zu", n);
	for (size_t i = 0; i < COUNT(paths); i++)
		w->paths[i] = mdl_simulate_text_frag(&w->arena, "%s", paths[i]);
	for (size_t i = 0; i < COUNT(referrers); i++)
		w->referrers[i] = mdl_simulate_text_frag(&w->arena, " \"%s\" \"", referrers[i]);
	for (size_t i = 0; i < COUNT(agents); i++)
		w->agents[i] = mdl_simulate_text_frag(&w->arena, "%s\"\n", agents[i]);
	for (int i = 0; i < NSTATUS; i++)
		w->statuses[i] = mdl_simulate_text_frag(&w->arena, " HTTP/1.1\" %s ", statuses[i]);
	return w;
}

static void weblog_next(void *gen, struct mdl_simulate_row *row)
{
	struct weblog *w = gen;
	if (!w->pending) {
		uint64_t v = mdl_random_next(&w->chance);
		w->at_us += 1 + mdl_random_below(&w->chance, w->step_us + 1);
		uint64_t x = v >> 32; /* squared: some come much more often than others */
		w->client = 1 + ((x * x >> 32) * w->clients >> 32);
		w->status = w->status_of[v & 1023];
		w->path = (uint8_t)((v >> 10 & 255) * COUNT(paths) >> 8);
		w->referrer = (uint8_t)((v >> 18 & 7) * COUNT(referrers) >> 3);
		w->agent = (uint8_t)(w->client * 2654435761U % COUNT(agents));
		w->post = (v >> 21 & 31) == 0;
		uint32_t b = mdl_random_below(&w->chance, 2048);
		w->bytes = w->status == S304 ? 0 : 200 + b * b / 16 + (b & 255);
	}
	*row = (struct mdl_simulate_row){
		.type = w->pending ? ERROR : ACCESS,
		.ts_ms = (int64_t)(w->pending ? w->at_us / 1000 : w->at_us / 1000000 * 1000),
		.user = w->client,
		.group = w->status,
		.amount = w->pending ? 0 : (int64_t)w->bytes,
	};
	w->pending = !w->pending && (w->status == S403 || w->status == S404 || w->status == S500);
}

static unsigned weblog_faults_of(const struct mdl_simulate_row *row)
{
	unsigned mask = 1 << MDL_SIMULATE_CUT_OFF | 1 << MISSING_FIELD | 1 << INVALID_VALUE;
	return row->type == ACCESS ? mask | 1 << WRONG_TYPE : mask;
}

/* "HH:MM:SS" */
static void put_clock(char *d, uint64_t second)
{
	mdl_simulate_text_digits(d, second / 3600 % 24, 2);
	mdl_simulate_text_digits(d + 3, second / 60 % 60, 2);
	mdl_simulate_text_digits(d + 6, second % 60, 2);
}

/* The texts of a time are made once a day, and their clocks once a second. */
static void set_clocks(struct weblog *w)
{
	static const char after[] = "HH:MM:SS +0000] ", error_after[] = "HH:MM:SS.";
	struct mdl_simulate_date t;
	bool new_day = w->second == UINT64_MAX || w->at_us / 86400000000 != w->second / 86400;
	w->second = w->at_us / 1000000;
	if (new_day) {
		mdl_simulate_text_date(&t, (int64_t)w->second * 1000);
		const char *month = months[t.month - 1];
		w->clock_n = (size_t)snprintf(w->clock, sizeof(w->clock), "[%02u/%s/%04d:%s", t.day, month,
					      t.year, after);
		w->error_clock_n = (size_t)snprintf(w->error_clock, sizeof(w->error_clock), "[%s %s %02u %s",
						    days[t.weekday], month, t.day, error_after);
		w->error_year_n = (size_t)snprintf(w->error_year, sizeof(w->error_year), " %04d] ", t.year);
	}
	put_clock(w->clock + w->clock_n - strlen(after), w->second);
	put_clock(w->error_clock + w->error_clock_n - strlen(error_after), w->second);
}

static char *put_client(char *d, uint64_t client)
{
	uint64_t v = client * 2654435761U;
	d = mdl_simulate_text_uint(d, 11 + (v & 127));
	*d++ = '.';
	/* the lower 24 bits are the visitor's number, so that no two share an address */
	d = mdl_simulate_text_uint(d, client >> 16 & 255);
	*d++ = '.';
	d = mdl_simulate_text_uint(d, client >> 8 & 255);
	*d++ = '.';
	return mdl_simulate_text_uint(d, client & 255);
}

static char *render_access(struct weblog *w, unsigned fault, uint32_t dice, char *d)
{
	char *begin = d;
	d = put_client(d, w->client);
	if (w->client % 16 == 0) {
		d = MDL_SIMULATE_TEXT_LIT(d, " - user");
		d = mdl_simulate_text_uint(d, w->client);
		*d++ = ' ';
	} else {
		d = MDL_SIMULATE_TEXT_LIT(d, " - - ");
	}
	if (fault != MISSING_FIELD) {
		char *month = d + 4;
		d = mdl_simulate_text_put(d, (struct mdl_simulate_frag){w->clock, w->clock_n});
		if (fault == INVALID_VALUE)
			memcpy(month, "Foo", 3);
	}
	d = w->post ? MDL_SIMULATE_TEXT_LIT(d, "\"POST ") : MDL_SIMULATE_TEXT_LIT(d, "\"GET ");
	d = mdl_simulate_text_put(d, w->paths[w->path]);
	/* a line that is cut later than this may still be one in the common form */
	if (fault == MDL_SIMULATE_CUT_OFF)
		return mdl_simulate_text_cut(begin, d, dice);
	d = mdl_simulate_text_put(d, w->statuses[w->status]);
	if (fault == WRONG_TYPE)
		memcpy(d - 4, "abc", 3);
	if (w->bytes)
		d = mdl_simulate_text_uint(d, w->bytes);
	else
		*d++ = '-';
	if (w->common) {
		*d++ = '\n';
		return d;
	}
	d = mdl_simulate_text_put(d, w->referrers[w->referrer]);
	return mdl_simulate_text_put(d, w->agents[w->agent]);
}

static char *render_error(struct weblog *w, unsigned fault, uint32_t dice, char *d)
{
	char *begin = d;
	if (fault != MISSING_FIELD) {
		char *month = d + 5;
		d = mdl_simulate_text_put(d, (struct mdl_simulate_frag){w->error_clock, w->error_clock_n});
		d = mdl_simulate_text_digits(d, w->at_us % 1000000, 6);
		d = mdl_simulate_text_put(d, (struct mdl_simulate_frag){w->error_year, w->error_year_n});
		if (fault == INVALID_VALUE)
			memcpy(month, "Foo", 3);
	}
	if (fault == MDL_SIMULATE_CUT_OFF) /* within the time */
		return mdl_simulate_text_cut(begin, d - 1, dice);
	d = w->status == S404 ? MDL_SIMULATE_TEXT_LIT(d, "[core:info]")
			      : MDL_SIMULATE_TEXT_LIT(d, "[core:error]");
	d = MDL_SIMULATE_TEXT_LIT(d, " [pid ");
	d = mdl_simulate_text_uint(d, 2000 + w->client % 16);
	d = MDL_SIMULATE_TEXT_LIT(d, "] [client ");
	d = put_client(d, w->client);
	*d++ = ':';
	d = mdl_simulate_text_uint(d, 32768 + w->bytes % 28000);
	d = w->status == S404 ? MDL_SIMULATE_TEXT_LIT(d, "] AH00128: File does not exist: /var/www/html")
	    : w->status == S403
		    ? MDL_SIMULATE_TEXT_LIT(d, "] AH00035: access to denied by server configuration: ")
		    : MDL_SIMULATE_TEXT_LIT(d, "] End of script output before headers: /usr/lib/cgi-bin");
	d = mdl_simulate_text_put(d, w->paths[w->path]);
	*d++ = '\n';
	return d;
}

static char *weblog_render(void *gen, const struct mdl_simulate_row *row, unsigned fault, uint32_t dice,
			   char *d)
{
	struct weblog *w = gen;
	if (w->at_us / 1000000 != w->second)
		set_clocks(w);
	return row->type == ACCESS ? render_access(w, fault, dice, d) : render_error(w, fault, dice, d);
}

static void weblog_close(void *gen)
{
	struct weblog *w = gen;
	mdl_arena_free(&w->arena);
	free(w);
}

const struct mdl_simulate_kind mdl_simulate_weblog = {
	.name = "weblog",
	.types = {"access", "error"},
	.extension = ".log",
	.faults = {"cut_off", "wrong_type", "missing_field", "invalid_value"},
	.group = "status",
	.groups = {"200", "206", "301", "304", "403", "404", "500"},
	.amount = "bytes_sent",
	.amount_decimals = 0,
	.users = "clients",
	.default_users = 2000,
	.max_users = (1 << 24) - 1,
	.open = weblog_open,
	.next = weblog_next,
	.faults_of = weblog_faults_of,
	.render = weblog_render,
	.close = weblog_close,
};
