/* SPDX-License-Identifier: MIT
 *
 * Shapes: what lines that differ only in their values have in common. A line is
 * cut into fixed texts (brackets, names, colons, commas, quotes round a value) and
 * values (the inside of a string, a number, a literal). Each fixed text is found by
 * an anchor: an unescaped quote right after ',' or '{', in most cases the opening
 * quote of a name. So a line of a known shape is proved by comparing each fixed text
 * at its anchor, checking the numbers, and counting quotes: see scan_fast.h.
 *
 * Positions are "anchor number and distance", where the number of anchors itself
 * stands for the line's end.
 */
#ifndef MDL_JSON_SCAN_SHAPE_H
#define MDL_JSON_SCAN_SHAPE_H

#include "json/scan_internal.h"

enum {
	MDL_SHAPE_ANCHORS = 250,
	MDL_SHAPE_CHECKS = 256, /* compares of 32 bytes */
	MDL_SHAPE_REACH = 90,   /* longest fixed text: compares stay within MDL_SCAN_PADDING */
	MDL_SHAPE_KEPT = 16,
};

struct mdl_shape_place {
	uint16_t anchor;
	int16_t off;
};

struct mdl_shape_check {
	uint8_t text[32], mask[32];
} __attribute__((aligned(64)));

/* What is between two fixed texts. */
struct mdl_shape_span {
	struct mdl_shape_place from, to;
};

/* Where a wanted path's value comes from. */
struct mdl_shape_cell {
	uint32_t path;
	int32_t scalar; /* the number or literal with this index, or -1: the span with KIND */
	struct mdl_shape_span span;
	uint8_t kind;
};

/* Places side by side: as many as one permutation of two vectors of AVX-512 finds. */
enum { MDL_SHAPE_LANES = 32 };
struct mdl_shape_lane_place {
	uint32_t anchor[MDL_SHAPE_LANES];
	int32_t off[MDL_SHAPE_LANES];
} __attribute__((aligned(64)));

/* The shape as that engine wants it, if it is small enough: values in the order numbers, literals (together at most 16),
 * strings, containers. */
struct mdl_shape_lanes {
	struct mdl_shape_lane_place check, from, to;
	/* the fixed texts, in pieces of 16 bytes, four side by side */
	struct {
		uint8_t text[4][16], mask[4][16];
	} piece[MDL_SHAPE_LANES / 4];
	/* the value of each cell; of sixteen cells in the order 0, 4, 8, 12, 1, ...; the last of them is repeated until
	 * they are a multiple of four */
	uint32_t cell_lane[MDL_SHAPE_LANES];
	/* in that order: the number of the number or literal, or 16 and the kind */
	uint32_t cell_kind[MDL_SHAPE_LANES];
	/* in that order, of this batch's lines */
	uint32_t seen_kinds[MDL_SHAPE_LANES], seen_longest[MDL_SHAPE_LANES];
	/* of the cells, and of those with strings */
	uint32_t cell_path[MDL_SHAPE_LANES], string_path[MDL_SHAPE_LANES];
	uint64_t numbers[4]; /* 16 bits for each of the first lanes that are numbers */
	uint32_t npieces;    /* groups of four */
	uint32_t nstring_cells;
	uint32_t strings; /* a bit for each lane that is one */
	bool fits;
};

struct mdl_shape {
	struct mdl_shape_lanes lanes;
	uint32_t nanchors, nquotes;
	uint32_t lead; /* bytes before the first anchor */
	uint32_t nchecks, nstrings, nnumbers, nliterals, ncells, nmissing;
	uint64_t hits;
	struct mdl_shape_check check[MDL_SHAPE_CHECKS];
	struct mdl_shape_place check_at[MDL_SHAPE_CHECKS];
	struct mdl_shape_span string[MDL_SHAPE_CHECKS];
	struct mdl_shape_span number[MDL_SHAPE_CHECKS];
	bool whole[MDL_SHAPE_CHECKS];                    /* the number was an INT */
	struct mdl_shape_span literal[MDL_SHAPE_CHECKS]; /* its kinds follow those of the numbers */
	bool used;                                       /* by a line of this batch */
	struct mdl_scan_seen *seen;                      /* npaths each: of this batch's lines; the cells */
	struct mdl_shape_cell *cell;
	uint32_t *missing;
};

/* Fill SH from LINE, which the exact engine has accepted with CELLS. SPACED: a space may stand before an
 * anchor, as in {"a": 1, "b": 2}. False if the line has no shape
 * that the fast engines could prove (escapes in names, lists of numbers, too long). */
bool mdl_shape_learn(struct mdl_shape *sh, struct mdl_slice line, bool spaced,
		     const struct mdl_json_value *cells, size_t npaths);

/* Add to SEEN, by path, what the cells of this batch's lines had, and forget it. */
void mdl_shape_tell(struct mdl_shape *sh, struct mdl_scan_seen *seen);

/* The kind of the number or literal [P, END), or MDL_JSON_MISSING if it is neither. */
uint8_t mdl_shape_scalar(const char *p, const char *end);

#endif
