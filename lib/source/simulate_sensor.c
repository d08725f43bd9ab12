/* SPDX-License-Identifier: MIT
 *
 * Readings of sensors: each device reports once a minute at its own moment, its
 * values wander in small steps, its battery runs down and is changed. Values are
 * integers of hundredths and tenths, so that sums are exact.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "source/simulate.h"
#include "source/simulate_text.h"

enum { WRONG_TYPE = MDL_SIMULATE_CUT_OFF + 1, MISSING_MEMBER, INVALID_VALUE };
enum { OK, WARNING, FAULT, NSTATUS };
enum { PERIOD_MS = 60000 };

static const struct {
	const char *name, *lat, *lon;
} sites[] = {
	{"Lisbon", "38.7223", "-9.1393"},          {"Rotterdam", "51.9244", "4.4777"},
	{"G\xc3\xb6teborg", "57.7089", "11.9746"}, {"S\xc3\xa3o Paulo", "-23.5505", "-46.6333"},
	{"Houston", "29.7604", "-95.3698"},        {"Pune", "18.5204", "73.8567"},
	{"Osaka", "34.6937", "135.5023"},          {"Perth", "-31.9523", "115.8613"},
	{"Nairobi", "-1.2921", "36.8219"},         {"Krak\xc3\xb3w", "50.0647", "19.9450"},
	{"Calgary", "51.0447", "-114.0719"},       {"Tromso", "69.6492", "18.9553"},
};
static const char *const firmwares[] = {"2.4.1", "2.4.0", "2.3.7", "3.0.0-rc.2"};
static const char *const statuses[NSTATUS] = {"ok", "warning", "fault"};

enum { NSITES = sizeof(sites) / sizeof(sites[0]), NFIRMWARES = sizeof(firmwares) / sizeof(firmwares[0]) };

struct device {
	int32_t temperature; /* hundredths of a degree */
	uint32_t seq;
	int16_t humidity; /* tenths of a per cent */
	uint16_t battery; /* hundredths of a per cent */
	uint8_t site, firmware, status;
};

struct sensor {
	struct mdl_arena arena;
	struct mdl_random chance;
	int64_t start_ms;
	uint64_t n, at; /* devices; readings made */
	struct device *devices;
	struct mdl_simulate_frag lead, sites[NSITES], firmwares[NFIRMWARES], statuses[NSTATUS];
	int64_t second; /* that `clock` shows */
	char clock[64]; /* "2024-01-15T00:00:00." */

	const struct device *now;
	uint64_t now_id;
	int64_t now_ms;
};

static void *sensor_open(const struct mdl_simulate_options *o)
{
	struct sensor *s = mdl_zalloc(sizeof(*s));
	mdl_arena_init(&s->arena);
	mdl_random_seed(&s->chance, o->seed, 2);
	s->start_ms = o->start_ms;
	s->second = INT64_MIN;
	s->n = o->users;
	s->devices = mdl_array(s->n, sizeof(*s->devices));
	for (uint64_t i = 0; i < s->n; i++) {
		struct device *d = &s->devices[i];
		d->site = (uint8_t)mdl_random_below(&s->chance, NSITES);
		d->firmware = (uint8_t)mdl_random_below(&s->chance, NFIRMWARES);
		d->temperature = 1200 + (int32_t)mdl_random_below(&s->chance, 2200);
		d->humidity = (int16_t)(300 + mdl_random_below(&s->chance, 450));
		d->battery = (uint16_t)(500 + mdl_random_below(&s->chance, 9500));
	}
	s->lead = o->type_member ? mdl_simulate_text_frag(&s->arena, "{\"%s\":\"readings\",\"ts\":\"",
							  o->type_member)
				 : mdl_simulate_text_frag(&s->arena, "{\"ts\":\"");
	for (int i = 0; i < NSITES; i++)
		s->sites[i] = mdl_simulate_text_frag(&s->arena,
						     ",\"site\":\"%s\",\"location\":{\"lat\":%s,\"lon\":%s}",
						     sites[i].name, sites[i].lat, sites[i].lon);
	for (int i = 0; i < NFIRMWARES; i++)
		s->firmwares[i] = mdl_simulate_text_frag(&s->arena, ",\"firmware\":\"%s\"}\n", firmwares[i]);
	for (int i = 0; i < NSTATUS; i++)
		s->statuses[i] = mdl_simulate_text_frag(&s->arena, ",\"status\":\"%s\"", statuses[i]);
	return s;
}

