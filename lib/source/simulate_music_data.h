/* SPDX-License-Identifier: MIT
 *
 * Words for the music simulator: places, people, browsers and titles. Texts are
 * JSON string contents, escaped where they must be, so that readers meet quotes,
 * backslashes and letters beyond ASCII.
 */
#ifndef MDL_SOURCE_SIMULATE_MUSIC_DATA_H
#define MDL_SOURCE_SIMULATE_MUSIC_DATA_H

#include <stddef.h>
#include <stdint.h>

struct mdl_simulate_place {
	const char *city, *state;
	uint32_t zip;     /* the first of several in a row */
	int32_t lon, lat; /* millionths of a degree */
};

extern const struct mdl_simulate_place mdl_simulate_music_places[];
extern const char *const mdl_simulate_music_first_names[]; /* gender is the first letter: "FAva" */
extern const char *const mdl_simulate_music_last_names[];
extern const char *const mdl_simulate_music_agents[];
extern const char *const mdl_simulate_music_words[];
extern const size_t mdl_simulate_music_nplaces, mdl_simulate_music_nfirst, mdl_simulate_music_nlast,
	mdl_simulate_music_nagents, mdl_simulate_music_nwords;

#endif
