/* SPDX-License-Identifier: MIT
 *
 * Keys that were seen: see key_set.h.
 *
 * A key is entered anew only when its old entry has expired, and the watermark never
 * falls; so of several entries of a key at most the newest is alive, and entries that
 * have expired may be dropped anywhere at any time.
 */
#include "op/key_set.h"

#include <string.h>

void mdl_key_set_init(struct mdl_key_set *s, bool timed)
{
	memset(s, 0, sizeof(*s));
	mdl_key_table_init(&s->table, timed);
}

void mdl_key_set_limit(struct mdl_key_set *s, uint64_t bytes, const char *dir)
{
	bytes = bytes < MDL_KEY_SET_MIN_BYTES ? MDL_KEY_SET_MIN_BYTES : bytes;
	s->limit_bytes = bytes;
	/* an eighth is for a walk through the table; buffers of a merge are part of the table's share, which is
	 * empty or being written out then */
	mdl_key_runs_free(&s->runs);
	mdl_key_runs_init(&s->runs, s->table.time_bytes, bytes / 4, dir);
	mdl_key_table_limit(&s->table, bytes - bytes / 4 - bytes / 8);
}

void mdl_key_set_free(struct mdl_key_set *s)
{
	mdl_key_table_free(&s->table);
	mdl_key_runs_free(&s->runs);
	memset(s, 0, sizeof(*s));
}

static int64_t ms_of(int64_t us, bool up)
{
	if (us == INT64_MAX)
		return us;
	return us / 1000 + (up ? us % 1000 > 0 : -(us % 1000 < 0));
}

static int on_disk(struct mdl_key_set *s, struct mdl_key key, struct mdl_err *err)
{
	return s->runs.n ? mdl_key_runs_has(&s->runs, key, s->table.evicted_ms, err) : 0;
}

int mdl_key_set_has(struct mdl_key_set *s, struct mdl_key key, struct mdl_err *err)
{
	key = mdl_key_stored(key);
	return mdl_key_table_has(&s->table, key) ? 1 : on_disk(s, key, err);
}

int mdl_key_set_enter(struct mdl_key_set *s, struct mdl_key key, int64_t expiry_us, struct mdl_err *err)
{
	int64_t expiry_ms = ms_of(expiry_us, true);
	key = mdl_key_stored(key);
	if (s->runs.n) { /* ask first: what is there must not be entered */
		int there = mdl_key_set_has(s, key, err);
		if (there)
			return there;
	}
	enum mdl_key_found found = mdl_key_table_enter(&s->table, key, expiry_ms);
	if (found == MDL_KEY_FULL) {
		if (mdl_key_runs_add(&s->runs, &s->table, err))
			return -1;
		mdl_key_table_clear(&s->table);
		found = mdl_key_table_enter(&s->table, key, expiry_ms);
	}
	return found == MDL_KEY_THERE;
}

void mdl_key_set_evict(struct mdl_key_set *s, int64_t us)
{
	mdl_key_table_evict(&s->table, ms_of(us, false));
}

void mdl_key_set_clear(struct mdl_key_set *s)
{
	mdl_key_table_clear(&s->table);
	mdl_key_runs_clear(&s->runs);
}

struct each {
	int (*fn)(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err);
	void *ctx;
};

static int each_entry(void *ctx, const struct mdl_key_entry *e, struct mdl_err *err)
{
	const struct each *each = ctx;
	return each->fn(each->ctx, e->key, e->expiry_ms == INT64_MAX ? INT64_MAX : e->expiry_ms * 1000, err);
}

int mdl_key_set_each(struct mdl_key_set *s,
		     int (*fn)(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err),
		     void *ctx, struct mdl_err *err)
{
	struct each each = {fn, ctx};
	return mdl_key_runs_each(&s->runs, &s->table, each_entry, &each, err);
}

struct mdl_key_set_stats mdl_key_set_stats(const struct mdl_key_set *s)
{
	uint64_t disk = mdl_key_runs_keys(&s->runs);
	return (struct mdl_key_set_stats){.keys = s->table.used + disk,
					  .disk_keys = disk,
					  .memory_bytes = s->table.bytes + s->runs.bytes,
					  .disk_bytes = disk * s->runs.entry_bytes};
}
