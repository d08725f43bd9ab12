/* SPDX-License-Identifier: MIT
 *
 * Replays seeds through a fuzz harness without a fuzzing engine, so that make check
 * does it with any compiler. Short seeds are tried cut off at each byte, too, and
 * each run gets a copy of exactly its size, so that a sanitizer sees the first byte
 * read beyond it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"

enum { CUT_BELOW = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const char *p, size_t n)
{
	uint8_t *copy = malloc(n); /* NULL for none, as an engine may give it */
	if (n)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		struct mdl_err err = MDL_ERR_INIT;
		if (mdl_file_read(argv[i], &b, &err) != 0) {
			fprintf(stderr, "%s: cannot be read: %s\n", argv[i], err.msg);
			return 1;
		}
		for (size_t n = b.n < CUT_BELOW ? 0 : b.n; n <= b.n; n++)
			run(b.p ? b.p : "", n);
		mdl_buf_free(&b);
	}
	return 0;
}
