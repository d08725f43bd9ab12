/* SPDX-License-Identifier: MIT
 *
 * What stands beside a marker in Kafka, where anybody may write: read or passed over, and what was read is the same
 * after it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sink/kafka_marker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_kafka_marker first = {0}, second = {0};
	struct mdl_begin b = {.epoch = 1};
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

	mdl_kafka_marker_parse(&first, (struct mdl_slice){size ? (const char *)data : "", size});
	if (!first.has_sum)
		return 0;
	mdl_kafka_marker_format(&text, &b, "t", first.rows, first.sum);
	mdl_kafka_marker_parse(&second, mdl_buf_slice(&text));
	if (!second.has_sum || second.rows != first.rows || second.sum.lo != first.sum.lo ||
	    second.sum.hi != first.sum.hi)
		abort();
	mdl_buf_free(&text);
	return 0;
}
