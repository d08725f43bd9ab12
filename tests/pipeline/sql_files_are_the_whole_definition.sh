# SPDX-License-Identifier: MIT
# Three tables, each defined by one file that Databricks would run as it is: bronze takes what comes, silver has columns,
# a DEFAULT, a generated column, an expectation, partitions and the watermark, gold counts in windows. No clause of them is
# repeated as an option. DuckDB counts the same from the input.
. "$MEDAL_TESTS/lib.sh"
need_module duckdb
cat >music.sql <<'END'
CREATE OR REFRESH STREAMING TABLE bronze.plays (
  CONSTRAINT is_play EXPECT (song IS NOT NULL)
) COMMENT 'as they come' AS SELECT * FROM STREAM read_files('/Volumes/music/in', format => 'json');

CREATE OR REFRESH STREAMING TABLE silver.plays (
  ts BIGINT NOT NULL, userId BIGINT, level STRING, app STRING DEFAULT 'web', song STRING, seconds DOUBLE,
  played_on DATE GENERATED ALWAYS AS (CAST(timestamp_millis(ts) AS DATE)),
  CONSTRAINT has_user EXPECT (userId IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT known_level EXPECT (level IN ('free', 'paid')) ON VIOLATION DROP ROW
) PARTITIONED BY (played_on)
AS SELECT ts, userId, level, song, duration AS seconds FROM STREAM(bronze.plays)
WATERMARK timestamp_millis(ts) DELAY OF INTERVAL 10 MINUTES
WHERE song IS NOT NULL;

CREATE OR REFRESH STREAMING TABLE gold.hours
AS SELECT window.start AS hour, level, app, count(*) AS plays, round(sum(seconds), 3) AS seconds
FROM STREAM(silver.plays) WATERMARK timestamp_millis(ts) DELAY OF INTERVAL 10 MINUTES
GROUP BY window(timestamp_millis(ts), '1 hour'), level, app;
END
"$MEDAL_PYTHON" - <<'END'
import json, os, random
r = random.Random(5)
os.mkdir("in")
for n in range(3):
    with open(f"in/{n}.json", "w") as f:
        for i in range(2000):
            p = {"ts": 1704067200000 + (n * 2000 + i) * 20000, "userId": r.choice([1, 2, 3, None]), "song": r.choice(["a", "b", None]),
                 "duration": round(r.random() * 300, 3), "level": r.choice(["free", "paid", "odd"])}
            if r.random() < 0.3:
                del p["level"]
            f.write(json.dumps(p) + "\n")
            if r.random() < 0.1:
                f.write(json.dumps(p) + "\n")
END
set -e -o pipefail
medal-ingest --checkpoint ck/bronze in | medal-validate music.sql:bronze.plays | medal-write bronze | medal-checkpoint commit
medal-ingest --checkpoint ck/silver bronze | medal-transform -f music.sql:silver.plays |
	medal-validate music.sql:silver.plays | medal-dedupe -k ts,userId,song --schema music.sql:silver.plays |
	medal-write --schema music.sql:silver.plays silver | medal-checkpoint commit
medal-ingest --checkpoint ck/gold --final silver | medal-aggregate -f music.sql:hours --schema music.sql:silver.plays |
	medal-write gold | medal-checkpoint commit
for c in bronze silver gold; do medal-checkpoint verify ck/$c >/dev/null; done
ls -d silver/*=*
"$MEDAL_PYTHON" - <<'END'
import duckdb, glob, json
want = duckdb.sql("""
    WITH raw AS (SELECT DISTINCT * FROM read_json('in/*.json', columns={ts: 'BIGINT', userId: 'BIGINT', level: 'VARCHAR', song: 'VARCHAR', duration: 'DOUBLE'})
                 WHERE song IS NOT NULL AND userId IS NOT NULL),
         silver AS (SELECT ts, level, 'web' AS app, duration FROM raw WHERE level <> 'odd')
    SELECT strftime(time_bucket(INTERVAL 1 HOUR, epoch_ms(ts)), '%Y-%m-%dT%H:%M:%SZ'), level, app, count(*), round(sum(duration), 3)
    FROM silver GROUP BY ALL ORDER BY ALL""").fetchall()
rows = (json.loads(l) for p in glob.glob("gold/part-*") for l in open(p))
got = sorted((r["hour"], r["level"], r["app"], r["plays"], r["seconds"]) for r in rows)
print("gold is what DuckDB counts" if got == want else (got[:3], want[:3]), len(got) > 50)
END
