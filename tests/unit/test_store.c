/* SPDX-License-Identifier: MIT
 *
 * The state of a stage on disk: a chain of a snapshot and deltas comes back entry by
 * entry; what is damaged, missing, of another run or of other settings is refused and
 * never taken for empty; --fresh-state leaves it behind.
 */
#include "table_fixture.h"

#include <dirent.h>

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

/* Save ENTRIES (separated by spaces) as epoch N and enter it in a ledger. */
static void save(struct mdl_store *s, uint64_t epoch, const char *entries)
{
	struct mdl_begin b = begin_of(epoch);
	struct mdl_ledger l = {.epoch = (int64_t)epoch, .base = b.base};
	bool created;
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
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
	mdl_ledger_free(&l);
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
	save(&s, 0, "a bb");
	save(&s, 1, "ccc");
	save(&s, 2, "");
	save(&s, 3, "d a");
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
	struct mdl_buf got = MDL_BUF_INIT(1 << 20), want = MDL_BUF_INIT(1 << 20);
	char entry[16];
	mdl_store_init(&s, "keys", false);
	for (uint64_t n = 0; n < 500; n++) {
		snprintf(entry, sizeof(entry), "%d", (int)n);
		save(&s, n, entry);
		collect(&want, mdl_slice_of(entry), &err);
		/* without a wait for the second thread: what is small is waited for when there are 24 */
		assert_in_range(files_of(n), 1, 25);
	}
	/* in order, whatever became one */
	assert_int_equal(load_as(&s, 500, "dedupe", &got), 0);
	assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
	/* exactly the base that begin names, also in the middle */
	assert_int_equal(load_as(&s, 333, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got) + got.n - 4, "332,");
	mdl_store_free(&s);
	mdl_buf_free(&want);
	mdl_buf_free(&got);
}

static char *name_of(uint64_t epoch, size_t i)
{
	struct mdl_ledger l;
	assert_int_equal(mdl_ledger_read(scratch, (int64_t)epoch, &l, &err), 0);
	char *name = mdl_strdup(mdl_ledger_stage(&l, "dedupe")->states[i].name);
	mdl_ledger_free(&l);
	return name;
}

static uint64_t size_of(uint64_t epoch)
{
	struct mdl_ledger l;
	uint64_t bytes = 0;
	assert_int_equal(mdl_ledger_read(scratch, (int64_t)epoch, &l, &err), 0);
	const struct mdl_books *b = mdl_ledger_stage(&l, "dedupe");
	for (size_t i = 0; i < b->nstates; i++)
		bytes += b->states[i].size;
	mdl_ledger_free(&l);
	return bytes;
}

/* Text of N bytes without spaces that does not compress. */
static char *big(size_t n)
{
	static unsigned x = 1;
	char *p = mdl_zalloc(n + 1);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('!' + (x = x * 1103515245 + 12345) / 65536 % 90);
	return p;
}

static void an_epoch_writes_what_changed(void **state)
{
	(void)state;
	struct mdl_store s;
	char *p = big(3000000);
	mdl_store_init(&s, "keys", false);
	save(&s, 0, p);
	for (uint64_t n = 1; n < 20; n++) {
		uint64_t before = size_of(n - 1);
		save(&s, n, "x");
		/* 200: the header, the frame of a block */
		if (files_of(n) == files_of(n - 1) + 1)
			assert_in_range(size_of(n) - before, 1, 200);
		mdl_store_settle(&s);
	}
	/* the large one was never written again */
	char *first = name_of(19, 0);
	assert_true(strstr(first, "0.0123") == first);
	free(first);
	free(p);
	mdl_store_free(&s);
}

/* 'k1' says that k has the value 1, 'k-' that it has none, '=...' always stays. */
static enum mdl_store_look look(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
				struct mdl_buf *room)
{
	if (e->p[0] == '=')
		return MDL_STORE_KEEP;
	if (e->p[0] == '#') { /* '#5abc' says so up to a horizon of 5; of what goes on beyond a part stays */
		if (e->p[1] - '0' > horizon) {
			mdl_buf_clear(room);
			mdl_buf_put(room, e->p, 3);
			*e = mdl_buf_slice(room);
			return MDL_STORE_KEEP;
		}
		return MDL_STORE_DROP;
	}
	*identity = (struct mdl_slice){e->p, 1};
	return e->p[1] == '-' ? MDL_STORE_GONE : MDL_STORE_NEWEST;
}

static void init_merging(struct mdl_store *s, int64_t horizon)
{
	mdl_store_init(s, "keys", false);
	s->look = look;
	s->replaces = true;
	s->horizon = horizon;
}

