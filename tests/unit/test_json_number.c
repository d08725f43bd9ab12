/* SPDX-License-Identifier: MIT
 *
 * Columns of numbers: all ways give what one token after the other gives, and read nothing but the tokens.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/num.h"
#include "sql/json_number.h"

enum { ROWS = 403 };

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static size_t put_digits(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('0' + rnd() % 10);
	if (n > 1 && p[0] == '0')
		p[0] = '7';
	return n;
}

/* A number as JSON has them, or something else. */
static struct mdl_json_value token(char *p, bool odd)
{
	struct mdl_json_value j = {.p = p, .kind = MDL_JSON_INT};
	size_t n = 0;
	if (odd && rnd() % 4 == 0) {
		static const enum mdl_json_kind kinds[] = {MDL_JSON_MISSING, MDL_JSON_NULL, MDL_JSON_STRING,
							   MDL_JSON_TRUE};
		j.kind = (uint8_t)kinds[rnd() % 4];
		j.n = (uint32_t)put_digits(p, rnd() % 5);
		if (j.kind == MDL_JSON_MISSING)
			j.p = NULL, j.n = 0;
		return j;
	}
	if (odd && rnd() % 3 == 0)
		p[n++] = '-';
	n += put_digits(p + n, 1 + rnd() % (odd ? 20 : 16));
	if (odd && rnd() % 2) {
		j.kind = MDL_JSON_REAL;
		p[n++] = '.';
		n += put_digits(p + n, 1 + rnd() % 9);
		if (rnd() % 4 == 0)
			n += (size_t)snprintf(p + n, 8, "e%d", (int)(rnd() % 40) - 20);
	}
	j.n = (uint32_t)n;
	return j;
}

/* A price: mostly one that is read four at a time. */
static struct mdl_json_value decimal(char *p)
{
	size_t n = put_digits(p, 1 + rnd() % (rnd() % 64 ? 7 : 8));
	p[n++] = '.';
	n += put_digits(p + n, 1 + rnd() % (rnd() % 64 ? 8 : 9));
	return (struct mdl_json_value){p, (uint32_t)n, MDL_JSON_REAL, false};
}

typedef size_t whole_fn(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, int64_t *v,
			uint8_t *valid, uint32_t *rest);

static void check_whole(whole_fn *fn, const struct mdl_json_value *cells, const uint32_t *sel, size_t n)
{
	int64_t v[ROWS], want;
	uint8_t valid[ROWS];
	uint32_t rest[ROWS + 1];
	size_t nrest = fn(cells, sel, n, v, valid, rest), at = 0;
	for (size_t i = 0; i < n; i++) {
		size_t row = sel ? sel[i] : i;
		const struct mdl_json_value *j = &cells[row];
		bool easy = j->kind == MDL_JSON_INT && j->n - (*j->p == '-') <= 16;
		assert_int_equal(valid[row], easy);
		if (!easy) {
			assert_true(at < nrest);
			assert_int_equal(rest[at++], row);
			continue;
		}
		assert_int_equal(mdl_num_parse_int64((struct mdl_slice){j->p, j->n}, &want), MDL_NUM_OK);
		assert_true(v[row] == want);
	}
	assert_int_equal(at, nrest);
}

typedef size_t double_fn(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, double *v,
			 uint8_t *valid, uint32_t *rest);

static void check_double(double_fn *fn, const struct mdl_json_value *cells, const uint32_t *sel, size_t n)
{
	double v[ROWS], want;
	uint8_t valid[ROWS];
	uint32_t rest[ROWS + 1];
	size_t nrest = fn(cells, sel, n, v, valid, rest), at = 0;
	for (size_t i = 0; i < n; i++) {
		size_t row = sel ? sel[i] : i;
		const struct mdl_json_value *j = &cells[row];
		if (!valid[row]) {
			size_t dot = j->kind == MDL_JSON_REAL
					     ? (size_t)((char *)memchr(j->p, '.', j->n) - j->p)
					     : 0;
			assert_false(dot >= 1 && dot <= 7 && j->n > dot + 1 && j->n <= dot + 9 &&
				     *j->p != '-' && !memchr(j->p, 'e', j->n));
			assert_true(at < nrest);
			assert_int_equal(rest[at++], row);
			continue;
		}
		assert_true(j->kind == MDL_JSON_INT || j->kind == MDL_JSON_REAL);
		assert_int_equal(mdl_num_parse_double((struct mdl_slice){j->p, j->n}, &want), MDL_NUM_OK);
		assert_memory_equal(&v[row], &want, sizeof(want));
	}
	assert_int_equal(at, nrest);
}

static void as_one_after_the_other(void **state)
{
	(void)state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (ROWS * 64 / page + 2) * page;
	/* nothing may be read before the first token or behind the last */
	char *p = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	p += page;
	assert_int_equal(mprotect(p, room, PROT_READ | PROT_WRITE), 0);
	for (int round = 0; round < 2000; round++) {
		struct mdl_json_value cells[ROWS];
		uint32_t sel[ROWS];
		char text[64], *at = p;
		bool back = rnd() % 2, decimals = rnd() % 4 == 0;
		size_t n = rnd() % (ROWS + 1), nsel = 0, odd = rnd() % 3;
		for (size_t i = 0; i < n; i++) {
			cells[i] = decimals ? decimal(text) : token(text, odd && rnd() % (odd * 8 - 7) == 0);
			if (cells[i].p) {
				cells[i].p = back ? p + room - (at - p) - cells[i].n : at;
				memcpy((char *)(uintptr_t)cells[i].p, text, cells[i].n);
				at += cells[i].n;
			}
			sel[nsel] = (uint32_t)i;
			nsel += round % 3 == 0 || rnd() % 8 > 0;
		}
		for (int all = 0; all < 2; all++) {
			const uint32_t *rows = all ? NULL : sel;
			check_whole(mdl_json_number_whole, cells, rows, all ? n : nsel);
			check_whole(mdl_json_number_whole_portable, cells, rows, all ? n : nsel);
			check_double(mdl_json_number_double, cells, rows, all ? n : nsel);
			check_double(mdl_json_number_double_portable, cells, rows, all ? n : nsel);
		}
	}
	assert_int_equal(munmap(p - page, room + 2 * page), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_one_after_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
