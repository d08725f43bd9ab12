/* SPDX-License-Identifier: MIT
 *
 * Regular expressions of Java's syntax on PCRE2. The two agree on what people write;
 * what is known to differ is in medal-sql(7). A constant pattern is compiled once a
 * program, others once a distinct run of rows.
 */
#ifndef MDL_SQL_FUNC_REGEXP_H
#define MDL_SQL_FUNC_REGEXP_H

#include "sql/func_text.h"

/* Resolve, and make the state of a call; unprepare frees it. */
int mdl_regexp_resolve(struct mdl_call *call, struct mdl_err *err);
int mdl_regexp_resolve_replace(struct mdl_call *call, struct mdl_err *err);
int mdl_regexp_resolve_split(struct mdl_call *call, struct mdl_err *err);
void mdl_regexp_unprepare(void *state);

/* The evals: regexp_replace (Java's $1 and ${name}), regexp_extract (group 1 unless told), regexp_like, ... A pattern
 * that does not compile fails the row (INVALID_PARAMETER_VALUE.PATTERN). */
void mdl_regexp_f_replace(MDL_FN_PARAMS);
void mdl_regexp_f_extract(MDL_FN_PARAMS);
void mdl_regexp_f_extract_all(MDL_FN_PARAMS);
void mdl_regexp_f_like(MDL_FN_PARAMS);
void mdl_regexp_f_count(MDL_FN_PARAMS);
void mdl_regexp_f_instr(MDL_FN_PARAMS);
void mdl_regexp_f_substr(MDL_FN_PARAMS);
/* Java's String.split with a limit, -1 if it is missing: the empty texts at the end stay. */
void mdl_regexp_f_split(MDL_FN_PARAMS);

int mdl_regexp_resolve_map(struct mdl_call *call, struct mdl_err *err);
void mdl_regexp_unprepare_map(void *state);
void mdl_regexp_f_str_to_map(MDL_FN_PARAMS);

#endif
