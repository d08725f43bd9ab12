/* SPDX-License-Identifier: MIT
 *
 * The books of an epoch. Each stage counts rows in and out and each named bucket,
 * with an order-independent 128-bit sum of line hashes (XXH3-128 of the line
 * without its '\n', added modulo 2^128). The barrier carries the books, the tail
 * checks them, and medal/ledger/N keeps them with the list of what to publish.
 * The JSON form is described in medal-checkpoint(5).
 */
#ifndef MDL_STREAM_LEDGER_H
#define MDL_STREAM_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct mdl_sum {
	uint64_t lo, hi;
};

static inline void mdl_sum_add(struct mdl_sum *s, struct mdl_sum v)
{
	uint64_t lo = s->lo + v.lo;
	s->hi += v.hi + (lo < s->lo);
	s->lo = lo;
}
static inline void mdl_sum_add_all(struct mdl_sum *s, const struct mdl_sum *v, size_t n)
{
	struct mdl_sum sum = *s; /* in registers */
	for (size_t i = 0; i < n; i++)
		mdl_sum_add(&sum, v[i]);
	*s = sum;
}
/* The hash of one line. */
struct mdl_sum mdl_sum_line(struct mdl_slice line);
/* Of each of N lines. */
void mdl_sum_lines(const struct mdl_slice *lines, size_t n, struct mdl_sum *sums);
/* The hash of a line that comes in parts; _end frees. */
struct mdl_sum_stream;
struct mdl_sum_stream *mdl_sum_stream_new(void);
void mdl_sum_stream_put(struct mdl_sum_stream *s, struct mdl_slice part);
struct mdl_sum mdl_sum_stream_end(struct mdl_sum_stream *s);
/* 32 lower-case hex digits and NUL. */
void mdl_sum_hex(struct mdl_sum s, char hex[33]);
bool mdl_sum_from_hex(struct mdl_sum *s, const char *hex);

/* A prepared file of a table or side output, not visible yet. */
struct mdl_ledger_file {
	char *table;  /* the table's directory, absolute and real */
	char *path;   /* final name, relative to it: "level=free/part-42-0.ndjson" */
	char *hidden; /* present name, relative to it: "_medal_pending/42.<run>.0" */
	uint64_t size, rows;
	struct mdl_sum sum; /* of the rows' lines */
};

/* A state file, immutable, under <checkpoint>/state/medal/<stage>/. */
struct mdl_ledger_state {
	char *name;
	uint64_t size;
	uint32_t crc32c;
};

/* A table that a stage writes, so that an epoch without rows still gets its log entry. */
struct mdl_ledger_table {
	char *dir;   /* absolute and real */
	char *owner; /* "<checkpoint id>/<stage>" */
	bool side;   /* quarantine, late rows, duplicates */
};

/* Rows that the stage itself made visible at its barrier, where no other program can (a Kafka topic). */
struct mdl_ledger_sent {
	char *to; /* "kafka:clicks" */
	uint64_t rows;
	struct mdl_sum sum; /* of the rows' lines */
};

struct mdl_ledger_bucket {
	char *name; /* "quarantined", "duplicate", "dropped:has_user" */
	uint64_t rows;
};

/* One stage's books of one epoch. Owns everything; zero-filled is empty. */
struct mdl_books {
	char *stage;
	bool passes; /* a filter that passes rows through: in = out + buckets must hold */
	uint64_t in, out;
	struct mdl_sum in_sum, out_sum;
	struct mdl_ledger_bucket *buckets;
	size_t nbuckets, buckets_cap;
	struct mdl_ledger_file *files;
	size_t nfiles, files_cap;
	struct mdl_ledger_state *states; /* the whole chain to load, oldest first */
	size_t nstates, states_cap;
	struct mdl_ledger_table *tables;
	size_t ntables, tables_cap;
	struct mdl_ledger_sent *sent;
	size_t nsent, sent_cap;
	int64_t held; /* rows held in state at the end of the epoch, -1 when it holds none by nature */
	char *detail; /* JSON object of the stage's own metrics (expectations, state rows), or NULL */
};

void mdl_books_init(struct mdl_books *b, const char *stage, bool passes);
void mdl_books_free(struct mdl_books *b);
/* Empty the counts and lists; the stage's name stays. */
void mdl_books_reset(struct mdl_books *b);
/* Add N rows to a bucket, made when new. */
void mdl_books_bucket(struct mdl_books *b, const char *name, uint64_t n);
/* These copy their texts. */
void mdl_books_file(struct mdl_books *b, const struct mdl_ledger_file *f);
void mdl_books_state(struct mdl_books *b, const char *name, uint64_t size, uint32_t crc32c);
void mdl_books_table(struct mdl_books *b, const char *dir, const char *owner, bool side);
void mdl_books_sent(struct mdl_books *b, const char *to, uint64_t rows, struct mdl_sum sum);

#endif
