/* SPDX-License-Identifier: MIT
 *
 * CSV to NDJSON: see csv_reader.h. One pass that copies and looks at 16 bytes at a
 * time: what is copied is already the JSON string's content, and only the delimiter,
 * a quote, a backslash or a control byte stops it. libcsv calls back per field and
 * steps per byte; it is the oracle of the tests.
 */
#include "source/csv_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf16.h"
#include "json/text.h"

/* What stands before a field's value: ,"name":" (the first with { for ,). At least 32 bytes are readable. */
struct column {
	char *prefix;
	size_t n;
	enum mdl_csv_kind kind;
};

struct mdl_csv_reader {
	struct mdl_csv_opts opts;
	char *name; /* the file */
	char delim, quote;
	bool ready;
	bool skip_header; /* names are given, the first row is not data */
	struct column *cols;
	size_t ncols;
	char **given; /* names from the options */
};

enum { PREFIX_SLACK = 32, FIELD_ROOM = 64, HEADER_LIMIT = 16 << 20 };

static bool good_separator(char c)
{
	return (unsigned char)c < 0x80 && c != '\n' && c != '\r' && c != '\\';
}

struct mdl_csv_reader *mdl_csv_reader_new(const struct mdl_csv_opts *opts, const char *name,
					  struct mdl_err *err)
{
	char delim = opts->delimiter ? opts->delimiter : ',', quote = opts->quote ? opts->quote : '"';
	if (!good_separator(delim) || !good_separator(quote) || delim == '"' ||
	    (delim == quote && !opts->no_quote)) {
		mdl_err_set(
			err, MDL_TROUBLE,
			"the CSV delimiter and the quote must be two different ASCII characters, other than "
			"backslash and line ends");
		return NULL;
	}
	struct mdl_csv_reader *c = mdl_zalloc(sizeof(*c));
	c->opts = *opts;
	c->name = mdl_strdup(name);
	c->delim = delim;
	c->quote = quote;
	c->given = mdl_array(opts->ncolumns, sizeof(*c->given));
	for (size_t i = 0; i < opts->ncolumns; i++)
		c->given[i] = mdl_strdup(opts->columns[i]);
	return c;
}

static void free_columns(struct column *cols, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(cols[i].prefix);
	free(cols);
}

void mdl_csv_reader_free(struct mdl_csv_reader *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->opts.ncolumns; i++)
		free(c->given[i]);
	free(c->given);
	free_columns(c->cols, c->ncols);
	free(c->name);
	free(c);
}

bool mdl_csv_reader_ready(const struct mdl_csv_reader *c)
{
	return c->ready && !c->skip_header;
}

/* One record */

enum outcome {
	RECORD,     /* appended to the block's text, without the end of the object */
	EXTRA,      /* a whole record, but with too many fields; nothing appended */
	UNFINISHED, /* the bytes end inside the record; nothing appended */
	OPEN_QUOTE, /* the same, inside a quoted field */
};

struct record {
	const char *next;  /* the byte after the record's line end */
	const char *stop;  /* the byte after its content */
	uint64_t newlines; /* line ends inside quoted fields */
	size_t fields;
	bool ascii;
};

/* The walk over one record: where it reads, where it writes. */
struct walk {
	const char *p, *end; /* *end is '\n' */
	char *o, *oend;
	struct mdl_buf *out;
	char *value; /* first byte of the present field's value in out */
	uint64_t newlines;
	unsigned high;
	bool final, backslash;
	char delim, quote;
};

static __attribute__((noinline)) void grow(struct walk *w, size_t more)
{
	struct mdl_buf *b = w->out;
	size_t value = (size_t)(w->value - b->p), at = (size_t)(w->o - b->p), n = b->n;
	b->n = at;
	if (!mdl_buf_reserve(b, more))
		mdl_bug("the block of rows has no limit");
	b->n = n;
	w->o = b->p + at;
	w->value = b->p + value;
	w->oend = b->p + b->cap;
}

static inline void room(struct walk *w, size_t more)
{
	if (__builtin_expect((size_t)(w->oend - w->o) < more, 0))
		grow(w, more);
}

static inline void put_escaped(struct walk *w, unsigned char ch)
{
	if (ch < 0x20) {
		memcpy(w->o, mdl_rows_control[ch].p, 6);
		w->o += mdl_rows_control[ch].n;
	} else {
		w->o[0] = '\\';
		w->o[1] = (char)ch;
		w->o += 2;
	}
}

