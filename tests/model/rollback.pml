/* SPDX-License-Identifier: MIT
 *
 * rollback.pml - a rollback that is killed, or cut off from power, at any step; then the pipeline is run again.
 *
 * At first EPOCHS epochs stand, made by run 1. The user rolls back to some epoch, mends the SQL, and runs the pipeline,
 * which finishes what was interrupted and makes the missing epochs as run 2. A next hop reads whenever its checkpoint
 * is not held by a rollback. How an epoch is made is in epoch.pml and power.pml; here its parts are single steps.
 * Each M_... is a mutant; the comment at its place names the rule that it breaks.
 */
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef CUTS
#define CUTS 1
#endif
#include "disk.pml"
#define TABLE_G1 HIDDEN       /* no file waits here: the place is for files of the next generation, part-N-0-g1 */
#define INTENT 0              /* in MEDAL */

byte decided_by[EPOCHS], shown_by[EPOCHS]; /* the run that the ledger, and the log's entry, names */
byte got[EPOCHS], upto;       /* what the next hop has, and how far */
byte target;                  /* epochs that are to stay */
bool held;                    /* the next hop's checkpoint, by the rollback while it lives */
bool changed, worked;         /* the rollback took something away; the pipeline went on after it */
bool cut, over, done;

#define STEP(action) \
	if \
	:: atomic { true -> action } \
	:: atomic { killed < KILLS -> killed++; goto dead } \
	:: atomic { cuts < CUTS -> cuts++; cut = true; goto dead } \
	fi
#define REMOVE(dir, n) STEP(if :: SEES(dir, n) -> DROP(dir, n); changed = true :: else fi); STEP(SYNC(dir))
#define MAKE(dir, n) STEP(PUT(dir, n); SYNC(dir))

/* carry_out of lib/table/rollback.c, from the intent on; each step may be repeated */
inline undo(k) {
	k = EPOCHS;
	do
	:: k > target ->
		k--;
#ifdef M_TABLE_FIRST /* a commit goes before what it speaks for */
		REMOVE(LOG, k);
		REMOVE(COMMITS, k);
#else
		REMOVE(COMMITS, k);
		REMOVE(LOG, k);
#endif
		REMOVE(LEDGER, k);
		REMOVE(OFFSETS, k)
	:: else -> break
	od;
	k = EPOCHS;
	do /* mdl_table_rollback_sweep: these unlinks are not synced, for their names do not come again */
	:: k > target -> k--; STEP(DROP(TABLE, k))
	:: else -> break
	od
#ifndef M_NO_INTENT
	;
	STEP(DROP(MEDAL, INTENT));
	STEP(SYNC(MEDAL))
#endif
}

proctype Rollback() {
	byte k;
	STEP(held = true);
#ifndef M_READERS_NOT_ASKED /* a next hop that has read what goes is rolled back first (--cascade) */
	STEP(if :: upto > target -> upto = target :: else fi);
#endif
#ifndef M_NO_INTENT /* the intent is on the disk before the first change */
	STEP(PUT(MEDAL, INTENT));
	STEP(SYNC(MEDAL));
#endif
	undo(k);
dead:	atomic { k = 0; held = false; over = true }
}

proctype Pipeline() {
	byte k;
#ifndef M_TRUST_WHAT_IS_SEEN /* what a killed program left unsynced is synced before it is built on */
	STEP(SYNC(OFFSETS));
	STEP(SYNC(COMMITS));
	STEP(SYNC(LEDGER));
	STEP(SYNC(MEDAL));
#endif
	if
	:: SEES(MEDAL, INTENT) -> /* mdl_rollback_finish */
		assert(!worked); /* it never comes back over new epochs */
		STEP(held = true);
		STEP(if :: upto > target -> upto = target :: else fi); /* refused until the user has done that */
		undo(k);
		held = false
	:: else
	fi;
	k = 0;
	do
	:: k < EPOCHS && !SEES(COMMITS, k) ->
		if
		:: !SEES(LEDGER, k) ->
			MAKE(OFFSETS, k);
			worked = true;
#ifdef M_NO_GENERATION /* a name that was in the table once does not come again */
			STEP(assert(!SEES(TABLE, k)); PUT(TABLE, k); SYNC(TABLE));
#else
			MAKE(TABLE_G1, k);
#endif
			STEP(PUT(LEDGER, k); SYNC(LEDGER); decided_by[k] = 2)
		:: else /* decided, not committed: rolled forward */
		fi;
		STEP(PUT(LOG, k); SYNC(LOG); shown_by[k] = decided_by[k]);
		MAKE(COMMITS, k);
		k++
	:: k < EPOCHS && SEES(COMMITS, k) ->
		assert(SEES(LOG, k) && SEES(LEDGER, k) && SEES(OFFSETS, k)); /* a commit speaks for these */
		assert(shown_by[k] == 2 || SEES(TABLE, k));
		k++
	:: else -> break
	od;
	done = true;
dead:	atomic { k = 0; held = false; over = true }
}

/* The next hop follows the table's log; of a rolled-back table it reads nothing beyond (check_rolling). */
proctype NextHop() {
end:	do
	:: atomic { !held && !SEES(MEDAL, INTENT) && upto < EPOCHS && SEES(LOG, upto) -> got[upto] = shown_by[upto]; upto++ }
	od
}

init {
	byte d, s;
	atomic {
		do
		:: d < EPOCHS ->
			PUT(OFFSETS, d); PUT(COMMITS, d); PUT(LEDGER, d); PUT(TABLE, d); PUT(LOG, d);
			decided_by[d] = 1; shown_by[d] = 1;
			d++
		:: else -> break
		od;
		d = 0;
		do :: d < DIRS -> SYNC(d); d++ :: else -> break od;
		d = 0;
		do :: target < EPOCHS - 1 -> target++ :: break od;
		run NextHop();
		run Rollback()
	};
	do /* until the pipeline has come to its end */
	:: atomic { over ->
		    over = false;
		    if :: cut -> power_cut(d, s); cut = false :: else fi;
		    if :: done -> break :: else -> run Pipeline() fi }
	od;
	atomic {
		d = 0;
		do
		:: d < EPOCHS ->
			assert(SEES(COMMITS, d) && SEES(LOG, d));
#ifndef NO_GOAL
			assert(d < target || !changed || shown_by[d] == 2); /* all that was to go has gone */
#endif
			assert(d >= target || shown_by[d] == 1);            /* and nothing else */
			assert(d >= upto || got[d] == shown_by[d]);         /* the next hop has what the table has */
			d++
		:: else -> break
		od
	}
}
