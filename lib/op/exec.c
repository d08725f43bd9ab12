/* SPDX-License-Identifier: MIT
 *
 * medal-exec's operator: see exec.h. Both pipes of the command are served by one poll, so
 * neither side ever waits for the other; its lines go on while its input still comes.
 */
#include "op/exec.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/child.h"
#include "op/row_reader.h"
#include "stream/lines.h"
#include "json/text.h"

enum { ALIVE_MS = 5000, ENDING_MS = 20 };

struct mdl_exec {
	struct mdl_op op;
	struct mdl_exec_opts o;
	const char *name; /* of the command, without its folder */
	char *bucket;     /* "dropped:grep" */
	bool ok[256];
	struct mdl_child child;
	bool started;                  /* in this epoch */
	struct mdl_row_reader in, out; /* of what it gets, and of what it writes */
	struct mdl_arena arena;        /* of lines that it wrote */
	struct mdl_slice lines[MDL_BATCH_ROWS];
	char *buf; /* its output: bytes [0, n), the last line may be incomplete */
	size_t n, cap;
	uint64_t line_no; /* of its output */
};

/* ---- What the command writes ---- */

static int reject(struct mdl_exec *x, struct mdl_filter *f, const struct mdl_batch *b, size_t row,
		  struct mdl_err *err)
{
	uint8_t verdict = x->out.verdicts[row];
	if (verdict == MDL_SCAN_BLANK) {
		mdl_filter_bucket(f, "blank", 1);
		return 0;
	}
	const char *why = mdl_row_reader_why(&x->out, b, row);
	if (!f->quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s wrote a line that is no record (line %" PRIu64
			": %s); each line of its output must "
			"be one JSON object (jq needs -c), or name a --quarantine DIR to keep such lines and go on",
			x->name, b->first_line + row, why);
	struct mdl_row_error e = {
		.reason = "CORRUPT_RECORD",
		.message = mdl_arena_printf(b->arena, "written by %s: %s", x->name, why),
		.line = b->first_line + row,
	};
	return mdl_filter_quarantine(f, b->lines[row], verdict == MDL_ROW_MARKED, &e, err);
}

static void put_row(struct mdl_filter *f, struct mdl_slice line)
{
	mdl_buf_put(mdl_filter_row(f), line.p, line.n);
	mdl_filter_row_end(f);
}

/* Complete lines, which stand in x->buf with padding behind them. */
static int take_lines(struct mdl_exec *x, struct mdl_filter *f, struct mdl_slice block, struct mdl_err *err)
{
	while (block.n) {
		struct mdl_batch b = {.lines = x->lines, .first_line = x->line_no + 1, .arena = &x->arena};
		b.n = mdl_lines_split(&block, x->lines, MDL_BATCH_ROWS);
		mdl_row_reader_read(&x->out, &b);
		for (size_t i = 0; i < b.n; i++) {
			if (x->out.verdicts[i] == MDL_SCAN_OK)
				put_row(f, b.lines[i]);
			else if (reject(x, f, &b, i, err))
				return -1;
		}
		x->line_no += b.n;
		mdl_arena_reset(&x->arena);
		if (mdl_filter_flush_if_full(f, err))
			return -1;
	}
	return 0;
}

/* Whole lines go on; what is behind the last moves to the front. */
static int take(struct mdl_exec *x, struct mdl_filter *f, struct mdl_err *err)
{
	const char *nl = x->n ? memrchr(x->buf, '\n', x->n) : NULL;
	if (!nl) {
		uint64_t limit = x->o.max_record ? x->o.max_record : MDL_DEFAULT_MAX_RECORD;
		return x->n <= limit ? 0
				     : mdl_err_set(err, MDL_TROUBLE,
						   "%s wrote a line (%" PRIu64
						   " of its output) that is longer than %" PRIu64
						   " bytes; raise --max-record",
						   x->name, x->line_no + 1, limit);
	}
	size_t whole = (size_t)(nl + 1 - x->buf);
	if (take_lines(x, f, (struct mdl_slice){x->buf, whole}, err))
		return -1;
	memmove(x->buf, x->buf + whole, x->n - whole);
	x->n -= whole;
	return 0;
}

/* What is there now; at its end the last line is completed. */
static int drain(struct mdl_exec *x, struct mdl_filter *f, struct mdl_err *err)
{
	if (x->cap - x->n < MDL_LINES_BLOCK / 2) {
		x->cap = x->n + MDL_LINES_BLOCK;
		x->buf = mdl_realloc(x->buf, x->cap + MDL_SCAN_PADDING + 1);
	}
	ssize_t r = mdl_child_read(&x->child, x->buf + x->n, x->cap - x->n, err);
	if (r < 0)
		return -1;
	x->n += (size_t)r;
	if (x->child.out < 0) {
		mdl_filter_watch(f, -1);
		/* without a checkpoint nothing is left to do when it neither reads nor writes */
		f->enough = x->child.in < 0;
		if (x->n)
			x->buf[x->n++] = '\n';
	}
	return x->n ? take(x, f, err) : 0;
}

/* ---- The command ---- */

static int start(struct mdl_exec *x, struct mdl_filter *f, struct mdl_err *err)
{
	if (mdl_child_find(x->o.argv[0], err) || mdl_child_start(&x->child, x->o.argv, f->checkpointed, err))
		return -1;
	mdl_pipe_widen(x->child.in);
	mdl_pipe_widen(x->child.out);
	x->started = true;
	x->line_no = 0;
	mdl_filter_watch(f, x->child.out);
	return 0;
}

/* Wait until one of the pipes can be served; POLLIN and POLLOUT of *READY say which. */
static int wait_pipes(struct mdl_exec *x, struct mdl_filter *f, bool want_write, short *ready,
		      struct mdl_err *err)
{
	struct pollfd p[3] = {{x->child.out, POLLIN, 0},
			      {want_write ? x->child.in : -1, POLLOUT, 0},
			      {f->opts->out_fd, 0, 0}};
	for (int wait = 0;; wait = ALIVE_MS) {
		int r = poll(p, 3, wait);
		if (r < 0 && errno != EINTR)
			return mdl_err_sys(err, "waiting for %s", x->name);
		*ready = (short)((p[0].revents ? POLLIN : 0) | (p[1].revents ? POLLOUT : 0));
		if (r > 0 && *ready)
			return 0;
		if (r > 0 && (p[2].revents & (POLLERR | POLLNVAL)))
			return mdl_err_reader_gone(err);
		/* it works: what it wrote so far must not wait for it */
		if (mdl_filter_flush(f, err))
			return -1;
		mdl_filter_alive(f);
	}
}

static int feed(struct mdl_exec *x, struct mdl_filter *f, struct mdl_slice s, struct mdl_err *err)
{
	while (s.n && x->child.in >= 0) {
		short ready;
		if (wait_pipes(x, f, true, &ready, err))
			return -1;
		if ((ready & POLLIN) && drain(x, f, err))
			return -1;
		if (!(ready & POLLOUT))
			continue;
		ssize_t w = mdl_child_write(&x->child, s.p, s.n, err);
		if (w < 0)
			return -1;
		s.p += w;
		s.n -= (size_t)w;
	}
	/* It reads no more. What it still writes is waited for at the barrier, or here: then there is no use for more input. */
	while (x->child.in < 0 && x->child.out >= 0) {
		short ready;
		if ((!f->checkpointed && wait_pipes(x, f, false, &ready, err)) || drain(x, f, err))
			return -1;
		if (f->checkpointed)
			break;
	}
	f->enough = x->child.in < 0 && x->child.out < 0;
	return 0;
}

static int judge(struct mdl_exec *x, struct mdl_filter *f, int status, struct mdl_err *err)
{
	char epoch[64] = "";
	if (f->checkpointed)
		snprintf(epoch, sizeof(epoch), " in epoch %" PRIu64 ", which is not committed",
			 f->begin->epoch);
	if (WIFSIGNALED(status))
		return mdl_err_set(err, MDL_RETRY, "%s was killed by signal %d (%s)%s; run again", x->name,
				   WTERMSIG(status), strsignal(WTERMSIG(status)), epoch);
	int s = WEXITSTATUS(status);
	if (!x->ok[s])
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s ended with status %d%s; where that status is well, name it: --ok %s,%d", x->name,
			s, epoch, x->o.ok ? x->o.ok : "0", s);
	if (f->checkpointed) {
		struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
		mdl_buf_puts(&b, "{\"command\":");
		mdl_json_quote(&b, mdl_slice_of(x->name));
		mdl_buf_printf(&b, ",\"status\":%d}", s);
		free(f->books.detail);
		f->books.detail = mdl_strdup(mdl_buf_cstr(&b));
		mdl_buf_free(&b);
	}
	return 0;
}