static void sensor_next(void *gen, struct mdl_simulate_row *row)
{
	struct sensor *s = gen;
	uint64_t i = s->at % s->n;
	struct device *d = &s->devices[i];
	uint64_t v = mdl_random_next(&s->chance);
	d->temperature += (int32_t)(v & 31) - 15 - (d->temperature - 2200) / 256;
	d->humidity = (int16_t)(d->humidity + (int)(v >> 8 & 7) - 3 - (d->humidity - 500) / 64);
	d->seq++;
	if ((v >> 16 & 3) == 0)
		d->battery = d->battery > 50 ? (uint16_t)(d->battery - 1) : 10000;
	d->status = (v >> 24 & 1023) == 0                                                ? FAULT
		    : d->battery < 1000 || d->temperature > 3500 || d->temperature < 900 ? WARNING
											 : OK;
	s->now = d;
	s->now_id = i + 1;
	s->now_ms = s->start_ms + (int64_t)(s->at / s->n * PERIOD_MS + i * PERIOD_MS / s->n);
	s->at++;
	*row = (struct mdl_simulate_row){
		.ts_ms = s->now_ms, .user = s->now_id, .group = d->status, .amount = d->temperature};
}

static unsigned sensor_faults_of(const struct mdl_simulate_row *row)
{
	(void)row;
	return 1 << MDL_SIMULATE_CUT_OFF | 1 << WRONG_TYPE | 1 << MISSING_MEMBER | 1 << INVALID_VALUE;
}

static char *sensor_render(void *gen, const struct mdl_simulate_row *row, unsigned fault, uint32_t dice,
			   char *d)
{
	struct sensor *s = gen;
	const struct device *v = s->now;
	char *begin = d;
	int64_t second = s->now_ms / 1000;
	(void)row;
	if (second != s->second) {
		struct mdl_simulate_date t;
		mdl_simulate_text_date(&t, s->now_ms);
		snprintf(s->clock, sizeof(s->clock), "%04d-%02u-%02uT%02u:%02u:%02u.", t.year, t.month, t.day,
			 t.hour, t.minute, t.second);
		s->second = second;
	}
	d = mdl_simulate_text_put(d, s->lead);
	d = mdl_simulate_text_put(d, (struct mdl_simulate_frag){s->clock, 20});
	d = mdl_simulate_text_digits(d, (uint64_t)s->now_ms % 1000, 3);
	d = MDL_SIMULATE_TEXT_LIT(d, "Z\"");
	if (fault != MISSING_MEMBER) {
		d = MDL_SIMULATE_TEXT_LIT(d, ",\"device_id\":\"dev-");
		d = mdl_simulate_text_digits(d, s->now_id, 6);
		*d++ = '"';
	}
	d = MDL_SIMULATE_TEXT_LIT(d, ",\"seq\":");
	d = mdl_simulate_text_uint(d, v->seq);
	d = mdl_simulate_text_put(d, s->sites[v->site]);
	d = MDL_SIMULATE_TEXT_LIT(d, ",\"temperature\":");
	if (fault == WRONG_TYPE)
		d = MDL_SIMULATE_TEXT_LIT(d, "\"n/a\"");
	else
		d = mdl_simulate_text_decimal(d, v->temperature, 2);
	d = MDL_SIMULATE_TEXT_LIT(d, ",\"humidity\":");
	d = mdl_simulate_text_decimal(d, fault == INVALID_VALUE ? 1400 : v->humidity, 1);
	d = MDL_SIMULATE_TEXT_LIT(d, ",\"battery\":");
	d = mdl_simulate_text_uint(d, v->battery / 100);
	d = mdl_simulate_text_put(d, s->statuses[v->status]);
	d = mdl_simulate_text_put(d, s->firmwares[v->firmware]);
	return fault == MDL_SIMULATE_CUT_OFF ? mdl_simulate_text_cut(begin, d, dice) : d;
}

static void sensor_close(void *gen)
{
	struct sensor *s = gen;
	mdl_arena_free(&s->arena);
	free(s->devices);
	free(s);
}

const struct mdl_simulate_kind mdl_simulate_sensor = {
	.name = "sensors",
	.types = {"readings"},
	.extension = ".ndjson",
	.faults = {"cut_off", "wrong_type", "missing_member", "invalid_value"},
	.group = "status",
	.groups = {"ok", "warning", "fault"},
	.amount = "temperature",
	.amount_decimals = 2,
	.users = "devices",
	.default_users = 1000,
	.max_users = 999999,
	.open = sensor_open,
	.next = sensor_next,
	.faults_of = sensor_faults_of,
	.render = sensor_render,
	.close = sensor_close,
};
