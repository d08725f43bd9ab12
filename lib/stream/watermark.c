/* SPDX-License-Identifier: MIT
 *
 * The watermark: see watermark.h.
 */
#include "stream/watermark.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int64_t mdl_watermark_us(int64_t ms)
{
	int64_t us;
	return __builtin_mul_overflow(ms, 1000, &us) ? (ms < 0 ? INT64_MIN : INT64_MAX) : us;
}

void mdl_watermark_init(struct mdl_watermark *wm, const char *text, int64_t delay_us)
{
	/* zero, that is 1970, is where Spark's watermark begins, with a checkpoint and without */
	*wm = (struct mdl_watermark){.text = text, .delay_us = delay_us, .first = true};
}

int mdl_watermark_begin(struct mdl_watermark *wm, struct mdl_begin *b, struct mdl_err *err)
{
	wm->epochs = true;
	wm->seen = false;
	wm->max_us = INT64_MIN;
	wm->late_us = mdl_watermark_us(b->late_watermark_ms);
	if (!wm->text)
		return 0;
	wm->first = !b->watermark;
	if (wm->first)
		b->watermark = mdl_strdup(wm->text);
	else if (strcmp(b->watermark, wm->text) != 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"a pipeline has one watermark: an earlier stage says '%s', this one '%s'; let both say the same, or split the "
			"pipeline with a table between",
			b->watermark, wm->text);
	return 0;
}

/* The greatest event time cut to milliseconds, less the delay, in microseconds. */
static int64_t reached(const struct mdl_watermark *wm)
{
	int64_t ms = wm->max_us / 1000 - (wm->max_us % 1000 < 0), us;
	us = mdl_watermark_us(ms);
	return __builtin_sub_overflow(us, wm->delay_us, &us) ? INT64_MIN : us;
}

bool mdl_watermark_advance(struct mdl_watermark *wm)
{
	int64_t us = wm->seen ? reached(wm) : INT64_MIN;
	if (us <= wm->evict_us)
		return false;
	wm->late_us = wm->evict_us = us;
	return true;
}

void mdl_watermark_barrier(struct mdl_watermark *wm, struct mdl_barrier *bar)
{
	wm->evict_us = mdl_watermark_us(bar->watermark_ms);
	if (!wm->text || !wm->first || bar->final)
		return;
	int64_t next = bar->watermark_ms;
	if (wm->seen) {
		int64_t us = reached(wm), ms = us / 1000 - (us % 1000 < 0);
		if (ms > next)
			next = ms;
	}
	bar->has_next_watermark = true;
	bar->next_watermark_ms = next;
}
