/* SPDX-License-Identifier: MIT
 *
 * A SELECT ... GROUP BY split into its parts: the steps that the rows of FROM come of
 * (joins, generators, filters), a program over these rows (group keys, event time,
 * arguments of the aggregates), the aggregates that the operator keeps for each group,
 * and a program over keys and results (the select list and HAVING). Types of results
 * are Spark's.
 */
#ifndef MDL_SQL_AGGREGATE_PLAN_H
#define MDL_SQL_AGGREGATE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/compile.h"
#include "sql/select_plan.h"

enum mdl_agg_kind {
	MDL_AGG_COUNT, /* count(*), count(1): no arg; count(x, ...): rows where every arg has a value */
	MDL_AGG_COUNT_IF,
	MDL_AGG_SUM,
	MDL_AGG_AVG,
	MDL_AGG_MIN,
	MDL_AGG_MAX,
	MDL_AGG_FIRST, /* first, first_value, any_value; ignore_nulls */
	MDL_AGG_LAST,
	MDL_AGG_MIN_BY, /* args: value, order */
	MDL_AGG_MAX_BY,
	MDL_AGG_BOOL_AND, /* bool_and, every */
	MDL_AGG_BOOL_OR,  /* bool_or, some, any */
	MDL_AGG_STDDEV_SAMP,
	MDL_AGG_STDDEV_POP,
	MDL_AGG_VAR_SAMP,
	MDL_AGG_VAR_POP,
	MDL_AGG_COLLECT_LIST,
	MDL_AGG_COLLECT_SET,
};

enum { MDL_AGG_MAX_ARGS = 8 };

struct mdl_agg_call {
	enum mdl_agg_kind kind;
	const char *name; /* as Spark calls it: "count" */
	bool distinct, ignore_nulls;
	int args[MDL_AGG_MAX_ARGS]; /* outputs of the input program */
	size_t nargs;
	int filter; /* output (a predicate), or MDL_NO_OUTPUT: only rows where it is TRUE */
	const struct mdl_type *arg_type; /* of args[0]; NULL without; ANY: each row has its own */
	/* What the result program takes. Spark's rules: count BIGINT; sum of integers BIGINT (overflow fails in ANSI mode,
	 * ARITHMETIC_OVERFLOW, and wraps without), of FLOAT and DOUBLE DOUBLE, of DECIMAL(p,s) DECIMAL(p+10,s); avg DOUBLE,
	 * of DECIMAL(p,s) DECIMAL(p+4,s+4) (both at most 38); min, max, first ...: arg_type. ANY: the widest type that the
	 * group saw (BIGINT < DECIMAL < DOUBLE). */
	const struct mdl_type *type;
};

enum mdl_window_kind { MDL_WINDOW_NONE, MDL_WINDOW_TIME, MDL_WINDOW_SESSION };

/* Times in microseconds. start = floor((t - start_us) / slide_us) * slide_us + start_us; end = start + duration_us. */
struct mdl_window_spec {
	enum mdl_window_kind kind;
	int time;            /* output of the input program: TIMESTAMP or TIMESTAMP_NTZ */
	int64_t duration_us; /* SESSION: the gap */
	int64_t slide_us;    /* equal to duration_us: tumbling */
	int64_t start_us;
	const struct mdl_type *type; /* of start and end */
};

struct mdl_agg_column {
	struct mdl_slice name, json_name; /* json_name: with quotes and ':' */
	const struct mdl_type *type;
	int output; /* of the result program */
};

struct mdl_agg_plan {
	struct mdl_arena arena;
	struct mdl_bound bound;
	/* To the rows of FROM and WHERE; INPUT is the program of its last part, which the outputs below are of. */
	struct mdl_select_plan *rows;
	struct mdl_program *input;
	int where; /* of the last part: output, or MDL_NO_OUTPUT; the others are guarded by it */
	/* The event time of --watermark or WATERMARK, TIMESTAMP; without one WATERMARK is MDL_NO_OUTPUT. Where the rows are
	 * the stream's own it is an output of INPUT; where steps make them EVENT_TIME is a program over the records, and the
	 * watermark is its output: also what no step lets through is an event. */
	struct mdl_program *event_time;
	int watermark;
	int64_t watermark_delay_us;
	const char *watermark_text; /* "EXPR DELAY"; NULL without one */
	int *keys;                  /* outputs: the group keys other than the window, in order */
	const struct mdl_type **key_types;
	size_t nkeys;
	struct mdl_window_spec window;
	/* For each group: */
	struct mdl_agg_call *calls;
	size_t ncalls;
	/* Over the groups. Its inputs are, in this order: the nkeys keys; with a window its start and its end (of
	 * window.type); the ncalls results. */
	struct mdl_program *result;
	int having; /* output, or MDL_NO_OUTPUT; the columns are guarded by it */
	struct mdl_agg_column *columns;
	size_t ncolumns;
	/* What makes the SELECT unlike Spark's streaming: a sentence for a warning (refused with --strict), or NULL. */
	const char *not_streaming;
};

/* The first aggregate call in E, or NULL: to tell a SELECT that is this module's. */
const struct mdl_expr *mdl_agg_find(const struct mdl_expr *e);

/* WATERMARK is --watermark's text, or NULL to take the query's or the schema's. TABLES stay the caller's and must stay
 * valid. */
struct mdl_agg_plan *mdl_agg_plan_new(const struct mdl_select *sel, const struct mdl_schema *schema,
				      const struct mdl_bind_table *tables, size_t ntables,
				      const struct mdl_session *session, const char *watermark,
				      struct mdl_err *err);
void mdl_agg_plan_free(struct mdl_agg_plan *p);
/* The output columns as DDL. */
void mdl_agg_plan_ddl(struct mdl_buf *out, const struct mdl_agg_plan *p);
/* The steps, the programs and the aggregates as text, for --explain. */
void mdl_agg_plan_explain(struct mdl_buf *out, const struct mdl_agg_plan *p,
			  const struct mdl_bind_table *tables);

#endif
