/* SPDX-License-Identifier: MIT
 *
 * Kafka's records as rows: see kafka_rows.h.
 */
#include "source/kafka_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "json/text.h"

int mdl_kafka_rows_init(struct mdl_kafka_rows *kr, struct mdl_ingest_rows *rows,
			const struct mdl_kafka_rows_opts *o, struct mdl_err *err)
{
	memset(kr, 0, sizeof(*kr));
	kr->rows = rows;
	kr->o = *o;
	mdl_rows_init(&kr->block);
	mdl_buf_init(&kr->value, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&kr->key_member, MDL_BUF_NO_LIMIT);
	kr->weblog.kind = o->format.weblog.kind;
	if (!kr->o.format.max_record_bytes)
		kr->o.format.max_record_bytes = MDL_FILE_MAX_RECORD;
	if (o->key_as) {
		mdl_json_quote(&kr->key_member, mdl_slice_of(o->key_as));
		mdl_buf_putc(&kr->key_member, ':');
	}
	if (o->format.format != MDL_FILE_CSV)
		return 0;
	if (!o->format.csv.ncolumns)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"--format csv from a topic needs --columns NAMES or --schema: records have no header to take names from");
	struct mdl_csv_opts csv = o->format.csv;
	csv.no_header = true;
	kr->csv = mdl_csv_reader_new(&csv, "the topic", err);
	return kr->csv ? 0 : -1;
}

void mdl_kafka_rows_free(struct mdl_kafka_rows *kr)
{
	for (size_t i = 0; i < kr->nmsgs; i++)
		rd_kafka_message_destroy(kr->msgs[i]);
	free(kr->msgs);
	free(kr->msg_of);
	mdl_rows_free(&kr->block);
	mdl_buf_free(&kr->value);
	mdl_buf_free(&kr->key_member);
	mdl_csv_reader_free(kr->csv);
}

/* ---- What a row is asked for ---- */

static const rd_kafka_message_t *msg_of(const struct mdl_kafka_rows *kr, size_t row)
{
	return kr->msgs[kr->msg_of[row]];
}

static void place(void *ctx, size_t row, const char *in_line, struct mdl_row_error *e)
{
	const rd_kafka_message_t *m = msg_of(ctx, row);
	(void)in_line;
	e->topic = rd_kafka_topic_name(m->rkt);
	e->partition = m->partition;
	e->offset = (uint64_t)m->offset;
}

static struct mdl_slice raw(void *ctx, size_t row, struct mdl_slice line, const char **why)
{
	struct mdl_kafka_rows *kr = ctx;
	const rd_kafka_message_t *m = msg_of(kr, row);
	const struct mdl_rows *b = &kr->block;
	(void)line;
	while (kr->next_bad < b->nbad && b->bad[kr->next_bad].row < row)
		kr->next_bad++;
	if (kr->next_bad < b->nbad && b->bad[kr->next_bad].row == row)
		*why = b->bad[kr->next_bad].reason;
	return (struct mdl_slice){m->payload, m->len};
}

/* Bytes as a JSON string, or, when they are no text, as {"base64":"..."}. */
static void put_bytes(struct mdl_buf *out, const void *p, size_t n)
{
	struct mdl_slice s = {p, n};
	if (!p) {
		mdl_buf_puts(out, "null");
	} else if (mdl_utf8_valid(s)) {
		mdl_json_quote(out, s);
	} else {
		mdl_buf_puts(out, "{\"base64\":\"");
		mdl_json_base64(out, s);
		mdl_buf_puts(out, "\"}");
	}
}

static void put_headers(struct mdl_buf *out, const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *h;
	const char *name;
	const void *value;
	size_t n;
	if (rd_kafka_message_headers(m, &h))
		return;
	mdl_buf_puts(out, ",\"headers\":[");
	for (size_t i = 0; !rd_kafka_header_get_all(h, i, &name, &value, &n); i++) {
		mdl_buf_puts(out, i ? ",{\"key\":" : "{\"key\":");
		mdl_json_quote(out, mdl_slice_of(name));
		mdl_buf_puts(out, ",\"value\":");
		put_bytes(out, value, n);
		mdl_buf_putc(out, '}');
	}
	mdl_buf_putc(out, ']');
}

