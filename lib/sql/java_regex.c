/* SPDX-License-Identifier: MIT
 *
 * Java's regular expressions by PCRE2: see java_regex.h.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sql/java_regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "sql/java_pattern.h"

struct mdl_java_regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

struct mdl_java_regex *mdl_java_regex_new(struct mdl_slice pattern, struct mdl_err *err)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 24);
	struct mdl_java_regex *re = NULL;
	int code;
	PCRE2_SIZE at;
	if (mdl_java_pattern_translate(&b, pattern, err) == 0) {
		re = mdl_zalloc(sizeof(*re));
		re->code = pcre2_compile((PCRE2_SPTR)mdl_buf_cstr(&b), b.n, PCRE2_UTF | PCRE2_NO_UTF_CHECK,
					 &code, &at, NULL);
		if (!re->code && code == PCRE2_ERROR_HEAP_FAILED)
			mdl_out_of_memory();
		if (re->code) {
			pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
			re->match = pcre2_match_data_create_from_pattern(re->code, NULL);
			re->limits = pcre2_match_context_create(NULL);
			if (!re->match || !re->limits)
				mdl_out_of_memory();
			/* Java gives up at no number of steps: a search that did would be an answer that is wrong. */
			pcre2_set_match_limit(re->limits, UINT32_MAX);
			pcre2_set_depth_limit(re->limits, UINT32_MAX);
			pcre2_set_heap_limit(re->limits, UINT32_MAX);
		} else {
			char why[128];
			pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
			mdl_err_set(err, MDL_TROUBLE, "%s", why);
			free(re);
			re = NULL;
		}
	}
	mdl_buf_free(&b);
	return re;
}

void mdl_java_regex_free(struct mdl_java_regex *re)
{
	if (!re)
		return;
	pcre2_match_context_free(re->limits);
	pcre2_match_data_free(re->match);
	pcre2_code_free(re->code);
	free(re);
}

bool mdl_java_regex_find(struct mdl_java_regex *re, struct mdl_slice s, size_t at, const size_t **ov)
{
	if (at > s.n)
		return false;
	const char *text = s.p ? s.p : "";
	int r = pcre2_match(re->code, (PCRE2_SPTR)text, s.n, at, PCRE2_NO_UTF_CHECK, re->match, re->limits);
	if (r == PCRE2_ERROR_JIT_STACKLIMIT)
		r = pcre2_match(re->code, (PCRE2_SPTR)text, s.n, at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
				re->match, re->limits);
	if (r == PCRE2_ERROR_NOMEMORY)
		mdl_out_of_memory();
	if (r < 0)
		return false;
	*ov = pcre2_get_ovector_pointer(re->match);
	return (*ov)[0] <= (*ov)[1];
}

unsigned mdl_java_regex_groups(const struct mdl_java_regex *re)
{
	uint32_t k = 0;
	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &k);
	return k;
}

int mdl_java_regex_group(const struct mdl_java_regex *re, const char *name)
{
	int k = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);
	return k < 0 ? -1 : k;
}