/* Its input ends: the rest of its output, and its status. */
static int finish(struct mdl_exec *x, struct mdl_filter *f, struct mdl_err *err)
{
	int status, r;
	if (!x->started)
		return 0;
	mdl_child_close_in(&x->child);
	while (x->child.out >= 0) {
		short ready;
		if (wait_pipes(x, f, false, &ready, err) || drain(x, f, err))
			return -1;
	}
	while ((r = mdl_child_ended(&x->child, &status, err)) == 0) {
		struct pollfd p = {f->opts->out_fd, 0, 0};
		if (poll(&p, 1, ENDING_MS) > 0)
			return mdl_err_reader_gone(err);
		mdl_filter_alive(f);
	}
	x->started = false;
	return r < 0 ? -1 : judge(x, f, status, err);
}

/* ---- The operator ---- */

/* What the program makes of the rows, and what it calls their members, is not known. */
static void forget_columns(struct mdl_filter *f)
{
	free(f->begin_copy.columns);
	f->begin_copy.columns = NULL;
}

static int exec_begin(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_exec *x = ctx;
	forget_columns(f);
	/* also where the epoch has no records: a pipeline that cannot run is told of at once */
	return f->resume ? mdl_child_find(x->o.argv[0], err) : 0;
}

static int exec_dry(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	struct mdl_exec *x = ctx;
	forget_columns(f);
	return mdl_child_find(x->o.argv[0], err);
}

