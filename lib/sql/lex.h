/* SPDX-License-Identifier: MIT
 *
 * Tokens of Spark SQL. The whole text is cut into tokens before parsing, for texts
 * are short and the parser may then look ahead as far as it likes.
 */
#ifndef MDL_SQL_LEX_H
#define MDL_SQL_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sql/ast.h"

enum mdl_token_kind {
	MDL_TK_END,
	MDL_TK_NAME,   /* a bare word: identifier or keyword; text as written */
	MDL_TK_QUOTED, /* `...`: text with doubled back quotes resolved */
	MDL_TK_STRING, /* text with escapes resolved */
	MDL_TK_NUMBER, /* text as written, with its suffix */
	MDL_TK_OP,     /* op: a character, or one of enum mdl_token_op */
};

enum mdl_token_op {
	MDL_TO_LE = 256, /* <= */
	MDL_TO_GE,       /* >= */
	MDL_TO_NE,       /* <> != */
	MDL_TO_NULL_EQ,  /* <=> */
	MDL_TO_PIPES,    /* || */
	MDL_TO_ARROW,    /* -> */
	MDL_TO_FAT,      /* => */
	MDL_TO_CAST,     /* :: */
};

struct mdl_token {
	enum mdl_token_kind kind;
	int op;
	uint32_t pos, end;
	struct mdl_slice text;
};

/* *TOKENS (in A) ends with MDL_TK_END. */
int mdl_lex(struct mdl_arena *a, const struct mdl_source *src, struct mdl_token **tokens, size_t *n,
	    struct mdl_err *err);

#endif
