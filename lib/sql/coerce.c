/* SPDX-License-Identifier: MIT
 *
 * Implicit conversions: see coerce.h. Sources of the rules: Spark's
 * AnsiTypeCoercion.scala, TypeCoercion.scala, DecimalPrecisionTypeCoercion.scala.
 */
#include "sql/coerce.h"

#include <stddef.h>

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

const struct mdl_type *mdl_coerce_decimal(const struct mdl_type *t)
{
	switch (t->kind) {
	case MDL_T_TINYINT:
		return mdl_type_decimal(3, 0);
	case MDL_T_SMALLINT:
		return mdl_type_decimal(5, 0);
	case MDL_T_INT:
		return mdl_type_decimal(10, 0);
	case MDL_T_BIGINT:
		return mdl_type_decimal(20, 0);
	case MDL_T_FLOAT:
		return mdl_type_decimal(14, 7);
	case MDL_T_DOUBLE:
		return mdl_type_decimal(30, 15);
	default:
		return t;
	}
}

const struct mdl_type *mdl_coerce_adjust_decimal(int precision, int scale)
{
	if (precision <= 38)
		return mdl_type_decimal((unsigned)precision, (unsigned)scale);
	int digits = precision - scale, keep = min_int(scale, 6);
	return mdl_type_decimal(38, (unsigned)max_int(38 - digits, keep));
}

const struct mdl_type *mdl_coerce_wider_decimal(const struct mdl_type *a, const struct mdl_type *b)
{
	a = mdl_coerce_decimal(a);
	b = mdl_coerce_decimal(b);
	int scale = max_int(a->scale, b->scale);
	int range = max_int(a->precision - a->scale, b->precision - b->scale);
	/* What is too much is taken from the fraction. */
	int over = max_int(range + scale - 38, 0);
	return mdl_type_decimal((unsigned)(range + scale - over), (unsigned)max_int(scale - over, 0));
}

static const struct mdl_type *numeric(const struct mdl_type *a, const struct mdl_type *b, bool ansi)
{
	if (a->kind == MDL_T_DECIMAL || b->kind == MDL_T_DECIMAL) {
		if (mdl_type_is_fractional(a) || mdl_type_is_fractional(b))
			return &mdl_type_double;
		return mdl_coerce_wider_decimal(a, b);
	}
	const struct mdl_type *wide = a->kind > b->kind ? a : b, *narrow = a->kind > b->kind ? b : a;
	/* A float holds no whole INT: ANSI goes to DOUBLE. */
	if (ansi && wide->kind == MDL_T_FLOAT && mdl_type_is_integral(narrow))
		return &mdl_type_double;
	return wide;
}

static const struct mdl_type *datetimes(const struct mdl_type *a, const struct mdl_type *b)
{
	if (a->kind == MDL_T_TIMESTAMP || b->kind == MDL_T_TIMESTAMP)
		return &mdl_type_timestamp;
	if (a->kind == MDL_T_TIMESTAMP_NTZ || b->kind == MDL_T_TIMESTAMP_NTZ)
		return &mdl_type_timestamp_ntz;
	return a;
}

const struct mdl_type *mdl_coerce_tightest(const struct mdl_type *a, const struct mdl_type *b, bool ansi)
{
	if (mdl_type_eq(a, b))
		return a;
	if (a->kind == MDL_T_NULL)
		return b;
	if (b->kind == MDL_T_NULL)
		return a;
	if (mdl_type_is_numeric(a) && mdl_type_is_numeric(b))
		return numeric(a, b, ansi);
	if (mdl_type_is_datetime(a) && mdl_type_is_datetime(b))
		return datetimes(a, b);
	if (a->kind == b->kind && (a->kind == MDL_T_INTERVAL_DT || a->kind == MDL_T_INTERVAL_YM))
		return mdl_type_interval((enum mdl_unit)min_int(a->from, b->from),
					 (enum mdl_unit)max_int(a->to, b->to));
	if (a->kind == MDL_T_ARRAY && b->kind == MDL_T_ARRAY) {
		if (a->element->kind == MDL_T_ANY || b->element->kind == MDL_T_NULL)
			return a;
		if (b->element->kind == MDL_T_ANY || a->element->kind == MDL_T_NULL)
			return b;
	}
	return NULL;
}

static const struct mdl_type *promote_string(const struct mdl_type *other, bool ansi)
{
	if (!ansi)
		return &mdl_type_string;
	if (mdl_type_is_integral(other))
		return &mdl_type_bigint;
	if (mdl_type_is_numeric(other))
		return &mdl_type_double;
	return other->kind == MDL_T_BINARY || other->kind == MDL_T_BOOLEAN || mdl_type_is_datetime(other) ||
			       other->kind == MDL_T_INTERVAL_DT || other->kind == MDL_T_INTERVAL_YM
		       ? other
		       : NULL;
}

const struct mdl_type *mdl_coerce_common(const struct mdl_type *a, const struct mdl_type *b, bool ansi)
{
	const struct mdl_type *t = mdl_coerce_tightest(a, b, ansi);
	if (t)
		return t;
	if (a->kind == MDL_T_STRING && !mdl_type_is_complex(b))
		return promote_string(b, ansi);
	if (b->kind == MDL_T_STRING && !mdl_type_is_complex(a))
		return promote_string(a, ansi);
	return NULL;
}

