# SPDX-License-Identifier: MIT
# What is handed over is said in PySpark, with the folder, the table and its partitions. A torn twin of Spark's goes.
mkdir -p "raw/day=1"
printf '{"a":1,"p":"x"}\n{"a":2,"p":"y"}\n' >"raw/day=1/f.ndjson"
medal-ingest --checkpoint ckpt raw | medal-write --partition-by p out | medal-checkpoint commit
printf 'crc\0\0\0\2\0torn' >ckpt/commits/.0.crc
printf 'crc\0\0\0\2\0gone' >ckpt/offsets/.7.crc
medal-checkpoint handoff --to spark ckpt | sed -n "s!$PWD!.!; 1,/awaitT/p"
ls -A ckpt/commits ckpt/offsets
