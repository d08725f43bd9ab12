/* SPDX-License-Identifier: MIT
 *
 * The inside of a program, shared by compile*.c, kernel_*.c and eval.c. A variant is
 * a list of instructions in the order of evaluation; instruction k computes register
 * k, for the rows of its selection. Selections form a tree: number 0 is all rows of the
 * run, each other one takes those rows of its parent for which a register is
 * TRUE (or is not, or is NULL). An instruction whose selection is S may use any
 * register whose selection is S or above it.
 */
#ifndef MDL_SQL_PROGRAM_H
#define MDL_SQL_PROGRAM_H

#include "sql/compile.h"

struct mdl_exec;
struct mdl_instr;

typedef void mdl_kernel(struct mdl_exec *x, const struct mdl_instr *in, const uint32_t *sel, size_t n,
			struct mdl_vec *out);

enum { MDL_REG_NONE = -1 };

struct mdl_instr {
	mdl_kernel *run;  /* NULL: a constant */
	const char *name; /* for --explain and for finding equal instructions */
	const struct mdl_type *type;
	int *args;
	size_t nargs;
	int sel;
	int64_t imm;             /* the kernel's own: path, operator, ... */
	const void *ptr;         /* the kernel's own, compared by address */
	const struct mdl_fn *fn; /* calls */
	void *state;
	struct mdl_vec *constant;
	bool can_fail, costly, is_volatile, session, quiet;
	bool dead; /* no output needs it */
};

enum mdl_sel_mode { MDL_SEL_TRUE, MDL_SEL_NOT_TRUE, MDL_SEL_NOT_FALSE, MDL_SEL_NULL, MDL_SEL_NOT_NULL };

struct mdl_sel {
	int parent, reg;
	enum mdl_sel_mode mode;
};

struct mdl_variant {
	struct mdl_arena arena;
	uint8_t *codes;                /* [columns of the program]: the token types it is for */
	const struct mdl_type **types; /* [the same]: of deep paths and dynamic inputs; else NULL */
	struct mdl_instr *instrs;
	size_t ninstrs, cap;
	struct mdl_sel *sels;
	size_t nsels, capsels;
	int *outs;             /* [outputs]: registers */
	struct mdl_err **errs; /* [outputs]: why it does not compile for these types, or NULL */
	struct mdl_variant *next;
};

/* A JSON path that the program reads. */
struct mdl_path {
	size_t relation; /* 0 the stream's record, else a table's row */
	char *text;
	const struct mdl_type *type; /* declared; or ANY */
	bool computed;               /* its values take part in computing, not only in passing on */
	const struct mdl_expr
		*at; /* an undeclared member that an expression names: the expression; else NULL */
	struct mdl_slice member; /* the name of that member */
	bool deep; /* undeclared, and what is in its arrays and objects must have a type: the batch's own */
};

/* Types of undeclared tokens. A column's NULLs take part in the variant of its other rows. */
enum mdl_code {
	MDL_C_NULL,
	MDL_C_BOOLEAN,
	MDL_C_BIGINT,
	MDL_C_DECIMAL,
	MDL_C_DOUBLE,
	MDL_C_STRING,
	MDL_C_ARRAY,
	MDL_C_STRUCT
};

struct mdl_output {
	struct mdl_expr *expr;
	int guard;
	unsigned flags;
	const char *what;
	const struct mdl_type *type; /* static */
	int pass;                    /* path that is passed on, or -1 */
	int column;                  /* path of a bare declared column, or -1 */
	bool constant;
	bool dynamic; /* of a type that each batch has its own */
};

struct mdl_program {
	struct mdl_arena arena;
	const struct mdl_schema *schema;
	const struct mdl_session *session;
	struct mdl_slice relation, alias;
	const struct mdl_bind_table *tables;
	size_t ntables;
	const struct mdl_type **input_types;
	size_t ninputs;
	bool dynamic;                  /* inputs have the types that their vectors have */
	struct mdl_arena types;        /* of variants: their keys */
	const struct mdl_type **known; /* in it */
	size_t nknown, capknown;
	struct mdl_path *paths;
	size_t npaths, cappaths;
	const char **path_texts;
	struct mdl_output *outputs;
	size_t noutputs, capoutputs;
	struct mdl_variant *variants; /* the last used first */
	size_t nvariants;
	size_t nany; /* paths of type ANY that take part in computing, and inputs of type ANY */
	bool finished;
};

/* A lambda function in a call: its body runs over the elements of all rows together. */
struct mdl_lambda;

