/* SPDX-License-Identifier: MIT
 *
 * Patterns of dates ("yyyy-MM-dd HH:mm:ss.SSS"): Spark's DateTimeFormatter letters,
 * for writing and for reading. Names are English, as Spark's are.
 */
#ifndef MDL_SQL_DATETIME_PATTERN_H
#define MDL_SQL_DATETIME_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/timestamp.h"

struct mdl_pattern;

/* Compiled in A; ERR with Spark's class for a letter or a length that it refuses. */
struct mdl_pattern *mdl_pattern_new(struct mdl_arena *a, struct mdl_slice text, struct mdl_err *err);
/* NULL, or the class of Spark's error for a pattern that it takes for writing alone; NTZ: for TIMESTAMP_NTZ. */
const char *mdl_pattern_unreadable(const struct mdl_pattern *p, bool ntz);
/* ZONE gives the names and offsets of z, V, O, X and x at LOCAL_US. */
void mdl_pattern_write(struct mdl_buf *out, const struct mdl_pattern *p, int64_t local_us,
		       const struct mdl_zone *zone);

/* What a text said. */
struct mdl_pattern_value {
	int64_t local_us;
	const struct mdl_zone *zone; /* NULL: none in the text */
	bool has_offset;             /* an offset stood in the text: */
	int32_t offset;              /* seconds */
};
/* The whole of S must match. */
bool mdl_pattern_read(const struct mdl_pattern *p, struct mdl_slice s, struct mdl_pattern_value *v);

#endif
