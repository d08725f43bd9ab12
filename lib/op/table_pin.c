/* SPDX-License-Identifier: MIT
 *
 * Pinned versions: see table_pin.h.
 */
#include "op/table_pin.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "state/checked_file.h"
#include "state/stage_plan.h"
#include "json/doc.h"
#include "json/text.h"

static const char kind[] = "tables";

static void put(struct mdl_buf *out, const struct mdl_join_table *tables, size_t n, char *const *versions)
{
	mdl_buf_puts(out, "\"tables\":{");
	for (size_t i = 0; i < n; i++) {
		mdl_buf_puts(out, i ? "," : "");
		mdl_json_quote(out, mdl_slice_of(tables[i].name));
		mdl_buf_putc(out, ':');
		mdl_json_quote(out, mdl_slice_of(versions ? versions[i] : tables[i].version));
	}
	mdl_buf_putc(out, '}');
}

/* The versions of a plan: 1 when it does not name each table, so that it is of another query. */
static int take(struct mdl_slice text, const struct mdl_join_table *tables, size_t n, char **versions,
		struct mdl_err *err)
{
	struct mdl_slice body;
	if (mdl_checked_file_body(text, kind, "medal/plan", &body, err) < 0)
		return -1;
	struct mdl_doc *d = mdl_doc_parse(body, "medal/plan", err);
	if (!d)
		return -1;
	const struct mdl_doc *t = mdl_doc_get(d, "tables");
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *v = mdl_doc_str(t, tables[i].name);
		if (v)
			versions[i] = mdl_strdup(v);
		else
			rc = 1;
	}
	for (size_t i = 0; i < n && rc; i++) {
		free(versions[i]);
		versions[i] = NULL;
	}
	mdl_doc_free(d);
	return rc;
}

int mdl_table_pin_begin(const struct mdl_filter *f, const struct mdl_join_table *tables, size_t n,
			char **versions, bool *replay, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(1 << 20), body = MDL_BUF_INIT(1 << 20);
	int rc = mdl_stage_plan_read(f->begin, f->stage, &text, err);
	if (rc == 0)
		rc = take(mdl_buf_slice(&text), tables, n, versions, err);
	*replay = rc == 0;
	if (rc == 1) {
		rc = 0;
		for (size_t i = 0; i < n && rc == 0; i++)
			rc = tables[i].source->version(tables[i].path, &versions[i], err);
		if (rc == 0) {
			mdl_buf_putc(&body, '{');
			put(&body, tables, n, versions);
			mdl_buf_putc(&body, '}');
			mdl_buf_clear(&text);
			mdl_checked_file_format(&text, kind, mdl_buf_slice(&body));
			/* The epoch before may be in doubt still; the one before that is committed. */
			rc = mdl_stage_plan_write(f->begin, f->stage, mdl_buf_slice(&text), 2, err);
		}
	}
	mdl_buf_free(&text);
	mdl_buf_free(&body);
	return rc;
}

void mdl_table_pin_report(struct mdl_buf *out, const struct mdl_join_table *tables, size_t n)
{
	put(out, tables, n, NULL);
}