static const struct mdl_type *structs(struct mdl_arena *arena, const struct mdl_type *a,
				      const struct mdl_type *b, bool ansi, bool strings)
{
	if (a->nfields != b->nfields)
		return NULL;
	struct mdl_field *f = mdl_arena_zalloc(arena, (a->nfields + 1) * sizeof(*f));
	for (size_t i = 0; i < a->nfields; i++) {
		f[i] = a->fields[i];
		if (!mdl_slice_eq(a->fields[i].name, b->fields[i].name))
			return NULL;
		f[i].not_null = a->fields[i].not_null && b->fields[i].not_null;
		f[i].type = mdl_coerce_nested(arena, a->fields[i].type, b->fields[i].type, ansi, strings);
		if (!f[i].type)
			return NULL;
	}
	return mdl_type_struct(arena, f, a->nfields);
}

const struct mdl_type *mdl_coerce_nested(struct mdl_arena *arena, const struct mdl_type *a,
					 const struct mdl_type *b, bool ansi, bool strings)
{
	const struct mdl_type *t = strings ? mdl_coerce_common(a, b, ansi) : mdl_coerce_tightest(a, b, ansi);
	if (t || a->kind != b->kind || !mdl_type_is_complex(a))
		return t;
	if (a->kind == MDL_T_STRUCT)
		return structs(arena, a, b, ansi, strings);
	const struct mdl_type *e = mdl_coerce_nested(arena, a->element, b->element, ansi, strings), *k = NULL;
	if (a->kind == MDL_T_MAP)
		k = mdl_coerce_nested(arena, a->key, b->key, ansi, strings);
	if (!e || (a->kind == MDL_T_MAP && !k))
		return NULL;
	return k ? mdl_type_map(arena, k, e) : mdl_type_array(arena, e);
}

/* A DECIMAL that holds all values of the integral type B. */
static bool holds(const struct mdl_type *a, const struct mdl_type *b)
{
	return a->precision - a->scale >= mdl_coerce_decimal(b)->precision;
}

const struct mdl_type *mdl_coerce_tight(struct mdl_arena *arena, const struct mdl_type *a,
					const struct mdl_type *b)
{
	if (a->kind == MDL_T_ARRAY && b->kind == MDL_T_ARRAY) {
		const struct mdl_type *e = mdl_coerce_tight(arena, a->element, b->element);
		return e ? mdl_type_array(arena, e) : NULL;
	}
	if (a->kind == MDL_T_DECIMAL && mdl_type_is_integral(b))
		return holds(a, b) ? a : NULL;
	if (b->kind == MDL_T_DECIMAL && mdl_type_is_integral(a))
		return holds(b, a) ? b : NULL;
	if ((a->kind == MDL_T_DECIMAL && mdl_type_is_fractional(b)) ||
	    (b->kind == MDL_T_DECIMAL && mdl_type_is_fractional(a)))
		return NULL;
	for (size_t i = 0;
	     a->kind == MDL_T_STRUCT && b->kind == MDL_T_STRUCT && i < a->nfields && i < b->nfields; i++)
		if (!mdl_coerce_tight(arena, a->fields[i].type, b->fields[i].type))
			return NULL;
	return mdl_coerce_nested(arena, a, b, false, false);
}

const struct mdl_type *mdl_coerce_compare(const struct mdl_type *a, const struct mdl_type *b, bool ansi)
{
	if (ansi || mdl_coerce_tightest(a, b, ansi))
		return mdl_coerce_common(a, b, ansi);
	const struct mdl_type *other = a->kind == MDL_T_STRING ? b : b->kind == MDL_T_STRING ? a : NULL;
	if (other) {
		if (other->kind == MDL_T_DECIMAL)
			return &mdl_type_double;
		return mdl_type_is_complex(other) ? NULL : other;
	}
	/* Without ANSI a boolean compares with a number as 1 or 0. */
	if (a->kind == MDL_T_BOOLEAN && mdl_type_is_numeric(b))
		return b;
	if (b->kind == MDL_T_BOOLEAN && mdl_type_is_numeric(a))
		return a;
	return NULL;
}

bool mdl_coerce_implicit(const struct mdl_type *from, const struct mdl_type *to, bool ansi)
{
	if (mdl_type_eq(from, to) || from->kind == MDL_T_NULL)
		return true;
	if (mdl_type_is_complex(from) || mdl_type_is_complex(to))
		return from->kind == to->kind;
	if (to->kind == MDL_T_STRING)
		return true;
	if (from->kind == MDL_T_STRING)
		return to->kind != MDL_T_INTERVAL_YM && to->kind != MDL_T_INTERVAL_DT &&
		       to->kind != MDL_T_INTERVAL;
	/* By the rules of ANSI store assignment: a function that wants a number takes any, and fails by value. */
	if (mdl_type_is_numeric(from) && mdl_type_is_numeric(to))
		return true;
	if (mdl_type_is_datetime(from) && mdl_type_is_datetime(to))
		return true;
	if (from->kind == to->kind)
		return true;
	if (from->kind == MDL_T_BINARY)
		return !ansi && to->kind == MDL_T_STRING;
	return false;
}
