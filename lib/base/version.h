/* SPDX-License-Identifier: MIT
 *
 * Versions of formats: what a newer program wrote is no damage. Nothing mends it, puts it aside or reads the half of it;
 * the remedy is a newer medal.
 */
#ifndef MDL_BASE_VERSION_H
#define MDL_BASE_VERSION_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* TEXT begins with "v12", and no other letter or digit follows: 12. Else 0, also for "v0" and "v01". */
uint64_t mdl_version_of(struct mdl_slice text);

/* ERR says that NAME is of VERSION and this medal knows no newer one than KNOWN; err->newer is set. WRITER is who may
 * have written it: "medal", "Spark or medal". Returns -1. */
int mdl_version_newer(struct mdl_err *err, const char *name, const char *writer, uint64_t version,
		      uint64_t known);

#endif
