/* SPDX-License-Identifier: MIT
 *
 * From the operands of a file source to the list of its files, by the rules of
 * Spark's file source (FileStreamSource, InMemoryFileIndex, Hadoop's globs), tried
 * against PySpark 4.1.4. An operand is
 *   - a file, which is taken whatever its name is;
 *   - a directory: the files in it, in folders named "column=value" below it (Hive
 *     partitions), and with recursive in all folders below it. Names that begin with
 *     '.' or '_' are not data, nor is what ends in "._COPYING_"; only a folder
 *     "_column=value" is;
 *   - a glob: * ? [abc] [a-z] [^a] [!a] {x,y{1,2}} and backslash, as Hadoop's, component
 *     by component; a folder that it matches counts as a directory. Unlike Hadoop's,
 *     a wildcard does not match a leading '.' or '_' (Spark would then read what lies
 *     in table/_spark_metadata). An operand that exists as it stands is no glob.
 * A directory with a _spark_metadata log is a table and is never listed: it is named
 * in tables, and its log tells its files.
 */
#ifndef MDL_SOURCE_DISCOVERY_H
#define MDL_SOURCE_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "table/table_log.h"

struct mdl_source_file {
	char *path; /* absolute; its folder without links, the file itself as named */
	char *uri;  /* as Spark writes it: "file:///in/d%20e%25.json" */
	uint64_t size;
	int64_t mtime_ms;
	uint64_t device, inode;
};

struct mdl_discovery_opts {
	bool recursive; /* Spark's recursiveFileLookup */
	const char *
		filter; /* Spark's pathGlobFilter: files found in folders and by globs must have such a name; NULL: any */
};

/* What was found. Texts are valid until _free or the next _list. */
struct mdl_discovery {
	struct mdl_source_file *files; /* by mtime_ms, then path (bytes); each path once */
	size_t nfiles, files_cap;
	const char **
		tables; /* real paths of directories that are tables, in the order of the operands, each once */
	size_t ntables, tables_cap;
	const char **unmatched; /* globs that matched nothing: the caller decides whether that is a mistake */
	size_t nunmatched, unmatched_cap;
	struct mdl_arena arena;
	/* the walk's own */
	const struct mdl_discovery_opts *opts;
};

void mdl_discovery_init(struct mdl_discovery *d);
void mdl_discovery_free(struct mdl_discovery *d);

/* List N operands anew. A missing path, a folder that cannot be read, a Delta table and a bad glob are errors.
 * A file that vanishes meanwhile is left out. No file at all is an empty list. */
int mdl_discovery_list(struct mdl_discovery *d, const char *const *operands, size_t n,
		       const struct mdl_discovery_opts *opts, struct mdl_err *err);

/* The files of the table DIR that LOG lists, in log order, appended to OUT (texts in its arena). Size and time are the
 * log's. A file that is missing or has another size is an error: what was published stays. */
int mdl_discovery_table(struct mdl_discovery *out, const char *dir, const struct mdl_table_log *log,
			struct mdl_err *err);

/* Does NAME match the glob PATTERN (one path component, without {})? UTF-8 characters count as one. */
bool mdl_discovery_match(const char *pattern, const char *name);
/* Must a file or folder of this name be passed over in a listing? */
bool mdl_discovery_hidden(const char *name, bool folder);

#endif
