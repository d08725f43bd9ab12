/* SPDX-License-Identifier: MIT
 *
 * disk.pml - directories that a power cut may take back; included by power.pml and rollback.pml.
 *
 * Of each directory there is what programs see and what is on the disk; fsync of the directory makes them equal. A cut
 * keeps of each difference what it likes, of links and unlinks alike, in any directory. A rename from HIDDEN to TABLE
 * is one entry of the file system's journal: a file that was safe in HIDDEN keeps one of the names.
 */
#define OFFSETS 0 /* offsets/N */
#define COMMITS 1 /* commits/N */
#define LEDGER 2  /* medal/ledger/N */
#define MEDAL 3   /* medal: the rollback's intent */
#define STATE 4   /* state/medal/STAGE: the state file of epoch N */
#define HIDDEN 5  /* TABLE/_medal_pending: the file of epoch N */
#define TABLE 6   /* TABLE: the file of epoch N */
#define LOG 7     /* TABLE/_spark_metadata/N */
#define DIRS 8
byte seen[DIRS], disk[DIRS];
byte whole, whole_disk; /* which files of HIDDEN and TABLE have their bytes, in memory and on the disk */
byte killed, cuts;

#define B(n) (1 << (n)) /* epochs count from 0 */
#define SEES(dir, n) ((seen[dir] & B(n)) != 0)
#define PUT(dir, n) seen[dir] = seen[dir] | B(n)
#define DROP(dir, n) seen[dir] = seen[dir] & ~B(n)
#define SYNC(dir) disk[dir] = seen[dir]
#define RENAME(n) atomic { if :: SEES(HIDDEN, n) -> DROP(HIDDEN, n); PUT(TABLE, n) :: else fi }

inline power_cut(d, safe) {
	d = 0;
	safe = disk[HIDDEN] & seen[TABLE]; /* being renamed */
	do
	:: d < DIRS * EPOCHS ->
		if
		:: (seen[d / EPOCHS] ^ disk[d / EPOCHS]) & B(d % EPOCHS) ->
			seen[d / EPOCHS] = seen[d / EPOCHS] ^ B(d % EPOCHS)
		:: true
		fi;
		d++
	:: else -> break
	od;
	seen[HIDDEN] = seen[HIDDEN] | (safe & ~seen[TABLE]);
	d = 0;
	do :: d < DIRS -> SYNC(d); d++ :: else -> break od;
	whole = whole & whole_disk;
	d = 0;
	safe = 0
}
