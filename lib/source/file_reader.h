/* SPDX-License-Identifier: MIT
 *
 * One source file as blocks of NDJSON lines. JSON passes through as it stands (one
 * read, no copy, the lines are not looked at); CSV, text and web-server logs are
 * converted (rows.h). Compressed files (.gz, .zst, .zstd) are read as their content,
 * and all offsets and line numbers count in that content.
 */
#ifndef MDL_SOURCE_FILE_READER_H
#define MDL_SOURCE_FILE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compress.h"
#include "base/err.h"
#include "base/slice.h"
#include "source/csv_reader.h"
#include "source/rows.h"
#include "source/weblog_reader.h"
#include "stream/lend.h"

enum mdl_file_format {
	MDL_FILE_JSON,
	MDL_FILE_CSV,
	MDL_FILE_TEXT, /* {"value":"the line"}, Spark's text source */
	MDL_FILE_WEBLOG,
};

/* By the extension, without that of a compression: .csv and .tsv CSV, .log WEBLOG when it is a known log's name
 * (*access*.log, *error*.log, access_log, error_log), .txt and other .log TEXT, else JSON. */
enum mdl_file_format mdl_file_format_of_name(const char *name);

/* Zero-filled is the default. */
struct mdl_file_opts {
	enum mdl_file_format format;
	bool plain;          /* never decompress, whatever the extension */
	uint64_t start;      /* begin at this byte, which must begin a line (plain files only) ... */
	uint64_t start_line; /* ... whose number is this; 0: 1 */
	uint64_t end;        /* do not read beyond this byte; 0: to the end of the file (plain files only) */
	bool tail;           /* the file may grow: leave an incomplete last record */
	uint64_t max_record_bytes; /* 0: MDL_FILE_MAX_RECORD */
	uint64_t threads;          /* more than 1: a large compressed file is decoded on a second one */
	struct mdl_lend *lend;     /* NULL, or who may hold pages of JSON blocks that were handed out */
	struct mdl_csv_opts csv;
	struct mdl_weblog_opts weblog;
};

enum { MDL_FILE_MAX_RECORD = 16 << 20 };

enum mdl_file_block_kind {
	MDL_FILE_LINES,    /* p, n: whole lines */
	MDL_FILE_OVERLONG, /* p, n: a part of a line that is longer than max_record_bytes, without '\n' */
};

/* Valid until the next call on the reader. */
struct mdl_file_block {
	enum mdl_file_block_kind kind;
	char *p; /* LINES: each line ends in '\n'; MDL_SCAN_PADDING readable bytes follow. May be written to */
	size_t n;
	uint64_t first_line;  /* source line number of the first line (OVERLONG: of the line) */
	uint64_t offset;      /* source byte offset of p (OVERLONG: of this part) */
	uint64_t next_offset; /* where the source bytes after this block begin: a place to go on from */
	/* Formats that are converted only: */
	const uint64_t *lines; /* source line of row i; NULL: first_line + i */
	size_t rows;           /* rows in the block; 0 for JSON: not counted */
	const struct mdl_row_bad *bad;
	size_t nbad;
	/* JSON: the file's last line had no '\n' and got one here. Whoever scans it decides: a whole record counts. */
	bool final_newline_missing;
	bool first_part, last_part; /* OVERLONG: of the line */
};

struct mdl_file_reader;

/* NULL with ERR filled: the file cannot be opened, is no regular file or pipe, or START does not fit. PATH "-"
 * is standard input. OPTS is copied; what it points to must stay valid. */
struct mdl_file_reader *mdl_file_reader_open(const char *path, const struct mdl_file_opts *opts,
					     struct mdl_err *err);
/* 1: *OUT is filled; 0: the end (or END) was reached; -1: ERR. */
int mdl_file_reader_next(struct mdl_file_reader *r, struct mdl_file_block *out, struct mdl_err *err);
/* The caller has split the last JSON block and found LINES lines, so the reader need not count them for the next
 * block's first_line. Optional. */
void mdl_file_reader_tell_lines(struct mdl_file_reader *r, uint64_t lines);

/* What was met so far. */
struct mdl_file_counts {
	uint64_t offset;  /* source bytes handed out: an incomplete last record under TAIL begins here */
	uint64_t line;    /* number of the line that begins there */
	uint64_t blank;   /* blank lines that a converter skipped (JSON's pass through) */
	uint64_t missing; /* CSV rows with fewer fields than columns */
	uint64_t read;    /* bytes read from the disk, compressed as they are */
	bool bom;         /* the file began with a byte order mark, which was skipped */
};
void mdl_file_reader_counts(const struct mdl_file_reader *r, struct mdl_file_counts *counts);
/* After _next: iconv's name for what the file, read from its start, seems to be in instead of UTF-8 (base/utf16.h), or
 * NULL. */
const char *mdl_file_reader_utf16(const struct mdl_file_reader *r);
/* The descriptor, for fstat. */
int mdl_file_reader_fd(const struct mdl_file_reader *r);
/* NULL is fine. */
void mdl_file_reader_close(struct mdl_file_reader *r);

#endif
