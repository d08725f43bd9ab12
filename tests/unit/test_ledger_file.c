/* SPDX-License-Identifier: MIT
 *
 * medal/ledger/N: written and read back whole; torn at every length, flipped in every
 * bit or moved to another number it is refused; and books that do not balance are.
 */
#include "table_fixture.h"

#include "state/ledger_file.h"
#include "stream/books_json.h"
#include "stream/ledger.h"

static const char run[] = "0123456789abcdef0123456789abcdef";

static void add_stage(struct mdl_ledger *l, const char *name, bool passes, uint64_t in, uint64_t out)
{
	l->stages = mdl_rearray(l->stages, l->nstages + 1, sizeof(*l->stages));
	struct mdl_books *b = &l->stages[l->nstages++];
	mdl_books_init(b, name, passes);
	b->in = in;
	b->out = out;
	/* equal counts get equal sums, as the same rows would have */
	b->in_sum = (struct mdl_sum){in * 3, in};
	b->out_sum = (struct mdl_sum){out * 3, out};
}

/* ingest 10 -> validate drops 2, 1 quarantined -> aggregate -> write */
static void fill(struct mdl_ledger *l)
{
	memset(l, 0, sizeof(*l));
	l->epoch = 5;
	l->base = 4;
	memcpy(l->run, run, sizeof(run));
	memcpy(l->base_run, run, sizeof(run));
	l->watermark_ms = INT64_C(1704066900000);
	l->next_watermark_ms = INT64_C(1704067200000);
	l->want_no_data = true;
	l->decided_ms = 12345;
	add_stage(l, "ingest", true, 10, 10);
	add_stage(l, "validate", true, 10, 7);
	mdl_books_bucket(&l->stages[1], "dropped:has \"user\"", 2);
	mdl_books_bucket(&l->stages[1], "quarantined", 1);
	add_stage(l, "aggregate", false, 7, 3);
	mdl_books_bucket(&l->stages[2], "grouped", 6);
	mdl_books_bucket(&l->stages[2], "late", 1);
	mdl_books_state(&l->stages[2], "5.0123.snapshot", 321, 0xdeadbeef);
	l->stages[2].held = 4;
	mdl_books_state_rows(&l->stages[2], &(struct mdl_ledger_rows){.total = UINT64_C(1) << 60,
								      .updated = 3,
								      .removed = 2,
								      .commit_us = 1500,
								      .memory_bytes = 77});
	add_stage(l, "write", false, 3, 0);
	struct mdl_ledger_file f = {.table = (char *)(uintptr_t) "/t/\xc3\xa4",
				    .path = (char *)(uintptr_t) "level=free/part-5-0.ndjson",
				    .hidden = (char *)(uintptr_t) "_medal_pending/5.0",
				    .size = 99,
				    .rows = 3,
				    .sum = {1, UINT64_MAX}};
	mdl_books_file(&l->stages[3], &f);
	mdl_books_table(&l->stages[3], "/t/\xc3\xa4", "id/write", false);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	struct mdl_ledger l, r;
	bool created;
	fill(&l);
	assert_int_equal(mkdir(in_scratch("medal"), 0777), 0);
	assert_int_equal(mkdir(in_scratch("medal/ledger"), 0777), 0);
	assert_int_equal(mdl_ledger_read(scratch, 5, &r, &err), 1);
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
	assert_true(created);
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
	assert_false(created); /* decided once */
	assert_int_equal(mdl_ledger_read(scratch, 5, &r, &err), 0);
	assert_int_equal(mdl_ledger_check(&r, &err), 0);
	assert_int_equal(r.epoch, 5);
	assert_int_equal(r.base, 4);
	assert_string_equal(r.run, run);
	assert_string_equal(r.base_run, run);
	assert_int_equal(r.watermark_ms, l.watermark_ms);
	assert_int_equal(r.next_watermark_ms, l.next_watermark_ms);
	assert_true(r.want_no_data);
	assert_false(r.final);
	assert_int_equal(r.nstages, 4);
	const struct mdl_books *b = mdl_ledger_stage(&r, "validate");
	assert_non_null(b);
	assert_null(mdl_ledger_stage(&r, "valid"));
	assert_int_equal(b->nbuckets, 2);
	assert_string_equal(b->buckets[0].name, "dropped:has \"user\"");
	assert_int_equal(b->buckets[0].rows, 2);
	assert_true(b->passes);
	assert_int_equal(b->held, -1);
	b = mdl_ledger_stage(&r, "aggregate");
	assert_int_equal(b->states[0].crc32c, 0xdeadbeef);
	assert_int_equal(b->states[0].size, 321);
	assert_int_equal(b->held, 4);
	struct mdl_ledger_rows rows;
	assert_true(mdl_books_get_state_rows(b, &rows));
	assert_true(rows.total == UINT64_C(1) << 60 && rows.updated == 3 && rows.removed == 2);
	assert_true(rows.commit_us == 1500 && rows.memory_bytes == 77);
	assert_false(mdl_books_get_state_rows(mdl_ledger_stage(&l, "write"), &rows));
	b = mdl_ledger_stage(&r, "write");
	assert_string_equal(b->files[0].table, "/t/\xc3\xa4");
	assert_true(b->files[0].sum.hi == UINT64_MAX && b->files[0].sum.lo == 1);
	assert_string_equal(b->tables[0].owner, "id/write");
	mdl_ledger_free(&l);
	mdl_ledger_free(&r);
}

