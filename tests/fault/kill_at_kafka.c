/* SPDX-License-Identifier: MIT
 *
 * Preloaded into medal-write: it dies by SIGKILL at its Nth step of talking to Kafka, or of writing its plan
 * (MEDAL_KILL_AT=N, counted from 1). A step lies before each call, and after those that change something in Kafka.
 * MEDAL_KILL_LOG=FILE: append the names of the steps.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void step(const char *name)
{
	static long left = -1;
	const char *log = getenv("MEDAL_KILL_LOG");
	if (left < 0) {
		const char *n = getenv("MEDAL_KILL_AT");
		left = n ? atol(n) : 0;
	}
	if (log) {
		int fd = open(log, O_WRONLY | O_APPEND | O_CREAT, 0600);
		if (fd >= 0 && write(fd, name, strlen(name)) >= 0)
			(void)!write(fd, "\n", 1);
		close(fd);
	}
	if (left > 0 && --left == 0)
		kill(getpid(), SIGKILL);
}

rd_kafka_error_t *rd_kafka_init_transactions(rd_kafka_t *rk, int timeout_ms)
{
	step("before init");
	rd_kafka_error_t *e = NEXT(rd_kafka_init_transactions)(rk, timeout_ms);
	step("after init");
	return e;
}

rd_kafka_error_t *rd_kafka_begin_transaction(rd_kafka_t *rk)
{
	step("before begin");
	return NEXT(rd_kafka_begin_transaction)(rk);
}

int rd_kafka_produce(rd_kafka_topic_t *rkt, int32_t partition, int flags, void *payload, size_t len,
		     const void *key, size_t keylen, void *opaque)
{
	step("before produce");
	return NEXT(rd_kafka_produce)(rkt, partition, flags, payload, len, key, keylen, opaque);
}

int rename(const char *from, const char *to)
{
	step("before rename");
	return NEXT(rename)(from, to);
}

rd_kafka_error_t *rd_kafka_send_offsets_to_transaction(rd_kafka_t *rk,
						       const rd_kafka_topic_partition_list_t *offsets,
						       const rd_kafka_consumer_group_metadata_t *group,
						       int timeout_ms)
{
	step("before send_offsets");
	rd_kafka_error_t *e = NEXT(rd_kafka_send_offsets_to_transaction)(rk, offsets, group, timeout_ms);
	step("after send_offsets");
	return e;
}

rd_kafka_error_t *rd_kafka_commit_transaction(rd_kafka_t *rk, int timeout_ms)
{
	const char *ms = getenv("MEDAL_KILL_COMMIT_AFTER_MS");
	step("before commit");
	/* in the middle of it: the request is on its way, or with the coordinator */
	pid_t self = getpid();
	if (ms && fork() == 0) {
		usleep((useconds_t)atol(ms) * 1000);
		if (getppid() == self) /* it may have ended by itself */
			kill(self, SIGKILL);
		_exit(0);
	}
	rd_kafka_error_t *e = NEXT(rd_kafka_commit_transaction)(rk, timeout_ms);
	step("after commit");
	return e;
}
