/* SPDX-License-Identifier: MIT
 *
 * Functions that we do not call, because their bounds or their hidden state
 * cannot be seen at the call, or for the reason given. The Makefile includes this file first in each of our
 * sources; the system's headers come before the bans, so that they may declare
 * them. What to use instead: mdl_buf_* or snprintf, strtok_r, and the _r forms.
 */
#ifndef MDL_BASE_BANNED_H
#define MDL_BASE_BANNED_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MDL_BANNED(function) function##_is_banned_see_base_banned_h

#undef strcpy
#define strcpy(d, s) MDL_BANNED(strcpy)
#undef strcat
#define strcat(d, s) MDL_BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) MDL_BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) MDL_BANNED(strncat)
#undef strtok
#define strtok(s, delim) MDL_BANNED(strtok)
#undef sprintf
#define sprintf(...) MDL_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) MDL_BANNED(vsprintf)
#undef gets
#define gets(s) MDL_BANNED(gets)
#undef localtime
#define localtime(t) MDL_BANNED(localtime)
#undef gmtime
#define gmtime(t) MDL_BANNED(gmtime)
#undef ctime
#define ctime(t) MDL_BANNED(ctime)
#undef asctime
#define asctime(tm) MDL_BANNED(asctime)
#undef ctime_r
#define ctime_r(t, s) MDL_BANNED(ctime_r)
#undef asctime_r
#define asctime_r(tm, s) MDL_BANNED(asctime_r)
/* They hand on pages that a neighbour may have lent us, and that he writes over when we have read them. */
#undef splice
#define splice(...) MDL_BANNED(splice)
#undef tee
#define tee(...) MDL_BANNED(tee)

#endif
