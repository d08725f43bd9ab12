/* SPDX-License-Identifier: MIT
 *
 * Events of a music service, in the four types and the form of eventsim: each
 * listener walks through the pages of the service from session to session, and
 * each page that is seen is a page_view; a NextSong is a listen_event too, a
 * Submit Upgrade or Submit Downgrade a status_change, and the page after Login an
 * auth_event. Listeners wait in a heap by the time of their next page, so the
 * events come in order of time.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/random.h"
#include "source/simulate.h"
#include "source/simulate_music_data.h"
#include "source/simulate_text.h"

enum { LISTEN, PAGE_VIEW, AUTH, STATUS_CHANGE };
enum { WRONG_TYPE = MDL_SIMULATE_CUT_OFF + 1, MISSING_MEMBER, UNKNOWN_LEVEL, NEGATIVE_DURATION };
enum { FREE, PAID, NLEVELS, TRIAL = NLEVELS };

/* L_: Logged In, C_: Cancelled, O_: Logged Out, G_: Guest */
enum page {
	L_HOME,
	L_SONG,
	L_LOGOUT,
	L_SETTINGS,
	L_SAVE,
	L_HELP,
	L_ABOUT,
	L_ERROR,
	L_UPGRADE,
	L_DOWNGRADE,
	L_SUBMIT_UPGRADE,
	L_SUBMIT_DOWNGRADE,
	L_CANCEL,
	C_CONFIRM,
	O_HOME,
	O_HELP,
	O_ABOUT,
	O_ERROR,
	O_LOGIN,
	G_HOME,
	G_HELP,
	G_ABOUT,
	G_ERROR,
	G_REGISTER,
	G_SUBMIT,
	NPAGES,
	END = NPAGES,
};

static const struct {
	const char *name, *auth, *method;
	int status;
} pages[NPAGES] = {
	[L_HOME] = {"Home", "Logged In", "GET", 200},
	[L_SONG] = {"NextSong", "Logged In", "PUT", 200},
	[L_LOGOUT] = {"Logout", "Logged In", "PUT", 307},
	[L_SETTINGS] = {"Settings", "Logged In", "GET", 200},
	[L_SAVE] = {"Save Settings", "Logged In", "PUT", 307},
	[L_HELP] = {"Help", "Logged In", "GET", 200},
	[L_ABOUT] = {"About", "Logged In", "GET", 200},
	[L_ERROR] = {"Error", "Logged In", "GET", 404},
	[L_UPGRADE] = {"Upgrade", "Logged In", "GET", 200},
	[L_DOWNGRADE] = {"Downgrade", "Logged In", "GET", 200},
	[L_SUBMIT_UPGRADE] = {"Submit Upgrade", "Logged In", "PUT", 307},
	[L_SUBMIT_DOWNGRADE] = {"Submit Downgrade", "Logged In", "PUT", 307},
	[L_CANCEL] = {"Cancel", "Logged In", "PUT", 307},
	[C_CONFIRM] = {"Cancellation Confirmation", "Cancelled", "GET", 200},
	[O_HOME] = {"Home", "Logged Out", "GET", 200},
	[O_HELP] = {"Help", "Logged Out", "GET", 200},
	[O_ABOUT] = {"About", "Logged Out", "GET", 200},
	[O_ERROR] = {"Error", "Logged Out", "GET", 404},
	[O_LOGIN] = {"Login", "Logged Out", "PUT", 307},
	[G_HOME] = {"Home", "Guest", "GET", 200},
	[G_HELP] = {"Help", "Guest", "GET", 200},
	[G_ABOUT] = {"About", "Guest", "GET", 200},
	[G_ERROR] = {"Error", "Guest", "GET", 404},
	[G_REGISTER] = {"Register", "Guest", "GET", 200},
	[G_SUBMIT] = {"Submit Registration", "Guest", "PUT", 307},
};

