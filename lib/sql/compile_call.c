/* SPDX-License-Identifier: MIT
 *
 * Calls: names, arity, implicit casts of arguments, and the calls that are operators
 * in another spelling.
 */
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "sql/coerce.h"
#include "sql/parse.h"
#include "sql/program.h"

static bool is(struct mdl_slice s, const char *name)
{
	return strlen(name) == s.n && strncasecmp(s.p, name, s.n) == 0;
}

static const char *const aggregates[] = {
	"count",        "sum",         "avg",         "mean",       "min",       "max",
	"first",        "last",        "first_value", "last_value", "any_value", "count_if",
	"min_by",       "max_by",      "bool_and",    "bool_or",    "every",     "some",
	"stddev",       "stddev_samp", "stddev_pop",  "variance",   "var_samp",  "var_pop",
	"collect_list", "collect_set", "array_agg",   "any",        "std"};

/* The name that has most letters in common at the start, then the nearest length; NULL when none begins alike. */
static const char *nearest(struct mdl_slice name)
{
	const struct mdl_fn *f;
	const char *best = NULL, *x;
	size_t most = 0, naggregates = sizeof(aggregates) / sizeof(*aggregates);
	for (size_t i = 0;; i++) {
		if (i < naggregates)
			x = aggregates[i];
		else if ((f = mdl_fn_at(i - naggregates)))
			x = f->name;
		else
			return best;
		size_t k = 0, n = strlen(x);
		while (k < n && k < name.n && (x[k] | 0x20) == (name.p[k] | 0x20))
			k++;
		size_t far = n > name.n ? n - name.n : name.n - n, score = k * 4 > far ? k * 4 - far : 0;
		if (k >= 2 && score > most && !strchr(x, ' ')) {
			most = score;
			best = x;
		}
	}
}

static int unknown(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_slice name)
{
	if (mdl_comp_is_lambda_call(name))
		return mdl_comp_lambda_call(c, e, 0);
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++)
		if (is(name, aggregates[i]))
			return mdl_comp_fail(
				c, e,
				"[UNSUPPORTED_FEATURE] the aggregate %s() stands only in the select list or HAVING "
				"of medal-aggregate",
				aggregates[i]);
	static const char *const generators[] = {"explode", "explode_outer", "posexplode", "posexplode_outer",
						 "inline",  "inline_outer",  "stack",      "json_tuple"};
	for (size_t i = 0; i < sizeof(generators) / sizeof(*generators); i++)
		if (is(name, generators[i]))
			return mdl_comp_fail(
				c, e,
				"[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] the generator %s() stands "
				"alone in the select list of medal-transform, or in LATERAL VIEW",
				generators[i]);
	if (is(name, "window") || is(name, "session_window"))
		return mdl_comp_fail(
			c, e, "[UNSUPPORTED_FEATURE] %.*s() stands only in the GROUP BY of medal-aggregate",
			(int)name.n, name.p);
	/* Those that are operators, conditions or casts are found by their number of arguments, too. */
	static const char *const others[] = {
		"bigint",       "binary",  "boolean",    "coalesce",   "date",         "date_part",
		"datepart",     "decimal", "div",        "double",     "equal_null",   "extract",
		"float",        "if",      "iff",        "ifnull",     "ilike",        "int",
		"isnotnull",    "isnull",  "like",       "mod",        "named_struct", "nullif",
		"nvl",          "nvl2",    "smallint",   "string",     "struct",       "time",
		"timestamp",    "tinyint", "try_add",    "try_divide", "try_mod",      "try_multiply",
		"try_subtract", "typeof",  "zeroifnull", "nullifzero", "negative",     "positive"};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (is(name, others[i]))
			return mdl_comp_fail(
				c, e,
				"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `%s` does not take %zu parameters",
				others[i], e->nargs);
	if (mdl_fn_absent(name))
		return mdl_comp_fail(
			c, e,
			"[UNSUPPORTED_FEATURE] medal does not carry out the function %.*s(); see medal-sql(7)",
			(int)name.n, name.p);
	const char *best = nearest(name);
	return mdl_comp_fail(
		c, e,
		"[UNRESOLVED_ROUTINE] Cannot resolve routine `%.*s` on search path [`system`.`builtin`]%s%s%s",
		(int)name.n, name.p, best ? "; did you mean `" : "", best ? best : "", best ? "`?" : "");
}

