/* SPDX-License-Identifier: MIT
 *
 * The watermark: no older event is expected. Spark's rules (FORMATS: Structured
 * Streaming): after each epoch it becomes the greatest event time seen, cut to
 * milliseconds, less the delay, and never falls. In epoch N rows are late by the
 * watermark of epoch N-1 and state is evicted by that of N. Without a checkpoint it
 * moves with each record.
 */
#ifndef MDL_STREAM_WATERMARK_H
#define MDL_STREAM_WATERMARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "stream/barrier.h"

struct mdl_watermark {
	const char *text; /* of the expression and delay, as the begin line carries it; NULL: no watermark */
	int64_t delay_us;
	bool epochs; /* under a checkpoint */
	bool first;  /* this stage is the one that moves the pipeline's watermark */
	bool seen;
	int64_t max_us;   /* greatest event time of the epoch (or the input) */
	int64_t late_us;  /* rows at or below it are late */
	int64_t evict_us; /* what ends at or below it is closed */
};

/* TEXT must stay valid. */
void mdl_watermark_init(struct mdl_watermark *wm, const char *text, int64_t delay_us);
/* An epoch begins: B's thresholds count. Names the watermark in B, or refuses when an earlier stage named another. */
int mdl_watermark_begin(struct mdl_watermark *wm, struct mdl_begin *b, struct mdl_err *err);
/* A row with the event time TS_US, late or not. */
static inline void mdl_watermark_see(struct mdl_watermark *wm, int64_t ts_us)
{
	if (ts_us > wm->max_us || !wm->seen) {
		wm->max_us = ts_us;
		wm->seen = true;
	}
}
/* Without a checkpoint: take in what was seen; true when the watermark rose. */
bool mdl_watermark_advance(struct mdl_watermark *wm);
/* At the barrier: evict_us becomes that of the epoch, and BAR gets the next watermark from the stage that moves it. */
void mdl_watermark_barrier(struct mdl_watermark *wm, struct mdl_barrier *bar);
/* Milliseconds to microseconds, saturating. */
int64_t mdl_watermark_us(int64_t ms);

#endif
