/* SPDX-License-Identifier: MIT
 *
 * tar archives: see tar.h.
 */
#include "base/tar.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	BLOCK = 512,
	NAME = 0,
	MODE = 100,
	SIZE = 124,
	MTIME = 136,
	SUM = 148,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345
};

static void octal(unsigned char *at, int digits, uint64_t v)
{
	for (int i = digits; i-- > 0; v >>= 3)
		at[i] = (unsigned char)('0' + (v & 7));
}

/* NAME whole in 100 bytes, or cut at a '/' into a prefix of up to 155. */
static bool put_name(unsigned char *h, const char *name)
{
	size_t n = strlen(name);
	if (n <= 100) {
		memcpy(h + NAME, name, n);
		return true;
	}
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t prefix = (size_t)(slash - name), rest = n - prefix - 1;
		if (rest > 100)
			continue;
		if (prefix > 155 || rest == 0)
			return false;
		memcpy(h + PREFIX, name, prefix);
		memcpy(h + NAME, slash + 1, rest);
		return true;
	}
	return false;
}

static unsigned checksum(const unsigned char *h)
{
	unsigned sum = 0;
	for (int i = 0; i < BLOCK; i++)
		sum += i >= SUM && i < SUM + 8 ? ' ' : h[i];
	return sum;
}

int mdl_tar_head(struct mdl_compress_writer *w, const char *name, uint64_t size, int64_t mtime_s,
		 struct mdl_err *err)
{
	unsigned char h[BLOCK] = {0};
	if (!put_name(h, name))
		return mdl_err_set(err, MDL_TROUBLE, "the name %s is too long for a tar archive", name);
	memcpy(h + MODE, "0000644\0000000000\0000000000", 24);
	if (size >> 33) {
		h[SIZE] = 0x80; /* base 256, as GNU tar and libarchive do */
		for (int i = 0; i < 8; i++)
			h[SIZE + 4 + i] = (unsigned char)(size >> (56 - 8 * i));
	} else {
		octal(h + SIZE, 11, size);
	}
	octal(h + MTIME, 11, mtime_s > 0 ? (uint64_t)mtime_s : 0);
	h[TYPE] = '0';
	memcpy(h + MAGIC, "ustar\00000", 8);
	octal(h + SUM, 6, checksum(h));
	h[SUM + 7] = ' ';
	return mdl_compress_writer_write(w, h, BLOCK, err);
}

int mdl_tar_pad(struct mdl_compress_writer *w, uint64_t size, struct mdl_err *err)
{
	static const char zeros[BLOCK];
	size_t n = (size_t)(-size & (BLOCK - 1));
	return n ? mdl_compress_writer_write(w, zeros, n, err) : 0;
}

int mdl_tar_put(struct mdl_compress_writer *w, const char *name, struct mdl_slice content, int64_t mtime_s,
		struct mdl_err *err)
{
	return mdl_tar_head(w, name, content.n, mtime_s, err) ||
			       mdl_compress_writer_write(w, content.p, content.n, err) ||
			       mdl_tar_pad(w, content.n, err)
		       ? -1
		       : 0;
}

int mdl_tar_end(struct mdl_compress_writer *w, struct mdl_err *err)
{
	static const char zeros[2 * BLOCK];
	return mdl_compress_writer_write(w, zeros, sizeof(zeros), err);
}

/* ---- Reading ---- */

/* N bytes or an error: an archive has an end mark. */
static int take(struct mdl_tar_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = mdl_compress_reader_read(r->in, (char *)buf + at, n - at, err);
		if (k < 0)
			return -1;
		if (k == 0)
			return mdl_err_set(err, MDL_TROUBLE, "%s ends too early; the archive is not whole",
					   r->what);
		at += (size_t)k;
	}
	return 0;
}

static int skip(struct mdl_tar_reader *r, struct mdl_err *err)
{
	char buf[16384];
	for (r->left += r->pad, r->pad = 0; r->left;) {
		size_t n = r->left < sizeof(buf) ? (size_t)r->left : sizeof(buf);
		if (take(r, buf, n, err))
			return -1;
		r->left -= n;
	}
	return 0;
}

static bool parse_octal(const unsigned char *p, int n, uint64_t *v)
{
	int i = 0;
	for (*v = 0; i < n && p[i] == ' '; i++)
		;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		*v = *v << 3 | (uint64_t)(p[i] - '0');
	return i == n || p[i] == '\0' || p[i] == ' ';
}

static bool parse_size(const unsigned char *p, uint64_t *v)
{
	if (!(p[0] & 0x80))
		return parse_octal(p, 12, v);
	*v = 0;
	for (int i = 4; i < 12; i++)
		*v = *v << 8 | p[i];
	return p[0] == 0x80 && !p[1] && !p[2] && !p[3] && *v < UINT64_C(1) << 62;
}

/* Relative, without empty parts, "." and "..". */
static bool is_inside(const char *name)
{
	for (const char *p = name;;) {
		size_t n = strcspn(p, "/");
		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		if (!p[n])
			return true;
		p += n + 1;
	}
}

int mdl_tar_next(struct mdl_tar_reader *r, char name[MDL_TAR_NAME], uint64_t *size, struct mdl_err *err)
{
	unsigned char h[BLOCK];
	uint64_t sum;
	for (;;) {
		if (skip(r, err) || take(r, h, BLOCK, err))
			return -1;
		bool zero = true;
		for (int i = 0; zero && i < BLOCK; i++)
			zero = !h[i];
		if (zero)
			return 0;
		if (!parse_octal(h + SUM, 8, &sum) || sum != checksum(h) ||
		    memcmp(h + MAGIC, "ustar", 5) != 0 || !parse_size(h + SIZE, size))
			return mdl_err_set(err, MDL_TROUBLE, "%s is no tar archive, or damaged", r->what);
		int n = h[PREFIX] ? snprintf(name, MDL_TAR_NAME, "%.155s/", (const char *)h + PREFIX) : 0;
		snprintf(name + n, (size_t)(MDL_TAR_NAME - n), "%.100s", (const char *)h + NAME);
		r->left = *size;
		r->pad = -*size & (BLOCK - 1);
		if (h[TYPE] == '5')
			continue;
		if (h[TYPE] != '0' && h[TYPE] != '\0')
			return mdl_err_set(err, MDL_TROUBLE, "%s: %s is neither a file nor a folder", r->what,
					   name);
		if (!is_inside(name))
			return mdl_err_set(err, MDL_TROUBLE, "%s: the name '%s' leaves the folder", r->what,
					   name);
		return 1;
	}
}

ssize_t mdl_tar_read(struct mdl_tar_reader *r, void *buf, size_t n, struct mdl_err *err)
{
	if (n > r->left)
		n = (size_t)r->left;
	if (n && take(r, buf, n, err))
		return -1;
	r->left -= n;
	return (ssize_t)n;
}
