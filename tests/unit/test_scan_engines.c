/* SPDX-License-Identifier: MIT
 *
 * All engines agree: a seeded generator makes streams of a few shapes, breaks some
 * lines, and each engine of this machine must give what the exact engine gives for the
 * line alone: verdict, kind, place and length of each wanted value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "json/scan.h"

enum { NPATHS = 8, MAX_LINES = 600 };

static const char *const paths[NPATHS] = {"a", "b", "c.d", "e[1]", "c", "e", "g.h.i", "a"};

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

static void put_string(struct mdl_buf *b)
{
	static const char *const parts[] = {
		"x",
		"abc",
		"",
		" ",
		"-",
		"Hello World",
		"\xc3\xa9",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"\\\"",
		"\\\\",
		"\\u00e9",
		"\\ud83d\\ude00",
		"\\n",
		"Mozilla/5.0 (X11; Linux x86_64) Gecko",
		"{",
		"}",
		"[]",
		":",
		"\\/",
		"0123456789012345678901234567890123456789012345678901234567890123456789",
		", ",
		"\\u0041\\\"",
	};
	for (uint32_t n = random_below(4); n; n--)
		mdl_buf_puts(b, parts[random_below(sizeof(parts) / sizeof(*parts))]);
}

static void put_scalar(struct mdl_buf *b, uint32_t kind)
{
	static const char *const numbers[] = {
		"0",           "-0",  "1",    "-12",           "1.5",
		"-0.25",       "1e5", "1E-7", "1700000000000", "12345678901234567890123456789012345678901",
		"-118.167134", "10",  "0.0"};
	static const char *const literals[] = {"true", "false", "null"};
	switch (kind) {
	case 0:
		mdl_buf_putc(b, '"');
		put_string(b);
		mdl_buf_putc(b, '"');
		break;
	case 1:
		mdl_buf_puts(b, numbers[random_below(sizeof(numbers) / sizeof(*numbers))]);
		break;
	default:
		mdl_buf_puts(b, literals[random_below(3)]);
	}
}

/* A line of the shape that SHAPE (any number) stands for: the same number gives the same names and kinds. */
static void put_line(struct mdl_buf *b, uint64_t shape, bool spaced)
{
	static const char *const names[] = {"a",
					    "b",
					    "c",
					    "d",
					    "e",
					    "g",
					    "h",
					    "a longer name",
					    "x",
					    "\\u0061",
					    "userAgent of the first request that came in, as it was sent"};
	const char *comma = spaced ? ", " : ",", *colon = spaced ? ": " : ":";
	uint64_t keep = seed;
	char stack[16];
	uint32_t depth = 0;
	bool first = true;
	mdl_buf_putc(b, '{');
	stack[depth++] = '}';
	for (int steps = 0; depth && steps < 40; steps++) {
		/* structure by SHAPE, content by the stream's seed */
		shape = shape * 6364136223846793005u + 1442695040888963407u;
		uint32_t r = (uint32_t)(shape >> 33) % 100, name = (uint32_t)(shape >> 40) % 1000;
		if (r < 18 && !first) {
			mdl_buf_putc(b, stack[--depth]);
			continue;
		}
		if (!first)
			mdl_buf_puts(b, comma);
		if (stack[depth - 1] == '}') {
			mdl_buf_putc(b, '"');
			mdl_buf_puts(b, names[name < 30 ? 9 : name % 9 + (name % 97 == 0)]);
			mdl_buf_putc(b, '"');
			mdl_buf_puts(b, colon);
		}
		first = false;
		if (r < 34 && depth < 15) {
			stack[depth++] = r < 24 ? ']' : '}';
			mdl_buf_putc(b, r < 24 ? '[' : '{');
			first = true;
			if (r % 4 == 0) {
				mdl_buf_putc(b, stack[--depth]);
				first = false;
			}
		} else {
			put_scalar(b, r < 70 ? 0 : r < 93 ? 1 : 2);
		}
	}
	if (first && depth > 1)
		mdl_buf_puts(b, stack[depth - 1] == '}' ? "\"z\":1" : "1");
	while (depth)
		mdl_buf_putc(b, stack[--depth]);
	if (seed == keep)
		random_below(2);
}