/* Copy bytes up to the next one that is STOP, a double quote, a backslash or a control byte. */
static inline void copy_plain(struct walk *w, char stop)
{
#ifdef __SSE2__
	const __m128i vstop = _mm_set1_epi8(stop), vquote = _mm_set1_epi8('"'), vback = _mm_set1_epi8('\\'),
		      vlow = _mm_set1_epi8(0x1f);
	for (;;) {
		room(w, FIELD_ROOM);
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)w->p);
		__m128i hit = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(x, vstop), _mm_cmpeq_epi8(x, vquote)),
			_mm_or_si128(_mm_cmpeq_epi8(x, vback), _mm_cmpeq_epi8(_mm_min_epu8(x, vlow), x)));
		unsigned m = (unsigned)_mm_movemask_epi8(hit);
		_mm_storeu_si128((__m128i *)(void *)w->o, x);
		w->high |= (unsigned)_mm_movemask_epi8(x);
		if (m) {
			size_t k = (size_t)__builtin_ctz(m);
			w->p += k;
			w->o += k;
			return;
		}
		w->p += 16;
		w->o += 16;
	}
#else
	for (;;) {
		unsigned char ch = (unsigned char)*w->p;
		room(w, FIELD_ROOM); /* also for what the caller puts for the byte that stops */
		if (ch == (unsigned char)stop || ch == '"' || ch == '\\' || ch < 0x20)
			return;
		w->high |= ch & 0x80u;
		*w->o++ = (char)ch;
		w->p++;
	}
#endif
}

/* At the line end that closes a record (or at the end of the bytes)? */
static inline bool at_line_end(const struct walk *w)
{
	return *w->p == '\n' || (*w->p == '\r' && w->p[1] == '\n' && (w->p + 1 < w->end || w->final));
}

/* A field without quotes, or what stands behind a closing quote: up to delimiter or line end. */
static inline void copy_unquoted(struct walk *w)
{
	for (;;) {
		copy_plain(w, w->delim);
		if (*w->p == w->delim || at_line_end(w))
			return;
		put_escaped(w, (unsigned char)*w->p++);
	}
}

/* w->p is behind the opening quote. False when the bytes end before the closing one. */
static inline bool copy_quoted(struct walk *w)
{
	for (;;) {
		copy_plain(w, w->quote);
		char ch = *w->p;
		if (ch == w->quote) {
			if (w->p[1] != w->quote || w->p + 1 == w->end)
				break;
			w->p++;
			if (ch == '"')
				put_escaped(w, '"');
			else
				*w->o++ = ch;
			w->p++;
			continue;
		}
		if (ch == '\n') {
			if (w->p == w->end)
				return false;
			w->newlines++;
		} else if (ch == '\\' && w->backslash && (w->p[1] == w->quote || w->p[1] == '\\')) {
			ch = *++w->p;
			if (ch != '"' && ch != '\\') {
				*w->o++ = ch;
				w->p++;
				continue;
			}
		}
		put_escaped(w, (unsigned char)ch);
		w->p++;
	}
	w->p++;
	if (*w->p == w->delim || at_line_end(w))
		return true;
	/* text behind the closing quote: the quotes are part of the value */
	size_t q = w->quote == '"' ? 2 : 1;
	size_t n = (size_t)(w->o - w->value);
	room(w, FIELD_ROOM);
	memmove(w->value + q, w->value, n);
	w->value[0] = q == 2 ? '\\' : w->quote;
	w->value[q - 1] = w->quote;
	w->o += q;
	if (q == 2)
		*w->o++ = '\\';
	*w->o++ = w->quote;
	copy_unquoted(w);
	return true;
}

static bool is_number(const char *p, const char *e)
{
	if (p < e && *p == '-')
		p++;
	if (p == e || (unsigned)(*p - '0') > 9)
		return false;
	if (*p == '0')
		p++;
	else
		while (p < e && (unsigned)(*p - '0') <= 9)
			p++;
	if (p < e && *p == '.') {
		const char *d = ++p;
		while (p < e && (unsigned)(*p - '0') <= 9)
			p++;
		if (p == d)
			return false;
	}
	if (p < e && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < e && (*p == '+' || *p == '-'))
			p++;
		const char *d = p;
		while (p < e && (unsigned)(*p - '0') <= 9)
			p++;
		if (p == d)
			return false;
	}
	return p == e;
}

