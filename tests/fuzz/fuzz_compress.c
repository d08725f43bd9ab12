/* SPDX-License-Identifier: MIT
 *
 * Compressed streams of foreign bytes: the first byte of the input chooses gzip, zstd
 * or plain, the rest is the stream. It ends or fails with a message, and an error sticks.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compress.h"
#include "base/file.h"

enum { MOST_BYTES = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"f.gz", "f.zst", "f"};
	static char chunk[64 << 10];
	struct mdl_err err = MDL_ERR_INIT;
	size_t total = 0;
	ssize_t n;
	if (!size)
		return 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || mdl_write_all(fd, data + 1, size - 1) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return 0;
	const char *name = names[data[0] % 3];
	struct mdl_compress_reader *r = mdl_compress_reader_open(fd, mdl_compress_of_name(name), name);
	while ((n = mdl_compress_reader_read(r, chunk, sizeof(chunk), &err)) > 0 && total < MOST_BYTES)
		total += (size_t)n;
	if (n < 0 && (!err.msg[0] || mdl_compress_reader_read(r, chunk, sizeof(chunk), &err) != -1))
		mdl_bug("an error without a message, or one that does not stick");
	mdl_compress_reader_close(r);
	close(fd);
	return 0;
}
