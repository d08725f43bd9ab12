/* SPDX-License-Identifier: MIT
 *
 * One table of options per command: see opt.h. Our own loop in place of
 * getopt_long, because that one takes abbreviations (a script that says --water
 * breaks when --water-level comes) and prints its complaints itself.
 */
#include "base/opt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/near.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 100, ANSWER_LIMIT = 1 << 20 };

static const uint64_t LARGEST = INT64_MAX;

/* ---- text to value ---- */

/* Digits at *P; false when there are none or the value passes LARGEST. */
static bool take_uint(const char **p, uint64_t *value)
{
	uint64_t v = 0;
	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**p - '0'), &v) || v > LARGEST)
			return false;
	*value = v;
	return true;
}

static int parse_uint(const char *text, const char *what, uint64_t *value, struct mdl_err *err)
{
	const char *p = text;
	if (!take_uint(&p, value) || *p)
		return mdl_err_set(err, MDL_TROUBLE, "%s: '%s' is no whole number from 0 to 2^63-1", what,
				   text);
	return 0;
}

int mdl_opt_size(const char *text, const char *what, uint64_t *bytes, struct mdl_err *err)
{
	static const struct {
		const char *suffix;
		uint64_t factor;
	} units[] = {
		{"", 1},
		{"K", 1ULL << 10},
		{"M", 1ULL << 20},
		{"G", 1ULL << 30},
		{"T", 1ULL << 40},
		{"KiB", 1ULL << 10},
		{"MiB", 1ULL << 20},
		{"GiB", 1ULL << 30},
		{"TiB", 1ULL << 40},
		{"KB", 1000},
		{"MB", 1000000},
		{"GB", 1000000000},
		{"TB", 1000000000000},
	};
	const char *p = text;
	uint64_t v;
	if (take_uint(&p, &v))
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (strcasecmp(p, units[i].suffix) == 0) {
				if (__builtin_mul_overflow(v, units[i].factor, &v) || v > LARGEST)
					break;
				*bytes = v;
				return 0;
			}
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s: '%s' is no size; write bytes or a whole number with K, M, G or T", what,
			   text);
}

/* Microseconds of the unit named by the N letters at P, or 0. */
static uint64_t duration_unit(const char *p, size_t n)
{
	static const struct {
		const char *name;
		uint64_t us;
	} units[] = {
		{"us", 1},
		{"microsecond", 1},
		{"microseconds", 1},
		{"ms", 1000},
		{"millisecond", 1000},
		{"milliseconds", 1000},
		{"s", 1000000},
		{"sec", 1000000},
		{"second", 1000000},
		{"seconds", 1000000},
		{"m", 60000000},
		{"min", 60000000},
		{"minute", 60000000},
		{"minutes", 60000000},
		{"h", 3600000000},
		{"hour", 3600000000},
		{"hours", 3600000000},
		{"d", 86400000000},
		{"day", 86400000000},
		{"days", 86400000000},
		{"week", 604800000000},
		{"weeks", 604800000000},
	};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == n && strncasecmp(units[i].name, p, n) == 0)
			return units[i].us;
	return 0;
}

int mdl_opt_duration(const char *text, const char *what, uint64_t *us, struct mdl_err *err)
{
	const char *p = text;
	uint64_t total = 0;
	do {
		uint64_t v;
		while (*p == ' ')
			p++;
		if (!take_uint(&p, &v))
			goto bad;
		while (*p == ' ')
			p++;
		size_t n = 0;
		while (isalpha((unsigned char)p[n]))
			n++;
		uint64_t unit = duration_unit(p, n);
		if (!unit || __builtin_mul_overflow(v, unit, &v) ||
		    __builtin_add_overflow(total, v, &total) || total > LARGEST)
			goto bad;
		p += n;
		while (*p == ' ')
			p++;
	} while (*p);
	*us = total;
	return 0;
bad:
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s: '%s' is no duration; write a whole number with a unit, as in '500ms' or "
			   "'10 minutes'",
			   what, text);
}

