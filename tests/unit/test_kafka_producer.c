/* SPDX-License-Identifier: MIT
 *
 * What brokers may answer to a producer, on librdkafka's mock cluster: what is retried,
 * what fails the epoch, with which status, and that a failed delivery is never
 * silent. The oracle is the mock's own log of what it has accepted: a consumer.
 */
#include "net/kafka_producer.h"

#include "kafka_mock.h"

/* OPEN with -X property (or NULL). */
static struct mdl_kafka_producer *open_producer(const char *id, const char *property)
{
	static const char *props[1];
	static struct mdl_kafka_cli cli;
	props[0] = property;
	cli = (struct mdl_kafka_cli){
		rd_kafka_mock_cluster_bootstraps(cluster), {props, property ? 1 : 0, 1}, NULL};
	struct mdl_kafka_producer_opts o = {.cli = &cli, .topic = topic, .compress = "none", .id = id};
	struct mdl_kafka_producer *p = mdl_kafka_producer_open(&o, &err);
	if (!p)
		fail_msg("%s", err.msg);
	return p;
}

/* How many records a reader finds. */
static int64_t records(void)
{
	int64_t lo, hi;
	rd_kafka_t *rk = mock_client(RD_KAFKA_CONSUMER, NULL, NULL);
	assert_int_equal(rd_kafka_query_watermark_offsets(rk, topic, 0, &lo, &hi, 240000), 0);
	rd_kafka_destroy(rk);
	return hi - lo;
}

static int send_ten(struct mdl_kafka_producer *p)
{
	for (uint64_t i = 1; i <= 10; i++)
		if (mdl_kafka_producer_send(p, mdl_slice_of("{}"), NULL, 0, i, &err))
			return -1;
	return mdl_kafka_producer_flush(p, &err);
}

static void transient_errors_are_retried(void **state)
{
	(void)state;
	static const rd_kafka_resp_err_t errors[] = {
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT};
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int64_t before = records();
		struct mdl_kafka_producer *p = open_producer(NULL, "retry.backoff.ms=10");
		rd_kafka_mock_push_request_errors(cluster, PRODUCE, 2, errors[i], errors[i]);
		if (send_ten(p))
			fail_msg("%s: %s", rd_kafka_err2name(errors[i]), err.msg);
		mdl_kafka_producer_close(p);
		assert_int_equal(records() - before, 10);
	}
}

static void permanent_errors_fail(void **state)
{
	(void)state;
	static const struct {
		rd_kafka_resp_err_t code;
		enum mdl_status status;
	} errors[] = {
		{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, MDL_TROUBLE},
		{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, MDL_TROUBLE},
		{RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, MDL_RETRY},
		{RD_KAFKA_RESP_ERR_INVALID_RECORD, MDL_TROUBLE},
	};
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct mdl_kafka_producer *p = open_producer(NULL, NULL);
		rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, errors[i].code);
		assert_int_equal(send_ten(p), -1);
		assert_int_equal(err.status, errors[i].status);
		assert_non_null(strstr(err.msg, "from line 1 of the input on were not delivered"));
		/* it stays failed */
		assert_int_equal(mdl_kafka_producer_poll(p, &err), -1);
		mdl_kafka_producer_close(p);
	}
}

static void time_out_fails(void **state)
{
	(void)state;
	struct mdl_kafka_producer *p = open_producer(NULL, "message.timeout.ms=1000");
	for (int i = 1; i <= 3; i++)
		rd_kafka_mock_broker_set_down(cluster, i);
	assert_int_equal(send_ten(p), -1);
	assert_int_equal(err.status, MDL_RETRY);
	mdl_kafka_producer_close(p);
}

static int transaction(struct mdl_kafka_producer *p, int64_t epoch)
{
	return mdl_kafka_producer_begin(p, &err) || send_ten(p) ||
	       mdl_kafka_producer_commit(p, epoch, "{}", &err);
}

static void coordinator_moves_and_loads(void **state)
{
	(void)state;
	rd_kafka_mock_push_request_errors(cluster, INIT_PRODUCER_ID, 2,
					  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
					  RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
	struct mdl_kafka_producer *p = open_producer("id", "retry.backoff.ms=10");
	assert_int_equal(mdl_kafka_producer_fence(p, &err), 0);
	rd_kafka_mock_push_request_errors(cluster, TXN_OFFSET_COMMIT, 1,
					  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
	rd_kafka_mock_push_request_errors(cluster, END_TXN, 2, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
					  RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
	if (transaction(p, 0) || transaction(p, 1))
		fail_msg("%s", err.msg);
	mdl_kafka_producer_close(p);
	assert_int_equal(records(), 20);
}

static void refused_commits_fail(void **state)
{
	(void)state;
	static const struct {
		int api;
		rd_kafka_resp_err_t code;
		enum mdl_status status;
		const char *says;
	} errors[] = {
		{END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, MDL_RETRY, "taken over"},
		{ADD_OFFSETS_TO_TXN, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, MDL_TROUBLE,
		 "ACL"},
		{TXN_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, MDL_TROUBLE, "ACL"},
		{PRODUCE, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, MDL_TROUBLE, "ACL"},
	};
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct mdl_kafka_producer *p = open_producer("id", NULL);
		assert_int_equal(mdl_kafka_producer_fence(p, &err), 0);
		rd_kafka_mock_push_request_errors(cluster, (int16_t)errors[i].api, 1, errors[i].code);
		assert_int_not_equal(transaction(p, 5), 0);
		if (err.status != errors[i].status || !strstr(err.msg, errors[i].says))
			fail_msg("%s: %d, %s", rd_kafka_err2name(errors[i].code), err.status, err.msg);
		mdl_kafka_producer_close(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(transient_errors_are_retried, mock_start, mock_stop),
		cmocka_unit_test_setup_teardown(permanent_errors_fail, mock_start, mock_stop),
		cmocka_unit_test_setup_teardown(time_out_fails, mock_start, mock_stop),
		cmocka_unit_test_setup_teardown(coordinator_moves_and_loads, mock_start, mock_stop),
		cmocka_unit_test_setup_teardown(refused_commits_fail, mock_start, mock_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
