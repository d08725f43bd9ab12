/* SPDX-License-Identifier: MIT
 *
 * Synthetic events with known faults, the same bytes for the same options on
 * every machine. A kind (music, sensors, weblog) makes events in order of time
 * and renders them; this module mixes in the faults, writes, paces, and keeps the
 * truth: what is in the output, counted, for tests to compare with.
 *
 * A row has at most one fault. Which rows have one is drawn per output from its
 * own stream of chances, so the good rows are the same events with and without
 * faults. Faults:
 *   duplicate  a byte-for-byte copy of one of the last MDL_SIMULATE_NEAR good rows of its output
 *   malformed  one of the kind's ways to be wrong (fault names)
 *   late       a good row held back until the good rows before it in its output have reached an
 *              event time of more than its own + late_by_ms
 */
#ifndef MDL_SOURCE_SIMULATE_H
#define MDL_SOURCE_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum {
	MDL_SIMULATE_TYPES = 4,      /* most types of row that a kind has */
	MDL_SIMULATE_GROUPS = 8,     /* most groups that its truth counts by */
	MDL_SIMULATE_FAULTS = 8,     /* most ways to be malformed, none included */
	MDL_SIMULATE_NEAR = 128,     /* how far back a duplicate's original may be, in good rows */
	MDL_SIMULATE_ROW_MAX = 4096, /* bytes of a row, at most */
};

/* Fault 0 is none, fault 1 a line that was cut off; the others are the kind's. */
enum { MDL_SIMULATE_GOOD, MDL_SIMULATE_CUT_OFF };

struct mdl_simulate_options {
	uint64_t seed, rows; /* rows UINT64_MAX: without end */
	uint64_t users;      /* listeners, devices or visitors */
	int64_t start_ms;    /* time of the first event, since 1970 */
	unsigned types;      /* bit per type that is written */
	/* chances of 2^32 */
	uint64_t duplicates, malformed, late;
	int64_t late_by_ms;
	uint64_t rate;           /* rows per second; 0: as fast as the output takes them */
	const char *type_member; /* first member that names the type, or NULL */
	const char *dir;         /* a file per type in it, or NULL: standard output */
	uint64_t files;          /* cut each type into so many files; 0: one file without a number */
	const int *stop;         /* set by a signal: stop after this row; or NULL. Read as volatile */
	bool common;             /* weblog: without referrer and agent */
};

/* An event as a kind made it; valid until the next one. */
struct mdl_simulate_row {
	unsigned type, group;
	int64_t ts_ms;          /* event time as a reader of the row sees it, floored to ms */
	uint64_t user, session; /* 0: none; else counted as distinct */
	int64_t amount;         /* in units of 10^-amount_decimals */
};

struct mdl_simulate_kind {
	const char *name;
	const char *types[MDL_SIMULATE_TYPES + 1]; /* file names without extension; NULL ends them */
	const char *extension;
	const char *faults[MDL_SIMULATE_FAULTS + 1]; /* names from fault 1 on; NULL ends them */
	const char *group;                           /* member that the truth counts by: "level" */
	const char *groups[MDL_SIMULATE_GROUPS + 1];
	const char *amount; /* member that it adds up: "duration" */
	unsigned amount_decimals;
	const char *users, *sessions; /* names of what is counted as distinct; sessions may be NULL */
	uint64_t default_users, max_users;

	void *(*open)(const struct mdl_simulate_options *o);
	void (*next)(void *gen, struct mdl_simulate_row *row);
	/* Bit per fault that ROW can have; never bit 0. */
	unsigned (*faults_of)(const struct mdl_simulate_row *row);
	/* The event that next() made last, with its newline; returns the end. DICE decides what FAULT leaves open. */
	char *(*render)(void *gen, const struct mdl_simulate_row *row, unsigned fault, uint32_t dice,
			char *d);
	void (*close)(void *gen);
};

extern const struct mdl_simulate_kind mdl_simulate_music, mdl_simulate_sensor, mdl_simulate_weblog;

/* What is in the output, by type. "good" rows are well-formed and on time, late ones well-formed too. */
struct mdl_simulate_count {
	uint64_t bytes, good, duplicates, late, malformed[MDL_SIMULATE_FAULTS];
	int64_t first_ms, last_ms; /* event times of good and late rows */
	int64_t behind_ms;         /* the most that a duplicate's time was behind the latest time before it */
	uint64_t by_group[MDL_SIMULATE_GROUPS][2]; /* rows that are good; late */
	int64_t amounts[MDL_SIMULATE_GROUPS][2];
};

struct mdl_simulate_truth {
	struct mdl_simulate_count types[MDL_SIMULATE_TYPES];
	uint64_t rows, users, sessions; /* all rows written; distinct ones in good and late rows */
};

/* The index of the type called NAME ("listen" stands for "listen_events" too), or -1. */
int mdl_simulate_type(const struct mdl_simulate_kind *k, const char *name);
/* A share ("0.02", "2%") as chances of 2^32. */
int mdl_simulate_share(const char *text, const char *what, uint64_t *chances, struct mdl_err *err);

int mdl_simulate_run(const struct mdl_simulate_kind *k, const struct mdl_simulate_options *o,
		     struct mdl_simulate_truth *truth, struct mdl_err *err);

/* The truth as a JSON document with a newline (form: medal-simulate(1)). */
void mdl_simulate_truth_write(struct mdl_buf *out, const struct mdl_simulate_kind *k,
			      const struct mdl_simulate_options *o, const struct mdl_simulate_truth *t);

#endif
