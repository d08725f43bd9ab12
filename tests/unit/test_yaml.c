/* SPDX-License-Identifier: MIT
 *
 * YAML to documents. What is expected of scalars is what PyYAML's safe_load gives, but for dates, which stay texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/yaml.h"

static void documents_are_read(void **state)
{
	static const struct {
		const char *yaml, *json;
	} t[] = {
		{"a: 1\nb: [x, 'y', \"z\\n\"]\n", "{\"a\":1,\"b\":[\"x\",\"y\",\"z\\n\"]}"},
		{"[yes, No, on, TRUE, ~, null, '', 'yes']", "[true,false,true,true,null,null,\"\",\"yes\"]"},
		{"[-5, 007, 1.5, 1e3, 2018-01-01, .5, 0, -0]",
		 "[-5,\"007\",1.5,\"1e3\",\"2018-01-01\",\".5\",0,0]"},
		{"a: {b: {c: []}}\n", "{\"a\":{\"b\":{\"c\":[]}}}"},
		{"a: &x [1]\nb: *x\n", "{\"a\":[1],\"b\":[1]}"},
		{"text", "\"text\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_doc *d = mdl_yaml_parse(mdl_slice_of(t[i].yaml), "here", &err);
		assert_non_null(d);
		char *json = mdl_doc_dump(d);
		assert_string_equal(json, t[i].json);
		free(json);
		mdl_doc_free(d);
	}
}

static void mistakes_name_their_line(void **state)
{
	static const struct {
		const char *yaml, *message;
	} t[] = {
		{"a: 1\nb: [\n", "here: line 3: no YAML: "},
		{"a: 1\n<<: {b: 1}\n", "here: line 2: merge keys (<<) are not read"},
		{"? [a]\n: 1\n", "here: line 1: a key is no plain text"},
		{"", "here: is empty"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		assert_null(mdl_yaml_parse(mdl_slice_of(t[i].yaml), "here", &err));
		assert_int_equal(err.status, MDL_TROUBLE);
		assert_memory_equal(err.msg, t[i].message, strlen(t[i].message));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_read),
		cmocka_unit_test(mistakes_name_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
