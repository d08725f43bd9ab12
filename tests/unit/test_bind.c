/* SPDX-License-Identifier: MIT
 *
 * What a SELECT becomes when its names are bound: steps, keys, residuals, columns; and
 * which names are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sql/bind.h"
#include "sql/parse.h"

static struct mdl_arena arena;
static struct mdl_schema *stream, *users;
static struct mdl_bind_table tables[2];
static struct mdl_err err;

static int setup(void **state)
{
	(void)state;
	mdl_arena_init(&arena);
	stream = mdl_schema_option("id INT, k STRING, v DOUBLE, a ARRAY<INT>, st STRUCT<x: INT, y: STRING>",
				   &err);
	users = mdl_schema_option("id INT, name STRING", &err);
	tables[0] = (struct mdl_bind_table){MDL_SLICE("u"), users};
	tables[1] = (struct mdl_bind_table){MDL_SLICE("empty"), NULL};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mdl_schema_free(stream);
	mdl_schema_free(users);
	mdl_arena_free(&arena);
	return 0;
}

static int bind(const char *text, const struct mdl_schema *schema, struct mdl_bound *b)
{
	static const struct mdl_session session = {.ansi = true, .timezone = "UTC"};
	struct mdl_source *src = mdl_arena_alloc(&arena, sizeof(*src));
	struct mdl_select *sel;
	*src = (struct mdl_source){"q", mdl_slice_of(text)};
	if (mdl_parse_select(&arena, src, &sel, &err) < 0)
		return -1;
	return mdl_bind(&arena, sel, schema, tables, 2, &session, b, &err);
}

static void bound(const char *text, const struct mdl_schema *schema, struct mdl_bound *b)
{
	if (bind(text, schema, b) < 0)
		fail_msg("%s", err.msg);
}

/* Columns as "name=expression", steps by their kind. */
static const char *shown(const struct mdl_bound *b)
{
	struct mdl_buf out = MDL_BUF_INIT(1 << 16);
	for (size_t i = 0; i < b->nsteps; i++) {
		const struct mdl_step *s = &b->steps[i];
		mdl_buf_puts(&out, s->kind == MDL_STEP_FILTER ? "filter "
				   : s->kind == MDL_STEP_JOIN ? "join"
							      : "make");
		if (s->kind == MDL_STEP_FILTER)
			mdl_expr_print(&out, s->filter);
		for (size_t k = 0; k < s->nkeys; k++) {
			mdl_buf_putc(&out, ' ');
			mdl_expr_print(&out, s->keys[k].left);
			mdl_buf_puts(&out, s->keys[k].null_safe ? "<=>" : "=");
			mdl_expr_print(&out, s->keys[k].right);
		}
		if (s->residual) {
			mdl_buf_puts(&out, " where ");
			mdl_expr_print(&out, s->residual);
		}
		mdl_buf_puts(&out, "; ");
	}
	for (size_t i = 0; i < b->nitems; i++) {
		const struct mdl_bound_item *it = &b->items[i];
		mdl_buf_puts(&out, i ? ", " : "");
		if (it->kind != MDL_ITEM_VALUE) {
			mdl_buf_puts(&out, it->kind == MDL_ITEM_RECORD ? "*" : "struct.*");
			continue;
		}
		mdl_buf_printf(&out, "%.*s=", (int)it->name.n, it->name.p);
		mdl_expr_print(&out, it->expr);
	}
	const char *text = mdl_arena_strdup(&arena, mdl_buf_cstr(&out));
	mdl_buf_free(&out);
	return text;
}

static void conditions_are_split(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT k, name FROM x JOIN u ON x.id + 1 = u.id AND v > 1 AND name <=> k AND upper(k) = upper(k)",
	      stream, &b);
	assert_string_equal(shown(&b), "join (id + 1)=id k<=>name where ((v > 1) AND (upper(k) = upper(k))); "
				       "k=k, name=name");
	assert_int_equal(b.steps[0].keys[0].right->relation, 1);
	assert_int_equal(b.steps[0].keys[0].left->args[0]->relation, 0);
}

static void queries_are_folded(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("WITH a AS (SELECT id + 1 AS n, v FROM x WHERE v > 0) SELECT n * 2 AS m, m + n AS s FROM a WHERE n < 9",
	      stream, &b);
	assert_string_equal(shown(&b), "filter ((v > 0) AND ((id + 1) < 9)); m=((id + 1) * 2), "
				       "s=(((id + 1) * 2) + (id + 1))");
	bound("SELECT y.* EXCEPT (k) FROM (SELECT * EXCEPT (v), v AS w FROM x) y", NULL, &b);
	assert_string_equal(shown(&b), "*, w=v");
	assert_int_equal(b.items[0].nexcept, 4); /* v, w, k, and w as it is shown again */
}

static void in_with_a_subquery_is_a_semi_join(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT k FROM x WHERE v > 1 AND id IN (SELECT id FROM u WHERE name = 'a') AND v < 9", stream,
	      &b);
	assert_string_equal(shown(&b), "join a=name id=id; filter ((v > 1) AND (v < 9)); k=k");
	assert_int_equal(b.steps[0].join, MDL_JOIN_SEMI);
}

/* NOT IN is not true where a NULL is in play on either side: two anti joins more. */
static void not_in_sees_nulls(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT k FROM x WHERE id NOT IN (SELECT u.id FROM u WHERE u.name = x.k)", stream, &b);
	assert_string_equal(
		shown(&b),
		"join k=name id=id; join k=name (id IS NULL)=true; join k=name true=(id IS NULL); k=k");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(b.steps[i].join, MDL_JOIN_ANTI);
	bound("SELECT k FROM x WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.name = x.k AND v > 1)", stream, &b);
	assert_int_equal(b.steps[0].join, MDL_JOIN_ANTI);
}

