/* SPDX-License-Identifier: MIT
 *
 * What the names of a table's files say: see table_name.h.
 */
#include "table/table_name.h"

#include <string.h>

/* A number at *P, which is moved behind it; -1 when there is none, or a leading zero. */
static int64_t take_number(const char **p)
{
	const char *from = *p;
	int64_t v = 0;

	for (; **p >= '0' && **p <= '9' && v < INT64_MAX / 20; ++*p)
		v = v * 10 + (**p - '0');
	return *p == from || (*from == '0' && *p - from > 1) ? -1 : v;
}

int64_t mdl_table_name_epoch(const char *path, int64_t *first)
{
	const char *name = strrchr(path, '/'), *p;
	int64_t from, v;

	name = name ? name + 1 : path;
	p = name + 5;
	v = from = strncmp(name, "part-", 5) == 0 ? take_number(&p) : -1;
	if (from >= 0 && *p == '_') {
		p++;
		v = take_number(&p);
	}
	/* Spark's task numbers have five digits, and its names go on with a UUID and ".c000" or "-c000". */
	if (v < from || v < 0 || *p != '-' || strstr(p, "c000"))
		v = from = MDL_TABLE_EPOCH_UNKNOWN;
	if (first)
		*first = from;
	return v;
}

bool mdl_table_name_is_merged(const char *path)
{
	const char *slash = strrchr(path, '/'), *p = (slash ? slash + 1 : path) + 5;

	return mdl_table_name_epoch(path, NULL) != MDL_TABLE_EPOCH_UNKNOWN && take_number(&p) >= 0 &&
	       *p == '_';
}
