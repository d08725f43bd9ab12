/* SPDX-License-Identifier: MIT
 *
 * Versions of formats: see version.h.
 */
#include "base/version.h"

#include <ctype.h>
#include <inttypes.h>

uint64_t mdl_version_of(struct mdl_slice text)
{
	uint64_t v = 0;
	size_t i = 1;
	if (text.n < 2 || text.p[0] != 'v' || text.p[1] == '0')
		return 0;
	for (; i < text.n && isdigit((unsigned char)text.p[i]); i++)
		if (i > 9)
			return 0;
		else
			v = v * 10 + (uint64_t)(text.p[i] - '0');
	return i < text.n && (isalpha((unsigned char)text.p[i]) || text.p[i] == '_') ? 0 : v;
}

int mdl_version_newer(struct mdl_err *err, const char *name, const char *writer, uint64_t version,
		      uint64_t known)
{
	mdl_err_set(err, MDL_TROUBLE,
		    "%s was written by a newer %s: it is of format version %" PRIu64
		    ", and medal " MEDAL_VERSION " knows none above %" PRIu64 "; upgrade medal",
		    name, writer, version, known);
	err->newer = true;
	return -1;
}