static void break_line(char *p, size_t n)
{
	static const char bytes[] = "\"\\,:{}[]0-e.tn \t\r\x01\x1f\x80\xc3\xe2\xf0\xff\xa9/u_";
	for (uint32_t k = 1 + random_below(3); n && k; k--) {
		uint32_t at = random_below((uint32_t)n);
		switch (random_below(5)) {
		case 0:
			p[at] = bytes[random_below(sizeof(bytes) - 1)];
			break;
		case 1:
			p[at] = (char)(p[at] ^ 1 << random_below(8));
			break;
		case 2: { /* two bytes change places */
			uint32_t other = random_below((uint32_t)n);
			char c = p[at];
			p[at] = p[other];
			p[other] = c;
			break;
		}
		case 3: /* a byte is doubled over its neighbour */
			if (at + 1 < n)
				p[at + 1] = p[at];
			break;
		default: /* the tail moves */
			memmove(p + at, p + at + (at + 1 < n), n - at - (at + 1 < n));
		}
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n')
			p[i] = ' ';
}

static bool same(const struct mdl_json_value *a, const struct mdl_json_value *b)
{
	return a->kind == b->kind && (!a->kind || (a->p == b->p && a->n == b->n && a->escaped == b->escaped));
}

static uint64_t compare(const char *engine, const struct mdl_slice *lines, size_t n, int rounds)
{
	static struct mdl_json_value values[NPATHS][MAX_LINES];
	static uint8_t verdicts[MAX_LINES];
	struct mdl_json_value *cols[NPATHS], one[NPATHS];
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(paths, NPATHS, &err), *ref = mdl_scan_new(paths, NPATHS, &err);
	uint64_t proved = 0;
	assert_int_equal(mdl_scan_use(ref, "exact"), 0);
	if (mdl_scan_use(s, engine) < 0) {
		mdl_scan_free(s);
		mdl_scan_free(ref);
		return 0;
	}
	for (size_t k = 0; k < NPATHS; k++)
		cols[k] = values[k];
	for (int round = 0; round < rounds; round++) {
		size_t want_bad = 0, bad = mdl_scan_batch(s, lines, n, verdicts, cols);
		struct mdl_scan_seen seen[NPATHS] = {{0}};
		for (size_t i = 0; i < n; i++) {
			enum mdl_scan_verdict v = mdl_scan_line(ref, lines[i], one, NULL, NULL);
			want_bad += v != MDL_SCAN_OK;
			if (verdicts[i] != v)
				fail_msg("%s: verdict %d instead of %d: %.*s", engine, verdicts[i], v,
					 (int)lines[i].n, lines[i].p);
			for (size_t k = 0; k < NPATHS; k++) {
				seen[k].kinds |= 1u << one[k].kind;
				if ((one[k].kind == MDL_JSON_INT || one[k].kind == MDL_JSON_REAL) &&
				    one[k].n > seen[k].longest)
					seen[k].longest = one[k].n;
			}
			for (size_t k = 0; k < NPATHS; k++)
				if (!same(&one[k], &values[k][i]))
					fail_msg("%s: path %s: kind %d \"%.*s\" instead of %d \"%.*s\": %.*s",
						 engine, paths[k], values[k][i].kind, (int)values[k][i].n,
						 values[k][i].kind ? values[k][i].p : "", one[k].kind,
						 (int)one[k].n, one[k].kind ? one[k].p : "", (int)lines[i].n,
						 lines[i].p);
		}
		assert_int_equal(bad, want_bad);
		for (size_t k = 0; k < NPATHS; k++) {
			assert_int_equal(mdl_scan_seen(s)[k].kinds, seen[k].kinds);
			assert_true(mdl_scan_seen(s)[k].longest >= seen[k].longest);
		}
	}
	proved = (uint64_t)rounds * n - mdl_scan_slow_lines(s);
	mdl_scan_free(ref);
	mdl_scan_free(s);
	return proved;
}

static void stream(uint64_t number, uint64_t proved[5])
{
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	size_t ends[MAX_LINES], n = 0;
	struct mdl_slice lines[MAX_LINES];
	seed = number * 0x9e3779b97f4a7c15u + 1;
	uint32_t nshapes = 1 + random_below(6), broken = random_below(3) * random_below(40);
	bool spaced = random_below(4) == 0;
	for (size_t want = 1 + random_below(MAX_LINES - 1); n < want; n++) {
		size_t from = b.n;
		if (random_below(60) == 0) /* something before the object */
			mdl_buf_putc(&b, "x{ ,\""[random_below(5)]);
		put_line(&b, number * 100 + random_below(nshapes), spaced);
		if (random_below(30) == 0)
			mdl_buf_puts(&b, "\r");
		if (random_below(60) == 0)
			b.n = from + (b.n > from ? random_below((uint32_t)(b.n - from)) : 0);
		if (random_below(100) < broken)
			break_line(b.p + from, b.n - from);
		ends[n] = b.n;
		mdl_buf_putc(&b, '\n');
	}
	for (size_t i = 0; i < MDL_SCAN_PADDING; i++)
		mdl_buf_putc(&b, (char)random_below(256));
	char *block = mdl_alloc(b.n); /* exactly so much, for the sanitizer */
	memcpy(block, b.p, b.n);
	for (size_t i = 0; i < n; i++) {
		size_t from = i ? ends[i - 1] + 1 : 0;
		lines[i] = (struct mdl_slice){block + from, ends[i] - from};
	}
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
		proved[e] += compare(engines[e], lines, n, 2);
	free(block);
	mdl_buf_free(&b);
}

static bool usable(const char *engine)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(NULL, 0, &err);
	bool yes = mdl_scan_use(s, engine) == 0;
	mdl_scan_free(s);
	return yes;
}

