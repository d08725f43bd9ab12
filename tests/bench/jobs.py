# SPDX-License-Identifier: MIT
"""What is measured: the jobs, and for each job the commands of medal and of its peers.

A command is a line of bash. {raw} is NDJSON with malformed lines and duplicates, {good} the same
without malformed lines, {csv} {good} as CSV, {one} its first line, {wide} lines of 5 KB that each nest
ten events of {good}, {narrow} four of its members in 60 bytes, {times10} {good} ten times, {out} where
the result goes, {sql} listen_events.sql, {ckpt} a new checkpoint's folder, {peer} the call of peers.py.
`kind` says how the result is read and compared. `note` is a function of the rows that says one thing
more about them.
"""


def cost(rows, a, b, what, i=1):
    """How much more than A's B takes: of CPU seconds, if I is 1."""
    have = {r.tool: r for r in rows if r.runs}
    if a not in have or b not in have:
        return ""
    return f"{what}: {have[b].median(i) / have[a].median(i) - 1:+.1%}"


def tenfold(rows, tool):
    have = {r.tool: r for r in rows if r.runs}
    if tool not in have or tool + " x10" not in have:
        return ""
    one, ten = have[tool], have[tool + " x10"]
    return (f"{tool}, ten times the input with the same keys: {ten.median(0) / one.median(0):.2f} times the time "
            f"(CPU {ten.median(1) / one.median(1):.2f}), {ten.median(2) / one.median(2):.2f} times the memory")


JQ_OK = ('(.userId|type)=="number" and (.duration|type)=="number" and .duration>0 and '
         '(.level=="free" or .level=="paid")')
MLR_OK = ('is_int($userId) && is_present($duration) && $duration > 0 && '
          '($level == "free" || $level == "paid")')
WINDOWS = ("SELECT window.start AS minute, level, count(*) AS plays, sum(duration) AS seconds, "
           "count(DISTINCT userId) AS users GROUP BY window(timestamp_millis(ts), '\\''1 minute'\\''), level")
KEY = "userId,sessionId,itemInSession,ts"


def python(job, source, *tools):
    return {t: "{peer} %s %s %s {out}" % (t, job, source) for t in tools}


ALL = ("duckdb", "polars", "pyspark", "chdb")
DEDUPE = "medal-dedupe -k %s --forever" % KEY
AGGREGATE = "medal-aggregate --schema {sql} '%s'" % WINDOWS
VALIDATE = "medal-validate --mode dropmalformed {sql}"
PIPELINE = VALIDATE + " | " + DEDUPE + " | medal-write {out}"
LONG = "level = '\\''paid'\\'' AND duration > 200"
LONG_NARROW = "l = '\\''paid'\\'' AND d > 200"
EXPRESSIONS = (
    "SELECT userId, sessionId, lower(city) AS city, concat(firstName, '\\'' '\\'', lastName) AS name, "
    "substring(userAgent, 1, 11) AS agent, length(artist) AS letters, "
    "CAST(floor(duration / 60) AS BIGINT) AS minutes, ts % 86400000 AS day_ms, "
    "CASE WHEN duration < 120 THEN '\\''short'\\'' WHEN duration < 300 THEN '\\''song'\\'' ELSE '\\''long'\\'' END AS size, "
    "replace(state, '\\''A'\\'', '\\''_'\\'') AS state, coalesce(gender, '\\''?'\\'') AS gender, "
    "userAgent LIKE '\\''%Windows%'\\'' AS windows WHERE level IN ('\\''free'\\'', '\\''paid'\\'')")
JQ_EXPRESSIONS = (
    '{userId, sessionId, city: (.city|ascii_downcase), name: (.firstName + " " + .lastName), agent: .userAgent[0:11], '
    'letters: (.artist|length), minutes: (.duration / 60 | floor), day_ms: (.ts % 86400000), size: (if .duration < 120 '
    'then "short" elif .duration < 300 then "song" else "long" end), state: (.state|split("A")|join("_")), '
    'gender: (.gender // "?"), windows: (.userAgent|contains("Windows"))}')

