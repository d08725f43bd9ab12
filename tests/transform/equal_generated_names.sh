# SPDX-License-Identifier: MIT
#
# Spark gives two expressions one name; both members are written, in order. A name that someone chose is refused.
medal-transform 'SELECT typeof(1), typeof(1L), 1.0 AS x'
! medal-transform 'SELECT a, a' </dev/null 2>/dev/null || exit 1
! medal-transform 'SELECT 1 AS x, 2 AS x' </dev/null 2>/dev/null
