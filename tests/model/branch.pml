/* SPDX-License-Identifier: MIT
 *
 * branch.pml - fan-out: source | tee | two branches, each a sink and its tail; an epoch is done when both are.
 *
 * The stages of a branch follow one another, so a branch is one process. tee does not poll its output: a branch that
 * died is noticed by a later write or, here, by nobody, so the source ends by its --commit-timeout (Promela's timeout:
 * nothing else can move). Runs follow each other at once while the old one drains; the run lock is as in epoch.pml.
 * Each M_... is a mutant; the comment at its place names the rule that it breaks.
 */
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define RUNS (KILLS + 1)

/* On disk; epochs count from 1. A run is 1 + its number, 0 is nobody. */
bool offsets[EPOCHS + 1], commits[EPOCHS + 1];
byte ledger[EPOCHS + 1];
byte shown[2 * (EPOCHS + 1)];          /* of which run the table of a branch shows the epoch */
bool hfile[RUNS * 2 * (EPOCHS + 1)];  /* by run, branch and epoch */
byte marks[RUNS * (EPOCHS + 1)];       /* medal/run/RUN.d/N.BRANCH: bit 1 << branch */
bool linked[RUNS];                     /* the run file; its folder goes with it */
/* In the kernel. */
bool alive[RUNS * 3], holding[RUNS * 3]; /* branch 0, branch 1, source */
byte killed;
chan pipe[RUNS * 2] = [2] of { byte }; /* barriers */

#define SHOWN(b, n) shown[(b) * (EPOCHS + 1) + (n)]
#define HIDDEN(r, b, n) hfile[((r) * 2 + (b)) * (EPOCHS + 1) + (n)]
#define MARKS(r, n) marks[(r) * (EPOCHS + 1) + (n)]
#define OR_KILLED :: atomic { killed < KILLS -> killed++; goto dead }
#define STEP(action) if :: atomic { action } OR_KILLED fi

#ifdef M_ANY_RUN /* only marks of this run count */
#define ALL_MARKED(r, n, own) (((own) | MARKS(0, n) | MARKS(RUNS - 1, n) | MARKS(r, n)) == 3)
#else
#define ALL_MARKED(r, n, own) (((own) | MARKS(r, n)) == 3)
#endif

#define SHOW(w, b, n) \
	STEP(assert(HIDDEN(w, b, n)); assert(!SHOWN(b, n) || SHOWN(b, n) == w + 1); SHOWN(b, n) = w + 1)
#define COMMIT(n) \
	assert(SHOWN(0, n) == ledger[n] && SHOWN(1, n) == ledger[n]); \
	commits[n] = true

proctype Source(byte r) {
	byte n, e, b;
	do
	:: n < r ->
		if
		:: atomic { !holding[n * 3] && !holding[n * 3 + 1] && !holding[n * 3 + 2] ->
			    linked[n] = false;
#ifndef M_ANY_RUN
			    e = 1;
			    do :: e <= EPOCHS -> MARKS(n, e) = 0; e++ :: else -> break od;
#endif
			    n++ }
		OR_KILLED
		fi
	:: else -> break
	od;
	atomic {
		e = EPOCHS;
		do :: e && !offsets[e] -> e-- :: else -> break od;
		n = EPOCHS;
		do :: n && !commits[n] -> n-- :: else -> break od;
		assert(e <= n + 1)
	}
	if
	:: e > n && ledger[e] -> SHOW(ledger[e] - 1, 0, e); SHOW(ledger[e] - 1, 1, e); STEP(COMMIT(e); n = e)
	:: else
	fi;
	STEP(linked[r] = true; holding[r * 3 + 2] = true; e = n + 1);
	do
	:: e <= EPOCHS ->
		STEP(offsets[e] = true);
		b = 0;
		do /* tee writes to one after the other; it dies of a reader that is gone */
		:: b < 2 ->
			if
			:: alive[r * 3 + b] -> pipe[r * 2 + b]!e
			:: !alive[r * 3 + b] -> goto dead
			OR_KILLED
			fi;
			b++
		:: else -> break
		od;
		if
		:: commits[e]
		:: timeout -> goto dead
		OR_KILLED
		fi;
		e++
	:: else -> break
	od;
	dead:	atomic { alive[r * 3 + 2] = false; holding[r * 3 + 2] = false; n = 0; e = 0; b = 0 }
}

proctype Branch(byte r, b) {
	byte e;
	bool begun, all;
	do
	:: if
	   :: pipe[r * 2 + b]?e
	   :: empty(pipe[r * 2 + b]) && !alive[r * 3 + 2] -> goto dead
	   OR_KILLED
	   fi;
	   if
	   :: begun
	   :: !begun ->
		STEP(if :: linked[r] -> holding[r * 3 + b] = true; begun = true :: else -> goto dead fi)
	   fi;
	   STEP(HIDDEN(r, b, e) = true);
#ifdef M_LOOK_FIRST /* a branch marks, then looks: of two, one sees both */
	   STEP(all = ALL_MARKED(r, e, 1 << b));
#endif
	   STEP(MARKS(r, e) = MARKS(r, e) | (1 << b)); /* mdl_branch_mark_put */
#ifndef M_LOOK_FIRST
	   STEP(all = ALL_MARKED(r, e, 0));            /* mdl_branch_mark_all */
#endif
	   if
	   :: all ->
		if
#ifdef M_LEDGER_REPLACED /* put-if-absent: the second of two deciders learns that it is the second */
		:: atomic { ledger[e] = r + 1 }
#else
		:: atomic { ledger[e] == 0 -> ledger[e] = r + 1 }
		:: ledger[e] == r + 1 -> goto next          /* decided_by_us */
		:: ledger[e] != 0 && ledger[e] != r + 1 -> goto dead
#endif
		OR_KILLED
		fi;
		SHOW(r, 0, e);
		SHOW(r, 1, e);
		STEP(assert(!commits[e]); COMMIT(e));       /* EEXIST would be "another engine" */
		STEP(MARKS(r, e - 1) = 0)                   /* all have gone beyond it */
	   :: else
	   fi;
next:	   atomic { e = 0; all = false }
	od;
dead:	atomic {
		alive[r * 3 + b] = false;
		holding[r * 3 + b] = false;
		do :: nempty(pipe[r * 2 + b]) -> pipe[r * 2 + b]?e :: empty(pipe[r * 2 + b]) -> break od;
		e = 0
	}
}

init {
	byte r, n;
	do
	:: r < RUNS && !commits[EPOCHS] ->
		atomic {
			alive[r * 3] = true; alive[r * 3 + 1] = true; alive[r * 3 + 2] = true;
			run Branch(r, 0); run Branch(r, 1); run Source(r)
		};
		atomic { !alive[r * 3 + 2] -> r++ }
	:: else -> break
	od;
	do :: n < RUNS * 3 -> !alive[n]; n++ :: else -> break od;
	assert(commits[EPOCHS])
}