/* ---- the short form of signatures ---- */

/* Word I of a comma-separated list; the last repeats. */
static struct mdl_slice word_at(const char *types, size_t i)
{
	const char *p = types;
	for (;;) {
		size_t n = strcspn(p, ",:");
		if (i == 0 || p[n] != ',')
			return (struct mdl_slice){p, n};
		i--;
		p += n + 1;
	}
}

static const struct mdl_type *named_type(struct mdl_slice w)
{
	static const struct {
		const char *name;
		const struct mdl_type *type;
	} names[] = {{"STRING", &mdl_type_string},       {"INT", &mdl_type_int},
		     {"BIGINT", &mdl_type_bigint},       {"DOUBLE", &mdl_type_double},
		     {"BOOLEAN", &mdl_type_boolean},     {"DATE", &mdl_type_date},
		     {"TIMESTAMP", &mdl_type_timestamp}, {"TIMESTAMP_NTZ", &mdl_type_timestamp_ntz},
		     {"BINARY", &mdl_type_binary},       {"FLOAT", &mdl_type_float},
		     {"TINYINT", &mdl_type_tinyint},     {"SMALLINT", &mdl_type_smallint}};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is(w, names[i].name))
			return names[i].type;
	return NULL;
}

static int bad_argument(struct mdl_call *call, size_t i, const char *want, struct mdl_err *err)
{
	return mdl_err_set(
		err, MDL_TROUBLE,
		"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve \"%s\" due to data type mismatch: parameter "
		"%zu requires the %s type, however it has the type \"%s\"",
		call->name, i + 1, want, mdl_type_name(call->arena, call->args[i]));
}

/* The type wanted for argument I by its word; NULL with ERR filled. */
static const struct mdl_type *wanted(struct mdl_call *call, size_t i, struct mdl_slice w, struct mdl_err *err)
{
	const struct mdl_type *t = call->args[i], *to = named_type(w);
	bool ansi = call->session->ansi;
	if (to) {
		if (mdl_coerce_implicit(t, to, ansi))
			return to;
		bad_argument(call, i, mdl_arena_printf(call->arena, "\"%s\"", mdl_type_name(call->arena, to)),
			     err);
		return NULL;
	}
	if (is(w, "NUMERIC")) {
		if (mdl_type_is_numeric(t))
			return t;
		if (t->kind == MDL_T_STRING || t->kind == MDL_T_NULL)
			return &mdl_type_double;
		bad_argument(call, i, "\"NUMERIC\"", err);
		return NULL;
	}
	if (is(w, "INTEGRAL")) {
		if (mdl_type_is_integral(t))
			return t;
		if (t->kind == MDL_T_STRING || t->kind == MDL_T_NULL)
			return &mdl_type_bigint;
		bad_argument(call, i, "\"INTEGRAL\"", err);
		return NULL;
	}
	if (is(w, "DECIMAL")) {
		if (mdl_type_is_numeric(t))
			return mdl_coerce_decimal(t);
		bad_argument(call, i, "\"DECIMAL\"", err);
		return NULL;
	}
	return t->kind == MDL_T_NULL && !is(w, "SAME") ? &mdl_type_string : t;
}

