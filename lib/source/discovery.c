/* SPDX-License-Identifier: MIT
 *
 * Operands to files: see discovery.h. One readdir a folder and one fstatat a file;
 * the paths of a folder's links are resolved once for the folder.
 */
#include "source/discovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "table/table_uri.h"

enum { MAX_PATTERNS = 10000 };

void mdl_discovery_init(struct mdl_discovery *d)
{
	memset(d, 0, sizeof(*d));
	mdl_arena_init(&d->arena);
}

void mdl_discovery_free(struct mdl_discovery *d)
{
	free(d->files);
	free(d->tables);
	free(d->unmatched);
	mdl_arena_free(&d->arena);
	mdl_discovery_init(d);
}

bool mdl_discovery_hidden(const char *name, bool folder)
{
	static const char copying[] = "._COPYING_";
	size_t n = strlen(name), m = sizeof(copying) - 1;
	if (name[0] == '.')
		return true;
	if (name[0] == '_')
		return !(folder && strchr(name, '='));
	return n >= m && strcmp(name + n - m, copying) == 0;
}

/* Globs */

static size_t character(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
	return n;
}

static int compare(const char *a, size_t an, const char *b, size_t bn)
{
	/* UTF-8 sorts as its characters do */
	int r = memcmp(a, b, an < bn ? an : bn);
	return r ? r : (an > bn) - (an < bn);
}

/* The class that begins at P ("[...]"); *END is behind it. False when NAME's first character is not in it. */
static bool in_class(const char *p, const char *name, const char **end)
{
	size_t nn = character(name);
	bool negate = false, found = false, first = true;
	p++;
	if (*p == '^' || *p == '!') {
		negate = true;
		p++;
	}
	while (*p && (*p != ']' || first)) {
		first = false;
		if (*p == '\\' && p[1])
			p++;
		const char *lo = p;
		size_t ln = character(lo);
		p += ln;
		if (*p == '-' && p[1] && p[1] != ']') {
			p++;
			if (*p == '\\' && p[1])
				p++;
			size_t hn = character(p);
			found |= compare(name, nn, lo, ln) >= 0 && compare(name, nn, p, hn) <= 0;
			p += hn;
		} else {
			found |= compare(name, nn, lo, ln) == 0;
		}
	}
	*end = *p ? p + 1 : p;
	return found != negate;
}

bool mdl_discovery_match(const char *pattern, const char *name)
{
	/* after a star that did not match, try again with one character more of it */
	const char *star = NULL, *retry = NULL;
	const char *p = pattern, *s = name;
	while (*s) {
		const char *end = p;
		if (*p == '*') {
			star = ++p;
			retry = s;
			continue;
		}
		if (*p == '?') {
			p++;
			s += character(s);
			continue;
		}
		if (*p == '[' ? in_class(p, s, &end) : *p != '\0') {
			if (*p == '[') {
				p = end;
				s += character(s);
				continue;
			}
			const char *q = *p == '\\' && p[1] ? p + 1 : p;
			if (*q == *s) {
				p = q + 1;
				s++;
				continue;
			}
		}
		if (!star)
			return false;
		p = star;
		retry += character(retry);
		s = retry;
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

static bool has_magic(const char *s)
{
	return strpbrk(s, "*?[{\\") != NULL;
}

/* Every "[" must have its "]". */
static bool classes_closed(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
		} else if (*s == '[') {
			const char *end;
			in_class(s, "x", &end);
			if (end[-1] != ']' || end - s < 3)
				return false;
			s = end - 1;
		}
	}
	return true;
}

struct patterns {
	char **v;
	size_t n, cap;
};

