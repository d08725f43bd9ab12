/* SPDX-License-Identifier: MIT
 *
 * The tables of a query: see join_set.h.
 */
#include "op/join_set.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "op/table_pin.h"

int mdl_join_set_open(struct mdl_join_set *s, const struct mdl_join_spec *specs, size_t n,
		      const struct mdl_join_source *source, struct mdl_err *err)
{
	*s = (struct mdl_join_set){.n = n};
	s->v = mdl_array(n + 1, sizeof(*s->v));
	s->names = mdl_array(n + 1, sizeof(*s->names));
	for (size_t i = 0; i < n; i++)
		mdl_join_table_init(&s->v[i], specs[i].name, specs[i].path, NULL, source);
	for (size_t i = 0; i < n; i++) {
		const char *schema = specs[i].schema;
		if ((schema && !(s->v[i].declared = mdl_schema_option(schema, err))) ||
		    mdl_join_table_load(&s->v[i], NULL, err) < 0)
			return -1;
	}
	mdl_join_set_rename(s);
	return 0;
}

void mdl_join_set_free(struct mdl_join_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		mdl_join_table_free(&s->v[i]);
	free(s->v);
	free(s->names);
	*s = (struct mdl_join_set){0};
}

void mdl_join_set_rename(struct mdl_join_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->names[i] =
			(struct mdl_bind_table){mdl_slice_of(s->v[i].name), mdl_join_table_columns(&s->v[i])};
}

int mdl_join_set_pin(struct mdl_join_set *s, struct mdl_filter *f, bool first, bool *changed,
		     struct mdl_err *err)
{
	char **versions = mdl_array(s->n + 1, sizeof(*versions));
	bool replay = false;
	int rc = s->n ? mdl_table_pin_begin(f, s->v, s->n, versions, &replay, err) : 0;
	*changed = first;
	for (size_t i = 0; i < s->n && rc == 0; i++)
		*changed |= strcmp(versions[i], s->v[i].version) != 0;
	for (size_t i = 0; i < s->n && rc == 0 && *changed; i++) {
		rc = mdl_join_table_load(&s->v[i], versions[i], err);
		if (rc == 0 && replay && strcmp(versions[i], s->v[i].version) != 0)
			mdl_warning(
				"the table %s (%s) is not any more what epoch %" PRIu64
				" saw before it was cut off (%s, now %s): its replay joins with what is there now",
				s->v[i].name, s->v[i].path, f->begin->epoch, versions[i], s->v[i].version);
	}
	for (size_t i = 0; i < s->n; i++)
		free(versions[i]);
	free(versions);
	if (rc == 0 && *changed)
		mdl_join_set_rename(s);
	return rc;
}
