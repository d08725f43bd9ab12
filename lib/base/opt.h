/* SPDX-License-Identifier: MIT
 *
 * One table of options per command. From it come parsing, usage, --help and the
 * hidden --list-options that shell completion and the lint of the man pages read.
 */
#ifndef MDL_BASE_OPT_H
#define MDL_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum mdl_opt_type {
	MDL_OPT_END,
	MDL_OPT_HEADING,  /* help: a group's title in --help; no option */
	MDL_OPT_FLAG,     /* dest: bool *, set to true */
	MDL_OPT_COUNT,    /* dest: int *, plus one each time (-vv) */
	MDL_OPT_STRING,   /* dest: const char **; the last one counts */
	MDL_OPT_LIST,     /* dest: struct mdl_opt_list *; may be repeated */
	MDL_OPT_UINT,     /* dest: uint64_t *; decimal, below 2^63 */
	MDL_OPT_SIZE,     /* dest: uint64_t *, bytes; suffix K M G T (1024), KB MB GB TB (1000) or none */
	MDL_OPT_DURATION, /* dest: uint64_t *, microseconds; "1s", "500ms", "10 minutes", "PT1S" is refused */
	MDL_OPT_CHOICE,   /* dest: int *, index into choices */
};

struct mdl_opt_list {
	const char **v;
	size_t n, cap;
};

struct mdl_opt {
	enum mdl_opt_type type;
	char letter;                /* 0 for none */
	const char *name;           /* long name without dashes */
	const char *arg;            /* argument's name for --help ("DIR"), NULL for flags */
	void *dest;                 /* the destination's initial value is the default */
	const char *help;           /* one line; "default: X" belongs here */
	const char *const *choices; /* MDL_OPT_CHOICE: NULL-terminated */
};

/* The options that every program has for its words, as entries of a table: MDL_OPT_LOGGING(&log), and after the
 * parse mdl_log_options(&log). LOG is a static struct mdl_log_options. */
struct mdl_log_options {
	int verbose, format;
	bool quiet;
};
extern const char *const mdl_log_formats[];
#define MDL_OPT_LOGGING(log)                                                                        \
	{MDL_OPT_COUNT, 'v', "verbose", NULL, &(log)->verbose, "say more (-vv: still more)", NULL}, \
		{MDL_OPT_FLAG, 'q', "quiet", NULL, &(log)->quiet, "say nothing but errors", NULL},  \
	{                                                                                           \
		MDL_OPT_CHOICE, 0, "log-format", "FORMAT", &(log)->format,                          \
			"messages as text (default) or json", mdl_log_formats                       \
	}
void mdl_log_options(const struct mdl_log_options *log);

/* What a command is, for --help and --version. */
struct mdl_command {
	const char *name; /* "medal-dedupe" */
	const char *
		usage; /* "-k COLUMNS (--watermark 'EXPR DELAY' | --forever) [FILE...]"; more forms after \n, each
			      * printed behind the name; a line that begins with a blank goes on with the last */
	const char *summary; /* one sentence */
	const struct mdl_opt *opts;
	size_t min_args, max_args; /* operands; max SIZE_MAX for any number */
	const char *surplus; /* what an operand too many was meant to be, and is not; NULL: no word on that */
	bool stop_at_operand; /* what follows the first operand is operands, "-x" too (medal-exec) */
};

/* What mdl_opt_parse found besides options. */
enum mdl_opt_result {
	MDL_OPT_RUN,      /* go on; operands are in args */
	MDL_OPT_ANSWERED, /* --help, --version or --list-options was printed: exit 0 */
};

/* Parse ARGV (getopt_long's conventions: options and operands may mix, "--" ends options, "-" is an
 * operand, long options may be abbreviated when unique is NOT allowed: scripts outlive options).
 * Operands are moved into ARGS (valid as long as argv). Returns an mdl_opt_result, or -1 with ERR
 * naming the option; the message ends in "try 'NAME --help'". Also answers -h where the table has no 'h'. */
int mdl_opt_parse(const struct mdl_command *cmd, int argc, char **argv, struct mdl_opt_list *args,
		  struct mdl_err *err);

/* Text to value, as the option types do it; WHAT names the place for the message. */
int mdl_opt_size(const char *text, const char *what, uint64_t *bytes, struct mdl_err *err);
int mdl_opt_duration(const char *text, const char *what, uint64_t *us, struct mdl_err *err);

#endif
