# SPDX-License-Identifier: MIT
medal-transform 'SELECT 10 div a AS q WHERE a <> 0'
