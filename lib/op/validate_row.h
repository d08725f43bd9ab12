/* SPDX-License-Identifier: MIT
 *
 * The inside of validate.h, shared by validate.c (which rows need a closer look) and
 * validate_row.c (what becomes of one of those).
 */
#ifndef MDL_OP_VALIDATE_ROW_H
#define MDL_OP_VALIDATE_ROW_H

#include "op/event_log.h"
#include "op/fill.h"
#include "op/misfit.h"
#include "op/row_reader.h"
#include "op/validate.h"
#include "sql/compile.h"

/* What a row was marked for. */
enum mdl_validate_mark {
	MDL_MARK_REJECTED = 1, /* no good record */
	MDL_MARK_MISFIT = 2,   /* a value that does not fit its column */
	MDL_MARK_NULL = 4,     /* NULL in a NOT NULL column */
	MDL_MARK_ERROR = 8,    /* an expression cannot be computed */
	MDL_MARK_WARN = 16,
	MDL_MARK_DROP = 32,
	MDL_MARK_FAIL = 64,
	MDL_MARK_UNKNOWN = 128, /* a member that the table does not have */
	MDL_MARK_FILLED = 256,  /* a member that the table gives */
	MDL_MARK_GONE = 512,    /* it left the stream */
};

/* A declared column that can be wrong. */
struct mdl_validate_check {
	struct mdl_slice name;
	const struct mdl_type *type;
	bool not_null, typed;
	size_t path;
	uint8_t *bad; /* of the batch at hand: rows whose value does not fit; NULL: none */
};

struct mdl_validate_constraint {
	const struct mdl_ast_constraint *ast;
	int output;
	uint16_t mark;
	char *bucket;
	struct mdl_expectation epoch, total;
	uint8_t *failed; /* of the batch at hand: rows that fail it; NULL: none */
};

struct mdl_validate {
	struct mdl_op op;
	struct mdl_validate_opts o;
	struct mdl_session session;
	struct mdl_program *program;
	struct mdl_row_reader reader;
	struct mdl_arena arena; /* of a part of a batch */
	struct mdl_validate_check *checks;
	size_t nchecks;
	struct mdl_validate_constraint *constraints;
	size_t nconstraints;
	size_t file_path;                 /* path of _metadata.file_path */
	struct mdl_dbt_check *dbt;        /* NULL: no tests */
	struct mdl_fill *fill;            /* DEFAULT and GENERATED; NULL: none */
	struct mdl_fill_fail *fill_fails; /* of the batch at hand; NULL: none */
	struct mdl_evolve *evolve;        /* NULL: the columns are declared */
	bool released; /* the lines at hand were held back: they are no longer in the filter's input */
	struct mdl_misfit_fixer fixer;
	struct mdl_misfit *misfits;
	const char **failed;    /* names, for the quarantine */
	uint64_t rows, dropped; /* in the epoch: counted for the expectations; dropped by them */
	uint64_t total_rows;
	struct mdl_buf event; /* of the last epoch: written when that is known to be committed */
};

/* A marked row and what is known of it. */
struct mdl_validate_look {
	struct mdl_validate *v;
	struct mdl_filter *f;
	const struct mdl_batch *b;
	const struct mdl_result *res;
	size_t row;
	uint16_t marks;
};

/* What becomes of a row that is marked for more than a warning. */
int mdl_validate_row_marked(const struct mdl_validate_look *l, struct mdl_err *err);
/* The row is one of the table's: it counts for the expectations. */
void mdl_validate_row_count(const struct mdl_validate_look *l);
/* Rows FIRST to LAST-1 go on as they came. */
void mdl_validate_row_pass(struct mdl_validate *v, struct mdl_filter *f, const struct mdl_batch *b,
			   size_t first, size_t last);

#endif
