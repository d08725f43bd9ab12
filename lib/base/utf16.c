/* SPDX-License-Identifier: MIT
 *
 * UTF-16 where UTF-8 is expected: see utf16.h.
 */
#include "base/utf16.h"

#include <string.h>

enum { ENOUGH = 512 }; /* bytes that are looked at */

const char *mdl_utf16_name(struct mdl_slice s)
{
	size_t nul[2] = {0, 0}, n = s.n < ENOUGH ? s.n : ENOUGH;
	if (n < 4 || memcmp(s.p, "\xff\xfe\0\0", 4) == 0) /* UTF-32 */
		return NULL;
	for (size_t i = 0; i < n; i++)
		nul[i % 2] += !s.p[i];
	if (nul[0] + nul[1] && (memcmp(s.p, "\xff\xfe", 2) == 0 || memcmp(s.p, "\xfe\xff", 2) == 0))
		return "UTF-16";
	/* Braces, quotes and names of members are ASCII, whatever the texts are. UTF-32 has NULs in both places. */
	bool le = nul[1] > nul[0];
	size_t most = nul[le], least = nul[!le];
	return most >= 2 && most * 8 >= n && least * 8 <= most ? (le ? "UTF-16LE" : "UTF-16BE") : NULL;
}
