/* SPDX-License-Identifier: MIT
 *
 * medal-sql(7) names the functions that there are: each that is registered stands on a
 * line ".Ic name , name" of its FUNCTIONS, and each name there is one that the compiler
 * knows (a registered one, or one that it makes itself).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sql/compile.h"
#include "sql/parse.h"

enum { MAX_NAMES = 1000 };

static char names[MAX_NAMES][64];
static size_t nnames;

/* Clauses of aggregates stand in the same section, in capitals. */
static int is_function(const char *word)
{
	return word[0] >= 'a' && word[0] <= 'z';
}

static int read_page(void **state)
{
	(void)state;
	const char *tests = getenv("MEDAL_TESTS"); /* the runner works in a scratch folder */
	char path[4096], line[512];
	snprintf(path, sizeof(path), "%s%sman/medal-sql.7", tests ? tests : "", tests ? "/../" : "");
	FILE *f = fopen(path, "r");
	int inside = 0;
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, ".Sh ", 4) == 0)
			inside = strcmp(line, ".Sh FUNCTIONS\n") == 0;
		if (!inside || strncmp(line, ".Ic ", 4) != 0)
			continue;
		for (char *save, *w = strtok_r(line + 4, " ,\n", &save); w; w = strtok_r(NULL, " ,\n", &save))
			if (is_function(w) && nnames < MAX_NAMES)
				snprintf(names[nnames++], sizeof(*names), "%s", w);
	}
	fclose(f);
	return 0;
}

static int on_page(const char *name)
{
	for (size_t i = 0; i < nnames; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

/* What operators and other functions are made of ("concat of arrays"); nobody writes them. */
static int internal(const char *name)
{
	return strchr(name, ' ') || strcmp(name, "add_interval_ym") == 0 ||
	       strcmp(name, "subtract_interval_ym") == 0;
}

static void each_function_is_on_the_page(void **state)
{
	(void)state;
	int missing = 0;
	size_t n = 0;
	for (const struct mdl_fn *f; (f = mdl_fn_at(n)); n++)
		if (!internal(f->name) && !on_page(f->name)) {
			print_error("medal-sql(7) does not name %s\n", f->name);
			missing++;
		}
	assert_true(n > 100);
	assert_int_equal(missing, 0);
}

/* Is NAME(NULL, ...) known with any number of arguments? A fault of another kind shows that it is. */
static int known(const char *name)
{
	static const char *const args[] = {"", "NULL", "NULL, NULL", "NULL, NULL, NULL"};
	struct mdl_session session = {.ansi = true, .timezone = "UTC"};
	for (int n = 0; n <= 3; n++) {
		struct mdl_arena a;
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_expr *e;
		mdl_arena_init(&a);
		char *text = mdl_arena_printf(&a, "%s(%s)", name, args[n]);
		struct mdl_source src = {"page", mdl_slice_of(text)};
		assert_int_equal(mdl_parse_expr(&a, &src, &e, &err), 0);
		struct mdl_program *p = mdl_program_new(NULL, &session);
		int bad = mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, &err) < 0 ||
			  mdl_program_finish(p, &err);
		int unknown = bad && strstr(err.msg, "[UNRESOLVED_ROUTINE]") != NULL;
		mdl_program_free(p);
		mdl_arena_free(&a);
		if (!unknown)
			return 1;
	}
	return 0;
}

static void each_name_on_the_page_is_known(void **state)
{
	(void)state;
	int wrong = 0;
	assert_false(known("no_such_function"));
	for (size_t i = 0; i < nnames; i++) {
		if (!known(names[i])) {
			print_error("medal-sql(7) names %s, which there is not\n", names[i]);
			wrong++;
		}
		for (size_t j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0) {
				print_error("medal-sql(7) names %s twice\n", names[i]);
				wrong++;
			}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_function_is_on_the_page),
		cmocka_unit_test(each_name_on_the_page_is_known),
	};
	return cmocka_run_group_tests(tests, read_page, NULL);
}