/* Chances of 256 from page to page, for listeners with a free and with a paid level; the page's sum is 256. */
static const struct {
	unsigned char from, to;
	short of_free, of_paid;
} moves[] = {
	{L_HOME, L_SONG, 180, 184},
	{L_HOME, L_HELP, 5, 5},
	{L_HOME, L_ABOUT, 4, 3},
	{L_HOME, L_SETTINGS, 8, 10},
	{L_HOME, L_LOGOUT, 12, 12},
	{L_HOME, L_UPGRADE, 12, 0},
	{L_HOME, L_DOWNGRADE, 0, 7},
	{L_HOME, L_ERROR, 1, 1},
	{L_HOME, END, 34, 34},
	{L_SONG, L_SONG, 224, 230},
	{L_SONG, L_HOME, 10, 9},
	{L_SONG, L_LOGOUT, 3, 3},
	{L_SONG, L_SETTINGS, 2, 2},
	{L_SONG, L_HELP, 2, 1},
	{L_SONG, L_ABOUT, 1, 1},
	{L_SONG, L_ERROR, 1, 1},
	{L_SONG, L_UPGRADE, 4, 0},
	{L_SONG, L_DOWNGRADE, 0, 2},
	{L_SONG, END, 9, 7},
	{L_LOGOUT, O_HOME, 256, 256},
	{L_SETTINGS, L_SAVE, 96, 96},
	{L_SETTINGS, L_CANCEL, 10, 6},
	{L_SETTINGS, L_HOME, 70, 70},
	{L_SETTINGS, L_SONG, 80, 84},
	{L_SAVE, L_HOME, 128, 128},
	{L_SAVE, L_SONG, 128, 128},
	{L_HELP, L_HOME, 100, 100},
	{L_HELP, L_SONG, 140, 140},
	{L_HELP, END, 16, 16},
	{L_ABOUT, L_HOME, 100, 100},
	{L_ABOUT, L_SONG, 140, 140},
	{L_ABOUT, END, 16, 16},
	{L_ERROR, L_HOME, 156, 156},
	{L_ERROR, L_SONG, 80, 80},
	{L_ERROR, END, 20, 20},
	{L_UPGRADE, L_SUBMIT_UPGRADE, 80, 0},
	{L_UPGRADE, L_HOME, 86, 128},
	{L_UPGRADE, L_SONG, 90, 128},
	{L_DOWNGRADE, L_SUBMIT_DOWNGRADE, 0, 70},
	{L_DOWNGRADE, L_CANCEL, 0, 6},
	{L_DOWNGRADE, L_HOME, 128, 90},
	{L_DOWNGRADE, L_SONG, 128, 90},
	{L_SUBMIT_UPGRADE, L_HOME, 256, 256},
	{L_SUBMIT_DOWNGRADE, L_HOME, 256, 256},
	{L_CANCEL, C_CONFIRM, 256, 256},
	{C_CONFIRM, END, 256, 256},
	{O_HOME, O_LOGIN, 150, 150},
	{O_HOME, O_HELP, 12, 12},
	{O_HOME, O_ABOUT, 12, 12},
	{O_HOME, O_ERROR, 2, 2},
	{O_HOME, END, 80, 80},
	{O_HELP, O_HOME, 150, 150},
	{O_HELP, O_LOGIN, 56, 56},
	{O_HELP, END, 50, 50},
	{O_ABOUT, O_HOME, 150, 150},
	{O_ABOUT, O_LOGIN, 56, 56},
	{O_ABOUT, END, 50, 50},
	{O_ERROR, O_HOME, 200, 200},
	{O_ERROR, END, 56, 56},
	{O_LOGIN, L_HOME, 244, 244},
	{O_LOGIN, O_HOME, 12, 12},
	{G_HOME, G_REGISTER, 130, 130},
	{G_HOME, G_HELP, 25, 25},
	{G_HOME, G_ABOUT, 24, 24},
	{G_HOME, G_ERROR, 8, 8},
	{G_HOME, END, 69, 69},
	{G_HELP, G_HOME, 200, 200},
	{G_HELP, END, 56, 56},
	{G_ABOUT, G_HOME, 200, 200},
	{G_ABOUT, END, 56, 56},
	{G_ERROR, G_HOME, 200, 200},
	{G_ERROR, END, 56, 56},
	{G_REGISTER, G_SUBMIT, 170, 170},
	{G_REGISTER, G_HOME, 50, 50},
	{G_REGISTER, END, 36, 36},
	{G_SUBMIT, L_HOME, 256, 256},
};

enum { NSONGS = 20000, ZIPS = 8 };

struct song {
	struct mdl_simulate_frag title;    /* "artist":"...","song":"..." */
	struct mdl_simulate_frag duration; /* ,"duration":239.3073 */
	uint32_t length;                   /* in 10^-5 seconds */
};