static int apply_types(struct mdl_call *call, const char *types, struct mdl_err *err)
{
	const struct mdl_type *same = NULL;
	for (size_t i = 0; i < call->nargs; i++) {
		struct mdl_slice w = word_at(types, i);
		const struct mdl_type *t = wanted(call, i, w, err);
		if (!t)
			return -1;
		call->args[i] = t;
		if (is(w, "SAME")) {
			const struct mdl_type *wide =
				same ? mdl_coerce_nested(call->arena, same, t, call->session->ansi, true) : t;
			if (!wide)
				return mdl_err_set(
					err, MDL_TROUBLE,
					"[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve \"%s\" due to data type "
					"mismatch: its arguments are of \"%s\" and \"%s\"",
					call->name, mdl_type_name(call->arena, same),
					mdl_type_name(call->arena, t));
			same = wide;
		}
	}
	for (size_t i = 0; same && i < call->nargs; i++)
		if (is(word_at(types, i), "SAME"))
			call->args[i] = same;
	const char *colon = strchr(types, ':');
	if (!colon)
		mdl_bug("function %s: its types have no result", call->name);
	struct mdl_slice w = mdl_slice_of(colon + 1);
	if (w.n == 4 && strncasecmp(w.p, "ARG", 3) == 0 && w.p[3] >= '1' &&
	    (size_t)(w.p[3] - '1') < call->nargs)
		call->result = call->args[w.p[3] - '1'];
	else
		call->result = is(w, "SAME") ? same : named_type(w);
	return 0;
}

static int wrong_count(struct mdl_comp *c, const struct mdl_expr *e, const struct mdl_fn *f, size_t n)
{
	if (f->min_args == f->max_args)
		return mdl_comp_fail(
			c, e,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `%s` requires %d parameters but the actual "
			"number is %zu",
			f->name, f->min_args, n);
	return mdl_comp_fail(
		c, e,
		"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `%s` requires %d to %d parameters but the actual "
		"number is %zu",
		f->name, f->min_args, f->max_args, n);
}

/* What arguments that are columns or fields are called: some functions name their result's fields so. */
static const struct mdl_slice *arg_names(struct mdl_comp *c, const struct mdl_expr *e)
{
	struct mdl_slice *names = mdl_arena_zalloc(&c->v->arena, (e->nargs + 1) * sizeof(*names));
	for (size_t i = 0; i < e->nargs; i++) {
		const struct mdl_expr *x = e->args[i];
		names[i] = x->kind == MDL_E_COLUMN  ? x->parts[x->nparts - 1]
			   : x->kind == MDL_E_FIELD ? x->name
						    : (struct mdl_slice){NULL, 0};
	}
	return names;
}

int mdl_comp_call_regs(struct mdl_comp *c, const struct mdl_expr *e, struct mdl_slice name, int *regs,
		       size_t n, int sel)
{
	const struct mdl_fn *f = mdl_fn_find(name);
	struct mdl_arena *a = &c->v->arena;
	if (!f)
		return unknown(c, e, name);
	if (n < f->min_args || n > f->max_args)
		return wrong_count(c, e, f, n);
	if ((f->flags & MDL_FN_VOLATILE) && c->p->session->checkpointed)
		return mdl_comp_fail(
			c, e,
			"[UNSUPPORTED_FEATURE] %s() gives other values in a replay, so it is refused under a "
			"checkpoint",
			f->name);
	const struct mdl_type **types = mdl_arena_alloc(a, (n + 1) * sizeof(*types));
	const struct mdl_vec **consts = mdl_arena_alloc(a, (n + 1) * sizeof(*consts));
	for (size_t i = 0; i < n; i++) {
		types[i] = mdl_comp_type(c, regs[i]);
		consts[i] = mdl_comp_const(c, regs[i]);
	}
	struct mdl_call call = {.arena = a,
				.session = c->p->session,
				.name = f->name,
				.nargs = n,
				.args = types,
				.consts = consts,
				.can_fail = (f->flags & MDL_FN_CAN_FAIL) != 0};
	struct mdl_err err = MDL_ERR_INIT;
	call.names = e->nargs == n ? arg_names(c, e) : NULL;
	if (f->types && apply_types(&call, f->types, &err) < 0)
		return mdl_comp_fail(c, e, "%s", err.msg);
	/* The consts that resolve sees are of the wanted types. */
	for (size_t i = 0; f->types && i < n; i++) {
		if ((regs[i] = mdl_comp_cast(c, regs[i], types[i], sel, false, e)) < 0)
			return MDL_REG_NONE;
		consts[i] = mdl_comp_const(c, regs[i]);
	}
	if (f->resolve && f->resolve(&call, &err) < 0)
		return mdl_comp_fail(c, e, "%s", err.msg);
	if (!call.result)
		mdl_bug("function %s has no result type", f->name);
	struct mdl_instr in = {
		.run = mdl_kernel_call, .name = f->name, .type = call.result, .fn = f, .state = call.state};
	for (size_t i = 0; i < n; i++)
		if ((regs[i] = mdl_comp_cast(c, regs[i], call.args[i], sel, (f->flags & MDL_FN_TRY) != 0,
					     e)) < 0) {
			if (call.state && f->unprepare)
				f->unprepare(call.state);
			return MDL_REG_NONE;
		}
	in.can_fail = call.can_fail; /* a try_... too: a wrong index of 0, a wrong pattern */
	in.costly = (f->flags & MDL_FN_COSTLY) != 0;
	in.is_volatile = (f->flags & MDL_FN_VOLATILE) != 0;
	in.session = (f->flags & MDL_FN_SESSION) != 0;
	in.quiet = (f->flags & MDL_FN_TRY) != 0;
	return mdl_comp_instr(c, &in, regs, n, sel);
}

