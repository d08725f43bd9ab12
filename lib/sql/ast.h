/* SPDX-License-Identifier: MIT
 *
 * The syntax tree of a statement: what the parser makes and the analyser reads. All
 * nodes live in the arena that was given to the parser; texts are slices of the
 * source or of that arena. Names are kept as written; positions are byte offsets
 * into the source, for messages.
 */
#ifndef MDL_SQL_AST_H
#define MDL_SQL_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "sql/type.h"
#include "sql/value.h"

/* A text of SQL and what to call it in messages. */
struct mdl_source {
	const char *file; /* "listen_events.sql", "--expect", "SELECT": shown before :line:column */
	struct mdl_slice text;
};

enum mdl_expr_kind {
	MDL_E_LITERAL, /* value, type */
	MDL_E_COLUMN,  /* parts: "a", "t.a", "a.b.c" */
	MDL_E_STAR,    /* [parts.]*  [EXCEPT (names)] */
	MDL_E_UNARY,   /* op: MDL_OP_NEG, MDL_OP_NOT, MDL_OP_BITNOT */
	MDL_E_BINARY,  /* op, args[0], args[1] */
	MDL_E_CALL,    /* name, args */
	MDL_E_CASE,    /* args: [operand,] when, then, ... [, else]; has_operand, has_else */
	MDL_E_CAST,    /* args[0], type, try_cast */
	MDL_E_IN,      /* args[0] in args[1..]; negate */
	MDL_E_EXISTS,  /* EXISTS (SELECT ...) */
	MDL_E_BETWEEN, /* args[0] between args[1] and args[2]; negate */
	MDL_E_LIKE,    /* args[0] op args[1] [escape args[2]]; op LIKE, ILIKE, RLIKE; negate */
	MDL_E_IS,      /* args[0] IS [NOT] is_what; args[1] for DISTINCT FROM */
	MDL_E_INDEX,   /* args[0][args[1]] */
	MDL_E_FIELD,   /* args[0].name */
	MDL_E_LAMBDA,  /* parameters in parts, body args[0]; lambda is its number */
	MDL_E_PARAM,   /* parameter number INPUT, called name, of the lambda function of number LAMBDA */
	MDL_E_NAMED,   /* name => args[0] in a call */
	MDL_E_INPUT, /* made by analysis: column number INPUT of the program's input (a key, an aggregate's result) */
};

enum mdl_op_code {
	MDL_OP_NONE,
	MDL_OP_NEG,
	MDL_OP_NOT,
	MDL_OP_BITNOT,
	MDL_OP_PLUS, /* unary + */
	MDL_OP_ADD,
	MDL_OP_SUB,
	MDL_OP_MUL,
	MDL_OP_DIVIDE,
	MDL_OP_MOD,
	MDL_OP_DIV, /* integral */
	MDL_OP_BITAND,
	MDL_OP_BITOR,
	MDL_OP_BITXOR,
	MDL_OP_SHL,
	MDL_OP_SHR,
	MDL_OP_USHR,
	MDL_OP_CONCAT,
	MDL_OP_EQ,
	MDL_OP_NE,
	MDL_OP_LT,
	MDL_OP_LE,
	MDL_OP_GT,
	MDL_OP_GE,
	MDL_OP_EQ_NULL, /* <=> */
	MDL_OP_AND,
	MDL_OP_OR,
	MDL_OP_LIKE,
	MDL_OP_ILIKE,
	MDL_OP_RLIKE,
};

enum { MDL_EXPR_DEPTH = 1000 };

struct mdl_select;

enum mdl_is_what {
	MDL_IS_NULL,
	MDL_IS_TRUE,
	MDL_IS_FALSE,
	MDL_IS_DISTINCT,
	MDL_IS_MISSING, /* made by analysis: the record has no such member */
};

struct mdl_expr {
	enum mdl_expr_kind kind;
	enum mdl_op_code op;
	uint32_t pos, end; /* of its text in src */
	uint32_t depth;    /* of the tree below, at most MDL_EXPR_DEPTH */
	const struct mdl_source *src;
	struct mdl_expr **args;
	size_t nargs;
	struct mdl_slice name;   /* CALL (as written), FIELD, NAMED */
	struct mdl_slice *parts; /* COLUMN, STAR: names; LAMBDA: parameters; back quotes resolved */
	size_t nparts;
	struct mdl_slice *except; /* STAR */
	size_t nexcept;
	const struct mdl_type *type; /* LITERAL, CAST, INPUT */
	struct mdl_any value;        /* LITERAL */
	size_t input;                /* INPUT, PARAM */
	uint32_t lambda;             /* LAMBDA, PARAM */
	uint32_t
		shown; /* COLUMN, once bound: generated names show its parts from this on, from 1; 0: the last alone */
	uint32_t relation;              /* COLUMN, once bound: 0 the stream, else a table (bind.h) */
	struct mdl_expr *filter;        /* CALL: FILTER (WHERE ...) */
	const struct mdl_select *query; /* IN: of args[0] alone, in (SELECT ...); EXISTS */
	enum mdl_is_what is_what;
	bool typed;    /* CAST: of DATE '...', TIMESTAMP '...' */
	bool optional; /* COLUMN, once bound: where the record has no such member an alias stands for it */
	bool negate, try_cast, has_operand, has_else, distinct, ignore_nulls;
};

