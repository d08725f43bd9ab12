/* SPDX-License-Identifier: MIT
 *
 * Files that survive a power cut: see file.h. The order of calls in put_file is
 * the point of this file: data is synced through the descriptor that wrote it, the
 * close is checked, the name appears last, and then the directory that holds it.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { READ_STEP = 64 << 10 };

static void wait_for(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	poll(&p, 1, -1);
}

int mdl_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;
	while (n) {
		ssize_t w = write(fd, at, n);
		if (w >= 0) {
			at += w;
			n -= (size_t)w;
		} else if (errno == EAGAIN) {
			wait_for(fd, POLLOUT);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

ssize_t mdl_read(int fd, void *p, size_t n)
{
	for (;;) {
		ssize_t r = read(fd, p, n);
		if (r >= 0)
			return r;
		if (errno == EAGAIN)
			wait_for(fd, POLLIN);
		else if (errno != EINTR)
			return -1;
	}
}

void mdl_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* the lowest that is free is FD; opened for what it is not used for */
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void (*limit_before)(int);

void mdl_file_limit_fails(void)
{
	limit_before = signal(SIGXFSZ, SIG_IGN);
}

void mdl_file_limit_as_before(void)
{
	signal(SIGXFSZ, limit_before);
}

int mdl_dir_sync(const char *path, struct mdl_err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return mdl_err_sys(err, "cannot open the directory %s", path);
	if (fsync(fd) != 0) {
		mdl_err_sys(err, "cannot sync the directory %s", path);
		close(fd);
		return -1;
	}
	if (close(fd) != 0)
		return mdl_err_sys(err, "cannot close the directory %s", path);
	return 0;
}

/* The directory that holds PATH's last component; the caller frees. */
static char *parent_of(const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n ? mdl_strndup(path, n) : mdl_strdup(".");
}

/* One component; an existing directory is fine. */
static int make_one(const char *path, struct mdl_err *err)
{
	struct stat st;
	if (mkdir(path, 0777) != 0) {
		int e = errno;
		if (e == EEXIST && stat(path, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				return 0;
			e = ENOTDIR;
		} else if (e == EEXIST && lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
			return mdl_err_set(
				err, MDL_TROUBLE,
				"%s is a symbolic link that leads nowhere (is something not mounted?); "
				"make its target or remove it",
				path);
		}
		errno = e;
		return mdl_err_sys(err, "cannot make the directory %s", path);
	}
	char *parent = parent_of(path);
	int r = mdl_dir_sync(parent, err);
	free(parent);
	return r;
}

int mdl_dir_make(const char *path, struct mdl_err *err)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	char *p = mdl_strdup(path);
	int r = 0;
	for (char *at = p; r == 0 && *at; at++) {
		if (at > p && *at == '/' && at[-1] != '/') {
			*at = '\0';
			r = make_one(p, err);
			*at = '/';
		}
	}
	if (r == 0)
		r = make_one(p, err);
	free(p);
	return r;
}

/* Content on disk under the temporary name TMP. On failure TMP is gone. */
static int put_tmp(const char *tmp, struct mdl_slice content, struct mdl_err *err)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST && unlink(tmp) == 0) /* a dead process had our number */
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return mdl_err_sys(err, "cannot make %s", tmp);
	if (mdl_write_all(fd, content.p, content.n) != 0) {
		mdl_err_sys(err, "cannot write %s", tmp);
	} else if (fsync(fd) != 0) {
		mdl_err_sys(err, "cannot sync %s", tmp);
	} else if (close(fd) != 0) {
		fd = -1;
		mdl_err_sys(err, "cannot close %s", tmp);
	} else {
		return 0;
	}
	if (fd >= 0)
		close(fd);
	unlink(tmp);
	return -1;
}

