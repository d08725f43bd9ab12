/* SPDX-License-Identifier: MIT
 *
 * Learns the shape of an accepted line: see scan_shape.h.
 */
#include "json/scan_shape.h"

/* The line while it is taken apart. */
struct cut {
	struct mdl_shape *sh;
	const char *line;
	uint32_t n;
	uint32_t at;     /* how far the line is read */
	uint32_t fixed;  /* where the present fixed text begins */
	uint32_t anchor; /* the first anchor in it */
	bool has_anchor, spaced;
	struct mdl_shape_span span[MDL_SHAPE_CHECKS];
	uint32_t from[MDL_SHAPE_CHECKS], to[MDL_SHAPE_CHECKS]; /* the values' positions */
	uint8_t kind[MDL_SHAPE_CHECKS];
	uint32_t nvalues;
	uint32_t first[MDL_SHAPE_CHECKS + 1], last[MDL_SHAPE_CHECKS + 1]; /* the fixed texts' positions */
	struct mdl_shape_place place[MDL_SHAPE_CHECKS + 1];               /* and where they begin */
	uint32_t nfixed;
	uint32_t anchors;      /* met so far */
	uint32_t first_number; /* of the anchor in this fixed text */
};

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static uint8_t number(const char *p, const char *end)
{
	uint8_t kind = MDL_JSON_INT;
	const char *q;
	p += *p == '-';
	q = digits(p, end);
	if (q == p || (*p == '0' && q - p > 1))
		return MDL_JSON_MISSING;
	p = q;
	if (p < end && *p == '.') {
		kind = MDL_JSON_REAL;
		q = digits(++p, end);
		if (q == p)
			return MDL_JSON_MISSING;
		p = q;
	}
	if (p < end && (*p | 0x20) == 'e') {
		kind = MDL_JSON_REAL;
		p++;
		p += p < end && (*p == '+' || *p == '-');
		q = digits(p, end);
		if (q == p)
			return MDL_JSON_MISSING;
		p = q;
	}
	return p == end ? kind : MDL_JSON_MISSING;
}

uint8_t mdl_shape_scalar(const char *p, const char *end)
{
	size_t n = (size_t)(end - p);
	if (p >= end)
		return MDL_JSON_MISSING;
	if (n == 4 && memcmp(p, "true", 4) == 0)
		return MDL_JSON_TRUE;
	if (n == 5 && memcmp(p, "false", 5) == 0)
		return MDL_JSON_FALSE;
	if (n == 4 && memcmp(p, "null", 4) == 0)
		return MDL_JSON_NULL;
	return number(p, end);
}

/* The fixed text up to TO is complete; its end is the start of a value or the line's end. */
static bool close_fixed(struct cut *c, uint32_t to)
{
	struct mdl_shape *sh = c->sh;
	bool tail = to == c->n;
	if (to - c->fixed > MDL_SHAPE_REACH || c->nfixed == MDL_SHAPE_CHECKS)
		return false;
	/* what follows the last value is measured from the line's end */
	if (!c->has_anchor && !tail)
		return false;
	struct mdl_shape_place p = {(uint16_t)c->first_number, (int16_t)((int)c->fixed - (int)c->anchor)};
	if (tail)
		p = (struct mdl_shape_place){UINT16_MAX, (int16_t)((int)c->fixed - (int)c->n)};
	for (uint32_t from = c->fixed; from < to; from += 32) {
		if (sh->nchecks == MDL_SHAPE_CHECKS)
			return false;
		struct mdl_shape_check *k = &sh->check[sh->nchecks];
		uint32_t n = to - from < 32 ? to - from : 32;
		memset(k, 0, sizeof(*k));
		memcpy(k->text, c->line + from, n);
		memset(k->mask, 0xff, n);
		sh->check_at[sh->nchecks++] =
			(struct mdl_shape_place){p.anchor, (int16_t)(p.off + (int)(from - c->fixed))};
	}
	c->first[c->nfixed] = c->fixed;
	c->last[c->nfixed] = to;
	c->place[c->nfixed++] = p;
	return true;
}

/* A value that is no container stands at [FROM, TO), inside of quotes if it is a string. */
static bool add_value(struct cut *c, uint32_t from, uint32_t to, uint8_t kind)
{
	if (!close_fixed(c, from))
		return false;
	c->from[c->nvalues] = from;
	c->to[c->nvalues] = to;
	c->kind[c->nvalues++] = kind;
	c->fixed = to;
	c->has_anchor = false;
	return true;
}