struct mdl_select_item {
	struct mdl_expr *expr;
	struct mdl_slice alias;    /* n == 0: none */
	struct mdl_slice *aliases; /* AS (a, b), of explode and its kin */
	size_t naliases;
};

enum mdl_join_kind {
	MDL_JOIN_INNER, /* CROSS: neither ON nor USING */
	MDL_JOIN_LEFT,
	MDL_JOIN_SEMI,
	MDL_JOIN_ANTI,
	MDL_JOIN_VIEW, /* LATERAL VIEW */
};

struct mdl_ast_property {
	struct mdl_slice key, value;
};

struct mdl_relation {
	struct mdl_slice name;    /* "raw.listen_events", "LIVE.t"; of read_files(...) the function's name */
	struct mdl_slice alias;   /* n == 0: none */
	struct mdl_select *query; /* (SELECT ...), or NULL */
	bool stream;              /* STREAM(name), STREAM name */
	struct mdl_ast_property
		*options; /* of read_files(... key => 'value'), cloud_files(..., map('key', 'value')) */
	size_t noptions;
	uint32_t pos;
};

struct mdl_join {
	enum mdl_join_kind kind;
	struct mdl_relation right; /* VIEW: its alias alone */
	bool natural;              /* USING what both sides have */
	struct mdl_expr *on;       /* or USING: */
	struct mdl_slice *using_names;
	size_t nusing;
	struct mdl_expr *generator; /* VIEW: explode(...) */
	bool outer;                 /* VIEW: LATERAL VIEW OUTER */
	struct mdl_slice *columns;  /* VIEW: AS a, b */
	size_t ncolumns;
};

/* WITH name [(columns)] AS (query). */
struct mdl_with {
	struct mdl_slice name;
	struct mdl_slice *columns;
	size_t ncolumns;
	struct mdl_select *query;
	uint32_t pos;
};

struct mdl_select {
	struct mdl_with *with;
	size_t nwith;
	struct mdl_select_item *items;
	size_t nitems;
	struct mdl_relation from; /* name.n == 0: missing, standard input */
	bool has_from;
	struct mdl_join *joins;
	size_t njoins;
	struct mdl_expr *where;  /* or NULL */
	struct mdl_expr **group; /* GROUP BY; a lone integer literal is an item's number, as in Spark */
	size_t ngroup;
	bool group_all;          /* GROUP BY ALL */
	struct mdl_expr *having; /* or NULL */
	bool distinct;
	uint32_t distinct_pos, group_pos;
	struct mdl_expr *watermark; /* FROM STREAM(x) WATERMARK expr DELAY OF INTERVAL ..., or NULL */
	int64_t watermark_delay_us;
	uint32_t pos;
};

enum mdl_on_violation { MDL_ON_WARN, MDL_ON_DROP, MDL_ON_FAIL };

struct mdl_ast_column {
	struct mdl_slice name;
	const struct mdl_type *type;
	bool not_null;
	struct mdl_expr *default_expr;   /* or NULL */
	struct mdl_expr *generated_expr; /* GENERATED ALWAYS AS (expr), or NULL */
	struct mdl_slice comment;
	uint32_t pos;
};

struct mdl_ast_constraint {
	struct mdl_slice name;
	struct mdl_expr *expr;
	enum mdl_on_violation on_violation;
	uint32_t pos;
};

enum mdl_statement_kind {
	MDL_ST_SELECT,
	MDL_ST_STREAMING_TABLE,
	MDL_ST_MATERIALIZED_VIEW,
	MDL_ST_VIEW,
	MDL_ST_TABLE
};

struct mdl_statement {
	enum mdl_statement_kind kind;
	struct mdl_slice name; /* as written: "silver.listen_events" */
	struct mdl_ast_column *columns;
	size_t ncolumns;
	struct mdl_ast_constraint *constraints;
	size_t nconstraints;
	struct mdl_expr *watermark; /* WATERMARK expr DELAY OF INTERVAL ..., or NULL */
	int64_t watermark_delay_us;
	struct mdl_slice *partition_by;
	size_t npartition_by;
	struct mdl_slice *cluster_by;
	size_t ncluster_by;
	struct mdl_ast_property *properties;
	size_t nproperties;
	struct mdl_slice comment;
	struct mdl_select *select;    /* AS SELECT ..., or NULL */
	struct mdl_slice select_text; /* its text */
	uint32_t pos;
};

/* Append E as Spark prints it, which names unnamed columns: "(a + 1)", "upper(a)", "CAST(a AS BIGINT)". */
void mdl_expr_print(struct mdl_buf *out, const struct mdl_expr *e);
/* Are A and B the same expression (names without regard to case)? For GROUP BY. */
bool mdl_expr_same(const struct mdl_expr *a, const struct mdl_expr *b);

#endif
