# SPDX-License-Identifier: MIT
"""Reads a table as its log says, without medal: the oracle of the tests that merge or roll back files.

log_rows.py TABLE: a line "<newest entry> <rows>", then each row's bytes, sorted (CSV: records without the header), with the
partition folders before them. It fails when an entry is missing, a listed file is not there or of another size, a file is listed twice.
"""
import csv, gzip, io, json, os, subprocess, sys, urllib.parse

table = os.path.realpath(sys.argv[1])
log = os.path.join(table, '_spark_metadata')
names = [f for f in os.listdir(log) if not f.startswith('.')]
compact = max([int(f[:-8]) for f in names if f.endswith('.compact')], default=-1)
newest = max([compact] + [int(f) for f in names if f.isdigit()])
files = []
for n in range(max(compact, 0), newest + 1):
    text = open(f'{log}/{n}.compact' if n == compact else f'{log}/{n}').read().split('\n')
    assert text[0] == 'v1', n
    files += [json.loads(line) for line in text[1:] if line]
paths = [urllib.parse.unquote(f['path'][7:]) for f in files]
assert len(set(paths)) == len(paths), 'a file is listed twice'
rows = []
for f, path in zip(files, paths):
    assert path.startswith(table + '/'), path
    assert os.path.getsize(path) == f['size'], path
    data = open(path, 'rb').read()
    if path.endswith('.gz'):
        data = gzip.decompress(data)
    elif path.endswith('.zst'):
        data = subprocess.run(['zstd', '-dcq', path], stdout=subprocess.PIPE, check=True).stdout
    folder = os.path.dirname(path[len(table) + 1:])
    if '.csv' in os.path.basename(path):
        for row in csv.DictReader(io.StringIO(data.decode(), newline='')):
            rows.append((folder + ' ' + json.dumps(row)).strip())
    else:
        assert data.endswith(b'\n'), path
        rows += [(folder + ' ' + line).strip() for line in data.decode().split('\n')[:-1]]
print(newest, len(rows))
if len(sys.argv) < 3:
    print('\n'.join(sorted(rows)))