/* The field's value stands in [w->value, w->o) behind an opening quote: close it, or make it a token. */
static inline void end_field(struct walk *w, enum mdl_csv_kind kind, bool null)
{
	size_t n = (size_t)(w->o - w->value);
	if (n == 0 && null) {
		w->o--;
		memcpy(w->o, "null", 4);
		w->o += 4;
		return;
	}
	if (__builtin_expect(kind != MDL_CSV_STRING, 0)) {
		if (kind == MDL_CSV_NUMBER && is_number(w->value, w->o)) {
			memmove(w->value - 1, w->value, n);
			w->o--;
			return;
		}
		bool t = n == 4 && strncasecmp(w->value, "true", 4) == 0;
		if (kind == MDL_CSV_BOOLEAN && (t || (n == 5 && strncasecmp(w->value, "false", 5) == 0))) {
			memcpy(w->value - 1, t ? "true" : "false", n);
			w->o--;
			return;
		}
	}
	*w->o++ = '"';
}

#ifdef __SSE2__
/* Bits of 64 bytes: those that are the delimiter, those that need a closer look, those that are no ASCII. */
struct marks {
	uint64_t delims, others, high;
};

static inline struct marks marks_of(const char *p, char delim, char quote)
{
	const __m128i vdelim = _mm_set1_epi8(delim), vdouble = _mm_set1_epi8('"'),
		      vquote = _mm_set1_epi8(quote), vback = _mm_set1_epi8('\\'), vlow = _mm_set1_epi8(0x1f);
	struct marks m = {0, 0, 0};
	for (unsigned k = 0; k < 4; k++) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * k));
		__m128i odd = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(x, vdouble), _mm_cmpeq_epi8(x, vquote)),
			_mm_or_si128(_mm_cmpeq_epi8(x, vback), _mm_cmpeq_epi8(_mm_min_epu8(x, vlow), x)));
		m.delims |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, vdelim)) << 16 * k;
		m.others |= (uint64_t)(unsigned)_mm_movemask_epi8(odd) << 16 * k;
		m.high |= (uint64_t)(unsigned)_mm_movemask_epi8(x) << 16 * k;
	}
	/* a tab that delimits is no control byte */
	m.others &= ~m.delims;
	return m;
}
#endif

/* Most fields are short plain text: their ends are found 64 bytes at a time, and each is copied in one step, so that
 * no field waits for the one before. Fields from I on, as many as are so and end with a delimiter; returns the index of
 * the next, which w->p begins. */
static inline size_t copy_short_fields(const struct mdl_csv_reader *c, struct walk *w, size_t i, bool quotes)
{
#ifdef __SSE2__
	enum { BLOCK = 64, SHORT = 32 };
	const char *p = w->p, *block = p, delim = w->delim, quote = quotes ? w->quote : '"';
	char *o = w->o;
	for (bool more = true; more && block + BLOCK - SHORT <= w->end; block += BLOCK) {
		struct marks m = marks_of(block, delim, quote);
		uint64_t delims = m.others ? m.delims & ((m.others & -m.others) - 1) : m.delims;
		more = !m.others;
		for (; delims; delims &= delims - 1) {
			const struct column *col = &c->cols[i];
			size_t n = (size_t)(block + __builtin_ctzll(delims) - p);
			if (i >= c->ncols || n > SHORT || col->n > PREFIX_SLACK ||
			    col->kind != MDL_CSV_STRING ||
			    (size_t)(w->oend - o) < 2 * PREFIX_SLACK + FIELD_ROOM) {
				more = false;
				break;
			}
			memcpy(o, col->prefix, PREFIX_SLACK);
			o += col->n;
			memcpy(o, p, SHORT);
			o += n;
			if (n)
				*o++ = '"';
			else {
				memcpy(o - 1, "null", 4);
				o += 3;
			}
			p += n + 1;
			i++;
		}
		more = more && block + BLOCK - p <= SHORT;
		/* of what was copied, or may be with the next block; the rest is looked at again */
		if (more || p - block == BLOCK)
			w->high |= m.high != 0;
		else if (p > block)
			w->high |= (m.high & ((UINT64_C(1) << (p - block)) - 1)) != 0;
	}
	w->p = p;
	w->o = o;
#else
	(void)c;
	(void)w;
	(void)quotes;
#endif
	return i;
}

