/* SPDX-License-Identifier: MIT
 *
 * epoch.pml - one hop of a pipeline: source | stateful filter with a side output | sink | tail, killed anywhere.
 *
 * What is on disk survives a kill; memory and pipes do not. Any program may be killed before each of its steps, also
 * while it waits, KILLS times in all; the rest of that run drains; the user starts the next run as soon as its source
 * is gone, perhaps with other SQL. A program may pause anywhere (SIGSTOP). Power cuts are in power.pml, fan-out in
 * branch.pml.
 *
 * Each epoch holds two rows: KEY, the same in every epoch, so that only its first is no duplicate, and OWN, which SQL
 * sends to main or to the side. A begin line and its records are one message, for nothing tells them apart on disk.
 *
 * Each M_... is a mutant; the comment at its place names the rule that it breaks.
 */
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define RUNS (KILLS + 1)

#define KEY 1
#define OWN 2
#define IS 4 /* the file is there */

#define SOURCE 0
#define FILTER 1
#define SINK 2
#define TAIL 3
#define P(run, program) ((run) * 4 + (program))
#define F(run, epoch) ((run) * EPOCHS + (epoch) - 1)

/* On disk. Epochs count from 1; entry 0 stands for "before the first". */
bool offsets[EPOCHS + 1], commits[EPOCHS + 1];
byte ledger[EPOCHS + 1];                         /* 1 + the run that it names; 0: not decided */
byte main_[EPOCHS + 1], side[EPOCHS + 1];        /* what readers of the tables see */
byte hmain[RUNS * EPOCHS], hside[RUNS * EPOCHS]; /* hidden files, named by run and epoch */
byte state[RUNS * EPOCHS];                       /* state files, likewise: IS, and KEY if it was seen */
bool linked[RUNS];                               /* the run file has its name */
/* In the kernel, gone with their process. */
byte barring[RUNS];                              /* 1 + the run whose source holds the exclusive lock */
bool holding[RUNS * 4], alive[RUNS * 4];
byte killed;

mtype = { DATA, BARRIER };
chan to_filter[RUNS] = [2] of { mtype, byte, byte };
chan to_sink[RUNS] = [2] of { mtype, byte, byte };
chan to_tail[RUNS] = [2] of { mtype, byte, byte };

/* One step, or the kill in its place. */
#define OR_KILLED :: atomic { killed < KILLS -> killed++; goto dead }
#define STEP(action) if :: atomic { action } OR_KILLED fi
/* Writing to a reader that is gone ends the writer (SIGPIPE). */
#define SEND(pipe, reader, m, e, v) \
	if :: alive[P(r, reader)] -> pipe[r]!m, e, v :: !alive[P(r, reader)] -> goto dead OR_KILLED fi
/* End of input without `end`, and POLLERR on the output while it waits for input, end a program. */
#define RECEIVE(pipe, writer, reader) \
	if \
	:: pipe[r]?m, e, v \
	:: empty(pipe[r]) && (!alive[P(r, writer)] || !alive[P(r, reader)]) -> goto dead \
	OR_KILLED \
	fi
#define BURY(p, pipe) \
	atomic { \
		alive[P(r, p)] = false; \
		holding[P(r, p)] = false; \
		do :: nempty(pipe[r]) -> pipe[r]?m, e, v :: empty(pipe[r]) -> break od; \
		m = 0; e = 0; v = 0 \
	}

/* mdl_run_hold: the shared lock, and under it a look at the link count. */
#ifdef M_NO_FENCE
#define HOLD(p) skip
#else
#define HOLD(p) \
	if \
	:: atomic { !barring[r] || !alive[P(barring[r] - 1, SOURCE)] -> \
		    if :: linked[r] -> holding[P(r, p)] = true :: !linked[r] -> goto dead fi } \
	OR_KILLED \
	fi
#endif
#define QUIET(run) \
	!(holding[P(run, SOURCE)] || holding[P(run, FILTER)] || holding[P(run, SINK)] || holding[P(run, TAIL)])

/* mdl_publish_epoch: what the ledger lists, to be found hidden or shown before. What was shown never changes. */
#define SHOW(table, hidden, w, n) \
	STEP(assert(hidden[F(w, n)] & IS); \
	     assert(!table[n] || table[n] == hidden[F(w, n)]); \
	     table[n] = hidden[F(w, n)])