/* Append PATTERN with its first {a,b} multiplied out, and so on. False: unbalanced, or too many. */
static bool expand(struct patterns *out, const char *pattern)
{
	const char *open = pattern;
	while (*open && *open != '{')
		open += *open == '\\' && open[1] ? 2 : 1;
	if (!*open) {
		if (out->n == MAX_PATTERNS)
			return false;
		MDL_GROW(out->v, out->n, out->cap);
		out->v[out->n++] = mdl_strdup(pattern);
		return true;
	}
	const char *close = open + 1;
	for (int depth = 1; *close; close++) {
		if (*close == '\\' && close[1])
			close++;
		else if (*close == '{')
			depth++;
		else if (*close == '}' && --depth == 0)
			break;
	}
	if (!*close)
		return false;
	bool ok = true;
	int depth = 0;
	const char *from = open + 1;
	for (const char *p = from; ok && p <= close; p++) {
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '{') {
			depth++;
		} else if (*p == '}' && p < close) {
			depth--;
		} else if (p == close || (*p == ',' && depth == 0)) {
			char *one = mdl_asprintf("%.*s%.*s%s", (int)(open - pattern), pattern,
						 (int)(p - from), from, close + 1);
			ok = expand(out, one);
			free(one);
			from = p + 1;
		}
	}
	return ok;
}

/* Finding */

static int64_t to_ms(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct mdl_source_file *add(struct mdl_discovery *d, const char *dir, const char *name,
				   const struct stat *st)
{
	MDL_GROW(d->files, d->nfiles, d->files_cap);
	struct mdl_source_file *f = &d->files[d->nfiles++];
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_table_uri_format(&b, dir, name);
	*f = (struct mdl_source_file){
		.path = mdl_arena_printf(&d->arena, "%s%s%s", dir, dir[1] ? "/" : "", name),
		.uri = mdl_arena_strndup(&d->arena, b.p, b.n),
		.size = (uint64_t)st->st_size,
		.mtime_ms = to_ms(st->st_mtim),
		.device = (uint64_t)st->st_dev,
		.inode = (uint64_t)st->st_ino,
	};
	mdl_buf_free(&b);
	return f;
}

static void add_name(struct mdl_discovery *d, const char ***v, size_t *n, size_t *cap, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*v)[i], name) == 0)
			return;
	MDL_GROW(*v, *n, *cap);
	(*v)[(*n)++] = mdl_arena_strdup(&d->arena, name);
}

static bool has_folder(const char *dir, const char *name)
{
	char *path = mdl_path_join(dir, name);
	struct stat st;
	bool yes = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	free(path);
	return yes;
}

/* An entry of a folder; false when it vanished. */
static bool look(int fd, const struct dirent *e, struct stat *st)
{
	return fstatat(fd, e->d_name, st, 0) == 0;
}

/* A folder within a table must not be listed: only the table's log says what is data. */
static int refuse_inside_table(const char *dir, struct mdl_err *err)
{
	char *at = mdl_strdup(dir);
	int r = 0;
	for (char *slash; !r && (slash = strrchr(at, '/')) && slash > at && strchr(slash, '=');) {
		*slash = '\0';
		if (has_folder(at, MDL_TABLE_LOG_DIR))
			r = mdl_err_set(
				err, MDL_TROUBLE,
				"%s: is a part of the table %s, which is read as a whole by its log; name the table and "
				"filter its rows",
				dir, at);
	}
	free(at);
	return r;
}

static int list_folder(struct mdl_discovery *d, const char *dir, struct mdl_err *err)
{
	if (has_folder(dir, MDL_TABLE_LOG_DIR)) {
		add_name(d, &d->tables, &d->ntables, &d->tables_cap, dir);
		return 0;
	}
	if (has_folder(dir, "_delta_log"))
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s: is a Delta table, whose log says which of its files count; name the files that "
			"are meant",
			dir);
	DIR *h = opendir(dir);
	if (!h)
		return mdl_err_sys(err, "%s: cannot list the directory", dir);
	int r = 0;
	const struct dirent *e;
	while (!r && (errno = 0, e = readdir(h))) {
		struct stat st;
		if (e->d_name[0] == '.' || (e->d_type == DT_REG && mdl_discovery_hidden(e->d_name, false)))
			continue;
		if (e->d_type == DT_DIR && (mdl_discovery_hidden(e->d_name, true) ||
					    !(d->opts->recursive || strchr(e->d_name, '='))))
			continue;
		if (!look(dirfd(h), e, &st))
			continue;
		if (S_ISDIR(st.st_mode)) {
			/* a link to a folder may lead in a circle: only real folders are walked into */
			if (e->d_type == DT_LNK || mdl_discovery_hidden(e->d_name, true) ||
			    !(d->opts->recursive || strchr(e->d_name, '=')))
				continue;
			char *sub = mdl_path_join(dir, e->d_name);
			r = list_folder(d, sub, err);
			free(sub);
		} else if (S_ISREG(st.st_mode) && !mdl_discovery_hidden(e->d_name, false) &&
			   (!d->opts->filter || mdl_discovery_match(d->opts->filter, e->d_name))) {
			add(d, dir, e->d_name, &st);
		}
	}
	if (!r && errno)
		r = mdl_err_sys(err, "%s: cannot list the directory", dir);
	closedir(h);
	return r;
}

