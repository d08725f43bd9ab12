/* SPDX-License-Identifier: MIT
 *
 * Words for the music simulator: see simulate_music_data.h.
 */
#include "source/simulate_music_data.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct mdl_simulate_place mdl_simulate_music_places[] = {
	{"New York-Newark-Jersey City", "NY", 10001, -73996000, 40750000},
	{"Los Angeles-Long Beach-Anaheim", "CA", 90001, -118244000, 33973000},
	{"Chicago-Naperville-Elgin", "IL", 60601, -87622000, 41885000},
	{"Dallas-Fort Worth-Arlington", "TX", 75201, -96799000, 32787000},
	{"Houston-The Woodlands-Sugar Land", "TX", 77001, -95367000, 29760000},
	{"Washington-Arlington-Alexandria", "DC", 20001, -77017000, 38911000},
	{"Philadelphia-Camden-Wilmington", "PA", 19102, -75165000, 39952000},
	{"Miami-Fort Lauderdale-West Palm Beach", "FL", 33125, -80236000, 25782000},
	{"Atlanta-Sandy Springs-Roswell", "GA", 30303, -84390000, 33752000},
	{"Boston-Cambridge-Newton", "MA", 2108, -71065000, 42357000},
	{"San Francisco-Oakland-Hayward", "CA", 94102, -122417000, 37779000},
	{"Phoenix-Mesa-Scottsdale", "AZ", 85003, -112078000, 33450000},
	{"Riverside-San Bernardino-Ontario", "CA", 92501, -117369000, 33992000},
	{"Detroit-Warren-Dearborn", "MI", 48201, -83060000, 42347000},
	{"Seattle-Tacoma-Bellevue", "WA", 98101, -122330000, 47611000},
	{"Minneapolis-St. Paul-Bloomington", "MN", 55401, -93270000, 44985000},
	{"Tampa-St. Petersburg-Clearwater", "FL", 33602, -82459000, 27951000},
	{"Denver-Aurora-Lakewood", "CO", 80202, -104996000, 39751000},
	{"St. Louis", "MO", 63101, -90193000, 38631000},
	{"Baltimore-Columbia-Towson", "MD", 21201, -76625000, 39295000},
	{"Charlotte-Concord-Gastonia", "NC", 28202, -80843000, 35229000},
	{"Portland-Vancouver-Hillsboro", "OR", 97201, -122690000, 45508000},
	{"San Antonio-New Braunfels", "TX", 78205, -98493000, 29424000},
	{"Orlando-Kissimmee-Sanford", "FL", 32801, -81373000, 28541000},
	{"Pittsburgh", "PA", 15219, -79980000, 40441000},
	{"Cincinnati", "OH", 45202, -84500000, 39108000},
	{"Las Vegas-Henderson-Paradise", "NV", 89101, -115123000, 36172000},
	{"Cleveland-Elyria", "OH", 44113, -81698000, 41482000},
	{"Columbus", "OH", 43215, -83004000, 39967000},
	{"Austin-Round Rock", "TX", 78701, -97742000, 30271000},
	{"Indianapolis-Carmel-Anderson", "IN", 46204, -86157000, 39772000},
	{"Nashville-Davidson-Murfreesboro", "TN", 37201, -86778000, 36167000},
	{"Milwaukee-Waukesha-West Allis", "WI", 53202, -87897000, 43051000},
	{"Urban Honolulu", "HI", 96813, -157853000, 21314000},
	{"Anchorage", "AK", 99501, -149876000, 61217000},
	{"Coeur d'Alene", "ID", 83814, -116783000, 47693000},
	{"Cañon City", "CO", 81212, -105242000, 38441000},
	{"Española", "NM", 87532, -106075000, 35999000},
	{"San Juan-Carolina-Caguas", "PR", 901, -66110000, 18466000},
	{"Waterloo-Cedar Falls", "IA", 50701, -92338000, 42478000},
};
const size_t mdl_simulate_music_nplaces = COUNT(mdl_simulate_music_places);