static int parse_choice(const struct mdl_opt *o, const char *text, const char *what, struct mdl_err *err)
{
	for (int i = 0; o->choices[i]; i++)
		if (strcmp(o->choices[i], text) == 0) {
			*(int *)o->dest = i;
			return 0;
		}
	struct mdl_buf list = MDL_BUF_INIT(1024);
	for (int i = 0; o->choices[i]; i++)
		mdl_buf_printf(&list, "%s%s", i ? ", " : "", o->choices[i]);
	mdl_err_set(err, MDL_TROUBLE, "%s: '%s' is none of %s", what, text, mdl_buf_cstr(&list));
	mdl_buf_free(&list);
	return -1;
}

static void list_add(struct mdl_opt_list *l, const char *s)
{
	MDL_GROW(l->v, l->n, l->cap);
	l->v[l->n++] = s;
}

static bool takes_argument(const struct mdl_opt *o)
{
	return o->type != MDL_OPT_FLAG && o->type != MDL_OPT_COUNT;
}

/* WHAT is the option as the user wrote it. */
static int set_option(const struct mdl_opt *o, const char *value, const char *what, struct mdl_err *err)
{
	switch (o->type) {
	case MDL_OPT_FLAG:
		*(bool *)o->dest = true;
		return 0;
	case MDL_OPT_COUNT:
		*(int *)o->dest += 1;
		return 0;
	case MDL_OPT_STRING:
		*(const char **)o->dest = value;
		return 0;
	case MDL_OPT_LIST:
		list_add(o->dest, value);
		return 0;
	case MDL_OPT_UINT:
		return parse_uint(value, what, o->dest, err);
	case MDL_OPT_SIZE:
		return mdl_opt_size(value, what, o->dest, err);
	case MDL_OPT_DURATION:
		return mdl_opt_duration(value, what, o->dest, err);
	case MDL_OPT_CHOICE:
		return parse_choice(o, value, what, err);
	case MDL_OPT_END:
	case MDL_OPT_HEADING:
		break;
	}
	mdl_bug("option type %d cannot be set", (int)o->type);
}

/* ---- what every command answers ---- */

static void put_usage(struct mdl_buf *b, const struct mdl_command *cmd)
{
	const char *prefix = "Usage: ";
	for (const char *p = cmd->usage; p;) {
		const char *end = strchr(p, '\n');
		size_t n = end ? (size_t)(end - p) : strlen(p);
		mdl_buf_puts(b, prefix);
		if (*p != ' ') {
			mdl_buf_puts(b, cmd->name);
			if (n)
				mdl_buf_putc(b, ' ');
		}
		mdl_buf_put(b, p, n);
		mdl_buf_putc(b, '\n');
		prefix = "       ";
		p = end ? end + 1 : NULL;
	}
}

/* TEXT from HELP_COLUMN on, broken at blanks. */
static void put_wrapped(struct mdl_buf *b, const char *text)
{
	size_t room = HELP_WIDTH - HELP_COLUMN;
	while (strlen(text) > room) {
		size_t n = room;
		while (n && text[n] != ' ')
			n--;
		if (!n)
			break;
		mdl_buf_printf(b, "%.*s\n%*s", (int)n, text, HELP_COLUMN, "");
		text += n + 1;
	}
	mdl_buf_printf(b, "%s\n", text);
}

static void put_option_help(struct mdl_buf *b, const struct mdl_opt *o)
{
	size_t from = b->n;
	if (o->letter)
		mdl_buf_printf(b, "  -%c, --%s", o->letter, o->name);
	else
		mdl_buf_printf(b, "      --%s", o->name);
	if (o->arg)
		mdl_buf_printf(b, " %s", o->arg);
	size_t width = b->n - from;
	if (width + 2 > HELP_COLUMN) {
		mdl_buf_putc(b, '\n');
		width = 0;
	}
	mdl_buf_printf(b, "%*s", (int)(HELP_COLUMN - width), "");
	put_wrapped(b, o->help);
}

static const struct mdl_opt common[] = {
	{.type = MDL_OPT_FLAG, .letter = 'h', .name = "help", .help = "print this help"},
	{.type = MDL_OPT_FLAG, .name = "version", .help = "print the version"},
	{.type = MDL_OPT_END},
};

