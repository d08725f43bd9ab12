/* SPDX-License-Identifier: MIT
 *
 * Columns of numbers out of JSON tokens: see json_number.h.
 */
#include "sql/json_number.h"

#include "base/num.h"
#include "sql/function.h"

#ifdef __x86_64__
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl");
}
#endif

size_t mdl_json_number_whole_portable(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				      int64_t *v, uint8_t *valid, uint32_t *rest)
{
	size_t nrest = 0;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_json_value *j = &cells[row];
		bool minus = j->kind == MDL_JSON_INT && *j->p == '-';
		size_t digits = j->n - minus;
		bool ok = j->kind == MDL_JSON_INT && digits <= 16;
		valid[row] = ok;
		rest[nrest] = (uint32_t)row;
		nrest += !ok;
		if (!ok)
			continue;
		int64_t x = (int64_t)mdl_num_digits(j->p + minus, digits);
		v[row] = minus ? -x : x;
	}
	return nrest;
}

size_t mdl_json_number_double_portable(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				       double *v, uint8_t *valid, uint32_t *rest)
{
	size_t nrest = 0;
	MDL_EACH(row, sel, n)
	{
		const struct mdl_json_value *j = &cells[row];
		bool ok = false;
		if (j->kind == MDL_JSON_REAL) {
			ok = mdl_num_short_double(j->p, j->n, &v[row]);
		} else if (j->kind == MDL_JSON_INT && j->n <= 15u + (*j->p == '-')) {
			bool minus = *j->p == '-';
			double d = (double)(int64_t)mdl_num_digits(j->p + minus, j->n - minus);
			v[row] = minus ? -d : d;
			ok = true;
		}
		valid[row] = ok;
		rest[nrest] = (uint32_t)row;
		nrest += !ok;
	}
	return nrest;
}

size_t mdl_json_number_whole(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, int64_t *v,
			     uint8_t *valid, uint32_t *rest)
{
#ifdef __x86_64__
	if (has_avx512())
		return mdl_json_number_whole_avx512(cells, sel, n, v, valid, rest);
#endif
	return mdl_json_number_whole_portable(cells, sel, n, v, valid, rest);
}

size_t mdl_json_number_double(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, double *v,
			      uint8_t *valid, uint32_t *rest)
{
#ifdef __x86_64__
	if (has_avx512())
		return mdl_json_number_double_avx512(cells, sel, n, v, valid, rest);
#endif
	return mdl_json_number_double_portable(cells, sel, n, v, valid, rest);
}
