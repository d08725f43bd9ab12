/* SPDX-License-Identifier: MIT
 *
 * See kafka_lib.h.
 */
#include "net/kafka_lib.h"

#include <dlfcn.h>

struct mdl_kafka_lib mdl_kafka_lib;

static const struct {
	const char *name;
	void **at;
} functions[] = {
#define FUNCTION(name) {#name, (void **)&mdl_kafka_lib.name},
	MDL_KAFKA_LIB(FUNCTION)};

int mdl_kafka_lib_load(struct mdl_err *err)
{
	static bool loaded;
	if (loaded)
		return 0;
	if (!dlopen("librdkafka.so.1", RTLD_NOW | RTLD_GLOBAL))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"Kafka needs librdkafka, which cannot be loaded: %s; install it (Debian: librdkafka1)",
			dlerror());
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		*functions[i].at = dlsym(RTLD_DEFAULT, functions[i].name);
		if (!*functions[i].at)
			return mdl_err_set(err, MDL_TROUBLE,
					   "this librdkafka has no %s: it is older than 2.0",
					   functions[i].name);
	}
	loaded = true;
	return 0;
}
