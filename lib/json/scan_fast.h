/* SPDX-License-Identifier: MIT
 *
 * The fast engine, to be included by one file for each kind of processor, which
 * defines before: block_masks(), block_is_utf8(), text_check(), number_masks() and the
 * like, line_feeds(), ENGINE, ENGINE_UTF8 and ENGINE_SPLIT, the functions' names.
 *
 * Step 1 makes an index of a chunk, 64 bytes at a time and without branches: the
 * places of anchors and control bytes, and where unescaped quotes are. Escapes are
 * checked here, UTF-8 only in blocks that are not ASCII. Step 2 takes line by line
 * and compares it with the known shapes. A line is proved when
 *   - its fixed texts stand where the anchors put them, from its start to its end,
 *   - its numbers and literals, all between fixed texts, are numbers and literals,
 *   - it has as many unescaped quotes as its fixed texts, so that no string has
 *     one inside, and no closing quote is an escaped one,
 *   - it has no more anchors and control bytes than its fixed texts,
 *   - each escape in it is valid, and so is its UTF-8.
 * A raw line feed is never inside a JSON string, so each line starts clean, and a cut
 * line harms no other.
 */
#include "json/scan_batch.h"
#include "json/text.h"

enum { PREFETCH = 2048 };

#define HOT static inline __attribute__((always_inline))

static bool hex4_ok(const char *p)
{
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')))
			return false;
	}
	return true;
}

/* Is block B of N UTF-8? The first and the last are looked at in a copy, for what is beyond them is not ours. */
static bool block_ok(const char *base, uint32_t len, uint32_t b)
{
	char copy[128];
	const char *p = base + (size_t)b * 64;
	uint32_t left = len - b * 64;
	if (b && left >= 64)
		return block_is_utf8(p);
	memset(copy, '\n', sizeof(copy));
	memcpy(copy + 64, p, left < 64 ? left : 64);
	if (b)
		memcpy(copy + 32, p - 32, 32);
	return block_is_utf8(copy + 64);
}

/* One more block than there is, so that a sequence that is cut off at the end is seen. */
bool ENGINE_UTF8(const char *p, size_t n)
{
	if (n >= UINT32_MAX / 2)
		return mdl_utf8_valid((struct mdl_slice){p, n});
	for (uint32_t b = 0; b <= n / 64; b++)
		if (!block_ok(p, (uint32_t)n, b))
			return false;
	return true;
}

/* Long lines have at most one line feed in 64 bytes: its place is noted without a branch, and others are the exception. */
size_t ENGINE_SPLIT(struct mdl_slice *block, struct mdl_slice *out, size_t max)
{
	enum { PIECE = 4096 };
	uint32_t at[PIECE + 1] __attribute__((uninitialized));
	const char *line = block->p, *p = line, *end = p + block->n;
	size_t n = 0;
	for (size_t left; (left = (size_t)(end - p)) >= 64 && n < max;) {
		uint32_t len = (uint32_t)(left < PIECE ? left / 64 * 64 : PIECE), found = 0;
		for (uint32_t i = 0; i < len; i += 64) {
			__builtin_prefetch(p + i + PREFETCH);
			uint64_t m = line_feeds(p + i);
			at[found] = i + (uint32_t)__builtin_ctzll(m | (uint64_t)1 << 63);
			found += m != 0;
			for (m &= m - 1; __builtin_expect(m != 0, 0); m &= m - 1)
				at[found++] = i + (uint32_t)__builtin_ctzll(m);
		}
		for (uint32_t i = 0; i < found && n < max; i++) {
			out[n++] = (struct mdl_slice){line, (size_t)(p + at[i] - line)};
			line = p + at[i] + 1;
		}
		p += len;
	}
	for (const char *nl; n < max && line < end && (nl = memchr(line, '\n', (size_t)(end - line)));
	     line = nl + 1)
		out[n++] = (struct mdl_slice){line, (size_t)(nl - line)};
	*block = (struct mdl_slice){line, (size_t)(end - line)};
	return n;
}

