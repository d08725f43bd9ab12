# SPDX-License-Identifier: MIT
cat >t.ndjson <<'EOF'
{"id": 1, "price": 1.10, "big": 123456789012345678901234567890, "o": {"a" : 1}}
{"id": 1, "price": 2e0, "big": null}

{"id": 2}
EOF
medal-transform 'SELECT x.*, price, big, o FROM x JOIN t ON x.k = t.id' --table t=t.ndjson <<'EOF'
{"k": 1,  "n": 98765432109876543210.50}
{"k": null}
{"k": 2, "n":1, "n": 2}
EOF
