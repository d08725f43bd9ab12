/* SPDX-License-Identifier: MIT
 *
 * The state of a stage on disk: a chain of a snapshot and deltas comes back entry by
 * entry; what is damaged, missing, of another run or of other settings is refused and
 * never taken for empty; --fresh-state leaves it behind.
 */
#include "table_fixture.h"

#include "state/ledger_file.h"
#include "state/store.h"

static const char run[] = "0123456789abcdef0123456789abcdef";

static struct mdl_begin begin_of(uint64_t epoch)
{
	struct mdl_begin b = {.epoch = epoch, .base = (int64_t)epoch - 1, .checkpoint = scratch};
	memcpy(b.run, run, sizeof(run));
	if (epoch)
		memcpy(b.base_run, run, sizeof(run));
	return b;
}

static int folders(void **state)
{
	return make_scratch(state) || mkdir(in_scratch("medal"), 0777) ||
	       mkdir(in_scratch("medal/ledger"), 0777);
}

/* Entries as one text: "a,bb,". */
static int collect(void *ctx, struct mdl_slice e, struct mdl_err *er)
{
	(void)er;
	struct mdl_buf *b = ctx;
	mdl_buf_puts_slice(b, e);
	mdl_buf_putc(b, ',');
	return 0;
}

/* Save ENTRIES (separated by spaces) as epoch N and enter it in a ledger; returns whether a snapshot was wanted. */
static bool save(struct mdl_store *s, uint64_t epoch, const char *entries)
{
	struct mdl_begin b = begin_of(epoch);
	struct mdl_ledger l = {.epoch = (int64_t)epoch, .base = b.base};
	bool created, snapshot = s->want_snapshot;
	memcpy(l.run, run, sizeof(run));
	struct mdl_books *books = mdl_zalloc(sizeof(*books));
	mdl_books_init(books, "dedupe", true);
	assert_int_equal(mdl_store_save_begin(s, &b, "dedupe", &err), 0);
	for (const char *p = entries; *p;) {
		size_t n = strcspn(p, " ");
		assert_int_equal(mdl_store_put(s, (struct mdl_slice){p, n}, &err), 0);
		p += n + (p[n] == ' ');
	}
	assert_int_equal(mdl_store_save_end(s, books, &err), 0);
	l.stages = books;
	l.nstages = 1;
	assert_int_equal(mdl_ledger_write(scratch, &l, &created, &err), 0);
	mdl_ledger_free(&l);
	return snapshot;
}

static int load_as(struct mdl_store *s, uint64_t epoch, const char *stage, struct mdl_buf *got)
{
	struct mdl_begin b = begin_of(epoch);
	mdl_buf_clear(got);
	mdl_err_clear(&err);
	return mdl_store_load(s, &b, stage, collect, got, &err);
}

static void chain_comes_back_in_order(void **state)
{
	(void)state;
	struct mdl_store s, t;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	mdl_store_init(&s, "keys", false);
	assert_int_equal(load_as(&s, 0, "dedupe", &got), 0);
	assert_true(save(&s, 0, "a bb"));
	assert_false(save(&s, 1, "ccc"));
	assert_false(save(&s, 2, ""));
	assert_false(save(&s, 3, "d a"));
	mdl_store_free(&s);
	mdl_store_init(&t, "keys", false);
	assert_int_equal(load_as(&t, 4, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got), "a,bb,ccc,d,a,");
	/* exactly the base that begin names, not the newest */
	assert_int_equal(load_as(&t, 2, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got), "a,bb,ccc,");
	assert_int_equal(load_as(&t, 1, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got), "a,bb,");
	mdl_store_free(&t);
	mdl_buf_free(&got);
}

/* How many files the ledger of EPOCH names. */
static size_t files_of(uint64_t epoch)
{
	struct mdl_ledger l;
	assert_int_equal(mdl_ledger_read(scratch, (int64_t)epoch, &l, &err), 0);
	size_t n = mdl_ledger_stage(&l, "dedupe")->nstates;
	mdl_ledger_free(&l);
	return n;
}

static void long_chains_become_short(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	struct mdl_buf want = MDL_BUF_INIT(1 << 20);
	char entry[16];
	mdl_store_init(&s, "keys", false);
	for (uint64_t n = 0; n < 500; n++) {
		snprintf(entry, sizeof(entry), "%d", (int)n);
		assert_true(save(&s, n, entry) == (n == 0));
		collect(&want, mdl_slice_of(entry), &err);
		assert_in_range(files_of(n), 1, 28);
	}
	/* in order, whatever became one */
	assert_int_equal(load_as(&s, 500, "dedupe", &got), 0);
	assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
	/* exactly the base that begin names, also in the middle */
	assert_int_equal(load_as(&s, 333, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got) + got.n - 4, "332,");
	assert_int_equal(load_as(&s, 500, "dedupe", &got), 0);
	mdl_buf_free(&want);
	/* deltas larger than the snapshot: the next one is a snapshot; random text does not compress */
	static char big[300001];
	unsigned x = 1;
	for (size_t i = 0; i < sizeof(big) - 1; i++)
		big[i] = (char)('!' + (x = x * 1103515245 + 12345) / 65536 % 90);
	while (save(&s, 1000, "x")) {
		assert_int_equal(remove(in_scratch("medal/ledger/1000")), 0);
	}
	assert_false(save(&s, 1001, big));
	assert_true(save(&s, 1002, "x"));
	mdl_store_free(&s);
	mdl_buf_free(&got);
}

