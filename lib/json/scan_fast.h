/* SPDX-License-Identifier: MIT
 *
 * The fast engine, to be included by one file for each kind of processor, which
 * defines before: block_masks(), block_is_utf8(), text_check(), number_masks() and the
 * like, ENGINE and ENGINE_UTF8, the functions' names.
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

/* The escapes of a block that has backslashes: notes them, returns the escaped bytes, adds those that are
 * invalid to *BAD. *CARRY says that the block's first byte is (then: the next block's will be) escaped. */
static __attribute__((noinline)) uint64_t escapes(const char *base, uint32_t at, uint64_t backslash,
						  uint64_t *carry, uint64_t *bad, uint32_t **list)
{
	uint64_t escaped = *carry, starts = 0;
	uint64_t rest = backslash & ~escaped;
	*carry = 0;
	while (rest) {
		uint64_t bit = rest & -rest;
		starts |= bit;
		escaped |= bit << 1;
		*carry = bit >> 63;
		rest &= ~(bit | bit << 1);
	}
	while (starts) {
		uint32_t i = at + (uint32_t)__builtin_ctzll(starts);
		const char *p = base + i;
		bool trap = p[1] == '"' &&
			    (p[2] == ',' || p[2] == '}' || p[2] == ']' || p[2] == ' ' || p[2] == ':');
		*(*list)++ = i | (trap ? (uint32_t)MDL_SCAN_TRAP : 0);
		bool ok = p[1] == 'u' ? hex4_ok(p + 2)
				      : p[1] == '"' || p[1] == '\\' || p[1] == '/' || p[1] == 'b' ||
						p[1] == 'f' || p[1] == 'n' || p[1] == 'r' || p[1] == 't';
		if (!ok)
			*bad |= starts & -starts;
		starts &= starts - 1;
	}
	return escaped;
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

HOT void make_index(struct mdl_scan_index *x, const char *base, uint32_t len, bool spaced)
{
	uint32_t *entry = x->entry, *escape = x->escape, *not_ascii = x->not_ascii, quotes = 0;
	uint64_t carry = 0, sep_before = 0, space_before = 0, utf8_before = 0;
	uint32_t b = 0;
	for (uint32_t at = 0; at < len; at += 64, b++) {
		struct mdl_scan_masks m;
		__builtin_prefetch(base + at + PREFETCH);
		block_masks(base + at, &m, spaced);
		uint64_t quote = m.quote, stop = m.control;
		if (__builtin_expect((m.backslash | carry) != 0, 0))
			quote &= ~escapes(base, at, m.backslash, &carry, &stop, &escape);
		uint64_t after = m.sep << 1 | sep_before;
		sep_before = m.sep >> 63;
		if (spaced) {
			/* behind a separator, or behind a space that is behind one */
			uint64_t gap = m.space & after;
			after |= gap << 1 | space_before;
			space_before = gap >> 63;
		}
		x->quotes[b] = quote;
		x->quotes_before[b] = quotes;
		quotes += (uint32_t)__builtin_popcountll(quote);
		entry = flatten(entry, (quote & after) | stop, at);
		*not_ascii = b;
		not_ascii += (m.not_ascii | utf8_before) != 0;
		utf8_before = m.not_ascii;
	}
	/* a line's end may be the first byte of a block that was not made */
	x->quotes[b] = 0;
	x->quotes_before[b] = quotes;
	for (uint32_t i = 0; i <= MDL_SHAPE_ANCHORS; i++)
		entry[i] = UINT32_MAX;
	*escape = UINT32_MAX;
	uint32_t *bad = x->not_ascii;
	for (const uint32_t *n = x->not_ascii; n < not_ascii; n++)
		if (!block_ok(base, len, *n))
			*bad++ = *n;
	*bad = UINT32_MAX;
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

static __attribute__((noinline)) bool has_escape(const uint32_t *escape, uint32_t from, uint32_t to)
{
	while ((*escape & ~(uint32_t)MDL_SCAN_TRAP) < from)
		escape++;
	return (*escape & ~(uint32_t)MDL_SCAN_TRAP) < to;
}

/* Is the line [start, end) of shape SH? Its kinds go to KINDS. ENTRY is its first, ESCAPE the first at or behind START. */
HOT bool prove(const struct mdl_shape *sh, const char *base, const uint32_t *entry, const uint32_t *escape,
	       uint32_t start, uint32_t end, uint8_t *kinds)
{
	text_acc acc = text_begin();
	for (uint32_t i = 0; i < sh->nchecks; i++)
		/* signed: in a line of another shape a place may be before BASE */
		acc = text_check(acc, base + (int32_t)place(entry, sh->check_at[i]), sh->check[i].text,
				 sh->check[i].mask);
	uint32_t minus = 0, wrong = (entry[0] - sh->lead) ^ start;
	for (uint32_t i = 0; i < sh->nstrings; i++)
		minus |= place(entry, sh->string[i].to) - place(entry, sh->string[i].from);
	if (!text_same(acc) || wrong | minus >> 31)
		return false;
	for (uint32_t i = 0; i < sh->nnumbers; i++) {
		uint32_t from = place(entry, sh->number[i].from), to = place(entry, sh->number[i].to);
		uint8_t kind = sh->whole[i] && quick_int(base, from, to) ? MDL_JSON_INT
									 : quick_number(base, from, to);
		if (__builtin_expect(!kind, 0)) {
			kind = to - from < end - start ? mdl_shape_scalar(base + from, base + to)
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
			kind = to - from < end - start ? mdl_shape_scalar(base + from, base + to)
						       : MDL_JSON_MISSING;
			if (!kind)
				return false;
		}
		kinds[i] = kind;
	}
	for (; __builtin_expect((*escape & ~(uint32_t)MDL_SCAN_TRAP) < end, 0); escape++)
		if (*escape & MDL_SCAN_TRAP && closing_trap(sh, base, entry))
			return false;
	return true;
}

HOT void fill(const struct mdl_scan_work *w, size_t i, const struct mdl_shape *sh, const char *base,
	      const uint32_t *entry, const uint32_t *escape, uint32_t end, const uint8_t *kinds)
{
	bool escapes_here = (*escape & ~(uint32_t)MDL_SCAN_TRAP) < end;
	for (uint32_t c = 0; c < sh->ncells; c++) {
		const struct mdl_shape_cell *cell = &sh->cell[c];
		uint32_t from = place(entry, cell->span.from), to = place(entry, cell->span.to);
		struct mdl_json_value v = {base + from, to - from, cell->kind, false};
		if (cell->scalar >= 0)
			v.kind = kinds[cell->scalar];
		else if (__builtin_expect(escapes_here, 0) && cell->kind == MDL_JSON_STRING)
			v.escaped = has_escape(escape, from, to);
		w->cols[cell->path][i] = v;
	}
	for (uint32_t m = 0; m < sh->nmissing; m++)
		w->cols[sh->missing[m]][i] = (struct mdl_json_value){0};
}

/* The kept shape that proves the line, moved to the front, or NULL. */
HOT const struct mdl_shape *find_shape(struct mdl_scan_work *w, const char *base, const uint32_t *entry,
				       const uint32_t *escape, uint32_t start, uint32_t end, uint32_t nquotes,
				       uint8_t *kinds)
{
	for (uint32_t s = 0; s < w->nshapes; s++) {
		struct mdl_shape *sh = w->shape[s];
		if (entry[sh->nanchors] != end || nquotes != sh->nquotes)
			continue;
		if (!prove(sh, base, entry, escape, start, end, kinds))
			continue;
		sh->hits++;
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
	uint8_t kinds[2 * MDL_SHAPE_CHECKS] __attribute__((uninitialized));
	uint32_t len = (uint32_t)(last->p + last->n + 1 - base);
	if (w->spaced)
		make_index(x, base, len, true);
	else
		make_index(x, base, len, false);
	const uint32_t *entry = x->entry, *escape = x->escape, *bad_utf8 = x->not_ascii;
	uint32_t before = 0, start = 0;
	size_t proved = 0;
	for (size_t i = from; i < to; i++) {
		uint32_t end = start + (uint32_t)w->lines[i].n, b = end >> 6;
		uint32_t quotes =
			x->quotes_before[b] +
			(uint32_t)__builtin_popcountll(x->quotes[b] & (((uint64_t)1 << (end & 63)) - 1));
		while ((*escape & ~(uint32_t)MDL_SCAN_TRAP) < start)
			escape++;
		while (*bad_utf8 < start >> 6)
			bad_utf8++;
		const struct mdl_shape *sh = NULL;
		/* texts are compared from a little before an anchor: not before the batch */
		if (*bad_utf8 > b && (size_t)(base - w->start) + start >= 128)
			sh = find_shape(w, base, entry, escape, start, end, quotes - before, kinds);
		if (sh) {
			w->verdicts[i] = MDL_SCAN_OK;
			fill(w, i, sh, base, entry, escape, end, kinds);
			entry += sh->nanchors + 1;
			proved++;
		} else {
			while (*entry <= end)
				entry++;
			mdl_scan_slow(w, i, true);
		}
		before = quotes;
		start = end + 1;
	}
	return proved;
}