/* The record that begins at P. END is where the bytes end ('\n' stands there). */
static enum outcome parse_record(const struct mdl_csv_reader *c, const char *p, const char *end, bool final,
				 struct mdl_buf *out, struct record *rec)
{
	struct walk w = {.p = p,
			 .end = end,
			 .out = out,
			 .final = final,
			 .delim = c->delim,
			 .quote = c->quote,
			 .backslash = c->opts.backslash};
	bool quotes = !c->opts.no_quote, keep_empty = c->opts.keep_empty;
	size_t i = 0;

	if (!mdl_buf_reserve(out, FIELD_ROOM))
		mdl_bug("the block of rows has no limit");
	w.o = w.value = out->p + out->n;
	w.oend = out->p + out->cap;
	for (;; i++) {
		i = copy_short_fields(c, &w, i, quotes);
		/* fields beyond the last column are walked over the last one's place */
		const struct column *col = &c->cols[i < c->ncols ? i : c->ncols - 1];
		room(&w, col->n + PREFIX_SLACK + FIELD_ROOM);
		memcpy(w.o, col->prefix, PREFIX_SLACK);
		if (__builtin_expect(col->n > PREFIX_SLACK, 0))
			memcpy(w.o, col->prefix, col->n);
		w.o += col->n;
		w.value = w.o;
		bool null = true;
		if (quotes && *w.p == w.quote) {
			null = !keep_empty;
			w.p++;
			if (!copy_quoted(&w))
				return OPEN_QUOTE;
		} else {
			copy_unquoted(&w);
		}
		if (i < c->ncols)
			end_field(&w, col->kind, null);
		else
			w.o = w.value;
		if (*w.p != w.delim || w.p == end)
			break;
		w.p++;
	}
	rec->stop = w.p;
	rec->next = w.p + (*w.p == '\r') + 1;
	if (w.p == end || (*w.p == '\r' && w.p + 1 == end)) {
		if (!final)
			return UNFINISHED;
		rec->next = end;
	}
	rec->newlines = w.newlines;
	rec->fields = i + 1;
	rec->ascii = w.high == 0;
	if (i >= c->ncols)
		return EXTRA;
	out->n = (size_t)(w.o - out->p);
	return RECORD;
}

/* Columns */

static void set_column(struct mdl_csv_reader *c, size_t i, struct mdl_slice escaped)
{
	struct column *col = &c->cols[i];
	col->n = escaped.n + 5;
	col->prefix = mdl_zalloc(col->n + PREFIX_SLACK);
	char *p = col->prefix;
	*p++ = i ? ',' : '{';
	*p++ = '"';
	memcpy(p, escaped.p, escaped.n);
	memcpy(p + escaped.n, "\":\"", 3);
	struct mdl_buf plain = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_json_unescape(&plain, escaped);
	if (c->opts.kind)
		col->kind = c->opts.kind(c->opts.kind_ctx, mdl_buf_slice(&plain));
	mdl_buf_free(&plain);
}

struct header_name {
	struct mdl_slice text; /* JSON-escaped; NULL p when empty */
	size_t index;
	bool twice;
};

static int by_name(const void *a, const void *b)
{
	const struct header_name *x = a, *y = b;
	size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
	int r = n ? strncasecmp(x->text.p, y->text.p, n) : 0;
	return r ? r : (x->text.n > y->text.n) - (x->text.n < y->text.n);
}

static int by_index(const void *a, const void *b)
{
	const struct header_name *x = a, *y = b;
	return (x->index > y->index) - (x->index < y->index);
}

/* Spark's makeSafeHeader: names that differ in case at most get their index added. */
static void tell_apart(struct header_name *names, size_t n)
{
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 1; i < n; i++)
		if (names[i].text.p && names[i - 1].text.p && by_name(&names[i], &names[i - 1]) == 0)
			names[i].twice = names[i - 1].twice = true;
	qsort(names, n, sizeof(*names), by_index);
}

static int by_prefix(const void *a, const void *b)
{
	const struct column *x = *(const struct column *const *)a, *y = *(const struct column *const *)b;
	/* behind the first byte, which is '{' or ',' */
	return mdl_slice_cmp((struct mdl_slice){x->prefix + 1, x->n - 1},
			     (struct mdl_slice){y->prefix + 1, y->n - 1});
}