static int exec_batch(void *ctx, struct mdl_filter *f, const struct mdl_batch *b, struct mdl_err *err)
{
	struct mdl_exec *x = ctx;
	mdl_row_reader_read(&x->in, b);
	if (!x->started && x->in.n && start(x, f, err))
		return -1;
	for (size_t i = 0, first; i < b->n;) {
		for (first = i; i < b->n && x->in.verdicts[i] == MDL_SCAN_OK;)
			i++;
		if (i > first) {
			const struct mdl_slice *last = &b->lines[i - 1];
			struct mdl_slice rows = {b->lines[first].p,
						 (size_t)(last->p + last->n + 1 - b->lines[first].p)};
			if (feed(x, f, rows, err))
				return -1;
		}
		if (i == b->n || !mdl_row_reader_reject(&x->in, f, b, i++, err))
			continue;
		/* The rows before the one that ends the run go out, as in any filter. */
		struct mdl_err ignored = MDL_ERR_INIT;
		if (!f->checkpointed)
			(void)finish(x, f, &ignored);
		return -1;
	}
	return 0;
}

static int exec_ready(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	return drain(ctx, f, err);
}

static int exec_barrier(void *ctx, struct mdl_filter *f, struct mdl_barrier *bar, struct mdl_err *err)
{
	struct mdl_exec *x = ctx;
	(void)bar;
	if (finish(x, f, err))
		return -1;
	uint64_t gone = f->books.out;
	for (size_t i = 0; i < f->books.nbuckets; i++)
		gone += f->books.buckets[i].rows;
	/* Where it made rows there is no saying which of them came from what: in and out are counted, that is all. */
	f->books.passes = gone <= f->books.in;
	if (gone < f->books.in)
		mdl_filter_bucket(f, x->bucket, f->books.in - gone);
	return 0;
}

static int exec_end(void *ctx, struct mdl_filter *f, struct mdl_err *err)
{
	return finish(ctx, f, err);
}

static int read_ok(struct mdl_exec *x, struct mdl_err *err)
{
	for (const char *p = x->o.ok ? x->o.ok : "0";; p++) {
		char *end;
		unsigned long v = strtoul(p, &end, 10);
		if (end == p || *p < '0' || *p > '9' || v > 255 || (*end && *end != ','))
			return mdl_err_set(
				err, MDL_TROUBLE,
				"option --ok: '%s' is no list of exit statuses; give numbers from 0 to 255, as in "
				"--ok 0,1",
				x->o.ok);
		x->ok[v] = true;
		p = end;
		if (!*p)
			return 0;
	}
}

struct mdl_exec *mdl_exec_new(const struct mdl_exec_opts *o, struct mdl_err *err)
{
	struct mdl_exec *x = mdl_zalloc(sizeof(*x));
	const char *slash = strrchr(o->argv[0], '/');
	x->o = *o;
	x->name = slash && slash[1] ? slash + 1 : o->argv[0];
	x->bucket = mdl_asprintf("dropped:%s", x->name);
	x->child = (struct mdl_child)MDL_CHILD_NONE;
	mdl_arena_init(&x->arena);
	x->op = (struct mdl_op){
		.name = "exec",
		.ctx = x,
		.passes = true,
		.begin = exec_begin,
		.dry = exec_dry,
		.batch = exec_batch,
		.ready = exec_ready,
		.barrier = exec_barrier,
		.end = exec_end,
	};
	if (read_ok(x, err) || mdl_row_reader_init(&x->in, NULL, 0, NULL, 0, err) ||
	    mdl_row_reader_init(&x->out, NULL, 0, NULL, 0, err)) {
		mdl_exec_free(x);
		return NULL;
	}
	return x;
}

void mdl_exec_free(struct mdl_exec *x)
{
	mdl_child_kill(&x->child);
	mdl_row_reader_free(&x->in);
	mdl_row_reader_free(&x->out);
	mdl_arena_free(&x->arena);
	free(x->bucket);
	free(x->buf);
	free(x);
}

const struct mdl_op *mdl_exec_op(struct mdl_exec *x)
{
	return &x->op;
}
