# SPDX-License-Identifier: MIT
# Each function that medal-sql(7) says there is has a name that is known here, or is refused as an aggregate, a generator or a window;
# each that there is not is refused by its name.
. "$MEDAL_TESTS/lib.sh"
need python3
python3 - <<'EOF'
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["MEDAL_TESTS"], "spark"))
sys.dont_write_bytecode = True
from function_table import page

sections = page()
for section, wrong in ("FUNCTIONS", "[UNRESOLVED_ROUTINE]"), ("FUNCTIONS THAT THERE ARE NOT", None):
    names = sections[section]
    for name in sorted(names):
        said = subprocess.run(["medal-transform", "SELECT %s()" % name], input=b"", stderr=subprocess.PIPE).stderr.decode()
        if wrong and wrong in said or not wrong and "medal does not carry out the function %s()" % name not in said:
            print(section, name, said.split("\n")[0])
    print(len(names) > 100)
EOF
