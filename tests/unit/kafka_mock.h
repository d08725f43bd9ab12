/* SPDX-License-Identifier: MIT
 *
 * Three brokers of the mock cluster that librdkafka has inside, with one topic, for the
 * tests of what brokers may answer.
 */
#ifndef MDL_TESTS_KAFKA_MOCK_H
#define MDL_TESTS_KAFKA_MOCK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
/* clang-format off: the one before the other */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
/* clang-format on */

#include "base/log.h"
#include "net/kafka_lib.h"

/* Numbers of Kafka's protocol. */
enum {
	PRODUCE = 0,
	FETCH = 1,
	LIST_OFFSETS = 2,
	METADATA = 3,
	INIT_PRODUCER_ID = 22,
	ADD_OFFSETS_TO_TXN = 25,
	END_TXN = 26,
	TXN_OFFSET_COMMIT = 28
};

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static struct mdl_err err;
static const char topic[] = "t";

/* The topic has one partition and three replicas. */
static inline int mock_start(void **state)
{
	(void)state;
	mdl_log_init("test");
	mdl_log_setup(0, true, false);
	memset(&err, 0, sizeof(err));
	assert_int_equal(mdl_kafka_lib_load(&err), 0);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
	cluster = rd_kafka_mock_cluster_new(host, 3);
	rd_kafka_mock_topic_create(cluster, topic, 1, 3);
	return 0;
}

static inline int mock_stop(void **state)
{
	(void)state;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	return 0;
}

/* A client of librdkafka's own, without anything of ours. */
static inline rd_kafka_t *mock_client(rd_kafka_type_t type, const char *property, const char *value)
{
	char why[256];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why,
			  sizeof(why));
	if (property)
		rd_kafka_conf_set(conf, property, value, why, sizeof(why));
	return rd_kafka_new(type, conf, why, sizeof(why));
}

#endif