bool mdl_file_has_name(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* CREATED is NULL to replace an old file. */
static int put_file(const char *dir, const char *name, struct mdl_slice content, int held, bool *created,
		    struct mdl_err *err)
{
	char *tmp = mdl_asprintf("%s/.%s.%ld.tmp", dir, name, (long)getpid());
	char *path = mdl_path_join(dir, name);
	int r = put_tmp(tmp, content, err);
	if (r != 0)
		goto out;
	bool over = held >= 0 && !mdl_file_has_name(held);
	if (over && access(path, F_OK) != 0) {
		r = mdl_err_set(
			err, MDL_RETRY,
			"%s is not written: this run is over, a later one has begun or somebody has removed "
			"its locks",
			path);
	} else if (over) {
		*created = false;
	} else if (!created) {
		if (rename(tmp, path) != 0)
			r = mdl_err_sys(err, "cannot rename %s to %s", tmp, path);
	} else if (link(tmp, path) == 0) {
		*created = true;
	} else if (errno == EEXIST || (errno == ENOENT && access(path, F_OK) == 0)) {
		/* ENOENT: a companion made it and ended, and who came next took our temporary name away */
		*created = false;
	} else {
		r = mdl_err_sys(err, "cannot link %s to %s", tmp, path);
	}
	if ((created || r != 0) && unlink(tmp) != 0 && errno != ENOENT && r == 0)
		r = mdl_err_sys(err, "cannot remove %s", tmp);
	/* Also when another made the file: it may have died before its sync, and we go on from here. */
	if (r == 0)
		r = mdl_dir_sync(dir, err);
out:
	free(tmp);
	free(path);
	return r;
}

int mdl_file_replace(const char *dir, const char *name, struct mdl_slice content, struct mdl_err *err)
{
	return put_file(dir, name, content, -1, NULL, err);
}

int mdl_file_create(const char *dir, const char *name, struct mdl_slice content, bool *created,
		    struct mdl_err *err)
{
	return put_file(dir, name, content, -1, created, err);
}

int mdl_file_create_held(const char *dir, const char *name, struct mdl_slice content, int held, bool *created,
			 struct mdl_err *err)
{
	return put_file(dir, name, content, held, created, err);
}

static int read_all(int fd, const char *path, struct mdl_buf *out, struct mdl_err *err)
{
	for (;;) {
		size_t left = out->limit - out->n;
		size_t step = left < READ_STEP ? left : READ_STEP;
		char probe;
		if (step && !mdl_buf_reserve(out, step))
			mdl_bug("a buffer of %zu bytes refused %zu more below its limit", out->n, step);
		ssize_t r = step ? mdl_read(fd, out->p + out->n, step) : mdl_read(fd, &probe, 1);
		if (r < 0)
			return mdl_err_sys(err, "cannot read %s", path);
		if (r == 0)
			return 0;
		if (!step)
			return mdl_err_set(err, MDL_TROUBLE,
					   "%s is larger than %zu bytes, the most that such a file has", path,
					   out->limit);
		out->n += (size_t)r;
	}
}

int mdl_file_read(const char *path, struct mdl_buf *out, struct mdl_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 1 : mdl_err_sys(err, "cannot open %s", path);
	int r = read_all(fd, path, out, err);
	close(fd);
	return r;
}

int mdl_file_remove(const char *path, struct mdl_err *err)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return mdl_err_sys(err, "cannot remove %s", path);
	return 0;
}

char *mdl_path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);
	return mdl_asprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *mdl_path_real(const char *path, struct mdl_err *err)
{
	char *real = realpath(path, NULL);
	if (real)
		return real;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	size_t from = n;
	while (from > 0 && path[from - 1] != '/')
		from--;
	if (errno != ENOENT || n == 0 || (n - from == 2 && memcmp(path + from, "..", 2) == 0)) {
		mdl_err_sys(err, "cannot resolve the path '%s'", path);
		return NULL;
	}
	char *parent = parent_of(path);
	real = realpath(parent, NULL);
	if (!real) {
		mdl_err_sys(err, "cannot resolve the directory '%s' of '%s'", parent, path);
		free(parent);
		return NULL;
	}
	free(parent);
	char *last = mdl_strndup(path + from, n - from);
	char *joined = mdl_path_join(real, last);
	free(last);
	free(real);
	return joined;
}

/* ---- CRC-32C: RFC 3720 B.4; reflected polynomial 0x82F63B78 ---- */

