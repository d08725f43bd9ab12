/* SPDX-License-Identifier: MIT
 *
 * A text of JSON as Spark's functions take it: what the scanner accepts of it is
 * written as Jackson would, and accepted again.
 */
#include <stdint.h>

#include "json/jackson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool scan(struct mdl_scan *sc, struct mdl_buf *b, struct mdl_slice s, bool special,
		 struct mdl_json_value *v)
{
	mdl_buf_clear(b);
	mdl_buf_puts(b, "{\"v\":");
	if (!mdl_jackson_first(b, s, special))
		return false;
	mdl_buf_putc(b, '}');
	return mdl_scan_line(sc, mdl_buf_slice(b), v, NULL, NULL) == MDL_SCAN_OK &&
	       v->kind != MDL_JSON_MISSING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const path[] = {"v"};
	struct mdl_slice s = {size ? (const char *)data : "", size};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *sc = mdl_scan_new(path, 1, &err);
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), w = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	struct mdl_json_value v;
	for (int k = 0; k < 4; k++)
		if (scan(sc, &b, s, k & 1, &v)) {
			mdl_buf_clear(&w);
			mdl_jackson_write(&w, &v, k & 2);
			if (!scan(sc, &b, mdl_buf_slice(&w), false, &v))
				mdl_bug("not JSON: %s", mdl_buf_cstr(&w));
		}
	mdl_buf_free(&b);
	mdl_buf_free(&w);
	mdl_scan_free(sc);
	return 0;
}
