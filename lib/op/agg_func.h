/* SPDX-License-Identifier: MIT
 *
 * The aggregate functions: what a group keeps for each call, how a row is added, how two
 * groups become one (session windows), the result, and the form in state files. Results
 * and overflow are Spark's.
 */
#ifndef MDL_OP_AGG_FUNC_H
#define MDL_OP_AGG_FUNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "sql/aggregate_plan.h"

struct mdl_agg_values; /* values of collect_list and collect_set */
struct mdl_agg_seen;   /* fingerprints of DISTINCT values */
struct mdl_agg_whole;  /* DISTINCT whole numbers; what is here has no fingerprint there */

/* One call's part of one group. Zero-filled is empty. */
struct mdl_agg {
	int64_t n; /* rows that counted */
	union {
		int64_t i64;
		double f64;
		mdl_i128 i128;
	} sum; /* also: the mean of variances */
	double m2;
	struct mdl_any value, by; /* min, max, first, last, min_by, max_by; texts are in owned memory */
	char *value_own, *by_own;
	struct mdl_agg_values *values;
	struct mdl_agg_seen *seen;
	struct mdl_agg_whole *whole;
	uint8_t kind;  /* enum mdl_kind of the sum, for undeclared numbers */
	uint8_t scale; /* of a DECIMAL sum */
};

void mdl_agg_free(struct mdl_agg *g);

/* Add a row with the decoded arguments ARGS. An overflow in ANSI mode fills ERR with Spark's class and returns -1. */
int mdl_agg_add(const struct mdl_agg_call *call, struct mdl_agg *g, const struct mdl_any *args, bool ansi,
		struct mdl_err *err);
/* Was the value, decoded, there? It is now: a whole number, date or time of KIND; a text. */
bool mdl_agg_seen_whole(struct mdl_agg *g, enum mdl_kind kind, int64_t v);
bool mdl_agg_seen_text(struct mdl_agg *g, struct mdl_slice s);
/* G takes in what OTHER holds, which becomes empty. OTHER's rows are later. */
int mdl_agg_merge(const struct mdl_agg_call *call, struct mdl_agg *g, struct mdl_agg *other, bool ansi,
		  struct mdl_err *err);
/* The result; texts are valid as long as G or in A. */
struct mdl_any mdl_agg_result(const struct mdl_agg_call *call, const struct mdl_agg *g, struct mdl_arena *a);
/* Bytes it keeps beyond its struct. */
size_t mdl_agg_memory(const struct mdl_agg *g);

void mdl_agg_save(struct mdl_buf *out, const struct mdl_agg *g);
/* False when the bytes at *P are none. SCRATCH is used meanwhile. */
bool mdl_agg_load(const char **p, const char *end, struct mdl_agg *g, struct mdl_arena *scratch);

#endif
