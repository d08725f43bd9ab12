/* SPDX-License-Identifier: MIT
 *
 * Bytes that are no UTF-8, or full of NULs, because they are UTF-16: for the remedy in messages. Nothing is converted.
 */
#ifndef MDL_BASE_UTF16_H
#define MDL_BASE_UTF16_H

#include "base/slice.h"

/* How iconv calls what the bytes at the start of a text, or a line of it, seem to be: "UTF-16" (they begin with its byte
 * order mark, and there is some NUL), "UTF-16LE" or "UTF-16BE" (every second byte is NUL, but for some letters). NULL: they are not. A line
 * after the first may begin with the second byte of its line feed, so that LE is called BE. */
const char *mdl_utf16_name(struct mdl_slice s);

/* For a line, as the reason why it is no record. */
#define MDL_UTF16_REASON "it seems to be UTF-16: convert the input first (iconv -f UTF-16 -t UTF-8)"

#endif