static void note_anchor(struct cut *c, uint32_t at)
{
	char before = at ? c->line[at - 1] : '\0';
	if (c->spaced && before == ' ' && at > 1)
		before = c->line[at - 2];
	if (before != ',' && before != '{')
		return;
	if (!c->has_anchor) {
		c->has_anchor = true;
		c->anchor = at;
		c->first_number = c->anchors;
	}
	c->anchors++;
}

static bool cut_string(struct cut *c)
{
	uint32_t open = c->at, close = open + 1;
	bool escaped = false;
	while (c->line[close] != '"') {
		escaped = escaped || c->line[close] == '\\';
		close += c->line[close] == '\\' ? 2 : 1;
	}
	uint32_t next = close + 1;
	while (next < c->n && (c->line[next] == ' ' || c->line[next] == '\t' || c->line[next] == '\r'))
		next++;
	bool name = next < c->n && c->line[next] == ':';
	note_anchor(c, open);
	c->sh->nquotes += 2;
	c->at = close + 1;
	if (name) {
		note_anchor(c, close);
		return !escaped;
	}
	if (!add_value(c, open + 1, close, MDL_JSON_STRING))
		return false;
	uint32_t anchors = c->anchors;
	note_anchor(c, close);
	return c->anchors == anchors; /* a value like "Hello," makes its closing quote look like an anchor */
}

static bool cut_scalar(struct cut *c)
{
	uint32_t from = c->at;
	while (c->at < c->n && !strchr(",]} \t\r\n", c->line[c->at]))
		c->at++;
	uint8_t kind = mdl_shape_scalar(c->line + from, c->line + c->at);
	return kind && add_value(c, from, c->at, kind);
}

/* The place of position AT, which lies in a fixed text or at its end. */
static bool place_of(const struct cut *c, uint32_t at, struct mdl_shape_place *p)
{
	for (uint32_t i = 0; i < c->nfixed; i++) {
		if (at >= c->first[i] && at <= c->last[i]) {
			*p = c->place[i];
			p->off = (int16_t)(p->off + (int)(at - c->first[i]));
			return true;
		}
	}
	return false;
}

static bool span_of(const struct cut *c, uint32_t from, uint32_t to, struct mdl_shape_span *s)
{
	return place_of(c, from, &s->from) && place_of(c, to, &s->to);
}

static bool cut_line(struct cut *c)
{
	while (c->at < c->n) {
		switch (c->line[c->at]) {
		case '"':
			if (!cut_string(c))
				return false;
			break;
		case '{':
		case '}':
		case '[':
		case ']':
		case ':':
		case ',':
		case ' ':
			c->at++;
			break;
		case '\t':
		case '\r':
		case '\n':
			return false; /* control bytes are what the fast engines stop at */
		default:
			if (!cut_scalar(c))
				return false;
		}
		if (c->nvalues == MDL_SHAPE_CHECKS - 1 || c->anchors > MDL_SHAPE_ANCHORS)
			return false;
	}
	return close_fixed(c, c->n) && c->nvalues && c->anchors;
}

/* All values have their places; strings, numbers and literals are proved in different ways. */
static bool sort_values(struct cut *c, int32_t *scalar)
{
	struct mdl_shape *sh = c->sh;
	for (uint32_t i = 0; i < c->nvalues; i++) {
		if (!span_of(c, c->from[i], c->to[i], &c->span[i]))
			return false;
		/* an empty value's two ends are in two fixed texts */
		c->span[i].to = c->place[i + 1];
		scalar[i] = -1;
		if (c->kind[i] == MDL_JSON_STRING) {
			sh->string[sh->nstrings++] = c->span[i];
		} else if (c->kind[i] == MDL_JSON_INT || c->kind[i] == MDL_JSON_REAL) {
			sh->whole[sh->nnumbers] = c->kind[i] == MDL_JSON_INT;
			sh->number[sh->nnumbers++] = c->span[i];
		} else {
			sh->literal[sh->nliterals++] = c->span[i];
		}
	}
	uint32_t number = 0, literal = 0;
	for (uint32_t i = 0; i < c->nvalues; i++) {
		if (c->kind[i] == MDL_JSON_INT || c->kind[i] == MDL_JSON_REAL)
			scalar[i] = (int32_t)number++;
		else if (c->kind[i] != MDL_JSON_STRING)
			scalar[i] = (int32_t)(sh->nnumbers + literal++);
	}
	return true;
}