struct listener {
	uint64_t session, registered_ms;
	uint32_t id, item; /* id 0: not registered */
	uint16_t place;
	uint8_t agent, first, last, level, page, after_login;
};

struct music {
	struct mdl_arena arena;
	struct mdl_random chance;
	int64_t start_ms;
	uint64_t *heap;     /* time since the start in ms << slot_bits | listener */
	unsigned slot_bits; /* as few as do, so that few listeners can go on for long */
	size_t n;
	struct listener *listeners;
	uint64_t sessions;
	uint32_t registered;
	struct song *songs;
	struct mdl_simulate_frag *places[2], *agents, *firsts, *lasts;
	struct mdl_simulate_frag lead[MDL_SIMULATE_TYPES];
	struct mdl_simulate_frag page_texts[NPAGES][NLEVELS + 1], level_texts[NPAGES][NLEVELS + 1];
	uint8_t moves[NLEVELS][NPAGES][256];

	/* the event that next() made last */
	struct listener now;
	int64_t now_ms;
	uint32_t now_song;
	unsigned pending; /* types that it still is to be returned as, a bit each */
};

static void compile_moves(struct music *m)
{
	short filled[NLEVELS][NPAGES] = {{0}};
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		for (int level = 0; level < NLEVELS; level++) {
			short n = level == PAID ? moves[i].of_paid : moves[i].of_free;
			short *at = &filled[level][moves[i].from];
			while (n-- > 0 && *at < 256)
				m->moves[level][moves[i].from][(*at)++] = moves[i].to;
		}
	for (int level = 0; level < NLEVELS; level++)
		for (int p = 0; p < NPAGES; p++)
			if (filled[level][p] != 256)
				mdl_bug("the moves from page %d at level %d add up to %d", p, level,
					filled[level][p]);
}

static void make_songs(struct music *m)
{
	struct mdl_random *r = &m->chance;
	m->songs = mdl_array(NSONGS, sizeof(*m->songs));
	for (size_t i = 0; i < NSONGS; i++) {
		char text[2][256];
		for (size_t part = 0; part < 2; part++) {
			size_t n = 0;
			uint32_t words = 1 + mdl_random_below(r, part ? 5 : 3);
			while (words--) {
				const char *w = mdl_simulate_music_words[mdl_random_below(
					r, (uint32_t)mdl_simulate_music_nwords)];
				size_t len = strlen(w);
				memcpy(text[part] + n, w, len);
				if (w[0] >= 'a' && w[0] <= 'z' && (n == 0 || !part))
					text[part][n] = (char)(w[0] - 'a' + 'A');
				n += len;
				text[part][n++] = ' ';
			}
			text[part][n - 1] = '\0';
		}
		m->songs[i].title = mdl_simulate_text_frag(&m->arena, "\"artist\":\"%s\",\"song\":\"%s\"",
							   text[0], text[1]);
		uint32_t length = 9000000 + mdl_random_below(r, 33000000);
		char number[24];
		*mdl_simulate_text_decimal(number, length, 5) = '\0';
		m->songs[i].length = length;
		m->songs[i].duration = mdl_simulate_text_frag(&m->arena, ",\"duration\":%s", number);
	}
}

