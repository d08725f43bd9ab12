/* SPDX-License-Identifier: MIT
 *
 * SQL text through each of the parser's doors: a tree or a message with its place,
 * and no text that takes the stack or the memory with it.
 */
#include <stdint.h>

#include "sql/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_message(int r, struct mdl_err *err)
{
	if (r != 0 && !err->msg[0])
		mdl_bug("refused without a message");
	mdl_err_clear(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_source src = {.text = {size ? (const char *)data : "", size}, .file = "fuzz.sql"};
	struct mdl_statement *statements, columns = {0};
	struct mdl_select *select;
	struct mdl_expr *e, **keys;
	struct mdl_ast_constraint constraint = {0};
	size_t n;
	int64_t us;
	mdl_arena_init(&a);
	expect_message(mdl_parse_statements(&a, &src, &statements, &n, &err), &err);
	expect_message(mdl_parse_select(&a, &src, &select, &err), &err);
	expect_message(mdl_parse_expr(&a, &src, &e, &err), &err);
	expect_message(mdl_parse_expectation(&a, &src, &constraint, &err), &err);
	expect_message(mdl_parse_columns(&a, &src, &columns, &err), &err);
	expect_message(mdl_parse_watermark(&a, &src, &e, &us, &err), &err);
	expect_message(mdl_parse_keys(&a, &src, &keys, &n, &err), &err);
	expect_message(mdl_parse_duration(&a, &src, &us, &err), &err);
	mdl_arena_free(&a);
	return 0;
}
