/* SPDX-License-Identifier: MIT
 *
 * The tree of wanted places. Each path ("device.city", "items[0].id", "`odd.name`.x")
 * becomes a way from the root; a step finds its next node by one hash of the
 * member's name, so a line costs the same with one wanted member or a hundred.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "json/scan_internal.h"
#include "json/text.h"

static uint64_t load(const char *p, size_t n)
{
	uint64_t v = 0;
	memcpy(&v, p, n);
	return v;
}

/* Mixes length, the first eight and the last eight bytes: names that differ only between are compared. */
static uint64_t hash_name(struct mdl_slice s)
{
	uint64_t a, b = 0;
	if (s.n >= 8) {
		a = load(s.p, 8);
		b = load(s.p + s.n - 8, 8);
	} else if (s.n >= 4) {
		a = load(s.p, 4);
		b = load(s.p + s.n - 4, 4);
	} else if (s.n >= 2) {
		a = load(s.p, 2);
		b = load(s.p + s.n - 2, 2);
	} else {
		a = s.n ? load(s.p, 1) : 0;
	}
	uint64_t h = (a ^ (b << 21 | b >> 43) ^ (s.n << 56)) * UINT64_C(0x9e3779b97f4a7c15);
	return (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static const struct mdl_scan_node *find_name(const struct mdl_scan_node *node, struct mdl_slice name)
{
	size_t mask = ((size_t)1 << (64 - node->shift)) - 1;
	for (size_t i = (size_t)(hash_name(name) >> node->shift);; i = (i + 1) & mask) {
		const struct mdl_scan_node *kid = node->names[i];
		if (!kid || mdl_slice_eq(kid->name, name))
			return kid;
	}
}

const struct mdl_scan_node *mdl_scan_path_name(const struct mdl_scan_tree *t,
					       const struct mdl_scan_node *node, struct mdl_slice name,
					       bool escaped)
{
	if (!node->nnames)
		return NULL;
	if (escaped) {
		/* an escape is at most six bytes for one; a longer text cannot be a wanted name */
		if (name.n > 6 * t->max_name)
			return NULL;
		name = (struct mdl_slice){t->unescaped, mdl_json_unescape_to(t->unescaped, name)};
	}
	return find_name(node, name);
}

const struct mdl_scan_node *mdl_scan_path_index(const struct mdl_scan_node *node, uint32_t index)
{
	size_t lo = 0, hi = node->nindexes;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (node->indexes[mid]->index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < node->nindexes && node->indexes[lo]->index == index ? node->indexes[lo] : NULL;
}

/* The kid of NODE by name or index, made if it is not there. Takes over NAME's memory. */
static struct mdl_scan_node *kid_of(struct mdl_scan_node *node, char *name, size_t n, bool by_index,
				    uint32_t index)
{
	for (size_t i = 0; i < node->nkids; i++) {
		struct mdl_scan_node *k = node->kids[i];
		if (k->by_index == by_index &&
		    (by_index ? k->index == index : mdl_slice_eq(k->name, (struct mdl_slice){name, n}))) {
			free(name);
			return k;
		}
	}
	struct mdl_scan_node *k = mdl_zalloc(sizeof(*k));
	k->name = (struct mdl_slice){name, n};
	k->by_index = by_index;
	k->index = index;
	MDL_GROW(node->kids, node->nkids, node->kids_cap);
	node->kids[node->nkids++] = k;
	return k;
}

static int bad_path(const char *path, const char *at, const char *what, struct mdl_err *err)
{
	return mdl_err_set(
		err, MDL_TROUBLE,
		"path \"%s\", byte %zu: %s; write it as a.b, a[0].b or with back quotes, `odd.name`.b", path,
		(size_t)(at - path), what);
}

/* `name`, where two back quotes stand for one. *P is behind the first quote. */
static int quoted_name(const char *path, const char **p, char **name, size_t *n, struct mdl_err *err)
{
	const char *s = *p;
	char *d = *name = mdl_alloc(strlen(s) + 1);
	while (*s && (s[0] != '`' || s[1] == '`')) {
		s += *s == '`';
		*d++ = *s++;
	}
	*n = (size_t)(d - *name);
	*d = '\0';
	if (*s != '`' || *n == 0) {
		free(*name);
		return bad_path(path, s, *s ? "an empty name" : "a back quote is not closed", err);
	}
	*p = s + 1;
	return 0;
}

static int index_step(const char *path, const char **p, uint32_t *index, struct mdl_err *err)
{
	const char *s = *p;
	uint64_t v = 0;
	while (*s >= '0' && *s <= '9' && v <= INT32_MAX)
		v = v * 10 + (uint64_t)(*s++ - '0');
	if (s == *p || *s != ']' || v > INT32_MAX)
		return bad_path(path, s, "expected an array index from 0 to 2147483647 and ']'", err);
	*index = (uint32_t)v;
	*p = s + 1;
	return 0;
}

static int insert(struct mdl_scan_tree *t, const char *path, uint32_t number, struct mdl_err *err)
{
	struct mdl_scan_node *node = t->root;
	const char *p = path;
	for (int steps = 0;; steps++) {
		bool first = steps == 0;
		char *name = NULL;
		size_t n = 0;
		uint32_t index = 0;
		bool by_index = !first && *p == '[';
		if (steps == MDL_SCAN_DEPTH)
			return bad_path(path, p, "too many steps", err);
		if (by_index) {
			p++;
			if (index_step(path, &p, &index, err) < 0)
				return -1;
		} else {
			if (!first && *p++ != '.')
				return bad_path(path, p - 1, "expected '.' or '['", err);
			if (*p == '`') {
				p++;
				if (quoted_name(path, &p, &name, &n, err) < 0)
					return -1;
			} else {
				n = strcspn(p, ".[]`");
				if (n == 0)
					return bad_path(path, p, "expected a member name", err);
				name = mdl_strndup(p, n);
				p += n;
			}
		}
		if (n > t->max_name)
			t->max_name = n;
		node = kid_of(node, name, n, by_index, index);
		if (!*p)
			break;
	}
	MDL_GROW(node->ends, node->nends, node->ends_cap);
	node->ends[node->nends++] = number;
	return 0;
}

static int compare_index(const void *a, const void *b)
{
	const struct mdl_scan_node *const *x = a, *const *y = b;
	return ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

/* Number the paths in tree order, and make the tables. As deep as the deepest path (MDL_SCAN_DEPTH). */
static void finish(struct mdl_scan_tree *t, struct mdl_scan_node *node, uint32_t *at)
{
	node->lo = *at;
	for (size_t i = 0; i < node->nends; i++)
		t->order[(*at)++] = node->ends[i];
	node->own = *at;
	for (size_t i = 0; i < node->nkids; i++) {
		if (node->kids[i]->by_index)
			node->nindexes++;
		else
			node->nnames++;
		finish(t, node->kids[i], at);
	}
	node->hi = *at;
	if (node->nindexes)
		node->indexes = mdl_array(node->nindexes, sizeof(struct mdl_scan_node *));
	if (node->nnames) {
		node->shift = 63;
		while ((uint64_t)1 << (64 - node->shift) < 2 * (uint64_t)node->nnames)
			node->shift--;
		node->names = mdl_array((size_t)1 << (64 - node->shift), sizeof(struct mdl_scan_node *));
	}
	size_t ni = 0;
	for (size_t i = 0; i < node->nkids; i++) {
		struct mdl_scan_node *k = node->kids[i];
		if (k->by_index) {
			node->indexes[ni++] = k;
			continue;
		}
		size_t mask = ((size_t)1 << (64 - node->shift)) - 1;
		size_t j = (size_t)(hash_name(k->name) >> node->shift);
		while (node->names[j])
			j = (j + 1) & mask;
		node->names[j] = k;
	}
	if (ni > 1)
		qsort(node->indexes, ni, sizeof(struct mdl_scan_node *), compare_index);
}

int mdl_scan_path_build(struct mdl_scan_tree *t, const char *const *paths, size_t npaths, struct mdl_err *err)
{
	*t = (struct mdl_scan_tree){.npaths = npaths};
	t->root = mdl_zalloc(sizeof(*t->root));
	t->order = mdl_array(npaths, sizeof(*t->order));
	t->stack = mdl_array(MDL_SCAN_DEPTH, sizeof(*t->stack));
	t->guess = mdl_array(MDL_SCAN_GUESS_DEPTHS, sizeof(*t->guess));
	for (size_t i = 0; i < npaths; i++) {
		if (insert(t, paths[i], (uint32_t)i, err) < 0) {
			mdl_scan_path_free(t);
			return -1;
		}
	}
	uint32_t at = 0;
	finish(t, t->root, &at);
	t->unescaped = mdl_alloc(6 * t->max_name + 8);
	return 0;
}

static void free_node(struct mdl_scan_node *node)
{
	for (size_t i = 0; i < node->nkids; i++)
		free_node(node->kids[i]);
	free((char *)(uintptr_t)node->name.p);
	free(node->kids);
	free(node->ends);
	free(node->names);
	free(node->indexes);
	free(node);
}

void mdl_scan_path_free(struct mdl_scan_tree *t)
{
	if (t->root)
		free_node(t->root);
	free(t->order);
	free(t->unescaped);
	free(t->stack);
	free(t->guess);
	*t = (struct mdl_scan_tree){0};
}
