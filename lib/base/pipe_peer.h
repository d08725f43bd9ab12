/* SPDX-License-Identifier: MIT
 *
 * Who reads what we write: the program at the other end of a pipe, as /proc tells.
 */
#ifndef MDL_BASE_PIPE_PEER_H
#define MDL_BASE_PIPE_PEER_H

#include <stdbool.h>

/* Is FD a pipe that a process reads as its standard input which was started as PROGRAM with FIRST as its first argument?
 * False also when that cannot be told: no /proc, a process of another user. */
bool mdl_pipe_peer_is(int fd, const char *program, const char *first);

#endif
