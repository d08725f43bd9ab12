/* SPDX-License-Identifier: MIT
 *
 * Kafka's properties: which place wins, what is refused, that no secret is shown.
 * The oracle is librdkafka's own rd_kafka_conf_get.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "net/kafka_conf.h"

static const struct mdl_kafka_prop props[] = {
	{"check.crcs", "true", NULL},
	{"enable.auto.commit", "false", "the checkpoint has the offsets"},
	{"group.id", NULL, "use --group"},
	{NULL, NULL, NULL},
};

static struct mdl_err err;
static struct mdl_kafka_heard heard;
static char file[] = "kafka_conf.test";

static void put(const char *text, mode_t mode)
{
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(file, mode), 0);
}

static rd_kafka_conf_t *make(const char *brokers, const char *conf, const char *x1, const char *x2)
{
	const char *x[2] = {x1, x2};
	struct mdl_kafka_cli k = {brokers, {x, (size_t)(!!x1 + !!x2), 2}, conf};
	memset(&err, 0, sizeof(err));
	return mdl_kafka_conf_make(&k, props, &heard, &err);
}

static void has(rd_kafka_conf_t *conf, const char *name, const char *want)
{
	char v[256];
	size_t n = sizeof(v);
	assert_non_null(conf);
	assert_int_equal(rd_kafka_conf_get(conf, name, v, &n), RD_KAFKA_CONF_OK);
	assert_string_equal(v, want);
}

static void refused(rd_kafka_conf_t *conf, const char *part)
{
	assert_null(conf);
	if (!strstr(err.msg, part))
		fail_msg("'%s' is not in: %s", part, err.msg);
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_null(strstr(err.msg, "canary"));
}

static void the_later_place_wins(void **state)
{
	(void)state;
	put("# of kcat\n\n  client.id = from file\r\nlinger.ms=7\nbootstrap.servers=a:1\nsasl.username=me\n",
	    0600);
	setenv("MEDAL_KAFKA_SASL_USERNAME", "env", 1);
	setenv("MEDAL_KAFKA_LINGER_MS", "8", 1);
	rd_kafka_conf_t *c = make(NULL, file, "linger.ms=9", "check.crcs=false");
	has(c, "client.id", "from file");
	has(c, "linger.ms", "9");
	has(c, "sasl.username", "env");
	has(c, "bootstrap.servers", "a:1");
	has(c, "check.crcs", "false");
	has(c, "enable.auto.commit", "false");
	rd_kafka_conf_destroy(c);
	c = make("b:2", file, NULL, NULL);
	has(c, "bootstrap.servers", "b:2");
	rd_kafka_conf_destroy(c);
	unsetenv("MEDAL_KAFKA_SASL_USERNAME");
	unsetenv("MEDAL_KAFKA_LINGER_MS");
	setenv("MEDAL_KAFKA_CONFIG", file, 1);
	c = make(NULL, NULL, NULL, NULL);
	has(c, "linger.ms", "7");
	rd_kafka_conf_destroy(c);
	unsetenv("MEDAL_KAFKA_CONFIG");
}

static void secrets_come_from_files_and_the_environment(void **state)
{
	(void)state;
	put("canary-in-file\n", 0600);
	rd_kafka_conf_t *c = make("a", NULL, "sasl.password=@kafka_conf.test", NULL);
	has(c, "sasl.password", "canary-in-file");
	rd_kafka_conf_destroy(c);
	setenv("MEDAL_KAFKA_SASL_PASSWORD", "canary-in-env", 1);
	c = make("a", NULL, NULL, NULL);
	has(c, "sasl.password", "canary-in-env");
	rd_kafka_conf_destroy(c);
	unsetenv("MEDAL_KAFKA_SASL_PASSWORD");
	put("sasl.password=@canary\n", 0600); /* in a file a value is what it says */
	c = make("a", file, NULL, NULL);
	has(c, "sasl.password", "@canary");
	rd_kafka_conf_destroy(c);
}

static void secrets_in_arguments_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = {"sasl.password", "ssl.key.password", "ssl.keystore.password",
					    "ssl.key.pem", "sasl.oauthbearer.client.secret"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char arg[128];
		snprintf(arg, sizeof(arg), "%s=canary", names[i]);
		refused(make("a", NULL, arg, NULL), "MEDAL_KAFKA_");
	}
	refused(make("a", NULL, "sasl.password=@no-such-file", NULL), "no such file");
}

static void mistakes_are_named(void **state)
{
	(void)state;
	refused(make("a", NULL, "sasl.pasword=canary", NULL), "no property 'sasl.pasword'");
	refused(make("a", NULL, "sasl.jaas.config=canary", NULL), "JAAS");
	refused(make("a", NULL, "kafka.security.protocol=ssl", NULL), "only Spark");
	refused(make("a", NULL, "linger.ms", NULL), "PROPERTY=VALUE");
	refused(make("a", NULL, "message.max.bytes=soon", NULL), "message.max.bytes");
	refused(make("a", NULL, "enable.auto.commit=true", NULL), "the checkpoint has the offsets");
	refused(make("a", NULL, "group.id=x", NULL), "use --group");
	refused(make("a", "no-such-file", NULL, NULL), "no file no-such-file");
	refused(make(NULL, NULL, NULL, NULL), "no brokers");
	put("client.id=x\nsasl.password canary\n", 0600);
	refused(make("a", file, NULL, NULL), "kafka_conf.test:2: a line is PROPERTY=VALUE");
	put("group.id=x\n", 0600);
	refused(make("a", file, NULL, NULL), "kafka_conf.test:1: group.id");
	setenv("MEDAL_KAFKA_NO_SUCH", "canary", 1);
	refused(make("a", NULL, NULL, NULL), "MEDAL_KAFKA_NO_SUCH");
	unsetenv("MEDAL_KAFKA_NO_SUCH");
}

static void errors_have_a_status_and_a_remedy(void **state)
{
	(void)state;
	struct mdl_kafka_heard h = {RD_KAFKA_RESP_ERR__AUTHENTICATION,
				    "invalid credentials with SASL mechanism "
				    "SCRAM-SHA-512"};
	assert_true(mdl_kafka_hopeless(&h));
	mdl_kafka_err(&err, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, &h, "topic %s", "t");
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_non_null(strstr(err.msg, "topic t: invalid credentials"));
	assert_int_equal(rd_kafka_version() < 0x020601ff, strstr(err.msg, "2.6.1") != NULL);
	mdl_kafka_err(&err, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, NULL, &h, "topic t");
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_non_null(strstr(err.msg, "create it first"));
	h = (struct mdl_kafka_heard){RD_KAFKA_RESP_ERR__TRANSPORT, "a:1: Connect failed: Connection refused"};
	assert_false(mdl_kafka_hopeless(&h));
	mdl_kafka_err(&err, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, &h, "topic t");
	assert_int_equal(err.status, MDL_RETRY);
	assert_non_null(strstr(err.msg, "Connection refused; are the brokers up"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_later_place_wins),
		cmocka_unit_test(secrets_come_from_files_and_the_environment),
		cmocka_unit_test(secrets_in_arguments_are_refused),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(errors_have_a_status_and_a_remedy),
	};
	mdl_log_init("test");
	mdl_log_setup(0, true, false);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(file);
	return r;
}
