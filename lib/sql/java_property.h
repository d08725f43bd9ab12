/* SPDX-License-Identifier: MIT
 *
 * The names of \p{...} in Java's regular expressions.
 */
#ifndef MDL_SQL_JAVA_PROPERTY_H
#define MDL_SQL_JAVA_PROPERTY_H

#include <stdbool.h>
#include <stddef.h>

/* The members of a property of Java's own ("Alpha", "javaLowerCase", "InGreek") as they stand inside a class of PCRE2;
 * NULL: no such name. */
const char *mdl_java_property_members(const char *name, size_t n);
/* Is it a general category of Unicode: "L", "Lu" ...? PCRE2 has them by the same names. */
bool mdl_java_property_category(const char *name, size_t n);

#endif
