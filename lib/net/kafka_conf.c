/* SPDX-License-Identifier: MIT
 *
 * librdkafka's configuration, from four places: kafka_conf.h. Its texts of errors
 * are kept and get a remedy behind them; what the library prints on its own passes
 * through log_cb, which blots out every secret that we were given.
 */
#include "net/kafka_conf.h"

#include <ctype.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

enum { FILE_LIMIT = 1 << 20, SHORTEST_SECRET = 4, DESTROY_SECONDS = 10 };

static const char env_prefix[] = "MEDAL_KAFKA_";
static const char env_file[] = "MEDAL_KAFKA_CONFIG";

extern char **environ;

/* ---- secrets ---- */

/* Values that must not appear in a message; for the life of the process, for so long live librdkafka's threads. */
static struct {
	char **v;
	size_t n, cap;
} secrets;

static bool is_secret(const char *name)
{
	size_t n = strlen(name);
	return strstr(name, "password") || strstr(name, "secret") || strcmp(name, "ssl.key.pem") == 0 ||
	       (n > 6 && strcmp(name + n - 6, ".token") == 0);
}

static void remember_secret(const char *value)
{
	if (strlen(value) < SHORTEST_SECRET)
		return;
	MDL_GROW(secrets.v, secrets.n, secrets.cap);
	secrets.v[secrets.n++] = mdl_strdup(value);
}

/* TEXT with stars in place of each secret. */
static void blot(char *text)
{
	for (size_t i = 0; i < secrets.n; i++)
		for (char *p = text; (p = strstr(p, secrets.v[i])); p += strlen(secrets.v[i]))
			memset(p, '*', strlen(secrets.v[i]));
}

/* ---- what librdkafka says ---- */

static void log_cb(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
	char text[4096];

	snprintf(text, sizeof(text), "kafka: %s (%s, %s)", buf, fac, rk ? rd_kafka_name(rk) : "");
	blot(text);
	/* What is tried again is no news, and what is not becomes an error of ours; heard_cb keeps the reasons. */
	if (level <= LOG_INFO)
		mdl_info("%s", text);
	else
		mdl_debug("%s", text);
}

/* How OpenSSL says that the broker refused us. */
static const char ssl_alert[] = "SSL alert number";

bool mdl_kafka_hopeless(const struct mdl_kafka_heard *heard)
{
	return heard->code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	       heard->code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
	       heard->code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM ||
	       (heard->code == RD_KAFKA_RESP_ERR__SSL &&
		(strstr(heard->text, "verif") || strstr(heard->text, ssl_alert)));
}

static void heard_cb(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct mdl_kafka_heard *h = opaque;
	char fatal[512];

	if (mdl_kafka_hopeless(h) || (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && h->code))
		return; /* "all brokers are down" only says that what went before holds for all */
	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(rk, fatal, sizeof(fatal));
		reason = fatal;
	}
	if (code == RD_KAFKA_RESP_ERR__TRANSPORT && strstr(reason, ssl_alert))
		code = RD_KAFKA_RESP_ERR__SSL; /* TLS 1.3 says it after the handshake */
	h->code = (rd_kafka_resp_err_t)code;
	snprintf(h->text, sizeof(h->text), "%s", reason);
	blot(h->text);
}

/* ---- properties ---- */

struct setting {
	rd_kafka_conf_t *conf;
	const struct mdl_kafka_prop *props;
};

/* NAME=VALUE from the user; WHERE is the place for messages, which never show VALUE. */
static int user_set(const struct setting *s, const char *where, const char *name, const char *value,
		    struct mdl_err *err)
{
	char why[512];

