# SPDX-License-Identifier: MIT
medal-transform 'SELECT *, upper(level) AS level'
