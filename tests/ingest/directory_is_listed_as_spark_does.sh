# SPDX-License-Identifier: MIT
# Hidden names, folders that are no partitions and unfinished copies are passed over.
mkdir -p in/day=1/hour=2 in/sub in/_tmp
n=0
for f in b.json a.json day=1/c.json day=1/hour=2/d.json sub/e.json _tmp/f.json _g.json .h.json i._COPYING_; do
	n=$((n + 1))
	echo "{\"file\":\"$f\"}" >in/$f
	touch -d "2024-01-01 00:00:0$n" in/$f
done
touch -r in/b.json in/a.json
medal-ingest in
echo '{"mode":"recursive"}'
medal-ingest --recursive --path-glob '[a-e].json' in
echo '{"mode":"glob"}'
medal-ingest 'in/{a,s*/*}.json'