/* A path that exists. NAMED: by the user, not by a wildcard. */
static int add_path(struct mdl_discovery *d, const char *path, const struct stat *st, bool named,
		    struct mdl_err *err)
{
	if (S_ISDIR(st->st_mode)) {
		char *dir = mdl_path_real(path, err);
		int r = !dir || refuse_inside_table(dir, err) ? -1 : list_folder(d, dir, err);
		free(dir);
		return r;
	}
	if (!S_ISREG(st->st_mode)) {
		if (!named)
			return 0;
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s: is neither a file nor a directory; pipe it to standard input", path);
	}
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	if (!named && d->opts->filter && !mdl_discovery_match(d->opts->filter, name))
		return 0;
	char *parent =
		slash ? mdl_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mdl_strdup(".");
	char *dir = mdl_path_real(parent, err);
	if (dir)
		add(d, dir, name, st);
	free(parent);
	int r = dir ? 0 : -1;
	free(dir);
	return r;
}

/* The part of a pattern up to the next '/', unescaped when it has no wildcard. */
static char *component(const char *p, size_t n, bool *magic)
{
	char *s = mdl_strndup(p, n);
	*magic = false;
	for (const char *q = s; *q; q++) {
		if (*q == '\\' && q[1])
			q++;
		else if (*q == '*' || *q == '?' || *q == '[')
			*magic = true;
	}
	if (!*magic) {
		char *o = s;
		for (const char *q = s; *q; q++) {
			if (*q == '\\' && q[1])
				q++;
			*o++ = *q;
		}
		*o = '\0';
	}
	return s;
}

static int glob_walk(struct mdl_discovery *d, const char *base, const char *rest, bool *any,
		     struct mdl_err *err);

/* BASE/NAME matched so far; go on with REST, or take it. */
static int glob_step(struct mdl_discovery *d, const char *base, const char *name, const char *rest, bool *any,
		     struct mdl_err *err)
{
	const char *sep = *base && base[strlen(base) - 1] != '/' ? "/" : "";
	char *path = mdl_asprintf("%s%s%s", base, sep, name);
	int r = 0;
	if (*rest) {
		r = glob_walk(d, path, rest, any, err);
	} else {
		struct stat st;
		if (stat(path, &st) == 0) {
			*any = true;
			r = add_path(d, path, &st, false, err);
		}
	}
	free(path);
	return r;
}

/* May the folder BASE be searched for names that match? */
static int check_glob_base(const char *base, struct mdl_err *err)
{
	if (has_folder(base, MDL_TABLE_LOG_DIR))
		return mdl_err_set(err, MDL_TROUBLE,
				   "%s: is a table, which is read by its log; name it without a glob", base);
	struct mdl_err missing = MDL_ERR_INIT;
	char *dir = mdl_path_real(base, &missing);
	int r = dir ? refuse_inside_table(dir, err) : 0;
	free(dir);
	return r;
}

static int glob_walk(struct mdl_discovery *d, const char *base, const char *rest, bool *any,
		     struct mdl_err *err)
{
	size_t n = strcspn(rest, "/");
	bool magic;
	char *part = component(rest, n, &magic);
	const char *next = rest + n + strspn(rest + n, "/");
	int r = 0;
	if (!magic) {
		r = glob_step(d, base, part, next, any, err);
		free(part);
		return r;
	}
	DIR *h = opendir(*base ? base : ".");
	if (h && check_glob_base(*base ? base : ".", err)) {
		closedir(h);
		free(part);
		return -1;
	}
	if (!h) {
		free(part);
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return mdl_err_sys(err, "%s: cannot list the directory", *base ? base : ".");
	}
	const struct dirent *e;
	while (!r && (e = readdir(h))) {
		/* a pattern that begins with the dot or underscore means such names */
		bool meant = (part[0] == '.' || part[0] == '_') && part[0] == e->d_name[0];
		if (!meant && mdl_discovery_hidden(e->d_name, e->d_type == DT_DIR))
			continue;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (mdl_discovery_match(part, e->d_name))
			r = glob_step(d, base, e->d_name, next, any, err);
	}
	closedir(h);
	free(part);
	return r;
}

