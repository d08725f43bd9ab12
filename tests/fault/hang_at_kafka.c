/* SPDX-License-Identifier: MIT
 *
 * Preloaded into a program: librdkafka never comes to the end of a client, as 2.0.2 does
 * when it finds a damaged batch in a partition that was stopped.
 */
#include <librdkafka/rdkafka.h>
#include <unistd.h>

void rd_kafka_destroy_flags(rd_kafka_t *rk, int flags)
{
	(void)rk;
	(void)flags;
	for (;;)
		pause();
}
