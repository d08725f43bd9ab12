/* SPDX-License-Identifier: MIT
 *
 * Reading dbt's tests: see dbt_test.h.
 */
#include "op/dbt_test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "sql/digest.h"
#include "json/doc.h"
#include "json/yaml.h"

enum { MAX_BYTES = 16 << 20, LONGEST_NAME = 63, KEPT_OF_LONG = 30, HASH = 10 };

static const char *const kinds[] = {
	[MDL_DBT_UNIQUE] = "unique",
	[MDL_DBT_NOT_NULL] = "not_null",
	[MDL_DBT_ACCEPTED_VALUES] = "accepted_values",
	[MDL_DBT_RELATIONSHIPS] = "relationships",
};

void mdl_dbt_tests_init(struct mdl_dbt_tests *t)
{
	*t = (struct mdl_dbt_tests){0};
	mdl_arena_init(&t->arena);
}

void mdl_dbt_tests_free(struct mdl_dbt_tests *t)
{
	mdl_arena_free(&t->arena);
	free(t->v);
}

/* ---- Texts as Python prints them, for dbt's names and ids are made of them ---- */

/* str(): of a scalar. */
static const char *py_str(struct mdl_arena *a, const struct mdl_doc *d)
{
	const char *text = mdl_doc_text(d);
	if (text)
		return text;
	char *json = mdl_doc_dump(d);
	const char *s = strcmp(json, "true") == 0    ? "True"
			: strcmp(json, "false") == 0 ? "False"
			: strcmp(json, "null") == 0  ? "None"
						     : mdl_arena_strdup(a, json);
	free(json);
	return s;
}

/* repr() of a str. */
static void py_repr(struct mdl_buf *out, const char *s)
{
	char quote = strchr(s, '\'') && !strchr(s, '"') ? '"' : '\'';
	mdl_buf_putc(out, quote);
	for (; *s; s++) {
		if (*s == quote || *s == '\\')
			mdl_buf_putc(out, '\\');
		if (*s == '\n')
			mdl_buf_puts(out, "\\n");
		else
			mdl_buf_putc(out, *s);
	}
	mdl_buf_putc(out, quote);
}