/* No two columns may have one name: of two members the last would count, and the first be lost. */
static int check_columns(const struct mdl_csv_reader *c, struct mdl_err *err)
{
	const struct column **sorted = mdl_array(c->ncols, sizeof(*sorted));
	int r = 0;
	for (size_t i = 0; i < c->ncols; i++)
		sorted[i] = &c->cols[i];
	qsort(sorted, c->ncols, sizeof(*sorted), by_prefix);
	for (size_t i = 1; i < c->ncols && !r; i++)
		if (by_prefix(&sorted[i], &sorted[i - 1]) == 0)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s: two columns have the name \"%.*s\"; name them with --columns",
					c->name, (int)(sorted[i]->n - 5), sorted[i]->prefix + 2);
	free(sorted);
	if (!r && c->ncols && c->cols[0].n == 11 && memcmp(c->cols[0].prefix + 2, "_medal", 6) == 0)
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s: the first column's name, _medal, is reserved for control lines; give the columns other "
			"names with --columns",
			c->name);
	return r;
}

static int set_columns(struct mdl_csv_reader *c, const struct header_name *names, size_t n,
		       struct mdl_err *err)
{
	free_columns(c->cols, c->ncols);
	c->cols = mdl_array(n, sizeof(*c->cols));
	c->ncols = n;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	for (size_t i = 0; i < n; i++) {
		mdl_buf_clear(&b);
		mdl_buf_puts_slice(&b, names[i].text);
		if (!names[i].text.p)
			mdl_buf_printf(&b, "_c%zu", i);
		else if (names[i].twice)
			mdl_buf_printf(&b, "%zu", i);
		set_column(c, i, mdl_buf_slice(&b));
	}
	mdl_buf_free(&b);
	c->ready = true;
	return check_columns(c, err);
}

static int use_given(struct mdl_csv_reader *c, struct mdl_err *err)
{
	size_t n = c->opts.ncolumns;
	struct header_name *names = mdl_array(n, sizeof(*names));
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	size_t *at = mdl_array(n + 1, sizeof(*at));
	for (size_t i = 0; i < n; i++) {
		mdl_json_escape(&b, mdl_slice_of(c->given[i]));
		at[i + 1] = b.n;
	}
	for (size_t i = 0; i < n; i++) {
		names[i].index = i;
		if (at[i + 1] > at[i])
			names[i].text = (struct mdl_slice){b.p + at[i], at[i + 1] - at[i]};
	}
	int r = set_columns(c, names, n, err);
	c->skip_header = !c->opts.no_header;
	mdl_buf_free(&b);
	free(at);
	free(names);
	return r;
}

/* The first record, read as a list of JSON strings, one a line: the names, JSON-escaped. 1: columns are set and
 * *REC tells the record's end; 0: more bytes are needed. */
static int read_names(struct mdl_csv_reader *c, const char *p, const char *end, enum mdl_rows_input input,
		      struct record *rec, struct mdl_err *err)
{
	char line[PREFIX_SLACK + 2] = "\n\"";
	struct column one = {line, 2, MDL_CSV_STRING};
	struct mdl_csv_reader tmp = *c;
	size_t delims = 1;
	for (const char *q = p; (q = memchr(q, c->delim, (size_t)(end - q))); q++)
		delims++;
	tmp.cols = mdl_array(delims, sizeof(*tmp.cols));
	for (size_t i = 0; i < delims; i++)
		tmp.cols[i] = one;
	tmp.ncols = delims;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	enum outcome o = parse_record(&tmp, p, end, input == MDL_ROWS_FINAL, &b, rec);
	free(tmp.cols);
	int r = 0;
	if (o == RECORD) {
		if (!rec->ascii && !mdl_utf8_valid((struct mdl_slice){p, (size_t)(rec->stop - p)})) {
			const char *utf16 = mdl_utf16_name((struct mdl_slice){p, (size_t)(end - p)});
			r = utf16 ? mdl_err_set(
					    err, MDL_TROUBLE,
					    "%s: the file seems to be UTF-16; convert it first: iconv -f %s -t UTF-8",
					    c->name, utf16)
				  : mdl_err_set(
					    err, MDL_TROUBLE,
					    "%s: the CSV header is not UTF-8; convert the file (iconv), or name the "
					    "columns with --columns",
					    c->name);
		} else {
			struct header_name *names = mdl_array(rec->fields, sizeof(*names));
			const char *q = b.p;
			for (size_t i = 0; i < rec->fields; i++) {
				const char *e = memchr(q + 1, '\n', (size_t)(b.p + b.n - q - 1));
				if (!e)
					e = b.p + b.n;
				names[i].index = i;
				if (q[1] == '"' && e - q > 3 && !c->opts.no_header)
					names[i].text = (struct mdl_slice){q + 2, (size_t)(e - q - 3)};
				q = e;
			}
			tell_apart(names, rec->fields);
			r = set_columns(c, names, rec->fields, err) ? -1 : 1;
			free(names);
		}
	} else if (input == MDL_ROWS_FINAL || input == MDL_ROWS_FULL || end - p > HEADER_LIMIT) {
		r = mdl_err_set(err, MDL_TROUBLE, "%s: the CSV header %s; is it a CSV file with this quote?",
				c->name,
				o == OPEN_QUOTE ? "opens a quoted name that is not closed" : "is too long");
	}
	mdl_buf_free(&b);
	return r;
}