#define PUBLISH(w, n) SHOW(main_, hmain, w, n); SHOW(side, hside, w, n)

/* What a commit promises: both tables show the epoch, each row once, KEY in main just in the first epoch. */
#define COMMIT(n) \
	assert((main_[n] & side[n]) == IS); \
	assert((main_[n] | side[n]) == (IS | KEY | OWN)); \
	assert(((main_[n] & KEY) != 0) == (n == 1)); \
	commits[n] = true

/* mdl_table_clean_pending at a sink's first begin: hidden files of runs that no ledger names. */
#ifdef NO_CLEAN
#define CLEAN(hidden) skip
#else
#define CLEAN(hidden) \
	d_step { \
		v = 0; \
		do \
		:: v < RUNS * EPOCHS -> \
			if \
			:: v / EPOCHS != r && ledger[v % EPOCHS + 1] != v / EPOCHS + 1 -> hidden[v] = 0 \
			:: else \
			fi; \
			v++ \
		:: else -> break \
		od; \
		v = 0 \
	}
#endif

/* lib/source/ingest.c, with run_lock.c and checkpoint.c of lib/state */
proctype Source(byte r) {
	byte n, e;
	bool doubt;
	n = 0;
#ifdef M_BAR_NEWEST /* bar all earlier runs, not the newest only */
	STEP(linked[r] = true);
	d_step {
		n = r;
		do :: n && !linked[n - 1] -> n-- :: n && linked[n - 1] -> n--; break :: !n -> n = r; break od
	};
#endif
#ifndef M_NO_FENCE
	do
	:: n < r ->
		if
		:: atomic { !linked[n] -> n++ }
		:: atomic { linked[n] && QUIET(n) -> barring[n] = r + 1 } /* flock LOCK_EX, oldest first */
			STEP(linked[n] = false; barring[n] = 0);
#ifdef M_BAR_NEWEST
			n = r
#endif
		OR_KILLED
		fi
	:: else -> break
	od;
#endif
	/* mdl_checkpoint_recover: e is the newest of offsets, n of commits */
	atomic {
		e = EPOCHS;
		do :: e && !offsets[e] -> e-- :: else -> break od;
		n = EPOCHS;
		do :: n && !commits[n] -> n-- :: else -> break od;
#ifdef M_TWO_IN_DOUBT
		if :: e > n -> n = e - 1 :: else fi /* Spark's rule: only the newest is replayed */
#else
		assert(e <= n + 1)
#endif
	}
#ifndef M_NO_ROLL_FORWARD /* what is decided is rolled forward, not replayed */
	if
	:: e > n && ledger[e] -> PUBLISH(ledger[e] - 1, e); STEP(COMMIT(e); n = e)
	:: else
	fi;
#endif
	STEP(linked[r] = true; holding[P(r, SOURCE)] = true; e = n + 1);
	do
	:: e <= EPOCHS ->
		/* begin and records go while the epoch before is in doubt; begin names the run of its base */
		SEND(to_filter, FILTER, DATA, e, (doubt -> r + 1 : ledger[e - 1]));
#ifndef M_TWO_IN_DOUBT /* offsets and barrier wait for the commit before */
		if
		:: !doubt || commits[e - 1]
		:: doubt && !commits[e - 1] && !alive[P(r, FILTER)] -> goto dead
		OR_KILLED
		fi;
#endif
		STEP(offsets[e] = true);
		SEND(to_filter, FILTER, BARRIER, e, 0);
		doubt = true;
		e++
	:: else -> break
	od;
	if
	:: commits[EPOCHS]
#ifndef M_BLIND /* a program that waits notices its dead neighbour */
	:: !commits[EPOCHS] && !alive[P(r, FILTER)]
#endif
	OR_KILLED
	fi;
dead:	atomic { alive[P(r, SOURCE)] = false; holding[P(r, SOURCE)] = false; n = 0; e = 0; doubt = false }
}

