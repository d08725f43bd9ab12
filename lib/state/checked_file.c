/* SPDX-License-Identifier: MIT
 *
 * Small files that prove themselves: see checked_file.h.
 */
#include "state/checked_file.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/version.h"

enum { VERSION = 1 };

void mdl_checked_file_format(struct mdl_buf *out, const char *kind, struct mdl_slice body)
{
	mdl_buf_printf(out, "medal-%s v%d %08x %zu\n", kind, VERSION, mdl_crc32c(0, body.p, body.n), body.n);
	mdl_buf_put(out, body.p, body.n);
}

int mdl_checked_file_body(struct mdl_slice text, const char *kind, const char *name, struct mdl_slice *body,
			  struct mdl_err *err)
{
	const char *nl = text.n ? memchr(text.p, '\n', text.n) : NULL;
	char head[128], want[128];
	if (nl && (size_t)(nl - text.p) < sizeof(head)) {
		size_t n = (size_t)(nl - text.p);
		memcpy(head, text.p, n);
		head[n] = '\0';
		*body = (struct mdl_slice){nl + 1, text.n - n - 1};
		int k = snprintf(want, sizeof(want), "medal-%s ", kind);
		snprintf(want + k, sizeof(want) - (size_t)k, "v%d %08x %zu", VERSION,
			 mdl_crc32c(0, body->p, body->n), body->n);
		/* to the byte: a flipped bit of the header is damage, too */
		if (strlen(head) == n && strcmp(head, want) == 0)
			return 0;
		if (strncmp(head, want, (size_t)k) == 0) {
			uint64_t version = mdl_version_of(mdl_slice_of(head + k));
			if (version > VERSION)
				return mdl_version_newer(err, name, "medal", version, VERSION);
		}
	}
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s is damaged (length or checksum do not match); restore it from a backup", name);
}