static void using_shows_one_column(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT * FROM x JOIN u USING (id)", stream, &b);
	assert_string_equal(shown(&b), "join id=id; *, name=name");
	bound("SELECT id, u.id AS uid FROM x LEFT JOIN u USING (id)", stream, &b);
	assert_int_equal(b.items[0].expr->relation, 0);
	assert_int_equal(b.items[1].expr->relation, 1);
}

static void names_of_an_undeclared_stream(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT name, other FROM x JOIN u ON x.k = u.id", NULL, &b);
	assert_int_equal(b.items[0].expr->relation, 1);
	assert_int_equal(b.items[1].expr->relation, 0);
	assert_int_equal(b.nabsent, 1);
	assert_true(mdl_slice_is(b.absent[0], "name"));
	bound("SELECT u.name FROM x JOIN u ON x.k = u.id", NULL, &b);
	assert_int_equal(b.nabsent, 0);
}

static void structs_are_expanded(void **state)
{
	struct mdl_bound b;
	(void)state;
	bound("SELECT st.*, id FROM x", stream, &b);
	assert_string_equal(shown(&b), "x=st.x, y=st.y, id=id");
	bound("SELECT d.* FROM x AS t LATERAL VIEW explode(t.l) v AS d", NULL, &b);
	assert_string_equal(shown(&b), "make; struct.*");
}

static void what_is_wrong_has_sparks_class(void **state)
{
	static const struct {
		const char *text, *class;
	} cases[] = {
		{"SELECT nam FROM x JOIN u ON x.id = u.id", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"SELECT id FROM x JOIN u ON x.id = u.id", "[AMBIGUOUS_REFERENCE]"},
		{"SELECT * FROM x JOIN u ON x.id = u.id", "[COLUMN_ALREADY_EXISTS]"},
		{"SELECT u.k FROM x JOIN u ON x.id = u.id", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"SELECT name FROM x LEFT SEMI JOIN u ON x.id = u.id", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"SELECT k FROM x JOIN t ON x.id = t.id", "[TABLE_OR_VIEW_NOT_FOUND]"},
		{"SELECT explode(a), explode(a) FROM x", "[UNSUPPORTED_GENERATOR.MULTI_GENERATOR]"},
		{"SELECT 1 + explode(a) FROM x", "[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS]"},
		{"SELECT id FROM x WHERE explode(a) = 1", "[UNSUPPORTED_GENERATOR.OUTSIDE_SELECT]"},
		{"SELECT explode(k) FROM x", "[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE]"},
		{"SELECT posexplode(a) AS (p, q, r) FROM x", "[UDTF_ALIAS_NUMBER_MISMATCH]"},
		{"SELECT id AS b, k AS b, b FROM x", "[AMBIGUOUS_REFERENCE]"},
		{"WITH a AS (SELECT id FROM x) SELECT v FROM a", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"WITH a AS (SELECT rand() AS r FROM x) SELECT r FROM a", NULL},
		{"SELECT k FROM x WHERE v > 1 OR id IN (SELECT id FROM u)",
		 NULL}, /* compilation refuses it */
		{"SELECT k FROM x WHERE EXISTS (SELECT max(id) FROM u)", "[UNSUPPORTED_FEATURE]"},
		{"SELECT k FROM x JOIN (SELECT id, count(*) AS n FROM u GROUP BY id) c ON x.id = c.id",
		 "[UNSUPPORTED_FEATURE]"},
		{"SELECT k FROM x JOIN (SELECT nam FROM u) c ON x.id = c.nam",
		 "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"SELECT k FROM x WHERE id IN (SELECT id, name FROM u)", "[UNSUPPORTED_FEATURE]"},
		{"SELECT k FROM x WHERE id IN (SELECT k FROM u)", "[UNSUPPORTED_FEATURE]"},
		{"SELECT k FROM x WHERE id IN (SELECT kk FROM u)", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"},
		{"SELECT rand() AS r, r + 1 AS s FROM x", "[UNSUPPORTED_FEATURE]"},
	};
	struct mdl_bound b;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = bind(cases[i].text, stream, &b);
		if (cases[i].class ? rc == 0 || !strstr(err.msg, cases[i].class) : rc < 0)
			fail_msg("%s: %s", cases[i].text, rc ? err.msg : "bound");
	}
}

/* b + b, c + c ... doubles with each alias: it is refused before it takes all memory. */
static void aliases_cannot_blow_up(void **state)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 12);
	struct mdl_bound bnd;
	(void)state;
	mdl_buf_puts(&b, "SELECT id AS c0");
	for (int i = 1; i < 60; i++)
		mdl_buf_printf(&b, ", c%d + c%d AS c%d", i - 1, i - 1, i);
	assert_int_equal(bind(mdl_buf_cstr(&b), stream, &bnd), -1);
	assert_non_null(strstr(err.msg, "[UNSUPPORTED_FEATURE]"));
	mdl_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_split),
		cmocka_unit_test(queries_are_folded),
		cmocka_unit_test(in_with_a_subquery_is_a_semi_join),
		cmocka_unit_test(not_in_sees_nulls),
		cmocka_unit_test(using_shows_one_column),
		cmocka_unit_test(names_of_an_undeclared_stream),
		cmocka_unit_test(structs_are_expanded),
		cmocka_unit_test(what_is_wrong_has_sparks_class),
		cmocka_unit_test(aliases_cannot_blow_up),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
