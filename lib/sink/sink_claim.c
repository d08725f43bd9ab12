/* SPDX-License-Identifier: MIT
 *
 * See sink_claim.h. The ledger of the base epoch lists every table that the
 * checkpoint writes, also those without rows.
 */
#include "sink/sink_claim.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/pipe_peer.h"
#include "state/ledger_file.h"
#include "state/leftover.h"
#include "table/publish.h"
#include "json/text.h"

static bool lists_table(const struct mdl_ledger *l, const char *dir)
{
	for (size_t s = 0; s < l->nstages; s++)
		for (size_t i = 0; i < l->stages[s].ntables; i++)
			if (strcmp(l->stages[s].tables[i].dir, dir) == 0)
				return true;
	return false;
}

/* Does the ledger of the hidden file's epoch name its run? Then it waits for its publication. */
static bool is_decided(void *arg, uint64_t epoch, const char *run)
{
	const struct mdl_begin *b = arg;
	struct mdl_ledger l = {0};
	struct mdl_err ignored = MDL_ERR_INIT;

	if (mdl_ledger_read(b->checkpoint, (int64_t)epoch, &l, &ignored) != 0)
		return ignored.status != MDL_OK; /* what cannot be read is not judged */
	bool named = strcmp(l.run, run) == 0;

	mdl_ledger_free(&l);
	return named;
}

int mdl_sink_claim(struct mdl_table_owner *o, char **real, const char *dir, const struct mdl_begin *b,
		   const char *stage, const struct mdl_table_options *opts, enum mdl_table_mode mode,
		   bool fresh, struct mdl_err *err)
{
	struct mdl_ledger l = {0};
	bool known = false;

	if (mdl_dir_make(dir, err))
		return -1;
	*real = mdl_path_real(dir, err);
	if (!*real)
		return -1;
	if (!mdl_utf8_valid(mdl_slice_of(*real))) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"the path of the table %s is not UTF-8, which the ledger cannot name; give it another name",
			*real);
		free(*real);
		*real = NULL;
		return -1;
	}
	/* Epochs that Spark wrote have no ledger. */
	int r = b->base < 0 ? 1 : mdl_ledger_read(b->checkpoint, b->base, &l, err);

	if (r == 0) {
		known = lists_table(&l, *real);
		mdl_ledger_free(&l);
	}
	if (r >= 0) {
		const char *id = b->checkpoint_id ? b->checkpoint_id : "";
		char *owner = stage ? mdl_asprintf("%s/%s", id, stage) : mdl_strdup(id);
		struct mdl_table_claim c = {
			.owner = owner,
			.checkpoint = b->checkpoint,
			.base = b->base,
			.known = known && !fresh,
			.mode = mode,
			.opts = opts,
		};

		r = mdl_table_owner_claim(o, *real, &c, err);
		free(owner);
	}
	char *logdir = mdl_path_join(*real, MDL_TABLE_LOG_DIR);

	if (!r && (mdl_leftover_sweep_dead(logdir, err) ||
		   mdl_table_clean_pending(*real, b->run, is_decided, (void *)(uintptr_t)b, NULL, err))) {
		mdl_table_owner_free(o);
		r = -1;
	}
	free(logdir);
	if (r) {
		free(*real);
		*real = NULL;
		return -1;
	}
	return 0;
}

bool mdl_sink_tail_waits(void)
{
	return mdl_pipe_peer_is(STDOUT_FILENO, "medal-checkpoint", "commit");
}

bool mdl_sink_tail_comes(void)
{
	for (int i = 0; i < 500 && mdl_pipe_peer_starts(STDOUT_FILENO); i++)
		poll(NULL, 0, 10);
	return mdl_sink_tail_waits();
}

int mdl_sink_lost_begin(const char *target, struct mdl_err *err)
{
	return mdl_err_set(
		err, MDL_TROUBLE,
		"'medal-checkpoint commit' waits behind this program, but no begin line came before the first record: "
		"give medal-ingest a --checkpoint, and run programs between that are not medal's (grep, jq) by "
		"medal-exec, for they drop or hold back the control lines; nothing was written to %s",
		target);
}
