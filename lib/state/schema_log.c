/* SPDX-License-Identifier: MIT
 *
 * Columns over time: see schema_log.h.
 */
#include "state/schema_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/version.h"
#include "sql/type_json.h"
#include "state/epoch_log.h"
#include "json/doc.h"
#include "json/text.h"

enum { MAX_BYTES = 64 << 20 };

static char *folder(const char *location)
{
	return mdl_path_join(location, "_schemas");
}

static int parse(struct mdl_slice text, const char *path, struct mdl_arena *a,
		 const struct mdl_type **columns, struct mdl_err *err)
{
	uint64_t version = mdl_version_of(text);
	if (version > 1)
		return mdl_version_newer(err, path, "program", version, 1);
	if (text.n < 3 || memcmp(text.p, "v1\n", 3) != 0)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s: does not begin with the line v1; it is damaged: take it away, and the "
			"columns are inferred anew",
			path);
	struct mdl_doc *d = mdl_doc_parse((struct mdl_slice){text.p + 3, text.n - 3}, path, err);
	const char *json = mdl_doc_str(d, "dataSchemaJson");
	int r = -1;
	if (d && !json)
		mdl_err_set(err, MDL_TROUBLE, "%s: has no dataSchemaJson", path);
	else if (d)
		r = mdl_type_json_parse(a, mdl_slice_of(json), path, columns, err);
	if (r == 0 && (*columns)->kind != MDL_T_STRUCT)
		r = mdl_err_set(err, MDL_TROUBLE, "%s: dataSchemaJson is no struct", path);
	mdl_doc_free(d);
	return r;
}

int mdl_schema_log_read(const char *location, struct mdl_arena *a, const struct mdl_type **columns,
			int64_t *n, struct mdl_err *err)
{
	struct mdl_epoch_list list = {0};
	struct mdl_buf text = MDL_BUF_INIT(MAX_BYTES);
	char *dir = folder(location);
	int r = mdl_epoch_log_list(dir, &list, err);
	*columns = NULL;
	*n = mdl_epoch_list_last(&list);
	if (r == 0 && *n >= 0) {
		char *path = mdl_asprintf("%s/%" PRId64, dir, *n);
		r = mdl_epoch_log_read(dir, *n, &text, err);
		r = r > 0 ? mdl_err_set(err, MDL_RETRY, "%s: gone while it was read", path)
		    : r   ? -1
			  : parse(mdl_buf_slice(&text), path, a, columns, err);
		free(path);
	}
	mdl_buf_free(&text);
	mdl_epoch_list_free(&list);
	free(dir);
	return r;
}

int mdl_schema_log_add(const char *location, int64_t n, const struct mdl_type *columns, struct mdl_err *err)
{
	struct mdl_buf json = MDL_BUF_INIT(MAX_BYTES), text = MDL_BUF_INIT(MAX_BYTES);
	char *dir = folder(location);
	bool created = false;
	mdl_type_json(&json, columns);
	mdl_buf_puts(&text, "v1\n{\"dataSchemaJson\":");
	mdl_json_quote(&text, mdl_buf_slice(&json));
	mdl_buf_puts(&text, ",\"partitionSchemaJson\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[]}\"}");
	int r = text.toobig ? mdl_err_set(err, MDL_TROUBLE, "the columns take more than 64 MiB") : 0;
	if (r == 0 &&
	    (mdl_dir_make(dir, err) || mdl_epoch_log_create(dir, n, mdl_buf_slice(&text), -1, &created, err)))
		r = -1;
	if (r == 0 && !created)
		r = mdl_err_set(
			err, MDL_RETRY,
			"%s/%" PRId64
			": another program has just stored columns there; one program to a --schema-location. Run again",
			dir, n);
	mdl_buf_free(&text);
	mdl_buf_free(&json);
	free(dir);
	return r;
}