static void md5_hex(struct mdl_slice s, char out[33])
{
	unsigned char d[MDL_DIGEST_MAX];
	mdl_digest(128, s, d);
	for (size_t i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", d[i]);
}

/* ---- One test ---- */

/* Where a test stands. */
struct place {
	struct mdl_dbt_tests *t;
	const char *file, *model, *column; /* column: NULL at the model itself */
	struct mdl_err *err;
	bool typed; /* on the command line: a test that is not known is a mistake */
};

static int wrong(const struct place *p, const char *test, const char *message)
{
	return mdl_err_set(p->err, MDL_TROUBLE, "%s: the test %s of %s%s%s: %s", p->file, test, p->model,
			   p->column ? "." : "", p->column ? p->column : "", message);
}

/* What a test is given, but for its configuration: by name, as dbt's own **kwargs. */
struct args {
	struct {
		const char *name;
		const struct mdl_doc *value; /* NULL: TEXT */
		const char *text;
	} v[32];
	size_t n;
};

static int compare_args(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_arg(const struct place *p, struct args *args, const char *test, const char *name,
		   const struct mdl_doc *value, const char *text)
{
	if (args->n == sizeof(args->v) / sizeof(*args->v))
		return wrong(p, test, "has more than 32 arguments");
	args->v[args->n].name = name;
	args->v[args->n].value = value;
	args->v[args->n++].text = text;
	return 0;
}

static void put_flat(struct mdl_buf *out, const char *s, bool first)
{
	bool gap = false;
	if (!first)
		mdl_buf_puts(out, "__");
	for (; *s; s++) {
		bool word = (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
			    (*s >= 'A' && *s <= 'Z') || *s == '_';
		if (word)
			mdl_buf_putc(out, *s);
		else if (!gap)
			mdl_buf_putc(out, '_');
		gap = !word;
	}
}

/* "unique_orders_id", "accepted_values_orders_status__placed__shipped". */
static const char *full_name(const struct place *p, const char *test, const struct args *args)
{
	struct mdl_arena *a = &p->t->arena;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool first = true;
	mdl_buf_printf(&b, "%s_%s_", test, p->model);
	for (size_t i = 0; i < args->n; i++) {
		const struct mdl_doc *v = args->v[i].value, *item;
		size_t n = mdl_doc_size(v);
		void *it = NULL;
		if (!v || !n) {
			put_flat(&b, v ? py_str(a, v) : args->v[i].text, first);
			first = false;
		}
		for (size_t k = 0; k < n && mdl_doc_is_array(v); k++, first = false)
			put_flat(&b, py_str(a, mdl_doc_at(v, k)), first);
		for (; n && mdl_doc_is_object(v) && mdl_doc_next(v, &it, &item); first = false)
			put_flat(&b, py_str(a, item), first);
	}
	const char *name = mdl_arena_strdup(a, mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return name;
}

static void put_repr(struct mdl_arena *a, struct mdl_buf *out, const struct mdl_doc *v)
{
	const struct mdl_doc *item;
	void *it = NULL;
	const char *name;
	if (mdl_doc_is_array(v)) {
		mdl_buf_putc(out, '[');
		for (size_t i = 0; i < mdl_doc_size(v); i++) {
			mdl_buf_puts(out, i ? ", " : "");
			put_repr(a, out, mdl_doc_at(v, i));
		}
		mdl_buf_putc(out, ']');
	} else if (mdl_doc_is_object(v)) {
		bool first = true;
		mdl_buf_putc(out, '{');
		while ((name = mdl_doc_next(v, &it, &item))) {
			mdl_buf_puts(out, first ? "" : ", ");
			first = false;
			py_repr(out, name);
			mdl_buf_puts(out, ": ");
			put_repr(a, out, item);
		}
		mdl_buf_putc(out, '}');
	} else {
		py_repr(out, py_str(a, v));
	}
}

/* The last ten digits of the MD5 of the name and the test's metadata as Python prints them. */
static const char *unique_id(const struct place *p, const char *test, const char *name,
			     const struct args *args)
{
	struct mdl_arena *a = &p->t->arena;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char hex[33];
	const char *dot = strchr(test, '.');
	bool model_done = false;
	mdl_buf_printf(&b, "%s{'kwargs': {", name);
	for (size_t i = 0; i <= args->n; i++) {
		/* "model" stands in its place among the sorted names */
		if (!model_done && (i == args->n || strcmp(args->v[i].name, "model") > 0)) {
			char *ref = mdl_asprintf("{{ get_where_subquery(ref('%s')) }}", p->model);
			mdl_buf_printf(&b, "%s'model': ", i ? ", " : "");
			py_repr(&b, ref);
			free(ref);
			model_done = true;
		}
		if (i == args->n)
			break;
		mdl_buf_puts(&b, i || model_done ? ", " : "");
		py_repr(&b, args->v[i].name);
		mdl_buf_puts(&b, ": ");
		if (args->v[i].value)
			put_repr(a, &b, args->v[i].value);
		else
			py_repr(&b, args->v[i].text);
	}
	mdl_buf_puts(&b, "}, 'name': ");
	py_repr(&b, dot ? dot + 1 : test);
	mdl_buf_puts(&b, ", 'namespace': ");
	py_repr(&b, dot ? mdl_arena_strndup(a, test, (size_t)(dot - test)) : "None");
	mdl_buf_putc(&b, '}');
	md5_hex(mdl_buf_slice(&b), hex);
	mdl_buf_free(&b);
	return mdl_arena_printf(a, "test.medal.%s.%s", name, hex + 32 - HASH);
}

/* Names of 64 letters and more: their beginning, and an MD5. */
static const char *short_name(const struct place *p, const char *test, const char *name)
{
	char hex[33];
	if (strlen(name) <= LONGEST_NAME)
		return name;
	char *identifier = mdl_asprintf("%s_%s", test, p->model);
	md5_hex(mdl_slice_of(name), hex);
	const char *s = mdl_arena_printf(&p->t->arena, "%.*s_%s", KEPT_OF_LONG, identifier, hex);
	free(identifier);
	return s;
}

static int add_config(const struct place *p, struct mdl_dbt_test *x, const char *test, const char *name,
		      const struct mdl_doc *value, bool *enabled)
{
	/* what says how dbt stores or labels a test changes nothing here */
	static const char *const passed_over[] = {
		"tags",     "meta",   "description", "store_failures", "store_failures_as",
		"database", "schema", "alias",       "group",          "docs",
		NULL};
	struct mdl_arena *a = &p->t->arena;
	const char *s = mdl_arena_strdup(a, py_str(a, value));
	int64_t n;
	if (strcmp(name, "severity") == 0) {
		x->warn = strcasecmp(s, "warn") == 0;
		if (!x->warn && strcasecmp(s, "error") != 0)
			return wrong(p, test, "severity is neither warn nor error");
	} else if (strcmp(name, "warn_if") == 0) {
		x->warn_if = s;
	} else if (strcmp(name, "error_if") == 0) {
		x->error_if = s;
	} else if (strcmp(name, "where") == 0) {
		x->where = s;
	} else if (strcmp(name, "enabled") == 0) {
		*enabled = strcmp(s, "False") != 0;
	} else if (strcmp(name, "limit") == 0) {
		if (!mdl_doc_value_int(value, &n) || n < 1)
			return wrong(p, test, "limit is no number of rows");
		x->limit = (uint64_t)n;
	} else if (strcmp(name, "fail_calc") == 0) {
		if (strcmp(s, "count(*)") != 0)
			return wrong(p, test, "fail_calc is not carried out by medal, but for count(*)");
	} else {
		for (size_t i = 0; passed_over[i]; i++)
			if (strcmp(name, passed_over[i]) == 0)
				return 0;
		return 1;
	}
	return 0;
}

/* NAME: VALUE of a test: its configuration, its arguments, or what holds more of them. */
static int read_members(const struct place *p, struct mdl_dbt_test *x, const char *test,
			const struct mdl_doc *d, bool config, struct args *args, const char **custom,
			bool *enabled)
{
	const struct mdl_doc *value;
	const char *name;
	void *it = NULL;
	while ((name = mdl_doc_next(d, &it, &value))) {
		if (!config && (strcmp(name, "config") == 0 || strcmp(name, "arguments") == 0)) {
			if (read_members(p, x, test, value, *name == 'c', args, custom, enabled))
				return -1;
			continue;
		}
		if (!config && strcmp(name, "name") == 0) {
			*custom = mdl_arena_strdup(&p->t->arena, py_str(&p->t->arena, value));
			continue;
		}
		int r = add_config(p, x, test, name, value, enabled);
		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		if (config)
			return wrong(p, test,
				     mdl_arena_printf(&p->t->arena, "%s is no configuration of dbt's", name));
		if (add_arg(p, args, test, mdl_arena_strdup(&p->t->arena, name), value, NULL))
			return -1;
	}
	return 0;
}

static const struct mdl_doc *arg(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->n; i++)
		if (strcmp(args->v[i].name, name) == 0)
			return args->v[i].value;
	return NULL;
}

/* ref('orders'), source('a', 'orders'): the last name between quotes. */
static const char *referred(struct mdl_arena *a, const char *text)
{
	const char *end = strrchr(text, '\'');
	if (!end)
		end = strrchr(text, '"');
	if (!end)
		return mdl_arena_strdup(a, text);
	const char *start = end;
	while (start > text && start[-1] != *end)
		start--;
	return mdl_arena_strndup(a, start, (size_t)(end - start));
}

/* The values as SQL literals, or as they are (quote: false). */
static const char *value_list(struct mdl_arena *a, const struct mdl_doc *values, bool quote)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < mdl_doc_size(values); i++) {
		const char *s = py_str(a, mdl_doc_at(values, i));
		mdl_buf_puts(&b, i ? ", " : "");
		if (quote)
			mdl_buf_putc(&b, '\'');
		for (; *s; s++) {
			if (quote && (*s == '\'' || *s == '\\'))
				mdl_buf_putc(&b, '\\');
			mdl_buf_putc(&b, *s);
		}
		if (quote)
			mdl_buf_putc(&b, '\'');
	}
	const char *list = mdl_arena_strdup(a, mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return list;
}

static int take_args(const struct place *p, struct mdl_dbt_test *x, const char *test, const struct args *args)
{
	struct mdl_arena *a = &p->t->arena;
	if (x->kind == MDL_DBT_ACCEPTED_VALUES) {
		const struct mdl_doc *values = arg(args, "values"), *quote = arg(args, "quote");
		if (!mdl_doc_is_array(values) || !mdl_doc_size(values))
			return wrong(p, test, "values is missing, the list of what is accepted");
		x->values = value_list(a, values, !quote || strcmp(py_str(a, quote), "False") != 0);
	}
	if (x->kind == MDL_DBT_RELATIONSHIPS) {
		const char *to = mdl_doc_text(arg(args, "to")), *field = mdl_doc_text(arg(args, "field"));
		if (!to || !field)
			return wrong(p, test, "to: ref('table') and field: column are needed");
		x->to = referred(a, to);
		x->field = mdl_arena_strdup(a, field);
	}
	return 0;
}

static bool has_jinja(const struct mdl_dbt_test *x)
{
	const char *const texts[] = {x->column, x->values,  x->to,      x->field,
				     x->where,  x->warn_if, x->error_if};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i] && (strstr(texts[i], "{{") || strstr(texts[i], "{%")))
			return true;
	return false;
}