static void engines_agree(void **state)
{
	(void)state;
	const char *from = getenv("MEDAL_SCAN_FROM"), *count = getenv("MEDAL_SCAN_STREAMS");
	uint64_t first = from ? strtoull(from, NULL, 10) : 1, n = count ? strtoull(count, NULL, 10) : 150;
	uint64_t proved[5] = {0};
	for (uint64_t i = first; i < first + n; i++)
		stream(i, proved);
	print_message("lines proved without the exact engine: sse4 %llu, avx2 %llu, avx512 %llu, neon %llu\n",
		      (unsigned long long)proved[1], (unsigned long long)proved[2],
		      (unsigned long long)proved[3], (unsigned long long)proved[4]);
	assert_int_equal(proved[0], 0);
	/* else the test would say nothing about the engine */
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	for (size_t e = 1; e < sizeof(engines) / sizeof(*engines); e++)
		if (usable(engines[e]))
			assert_true(proved[e] > 100 * n);
}

/* A line of one shape with STRING, NUMBER and LITERAL as its values, and PAD bytes to shift them. */
static void put_values(struct mdl_buf *b, size_t pad, const char *string, const char *number,
		       const char *literal)
{
	mdl_buf_puts(b, "{\"x\":\"");
	for (size_t i = 0; i < pad; i++)
		mdl_buf_putc(b, '.');
	mdl_buf_printf(b, "\",\"a\":\"%s\",\"b\":%s,\"c\":{\"d\":\"%s\"},\"e\":%s,\"h\":\"%s\"}\n",
		       pad % 3 == 0 ? string : "", number, pad % 3 == 1 ? string : "a", literal,
		       pad % 3 == 2 ? string : "b");
}