static void long_entries_and_many(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_begin b = begin_of(0);
	struct mdl_books books;
	struct mdl_buf e = MDL_BUF_INIT(1 << 24), got = MDL_BUF_INIT(1 << 26), want = MDL_BUF_INIT(1 << 26);
	mdl_store_init(&s, "keys", false);
	assert_int_equal(mdl_store_save_begin(&s, &b, "dedupe", &err), 0);
	for (size_t i = 0; i < 3000; i++) {
		mdl_buf_clear(&e);
		size_t n = i % 1000 == 7 ? 1000000 : i % 300; /* empty ones, too */
		for (size_t k = 0; k < n; k++)
			mdl_buf_putc(&e, (char)(i * 7 + k));
		assert_int_equal(mdl_store_put(&s, mdl_buf_slice(&e), &err), 0);
		collect(&want, mdl_buf_slice(&e), &err);
	}
	mdl_books_init(&books, "dedupe", true);
	assert_int_equal(mdl_store_save_end(&s, &books, &err), 0);
	struct mdl_ledger l = {.epoch = 0, .base = -1, .stages = &books, .nstages = 1};
	bool created;
	memcpy(l.run, run, sizeof(run));
	assert_int_equal(mdl_ledger_write(scratch, &l, &created, &err), 0);
	assert_int_equal(load_as(&s, 1, "dedupe", &got), 0);
	assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
	mdl_books_free(&books);
	mdl_store_free(&s);
	mdl_buf_free(&e);
	mdl_buf_free(&got);
	mdl_buf_free(&want);
}

static void must_be_refused(const char *settings, uint64_t epoch, const char *stage, const char *words)
{
	struct mdl_store t;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	mdl_store_init(&t, settings, false);
	assert_int_equal(load_as(&t, epoch, stage, &got), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
	mdl_store_free(&t);
	mdl_buf_free(&got);
}

static char *file_of(const char *kind, uint64_t epoch)
{
	char name[128];
	snprintf(name, sizeof(name), "state/medal/dedupe/%llu.%s.%s", (unsigned long long)epoch, run, kind);
	return in_scratch(name);
}

static void what_is_not_that_state_is_refused(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20), text = MDL_BUF_INIT(1 << 20);
	mdl_store_init(&s, "keys a", false);
	save(&s, 0, "a bb");
	save(&s, 1, "ccc");
	mdl_store_free(&s);
	must_be_refused("keys b", 2, "dedupe", "other settings");
	must_be_refused("keys a", 2, "dedupe-2", "'dedupe-2' is new");
	must_be_refused("keys a", 7, "dedupe", "was not made by medal");
	/* decided by another run than begin says */
	struct mdl_begin b = begin_of(2);
	b.base_run[0] = 'f';
	mdl_store_init(&s, "keys a", false);
	assert_int_equal(mdl_store_load(&s, &b, "dedupe", collect, &got, &err), -1);
	mdl_store_free(&s);

	char *path = file_of("delta", 1);
	assert_int_equal(mdl_file_read(path, &text, &err), 0);
	for (size_t n = 0; n < text.n; n++) {
		assert_int_equal(truncate(path, 0), 0);
		FILE *f = fopen(path, "w");
		assert_int_equal(fwrite(text.p, 1, n, f), n);
		fclose(f);
		must_be_refused("keys a", 2, "dedupe", "damaged");
	}
	for (size_t i = 0; i < text.n * 8; i++) {
		FILE *f = fopen(path, "w");
		text.p[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
		fclose(f);
		text.p[i / 8] ^= (char)(1 << i % 8);
		must_be_refused("keys a", 2, "dedupe", "damaged");
	}
	assert_int_equal(remove(path), 0);
	must_be_refused("keys a", 2, "dedupe", "cannot be opened");
	/* the way out */
	mdl_store_init(&s, "keys b", true);
	assert_int_equal(load_as(&s, 2, "dedupe", &got), 0);
	assert_int_equal(got.n, 0);
	assert_true(save(&s, 2, "new"));
	assert_false(s.fresh); /* once */
	assert_int_equal(load_as(&s, 3, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got), "new,");
	mdl_store_free(&s);
	mdl_buf_free(&got);
	mdl_buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(chain_comes_back_in_order, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(long_chains_become_short, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(long_entries_and_many, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(what_is_not_that_state_is_refused, folders, remove_scratch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
