# SPDX-License-Identifier: MIT
"""Runs the EXAMPLES of man pages: each prints what the page shows.

In the EXAMPLES section, a literal block (.Bd -literal ... .Ed) is a terminal: a line that begins with "$ " is a
command, "> " goes on with it, and so does any line after one that ends in a backslash; the lines below are what it
prints (standard output and error together). The blocks of a page run one after the other in one empty folder. A
block that cannot run here is preceded by the comment .\\" not run: REASON
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile


def plain(line):
    """A line of mdoc as the reader sees it."""
    line = re.sub(r"\\&", "", line)
    line = re.sub(r"\\(?:\(aq|\[aq\])", "'", line)
    line = re.sub(r"\\(?:\(dq|\[dq\])", '"', line)
    line = re.sub(r"\\(?:\(ha|\[ha\])", "^", line)
    line = re.sub(r"\\(?:\(ti|\[ti\])", "~", line)
    line = line.replace("\\-", "-")
    return line.replace("\\e", "\\").replace("\\(rs", "\\")


def blocks(page):
    """(line number, lines, reason why it is not run) of each literal block of EXAMPLES."""
    section, block, reason = "", None, None
    with open(page, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.startswith(".Sh "):
                section = line[4:].strip()
            elif line.startswith('.\\" not run:'):
                reason = line[len('.\\" not run:'):].strip()
            elif section == "EXAMPLES" and line.startswith(".Bd ") and "-literal" in line:
                block = (number, [], reason)
            elif line.startswith(".Ed") and block:
                yield block
                block, reason = None, None
            elif block:
                block[1].append(plain(line))


def commands(lines):
    """(command, expected lines) in order; None when the block shows no command."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif not found:
            return None
        elif found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] += "\n" + line
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        else:
            found[-1][1].append(line)
    return found or None


def main(pages):
    failed = ran = 0
    for page in pages:
        with tempfile.TemporaryDirectory() as scratch:
            for number, lines, reason in blocks(page):
                if reason is not None:
                    continue
                steps = commands(lines)
                if steps is None:
                    print(f'{page}:{number}: the block shows no "$ command"')
                    failed += 1
                for command, want in steps or []:
                    try:
                        got = subprocess.run(["bash", "-c", command], cwd=scratch, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                                             env=dict(os.environ, PWD=scratch), check=False).stdout
                    except subprocess.TimeoutExpired:
                        got = b"(still running after 60 s)"
                    ran += 1
                    got = got.decode("utf-8", "backslashreplace").splitlines()
                    if got != want:
                        failed += 1
                        print(f"{page}:{number}: $ {command}")
                        print("\n".join(difflib.unified_diff(want, got, "the page", "the program", lineterm="")))
    print(f"{ran} examples ran")
    return 1 if failed else 0


sys.exit(main([p for p in sys.argv[1:] if os.path.exists(p)]))