/* lib/stream/filter.c with a stateful operator, lib/state/store.c and lib/sink/side_sink.c */
proctype Filter(byte r; bool sql) {
	mtype m;
	byte e, v, rows;
	bool seen, begun;
	do
	:: RECEIVE(to_filter, SOURCE, SINK);
		if
		:: m == DATA ->
			if
			:: !begun ->
				HOLD(FILTER);
#ifdef M_LAST_STATE /* load the state that begin names, not the newest that is there */
				d_step {
					v = RUNS * EPOCHS;
					do :: v && !(state[v - 1] & IS) -> v-- :: else -> break od;
					seen = (v -> state[v - 1] & KEY : 0)
				}
#else
				d_step {
					if
					:: e > 1 ->
						assert(v && (state[F(v - 1, e - 1)] & IS));
						seen = state[F(v - 1, e - 1)] & KEY
					:: else
					fi
				}
#endif
				CLEAN(hside);
				begun = true
			:: else
			fi;
			d_step { rows = (seen -> 0 : KEY) | (sql -> 0 : OWN); seen = true };
			SEND(to_sink, SINK, DATA, e, rows)
		:: else ->
			/* prepare: the state, the side's file, and only then the barrier goes on */
#ifdef M_STATE_LATE /* state is saved before the barrier goes on */
			SEND(to_sink, SINK, BARRIER, e, 0);
#endif
			STEP(state[F(r, e)] = IS | KEY);
			STEP(hside[F(r, e)] = IS | ((KEY | OWN) - rows));
#ifndef M_STATE_LATE
			SEND(to_sink, SINK, BARRIER, e, 0)
#endif
		fi
	od;
dead:	BURY(FILTER, to_filter)
}

/* lib/sink/table_sink.c */
proctype Sink(byte r) {
	mtype m;
	byte e, v, rows;
	bool begun;
	do
	:: RECEIVE(to_sink, FILTER, TAIL);
		if
		:: m == DATA ->
			rows = v;
			if :: !begun -> HOLD(SINK); CLEAN(hmain); begun = true :: else fi;
			SEND(to_tail, TAIL, DATA, e, 0)
		:: else ->
#ifdef M_SINK_LATE /* the sink's files are synced before the barrier goes on */
			SEND(to_tail, TAIL, BARRIER, e, 0);
#endif
			STEP(hmain[F(r, e)] = IS | rows);
#ifndef M_SINK_LATE
			SEND(to_tail, TAIL, BARRIER, e, 0)
#endif
		fi
	od;
dead:	BURY(SINK, to_sink)
}

/* lib/table/commit.c */
proctype Tail(byte r) {
	mtype m;
	byte e, v;
	bool begun;
	do
	:: RECEIVE(to_tail, SINK, TAIL);
		if
		:: m == DATA -> if :: !begun -> HOLD(TAIL); begun = true :: else fi
		:: else ->
#ifdef M_PUBLISH_FIRST /* nothing is shown before the decision */
			PUBLISH(r, e);
#endif
#ifdef M_LEDGER_REPLACED /* the decision is put-if-absent (link) */
			STEP(ledger[e] = r + 1);
#else
			STEP(if :: ledger[e] -> goto dead :: else -> ledger[e] = r + 1 fi);
#endif
#ifdef M_COMMIT_FIRST /* commits/N says that all is shown */
			STEP(COMMIT(e));
#endif
			PUBLISH(r, e);
			STEP(if :: commits[e] -> goto dead :: else -> COMMIT(e) fi)
		fi
	od;
dead:	BURY(TAIL, to_tail)
}

init {
	byte r, n;
	do
	:: r < RUNS && !commits[EPOCHS] ->
		atomic {
			n = 0;
			do :: n < 4 -> alive[P(r, n)] = true; n++ :: else -> break od;
			n = 0;
			run Source(r);
			if :: run Filter(r, true) :: run Filter(r, false) fi; /* this run's SQL */
			run Sink(r);
			run Tail(r)
		};
		atomic { !alive[P(r, SOURCE)] -> r++ }
	:: else -> break
	od;
	do :: n < RUNS * 4 -> !alive[n]; n++ :: else -> break od;
#ifndef NO_END
	assert(commits[EPOCHS]); /* one run more than kills is enough */
#endif
	n = 1;
	do :: n < EPOCHS -> assert(commits[n] || !commits[n + 1]); n++ :: else -> break od
}