static void put_place(struct mdl_buf *out, const rd_kafka_message_t *m)
{
	mdl_buf_puts(out, "\"_metadata\":{\"topic\":");
	mdl_json_quote(out, mdl_slice_of(rd_kafka_topic_name(m->rkt)));
	mdl_buf_printf(out, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64, m->partition, m->offset);
}

/* Spark's names of a Kafka record's columns. */
static void put_metadata(struct mdl_buf *out, const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t type;
	int64_t ms = rd_kafka_message_timestamp(m, &type);
	put_place(out, m);
	if (ms >= 0 && type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
		time_t s = (time_t)(ms / 1000);
		struct tm tm;
		char text[40] = "";
		if (gmtime_r(&s, &tm))
			strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
		mdl_buf_printf(out, ",\"timestamp\":\"%s.%03dZ\",\"timestampType\":%d", text,
			       (int)(ms % 1000), type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME);
	}
	mdl_buf_puts(out, ",\"key\":");
	put_bytes(out, m->key, m->key_len);
	put_headers(out, m);
	mdl_buf_putc(out, '}');
}

static void members(void *ctx, size_t row, struct mdl_buf *out)
{
	struct mdl_kafka_rows *kr = ctx;
	const rd_kafka_message_t *m = msg_of(kr, row);
	if (kr->o.key_as) {
		mdl_buf_puts_slice(out, mdl_buf_slice(&kr->key_member));
		put_bytes(out, m->key, m->key_len);
	}
	if (!kr->o.metadata && m->payload)
		return;
	if (out->n)
		mdl_buf_putc(out, ',');
	/* of a tombstone the key is all there is */
	put_metadata(out, m);
}

static void corrupt_members(void *ctx, size_t row, struct mdl_buf *out)
{
	struct mdl_kafka_rows *kr = ctx;
	if (kr->o.metadata) {
		members(ctx, row, out);
		return;
	}
	put_place(out, msg_of(ctx, row));
	mdl_buf_putc(out, '}');
}

/* ---- A value becomes lines ---- */

static void push_row(struct mdl_kafka_rows *kr)
{
	MDL_GROW(kr->msg_of, kr->nrows, kr->msg_of_cap);
	kr->msg_of[kr->nrows++] = (uint32_t)(kr->nmsgs - 1);
}