JOBS = {
    "simulate": dict(
        what="make the events", kind="none", size="raw", tools={
            "medal": "medal-simulate music --rows {rows} --duplicates 2% --malformed 1% >{out}",
            "cat": "cat <{raw} >{out}"}),
    "ingest": dict(
        what="NDJSON in, NDJSON out", kind="rows", size="good", expect="good", tools={
            "medal": "medal-ingest - <{good} >{out}",
            "cat": "cat <{good} >{out}",
            "jq": "jq -c . <{good} >{out}",
            "mlr": "mlr --ijsonl --ojsonl cat {good} >{out}",
            **python("ingest", "{good}", *ALL)}),
    "validate": dict(
        what="three constraints, violators and malformed lines dropped", kind="rows", size="raw", expect="valid",
        tools={
            "medal": VALIDATE + " <{raw} >{out}",
            "medal 1 thread": VALIDATE + " --threads 1 <{raw} >{out}",
            "cat": "cat <{raw} >{out}",
            "jq": "jq -cR 'fromjson? | select(%s)' <{raw} >{out}" % JQ_OK,
            "mlr": "grep '}}$' {raw} | mlr --ijsonl --ojsonl filter '%s' >{out}" % MLR_OK,
            **python("validate", "{raw}", *ALL)}),
    "through": dict(
        what="validate between two pipes: cat FILE | validate | cat", kind="rows", size="raw", expect="valid",
        tools={
            "medal": "cat {raw} | " + VALIDATE + " | cat >{out}",
            "cat": "cat {raw} | cat | cat >{out}",
            "jq": "cat {raw} | jq -cR 'fromjson? | select(%s)' | cat >{out}" % JQ_OK}),
    "wide": dict(
        what="5 KB lines, nested: two conditions", kind="events", size="wide", expect="wide", tools={
            "medal": "medal-transform 'SELECT * WHERE %s' <{wide} >{out}" % LONG,
            "cat": "cat <{wide} >{out}",
            "jq": "jq -c 'select(.level == \"paid\" and .duration > 200)' <{wide} >{out}",
            "mlr": "mlr --ijsonl --ojsonl filter '$level == \"paid\" && $duration > 200' {wide} >{out}",
            **python("wide", "{wide}", *ALL)}),
    "narrow": dict(
        what="60 byte lines: two conditions", kind="events", size="narrow", expect="narrow", tools={
            "medal": "medal-transform 'SELECT * WHERE %s' <{narrow} >{out}" % LONG_NARROW,
            "cat": "cat <{narrow} >{out}",
            "jq": "jq -c 'select(.l == \"paid\" and .d > 200)' <{narrow} >{out}",
            "mlr": "mlr --ijsonl --ojsonl filter '$l == \"paid\" && $d > 200' {narrow} >{out}",
            **python("narrow", "{narrow}", *ALL)}),
    "expressions": dict(
        what="twelve columns of functions", kind="values", size="good", expect="expressions", tools={
            "medal": "medal-transform --schema {sql} '%s' <{good} >{out}" % EXPRESSIONS,
            "cat": "cat <{good} >{out}",
            "jq": "jq -c '%s' <{good} >{out}" % JQ_EXPRESSIONS.replace("{", "{{").replace("}", "}}"),
            **python("expressions", "{good}", "duckdb", "polars", "pyspark", "chdb")}),
    "dedupe": dict(
        what="the first of each of four keys", kind="rows", size="good", expect="distinct",
        note=lambda rows: cost(rows, "medal", "medal 16M", "with --max-memory 16M CPU"), tools={
            "medal": DEDUPE + " <{good} >{out}",
            "medal 1 thread": DEDUPE + " --threads 1 <{good} >{out}",
            "medal 16M": DEDUPE + " --max-memory 16M <{good} >{out}",
            "cat": "cat <{good} >{out}",
            "mlr": "mlr --ijsonl --ojsonl head -n 1 -g %s {good} >{out}" % KEY,
            **python("dedupe", "{good}", *ALL)}),
    "windows": dict(
        what="minutes by level: count, sum, distinct users", kind="windows", size="good", expect="windows", tools={
            "medal": AGGREGATE + " <{good} >{out}",
            "medal 1 thread": AGGREGATE + " --threads 1 <{good} >{out}",
            "cat": "cat <{good} >{out}",
            "mlr": "mlr --ijsonl --ojsonl put '$w = $ts // 60000 * 60000' then "
                   "stats1 -a count,sum,distinct_count -f duration,userId -g w,level {good} >{out}",
            **python("windows", "{good}", *ALL)}),
    "table": dict(
        what="a table of NDJSON files, partitioned by level", kind="table", size="good", expect="good", tools={
            "medal": "medal-write {out} --partition-by level <{good}",
            "medal .zst": "medal-write {out} --partition-by level --compress zstd <{good}",
            "cat": "cat <{good} >{out}",
            "mlr": "mkdir {out} && mlr --ijsonl --ojsonl --from {good} split -g level --prefix {out}/level",
            **python("table", "{good}", "duckdb", "polars", "pyspark")}),
    "csv": dict(
        what="CSV in, NDJSON out", kind="rows", size="csv", expect="good", tools={
            "medal": "medal-ingest --format csv - <{csv} >{out}",
            "cat": "cat <{csv} >{out}",
            "mlr": "mlr --icsv --ojsonl -S cat {csv} >{out}",
            **python("csv", "{csv}", *ALL)}),
    "start": dict(
        what="one line, validated", kind="rows", size="one", expect="one", repeat=10, tools={
            "medal": "medal-validate {sql} <{one} >{out}",
            "cat": "cat <{one} >{out}",
            "jq": "jq -cR 'fromjson? | select(%s)' <{one} >{out}" % JQ_OK,
            "mlr": "mlr --ijsonl --ojsonl filter '%s' {one} >{out}" % MLR_OK,
            **python("validate", "{one}", *ALL)}),
    "exec": dict(
        what="a foreign filter (grep) between two programs", kind="table", size="good", expect="paid", tools={
            "medal": "medal-ingest - <{good} | medal-exec grep '\"level\":\"paid\"' | medal-write {out}",
            "medal commit": "medal-ingest --checkpoint {ckpt} {good} | medal-exec grep '\"level\":\"paid\"' | "
                            "medal-write {out} | medal-checkpoint commit",
            "cat": "cat <{good} | grep '\"level\":\"paid\"' | cat >{out}"}),
    "pipeline": dict(
        what="ingest, validate, dedupe, write: from file to table; with a checkpoint; in epochs of 300 MB",
        kind="table", size="raw", expect="clean",
        note=lambda rows: "; ".join(filter(None, (
            cost(rows, "medal", "medal commit", "the checkpoint costs wall", 0),
            cost(rows, "medal commit", "medal 300MB", "epochs of 300 MB on top", 0)))), tools={
            "medal": "medal-ingest - <{raw} | " + PIPELINE,
            "medal commit": "medal-ingest --checkpoint {ckpt} {raw} | " + PIPELINE + " | medal-checkpoint commit",
            "medal 300MB": "medal-ingest --checkpoint {ckpt} --tail --max-bytes 300MB {raw} | " + PIPELINE +
                        " | medal-checkpoint commit",
            "cat": "cat <{raw} | cat | cat | cat >{out}",
            **python("pipeline", "{raw}", "duckdb", "polars", "pyspark")}),
    "commit": dict(
        what="epochs of 1,000 rows: from barrier to commit, by the size of the state", kind="times", size="raw",
        tools={}),
    "tenfold": dict(
        what="ten times the input with the same keys: ten times the time, the same memory", kind="none",
        size="good", optional=True, note=lambda rows: "; ".join(filter(None, (tenfold(rows, "medal dedupe"),
                                                                             tenfold(rows, "medal windows")))),
        tools={
            "medal dedupe": "cat {good} | " + DEDUPE + " >{out}",
            "medal dedupe x10": "cat {times10} | " + DEDUPE + " >{out}",
            "medal windows": "cat {good} | " + AGGREGATE + " >{out}",
            "medal windows x10": "cat {times10} | " + AGGREGATE + " >{out}"}),
    "parquet": dict(
        what="a table of Parquet files, zstd", kind="parquet", size="good", expect="good", optional=True, tools={
            "medal": "medal-write {out} --format parquet <{good}",
            "cat": "cat <{good} >{out}",
            **python("parquet", "{good}", *ALL)}),
    "kafka": dict(
        what="a topic of one partition: out of it, through filters, into it", kind="none", size="good", optional=True,
        kafka=True, tools={
            "medal": "medal-ingest -b {brokers} -t events >{out}",
            "kcat": "kcat -C -e -q -b {brokers} -t events >{out}",
            "medal filters": "medal-ingest -b {brokers} -t events | " + VALIDATE + " | " + DEDUPE + " >{out}",
            "medal into": "medal-write -b {brokers} kafka:copies <{good}",
            "kcat into": "kcat -P -b {brokers} -t copies -X enable.idempotence=true <{good}"}),
}
# For scale, not for comparison: nothing is parsed.
SCALE = {"wc -l": "wc -l <{%s} >/dev/null"}
