# Each kind of damage is found, named, and makes the status 1; the books of a whole checkpoint balance.
mkdir in
for i in 1 2 3; do
	printf '{"k":%d,"ts":%d}\n' $i 1700000000000 $((i + 10)) 1700000000000 >in/$i.json
	touch -d "2024-02-01 00:00:0$i" in/$i.json
done
medal-ingest --checkpoint ck --max-files 1 in | medal-dedupe -k k --watermark 'timestamp_millis(ts) 1 minute' |
	medal-write t | medal-checkpoint commit
medal-checkpoint verify ck
medal-checkpoint verify --tables ck
look() {
	local name=$1 status=0
	shift
	cp -a ck ck.whole
	cp -a t t.whole
	"$@"
	medal-checkpoint verify --tables ck >out || status=$?
	echo "$name: $status $(sed -n "s#$PWD/##g; s/[0-9a-f]\{32\}/RUN/; 1p" out)"
	rm -r ck t
	mv ck.whole ck
	mv t.whole t
}
look "file gone" rm t/part-1-0.ndjson
look "file cut" truncate -s 20 t/part-1-0.ndjson
look "row changed" sed -i 's/"k":12/"k":13/' t/part-1-0.ndjson
look "state damaged" sed -i 's/dedupe/DEDUPE/' ck/state/medal/dedupe/0.*
look "state gone" rm ck/state/medal/dedupe/0.*
look "commit gone" rm ck/commits/1
look "offsets gone" rm ck/offsets/1
look "ledger damaged" sed -i 's/"in":"2"/"in":"3"/' ck/medal/ledger/2
look "log entry gone" rm t/_spark_metadata/2
look "log entry empty" sed -i 1q t/_spark_metadata/1
look "log lists it twice" sed -i '$p' t/_spark_metadata/1
look "log of another place" sed -i "s#$PWD/t/#/elsewhere/t/#" t/_spark_metadata/1
look "owner damaged" sed -i 's/"complete":false/"complexe":false/' t/_medal_owner
look "owner gone" rm t/_medal_owner
look "old watermark changed" sed -i 's/999940/999941/' ck/commits/1
look "old positions changed" sed -i 's/ranges/renges/' ck/medal/files/1
look "nothing" true
