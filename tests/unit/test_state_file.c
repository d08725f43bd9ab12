/* SPDX-License-Identifier: MIT
 *
 * State files: entries come back, packed or not, of medal 0.1, too; files are small where packing pays, and otherwise no
 * larger than what is in them; what is not whole is refused although its checksum is right.
 */
#include "table_fixture.h"

#include <fcntl.h>

#include "state/state_file.h"

static const struct mdl_state_head about = {.stage = "dedupe", .run = "0123", .settings = "keys", .epoch = 7};

/* Entry number I of a file: empty ones, long ones; random bytes or words. */
static size_t make_entry(char *to, size_t i, bool packs)
{
	static unsigned x = 7;
	size_t n = i % 100 == 99 ? 400000 : i % 300;
	for (size_t k = 0; k < n; k++)
		to[k] = packs ? "level=free "[k % 11] : (char)((x = x * 1103515245 + 12345) >> 16);
	return n;
}

static void write_file(const char *name, size_t entries, bool packs, struct mdl_buf *all,
		       struct mdl_state_writer *w)
{
	struct mdl_compress_blocks pack = {0};
	char *e = mdl_alloc(400000);
	assert_int_equal(mdl_state_writer_open(w, in_scratch(name), &about, &pack, false, &err), 0);
	for (size_t i = 0; i < entries; i++) {
		size_t n = make_entry(e, i, packs);
		assert_int_equal(mdl_state_writer_put(w, (struct mdl_slice){e, n}, &err), 0);
		mdl_buf_put(all, e, n);
		mdl_buf_putc(all, '|');
	}
	assert_int_equal(mdl_state_writer_end(w, &err), 0);
	mdl_compress_blocks_free(&pack);
	free(e);
}

static int read_file(const char *name, uint64_t size, uint32_t crc, struct mdl_buf *all)
{
	struct mdl_state_reader r;
	struct mdl_slice e;
	mdl_err_clear(&err);
	int more = mdl_state_reader_open(&r, in_scratch(name), size, crc, "keys", &err) ? -1 : 1;
	while (more > 0 && (more = mdl_state_reader_next(&r, &e, &err)) > 0) {
		mdl_buf_puts_slice(all, e);
		mdl_buf_putc(all, '|');
	}
	if (!more)
		assert_int_equal(mdl_state_reader_next(&r, &e, &err), 0);
	mdl_state_reader_close(&r);
	return more;
}

static void entries_come_back(void **state)
{
	(void)state;
	static const size_t counts[] = {0, 1, 2, 99, 100, 1000};
	for (size_t k = 0; k < 2 * sizeof(counts) / sizeof(*counts); k++) {
		struct mdl_buf want = MDL_BUF_INIT(1 << 28), got = MDL_BUF_INIT(1 << 28);
		struct mdl_state_writer w;
		struct stat st;
		write_file("f", counts[k / 2], k % 2, &want, &w);
		assert_int_equal(stat(in_scratch("f"), &st), 0);
		assert_int_equal(w.size, st.st_size);
		assert_int_equal(read_file("f", w.size, w.crc, &got), 0);
		assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
		assert_true(w.size < (k % 2 ? want.n / 10 : want.n + want.n / 50) + 200);
		mdl_buf_free(&want);
		mdl_buf_free(&got);
	}
}

/* Blocks of several files go into one as they are. */
static void files_are_joined(void **state)
{
	(void)state;
	struct mdl_buf want = MDL_BUF_INIT(1 << 28), got = MDL_BUF_INIT(1 << 28);
	struct mdl_state_writer in[3], out;
	struct mdl_compress_blocks pack = {0};
	static const char *const names[] = {"a", "b", "c"};
	assert_int_equal(mdl_state_writer_open(&out, in_scratch("all"), &about, &pack, true, &err), 0);
	assert_int_equal(mdl_state_writer_put(&out, mdl_slice_of("first"), &err), 0);
	mdl_buf_puts(&want, "first|");
	for (size_t i = 0; i < 3; i++) {
		struct mdl_state_reader r;
		int more;
		write_file(names[i], i * 150, i % 2, &want, &in[i]);
		assert_int_equal(
			mdl_state_reader_open(&r, in_scratch(names[i]), in[i].size, in[i].crc, NULL, &err),
			0);
		while ((more = mdl_state_reader_copy(&r, &out, &err)) > 0)
			;
		assert_int_equal(more, 0);
		mdl_state_reader_close(&r);
	}
	assert_int_equal(mdl_state_writer_put(&out, mdl_slice_of("last"), &err), 0);
	mdl_buf_puts(&want, "last|");
	assert_int_equal(mdl_state_writer_end(&out, &err), 0);
	assert_int_equal(read_file("all", out.size, out.crc, &got), 0);
	assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
	mdl_compress_blocks_free(&pack);
	mdl_buf_free(&want);
	mdl_buf_free(&got);
}

