/* SPDX-License-Identifier: MIT
 *
 * medal/rollback: see intent.h.
 */
#include "state/intent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "json/doc.h"
#include "json/text.h"

static const char kind[] = "rollback";

void mdl_intent_add_table(struct mdl_intent *i, const char *dir)
{
	for (size_t k = 0; k < i->ntables; k++)
		if (strcmp(i->tables[k], dir) == 0)
			return;
	MDL_GROW(i->tables, i->ntables, i->tables_cap);
	i->tables[i->ntables++] = mdl_strdup(dir);
}

void mdl_intent_free(struct mdl_intent *i)
{
	for (size_t k = 0; k < i->ntables; k++)
		free(i->tables[k]);
	free(i->tables);
	memset(i, 0, sizeof(*i));
}

static int parse(struct mdl_intent *i, const struct mdl_doc *d)
{
	const struct mdl_doc *tables = mdl_doc_get(d, "tables");
	const char *id = mdl_doc_str(d, "id");
	if (!id || strlen(id) >= sizeof(i->id) || !mdl_doc_int(d, "to", &i->to) ||
	    !mdl_doc_int(d, "from", &i->from))
		return -1;
	snprintf(i->id, sizeof(i->id), "%s", id);
	for (size_t k = 0; k < mdl_doc_size(tables); k++) {
		const char *dir = mdl_doc_text(mdl_doc_at(tables, k));
		if (!dir)
			return -1;
		mdl_intent_add_table(i, dir);
	}
	return 0;
}

int mdl_intent_read(const char *checkpoint, struct mdl_intent *i, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(16 << 20);
	char *path = mdl_path_join(checkpoint, "medal/rollback");
	memset(i, 0, sizeof(*i));
	int r = mdl_file_read(path, &text, err);
	if (r == 0) {
		struct mdl_slice body;
		struct mdl_doc *d = NULL;
		r = mdl_checked_file_body(mdl_buf_slice(&text), kind, path, &body, err);
		if (!r && !(d = mdl_doc_parse(body, path, err)))
			r = -1;
		if (!r && parse(i, d))
			r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that it must have", path);
		mdl_doc_free(d);
	}
	if (r)
		mdl_intent_free(i);
	free(path);
	mdl_buf_free(&text);
	return r;
}

int mdl_intent_write(const char *checkpoint, const struct mdl_intent *i, struct mdl_err *err)
{
	struct mdl_buf body = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	char *dir = mdl_path_join(checkpoint, "medal");
	mdl_buf_printf(&body, "{\"to\":%" PRId64 ",\"from\":%" PRId64 ",\"id\":\"%s\",\"tables\":[", i->to,
		       i->from, i->id);
	for (size_t k = 0; k < i->ntables; k++) {
		if (k)
			mdl_buf_putc(&body, ',');
		mdl_json_quote(&body, mdl_slice_of(i->tables[k]));
	}
	mdl_buf_puts(&body, "]}\n");
	mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
	int r = mdl_file_replace(dir, "rollback", mdl_buf_slice(&text), err);
	free(dir);
	mdl_buf_free(&body);
	mdl_buf_free(&text);
	return r;
}

int mdl_intent_remove(const char *checkpoint, struct mdl_err *err)
{
	char *dir = mdl_path_join(checkpoint, "medal"), *path = mdl_path_join(dir, "rollback");
	int r = mdl_file_remove(path, err) < 0 || mdl_dir_sync(dir, err) ? -1 : 0;
	free(path);
	free(dir);
	return r;
}