/* Line ends in JSON stand between its tokens alone, where a blank means the same. */
static void put_json(struct mdl_kafka_rows *kr, const char *p, size_t n)
{
	struct mdl_buf *b = &kr->block.text;
	while (n && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	mdl_buf_put(b, p, n);
	if (n && memchr(p, '\n', n))
		for (char *c = b->p + b->n - n, *end = b->p + b->n; (c = memchr(c, '\n', (size_t)(end - c)));)
			*c = ' ';
	mdl_buf_putc(b, '\n');
	push_row(kr);
}

static void put_text(struct mdl_kafka_rows *kr, struct mdl_slice value)
{
	struct mdl_rows *b = &kr->block;
	if (!mdl_utf8_valid(value)) {
		b->base = value.p;
		mdl_rows_push_bad(b, value, 0, "invalid UTF-8");
	} else {
		mdl_buf_puts(&b->text, "{\"value\":");
		mdl_json_quote(&b->text, value);
		mdl_buf_puts(&b->text, "}\n");
		mdl_rows_push(b, 0);
	}
	push_row(kr);
}

/* Write the rows out that there are; the messages stay. */
static int emit_block(struct mdl_kafka_rows *kr, struct mdl_err *err)
{
	bool all = kr->o.metadata || kr->o.key_as || kr->has_tombstones;
	uint64_t rows;
	int r = 0;
	if (kr->block.text.n) {
		mdl_rows_pad(&kr->block);
		kr->next_bad = 0;
		struct mdl_ingest_block b = {.text = mdl_buf_slice(&kr->block.text),
					     .max_record = kr->o.format.max_record_bytes,
					     .ctx = kr,
					     .place = place,
					     .members = all ? members : NULL,
					     .raw = raw,
					     .corrupt_members = corrupt_members};
		r = mdl_ingest_rows_block(kr->rows, &b, &rows, err);
	}
	kr->nrows = 0;
	kr->has_tombstones = false;
	mdl_rows_clear(&kr->block);
	return r;
}

/* CSV and log lines, by the readers of files. */
static int convert(struct mdl_kafka_rows *kr, struct mdl_slice value, struct mdl_err *err)
{
	struct mdl_rows *b = &kr->block;
	size_t at = 0, before = b->n;
	uint64_t blank = b->blank;
	mdl_buf_clear(&kr->value);
	mdl_buf_puts_slice(&kr->value, value);
	mdl_buf_reserve(&kr->value, MDL_SCAN_PADDING);
	while (at < value.n) {
		size_t used = 0, rows = b->n;
		char *p = kr->value.p + at;
		if (b->text.n >= MDL_ROWS_BYTES) { /* a value of very many rows */
			for (; before < b->n; before++)
				push_row(kr);
			if (emit_block(kr, err))
				return -1;
			before = rows = 0;
		}
		b->base = p;
		if (!kr->csv)
			mdl_weblog_reader_run(&kr->weblog, p, value.n - at, MDL_ROWS_FINAL, b, &used);
		else if (mdl_csv_reader_run(kr->csv, p, value.n - at, MDL_ROWS_FINAL, b, &used, err))
			return -1;
		at += used;
		if (!used && b->n == rows)
			break;
	}
	for (; before < b->n; before++)
		push_row(kr);
	kr->rows->f.books.in += b->blank - blank;
	mdl_filter_bucket(&kr->rows->f, "blank", b->blank - blank);
	return 0;
}

int mdl_kafka_rows_put(struct mdl_kafka_rows *kr, rd_kafka_message_t *m, struct mdl_err *err)
{
	struct mdl_slice value = {m->payload, m->len};
	if (!m->payload && !kr->o.tombstones) {
		rd_kafka_message_destroy(m);
		kr->rows->f.books.in++;
		mdl_filter_bucket(&kr->rows->f, "tombstone", 1);
		return 0;
	}
	MDL_GROW(kr->msgs, kr->nmsgs, kr->msgs_cap);
	kr->msgs[kr->nmsgs++] = m;
	if (!m->payload) {
		kr->has_tombstones = true;
		put_json(kr, "{}", 2);
		if (kr->o.format.format != MDL_FILE_JSON)
			mdl_rows_push(&kr->block, 0);
	} else if (kr->o.format.format == MDL_FILE_JSON) {
		put_json(kr, m->payload, m->len);
	} else if (kr->o.format.format == MDL_FILE_TEXT) {
		put_text(kr, value);
	} else if (convert(kr, value, err)) {
		return mdl_err_wrap(err, "%s [%" PRId32 "] at offset %" PRId64, rd_kafka_topic_name(m->rkt),
				    m->partition, m->offset);
	}
	if (kr->block.text.n < MDL_ROWS_BYTES && kr->nmsgs < MDL_BATCH_ROWS)
		return 0;
	return mdl_kafka_rows_flush(kr, err);
}

int mdl_kafka_rows_flush(struct mdl_kafka_rows *kr, struct mdl_err *err)
{
	int r = emit_block(kr, err);
	for (size_t i = 0; i < kr->nmsgs; i++)
		rd_kafka_message_destroy(kr->msgs[i]);
	kr->nmsgs = 0;
	return r;
}
