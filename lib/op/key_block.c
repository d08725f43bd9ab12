/* SPDX-License-Identifier: MIT
 *
 * Keys as entries of the state store: see key_block.h.
 */
#include "op/key_block.h"

#include <string.h>

enum { HEAD = 8, KEY = 16, OLD = 24 };

#define FOREVER INT64_MAX

void mdl_key_block_init(struct mdl_key_block *b)
{
	memset(b, 0, sizeof(*b));
	mdl_buf_init(&b->text, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&b->times, MDL_BUF_NO_LIMIT);
}

void mdl_key_block_free(struct mdl_key_block *b)
{
	mdl_buf_free(&b->text);
	mdl_buf_free(&b->times);
	b->n = 0;
}

void mdl_key_block_clear(struct mdl_key_block *b)
{
	mdl_buf_clear(&b->text);
	mdl_buf_clear(&b->times);
	b->n = 0;
	b->timed = false;
	b->last_ms = 0;
}

/* A time that ends within a millisecond ends with it. */
static int64_t ms_of(int64_t us)
{
	return us / 1000 + (us % 1000 > 0);
}

static void put_varint(struct mdl_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		mdl_buf_putc(b, (char)(v | 0x80));
	mdl_buf_putc(b, (char)v);
}

/* 0: for ever; else 1 + the zigzag code of the difference. Milliseconds are 54 bits, so nothing overflows. */
static void put_time(struct mdl_key_block *b, int64_t expiry_us)
{
	if (expiry_us == FOREVER) {
		if (b->timed)
			put_varint(&b->times, 0);
		return;
	}
	for (uint32_t i = 1; !b->timed && i < b->n;
	     i++) /* those before were all for ever, which needs no times */
		put_varint(&b->times, 0);
	int64_t ms = ms_of(expiry_us), d = ms - b->last_ms;
	put_varint(&b->times, 1 + ((uint64_t)d << 1 ^ (uint64_t)(d >> 63)));
	b->last_ms = ms;
	b->timed = true;
}

void mdl_key_block_add(struct mdl_key_block *b, struct mdl_key key, int64_t expiry_us)
{
	if (!b->n)
		mdl_buf_put(&b->text, "K\0\0\0\0\0\0", HEAD);
	mdl_buf_put(&b->text, &key, KEY);
	b->n++;
	put_time(b, expiry_us);
}

struct mdl_slice mdl_key_block_entry(struct mdl_key_block *b)
{
	if (!b->n)
		return (struct mdl_slice){"", 0};
	b->text.p[1] = b->timed;
	memcpy(b->text.p + 4, &b->n, sizeof(b->n));
	if (b->timed)
		mdl_buf_puts_slice(&b->text, mdl_buf_slice(&b->times));
	if (b->text.n % OLD == 0)
		mdl_buf_putc(&b->text, 0);
	return mdl_buf_slice(&b->text);
}

bool mdl_key_block_read(struct mdl_key_block_reader *r, struct mdl_slice e)
{
	memset(r, 0, sizeof(*r));
	r->end = e.p + e.n;
	if (e.n % OLD == 0) {
		r->old = true;
		r->keys = e.p;
		r->n = (uint32_t)(e.n / OLD);
		return true;
	}
	if (e.n < HEAD || e.p[0] != 'K')
		return false;
	memcpy(&r->n, e.p + 4, sizeof(r->n));
	r->timed = e.p[1];
	r->keys = e.p + HEAD;
	if ((e.n - HEAD) / KEY < r->n)
		return false;
	r->times = r->keys + (size_t)r->n * KEY;
	return true;
}

static bool get_time(struct mdl_key_block_reader *r, int64_t *expiry_us)
{
	uint64_t v = 0;
	for (unsigned shift = 0;; shift += 7) {
		if (r->times == r->end || shift > 63)
			return false;
		unsigned char c = (unsigned char)*r->times++;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			break;
	}
	if (!v) {
		*expiry_us = FOREVER;
		return true;
	}
	v--;
	r->last_ms = (int64_t)((uint64_t)r->last_ms + (v >> 1 ^ (~(v & 1) + 1)));
	if (__builtin_mul_overflow(r->last_ms, 1000, expiry_us))
		*expiry_us = r->last_ms < 0 ? INT64_MIN : FOREVER;
	return true;
}

bool mdl_key_block_next(struct mdl_key_block_reader *r, struct mdl_key *key, int64_t *expiry_us)
{
	if (r->at == r->n)
		return false;
	const char *p = r->keys + (size_t)r->at * (r->old ? OLD : KEY);
	memcpy(&key->lo, p, 8);
	memcpy(&key->hi, p + 8, 8);
	*expiry_us = FOREVER;
	if (r->old) {
		memcpy(expiry_us, p + KEY, 8);
		if (*expiry_us != FOREVER && __builtin_mul_overflow(ms_of(*expiry_us), 1000, expiry_us))
			*expiry_us = FOREVER;
	} else if (r->timed && !get_time(r, expiry_us)) {
		r->bad = true;
	}
	r->at++;
	return !r->bad;
}