static void make_texts(struct music *m, const struct mdl_simulate_options *o)
{
	struct mdl_arena *a = &m->arena;
	size_t nplaces = mdl_simulate_music_nplaces * ZIPS;
	for (int i = 0; i < 2; i++)
		m->places[i] = mdl_array(nplaces, sizeof(*m->places[i]));
	for (size_t i = 0; i < nplaces; i++) {
		const struct mdl_simulate_place *p = &mdl_simulate_music_places[i / ZIPS];
		char lon[24], lat[24];
		*mdl_simulate_text_decimal(lon, p->lon + (int32_t)(i % ZIPS) * 3517, 6) = '\0';
		*mdl_simulate_text_decimal(lat, p->lat + (int32_t)(i % ZIPS) * 2089, 6) = '\0';
		m->places[0][i] = mdl_simulate_text_frag(
			a, ",\"city\":\"%s\",\"zip\":\"%05u\",\"state\":\"%s\",\"userAgent\":\"", p->city,
			p->zip + (unsigned)(i % ZIPS), p->state);
		m->places[1][i] = mdl_simulate_text_frag(a, "\",\"lon\":%s,\"lat\":%s", lon, lat);
	}
	m->agents = mdl_array(mdl_simulate_music_nagents, sizeof(*m->agents));
	for (size_t i = 0; i < mdl_simulate_music_nagents; i++)
		m->agents[i] = mdl_simulate_text_frag(a, "%s", mdl_simulate_music_agents[i]);
	m->lasts = mdl_array(mdl_simulate_music_nlast, sizeof(*m->lasts));
	for (size_t i = 0; i < mdl_simulate_music_nlast; i++)
		m->lasts[i] =
			mdl_simulate_text_frag(a, ",\"lastName\":\"%s\"", mdl_simulate_music_last_names[i]);
	m->firsts = mdl_array(mdl_simulate_music_nfirst, sizeof(*m->firsts));
	for (size_t i = 0; i < mdl_simulate_music_nfirst; i++) {
		const char *f = mdl_simulate_music_first_names[i];
		m->firsts[i] = mdl_simulate_text_frag(
			a, ",\"firstName\":\"%s\",\"gender\":\"%c\",\"registration\":", f + 1, f[0]);
	}
	for (int p = 0; p < NPAGES; p++)
		for (int level = 0; level <= NLEVELS; level++) {
			const char *name = level == FREE ? "free" : level == PAID ? "paid" : "trial";
			m->level_texts[p][level] =
				mdl_simulate_text_frag(a, ",\"level\":\"%s\",\"itemInSession\":", name);
			m->page_texts[p][level] = mdl_simulate_text_frag(
				a,
				",\"page\":\"%s\",\"auth\":\"%s\",\"method\":\"%s\",\"status\":%d,\"level\":\"%s\","
				"\"itemInSession\":",
				pages[p].name, pages[p].auth, pages[p].method, pages[p].status, name);
		}
	for (int t = 0; mdl_simulate_music.types[t]; t++)
		m->lead[t] = o->type_member ? mdl_simulate_text_frag(a, "{\"%s\":\"%s\",", o->type_member,
								     mdl_simulate_music.types[t])
					    : mdl_simulate_text_frag(a, "{");
}

static void heap_down(struct music *m, size_t i, uint64_t key)
{
	uint64_t *h = m->heap;
	for (;;) {
		size_t first = i * 4 + 1, last = first + 4 < m->n ? first + 4 : m->n, best = first;
		if (first >= m->n)
			break;
		for (size_t c = first + 1; c < last; c++)
			if (h[c] < h[best])
				best = c;
		if (h[best] >= key)
			break;
		h[i] = h[best];
		i = best;
	}
	h[i] = key;
}

static void new_person(struct music *m, struct listener *l)
{
	uint64_t v = mdl_random_next(&m->chance);
	*l = (struct listener){
		.place = (uint16_t)((v & 0xffff) * (mdl_simulate_music_nplaces * ZIPS) >> 16),
		.agent = (uint8_t)((v >> 16 & 0xffff) * mdl_simulate_music_nagents >> 16),
		.first = (uint8_t)((v >> 32 & 0xffff) * mdl_simulate_music_nfirst >> 16),
		.last = (uint8_t)((v >> 48 & 0xffff) * mdl_simulate_music_nlast >> 16),
	};
}

static void begin_session(struct music *m, struct listener *l)
{
	uint32_t d = mdl_random_below(&m->chance, 100);
	l->session = 0; /* numbered when it begins, so that numbers rise with time */
	l->item = 0;
	l->after_login = 0;
	l->page = !l->id ? G_HOME : d < 20 ? O_HOME : d < 75 ? L_HOME : L_SONG;
}

static void *music_open(const struct mdl_simulate_options *o)
{
	struct music *m = mdl_zalloc(sizeof(*m));
	mdl_arena_init(&m->arena);
	mdl_random_seed(&m->chance, o->seed, 1);
	m->start_ms = o->start_ms;
	compile_moves(m);
	make_songs(m);
	make_texts(m, o);
	m->n = o->users;
	while ((UINT64_C(1) << m->slot_bits) < m->n)
		m->slot_bits++;
	m->heap = mdl_array(m->n, sizeof(*m->heap));
	m->listeners = mdl_array(m->n, sizeof(*m->listeners));
	for (size_t i = 0; i < m->n; i++) {
		struct listener *l = &m->listeners[i];
		new_person(m, l);
		uint32_t d = mdl_random_below(&m->chance, 100);
		if (d >= 3 || m->n == 1) {
			l->id = ++m->registered;
			l->level = d < 33 ? PAID : FREE;
			l->registered_ms = (uint64_t)(o->start_ms - 86400000 -
						      (int64_t)mdl_random_below(&m->chance, 2000000000) * 5);
		}
		begin_session(m, l);
		/* a quarter of them listen when the clock starts, the others come in the next hours */
		uint64_t at = mdl_random_below(&m->chance, 4) == 0
				      ? mdl_random_below(&m->chance, 240000)
				      : mdl_random_below(&m->chance, 7 * 3600000);
		m->heap[i] = at << m->slot_bits | i;
	}
	for (size_t i = m->n; i-- > 0;)
		heap_down(m, i, m->heap[i]);
	return m;
}