/* D is a name, or {name: {arguments and configuration}}. */
static int read_test(const struct place *p, const struct mdl_doc *d)
{
	struct mdl_dbt_test x = {.kind = MDL_DBT_OTHER, .warn_if = "!= 0", .error_if = "!= 0"};
	struct mdl_arena *a = &p->t->arena;
	const struct mdl_doc *members = NULL, *column;
	const char *test = mdl_doc_text(d), *custom = NULL;
	struct args args = {.n = 0};
	void *it = NULL;
	bool enabled = true;
	if (!test && (!mdl_doc_is_object(d) || !(test = mdl_doc_next(d, &it, &members))))
		return wrong(p, "?", "is neither a name nor a name with arguments");
	test = mdl_arena_strdup(a, test);
	for (size_t k = 0; k < MDL_DBT_OTHER; k++)
		if (strcmp(test, kinds[k]) == 0)
			x.kind = (enum mdl_dbt_kind)k;
	if (x.kind == MDL_DBT_OTHER && p->typed)
		return wrong(p, test,
			     "is not known; there are unique, not_null, accepted_values and relationships");
	if (members && read_members(p, &x, test, members, false, &args, &custom, &enabled))
		return -1;
	/* configuration may stand beside the test's name, too */
	struct args beside = {.n = 0};
	const struct mdl_doc *value;
	const char *name;
	while (members && (name = mdl_doc_next(d, &it, &value)))
		if (strcmp(name, "config") == 0 &&
		    read_members(p, &x, test, value, true, &beside, &custom, &enabled))
			return -1;
	if (!enabled)
		return 0;
	if (p->column && add_arg(p, &args, test, "column_name", NULL, p->column))
		return -1;
	qsort(args.v, args.n, sizeof(args.v[0]), compare_args);
	column = arg(&args, "column_name");
	x.column = p->column ? p->column : column ? mdl_arena_strdup(a, py_str(a, column)) : NULL;
	if (x.kind != MDL_DBT_OTHER && !x.column)
		return wrong(p, test, "has no column_name");
	if (take_args(p, &x, test, &args))
		return -1;
	if (has_jinja(&x))
		return wrong(p, test, "holds Jinja, {{ ... }}, which dbt would fill in; write the value");
	const char *full = custom ? custom : full_name(p, test, &args);
	x.name = custom ? custom : short_name(p, test, full);
	if (strchr(x.name, '/') || *x.name == '.')
		return wrong(p, test, "its name would be no name of a file");
	x.unique_id = unique_id(p, test, full, &args);
	MDL_GROW(p->t->v, p->t->n, p->t->cap);
	p->t->v[p->t->n++] = x;
	return 0;
}

