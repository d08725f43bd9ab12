/* SPDX-License-Identifier: MIT
 *
 * Time zones: see timezone.h. Reads TZif files (RFC 8536) version 2 and later, with
 * the footer's POSIX rule for times after the last transition.
 */
#include "base/timezone.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timestamp.h"

enum { MAX_OFFSET = 18 * 3600, MAX_FILE = 1 << 20 };

struct tz_type {
	int32_t offset;
	bool dst;
	uint8_t abbrev;
};

/* One end of daylight saving in a POSIX TZ rule. */
struct tz_change {
	char form; /* 'M', 'J' or 'n' */
	int month, week, day;
	int32_t time; /* seconds of wall clock after 00:00 */
};

struct mdl_zone {
	struct mdl_zone *next;
	char *name;
	int32_t fixed; /* when ntypes is 0 */
	size_t ntimes, ntypes;
	int64_t *times;
	uint8_t *index;
	struct tz_type *types;
	char *abbrevs;
	bool has_rule, rule_dst;
	struct tz_type std, dst; /* offsets of the rule */
	char std_name[16], dst_name[16];
	struct tz_change to_dst, to_std;
};

static const struct mdl_zone utc_zone = {.name = (char *)(uintptr_t) "UTC", .std_name = "UTC"};
const struct mdl_zone *const mdl_zone_utc = &utc_zone;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mdl_zone *known;

/* ---- POSIX TZ rules ---- */

static bool rule_name(const char **p, char out[16])
{
	size_t n = 0;
	if (**p == '<') {
		for (++*p; **p && **p != '>'; ++*p)
			if (n < 15)
				out[n++] = **p;
		if (**p != '>')
			return false;
		++*p;
	} else {
		for (; isalpha((unsigned char)**p); ++*p)
			if (n < 15)
				out[n++] = **p;
	}
	out[n] = '\0';
	return n > 0;
}

static bool rule_number(const char **p, int *v)
{
	if (!isdigit((unsigned char)**p))
		return false;
	for (*v = 0; isdigit((unsigned char)**p) && *v < 100000; ++*p)
		*v = *v * 10 + (**p - '0');
	return true;
}

static bool rule_time(const char **p, int32_t *seconds)
{
	int sign = 1, h, m = 0, s = 0;
	if (**p == '-' || **p == '+')
		sign = *(*p)++ == '-' ? -1 : 1;
	if (!rule_number(p, &h))
		return false;
	if (**p == ':') {
		++*p;
		if (!rule_number(p, &m))
			return false;
		if (**p == ':') {
			++*p;
			if (!rule_number(p, &s))
				return false;
		}
	}
	*seconds = sign * (h * 3600 + m * 60 + s);
	return true;
}

static bool rule_change(const char **p, struct tz_change *c)
{
	if (*(*p)++ != ',')
		return false;
	c->form = 'n';
	if (**p == 'M' || **p == 'J')
		c->form = *(*p)++;
	if (c->form == 'M') {
		if (!rule_number(p, &c->month) || *(*p)++ != '.' || !rule_number(p, &c->week) ||
		    *(*p)++ != '.' || !rule_number(p, &c->day) || c->month < 1 || c->month > 12)
			return false;
	} else if (!rule_number(p, &c->day)) {
		return false;
	}
	c->time = 7200;
	if (**p == '/') {
		++*p;
		return rule_time(p, &c->time);
	}
	return true;
}

static bool parse_rule(struct mdl_zone *z, const char *p)
{
	int32_t t;
	if (!rule_name(&p, z->std_name) || !rule_time(&p, &t))
		return false;
	z->std.offset = -t;
	if (*p == '\0')
		return true;
	if (!rule_name(&p, z->dst_name))
		return false;
	z->dst.offset = z->std.offset + 3600;
	z->dst.dst = true;
	if (*p && *p != ',') {
		if (!rule_time(&p, &t))
			return false;
		z->dst.offset = -t;
	}
	z->rule_dst = true;
	return rule_change(&p, &z->to_dst) && rule_change(&p, &z->to_std) && *p == '\0';
}