/* Blocks */

/* P is at the start of a record: skip comments and lines of white space. */
static const char *skip_blank(const struct mdl_csv_reader *c, const char *p, const char *end, bool final,
			      struct mdl_rows *out)
{
	while (p < end) {
		const char *q = p;
		if (c->opts.comment && *p == c->opts.comment)
			q = memchr(p, '\n', (size_t)(end - p) + 1);
		while ((*q == ' ' || *q == '\t' || *q == '\r') && *q != c->delim)
			q++;
		if (*q != '\n' || (q == end && !final))
			break;
		out->blank++;
		out->line_no++;
		p = q == end ? q : q + 1;
	}
	return p;
}

/* The record at P is no row: append it as a bad one. */
static void bad_record(struct mdl_rows *out, const char *p, const char *stop, const char *reason)
{
	mdl_rows_push_bad(out, (struct mdl_slice){p, (size_t)(stop - p)}, out->line_no, reason);
}

static void end_row(const struct mdl_csv_reader *c, const struct record *rec, struct mdl_rows *out)
{
	if (rec->fields < c->ncols) {
		out->missing++;
		for (size_t i = rec->fields; i < c->ncols; i++) {
			mdl_buf_put(&out->text, c->cols[i].prefix, c->cols[i].n - 1);
			mdl_buf_put(&out->text, "null", 4);
		}
	}
	mdl_buf_put(&out->text, "}\n", 2);
	mdl_rows_push(out, out->line_no);
}

int mdl_csv_reader_run(struct mdl_csv_reader *c, char *p0, size_t n, enum mdl_rows_input input,
		       struct mdl_rows *out, size_t *used, struct mdl_err *err)
{
	const char *p = p0, *end = p0 + n;
	bool final = input == MDL_ROWS_FINAL;
	struct record rec;

	*used = 0;
	p0[n] = '\n';
	if (!c->ready && c->opts.ncolumns && use_given(c, err))
		return -1;
	while (out->text.n < MDL_ROWS_BYTES) {
		p = skip_blank(c, p, end, final, out);
		if (p == end)
			break;
		if (!c->ready) {
			int r = read_names(c, p, end,
					   p == p0 ? input
					   : final ? input
						   : MDL_ROWS_MORE,
					   &rec, err);
			if (r < 0)
				return -1;
			if (r == 0)
				break;
			if (!c->opts.no_header) {
				out->line_no += rec.newlines + 1;
				p = rec.next;
			}
			continue;
		}
		size_t row = out->text.n;
		enum outcome o = parse_record(c, p, end, final, &out->text, &rec);
		if (o == UNFINISHED || o == OPEN_QUOTE) {
			if (!final && !(p == p0 && input == MDL_ROWS_FULL))
				break;
			const char *nl = memchr(p, '\n', (size_t)(end - p));
			if (o == UNFINISHED || (!nl && !final))
				break;
			const char *stop = nl ? nl : end;
			bad_record(out, p, stop > p && stop[-1] == '\r' ? stop - 1 : stop,
				   "a quoted field is not closed");
			p = nl ? nl + 1 : end;
			out->line_no++;
			continue;
		}
		if (c->skip_header) {
			out->text.n = row;
			c->skip_header = false;
		} else if (!rec.ascii && !mdl_utf8_valid((struct mdl_slice){p, (size_t)(rec.stop - p)})) {
			out->text.n = row;
			bad_record(out, p, rec.stop, "not UTF-8");
		} else if (o == EXTRA) {
			bad_record(out, p, rec.stop, "more fields than columns");
		} else {
			end_row(c, &rec, out);
		}
		out->line_no += rec.newlines + 1;
		p = rec.next;
	}
	*used = (size_t)(p - p0);
	return 0;
}
