/* SPDX-License-Identifier: MIT
 *
 * Types in SQL text: INT, DECIMAL(10,2), ARRAY<STRUCT<a: INT, b STRING NOT NULL>>,
 * INTERVAL DAY TO SECOND. CHAR(n) and VARCHAR(n) are STRING, as in a Databricks
 * pipeline's rows.
 */
#include <stdlib.h>
#include <string.h>

#include "sql/parse.h"
#include "sql/parser.h"

static const struct {
	const char *word;
	const struct mdl_type *type;
} words[] = {
	{"BOOLEAN", &mdl_type_boolean},
	{"TINYINT", &mdl_type_tinyint},
	{"BYTE", &mdl_type_tinyint},
	{"SMALLINT", &mdl_type_smallint},
	{"SHORT", &mdl_type_smallint},
	{"INT", &mdl_type_int},
	{"INTEGER", &mdl_type_int},
	{"BIGINT", &mdl_type_bigint},
	{"LONG", &mdl_type_bigint},
	{"FLOAT", &mdl_type_float},
	{"REAL", &mdl_type_float},
	{"DOUBLE", &mdl_type_double},
	{"STRING", &mdl_type_string},
	{"BINARY", &mdl_type_binary},
	{"DATE", &mdl_type_date},
	{"TIMESTAMP", &mdl_type_timestamp},
	{"TIMESTAMP_LTZ", &mdl_type_timestamp},
	{"TIMESTAMP_NTZ", &mdl_type_timestamp_ntz},
	{"VOID", &mdl_type_null},
	{"TIME", &mdl_type_time},
};

/* Small unsigned integer in parentheses lists. */
static int small_number(struct mdl_parser *p, unsigned *v)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	if (t->kind != MDL_TK_NUMBER || t->text.n > 9)
		return mdl_parser_syntax(p, ": expected a whole number");
	*v = 0;
	for (size_t i = 0; i < t->text.n; i++) {
		if (t->text.p[i] < '0' || t->text.p[i] > '9')
			return mdl_parser_syntax(p, ": expected a whole number");
		*v = *v * 10 + (unsigned)(t->text.p[i] - '0');
	}
	p->at++;
	return 0;
}

static const struct mdl_type *decimal_type(struct mdl_parser *p)
{
	unsigned precision = 10, scale = 0;
	uint32_t pos = mdl_parser_peek(p, 0)->pos;
	if (mdl_parser_take_op(p, '(')) {
		if (small_number(p, &precision) < 0)
			return NULL;
		if (mdl_parser_take_op(p, ',') && small_number(p, &scale) < 0)
			return NULL;
		if (mdl_parser_need_op(p, ')') < 0)
			return NULL;
	}
	if (precision > 38 || precision < 1 || scale > precision) {
		if (precision > 38)
			mdl_parse_error_at(
				p->src, pos, p->err,
				"[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision %u exceeds max "
				"precision 38",
				precision);
		else
			mdl_parse_error_at(
				p->src, pos, p->err,
				"[DECIMAL_SCALE] Decimal scale (%u) cannot be greater than precision (%u)",
				scale, precision);
		return NULL;
	}
	return mdl_type_decimal(precision, scale);
}