/* Seconds of UTC at which C happens in YEAR, the clock being at OFFSET before it. */
static int64_t change_at(const struct tz_change *c, int64_t year, int32_t offset)
{
	int64_t days;
	if (c->form == 'M') {
		int64_t first = mdl_timestamp_days(year, c->month, 1);
		int wd = mdl_timestamp_weekday(first) % 7; /* 0 is Sunday */
		int d = (c->day - wd + 7) % 7 + (c->week - 1) * 7;
		while (d >= mdl_timestamp_month_days(year, c->month))
			d -= 7;
		days = first + d;
	} else {
		days = mdl_timestamp_days(year, 1, 1) + c->day - (c->form == 'J');
		if (c->form == 'J' && c->day >= 60 && mdl_timestamp_leap(year))
			days++;
	}
	return days * 86400 + c->time - offset;
}

static const struct tz_type *by_rule(const struct mdl_zone *z, int64_t utc_s)
{
	if (!z->rule_dst)
		return &z->std;
	struct mdl_civil c;
	mdl_timestamp_date_fields(mdl_floor_div(utc_s + z->std.offset, 86400), &c);
	int64_t on = change_at(&z->to_dst, c.year, z->std.offset),
		off = change_at(&z->to_std, c.year, z->dst.offset);
	bool dst = on < off ? utc_s >= on && utc_s < off : utc_s >= on || utc_s < off;
	return dst ? &z->dst : &z->std;
}

/* ---- TZif files ---- */

static uint32_t be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct tz_counts {
	size_t isut, isstd, leap, times, types, chars;
};

static bool read_counts(const char *p, const char *end, struct tz_counts *c)
{
	if (end - p < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	c->isut = be32(p + 20);
	c->isstd = be32(p + 24);
	c->leap = be32(p + 28);
	c->times = be32(p + 32);
	c->types = be32(p + 36);
	c->chars = be32(p + 40);
	return c->isut <= 256 && c->isstd <= 256 && c->leap < 4096 && c->times < 65536 && c->types > 0 &&
	       c->types <= 256 && c->chars < 65536;
}

static bool parse_tzif(struct mdl_zone *z, const char *p, const char *end)
{
	struct tz_counts c;
	if (!read_counts(p, end, &c))
		return false;
	size_t v1 = 44 + c.times * 5 + c.types * 6 + c.chars + c.leap * 8 + c.isstd + c.isut;
	if ((size_t)(end - p) < v1 || !read_counts(p + v1, end, &c))
		return false;
	p += v1 + 44;
	if ((size_t)(end - p) < c.times * 9 + c.types * 6 + c.chars + c.leap * 12 + c.isstd + c.isut)
		return false;
	z->ntimes = c.times;
	z->ntypes = c.types;
	z->times = mdl_array(c.times + 1, sizeof(*z->times));
	z->index = mdl_array(c.times + 1, 1);
	z->types = mdl_array(c.types, sizeof(*z->types));
	for (size_t i = 0; i < c.times; i++)
		z->times[i] = be64(p + 8 * i);
	p += 8 * c.times;
	for (size_t i = 0; i < c.times; i++) {
		z->index[i] = (uint8_t)p[i];
		if (z->index[i] >= c.types)
			return false;
	}
	p += c.times;
	for (size_t i = 0; i < c.types; i++, p += 6) {
		z->types[i] = (struct tz_type){(int32_t)be32(p), p[4] != 0, (uint8_t)p[5]};
		if (z->types[i].abbrev >= c.chars)
			return false;
	}
	z->abbrevs = mdl_alloc(c.chars + 1); /* holds NULs between the names */
	memcpy(z->abbrevs, p, c.chars);
	z->abbrevs[c.chars] = '\0';
	p += c.chars + c.leap * 12 + c.isstd + c.isut;
	if (p < end && *p == '\n') {
		p++;
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		if (nl && nl > p) {
			char *rule = mdl_strndup(p, (size_t)(nl - p));
			z->has_rule = parse_rule(z, rule);
			free(rule);
		}
	}
	return true;
}

static void zone_free(struct mdl_zone *z)
{
	free(z->times);
	free(z->index);
	free(z->types);
	free(z->abbrevs);
	free(z->name);
	free(z);
}

static bool load_region(struct mdl_zone *z, const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-+/", *p))
			return false;
	if (*name == '/' || *name == '\0')
		return false;
	char path[256];
	if (snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name) >= (int)sizeof(path))
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	char *text = mdl_alloc(MAX_FILE);
	size_t n = 0;
	for (ssize_t r; n < MAX_FILE && (r = mdl_read(fd, text + n, MAX_FILE - n)) > 0;)
		n += (size_t)r;
	close(fd);
	bool ok = parse_tzif(z, text, text + n);
	free(text);
	return ok;
}