/* ---- calls that are operators ---- */

static int struct_call(struct mdl_comp *c, const struct mdl_expr *e, const int *regs, size_t n, bool named,
		       int sel)
{
	size_t nf = named ? n / 2 : n;
	struct mdl_field *f = mdl_arena_zalloc(&c->v->arena, (nf + 1) * sizeof(*f));
	int *args = mdl_arena_alloc(&c->v->arena, (nf + 1) * sizeof(*args));
	if (named && n % 2)
		return mdl_comp_fail(
			c, e,
			"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `named_struct` requires 2n (n > 0) parameters but "
			"the actual number is %zu",
			n);
	for (size_t i = 0; i < nf; i++) {
		const struct mdl_vec *name = named ? mdl_comp_const(c, regs[2 * i]) : NULL;
		if (named && (!name || !name->valid[0] || name->type->kind != MDL_T_STRING))
			return mdl_comp_fail(
				c, e,
				"[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] the names of named_struct must be "
				"constant strings");
		const struct mdl_expr *x = e->args[i];
		f[i].name = named                     ? name->str[0]
			    : x->kind == MDL_E_NAMED  ? x->name
			    : x->kind == MDL_E_COLUMN ? x->parts[x->nparts - 1]
			    : x->kind == MDL_E_PARAM  ? x->name
			    : x->kind == MDL_E_FIELD
				    ? x->name
				    : mdl_slice_of(mdl_arena_printf(&c->v->arena, "col%zu", i + 1));
		args[i] = regs[named ? 2 * i + 1 : i];
		f[i].type = mdl_comp_type(c, args[i]);
	}
	struct mdl_instr in = {
		.run = mdl_kernel_struct, .name = "struct", .type = mdl_type_struct(&c->v->arena, f, nf)};
	return mdl_comp_instr(c, &in, args, nf, sel);
}

/* int('5') is CAST('5' AS INT). */
static const struct mdl_type *cast_name(struct mdl_slice f)
{
	static const char *const names[] = {"string",    "int",    "bigint", "double",  "boolean", "date",
					    "timestamp", "binary", "float",  "tinyint", "smallint"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is(f, names[i]))
			return named_type(f);
	return is(f, "decimal") ? mdl_type_decimal(10, 0) : is(f, "time") ? &mdl_type_time : NULL;
}

