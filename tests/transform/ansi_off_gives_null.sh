# SPDX-License-Identifier: MIT
medal-transform --ansi off 'SELECT 10 div a AS q, CAST(b AS INT) AS n'
