# logrotate shifts a whole row of files; inode numbers of deleted ones come again.
hop() {
	medal-ingest -q --checkpoint ck --tail --format json "$1" | medal-write out | medal-checkpoint commit
	echo "$? $(cat out/part* | wc -l)"
}
add() {
	for _ in $(seq $1); do echo "{\"a\":$((n += 1))}" >>l/app.log; done
}
rotate() {
	for k in 3 2 1; do [ ! -e l/app.log.$k ] || mv l/app.log.$k l/app.log.$((k + 1)); done
	rm -f l/app.log.4
	mv l/app.log l/app.log.1
}
mkdir l
for operand in l/app.log 'l/app.log*'; do
	rm -rf ck out l/*
	n=0
	add 3; hop "$operand"
	add 2; rotate; add 1; hop "$operand"
	add 1; rotate; add 2; hop "$operand"
	rotate; hop "$operand" # nothing there yet
	add 1; hop "$operand"
	add 4; rotate; add 1; hop "$operand"
	cat out/part* | sort -u | wc -l
done
