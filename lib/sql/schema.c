/* SPDX-License-Identifier: MIT
 *
 * Table definitions: see schema.h.
 */
#include "sql/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/near.h"
#include "sql/parse.h"
#include "sql/parser.h"

enum { MAX_SQL_BYTES = 64 << 20 };

struct mdl_schema *mdl_schema_new(void)
{
	struct mdl_schema *s = mdl_zalloc(sizeof(*s));
	mdl_arena_init(&s->arena);
	s->st = mdl_arena_zalloc(&s->arena, sizeof(*s->st));
	s->st->kind = MDL_ST_STREAMING_TABLE;
	return s;
}

void mdl_schema_free(struct mdl_schema *s)
{
	if (!s)
		return;
	mdl_arena_free(&s->arena);
	free(s);
}

bool mdl_schema_reserved(struct mdl_slice name)
{
	return mdl_slice_is(name, "_metadata") || mdl_slice_is(name, "_corrupt_record") ||
	       mdl_slice_is(name, "_rescued_data") || mdl_slice_is(name, "_error");
}

static struct mdl_slice last_part(struct mdl_slice name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '.')
			return (struct mdl_slice){name.p + i, name.n - i};
	return name;
}

/* FILE.sql:TABLE. A colon in a directory's name is none of ours: only one behind ".sql" counts. */
size_t mdl_schema_file_part(const char *spec)
{
	for (const char *p = spec; (p = strstr(p, ".sql")); p += 4)
		if (p[4] == ':')
			return (size_t)(p + 4 - spec);
	return strlen(spec);
}

static int pick(struct mdl_schema *s, struct mdl_statement *sts, size_t n, const char *file,
		const char *table, struct mdl_err *err)
{
	struct mdl_statement *found = NULL;
	char names[512] = "";
	size_t used = 0, count = 0;
	for (size_t i = 0; i < n; i++) {
		struct mdl_slice t = table ? mdl_slice_of(table) : (struct mdl_slice){"", 0};
		if (sts[i].name.n && used < sizeof(names) - 1) {
			int k = snprintf(names + used, sizeof(names) - used, "%s%.*s", used ? ", " : "",
					 (int)sts[i].name.n, sts[i].name.p);
			used += k > 0 ? (size_t)k : 0;
		}
		if (table &&
		    !(mdl_slice_eq_nocase(sts[i].name, t) || mdl_slice_eq_nocase(last_part(sts[i].name), t)))
			continue;
		found = &sts[i];
		count++;
	}
	if (count == 1) {
		s->st = found;
		return 0;
	}
	if (!n)
		return mdl_err_set(err, MDL_TROUBLE, "%s: holds no statement", file);
	if (table)
		return mdl_err_set(err, MDL_TROUBLE, "%s: %s table %s (it defines %s)", file,
				   count ? "more than one" : "no", table, names);
	return mdl_err_set(err, MDL_TROUBLE, "%s: defines several tables; name one, as in %s:TABLE (%s)",
			   file, file, names);
}

struct mdl_schema *mdl_schema_read(const char *spec, struct mdl_err *err)
{
	struct mdl_schema *s = mdl_schema_new();
	struct mdl_buf b = MDL_BUF_INIT(MAX_SQL_BYTES);
	size_t nfile = mdl_schema_file_part(spec);
	const char *file = mdl_arena_strndup(&s->arena, spec, nfile);
	const char *table = spec[nfile] ? spec + nfile + 1 : NULL;
	struct mdl_statement *sts;
	size_t n;
	int rc = mdl_file_read(file, &b, err);
	if (rc == 1)
		rc = mdl_err_set(err, MDL_TROUBLE, "%s: no such file", file);
	if (rc == 0 && b.toobig)
		rc = mdl_err_set(err, MDL_TROUBLE, "%s: larger than 64 MiB", file);
	if (rc == 0) {
		s->source = (struct mdl_source){file, mdl_arena_slice(&s->arena, mdl_buf_slice(&b))};
		rc = mdl_parse_statements(&s->arena, &s->source, &sts, &n, err);
	}
	if (rc == 0)
		rc = pick(s, sts, n, file, table, err);
	mdl_buf_free(&b);
	if (rc == 0)
		return s;
	mdl_schema_free(s);
	return NULL;
}

