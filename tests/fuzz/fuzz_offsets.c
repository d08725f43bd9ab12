/* SPDX-License-Identifier: MIT
 *
 * The texts of offsets/N and commits/N from a damaged or hostile checkpoint: read or
 * refused with a message, and what was read is written in a form that reads the same.
 */
#include <stdint.h>

#include "state/offsets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(struct mdl_slice text)
{
	struct mdl_offsets first, second;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf a = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (mdl_offsets_parse(text, "offsets/7", &first, &err) != 0) {
		if (!err.msg[0])
			mdl_bug("refused without a message");
		return;
	}
	mdl_offsets_format(&a, &first);
	if (mdl_offsets_parse(mdl_buf_slice(&a), "offsets/7", &second, &err) != 0)
		mdl_bug("does not read what it wrote: %s", err.msg);
	mdl_offsets_format(&b, &second);
	if (!mdl_slice_eq(mdl_buf_slice(&a), mdl_buf_slice(&b)))
		mdl_bug("writes another text the second time");
	mdl_offsets_free(&first);
	mdl_offsets_free(&second);
	mdl_buf_free(&a);
	mdl_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_slice text = {size ? (const char *)data : "", size};
	struct mdl_err err = MDL_ERR_INIT;
	int64_t watermark;
	again(text);
	if (mdl_commit_parse(text, "commits/7", &watermark, &err) != 0 && !err.msg[0])
		mdl_bug("refused without a message");
	return 0;
}