	for (const struct mdl_kafka_prop *p = s->props; p->name; p++)
		if (p->why && strcmp(p->name, name) == 0)
			return mdl_err_set(err, MDL_TROUBLE, "%s: %s is not for the user to set: %s", where,
					   name, p->why);
	if (is_secret(name))
		remember_secret(value);
	rd_kafka_conf_res_t r = rd_kafka_conf_set(s->conf, name, value, why, sizeof(why));
	if (r == RD_KAFKA_CONF_UNKNOWN)
		return mdl_err_set(err, MDL_TROUBLE, "%s: librdkafka has no property '%s'; %s", where, name,
				   strncmp(name, "kafka.", 6) == 0
					   ? "write it without 'kafka.', which only Spark wants"
					   : "kcat -X list prints what it has");
	if (r != RD_KAFKA_CONF_OK) {
		blot(why);
		return mdl_err_set(err, MDL_TROUBLE, "%s: %s", where, why);
	}
	return 0;
}

static char *trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	size_t n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

static void warn_if_open(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH))
		mdl_warning("%s holds a secret and every user of this machine may read it: chmod o-r %s",
			    path, path);
}

/* kcat's format: PROPERTY=VALUE, blank lines, # at the start of a line. */
static int from_file(const struct setting *s, const char *path, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);
	int r = mdl_file_read(path, &text, err);
	bool secret = false;

	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "there is no file %s (properties for Kafka)", path);
	char *p = r ? NULL : mdl_strdup(mdl_buf_cstr(&text));
	size_t line_no = 0;

	for (char *line = p, *next; !r && line; line = next) {
		char where[512];
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		snprintf(where, sizeof(where), "%s:%zu", path, ++line_no);
		line = trim(line);
		if (!*line || *line == '#')
			continue;
		char *value = strchr(line, '=');
		if (!value) {
			r = mdl_err_set(err, MDL_TROUBLE, "%s: a line is PROPERTY=VALUE", where);
			break;
		}
		*value++ = '\0';
		line = trim(line);
		secret |= is_secret(line);
		r = user_set(s, where, line, trim(value), err);
	}
	if (!r && secret)
		warn_if_open(path);
	free(p);
	mdl_buf_free(&text);
	return r;
}

static int from_environment(const struct setting *s, struct mdl_err *err)
{
	for (char **e = environ; *e; e++) {
		char name[256];
		const char *value = strchr(*e, '=');
		size_t skip = sizeof(env_prefix) - 1;
		if (strncmp(*e, env_prefix, skip) != 0 || !value || (size_t)(value - *e) >= sizeof(name))
			continue;
		char *var = mdl_strndup(*e, (size_t)(value - *e));
		snprintf(name, sizeof(name), "%s", var + skip);
		for (char *c = name; *c; c++)
			*c = *c == '_' ? '.' : (char)tolower((unsigned char)*c);
		int r = strcmp(var, env_file) == 0 ? 0 : user_set(s, var, name, value + 1, err);
		free(var);
		if (r)
			return -1;
	}
	return 0;
}

/* The secret NAME from the file PATH, without the line's end. */
static int secret_from(const struct setting *s, const char *name, const char *path, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(FILE_LIMIT);
	int r = mdl_file_read(path, &text, err);

	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "-X %s=@%s: there is no such file", name, path);
	while (!r && text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (!r && memchr(mdl_buf_slice(&text).p, '\0', text.n))
		r = mdl_err_set(err, MDL_TROUBLE, "-X %s=@%s: the file is no text", name, path);
	if (!r) {
		char where[512];
		snprintf(where, sizeof(where), "-X %s=@%s", name, path);
		warn_if_open(path);
		r = user_set(s, where, name, mdl_buf_cstr(&text), err);
	}
	mdl_buf_free(&text);
	return r;
}