struct mdl_schema *mdl_schema_option(const char *text, struct mdl_err *err)
{
	struct stat st;
	size_t n = strlen(text);
	if ((n > 4 && strcmp(text + n - 4, ".sql") == 0) || text[mdl_schema_file_part(text)] ||
	    stat(text, &st) == 0)
		return mdl_schema_read(text, err);
	struct mdl_schema *s = mdl_schema_new();
	s->source = (struct mdl_source){"--schema", mdl_arena_slice(&s->arena, mdl_slice_of(text))};
	if (mdl_parse_columns(&s->arena, &s->source, s->st, err) == 0)
		return s;
	mdl_schema_free(s);
	return NULL;
}

int mdl_schema_expect(struct mdl_schema *s, const char *text, const char *option, struct mdl_err *err)
{
	struct mdl_source *src = mdl_arena_alloc(&s->arena, sizeof(*src));
	struct mdl_ast_constraint c;
	*src = (struct mdl_source){mdl_arena_strdup(&s->arena, option),
				   mdl_arena_slice(&s->arena, mdl_slice_of(text))};
	if (mdl_parse_expectation(&s->arena, src, &c, err) < 0)
		return -1;
	struct mdl_statement *st = s->st;
	for (size_t i = 0; i < st->nconstraints; i++)
		if (mdl_slice_eq(st->constraints[i].name, c.name))
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s: the constraint %.*s is there already; choose another name",
					   option, (int)c.name.n, c.name.p);
	struct mdl_ast_constraint *all = mdl_arena_alloc(&s->arena, (st->nconstraints + 1) * sizeof(c));
	if (st->nconstraints)
		memcpy(all, st->constraints, st->nconstraints * sizeof(c));
	all[st->nconstraints++] = c;
	st->constraints = all;
	return 0;
}

int mdl_schema_find(const struct mdl_schema *s, struct mdl_slice name)
{
	int found = -1;
	for (size_t i = 0; s && i < s->st->ncolumns; i++) {
		if (mdl_slice_eq(s->st->columns[i].name, name))
			return (int)i;
		if (found < 0 && mdl_slice_eq_nocase(s->st->columns[i].name, name))
			found = (int)i;
	}
	return found;
}

const char *mdl_schema_watermark_text(struct mdl_arena *a, const struct mdl_expr *e, int64_t delay_us)
{
	bool whole = delay_us % 1000000 == 0;
	return mdl_arena_printf(a, "%.*s %" PRId64 " %s", (int)(e->end - e->pos), e->src->text.p + e->pos,
				whole ? delay_us / 1000000 : delay_us, whole ? "seconds" : "microseconds");
}

const char *mdl_schema_watermark(struct mdl_schema *s)
{
	return s->st->watermark
		       ? mdl_schema_watermark_text(&s->arena, s->st->watermark, s->st->watermark_delay_us)
		       : NULL;
}

void mdl_schema_ddl(struct mdl_buf *out, const struct mdl_schema *s)
{
	for (size_t i = 0; i < s->st->ncolumns; i++) {
		const struct mdl_ast_column *c = &s->st->columns[i];
		if (i)
			mdl_buf_puts(out, ", ");
		mdl_type_quote_name(out, c->name);
		mdl_buf_putc(out, ' ');
		mdl_type_ddl(out, c->type);
		if (c->not_null)
			mdl_buf_puts(out, " NOT NULL");
	}
}

void mdl_schema_suggest(struct mdl_buf *out, const struct mdl_slice *names, size_t n, struct mdl_slice name)
{
	bool used[64] = {false};
	n = n < 64 ? n : 64;
	for (int k = 0; k < 5; k++) {
		size_t best = n;
		unsigned least = 0;
		for (size_t i = 0; i < n; i++) {
			unsigned d = used[i] ? 0 : mdl_near_distance(name, names[i]);
			if (!used[i] && (best == n || d < least)) {
				best = i;
				least = d;
			}
		}
		if (best == n)
			return;
		used[best] = true;
		mdl_buf_printf(out, "%s`%.*s`", k ? ", " : "", (int)names[best].n, names[best].p);
	}
}