/* ---- names ---- */

/* "+h", "+hh", "+hh:mm", "+h:mm", "+hh:m", "+hhmm", "+hh:mm:ss", "+hhmmss", by Java and Spark. */
static bool parse_offset(const char *p, int32_t *seconds)
{
	int sign = *p == '-' ? -1 : 1, v[3] = {0, 0, 0};
	if (*p != '-' && *p != '+')
		return false;
	p++;
	size_t digits = strspn(p, "0123456789");
	bool colon = p[digits] == ':';
	if (!colon && digits > 2 && digits != 4 && digits != 6)
		return false;
	for (int i = 0; i < 3; i++) {
		size_t n = 0;
		while (n < 2 && isdigit((unsigned char)*p)) {
			v[i] = v[i] * 10 + (*p++ - '0');
			n++;
		}
		if (n == 0 || (i == 2 && n != 2))
			return false;
		if (*p == '\0')
			break;
		if (colon && *p++ != ':')
			return false;
		if (i == 2)
			return false;
	}
	if (v[1] > 59 || v[2] > 59)
		return false;
	*seconds = sign * (v[0] * 3600 + v[1] * 60 + v[2]);
	return *seconds >= -MAX_OFFSET && *seconds <= MAX_OFFSET;
}

static bool fixed_by_name(const char *name, int32_t *seconds)
{
	static const char *const zero[] = {"Z", "z", "UTC", "GMT", "UT"};
	for (size_t i = 0; i < sizeof(zero) / sizeof(*zero); i++)
		if (strcmp(name, zero[i]) == 0) {
			*seconds = 0;
			return true;
		}
	if (strncmp(name, "UTC", 3) == 0 || strncmp(name, "GMT", 3) == 0)
		return parse_offset(name + 3, seconds);
	if (strncmp(name, "UT", 2) == 0)
		return parse_offset(name + 2, seconds);
	return parse_offset(name, seconds);
}

/* ZoneId.SHORT_IDS. */
static const char *short_id(const char *name)
{
	static const char *const ids[][2] = {{"ACT", "Australia/Darwin"},
					     {"AET", "Australia/Sydney"},
					     {"AGT", "America/Argentina/Buenos_Aires"},
					     {"ART", "Africa/Cairo"},
					     {"AST", "America/Anchorage"},
					     {"BET", "America/Sao_Paulo"},
					     {"BST", "Asia/Dhaka"},
					     {"CAT", "Africa/Harare"},
					     {"CNT", "America/St_Johns"},
					     {"CST", "America/Chicago"},
					     {"CTT", "Asia/Shanghai"},
					     {"EAT", "Africa/Addis_Ababa"},
					     {"ECT", "Europe/Paris"},
					     {"IET", "America/Indiana/Indianapolis"},
					     {"IST", "Asia/Kolkata"},
					     {"JST", "Asia/Tokyo"},
					     {"MIT", "Pacific/Apia"},
					     {"NET", "Asia/Yerevan"},
					     {"NST", "Pacific/Auckland"},
					     {"PLT", "Asia/Karachi"},
					     {"PNT", "America/Phoenix"},
					     {"PRT", "America/Puerto_Rico"},
					     {"PST", "America/Los_Angeles"},
					     {"SST", "Pacific/Guadalcanal"},
					     {"VST", "Asia/Ho_Chi_Minh"},
					     {"EST", "-05:00"},
					     {"MST", "-07:00"},
					     {"HST", "-10:00"}};
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (strcmp(name, ids[i][0]) == 0)
			return ids[i][1];
	return name;
}