/* What LISTENER does after the page that it just saw at AT; returns when, in ms since the start. */
static uint64_t move_on(struct music *m, struct listener *l, uint64_t at)
{
	uint64_t v = mdl_random_next(&m->chance);
	uint32_t d = (uint32_t)(v >> 32);
	unsigned from = l->page, to = m->moves[l->level][from][v & 255];
	l->after_login = from == O_LOGIN;
	l->item++;
	if (from == L_SUBMIT_UPGRADE)
		l->level = PAID;
	else if (from == L_SUBMIT_DOWNGRADE)
		l->level = FREE;
	if (from == G_SUBMIT) {
		l->id = ++m->registered;
		l->registered_ms = (uint64_t)m->start_ms + at;
	}
	if (to == END) {
		if (from == C_CONFIRM)
			new_person(m, l);
		begin_session(m, l);
		return at + 3600000 + ((uint64_t)d * 21600000 >> 32);
	}
	l->page = (uint8_t)to;
	if (pages[from].status == 307) /* a redirect: the browser follows at once */
		return at + 1000;
	if (from == L_SONG) {
		uint64_t length = m->songs[m->now_song].length / 100;
		if ((v >> 8 & 7) == 0) /* not to its end */
			length = length * (d >> 16) >> 16;
		return at + 500 + length + (d & 1023);
	}
	return at + 3000 + ((uint64_t)d * 57000 >> 32);
}

static void music_next(void *gen, struct mdl_simulate_row *row)
{
	struct music *m = gen;
	struct listener *now = &m->now;
	if (!m->pending) {
		uint64_t key = m->heap[0], slot = key & ((UINT64_C(1) << m->slot_bits) - 1),
			 at = key >> m->slot_bits;
		struct listener *l = &m->listeners[slot];
		if (!l->session)
			l->session = ++m->sessions;
		*now = *l;
		m->now_ms = m->start_ms + (int64_t)at;
		m->pending = 1 << PAGE_VIEW;
		if (now->page == L_SONG) {
			uint64_t x = mdl_random_next(&m->chance) >> 32; /* cubed: few songs are played much */
			m->now_song = (uint32_t)(((x * x >> 32) * x >> 32) * NSONGS >> 32);
			m->pending |= 1 << LISTEN;
		} else if (now->page == L_SUBMIT_UPGRADE || now->page == L_SUBMIT_DOWNGRADE) {
			m->pending |= 1 << STATUS_CHANGE;
		}
		if (now->after_login)
			m->pending |= 1 << AUTH;
		heap_down(m, 0, move_on(m, l, at) << m->slot_bits | slot);
	}
	unsigned type = m->pending & 1 << PAGE_VIEW ? PAGE_VIEW : (unsigned)__builtin_ctz(m->pending);
	m->pending &= ~(1U << type);
	row->type = type;
	row->ts_ms = m->now_ms;
	row->group = now->level;
	row->session = now->session;
	row->user = now->page <= C_CONFIRM ? now->id : 0;
	row->amount = now->page == L_SONG && type != AUTH ? m->songs[m->now_song].length : 0;
}

static unsigned music_faults_of(const struct mdl_simulate_row *row)
{
	unsigned mask =
		1 << MDL_SIMULATE_CUT_OFF | 1 << WRONG_TYPE | 1 << MISSING_MEMBER | 1 << UNKNOWN_LEVEL;
	return row->amount ? mask | 1 << NEGATIVE_DURATION : mask;
}

static char *put_duration(char *d, const struct song *s, unsigned fault)
{
	if (fault == NEGATIVE_DURATION)
		return MDL_SIMULATE_TEXT_LIT(d, ",\"duration\":-1.5");
	return mdl_simulate_text_put(d, s->duration);
}

