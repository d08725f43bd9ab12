/* SPDX-License-Identifier: MIT
 *
 * A pattern of dates, then a text: what is read can be written, and a pattern that is
 * refused says why.
 */
#include <stdint.h>
#include <string.h>

#include "base/timezone.h"
#include "sql/datetime_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = {0, -1, INT64_MAX, INT64_MIN, 1711852200000000, -62135596800000000};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_arena a;
	const char *p = size ? (const char *)data : "", *nl = size ? memchr(p, '\n', size) : NULL;
	struct mdl_slice text = {p, nl ? (size_t)(nl - p) : size}, s = {"", 0};
	struct mdl_pattern_value v;
	if (nl)
		s = (struct mdl_slice){nl + 1, size - text.n - 1};
	mdl_arena_init(&a);
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	struct mdl_pattern *pattern = mdl_pattern_new(&a, text, &err);
	if (!pattern && !err.msg[0])
		mdl_bug("refused without a message");
	if (pattern && mdl_pattern_read(pattern, s, &v))
		mdl_pattern_write(&b, pattern, v.local_us, v.zone ? v.zone : mdl_zone_utc);
	for (size_t i = 0; pattern && i < sizeof(moments) / sizeof(*moments); i++)
		mdl_pattern_write(&b, pattern, moments[i], mdl_zone_find(MDL_SLICE("America/Los_Angeles")));
	mdl_buf_free(&b);
	mdl_arena_free(&a);
	return 0;
}