#ifndef FLATTEN
/* Append the places of BITS; some more may be written. */
HOT uint32_t *flatten(uint32_t *out, uint64_t bits, uint32_t at)
{
	uint32_t n = (uint32_t)__builtin_popcountll(bits);
	for (uint32_t i = 0; i < 4; i++) {
		out[i] = at + (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
		bits &= bits - 1;
	}
	if (n > 4) {
		for (uint32_t i = 4; i < n; i++) {
			out[i] = at + (uint32_t)__builtin_ctzll(bits);
			bits &= bits - 1;
		}
	}
	return out + n;
}
#endif

/*
 * Finds the escapes in the blocks that have backslashes and takes the escaped quotes out of the index. Are they
 * valid? Notes the places of those that look as if a string ended behind them.
 */
static void check_escapes(struct mdl_scan_index *x, const char *base, uint32_t len, uint32_t nblocks)
{
	enum { BAD, GOOD, HEX };
	static const uint8_t kind[256] = {
		['"'] = GOOD, ['\\'] = GOOD, ['/'] = GOOD, ['b'] = GOOD, ['f'] = GOOD,
		['n'] = GOOD, ['r'] = GOOD,  ['t'] = GOOD, ['u'] = HEX};
	static const bool ends[256] = {[','] = true, ['}'] = true, [']'] = true, [' '] = true, [':'] = true};
	const uint64_t odd = 0xaaaaaaaaaaaaaaaa;
	uint32_t *to = x->escape, *trap = x->trap, *bad = x->bad_escape;
	uint64_t before = 0; /* an escape begins with the last byte of the block before B */
	for (uint32_t k = 0, next = 0; k < nblocks; k++) {
		uint32_t b = x->escape_block[k];
		uint64_t backslash = backslashes(base + (size_t)b * 64);
		before &= -(uint64_t)(b == next);
		/* a run of backslashes: the subtraction's borrow ends at its end, and the run's length says which */
		uint64_t may = backslash & ~before, code = (((may << 1) | odd) - may) ^ odd;
		uint64_t starts = code & backslash;
		x->quotes[b] &= ~(code ^ (backslash | before));
		before = starts >> 63;
		next = b + 1;
		x->quotes[next] &= ~before;
		to = flatten(to, starts, b * 64);
	}
	while (to > x->escape && to[-1] >= len)
		to--;
	for (const uint32_t *e = x->escape; e < to; e++) {
		const unsigned char *p = (const unsigned char *)base + *e;
		uint32_t k = kind[p[1]];
		if (__builtin_expect(k == HEX, 0))
			k = hex4_ok(base + *e + 2);
		*trap = *e;
		trap += (p[1] == '"') & ends[p[2]];
		*bad = *e >> 6;
		bad += k == BAD;
	}
	*trap = UINT32_MAX;
	*bad = UINT32_MAX;
}

/* Notes block B where it is not UTF-8, behind the blocks before it that have bad escapes. */
static uint32_t *check_block(uint32_t *bad, const uint32_t **other, const char *base, uint32_t len,
			     uint32_t b)
{
	while (**other < b)
		*bad++ = *(*other)++;
	*bad = b;
	return bad + !block_ok(base, len, b);
}

/* Notes the blocks that are not UTF-8, between those with bad escapes: in order. */
static void check_utf8(struct mdl_scan_index *x, const char *base, uint32_t len, uint32_t nblocks)
{
	uint32_t *bad = x->bad;
	const uint32_t *other = x->bad_escape;
	for (uint32_t k = 0; k < nblocks; k++) {
		uint32_t b = x->high_block[k];
		bad = check_block(bad, &other, base, len, b);
		/* a sequence may end, or be cut off, up to three bytes behind its first */
		const signed char *last = (const signed char *)base + (size_t)b * 64 + 61;
		if (__builtin_expect((last[0] | last[1] | last[2]) < 0, 0) && (b + 1) * 64 < len)
			bad = check_block(bad, &other, base, len, b + 1);
	}
	while (*other < UINT32_MAX)
		*bad++ = *other++;
	*bad = UINT32_MAX;
}

HOT void make_index(struct mdl_scan_index *x, const char *base, uint32_t len, bool spaced, bool first)
{
	struct mdl_scan_carry carry = {.inside = first ? ~(uint64_t)1 : ~(uint64_t)0};
	uint32_t *entry = x->entry, *escape_block = x->escape_block, *high_block = x->high_block, quotes = 0;
	const uint32_t nblocks = (len + 63) / 64;
	for (uint32_t b = 0; b < nblocks; b++) {
		uint32_t at = b * 64;
		struct mdl_scan_masks m __attribute__((uninitialized));
		__builtin_prefetch(base + at + PREFETCH);
		block_masks(base + at, &m, &carry, spaced);
		x->quotes[b] = m.quote;
		entry = flatten(entry, m.entry, at);
		*high_block = b;
		high_block += m.not_ascii;
		*escape_block = b;
		escape_block += m.backslash;
	}
	/* a line's end may be the first byte of a block that was not made */
	x->quotes[nblocks] = 0;
	for (uint32_t i = 0; i <= MDL_SHAPE_ANCHORS; i++)
		entry[i] = UINT32_MAX;
	check_escapes(x, base, len, (uint32_t)(escape_block - x->escape_block));
	check_utf8(x, base, len, (uint32_t)(high_block - x->high_block));
#pragma GCC unroll 4
	for (uint32_t b = 0; b < nblocks; b++) {
		x->quotes_before[b] = quotes;
		quotes += (uint32_t)__builtin_popcountll(x->quotes[b]);
	}
	x->quotes_before[nblocks] = quotes;
}

HOT uint32_t place(const uint32_t *entry, struct mdl_shape_place p)
{
	return (uint32_t)((int32_t)entry[p.anchor] + p.off);
}

/* Is [from, to) a number of digits alone? What this does not see may still be one. */
HOT bool quick_int(const char *base, uint32_t from, uint32_t to)
{
	uint32_t n = to - from, digit = digit_mask(base + from);
	uint32_t other = ~digit & (((uint32_t)1 << (n & 31)) - 1);
	return !(other | (uint32_t)(n - 1 > 30) | ((uint32_t)(base[from] == '0') & (uint32_t)(n > 1)));
}

/* The kind of the number [from, to), or MISSING where this quick look does not see it. */
HOT uint8_t quick_number(const char *base, uint32_t from, uint32_t to)
{
	uint32_t n = to - from; /* beyond 31: also what has no length */
	uint32_t digit, dot;
	number_masks(base + from, &digit, &dot);
	uint32_t minus = base[from] == '-';
	uint32_t mask = ((uint32_t)1 << (n & 31)) - 1, rest = ~digit & mask & ~minus;
	uint32_t zero = (base[from + minus] == '0') & digit >> (minus + 1) & mask >> (minus + 1);
	uint32_t edges = (uint32_t)1 << minus | (mask ^ mask >> 1);
	uint32_t bad = (rest & ~dot) | (rest & (rest - 1)) | (rest & edges) | (zero & 1);
	bad |= (uint32_t)(n > 31) | (uint32_t)(n <= minus);
	return bad ? MDL_JSON_MISSING : rest ? MDL_JSON_REAL : MDL_JSON_INT;
}

HOT uint8_t quick_literal(const char *base, uint32_t from, uint32_t to)
{
	uint32_t w;
	memcpy(&w, base + from, 4);
	uint32_t n = to - from, word_true, word_fals, word_null;
	memcpy(&word_true, "true", 4);
	memcpy(&word_fals, "fals", 4);
	memcpy(&word_null, "null", 4);
	uint32_t is_true = (uint32_t)(w == word_true) & (uint32_t)(n == 4);
	uint32_t is_null = (uint32_t)(w == word_null) & (uint32_t)(n == 4);
	uint32_t is_false =
		(uint32_t)(w == word_fals) & (uint32_t)(n == 5) & (uint32_t)(base[from + 4] == 'e');
	return (uint8_t)(is_true * MDL_JSON_TRUE + is_null * MDL_JSON_NULL + is_false * MDL_JSON_FALSE);
}

/* Does a closing quote of the line look escaped? */
static __attribute__((noinline)) bool closing_trap(const struct mdl_shape *sh, const char *base,
						   const uint32_t *entry)
{
	for (uint32_t i = 0; i < sh->nstrings; i++)
		if (base[place(entry, sh->string[i].to) - 1] == '\\')
			return true;
	return false;
}

/* A line in its chunk: [start, end) from base. ENTRY and TRAP are its first ones; it has no other quotes than QUOTES. */
struct line {
	const char *base;
	const uint32_t *entry, *trap;
	uint32_t start, end, quotes;
};

/* How many of the bits that are set stand before AT. */
HOT uint32_t count_before(const uint64_t *bits, const uint32_t *before, uint32_t at)
{
	uint32_t b = at >> 6;
	return before[b] + (uint32_t)__builtin_popcountll(bits[b] & (((uint64_t)1 << (at & 63)) - 1));
}

HOT bool has_escape(const char *p, uint32_t n)
{
	for (; n > 64; p += 64, n -= 64)
		if (backslashes(p))
			return true;
	return n && backslashes(p) << (64 - n);
}

/* Does an escape of the line make a string look as if it ended there? */
HOT bool is_trapped(const struct mdl_shape *sh, const struct line *ln)
{
	return __builtin_expect(*ln->trap < ln->end, 0) && closing_trap(sh, ln->base, ln->entry);
}

#ifdef ENGINE_LANES
#include "json/scan_lanes.h"
#endif

/* Is the line of shape SH? Its kinds go to KINDS. */
HOT bool prove(const struct mdl_shape *sh, const struct line *ln, uint8_t *kinds)
{
	const char *base = ln->base;
	const uint32_t *entry = ln->entry, length = ln->end - ln->start;
	text_acc acc = text_begin();
	for (uint32_t i = 0; i < sh->nchecks; i++)
		/* signed: in a line of another shape a place may be before BASE */
		acc = text_check(acc, base + (int32_t)place(entry, sh->check_at[i]), sh->check[i].text,
				 sh->check[i].mask);
	uint32_t minus = 0, wrong = (entry[0] - sh->lead) ^ ln->start;
	for (uint32_t i = 0; i < sh->nstrings; i++)
		minus |= place(entry, sh->string[i].to) - place(entry, sh->string[i].from);
	if (!text_same(acc) || wrong | minus >> 31)
		return false;
	for (uint32_t i = 0; i < sh->nnumbers; i++) {
		uint32_t from = place(entry, sh->number[i].from), to = place(entry, sh->number[i].to);
		uint8_t kind = sh->whole[i] && quick_int(base, from, to) ? MDL_JSON_INT
									 : quick_number(base, from, to);
		if (__builtin_expect(!kind, 0)) {
			kind = to - from < length ? mdl_shape_scalar(base + from, base + to)
						  : MDL_JSON_MISSING;
			if (!kind)
				return false;
		}
		kinds[i] = kind;
	}
	kinds += sh->nnumbers;
	for (uint32_t i = 0; i < sh->nliterals; i++) {
		uint32_t from = place(entry, sh->literal[i].from), to = place(entry, sh->literal[i].to);
		uint8_t kind = quick_literal(base, from, to);
		if (__builtin_expect(!kind, 0)) {
			kind = to - from < length ? mdl_shape_scalar(base + from, base + to)
						  : MDL_JSON_MISSING;
			if (!kind)
				return false;
		}
		kinds[i] = kind;
	}
	return !is_trapped(sh, ln);
}

HOT void fill(const struct mdl_scan_work *w, size_t i, struct mdl_shape *sh, const struct line *ln,
	      const uint8_t *kinds)
{
	for (uint32_t c = 0; c < sh->ncells; c++) {
		const struct mdl_shape_cell *cell = &sh->cell[c];
		uint32_t from = place(ln->entry, cell->span.from), to = place(ln->entry, cell->span.to);
		struct mdl_json_value v = {ln->base + from, to - from, cell->kind, false};
		if (cell->scalar >= 0) {
			v.kind = kinds[cell->scalar];
			mdl_scan_see(&sh->seen[c], v.kind, v.n);
		} else if (cell->kind == MDL_JSON_STRING) {
			v.escaped = has_escape(v.p, v.n);
		}
		w->cols[cell->path][i] = v;
	}
	for (uint32_t m = 0; m < sh->nmissing; m++)
		w->cols[sh->missing[m]][i] = (struct mdl_json_value){0};
}

/* Line I by shape SH: proved and its cells filled in, or false. */
HOT bool take(const struct mdl_scan_work *w, size_t i, struct mdl_shape *sh, const struct line *ln)
{
#ifdef ENGINE_LANES
	struct lanes l __attribute__((uninitialized));
	if (sh->lanes.fits) {
		if (!lanes_prove(sh, ln, &l))
			return false;
		lanes_fill(w, i, sh, ln, &l);
		return true;
	}
#endif
	uint8_t kinds[2 * MDL_SHAPE_CHECKS] __attribute__((uninitialized));
	if (!prove(sh, ln, kinds))
		return false;
	fill(w, i, sh, ln, kinds);
	return true;
}

/* A text is compared from a little before an anchor. Does none of them begin before the batch? */
static __attribute__((noinline)) bool is_inside(const struct mdl_scan_work *w, const struct mdl_shape *sh,
						const struct line *ln)
{
	for (uint32_t i = 0; i < sh->nchecks; i++)
		if (ln->base - w->start + (int32_t)place(ln->entry, sh->check_at[i]) < 0)
			return false;
	return true;
}

/* The kept shape that takes the line, moved to the front, or NULL. */
HOT const struct mdl_shape *find_shape(struct mdl_scan_work *w, size_t i, const struct line *ln)
{
	const bool is_near = ln->base + ln->start - w->start < MDL_SCAN_PADDING;
	for (uint32_t s = 0; s < w->nshapes; s++) {
		struct mdl_shape *sh = w->shape[s];
		if (ln->entry[sh->nanchors] != ln->end || ln->quotes != sh->nquotes ||
		    (is_near && !is_inside(w, sh, ln)) || !take(w, i, sh, ln))
			continue;
		sh->hits++;
		sh->used = true;
		if (s) {
			w->shape[s] = w->shape[s - 1];
			w->shape[s - 1] = sh;
		}
		return sh;
	}
	return NULL;
}

size_t ENGINE(struct mdl_scan_work *w, size_t from, size_t to)
{
	const char *base = w->lines[from].p;
	const struct mdl_slice *last = &w->lines[to - 1];
	struct mdl_scan_index *x = w->index;
	uint32_t len = (uint32_t)(last->p + last->n + 1 - base);
	const bool first = base == w->start;
	if (w->spaced)
		make_index(x, base, len, true, first);
	else
		make_index(x, base, len, false, first);
	const uint32_t *bad = x->bad;
	uint32_t quotes_before = 0;
	size_t proved = 0;
	struct line ln = {.base = base, .entry = x->entry, .trap = x->trap, .start = 0};
	for (size_t i = from; i < to; i++) {
		ln.end = ln.start + (uint32_t)w->lines[i].n;
		uint32_t quotes = count_before(x->quotes, x->quotes_before, ln.end), b = ln.start >> 6;
		ln.quotes = quotes - quotes_before;
		while (*ln.trap < ln.start)
			ln.trap++;
		while (*bad < b)
			bad++;
		const struct mdl_shape *sh = NULL;
		if (*bad > ln.end >> 6)
			sh = find_shape(w, i, &ln);
		if (sh) {
			w->verdicts[i] = MDL_SCAN_OK;
			ln.entry += sh->nanchors + 1;
			proved++;
		} else {
			while (*ln.entry <= ln.end)
				ln.entry++;
			mdl_scan_slow(w, i, true);
		}
		quotes_before = quotes;
		ln.start = ln.end + 1;
	}
	return proved;
}