/* Values that are almost right, or right in an unusual way, at each place of a block of 64 bytes. */
static void near_misses_are_seen(void **state)
{
	(void)state;
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	static const char *const strings[] = {
		"x\"y\\",
		"\"\\",
		"\\",
		"\\\"",
		"\\\\",
		"\\\\\\",
		"\\\\\\\"",
		"\\q",
		"\\u12",
		"\\u12g4",
		"\\u12G4z",
		"\\u00e9",
		"a\"b",
		"\"",
		"\"\"",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3\xa9",
		"\xf0\x9f\x98\x80",
		"\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xc0\x80",
		"\xe0\x80\x80",
		"\xff",
		"\x01",
		"\t",
		"\r",
		"\x1f",
		"\x7f",
		"a,",
		"a{",
		"a, ",
		"\\\",\\\"",
		"\",\"a\":\"",
		"\\\"}",
		"x\",\"y\":\"\\",
		"",
		"\\n\\",
		"\\\\\"",
		"\\\xc3\xa9",
		"\\u\xc3\xa9\xc3\xa9",
	};
	static const char *const numbers[] = {
		"1.2.3",
		"-",
		"",
		"01",
		"1.",
		".5",
		"-.5",
		"-1.",
		"1e5",
		"1e",
		"1E+",
		"--1",
		"00",
		"-01",
		"1-",
		"1..2",
		"+1",
		"0",
		"-0",
		"0.0",
		"00.1",
		"-0.5",
		"1.5e3.2",
		"1 ",
		" 1",
		"1,2",
		"1]",
		"true",
		"nul",
		"\"1\"",
		"{}",
		"1:",
		"0x1",
		"1234567890123456789012345678901",
		"12345678901234567890123456789012",
		"123456789012345678901234567890.5",
		"1234567890123456789012345678901.5",
		"01234567890123456789012345678901",
		"12345678901234567890123456789a",
	};
	static const char *const literals[] = {"true", "false", "null",  "tru",  "truE", "falsy",
					       "fals", "nulll", "true1", "TRUE", "1",    "-1.5",
					       "",     "nul",   "\"\"",  "none", "[]"};
	enum {
		NS = sizeof(strings) / sizeof(*strings),
		NN = sizeof(numbers) / sizeof(*numbers),
		NL = sizeof(literals) / sizeof(*literals),
		NUM = NS + NN + NL
	};
	uint64_t proved[5] = {0};
	for (size_t pad = 0; pad < 192; pad++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		struct mdl_slice lines[2 * NUM + 9];
		size_t n = 0, from = 0;
		for (size_t i = 0; i < 8; i++)
			put_values(&b, pad, "good", "12", "true");
		for (size_t i = 0; i < NUM; i++) {
			put_values(&b, pad, i < NS ? strings[i] : "a",
				   i >= NS && i < NS + NN ? numbers[i - NS] : "1",
				   i >= NS + NN ? literals[i - NS - NN] : "null");
			put_values(&b, pad, "more", i % 3 ? "-7.25" : "3", "false");
		}
		/* two fixed texts share a quote, and another string has the missing one inside */
		mdl_buf_printf(
			&b,
			"{\"x\":\"%*s\",\"a\":\",\"b\":12,\"c\":{\"d\":\"a\"},\"e\":true,\"h\":\"x\"y\"}\n",
			(int)pad, "");
		size_t end = b.n;
		for (size_t i = 0; i < MDL_SCAN_PADDING; i++)
			mdl_buf_putc(&b, '"');
		while (from < end) {
			size_t len = (size_t)((char *)memchr(b.p + from, '\n', end - from) - (b.p + from));
			lines[n++] = (struct mdl_slice){b.p + from, len};
			from += len + 1;
		}
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
			proved[e] += compare(engines[e], lines, n, 1);
		mdl_buf_free(&b);
	}
	for (size_t e = 1; e < sizeof(engines) / sizeof(*engines); e++)
		if (usable(engines[e]))
			assert_true(proved[e] > (uint64_t)192 * NUM);
}