/* The lists "data_tests" and "tests" of D. */
static int read_lists(const struct place *p, const struct mdl_doc *d)
{
	static const char *const names[] = {"data_tests", "tests"};
	for (size_t k = 0; k < 2; k++) {
		const struct mdl_doc *list = mdl_doc_get(d, names[k]);
		for (size_t i = 0; i < mdl_doc_size(list); i++)
			if (read_test(p, mdl_doc_at(list, i)))
				return -1;
	}
	return 0;
}

/* ---- Files ---- */

static int read_model(const struct place *in, const struct mdl_doc *model)
{
	struct place p = *in;
	const struct mdl_doc *columns = mdl_doc_get(model, "columns");
	if (read_lists(&p, model))
		return -1;
	for (size_t i = 0; i < mdl_doc_size(columns); i++) {
		const struct mdl_doc *c = mdl_doc_at(columns, i);
		const char *name = mdl_doc_str(c, "name");
		if (!name)
			return wrong(&p, "?", "a column has no name");
		p.column = mdl_arena_strdup(&p.t->arena, name);
		if (read_lists(&p, c))
			return -1;
	}
	return 0;
}

static bool has_tests(const struct mdl_doc *model)
{
	const struct mdl_doc *columns = mdl_doc_get(model, "columns");
	size_t n = mdl_doc_size(mdl_doc_get(model, "tests")) + mdl_doc_size(mdl_doc_get(model, "data_tests"));
	for (size_t i = 0; i < mdl_doc_size(columns); i++)
		n += mdl_doc_size(mdl_doc_get(mdl_doc_at(columns, i), "tests")) +
		     mdl_doc_size(mdl_doc_get(mdl_doc_at(columns, i), "data_tests"));
	return n > 0;
}

