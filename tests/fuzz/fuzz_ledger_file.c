/* SPDX-License-Identifier: MIT
 *
 * The text of medal/ledger/N as a damaged or hostile checkpoint has it, under a header
 * that proves it: read or refused with a message, never a crash; the books are checked.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "state/checked_file.h"
#include "state/ledger_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];

static void remove_all(void)
{
	static const char *const parts[] = {"/medal/ledger/5", "/medal/ledger", "/medal", ""};
	for (size_t i = 0; i < 4; i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s%s", dir, parts[i]);
		remove(path);
	}
}

static void make(void)
{
	char path[128];
	snprintf(dir, sizeof(dir), "/tmp/medal-fuzz.XXXXXX");
	if (!mkdtemp(dir))
		mdl_bug("no scratch folder");
	atexit(remove_all);
	snprintf(path, sizeof(path), "%s/medal", dir);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/medal/ledger", dir);
	mkdir(path, 0777);
}

static void try_text(struct mdl_slice text)
{
	struct mdl_ledger l;
	struct mdl_err err = MDL_ERR_INIT, books = MDL_ERR_INIT;
	char path[128];
	snprintf(path, sizeof(path), "%s/medal/ledger/5", dir);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f))
		mdl_bug("the scratch file cannot be written");
	if (mdl_ledger_read(dir, 5, &l, &err)) {
		if (!err.msg[0])
			mdl_bug("refused without a message");
		return;
	}
	if (mdl_ledger_check(&l, &books) && !books.msg[0])
		mdl_bug("unbalanced without a message");
	mdl_ledger_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_slice text = {size ? (const char *)data : "", size};
	struct mdl_buf proved = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	if (!dir[0])
		make();
	try_text(text);
	mdl_checked_file_format(&proved, "ledger", text);
	try_text(mdl_buf_slice(&proved));
	mdl_buf_free(&proved);
	return 0;
}
