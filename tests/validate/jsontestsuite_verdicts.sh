# SPDX-License-Identifier: MIT
. "$MEDAL_TESTS/lib.sh"
python - <<'END'
import glob, json, os, subprocess
tests = os.environ["MEDAL_TESTS"]
decided = {}
for l in open(tests + "/data/jsontestsuite-decisions", encoding="utf-8"):
    if not l.startswith("#"):
        name, verdict = l.split("\t")[:2]
        decided[name] = verdict == "accept"
lines, want, names = [], [], []
for path in sorted(glob.glob(tests + "/data/jsontestsuite/test_parsing/*.json")):
    name = os.path.basename(path)
    with open(path, "rb") as f:
        # a line feed is white space where it may stand, and else refused like any control character
        lines.append(b'{"v":' + f.read().replace(b"\n", b"\r") + b"}")
    names.append(name)
    want.append({"y": True, "n": False}.get(name[0], decided.get(name)))
text = b"".join(l + b"\n" for l in lines)
run = lambda *a: subprocess.run(a, input=text, stdout=subprocess.PIPE, check=True).stdout.split(b"\n")[:-1]
out = run("medal-validate", "-e", "any EXPECT (true)")
got = [a == b for a, b in zip(lines, out)]
print(len(lines) == len(out), len(lines) > 300, [n for n, w, g in zip(names, want, got) if w != g])
out = run("medal-transform", "SELECT *", "--quarantine", "bad")
print(out == [l for l, w in zip(lines, want) if w])
END
