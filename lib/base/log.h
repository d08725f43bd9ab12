/* SPDX-License-Identifier: MIT
 *
 * Words for people, on standard error, one line an event:
 *     medal-dedupe: warning: what, where, what to do
 * or, with --log-format json, {"ts":"...","program":"medal-dedupe","level":"warning","message":"..."}.
 * Only cmd/ and the filter loop's notices call this; the rest of the library returns
 * errors. Never one line per record.
 */
#ifndef MDL_BASE_LOG_H
#define MDL_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

enum mdl_log_level { MDL_LOG_ERROR, MDL_LOG_WARNING, MDL_LOG_INFO, MDL_LOG_DEBUG };

/* Set once at the start of main. PROGRAM must stay valid. */
void mdl_log_init(const char *program);
/* verbose: how many -v; quiet: errors only. */
void mdl_log_setup(int verbose, bool quiet, bool json);
const char *mdl_log_program(void);
bool mdl_log_on(enum mdl_log_level level);

void mdl_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mdl_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mdl_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* -v */
void mdl_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* -vv */

#endif