static int from_argument(const struct setting *s, const char *arg, struct mdl_err *err)
{
	const char *eq = strchr(arg, '=');
	char name[256], var[256], where[300];

	if (!eq || eq == arg || (size_t)(eq - arg) >= sizeof(name))
		return mdl_err_set(err, MDL_TROUBLE, "option -X: '%.*s' is not PROPERTY=VALUE",
				   (int)strcspn(arg, "="), arg);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - arg), arg);
	if (is_secret(name) && eq[1] == '@')
		return secret_from(s, name, eq + 2, err);
	if (is_secret(name) && eq[1]) {
		size_t i = 0;
		for (; name[i]; i++)
			var[i] = name[i] == '.' ? '_' : (char)toupper((unsigned char)name[i]);
		var[i] = '\0';
		return mdl_err_set(
			err, MDL_TROUBLE,
			"-X %s: a secret in an argument can be read by every user of this machine (ps); "
			"write -X %s=@FILE, put it into the file of -F, or set the variable %s%s",
			name, name, env_prefix, var);
	}
	snprintf(where, sizeof(where), "-X %s", name);
	return user_set(s, where, name, eq + 1, err);
}

/* Is NAME set to VALUE (letters of either case)? */
static bool conf_is(const rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char now[512];
	size_t n = sizeof(now);
	return rd_kafka_conf_get(conf, name, now, &n) == RD_KAFKA_CONF_OK && strcasecmp(now, value) == 0;
}

/* Once in a process, however many clients it has. */
static void warn_of_unsafe(const rd_kafka_conf_t *conf)
{
	static bool warned;

	if (warned)
		return;
	warned = true;
	if (conf_is(conf, "enable.ssl.certificate.verification", "false"))
		mdl_warning(
			"enable.ssl.certificate.verification=false: anybody on the way can pass for the broker "
			"and read what is sent, the password too; name the CA with ssl.ca.location instead");
	else if (conf_is(conf, "ssl.endpoint.identification.algorithm", "none"))
		mdl_warning(
			"ssl.endpoint.identification.algorithm=none: a certificate of any host passes for the "
			"broker's; use the host name that the certificate has");
	if (conf_is(conf, "security.protocol", "sasl_plaintext") && conf_is(conf, "sasl.mechanisms", "PLAIN"))
		mdl_warning("security.protocol=sasl_plaintext with PLAIN sends the password unencrypted; "
			    "use sasl_ssl");
}

static int fill(const struct setting *s, const struct mdl_kafka_cli *k, struct mdl_err *err)
{
	const char *file = k->file ? k->file : getenv(env_file);
	char why[512];

	for (const struct mdl_kafka_prop *p = s->props; p->name; p++)
		if (p->value && rd_kafka_conf_set(s->conf, p->name, p->value, why, sizeof(why)))
			mdl_bug("librdkafka refuses %s=%s: %s", p->name, p->value, why);
	if ((file && *file && from_file(s, file, err)) || from_environment(s, err))
		return -1;
	for (size_t i = 0; i < k->props.n; i++)
		if (from_argument(s, k->props.v[i], err))
			return -1;
	if (k->brokers && user_set(s, "-b", "bootstrap.servers", k->brokers, err))
		return -1;
	size_t n = 0;
	if (rd_kafka_conf_get(s->conf, "bootstrap.servers", NULL, &n) != RD_KAFKA_CONF_OK || n <= 1)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"no brokers are named: give -b HOST:PORT, or bootstrap.servers in the file of -F");
	warn_of_unsafe(s->conf);
	return 0;
}

rd_kafka_conf_t *mdl_kafka_conf_make(const struct mdl_kafka_cli *k, const struct mdl_kafka_prop *props,
				     struct mdl_kafka_heard *heard, struct mdl_err *err)
{
	struct setting s = {NULL, props};

	if (mdl_kafka_lib_load(err))
		return NULL;
	s.conf = rd_kafka_conf_new();
	rd_kafka_conf_set_log_cb(s.conf, log_cb);
	rd_kafka_conf_set_error_cb(s.conf, heard_cb);
	rd_kafka_conf_set_opaque(s.conf, heard);
	if (fill(&s, k, err)) {
		rd_kafka_conf_destroy(s.conf);
		return NULL;
	}
	return s.conf;
}

