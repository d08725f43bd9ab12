/* SPDX-License-Identifier: MIT
 *
 * What a built-in scalar function is: a row of a table. The engine resolves the
 * name, checks arity, casts the arguments to the types that the function wants
 * (Spark's implicit casts), folds constants and calls eval once a batch.
 */
#ifndef MDL_SQL_FUNCTION_H
#define MDL_SQL_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/type.h"
#include "sql/value.h"

enum { MDL_FN_MAX_ARGS = 255 };

/* Settings of the session that values depend on. */
struct mdl_session {
	bool ansi;
	const char *timezone; /* "UTC", "Europe/Berlin", "+02:00" */
	int64_t now_us; /* current_timestamp(): the epoch's batch_timestamp_ms; may change between batches */
	bool checkpointed; /* unseeded rand() and uuid() are refused */
};

/* The first failure of each row: Spark's error class and message. */
struct mdl_row_fail {
	const char *class; /* static: "DIVIDE_BY_ZERO" */
	const char *
		message; /* in the batch's arena; without the class: "Division by zero. Use `try_divide` ..." */
};

struct mdl_fails {
	size_t n;                  /* rows that failed */
	size_t nrows;              /* rows of the batch */
	struct mdl_row_fail **row; /* [nrows], NULL: fine; the array itself is NULL while n is 0 */
};

/* ROW's failure, or NULL. */
static inline const struct mdl_row_fail *mdl_fails_row(const struct mdl_fails *f, size_t row)
{
	return f->n ? f->row[row] : NULL;
}

struct mdl_fn_ctx {
	struct mdl_arena *arena; /* the batch's; results and their strings go here */
	const struct mdl_session *session;
	struct mdl_fails *fails;
	bool quiet;  /* inside a try_...: mdl_fn_fail only makes the value NULL */
	void *state; /* what prepare gave for this call, or NULL */
};

/* ROW's value cannot be computed: enter the failure (the first of a row stands) and make out's row NULL.
 * MESSAGE by printf; CLASS is a static text of Spark's, with its sub-class ("CAST_INVALID_INPUT"). */
void mdl_fn_fail(struct mdl_fn_ctx *ctx, struct mdl_vec *out, size_t row, const char *class, const char *fmt,
		 ...) __attribute__((format(printf, 5, 6)));

/* for (row in selection): SEL is NULL for rows 0 to N-1. */
#define MDL_EACH(row, sel, n) \
	for (size_t i_ = 0, row; i_ < (n) && ((row) = (sel) ? (sel)[i_] : i_, true); i_++)

/* A call being resolved. */
struct mdl_call {
	struct mdl_arena *arena; /* the program's */
	const struct mdl_session *session;
	const char *name;
	size_t nargs;
	const struct mdl_type **args; /* in: the types as they are; out: as eval wants them */
	const struct mdl_slice
		*names; /* of args that are columns or fields, else empty; NULL: none is known */
	const struct mdl_vec *const *consts; /* the value (row 0) of an arg that is constant, else NULL */
	const struct mdl_type *result;       /* out */
	void *state;   /* out, optional: handed to eval; in ARENA or freed by unprepare */
	bool can_fail; /* in: the function's flag; out: clear it when this call cannot */
};

enum mdl_fn_flag {
	/* NULL in, NULL out: the engine sets out->valid and calls eval only for rows where every argument has a
	 * value. Without it eval gets all rows, tests args[i]->valid itself and sets out->valid for each row. */
	MDL_FN_STRICT = 1,
	MDL_FN_CAN_FAIL = 2,    /* may call mdl_fn_fail: not evaluated for rows that do not need it */
	MDL_FN_COSTLY = 4,      /* (regular expressions, JSON) guarded likewise */
	MDL_FN_VOLATILE = 8,    /* not folded, not shared: rand(), uuid() */
	MDL_FN_SESSION = 16,    /* reads session->now_us: folded no earlier than the batch */
	MDL_FN_NULL_FIRST = 64, /* NULL where the first argument is, and then the others are not computed */
	MDL_FN_TRY = 32,        /* ctx->quiet is set for eval: failures are NULLs */
};

struct mdl_fn {
	const char *name; /* lower case */
	uint8_t min_args, max_args;
	unsigned flags;
	/* Short form for most functions: wanted argument types and the result, e.g. "STRING,INT:STRING". Words: the DDL
	 * names of primitive types (TINYINT ... TIMESTAMP_NTZ BINARY), or NUMERIC (any number, kept as it is), INTEGRAL,
	 * ANY (as it is; a bare NULL becomes STRING), SAME (all SAME args get their widest common type; result SAME),
	 * DECIMAL (a number made DECIMAL). The result may be ARG1, ARG2 ... . The last argument word repeats for more
	 * arguments; arguments beyond min_args may be missing. NULL when resolve says it. */
	const char *types;
	/* Types that depend. Fill args, result (and state). ERR for what does not fit, in Spark's words
	 * ("[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] ..."). When TYPES is given too, it is applied first. */
	int (*resolve)(struct mdl_call *call, struct mdl_err *err);
	void (*unprepare)(void *state);
	/* Compute out (made by the engine: type call->result, arrays of the batch's size) for the rows of SEL.
	 * Never allocate but from ctx->arena. Strings in the result may be slices of the arguments. */
	void (*eval)(struct mdl_fn_ctx *ctx, struct mdl_vec *const *args, size_t nargs, const uint32_t *sel,
		     size_t n, struct mdl_vec *out);
};

/* Each func_*.c ends in such a table, closed by a row whose name is NULL; func_table.c lists the tables. */
extern const struct mdl_fn mdl_func_string[], mdl_func_math[], mdl_func_datetime[], mdl_func_zone[],
	mdl_func_json[], mdl_func_hash[], mdl_func_char[], mdl_func_encode[], mdl_func_misc[],
	mdl_func_array[], mdl_func_set[], mdl_func_map[], mdl_func_printf[], mdl_func_numtext[],
	mdl_func_more[], mdl_func_fromjson[], mdl_func_csv[], mdl_func_clock[], mdl_func_interval[],
	mdl_func_url[], mdl_func_chance[], mdl_func_session[], mdl_func_calendar[];

/* Is NAME, in any case, a function of Spark that is not carried out? */
bool mdl_fn_absent(struct mdl_slice name);
/* By name in any case; NULL when there is none. */
const struct mdl_fn *mdl_fn_find(struct mdl_slice name);
/* Each function in turn, for lists and did-you-mean: NULL after the last. */
const struct mdl_fn *mdl_fn_at(size_t i);

#endif
