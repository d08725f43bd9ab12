/* SPDX-License-Identifier: MIT
 *
 * The parser of medal's one dialect: Spark SQL with the statements of Databricks
 * pipelines. What it does not carry out it refuses by name. Messages show file, line
 * and column, the line itself and a caret, and begin with Spark's error class:
 *     q.sql:3:12: [PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'
 *       SELECT a FORM t
 *                ^
 * Trees live in the arena; the source text must stay valid as long as they do.
 */
#ifndef MDL_SQL_PARSE_H
#define MDL_SQL_PARSE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/ast.h"

/* All statements of SRC, separated by ';'. */
int mdl_parse_statements(struct mdl_arena *a, const struct mdl_source *src, struct mdl_statement **sts,
			 size_t *n, struct mdl_err *err);
/* One SELECT; "GROUP BY ..." and "WHERE ..." may stand without FROM. A ';' may end it. */
int mdl_parse_select(struct mdl_arena *a, const struct mdl_source *src, struct mdl_select **sel,
		     struct mdl_err *err);
/* One expression. */
int mdl_parse_expr(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr **e,
		   struct mdl_err *err);
/* -e 'NAME EXPECT (expr) [ON VIOLATION ...]', with or without CONSTRAINT before it. */
int mdl_parse_expectation(struct mdl_arena *a, const struct mdl_source *src, struct mdl_ast_constraint *c,
			  struct mdl_err *err);
/* --schema 'a INT NOT NULL, b STRING, CONSTRAINT ...': what stands between the parentheses of CREATE TABLE.
 * ST is zero-filled by the caller, or has what to add to. */
int mdl_parse_columns(struct mdl_arena *a, const struct mdl_source *src, struct mdl_statement *st,
		      struct mdl_err *err);
/* A type for a place in records, as in Auto Loader's schemaHints: 's.when DATE', 'tags.element BIGINT', 'm.value STRING'. */
struct mdl_schema_hint {
	struct mdl_slice *parts;
	size_t nparts;
	const struct mdl_type *type;
};
/* 'a INT, s.b DATE'. */
int mdl_parse_hints(struct mdl_arena *a, const struct mdl_source *src, struct mdl_schema_hint **hints,
		    size_t *n, struct mdl_err *err);
/* 'timestamp_millis(ts) 10 minutes': an expression, then a delay ("10 minutes", "INTERVAL 1 HOUR", "1 hour 30
 * minutes"); in microseconds, not negative; months and years are refused. */
int mdl_parse_watermark(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr **e,
			int64_t *delay_us, struct mdl_err *err);
/* 'userId, sessionId, device.id, `odd name`': column references. */
int mdl_parse_keys(struct mdl_arena *a, const struct mdl_source *src, struct mdl_expr ***keys, size_t *n,
		   struct mdl_err *err);
/* "1 hour 30 minutes", "INTERVAL '10' MINUTE", "10 minutes" -> microseconds; months and years are refused. */
int mdl_parse_duration(struct mdl_arena *a, const struct mdl_source *src, int64_t *us, struct mdl_err *err);

/* Fill ERR with "<file>:<line>:<column>: MESSAGE", the line at POS of SRC and a caret. Returns -1. */
int mdl_parse_error_at(const struct mdl_source *src, size_t pos, struct mdl_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
