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

/* Is FD a pipe from which only programs can read that are medal's: named medal-* and in the folder of this one? A process
 * of another user, whose descriptors we may not see, is taken for no reader. False when it cannot be told, and when nobody
 * reads. */
bool mdl_pipe_readers_are_ours(int fd);

/* Is FD a pipe that a busy process can read which runs the program that our parent runs: a shell that is about to start the
 * reader? One that reads by itself waits, and is none. */
bool mdl_pipe_peer_starts(int fd);

#endif
