# SPDX-License-Identifier: MIT
# State that does not fit into the memory that a program may have (ulimit -v): status 75 with words and no wrong commit, and
# without the limit the next run ends with the tables of an undisturbed one.
. "$MEDAL_TESTS/lib.sh"
case $MEDAL_BUILD in */san-*) skip "a sanitizer needs address space of its own" ;; esac
mkdir in
for i in 0 1 2 3; do
	seq $((i * 60000)) $((i * 60000 + 59999)) | sed 's/.*/{"id":&,"name":"n&","ts":1700000000000}/' >in/$i.ndjson
	touch -d "2024-02-01 00:00:0$i" in/$i.ndjson
done
run() { # KIB STAGE...: the stage has so much address space
	medal-ingest --checkpoint ck --max-files 1 in | (ulimit -v "$1"; shift; exec "$@") | medal-write t | medal-checkpoint commit
	echo "${PIPESTATUS[*]}" >status
}
both() {
	echo "$1"
	rm -rf ck t
	run unlimited "$@"
	cat status
	cat t/part-* | sort >want
	met=0
	# from too little to begin to enough
	for ((kib = 12000; ; kib += kib / 3)); do
		rm -rf ck t
		run $kib "$@" 2>err
		[ "$(cat status)" = "0 0 0 0" ] && break
		[ $kib -lt 4000000 ] || fail "it never ends well: $(cat err)"
		grep -q "error: out of memory\|cannot allocate memory\|Cannot allocate memory\|error while loading shared libraries" err ||
			fail "$kib KiB, $(cat status): $(cat err)"
		grep -q "error: out of memory" err && met=$((met + 1))
		cat t/part-* 2>/dev/null | sort | comm -23 - want | head -n 3
		run unlimited "$@" 2>>err
		[ "$(cat status)" = "0 0 0 0" ] || fail "after $kib KiB: $(cat status) $(cat err)"
		cat t/part-* | sort | cmp - want || fail "after $kib KiB: other rows"
		medal-checkpoint verify --tables ck >out || fail "after $kib KiB: $(cat out)"
	done
	[ $met -gt 0 ] || fail "no limit was met by $1 itself"
	echo equal
}
both medal-dedupe --forever -k name
both medal-aggregate -q --output-mode update --schema 'id BIGINT, name STRING' 'SELECT name, count(*) AS n, max(id) AS id GROUP BY name'
