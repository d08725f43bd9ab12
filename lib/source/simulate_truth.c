/* SPDX-License-Identifier: MIT
 *
 * The simulator's truth as a JSON document: what is in the output, counted
 * while it was made. The form is described in medal-simulate(1).
 */
#include <inttypes.h>

#include "source/simulate.h"
#include "source/simulate_text.h"

static void put_time(struct mdl_buf *out, const char *name, bool some, int64_t ts_ms)
{
	struct mdl_simulate_date d;
	if (!some) {
		mdl_buf_printf(out, "\"%s\":null", name);
		return;
	}
	mdl_simulate_text_date(&d, ts_ms);
	mdl_buf_printf(out, "\"%s\":\"%04d-%02u-%02uT%02u:%02u:%02u.%03uZ\"", name, d.year, d.month, d.day,
		       d.hour, d.minute, d.second, d.ms);
}

/* Sums are strings: exact decimals, beyond what a double holds. */
static void put_amount(struct mdl_buf *out, const struct mdl_simulate_kind *k, const char *prefix, int64_t v)
{
	char text[32];
	char *end = mdl_simulate_text_decimal(text, v, k->amount_decimals);
	mdl_buf_printf(out, ",\"%s%s\":\"%.*s\"", prefix, k->amount, (int)(end - text), text);
}

static void put_type(struct mdl_buf *out, const struct mdl_simulate_kind *k,
		     const struct mdl_simulate_count *c)
{
	uint64_t malformed = 0;
	for (unsigned i = 0; k->faults[i]; i++)
		malformed += c->malformed[i + 1];
	mdl_buf_printf(out,
		       "{\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"good\":%" PRIu64 ",\"late\":%" PRIu64
		       ",\"duplicates\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\n  \"malformed_by_kind\":{",
		       c->good + c->late + c->duplicates + malformed, c->bytes, c->good, c->late,
		       c->duplicates, malformed);
	for (unsigned i = 0; k->faults[i]; i++)
		mdl_buf_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "", k->faults[i], c->malformed[i + 1]);
	mdl_buf_puts(out, "},\n  ");
	put_time(out, "first", c->good + c->late > 0, c->first_ms);
	mdl_buf_putc(out, ',');
	put_time(out, "last", c->good + c->late > 0, c->last_ms);
	mdl_buf_printf(out, ",\"duplicates_behind_ms\":%" PRId64 ",\n  \"by_%s\":{", c->behind_ms, k->group);
	for (unsigned i = 0; k->groups[i]; i++) {
		mdl_buf_printf(out, "%s\"%s\":{\"rows\":%" PRIu64 ",\"late\":%" PRIu64,
			       i ? ",\n    " : "\n    ", k->groups[i], c->by_group[i][0] + c->by_group[i][1],
			       c->by_group[i][1]);
		put_amount(out, k, "", c->amounts[i][0] + c->amounts[i][1]);
		put_amount(out, k, "late_", c->amounts[i][1]);
		mdl_buf_putc(out, '}');
	}
	mdl_buf_puts(out, "}}");
}

void mdl_simulate_truth_write(struct mdl_buf *out, const struct mdl_simulate_kind *k,
			      const struct mdl_simulate_options *o, const struct mdl_simulate_truth *t)
{
	uint64_t bytes = 0;
	for (unsigned i = 0; k->types[i]; i++)
		bytes += t->types[i].bytes;
	mdl_buf_printf(out, "{\"kind\":\"%s\",\"seed\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64,
		       k->name, o->seed, t->rows, bytes);
	mdl_buf_printf(out, ",\"late_by_ms\":%" PRId64 ",\"%s\":%" PRIu64, o->late_by_ms, k->users, t->users);
	if (k->sessions)
		mdl_buf_printf(out, ",\"%s\":%" PRIu64, k->sessions, t->sessions);
	mdl_buf_puts(out, ",\n\"types\":{");
	bool first = true;
	for (unsigned i = 0; k->types[i]; i++) {
		if (!(o->types >> i & 1))
			continue;
		mdl_buf_printf(out, "%s\n \"%s\":", first ? "" : ",", k->types[i]);
		put_type(out, k, &t->types[i]);
		first = false;
	}
	mdl_buf_puts(out, "}}\n");
}