rd_kafka_t *mdl_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct mdl_err *err)
{
	char why[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof(why));

	if (!rk) {
		rd_kafka_conf_destroy(conf);
		blot(why);
		mdl_err_set(err, MDL_TROUBLE, "librdkafka does not take this configuration: %s", why);
	}
	return rk;
}

static void *destroy(void *rk)
{
	rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	return NULL;
}

/* librdkafka 2.0.2 can wait for itself here for ever: a broker's thread that finds a damaged batch after its partition was
 * stopped takes a lock that it has. Nothing is left to be done for the broker then, and the status is known. */
void mdl_kafka_destroy(rd_kafka_t *rk)
{
	struct timespec until;
	pthread_t thread;

	if (!rk)
		return;
	if (pthread_create(&thread, NULL, destroy, rk)) {
		destroy(rk);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DESTROY_SECONDS;
	if (pthread_timedjoin_np(thread, NULL, &until))
		pthread_detach(thread);
}

/* ---- errors ---- */

static enum mdl_status status_of(rd_kafka_resp_err_t code)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR__INVALID_ARG:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
	case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
	case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
	case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
	case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
	case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
		return MDL_TROUBLE;
	default:
		return MDL_RETRY;
	}
}

/* Time ran out, or nobody answers: what was heard before is the better reason. */
static bool says_little(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
	       code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT ||
	       code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE || code == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

/* Before 2.6.1 librdkafka sent the client's nonce twice, which Kafka 4 answers with "invalid credentials". */
static bool is_scram_trouble(const char *text)
{
	return rd_kafka_version() < 0x020601ff && strstr(text, "SCRAM");
}

static const char *advice(rd_kafka_resp_err_t code, const char *text)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
		return is_scram_trouble(text)
			       ? "if user and password are right, this is a fault of librdkafka before 2.6.1: Kafka 4 "
				 "refuses its SCRAM; use sasl.mechanisms=PLAIN over sasl_ssl, or a newer librdkafka"
			       : "look at sasl.mechanisms, sasl.username and the password";
	case RD_KAFKA_RESP_ERR__SSL:
		if (strstr(text, ssl_alert))
			return "the broker wants a certificate of the client that it trusts: ssl.certificate.location and "
			       "ssl.key.location, or ssl.keystore.location";
		return strstr(text, "verif")
			       ? "name the CA that signed the broker's certificate with ssl.ca.location, and the host "
				 "by the name in the certificate"
			       : "does this port of the broker speak TLS, and is security.protocol right?";
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		return "look at its name, or create it first";
	case RD_KAFKA_RESP_ERR__RESOLVE:
		return "look at the name of the host";
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		/* librdkafka guesses that the broker is from before 2016 */
		return strstr(text, "ApiVersionRequest failed")
			       ? "it takes connections and does not answer: is the broker paused or busy, does something on "
				 "the way swallow the packets, or does this port speak TLS (security.protocol)?"
			       : "are the brokers up, and is this their port?";
	case RD_KAFKA_RESP_ERR__BAD_MSG:
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
		return "nothing of it was taken: run again, and if it stays so, it is damaged on the broker's disk; on "
		       "the way to here TLS protects it (security.protocol)";
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return "the broker's ACLs do not allow it";
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
		return "raise the topic's max.message.bytes and -X message.max.bytes";
	default:
		return NULL;
	}
}

int mdl_kafka_err(struct mdl_err *err, rd_kafka_resp_err_t code, const char *text,
		  const struct mdl_kafka_heard *heard, const char *fmt, ...)
{
	char what[512], says[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (heard && heard->code && says_little(code)) {
		code = heard->code;
		text = heard->text;
	}
	snprintf(says, sizeof(says), "%s", text && *text ? text : rd_kafka_err2str(code));
	blot(says);
	const char *remedy = advice(code, says);
	return mdl_err_set(err, status_of(code), "%s: %s%s%s", what, says, remedy ? "; " : "",
			   remedy ? remedy : "");
}
