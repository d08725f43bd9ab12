/* SPDX-License-Identifier: MIT
 *
 * What a format reader (CSV, text, web-server log) makes of source bytes: lines of
 * NDJSON in one block, with the source line of each, and the rows that it could
 * not read. A bad row stands in the block as {"_corrupt_record":"<its bytes>"},
 * so that nothing is lost when nobody looks; who keeps a quarantine finds its
 * place, its original bytes and the reason in BAD.
 */
#ifndef MDL_SOURCE_ROWS_H
#define MDL_SOURCE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* A block ends at the first row that brings it to this size. */
enum { MDL_ROWS_BYTES = 1 << 20 };

struct mdl_row_bad {
	size_t row;           /* index in the block */
	const char *reason;   /* one short static text */
	struct mdl_slice raw; /* the source bytes without the line end */
	uint64_t offset;      /* of raw in the (uncompressed) source */
};

struct mdl_rows {
	struct mdl_buf
		text;    /* the lines, each ended by '\n', then MDL_SCAN_PADDING zero bytes (not counted) */
	uint64_t *lines; /* lines[i]: source line on which row i begins */
	size_t n, lines_cap;
	struct mdl_row_bad *bad;
	size_t nbad, bad_cap;
	uint64_t line_no; /* of the next source line; starts at 1, survives _clear */
	uint64_t blank;   /* blank lines skipped, since _init */
	uint64_t missing; /* rows with fewer fields than columns, since _init */
	const char *base; /* source bytes at base have the offset base_offset */
	uint64_t base_offset;
};

/* How much a reader may take from the bytes that it gets. */
enum mdl_rows_input {
	MDL_ROWS_MORE,  /* more will follow: leave an incomplete record */
	MDL_ROWS_FULL,  /* more will follow, but the first record is as long as a record may be */
	MDL_ROWS_FINAL, /* the file ends here: a last line without '\n' is a line */
};

void mdl_rows_init(struct mdl_rows *r);
void mdl_rows_free(struct mdl_rows *r);
/* Forget rows and bad; line_no and the counters stay. */
void mdl_rows_clear(struct mdl_rows *r);
/* The block is complete: put the padding behind it. */
void mdl_rows_pad(struct mdl_rows *r);

/* A row has been appended to r->text, with its '\n': enter it. LINE is its source line. */
void mdl_rows_push(struct mdl_rows *r, uint64_t line);
/* Append a bad row for RAW (source bytes at r->base). REASON is static. Advances nothing but the rows. */
void mdl_rows_push_bad(struct mdl_rows *r, struct mdl_slice raw, uint64_t line, const char *reason);

/* Append S, JSON-escaped, without quotes. S must be valid UTF-8; reads up to 16 bytes beyond S. */
void mdl_rows_escape(struct mdl_buf *b, struct mdl_slice s);
/* Only ASCII? Reads up to 16 bytes beyond S. */
bool mdl_rows_ascii(struct mdl_slice s);

/* JSON's short escapes, as Jackson writes them; index below 32. */
struct mdl_rows_escape_text {
	char p[7];
	unsigned char n;
};
extern const struct mdl_rows_escape_text mdl_rows_control[32];

#endif