static const struct mdl_zone *find_locked(struct mdl_slice name)
{
	for (struct mdl_zone *z = known; z; z = z->next)
		if (mdl_slice_is(name, z->name))
			return z;
	struct mdl_zone *z = mdl_zalloc(sizeof(*z));
	z->name = mdl_strndup(name.p, name.n);
	const char *real = short_id(z->name);
	if (!fixed_by_name(real, &z->fixed) && !load_region(z, real)) {
		zone_free(z);
		return NULL;
	}
	z->next = known;
	known = z;
	return z;
}

const struct mdl_zone *mdl_zone_find(struct mdl_slice name)
{
	if (mdl_slice_is(name, "UTC") || mdl_slice_is(name, "Z"))
		return &utc_zone;
	if (name.n == 0 || name.n > 128 || memchr(name.p, '\0', name.n))
		return NULL;
	pthread_mutex_lock(&lock);
	const struct mdl_zone *z = find_locked(name);
	pthread_mutex_unlock(&lock);
	return z;
}

const char *mdl_zone_name(const struct mdl_zone *z)
{
	return z->name;
}

/* ---- offsets ---- */

static const struct tz_type *type_at(const struct mdl_zone *z, int64_t utc_s)
{
	if (z->ntimes == 0 || utc_s < z->times[0]) {
		if (z->ntimes == 0 && z->has_rule)
			return by_rule(z, utc_s);
		return &z->types[0];
	}
	if (utc_s >= z->times[z->ntimes - 1] && z->has_rule)
		return by_rule(z, utc_s);
	size_t lo = 0, hi = z->ntimes; /* times[lo] <= utc_s < times[hi] */
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;
		if (z->times[mid] <= utc_s)
			lo = mid;
		else
			hi = mid;
	}
	return &z->types[z->index[lo]];
}

int32_t mdl_zone_offset(const struct mdl_zone *z, int64_t utc_s, const char **abbrev)
{
	if (z->ntypes == 0) {
		if (abbrev)
			*abbrev = z->std_name;
		return z->fixed;
	}
	const struct tz_type *t = type_at(z, utc_s);
	if (abbrev)
		*abbrev = t == &z->std ? z->std_name : t == &z->dst ? z->dst_name : z->abbrevs + t->abbrev;
	return t->offset;
}

int mdl_zone_is_dst(const struct mdl_zone *z, int64_t utc_s)
{
	return z->ntypes != 0 && type_at(z, utc_s)->dst;
}

int64_t mdl_zone_to_local(const struct mdl_zone *z, int64_t utc_us)
{
	int64_t off = z->ntypes ? mdl_zone_offset(z, mdl_floor_div(utc_us, MDL_US_SECOND), NULL) : z->fixed,
		v;
	return __builtin_add_overflow(utc_us, off * MDL_US_SECOND, &v) ? utc_us : v;
}

int64_t mdl_zone_to_utc(const struct mdl_zone *z, int64_t local_us)
{
	int64_t off = z->fixed, v;
	if (z->ntypes) {
		int64_t s = mdl_floor_div(local_us, MDL_US_SECOND);
		int64_t before = mdl_zone_offset(z, s - 86400, NULL),
			after = mdl_zone_offset(z, s + 86400, NULL);
		/* In an overlap the earlier offset is right, in a gap it moves the time forward. */
		off = before;
		if (before != after && mdl_zone_offset(z, s - before, NULL) != before &&
		    mdl_zone_offset(z, s - after, NULL) == after)
			off = after;
	}
	return __builtin_sub_overflow(local_us, off * MDL_US_SECOND, &v) ? local_us : v;
}