static const struct {
	const char *name;
	enum mdl_op_code op;
	bool quiet;
} arith_calls[] = {{"try_add", MDL_OP_ADD, true},      {"try_subtract", MDL_OP_SUB, true},
		   {"try_multiply", MDL_OP_MUL, true}, {"try_divide", MDL_OP_DIVIDE, true},
		   {"try_mod", MDL_OP_MOD, true},      {"mod", MDL_OP_MOD, false},
		   {"div", MDL_OP_DIV, false}};

static int operator_call(struct mdl_comp *c, const struct mdl_expr *e, int *regs, size_t n, int sel,
			 bool *done)
{
	struct mdl_slice f = e->name;
	*done = true;
	for (size_t i = 0; n == 2 && i < sizeof(arith_calls) / sizeof(*arith_calls); i++)
		if (is(f, arith_calls[i].name))
			return mdl_comp_arith(c, e, arith_calls[i].op, regs[0], regs[1], arith_calls[i].quiet,
					      sel);
	if (n == 1 && (is(f, "isnull") || is(f, "isnotnull"))) {
		struct mdl_instr in = {.run = mdl_kernel_is_null,
				       .name = "is null",
				       .type = &mdl_type_boolean,
				       .imm = is(f, "isnull")};
		return mdl_comp_instr(c, &in, regs, 1, sel);
	}
	if (n == 2 && is(f, "equal_null"))
		return mdl_comp_compare(c, e, MDL_OP_EQ_NULL, regs[0], regs[1], sel);
	if (n > 0 && (is(f, "struct") || is(f, "named_struct")))
		return struct_call(c, e, regs, n, is(f, "named_struct"), sel);
	if (n == 1 && is(f, "typeof")) {
		struct mdl_vec *v = mdl_vec_null(&c->v->arena, &mdl_type_string);
		const char *name = mdl_type_name(&c->v->arena, mdl_comp_type(c, regs[0]));
		char *s = mdl_arena_strdup(&c->v->arena, name), *d = s;
		/* Spark's simple form: small letters, no space behind ',' and ':'. */
		for (char *p = s; *p; p++)
			if (*p != ' ' || p == s || (p[-1] != ',' && p[-1] != ':'))
				*d++ = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
		*d = 0;
		v->valid[0] = 1;
		v->str[0] = mdl_slice_of(s);
		return mdl_comp_constant(c, v);
	}
	if (n == 1 && cast_name(f))
		return mdl_comp_cast(c, regs[0], cast_name(f), sel, false, e);
	*done = false;
	return MDL_REG_NONE;
}

/* extract('YEAR', x), date_part: the function of the field. */
static int date_part(struct mdl_comp *c, const struct mdl_expr *e, int *regs, int sel)
{
	static const struct {
		const char *words, *fn;
	} fields[] = {{"year y years yr yrs", "year"},
		      {"quarter qtr", "quarter"},
		      {"month mon mons months", "month"},
		      {"week w weeks", "weekofyear"},
		      {"day d days", "day"},
		      {"doy", "dayofyear"},
		      {"dayofweek dow", "dayofweek"},
		      {"hour h hours hr hrs", "hour"},
		      {"minute m min mins minutes", "minute"}};
	const struct mdl_vec *v = mdl_comp_const(c, regs[0]);
	enum mdl_kind k = mdl_comp_type(c, regs[1])->kind;
	if (v && !v->valid[0])
		return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, &mdl_type_double));
	if (!v || !v->valid[0] || v->type->kind != MDL_T_STRING)
		return mdl_comp_fail(
			c, e, "[NON_FOLDABLE_ARGUMENT] the field of date_part must be a constant string");
	for (size_t i = 0; k != MDL_T_INTERVAL_DT && k != MDL_T_INTERVAL_YM && k != MDL_T_INTERVAL &&
			   i < sizeof(fields) / sizeof(*fields);
	     i++)
		for (const char *p = fields[i].words; *p;) {
			size_t n = strcspn(p, " ");
			if (n == v->str[0].n && strncasecmp(p, v->str[0].p, n) == 0)
				return mdl_comp_call_regs(c, e, mdl_slice_of(fields[i].fn), regs + 1, 1, sel);
			p += n;
			p += *p == ' ';
		}
	return mdl_comp_call_regs(c, e, MDL_SLICE("part of a time"), regs, 2, sel);
}

