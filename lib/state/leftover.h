/* SPDX-License-Identifier: MIT
 *
 * What killed processes leave in a folder: temporary files ".NAME.<pid>.tmp" (base/file.h),
 * and folders of runs whose run is over.
 */
#ifndef MDL_STATE_LEFTOVER_H
#define MDL_STATE_LEFTOVER_H

#include <stdbool.h>

#include "base/err.h"

/* Is NAME one that base/file.h gives to files that are being written? */
bool mdl_leftover_is_temporary(const char *name);

/* Remove <run_dir>/<run>.d with what is in it; a missing one is fine. */
int mdl_leftover_remove_run(const char *run_dir, const char *run, struct mdl_err *err);
/* Remove the temporary files in the folders of the checkpoint CHECKPOINT, and medal/run/<run>.d without its <run>. The
 * caller owns the checkpoint and has barred all runs: nobody is writing there. */
int mdl_leftover_sweep(const char *checkpoint, struct mdl_err *err);
/* Remove those temporary files of DIR whose process is not there any more. A missing DIR is fine. */
int mdl_leftover_sweep_dead(const char *dir, struct mdl_err *err);

#endif
