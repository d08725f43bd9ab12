# SPDX-License-Identifier: MIT
medal-transform 'SELECT * EXCEPT (b, `odd name`)'
