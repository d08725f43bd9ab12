/* SPDX-License-Identifier: MIT
 *
 * YAML to documents, by way of JSON text: see yaml.h.
 */
#include "json/yaml.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/buf.h"
#include "json/text.h"

enum { MAX_DEPTH = 100, MAX_BYTES = 16 << 20 }; /* of the JSON: aliases can make much of little */

struct reader {
	yaml_document_t doc;
	struct mdl_buf out;
	const char *what;
	struct mdl_err *err;
};

static bool one_of(struct mdl_slice s, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == s.n && strncasecmp(s.p, *words, s.n) == 0)
			return true;
	return false;
}

/* [-]digits[.digits], without leading zeros: what is as well a number of JSON. */
static bool is_number(struct mdl_slice s)
{
	size_t i = s.n && s.p[0] == '-', digits = 0, fraction = 0;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (!digits || (digits > 1 && s.p[i - digits] == '0'))
		return false;
	if (i == s.n)
		return true;
	if (s.p[i++] != '.')
		return false;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		fraction++;
	return fraction && i == s.n;
}

static void put_scalar(struct reader *r, const yaml_node_t *n)
{
	static const char *const nulls[] = {"", "~", "null", NULL};
	static const char *const yes[] = {"true", "yes", "on", NULL}, *const no[] = {"false", "no", "off",
										     NULL};
	struct mdl_slice s = {(const char *)n->data.scalar.value, n->data.scalar.length};
	bool plain = n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (plain && one_of(s, nulls))
		mdl_buf_puts(&r->out, "null");
	else if (plain && one_of(s, yes))
		mdl_buf_puts(&r->out, "true");
	else if (plain && one_of(s, no))
		mdl_buf_puts(&r->out, "false");
	else if (plain && is_number(s))
		mdl_buf_puts_slice(&r->out, s);
	else
		mdl_json_quote(&r->out, s);
}

static int put_node(struct reader *r, int id, unsigned depth);

static int put_mapping(struct reader *r, const yaml_node_t *n, unsigned depth)
{
	mdl_buf_putc(&r->out, '{');
	for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = yaml_document_get_node(&r->doc, p->key);
		if (key->type != YAML_SCALAR_NODE)
			return mdl_err_set(r->err, MDL_TROUBLE, "%s: line %zu: a key is no plain text",
					   r->what, key->start_mark.line + 1);
		struct mdl_slice name = {(const char *)key->data.scalar.value, key->data.scalar.length};
		if (mdl_slice_is(name, "<<"))
			return mdl_err_set(r->err, MDL_TROUBLE,
					   "%s: line %zu: merge keys (<<) are not read; write it out",
					   r->what, key->start_mark.line + 1);
		if (p != n->data.mapping.pairs.start)
			mdl_buf_putc(&r->out, ',');
		mdl_json_quote(&r->out, name);
		mdl_buf_putc(&r->out, ':');
		if (put_node(r, p->value, depth + 1))
			return -1;
	}
	mdl_buf_putc(&r->out, '}');
	return 0;
}

static int put_node(struct reader *r, int id, unsigned depth)
{
	const yaml_node_t *n = yaml_document_get_node(&r->doc, id);
	if (depth > MAX_DEPTH || r->out.toobig)
		return mdl_err_set(r->err, MDL_TROUBLE, "%s: line %zu: too deep or too large", r->what,
				   n->start_mark.line + 1);
	if (n->type == YAML_SCALAR_NODE) {
		put_scalar(r, n);
		return 0;
	}
	if (n->type == YAML_MAPPING_NODE)
		return put_mapping(r, n, depth);
	mdl_buf_putc(&r->out, '[');
	for (const yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
		if (i != n->data.sequence.items.start)
			mdl_buf_putc(&r->out, ',');
		if (put_node(r, *i, depth + 1))
			return -1;
	}
	mdl_buf_putc(&r->out, ']');
	return 0;
}

struct mdl_doc *mdl_yaml_parse(struct mdl_slice text, const char *what, struct mdl_err *err)
{
	struct reader r = {.what = what, .err = err};
	struct mdl_doc *d = NULL;
	yaml_parser_t p;
	mdl_buf_init(&r.out, MAX_BYTES);
	if (!yaml_parser_initialize(&p)) {
		mdl_err_set(err, MDL_TROUBLE, "%s: out of memory", what);
		return NULL;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text.p, text.n);
	if (!yaml_parser_load(&p, &r.doc)) {
		mdl_err_set(err, MDL_TROUBLE, "%s: line %zu: no YAML: %s", what, p.problem_mark.line + 1,
			    p.problem ? p.problem : "it cannot be read");
	} else {
		if (!yaml_document_get_root_node(&r.doc))
			mdl_err_set(err, MDL_TROUBLE, "%s: is empty", what);
		else if (put_node(&r, 1, 0) == 0 && !r.out.toobig)
			d = mdl_doc_parse(mdl_buf_slice(&r.out), what, err);
		else if (r.out.toobig)
			mdl_err_set(err, MDL_TROUBLE, "%s: too large", what);
		yaml_document_delete(&r.doc);
	}
	yaml_parser_delete(&p);
	mdl_buf_free(&r.out);
	return d;
}
