/* SPDX-License-Identifier: MIT
 *
 * All scalar functions by name.
 */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "sql/function.h"

static const struct mdl_fn *const tables[] = {
	mdl_func_string,   mdl_func_math,    mdl_func_datetime, mdl_func_zone,     mdl_func_json,
	mdl_func_hash,     mdl_func_char,    mdl_func_encode,   mdl_func_misc,     mdl_func_array,
	mdl_func_set,      mdl_func_map,     mdl_func_printf,   mdl_func_numtext,  mdl_func_more,
	mdl_func_fromjson, mdl_func_csv,     mdl_func_clock,    mdl_func_interval, mdl_func_url,
	mdl_func_chance,   mdl_func_session, mdl_func_calendar};

enum { NTABLES = sizeof(tables) / sizeof(*tables) };

const struct mdl_fn *mdl_fn_find(struct mdl_slice name)
{
	for (size_t t = 0; t < NTABLES; t++)
		for (const struct mdl_fn *f = tables[t]; f->name; f++)
			if (strlen(f->name) == name.n && strncasecmp(f->name, name.p, name.n) == 0)
				return f;
	return NULL;
}

const struct mdl_fn *mdl_fn_at(size_t i)
{
	for (size_t t = 0; t < NTABLES; t++)
		for (const struct mdl_fn *f = tables[t]; f->name; f++)
			if (i-- == 0)
				return f;
	return NULL;
}
