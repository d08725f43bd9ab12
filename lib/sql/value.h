/* SPDX-License-Identifier: MIT
 *
 * Columns of values. A vector is one column over the rows of a batch, in the
 * representation of its type; all vectors of a batch are indexed by the row's number
 * in the batch, and a selection (an ascending list of row numbers) says which rows
 * count. Rows outside the selection hold anything. A constant is a vector whose mask
 * is 0, so that v->i64[row & v->mask] reads every vector.
 *
 * Vectors and what they point at live in the batch's arena, or, for constants, in
 * the program's.
 */
#ifndef MDL_SQL_VALUE_H
#define MDL_SQL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "sql/type.h"
#include "json/scan.h"

__extension__ typedef __int128 mdl_i128;

struct mdl_any;
struct mdl_zone;
struct mdl_pattern;

/* Representation by type:
 *   BOOLEAN                                        b8   0 or 1
 *   TINYINT SMALLINT INT BIGINT                    i64
 *   DATE (days since 1970-01-01)                   i64
 *   TIMESTAMP TIMESTAMP_NTZ (us since 1970)        i64
 *   TIME (us since midnight)                       i64
 *   INTERVAL_DT (us) INTERVAL_YM (months)          i64
 *   INTERVAL (mdl_calendar_pack of calendar.h)     i128
 *   FLOAT (already rounded to float) DOUBLE        f64
 *   DECIMAL (unscaled; the scale is the type's)    i128
 *   STRING (valid UTF-8) BINARY                    str
 *   ARRAY    span[row] = elements of child[0];   MAP: child[0] keys, child[1] values
 *   STRUCT   child[i][row], one for each field
 *   ANY      any[row], a value with its own type
 *   NULL     no array; valid is all 0
 * A vector of any type may also stand as JSON cells (json != NULL: the original tokens), as columns do
 * until they are needed; kernels and functions never see those, except for args declared so. */
struct mdl_span {
	uint32_t at, n;
};

struct mdl_vec {
	const struct mdl_type *type;
	size_t mask;    /* 0 for constants, ~0 else: index with mdl_row() */
	uint8_t *valid; /* 1: there is a value; 0: NULL. Never NULL */
	union {
		uint8_t *b8;
		int64_t *i64;
		double *f64;
		mdl_i128 *i128;
		struct mdl_slice *str;
		struct mdl_span *span;
		struct mdl_any *any;
		void *data;
	};
	struct mdl_vec **child;
	const struct mdl_json_value
		*json; /* the cells as they came, when this is an untouched column; else NULL */
};

#define mdl_row(v, row) ((size_t)(row) & (v)->mask)

static inline bool mdl_vec_is_const(const struct mdl_vec *v)
{
	return v->mask == 0;
}

/* One value with its type, for places off the hot path. */
struct mdl_any {
	const struct mdl_type *type; /* &mdl_type_null for NULL */
	union {
		uint8_t b8;
		int64_t i64;
		double f64;
		mdl_i128 i128;
		struct mdl_slice str;
		struct {
			const struct mdl_vec *vec; /* complex values: row ROW of VEC */
			size_t row;
		};
		struct mdl_json_value json; /* when raw: a complex value, or a scalar not decoded yet */
	};
	bool raw; /* json holds the token */
};

/* A new vector of N rows in A: valid is uninitialised, as is the data. */
struct mdl_vec *mdl_vec_new(struct mdl_arena *a, const struct mdl_type *t, size_t n);
/* A constant NULL of type T. */
struct mdl_vec *mdl_vec_null(struct mdl_arena *a, const struct mdl_type *t);
/* Element size of T's data array in bytes; 0 for NULL and STRUCT. */
size_t mdl_vec_width(const struct mdl_type *t);
/* dst[to] = src[from], of equal types (or both ANY); strings are not copied. */
void mdl_vec_copy(struct mdl_vec *dst, size_t to, const struct mdl_vec *src, size_t from);
/* Row i of the result, of N, is row ROWS[i] of SRC; nothing is copied that is pointed at. A constant is given back. */
struct mdl_vec *mdl_vec_gather(struct mdl_arena *a, struct mdl_vec *src, const uint32_t *rows, size_t n);
/* The value of one row, whatever the type; valid as long as V. */
struct mdl_any mdl_vec_get(const struct mdl_vec *v, size_t row);
/* Store X, which has V's type, or any type when V is ANY, or NULL. */
void mdl_vec_set(struct mdl_vec *v, size_t row, const struct mdl_any *x);

/* How values are written. All zero: as DESIGN "Records" says, in UTC. */
struct mdl_json_style {
	const struct mdl_zone
		*zone;  /* of TIMESTAMP: the session's, with its offset ("Z" for UTC); NULL: UTC */
	bool to_json;   /* as the function: members that are NULL are left out, intervals as SQL */
	bool keep_null; /* with to_json: they stay */
	const struct mdl_pattern *date, *timestamp, *timestamp_ntz; /* or NULL: ISO 8601 */
};

/* Append the value as JSON, as DESIGN "Records" says: Spark's to_json, but NULL as null, timestamps in ISO 8601 with
 * the zone's offset and up to 6 decimals, TIMESTAMP_NTZ without, intervals as Spark's results show them ("1-2",
 * "3 04:05:06.000000000"); untouched columns as their original bytes. */
void mdl_vec_to_json_as(struct mdl_buf *out, const struct mdl_vec *v, size_t row,
			const struct mdl_json_style *st);
void mdl_any_to_json_as(struct mdl_buf *out, const struct mdl_any *x, const struct mdl_json_style *st);
/* The same in UTC. */
void mdl_vec_to_json(struct mdl_buf *out, const struct mdl_vec *v, size_t row);
void mdl_any_to_json(struct mdl_buf *out, const struct mdl_any *x);

#endif