static void merged_entries_say_the_same(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	char *p = big(100000), *q = mdl_asprintf("=%s", p), *name;
	init_merging(&s, 5);
	mdl_buf_puts(&s.head, "=head");
	save(&s, 0, "a1 b1 =x c1 #5gone #6kept");
	save(&s, 1, "a2 d1 a3");
	save(&s, 2, "b- e1 e- b2");
	/* by 64 KiB more than the first: the whole chain, so what is gone is gone */
	save(&s, 3, q);
	assert_int_equal(files_of(3), 4);
	mdl_store_settle(&s);
	save(&s, 4, "d- a4");
	assert_int_equal(files_of(4), 2);
	name = name_of(4, 0);
	assert_true(strstr(name, "4.0123") == name && strstr(name, ".snapshot"));
	free(name);
	assert_int_equal(load_as(&s, 5, "dedupe", &got), 0);
	mdl_buf_cstr(&got);
	char *at = strstr(got.p, p);
	assert_non_null(at);
	memmove(at, at + strlen(p), strlen(at + strlen(p)) + 1);
	assert_string_equal(got.p, "=head,=x,c1,#6k,d1,a3,b2,=,d-,a4,");
	/* old chains can be loaded as long as their ledgers are kept */
	assert_int_equal(load_as(&s, 3, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got), "a1,b1,=x,c1,#5gone,#6kept,a2,d1,a3,b-,e1,e-,b2,");
	free(q);
	free(p);
	mdl_store_free(&s);
	mdl_buf_free(&got);
}

/* Eight small files behind a large one become one, which still says what is gone: the large one may have it. */
static void eight_small_files_become_one(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	char *p = big(200000), *q = mdl_asprintf("=%s", p), *name, entry[] = "k0";
	init_merging(&s, 0);
	save(&s, 0, q);
	for (uint64_t n = 1; n < 8; n++) {
		entry[1]++;
		save(&s, n, entry);
		assert_int_equal(files_of(n), n + 1);
	}
	save(&s, 8, "k- m1");
	mdl_store_settle(&s);
	save(&s, 9, "");
	assert_int_equal(files_of(9), 2);
	name = name_of(9, 1);
	assert_true(strstr(name, "9.0123") == name && strstr(name, ".merged"));
	free(name);
	assert_int_equal(load_as(&s, 10, "dedupe", &got), 0);
	assert_string_equal(mdl_buf_cstr(&got) + got.n - 7, ",k-,m1,");
	free(q);
	free(p);
	mdl_store_free(&s);
	mdl_buf_free(&got);
}

enum { MANY = 1200000 };

static enum mdl_store_look look_at_numbers(int64_t horizon, struct mdl_slice *e, struct mdl_slice *identity,
					   struct mdl_buf *room)
{
	(void)horizon, (void)room;
	*identity = (struct mdl_slice){e->p, 4};
	return e->p[4] == '-' ? MDL_STORE_GONE : MDL_STORE_NEWEST;
}

static int collect_numbers(void *ctx, struct mdl_slice e, struct mdl_err *er)
{
	uint8_t *values = ctx;
	uint32_t n;
	(void)er;
	memcpy(&n, e.p, 4);
	assert_true(e.n == 5 && n < MANY);
	values[n] = (uint8_t)(values[n] ? '?' : e.p[4]); /* twice is wrong */
	return 0;
}

/* More identities than are dealt with at once: each is replaced, then one in three is gone. */
static void many_identities_are_merged_in_parts(void **state)
{
	(void)state;
	struct mdl_store s;
	uint8_t *values = mdl_zalloc(MANY);
	struct mdl_begin b;
	mdl_store_init(&s, "keys", false);
	s.look = look_at_numbers;
	s.replaces = true;
	for (uint64_t epoch = 0; epoch < 5; epoch++) {
		struct mdl_ledger l = {.epoch = (int64_t)epoch, .base = (int64_t)epoch - 1};
		struct mdl_books *books = mdl_zalloc(sizeof(*books));
		bool created;
		b = begin_of(epoch);
		mdl_books_init(books, "dedupe", true);
		assert_int_equal(mdl_store_save_begin(&s, &b, "dedupe", &err), 0);
		uint32_t step = epoch < 2 ? 1 : epoch == 2 ? 3 : MANY;
		for (uint32_t n = 0; n < MANY; n += step) {
			char e[5];
			memcpy(e, &n, 4);
			e[4] = epoch == 2 ? '-' : (char)('0' + epoch);
			assert_int_equal(mdl_store_put(&s, (struct mdl_slice){e, 5}, &err), 0);
		}
		assert_int_equal(mdl_store_save_end(&s, books, &err), 0);
		memcpy(l.run, run, sizeof(run));
		l.stages = books;
		l.nstages = 1;
		assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
		mdl_ledger_free(&l);
		mdl_store_settle(&s);
	}
	assert_int_equal(files_of(4), 2);
	/* the merged one alone: nothing is gone in it, for there is nothing older */
	struct mdl_err none = MDL_ERR_INIT;
	assert_int_equal(remove(in_scratch("medal/ledger/4")), 0);
	struct mdl_ledger l = {.epoch = 4, .base = 3};
	struct mdl_books one;
	bool created;
	mdl_books_init(&one, "dedupe", true);
	mdl_books_state(&one, s.chain[0].name, s.chain[0].size, s.chain[0].crc32c);
	memcpy(l.run, run, sizeof(run));
	l.stages = &one;
	l.nstages = 1;
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &none), 0);
	mdl_books_free(&one);
	b = begin_of(5);
	assert_int_equal(mdl_store_load(&s, &b, "dedupe", collect_numbers, values, &none), 0);
	for (uint32_t n = 0; n < MANY; n++)
		if (values[n] != (n == 0 ? '3' : n % 3 ? '1' : 0))
			fail_msg("%u has the value '%c'", n, values[n]);
	free(values);
	mdl_store_free(&s);
}

