/* SPDX-License-Identifier: MIT
 *
 * What the files of the scanner share and nobody else sees: the tree of wanted
 * names, the exact engine, the small string kernel. scan.c hands lines out,
 * scan_path.c builds the tree, scan_exact.c is the grammar.
 */
#ifndef MDL_JSON_SCAN_INTERNAL_H
#define MDL_JSON_SCAN_INTERNAL_H

#include "json/scan.h"

/* One step of a wanted path. The paths at or below a node are order[lo..hi) of the
 * tree, those that end at it order[lo..own). */
struct mdl_scan_node {
	uint32_t lo, own, hi;
	uint32_t nnames, nindexes;
	unsigned shift;                 /* names: open addressing, slot = hash >> shift */
	struct mdl_scan_node **names;   /* 2^(64 - shift) slots, NULL if nnames is 0 */
	struct mdl_scan_node **indexes; /* sorted by index */
	struct mdl_slice name;          /* how the parent names this node */
	uint32_t index;
	bool by_index;
	/* while the tree is built */
	struct mdl_scan_node **kids;
	size_t nkids, kids_cap;
	uint32_t *ends;
	size_t nends, ends_cap;
};

/* A container that is open. NODE is what the tree wants of it, or NULL. */
struct mdl_scan_frame {
	const struct mdl_scan_node *node;
	const char *open;
	uint32_t index; /* of the array's present element, or the object's member */
	bool object;
};

/* The name that stood last in this place, for in an array of objects it mostly stands there again. */
struct mdl_scan_guess {
	char text[16]; /* the quotes and the colon too */
	uint32_t n;    /* of them; 0: none */
	const struct mdl_scan_node *parent, *node;
};

enum { MDL_SCAN_GUESS_DEPTHS = 8, MDL_SCAN_GUESS_MEMBERS = 32 };

struct mdl_scan_tree {
	struct mdl_scan_node *root;
	uint32_t *order; /* path numbers, in tree order */
	size_t npaths;
	size_t max_name;                          /* bytes of the longest wanted name */
	char *unescaped;                          /* room for a name with escapes */
	bool (*is_utf8)(const char *p, size_t n); /* the quickest of this machine */
	struct mdl_scan_frame
		*stack; /* MDL_SCAN_DEPTH frames; here, since compilers clear what is on theirs */
	struct mdl_scan_guess (*guess)[MDL_SCAN_GUESS_MEMBERS]; /* by depth, round and round */
};

int mdl_scan_path_build(struct mdl_scan_tree *t, const char *const *paths, size_t npaths,
			struct mdl_err *err);
void mdl_scan_path_free(struct mdl_scan_tree *t);
/* The node of the member NAME (raw text between the quotes) below NODE, or NULL. */
const struct mdl_scan_node *mdl_scan_path_name(const struct mdl_scan_tree *t,
					       const struct mdl_scan_node *node, struct mdl_slice name,
					       bool escaped);
const struct mdl_scan_node *mdl_scan_path_index(const struct mdl_scan_node *node, uint32_t index);

/* Why a line is not a record, and where. */
struct mdl_scan_fault {
	const char *why;
	const char *at;
};

/* The exact engine: decides about the line [P, END) alone; up to SAFE bytes may be read, never decide.
 * CELLS[k] gets path k; they are meaningless unless the verdict is OK. */
enum mdl_scan_verdict mdl_scan_exact(const struct mdl_scan_tree *t, const char *p, const char *end,
				     const char *safe, struct mdl_json_value *cells,
				     struct mdl_scan_fault *fault);

/* Length of the valid UTF-8 sequence of two or more bytes at P, or 0. */
static inline size_t mdl_scan_utf8(const char *p, const char *end)
{
	size_t left = (size_t)(end - p);
	unsigned char b[4] = {(unsigned char)p[0], 0, 0, 0};
	for (size_t i = 1; i < 4 && i < left; i++)
		b[i] = (unsigned char)p[i];
	if (b[0] < 0xc2)
		return 0;
	if (b[0] < 0xe0)
		return (b[1] & 0xc0) == 0x80 ? 2 : 0;
	if (b[0] < 0xf0) {
		unsigned char lo = b[0] == 0xe0 ? 0xa0 : 0x80, hi = b[0] == 0xed ? 0x9f : 0xbf;
		return b[1] >= lo && b[1] <= hi && (b[2] & 0xc0) == 0x80 ? 3 : 0;
	}
	if (b[0] < 0xf5) {
		unsigned char lo = b[0] == 0xf0 ? 0x90 : 0x80, hi = b[0] == 0xf4 ? 0x8f : 0xbf;
		return b[1] >= lo && b[1] <= hi && (b[2] & 0xc0) == 0x80 && (b[3] & 0xc0) == 0x80 ? 4 : 0;
	}
	return 0;
}

/* One more value. Seldom is there anything new. */
static inline void mdl_scan_see(struct mdl_scan_seen *seen, uint8_t kind, uint32_t n)
{
	uint32_t longest = kind == MDL_JSON_INT || kind == MDL_JSON_REAL ? n : 0;
	if (__builtin_expect(!(seen->kinds >> kind & 1) | (longest > seen->longest), 0)) {
		seen->kinds |= 1u << kind;
		seen->longest = longest > seen->longest ? longest : seen->longest;
	}
}

#endif
