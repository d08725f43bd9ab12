# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
medal-transform 'SELECT a' --quarantine bad
python - <<'END'
import base64, glob, json
for p in glob.glob("bad/*.ndjson"):
    for l in open(p, encoding="utf-8"):
        d = json.loads(l)
        e = d.pop("_error")
        print(e["line"], e["reason"], d if "bytes" not in e else base64.b64decode(e["bytes"]))
END
