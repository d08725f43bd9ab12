/* SPDX-License-Identifier: MIT
 *
 * The hash of a key is that of the bytes it always had, in a column of whole numbers and
 * beside other values.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <xxhash.h>

#include "base/buf.h"
#include "op/key_bytes.h"

enum { ROWS = 300, KEYS = 9 };

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static void put(struct mdl_buf *b, char tag, const void *p, uint32_t n)
{
	mdl_buf_putc(b, tag);
	mdl_buf_put(b, &n, sizeof(n));
	mdl_buf_put(b, p, n);
}

/* A value, whose bytes go to B. */
static struct mdl_json_value value(struct mdl_arena *a, struct mdl_buf *b, bool odd, bool text)
{
	int64_t i = (int64_t)(rnd() >> (1 + rnd() % 62));
	i = rnd() % 8 || !odd ? i : -i;
	unsigned kind = odd ? (unsigned)(rnd() % 4) : 0;
	char *s = kind == 1 ? mdl_arena_printf(a, "%" PRId64 ".0", i % 1000000)
			    : mdl_arena_printf(a, "%" PRId64, i);
	uint32_t n = (uint32_t)strlen(s);
	if (kind == 2) {
		mdl_buf_putc(b, 0);
		return (struct mdl_json_value){.kind = rnd() % 2 ? MDL_JSON_MISSING : MDL_JSON_NULL};
	}
	if (text || kind == 3) {
		put(b, 'S', s, n);
		return (struct mdl_json_value){s, n,
					       kind == 3 ? MDL_JSON_STRING
					       : kind    ? MDL_JSON_REAL
							 : MDL_JSON_INT,
					       false};
	}
	i = kind == 1 ? i % 1000000 : i;
	put(b, 'I', &i, sizeof(i));
	return (struct mdl_json_value){s, n, kind ? MDL_JSON_REAL : MDL_JSON_INT, false};
}

static void as_its_bytes(void **state)
{
	(void)state;
	struct mdl_arena a;
	mdl_arena_init(&a);
	for (int round = 0; round < 300; round++) {
		struct mdl_json_value cells[KEYS][ROWS];
		const struct mdl_json_value *cols[KEYS];
		struct mdl_key keys[ROWS], want[ROWS];
		uint32_t sel[ROWS];
		bool exact[KEYS] = {false}, text[KEYS] = {false}, met[KEYS] = {false};
		size_t n = rnd() % ROWS, nsel = 0, nkeys = 1 + rnd() % KEYS, odd = rnd() % 4;
		struct mdl_key_bytes d;
		struct mdl_buf b = MDL_BUF_INIT(1 << 16);
		for (size_t k = 0; k < nkeys; k++) {
			text[k] = rnd() % 16 == 0;
			exact[k] = rnd() % 4 == 0;
			cols[k] = cells[k];
		}
		for (size_t i = 0; i < n; i++) {
			mdl_buf_clear(&b);
			for (size_t k = 0; k < nkeys; k++)
				cells[k][i] = value(&a, &b, odd && rnd() % (odd * odd * 8) == 0, text[k]);
			XXH128_hash_t h = XXH3_128bits(b.p, b.n);
			sel[nsel] = (uint32_t)i;
			want[nsel] = (struct mdl_key){h.low64, h.high64};
			nsel += round % 2 || rnd() % 32 > 0;
		}
		mdl_key_bytes_init(&d);
		d.nkeys = nkeys;
		d.exact = exact;
		d.text = text;
		d.met = met;
		mdl_key_bytes_hash(&d, cols, sel, nsel, &a, keys);
		assert_memory_equal(keys, want, nsel * sizeof(*keys));
		for (size_t k = 0; k < nkeys; k++) {
			bool any = false;
			for (size_t i = 0; i < nsel; i++)
				any |= cells[k][sel[i]].kind != MDL_JSON_MISSING;
			assert_int_equal(met[k], any);
		}
		mdl_key_bytes_free(&d);
		mdl_buf_free(&b);
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_its_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
