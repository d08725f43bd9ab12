/* SPDX-License-Identifier: MIT
 *
 * base/utf16: what iconv makes of lines is found, and other bytes are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <iconv.h>
#include <string.h>

#include "base/utf16.h"

static const char *const texts[] = {
	"{\"a\":1}\n{\"a\":2}\n",
	"{\"name\":\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x96\x87\xe5\xad\x97\xe4\xb8\x80\",\"n\":0}\n",
	"{\"ort\":\"K\xc3\xb6ln\",\"x\":\"\xf0\x9f\x98\x80\"}\r\n",
	"a,b\n1,2\n",
};

static struct mdl_slice converted(const char *text, const char *to, char *out, size_t room)
{
	iconv_t cd = iconv_open(to, "UTF-8");
	char in[256], *p = in, *o = out;
	size_t n = strlen(text), left = room;
	memcpy(in, text, n);
	assert_true(cd != (iconv_t)-1);
	assert_int_equal(iconv(cd, &p, &n, &o, &left), 0);
	iconv_close(cd);
	return (struct mdl_slice){out, room - left};
}

static void utf16_is_named(void **state)
{
	(void)state;
	static const char *const names[] = {"UTF-16", "UTF-16LE", "UTF-16BE"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (size_t k = 0; k < 3; k++) {
			char out[1024];
			struct mdl_slice all = converted(texts[i], names[k], out, sizeof(out));
			assert_string_equal(mdl_utf16_name(all), names[k]);
			/* each line as a reader cuts it, but for a last NUL alone */
			while (all.n > 1) {
				const char *nl = memchr(all.p, '\n', all.n);
				size_t n = nl ? (size_t)(nl - all.p) : all.n;
				assert_non_null(mdl_utf16_name((struct mdl_slice){all.p, n}));
				n += nl ? 1 : 0;
				all = (struct mdl_slice){all.p + n, all.n - n};
			}
		}
	assert_string_equal(mdl_utf16_name((struct mdl_slice){"\xfe\xff\0{", 4}), "UTF-16");
}

static void other_bytes_are_not(void **state)
{
	(void)state;
	char out[1024] = {0};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_null(mdl_utf16_name(mdl_slice_of(texts[i])));
		assert_null(mdl_utf16_name(converted(texts[i], "UTF-32", out, sizeof(out))));
		assert_null(mdl_utf16_name(converted(texts[i], "UTF-32BE", out, sizeof(out))));
	}
	memset(out, 0, sizeof(out));
	assert_null(mdl_utf16_name((struct mdl_slice){out, sizeof(out)}));
	assert_null(mdl_utf16_name((struct mdl_slice){"\0", 1}));
	assert_null(mdl_utf16_name((struct mdl_slice){"", 0}));
	assert_null(mdl_utf16_name((struct mdl_slice){"{\"a\":\"\0\"}", 9}));
	assert_null(mdl_utf16_name(mdl_slice_of("\xff")));
	assert_null(mdl_utf16_name(mdl_slice_of("\xff\xfe")));
	assert_null(mdl_utf16_name(mdl_slice_of("\xff\xfe words in Latin-1")));
	assert_null(mdl_utf16_name(mdl_slice_of("{\"k\":\"K\xf6ln\"}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf16_is_named),
		cmocka_unit_test(other_bytes_are_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
