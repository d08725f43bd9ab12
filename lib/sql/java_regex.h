/* SPDX-License-Identifier: MIT
 *
 * Java's regular expressions, compiled and matched by PCRE2.
 */
#ifndef MDL_SQL_JAVA_REGEX_H
#define MDL_SQL_JAVA_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

struct mdl_java_regex;

/* The caller's, to be freed; NULL for a pattern that Java refuses. */
struct mdl_java_regex *mdl_java_regex_new(struct mdl_slice pattern, struct mdl_err *err);
void mdl_java_regex_free(struct mdl_java_regex *re);

/* The next match in S at or after byte AT. *OV: begin and end of the match, then of each group (MDL_JAVA_REGEX_NONE:
 * took no part); valid until the next call. */
bool mdl_java_regex_find(struct mdl_java_regex *re, struct mdl_slice s, size_t at, const size_t **ov);
#define MDL_JAVA_REGEX_NONE (~(size_t)0)

unsigned mdl_java_regex_groups(const struct mdl_java_regex *re);
/* The number of the group NAME, -1 when there is none. */
int mdl_java_regex_group(const struct mdl_java_regex *re, const char *name);

#endif
