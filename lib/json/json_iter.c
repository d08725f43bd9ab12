/* SPDX-License-Identifier: MIT
 *
 * Walks a container that the scanner has accepted. The text is known to be valid,
 * so a value is skipped by its quotes and brackets alone.
 */
#include "json/scan.h"

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* P is behind the opening quote; returns the closing one. */
static const char *string_end(const char *p, const char *end, bool *escaped)
{
	const char *q = NULL;
	*escaped = false;
	for (;;) {
		if (!q || q < p)
			q = memchr(p, '"', (size_t)(end - p));
		if (!q)
			return end;
		const char *b = memchr(p, '\\', (size_t)(q - p));
		if (!b)
			return q;
		*escaped = true;
		p = b + 2;
	}
}

/* P is at the opening bracket; returns what is behind the closing one. */
static const char *container_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool escaped;
	for (; p < end; p++) {
		if (*p == '"') {
			p = string_end(p + 1, end, &escaped);
			if (p == end)
				break;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if ((*p == '}' || *p == ']') && --depth == 0) {
			return p + 1;
		}
	}
	return end;
}

static const char *number_end(const char *p, const char *end, struct mdl_json_value *v)
{
	v->kind = MDL_JSON_INT;
	for (; p < end; p++) {
		if (*p == '.' || *p == 'e' || *p == 'E')
			v->kind = MDL_JSON_REAL;
		else if ((*p < '0' || *p > '9') && *p != '-' && *p != '+')
			break;
	}
	return p;
}

static const char *value(const char *p, const char *end, struct mdl_json_value *v)
{
	const char *q;
	*v = (struct mdl_json_value){.p = p};
	switch (*p) {
	case '"':
		v->kind = MDL_JSON_STRING;
		v->p = p + 1;
		q = string_end(p + 1, end, &v->escaped);
		v->n = (uint32_t)(q - v->p);
		return q < end ? q + 1 : end;
	case '{':
	case '[':
		v->kind = *p == '{' ? MDL_JSON_OBJECT : MDL_JSON_ARRAY;
		q = container_end(p, end);
		break;
	case 't':
		v->kind = MDL_JSON_TRUE;
		q = p + 4;
		break;
	case 'f':
		v->kind = MDL_JSON_FALSE;
		q = p + 5;
		break;
	case 'n':
		v->kind = MDL_JSON_NULL;
		q = p + 4;
		break;
	default:
		q = number_end(p, end, v);
	}
	v->n = (uint32_t)(q - p);
	return q;
}

void mdl_json_iter_init(struct mdl_json_iter *it, const struct mdl_json_value *container)
{
	*it = (struct mdl_json_iter){0};
	if (container->kind != MDL_JSON_ARRAY && container->kind != MDL_JSON_OBJECT)
		return; /* nothing to walk: _next says so */
	it->object = container->kind == MDL_JSON_OBJECT;
	it->p = container->p + 1;
	it->end = container->p + container->n;
}

void mdl_json_iter_line(struct mdl_json_iter *it, struct mdl_slice line)
{
	const char *end = line.p + line.n, *p = skip_space(line.p, end);
	*it = (struct mdl_json_iter){.p = p < end ? p + 1 : end, .end = end, .object = true};
}

bool mdl_json_iter_next(struct mdl_json_iter *it)
{
	const char *p = skip_space(it->p, it->end);
	if (p < it->end && *p == ',')
		p = skip_space(p + 1, it->end);
	if (p == it->end || *p == '}' || *p == ']')
		return false;
	if (it->object) {
		const char *q = string_end(p + 1, it->end, &it->name_escaped);
		it->name = (struct mdl_slice){p + 1, (size_t)(q - (p + 1))};
		p = skip_space(q + 1, it->end);
		p = skip_space(p + 1, it->end);
	}
	it->p = value(p, it->end, &it->value);
	return true;
}
