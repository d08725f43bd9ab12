/* SPDX-License-Identifier: MIT
 *
 * Small YAML documents (libyaml) as the trees of json/doc.h: what people write by hand,
 * such as dbt's schema files. Plain scalars are null, true, false, integers, decimals or
 * strings as in YAML 1.1; dates are strings; merge keys (<<) are refused.
 */
#ifndef MDL_JSON_YAML_H
#define MDL_JSON_YAML_H

#include "base/err.h"
#include "base/slice.h"
#include "json/doc.h"

/* The first document of TEXT; the caller frees. WHAT names it in messages. */
struct mdl_doc *mdl_yaml_parse(struct mdl_slice text, const char *what, struct mdl_err *err);

#endif