static bool sort_cells(struct cut *c, const int32_t *scalar, const struct mdl_json_value *cells,
		       size_t npaths)
{
	struct mdl_shape *sh = c->sh;
	for (uint32_t k = 0; k < npaths; k++) {
		if (cells[k].kind == MDL_JSON_MISSING) {
			sh->missing[sh->nmissing++] = k;
			continue;
		}
		struct mdl_shape_cell *cell = &sh->cell[sh->ncells++];
		*cell = (struct mdl_shape_cell){.path = k, .scalar = -1, .kind = cells[k].kind};
		uint32_t from = (uint32_t)(cells[k].p - c->line), to = from + cells[k].n;
		if (cells[k].kind == MDL_JSON_ARRAY || cells[k].kind == MDL_JSON_OBJECT) {
			if (!span_of(c, from, to, &cell->span))
				return false;
			continue;
		}
		uint32_t i = 0;
		while (i < c->nvalues && c->from[i] != from)
			i++;
		if (i == c->nvalues)
			return false;
		cell->span = c->span[i];
		cell->scalar = scalar[i];
	}
	return true;
}

/* Now that all anchors are counted, the line's end has its number. */
static void number_the_end(struct mdl_shape_place *p, uint32_t nanchors)
{
	if (p->anchor == UINT16_MAX)
		p->anchor = (uint16_t)nanchors;
}

static void set_lane(struct mdl_shape_lanes *l, uint32_t lane, const struct mdl_shape_span *s)
{
	l->from.anchor[lane] = s->from.anchor;
	l->from.off[lane] = s->from.off;
	l->to.anchor[lane] = s->to.anchor;
	l->to.off[lane] = s->to.off;
}

static bool same_span(const struct mdl_shape_span *a, const struct mdl_shape_span *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The lane of a cell, which is one of the values or gets one of its own; UINT32_MAX when there is none left. */
static uint32_t lane_of_cell(struct mdl_shape *sh, const struct mdl_shape_cell *cell, uint32_t *nlanes)
{
	if (cell->scalar >= 0)
		return (uint32_t)cell->scalar;
	for (uint32_t i = 0; i < sh->nstrings; i++)
		if (cell->kind == MDL_JSON_STRING && same_span(&sh->string[i], &cell->span))
			return sh->nnumbers + sh->nliterals + i;
	if (*nlanes == MDL_SHAPE_LANES)
		return UINT32_MAX;
	set_lane(&sh->lanes, *nlanes, &cell->span);
	return (*nlanes)++;
}

/* The fixed texts in pieces of 16 bytes. */
static bool lay_texts(const struct mdl_shape *sh, struct mdl_shape_lanes *l)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < 2 * sh->nchecks; i++) {
		const struct mdl_shape_check *k = &sh->check[i / 2];
		uint32_t half = i % 2 * 16;
		if (!k->mask[half])
			continue;
		if (n == MDL_SHAPE_LANES)
			return false;
		memcpy(l->piece[n / 4].text[n % 4], k->text + half, 16);
		memcpy(l->piece[n / 4].mask[n % 4], k->mask + half, 16);
		l->check.anchor[n] = sh->check_at[i / 2].anchor;
		l->check.off[n++] = sh->check_at[i / 2].off + (int32_t)half;
	}
	l->npieces = (n + 3) / 4;
	return true;
}

/* Where cell C stands among sixteen. */
static uint32_t slot_of(uint32_t c)
{
	return c / 16 * 16 + c % 4 * 4 + c % 16 / 4;
}

static void add_seen(struct mdl_scan_seen *to, uint32_t kinds, uint32_t longest)
{
	to->kinds |= kinds;
	to->longest = longest > to->longest ? longest : to->longest;
}

