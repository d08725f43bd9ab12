/* SPDX-License-Identifier: MIT
 *
 * Beside the columns: see definition.h.
 */
#include "op/definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "sql/parse.h"

const char *const mdl_definition_modes[] = {"permissive", "dropmalformed", "failfast", NULL};
const char *const mdl_definition_evolutions[] = {"none", "rescue", "failOnNewColumns", "addNewColumns", NULL};

/* The word of WORDS that VALUE is, in any case; -1 for none. */
static int choice(const char *const *words, struct mdl_slice value)
{
	for (int i = 0; words[i]; i++)
		if (mdl_slice_eq_nocase(mdl_slice_of(words[i]), value))
			return i;
	return -1;
}

int mdl_definition_read(struct mdl_definition_reading *r, struct mdl_schema *s, struct mdl_err *err)
{
	const struct mdl_select *q = s->st->select;
	for (size_t i = 0; q && i < q->from.noptions; i++) {
		struct mdl_slice key = q->from.options[i].key, value = q->from.options[i].value;
		bool is_mode = mdl_slice_eq_nocase(key, MDL_SLICE("mode"));
		bool is_evolution = mdl_slice_eq_nocase(key, MDL_SLICE("schemaEvolutionMode"));
		int *to = is_mode ? &r->mode : is_evolution ? &r->evolution : NULL;
		const char *const *words = is_mode ? mdl_definition_modes : mdl_definition_evolutions;
		if (to && *to < 0 && (*to = choice(words, value)) < 0)
			return mdl_err_set(err, MDL_TROUBLE, "%s: %.*s => '%.*s' is none that is known",
					   s->source.file, (int)key.n, key.p, (int)value.n, value.p);
		if (!r->hints && !s->st->ncolumns && mdl_slice_eq_nocase(key, MDL_SLICE("schemaHints")))
			r->hints = mdl_arena_strndup(&s->arena, value.p, value.n);
		if (!s->st->ncolumns && mdl_slice_eq_nocase(key, MDL_SLICE("schema"))) {
			struct mdl_source *src = mdl_arena_alloc(&s->arena, sizeof(*src));
			*src = (struct mdl_source){"schema of read_files", value};
			if (mdl_parse_columns(&s->arena, src, s->st, err))
				return -1;
		}
	}
	return 0;
}

bool mdl_definition_is_to_be_made(const char *spec)
{
	struct stat st;
	char *path = mdl_strndup(spec, mdl_schema_file_part(spec));
	bool empty = stat(path, &st) ? errno == ENOENT : st.st_size == 0;
	free(path);
	return empty;
}

const char *mdl_definition_name_of(struct mdl_arena *a, const char *spec)
{
	if (!spec)
		return "records";
	size_t n = mdl_schema_file_part(spec);
	if (spec[n])
		return spec + n + 1;
	const char *slash = memrchr(spec, '/', n), *base = slash ? slash + 1 : spec;
	n = strcspn(base, ".");
	return n ? mdl_arena_strndup(a, base, n) : "records";
}

const char *mdl_definition_model(struct mdl_schema *s)
{
	struct mdl_slice name = s->st->name;
	size_t i = name.n;
	while (i && name.p[i - 1] != '.')
		i--;
	return name.n ? mdl_arena_strndup(&s->arena, name.p + i, name.n - i) : NULL;
}
