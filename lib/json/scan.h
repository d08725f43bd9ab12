/* SPDX-License-Identifier: MIT
 *
 * The record scanner: one pass over a line of NDJSON that accepts exactly RFC 8259
 * with valid UTF-8, finds the wanted members without building a tree, and copies
 * nothing. A record is a JSON object. Depth is limited (MDL_SCAN_DEPTH), without
 * recursion. Where a member occurs twice its last value counts (Spark's rule).
 * What is decided where RFC 8259 leaves a choice is in medal-stream(7).
 *
 * It works on batches: all lines of a batch stand in one block of memory in
 * order, each followed by its '\n' (also the last one), and at least
 * MDL_SCAN_PADDING readable bytes follow the block's last '\n'. So an engine may
 * run over the block in steps of 64 bytes without regard to lines.
 */
#ifndef MDL_JSON_SCAN_H
#define MDL_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum { MDL_SCAN_PADDING = 128, MDL_SCAN_DEPTH = 512, MDL_SCAN_MAX_PATHS = 1024 };

/* What a value's text is. Numbers keep their text; INT has neither fraction nor exponent. */
enum mdl_json_kind {
	MDL_JSON_MISSING = 0,
	MDL_JSON_NULL,
	MDL_JSON_FALSE,
	MDL_JSON_TRUE,
	MDL_JSON_INT,
	MDL_JSON_REAL,
	MDL_JSON_STRING, /* the slice is what stands between the quotes */
	MDL_JSON_ARRAY,  /* the slice has the brackets */
	MDL_JSON_OBJECT,
};

/* A found value: a view into the line, valid as long as the line. */
struct mdl_json_value {
	const char *p;
	uint32_t n;
	uint8_t kind; /* enum mdl_json_kind */
	bool escaped; /* STRING: holds at least one backslash; see mdl_json_unescape() */
};

enum mdl_scan_verdict {
	MDL_SCAN_OK = 0,
	MDL_SCAN_BLANK,    /* nothing but white space */
	MDL_SCAN_CORRUPT,  /* not a JSON object, or not UTF-8, or too deep */
	MDL_SCAN_RESERVED, /* first member's name, unescaped, is "_medal": corrupt for every program */
};

/* A wanted place: "device.city", "items[0].id", "`odd.name`.x" (back quotes as in Spark).
 * An index into something that is no array, or a member of something that is no object, is MISSING. */
struct mdl_scan;

/* NPATHS places to find; the texts are copied. The caller closes. */
struct mdl_scan *mdl_scan_new(const char *const *paths, size_t npaths, struct mdl_err *err);
void mdl_scan_free(struct mdl_scan *s);

/* Scan N lines (without their '\n', but see the block rule above). For line i the verdict goes to
 * verdicts[i], and the value of path k to cols[k][i] (MISSING for lines that are not OK).
 * Returns the number of lines that are not OK. */
size_t mdl_scan_batch(struct mdl_scan *s, const struct mdl_slice *lines, size_t n, uint8_t *verdicts,
		      struct mdl_json_value *const *cols);

/* What kinds the values of a path had in the batch scanned last, a bit for each enum mdl_json_kind, and at least the bytes
 * of the longest number: without a look at each value. Valid until the next batch. */
struct mdl_scan_seen {
	uint32_t kinds, longest;
};
const struct mdl_scan_seen *mdl_scan_seen(const struct mdl_scan *s);

/* One line, for places off the hot path: needs no padding, COLS[k] gets path k. On CORRUPT, *WHY (if not
 * NULL) gets a short static text ("invalid UTF-8", "expected ':'") and *AT the byte offset; also on RESERVED. A line
 * with more than one fault is described by the first in its grammar, and by its UTF-8 only if that is right. */
enum mdl_scan_verdict mdl_scan_line(struct mdl_scan *s, struct mdl_slice line, struct mdl_json_value *cols,
				    const char **why, size_t *at);

/* Cut up to MAX lines off *BLOCK, which ends in '\n', into OUT, without their '\n'; returns how many. Needs no padding.
 * ENGINE as for _use; NULL takes the best. */
size_t mdl_scan_split(const char *engine, struct mdl_slice *block, struct mdl_slice *out, size_t max);

/* Lines of batches since _new; and those that the fast path could not prove and sent to the exact scanner. */
uint64_t mdl_scan_lines(const struct mdl_scan *s);
uint64_t mdl_scan_slow_lines(const struct mdl_scan *s);
/* What OTHER has scanned counts as scanned by S. */
void mdl_scan_count(struct mdl_scan *s, const struct mdl_scan *other);

/* For tests and measurements: take the engine of this name ("exact", "avx2", "avx512", "sse4", "neon"); NULL takes the
 * best, as _new does. -1 if this machine has it not. All engines give the same verdicts and values. */
int mdl_scan_use(struct mdl_scan *s, const char *engine);
const char *mdl_scan_engine_name(const struct mdl_scan *s);

/* Walk a container that the scanner has accepted: call _first with the ARRAY or OBJECT value, then _next
 * until it returns false. NAME (raw, between the quotes; name_escaped) is for objects. */
struct mdl_json_iter {
	const char *p, *end;
	bool object;
	struct mdl_slice name;
	bool name_escaped;
	struct mdl_json_value value;
};
void mdl_json_iter_init(struct mdl_json_iter *it, const struct mdl_json_value *container);
bool mdl_json_iter_next(struct mdl_json_iter *it);
/* The same over the members of a whole valid line. */
void mdl_json_iter_line(struct mdl_json_iter *it, struct mdl_slice line);

#endif
