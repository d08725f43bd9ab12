# Odd spacing, members that occur twice, long numbers, escapes, CR: no program that passes rows touches a byte.
python3 - >f.ndjson <<'PY'
import random
r = random.Random(5)
atoms = ["1", "-0", "1.10", "1E400", "123456789012345678901234567890", "0.1000000000000000055511151231257827",
         '"x"', '"\\u0041\\/\\ud83d\\ude00"', '"é 東京 \U0001f3b5"', "null", "true", "[ ]", "[1 , [2,{ }]]", "{}",
         '{"a" : {"a":1,"a":2}}']
for _ in range(20000):
    sp = lambda: r.choice(["", "", " ", "\t", "  "])
    names = r.choices(["a", "b", "\\u0061", "a b", "", "é"], k=r.randint(0, 6))
    body = ",".join(f'{sp()}"{n}"{sp()}:{sp()}{r.choice(atoms)}{sp()}' for n in names)
    print(f"{sp()}{{{body or sp()}}}{sp()}{r.choice(['', '', '', chr(13)])}")
PY
echo "CREATE STREAMING TABLE t (zz STRING, CONSTRAINT one EXPECT (1 = 1) ON VIOLATION DROP ROW) AS SELECT * FROM STREAM(s);" >any.sql
medal-ingest f.ndjson | cmp - f.ndjson
medal-ingest f.ndjson | medal-validate any.sql | cmp - f.ndjson
medal-ingest f.ndjson | medal-transform 'SELECT *' | cmp - f.ndjson
medal-ingest f.ndjson | medal-validate any.sql | medal-transform 'SELECT * WHERE 1 = 1' | medal-write t
cat t/part-* | cmp - f.ndjson
medal-ingest --checkpoint ckpt --max-records 3000 f.ndjson | medal-validate any.sql | medal-transform 'SELECT *' | medal-write u |
	medal-checkpoint commit
cat u/part-* | cmp - f.ndjson
# and jq reads the same values out of them
medal-ingest u | jq -c . | cmp - <(jq -c . f.ndjson)
