/* SPDX-License-Identifier: MIT
 *
 * One source file as blocks of lines: see file_reader.h. The input buffer holds the
 * bytes [at, end); what a block did not use is moved to the front before the next
 * read. JSON blocks are views into the input buffer, converted ones into rows.
 */
#include "source/file_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "base/file.h"
#include "base/utf16.h"
#include "source/text_reader.h"
#include "json/scan.h"

enum { JSON_BYTES = 256 << 10, CONVERT_BYTES = 256 << 10, SCAN_STEP = 64 << 10 };

/* Bytes of a buffer for CAP bytes: room for '\n' and MDL_SCAN_PADDING, too. */
#define INPUT_SIZE(cap) ((cap) + 1 + MDL_SCAN_PADDING)

struct mdl_file_reader {
	char *name;
	int fd;
	bool own_fd, regular;
	struct mdl_file_opts opts;
	uint64_t max_record;
	struct mdl_compress_reader *z;
	char *in; /* INPUT_SIZE(cap) bytes */
	size_t at, end, cap, searched;
	uint64_t offset; /* source offset of in[at] */
	uint64_t line;   /* JSON: number of the line at in[at]; converters: rows.line_no */
	bool begun, eof, bom;
	const char *utf16; /* what the file seems to be in instead of UTF-8 */
	bool overlong;     /* inside a line that is handed out in parts */
	uint64_t overlong_line;
	const char *uncounted; /* last JSON block, whose lines nobody counted yet */
	size_t nuncounted;
	struct mdl_csv_reader *csv;
	struct mdl_weblog_reader weblog;
	struct mdl_rows rows;
};

static bool has_suffix(struct mdl_slice s, const char *suffix)
{
	size_t n = strlen(suffix);
	return s.n >= n && strncasecmp(s.p + s.n - n, suffix, n) == 0;
}

enum mdl_file_format mdl_file_format_of_name(const char *name)
{
	struct mdl_slice s = {name, mdl_compress_stem(name)};
	const char *slash = s.n ? memrchr(s.p, '/', s.n) : NULL;
	if (slash)
		s = (struct mdl_slice){slash + 1, (size_t)(s.p + s.n - slash - 1)};
	if (has_suffix(s, ".csv") || has_suffix(s, ".tsv"))
		return MDL_FILE_CSV;
	bool web = memmem(s.p, s.n, "access", 6) || memmem(s.p, s.n, "error", 5);
	if (has_suffix(s, "access_log") || has_suffix(s, "error_log"))
		return MDL_FILE_WEBLOG;
	if (has_suffix(s, ".log"))
		return web ? MDL_FILE_WEBLOG : MDL_FILE_TEXT;
	return has_suffix(s, ".txt") ? MDL_FILE_TEXT : MDL_FILE_JSON;
}

#ifdef __SSE2__
static uint64_t count_lines(const char *p, size_t n)
{
	const __m128i nl = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
	uint64_t lines = 0;
	while (n >= 16) {
		/* each of the 16 lanes counts to 255 at most before they are added up */
		size_t steps = n / 16 < 255 ? n / 16 : 255;
		__m128i sum = zero;
		for (size_t i = 0; i < steps; i++, p += 16)
			sum = _mm_sub_epi8(
				sum, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), nl));
		sum = _mm_sad_epu8(sum, zero);
		lines += (uint64_t)_mm_cvtsi128_si64(sum) +
			 (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(sum, 8));
		n -= steps * 16;
	}
	while (n--)
		lines += *p++ == '\n';
	return lines;
}
#else
static uint64_t count_lines(const char *p, size_t n)
{
	uint64_t lines = 0;
	while (n--)
		lines += *p++ == '\n';
	return lines;
}
#endif

static void alloc_input(struct mdl_file_reader *r, size_t cap)
{
	r->in = mdl_lend_resize(r->opts.lend, r->in, r->end, INPUT_SIZE(cap));
	memset(r->in + r->end, 0, INPUT_SIZE(cap) - r->end);
	r->cap = cap;
}

/* Input */

/* The input buffer, or one of its size in its place if the next program still reads what was given out of it. */
static char *writable_input(struct mdl_file_reader *r)
{
	size_t size = INPUT_SIZE(r->cap);
	char *to = r->opts.lend ? mdl_lend_exchange(r->opts.lend, r->in, &size) : r->in;
	r->cap += size - INPUT_SIZE(r->cap);
	return to;
}

/* At most this many of the next bytes may be read. */
static size_t allowed(const struct mdl_file_reader *r, size_t n)
{
	if (!r->opts.end)
		return n;
	uint64_t at = r->offset + (r->end - r->at);
	uint64_t left = r->opts.end > at ? r->opts.end - at : 0;
	return n < left ? n : (size_t)left;
}

