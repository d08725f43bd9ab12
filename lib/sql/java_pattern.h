/* SPDX-License-Identifier: MIT
 *
 * Regular expressions of Java (java.util.regex.Pattern of JDK 17) as patterns of PCRE2
 * that match the same: classes in classes and their intersections, line ends, \b,
 * ASCII-only (?i), \p{Alpha} and its kin, \Q...\E, flags in groups.
 */
#ifndef MDL_SQL_JAVA_PATTERN_H
#define MDL_SQL_JAVA_PATTERN_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* Append what PCRE2 is to compile (in UTF mode, no other option) for JAVA, valid UTF-8. -1 for a pattern that Java
 * refuses, or whose Unicode block or name is not known here. */
int mdl_java_pattern_translate(struct mdl_buf *out, struct mdl_slice java, struct mdl_err *err);

#endif
