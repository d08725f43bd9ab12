# What would make a directory in which nobody looks for the table; a level that the method has not.
for name in - s3://bucket/table file:/tmp/table delta:table ''; do
	echo '{"a":1}' | medal-write "$name"
done
echo '{"a":1}' | medal-write --compress gzip --level 10 t
echo '{"a":1}' | medal-write --compress zstd --level 20 t
ls -A
echo '{"a":1}' | medal-write ./s3:
echo '{"a":1}' | medal-write ./-
echo '{"a":1}' | medal-write 2026-11-21T17:00
echo '{"a":1}' | medal-write --compress zstd --level 19 t
ls
