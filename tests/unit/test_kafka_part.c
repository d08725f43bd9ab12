/* SPDX-License-Identifier: MIT
 *
 * What brokers may answer to a consumer, on librdkafka's mock cluster: each record comes
 * once and in order whatever is retried, the end is told, and what no retry mends is an
 * error with its status. The oracle is what was produced.
 */
#include "source/kafka_part.h"

#include "kafka_mock.h"

/* PATIENCE: tries of a tenth of a second */
enum { RECORDS = 1000, PATIENCE = 2400 };

static struct mdl_kafka_client client;

static void produce(int n)
{
	rd_kafka_t *rk = mock_client(RD_KAFKA_PRODUCER, "batch.num.messages", "50");
	for (int i = 0; i < n; i++) {
		char text[32];
		int len = snprintf(text, sizeof(text), "{\"n\":%d}", i);
		assert_int_equal(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
						   RD_KAFKA_V_VALUE(text, (size_t)len),
						   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
				 0);
	}
	assert_int_equal(rd_kafka_flush(rk, 240000), 0);
	rd_kafka_destroy(rk);
}

static int set_up(void **state)
{
	mock_start(state);
	produce(RECORDS);
	struct mdl_kafka_cli cli = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster)};
	assert_int_equal(mdl_kafka_client_open(&client, &cli, NULL, 240000000, &err), 0);
	return 0;
}

static int tear_down(void **state)
{
	mdl_kafka_client_close(&client);
	return mock_stop(state);
}

/* Take all records from FROM on; AT a certain one MEDDLE is called. */
static void take_all(struct mdl_kafka_part *p, int64_t from, void (*meddle)(void))
{
	rd_kafka_message_t *m;
	int64_t want = from;
	for (int tries = 0; tries < PATIENCE && p->eof < RECORDS; tries++) {
		enum mdl_kafka_part_state s = mdl_kafka_part_next(p, &client, 100, &m, &err);
		rd_kafka_poll(client.rk, 0);
		assert_string_equal(err.msg, "");
		if (s == MDL_KAFKA_PART_EMPTY)
			continue;
		assert_int_equal(s, MDL_KAFKA_PART_RECORD);
		char text[32];
		snprintf(text, sizeof(text), "{\"n\":%d}", (int)want);
		assert_int_equal(m->offset, want++);
		assert_int_equal(m->len, strlen(text));
		assert_memory_equal(m->payload, text, m->len);
		mdl_kafka_part_took(p, true);
		rd_kafka_message_destroy(m);
		if (meddle && want == RECORDS / 2)
			meddle();
		tries = 0;
	}
	assert_int_equal(want, RECORDS);
	assert_int_equal(p->position, RECORDS);
	assert_int_equal(p->eof, RECORDS);
}

static void each_record_comes_once(void **state)
{
	(void)state;
	struct mdl_kafka_part p;
	mdl_kafka_part_init(&p, topic, 0, 0);
	assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
	take_all(&p, 0, NULL);
	mdl_kafka_part_free(&p);
}

