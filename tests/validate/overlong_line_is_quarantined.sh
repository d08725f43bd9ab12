# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
python - <<'END' | medal-validate --schema 'a STRING' --max-record 1000 --quarantine bad
print('{"a":"x"}\n{"a":"%s"}\n{"a":"y"}' % ("z" * 5000))
END
grep -o '"reason":"[A-Z_]*"' bad/*.ndjson | sort -u
printf '{"a":"%01000d"}\n' 0 | medal-validate --schema 'a STRING' --max-record 1000
