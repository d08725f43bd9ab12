/* SPDX-License-Identifier: MIT
 *
 * How fast is the scanner in memory? bench_scan FILE [ENGINE|all [PATH...]] reads FILE, scans it in batches of
 * 256 KiB as the filters do, and prints the best of several runs for each engine, in processor time; then what the
 * ledger's hash of each line takes. To build it:
 * cc -O2 -std=gnu11 -D_GNU_SOURCE -Ilib tests/bench/bench_scan.c build/release/libmedal.a -lxxhash -o bench_scan
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "stream/ledger.h"
#include "json/scan.h"

enum { BATCH_BYTES = 1 << 18, BATCH_LINES = 1 << 16, MAX_WANTED = 64 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) < 0) {
		perror(path);
		exit(2);
	}
	*n = (size_t)ftell(f);
	rewind(f);
	char *p = mdl_zalloc(*n + 1 + MDL_SCAN_PADDING);
	*n = fread(p, 1, *n, f);
	fclose(f);
	if (*n && p[*n - 1] != '\n')
		p[(*n)++] = '\n';
	return p;
}

static void measure(const char *engine, const char *const *paths, size_t npaths,
		    const struct mdl_slice *lines, size_t nlines, size_t bytes)
{
	static uint8_t verdicts[BATCH_LINES];
	static struct mdl_json_value values[MAX_WANTED][BATCH_LINES];
	struct mdl_json_value *cols[MAX_WANTED];
	struct mdl_err err = MDL_ERR_INIT;
	double best = 1e9;
	size_t bad = 0;
	uint64_t slow = 0;
	for (size_t k = 0; k < npaths; k++)
		cols[k] = values[k];
	for (int run = 0; run < 5; run++) {
		struct mdl_scan *s = mdl_scan_new(paths, npaths, &err);
		if (!s || mdl_scan_use(s, engine) < 0) {
			fprintf(stderr, "%s: not here %s\n", engine, err.msg);
			mdl_scan_free(s);
			return;
		}
		double t = now();
		bad = 0;
		for (size_t i = 0, j; i < nlines; i = j) {
			const char *end = lines[i].p + BATCH_BYTES;
			for (j = i + 1; j < nlines && lines[j].p < end && j - i < BATCH_LINES; j++)
				;
			bad += mdl_scan_batch(s, lines + i, j - i, verdicts, cols);
		}
		t = now() - t;
		best = t < best ? t : best;
		slow = mdl_scan_slow_lines(s);
		mdl_scan_free(s);
	}
	printf("%-8s %7.0f MB/s  %5.0f ns/line  %zu lines, %zu not records, %.2f %% by the exact engine\n",
	       engine, (double)bytes / best / 1e6, best * 1e9 / (double)nlines, nlines, bad,
	       100.0 * (double)slow / (double)nlines);
}

static void measure_ledger(const struct mdl_slice *lines, size_t nlines, size_t bytes)
{
	double best = 1e9;
	struct mdl_sum sum = {0};
	for (int run = 0; run < 5; run++) {
		double t = now();
		for (size_t i = 0; i < nlines; i++)
			mdl_sum_add(&sum, mdl_sum_line(lines[i]));
		t = now() - t;
		best = t < best ? t : best;
	}
	char text[33];
	mdl_sum_hex(sum, text);
	printf("%-8s %7.0f MB/s  %5.0f ns/line  %s\n", "ledger", (double)bytes / best / 1e6,
	       best * 1e9 / (double)nlines, text);
}

int main(int argc, char **argv)
{
	static const char *const some[] = {"ts", "userId", "level", "duration", "song", "sessionId"};
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	if (argc < 2) {
		fprintf(stderr, "usage: bench_scan FILE [ENGINE|all [PATH...]]\n");
		return 2;
	}
	const char *const *paths = argc > 3 ? (const char *const *)argv + 3 : some;
	size_t npaths = argc > 3 ? (size_t)argc - 3 : sizeof(some) / sizeof(*some);
	size_t n, nlines = 0, cap = 0;
	char *text = slurp(argv[1], &n);
	struct mdl_slice *lines = NULL;
	for (char *p = text; p < text + n;) {
		char *q = memchr(p, '\n', (size_t)(text + n - p));
		MDL_GROW(lines, nlines, cap);
		lines[nlines++] = (struct mdl_slice){p, (size_t)(q - p)};
		p = q + 1;
	}
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
		if (argc < 3 || strcmp(argv[2], "all") == 0 || strcmp(argv[2], engines[e]) == 0)
			measure(engines[e], paths, npaths, lines, nlines, n);
	measure_ledger(lines, nlines, n);
	free(lines);
	free(text);
	return 0;
}
