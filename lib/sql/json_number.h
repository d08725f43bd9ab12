/* SPDX-License-Identifier: MIT
 *
 * Columns of numbers out of JSON tokens: the usual ones without a branch that depends on
 * what a number looks like, the others are told.
 */
#ifndef MDL_SQL_JSON_NUMBER_H
#define MDL_SQL_JSON_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "json/scan.h"

/* The rows SEL (of N; NULL: all) of CELLS that are whole numbers of up to 16 digits: V gets each, VALID 1. The others,
 * whose VALID is 0, are put into REST, which has room for N + 1; returned is how many. */
size_t mdl_json_number_whole(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, int64_t *v,
			     uint8_t *valid, uint32_t *rest);
/* The same, of numbers that are a double for certain: up to seven digits, a dot and up to eight, or up to 15 and none. */
size_t mdl_json_number_double(const struct mdl_json_value *cells, const uint32_t *sel, size_t n, double *v,
			      uint8_t *valid, uint32_t *rest);

/* On any processor, and with AVX-512 (F, BW, CD, DQ, VL). */
size_t mdl_json_number_whole_portable(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				      int64_t *v, uint8_t *valid, uint32_t *rest);
size_t mdl_json_number_double_portable(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				       double *v, uint8_t *valid, uint32_t *rest);
size_t mdl_json_number_whole_avx512(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				    int64_t *v, uint8_t *valid, uint32_t *rest);
size_t mdl_json_number_double_avx512(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				     double *v, uint8_t *valid, uint32_t *rest);

#endif
