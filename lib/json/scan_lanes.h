/* SPDX-License-Identifier: MIT
 *
 * Step 2 of the fast engine with AVX-512, to be included by scan_fast.h: all values of a line side by side, one in each lane of a vector, for shapes
 * that mdl_shape_lanes() found to fit. The same proof as prove() and fill() of scan_fast.h.
 */
#ifndef MDL_JSON_SCAN_LANES_H
#define MDL_JSON_SCAN_LANES_H

#include "json/scan_batch.h"

#define LANES static inline __attribute__((always_inline))

/* The line's values by lane: where they begin, their length, and the kinds of the first sixteen. */
struct lanes {
	__m512i from[2], n[2], kind;
};

LANES __m512i lanes_load(const void *p)
{
	return _mm512_load_si512(p);
}

/* Positions of 16 places. */
LANES __m512i lanes_place(__m512i low, __m512i high, const struct mdl_shape_lane_place *p, int from)
{
	return _mm512_add_epi32(_mm512_permutex2var_epi32(low, lanes_load(p->anchor + from), high),
				lanes_load(p->off + from));
}

/* For positions that are read one by one at once: what is in flight is found sooner in two halves. */
LANES void lanes_store(int32_t *to, __m512i v)
{
	_mm256_store_si256((void *)to, _mm512_castsi512_si256(v));
	_mm256_store_si256((void *)(to + 8), _mm512_extracti64x4_epi64(v, 1));
}

LANES __m512i lanes_four(const char *base, const int32_t *from)
{
	__m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(base + from[0])));
	v = _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(base + from[1])), 1);
	v = _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(base + from[2])), 2);
	return _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(base + from[3])), 3);
}

/* The mask in a general register, where arithmetic goes on: else the compiler moves it to and fro. */
LANES uint64_t in_general(uint64_t mask)
{
	__asm__("" : "+r"(mask));
	return mask;
}

/*
 * Four numbers of 1 to 15 bytes, sixteen bits of a word for each: a bit for each byte. INSIDE are the bytes that belong to
 * the numbers. *DOTS gets a bit for the dot of each that has one. Returns bits where something is wrong; what is wrong
 * here may still be a number.
 */
LANES uint64_t lanes_numbers(__m512i text, uint64_t inside, uint64_t *dots)
{
	const uint64_t ones = 0x0001000100010001, tops = ones << 15;
	__m512i value = _mm512_sub_epi8(text, _mm512_set1_epi8('0'));
	uint64_t digit = in_general(_mm512_cmplt_epu8_mask(value, _mm512_set1_epi8(10)));
	uint64_t dot = in_general(_mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('.')));
	uint64_t zero = in_general(_mm512_testn_epi8_mask(value, value));
	uint64_t minus = in_general(_mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('-'))) & ones;
	uint64_t rest = ~digit & inside & ~minus;
	uint64_t first = ones + minus, last = (inside + ones) >> 1;
	/* more than a dot, two dots, one at an end; nothing behind a minus; a digit behind a leading zero */
	uint64_t bad = (rest & ~dot) | (rest & ((rest | tops) - ones)) | (rest & (first | last));
	bad |= (first & ~inside) | (((zero & first) << 1) & digit & inside);
	*dots = rest;
	return bad;
}

/* The same for lines with literals, or with numbers that lanes_numbers() does not see. */
static __attribute__((noinline)) bool lanes_one_by_one(const struct mdl_shape *sh, const char *base,
						       uint32_t limit, struct lanes *l)
{
	uint32_t from[16] __attribute__((aligned(64))), n[16] __attribute__((aligned(64))),
		kind[16] __attribute__((aligned(64)));
	_mm512_store_si512(from, l->from[0]);
	_mm512_store_si512(n, l->n[0]);
	_mm512_store_si512(kind, l->kind);
	for (uint32_t i = 0; i < sh->nnumbers + sh->nliterals; i++) {
		uint8_t k = i < sh->nnumbers ? quick_number(base, from[i], from[i] + n[i])
					     : quick_literal(base, from[i], from[i] + n[i]);
		if (!k && n[i] < limit)
			k = mdl_shape_scalar(base + from[i], base + from[i] + n[i]);
		if (!k)
			return false;
		kind[i] = k;
	}
	l->kind = lanes_load(kind);
	return true;
}

LANES void lanes_escapes(const struct mdl_scan_work *w, size_t i, const struct mdl_shape *sh)
{
	for (uint32_t k = 0; k < sh->lanes.nstring_cells; k++) {
		struct mdl_json_value *v = &w->cols[sh->lanes.string_path[k]][i];
		v->escaped = has_escape(v->p, v->n);
	}
}

/* Kinds of the numbers and literals, which are the first lanes. */
LANES bool lanes_kinds(const struct mdl_shape *sh, const char *base, uint32_t limit, struct lanes *l)
{
	int32_t from[16] __attribute__((aligned(64), uninitialized));
	uint64_t in[4] __attribute__((aligned(32), uninitialized)), dots[4] = {0}, bad = 0;
	const __m256i one = _mm256_set1_epi16(1);
	const uint32_t numbers = sh->nnumbers;
	_mm512_store_si512(from, l->from[0]);
	__m256i n = _mm512_cvtepi32_epi16(_mm512_min_epu32(l->n[0], _mm512_set1_epi32(15)));
	_mm256_store_si256((void *)in, _mm256_sub_epi16(_mm256_sllv_epi16(one, n), one));
	if (numbers > 0)
		bad = lanes_numbers(lanes_four(base, from), in[0], &dots[0]) & sh->lanes.numbers[0];
	if (numbers > 4)
		bad |= lanes_numbers(lanes_four(base, from + 4), in[1], &dots[1]) & sh->lanes.numbers[1];
	if (numbers > 8)
		bad |= lanes_numbers(lanes_four(base, from + 8), in[2], &dots[2]) & sh->lanes.numbers[2];
	if (numbers > 12)
		bad |= lanes_numbers(lanes_four(base, from + 12), in[3], &dots[3]) & sh->lanes.numbers[3];
	__m256i dot = _mm256_set_epi64x((long long)dots[3], (long long)dots[2], (long long)dots[1],
					(long long)dots[0]);
	l->kind = _mm512_mask_mov_epi32(_mm512_set1_epi32(MDL_JSON_INT), _mm256_test_epi16_mask(dot, dot),
					_mm512_set1_epi32(MDL_JSON_REAL));
	uint32_t odd =
		_mm512_cmpgt_epu32_mask(l->n[0], _mm512_set1_epi32(15)) & (((uint32_t)1 << numbers) - 1);
	if (__builtin_expect(!(bad | odd | sh->nliterals), 1))
		return true;
	return lanes_one_by_one(sh, base, limit, l);
}

