/* SPDX-License-Identifier: MIT
 *
 * Small files that prove themselves: see checked_file.h.
 */
#include "state/checked_file.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

void mdl_checked_file_format(struct mdl_buf *out, const char *kind, struct mdl_slice body)
{
	mdl_buf_printf(out, "medal-%s v1 %08x %zu\n", kind, mdl_crc32c(0, body.p, body.n), body.n);
	mdl_buf_put(out, body.p, body.n);
}

int mdl_checked_file_body(struct mdl_slice text, const char *kind, const char *name, struct mdl_slice *body,
			  struct mdl_err *err)
{
	const char *nl = text.n ? memchr(text.p, '\n', text.n) : NULL;
	char head[128], format[64];
	unsigned crc;
	size_t n;
	if (nl && (size_t)(nl - text.p) < sizeof(head)) {
		memcpy(head, text.p, (size_t)(nl - text.p));
		head[nl - text.p] = '\0';
		int k = snprintf(format, sizeof(format), "medal-%s v", kind);
		if (strncmp(head, format, (size_t)k) == 0 && strncmp(head + k, "1 ", 2) != 0)
			return mdl_err_set(err, MDL_TROUBLE, "%s is of a newer version of medal ('%s')", name,
					   head);
		if (strncmp(head, format, (size_t)k) == 0 && sscanf(head + k + 2, "%8x %zu", &crc, &n) == 2) {
			*body = (struct mdl_slice){nl + 1, (size_t)(text.p + text.n - nl - 1)};
			if (body->n == n && mdl_crc32c(0, body->p, body->n) == crc)
				return 0;
		}
	}
	return mdl_err_set(err, MDL_TROUBLE,
			   "%s is damaged (length or checksum do not match); restore it from a backup", name);
}