const char *const mdl_simulate_music_first_names[] = {
	"FAva",     "MLiam",    "MNoah",     "FEmma",   "FMia",     "MLucas",    "MEthan",     "FSofía",
	"FZoë",     "FChloé",   "MJackson",  "MAiden",  "FLily",    "FGrace",    "MOwen",      "MRyan",
	"FKate",    "MJosé",    "FInès",     "MBjörn",  "MWalter",  "FRuth",     "MCarl",      "FNora",
	"MOmar",    "FYuki",    "MChen",     "FPriya",  "FAbigail", "MBenjamin", "FCharlotte", "MDaniel",
	"FEvelyn",  "MGabriel", "FHarper",   "MIsaac",  "FJayden",  "MKevin",    "FLayla",     "MMason",
	"FNatalie", "MOliver",  "FPenelope", "MQuinn",  "FRiley",   "MSamuel",   "FTessa",     "MTheo",
	"FUma",     "MVictor",  "FWillow",   "MXavier", "FYara",    "MZachary",  "FAda",       "MBoris",
	"FCláudia", "MDmitri",  "FElif",     "MFinn",   "FGiulia",  "MHugo",     "FIngrid",    "MJuan",
};
const size_t mdl_simulate_music_nfirst = COUNT(mdl_simulate_music_first_names);

const char *const mdl_simulate_music_last_names[] = {
	"Smith",     "Johnson",  "Williams",  "Brown",    "Jones",    "García",   "Miller",  "Davis",
	"Rodríguez", "Martínez", "Hernández", "Lopez",    "Wilson",   "Anderson", "Thomas",  "Taylor",
	"Moore",     "Jackson",  "Lee",       "Perez",    "Thompson", "White",    "Harris",  "Müller",
	"Clark",     "Lewis",    "Robinson",  "Walker",   "Young",    "Allen",    "King",    "Wright",
	"Scott",     "Torres",   "Nguyen",    "Hill",     "Flores",   "Green",    "Adams",   "Nelson",
	"Baker",     "Hall",     "Rivera",    "Campbell", "Mitchell", "Carter",   "Roberts", "Gomez",
	"O'Brien",   "Phillips", "Evans",     "Turner",   "Díaz",     "Parker",   "Cruz",    "Edwards",
	"Collins",   "Reyes",    "Stewart",   "Morris",   "Morales",  "Murphy",   "Cook",    "Rogers",
	"Ortiz",     "Morgan",   "Cooper",    "Peterson", "Bailey",   "Reed",     "Kelly",   "Howard",
	"Ramos",     "Kim",      "Cox",       "Ward",
};
const size_t mdl_simulate_music_nlast = COUNT(mdl_simulate_music_last_names);

#define QUOTE "\\\""
const char *const mdl_simulate_music_agents[] = {
	QUOTE "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
	      "Chrome/36.0.1985.143 Safari/537.36" QUOTE,
	QUOTE "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.77.4 (KHTML, like Gecko) "
	      "Version/7.0.5 Safari/537.77.4" QUOTE,
	"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:31.0) Gecko/20100101 Firefox/31.0",
	QUOTE
	"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 (KHTML, like Gecko) "
	"Version/7.0 Mobile/11D257 Safari/9537.53" QUOTE,
	"Mozilla/5.0 (Windows NT 6.3; WOW64; rv:31.0) Gecko/20100101 Firefox/31.0",
	"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident/6.0)",
	QUOTE "Mozilla/5.0 (iPad; CPU OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 (KHTML, like Gecko) "
	      "Version/7.0 Mobile/11D257 Safari/9537.53" QUOTE,
	QUOTE "Mozilla/5.0 (Windows NT 6.3; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
	      "Chrome/37.0.2062.94 Safari/537.36" QUOTE,
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:31.0) Gecko/20100101 Firefox/31.0",
	QUOTE "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	      "Chrome/36.0.1985.125 Safari/537.36" QUOTE,
	"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
	QUOTE
	"Mozilla/5.0 (Linux; Android 4.4.4; Nexus 5 Build\\/KTU84P) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/36.0.1985.135 Mobile Safari/537.36" QUOTE,
};
const size_t mdl_simulate_music_nagents = COUNT(mdl_simulate_music_agents);

const char *const mdl_simulate_music_words[] = {
	"love",    "night",
	"fire",    "moon",
	"river",   "blue",
	"heart",   "dance",
	"gold",    "shadow",
	"summer",  "road",
	"dream",   "light",
	"rain",    "wild",
	"stone",   "glass",
	"paper",   "café",
	"naïve",   "señorita",
	"über",    "midnight",
	"AC\\/DC", QUOTE "live" QUOTE,
	"echo",    "silver",
	"crystal", "broken",
	"velvet",  "tomorrow",
	"city",    "ocean",
	"fever",   "thunder",
	"♥",       "東京",
	"🎵",       "back\\\\slash",
	"radio",   "angel",
	"winter",  "stars",
	"home",    "smoke",
	"mirror",  "sugar",
	"honey",   "train",
	"highway", "garden",
	"wire",    "electric",
};
const size_t mdl_simulate_music_nwords = COUNT(mdl_simulate_music_words);