/* The slow lines' UTF-8 check goes by blocks of the line: each fault at each place of a block. */
static void utf8_is_seen_in_slow_lines(void **state)
{
	(void)state;
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	static const char *const parts[] = {"\xc3\xa9",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x98\x80",
					    "\xc3",
					    "\xe2\x82",
					    "\xf0\x9f\x98",
					    "\x80",
					    "\xed\xa0\x80",
					    "\xf4\x90\x80\x80",
					    "\xc0\xaf",
					    "\xe0\x9f\xbf",
					    "\xf0\x8f\xbf\xbf",
					    "\xf5\x80\x80\x80",
					    "\xff",
					    "\xc3\xa9\xa9",
					    "\xed\x9f\xbf",
					    "\xee\x80\x80",
					    "\xf4\x8f\xbf\xbf"};
	for (size_t pad = 0; pad < 140; pad++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		struct mdl_slice lines[64];
		size_t n = 0, ends[64];
		for (; n < sizeof(parts) / sizeof(*parts); n++) {
			/* a list of numbers has no shape */
			mdl_buf_printf(&b, "{\"e\":[1,%zu],\"a\":\"%*s%s\"}", n, (int)pad, "", parts[n]);
			ends[n] = b.n;
			mdl_buf_putc(&b, '\n');
		}
		for (size_t i = 0; i < MDL_SCAN_PADDING; i++)
			mdl_buf_putc(&b, (char)0x80);
		for (size_t i = 0; i < n; i++) {
			size_t from = i ? ends[i - 1] + 1 : 0;
			lines[i] = (struct mdl_slice){b.p + from, ends[i] - from};
		}
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
			assert_int_equal(compare(engines[e], lines, n, 1), 0);
		mdl_buf_free(&b);
	}
}

/* An escape that is none in a block of 64 bytes at whose end a sequence is cut off: the line of each is seen. */
static void two_faults_of_a_block_are_seen(void **state)
{
	(void)state;
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	for (size_t shift = 0; shift < 64; shift++) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		struct mdl_slice lines[40], block;
		size_t n = 0;
		mdl_buf_printf(&b, "{\"a\":\"%*s\",\"b\":\"\"}\n", (int)shift, "");
		for (n = 1; n < 38; n++)
			mdl_buf_printf(&b, "{\"a\":\"%s\",\"b\":\"%s\"}\n", n < 20 || n % 4 ? "\\n" : "\\x",
				       n > 20 && n % 4 == 1 ? "\xc3" : "\xc3\xa9");
		block = mdl_buf_slice(&b);
		for (size_t i = 0; i < MDL_SCAN_PADDING; i++)
			mdl_buf_putc(&b, '\n');
		block.p = b.p;
		assert_int_equal(mdl_scan_split(NULL, &block, lines, 40), n);
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
			compare(engines[e], lines, n, 2);
		mdl_buf_free(&b);
	}
}

/* A control byte first and a quote missing: as many anchors and quotes as the known shape has, whose first text would
 * begin before the line, and here before all that an engine looks at. */
static void a_line_may_begin_too_late(void **state)
{
	(void)state;
	static const char *const engines[] = {"exact", "sse4", "avx2", "avx512", "neon"};
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_slice lines[MAX_LINES];
	size_t n = 0, from = 0;
	for (; n < MAX_LINES; n++)
		mdl_buf_printf(
			&b, n < 200 ? "{\"a\":1,\"b\":\"%200s\"}\n" : "\x01{\"a\":1,b\":\"%200s\"\"}\n", "");
	for (size_t i = 0; i < MDL_SCAN_PADDING; i++)
		mdl_buf_putc(&b, '\n');
	for (size_t i = 0; i < n; i++) {
		size_t len = (size_t)((char *)memchr(b.p + from, '\n', b.n - from) - (b.p + from));
		lines[i] = (struct mdl_slice){b.p + from, len};
		from += len + 1;
	}
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++)
		compare(engines[e], lines, n, 2);
	mdl_buf_free(&b);
}

