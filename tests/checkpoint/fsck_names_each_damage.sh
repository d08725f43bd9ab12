# Each damage alone: what fsck says without and with --repair (its first word for each finding), its status, and what the
# pipeline does then. In the end the rows must be whole, or the run must have been refused.
run() {
	medal-ingest --checkpoint c --max-files 1 [1-9].ndjson | medal-dedupe -k id --forever | medal-write t |
		medal-checkpoint commit
}
for i in 1 2 3 4; do printf '{"id":%d}\n{"id":%d}\n' $i $((i + 1)) >$i.ndjson; touch -d "2026-01-0$i" $i.ndjson; done
run || exit 1
printf '{"id":5}\n{"id":6}\n' >5.ndjson
tar cf good.tar c t
state=$(cd c/state/medal/dedupe && ls | grep '^3\.')
damage() {
	rm -rf c t && tar xf good.tar
	eval "$1"
	medal-checkpoint fsck c >said 2>err
	s=$?
	[ -s err ] && sed "s|$PWD/||g; s/$state/STATE/" err
	what=$(sed -n "s|$PWD/||g; s/$state/STATE/; s/^\(note\|wrong\): \([^:;(]*\).*/\1:\2/p" said | cut -c1-70 | sort | paste -sd' ')
	medal-checkpoint fsck --repair c >mended 2>&1
	s=$s,$?
	[ "$(grep -c '^mended: ' mended)" = 0 ] || s="$s mended"
	if run 2>err; then
		rows=$(cat t/part-* | sort | tr -d '\n')
		[ "$rows" = '{"id":1}{"id":2}{"id":3}{"id":4}{"id":5}{"id":6}' ] || echo "ROWS: $rows"
		s="$s run"
		medal-checkpoint verify --tables c >out || s="$s UNPROVED"
		grep -q 'the books balance' out || s="$s FINDINGS"
	else
		[ -s err ] || echo "NO MESSAGE"
		s="$s refused"
		grep -q 'was written by a newer .*; upgrade medal$' err && s="$s as newer"
	fi
	echo "$1 -> $what -> $s" | sed "s/$state/STATE/"
}
damage true
damage 'rm c/metadata'
damage ': >c/metadata'
damage 'rm c/offsets/1'
damage 'rm c/offsets/2'
damage 'rm c/offsets/3'
damage 'truncate -s 30 c/offsets/3'
damage 'head -c 700 /dev/zero >c/offsets/1'
damage 'rm c/commits/1'
damage 'truncate -s 0 c/commits/1'
damage 'rm c/commits/3'
damage 'truncate -s 5 c/commits/3'
damage 'rm c/commits/3 c/medal/ledger/3'
damage 'truncate -s 100 c/medal/ledger/3'
damage 'truncate -s 100 c/medal/ledger/1'
damage 'rm c/medal/ledger/3'
damage 'truncate -s 50 c/medal/files/3'
damage 'rm c/medal/files/3'
damage 'rm c/sources/0/2'
damage 'truncate -s 9 c/sources/0/3'
damage "rm c/state/medal/dedupe/$state"
damage "truncate -s 40 c/state/medal/dedupe/$state"
damage 'cp c/offsets/3 c/offsets/07'
damage 'cp c/offsets/3 c/offsets/3~'
damage 'touch c/commits/.4.77.tmp c/commits/.9.crc c/commits/.4.crc'
damage 'rm -r t'
damage 'rm t/part-2-0.ndjson'
damage 'echo >>t/part-2-0.ndjson'
damage 'rm t/_spark_metadata/3'
damage 'rm t/_spark_metadata/1'
damage 'touch t/_spark_metadata/.1.crc t/_spark_metadata/.9.crc'
damage 'rm t/_medal_owner'
damage "touch t/_medal_pending/9.0123456789abcdef0123456789abcdef.write.0"
damage 'echo x >c/medal/rollback'
# what a newer program wrote is not damaged: it is neither mended nor put aside, and no run goes on without it
owner_of_version_3() {
	python3 - <<'EOF'
import json
def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
text = open("t/_medal_owner", "rb").read()
whole = json.loads(text)
cut = text.rindex(b',"crc32c"')
assert crc32c(text[:cut]) == int(whole["crc32c"], 16)
text = text[:cut].replace(b'"version":2', b'"version":3')
open("t/_medal_owner", "wb").write(text + b',"crc32c":"%08x"}\n' % crc32c(text))
EOF
}
damage owner_of_version_3
damage "sed -i 's/\"version\":2/\"version\":3/' t/_medal_owner"
damage "sed -i '1s/ v1 / v2 /' c/medal/ledger/3"
damage "sed -i '1s/ v1 / v2 /' c/medal/files/3"
damage "rm c/commits/3; sed -i '1s/ v1 / v2 /' c/medal/ledger/3"
damage "rm c/commits/3 c/medal/ledger/3; sed -i '1s/v1/v3/' c/offsets/3"
damage "sed -i '1s/v1/v3/' c/commits/3"
damage "sed -i '1s/v1/v3/' c/commits/1"
damage "sed -i '1s/v1/v2/' c/sources/0/3"
damage "sed -i '1s/v1/v2/' t/_spark_metadata/3"
