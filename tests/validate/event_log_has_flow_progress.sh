# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
cat >t.sql <<'END'
CREATE OR REFRESH STREAMING TABLE t (
  id BIGINT NOT NULL, level STRING, n INT,
  CONSTRAINT has_level EXPECT (level IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT known EXPECT (level IN ('free', 'paid')),
  CONSTRAINT sane EXPECT (id > 0) ON VIOLATION FAIL UPDATE,
  CONSTRAINT short EXPECT (level NOT LIKE '_____%') ON VIOLATION DROP ROW
) AS SELECT * FROM STREAM(x);
END
grep '"id"' | grep -v '"x"' | medal-validate t.sql --event-log log.ndjson >/dev/null
medal-validate -e 'x EXPECT (true)' --event-log log.ndjson <<<'{}' >/dev/null
python - <<'END'
import json
for l in open("log.ndjson"):
    d = json.loads(l)
    p = json.loads(d["details"])["flow_progress"]
    print(d["event_type"], d["origin"]["dataset_name"], p["status"], p["metrics"]["num_output_rows"], p["data_quality"]["dropped_records"])
    for e in p["data_quality"]["expectations"]:
        print(e["name"], e["dataset"], e["passed_records"], e["failed_records"])
END