/* The model NAME of the file, or, without a name, the one that has tests; NAMES gets all that have. */
static const struct mdl_doc *find_model(const struct mdl_doc *root, const char *name, struct mdl_buf *names)
{
	static const char *const lists[] = {"models", "seeds", "snapshots"};
	const struct mdl_doc *found = NULL;
	size_t count = 0;
	for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++) {
		const struct mdl_doc *list = mdl_doc_get(root, lists[k]);
		for (size_t i = 0; i < mdl_doc_size(list); i++) {
			const struct mdl_doc *m = mdl_doc_at(list, i);
			const char *s = mdl_doc_str(m, "name");
			if (!s || !has_tests(m))
				continue;
			if (name && strcmp(s, name) == 0)
				return m;
			mdl_buf_printf(names, "%s%s", names->n ? ", " : "", s);
			found = m;
			count++;
		}
	}
	return !name && count == 1 ? found : NULL;
}

int mdl_dbt_test_read(struct mdl_dbt_tests *t, const char *spec, const char *table, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(MAX_BYTES), names = MDL_BUF_INIT(1 << 16);
	const char *colon = strrchr(spec, ':');
	char *file =
		colon && !strchr(colon, '/') ? mdl_strndup(spec, (size_t)(colon - spec)) : mdl_strdup(spec);
	const char *name = colon && !strchr(colon, '/') ? colon + 1 : NULL;
	int r = mdl_file_read(file, &text, err);
	if (r > 0)
		r = mdl_err_set(err, MDL_TROUBLE, "%s: no such file", file);
	struct mdl_doc *root = r ? NULL : mdl_yaml_parse(mdl_buf_slice(&text), file, err);
	r = root ? 0 : -1;
	if (root) {
		const char *want = name ? name : table;
		const struct mdl_doc *m = find_model(root, want, &names);
		struct place p = {t, mdl_arena_strdup(&t->arena, file), NULL, NULL, err, false};
		p.model = m ? mdl_arena_strdup(&t->arena, mdl_doc_str(m, "name")) : NULL;
		if (m)
			r = read_model(&p, m);
		else if (want)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s: no model %s with tests (it has %s); name one, as in %s:MODEL",
					file, want, names.n ? mdl_buf_cstr(&names) : "none", file);
		else if (names.n)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s: has several models with tests; name one, as in %s:MODEL (%s)",
					file, file, mdl_buf_cstr(&names));
		else
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s: none of its models, seeds and snapshots has tests", file);
	}
	mdl_doc_free(root);
	mdl_buf_free(&names);
	mdl_buf_free(&text);
	free(file);
	return r;
}

int mdl_dbt_test_add(struct mdl_dbt_tests *t, const char *text, const char *model, struct mdl_err *err)
{
	struct mdl_doc *root = mdl_yaml_parse(mdl_slice_of(text), "--test", err);
	const struct mdl_doc *test;
	const char *column;
	void *it = NULL;
	int r = root ? 0 : -1;
	if (root && (!mdl_doc_is_object(root) || mdl_doc_size(root) == 0))
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"--test '%s': give a column and its test, as in 'id: unique' or 'id: {not_null: {severity: warn}}'",
			text);
	while (r == 0 && (column = mdl_doc_next(root, &it, &test))) {
		struct place p = {t,
				  "--test",
				  mdl_arena_strdup(&t->arena, model),
				  mdl_arena_strdup(&t->arena, column),
				  err,
				  true};
		if (!mdl_doc_is_array(test))
			r = read_test(&p, test);
		for (size_t i = 0; r == 0 && mdl_doc_is_array(test) && i < mdl_doc_size(test); i++)
			r = read_test(&p, mdl_doc_at(test, i));
	}
	mdl_doc_free(root);
	return r;
}
