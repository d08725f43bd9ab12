# Two hops with --follow, an epoch a file, over some thousand epochs, both killed now and then: the tail merges the small
# files of the table between them (--compact), the hop behind it reads on over each merge; the checkpoints stay flat.
. "$MEDAL_TESTS/lib.sh"
need jq
epochs=${EPOCHS:-4000}
mkdir in ckpt
bronze() { medal-ingest --follow --trigger 1ms --max-files 1 --checkpoint ckpt/bronze in | medal-write bronze | medal-checkpoint commit --compact --retain 20; }
gold() { medal-ingest --follow --trigger 20ms --checkpoint ckpt/gold bronze | medal-write gold | medal-checkpoint commit --compact --retain 20; }
jq -cn "range($epochs * 2) | {id: .}" | split -d -a 6 -l 2 --additional-suffix=.ndjson - in/
run_on() { # HOP: again and again, killed after some seconds, until there is a file "done"
	until [ -e done ]; do
		setsid bash -c "$(declare -f bronze gold); $1" 2>>err &
		local pid=$!
		for ((k = 0; k < 7 + RANDOM % 8; k++)); do [ -e done ] || sleep 1; done
		kill -9 -- -$pid 2>/dev/null
		wait $pid 2>/dev/null
	done
}
RANDOM=${SEED:-1}
wait_first() { medal-checkpoint show ckpt/bronze 2>/dev/null | grep -q 'last committed epoch'; }
run_on bronze &
wait_until 60 wait_first
run_on gold &
most=0
committed() { medal-checkpoint show -n 1 "ckpt/$1" | sed -n 's/last committed epoch //p'; }
for ((i = 0; i < 1200; i++)); do
	sleep 1
	live=$(cat bronze/_spark_metadata/*9.compact 2>/dev/null | wc -l)
	n=$(ls bronze/_spark_metadata | sed -n 's/\.compact$//p' | sort -n | tail -1)
	live=$(wc -l <"bronze/_spark_metadata/$n.compact" 2>/dev/null || echo 0)
	[ "$live" -gt $most ] && most=$live
	[ "$(committed bronze)" -ge $((epochs - 1)) ] && break
done
sleep 5
touch done
wait
medal-ingest --wait --checkpoint ckpt/gold bronze 2>>err | medal-write gold | medal-checkpoint commit 2>>err
for t in bronze gold; do
	python3 "$MEDAL_TESTS/log_rows.py" $t | tail -n +2 | sort >rows
	jq -cn "range($epochs * 2) | {id: .}" | sort | cmp - rows || fail "$t: rows are lost or doubled"
	medal-checkpoint verify --tables ckpt/$t >out || fail "$t: $(cat out)"
	[ "$(find ckpt/$t -type f | wc -l)" -lt 400 ] || fail "$t: $(find ckpt/$t -type f | wc -l) files in the checkpoint"
done
[ $most -lt 2000 ] || fail "the log of the table had $most files"
grep -q '"next":"[1-9]' bronze/_medal_merged || fail "nothing was merged"
echo "at most $most files of $epochs" >&2