/* What is known is proved wherever it stands, also first in a batch. */
static void known_lines_are_proved_first_in_a_batch(void **state)
{
	(void)state;
	static const char *const engines[] = {"sse4", "avx2", "avx512", "neon"};
	enum { N = 50 };
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_slice lines[N], block;
	uint8_t verdicts[N];
	for (int i = 0; i < N; i++)
		mdl_buf_printf(&b, "{\"a\":%d,\"b\":\"%*s\"}\n", i, 100 + i, "");
	block = mdl_buf_slice(&b);
	for (int i = 0; i < MDL_SCAN_PADDING; i++)
		mdl_buf_putc(&b, '\n');
	block.p = b.p;
	assert_int_equal(mdl_scan_split(NULL, &block, lines, N), N);
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
		struct mdl_err err = MDL_ERR_INIT;
		struct mdl_scan *s = mdl_scan_new(NULL, 0, &err);
		if (mdl_scan_use(s, engines[e]) == 0) {
			mdl_scan_batch(s, lines, N, verdicts, NULL);
			uint64_t slow = mdl_scan_slow_lines(s);
			for (size_t i = 0; i < N; i++)
				mdl_scan_batch(s, lines + i, N - i, verdicts, NULL);
			assert_int_equal(mdl_scan_slow_lines(s), slow);
		}
		mdl_scan_free(s);
	}
	mdl_buf_free(&b);
}

/* Lines that do not stand one behind the other are taken one by one. */
static void scattered_lines_are_right(void **state)
{
	(void)state;
	static const char text[] = "{\"a\":1}";
	struct mdl_slice lines[100];
	for (size_t i = 0; i < 100; i++) {
		char *p = mdl_alloc(sizeof(text) - 1);
		memcpy(p, text, sizeof(text) - 1);
		lines[i] = (struct mdl_slice){p, sizeof(text) - 1};
	}
	compare("exact", lines, 100, 2);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(NULL, 0, &err);
	compare(mdl_scan_engine_name(s), lines, 100, 2);
	assert_int_equal(mdl_scan_batch(s, lines, 0, NULL, NULL), 0);
	mdl_scan_free(s);
	for (size_t i = 0; i < 100; i++)
		free((char *)(uintptr_t)lines[i].p);
}

/* All engines cut the same lines: short and long ones, empty ones, and no more than asked for. */
static void lines_are_cut_alike(void **state)
{
	(void)state;
	static const char *const engines[] = {"sse4", "avx2", "avx512", "neon"};
	static struct mdl_slice want[30000], got[30000];
	for (uint64_t i = 1; i < 200; i++) {
		seed = i * 0x9e3779b97f4a7c15u;
		size_t len = 1 + random_below(20000), longest = 1 + random_below(300),
		       max = 1 + random_below(400), n = 0;
		char *p = mdl_alloc(len);
		for (size_t k = 0; k < len; k++)
			p[k] = random_below((uint32_t)longest) ? (char)random_below(256) : '\n';
		p[len - 1] = '\n';
		for (size_t at = 0; at < len; n++) {
			const char *nl = memchr(p + at, '\n', len - at);
			want[n] = (struct mdl_slice){p + at, (size_t)(nl - (p + at))};
			at += want[n].n + 1;
		}
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
			struct mdl_slice rest = {p, len};
			for (size_t row = 0; rest.n;) {
				size_t k = mdl_scan_split(engines[e], &rest, got, max);
				assert_in_range(k, 1, max);
				assert_true(k == max || !rest.n);
				for (size_t j = 0; j < k; j++, row++)
					assert_true(got[j].p == want[row].p && got[j].n == want[row].n);
				assert_int_equal(rest.n,
						 (size_t)(p + len - (got[k - 1].p + got[k - 1].n + 1)));
			}
		}
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_agree),
		cmocka_unit_test(near_misses_are_seen),
		cmocka_unit_test(utf8_is_seen_in_slow_lines),
		cmocka_unit_test(two_faults_of_a_block_are_seen),
		cmocka_unit_test(a_line_may_begin_too_late),
		cmocka_unit_test(known_lines_are_proved_first_in_a_batch),
		cmocka_unit_test(scattered_lines_are_right),
		cmocka_unit_test(lines_are_cut_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
