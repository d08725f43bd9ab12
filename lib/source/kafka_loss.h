/* SPDX-License-Identifier: MIT
 *
 * What is said, and done, when a partition does not hold what is to be read: records
 * deleted before they were read, a log cut off or made anew. Nothing of it passes in
 * silence: the run stops and names the range, or, allowed to, goes on and counts.
 */
#ifndef MDL_SOURCE_KAFKA_LOSS_H
#define MDL_SOURCE_KAFKA_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "source/kafka_plan.h"
#include "stream/filter.h"

/* P's position, or its last record, is not in the log (MDL_KAFKA_PART_GONE, _OTHER). Find out why. 0: nothing is lost,
 * or ALLOW: P goes on at what is there, and the loss is in F's bucket "lost". -1: ERR names what is lost. */
int mdl_kafka_loss_judge(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, bool allow,
			 struct mdl_filter *f, struct mdl_err *err);

/* P's records up to p->end did not come within WAITED_US: an error of what is known. */
int mdl_kafka_loss_stalled(struct mdl_kafka_plan *pl, struct mdl_kafka_part *p, uint64_t waited_us,
			   struct mdl_err *err);

/* P gave a record at OFFSET, which is behind all that was known of the log. 0: the log has grown. -1: there is no such
 * offset, and ERR says so. */
int mdl_kafka_loss_beyond(struct mdl_kafka_plan *pl, const struct mdl_kafka_part *p, int64_t offset,
			  struct mdl_err *err);

#endif
