# Its files would be rows: a file 'metadata' was. Nothing is made; beside the data, or in a folder that is not looked into, it
# may be.
mkdir -p raw/deep
echo '{"a":1}' >raw/1.ndjson
run() { medal-ingest "$@" | medal-write --mode append t | medal-checkpoint commit; }
run --checkpoint raw raw
run --checkpoint raw/deep/ckpt -r ./raw/
run --checkpoint raw raw/../raw
find raw | sort
run --checkpoint raw/deep/ckpt raw
cat t/*.ndjson
