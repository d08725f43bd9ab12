/* SPDX-License-Identifier: MIT
 *
 * MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4) of texts in memory, for md5(), sha1()
 * and sha2(). Not for secrets.
 */
#ifndef MDL_SQL_DIGEST_H
#define MDL_SQL_DIGEST_H

#include <stddef.h>

#include "base/slice.h"

enum { MDL_DIGEST_MAX = 64 };

/* BITS: 128 MD5, 160 SHA-1, 224 256 384 512 SHA-2. Returns the digest's bytes. */
size_t mdl_digest(int bits, struct mdl_slice s, unsigned char out[MDL_DIGEST_MAX]);

#endif