static void put_help(struct mdl_buf *b, const struct mdl_command *cmd)
{
	put_usage(b, cmd);
	mdl_buf_printf(b, "%s\n", cmd->summary);
	if (cmd->opts->type != MDL_OPT_HEADING)
		mdl_buf_puts(b, "\nOptions:\n");
	for (const struct mdl_opt *o = cmd->opts; o->type != MDL_OPT_END; o++) {
		if (o->type == MDL_OPT_HEADING)
			mdl_buf_printf(b, "\n%.*s:\n", (int)strcspn(o->help, ":"), o->help);
		else
			put_option_help(b, o);
	}
	for (const struct mdl_opt *o = common; o->type != MDL_OPT_END; o++)
		put_option_help(b, o);
	mdl_buf_printf(b, "\nSee %s(1).\n", cmd->name);
}

static void put_list(struct mdl_buf *b, const struct mdl_opt *opts)
{
	for (const struct mdl_opt *o = opts; o->type != MDL_OPT_END; o++) {
		if (o->type == MDL_OPT_HEADING)
			continue;
		mdl_buf_printf(b, "--%s\t", o->name);
		if (o->letter)
			mdl_buf_printf(b, "-%c", o->letter);
		mdl_buf_printf(b, "\t%s\t%s\n", o->arg ? o->arg : "", o->help);
	}
}

/* --help, --version and --list-options: MDL_OPT_ANSWERED when NAME is one of them, MDL_OPT_RUN when not. */
static int answer(const struct mdl_command *cmd, const char *name, struct mdl_err *err)
{
	struct mdl_buf b = MDL_BUF_INIT(ANSWER_LIMIT);
	if (strcmp(name, "help") == 0) {
		put_help(&b, cmd);
	} else if (strcmp(name, "version") == 0) {
		mdl_buf_printf(&b, "%s %s\n", cmd->name, MEDAL_VERSION);
	} else if (strcmp(name, "list-options") == 0) {
		put_list(&b, cmd->opts);
		put_list(&b, common);
	} else {
		return MDL_OPT_RUN;
	}
	int r = MDL_OPT_ANSWERED;
	if (mdl_write_all(STDOUT_FILENO, b.p, b.n) != 0)
		r = mdl_err_sys(err, "cannot write to standard output");
	mdl_buf_free(&b);
	return r;
}

/* ---- parsing ---- */

struct parser {
	const struct mdl_command *cmd;
	int argc, at;
	char **argv;
	struct mdl_opt_list *args;
};

