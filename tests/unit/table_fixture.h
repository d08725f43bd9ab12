/* SPDX-License-Identifier: MIT
 *
 * A scratch folder for the table tests, and small files in it.
 */
#ifndef MDL_TESTS_TABLE_FIXTURE_H
#define MDL_TESTS_TABLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"

static struct mdl_err err;
static char scratch[64]; /* real path */

static inline int make_scratch(void **state)
{
	(void)state;
	snprintf(scratch, sizeof(scratch), "/tmp/medal-table.XXXXXX");
	mdl_err_clear(&err);
	return mkdtemp(scratch) ? 0 : -1;
}

static inline int remove_scratch(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", scratch);
	return system(cmd);
}

/* "<scratch>/<name>", valid until the test ends (leaked on purpose: tests are short). */
static inline char *in_scratch(const char *name)
{
	static char paths[64][512];
	static unsigned at;
	char *p = paths[at++ % 64];

	snprintf(p, sizeof(paths[0]), "%s/%s", scratch, name);
	return p;
}

static inline void put_file(const char *name, const char *text)
{
	char *path = in_scratch(name);
	FILE *f;

	for (char *s = strchr(path + strlen(scratch) + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		mkdir(path, 0777);
		*s = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The content; NULL when there is no such file. Valid until the next call but three. */
static inline const char *get_file(const char *name)
{
	static char text[4][65536];
	static unsigned at;
	char *t = text[at++ % 4];
	FILE *f = fopen(in_scratch(name), "r");

	if (!f)
		return NULL;
	size_t n = fread(t, 1, sizeof(text[0]) - 1, f);

	t[n] = '\0';
	fclose(f);
	return t;
}

static inline bool file_exists(const char *name)
{
	return access(in_scratch(name), F_OK) == 0;
}

#endif