static bool take_unit(struct mdl_parser *p, enum mdl_unit *u)
{
	static const char *const units[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
	for (unsigned i = 0; i < 6; i++)
		if (mdl_parser_take(p, units[i])) {
			*u = (enum mdl_unit)i;
			return true;
		}
	return false;
}

static const struct mdl_type *interval_type(struct mdl_parser *p)
{
	enum mdl_unit from, to;
	if (!take_unit(p, &from))
		return &mdl_type_interval_all;
	to = from;
	if (mdl_parser_take(p, "TO") && !take_unit(p, &to)) {
		mdl_parser_syntax(p, ": expected YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
		return NULL;
	}
	if (to < from || (from <= MDL_U_MONTH) != (to <= MDL_U_MONTH)) {
		mdl_parser_syntax(p, ": these units do not make an interval");
		return NULL;
	}
	return mdl_type_interval(from, to);
}

static const struct mdl_type *struct_type(struct mdl_parser *p)
{
	struct mdl_field *f = NULL;
	size_t n = 0, cap = 0;
	if (mdl_parser_take_op(p, MDL_TO_NE)) /* STRUCT<> */
		return mdl_type_struct(p->a, NULL, 0);
	if (mdl_parser_need_op(p, '<') < 0)
		return NULL;
	if (mdl_parser_take_op(p, '>'))
		return mdl_type_struct(p->a, NULL, 0);
	do {
		if (n == cap) {
			cap = cap ? cap * 2 : 8;
			struct mdl_field *more = mdl_arena_zalloc(p->a, cap * sizeof(*f));
			if (n)
				memcpy(more, f, n * sizeof(*f));
			f = more;
		}
		if (mdl_parser_name(p, &f[n].name) < 0)
			return NULL;
		mdl_parser_take_op(p, ':');
		if (!(f[n].type = mdl_parser_type(p)))
			return NULL;
		f[n].not_null = mdl_parser_take(p, "NOT NULL");
		if (mdl_parser_take(p, "COMMENT"))
			p->at += mdl_parser_peek(p, 0)->kind == MDL_TK_STRING;
		n++;
	} while (mdl_parser_take_op(p, ','));
	if (mdl_parser_need_op(p, '>') < 0)
		return NULL;
	return mdl_type_struct(p->a, f, n);
}

static const struct mdl_type *nested_type(struct mdl_parser *p)
{
	if (mdl_parser_take(p, "ARRAY")) {
		const struct mdl_type *e;
		if (mdl_parser_need_op(p, '<') < 0 || !(e = mdl_parser_type(p)) ||
		    mdl_parser_need_op(p, '>') < 0)
			return NULL;
		return mdl_type_array(p->a, e);
	}
	if (mdl_parser_take(p, "MAP")) {
		const struct mdl_type *k, *v;
		if (mdl_parser_need_op(p, '<') < 0 || !(k = mdl_parser_type(p)) ||
		    mdl_parser_need_op(p, ',') < 0 || !(v = mdl_parser_type(p)) ||
		    mdl_parser_need_op(p, '>') < 0)
			return NULL;
		return mdl_type_map(p->a, k, v);
	}
	p->at++;
	return struct_type(p);
}

static const struct mdl_type *one_type(struct mdl_parser *p)
{
	const struct mdl_token *t = mdl_parser_peek(p, 0);
	if (t->kind != MDL_TK_NAME) {
		mdl_parser_syntax(p, ": expected a type");
		return NULL;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (mdl_parser_take(p, words[i].word)) {
			if (words[i].type == &mdl_type_string && mdl_parser_take(p, "COLLATE")) {
				if (!mdl_parser_is(p, 0, "UTF8_BINARY")) {
					mdl_parser_refuse(p, mdl_parser_peek(p, 0)->pos,
							  "collations but UTF8_BINARY");
					return NULL;
				}
				p->at++;
			}
			return words[i].type;
		}
	if (mdl_parser_take(p, "DECIMAL") || mdl_parser_take(p, "DEC") || mdl_parser_take(p, "NUMERIC"))
		return decimal_type(p);
	if (mdl_parser_take(p, "INTERVAL"))
		return interval_type(p);
	if (mdl_parser_take(p, "VARCHAR") || mdl_parser_take(p, "CHAR") || mdl_parser_take(p, "CHARACTER")) {
		unsigned n;
		if (mdl_parser_need_op(p, '(') < 0 || small_number(p, &n) < 0 ||
		    mdl_parser_need_op(p, ')') < 0)
			return NULL;
		return &mdl_type_string;
	}
	if (mdl_parser_is(p, 0, "ARRAY") || mdl_parser_is(p, 0, "MAP") || mdl_parser_is(p, 0, "STRUCT"))
		return nested_type(p);
	mdl_parse_error_at(p->src, t->pos, p->err, "[UNSUPPORTED_DATATYPE] Unsupported data type \"%.*s\"",
			   (int)t->text.n, t->text.p);
	return NULL;
}

const struct mdl_type *mdl_parser_type(struct mdl_parser *p)
{
	if (++p->nesting > 200) {
		mdl_parser_syntax(p, ": too deeply nested");
		return NULL;
	}
	const struct mdl_type *t = one_type(p);
	p->nesting--;
	return t;
}