static void put_bytes(const char *p, size_t n)
{
	FILE *f = fopen(in_scratch("medal/ledger/5"), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void must_be_refused(const char *how, size_t where)
{
	struct mdl_ledger r;
	struct mdl_err e = MDL_ERR_INIT;
	int got = mdl_ledger_read(scratch, 5, &r, &e);
	if (got != -1 || e.status != MDL_TROUBLE || !strstr(e.msg, "ledger/5"))
		fail_msg("a ledger %s at %zu: %d '%s'", how, where, got, e.msg);
}

static void damage_is_refused(void **state)
{
	(void)state;
	struct mdl_ledger l;
	bool created;
	fill(&l);
	mkdir(in_scratch("medal"), 0777);
	mkdir(in_scratch("medal/ledger"), 0777);
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
	mdl_ledger_free(&l);
	struct mdl_buf text = MDL_BUF_INIT(1 << 20);
	assert_int_equal(mdl_file_read(in_scratch("medal/ledger/5"), &text, &err), 0);
	for (size_t n = 0; n < text.n; n++) {
		put_bytes(text.p, n);
		must_be_refused("cut", n);
	}
	for (size_t i = 0; i < text.n * 8; i++) {
		text.p[i / 8] ^= (char)(1 << i % 8);
		put_bytes(text.p, text.n);
		must_be_refused("flipped", i);
		text.p[i / 8] ^= (char)(1 << i % 8);
	}
	char *zeros = mdl_zalloc(text.n);
	put_bytes(zeros, text.n);
	must_be_refused("of zeros", 0);
	free(zeros);
	put_bytes(text.p, text.n);
	struct mdl_ledger r;
	assert_int_equal(mdl_ledger_read(scratch, 5, &r, &err), 0);
	mdl_ledger_free(&r);
	/* a copy under another number is not that epoch's */
	assert_int_equal(rename(in_scratch("medal/ledger/5"), in_scratch("medal/ledger/6")), 0);
	assert_int_equal(mdl_ledger_read(scratch, 6, &r, &err), -1);
	assert_non_null(strstr(err.msg, "epoch 5"));
	mdl_buf_free(&text);
}

static void refused(struct mdl_ledger *l, const char *words)
{
	struct mdl_err e = MDL_ERR_INIT;
	assert_int_equal(mdl_ledger_check(l, &e), -1);
	assert_int_equal(e.status, MDL_TROUBLE);
	if (!strstr(e.msg, words))
		fail_msg("'%s' does not say '%s'", e.msg, words);
	mdl_ledger_free(l);
}

static void books_must_balance(void **state)
{
	(void)state;
	struct mdl_ledger l;
	fill(&l);
	assert_int_equal(mdl_ledger_check(&l, &err), 0);
	mdl_ledger_free(&l);

	fill(&l); /* a row lost between two stages */
	l.stages[1].in = 9;
	refused(&l, "ingest gave 10 rows, validate got 9");
	fill(&l); /* a row changed on the way */
	l.stages[1].in_sum.hi++;
	refused(&l, "were changed on the way");
	fill(&l);
	l.stages[3].in_sum.lo++;
	refused(&l, "between aggregate and write");
	fill(&l); /* a row lost in a filter */
	l.stages[1].buckets[1].rows = 0;
	refused(&l, "validate took 10 rows and accounts for 9");
	fill(&l); /* in a stage that groups */
	l.stages[2].buckets[0].rows = 5;
	refused(&l, "aggregate took 7 rows and accounts for 6");
	fill(&l); /* in the sink */
	l.stages[3].files[0].rows = 2;
	refused(&l, "write took 3 rows and accounts for 2");
	fill(&l); /* what went to a side table is in a bucket, not in the table */
	l.stages[3].tables[0].side = true;
	mdl_books_table(&l.stages[3], "/main", "id/write", false);
	refused(&l, "write took 3 rows and accounts for 0");
}

static void sums_are_of_128_bits_and_without_order(void **state)
{
	(void)state;
	struct mdl_sum a = {UINT64_MAX, 1}, b = {2, UINT64_MAX - 1}, c = a;
	mdl_sum_add(&c, b);
	assert_true(c.lo == 1 && c.hi == 0); /* 1 + max - 1 + the carry wraps */
	struct mdl_sum d = b, e;
	mdl_sum_add(&d, a);
	assert_true(d.lo == c.lo && d.hi == c.hi);
	char hex[33];
	mdl_sum_hex(a, hex);
	assert_string_equal(hex, "0000000000000001ffffffffffffffff");
	assert_true(mdl_sum_from_hex(&e, hex) && e.lo == a.lo && e.hi == a.hi);
	assert_false(mdl_sum_from_hex(&e, "0000000000000001fffffffffffffff"));
	assert_false(mdl_sum_from_hex(&e, "0000000000000001FFFFFFFFFFFFFFFF"));
	assert_false(mdl_sum_from_hex(&e, NULL));
	/* XXH3-128 of nothing, from xxhash's own documentation of test vectors: xxhsum -H128 */
	struct mdl_sum none = mdl_sum_line(MDL_SLICE(""));
	mdl_sum_hex(none, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	struct mdl_sum_stream *s = mdl_sum_stream_new();
	mdl_sum_stream_put(s, MDL_SLICE("{\"a\":"));
	mdl_sum_stream_put(s, MDL_SLICE(""));
	mdl_sum_stream_put(s, MDL_SLICE("1}"));
	struct mdl_sum parts = mdl_sum_stream_end(s), whole = mdl_sum_line(MDL_SLICE("{\"a\":1}"));
	assert_true(parts.lo == whole.lo && parts.hi == whole.hi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_written_is_read, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(damage_is_refused, make_scratch, remove_scratch),
		cmocka_unit_test(books_must_balance),
		cmocka_unit_test(sums_are_of_128_bits_and_without_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