/* Move what is left to the front, make room for more (up to the longest record), and read. At the end of the file
 * sets eof. A regular file fills the buffer; from a pipe what is there is taken, so that a quiet stream arrives. */
static int fill(struct mdl_file_reader *r, struct mdl_err *err)
{
	size_t limit = (size_t)r->max_record + 1, fresh = 0;
	char *to = writable_input(r);
	if (r->at || to != r->in) {
		memmove(to, r->in + r->at, r->end - r->at);
		r->in = to;
		r->end -= r->at;
		r->searched -= r->at < r->searched ? r->at : r->searched;
		r->at = 0;
	}
	if (r->end == r->cap && r->cap < limit)
		alloc_input(r, r->cap * 2 < limit ? r->cap * 2 : limit);
	do {
		size_t want = allowed(r, r->cap - r->end);
		if (want == 0) {
			r->eof = r->end < r->cap;
			break;
		}
		ssize_t n = mdl_compress_reader_read(r->z, r->in + r->end, want, err);
		if (n < 0) {
			if (!fresh)
				return -1;
			/* what was decoded before the damage goes out first; the next read fails again */
			mdl_err_clear(err);
			break;
		}
		fresh += (size_t)n;
		if (n == 0)
			r->eof = true;
		r->end += (size_t)n;
	} while (!r->eof && r->end < r->cap && (r->regular || (!r->begun && r->end < 3)));
	if (!r->begun) {
		r->begun = true;
		if (r->offset == 0)
			r->utf16 = mdl_utf16_name((struct mdl_slice){r->in, r->end});
		if (r->offset == 0 && r->end >= 3 && memcmp(r->in, "\xef\xbb\xbf", 3) == 0) {
			r->bom = true;
			r->at = r->searched = 3;
			r->offset = 3;
		}
	}
	return 0;
}

static bool full(const struct mdl_file_reader *r)
{
	return r->end - r->at > r->max_record;
}

/* Does the line that fills the buffer end before the file does? Only --tail asks, where an incomplete line waits. */
static bool long_line_ends(struct mdl_file_reader *r)
{
	char *buf = mdl_alloc(SCAN_STEP);
	uint64_t at = r->offset + (r->end - r->at);
	bool found = memchr(r->in + r->at, '\n', r->end - r->at) != NULL;
	while (!found) {
		size_t want = SCAN_STEP;
		if (r->opts.end && r->opts.end - at < want)
			want = (size_t)(r->opts.end - at);
		ssize_t n = want ? pread(r->fd, buf, want, (off_t)at) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		found = memchr(buf, '\n', (size_t)n) != NULL;
		at += (uint64_t)n;
	}
	free(buf);
	return found;
}

/* Blocks */

static void take(struct mdl_file_reader *r, size_t n)
{
	r->at += n;
	r->offset += n;
}

static uint64_t *line_of(struct mdl_file_reader *r)
{
	return r->opts.format == MDL_FILE_JSON ? &r->line : &r->rows.line_no;
}

/* The next part of a line that is too long. */
static int next_part(struct mdl_file_reader *r, struct mdl_file_block *out, struct mdl_err *err)
{
	bool first = !r->overlong;
	if (first) {
		r->overlong = true;
		r->overlong_line = *line_of(r);
	} else if (r->at == r->end && !r->eof && fill(r, err)) {
		return -1;
	}
	char *nl = memchr(r->in + r->at, '\n', r->end - r->at);
	*out = (struct mdl_file_block){
		.kind = MDL_FILE_OVERLONG,
		.p = r->in + r->at,
		.n = nl ? (size_t)(nl - r->in) - r->at : r->end - r->at,
		.first_line = r->overlong_line,
		.offset = r->offset,
		.first_part = first,
		.last_part = nl || (r->at == r->end && r->eof),
	};
	take(r, out->n + (nl ? 1 : 0));
	r->searched = r->at;
	out->next_offset = r->offset;
	if (out->last_part) {
		r->overlong = false;
		++*line_of(r);
	}
	return 1;
}

static int json_block(struct mdl_file_reader *r, struct mdl_file_block *out, size_t n, bool added)
{
	*out = (struct mdl_file_block){
		.kind = MDL_FILE_LINES,
		.p = r->in + r->at,
		.n = n,
		.first_line = r->line,
		.offset = r->offset,
		.final_newline_missing = added,
	};
	r->uncounted = out->p;
	r->nuncounted = n;
	if (added)
		r->end++;
	take(r, n);
	if (added)
		r->offset--;
	r->searched = r->at;
	out->next_offset = r->offset;
	return 1;
}

