/* SPDX-License-Identifier: MIT
 *
 * Time zones: fixed offsets and the regions of the system's tz database, by the names
 * that java.time.ZoneId.of (with SHORT_IDS) knows. Local times in a gap move forward by
 * the gap's length, in an overlap the earlier offset counts, both as in java.time.
 */
#ifndef MDL_BASE_TIMEZONE_H
#define MDL_BASE_TIMEZONE_H

#include <stdint.h>

#include "base/slice.h"

struct mdl_zone;

extern const struct mdl_zone *const mdl_zone_utc;

/* "Z", "UTC", "GMT+8", "+02:00", "Europe/Berlin", "PST"; NULL when unknown. Valid as long as the process; the
 * same name gives the same pointer. */
const struct mdl_zone *mdl_zone_find(struct mdl_slice name);
const char *mdl_zone_name(const struct mdl_zone *z);

/* Seconds east of UTC at that instant; *ABBREV (may be NULL) gets "CET", valid as long as the process, or "" . */
int32_t mdl_zone_offset(const struct mdl_zone *z, int64_t utc_s, const char **abbrev);
/* Is daylight-saving time in force? */
int mdl_zone_is_dst(const struct mdl_zone *z, int64_t utc_s);
int64_t mdl_zone_to_local(const struct mdl_zone *z, int64_t utc_us);
int64_t mdl_zone_to_utc(const struct mdl_zone *z, int64_t local_us);

#endif
