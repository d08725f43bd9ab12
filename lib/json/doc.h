/* SPDX-License-Identifier: MIT
 *
 * Small JSON documents as trees (jansson): control lines, checkpoint files, table
 * logs. Never rows: those are for json/scan.h.
 */
#ifndef MDL_JSON_DOC_H
#define MDL_JSON_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct mdl_doc; /* a node; the root owns all */

/* WHAT names the text in the message ("offsets/7 line 2"). NULL with ERR filled when it is no JSON. */
struct mdl_doc *mdl_doc_parse(struct mdl_slice text, const char *what, struct mdl_err *err);
void mdl_doc_free(struct mdl_doc *root);

/* All take NULL for D and then find nothing. Results are valid as long as the root. */
const struct mdl_doc *mdl_doc_get(const struct mdl_doc *d, const char *member);
const char *mdl_doc_str(const struct mdl_doc *d, const char *member); /* NULL when it is no string */
/* A number, or a string of decimal digits, within range; false (and *v untouched) otherwise. */
bool mdl_doc_int(const struct mdl_doc *d, const char *member, int64_t *v);
bool mdl_doc_uint(const struct mdl_doc *d, const char *member, uint64_t *v);
bool mdl_doc_bool(const struct mdl_doc *d, const char *member, bool dflt);
bool mdl_doc_is_object(const struct mdl_doc *d);
bool mdl_doc_is_array(const struct mdl_doc *d);
const char *mdl_doc_text(const struct mdl_doc *d);           /* of a string node, else NULL */
bool mdl_doc_value_int(const struct mdl_doc *d, int64_t *v); /* of a number or digit-string node */

size_t mdl_doc_size(const struct mdl_doc *d);                        /* of an array or object */
const struct mdl_doc *mdl_doc_at(const struct mdl_doc *d, size_t i); /* array */
/* Walk an object in its order: start with *it = NULL; returns the next name, NULL at the end. */
const char *mdl_doc_next(const struct mdl_doc *d, void **it, const struct mdl_doc **value);
/* The node as compact text that the caller frees. */
char *mdl_doc_dump(const struct mdl_doc *d);

#endif
