# SPDX-License-Identifier: MIT
medal-transform --schema 'd DATE, n DECIMAL(10,2), s STRING' 'SELECT d + INTERVAL 1 DAY AS next, n + 1 AS m, s'
