/* SPDX-License-Identifier: MIT
 *
 * The groups that changed: each once, not those that left, in no more room than the groups that there are, whatever came
 * and went.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "op/group_table.h"

static struct mdl_group *add(struct mdl_group_table *t, unsigned n)
{
	char key[16];
	int len = snprintf(key, sizeof(key), "%u", n);
	return mdl_group_table_add(t, (struct mdl_slice){key, (size_t)len}, n, n + 1);
}

static size_t changed(struct mdl_group_table *t)
{
	size_t n;
	struct mdl_group **v = mdl_group_table_list(t, INT64_MAX, true, &n);
	for (size_t i = 1; i < n; i++)
		assert_true(v[i - 1]->start < v[i]->start);
	free(v);
	return n;
}

static void changed_groups_are_listed_once(void **state)
{
	(void)state;
	struct mdl_group_table t;
	struct mdl_group *g[1000];
	mdl_group_table_init(&t, NULL, 0, false);
	for (unsigned i = 0; i < 1000; i++)
		g[i] = add(&t, i);
	assert_int_equal(changed(&t), 0);
	for (unsigned i = 1000; i-- > 0;) {
		mdl_group_table_touch(&t, g[i]);
		mdl_group_table_touch(&t, g[i]);
	}
	assert_int_equal(changed(&t), 1000);
	for (unsigned i = 0; i < 1000; i += 2) {
		mdl_group_table_take(&t, g[i]);
		mdl_group_free(g[i], 0);
	}
	assert_int_equal(changed(&t), 500);
	mdl_group_table_settle(&t);
	assert_int_equal(changed(&t), 0);
	mdl_group_table_touch(&t, g[7]);
	assert_int_equal(changed(&t), 1);
	mdl_group_table_free(&t);
}

static void groups_that_come_and_go_leave_no_list(void **state)
{
	(void)state;
	struct mdl_group_table t;
	struct mdl_group *stays[10], *g[100] = {NULL};
	mdl_group_table_init(&t, NULL, 0, false);
	for (unsigned i = 0; i < 10; i++)
		mdl_group_table_touch(&t, stays[i] = add(&t, i));
	for (unsigned i = 0; i < 100000; i++) {
		struct mdl_group **old = &g[i % 100];
		if (*old) {
			mdl_group_table_take(&t, *old);
			mdl_group_free(*old, 0);
		}
		mdl_group_table_touch(&t, *old = add(&t, 10 + i));
	}
	assert_int_equal(changed(&t), 110);
	assert_in_range(t.changed_cap, 110, 512);
	for (unsigned i = 0; i < 10; i++)
		assert_ptr_equal(t.changed[stays[i]->changed_at], stays[i]);
	mdl_group_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_groups_are_listed_once),
		cmocka_unit_test(groups_that_come_and_go_leave_no_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