/* decode(x, value, result, ..., [else]) is a CASE whose comparisons find NULL equal to NULL. */
static int decode(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	struct mdl_arena *a = &c->v->arena;
	struct mdl_expr *x = mdl_arena_zalloc(a, sizeof(*x));
	*x = *e;
	x->kind = MDL_E_CASE;
	x->nargs = e->nargs - 1;
	x->has_else = x->nargs % 2 == 1;
	x->args = mdl_arena_alloc(a, x->nargs * sizeof(*x->args));
	for (size_t i = 0; i < x->nargs; i++) {
		x->args[i] = e->args[i + 1];
		if (i % 2 || i + 1 == x->nargs)
			continue;
		struct mdl_expr *when = mdl_arena_zalloc(a, sizeof(*when));
		*when = *e;
		when->kind = MDL_E_BINARY;
		when->op = MDL_OP_EQ_NULL;
		when->nargs = 2;
		when->args = mdl_arena_alloc(a, 2 * sizeof(*when->args));
		when->args[0] = e->args[0];
		when->args[1] = e->args[i + 1];
		x->args[i] = when;
	}
	return mdl_comp_expr(c, x, sel);
}

/* The call of E, whose arguments are in REGS. */
static int resolved(struct mdl_comp *c, const struct mdl_expr *e, int *regs, int sel)
{
	bool done;
	/* The unit of timestampadd is a bare word; the parser turns it into a text that stands at no quote. */
	if (e->nargs == 3 &&
	    (is(e->name, "timestampadd") || is(e->name, "timestampdiff") || is(e->name, "timediff"))) {
		const struct mdl_expr *u = e->args[0];
		char first = u->pos < u->src->text.n ? u->src->text.p[u->pos] : 0;
		if (u->kind == MDL_E_LITERAL && (first == '\'' || first == '"'))
			return mdl_comp_fail(
				c, e,
				"[INVALID_PARAMETER_VALUE.DATETIME_UNIT] The value of parameter(s) `unit` in `%.*s` is "
				"invalid: expects one of the units without quotes",
				(int)e->name.n, e->name.p);
	}
	int r = operator_call(c, e, regs, e->nargs, sel, &done);
	if (done)
		return r;
	if (e->nargs == 2 &&
	    (is(e->name, "extract") ||
	     ((is(e->name, "date_part") || is(e->name, "datepart")) && !mdl_fn_find(e->name))))
		return date_part(c, e, regs, sel);
	struct mdl_slice name = e->name;
	enum mdl_kind first = e->nargs ? mdl_comp_type(c, regs[0])->kind : MDL_T_NULL;
	if (first == MDL_T_BINARY && (is(name, "lpad") || is(name, "rpad")) &&
	    (e->nargs < 3 || mdl_comp_type(c, regs[2])->kind == MDL_T_BINARY))
		name = is(name, "lpad") ? MDL_SLICE("lpad of bytes") : MDL_SLICE("rpad of bytes");
	if (mdl_type_is_datetime(e->nargs == 2 ? mdl_comp_type(c, regs[0]) : &mdl_type_null) &&
	    (is(name, "to_char") || is(name, "to_varchar")))
		name = MDL_SLICE("date_format");
	if ((first == MDL_T_INTERVAL_DT || first == MDL_T_INTERVAL_YM) && is(name, "abs"))
		name = MDL_SLICE("abs of an interval");
	if ((first == MDL_T_INTERVAL_DT || first == MDL_T_INTERVAL_YM) &&
	    (is(name, "sign") || is(name, "signum")))
		name = MDL_SLICE("sign of an interval");
	if (first == MDL_T_ARRAY)
		name = is(name, "concat")    ? MDL_SLICE("concat of arrays")
		       : is(name, "reverse") ? MDL_SLICE("reverse of an array")
					     : name;
	return mdl_comp_call_regs(c, e, name, regs, e->nargs, sel);
}

