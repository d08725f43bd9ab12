/* SPDX-License-Identifier: MIT
 *
 * Properties of characters: see java_property.h. Of the blocks those that people write.
 */
#include "sql/java_property.h"

#include <string.h>

struct name {
	const char *java, *pcre;
};

/* Inside a class. */
static const struct name properties[] = {
	{"Lower", "a-z"},
	{"Upper", "A-Z"},
	{"ASCII", "\\x00-\\x7f"},
	{"Alpha", "a-zA-Z"},
	{"Digit", "0-9"},
	{"Alnum", "a-zA-Z0-9"},
	{"Punct", "!-\\/:-@\\[-`{-~"},
	{"Graph", "!-~"},
	{"Print", " -~"},
	{"Blank", " \\t"},
	{"Cntrl", "\\x00-\\x1f\\x7f"},
	{"XDigit", "0-9a-fA-F"},
	{"Space", " \\t\\n\\x0b\\f\\r"},
	{"all", "\\x00-\\x{10ffff}"},
	{"L1", "\\x00-\\x{ff}"},
	{"LC", "\\p{Lu}\\p{Ll}\\p{Lt}"},
	{"LD", "\\p{L}\\p{Nd}"},
	{"javaLowerCase", "\\p{Lowercase}"},
	{"javaUpperCase", "\\p{Uppercase}"},
	{"javaAlphabetic", "\\p{Alphabetic}"},
	{"javaIdeographic", "\\p{Ideographic}"},
	{"javaTitleCase", "\\p{Lt}"},
	{"javaDigit", "\\p{Nd}"},
	{"javaDefined", "\\P{Cn}"},
	{"javaLetter", "\\p{L}"},
	{"javaLetterOrDigit", "\\p{L}\\p{Nd}"},
	{"javaSpaceChar", "\\p{Z}"},
	{"javaWhitespace",
	 "\\t-\\r\\x1c-\\x20\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}"},
	{"javaISOControl", "\\x00-\\x1f\\x7f-\\x{9f}"},
	{"IsAlphabetic", "\\p{Alphabetic}"},
	{"IsLetter", "\\p{L}"},
	{"IsIdeographic", "\\p{Ideographic}"},
	{"IsLowercase", "\\p{Lowercase}"},
	{"IsUppercase", "\\p{Uppercase}"},
	{"IsTitlecase", "\\p{Lt}"},
	{"IsWhite_Space", "\\p{White_Space}"},
	{"IsWhiteSpace", "\\p{White_Space}"},
	{"IsControl", "\\p{Cc}"},
	{"IsPunctuation", "\\p{P}"},
	{"IsHex_Digit", "\\p{Nd}0-9a-fA-F\\x{ff10}-\\x{ff19}\\x{ff21}-\\x{ff26}\\x{ff41}-\\x{ff46}"},
	{"IsAssigned", "\\P{Cn}"},
	{"IsDigit", "\\p{Nd}"},
	{"IsAlnum", "\\p{Alphabetic}\\p{Nd}"},
	{"IsBlank", "\\p{Zs}\\t"},
	{"InBasicLatin", "\\x00-\\x7f"},
	{"InBASIC_LATIN", "\\x00-\\x7f"},
	{"InLatin-1Supplement", "\\x{80}-\\x{ff}"},
	{"InLATIN_1_SUPPLEMENT", "\\x{80}-\\x{ff}"},
	{"InLatinExtended-A", "\\x{100}-\\x{17f}"},
	{"InLatinExtended-B", "\\x{180}-\\x{24f}"},
	{"InCombiningDiacriticalMarks", "\\x{300}-\\x{36f}"},
	{"InCOMBINING_DIACRITICAL_MARKS", "\\x{300}-\\x{36f}"},
	{"InGreek", "\\x{370}-\\x{3ff}"},
	{"InGreekandCoptic", "\\x{370}-\\x{3ff}"},
	{"InCyrillic", "\\x{400}-\\x{4ff}"},
	{"InCYRILLIC", "\\x{400}-\\x{4ff}"},
	{"InArmenian", "\\x{530}-\\x{58f}"},
	{"InHebrew", "\\x{590}-\\x{5ff}"},
	{"InArabic", "\\x{600}-\\x{6ff}"},
	{"InDevanagari", "\\x{900}-\\x{97f}"},
	{"InThai", "\\x{e00}-\\x{e7f}"},
	{"InHangulJamo", "\\x{1100}-\\x{11ff}"},
	{"InGeneralPunctuation", "\\x{2000}-\\x{206f}"},
	{"InHiragana", "\\x{3040}-\\x{309f}"},
	{"InHIRAGANA", "\\x{3040}-\\x{309f}"},
	{"InKatakana", "\\x{30a0}-\\x{30ff}"},
	{"InKATAKANA", "\\x{30a0}-\\x{30ff}"},
	{"InCJKUnifiedIdeographs", "\\x{4e00}-\\x{9fff}"},
	{"InCJK_UNIFIED_IDEOGRAPHS", "\\x{4e00}-\\x{9fff}"},
	{"InHangulSyllables", "\\x{ac00}-\\x{d7af}"},
};

bool mdl_java_property_category(const char *s, size_t n)
{
	static const char two[] =
		"Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn ";
	if (n == 1)
		return s[0] && strchr("LMNPSZC", s[0]);
	if (n != 2)
		return false;
	char w[4] = {s[0], s[1], ' ', 0};
	return strstr(two, w) != NULL;
}

const char *mdl_java_property_members(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (strlen(properties[i].java) == n && memcmp(properties[i].java, name, n) == 0)
			return properties[i].pcre;
	return NULL;
}
