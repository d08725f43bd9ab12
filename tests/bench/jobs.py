# SPDX-License-Identifier: MIT
"""What is measured: the jobs, and for each job the commands of medal and of its peers.

A command is a line of bash. {raw} is NDJSON with malformed lines and duplicates, {good} the same
without malformed lines, {csv} {good} as CSV, {one} its first line, {out} where the result goes, {sql}
listen_events.sql, {ckpt} a new checkpoint's folder, {peer} the call of peers.py. `kind` says how the
result is read and compared.
"""

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
            "medal": "medal-validate --mode dropmalformed {sql} <{raw} >{out}",
            "cat": "cat <{raw} >{out}",
            "jq": "jq -cR 'fromjson? | select(%s)' <{raw} >{out}" % JQ_OK,
            "mlr": "grep '}}$' {raw} | mlr --ijsonl --ojsonl filter '%s' >{out}" % MLR_OK,
            **python("validate", "{raw}", *ALL)}),
    "dedupe": dict(
        what="the first of each of four keys", kind="rows", size="good", expect="distinct", tools={
            "medal": "medal-dedupe -k %s --forever <{good} >{out}" % KEY,
            "cat": "cat <{good} >{out}",
            "mlr": "mlr --ijsonl --ojsonl head -n 1 -g %s {good} >{out}" % KEY,
            **python("dedupe", "{good}", *ALL)}),
    "windows": dict(
        what="minutes by level: count, sum, distinct users", kind="windows", size="good", expect="windows", tools={
            "medal": "medal-aggregate --schema {sql} '%s' <{good} >{out}" % WINDOWS,
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
    "pipeline": dict(
        what="ingest, validate, dedupe, write: from file to table", kind="table", size="raw", expect="clean", tools={
            "medal": "medal-ingest - <{raw} | medal-validate --mode dropmalformed {sql} | "
                     "medal-dedupe -k %s --forever | medal-write {out}" % KEY,
            "medal commit": "medal-ingest --checkpoint {ckpt} {raw} | "
                            "medal-validate --mode dropmalformed {sql} | medal-dedupe -k %s --forever | "
                            "medal-write {out} | medal-checkpoint commit" % KEY,
            "cat": "cat <{raw} | cat | cat | cat >{out}",
            **python("pipeline", "{raw}", "duckdb", "polars", "pyspark")}),
    "parquet": dict(
        what="a table of Parquet files, zstd", kind="parquet", size="good", expect="good", optional=True, tools={
            "medal": "medal-write {out} --format parquet <{good}",
            "cat": "cat <{good} >{out}",
            **python("parquet", "{good}", *ALL)}),
}
# For scale, not for comparison: nothing is parsed.
SCALE = {"wc -l": "wc -l <{%s} >/dev/null"}
