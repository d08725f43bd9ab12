/* SPDX-License-Identifier: MIT
 *
 * What the fast engines share: the work on one chunk of a batch. An engine proves
 * lines of known shapes and hands all others to mdl_scan_slow(), which decides
 * with the exact engine and learns new shapes. There is one engine for each kind
 * of processor, all made from scan_fast.h.
 */
#ifndef MDL_JSON_SCAN_BATCH_H
#define MDL_JSON_SCAN_BATCH_H

#include "json/scan_shape.h"

enum {
	MDL_SCAN_CHUNK =
		1 << 14, /* bytes that are indexed at once; what the index needs stays in the cache */
	MDL_SCAN_CHUNK_MAX = 1 << 16, /* a chunk with a longer line is not indexed */
	MDL_SCAN_BLOCKS = MDL_SCAN_CHUNK_MAX / 64 + 2,
};

/* Positions and blocks of 64 bytes count from BASE. Lists end with UINT32_MAX. */
struct mdl_scan_index {
	uint32_t entry[MDL_SCAN_BLOCKS * 64 + 64 + MDL_SHAPE_ANCHORS + 8]; /* anchors, control bytes */
	uint64_t quotes[MDL_SCAN_BLOCKS];                                  /* unescaped ones in each block */
	uint32_t quotes_before[MDL_SCAN_BLOCKS];                           /* how many before each block */
	uint32_t trap[MDL_SCAN_BLOCKS * 32 + 8]; /* escaped quotes that look like closing ones */
	/* blocks with a bad escape or with something that is not UTF-8 */
	uint32_t bad[MDL_SCAN_BLOCKS * 34 + 8];
	/* while it is made: */
	uint32_t escape_block[MDL_SCAN_BLOCKS + 1], high_block[MDL_SCAN_BLOCKS + 1];
	uint32_t escape[MDL_SCAN_BLOCKS * 32 + 64], bad_escape[MDL_SCAN_BLOCKS * 32 + 8];
};

/* What an engine sees of 64 bytes: a bit for each. Of backslashes and of what is not ASCII only whether there are any. */
struct mdl_scan_masks {
	uint64_t quote, entry; /* entry: anchors and control bytes */
	bool backslash, not_ascii;
};

/* What the next 64 bytes must know of those before them. */
struct mdl_scan_carry {
	uint64_t inside; /* bits of the bytes whose neighbour before belongs to the batch */
	uint64_t sep, space;
};

/* Bytes right behind a separator or, if SPACED, behind a space that is behind one. */
static inline __attribute__((always_inline)) uint64_t mdl_scan_behind(uint64_t sep, uint64_t space,
								      struct mdl_scan_carry *c, bool spaced)
{
	uint64_t behind = sep << 1 | c->sep;
	c->sep = sep >> 63;
	if (spaced) {
		uint64_t gap = space & behind;
		behind |= gap << 1 | c->space;
		c->space = gap >> 63;
	}
	return behind;
}

struct mdl_scan_work {
	struct mdl_scan_tree *tree;
	struct mdl_scan_index *index; /* this and the shapes are made when they are needed first */
	struct mdl_json_value *cells; /* of one line */
	struct mdl_shape *shape[MDL_SHAPE_KEPT + 1]; /* last used first; one more to learn into */
	uint32_t nshapes;
	bool spaced, want_spaced; /* a space may stand before an anchor: now, and from the next chunk on */
	uint32_t learn_in, learn_gap; /* slow lines until the next is learned, and how that grows */
	uint64_t hits_seen;           /* when it last learned */
	uint32_t sleep, nap;          /* chunks to do without an index, and how that grows */
	uint64_t slow_lines;
	/* the batch */
	const struct mdl_slice *lines;
	uint8_t *verdicts;
	struct mdl_json_value *const *cols;
	struct mdl_scan_seen
		*seen;     /* [npaths]; the shapes hold what their lines had until the batch is done */
	const char *start; /* of its first line */
	const char *safe;  /* the exact engine may read so far */
	size_t bad;
};

/* Line I by the exact engine: verdict, columns, counts; LEARN says that it may teach a shape. */
void mdl_scan_slow(struct mdl_scan_work *w, size_t i, bool learn);

/* The batch's N lines, with ENGINE where that pays; NULL: none. */
typedef size_t mdl_scan_engine(struct mdl_scan_work *w, size_t from, size_t to);
void mdl_scan_chunks(struct mdl_scan_work *w, mdl_scan_engine *engine, size_t n);
void mdl_scan_chunks_free(struct mdl_scan_work *w);

/* An engine: lines [FROM, TO), which have at most MDL_SCAN_CHUNK_MAX bytes; returns how many it proved. */
mdl_scan_engine mdl_scan_avx512;
mdl_scan_engine mdl_scan_avx2;
mdl_scan_engine mdl_scan_sse4;
mdl_scan_engine mdl_scan_neon;
/* Each engine's UTF-8 check, which reads no byte beyond [P, P + N). */
bool mdl_scan_avx512_utf8(const char *p, size_t n);
bool mdl_scan_avx2_utf8(const char *p, size_t n);
bool mdl_scan_sse4_utf8(const char *p, size_t n);
bool mdl_scan_neon_utf8(const char *p, size_t n);

/* Each engine's mdl_scan_split(). */
typedef size_t mdl_scan_splitter(struct mdl_slice *block, struct mdl_slice *out, size_t max);
mdl_scan_splitter mdl_scan_avx512_split;
mdl_scan_splitter mdl_scan_avx2_split;
mdl_scan_splitter mdl_scan_sse4_split;
mdl_scan_splitter mdl_scan_neon_split;

#endif
