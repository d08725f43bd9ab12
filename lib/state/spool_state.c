/* SPDX-License-Identifier: MIT
 *
 * medal/spool/state: see spool_state.h.
 */
#include "state/spool_state.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/checked_file.h"
#include "state/epoch_log.h"
#include "json/doc.h"

static const char kind[] = "spool";

int mdl_spool_state_read(const char *dir, struct mdl_spool_state *s, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);
	char *path = mdl_path_join(dir, "state");
	*s = (struct mdl_spool_state){.closed = true};
	int r = mdl_file_read(path, &text, err);
	if (r == 0) {
		struct mdl_slice body;
		struct mdl_doc *d = NULL;
		r = mdl_checked_file_body(mdl_buf_slice(&text), kind, path, &body, err);
		if (!r && !(d = mdl_doc_parse(body, path, err)))
			r = -1;
		const char *hash = mdl_doc_str(d, "hash");
		if (!r && (!hash || !mdl_doc_uint(d, "input", &s->input) ||
			   !mdl_doc_uint(d, "bytes", &s->bytes) || !mdl_doc_uint(d, "chunks", &s->chunks)))
			r = mdl_err_set(err, MDL_TROUBLE, "%s lacks members that it must have", path);
		if (!r) {
			s->hash = strtoull(hash, NULL, 16);
			s->closed = mdl_doc_bool(d, "closed", false);
		}
		mdl_doc_free(d);
	}
	free(path);
	mdl_buf_free(&text);
	return r;
}

void mdl_spool_state_format(struct mdl_buf *out, const struct mdl_spool_state *s)
{
	struct mdl_buf body = MDL_BUF_INIT(4096);
	mdl_buf_printf(&body,
		       "{\"input\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"hash\":\"%016" PRIx64
		       "\",\"chunks\":%" PRIu64 ",\"closed\":%s}\n",
		       s->input, s->bytes, s->hash, s->chunks, s->closed ? "true" : "false");
	mdl_checked_file_format(out, kind, mdl_buf_slice(&body));
	mdl_buf_free(&body);
}

int mdl_spool_state_write(const char *dir, const struct mdl_spool_state *s, struct mdl_err *err)
{
	struct mdl_buf text = MDL_BUF_INIT(8192);
	mdl_spool_state_format(&text, s);
	int r = mdl_file_replace(dir, "state", mdl_buf_slice(&text), err);
	mdl_buf_free(&text);
	return r;
}

int mdl_spool_state_forget(const char *dir, bool *lost, struct mdl_err *err)
{
	struct mdl_spool_state s;
	struct mdl_epoch_list chunks;
	int r = mdl_spool_state_read(dir, &s, err);
	*lost = r == 0 && s.chunks > 0;
	if (r)
		return r < 0 ? -1 : 0;
	/* the state first: a chunk without it would be taken for one that an earlier run left to be read */
	s.closed = true;
	if (mdl_spool_state_write(dir, &s, err) || mdl_epoch_log_list(dir, &chunks, err))
		return -1;
	for (size_t i = 0; i < chunks.n && !r; i++)
		r = mdl_epoch_log_remove(dir, chunks.v[i], err) < 0 ? -1 : 0;
	mdl_epoch_list_free(&chunks);
	return r;
}
