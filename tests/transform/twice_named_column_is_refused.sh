# SPDX-License-Identifier: MIT
medal-transform 'SELECT a, b AS a' </dev/null
