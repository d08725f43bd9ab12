/* SPDX-License-Identifier: MIT
 *
 * A pattern of Java, then a text: what is translated compiles or is refused with a
 * message, and each match lies inside of the text, none before the last.
 */
#include <stdint.h>
#include <string.h>

#include "sql/java_regex.h"
#include "json/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST_TEXT = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_err err = MDL_ERR_INIT;
	const char *p = size ? (const char *)data : "", *nl = size ? memchr(p, '\n', size) : NULL;
	struct mdl_slice pattern = {p, nl ? (size_t)(nl - p) : size}, s = {"", 0};
	if (nl)
		s = (struct mdl_slice){nl + 1, size - pattern.n - 1};
	if (!mdl_utf8_valid(pattern) || !mdl_utf8_valid(s) || s.n > LONGEST_TEXT)
		return 0;
	struct mdl_java_regex *re = mdl_java_regex_new(pattern, &err);
	if (!re && !err.msg[0])
		mdl_bug("refused without a message");
	const size_t *ov;
	for (size_t at = 0; re && mdl_java_regex_find(re, s, at, &ov); at = ov[1] > at ? ov[1] : at + 1) {
		if (ov[0] > ov[1] || ov[1] > s.n)
			mdl_bug("a match outside of the text");
		for (; at + 1 < s.n && ((unsigned char)s.p[at + 1] & 0xc0) == 0x80;)
			at++;
	}
	mdl_java_regex_free(re);
	return 0;
}