static void trouble(void)
{
	static const rd_kafka_resp_err_t codes[] = {
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,     RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
		RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH};
	rd_kafka_mock_push_request_errors_array(cluster, FETCH, sizeof(codes) / sizeof(*codes), codes);
	rd_kafka_mock_push_request_errors(cluster, METADATA, 1, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	rd_kafka_mock_partition_set_leader(cluster, topic, 0, 2);
}

static void what_a_retry_mends_is_retried(void **state)
{
	(void)state;
	struct mdl_kafka_part p;
	trouble();
	mdl_kafka_part_init(&p, topic, 0, 0);
	assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
	take_all(&p, 0, trouble);
	mdl_kafka_part_free(&p);
}

static void down_and_up(void)
{
	for (int id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_down(cluster, id);
	for (int id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_up(cluster, id);
}

static void brokers_that_go_and_come(void **state)
{
	(void)state;
	struct mdl_kafka_part p;
	mdl_kafka_part_init(&p, topic, 0, 0);
	assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
	take_all(&p, 0, down_and_up);
	/* started again at the last record, which is proved and not handed out twice */
	p.position = 700;
	p.last = 699;
	assert_int_equal(mdl_kafka_part_start(&p, &client, false, -1, &err), 0);
	take_all(&p, 700, NULL);
	mdl_kafka_part_free(&p);
}

static void another_log_is_told(void **state)
{
	(void)state;
	rd_kafka_message_t *m;
	struct mdl_kafka_part p;
	mdl_kafka_part_init(&p, topic, 0, 0);
	assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
	take_all(&p, 0, NULL);
	/* the same log, and one where another record stands there */
	for (int other = 0; other < 2; other++) {
		enum mdl_kafka_part_state s = MDL_KAFKA_PART_EMPTY;
		p.last_print += (uint64_t)other;
		assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
		for (int i = 0; i < PATIENCE && s == MDL_KAFKA_PART_EMPTY && p.eof < 0; i++)
			s = mdl_kafka_part_next(&p, &client, 100, &m, &err);
		assert_int_equal(s, other ? MDL_KAFKA_PART_OTHER : MDL_KAFKA_PART_EMPTY);
		assert_false(p.checking);
	}
	/* behind the end */
	enum mdl_kafka_part_state s = MDL_KAFKA_PART_EMPTY;
	p.position = RECORDS + 5;
	assert_int_equal(mdl_kafka_part_start(&p, &client, false, -1, &err), 0);
	for (int i = 0; i < PATIENCE && s == MDL_KAFKA_PART_EMPTY; i++)
		s = mdl_kafka_part_next(&p, &client, 100, &m, &err);
	assert_int_equal(s, MDL_KAFKA_PART_GONE);
	mdl_kafka_part_free(&p);
}

static void what_no_retry_mends_is_an_error(void **state)
{
	(void)state;
	rd_kafka_message_t *m;
	struct mdl_kafka_part p;
	enum mdl_kafka_part_state s = MDL_KAFKA_PART_EMPTY;
	rd_kafka_mock_push_request_errors(cluster, FETCH, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	mdl_kafka_part_init(&p, topic, 0, 0);
	assert_int_equal(mdl_kafka_part_start(&p, &client, true, -1, &err), 0);
	for (int i = 0; i < PATIENCE && s == MDL_KAFKA_PART_EMPTY; i++)
		s = mdl_kafka_part_next(&p, &client, 100, &m, &err);
	assert_int_equal(s, MDL_KAFKA_PART_FAILED);
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_non_null(strstr(err.msg, "t [0] at offset 0"));
	mdl_kafka_part_free(&p);
}

/* Each error at each request that a source makes: all records once, in order, or an error, and never silence. */
static void each_error_at_each_request(void **state)
{
	(void)state;
	static const struct {
		rd_kafka_resp_err_t code;
		bool mends; /* by itself */
	} errors[] = {
		{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, true},
		{RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, true},
		{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, true},
		{RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, true},
		{RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, true},
		{RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, true},
		{RD_KAFKA_RESP_ERR_UNKNOWN, true},
		{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, false},
		{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, false},
		{RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, false},
	};
	static const int apis[] = {FETCH, LIST_OFFSETS, METADATA};
	for (size_t k = 0; k < sizeof(errors) / sizeof(*errors) * 3; k++) {
		struct mdl_kafka_cli cli = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster)};
		struct mdl_kafka_client c;
		struct mdl_kafka_places places;
		struct mdl_kafka_part p;
		const char *t = topic;
		rd_kafka_message_t *m;
		int api = apis[k % 3];
		int64_t begin = -1, want = 0;
		mdl_err_clear(&err);
		rd_kafka_mock_push_request_errors(cluster, (int16_t)api, 1, errors[k / 3].code);
		assert_int_equal(mdl_kafka_client_open(&c, &cli, NULL, 240000000, &err), 0);
		int r = mdl_kafka_client_places(&c, &t, 1, NULL, &places, &err);
		if (!r) {
			r = mdl_kafka_client_offsets(&c, places.v, places.n, MDL_KAFKA_BEGIN, &begin, &err);
			mdl_kafka_places_free(&places);
		}
		mdl_kafka_part_init(&p, topic, 0, 0);
		r = r || mdl_kafka_part_start(&p, &c, true, -1, &err);
		for (int tries = 0; !r && p.eof < RECORDS; tries++) {
			enum mdl_kafka_part_state s = mdl_kafka_part_next(&p, &c, 100, &m, &err);
			assert_int_not_equal(s, MDL_KAFKA_PART_OTHER);
			if (tries >= PATIENCE || s == MDL_KAFKA_PART_GONE)
				fail_msg("%s at request %d: state %d", rd_kafka_err2name(errors[k / 3].code),
					 api, s);
			r = s == MDL_KAFKA_PART_FAILED;
			if (s != MDL_KAFKA_PART_RECORD)
				continue;
			assert_int_equal(m->offset, want++);
			mdl_kafka_part_took(&p, true);
			rd_kafka_message_destroy(m);
			tries = 0;
		}
		if (r ? !err.msg[0] || errors[k / 3].mends : want != RECORDS)
			fail_msg("%s at request %d: %s, %d records", rd_kafka_err2name(errors[k / 3].code),
				 api, r ? err.msg : "no error", (int)want);
		mdl_kafka_part_free(&p);
		mdl_kafka_client_close(&c);
		rd_kafka_mock_clear_request_errors(cluster, (int16_t)api);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_record_comes_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_retry_mends_is_retried, set_up, tear_down),
		cmocka_unit_test_setup_teardown(brokers_that_go_and_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_log_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_no_retry_mends_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_error_at_each_request, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("kafka_part", tests, NULL, NULL);
}