/* One run of one variant. */
struct mdl_exec {
	const struct mdl_variant *v;
	struct mdl_vec **reg;
	const uint32_t **sel; /* [nsels] */
	size_t *sel_n;
	uint8_t *sel_done;
	size_t nrows;
	struct mdl_fn_ctx fx;
	const struct mdl_json_value *const *cols;
	struct mdl_vec *const *inputs;
	uint8_t **bad; /* [paths] */
	/* of a lambda's body: */
	const struct mdl_exec *outer;
	const int *captures;     /* registers of OUTER by their number */
	const uint32_t *owner;   /* the row of OUTER that each row belongs to */
	struct mdl_vec **params; /* over the rows */
};

/* ---- compile.c, compile_*.c ---- */

struct mdl_comp {
	struct mdl_program *p;
	struct mdl_variant *v;
	struct mdl_err *err;
	bool probing;                      /* paths may still be added */
	bool dynamic;                      /* out: what was compiled takes its type from the batch */
	const struct mdl_expr *undeclared; /* the column that was resolved last, when it is no declared one */
	struct mdl_slice member;           /* its name */
	struct mdl_comp_lambda *lambda;    /* what is compiled is its body; NULL: it is none */
};

/* The body of a lambda function being compiled: what it takes from outside it gets as captures. */
struct mdl_comp_lambda {
	struct mdl_comp *outer;
	int outer_sel;
	uint32_t id;
	const struct mdl_type *const *types; /* of the parameters */
	int *captures;                       /* registers of OUTER */
	size_t ncaptures, capcaptures;
};

/* Compile E for the rows of selection SEL; the register, or MDL_REG_NONE with c->err filled. */
int mdl_comp_expr(struct mdl_comp *c, const struct mdl_expr *e, int sel);
int mdl_comp_binary(struct mdl_comp *c, const struct mdl_expr *e, int sel);
int mdl_comp_compare(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		     int sel);
int mdl_comp_call(struct mdl_comp *c, const struct mdl_expr *e, int sel);
/* The function NAME over registers. */
int mdl_comp_call_regs(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_slice name, int *regs,
		       size_t n, int sel);
/* l OP r of arithmetic; QUIET: what cannot be computed is NULL (try_add). */
int mdl_comp_arith(struct mdl_comp *c, const struct mdl_expr *e, enum mdl_op_code op, int l, int r,
		   bool quiet, int sel);
/* A call of a function that takes a lambda function; what lacks it is refused. */
int mdl_comp_lambda_call(struct mdl_comp *c, const struct mdl_expr *e, int sel);
bool mdl_comp_is_lambda_call(struct mdl_slice name);
/* A parameter, of this lambda function or of one round it. */
int mdl_comp_param(struct mdl_comp *c, const struct mdl_expr *e, int sel);
/* E, compiled outside of the lambda function whose body C compiles, for use in it. */
int mdl_comp_captured(struct mdl_comp *c, const struct mdl_expr *e);
void mdl_lambda_free(struct mdl_lambda *l);
int mdl_comp_in(struct mdl_comp *c, const struct mdl_expr *e, int sel);
int mdl_comp_like(struct mdl_comp *c, const struct mdl_expr *e, int sel);
int mdl_comp_column(struct mdl_comp *c, const struct mdl_expr *e, int sel);
/* The declared or undeclared path of a column expression (COLUMN, FIELD, INDEX of such), or -1 when E is none (c->err
 * filled: it is a name that does not resolve). */
int mdl_comp_path(struct mdl_comp *c, const struct mdl_expr *e);
/* Between batches: forget variants when there are too many. Results hold pointers into them. */
void mdl_program_trim(struct mdl_program *p);
/* An empty variant, and its end. _bury marks what none of its NOUTPUTS needs as dead. */
struct mdl_variant *mdl_variant_new(struct mdl_program *p, const uint8_t *codes,
				    const struct mdl_type *const *types);
void mdl_variant_bury(struct mdl_variant *v, size_t noutputs);
void mdl_variant_free(struct mdl_variant *v);
const struct mdl_variant *mdl_program_variant(struct mdl_program *p, const uint8_t *codes,
					      const struct mdl_type *const *types);
/* T as the one of its kind that variants are found by. */
const struct mdl_type *mdl_program_intern(struct mdl_program *p, const struct mdl_type *t);
int mdl_program_path(struct mdl_program *p, size_t relation, const char *text, const struct mdl_type *type);

/* Cast register REG. QUIET: what cannot be cast is NULL. WHY (an expression) is for messages. */
int mdl_comp_cast(struct mdl_comp *c, int reg, const struct mdl_type *to, int sel, bool quiet,
		  const struct mdl_expr *e);
