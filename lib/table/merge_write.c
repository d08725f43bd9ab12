/* SPDX-License-Identifier: MIT
 *
 * One file from many: see merge_write.h.
 */
#include "table/merge_write.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/compress.h"
#include "base/file.h"
#include "table/table_reader.h"

enum { OTHER_HEADER = 2, HEADER_LIMIT = 16 << 20 };

struct output {
	struct mdl_compress_writer *w;
	struct mdl_merge_file *in; /* the file at hand */
	struct mdl_buf header;
	bool has_header;
};

static int put(struct output *o, struct mdl_slice record, struct mdl_err *err)
{
	return mdl_compress_writer_write(o->w, record.p, record.n, err) ||
			       mdl_compress_writer_write(o->w, "\n", 1, err)
		       ? -1
		       : 0;
}

static int take(void *ctx, struct mdl_slice record, bool header, struct mdl_err *err)
{
	struct output *o = ctx;

	if (!header) {
		o->in->rows++;
		mdl_sum_add(&o->in->sum, mdl_sum_line(record));
		return put(o, record, err);
	}
	if (o->has_header)
		return record.n == o->header.n && memcmp(record.p, o->header.p, record.n) == 0 ? 0
											       : OTHER_HEADER;
	o->has_header = true;
	mdl_buf_puts_slice(&o->header, record);
	return put(o, record, err);
}

static int take_all(struct output *o, const char *dir, struct mdl_merge_file *in, size_t n,
		    struct mdl_merge_file *out, struct mdl_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		uint64_t size;

		o->in = &in[i];
		in[i].rows = 0;
		in[i].sum = (struct mdl_sum){0, 0};
		r = mdl_table_reader_records(dir, in[i].path, take, o, &size, err);
		if (r == 1 || (!r && size != in[i].size))
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s/%s, which the table's log lists, is %s: nothing was merged; restore it "
				"from a backup",
				dir, in[i].path, r ? "missing" : "of another size");
		out->rows += in[i].rows;
		mdl_sum_add(&out->sum, in[i].sum);
	}
	return r;
}

int mdl_merge_write(const char *dir, const char *hidden, struct mdl_merge_file *in, size_t n,
		    struct mdl_merge_file *out, struct mdl_err *err)
{
	char *path = mdl_path_join(dir, hidden);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct output o = {.header = MDL_BUF_INIT(HEADER_LIMIT)};
	struct stat st;

	if (fd < 0) {
		mdl_err_sys(err, "%s: cannot create", path);
		free(path);
		return -1;
	}
	o.w = mdl_compress_writer_open(fd, mdl_compress_of_name(out->path), 0, path);
	int r = take_all(&o, dir, in, n, out, err);

	if (!r)
		r = mdl_compress_writer_finish(o.w, NULL, err);
	if (!r && (fsync(fd) || fstat(fd, &st)))
		r = mdl_err_sys(err, "%s: cannot sync", path);
	mdl_compress_writer_close(o.w);
	if (close(fd) && !r)
		r = mdl_err_sys(err, "%s: cannot close", path);
	if (!r)
		out->size = (uint64_t)st.st_size;
	else
		unlink(path);
	mdl_buf_free(&o.header);
	free(path);
	return r == OTHER_HEADER ? 1 : r;
}
