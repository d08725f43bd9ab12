/* SPDX-License-Identifier: MIT
 *
 * Merging in the background of a pipeline: see auto_merge.h.
 */
#include "table/auto_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "table/merge.h"
#include "table/merge_plan.h"
#include "table/table_log.h"

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the child ---- */

/* What the child ends with: the tail reads the log only when there is news in it. */
enum { CHILD_MERGED = 0, CHILD_IDLE = 1, CHILD_FAILED = 2 };

/* So many more small files, and it is tried again: when time alone was wanting, and when somebody holds the files back. */
enum { AGAIN = 10, MUCH_LATER = MDL_AUTO_MERGE_AT / 2 };

static int child_main(const struct mdl_auto_merge *a, const char *dir)
{
	struct mdl_merge_opts o = {.limit = {.keep = MDL_MERGE_KEEP_ALL, .notice = a->notice},
				   .at_least = MDL_AUTO_MERGE_AT,
				   .older_than_us = MDL_MERGE_OLDER_THAN_US};
	struct mdl_merge_result res;
	struct mdl_err err = MDL_ERR_INIT;
	char *text = NULL;
	int status = CHILD_IDLE;

	if (mdl_merge_run(dir, &o, &res, &err)) {
		/* one that is at work already, or a rollback, is no news */
		status = CHILD_FAILED;
		if (err.status != MDL_RETRY)
			text = mdl_asprintf("the small files of %s are not merged: %s", dir, err.msg);
	} else if (res.files) {
		status = CHILD_MERGED;
	} else if (res.small >= MDL_AUTO_MERGE_AT && !res.kept) {
		status = CHILD_FAILED;
		text = mdl_asprintf("%s has %zu small files that cannot be merged%s%s", dir, res.small,
				    res.why ? ": " : "", res.why ? res.why : "");
	}
	if (text && a->notice)
		a->notice(text);
	free(text);
	return status;
}

static void start(struct mdl_auto_merge *a, size_t i)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0) /* later, perhaps */
		return;
	if (pid > 0) {
		a->child = pid;
		a->busy = i;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(CHILD_FAILED);
	/* neither the run's lock nor the pipe may be held by us: closing them leaves the tail's own as they are */
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close_range(3, ~0U, 0);
	_exit(child_main(a, a->tables[i].dir));
}

/* ---- the tail ---- */

static void look(struct mdl_auto_merge_table *t)
{
	struct mdl_table_log log;
	struct mdl_err ignored = MDL_ERR_INIT;

	t->small = 0;
	if (mdl_table_log_read(&log, t->dir, &ignored))
		return;
	t->small = mdl_merge_plan_small(&log);
	mdl_table_log_free(&log);
}

static void ended(struct mdl_auto_merge *a, int status)
{
	struct mdl_auto_merge_table *t = &a->tables[a->busy];

	a->child = 0;
	t->remove_ms = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_MERGED)
		t->remove_ms = clock_ms() + (int64_t)(MDL_MERGE_OLDER_THAN_US / 1000) + 1000;
	look(t);
	t->next = t->small + (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_FAILED ? MUCH_LATER : AGAIN);
	if (t->next < MDL_AUTO_MERGE_AT)
		t->next = MDL_AUTO_MERGE_AT;
}

static struct mdl_auto_merge_table *find(struct mdl_auto_merge *a, const char *dir)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->tables[i].dir, dir) == 0)
			return &a->tables[i];
	MDL_GROW(a->tables, a->n, a->cap);
	struct mdl_auto_merge_table *t = &a->tables[a->n++];

	*t = (struct mdl_auto_merge_table){.dir = mdl_strdup(dir), .next = MDL_AUTO_MERGE_AT};
	look(t);
	return t;
}

static void count(struct mdl_auto_merge *a, const struct mdl_ledger *l)
{
	for (size_t s = 0; s < l->nstages; s++) {
		const struct mdl_books *b = &l->stages[s];

		for (size_t i = 0; i < b->nfiles; i++) {
			size_t before = a->n;
			struct mdl_auto_merge_table *t = find(a, b->files[i].table);

			/* a table that was just met was counted with this epoch */
			if (a->n == before && b->files[i].size < MDL_MERGE_SMALL)
				t->small++;
		}
	}
}

static void tell(struct mdl_auto_merge *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct mdl_auto_merge_table *t = &a->tables[i];

		if (t->small < t->next)
			continue;
		t->next = SIZE_MAX;
		char *text = mdl_asprintf(
			"%s has %zu small files; 'medal-checkpoint commit --compact' merges them as the pipeline runs, "
			"'medal-checkpoint compact' does so now (neither where a Spark query streams from the table)",
			t->dir, t->small);
		if (a->notice)
			a->notice(text);
		free(text);
	}
}

void mdl_auto_merge_committed(struct mdl_auto_merge *a, const struct mdl_ledger *l)
{
	int status;

	if (a->mode == MDL_AUTO_MERGE_OFF)
		return;
	count(a, l);
	if (a->mode == MDL_AUTO_MERGE_TELL) {
		tell(a);
		return;
	}
	if (a->child && waitpid(a->child, &status, WNOHANG) == a->child)
		ended(a, status);
	for (size_t i = 0; !a->child && i < a->n; i++) {
		const struct mdl_auto_merge_table *t = &a->tables[i];

		if (t->small >= t->next || (t->remove_ms && clock_ms() >= t->remove_ms))
			start(a, i);
	}
}

void mdl_auto_merge_end(struct mdl_auto_merge *a)
{
	if (a->child)
		while (waitpid(a->child, NULL, 0) < 0 && errno == EINTR)
			;
	for (size_t i = 0; i < a->n; i++)
		free(a->tables[i].dir);
	free(a->tables);
	*a = (struct mdl_auto_merge){.mode = MDL_AUTO_MERGE_OFF};
}
