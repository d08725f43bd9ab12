/* SPDX-License-Identifier: MIT
 *
 * How medal talks to librdkafka: the options that its Kafka programs share, the
 * configuration that they come to, and librdkafka's errors as ours. Secrets come
 * from the environment or from files, are refused in arguments (every user of the
 * machine reads those), and are blotted out of librdkafka's own messages.
 */
#ifndef MDL_NET_KAFKA_CONF_H
#define MDL_NET_KAFKA_CONF_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"
#include "net/kafka_lib.h"

/* What the user says. */
struct mdl_kafka_cli {
	const char *brokers;       /* -b */
	struct mdl_opt_list props; /* -X, in order */
	const char *file;          /* -F */
};

/* clang-format off */
#define MDL_OPT_KAFKA(k)                                                                            \
	{MDL_OPT_STRING, 'b', "brokers", "BROKERS", &(k)->brokers,                                  \
	 "Kafka's bootstrap servers: HOST[:PORT],...", NULL},                                       \
	{MDL_OPT_LIST, 'X', "property", "PROPERTY=VALUE", &(k)->props,                              \
	 "a property of librdkafka; PROPERTY=@FILE for what nobody may see", NULL},                            \
	{MDL_OPT_STRING, 'F', "config", "FILE", &(k)->file,                                         \
	 "properties of librdkafka, one PROPERTY=VALUE a line, as for kcat", NULL}
/* clang-format on */

/* A property that a program sets. */
struct mdl_kafka_prop {
	const char *name, *value; /* value NULL: medal does not use it, and the user may not either */
	const char *why;          /* the user may not set it, for this reason; NULL: a default */
};

/* What librdkafka told of one client's brokers: the reason behind a later "timed out". Zeroed at first, and valid as
 * long as the client. */
struct mdl_kafka_heard {
	rd_kafka_resp_err_t code; /* the last, but one that a retry does not mend stays */
	char text[512];
};

/* A configuration from PROPS (which ends with a NULL name), then -F's file (without one: $MEDAL_KAFKA_CONFIG), then
 * the environment (MEDAL_KAFKA_SASL_PASSWORD is sasl.password, ...), then -X, then -b: the later counts. Messages of
 * librdkafka go to base/log.h (-v). The conf's opaque is HEARD: rd_kafka_poll fills it. NULL with ERR; else
 * the caller passes it to rd_kafka_new or to rd_kafka_conf_destroy. Warns of what the user has made unsafe. */
rd_kafka_conf_t *mdl_kafka_conf_make(const struct mdl_kafka_cli *k, const struct mdl_kafka_prop *props,
				     struct mdl_kafka_heard *heard, struct mdl_err *err);

/* rd_kafka_new with our error; takes CONF, also when it fails. NULL with ERR. */
rd_kafka_t *mdl_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct mdl_err *err);

/* End the client RK, or leave it to the end of the process if that takes more than some seconds. NULL: nothing is done. */
void mdl_kafka_destroy(rd_kafka_t *rk);

/* True for a reason that waiting does not mend: a wrong password, a certificate that is not trusted. */
bool mdl_kafka_hopeless(const struct mdl_kafka_heard *heard);

/* Fill ERR from CODE: "FMT...: what librdkafka says; what to do", where the reason in HEARD (may be NULL) stands for a
 * CODE that only says that time ran out. The status is MDL_RETRY for what a retry may mend. Returns -1. TEXT: what
 * librdkafka says of this very case; NULL: its text of CODE. */
int mdl_kafka_err(struct mdl_err *err, rd_kafka_resp_err_t code, const char *text,
		  const struct mdl_kafka_heard *heard, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
