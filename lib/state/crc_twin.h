/* SPDX-License-Identifier: MIT
 *
 * The checksum files that Hadoop's local file system keeps beside what it writes:
 * ".NAME.crc" for NAME ("crc\0", bytes per checksum, a CRC-32 for each such piece, all
 * big-endian). Spark fails on a twin that does not fit to its file, and on one whose
 * file is gone when it wants to write that name again.
 */
#ifndef MDL_STATE_CRC_TWIN_H
#define MDL_STATE_CRC_TWIN_H

#include <stddef.h>

#include "base/err.h"

/* Remove the twins in DIR that have no file or not its checksums; *REMOVED (may be NULL) is increased by their number. A
 * missing DIR has none. */
int mdl_crc_twin_sweep(const char *dir, size_t *removed, struct mdl_err *err);

#endif