static int add_glob(struct mdl_discovery *d, const char *pattern, struct mdl_err *err)
{
	struct patterns all = {NULL, 0, 0};
	bool any = false;
	int r = 0;
	if (!expand(&all, pattern) || !classes_closed(pattern))
		r = mdl_err_set(
			err, MDL_TROUBLE,
			"%s: is not a glob: a bracket or brace is not closed, or there are more than %d alternatives; "
			"put a backslash before a bracket that is meant as it stands",
			pattern, MAX_PATTERNS);
	for (size_t i = 0; i < all.n; i++) {
		const char *p = all.v[i];
		if (!r)
			r = *p == '/' ? glob_walk(d, "/", p + strspn(p, "/"), &any, err)
				      : glob_walk(d, "", p, &any, err);
		free(all.v[i]);
	}
	free(all.v);
	if (!r && !any)
		add_name(d, &d->unmatched, &d->nunmatched, &d->unmatched_cap, pattern);
	return r;
}

static int by_path(const void *a, const void *b)
{
	const struct mdl_source_file *x = a, *y = b;
	return strcmp(x->path, y->path);
}

static int by_time(const void *a, const void *b)
{
	const struct mdl_source_file *x = a, *y = b;
	if (x->mtime_ms != y->mtime_ms)
		return x->mtime_ms < y->mtime_ms ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void drop_doubles(struct mdl_discovery *d)
{
	size_t kept = 0;
	if (d->nfiles > 1)
		qsort(d->files, d->nfiles, sizeof(*d->files), by_path);
	for (size_t i = 0; i < d->nfiles; i++)
		if (!kept || strcmp(d->files[kept - 1].path, d->files[i].path) != 0)
			d->files[kept++] = d->files[i];
	d->nfiles = kept;
}

int mdl_discovery_list(struct mdl_discovery *d, const char *const *operands, size_t n,
		       const struct mdl_discovery_opts *opts, struct mdl_err *err)
{
	d->nfiles = d->ntables = d->nunmatched = 0;
	mdl_arena_reset(&d->arena);
	d->opts = opts;
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		int r;
		if (stat(operands[i], &st) == 0)
			r = add_path(d, operands[i], &st, true, err);
		else if ((errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) &&
			 has_magic(operands[i]))
			r = add_glob(d, operands[i], err);
		else
			r = mdl_err_sys(err, "%s: cannot be read", operands[i]);
		if (r)
			return -1;
	}
	/* operands may overlap */
	if (n > 1 || (n == 1 && has_magic(operands[0])))
		drop_doubles(d);
	if (d->nfiles > 1)
		qsort(d->files, d->nfiles, sizeof(*d->files), by_time);
	return 0;
}

int mdl_discovery_table(struct mdl_discovery *out, const char *dir, const struct mdl_table_log *log,
			struct mdl_err *err)
{
	for (size_t i = 0; i < log->nfiles; i++) {
		const struct mdl_table_entry *e = &log->files[i];
		char *path = mdl_path_join(dir, e->path);
		struct stat st;
		int r = stat(path, &st);
		if (r)
			mdl_err_sys(err, "%s: the table's log lists this file, but it cannot be read", path);
		else if ((uint64_t)st.st_size != e->size)
			r = mdl_err_set(err, MDL_TROUBLE,
					"%s has %lld bytes, but the table's log says %" PRIu64
					": it was cut off or changed; restore the table from a backup",
					path, (long long)st.st_size, e->size);
		free(path);
		if (r)
			return -1;
		struct mdl_source_file *f = add(out, dir, e->path, &st);
		f->size = e->size;
		f->mtime_ms = e->mtime_ms;
	}
	return 0;
}