/* How many files there are whose names hold TEXT. */
static size_t files_like(const char *text)
{
	DIR *d = opendir(in_scratch("state/medal/dedupe"));
	size_t n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += strstr(e->d_name, text) != NULL;
	closedir(d);
	return n;
}

/* A merge that cannot write, that meets a damaged file, that is stopped or killed: the chain is what it was. */
static void a_merge_that_fails_is_harmless(void **state)
{
	(void)state;
	struct mdl_store s;
	struct mdl_buf got = MDL_BUF_INIT(1 << 20);
	char path[256];
	snprintf(path, sizeof(path), "state/medal/dedupe/.merge.%d.tmp", (int)getpid());
	init_merging(&s, 0);
	save(&s, 0, "a1");
	assert_int_equal(mkdir(in_scratch(path), 0777), 0);
	for (uint64_t n = 1; n < 8; n++)
		save(&s, n, "b1");
	mdl_store_settle(&s);
	save(&s, 8, "c1");
	assert_int_equal(files_of(8), 9);
	assert_int_equal(rmdir(in_scratch(path)), 0);
	/* after a rest it is tried again */
	save(&s, 9, "c2");
	save(&s, 10, "c3");
	mdl_store_settle(&s);
	save(&s, 11, "c4");
	assert_int_equal(files_of(11), 2);
	for (uint64_t n = 12; n < 18; n++)
		save(&s, n, "d1");
	assert_int_equal(files_of(17), 8);
	mdl_store_free(&s);
	/* the next program begins to merge, and ends; what another one left when it was killed goes */
	fclose(fopen(in_scratch("state/medal/dedupe/.merge.1.tmp"), "w"));
	init_merging(&s, 0);
	assert_int_equal(load_as(&s, 18, "dedupe", &got), 0);
	assert_int_equal(files_like("tmp"), 0);
	assert_string_equal(mdl_buf_cstr(&got), "a1,b1,c3,c4,d1,d1,d1,d1,d1,d1,");
	save(&s, 18, "e1");
	mdl_store_free(&s);
	assert_int_equal(files_like("tmp"), 0);
	/* a bit of a file that is merged has flipped */
	init_merging(&s, 0);
	assert_int_equal(load_as(&s, 19, "dedupe", &got), 0);
	char *name = name_of(18, 3);
	snprintf(path, sizeof(path), "state/medal/dedupe/%s", name);
	FILE *f = fopen(in_scratch(path), "r+");
	assert_int_equal(fputc('M', f), 'M');
	fclose(f);
	save(&s, 19, "f1");
	mdl_store_settle(&s);
	save(&s, 20, "f2");
	assert_int_equal(files_of(20), files_of(18) + 2);
	assert_int_equal(files_like("tmp"), 0);
	assert_int_equal(load_as(&s, 21, "dedupe", &got), -1);
	assert_non_null(strstr(err.msg, name));
	free(name);
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
	assert_int_equal(mdl_ledger_write(scratch, &l, -1, &created, &err), 0);
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
	save(&s, 2, "new");
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
		cmocka_unit_test_setup_teardown(an_epoch_writes_what_changed, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(merged_entries_say_the_same, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(eight_small_files_become_one, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(many_identities_are_merged_in_parts, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(a_merge_that_fails_is_harmless, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(long_entries_and_many, folders, remove_scratch),
		cmocka_unit_test_setup_teardown(what_is_not_that_state_is_refused, folders, remove_scratch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