/* As medal 0.1 wrote it: one zstd stream of length + 1, bytes; 0, number. */
static void files_of_0_1_are_read(void **state)
{
	(void)state;
	struct mdl_buf want = MDL_BUF_INIT(1 << 20), got = MDL_BUF_INIT(1 << 20),
		       file = MDL_BUF_INIT(1 << 20);
	static const char head[] = "medal-state v1\n{\"stage\":\"dedupe\",\"settings\":\"keys\"}\n";
	int fd = open(in_scratch("v1"), O_RDWR | O_CREAT | O_TRUNC, 0666);
	assert_int_equal(mdl_write_all(fd, head, sizeof(head) - 1), 0);
	struct mdl_compress_writer *z = mdl_compress_writer_open(fd, MDL_COMPRESS_ZSTD, 1, "v1");
	for (size_t i = 0; i < 700; i++) {
		char e[300], len[2] = {(char)((i % 300 + 1) | 0x80), (char)((i % 300 + 1) >> 7)};
		memset(e, 'a' + (int)(i % 26), i % 300);
		assert_int_equal(mdl_compress_writer_write(z, len, 2, &err), 0);
		assert_int_equal(mdl_compress_writer_write(z, e, i % 300, &err), 0);
		mdl_buf_put(&want, e, i % 300);
		mdl_buf_putc(&want, '|');
	}
	assert_int_equal(mdl_compress_writer_write(z, "\0\xbc\x05", 3, &err), 0);
	assert_int_equal(mdl_compress_writer_finish(z, NULL, &err), 0);
	mdl_compress_writer_close(z);
	close(fd);
	assert_int_equal(mdl_file_read(in_scratch("v1"), &file, &err), 0);
	assert_int_equal(read_file("v1", file.n, mdl_crc32c(0, file.p, file.n), &got), 0);
	assert_true(mdl_slice_eq(mdl_buf_slice(&got), mdl_buf_slice(&want)));
	mdl_buf_free(&want);
	mdl_buf_free(&got);
	mdl_buf_free(&file);
}

static void what_is_not_whole_is_refused(void **state)
{
	(void)state;
	struct mdl_buf all = MDL_BUF_INIT(1 << 24), file = MDL_BUF_INIT(1 << 24);
	struct mdl_state_writer w;
	write_file("f", 50, true, &all, &w);
	assert_int_equal(mdl_file_read(in_scratch("f"), &file, &err), 0);
	for (size_t n = 0; n < file.n; n++) {
		FILE *f = fopen(in_scratch("cut"), "w");
		assert_int_equal(fwrite(file.p, 1, n, f), n);
		fclose(f);
		mdl_buf_clear(&all);
		assert_int_equal(read_file("cut", n, mdl_crc32c(0, file.p, n), &all), -1);
		assert_true(err.msg[0]);
	}
	/* entries that are not those that it counts */
	file.p[file.n - 8]++;
	FILE *f = fopen(in_scratch("cut"), "w");
	assert_int_equal(fwrite(file.p, 1, file.n, f), file.n);
	fclose(f);
	assert_int_equal(read_file("cut", file.n, mdl_crc32c(0, file.p, file.n), &all), -1);
	assert_non_null(strstr(err.msg, "not whole"));
	mdl_buf_free(&all);
	mdl_buf_free(&file);
}

/* Not the words of damage: nothing is wrong with it. */
static void file_of_a_newer_version_is_called_so(void **state)
{
	(void)state;
	static const char head[] = "medal-state v31\n";
	int fd = open(in_scratch("v31"), O_RDWR | O_CREAT | O_TRUNC, 0666);
	struct mdl_buf none = MDL_BUF_INIT(64);
	char *want = mdl_asprintf(
		"%s was written by a newer medal: it is of format version 31, and medal " MEDAL_VERSION
		" knows none above 2; upgrade medal",
		in_scratch("v31"));
	assert_int_equal(mdl_write_all(fd, head, sizeof(head) - 1), 0);
	close(fd);
	assert_int_equal(read_file("v31", sizeof(head) - 1, mdl_crc32c(0, head, sizeof(head) - 1), &none),
			 -1);
	assert_string_equal(err.msg, want);
	assert_true(err.newer);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entries_come_back, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(files_are_joined, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(files_of_0_1_are_read, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(what_is_not_whole_is_refused, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(file_of_a_newer_version_is_called_so, make_scratch,
						remove_scratch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
