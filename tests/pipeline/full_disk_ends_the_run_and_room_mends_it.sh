# Tables and checkpoint on a tmpfs of 2 MB that becomes full: the run ends (75) and names the file; no half file is
# visible; and the same command ends well when there is room.
. "$MEDAL_TESTS/lib.sh"
unshare -Urm mount -t tmpfs none /mnt 2>/dev/null || skip "mounting in a user namespace is forbidden here"
mkdir raw disk
medal-simulate music --rows 20000 | split -d -l 2000 --additional-suffix=.ndjson - raw/
cat >hop.sh <<'SH'
medal-ingest --checkpoint disk/ckpt --quarantine disk/quarantine --max-files 1 raw |
medal-validate --schema 'ts BIGINT NOT NULL, userId BIGINT' |
medal-dedupe -k userId,ts --forever |
medal-write disk/t |
medal-checkpoint commit
SH
cat >all.sh <<'SH'
mount -t tmpfs -o size=2m none disk
bash -o pipefail hop.sh 2>message
echo "status $?"
grep -q 'No space left on device' message || cat message
committed=$(ls disk/ckpt/commits | wc -l)
[ $committed -gt 0 ] && [ $committed -lt 10 ] || echo "$committed epochs are committed"
cat disk/t/part-* | cmp - <(cat raw/* | head -n $((committed * 2000))) || echo "half an epoch is visible"
# only the size: the user of its root, which the kernel tells, has no number in here when who runs this is not root
mount --options-mode ignore -o remount,size=40m none disk
bash -o pipefail hop.sh
echo "status $?"
cat disk/t/part-?-* disk/t/part-??-* 2>/dev/null | cmp - <(cat raw/*)
medal-checkpoint verify --tables disk/ckpt >report || cat report
SH
unshare -Urm bash all.sh
