/* SPDX-License-Identifier: MIT
 *
 * The books of an epoch: see ledger.h.
 */
#include "stream/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/hash.h"

struct mdl_sum mdl_sum_line(struct mdl_slice line)
{
	struct mdl_hash128 h = mdl_hash128(line.p, line.n);
	return (struct mdl_sum){h.lo, h.hi};
}

void mdl_sum_lines(const struct mdl_slice *lines, size_t n, struct mdl_sum *sums)
{
	struct mdl_hash128 h[64];
	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < 64 ? n - i : 64;
		mdl_hash128_lines(lines + i, some, h);
		for (size_t k = 0; k < some; k++)
			sums[i + k] = (struct mdl_sum){h[k].lo, h[k].hi};
	}
}

struct mdl_sum_stream *mdl_sum_stream_new(void)
{
	XXH3_state_t *x = XXH3_createState();
	if (!x)
		mdl_out_of_memory();
	XXH3_128bits_reset(x);
	return (struct mdl_sum_stream *)(void *)x;
}

void mdl_sum_stream_put(struct mdl_sum_stream *s, struct mdl_slice part)
{
	XXH3_128bits_update((XXH3_state_t *)(void *)s, part.p, part.n);
}

struct mdl_sum mdl_sum_stream_end(struct mdl_sum_stream *s)
{
	XXH128_hash_t h = XXH3_128bits_digest((XXH3_state_t *)(void *)s);
	XXH3_freeState((XXH3_state_t *)(void *)s);
	return (struct mdl_sum){h.low64, h.high64};
}

void mdl_sum_hex(struct mdl_sum s, char hex[33])
{
	snprintf(hex, 33, "%016llx%016llx", (unsigned long long)s.hi, (unsigned long long)s.lo);
}

bool mdl_sum_from_hex(struct mdl_sum *s, const char *hex)
{
	if (!hex || strlen(hex) != 32 || strspn(hex, "0123456789abcdef") != 32)
		return false;
	char half[17] = {0};
	memcpy(half, hex, 16);
	s->hi = strtoull(half, NULL, 16);
	s->lo = strtoull(hex + 16, NULL, 16);
	return true;
}

void mdl_books_init(struct mdl_books *b, const char *stage, bool passes)
{
	memset(b, 0, sizeof(*b));
	b->stage = mdl_strdup(stage);
	b->passes = passes;
	b->held = -1;
}

void mdl_books_reset(struct mdl_books *b)
{
	for (size_t i = 0; i < b->nbuckets; i++)
		free(b->buckets[i].name);
	for (size_t i = 0; i < b->nfiles; i++) {
		free(b->files[i].table);
		free(b->files[i].path);
		free(b->files[i].hidden);
	}
	for (size_t i = 0; i < b->nstates; i++)
		free(b->states[i].name);
	for (size_t i = 0; i < b->ntables; i++) {
		free(b->tables[i].dir);
		free(b->tables[i].owner);
	}
	for (size_t i = 0; i < b->nsent; i++)
		free(b->sent[i].to);
	free(b->detail);
	b->detail = NULL;
	b->nbuckets = b->nfiles = b->nstates = b->ntables = b->nsent = 0;
	b->in = b->out = 0;
	b->in_sum = b->out_sum = (struct mdl_sum){0, 0};
	b->held = -1;
}

void mdl_books_free(struct mdl_books *b)
{
	mdl_books_reset(b);
	free(b->stage);
	free(b->buckets);
	free(b->files);
	free(b->states);
	free(b->tables);
	free(b->sent);
	memset(b, 0, sizeof(*b));
}

void mdl_books_bucket(struct mdl_books *b, const char *name, uint64_t n)
{
	for (size_t i = 0; i < b->nbuckets; i++) {
		if (strcmp(b->buckets[i].name, name) == 0) {
			b->buckets[i].rows += n;
			return;
		}
	}
	MDL_GROW(b->buckets, b->nbuckets, b->buckets_cap);
	b->buckets[b->nbuckets++] = (struct mdl_ledger_bucket){mdl_strdup(name), n};
}

void mdl_books_file(struct mdl_books *b, const struct mdl_ledger_file *f)
{
	MDL_GROW(b->files, b->nfiles, b->files_cap);
	struct mdl_ledger_file *d = &b->files[b->nfiles++];
	*d = *f;
	d->table = mdl_strdup(f->table);
	d->path = mdl_strdup(f->path);
	d->hidden = mdl_strdup(f->hidden);
}

void mdl_books_state(struct mdl_books *b, const char *name, uint64_t size, uint32_t crc32c)
{
	MDL_GROW(b->states, b->nstates, b->states_cap);
	b->states[b->nstates++] = (struct mdl_ledger_state){mdl_strdup(name), size, crc32c};
}

void mdl_books_table(struct mdl_books *b, const char *dir, const char *owner, bool side)
{
	MDL_GROW(b->tables, b->ntables, b->tables_cap);
	b->tables[b->ntables++] =
		(struct mdl_ledger_table){mdl_strdup(dir), owner ? mdl_strdup(owner) : NULL, side};
}

void mdl_books_sent(struct mdl_books *b, const char *to, uint64_t rows, struct mdl_sum sum)
{
	MDL_GROW(b->sent, b->nsent, b->sent_cap);
	b->sent[b->nsent++] = (struct mdl_ledger_sent){mdl_strdup(to), rows, sum};
}
