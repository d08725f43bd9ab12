/* SPDX-License-Identifier: MIT
 *
 * A second thread for one kind of job: the caller goes on while it runs, and waits for
 * it before it touches what the job uses. Signals are left to the first thread.
 */
#ifndef MDL_BASE_WORKER_H
#define MDL_BASE_WORKER_H

struct mdl_worker;

/* How many processors this process may use, at least 1. */
unsigned mdl_worker_processors(void);

/* NULL when there can be no more threads: then the caller runs the job itself. */
struct mdl_worker *mdl_worker_new(void (*job)(void *ctx), void *ctx);
/* Run the job once; the last one must have been waited for. */
void mdl_worker_start(struct mdl_worker *w);
/* Until the job that was started has ended; at once if there is none. */
void mdl_worker_wait(struct mdl_worker *w);
/* Waits, and ends the thread. NULL is fine. */
void mdl_worker_free(struct mdl_worker *w);

#endif