static const uint32_t crc_table[256] = {
	0x00000000, 0xf26b8303, 0xe13b70f7, 0x1350f3f4, 0xc79a971f, 0x35f1141c, 0x26a1e7e8, 0xd4ca64eb,
	0x8ad958cf, 0x78b2dbcc, 0x6be22838, 0x9989ab3b, 0x4d43cfd0, 0xbf284cd3, 0xac78bf27, 0x5e133c24,
	0x105ec76f, 0xe235446c, 0xf165b798, 0x030e349b, 0xd7c45070, 0x25afd373, 0x36ff2087, 0xc494a384,
	0x9a879fa0, 0x68ec1ca3, 0x7bbcef57, 0x89d76c54, 0x5d1d08bf, 0xaf768bbc, 0xbc267848, 0x4e4dfb4b,
	0x20bd8ede, 0xd2d60ddd, 0xc186fe29, 0x33ed7d2a, 0xe72719c1, 0x154c9ac2, 0x061c6936, 0xf477ea35,
	0xaa64d611, 0x580f5512, 0x4b5fa6e6, 0xb93425e5, 0x6dfe410e, 0x9f95c20d, 0x8cc531f9, 0x7eaeb2fa,
	0x30e349b1, 0xc288cab2, 0xd1d83946, 0x23b3ba45, 0xf779deae, 0x05125dad, 0x1642ae59, 0xe4292d5a,
	0xba3a117e, 0x4851927d, 0x5b016189, 0xa96ae28a, 0x7da08661, 0x8fcb0562, 0x9c9bf696, 0x6ef07595,
	0x417b1dbc, 0xb3109ebf, 0xa0406d4b, 0x522bee48, 0x86e18aa3, 0x748a09a0, 0x67dafa54, 0x95b17957,
	0xcba24573, 0x39c9c670, 0x2a993584, 0xd8f2b687, 0x0c38d26c, 0xfe53516f, 0xed03a29b, 0x1f682198,
	0x5125dad3, 0xa34e59d0, 0xb01eaa24, 0x42752927, 0x96bf4dcc, 0x64d4cecf, 0x77843d3b, 0x85efbe38,
	0xdbfc821c, 0x2997011f, 0x3ac7f2eb, 0xc8ac71e8, 0x1c661503, 0xee0d9600, 0xfd5d65f4, 0x0f36e6f7,
	0x61c69362, 0x93ad1061, 0x80fde395, 0x72966096, 0xa65c047d, 0x5437877e, 0x4767748a, 0xb50cf789,
	0xeb1fcbad, 0x197448ae, 0x0a24bb5a, 0xf84f3859, 0x2c855cb2, 0xdeeedfb1, 0xcdbe2c45, 0x3fd5af46,
	0x7198540d, 0x83f3d70e, 0x90a324fa, 0x62c8a7f9, 0xb602c312, 0x44694011, 0x5739b3e5, 0xa55230e6,
	0xfb410cc2, 0x092a8fc1, 0x1a7a7c35, 0xe811ff36, 0x3cdb9bdd, 0xceb018de, 0xdde0eb2a, 0x2f8b6829,
	0x82f63b78, 0x709db87b, 0x63cd4b8f, 0x91a6c88c, 0x456cac67, 0xb7072f64, 0xa457dc90, 0x563c5f93,
	0x082f63b7, 0xfa44e0b4, 0xe9141340, 0x1b7f9043, 0xcfb5f4a8, 0x3dde77ab, 0x2e8e845f, 0xdce5075c,
	0x92a8fc17, 0x60c37f14, 0x73938ce0, 0x81f80fe3, 0x55326b08, 0xa759e80b, 0xb4091bff, 0x466298fc,
	0x1871a4d8, 0xea1a27db, 0xf94ad42f, 0x0b21572c, 0xdfeb33c7, 0x2d80b0c4, 0x3ed04330, 0xccbbc033,
	0xa24bb5a6, 0x502036a5, 0x4370c551, 0xb11b4652, 0x65d122b9, 0x97baa1ba, 0x84ea524e, 0x7681d14d,
	0x2892ed69, 0xdaf96e6a, 0xc9a99d9e, 0x3bc21e9d, 0xef087a76, 0x1d63f975, 0x0e330a81, 0xfc588982,
	0xb21572c9, 0x407ef1ca, 0x532e023e, 0xa145813d, 0x758fe5d6, 0x87e466d5, 0x94b49521, 0x66df1622,
	0x38cc2a06, 0xcaa7a905, 0xd9f75af1, 0x2b9cd9f2, 0xff56bd19, 0x0d3d3e1a, 0x1e6dcdee, 0xec064eed,
	0xc38d26c4, 0x31e6a5c7, 0x22b65633, 0xd0ddd530, 0x0417b1db, 0xf67c32d8, 0xe52cc12c, 0x1747422f,
	0x49547e0b, 0xbb3ffd08, 0xa86f0efc, 0x5a048dff, 0x8ecee914, 0x7ca56a17, 0x6ff599e3, 0x9d9e1ae0,
	0xd3d3e1ab, 0x21b862a8, 0x32e8915c, 0xc083125f, 0x144976b4, 0xe622f5b7, 0xf5720643, 0x07198540,
	0x590ab964, 0xab613a67, 0xb831c993, 0x4a5a4a90, 0x9e902e7b, 0x6cfbad78, 0x7fab5e8c, 0x8dc0dd8f,
	0xe330a81a, 0x115b2b19, 0x020bd8ed, 0xf0605bee, 0x24aa3f05, 0xd6c1bc06, 0xc5914ff2, 0x37faccf1,
	0x69e9f0d5, 0x9b8273d6, 0x88d28022, 0x7ab90321, 0xae7367ca, 0x5c18e4c9, 0x4f48173d, 0xbd23943e,
	0xf36e6f75, 0x0105ec76, 0x12551f82, 0xe03e9c81, 0x34f4f86a, 0xc69f7b69, 0xd5cf889d, 0x27a40b9e,
	0x79b737ba, 0x8bdcb4b9, 0x988c474d, 0x6ae7c44e, 0xbe2da0a5, 0x4c4623a6, 0x5f16d052, 0xad7d5351,
};

uint32_t mdl_crc32c_portable(uint32_t crc, const void *p, size_t n)
{
	const unsigned char *at = p;
	crc = ~crc;
	while (n--)
		crc = crc_table[(crc ^ *at++) & 0xFF] ^ (crc >> 8);
	return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *p, size_t n)
{
	const unsigned char *at = p;
	uint64_t c = (uint32_t)~crc;
	for (; n >= 8; n -= 8, at += 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		c = _mm_crc32_u64(c, word);
	}
	uint32_t c32 = (uint32_t)c;
	while (n--)
		c32 = _mm_crc32_u8(c32, *at++);
	return ~c32;
}

uint32_t mdl_crc32c(uint32_t crc, const void *p, size_t n)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, p, n) : mdl_crc32c_portable(crc, p, n);
}
#else
uint32_t mdl_crc32c(uint32_t crc, const void *p, size_t n)
{
	return mdl_crc32c_portable(crc, p, n);
}
#endif
