# head -c of a table's file at each byte: no row of it comes out, and the message names the file.
for method in none gzip zstd; do
	rm -rf t ckpt u
	printf '{"a":1}\n{"a":"\\u00e9\xc3\xa9"}\n{"b":[3]}\n' |
		medal-ingest --checkpoint ckpt - | medal-write --compress $method t | medal-checkpoint commit
	file=$(echo t/part-*)
	mv "$file" whole
	size=$(stat -c %s whole)
	for ((n = 0; n < size; n++)); do
		head -c $n whole >"$file"
		rows=$(medal-ingest t 2>message)
		[ $? = 2 ] && [ -z "$rows" ] && grep -q "${file##*/} has $n bytes, but the table's log says $size" message ||
			echo "$method, cut to $n bytes: '$rows' $(cat message)"
		medal-checkpoint verify ckpt >/dev/null && echo "$method, cut to $n bytes: verify finds nothing"
	done
	# in a pipeline the tail says so, too, and the hop writes nothing
	medal-ingest --checkpoint ckpt.next t 2>/dev/null | medal-write u | medal-checkpoint commit
	echo "$method status $?"
	cp whole "$file"
	medal-ingest --checkpoint ckpt.next t | medal-write u | medal-checkpoint commit
	medal-ingest u
	rm -rf ckpt.next
done
