# SPDX-License-Identifier: MIT
medal-validate --schema 'a INT, CONSTRAINT has_a EXPECT (a IS NOT NULL) ON VIOLATION DROP ROW' --schema-evolution rescue --quarantine bad; grep -o '"failed.*' bad/*.ndjson
