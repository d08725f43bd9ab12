/* SPDX-License-Identifier: MIT
 *
 * DECIMAL: see decimal.h. What does not fit 128 bits on the way goes through GMP's
 * mpn functions on the stack.
 */
#include "sql/decimal.h"

#include <gmp.h>
#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* Sign and magnitude of up to 512 bits; n limbs, the highest not 0. */
enum { LIMBS = 10 };
struct big {
	bool neg;
	mp_size_t n;
	mp_limb_t d[LIMBS];
};

mdl_i128 mdl_decimal_pow10(unsigned k)
{
	static const uint64_t low[] = {1,
				       10,
				       100,
				       1000,
				       10000,
				       100000,
				       1000000,
				       10000000,
				       100000000,
				       1000000000,
				       10000000000,
				       100000000000,
				       1000000000000,
				       10000000000000,
				       100000000000000,
				       1000000000000000,
				       10000000000000000,
				       100000000000000000,
				       1000000000000000000,
				       10000000000000000000u};
	return k < 20 ? (mdl_i128)low[k] : (mdl_i128)low[19] * (mdl_i128)low[k - 19];
}

static u128 magnitude(mdl_i128 v)
{
	return v < 0 ? 0 - (u128)v : (u128)v;
}

unsigned mdl_decimal_digits(mdl_i128 v)
{
	u128 m = magnitude(v);
	unsigned n = 1;
	while (n <= MDL_DECIMAL_DIGITS && m >= (u128)mdl_decimal_pow10(n))
		n++;
	return n;
}

static bool fits(mdl_i128 v, unsigned p)
{
	return magnitude(v) < (u128)mdl_decimal_pow10(p);
}

/* ---- result types ---- */

struct mdl_dec mdl_decimal_adjust(unsigned p, unsigned s)
{
	if (p <= MDL_DECIMAL_DIGITS)
		return (struct mdl_dec){p, s};
	unsigned whole = p - s, least = s < 6 ? s : 6;
	unsigned left = whole < MDL_DECIMAL_DIGITS ? MDL_DECIMAL_DIGITS - whole : 0;
	return (struct mdl_dec){MDL_DECIMAL_DIGITS, left > least ? left : least};
}