static const struct mdl_opt *find_long(const struct mdl_opt *opts, const char *name, size_t n)
{
	for (const struct mdl_opt *o = opts; o->type != MDL_OPT_END; o++)
		if (o->type != MDL_OPT_HEADING && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct mdl_opt *find_letter(const struct mdl_opt *opts, char letter)
{
	for (const struct mdl_opt *o = opts; o->type != MDL_OPT_END; o++)
		if (o->type != MDL_OPT_HEADING && o->letter == letter)
			return o;
	return NULL;
}

/* The one option that begins with what was written, else the nearest one: for the message only. */
static const char *meant(const struct mdl_opt *opts, const char *name, size_t n)
{
	const char *begins = NULL;
	unsigned beginning = 0;
	struct mdl_near near;
	mdl_near_init(&near, (struct mdl_slice){name, n});
	for (const struct mdl_opt *o = opts; o->type != MDL_OPT_END; o++) {
		if (!n || o->type == MDL_OPT_HEADING)
			continue;
		mdl_near_try(&near, o->name);
		if (strncmp(o->name, name, n) == 0) {
			begins = o->name;
			beginning++;
		}
	}
	return beginning == 1 ? begins : near.best;
}

static int unknown_long(const struct mdl_command *cmd, const char *name, size_t n, struct mdl_err *err)
{
	const char *near = meant(cmd->opts, name, n);
	if (near)
		return mdl_err_set(err, MDL_TROUBLE, "unknown option '--%.*s'; did you mean '--%s'?", (int)n,
				   name, near);
	return mdl_err_set(err, MDL_TROUBLE, "unknown option '--%.*s'", (int)n, name);
}

static int missing_argument(const struct mdl_opt *o, const char *what, struct mdl_err *err)
{
	return mdl_err_set(err, MDL_TROUBLE, "option %s needs an argument (%s)", what, o->arg);
}

/* ARG is what stands behind "--". */
static int parse_long(struct parser *p, const char *arg, struct mdl_err *err)
{
	size_t n = strcspn(arg, "=");
	const char *value = arg[n] ? arg + n + 1 : NULL;
	const struct mdl_opt *o = find_long(p->cmd->opts, arg, n);
	if (!o) {
		int r = answer(p->cmd, arg, err);
		return r == MDL_OPT_RUN ? unknown_long(p->cmd, arg, n, err) : r;
	}
	char what[64];
	snprintf(what, sizeof(what), "--%s", o->name);
	if (!takes_argument(o)) {
		if (value)
			return mdl_err_set(err, MDL_TROUBLE, "option %s takes no argument", what);
	} else if (!value) {
		if (p->at == p->argc)
			return missing_argument(o, what, err);
		value = p->argv[p->at++];
	}
	return set_option(o, value, what, err);
}

/* ARG is what stands behind "-": flags in a row, then perhaps one with its argument. */
static int parse_letters(struct parser *p, const char *arg, struct mdl_err *err)
{
	for (; *arg; arg++) {
		const struct mdl_opt *o = find_letter(p->cmd->opts, *arg);
		const char what[] = {'-', *arg, '\0'};
		if (!o && *arg == 'h')
			return answer(p->cmd, "help", err);
		if (!o)
			return mdl_err_set(err, MDL_TROUBLE, "unknown option '%s'", what);
		if (takes_argument(o)) {
			if (!arg[1] && p->at == p->argc)
				return missing_argument(o, what, err);
			return set_option(o, arg[1] ? arg + 1 : p->argv[p->at++], what, err);
		}
		if (set_option(o, NULL, what, err) != 0)
			return -1;
	}
	return MDL_OPT_RUN;
}

static int check_operands(const struct mdl_command *cmd, const struct mdl_opt_list *args, struct mdl_err *err)
{
	if (args->n < cmd->min_args)
		return mdl_err_set(err, MDL_TROUBLE, "an operand is missing: %s %.*s", cmd->name,
				   (int)strcspn(cmd->usage, "\n"), cmd->usage);
	if (args->n > cmd->max_args)
		return mdl_err_set(err, MDL_TROUBLE, "unexpected operand '%s'%s%s", args->v[cmd->max_args],
				   cmd->surplus ? "; " : "", cmd->surplus ? cmd->surplus : "");
	return MDL_OPT_RUN;
}

static int parse_all(struct parser *p, struct mdl_err *err)
{
	bool operands_only = false;
	while (p->at < p->argc) {
		const char *arg = p->argv[p->at++];
		int r = MDL_OPT_RUN;
		if (operands_only || arg[0] != '-' || !arg[1]) {
			list_add(p->args, arg);
			operands_only = operands_only || p->cmd->stop_at_operand;
		} else if (strcmp(arg, "--") == 0) {
			operands_only = true;
		} else if (arg[1] == '-') {
			r = parse_long(p, arg + 2, err);
		} else {
			r = parse_letters(p, arg + 1, err);
		}
		if (r != MDL_OPT_RUN)
			return r;
	}
	return check_operands(p->cmd, p->args, err);
}

int mdl_opt_parse(const struct mdl_command *cmd, int argc, char **argv, struct mdl_opt_list *args,
		  struct mdl_err *err)
{
	struct parser p = {.cmd = cmd, .argc = argc, .at = 1, .argv = argv, .args = args};
	int r = parse_all(&p, err);
	if (r < 0 && err->status == MDL_TROUBLE) {
		size_t n = strlen(err->msg);
		snprintf(err->msg + n, sizeof(err->msg) - n, "; try '%s --help'", cmd->name);
	}
	return r;
}

const char *const mdl_log_formats[] = {"text", "json", NULL};

void mdl_log_options(const struct mdl_log_options *log)
{
	mdl_log_setup(log->verbose, log->quiet, log->format == 1);
}
