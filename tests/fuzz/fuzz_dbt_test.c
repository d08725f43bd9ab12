/* SPDX-License-Identifier: MIT
 *
 * dbt's schema files: YAML of foreign hands is read or refused.
 */
#include <stdint.h>

#include "op/dbt_test.h"
#include "json/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_dbt_tests t;
	struct mdl_arena a;
	mdl_arena_init(&a);
	char *text = mdl_arena_strndup(&a, size ? (const char *)data : "", size);
	struct mdl_doc *d = mdl_yaml_parse((struct mdl_slice){text, size}, "input", &err);
	mdl_doc_free(d);
	mdl_dbt_tests_init(&t);
	(void)mdl_dbt_test_add(&t, text, "model", &err);
	mdl_dbt_tests_free(&t);
	mdl_arena_free(&a);
	return 0;
}