static unsigned max(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

struct mdl_dec mdl_decimal_type_add(struct mdl_dec a, struct mdl_dec b)
{
	unsigned s = max(a.s, b.s);
	return mdl_decimal_adjust(max(a.p - a.s, b.p - b.s) + s + 1, s);
}

struct mdl_dec mdl_decimal_type_mul(struct mdl_dec a, struct mdl_dec b)
{
	return mdl_decimal_adjust(a.p + b.p + 1, a.s + b.s);
}

struct mdl_dec mdl_decimal_type_div(struct mdl_dec a, struct mdl_dec b)
{
	unsigned s = max(6, a.s + b.p + 1);
	return mdl_decimal_adjust(a.p - a.s + b.s + s, s);
}

struct mdl_dec mdl_decimal_type_rem(struct mdl_dec a, struct mdl_dec b)
{
	unsigned s = max(a.s, b.s), wa = a.p - a.s, wb = b.p - b.s;
	return mdl_decimal_adjust((wa < wb ? wa : wb) + s, s);
}

/* ---- big integers ---- */

static struct big big_of(mdl_i128 v)
{
	struct big b = {.neg = v < 0, .n = 0};
	u128 m = magnitude(v);
	for (; m; m >>= 64)
		b.d[b.n++] = (mp_limb_t)m;
	return b;
}

static void big_trim(struct big *b)
{
	while (b->n && b->d[b->n - 1] == 0)
		b->n--;
}

static void big_mul_small(struct big *b, mp_limb_t m)
{
	if (b->n == 0)
		return;
	mp_limb_t carry = mpn_mul_1(b->d, b->d, b->n, m);
	if (carry)
		b->d[b->n++] = carry;
}

/* At most 10^78 here: 512 bits hold 10^116 and more. */
static void big_mul_pow10(struct big *b, unsigned k)
{
	for (; k > 19; k -= 19)
		big_mul_small(b, 10000000000000000000u);
	big_mul_small(b, (mp_limb_t)mdl_decimal_pow10(k));
}

static void big_mul(struct big *r, const struct big *a, const struct big *b)
{
	r->neg = a->neg != b->neg;
	r->n = 0;
	if (a->n == 0 || b->n == 0)
		return;
	if (a->n >= b->n)
		mpn_mul(r->d, a->d, a->n, b->d, b->n);
	else
		mpn_mul(r->d, b->d, b->n, a->d, a->n);
	r->n = a->n + b->n;
	big_trim(r);
}

static int big_cmp(const struct big *a, const struct big *b) /* of magnitudes */
{
	if (a->n != b->n)
		return a->n > b->n ? 1 : -1;
	return a->n ? mpn_cmp(a->d, b->d, a->n) : 0;
}

/* q = a / b cut off, a becomes the remainder. */
static void big_divide(struct big *q, struct big *a, const struct big *b)
{
	q->neg = a->neg != b->neg;
	q->n = 0;
	if (a->n < b->n)
		return;
	struct big r = {.neg = a->neg, .n = b->n};
	mpn_tdiv_qr(q->d, r.d, 0, a->d, a->n, b->d, b->n);
	q->n = a->n - b->n + 1;
	big_trim(q);
	big_trim(&r);
	*a = r;
}

/* Adjust the quotient Q of a division by B that left REST. */
static void big_round(struct big *q, const struct big *rest, const struct big *b, char mode)
{
	if (rest->n == 0)
		return;
	bool up = false;
	if (mode == 'c') {
		up = !q->neg;
	} else if (mode == 'f') {
		up = q->neg;
	} else if (mode != 't') {
		struct big twice = *rest;
		big_mul_small(&twice, 2);
		int c = big_cmp(&twice, b);
		up = c > 0 || (c == 0 && (mode == 'u' || (q->n && (q->d[0] & 1))));
	}
	if (!up)
		return;
	if (q->n == 0)
		q->d[q->n++] = 1;
	else if (mpn_add_1(q->d, q->d, q->n, 1))
		q->d[q->n++] = 1;
}

static bool big_get(const struct big *b, unsigned p, mdl_i128 *out)
{
	if (b->n > 2)
		return false;
	u128 m = 0;
	if (b->n > 1)
		m = (u128)b->d[1] << 64;
	if (b->n > 0)
		m |= b->d[0];
	if (m >= (u128)mdl_decimal_pow10(p))
		return false;
	*out = b->neg ? -(mdl_i128)m : (mdl_i128)m;
	return true;
}

/* B of scale FROM to R. */
static bool big_finish(struct big *b, unsigned from, struct mdl_dec r, mdl_i128 *out)
{
	if (from <= r.s) {
		big_mul_pow10(b, r.s - from);
		return big_get(b, r.p, out);
	}
	struct big q, d = big_of(1);
	big_mul_pow10(&d, from - r.s);
	bool neg = b->neg;
	big_divide(&q, b, &d);
	q.neg = neg;
	big_round(&q, b, &d, 'u');
	return big_get(&q, r.p, out);
}

/* ---- operations ---- */

bool mdl_decimal_round(mdl_i128 v, unsigned from, int scale, char mode, struct mdl_dec to, mdl_i128 *out)
{
	struct big b = big_of(v);
	if (scale < (int)from) {
		int drop = (int)from - scale;
		if (drop > 77)
			drop = 77;
		struct big q, d = big_of(1);
		big_mul_pow10(&d, (unsigned)drop);
		bool neg = b.neg;
		big_divide(&q, &b, &d);
		q.neg = neg;
		big_round(&q, &b, &d, mode);
		if (scale > (int)to.s) { /* the type has fewer digits than were kept */
			return big_finish(&q, (unsigned)scale, to, out);
		}
		int add = (int)to.s - scale;
		if (add > 77)
			add = q.n ? 77 : 0;
		big_mul_pow10(&q, (unsigned)add);
		return big_get(&q, to.p, out);
	}
	return big_finish(&b, from, to, out);
}

bool mdl_decimal_rescale(mdl_i128 v, unsigned from, struct mdl_dec to, mdl_i128 *out)
{
	if (from == to.s) {
		*out = v;
		return fits(v, to.p);
	}
	if (from < to.s && !__builtin_mul_overflow(v, mdl_decimal_pow10(to.s - from), out))
		return fits(*out, to.p);
	if (from > to.s) {
		mdl_i128 d = mdl_decimal_pow10(from - to.s), q = v / d, rest = v % d;
		/* d is even, so half of it is exact */
		if (rest >= d / 2)
			q++;
		else if (rest <= -(d / 2))
			q--;
		*out = q;
		return fits(q, to.p);
	}
	return false;
}

bool mdl_decimal_add(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out)
{
	unsigned s = max(as, bs);
	mdl_i128 x, y, sum;
	if (!__builtin_mul_overflow(a, mdl_decimal_pow10(s - as), &x) &&
	    !__builtin_mul_overflow(b, mdl_decimal_pow10(s - bs), &y) && !__builtin_add_overflow(x, y, &sum))
		return mdl_decimal_rescale(sum, s, r, out);
	struct big p = big_of(a), q = big_of(b), t;
	big_mul_pow10(&p, s - as);
	big_mul_pow10(&q, s - bs);
	int c = big_cmp(&p, &q);
	const struct big *hi = c >= 0 ? &p : &q, *lo = c >= 0 ? &q : &p;
	t.neg = hi->neg;
	t.n = hi->n;
	if (p.neg == q.neg) {
		mp_limb_t carry = mpn_add(t.d, hi->d, hi->n, lo->d, lo->n);
		if (carry)
			t.d[t.n++] = carry;
	} else {
		mpn_sub(t.d, hi->d, hi->n, lo->d, lo->n);
		big_trim(&t);
	}
	return big_finish(&t, s, r, out);
}

bool mdl_decimal_sub(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out)
{
	return mdl_decimal_add(a, as, -b, bs, r, out);
}

bool mdl_decimal_mul(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out)
{
	mdl_i128 t;
	if (as + bs <= MDL_DECIMAL_DIGITS && !__builtin_mul_overflow(a, b, &t))
		return mdl_decimal_rescale(t, as + bs, r, out);
	struct big x = big_of(a), y = big_of(b), z;
	big_mul(&z, &x, &y);
	return big_finish(&z, as + bs, r, out);
}

/* Spark divides to one digit more than any scale, HALF_UP, and then rounds to the type. */
enum { DIVISION_SCALE = MDL_DECIMAL_DIGITS + 1 };

bool mdl_decimal_div(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out)
{
	struct big x = big_of(a), y = big_of(b), q;
	/* a/10^as / (b/10^bs) * 10^39 */
	big_mul_pow10(&x, DIVISION_SCALE + bs);
	big_mul_pow10(&y, as);
	bool neg = x.neg != y.neg;
	big_divide(&q, &x, &y);
	q.neg = neg;
	big_round(&q, &x, &y, 'u');
	return big_finish(&q, DIVISION_SCALE, r, out);
}

bool mdl_decimal_rem(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, struct mdl_dec r, mdl_i128 *out)
{
	unsigned s = max(as, bs);
	struct big x = big_of(a), y = big_of(b), q;
	big_mul_pow10(&x, s - as);
	big_mul_pow10(&y, s - bs);
	big_divide(&q, &x, &y);
	/* Java's remainder in 38 digits gives up when the quotient has more, zeros at its end not counted. */
	mdl_i128 whole;
	const struct big ten = big_of(10);
	for (int i = 0; !big_get(&q, MDL_DECIMAL_DIGITS, &whole); i++) {
		struct big rest = q, tenth;
		big_divide(&tenth, &rest, &ten);
		mdl_i128 last;
		if (i == 80 || !big_get(&rest, 1, &last) || last != 0)
			return false;
		q = tenth;
	}
	return big_finish(&x, s, r, out);
}

bool mdl_decimal_quot(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs, int64_t *out)
{
	struct big x = big_of(a), y = big_of(b), q;
	big_mul_pow10(&x, bs);
	big_mul_pow10(&y, as);
	big_divide(&q, &x, &y);
	mdl_i128 v;
	if (!big_get(&q, MDL_DECIMAL_DIGITS, &v) || v < INT64_MIN || v > INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

bool mdl_decimal_negate(mdl_i128 v, unsigned precision, mdl_i128 *out)
{
	int drop = -34;
	for (mdl_i128 u = v; u != 0; u /= 10)
		drop++;
	if (drop > 0 && !mdl_decimal_round(v, 0, -drop, 'e', (struct mdl_dec){(uint8_t)precision, 0}, &v))
		return false;
	*out = -v;
	return true;
}

int mdl_decimal_cmp(mdl_i128 a, unsigned as, mdl_i128 b, unsigned bs)
{
	mdl_i128 t;
	if (as == bs)
		return (a > b) - (a < b);
	/* What overflows 128 bits is farther from 0 than any decimal. */
	if (as < bs) {
		if (__builtin_mul_overflow(a, mdl_decimal_pow10(bs - as), &t))
			return a > 0 ? 1 : -1;
		return (t > b) - (t < b);
	}
	if (__builtin_mul_overflow(b, mdl_decimal_pow10(as - bs), &t))
		return b > 0 ? -1 : 1;
	return (a > t) - (a < t);
}

/* ---- text ---- */

enum mdl_num_result mdl_decimal_parse(struct mdl_slice t, struct mdl_dec r, mdl_i128 *out)
{
	const char *p = t.p, *end = t.p + t.n;
	bool neg = p < end && *p == '-', any = false, point = false;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	/* First the exponent, for the number of digits to keep depends on it. */
	const char *first = p;
	int64_t scale = 0, exp10 = 0, digits = 0;
	for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		any = true;
		scale += point;
		digits += digits || *p != '0';
	}
	const char *last = p;
	if (!any)
		return MDL_NUM_SYNTAX;
	if (p < end && (*p == 'e' || *p == 'E')) {
		struct mdl_slice e = {p + 1, (size_t)(end - p - 1)};
		enum mdl_num_result er = mdl_num_parse_int64(e, &exp10);
		if (er == MDL_NUM_SYNTAX)
			return er;
		if (er == MDL_NUM_RANGE || exp10 > INT32_MAX || exp10 < -INT32_MAX)
			return MDL_NUM_SYNTAX; /* BigDecimal refuses such exponents */
	} else if (p < end) {
		return MDL_NUM_SYNTAX;
	}
	if (digits == 0) {
		*out = 0;
		return MDL_NUM_OK;
	}
	if (digits - scale + exp10 > (int64_t)r.p - r.s)
		return MDL_NUM_RANGE;
	/* Digits to keep: those down to 10^-s; the next one rounds. */
	int64_t keep = digits - scale + exp10 + r.s;
	u128 m = 0;
	int64_t seen = 0;
	bool up = false;
	for (p = first; p < last; p++) {
		if (*p == '.' || (seen == 0 && *p == '0'))
			continue;
		if (seen == keep)
			up = *p >= '5';
		if (++seen > keep)
			break;
		m = m * 10 + (unsigned char)(*p - '0');
	}
	if (seen < keep)
		m *= (u128)mdl_decimal_pow10((unsigned)(keep - seen));
	m += up && keep >= 0;
	if (m >= (u128)mdl_decimal_pow10(r.p))
		return MDL_NUM_RANGE;
	*out = neg ? -(mdl_i128)m : (mdl_i128)m;
	return MDL_NUM_OK;
}

static size_t put_magnitude(char *p, u128 m)
{
	const uint64_t chunk = 10000000000000000000u;
	if (m < chunk)
		return mdl_num_put_uint64(p, (uint64_t)m);
	size_t n = put_magnitude(p, m / chunk);
	char low[MDL_NUM_MAX];
	size_t k = mdl_num_put_uint64(low, (uint64_t)(m % chunk));
	memset(p + n, '0', 19 - k);
	memcpy(p + n + 19 - k, low, k);
	return n + 19;
}

size_t mdl_decimal_put_plain(char *p, mdl_i128 v, unsigned scale)
{
	char d[MDL_DECIMAL_MAX], *start = p;
	size_t n = put_magnitude(d, magnitude(v));
	if (v < 0)
		*p++ = '-';
	if (n <= scale) {
		*p++ = '0';
		*p++ = '.';
		memset(p, '0', scale - n);
		p += scale - n;
		memcpy(p, d, n);
		return (size_t)(p + n - start);
	}
	memcpy(p, d, n - scale);
	p += n - scale;
	if (scale) {
		*p++ = '.';
		memcpy(p, d + n - scale, scale);
		p += scale;
	}
	return (size_t)(p - start);
}

size_t mdl_decimal_put_java(char *p, mdl_i128 v, unsigned scale)
{
	char d[MDL_DECIMAL_MAX], *start = p;
	size_t n = put_magnitude(d, magnitude(v));
	int adjusted = (int)n - 1 - (int)scale;
	if (adjusted >= -6)
		return mdl_decimal_put_plain(p, v, scale);
	if (v < 0)
		*p++ = '-';
	*p++ = d[0];
	if (n > 1) {
		*p++ = '.';
		memcpy(p, d + 1, n - 1);
		p += n - 1;
	}
	*p++ = 'E';
	return (size_t)(p - start) + mdl_num_put_int64(p, adjusted);
}

/* ---- other numbers ---- */

bool mdl_decimal_from_int64(int64_t v, struct mdl_dec r, mdl_i128 *out)
{
	return mdl_decimal_rescale(v, 0, r, out);
}

bool mdl_decimal_from_double(double v, struct mdl_dec r, mdl_i128 *out)
{
	char t[MDL_NUM_MAX];
	return isfinite(v) &&
	       mdl_decimal_parse((struct mdl_slice){t, mdl_num_put_double(t, v)}, r, out) == MDL_NUM_OK;
}

bool mdl_decimal_from_float(float v, struct mdl_dec r, mdl_i128 *out)
{
	/* Spark widens the float before it makes a decimal. */
	return mdl_decimal_from_double((double)v, r, out);
}

double mdl_decimal_to_double(mdl_i128 v, unsigned scale)
{
	u128 m = magnitude(v);
	if (m <= (u128)1 << 53 && scale <= 22) {
		double d = (double)(uint64_t)m / (double)mdl_decimal_pow10(scale);
		return v < 0 ? -d : d;
	}
	char t[MDL_DECIMAL_MAX];
	double d = 0;
	mdl_num_parse_double((struct mdl_slice){t, mdl_decimal_put_plain(t, v, scale)}, &d);
	return d;
}

bool mdl_decimal_to_int64(mdl_i128 v, unsigned scale, int64_t *out)
{
	mdl_i128 q = v / mdl_decimal_pow10(scale);
	if (q < INT64_MIN || q > INT64_MAX)
		return false;
	*out = (int64_t)q;
	return true;
}
