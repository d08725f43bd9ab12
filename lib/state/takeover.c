/* SPDX-License-Identifier: MIT
 *
 * What of another engine's checkpoint can go on: see takeover.h.
 */
#include "state/takeover.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "state/epoch_log.h"
#include "json/doc.h"

/* {"topic":{"0":12,"1":7},...}: members that are objects of whole numbers. */
static bool is_kafka(const struct mdl_doc *d)
{
	const struct mdl_doc *topic, *at;
	void *it = NULL, *jt;
	size_t n = 0;
	while (mdl_doc_next(d, &it, &topic)) {
		int64_t offset;
		const char *partition;
		if (!mdl_doc_is_object(topic))
			return false;
		for (jt = NULL; (partition = mdl_doc_next(topic, &jt, &at)); n++)
			if (mdl_epoch_of_name(partition) < 0 || !mdl_doc_value_int(at, &offset))
				return false;
	}
	return n > 0;
}

enum mdl_source_kind mdl_takeover_source_kind(const char *offset, int64_t *log_offset)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	*log_offset = -1;
	if (!offset)
		return MDL_SOURCE_NONE;
	struct mdl_doc *d = mdl_doc_parse(mdl_slice_of(offset), "offset", &ignored);
	enum mdl_source_kind kind = MDL_SOURCE_OTHER;
	if (!mdl_doc_is_object(d))
		kind = MDL_SOURCE_OTHER;
	else if (mdl_doc_int(d, "logOffset", log_offset))
		kind = MDL_SOURCE_FILES;
	else if (mdl_doc_get(d, "reservoirId") || mdl_doc_get(d, "reservoirVersion"))
		kind = MDL_SOURCE_DELTA;
	else if (mdl_doc_get(d, "seqNum"))
		kind = MDL_SOURCE_AUTO_LOADER;
	else if (is_kafka(d))
		kind = MDL_SOURCE_KAFKA;
	mdl_doc_free(d);
	return kind;
}

const char *mdl_takeover_source_name(enum mdl_source_kind kind)
{
	static const char *const names[] = {"not begun", "files",       "Kafka",
					    "Delta",     "Auto Loader", "another kind"};
	return names[kind];
}

/* Spark numbers its operators: state/0, state/1; medal's state is under state/medal. */
bool mdl_takeover_has_spark_state(const char *checkpoint)
{
	char *path = mdl_path_join(checkpoint, "state");
	DIR *d = opendir(path);
	struct dirent *e;
	bool found = false;
	while (d && !found && (e = readdir(d)))
		found = mdl_epoch_of_name(e->d_name) >= 0;
	if (d)
		closedir(d);
	free(path);
	return found;
}

static bool has_rocksdb(const char *dir, const struct mdl_offsets *o)
{
	char buf[24];
	char *path = mdl_asprintf("%s/sources/%s/rocksdb", dir,
				  o->nsources ? mdl_offsets_source_folder(o, 0, buf) : "0");
	bool there = access(path, F_OK) == 0;
	free(path);
	return there;
}

static int refuse_source(const struct mdl_checkpoint *ck, enum mdl_source_kind kind,
			 enum mdl_source_kind wanted, const char *offset, struct mdl_err *err)
{
	const char *what = wanted == MDL_SOURCE_KAFKA ? "topics" : "files";
	if (kind == MDL_SOURCE_AUTO_LOADER)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s is a checkpoint of Databricks Auto Loader, whose list of files (RocksDB) only Databricks reads. "
			"Let that stream finish, land new files in another directory from now on, and begin a new checkpoint "
			"over that one",
			ck->dir);
	if (kind != MDL_SOURCE_OTHER)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the source of %s is %s (its offset is %s), and %s cannot be ingested under it; use a "
			"checkpoint of %s, or a new one",
			ck->dir,
			kind == MDL_SOURCE_KAFKA   ? "Kafka"
			: kind == MDL_SOURCE_FILES ? "files"
						   : "a Delta table",
			offset, what, wanted == MDL_SOURCE_KAFKA ? "Kafka topics" : "a file source");
	return mdl_err_set(
		err, MDL_TROUBLE,
		"the source of %s is no file source (its offset is %s, as of Spark's rate or socket source); "
		"%s cannot be ingested under it, begin a new checkpoint",
		ck->dir, offset, what);
}

static int check_sources(const struct mdl_checkpoint *ck, const struct mdl_offsets *o,
			 enum mdl_source_kind wanted, struct mdl_err *err)
{
	int64_t ignored;
	if (has_rocksdb(ck->dir, o))
		return refuse_source(ck, MDL_SOURCE_AUTO_LOADER, wanted, NULL, err);
	if (o->nsources > 1)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"the query of %s has %zu sources; medal goes on with checkpoints of one source. Give each its own: "
			"'medal-checkpoint import --spark %s --source 0 NEWDIR', then --source 1, and so on",
			ck->dir, o->nsources, ck->dir);
	if (!o->nsources)
		return 0;
	enum mdl_source_kind kind = mdl_takeover_source_kind(o->sources[0], &ignored);
	bool ok = kind == MDL_SOURCE_NONE || kind == wanted ||
		  (wanted == MDL_SOURCE_NONE && (kind == MDL_SOURCE_FILES || kind == MDL_SOURCE_KAFKA));
	return ok ? 0 : refuse_source(ck, kind, wanted, o->sources[0], err);
}

int mdl_takeover_check(const struct mdl_checkpoint *ck, const struct mdl_recovery *rec,
		       enum mdl_source_kind wanted, bool drop_state, struct mdl_err *err)
{
	if (rec->last_offsets < 0 && !has_rocksdb(ck->dir, &rec->offsets))
		return 0;
	if (check_sources(ck, &rec->offsets, wanted, err))
		return -1;
	/* an epoch of ours stands on it already: that was said before */
	if (drop_state || rec->last_run[0] || !mdl_takeover_has_spark_state(ck->dir))
		return 0;
	return mdl_err_set(
		err, MDL_TROUBLE,
		"the Spark query of %s keeps state (%s/state), which only Spark reads: groups and windows that it has not put "
		"out, and keys that it has seen, would be lost. If no stage of this pipeline needs it, go on once with "
		"--drop-state; else begin a new checkpoint that only takes the offsets over: 'medal-checkpoint import "
		"--spark %s NEWDIR'",
		ck->dir, ck->dir, ck->dir);
}
