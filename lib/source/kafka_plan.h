/* SPDX-License-Identifier: MIT
 *
 * Which partitions are read, from where and to where: the checkpoint against the brokers.
 */
#ifndef MDL_SOURCE_KAFKA_PLAN_H
#define MDL_SOURCE_KAFKA_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "source/kafka_part.h"
#include "source/kafka_source.h"
#include "source/kafka_start.h"
#include "state/checkpoint.h"
#include "state/kafka_state.h"

struct mdl_kafka_plan {
	struct mdl_kafka_client client;
	struct mdl_kafka_part **v; /* by topic, then partition: the order of an epoch */
	size_t n, cap;
	struct mdl_kafka_state
		known;   /* of the checkpoint when the run began, and its brokers, cluster, shard */
	bool has_epochs; /* the checkpoint has; else KNOWN is what -o came to in an earlier run, ... */
	bool has_first;  /* ... if there was one */
	struct mdl_kafka_start start;
	struct mdl_kafka_shard shard;
	bool to_end; /* the run ends at what is there when it begins */
	uint64_t refresh_us;
	int event_fd; /* readable when records have come */
	/* what the group was told, or is to be told when the epoch is committed */
	rd_kafka_topic_partition_list_t *sealed;
	rd_kafka_queue_t *told;
	int telling;
};

/* Under a checkpoint, first: what REC says of CHECKPOINT, its directory. */
int mdl_kafka_plan_resume(struct mdl_kafka_plan *pl, const char *checkpoint, const struct mdl_recovery *rec,
			  struct mdl_err *err);
/* Connect, and decide the partitions and where each begins. CHECKPOINT is NULL without one. */
int mdl_kafka_plan_open(struct mdl_kafka_plan *pl, const struct mdl_kafka_source_opts *k, bool to_end,
			const char *checkpoint, struct mdl_err *err);
void mdl_kafka_plan_close(struct mdl_kafka_plan *pl);

/* Where the run ends, and consuming begins. */
int mdl_kafka_plan_start(struct mdl_kafka_plan *pl, struct mdl_err *err);
/* The ends of the next epoch: MAX_RECORDS offsets in all (0: no limit), shared by what each partition has, as Spark
 * does. */
void mdl_kafka_plan_epoch(struct mdl_kafka_plan *pl, uint64_t max_records);
/* Begins and ends of the epoch of REC's last offsets, which is to be read again. */
int mdl_kafka_plan_replay(struct mdl_kafka_plan *pl, const struct mdl_recovery *rec, struct mdl_err *err);
/* Ask for partitions that are new, and read on from leaders that are. */
int mdl_kafka_plan_refresh(struct mdl_kafka_plan *pl, const struct mdl_kafka_source_opts *k, bool check,
			   struct mdl_err *err);

/* Wait for records until UNTIL at most, and not long. */
int mdl_kafka_plan_wait(struct mdl_kafka_plan *pl, int out_fd, uint64_t until, struct mdl_err *err);

/* Write medal/kafka/EPOCH, and Spark's text of the positions to OFFSET. */
int mdl_kafka_plan_save(struct mdl_kafka_plan *pl, const char *checkpoint, int64_t epoch,
			struct mdl_buf *offset, struct mdl_err *err);

/* Set the group's offsets to those that were written last; _told waits a little for the answers. */
void mdl_kafka_plan_tell_group(struct mdl_kafka_plan *pl);
void mdl_kafka_plan_group_told(struct mdl_kafka_plan *pl);

#endif