int mdl_comp_call(struct mdl_comp *c, const struct mdl_expr *e, int sel)
{
	if (e->distinct || e->filter || e->ignore_nulls) {
		if (!mdl_fn_find(e->name))
			return unknown(c, e, e->name);
		return mdl_comp_fail(
			c, e,
			"[INVALID_SQL_SYNTAX] DISTINCT, FILTER and IGNORE NULLS are for aggregates, which %.*s is not",
			(int)e->name.n, e->name.p);
	}
	for (size_t i = 0; i < e->nargs; i++)
		if (e->args[i]->kind == MDL_E_LAMBDA)
			return mdl_comp_lambda_call(c, e, sel);
	int *regs = mdl_arena_alloc(&c->v->arena, (e->nargs + 1) * sizeof(*regs));
	/* An unknown name is the better message than a fault in its arguments. */
	for (size_t i = 0; i < e->nargs; i++)
		if (e->args[i]->kind == MDL_E_STAR)
			return unknown(c, e, e->name);
	if (is(e->name, "decode") && e->nargs > 2)
		return decode(c, e, sel);
	if ((is(e->name, "like") || is(e->name, "ilike")) && (e->nargs == 2 || e->nargs == 3)) {
		struct mdl_expr *x = mdl_arena_zalloc(&c->v->arena, sizeof(*x));
		*x = *e;
		x->kind = MDL_E_LIKE;
		x->op = is(e->name, "like") ? MDL_OP_LIKE : MDL_OP_ILIKE;
		return mdl_comp_expr(c, x, sel);
	}
	bool minus = is(e->name, "negative");
	if (e->nargs == 1 && (minus || is(e->name, "positive"))) {
		struct mdl_expr *x = mdl_arena_zalloc(&c->v->arena, sizeof(*x));
		*x = *e;
		x->kind = MDL_E_UNARY;
		x->op = minus ? MDL_OP_NEG : MDL_OP_PLUS;
		return mdl_comp_expr(c, x, sel);
	}
	/* As for operators: what stands behind an argument that is NULL is not computed. */
	const struct mdl_fn *fn = mdl_fn_find(e->name);
	bool strict = fn && (fn->flags & MDL_FN_STRICT) && fn->max_args < 255,
	     first = fn && (fn->flags & MDL_FN_NULL_FIRST);
	int s = sel, r, *sels = mdl_arena_alloc(&c->v->arena, (e->nargs + 1) * sizeof(*sels));
	for (size_t i = 0; i < e->nargs; i++) {
		size_t mark = c->v->ninstrs;
		int t = i > 0 && (strict || (first && i == 1)) ? mdl_comp_unless_null(c, regs[i - 1], s) : s;
		const struct mdl_expr *x = e->args[i];
		if ((regs[i] = mdl_comp_expr(
			     c, is(e->name, "struct") && x->kind == MDL_E_NAMED ? x->args[0] : x, t)) < 0)
			return MDL_REG_NONE;
		if (t != s && !mdl_comp_risky(c, mark)) {
			mdl_comp_hoist(c, mark, t, s);
			t = s;
		}
		sels[i] = s;
		s = t;
	}
	if ((r = resolved(c, e, regs, s)) < 0)
		return r;
	for (size_t i = 0; strict && i < e->nargs; i++)
		if (mdl_comp_const(c, regs[i]) && !mdl_comp_const(c, regs[i])->valid[0])
			return mdl_comp_constant(c, mdl_vec_null(&c->v->arena, mdl_comp_type(c, r)));
	for (size_t i = e->nargs; i-- > 0; s = sels[i])
		if (s != sels[i])
			r = mdl_comp_or_null(c, regs[i - 1], r, sels[i]);
	return r;
}
