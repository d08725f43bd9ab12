/* SPDX-License-Identifier: MIT
 *
 * medal/pin: who copies a checkpoint holds it (shared flock), who takes files away from
 * it holds it alone. So a backup finds all that the ledger named when it began, and a
 * live pipeline does not wait for it: its purge is put off.
 */
#ifndef MDL_STATE_PIN_H
#define MDL_STATE_PIN_H

#include <stdbool.h>

#include "base/err.h"

/* The descriptor, which the caller closes. ALONE: not waited for; status 75 when a copy is being made. */
int mdl_pin_take(const char *checkpoint, bool alone, struct mdl_err *err);

#endif