/* Which user or, without one, which session it was: the member that two of the faults are in. */
static char *put_who(char *d, const char *name, size_t n, uint64_t id, unsigned fault, char wrong)
{
	if (fault == MISSING_MEMBER)
		return d;
	memcpy(d, name, n);
	d += n;
	if (fault == WRONG_TYPE) {
		*d++ = '"';
		*d++ = wrong;
	}
	d = mdl_simulate_text_uint(d, id);
	if (fault == WRONG_TYPE)
		*d++ = '"';
	return d;
}

/* city to registration: where the listener is, with what, and who it is */
static char *put_listener(struct music *m, char *d, const struct mdl_simulate_row *row, unsigned fault)
{
	const struct listener *l = &m->now;
	d = mdl_simulate_text_put(d, m->places[0][l->place]);
	d = mdl_simulate_text_put(d, m->agents[l->agent]);
	d = mdl_simulate_text_put(d, m->places[1][l->place]);
	if (!row->user)
		return d;
	d = put_who(d, ",\"userId\":", sizeof(",\"userId\":") - 1, row->user, fault, 'u');
	d = mdl_simulate_text_put(d, m->lasts[l->last]);
	d = mdl_simulate_text_put(d, m->firsts[l->first]);
	return mdl_simulate_text_uint(d, l->registered_ms);
}

static char *music_render(void *gen, const struct mdl_simulate_row *row, unsigned fault, uint32_t dice,
			  char *d)
{
	struct music *m = gen;
	const struct listener *l = &m->now;
	const struct song *s = &m->songs[m->now_song];
	unsigned level = fault == UNKNOWN_LEVEL ? TRIAL : l->level, session_fault = row->user ? 0 : fault;
	char *begin = d;
	d = mdl_simulate_text_put(d, m->lead[row->type]);
	if (row->type == LISTEN) {
		d = mdl_simulate_text_put(d, s->title);
		d = put_duration(d, s, fault);
		*d++ = ',';
	}
	d = MDL_SIMULATE_TEXT_LIT(d, "\"ts\":");
	d = mdl_simulate_text_uint(d, (uint64_t)m->now_ms);
	d = put_who(d, ",\"sessionId\":", sizeof(",\"sessionId\":") - 1, row->session, session_fault, 's');
	if (row->type == PAGE_VIEW)
		d = mdl_simulate_text_put(d, m->page_texts[l->page][level]);
	else {
		if (row->type != AUTH)
			d = MDL_SIMULATE_TEXT_LIT(d, ",\"auth\":\"Logged In\"");
		d = mdl_simulate_text_put(d, m->level_texts[l->page][level]);
	}
	d = mdl_simulate_text_uint(d, l->item);
	d = put_listener(m, d, row, fault);
	if (row->type == PAGE_VIEW && l->page == L_SONG) {
		*d++ = ',';
		d = mdl_simulate_text_put(d, s->title);
		d = put_duration(d, s, fault);
	} else if (row->type == AUTH) {
		d = row->user ? MDL_SIMULATE_TEXT_LIT(d, ",\"success\":true")
			      : MDL_SIMULATE_TEXT_LIT(d, ",\"success\":false");
	}
	*d++ = '}';
	*d++ = '\n';
	return fault == MDL_SIMULATE_CUT_OFF ? mdl_simulate_text_cut(begin, d, dice) : d;
}

static void music_close(void *gen)
{
	struct music *m = gen;
	mdl_arena_free(&m->arena);
	free(m->heap);
	free(m->listeners);
	free(m->songs);
	free(m->places[0]);
	free(m->places[1]);
	free(m->agents);
	free(m->firsts);
	free(m->lasts);
	free(m);
}

const struct mdl_simulate_kind mdl_simulate_music = {
	.name = "music",
	.types = {"listen_events", "page_view_events", "auth_events", "status_change_events"},
	.extension = ".ndjson",
	.faults = {"cut_off", "wrong_type", "missing_member", "unknown_level", "negative_duration"},
	.group = "level",
	.groups = {"free", "paid"},
	.amount = "duration",
	.amount_decimals = 5,
	.users = "users",
	.sessions = "sessions",
	.default_users = 20000,
	.max_users = (1 << 24) - 1,
	.open = music_open,
	.next = music_next,
	.faults_of = music_faults_of,
	.render = music_render,
	.close = music_close,
};