void mdl_shape_tell(struct mdl_shape *sh, struct mdl_scan_seen *seen)
{
	struct mdl_shape_lanes *l = &sh->lanes;
	if (!sh->used)
		return;
	for (uint32_t c = 0; c < sh->ncells; c++) {
		struct mdl_scan_seen *to = &seen[sh->cell[c].path];
		if (sh->cell[c].scalar < 0) {
			add_seen(to, 1u << sh->cell[c].kind, 0);
			continue;
		}
		add_seen(to, sh->seen[c].kinds, sh->seen[c].longest);
		if (l->fits)
			add_seen(to, l->seen_kinds[slot_of(c)], l->seen_longest[slot_of(c)]);
	}
	for (uint32_t m = 0; m < sh->nmissing; m++)
		add_seen(&seen[sh->missing[m]], 1u << MDL_JSON_MISSING, 0);
	memset(sh->seen, 0, sh->ncells * sizeof(*sh->seen));
	memset(l->seen_kinds, 0, sizeof(l->seen_kinds));
	memset(l->seen_longest, 0, sizeof(l->seen_longest));
	sh->used = false;
}

static void lay_lanes(struct mdl_shape *sh)
{
	struct mdl_shape_lanes *l = &sh->lanes;
	uint32_t n = 0, scalars = sh->nnumbers + sh->nliterals;
	memset(l, 0, sizeof(*l));
	if (sh->nanchors >= MDL_SHAPE_LANES || scalars > 16 || scalars + sh->nstrings > MDL_SHAPE_LANES ||
	    sh->ncells > MDL_SHAPE_LANES || !lay_texts(sh, l))
		return;
	for (uint32_t i = 0; i < sh->nnumbers; i++) {
		l->numbers[i / 4] |= (uint64_t)UINT16_MAX << 16 * (i % 4);
		set_lane(l, n++, &sh->number[i]);
	}
	for (uint32_t i = 0; i < sh->nliterals; i++)
		set_lane(l, n++, &sh->literal[i]);
	for (uint32_t i = 0; i < sh->nstrings; i++) {
		l->strings |= (uint32_t)1 << n;
		set_lane(l, n++, &sh->string[i]);
	}
	for (uint32_t c = 0; c < sh->ncells; c++) {
		const struct mdl_shape_cell *cell = &sh->cell[c];
		uint32_t lane = lane_of_cell(sh, cell, &n);
		if (lane == UINT32_MAX)
			return;
		/* the last of the cells fills the rest of its four */
		for (uint32_t k = c; k == c || (c + 1 == sh->ncells && k % 4); k++) {
			l->cell_lane[slot_of(k)] = lane;
			l->cell_kind[slot_of(k)] = cell->scalar >= 0 ? lane : 16u + cell->kind;
			l->cell_path[k] = cell->path;
		}
		if (cell->kind == MDL_JSON_STRING)
			l->string_path[l->nstring_cells++] = cell->path;
	}
	l->fits = true;
}

bool mdl_shape_learn(struct mdl_shape *sh, struct mdl_slice line, bool spaced,
		     const struct mdl_json_value *cells, size_t npaths)
{
	struct cut c;
	int32_t scalar[MDL_SHAPE_CHECKS];
	if (line.n > INT16_MAX)
		return false;
	c.sh = sh;
	c.line = line.p;
	c.n = (uint32_t)line.n;
	c.at = c.fixed = c.anchor = c.nvalues = c.nfixed = c.anchors = c.first_number = 0;
	c.has_anchor = false;
	c.spaced = spaced;
	sh->nanchors = sh->nquotes = sh->lead = sh->nchecks = sh->nstrings = sh->nnumbers = sh->nliterals = 0;
	sh->ncells = sh->nmissing = 0;
	sh->hits = 0;
	sh->used = false;
	memset(sh->seen, 0, npaths * sizeof(*sh->seen));
	if (!cut_line(&c) || !sort_values(&c, scalar) || !sort_cells(&c, scalar, cells, npaths))
		return false;
	sh->nanchors = c.anchors;
	if (c.place[0].anchor != 0)
		return false;
	sh->lead = (uint32_t)-c.place[0].off;
	for (uint32_t i = 0; i < sh->nchecks; i++)
		number_the_end(&sh->check_at[i], c.anchors);
	struct mdl_shape_span *spans[] = {sh->string, sh->number, sh->literal};
	uint32_t counts[] = {sh->nstrings, sh->nnumbers, sh->nliterals};
	for (size_t s = 0; s < 3; s++)
		for (uint32_t i = 0; i < counts[s]; i++)
			number_the_end(&spans[s][i].to, c.anchors);
	for (uint32_t i = 0; i < sh->ncells; i++) {
		number_the_end(&sh->cell[i].span.from, c.anchors);
		number_the_end(&sh->cell[i].span.to, c.anchors);
	}
	lay_lanes(sh);
	return true;
}
