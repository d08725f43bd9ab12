/* SPDX-License-Identifier: MIT
 *
 * The types of Spark SQL. A type is immutable and shared: the primitive ones and all
 * DECIMAL(p,s) are static, the nested ones live in the arena that made them. ANY is
 * ours alone: an undeclared JSON member, whose type is that of its token, row by row
 * (BIGINT, DECIMAL beyond 64 bits, DOUBLE, STRING, BOOLEAN, ARRAY, STRUCT).
 */
#ifndef MDL_SQL_TYPE_H
#define MDL_SQL_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum mdl_kind {
	MDL_T_NULL, /* the type of a bare NULL: VOID */
	MDL_T_BOOLEAN,
	MDL_T_TINYINT,
	MDL_T_SMALLINT,
	MDL_T_INT,
	MDL_T_BIGINT,
	MDL_T_FLOAT,
	MDL_T_DOUBLE,
	MDL_T_DECIMAL,
	MDL_T_STRING,
	MDL_T_BINARY,
	MDL_T_DATE,
	MDL_T_TIMESTAMP,
	MDL_T_TIMESTAMP_NTZ,
	MDL_T_INTERVAL_DT, /* day-time */
	MDL_T_INTERVAL_YM, /* year-month */
	MDL_T_ARRAY,
	MDL_T_MAP,
	MDL_T_STRUCT,
	MDL_T_ANY,
	/* At the end, for states of checkpoints hold these numbers. */
	MDL_T_TIME,     /* of day */
	MDL_T_INTERVAL, /* months, days and microseconds in one */
};

/* Units of intervals, for from and to. */
enum mdl_unit { MDL_U_YEAR, MDL_U_MONTH, MDL_U_DAY, MDL_U_HOUR, MDL_U_MINUTE, MDL_U_SECOND };

struct mdl_field;

struct mdl_type {
	enum mdl_kind kind;
	uint8_t precision, scale;       /* DECIMAL: 1..38, 0..precision */
	uint8_t from, to;               /* intervals: enum mdl_unit */
	const struct mdl_type *element; /* ARRAY: of elements; MAP: of values */
	const struct mdl_type *key;     /* MAP */
	const struct mdl_field *fields; /* STRUCT */
	size_t nfields;
	bool open; /* STRUCT: of undeclared objects, as those of a batch have it; other fields are NULL */
};

struct mdl_field {
	struct mdl_slice name;
	const struct mdl_type *type;
	bool not_null;
};

extern const struct mdl_type mdl_type_null, mdl_type_boolean, mdl_type_tinyint, mdl_type_smallint,
	mdl_type_int, mdl_type_bigint, mdl_type_float, mdl_type_double, mdl_type_string, mdl_type_binary,
	mdl_type_date, mdl_type_timestamp, mdl_type_timestamp_ntz, mdl_type_interval_dt, mdl_type_interval_ym,
	mdl_type_any, mdl_type_time, mdl_type_interval_all;

/* Static; aborts unless 1 <= p <= 38 and s <= p. */
const struct mdl_type *mdl_type_decimal(unsigned p, unsigned s);
/* Intervals with fields other than the whole (DAY TO SECOND, YEAR TO MONTH); static. */
const struct mdl_type *mdl_type_interval(enum mdl_unit from, enum mdl_unit to);
/* Nested types live in A. FIELDS are copied. */
const struct mdl_type *mdl_type_array(struct mdl_arena *a, const struct mdl_type *element);
const struct mdl_type *mdl_type_map(struct mdl_arena *a, const struct mdl_type *key,
				    const struct mdl_type *value);
const struct mdl_type *mdl_type_struct(struct mdl_arena *a, const struct mdl_field *fields, size_t n);

/* T with all that it points at in A. */
const struct mdl_type *mdl_type_copy(struct mdl_arena *a, const struct mdl_type *t);

/* The field NAME of a STRUCT: without regard to case, but in an open one exactly; -1 when there is none. */
int mdl_type_field(const struct mdl_type *t, struct mdl_slice name);

bool mdl_type_eq(const struct mdl_type *a, const struct mdl_type *b);

/* Can values of T be compared, in Spark? Not where a MAP or an INTERVAL of months and days is in them. */
bool mdl_type_has_order(const struct mdl_type *t);

static inline bool mdl_type_is_integral(const struct mdl_type *t)
{
	return t->kind >= MDL_T_TINYINT && t->kind <= MDL_T_BIGINT;
}
static inline bool mdl_type_is_numeric(const struct mdl_type *t)
{
	return t->kind >= MDL_T_TINYINT && t->kind <= MDL_T_DECIMAL;
}
static inline bool mdl_type_is_fractional(const struct mdl_type *t)
{
	return t->kind == MDL_T_FLOAT || t->kind == MDL_T_DOUBLE;
}
static inline bool mdl_type_is_datetime(const struct mdl_type *t)
{
	return t->kind >= MDL_T_DATE && t->kind <= MDL_T_TIMESTAMP_NTZ;
}
static inline bool mdl_type_is_complex(const struct mdl_type *t)
{
	return t->kind >= MDL_T_ARRAY && t->kind <= MDL_T_STRUCT;
}

/* Append the type as DDL ("DECIMAL(10,2)", "STRUCT<a: INT, b: ARRAY<STRING>>", Spark's sql form). */
void mdl_type_ddl(struct mdl_buf *out, const struct mdl_type *t);
/* The same as a text in A. */
const char *mdl_type_name(struct mdl_arena *a, const struct mdl_type *t);
/* Parse "ARRAY<INT>". Implemented by the parser; *T lives in A. */
int mdl_type_parse(struct mdl_arena *a, struct mdl_slice ddl, const struct mdl_type **t, struct mdl_err *err);

/* Append NAME as SQL writes it: bare when it is a plain identifier, else in back quotes. */
void mdl_type_quote_name(struct mdl_buf *out, struct mdl_slice name);

#endif
