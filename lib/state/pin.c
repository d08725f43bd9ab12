/* SPDX-License-Identifier: MIT
 *
 * medal/pin: see pin.h.
 */
#include "state/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"

int mdl_pin_take(const char *checkpoint, bool alone, struct mdl_err *err)
{
	char *path = mdl_path_join(checkpoint, "medal/pin");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), r = 0;
	while (fd >= 0 && (r = flock(fd, alone ? LOCK_EX | LOCK_NB : LOCK_SH)) && errno == EINTR)
		;
	if (fd < 0 || r) {
		if (fd >= 0 && errno == EWOULDBLOCK)
			mdl_err_set(err, MDL_RETRY, "a backup of %s is being made; try again when it is done",
				    checkpoint);
		else
			mdl_err_sys(err, "locking %s", path);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}
