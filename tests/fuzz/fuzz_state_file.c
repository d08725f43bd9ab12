/* SPDX-License-Identifier: MIT
 *
 * A state file of foreign bytes whose checksum is right: its entries come, or it is refused with a message; what is read
 * whole can be copied block by block, and says the same then.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "state/state_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(const char *path, size_t size, uint32_t crc, uint64_t *sum)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_state_reader r;
	struct mdl_slice e;
	int more = mdl_state_reader_open(&r, path, size, crc, NULL, &err) ? -1 : 1;
	*sum = 0;
	while (more > 0 && (more = mdl_state_reader_next(&r, &e, &err)) > 0)
		*sum += mdl_hash128(e.p, e.n).lo;
	mdl_state_reader_close(&r);
	if (more < 0 && !err.msg[0])
		mdl_bug("an error without a message");
	return more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_state_head head = {.stage = "s", .run = "r", .settings = ""};
	struct mdl_compress_blocks pack = {0};
	struct mdl_state_reader r;
	struct mdl_state_writer w = {0};
	char path[64], copy[64];
	uint64_t sum, again;
	int fd = memfd_create("fuzz", MFD_CLOEXEC), fd2 = memfd_create("copy", MFD_CLOEXEC), more;
	if (fd < 0 || fd2 < 0 || mdl_write_all(fd, data, size) != 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", fd2);
	uint32_t crc = mdl_crc32c(0, data, size);
	if (read_all(path, size, crc, &sum) == 0) {
		if (mdl_state_reader_open(&r, path, size, crc, NULL, &err) ||
		    mdl_state_writer_open(&w, copy, &head, &pack, false, &err))
			mdl_bug("%s", err.msg);
		while ((more = mdl_state_reader_copy(&r, &w, &err)) > 0)
			;
		if (more || mdl_state_writer_end(&w, &err) || read_all(copy, w.size, w.crc, &again) ||
		    sum != again)
			mdl_bug("a copy says something else: %s", err.msg);
		mdl_state_reader_close(&r);
		mdl_compress_blocks_free(&pack);
	}
	close(fd);
	close(fd2);
	return 0;
}
