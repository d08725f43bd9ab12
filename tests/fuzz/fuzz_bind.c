/* SPDX-License-Identifier: MIT
 *
 * A SELECT with its joins, generators and queries in queries through binding and
 * compilation, as one of rows and as one of groups, over a stream with and without columns and two tables. What is refused has
 * a message; what is not can be explained and described.
 */
#include <stdint.h>

#include "sql/aggregate_plan.h"
#include "sql/parse.h"
#include "sql/select_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan(const struct mdl_schema *schema, const struct mdl_bind_table *tables, struct mdl_slice text)
{
	struct mdl_session session = {.ansi = true, .timezone = "UTC", .now_us = 1700000000000000};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_source src = {"fuzz", text};
	struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_select *sel;
	struct mdl_arena a;
	mdl_arena_init(&a);
	if (mdl_parse_select(&a, &src, &sel, &err) == 0) {
		struct mdl_select_plan *p = mdl_select_plan_new(sel, schema, tables, 2, &session, &err);
		if (p) {
			mdl_select_plan_explain(&out, p, tables);
			mdl_select_plan_ddl(&out, p, schema);
		}
		mdl_select_plan_free(p);
		struct mdl_agg_plan *g =
			mdl_agg_plan_new(sel, schema, tables, 2, &session, "at 1 minute", &err);
		if (g) {
			mdl_agg_plan_explain(&out, g, tables);
			mdl_agg_plan_ddl(&out, g);
		}
		mdl_agg_plan_free(g);
	}
	if (!out.n && !err.msg[0])
		mdl_bug("neither refused nor explained");
	mdl_buf_free(&out);
	mdl_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_err err = MDL_ERR_INIT;
	if (size > 1 << 12)
		return 0;
	struct mdl_schema *stream =
		mdl_schema_option("id INT, k STRING, v DOUBLE, a ARRAY<STRING>, "
				  "o ARRAY<STRUCT<q: INT, s: STRING>>, m MAP<STRING, INT>, "
				  "st STRUCT<x: INT, y: STRING>, at TIMESTAMP",
				  &err);
	struct mdl_schema *u = mdl_schema_option("id INT, name STRING, o STRUCT<x: INT>", &err);
	struct mdl_bind_table tables[] = {{MDL_SLICE("u"), u}, {MDL_SLICE("c"), NULL}};
	plan(stream, tables, (struct mdl_slice){(const char *)data, size});
	plan(NULL, tables, (struct mdl_slice){(const char *)data, size});
	mdl_schema_free(stream);
	mdl_schema_free(u);
	return 0;
}
