/* SPDX-License-Identifier: MIT
 *
 * A hand-over under a new name: see handoff_renumber.h.
 */
#include "table/handoff_renumber.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "state/takeover.h"
#include "json/text.h"

/* DIR must not be a checkpoint that somebody uses, nor hold anything else. */
static int check_free(const struct mdl_handoff *h, const char *dir, struct mdl_err *err)
{
	struct mdl_epoch_list l;
	char *offsets = mdl_path_join(dir, "offsets"), *real = mdl_path_real(dir, err);
	int r = real ? mdl_epoch_log_list(offsets, &l, err) : -1;

	if (!r) {
		if (l.n || strcmp(real, h->ck.dir) == 0)
			r = mdl_err_set(err, MDL_TROUBLE,
					"--renumber: %s is a checkpoint already; name a new directory", dir);
		mdl_epoch_list_free(&l);
	}
	free(real);
	free(offsets);
	return r;
}

/* All files that were read, as one batch: Spark knows them by their paths and reads none again. */
static int write_files(const struct mdl_handoff *h, const char *dir, struct mdl_err *err)
{
	char folder[24];
	char *log = mdl_asprintf("%s/sources/%s", dir, mdl_offsets_source_folder(&h->rec.offsets, 0, folder));
	struct mdl_source_log read;
	struct mdl_buf text = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);

	/* again, for what compaction merged was entered since */
	int r = mdl_source_log_load(&read, h->log.dir, err);

	mdl_buf_puts(&text, "v1");
	for (size_t i = 0; !r && i < read.n; i++) {
		mdl_buf_puts(&text, "\n{\"path\":");
		mdl_json_quote(&text, mdl_slice_of(read.entries[i].uri));
		mdl_buf_printf(&text, ",\"timestamp\":%" PRId64 ",\"batchId\":0}", read.entries[i].mtime_ms);
	}
	if (!r)
		r = mdl_dir_make(log, err) || mdl_file_replace(log, "0", mdl_buf_slice(&text), err) ? -1 : 0;
	mdl_source_log_free(&read);
	mdl_buf_free(&text);
	free(log);
	return r;
}

static int write_batch(const struct mdl_handoff *h, struct mdl_checkpoint *ck, bool files,
		       struct mdl_err *err)
{
	static char zero[] = "{\"logOffset\":0}";
	struct mdl_offsets o = h->rec.offsets; /* all of it but the file source's number */
	char *sources[] = {zero};
	bool created;

	if (files) {
		o.sources = sources;
		o.nsources = 1;
	}
	if (h->rec.next_watermark_ms > o.batch_watermark_ms)
		o.batch_watermark_ms = h->rec.next_watermark_ms;
	return mdl_checkpoint_write_commit(ck, 0, h->rec.next_watermark_ms, &created, err) ||
			       mdl_checkpoint_write_offsets(ck, 0, &o, err)
		       ? -1
		       : 0;
}

int mdl_handoff_renumber(const struct mdl_handoff *h, const char *dir, mdl_checkpoint_notice_fn *notice,
			 struct mdl_err *err)
{
	struct mdl_checkpoint ck;
	int64_t batch;
	bool files = mdl_takeover_source_kind(h->rec.offsets.sources[0], &batch) == MDL_SOURCE_FILES;

	if (check_free(h, dir, err) || mdl_checkpoint_own(&ck, dir, false, -1, true, notice, err))
		return -1;
	int r = files ? write_files(h, ck.dir, err) : 0;

	if (!r)
		r = write_batch(h, &ck, files, err);
	mdl_checkpoint_close(&ck);
	return r;
}