LANES bool lanes_prove(const struct mdl_shape *sh, const struct line *ln, struct lanes *l)
{
	const struct mdl_shape_lanes *s = &sh->lanes;
	int32_t at[MDL_SHAPE_LANES] __attribute__((aligned(64), uninitialized));
	const __m512i none = _mm512_setzero_si512();
	const char *base = ln->base;
	__m512i low = _mm512_loadu_si512(ln->entry), high = _mm512_loadu_si512(ln->entry + 16), wrong = none;
	lanes_store(at, lanes_place(low, high, &s->check, 0));
	lanes_store(at + 16, lanes_place(low, high, &s->check, 16));
	const int32_t *from = at;
	for (uint32_t i = 0; i < s->npieces; i++, from += 4)
		wrong = _mm512_or_si512(wrong, _mm512_ternarylogic_epi64(lanes_four(base, from),
									 lanes_load(s->piece[i].text),
									 lanes_load(s->piece[i].mask), 0x28));
	for (int h = 0; h < 2; h++) {
		l->from[h] = lanes_place(low, high, &s->from, 16 * h);
		l->n[h] = _mm512_sub_epi32(lanes_place(low, high, &s->to, 16 * h), l->from[h]);
	}
	uint32_t minus = _mm512_cmplt_epi32_mask(l->n[0], none) |
			 (uint32_t)_mm512_cmplt_epi32_mask(l->n[1], none) << 16;
	if (_mm512_test_epi64_mask(wrong, wrong) ||
	    ((ln->entry[0] - sh->lead) ^ ln->start) | (minus & s->strings))
		return false;
	return lanes_kinds(sh, base, ln->end - ln->start, l) && !is_trapped(sh, ln);
}

/* Four cells, as structs, into their columns' row I. */
LANES void lanes_put(const struct mdl_scan_work *w, size_t i, const uint32_t *path, __m512i cells)
{
	_mm_storeu_si128((void *)&w->cols[path[0]][i], _mm512_castsi512_si128(cells));
	_mm_storeu_si128((void *)&w->cols[path[1]][i], _mm512_extracti32x4_epi32(cells, 1));
	_mm_storeu_si128((void *)&w->cols[path[2]][i], _mm512_extracti32x4_epi32(cells, 2));
	_mm_storeu_si128((void *)&w->cols[path[3]][i], _mm512_extracti32x4_epi32(cells, 3));
}

LANES void lanes_fill(const struct mdl_scan_work *w, size_t i, struct mdl_shape *sh, const struct line *ln,
		      const struct lanes *l)
{
	struct mdl_shape_lanes *s = &sh->lanes;
	const __m512i start = _mm512_set1_epi64((long long)(uintptr_t)ln->base),
		      none = _mm512_setzero_si512();
	const __m512i kinds = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	for (uint32_t c = 0; c < sh->ncells; c += 16) {
		__m512i lane = lanes_load(s->cell_lane + c);
		__m512i from = _mm512_permutex2var_epi32(l->from[0], lane, l->from[1]);
		__m512i n = _mm512_permutex2var_epi32(l->n[0], lane, l->n[1]);
		__m512i kind = _mm512_permutex2var_epi32(l->kind, lanes_load(s->cell_kind + c), kinds);
		_mm512_store_si512(s->seen_kinds + c,
				   _mm512_or_si512(lanes_load(s->seen_kinds + c),
						   _mm512_sllv_epi32(_mm512_set1_epi32(1), kind)));
		_mm512_store_si512(s->seen_longest + c, _mm512_max_epu32(lanes_load(s->seen_longest + c), n));
		/* turned into structs of 16 bytes; each fourth of them comes out side by side */
		__m512i p01 = _mm512_add_epi64(start, _mm512_unpacklo_epi32(from, none));
		__m512i p23 = _mm512_add_epi64(start, _mm512_unpackhi_epi32(from, none));
		__m512i n01 = _mm512_unpacklo_epi32(n, kind), n23 = _mm512_unpackhi_epi32(n, kind);
		lanes_put(w, i, s->cell_path + c, _mm512_unpacklo_epi64(p01, n01));
		if (sh->ncells > c + 4)
			lanes_put(w, i, s->cell_path + c + 4, _mm512_unpackhi_epi64(p01, n01));
		if (sh->ncells > c + 8)
			lanes_put(w, i, s->cell_path + c + 8, _mm512_unpacklo_epi64(p23, n23));
		if (sh->ncells > c + 12)
			lanes_put(w, i, s->cell_path + c + 12, _mm512_unpackhi_epi64(p23, n23));
	}
	lanes_escapes(w, i, sh);
	for (uint32_t m = 0; m < sh->nmissing; m++)
		w->cols[sh->missing[m]][i] = (struct mdl_json_value){0};
}

#endif