static int next_json(struct mdl_file_reader *r, struct mdl_file_block *out, struct mdl_err *err)
{
	for (;;) {
		char *nl = r->end > r->searched ? memrchr(r->in + r->searched, '\n', r->end - r->searched)
						: NULL;
		if (nl)
			return json_block(r, out, (size_t)(nl + 1 - r->in) - r->at, false);
		r->searched = r->end;
		if (full(r)) {
			if (r->opts.tail && !long_line_ends(r))
				return 0;
			return next_part(r, out, err);
		}
		if (r->eof) {
			if (r->at == r->end || r->opts.tail)
				return 0;
			r->in[r->end] = '\n';
			return json_block(r, out, r->end - r->at + 1, true);
		}
		if (fill(r, err))
			return -1;
	}
}

static int convert(struct mdl_file_reader *r, enum mdl_rows_input input, size_t *used, struct mdl_err *err)
{
	char *p = r->in + r->at;
	size_t n = r->end - r->at;
	r->rows.base = p;
	r->rows.base_offset = r->offset;
	switch (r->opts.format) {
	case MDL_FILE_CSV:
		return mdl_csv_reader_run(r->csv, p, n, input, &r->rows, used, err);
	case MDL_FILE_TEXT:
		mdl_text_reader_run(p, n, input, &r->rows, used);
		return 0;
	case MDL_FILE_WEBLOG:
		mdl_weblog_reader_run(&r->weblog, p, n, input, &r->rows, used);
		return 0;
	case MDL_FILE_JSON:
	default:
		mdl_bug("JSON is not converted");
	}
}

static int next_rows(struct mdl_file_reader *r, struct mdl_file_block *out, struct mdl_err *err)
{
	mdl_rows_clear(&r->rows);
	for (;;) {
		enum mdl_rows_input input = full(r) ? MDL_ROWS_FULL : MDL_ROWS_MORE;
		if (r->eof && !r->opts.tail && !full(r))
			input = MDL_ROWS_FINAL;
		size_t used = 0;
		uint64_t offset = r->offset;
		if (r->at < r->end && convert(r, input, &used, err))
			return -1;
		take(r, used);
		if (r->rows.n) {
			mdl_rows_pad(&r->rows);
			*out = (struct mdl_file_block){
				.kind = MDL_FILE_LINES,
				.p = r->rows.text.p,
				.n = r->rows.text.n,
				.first_line = r->rows.lines[0],
				.offset = offset,
				.next_offset = r->offset,
				.lines = r->rows.lines,
				.rows = r->rows.n,
				.bad = r->rows.bad,
				.nbad = r->rows.nbad,
			};
			return 1;
		}
		if (used && r->at < r->end)
			continue;
		if (full(r)) {
			if (r->opts.tail && !long_line_ends(r))
				return 0;
			return next_part(r, out, err);
		}
		if (r->eof) {
			if (r->at < r->end && !r->opts.tail)
				mdl_bug("%s: %zu bytes were not converted", r->name, r->end - r->at);
			return 0;
		}
		if (fill(r, err))
			return -1;
	}
}

int mdl_file_reader_next(struct mdl_file_reader *r, struct mdl_file_block *out, struct mdl_err *err)
{
	if (r->uncounted) {
		r->line += count_lines(r->uncounted, r->nuncounted);
		r->uncounted = NULL;
	}
	if (r->overlong)
		return next_part(r, out, err);
	return r->opts.format == MDL_FILE_JSON ? next_json(r, out, err) : next_rows(r, out, err);
}

void mdl_file_reader_tell_lines(struct mdl_file_reader *r, uint64_t lines)
{
	if (r->uncounted)
		r->line += lines;
	r->uncounted = NULL;
}

/* Opening */

/* A CSV file is taken up in the middle: read its header first. */
static int read_header(struct mdl_file_reader *r, struct mdl_err *err)
{
	for (;;) {
		size_t n = r->cap < r->opts.start ? r->cap : (size_t)r->opts.start, got = 0;
		while (got < n) {
			ssize_t k = pread(r->fd, r->in + got, n - got, (off_t)got);
			if (k < 0 && errno == EINTR)
				continue;
			if (k < 0)
				return mdl_err_sys(err, "%s: cannot read", r->name);
			if (k == 0)
				break;
			got += (size_t)k;
		}
		size_t bom = got >= 3 && memcmp(r->in, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, used;
		r->rows.base = r->in;
		if (mdl_csv_reader_run(r->csv, r->in + bom, got - bom, MDL_ROWS_MORE, &r->rows, &used, err))
			return -1;
		mdl_rows_clear(&r->rows);
		if (mdl_csv_reader_ready(r->csv))
			return 0;
		if (got < r->cap || r->cap > r->max_record)
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s: byte %llu, where reading was to go on, lies within the CSV header; was "
				"the file replaced?",
				r->name, (unsigned long long)r->opts.start);
		alloc_input(r, r->cap * 2);
	}
}

