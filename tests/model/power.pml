/* SPDX-License-Identifier: MIT
 *
 * power.pml - the order of syncs: what a power cut may take, and what a kill leaves unsynced for the next run.
 *
 * A file's bytes are on the disk after its own fsync, its name after that of its directory (disk.pml). Two processes:
 * the source, and in Rest the stages from filter to tail, whose steps follow one another; the source goes on as soon as
 * it sees commits/N, perhaps before the tail has synced it. A kill ends a run as it stands (who may still act then is in
 * epoch.pml), a cut takes what was not synced, too; then the user runs again, perhaps with other SQL.
 *
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

byte run_no = 1;           /* the files of another run have another content */
byte decided_by[EPOCHS];   /* what ledger/N names, while it is seen */
byte shown_by[EPOCHS];     /* whose file a reader may have seen */
byte stated_by[EPOCHS], hidden_by[EPOCHS];
bool up;                   /* the run lives */
bool cut;
byte ended;                /* of its two processes */
chan barrier = [1] of { byte };

#define STEP(action) WHEN(true, action)
#define WHEN(ready, action) \
	if \
	:: atomic { up && ready -> action } \
	:: !up -> goto dead \
	:: atomic { up && killed < KILLS -> killed++; up = false; goto dead } \
	:: atomic { up && cuts < CUTS -> cuts++; cut = true; up = false; goto dead } \
	fi

/* mdl_publish_epoch: files into the table, sync, entry of the log, sync. Idempotent. */
#ifdef M_LOG_BEFORE_TABLE_SYNC /* the log's entry comes when the renames are synced */
#define SYNC_TABLE skip
#else
#define SYNC_TABLE STEP(SYNC(TABLE))
#endif
#define PUBLISH(n) \
	STEP(assert(SEES(HIDDEN, n) || SEES(TABLE, n)); assert(hidden_by[n] == decided_by[n]); RENAME(n)); \
	SYNC_TABLE; \
	STEP(PUT(LOG, n); assert(whole & B(n)); assert(!shown_by[n] || shown_by[n] == decided_by[n]); \
	     shown_by[n] = decided_by[n]); \
	STEP(SYNC(LOG))

/* lib/source/ingest.c: mdl_checkpoint_own, mdl_checkpoint_recover, then its epochs */
proctype Source() {
	byte n, planned, committed; /* here: how many */
#ifndef M_TRUST_WHAT_IS_SEEN /* a killed run may have left names unsynced: they are synced before they are built on */
	STEP(SYNC(OFFSETS));
	STEP(SYNC(COMMITS));
	STEP(SYNC(LEDGER));
#endif
	atomic {
		planned = EPOCHS;
		do :: planned && !SEES(OFFSETS, planned - 1) -> planned-- :: else -> break od;
		committed = EPOCHS;
		do :: committed && !SEES(COMMITS, committed - 1) -> committed-- :: else -> break od;
		/* what recovery refuses, and what its stages would: never reached */
		assert(planned <= committed + 1);
		assert(committed <= planned);
		n = 0;
		do :: n < planned -> assert(SEES(OFFSETS, n)); n++ :: else -> break od;
		n = 0;
		do :: n < committed -> assert(SEES(COMMITS, n) && SEES(LOG, n)); n++ :: else -> break od
	};
	if
	:: planned > committed && SEES(LEDGER, committed) ->
		PUBLISH(committed);
		STEP(PUT(COMMITS, committed));
		STEP(SYNC(COMMITS); committed++)
	:: else
	fi;
	/* mdl_store_load: what begin names */
	assert(!committed || (SEES(LEDGER, committed - 1) && SEES(STATE, committed - 1)));
	assert(!committed || stated_by[committed - 1] == decided_by[committed - 1]);
	n = committed;
	do
	:: n < EPOCHS ->
		if
		:: n > committed -> /* mdl_checkpoint_committed */
			WHEN(SEES(COMMITS, n - 1), skip);
#ifndef M_COMMIT_UNSYNCED /* offsets/N+1 comes when the source itself has synced commits/N */
			STEP(SYNC(COMMITS))
#endif
		:: else
		fi;
		if
		:: n >= planned -> STEP(PUT(OFFSETS, n));
#ifndef M_OFFSETS_UNSYNCED /* the plan is on the disk before its barrier goes */
			STEP(SYNC(OFFSETS))
#endif
		:: else
		fi;
		WHEN(nfull(barrier), barrier!n);
		n++
	:: else -> break
	od;
	WHEN(SEES(COMMITS, EPOCHS - 1), skip);
	WHEN(nfull(barrier), barrier!EPOCHS); /* end */
dead:	atomic { n = 0; planned = 0; committed = 0; ended++ }
}

/* store.c, table_writer.c, ledger_file.c, publish.c, checkpoint.c */
proctype Rest() {
	byte n;
	do
	:: WHEN(nempty(barrier), barrier?n);
		if :: n == EPOCHS -> goto dead :: else fi;
		STEP(PUT(STATE, n); stated_by[n] = run_no);
#ifndef M_STATE_UNSYNCED /* the state is synced before the decision */
		STEP(SYNC(STATE));
#endif
		STEP(PUT(HIDDEN, n); hidden_by[n] = run_no; whole = whole | B(n); whole_disk = whole_disk & ~B(n));
#ifndef M_BYTES_UNSYNCED /* so are the bytes of the sink's files */
		STEP(whole_disk = whole_disk | B(n));
#endif
#ifndef M_NAME_UNSYNCED /* and their names */
		STEP(SYNC(HIDDEN));
#endif
		STEP(assert(!SEES(LEDGER, n)); PUT(LEDGER, n); decided_by[n] = run_no);
#ifndef M_DECISION_UNSYNCED /* the decision is on the disk before anything is shown */
		STEP(SYNC(LEDGER));
#endif
		PUBLISH(n);
		STEP(PUT(COMMITS, n));
		STEP(SYNC(COMMITS))
	od;
dead:	atomic { n = 0; ended++ }
}

init {
	byte d, s;
	do
	:: !SEES(COMMITS, EPOCHS - 1) ->
		atomic {
			up = true;
			ended = 0;
			do :: nempty(barrier) -> barrier?d :: empty(barrier) -> break od;
			run Source();
			run Rest()
		};
		atomic {
			ended == 2 -> up = false;
			if :: cut -> power_cut(d, s) :: else fi;
			cut = false;
			if :: run_no < 3 -> run_no++ :: else fi
		}
	:: else -> break
	od;
	/* one more look after a last cut: what was committed is there */
	atomic {
		if :: cuts < CUTS -> power_cut(d, s) :: else fi;
		d = 0;
		do
		:: d < EPOCHS ->
			assert(!SEES(COMMITS, d) || (SEES(LOG, d) && SEES(TABLE, d) && (whole & B(d)) &&
						     shown_by[d] == decided_by[d] && SEES(LEDGER, d)));
			d++
		:: else -> break
		od
	}
}
