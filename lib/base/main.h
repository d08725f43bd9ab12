/* SPDX-License-Identifier: MIT
 *
 * The frame of every main(): what must hold before a program reads its first byte, and how it ends. With base/log the
 * one place of the library that prints and raises a signal, on behalf of cmd/.
 */
#ifndef MDL_BASE_MAIN_H
#define MDL_BASE_MAIN_H

#include "base/err.h"
#include "base/opt.h"

struct mdl_main {
	struct mdl_opt_list args; /* operands; the strings are argv's */
	struct mdl_err err;
};

/* Standard descriptors, the name of the program's words, limits, the parse; then LOG, what the parse put there, holds
 * also for the words on a parse that failed. As mdl_opt_parse: MDL_OPT_RUN, MDL_OPT_ANSWERED or -1. */
int mdl_main_begin(struct mdl_main *p, const struct mdl_command *command, const struct mdl_log_options *log,
		   int argc, char **argv);
/* Tells of the error, and gives the exit status: STATUS, or that of the error when it is negative. Ends the process of
 * SIGPIPE, without a word, when its reader has gone. Frees what _begin made. */
int mdl_main_end(struct mdl_main *p, int status);

/* A main() that is no more than that: RUN gives the exit status, or -1 with ERR. If it sets *SIG, the process ends of
 * that signal after its words. */
int mdl_main_run(const struct mdl_command *command, const struct mdl_log_options *log, int argc, char **argv,
		 int (*run)(const struct mdl_opt_list *args, int *sig, struct mdl_err *err));

#endif
