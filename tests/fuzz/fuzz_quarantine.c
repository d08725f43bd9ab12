/* SPDX-License-Identifier: MIT
 *
 * Any line in quarantine form is one record on one line, and comes back to the byte.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "stream/quarantine.h"
#include "json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_record(struct mdl_scan *scan, struct mdl_slice line)
{
	struct mdl_json_value v;
	return mdl_scan_line(scan, line, &v, NULL, NULL) == MDL_SCAN_OK;
}

/* With a '\n' and the scanner's padding behind it. */
static struct mdl_slice padded(const void *p, size_t n)
{
	char *s = mdl_zalloc(n + 1 + MDL_SCAN_PADDING);
	if (n)
		memcpy(s, p, n);
	s[n] = '\n';
	return (struct mdl_slice){s, n};
}

static void round_trip(struct mdl_scan *scan, struct mdl_slice line, bool record)
{
	static const char *const failed[] = {"a", "b", NULL};
	struct mdl_row_error why = {
		.reason = "EXPECTATION", .message = "m", .failed = failed, .line = 3, .file = "f"};
	struct mdl_buf row = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), back = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	bool last = false;
	mdl_quarantine_format(&row, line, record, "validate", NULL, &why);
	if (memchr(row.p, '\n', row.n))
		mdl_bug("a quarantined row is more than a line");
	struct mdl_slice form = padded(row.p, row.n);
	if (!is_record(scan, form))
		mdl_bug("a quarantined row is no record");
	if (mdl_quarantine_unwrap(&back, form, &last) != MDL_UNWRAP_LINE || !last ||
	    !mdl_slice_eq(mdl_buf_slice(&back), line))
		mdl_bug("another line came back");
	free((void *)(uintptr_t)form.p);
	mdl_buf_free(&row);
	mdl_buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *scan = mdl_scan_new(NULL, 0, &err);
	if (!scan)
		mdl_bug("no scanner: %s", err.msg);
	if (!size || !memchr(data, '\n', size)) {
		struct mdl_slice line = padded(data, size);
		round_trip(scan, line, false);
		if (is_record(scan, line)) {
			struct mdl_buf out = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
			bool last;
			round_trip(scan, line, true);
			/* as a row of a quarantine that somebody edited */
			(void)mdl_quarantine_unwrap(&out, line, &last);
			mdl_buf_free(&out);
		}
		free((void *)(uintptr_t)line.p);
	}
	mdl_scan_free(scan);
	return 0;
}
