# SPDX-License-Identifier: MIT
printf 'CREATE STREAMING TABLE t (\n  a INT,\n  b BIGINTEGER\n);\n' >t.sql
medal-validate t.sql