static int open_fd(struct mdl_file_reader *r, const char *path, struct mdl_err *err)
{
	struct stat st;
	if (strcmp(path, "-") == 0) {
		r->fd = STDIN_FILENO;
	} else {
		r->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (r->fd < 0)
			return mdl_err_sys(err, "%s: cannot open", path);
		r->own_fd = true;
	}
	if (fstat(r->fd, &st))
		return mdl_err_sys(err, "%s: cannot stat", path);
	if (S_ISDIR(st.st_mode))
		return mdl_err_set(err, MDL_TROUBLE, "%s: is a directory, not a file", path);
	r->regular = S_ISREG(st.st_mode);
	if (r->regular)
		(void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

/* Does it pay to start a thread for it? Not for what may make it wait for ever, either. */
static bool is_large(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 128 << 10;
}

static int setup(struct mdl_file_reader *r, const char *path, struct mdl_err *err)
{
	const struct mdl_file_opts *o = &r->opts;
	if (open_fd(r, path, err))
		return -1;
	enum mdl_compress kind = o->plain ? MDL_COMPRESS_NONE : mdl_compress_of_name(path);
	if ((o->start || o->end || o->tail) && (kind != MDL_COMPRESS_NONE || !r->regular))
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s: only a plain, uncompressed file can be read in part or as it grows",
				   path);
	size_t cap = o->format == MDL_FILE_JSON ? JSON_BYTES : CONVERT_BYTES;
	alloc_input(r, cap < r->max_record + 1 ? cap : (size_t)r->max_record + 1);
	if (o->format == MDL_FILE_CSV) {
		r->csv = mdl_csv_reader_new(&o->csv, path, err);
		if (!r->csv || (o->start && read_header(r, err)))
			return -1;
	}
	if (o->start && lseek(r->fd, (off_t)o->start, SEEK_SET) < 0)
		return mdl_err_sys(err, "%s: cannot seek to byte %llu", path, (unsigned long long)o->start);
	r->offset = o->start;
	r->rows.blank = r->rows.missing = 0;
	r->line = r->rows.line_no = o->start_line ? o->start_line : 1;
	r->weblog.kind = o->weblog.kind;
	r->z = mdl_compress_reader_open(r->fd, kind, path);
	if (o->threads > 1 && kind != MDL_COMPRESS_NONE && is_large(r->fd))
		mdl_compress_reader_thread(r->z);
	return 0;
}

struct mdl_file_reader *mdl_file_reader_open(const char *path, const struct mdl_file_opts *opts,
					     struct mdl_err *err)
{
	struct mdl_file_reader *r = mdl_zalloc(sizeof(*r));
	r->opts = *opts;
	r->fd = -1;
	r->name = mdl_strdup(path);
	r->max_record = opts->max_record_bytes ? opts->max_record_bytes : MDL_FILE_MAX_RECORD;
	mdl_rows_init(&r->rows);
	if (setup(r, path, err)) {
		mdl_file_reader_close(r);
		return NULL;
	}
	return r;
}

void mdl_file_reader_close(struct mdl_file_reader *r)
{
	if (!r)
		return;
	mdl_compress_reader_close(r->z);
	mdl_csv_reader_free(r->csv);
	mdl_rows_free(&r->rows);
	if (r->own_fd)
		close(r->fd);
	if (r->opts.lend)
		mdl_lend_keep(r->opts.lend, r->in, INPUT_SIZE(r->cap));
	else
		free(r->in);
	free(r->name);
	free(r);
}

int mdl_file_reader_fd(const struct mdl_file_reader *r)
{
	return r->fd;
}

const char *mdl_file_reader_utf16(const struct mdl_file_reader *r)
{
	return r->utf16;
}

void mdl_file_reader_counts(const struct mdl_file_reader *r, struct mdl_file_counts *counts)
{
	*counts = (struct mdl_file_counts){
		.offset = r->offset,
		.line = r->opts.format == MDL_FILE_JSON
				? r->line + (r->uncounted ? count_lines(r->uncounted, r->nuncounted) : 0)
				: r->rows.line_no,
		.blank = r->rows.blank,
		.missing = r->rows.missing,
		.read = mdl_compress_reader_consumed(r->z),
		.bom = r->bom,
	};
}