int mdl_comp_instr(struct mdl_comp *c, const struct mdl_instr *proto, const int *args, size_t nargs, int sel);
int mdl_comp_constant(struct mdl_comp *c, struct mdl_vec *v);
/* A selection of the rows of PARENT where REG is MODE. */
int mdl_comp_sel(struct mdl_comp *c, int parent, int reg, enum mdl_sel_mode mode);
/* The instructions from MARK on, compiled for SEL, cannot fail and are cheap: run them for PARENT, where others may
 * use them too. */
void mdl_comp_hoist(struct mdl_comp *c, size_t mark, int sel, int parent);
/* May an instruction from MARK on fail, or is it one that is better not run for all rows? */
bool mdl_comp_risky(const struct mdl_comp *c, size_t mark);
/* Operators and functions of NULL are NULL, and what stands behind a NULL operand is not computed: the rows of SEL
 * where REG has a value. SEL itself when REG is a constant. */
int mdl_comp_unless_null(struct mdl_comp *c, int reg, int sel);
/* VALUE, computed for those rows, as a value for all of SEL: NULL where REG is. */
int mdl_comp_or_null(struct mdl_comp *c, int reg, int value, int sel);
/* A conditional value: IF cond THEN a ELSE b, of common type. */
int mdl_comp_if(struct mdl_comp *c, int cond, int a, int b, const struct mdl_type *t, int sel);
int mdl_comp_not(struct mdl_comp *c, int reg, int sel);
int mdl_comp_boolean(struct mdl_comp *c, int reg, const struct mdl_expr *e,
		     int sel); /* cast NULL to BOOLEAN, refuse others */

int mdl_comp_fail(struct mdl_comp *c, const struct mdl_expr *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline const struct mdl_type *mdl_comp_type(const struct mdl_comp *c, int reg)
{
	return c->v->instrs[reg].type;
}
static inline const struct mdl_vec *mdl_comp_const(const struct mdl_comp *c, int reg)
{
	return c->v->instrs[reg].constant;
}

/* ---- kernels ---- */

mdl_kernel mdl_kernel_any_list, mdl_kernel_fail, mdl_kernel_column, mdl_kernel_input, mdl_kernel_pass_input,
	mdl_kernel_pass_field, mdl_kernel_missing, mdl_kernel_load, mdl_kernel_field, mdl_kernel_index,
	mdl_kernel_and, mdl_kernel_or, mdl_kernel_not, mdl_kernel_is_null, mdl_kernel_is_bool, mdl_kernel_if,
	mdl_kernel_ifnull, mdl_kernel_retype, mdl_kernel_cast, mdl_kernel_call, mdl_kernel_compare,
	mdl_kernel_compare_null, mdl_kernel_in, mdl_kernel_in_regs, mdl_kernel_like, mdl_kernel_rlike,
	mdl_kernel_arith, mdl_kernel_negate, mdl_kernel_bits, mdl_kernel_struct, mdl_kernel_lambda,
	mdl_kernel_param, mdl_kernel_capture;

/* Register REG with its containers, which may be JSON cells still, unpacked for the rows of SEL. */
struct mdl_vec *mdl_kernel_nested(struct mdl_exec *x, int reg, const uint32_t *sel, size_t n);

/* imm of mdl_kernel_compare: the operator. Total order of two values of equal type (NaN last, -0.0 = 0.0); for places off
 * the hot path. */
int mdl_compare_any(const struct mdl_any *a, const struct mdl_any *b);

/* Execute V over rows SEL (N); the rest of X is set up. */
void mdl_exec_run(struct mdl_exec *x, const struct mdl_variant *v, const uint32_t *sel, size_t n);
const uint32_t *mdl_exec_sel(struct mdl_exec *x, int sel, size_t *n);
/* The type of a variant's column by its code. */
const struct mdl_type *mdl_code_type(uint8_t code);

/* The values of a constant IN list, of one type. */
struct mdl_in_set;
struct mdl_in_set *mdl_in_set_new(struct mdl_arena *a, const struct mdl_type *t,
				  const struct mdl_vec *const *values, size_t n);

/* LIKE's and RLIKE's prepared patterns: like.c. */
struct mdl_like;
struct mdl_like *mdl_like_new(struct mdl_arena *a, struct mdl_slice pattern, char escape, bool fold_case,
			      struct mdl_err *err);
bool mdl_like_match(const struct mdl_like *l, struct mdl_slice s);
void *mdl_rlike_new(struct mdl_slice pattern, struct mdl_err *err);
bool mdl_rlike_match(void *re, struct mdl_slice s);
void mdl_rlike_free(void *re);

#endif
