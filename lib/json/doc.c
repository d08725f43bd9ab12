/* SPDX-License-Identifier: MIT
 *
 * Small JSON documents on jansson: see doc.h. The opaque node is jansson's.
 */
#include "json/doc.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/alloc.h"

/* jansson calls a document damaged, or leaves a text out, when it gets no memory: it must not see that. */
static __attribute__((constructor)) void use_our_memory(void)
{
	json_set_alloc_funcs(mdl_alloc, free);
}

static const json_t *node(const struct mdl_doc *d)
{
	return (const json_t *)(const void *)d;
}

static const struct mdl_doc *wrap(const json_t *j)
{
	return (const struct mdl_doc *)(const void *)j;
}

struct mdl_doc *mdl_doc_parse(struct mdl_slice text, const char *what, struct mdl_err *err)
{
	json_error_t je;
	/* jansson takes a NUL byte behind a number for white space; JSON has it nowhere. */
	const char *nul = text.n ? memchr(text.p, '\0', text.n) : NULL;
	if (nul) {
		mdl_err_set(err, MDL_TROUBLE, "%s is not valid JSON: a NUL byte at byte %zu; it is damaged",
			    what, (size_t)(nul - text.p));
		return NULL;
	}
	json_t *j = json_loadb(text.p ? text.p : "", text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);
	if (!j) {
		mdl_err_set(err, MDL_TROUBLE, "%s is not valid JSON: %s at byte %d", what, je.text,
			    je.position);
		return NULL;
	}
	return (struct mdl_doc *)(void *)j;
}

void mdl_doc_free(struct mdl_doc *root)
{
	json_decref((json_t *)(void *)root);
}

const struct mdl_doc *mdl_doc_get(const struct mdl_doc *d, const char *member)
{
	return d ? wrap(json_object_get(node(d), member)) : NULL;
}

const char *mdl_doc_text(const struct mdl_doc *d)
{
	return d && json_is_string(node(d)) ? json_string_value(node(d)) : NULL;
}

const char *mdl_doc_str(const struct mdl_doc *d, const char *member)
{
	return mdl_doc_text(mdl_doc_get(d, member));
}

bool mdl_doc_value_int(const struct mdl_doc *d, int64_t *v)
{
	const json_t *j = node(d);
	if (j && json_is_integer(j)) {
		*v = json_integer_value(j);
		return true;
	}
	const char *s = mdl_doc_text(d);
	if (!s || !*s)
		return false;
	char *end;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	if (errno || *end || s[0] == ' ' || s[0] == '+')
		return false;
	*v = n;
	return true;
}

bool mdl_doc_int(const struct mdl_doc *d, const char *member, int64_t *v)
{
	return mdl_doc_value_int(mdl_doc_get(d, member), v);
}

bool mdl_doc_uint(const struct mdl_doc *d, const char *member, uint64_t *v)
{
	int64_t n;
	if (!mdl_doc_int(d, member, &n) || n < 0)
		return false;
	*v = (uint64_t)n;
	return true;
}

bool mdl_doc_bool(const struct mdl_doc *d, const char *member, bool dflt)
{
	const json_t *j = node(mdl_doc_get(d, member));
	return j && json_is_boolean(j) ? json_is_true(j) : dflt;
}

bool mdl_doc_is_object(const struct mdl_doc *d)
{
	return d && json_is_object(node(d));
}

bool mdl_doc_is_array(const struct mdl_doc *d)
{
	return d && json_is_array(node(d));
}

size_t mdl_doc_size(const struct mdl_doc *d)
{
	if (!d)
		return 0;
	return json_is_array(node(d)) ? json_array_size(node(d)) : json_object_size(node(d));
}

const struct mdl_doc *mdl_doc_at(const struct mdl_doc *d, size_t i)
{
	return d ? wrap(json_array_get(node(d), i)) : NULL;
}

const char *mdl_doc_next(const struct mdl_doc *d, void **it, const struct mdl_doc **value)
{
	json_t *j = (json_t *)(void *)(uintptr_t)d;
	if (!mdl_doc_is_object(d))
		return NULL;
	*it = *it ? json_object_iter_next(j, *it) : json_object_iter(j);
	if (!*it)
		return NULL;
	*value = wrap(json_object_iter_value(*it));
	return json_object_iter_key(*it);
}

char *mdl_doc_dump(const struct mdl_doc *d)
{
	char *s = json_dumps(node(d), JSON_COMPACT | JSON_ENCODE_ANY);
	return s ? s : mdl_strdup("null");
}
