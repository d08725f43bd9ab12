/* SPDX-License-Identifier: MIT
 *
 * What dbt's tests say. Names and ids are those in the manifest of dbt 1.9.11 for a project named medal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "op/dbt_test.h"

static struct mdl_dbt_tests tests;

static const struct mdl_dbt_test *one(const char *text)
{
	struct mdl_err err = MDL_ERR_INIT;
	mdl_dbt_tests_init(&tests);
	assert_int_equal(mdl_dbt_test_add(&tests, text, "orders", &err), 0);
	assert_int_equal(tests.n, 1);
	return &tests.v[0];
}

static void names_and_ids_are_dbts(void **state)
{
	static const struct {
		const char *text, *name, *id;
	} t[] = {
		{"id: unique", "unique_orders_id", "unique_orders_id.1360ecc70e"},
		{"id: {not_null: {severity: warn}}", "not_null_orders_id", "not_null_orders_id.84ef11d8fe"},
		{"customer_id: {relationships: {to: ref('customers'), field: id}}",
		 "relationships_orders_customer_id__id__ref_customers_",
		 "relationships_orders_customer_id__id__ref_customers_.4282b0c525"},
		{"customer_id: {relationships: {name: known_customers_of_spring, to: ref('customers'), field: id}}",
		 "known_customers_of_spring", "known_customers_of_spring.23f907bf9b"},
		{"amount: {accepted_values: {values: [1, 8, 10.5], quote: false}}",
		 "accepted_values_orders_amount__False__1__8__10_5",
		 "accepted_values_orders_amount__False__1__8__10_5.b8acacadf4"},
		{"status: {accepted_values: {values: [placed, shipped, completed, return_pending, returned]}}",
		 "accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758",
		 "accepted_values_orders_status__placed__shipped__completed__return_pending__returned.be6b5b5ec3"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		const struct mdl_dbt_test *x = one(t[i].text);
		assert_string_equal(x->name, t[i].name);
		assert_memory_equal(x->unique_id, "test.medal.", 11);
		assert_string_equal(x->unique_id + 11, t[i].id);
		mdl_dbt_tests_free(&tests);
	}
}

static void configuration_stands_in_three_places(void **state)
{
	static const char *const texts[] = {
		"id: {not_null: {severity: WARN, warn_if: '> 5', where: x > 1, limit: 7}}",
		"id: {not_null: {config: {severity: warn, warn_if: '> 5', where: x > 1, limit: 7}}}",
		"id: {not_null: {arguments: {}}, config: {severity: warn, warn_if: '> 5', where: x > 1, limit: 7}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct mdl_dbt_test *x = one(texts[i]);
		assert_true(x->warn);
		assert_string_equal(x->warn_if, "> 5");
		assert_string_equal(x->error_if, "!= 0");
		assert_string_equal(x->where, "x > 1");
		assert_int_equal(x->limit, 7);
		mdl_dbt_tests_free(&tests);
	}
}

static void values_are_literals(void **state)
{
	(void)state;
	assert_string_equal(one("s: {accepted_values: {values: [a, \"it's\", 1, yes]}}")->values,
			    "'a', 'it\\'s', '1', 'True'");
	mdl_dbt_tests_free(&tests);
	assert_string_equal(one("s: {accepted_values: {values: [1, 2.5], quote: false}}")->values, "1, 2.5");
	mdl_dbt_tests_free(&tests);
	assert_string_equal(one("s: {relationships: {to: \"source('raw', 'people')\", field: id}}")->to,
			    "people");
	mdl_dbt_tests_free(&tests);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *message;
	} t[] = {
		{"id: uniq", "uniq"},
		{"id", "give a column and its test"},
		{"id: {accepted_values: {}}", "values is missing"},
		{"id: {relationships: {to: ref('x')}}", "field"},
		{"id: {not_null: {severity: fatal}}", "severity"},
		{"id: {not_null: {config: {colour: red}}}", "colour"},
		{"id: {not_null: {where: \"x > {{ var('y') }}\"}}", "Jinja"},
		{"id: {not_null: {fail_calc: sum(x)}}", "fail_calc"},
		{"id: {not_null: {name: ../x}}", "no name of a file"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		mdl_dbt_tests_init(&tests);
		assert_int_equal(mdl_dbt_test_add(&tests, t[i].text, "orders", &err), -1);
		assert_non_null(strstr(err.msg, t[i].message));
		mdl_dbt_tests_free(&tests);
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(names_and_ids_are_dbts),
		cmocka_unit_test(configuration_stands_in_three_places),
		cmocka_unit_test(values_are_literals),
		cmocka_unit_test(mistakes_are_named),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
