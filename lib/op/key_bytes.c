/* SPDX-License-Identifier: MIT
 *
 * The bytes of keys: see key_bytes.h.
 */
#include "op/key_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/num.h"
#include "sql/json_number.h"
#include "json/text.h"

void mdl_key_bytes_init(struct mdl_key_bytes *d)
{
	memset(d, 0, sizeof(*d));
	mdl_buf_init(&d->buf, MDL_BUF_NO_LIMIT);
}

void mdl_key_bytes_free(struct mdl_key_bytes *d)
{
	mdl_buf_free(&d->buf);
}

static void put_tag(struct mdl_buf *b, char tag, const void *p, size_t n)
{
	mdl_buf_putc(b, tag);
	uint32_t len = (uint32_t)n;
	mdl_buf_put(b, &len, sizeof(len));
	mdl_buf_put(b, p, n);
}

/* Is DIGITS times ten to the EXP a whole number of 64 bits? Then 7.0 and 70e-1 must be the key that 7 is. */
static bool is_whole(const char *digits, size_t n, int64_t exp, bool negative, int64_t *whole)
{
	int64_t v = 0;
	if (exp < 0 || n + (uint64_t)exp > 19)
		return false;
	for (size_t i = 0; i < n + (size_t)exp; i++) {
		int digit = i < n ? digits[i] - '0' : 0;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	/* built below zero, where there is one number more */
	*whole = negative ? v : -v;
	return negative || v != INT64_MIN;
}

/* An exponent with more digits is none that a sum of exponents has room for. */
#define MAX_EXPONENT (INT64_C(1) << 40)

/* The text of a number without what does not count: sign of zero, trailing zeros of a fraction, form of the exponent. */
static void put_exact(struct mdl_buf *b, struct mdl_slice s)
{
	char digits[64];
	size_t n = 0;
	int64_t exp = 0;
	bool negative = s.n && s.p[0] == '-', point = false;
	size_t i = negative, at = b->n;
	mdl_buf_putc(b, 'D');
	mdl_buf_putc(b, negative ? '-' : '+');
	for (; i < s.n && s.p[i] != 'e' && s.p[i] != 'E'; i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		exp -= point;
		if (n == 0 && s.p[i] == '0')
			continue;
		if (n < sizeof(digits))
			digits[n] = s.p[i];
		n++;
	}
	long long e = i < s.n ? strtoll(s.p + i + 1, NULL, 10) : 0;
	exp += e >= -MAX_EXPONENT && e <= MAX_EXPONENT ? e : 0;
	/* what no DECIMAL is: its text is what it is */
	if (n && (n > sizeof(digits) || e < -MAX_EXPONENT || e > MAX_EXPONENT)) {
		b->n = at;
		put_tag(b, 'N', s.p, s.n);
		return;
	}
	while (n && digits[n - 1] == '0') {
		n--;
		exp++;
	}
	if (!n) {
		b->n = at;
		put_tag(b, 'I', "\0\0\0\0\0\0\0", 8);
		return;
	}
	int64_t whole;
	if (is_whole(digits, n, exp, negative, &whole)) {
		b->n = at;
		put_tag(b, 'I', &whole, sizeof(whole));
		return;
	}
	mdl_buf_putc(b, (char)n);
	mdl_buf_put(b, digits, n);
	mdl_buf_put(b, &exp, sizeof(exp));
}

static void put_number(struct mdl_buf *b, const struct mdl_json_value *v, bool exact)
{
	struct mdl_slice s = {v->p, v->n};
	int64_t i;
	double d;
	if (v->kind == MDL_JSON_INT && s.n <= 18) {
		bool minus = s.p[0] == '-';
		i = (int64_t)mdl_num_digits(s.p + minus, s.n - minus);
		i = minus ? -i : i;
		put_tag(b, 'I', &i, sizeof(i));
	} else if (v->kind == MDL_JSON_INT && mdl_num_parse_int64(s, &i) == MDL_NUM_OK) {
		put_tag(b, 'I', &i, sizeof(i));
	} else if (exact || v->kind == MDL_JSON_INT) {
		put_exact(b, s);
	} else {
		mdl_num_parse_double(s, &d);
		/* 1.0 and 1 are the same number */
		if (d >= -9007199254740992.0 && d <= 9007199254740992.0 && (double)(int64_t)d == d) {
			i = (int64_t)d;
			put_tag(b, 'I', &i, sizeof(i));
		} else {
			put_tag(b, 'R', &d, sizeof(d));
		}
	}
}

static void put_value(struct mdl_key_bytes *d, size_t k, const struct mdl_json_value *v)
{
	struct mdl_buf *b = &d->buf;
	d->met[k] |= v->kind != MDL_JSON_MISSING;
	switch ((enum mdl_json_kind)v->kind) {
	case MDL_JSON_MISSING:
	case MDL_JSON_NULL:
		mdl_buf_putc(b, 0);
		return;
	case MDL_JSON_TRUE:
	case MDL_JSON_FALSE:
		mdl_buf_putc(b, v->kind == MDL_JSON_TRUE ? 't' : 'f');
		return;
	case MDL_JSON_INT:
	case MDL_JSON_REAL:
		if (d->text[k])
			put_tag(b, 'S', v->p, v->n);
		else
			put_number(b, v, d->exact[k]);
		return;
	case MDL_JSON_STRING:
		if (v->escaped) {
			size_t at = b->n, room = v->n;
			put_tag(b, 'S', v->p, room);
			uint32_t n =
				(uint32_t)mdl_json_unescape_to(b->p + at + 5, (struct mdl_slice){v->p, v->n});
			memcpy(b->p + at + 1, &n, sizeof(n));
			b->n = at + 5 + n;
		} else {
			put_tag(b, 'S', v->p, v->n);
		}
		return;
	case MDL_JSON_ARRAY:
	case MDL_JSON_OBJECT:
		put_tag(b, 'J', v->p, v->n);
		return;
	}
}

/* What put_value does, for a whole number of few digits: the usual key. */
static inline bool put_small(struct mdl_key_bytes *d, size_t k, const struct mdl_json_value *v)
{
	struct mdl_buf *b = &d->buf;
	if (v->kind != MDL_JSON_INT || d->text[k])
		return false;
	size_t minus = v->p[0] == '-', n = v->n - minus;
	if (n > 18 || !mdl_buf_reserve(b, 16))
		return false;
	int64_t i = (int64_t)mdl_num_digits(v->p + minus, n);
	uint32_t len = sizeof(i);
	char *p = b->p + b->n;
	i = minus ? -i : i;
	d->met[k] = true;
	*p = 'I';
	memcpy(p + 1, &len, sizeof(len));
	memcpy(p + 5, &i, sizeof(i));
	b->n += 13;
	return true;
}

static struct mdl_key key_of(struct mdl_key_bytes *d, const struct mdl_json_value *const *cols, size_t row)
{
	mdl_buf_clear(&d->buf);
	for (size_t k = 0; k < d->nkeys; k++) {
		const struct mdl_json_value *v = &cols[k][row];
		if (!put_small(d, k, v))
			put_value(d, k, v);
	}
	struct mdl_hash128 h = mdl_hash128(d->buf.p, d->buf.n);
	return (struct mdl_key){h.lo, h.hi};
}

/* ---- Columns of whole numbers ---- */

enum {
	SLOTS = 64, /* keys that are composed together */
	WHOLE = 13, /* bytes of a whole number */
	MOST_WHOLE = 8,
};

struct slots {
	int64_t v[SLOTS]; /* of one column */
	uint8_t whole[SLOTS];
	uint32_t rest[SLOTS + 1];
	char bytes[]; /* of the keys, one after the other */
};

/* The bytes of SLOTS keys but for the numbers; NULL when other members are to be expected. */
static struct slots *make_slots(const struct mdl_key_bytes *d, struct mdl_arena *a)
{
	const uint32_t len = sizeof(int64_t);
	if (!d->nkeys || d->nkeys > MOST_WHOLE)
		return NULL;
	for (size_t k = 0; k < d->nkeys; k++)
		if (d->text[k])
			return NULL;
	struct slots *s = mdl_arena_alloc(a, sizeof(*s) + SLOTS * d->nkeys * WHOLE);
	for (char *p = s->bytes; p < s->bytes + SLOTS * d->nkeys * WHOLE; p += WHOLE) {
		*p = 'I';
		memcpy(p + 1, &len, sizeof(len));
	}
	return s;
}

/* The keys of the N rows from ROW on, at most SLOTS, column by column; a row that has another member goes the long way. Two
 * passes: the bytes must be in the cache before they are read in other pieces than they were written. False, and nothing
 * is done, when many have. */
static bool hash_whole(struct mdl_key_bytes *d, const struct mdl_json_value *const *cols, size_t row,
		       size_t n, struct slots *s, struct mdl_key *keys)
{
	const size_t size = d->nkeys * WHOLE;
	uint64_t long_way = 0;
	for (size_t k = 0; k < d->nkeys; k++) {
		size_t nrest = mdl_json_number_whole(cols[k] + row, NULL, n, s->v, s->whole, s->rest);
		if (nrest > n / 4 + 1)
			return false;
		d->met[k] |= nrest < n;
		for (size_t i = 0; i < nrest; i++) {
			s->v[s->rest[i]] = 0;
			long_way |= UINT64_C(1) << s->rest[i];
		}
		char *p = s->bytes + k * WHOLE + WHOLE - sizeof(*s->v);
		for (size_t i = 0; i < n; i++, p += size)
			memcpy(p, &s->v[i], sizeof(*s->v));
	}
	for (size_t i = 0; i < n; i++) {
		struct mdl_hash128 h = mdl_hash128(s->bytes + i * size, size);
		keys[i] = (struct mdl_key){h.lo, h.hi};
	}
	for (; long_way; long_way &= long_way - 1) {
		size_t i = (size_t)__builtin_ctzll(long_way);
		keys[i] = key_of(d, cols, row + i);
	}
	return true;
}

void mdl_key_bytes_hash(struct mdl_key_bytes *d, const struct mdl_json_value *const *cols,
			const uint32_t *sel, size_t n, struct mdl_arena *a, struct mdl_key *keys)
{
	struct slots *slots = make_slots(d, a);
	for (size_t from = 0, some; from < n; from += some) {
		size_t most = n - from < SLOTS ? n - from : SLOTS;
		for (some = 1; some < most && sel[from + some] == sel[from] + some;)
			some++;
		if (slots && !hash_whole(d, cols, sel[from], some, slots, keys + from))
			slots = NULL; /* of this batch no more */
		for (size_t i = from; i < from + some && !slots; i++)
			keys[i] = key_of(d, cols, sel[i]);
	}
}
